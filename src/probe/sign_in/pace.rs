//! How often a password may be tried. Many servers lock a mailbox after five refusals within minutes. Pure.

use std::num::NonZeroU16;

/// Refusals in a row after which a server gets no further password for a while.
const REFUSALS: usize = 3;

/// How long refusals count, in seconds.
const MEMORY: i64 = 15 * 60;

/// Connections to one server with a password, at a time.
const AT_A_TIME: usize = 2;

/// How many passwords a server may get within a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pace(NonZeroU16);

impl Pace {
    /// The most that can be asked for.
    pub(crate) const MOST: u16 = 600;

    /// `None` for zero and for more than [`Self::MOST`].
    pub(crate) fn new(a_minute: u16) -> Option<Self> {
        NonZeroU16::new(a_minute).filter(|it| it.get() <= Self::MOST).map(Self)
    }

    pub(crate) fn a_minute(self) -> u16 {
        self.0.get()
    }
}

impl Default for Pace {
    /// Four: a mailbox that is tried by hand meanwhile is not locked by both together.
    fn default() -> Self {
        Self(NonZeroU16::MIN.saturating_add(3))
    }
}

/// The attempts of the last minutes, over several runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Attempts(Vec<Attempt>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Attempt {
    /// Seconds since 1970.
    at: i64,
    host: String,
    end: End,
}

/// What came of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Nothing yet. After the end of the program it counts as refused: the server may have counted it.
    UnderWay,
    Refused,
    NotRefused,
}

/// An attempt that is being made.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Ticket(usize);

/// When a server may get the next password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Now,
    /// After so many seconds: else it would get too many within a minute.
    Pace {
        seconds: i64,
    },
    /// Once an attempt that is being made has ended.
    Others,
    /// After so many seconds: it has refused three in a row.
    Refusals {
        seconds: i64,
    },
}

impl Attempts {
    /// Reads what [`Attempts::text`] wrote. Lines that say nothing are left out.
    pub(crate) fn read(text: &str) -> Self {
        let attempt = |line: &str| {
            let mut words = line.split(' ');
            let (at, word, host) = (words.next()?, words.next()?, words.next()?);
            let end = if word == "refused" { End::Refused } else { End::NotRefused };
            Some(Attempt { at: at.parse().ok()?, host: host.to_owned(), end })
        };
        Self(text.lines().filter_map(attempt).collect())
    }

    /// What still counts at `now`, in lines of time, outcome and host.
    pub(crate) fn text(&self, now: i64) -> String {
        let recent = self.0.iter().filter(|attempt| counts(attempt, now));
        recent
            .map(|Attempt { at, host, end }| {
                let word = if *end == End::NotRefused { "tried" } else { "refused" };
                format!("{at} {word} {host}\n")
            })
            .collect()
    }

    /// When `host` may get the next password, as of `now`.
    pub(crate) fn next(&self, host: &str, now: i64, pace: Pace) -> Next {
        let at_host: Vec<&Attempt> =
            self.0.iter().filter(|it| it.host == host && counts(it, now)).collect();
        let under_way = at_host.iter().filter(|it| it.end == End::UnderWay).count();
        let ended = at_host.iter().rev().filter(|it| it.end != End::UnderWay);
        let in_a_row = ended.take_while(|it| it.end == End::Refused).count();
        if let (true, Some(last)) = (in_a_row >= REFUSALS, at_host.last()) {
            return Next::Refusals { seconds: MEMORY - (now - last.at) };
        }
        // if all of them were refused, there must not be a fourth refusal
        if under_way > 0 && (under_way >= AT_A_TIME || in_a_row + under_way >= REFUSALS) {
            return Next::Others;
        }
        let minute: Vec<&&Attempt> = at_host.iter().filter(|it| now - it.at < 60).collect();
        match minute.len().checked_sub(usize::from(pace.a_minute())) {
            Some(over) => Next::Pace { seconds: 60 - (now - minute[over].at) },
            None => Next::Now,
        }
    }

    /// Notes an attempt, before it is made.
    pub(super) fn begin(&mut self, host: &str, now: i64) -> Ticket {
        self.0.push(Attempt { at: now, host: host.to_owned(), end: End::UnderWay });
        Ticket(self.0.len() - 1)
    }

    pub(super) fn refused(&mut self, ticket: &Ticket) {
        self.end(ticket, End::Refused);
    }

    /// The server took the password, or got none.
    pub(super) fn not_refused(&mut self, ticket: &Ticket) {
        self.end(ticket, End::NotRefused);
    }

    fn end(&mut self, Ticket(number): &Ticket, end: End) {
        if let Some(attempt) = self.0.get_mut(*number) {
            attempt.end = end;
        }
    }
}

/// A clock that was set back must not keep passwords from being tried for ever.
fn counts(attempt: &Attempt, now: i64) -> bool {
    (0..MEMORY).contains(&(now - attempt.at))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "imap.acme.test";

    fn refused(times: &[i64]) -> Attempts {
        let mut attempts = Attempts::default();
        for at in times {
            let ticket = attempts.begin(HOST, *at);
            attempts.refused(&ticket);
        }
        attempts
    }

    fn next(attempts: &Attempts, now: i64) -> Next {
        attempts.next(HOST, now, Pace::default())
    }

    #[test]
    fn after_three_refusals_in_a_row_a_server_gets_no_password_for_a_quarter_of_an_hour() {
        assert_eq!(next(&refused(&[0, 100]), 200), Next::Now);
        let attempts = refused(&[0, 100, 200]);
        assert_eq!(next(&attempts, 300), Next::Refusals { seconds: 800 });
        assert_eq!(next(&attempts, 901), Next::Now, "the first no longer counts");
        let other = attempts.next("smtp.acme.test", 300, Pace::default());
        assert_eq!(other, Next::Now, "another server");
    }

    #[test]
    fn an_accepted_password_ends_the_row() {
        let mut attempts = refused(&[0, 100]);
        let ticket = attempts.begin(HOST, 200);
        attempts.not_refused(&ticket);
        assert_eq!(next(&attempts, 300), Next::Now);
        let third = attempts.begin(HOST, 300);
        attempts.refused(&third);
        assert_eq!(next(&attempts, 400), Next::Now);
    }

    #[test]
    fn a_server_gets_at_most_four_passwords_a_minute_unless_another_pace_is_chosen() {
        let mut attempts = Attempts::default();
        for at in [0, 10, 20, 30] {
            assert_eq!(next(&attempts, at), Next::Now);
            let ticket = attempts.begin(HOST, at);
            attempts.not_refused(&ticket);
        }
        assert_eq!(next(&attempts, 40), Next::Pace { seconds: 20 });
        assert_eq!(next(&attempts, 60), Next::Now);
        assert_eq!(attempts.next(HOST, 40, Pace::new(5).unwrap()), Next::Now);
        assert_eq!(Pace::new(0), None);
        assert_eq!(Pace::new(601), None);
    }

    #[test]
    fn never_more_than_two_at_a_time_nor_so_many_that_all_could_be_a_fourth_refusal() {
        let mut attempts = Attempts::default();
        let first = attempts.begin(HOST, 0);
        assert_eq!(next(&attempts, 0), Next::Now);
        attempts.begin(HOST, 0);
        assert_eq!(next(&attempts, 0), Next::Others, "two are under way");
        attempts.refused(&first);
        assert_eq!(next(&attempts, 1), Next::Now, "one refused, one under way");
        let mut attempts = refused(&[0, 1]);
        let third = attempts.begin(HOST, 2);
        assert_eq!(next(&attempts, 2), Next::Others, "it may be the third");
        attempts.refused(&third);
        assert!(matches!(next(&attempts, 3), Next::Refusals { .. }));
    }

    #[test]
    fn an_attempt_under_way_does_not_hide_refusals_before_it() {
        let mut attempts = refused(&[0, 1]);
        let slow = attempts.begin(HOST, 2);
        attempts.not_refused(&slow);
        let mut attempts = refused(&[0]);
        attempts.begin(HOST, 1);
        let third = attempts.begin(HOST, 2);
        attempts.refused(&third);
        assert_eq!(next(&attempts, 3), Next::Others, "two refused, and one that may be refused");
    }

    #[test]
    fn the_count_survives_a_restart() {
        let attempts = refused(&[1000, 1100, 1200]);
        let read = Attempts::read(&attempts.text(1300));
        assert_eq!(read, attempts);
        assert!(matches!(next(&read, 1300), Next::Refusals { .. }));
        assert_eq!(Attempts::read(&attempts.text(9000)), Attempts::default());
        assert_eq!(Attempts::read("garbage\n1 refused\nx y z\n"), Attempts::default());
        assert_eq!(next(&refused(&[5000]), 100), Next::Now, "of the future");
    }

    #[test]
    fn what_was_under_way_when_the_program_was_killed_counts_as_refused() {
        let mut attempts = refused(&[0, 1]);
        attempts.begin(HOST, 2);
        let read = Attempts::read(&attempts.text(3));
        assert!(matches!(next(&read, 3), Next::Refusals { .. }));
    }
}
