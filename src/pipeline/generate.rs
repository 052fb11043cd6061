//! The second pass: a reader, workers, and a collector that restores the order of the list.

use std::sync::Arc;
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};
use sha2::{Digest as _, Sha256};

use super::changes::Fingerprinter;
use super::collector::{Batch, Collector, Done, DonePerson, ListFacts, Made, MadeFile, MadeRecord};
use super::ledger_writer::{Kept, LedgerWriter, RunStart};
use super::maker::{MakeError, Maker};
use super::outcome::Outcome;
use super::people::PersonRows;
use super::reader::{Keeper, Step, Ways, line, read, reports};
use super::run_counts::RunCounts;
use super::{Absent, Checked, Job, Memory, Observer, RunError, RunPlan, Stop, Tracker};
use crate::domain::slug::Slug;
use crate::domain::text::hex;
use crate::ledger::{KnownPerson, Listing};
use crate::output::folder::{Change, OutputFolder};
use crate::output::layout::Spread;
use crate::sign::SignError;

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
    let mut folder = OutputFolder::open(&plan.out, plan.trust).map_err(RunError::Folder)?;
    let spread = folder.spread(checked.people)?;
    let mut known = tracker.known;
    let (ledger, aside) = memory
        .into_ledger(&mut folder, &plan.setup.identifier, &mut known)
        .map_err(RunError::Memory)?;
    let start = RunStart::of(job, plan.absent)?;
    let writer = LedgerWriter::begin(ledger, &start, plan, &known)?;
    writer.outdate(&mut known, plan.scope);
    if let Some(stamper) = &plan.signing.stamper {
        let same = |it: &&KnownPerson| it.is_unchanged && it.listing == Listing::Sound;
        let unchanged = known.iter().filter(same).count() as u64;
        let to_retire = || known.not_retired().filter(|it| !it.shares_address).count() as u64;
        let removals = if plan.absent == Absent::Retired { to_retire() } else { 0 };
        stamper.expect(checked.people.saturating_sub(unchanged) + removals);
    }
    let known = &known;
    let list =
        ListFacts { rows: checked.rows, delimiter: checked.delimiter, kept: Kept::WithoutNew };
    let mut collector = Collector::start(&start, plan, &folder, list, known, writer)?;
    collector.counts.ledger_aside = aside;
    // one permit per batch under way, so that batches cannot pile up behind a slow one; enough of them
    // that workers go on while the collector waits for the disk
    let under_way = plan.workers + BATCHES_UNDER_WAY;
    let (permits, permit_taken) = bounded(under_way);
    let (to_workers, batches) = bounded::<Batch<Step>>(plan.workers);
    let (to_collector, done) = bounded::<Done>(under_way);

    thread::scope(|scope| {
        let mut threads = Vec::with_capacity(plan.workers + 1);
        let keeper = Keeper { folder: &folder, spread, existing: plan.existing, known };
        let reader = {
            let to_collector = to_collector.clone();
            move || {
                let alarm = Alarm(&to_collector);
                let ways = Ways { permits, to_workers, to_collector: alarm.0 };
                if let Err(error) = read(job, &checked, keeper, &ways, stop) {
                    let _ = alarm.0.send(Err(error));
                }
            }
        };
        // `scope.spawn` panics if the system has no thread left
        let reader = thread::Builder::new().spawn_scoped(scope, reader);
        threads.push(reader.map_err(|_| RunError::NoThread)?);
        for number in 0..plan.workers {
            let (batches, to_collector) = (batches.clone(), to_collector.clone());
            let worker = move || {
                let alarm = Alarm(&to_collector);
                work(&batches, alarm.0, Worker::new(plan, keeper));
            };
            match thread::Builder::new().spawn_scoped(scope, worker) {
                Ok(worker) => threads.push(worker),
                Err(_) if number == 0 => return Err(RunError::NoThread),
                // one worker is enough if the system has no more threads
                Err(_) => {}
            }
        }
        drop((to_collector, batches));
        let result = collector.collect(&done, &permit_taken, observer);
        // after an error, dropping the receivers unblocks the senders
        drop((done, permit_taken));
        // the scope panics itself because of a thread that panicked, unless that is joined
        let panicked = threads.into_iter().filter_map(|thread| thread.join().err()).count();
        if panicked == 0 { result } else { Err(RunError::Panicked) }
    })?;
    collector.finish(plan)
}

/// Reports a panic of a thread to the collector, which would otherwise wait for ever.
struct Alarm<'a>(&'a Sender<Done>);

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            let _ = self.0.send(Err(RunError::Panicked));
        }
    }
}

/// Makes and stages the bundles of batches.
fn work(
    batches: &Receiver<Batch<Step>>,
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
            people.into_iter().map(|step| worker.step(step)).collect();
        let failed = people.is_err();
        if to_collector.send(people.map(|people| Batch { number, people })).is_err() || failed {
            return;
        }
    }
}

/// Makes the bundles of one thread.
struct Worker<'a> {
    maker: Maker<'a>,
    fingerprinter: Fingerprinter,
    keeper: Keeper<'a>,
}

impl<'a> Worker<'a> {
    fn new(plan: &'a RunPlan, keeper: Keeper<'a>) -> Result<Self, SignError> {
        let fingerprinter = Fingerprinter::new(&plan.setup);
        Ok(Self { maker: Maker::new(plan)?, fingerprinter, keeper })
    }

    fn step(&mut self, step: Step) -> Result<DonePerson, RunError> {
        match step {
            Step::Kept(done) => Ok(*done),
            Step::Judge(person) => match self.keeper.kept(person)? {
                Ok(done) => Ok(done),
                Err(person) => self.person(person),
            },
            Step::Make(person) => self.person(person),
        }
    }

    fn person(&mut self, person: PersonRows) -> Result<DonePerson, RunError> {
        let Some(accounts) = person.accounts() else {
            let reports = reports(person, &|| Outcome::Refused(Vec::new()));
            return Ok(DonePerson { reports, made: None });
        };
        let path = self.keeper.spread.bundle(&Slug::from(&accounts.first.address));
        let (bytes, manifest) = match self.maker.make(&accounts) {
            Ok(made) => made,
            Err(MakeError::Bundle(failure)) => {
                let failure = Arc::new(failure);
                let reports = reports(person, &|| Outcome::Failed(Arc::clone(&failure)));
                return Ok(DonePerson { reports, made: None });
            }
            Err(MakeError::Sign(error)) => return Err(error.into()),
        };
        if self.keeper.spread == Spread::Wide {
            self.keeper.folder.make_parent(&path)?;
        }
        let staged = self.keeper.folder.stage(&path, &bytes)?;
        let outcome = match staged.change {
            Change::New => Outcome::New,
            Change::Unchanged => Outcome::Unchanged,
            Change::Updated => Outcome::Updated,
        };
        let sha256: [u8; 32] = Sha256::digest(&bytes).into();
        let line = line(
            &person,
            (&accounts.key, &accounts.labels),
            path.clone(),
            hex(&sha256),
            bytes.len() as u64,
        );
        let reports = reports(person, &|| outcome(path.clone()));
        let fingerprint = self.fingerprinter.of(&accounts);
        let record = MadeRecord { sha256, manifest, fingerprint, labels: accounts.labels };
        let file = MadeFile { staged, record };
        let made = Made { line, file: Some(Box::new(file)), new_labels: None };
        Ok(DonePerson { reports, made: Some(made) })
    }
}

#[cfg(test)]
mod tests;
