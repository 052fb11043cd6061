//! The second pass: a reader, workers, and a collector that puts everything back into the order of
//! the list.

use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::collector::{Batch, Collector, Done, DoneRow, Tally};
use super::made::{MakeError, Maker};
use super::outcome::{Outcome, RowReport};
use super::rows::{self, ReadRow};
use super::{Checked, Job, Making, Observer, RunError, Stop};
use crate::bundle::manifest::sha256;
use crate::domain::slug::Slug;
use crate::input::Table;
use crate::output::folder::{Change, OutputFolder};
use crate::output::layout::Spread;
use crate::output::manifest::BundleLine;
use crate::sign::SignError;

/// Rows that travel together.
const BATCH: usize = 32;

/// Batches that may be between reader and collector beside one for each worker: enough rows that
/// workers go on while a group is flushed to the disk.
const BATCHES_UNDER_WAY: usize = 24;

/// Makes the bundles of everybody whom the first pass found sound.
pub fn generate(
    job: &Job,
    making: &Making,
    checked: Checked,
    observer: &mut dyn Observer,
    stop: &Stop,
) -> Result<Tally, RunError> {
    let folder = OutputFolder::open(&making.out).map_err(RunError::Folder)?;
    let spread = folder.spread(checked.people)?;
    let provider = &job.resolver.provider().id;
    let mut collector = Collector::start(job, making, &folder, checked.rows)?;
    // a permit for each batch that is under way: a slow batch cannot make the others pile up, and
    // workers go on while the collector waits for the disk
    let under_way = making.workers + BATCHES_UNDER_WAY;
    let (permits, permit_taken) = bounded(under_way);
    let (to_workers, batches) = bounded::<Batch<ReadRow>>(making.workers);
    let (to_collector, done) = bounded::<Done>(under_way);

    thread::scope(|scope| {
        scope.spawn({
            let to_collector = to_collector.clone();
            move || {
                let alarm = Alarm(&to_collector);
                if let Err(error) = read(job, checked, &to_workers, &permits, stop) {
                    let _ = alarm.0.send(Err(error));
                }
            }
        });
        for number in 0..making.workers {
            let (batches, to_collector, folder) = (batches.clone(), to_collector.clone(), &folder);
            let worker = move || {
                let alarm = Alarm(&to_collector);
                work(&batches, alarm.0, Maker::new(making, provider), folder, spread);
            };
            // a system that gives no more threads still has those it gave
            if thread::Builder::new().spawn_scoped(scope, worker).is_err() && number == 0 {
                return Err(RunError::NoThread);
            }
        }
        drop((to_collector, batches));
        let result = collector.collect(&done, &permit_taken, observer);
        // after an error whoever waits to send is let go, and ends
        drop((done, permit_taken));
        result
    })?;
    collector.finish()
}

/// Tells the collector when a thread ends in a panic: it would wait for ever for what that thread had.
struct Alarm<'a>(&'a Sender<Done>);

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            let _ = self.0.send(Err(RunError::Stopped));
        }
    }
}

/// Reads the list again and hands it out in batches.
fn read(
    job: &Job,
    checked: Checked,
    to_workers: &Sender<Batch<ReadRow>>,
    permits: &Sender<()>,
    stop: &Stop,
) -> Result<(), RunError> {
    let mut table = Table::open(&job.source, &job.read)?;
    let rows = checked.rows;
    let mut repeats = checked.repeats.into_iter().peekable();
    let mut batch = Batch { number: 0, rows: Vec::with_capacity(BATCH) };
    let mut row_number = 0;
    loop {
        let row = rows::next(job, &mut table)?;
        let is_last = row.is_none();
        if let Some(mut row) = row {
            if let Some((_, problems)) = repeats.next_if(|(number, _)| *number == row_number) {
                row.account = Err(problems);
            }
            batch.rows.push(row);
            row_number += 1;
        }
        if batch.rows.len() == BATCH || is_last {
            let next = Batch { number: batch.number + 1, rows: Vec::with_capacity(BATCH) };
            let full = std::mem::replace(&mut batch, next);
            if permits.send(()).is_err() || to_workers.send(full).is_err() {
                return Ok(());
            }
        }
        if is_last {
            // the second pass must have read what the first one judged
            job.source.check_unchanged()?;
            return if row_number == rows { Ok(()) } else { Err(job.source.changed().into()) };
        }
        if stop.is_asked() {
            return Err(RunError::Stopped);
        }
    }
}

/// Makes and stages the bundles of one batch after the other.
fn work(
    batches: &Receiver<Batch<ReadRow>>,
    to_collector: &Sender<Done>,
    maker: Result<Maker<'_>, SignError>,
    folder: &OutputFolder,
    spread: Spread,
) {
    let mut maker = match maker {
        Ok(maker) => maker,
        Err(error) => {
            let _ = to_collector.send(Err(error.into()));
            return;
        }
    };
    for Batch { number, rows } in batches {
        let rows: Result<Vec<DoneRow>, RunError> =
            rows.into_iter().map(|row| make_row(row, &mut maker, folder, spread)).collect();
        let failed = rows.is_err();
        if to_collector.send(rows.map(|rows| Batch { number, rows })).is_err() || failed {
            return;
        }
    }
}

fn make_row(
    row: ReadRow,
    maker: &mut Maker<'_>,
    folder: &OutputFolder,
    spread: Spread,
) -> Result<DoneRow, RunError> {
    let ReadRow { location, address, account, .. } = row;
    let done = |outcome, made| DoneRow {
        report: RowReport { location, address: address.clone(), outcome },
        made,
    };
    let account = match account {
        Ok((_, account)) => account,
        Err(problems) => return Ok(done(Outcome::Refused(problems), None)),
    };
    let bytes = match maker.make(&account) {
        Ok(bytes) => bytes,
        Err(MakeError::Failure(failure)) => return Ok(done(Outcome::Failed(failure), None)),
        Err(MakeError::Sign(error)) => return Err(error.into()),
    };
    let path = spread.bundle(&Slug::from(&account.address));
    if spread == Spread::Wide {
        folder.make_parent(&path)?;
    }
    let staged = folder.stage(&path, &bytes)?;
    let line = BundleLine {
        line: location.line,
        address: account.address.to_string(),
        person: account.key.to_string(),
        bundle: path.clone(),
        sha256: sha256(&bytes),
        size: bytes.len() as u64,
    };
    let outcome = match staged.change {
        Change::New => Outcome::New(path),
        Change::Unchanged => Outcome::Unchanged(path),
        Change::Updated => Outcome::Updated(path),
    };
    Ok(done(outcome, Some((staged, line))))
}
