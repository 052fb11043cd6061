//! The reading thread of the second pass. It deals with people whose bundles are kept by itself: handing them to
//! another thread would cost more than their work.

use std::thread;

use crossbeam_channel::Sender;

use super::ahead::Ahead;
use super::collector::{Batch, Done, DonePerson, Made};
use super::outcome::{Outcome, RowReport};
use super::people::PersonRows;
use super::rows::{ReadRow, RowState};
use super::second_pass::SecondPass;
use super::{Checked, Existing, Job, RunError, Stop};
use crate::domain::account::AccountKey;
use crate::domain::label::Labels;
use crate::domain::slug::Slug;
use crate::domain::text::hex;
use crate::ledger::{Known, PersonKey};
use crate::output::folder::OutputFolder;
use crate::output::layout::Spread;
use crate::output::manifest::BundleLine;

/// People per message between threads whose bundles have to be made.
const BATCH: usize = 32;

/// People per message at most.
const LARGEST_BATCH: usize = 256;

/// What remains to be done for a person.
pub(super) enum Step {
    /// Nothing: the bundle is kept.
    Kept(Box<DonePerson>),
    /// The bundle is kept if it has the right digest.
    Judge(PersonRows),
    Make(PersonRows),
}

/// Where a batch goes.
pub(super) struct Ways<'a> {
    /// Takes one for each batch.
    pub(super) permits: Sender<()>,
    pub(super) to_workers: Sender<Batch<Step>>,
    pub(super) to_collector: &'a Sender<Done>,
}

impl Ways<'_> {
    /// Whether the receiver goes on.
    fn send(&self, number: u64, steps: Vec<Step>) -> bool {
        if self.permits.send(()).is_err() {
            return false;
        }
        if steps.iter().any(|step| !matches!(step, Step::Kept(_))) {
            return self.to_workers.send(Batch { number, people: steps }).is_ok();
        }
        let done = steps.into_iter().filter_map(|step| match step {
            Step::Kept(done) => Some(*done),
            Step::Judge(_) | Step::Make(_) => None,
        });
        self.to_collector.send(Ok(Batch { number, people: done.collect() })).is_ok()
    }
}

/// Reads the list and sends it in batches.
pub(super) fn read(
    job: &Job,
    checked: &Checked,
    keeper: Keeper<'_>,
    ways: &Ways<'_>,
    stop: &Stop,
) -> Result<(), RunError> {
    thread::scope(|scope| read_on(job, checked, Ahead::start(scope, job)?, keeper, ways, stop))
}

fn read_on(
    job: &Job,
    checked: &Checked,
    mut people: Ahead<'_>,
    keeper: Keeper<'_>,
    ways: &Ways<'_>,
    stop: &Stop,
) -> Result<(), RunError> {
    let (mut steps, mut batch_number, mut to_make) = (Vec::new(), 0, 0);
    let mut second = SecondPass::new(job, checked);
    loop {
        let person = people.next()?;
        let is_last = person.is_none();
        if let Some(mut person) = person {
            second.refuse_repeats(&mut person);
            let next = keeper.step(person)?;
            to_make += usize::from(!matches!(next, Step::Kept(_)));
            steps.push(next);
        }
        if to_make == BATCH || steps.len() == LARGEST_BATCH || is_last {
            if !ways.send(batch_number, std::mem::take(&mut steps)) {
                return Ok(());
            }
            batch_number += 1;
            to_make = 0;
        }
        if is_last {
            return second.finish();
        }
        if stop.is_asked() {
            return Err(RunError::Stopped);
        }
    }
}

/// Decides whose bundles are kept.
#[derive(Clone, Copy)]
pub(super) struct Keeper<'a> {
    pub(super) folder: &'a OutputFolder,
    pub(super) spread: Spread,
    pub(super) existing: Existing,
    pub(super) known: &'a Known,
}

impl Keeper<'_> {
    fn step(&self, person: PersonRows) -> Result<Step, RunError> {
        if self.existing == Existing::Digest {
            return Ok(Step::Judge(person));
        }
        Ok(match self.kept(person)? {
            Ok(done) => Step::Kept(Box::new(done)),
            Err(person) => Step::Make(person),
        })
    }

    /// What is recorded about a person whose bundle is kept; the person if it must be made.
    pub(super) fn kept(
        &self,
        person: PersonRows,
    ) -> Result<Result<DonePerson, PersonRows>, RunError> {
        let Some((account_key, (first, _))) = person.key().zip(person.sound().next()) else {
            return Ok(Err(person));
        };
        let key = PersonKey::from(account_key);
        let known = self.known.with_digest(key).filter(|(known, _)| known.is_unchanged);
        let Some((known, digest)) = known else {
            return Ok(Err(person));
        };
        let path = self.spread.bundle(&Slug::from(&first.address));
        let size = u64::from(known.size);
        let is_there = match self.existing {
            Existing::Size => self.folder.had_size(&path, size)?,
            Existing::Digest => self.folder.has_digest(&path, size, &digest)?,
        };
        if !is_there {
            return Ok(Err(person));
        }
        let labels = person.labels();
        let line = line(&person, (account_key, &labels), path.clone(), hex(&digest), size);
        let new_labels = (!known.has_labels(&labels)).then_some(labels);
        let reports = reports(person, &|| Outcome::Unchanged(path.clone()));
        Ok(Ok(DonePerson { reports, made: Some(Made { line, file: None, new_labels }) }))
    }
}

/// The manifest's line for `person`.
pub(super) fn line(
    person: &PersonRows,
    (key, labels): (&AccountKey, &Labels),
    bundle: String,
    sha256: String,
    size: u64,
) -> BundleLine {
    let line = BundleLine {
        line: person.sound().next().map(|(_, row)| row.location.number),
        addresses: person.sound().map(|(person, _)| person.address.to_string()).collect(),
        person: key.to_string(),
        renamed_from: None,
        bundle,
        sha256,
        size,
        state: None,
        client: None,
        group: None,
        department: None,
    };
    line.with_labels(labels)
}

/// One report per row of `person`. The outcome of valid rows is that of `sound`.
pub(super) fn reports(person: PersonRows, sound: &dyn Fn() -> Outcome) -> Vec<RowReport> {
    let report = |row: ReadRow| {
        let location = row.location;
        let (labels, address) = (row.labels(), row.address());
        let outcome = match row.state {
            RowState::Skipped(skip) => Outcome::Skipped(skip),
            RowState::Refused(problems) => Outcome::Refused(problems),
            RowState::Sound(..) => sound(),
        };
        RowReport { location, address, labels, outcome }
    };
    person.rows.into_iter().map(report).collect()
}
