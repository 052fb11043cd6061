//! Whose turn it is: several threads sign in, and each waits until a server may get the next password.

use std::collections::BTreeSet;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::pace::{Attempts, Next, Pace, Server, Ticket};

/// How often a thread that waits looks at whether the run was stopped.
const LOOK: Duration = Duration::from_millis(100);

/// Gives turns. `E` is why the attempts cannot be written down.
pub(crate) struct Turns<'a, E> {
    attempts: Mutex<Attempts>,
    /// An attempt has ended.
    ended: Condvar,
    /// Hosts and user names whose password was refused during this run.
    refused: Mutex<BTreeSet<(String, String)>>,
    pace: Pace,
    surroundings: &'a dyn Surroundings<E>,
}

/// What turns need of the program around them.
pub(crate) trait Surroundings<E>: Sync {
    /// Writes the attempts down, for the next run.
    fn save(&self, attempts: &Attempts) -> Result<(), E>;
    /// Seconds since 1970.
    fn now(&self) -> i64;
    fn is_stopped(&self) -> bool;
}

/// Why a password is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoTurn<E> {
    /// The server has refused three in a row.
    Refusals {
        seconds: i64,
    },
    Stopped,
    /// Without a count that survives the program, none is sent.
    Unsaved(E),
}

/// What a server said to a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// Anything that it may have counted as a wrong one.
    Refused,
    NotRefused,
}

impl<'a, E> Turns<'a, E> {
    pub(crate) fn new(
        attempts: Attempts,
        pace: Pace,
        surroundings: &'a dyn Surroundings<E>,
    ) -> Self {
        let (attempts, refused) = (Mutex::new(attempts), Mutex::default());
        Self { attempts, ended: Condvar::new(), refused, pace, surroundings }
    }

    /// When `server` may get the next password.
    pub(crate) fn next(&self, server: Server<'_>) -> Next {
        self.attempts().next(server, self.surroundings.now(), self.pace)
    }

    /// Whether a password of `username` was refused before: several rows may have one user name, and a refusal for each
    /// of them would lock it.
    pub(super) fn has_refused(&self, server: Server<'_>, username: &str) -> bool {
        self.refused().contains(&(server.host.to_owned(), username.to_lowercase()))
    }

    pub(super) fn note_refused(&self, server: Server<'_>, username: &str) {
        self.refused().insert((server.host.to_owned(), username.to_lowercase()));
    }

    fn refused(&self) -> MutexGuard<'_, BTreeSet<(String, String)>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Seconds since 1970.
    pub(super) fn now(&self) -> i64 {
        self.surroundings.now()
    }

    /// Waits for a turn at `server`, and makes the attempt. It is written down before, so that a run that is killed does
    /// not make it uncounted. If `before` fails it is not made.
    pub(super) fn take<T>(
        &self,
        server: Server<'_>,
        before: &mut dyn FnMut() -> Result<(), E>,
        attempt: impl FnOnce() -> (T, Said),
    ) -> Result<T, NoTurn<E>> {
        let ticket = self.wait(server)?;
        if let Err(error) = before() {
            self.attempts().not_refused(&ticket, self.now());
            self.ended.notify_all();
            return Err(NoTurn::Unsaved(error));
        }
        let (result, said) = attempt();
        let mut attempts = self.attempts();
        match said {
            Said::Refused => attempts.refused(&ticket, self.now()),
            Said::NotRefused => attempts.not_refused(&ticket, self.now()),
        }
        // if it cannot be written, the file goes on to count this attempt as refused, and the next one is not made
        let _ = self.surroundings.save(&attempts);
        drop(attempts);
        self.ended.notify_all();
        Ok(result)
    }

    fn wait(&self, server: Server<'_>) -> Result<Ticket, NoTurn<E>> {
        let mut attempts = self.attempts();
        loop {
            if self.surroundings.is_stopped() {
                return Err(NoTurn::Stopped);
            }
            let now = self.surroundings.now();
            match attempts.next(server, now, self.pace) {
                Next::Refusals { seconds } => return Err(NoTurn::Refusals { seconds }),
                Next::Now => {
                    let ticket = attempts.begin(server, now);
                    self.surroundings.save(&attempts).map_err(NoTurn::Unsaved)?;
                    return Ok(ticket);
                }
                Next::Pace { .. } | Next::Others => {
                    let waited = self.ended.wait_timeout(attempts, LOOK);
                    attempts = waited.unwrap_or_else(PoisonError::into_inner).0;
                }
            }
        }
    }

    fn attempts(&self) -> MutexGuard<'_, Attempts> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
    use std::thread;

    use super::*;

    const HOST: Server<'_> = Server { host: "imap.acme.test", port: 993 };

    /// A clock that a minute passes on at each look, so that nothing has to wait for the pace.
    #[derive(Default)]
    struct Fast {
        now: AtomicI64,
        saved: Mutex<Vec<String>>,
        is_stopped: AtomicBool,
        is_full: AtomicBool,
    }

    impl Surroundings<&'static str> for Fast {
        fn save(&self, attempts: &Attempts) -> Result<(), &'static str> {
            if self.is_full.load(Ordering::Relaxed) {
                return Err("full");
            }
            let now = self.now.load(Ordering::Relaxed);
            self.saved.lock().unwrap().push(attempts.text(now));
            Ok(())
        }

        fn now(&self) -> i64 {
            self.now.fetch_add(1, Ordering::Relaxed)
        }

        fn is_stopped(&self) -> bool {
            self.is_stopped.load(Ordering::Relaxed)
        }
    }

    #[test]
    fn an_attempt_is_written_down_before_it_is_made() {
        let fast = Fast::default();
        let turns = Turns::new(Attempts::default(), Pace::default(), &fast);
        turns
            .take(HOST, &mut || Ok(()), || {
                let saved = fast.saved.lock().unwrap();
                assert!(saved.last().unwrap().contains("refused imap.acme.test"));
                ((), Said::NotRefused)
            })
            .unwrap();
        assert!(fast.saved.lock().unwrap().last().unwrap().contains("tried imap.acme.test"));
    }

    #[test]
    fn without_a_place_to_count_no_attempt_is_made() {
        let fast = Fast::default();
        fast.is_full.store(true, Ordering::Relaxed);
        let turns = Turns::new(Attempts::default(), Pace::default(), &fast);
        let taken = turns.take::<()>(HOST, &mut || Ok(()), || panic!("an attempt was made"));
        assert_eq!(taken, Err(NoTurn::Unsaved("full")));
    }

    #[test]
    fn what_came_of_an_attempt_is_known_even_if_the_count_cannot_be_written_after_it() {
        let fast = Fast::default();
        let turns = Turns::new(Attempts::default(), Pace::default(), &fast);
        let attempt = || {
            fast.is_full.store(true, Ordering::Relaxed);
            ("wrong", Said::Refused)
        };
        assert_eq!(turns.take(HOST, &mut || Ok(()), attempt), Ok("wrong"));
        let next = turns.take::<()>(HOST, &mut || Ok(()), || panic!("an attempt was made"));
        assert_eq!(next, Err(NoTurn::Unsaved("full")));
    }

    #[test]
    fn many_threads_make_three_refused_attempts_and_no_fourth() {
        let fast = Fast::default();
        let turns = Turns::new(Attempts::default(), Pace::new(600).unwrap(), &fast);
        let (made, at_once, most) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| {
                    let taken = turns.take(HOST, &mut || Ok(()), || {
                        made.fetch_add(1, Ordering::SeqCst);
                        most.fetch_max(
                            at_once.fetch_add(1, Ordering::SeqCst) + 1,
                            Ordering::SeqCst,
                        );
                        thread::sleep(Duration::from_millis(5));
                        at_once.fetch_sub(1, Ordering::SeqCst);
                        ((), Said::Refused)
                    });
                    assert!(matches!(taken, Ok(()) | Err(NoTurn::Refusals { .. })));
                });
            }
        });
        assert_eq!(made.into_inner(), 3);
        assert!(most.into_inner() <= 2);
    }

    #[test]
    fn a_run_that_is_stopped_waits_no_longer() {
        let fast = Fast::default();
        let attempts = Attempts::read("0 tried imap.acme.test 993", 0);
        let turns = Turns::new(attempts, Pace::new(1).unwrap(), &fast);
        fast.is_stopped.store(true, Ordering::Relaxed);
        let taken = turns.take::<()>(HOST, &mut || Ok(()), || panic!("an attempt was made"));
        assert_eq!(taken, Err(NoTurn::Stopped));
    }
}
