//! The end of the second pass: restores the order of the list, renames bundles into their places and
//! writes manifest and report.

use std::collections::{BTreeMap, HashSet};

use crossbeam_channel::Receiver;

use super::earlier_rows::EarlierRows;
use super::ledger_writer::{IsNamed, Kept, LedgerWriter, RunStart};
use super::lines::{add_identifiers, kept_line, kept_row, package_line, report_row};
use super::outcome::RowReport;
use super::retire::Retirer;
use super::run_counts::RunCounts;
use super::tidy::Owners;
use super::{Absent, Observer, RunError, RunPlan};
use crate::bundle::{BundleManifest, TOOL};
use crate::clock::rfc3339;
use crate::domain::delimiter::Delimiter;
use crate::domain::label::Labels;
use crate::ledger::{Fingerprint, Known, State};
use crate::output::folder::{OutputFolder, Staged};
use crate::output::identifiers::{IdentifiersFile, set_aside};
use crate::output::layout::in_retired;
use crate::output::manifest::{self, BundleLine, ManifestFile, RunLine};
use crate::output::presence::PathHash;
use crate::output::report::ReportFile;

/// Bundles that are flushed together before they are renamed.
const GROUP: usize = 512;

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
    pub(super) record: MadeRecord,
}

/// What the ledger gets of a bundle that was made.
pub(super) struct MadeRecord {
    pub(super) sha256: [u8; 32],
    pub(super) manifest: BundleManifest,
    pub(super) fingerprint: Fingerprint,
    pub(super) labels: Labels,
}

/// Message of a worker or the reader.
pub(super) type Done = Result<Batch<DonePerson>, RunError>;

/// What the collector needs to know of the list.
#[derive(Clone, Copy)]
pub(super) struct ListFacts {
    pub(super) rows: u64,
    pub(super) delimiter: Delimiter,
    pub(super) kept: Kept,
}

pub(super) struct Collector<'a> {
    folder: &'a OutputFolder,
    manifest: ManifestFile,
    report: ReportFile,
    known: &'a Known,
    kept: Kept,
    writer: LedgerWriter,
    absent: Absent,
    delimiter: Delimiter,
    pub(super) counts: RunCounts,
    group: Vec<DonePerson>,
    current: HashSet<PathHash>,
    done: u64,
    total: u64,
}

impl<'a> Collector<'a> {
    pub(super) fn start(
        start: &RunStart,
        plan: &RunPlan,
        folder: &'a OutputFolder,
        list: ListFacts,
        known: &'a Known,
        writer: LedgerWriter,
    ) -> Result<Self, RunError> {
        let run = RunLine {
            format: manifest::FORMAT,
            tool: TOOL.to_owned(),
            made_at: rfc3339(plan.signing.time),
            list: start.list.as_ref().map(|(name, _)| name.clone()).unwrap_or_default(),
            provider: start.provider.clone(),
        };
        Ok(Self {
            folder,
            manifest: ManifestFile::start(folder, run, writer.renames())?,
            report: ReportFile::start(folder, list.delimiter)?,
            known,
            kept: list.kept,
            writer,
            absent: plan.absent,
            delimiter: list.delimiter,
            counts: RunCounts::default(),
            group: Vec::new(),
            current: HashSet::new(),
            done: 0,
            total: list.rows,
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
                        let MadeFile { staged: part, record } = *file;
                        staged.push(part);
                        record
                    });
                    self.current.insert(PathHash::of(&line.bundle));
                    self.writer.add(&line, file, new_labels)?;
                    Some(line)
                }
            };
            lines.push((reports, line));
        }
        self.folder.flush(&staged)?;
        self.writer.store_group()?;
        self.folder.place(staged)?;
        for path in self.writer.placed() {
            // another person may have the path now
            if !self.current.contains(&PathHash::of(&path)) {
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
            kept,
            delimiter,
            absent,
            ..
        } = self;
        let mut maker = Retirer::new(folder, plan)?;
        if absent == Absent::Retired {
            writer.retire(known, &current, &mut maker)?;
        }
        let earlier = match kept {
            Kept::All => EarlierRows::keep(&plan.out, &mut report)?,
            Kept::WithoutNew => EarlierRows::default(),
        };
        let mut identifiers = IdentifiersFile::new(folder, delimiter);
        let mut retired = HashSet::new();
        let whom = (absent, kept);
        let files = (folder, &mut maker);
        counts.gone = writer.absent(known, whom, files, &mut current, |person, is_named| {
            let mut line = kept_line(person);
            line.line = earlier.line_of(&line).filter(|_| person.state == State::Current);
            if person.state == State::Retired {
                add_identifiers(&mut identifiers, person)?;
                retired.extend(in_retired(&line.bundle).map(|(slug, _)| PathHash::of(slug)));
            }
            if is_named == IsNamed::No && !earlier.names(&line) {
                report.add(&kept_row(&line, person.state))?;
            }
            let package = person.removal.as_ref().map(|package| package_line(&line, package));
            for line in Some(line).filter(|line| !line.bundle.is_empty()).into_iter().chain(package)
            {
                manifest.add(line)?;
            }
            Ok(())
        })?;
        if known.is_empty() {
            counts.identifiers_aside = set_aside(folder)?;
        }
        identifiers.finish()?;
        let signature = plan.signing.detached(&manifest.digest())?;
        manifest.finish(folder, signature.as_deref())?;
        report.finish()?;
        counts.handovers = writer.handovers();
        counts.changes = writer.report_changes(folder, delimiter)?;
        let unclaimed = writer.unclaimed()?;
        if !folder.had_only(|path| current.contains(&path)) {
            counts.tidied = Owners { current, retired }.tidy(folder, &unclaimed)?;
        }
        folder.flush(&[])?;
        writer.forget(&unclaimed)?;
        writer.note_waiting(known, kept, counts.without_bundle())?;
        writer.end(plan.signing.time)?;
        Ok(counts)
    }
}
