//! The second pass: a reader, workers, and a collector that restores the order of the list.

use std::sync::Arc;
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::changes::Fingerprinter;
use super::collector::{Batch, Collector, Done, DonePerson, Made, MadeFile, RunCounts};
use super::duplicates;
use super::ledger_writer::LedgerWriter;
use super::maker::{MakeError, Maker};
use super::outcome::{Outcome, RowReport};
use super::people::{People, PersonRows};
use super::rows::{ReadRow, RowState};
use super::{Checked, Existing, Job, Memory, Observer, RunError, RunPlan, Stop, Tracker};
use crate::bundle::manifest::sha256;
use crate::domain::account::AccountKey;
use crate::domain::label::{Label, Labels};
use crate::domain::slug::Slug;
use crate::domain::text::hex;
use crate::ledger::{Known, PersonKey};
use crate::output::folder::{Change, OutputFolder};
use crate::output::layout::Spread;
use crate::output::manifest::BundleLine;
use crate::sign::SignError;

/// People per message between threads whose bundles have to be made.
const BATCH: usize = 32;

/// People per message at most. Those whose bundles are kept take so little time that smaller batches would
/// cost more than their work.
const LARGEST_BATCH: usize = 256;

/// Batches between reader and collector beyond one per worker: enough to keep workers busy while a
/// group is flushed to the disk.
const BATCHES_UNDER_WAY: usize = 24;

/// Makes the bundles of the people for whom the first pass found a change.
pub(crate) fn generate(
    job: &Job,
    plan: &RunPlan,
    (checked, tracker): (Checked, Tracker<'_>),
    memory: Memory,
    observer: &mut dyn Observer,
    stop: &Stop,
) -> Result<RunCounts, RunError> {
    let folder = OutputFolder::open(&plan.out, plan.trust).map_err(RunError::Folder)?;
    let spread = folder.spread(checked.people)?;
    let mut known = tracker.known;
    let (ledger, aside) = memory
        .into_ledger(&folder, &plan.setup.identifier, &mut known)
        .map_err(RunError::Memory)?;
    let writer = LedgerWriter::begin(ledger, job, plan, &mut known)?;
    let known = &known;
    let mut collector = Collector::start(job, plan, &folder, &checked, known, writer)?;
    collector.counts.ledger_aside = aside;
    // one permit per batch under way, so that batches cannot pile up behind a slow one; enough of them
    // that workers go on while the collector waits for the disk
    let under_way = plan.workers + BATCHES_UNDER_WAY;
    let (permits, permit_taken) = bounded(under_way);
    let (to_workers, batches) = bounded::<Batch<PersonRows>>(plan.workers);
    let (to_collector, done) = bounded::<Done>(under_way);

    thread::scope(|scope| {
        let reader = {
            let to_collector = to_collector.clone();
            move || {
                let alarm = Alarm(&to_collector);
                if let Err(error) = read(job, (checked, known), &to_workers, &permits, stop) {
                    let _ = alarm.0.send(Err(error));
                }
            }
        };
        // `scope.spawn` panics if the system has no thread left
        thread::Builder::new().spawn_scoped(scope, reader).map_err(|_| RunError::NoThread)?;
        for number in 0..plan.workers {
            let (batches, to_collector, folder) = (batches.clone(), to_collector.clone(), &folder);
            let worker = move || {
                let alarm = Alarm(&to_collector);
                let place = Place { folder, spread, existing: plan.existing };
                work(&batches, alarm.0, Worker::new(plan, place, known));
            };
            // one worker is enough if the system has no more threads
            if thread::Builder::new().spawn_scoped(scope, worker).is_err() && number == 0 {
                return Err(RunError::NoThread);
            }
        }
        drop((to_collector, batches));
        let result = collector.collect(&done, &permit_taken, observer);
        // after an error, dropping the receivers unblocks the senders
        drop((done, permit_taken));
        result
    })?;
    collector.finish(plan)
}

/// Reports a panic of a thread to the collector, which would otherwise wait for ever.
struct Alarm<'a>(&'a Sender<Done>);

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            let _ = self.0.send(Err(RunError::Stopped));
        }
    }
}

/// Reads the list and sends it in batches.
fn read(
    job: &Job,
    (checked, known): (Checked, &Known),
    to_workers: &Sender<Batch<PersonRows>>,
    permits: &Sender<()>,
    stop: &Stop,
) -> Result<(), RunError> {
    let mut people = People::open(job)?;
    let rows = checked.rows;
    let mut repeats = checked.repeats.into_iter().peekable();
    let mut batch = Batch { number: 0, people: Vec::new() };
    let (mut person_number, mut row_number, mut to_make) = (0, 0, 0);
    loop {
        let person = people.next()?;
        let is_last = person.is_none();
        if let Some(mut person) = person {
            row_number += person.rows.len() as u64;
            let own =
                std::iter::from_fn(|| repeats.next_if(|(number, _)| *number == person_number));
            let own: Vec<_> = own.map(|(_, repeat)| repeat).collect();
            duplicates::refuse(&mut person, own, job.list.mapping.quoting());
            let is_kept = |key| known.get(key).is_some_and(|known| known.is_unchanged);
            to_make += usize::from(!person.key().map(PersonKey::from).is_some_and(is_kept));
            batch.people.push(person);
            person_number += 1;
        }
        if to_make == BATCH || batch.people.len() == LARGEST_BATCH || is_last {
            to_make = 0;
            let next = Batch { number: batch.number + 1, people: Vec::new() };
            let full = std::mem::replace(&mut batch, next);
            if permits.send(()).is_err() || to_workers.send(full).is_err() {
                return Ok(());
            }
        }
        if is_last {
            // both passes must have read the same list
            job.list.source.check_unchanged()?;
            return if row_number == rows { Ok(()) } else { Err(job.list.source.changed().into()) };
        }
        if stop.is_asked() {
            return Err(RunError::Stopped);
        }
    }
}

/// Makes and stages the bundles of batches.
fn work(
    batches: &Receiver<Batch<PersonRows>>,
    to_collector: &Sender<Done>,
    worker: Result<Worker<'_>, SignError>,
) {
    let mut worker = match worker {
        Ok(worker) => worker,
        Err(error) => {
            let _ = to_collector.send(Err(error.into()));
            return;
        }
    };
    for Batch { number, people } in batches {
        let people: Result<Vec<DonePerson>, RunError> =
            people.into_iter().map(|person| worker.person(person)).collect();
        let failed = people.is_err();
        if to_collector.send(people.map(|people| Batch { number, people })).is_err() || failed {
            return;
        }
    }
}

/// Where bundles go.
#[derive(Clone, Copy)]
struct Place<'a> {
    folder: &'a OutputFolder,
    spread: Spread,
    existing: Existing,
}

/// Makes the bundles of one thread.
struct Worker<'a> {
    maker: Maker<'a>,
    fingerprinter: Fingerprinter,
    place: Place<'a>,
    known: &'a Known,
}

impl<'a> Worker<'a> {
    fn new(plan: &'a RunPlan, place: Place<'a>, known: &'a Known) -> Result<Self, SignError> {
        let fingerprinter = Fingerprinter::new(&plan.setup);
        Ok(Self { maker: Maker::new(plan)?, fingerprinter, place, known })
    }

    fn person(&mut self, person: PersonRows) -> Result<DonePerson, RunError> {
        if let Some(done) = self.kept(&person)? {
            let Kept { line, new_labels } = done;
            let bundle = line.bundle.clone();
            let reports = reports(person, &|| Outcome::Unchanged(bundle.clone()));
            return Ok(DonePerson { reports, made: Some(Made { line, file: None, new_labels }) });
        }
        let Some(accounts) = person.accounts() else {
            let reports = reports(person, &|| Outcome::Refused(Vec::new()));
            return Ok(DonePerson { reports, made: None });
        };
        let path = self.place.spread.bundle(&Slug::from(&accounts.first.address));
        let (bytes, manifest) = match self.maker.make(&accounts) {
            Ok(made) => made,
            Err(MakeError::Bundle(failure)) => {
                let failure = Arc::new(failure);
                let reports = reports(person, &|| Outcome::Failed(Arc::clone(&failure)));
                return Ok(DonePerson { reports, made: None });
            }
            Err(MakeError::Sign(error)) => return Err(error.into()),
        };
        if self.place.spread == Spread::Wide {
            self.place.folder.make_parent(&path)?;
        }
        let staged = self.place.folder.stage(&path, &bytes)?;
        let outcome = match staged.change {
            Change::New => Outcome::New,
            Change::Unchanged => Outcome::Unchanged,
            Change::Updated => Outcome::Updated,
        };
        let line = line(
            &person,
            (&accounts.key, &accounts.labels),
            path.clone(),
            sha256(&bytes),
            bytes.len() as u64,
        );
        let reports = reports(person, &|| outcome(path.clone()));
        let fingerprint = self.fingerprinter.of(&accounts);
        let file = MadeFile { staged, manifest, fingerprint, labels: accounts.labels };
        let made = Made { line, file: Some(Box::new(file)), new_labels: None };
        Ok(DonePerson { reports, made: Some(made) })
    }

    /// What is recorded about a person whose bundle is kept; `None` if it must be made.
    fn kept(&self, person: &PersonRows) -> Result<Option<Kept>, RunError> {
        let Some((account_key, (first, _))) = person.key().zip(person.sound().next()) else {
            return Ok(None);
        };
        let key = PersonKey::from(account_key);
        let known = self.known.with_digest(key).filter(|(known, _)| known.is_unchanged);
        let Some((known, digest)) = known else {
            return Ok(None);
        };
        let path = self.place.spread.bundle(&Slug::from(&first.address));
        let size = u64::from(known.size);
        let is_there = match self.place.existing {
            Existing::Size => self.place.folder.has_size(&path, size)?,
            Existing::Digest => self.place.folder.has_digest(&path, size, &digest)?,
        };
        if !is_there {
            return Ok(None);
        }
        let labels = person.labels();
        let line = line(person, (account_key, &labels), path, hex(&digest), size);
        let has_labels = known.has_labels(&labels);
        Ok(Some(Kept { line, new_labels: (!has_labels).then_some(labels) }))
    }
}

/// A person whose bundle is kept.
struct Kept {
    line: BundleLine,
    /// Labels that the ledger does not have yet.
    new_labels: Option<Labels>,
}

/// The manifest's line for `person`.
fn line(
    person: &PersonRows,
    (key, labels): (&AccountKey, &Labels),
    bundle: String,
    sha256: String,
    size: u64,
) -> BundleLine {
    let label = |label: &Option<Label>| label.as_ref().map(|label| label.as_str().to_owned());
    BundleLine {
        line: person.sound().next().map(|(_, row)| row.location.number),
        addresses: person.sound().map(|(person, _)| person.address.to_string()).collect(),
        person: key.to_string(),
        bundle,
        sha256,
        size,
        state: None,
        client: label(&labels.client),
        group: label(&labels.group),
        department: label(&labels.department),
    }
}

/// One report per row of `person`. The outcome of valid rows is that of `sound`.
fn reports(person: PersonRows, sound: &dyn Fn() -> Outcome) -> Vec<RowReport> {
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
