//! Reads the people of a list on a thread of its own, a little ahead of the caller: one core splits the list into
//! people while another looks at them.

use std::thread::{self, Scope};
use std::vec;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use super::people::{People, PersonRows};
use super::{Job, RunError};
use crate::input::InputError;

/// People per message, enough that messages cost nothing.
const BATCH: usize = 128;

/// Bytes of the list per message, after which it is sent even with fewer people: rows may be long.
const BATCH_BYTES: u64 = 64 << 10;

/// Messages that wait for the caller.
const BATCHES: usize = 4;

/// People who are read ahead.
pub(super) struct Ahead<'a> {
    source: Source<'a>,
    people: vec::IntoIter<PersonRows>,
    /// Those with whom the caller is done.
    done: Vec<PersonRows>,
    bytes_read: u64,
}

/// Where the people are read.
enum Source<'a> {
    Thread {
        people: Receiver<Message>,
        done: Sender<Vec<PersonRows>>,
    },
    /// The system had no thread to spare.
    Here(Box<People<'a>>),
}

/// The next people; an error comes after everybody before it.
type Message = Result<Batch, InputError>;

struct Batch {
    /// Nobody at the end of the list.
    people: Vec<PersonRows>,
    /// Bytes of the list up to here.
    bytes_read: u64,
}

impl<'a> Ahead<'a> {
    /// Begins to read the list of `job` on a thread of `scope`, which ends once this value is dropped.
    pub(super) fn start<'scope>(
        scope: &'scope Scope<'scope, '_>,
        job: &'a Job,
    ) -> Result<Self, InputError>
    where
        'a: 'scope,
    {
        let (sender, people) = bounded(BATCHES);
        let (done, returned) = unbounded();
        let reader = move || {
            let ended = People::open(job).and_then(|people| send(people, &sender, &returned));
            if let Err(error) = ended {
                let _ = sender.send(Err(error));
            }
        };
        let source = match thread::Builder::new().spawn_scoped(scope, reader) {
            Ok(_) => Source::Thread { people, done },
            Err(_) => Source::Here(Box::new(People::open(job)?)),
        };
        Ok(Self { source, people: Vec::new().into_iter(), done: Vec::new(), bytes_read: 0 })
    }

    /// Bytes of the list read so far, for a progress bar.
    pub(super) fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// Takes a person with whom the caller is done. They are freed where they were allocated: on another thread
    /// both would wait for the allocator's lock.
    pub(super) fn give_back(&mut self, person: PersonRows) {
        if let Source::Thread { .. } = self.source {
            self.done.push(person);
        }
    }

    /// `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<PersonRows>, RunError> {
        if let Some(person) = self.people.next() {
            return Ok(Some(person));
        }
        match &mut self.source {
            Source::Here(people) => {
                let person = people.next()?;
                self.bytes_read = people.bytes_read();
                Ok(person)
            }
            Source::Thread { people: batches, done } => {
                if !self.done.is_empty() {
                    let _ = done.send(std::mem::take(&mut self.done));
                }
                // without an end only if the thread has panicked
                let Batch { people, bytes_read } =
                    batches.recv().map_err(|_| RunError::Panicked)??;
                self.people = people.into_iter();
                self.bytes_read = bytes_read;
                Ok(self.people.next())
            }
        }
    }
}

/// Sends everybody, and nobody last. Ends early if the caller has gone.
fn send(
    mut people: People<'_>,
    to: &Sender<Message>,
    returned: &Receiver<Vec<PersonRows>>,
) -> Result<(), InputError> {
    let mut batch = Vec::with_capacity(BATCH);
    let mut sent = 0;
    loop {
        let (is_last, ended) = match people.next() {
            Ok(Some(person)) => {
                batch.push(person);
                (false, Ok(()))
            }
            Ok(None) => (true, Ok(())),
            Err(error) => (true, Err(error)),
        };
        let bytes_read = people.bytes_read();
        let is_full = batch.len() == BATCH || bytes_read.saturating_sub(sent) >= BATCH_BYTES;
        // nobody would be the end
        if (is_full || is_last) && !batch.is_empty() {
            sent = bytes_read;
            returned.try_iter().for_each(drop);
            let people = std::mem::replace(&mut batch, Vec::with_capacity(BATCH));
            if to.send(Ok(Batch { people, bytes_read })).is_err() {
                return Ok(());
            }
        }
        if is_last {
            ended?;
            let _ = to.send(Ok(Batch { people: Vec::new(), bytes_read }));
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::tests::job;

    /// The addresses in `list`, and the error that ends it.
    fn read(list: &str) -> (Vec<String>, Option<RunError>) {
        let job = job(list);
        thread::scope(|scope| {
            let mut people = Ahead::start(scope, &job).unwrap();
            let mut addresses = Vec::new();
            loop {
                match people.next() {
                    Ok(Some(person)) => {
                        addresses.extend(person.sound().map(|(it, _)| it.address.to_string()));
                    }
                    Ok(None) => return (addresses, None),
                    Err(error) => return (addresses, Some(error)),
                }
            }
        })
    }

    /// A list of so many people, the rows `width` bytes wide at least.
    fn list(people: usize, width: usize) -> String {
        let row = |n| format!("p{n}@q.com,{:width$}\n", "x");
        std::iter::once("email,note\n".to_owned()).chain((0..people).map(row)).collect()
    }

    #[test]
    fn everybody_comes_in_the_order_of_the_list() {
        for (people, width) in [(1, 1), (BATCH, 1), (BATCH + 1, 1), (5 * BATCH, 1), (300, 5_000)] {
            let (addresses, error) = read(&list(people, width));
            let expected: Vec<_> = (0..people).map(|n| format!("p{n}@q.com")).collect();
            assert_eq!(addresses, expected, "{people} rows of {width} bytes");
            assert!(error.is_none());
        }
    }

    #[test]
    fn an_error_comes_after_the_people_before_it() {
        let broken = list(200, 1) + "p200@q.com,\"" + &"x".repeat(17 << 20);
        let (addresses, error) = read(&broken);
        assert_eq!(addresses.len(), 200);
        assert!(matches!(error, Some(RunError::Input(_))), "{error:?}");
    }

    #[test]
    fn an_error_in_the_first_row_is_no_end() {
        let long = "email,note\np0@q.com,\"".to_owned() + &"x".repeat(17 << 20);
        let (addresses, error) = read(&long);
        assert!(addresses.is_empty());
        assert!(matches!(error, Some(RunError::Input(_))), "{error:?}");
    }

    #[test]
    fn a_caller_who_goes_early_leaves_no_thread_behind() {
        let job = job(&list(50 * BATCH, 1));
        // the scope waits for the thread
        thread::scope(|scope| {
            let mut people = Ahead::start(scope, &job).unwrap();
            assert!(people.next().unwrap().is_some());
        });
    }
}
