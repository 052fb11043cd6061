//! The end of the second pass: restores the order of the list, renames bundles into their places and
//! writes manifest and report.

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use crossbeam_channel::Receiver;

use super::outcome::{Outcome, RowReport};
use super::{Checked, Job, Observer, RunError, RunPlan};
use crate::bundle::TOOL;
use crate::clock::rfc3339;
use crate::output::folder::{Leftovers, OutputFolder, Staged};
use crate::output::manifest::{self, BundleLine, ManifestFile, RunLine};
use crate::output::report::{ReportFile, ReportRow};
use crate::sign::Signing;

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
    pub(crate) leftovers: Leftovers,
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
    pub(super) made: Option<(Staged, BundleLine)>,
}

/// Message of a worker or the reader.
pub(super) type Done = Result<Batch<DonePerson>, RunError>;

pub(super) struct Collector<'a> {
    folder: &'a OutputFolder,
    manifest: ManifestFile,
    report: ReportFile,
    counts: RunCounts,
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
        stopped.map_or(Ok(()), Err)
    }

    /// Renames the bundles of the group, then writes their lines: no line names a missing bundle.
    fn commit(&mut self, observer: &mut dyn Observer) -> Result<(), RunError> {
        let mut staged = Vec::with_capacity(self.group.len());
        let mut lines = Vec::with_capacity(self.group.len());
        for DonePerson { reports, made } in self.group.drain(..) {
            let line = made.map(|(file, line)| {
                staged.push(file);
                line
            });
            lines.push((reports, line));
        }
        self.folder.commit(staged)?;
        for (reports, line) in lines {
            if let Some(line) = line {
                self.current.insert(name_hash(&line.bundle));
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
                self.report.add(report_row(&report))?;
                observer.finished(&report);
            }
        }
        observer.progress(self.done, self.total);
        Ok(())
    }

    /// Signs the manifest, and renames it and the report into their places.
    pub(super) fn finish(mut self, signing: &Signing) -> Result<RunCounts, RunError> {
        let signature = signing.detached(&self.manifest.digest())?;
        self.manifest.finish(self.folder, signature.as_deref())?;
        self.report.finish()?;
        self.counts.leftovers =
            self.folder.leftovers(&|path| self.current.contains(&name_hash(path)))?;
        self.folder.settle()?;
        Ok(self.counts)
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
        line: report.location.number,
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

fn name_hash(path: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    hasher.finish()
}
