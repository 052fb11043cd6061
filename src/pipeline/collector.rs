//! The end of the second pass: restores the order of the list, renames bundles into their places and
//! writes manifest and report.

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use crossbeam_channel::Receiver;

use super::ledger_writer::LedgerWriter;
use super::outcome::{Outcome, RowReport};
use super::{Absent, Checked, Job, Observer, RunError, RunPlan};
use crate::bundle::{BundleManifest, TOOL};
use crate::clock::rfc3339;
use crate::domain::delimiter::Delimiter;
use crate::domain::label::{Label, Labels};
use crate::domain::text::hex;
use crate::ledger::{Fingerprint, Known, State, StoredPerson};
use crate::output::folder::{Leftovers, OutputFolder, Staged};
use crate::output::manifest::{self, BundleLine, ManifestFile, RunLine};
use crate::output::report::{ReportFile, ReportRow};

/// Bundles that are flushed together before they are renamed.
const GROUP: usize = 512;

/// Result of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RunCounts {
    /// Bundles of people without one so far.
    pub(crate) new: u64,
    /// Bundles that differ from those of an earlier run.
    pub(crate) updated: u64,
    /// Bundles that an earlier run made, byte for byte.
    pub(crate) unchanged: u64,
    /// Rows that a column of the list excludes.
    pub(crate) skipped: u64,
    /// Faulty rows.
    pub(crate) refused: u64,
    /// Rows without bundle because of a bug.
    pub(crate) failed: u64,
    /// Bundles in the folder of which the ledger does not know.
    pub(crate) leftovers: Leftovers,
    /// What happened to people since the last run that was finished, by kind.
    pub(crate) changes: BTreeMap<String, u64>,
    /// People who stay, whose bundle is gone, and whom the list does not name.
    pub(crate) missing: u64,
    /// The new name of a ledger that was damaged.
    pub(crate) ledger_aside: Option<String>,
}

impl RunCounts {
    /// People with a bundle.
    pub(crate) fn bundles(&self) -> u64 {
        self.new + self.updated + self.unchanged
    }

    pub(crate) fn without_bundle(&self) -> u64 {
        self.refused + self.failed
    }

    fn count(&mut self, outcome: &Outcome) {
        *match outcome {
            Outcome::New(_) => &mut self.new,
            Outcome::Updated(_) => &mut self.updated,
            Outcome::Unchanged(_) => &mut self.unchanged,
            Outcome::Skipped(_) => &mut self.skipped,
            Outcome::Refused(_) => &mut self.refused,
            Outcome::Failed(_) => &mut self.failed,
        } += 1;
    }
}

/// People, numbered to restore their order.
pub(super) struct Batch<T> {
    pub(super) number: u64,
    pub(super) people: Vec<T>,
}

/// A person that a worker has finished.
pub(super) struct DonePerson {
    pub(super) reports: Vec<RowReport>,
    /// Absent where no row is sound.
    pub(super) made: Option<Made>,
}

/// A person's bundle.
pub(super) struct Made {
    pub(super) line: BundleLine,
    /// Absent where the bundle stays as it is.
    pub(super) file: Option<Box<MadeFile>>,
    /// Labels that the ledger does not have yet.
    pub(super) new_labels: Option<Labels>,
}

/// A bundle that was made.
pub(super) struct MadeFile {
    pub(super) staged: Staged,
    pub(super) manifest: BundleManifest,
    pub(super) fingerprint: Fingerprint,
    pub(super) labels: Labels,
}

/// Message of a worker or the reader.
pub(super) type Done = Result<Batch<DonePerson>, RunError>;

pub(super) struct Collector<'a> {
    folder: &'a OutputFolder,
    manifest: ManifestFile,
    report: ReportFile,
    known: &'a Known,
    writer: LedgerWriter,
    absent: Absent,
    delimiter: Delimiter,
    pub(super) counts: RunCounts,
    group: Vec<DonePerson>,
    current: HashSet<u64>,
    done: u64,
    total: u64,
}

impl<'a> Collector<'a> {
    pub(super) fn start(
        job: &Job,
        plan: &RunPlan,
        folder: &'a OutputFolder,
        checked: &Checked,
        known: &'a Known,
        writer: LedgerWriter,
    ) -> Result<Self, RunError> {
        let run = RunLine {
            format: manifest::FORMAT,
            tool: TOOL.to_owned(),
            made_at: rfc3339(plan.signing.time),
            list: job.list.source.name(),
            provider: job.resolver.id().to_owned(),
        };
        Ok(Self {
            folder,
            manifest: ManifestFile::start(folder, run)?,
            report: ReportFile::start(folder, checked.delimiter)?,
            known,
            writer,
            absent: plan.absent,
            delimiter: checked.delimiter,
            counts: RunCounts::default(),
            group: Vec::new(),
            current: HashSet::new(),
            done: 0,
            total: checked.rows,
        })
    }

    pub(super) fn collect(
        &mut self,
        done: &Receiver<Done>,
        permit_taken: &Receiver<()>,
        observer: &mut dyn Observer,
    ) -> Result<(), RunError> {
        let mut waiting = BTreeMap::new();
        let mut next = 0;
        let mut stopped = None;
        for batch in done {
            match batch {
                Ok(batch) => {
                    waiting.insert(batch.number, batch.people);
                }
                // the rows read so far are still finished
                Err(RunError::Stopped) => stopped = Some(RunError::Stopped),
                Err(error) => {
                    self.commit(observer)?;
                    self.settle()?;
                    return Err(error);
                }
            }
            while let Some(people) = waiting.remove(&next) {
                next += 1;
                let _ = permit_taken.try_recv();
                self.group.extend(people);
                if self.group.len() >= GROUP {
                    self.commit(observer)?;
                }
            }
        }
        self.commit(observer)?;
        self.settle()?;
        stopped.map_or(Ok(()), Err)
    }

    /// Makes the last renames durable and stores their people.
    fn settle(&mut self) -> Result<(), RunError> {
        self.folder.flush(&[])?;
        Ok(self.writer.store()?)
    }

    /// Renames the group's bundles into place and writes their lines. The people of a group are stored in the
    /// ledger after the next flush, which makes the renames durable: the ledger names no bundle that a power
    /// failure can undo.
    fn commit(&mut self, observer: &mut dyn Observer) -> Result<(), RunError> {
        let mut staged = Vec::with_capacity(self.group.len());
        let mut lines = Vec::with_capacity(self.group.len());
        for DonePerson { reports, made } in self.group.drain(..) {
            let line = match made {
                None => None,
                Some(Made { line, file, new_labels }) => {
                    let file = file.map(|file| {
                        let MadeFile { staged: part, manifest, fingerprint, labels } = *file;
                        staged.push(part);
                        (manifest, fingerprint, labels)
                    });
                    self.current.insert(name_hash(&line.bundle));
                    self.writer.add(&line, file, new_labels)?;
                    Some(line)
                }
            };
            lines.push((reports, line));
        }
        self.folder.flush(&staged)?;
        self.writer.store()?;
        self.folder.place(staged)?;
        for path in self.writer.placed() {
            // another person may have the path now
            if !self.current.contains(&name_hash(&path)) {
                self.folder.remove(&path)?;
            }
        }
        for (reports, line) in lines {
            if let Some(line) = line {
                self.manifest.add(line)?;
            }
            // the further rows of a person are in the same bundle
            let mut counts_bundles = true;
            for report in reports {
                let has_bundle = report.outcome.bundle().is_some();
                if counts_bundles || !has_bundle {
                    self.counts.count(&report.outcome);
                }
                counts_bundles &= !has_bundle;
                self.done += 1;
                self.report.add(&report_row(&report))?;
                observer.finished(&report);
            }
        }
        observer.progress(self.done, self.total);
        Ok(())
    }

    /// Adds the people whom the list does not name, signs the manifest, renames it and the reports into their
    /// places, and ends the run in the ledger.
    pub(super) fn finish(self, plan: &RunPlan) -> Result<RunCounts, RunError> {
        let Self {
            folder,
            mut manifest,
            mut report,
            mut current,
            mut counts,
            mut writer,
            known,
            delimiter,
            absent,
            ..
        } = self;
        counts.missing = writer.absent(known, absent, folder, &mut current, |person, state| {
            let line = absent_line(person, state);
            report.add(&absent_row(&line, state))?;
            manifest.add(line)?;
            Ok(())
        })?;
        let signature = plan.signing.detached(&manifest.digest())?;
        manifest.finish(folder, signature.as_deref())?;
        report.finish()?;
        counts.changes = writer.report_changes(folder, delimiter)?;
        counts.leftovers = folder.leftovers(&|path| current.contains(&name_hash(path)))?;
        folder.settle()?;
        writer.note_waiting(known, counts.without_bundle())?;
        writer.end(plan.signing.time)?;
        Ok(counts)
    }
}

/// The manifest's line for a person whom the list does not name.
pub(super) fn absent_line(person: &StoredPerson, state: State) -> BundleLine {
    let record = &person.record;
    let label = |label: &Option<Label>| label.as_ref().map(|label| label.as_str().to_owned());
    BundleLine {
        line: None,
        addresses: record.addresses.clone(),
        person: record.key.to_string(),
        bundle: record.bundle.clone(),
        sha256: hex(&record.sha256),
        size: record.size,
        state: (state != State::Current).then(|| state.id().to_owned()),
        client: label(&record.labels.client),
        group: label(&record.labels.group),
        department: label(&record.labels.department),
    }
}

fn absent_row(line: &BundleLine, state: State) -> ReportRow {
    let label = |text: &Option<String>| text.as_deref().and_then(Label::of);
    ReportRow {
        address: line.addresses.first().cloned().unwrap_or_default(),
        outcome: if state == State::Current { "unchanged" } else { state.id() },
        bundle: line.bundle.clone(),
        labels: Labels {
            client: label(&line.client),
            group: label(&line.group),
            department: label(&line.department),
        },
        ..ReportRow::default()
    }
}

fn report_row(report: &RowReport) -> ReportRow {
    let problems = report.outcome.reasons();
    let joined = |texts: Vec<&str>| {
        let mut texts = texts;
        texts.dedup();
        texts.join("; ")
    };
    ReportRow {
        line: Some(report.location.number),
        address: report.address.clone(),
        outcome: report.outcome.id(),
        bundle: report.outcome.bundle().unwrap_or_default().to_owned(),
        column: joined(problems.iter().filter_map(|problem| problem.column.as_deref()).collect()),
        code: joined(problems.iter().map(|problem| problem.code).collect()),
        reason: joined(problems.iter().map(|problem| problem.message.as_str()).collect()),
        hint: joined(problems.iter().filter_map(|problem| problem.hint.as_deref()).collect()),
        labels: report.labels.clone(),
    }
}

pub(super) fn name_hash(path: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    hasher.finish()
}
