//! How often a password may be tried. Many servers lock a mailbox after five refusals within minutes. Pure.

use std::num::NonZeroU16;

use crate::domain::server::Endpoint;

/// Refusals in a row after which a server gets no further password for a while.
const REFUSALS: usize = 3;

/// How long refusals count, in seconds.
const MEMORY: i64 = 15 * 60;

/// How long attempts are kept, in seconds: the last of three refusals counts as long as [`MEMORY`], and the first may be
/// as much older.
const KEPT: i64 = 2 * MEMORY;

/// A minute, and a second more because times are whole seconds.
const MINUTE: i64 = 61;

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

/// A host, which has a pace for all of its ports, and a port there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Server<'a> {
    pub(crate) host: &'a str,
    pub(crate) port: u16,
}

impl<'a> From<&'a Endpoint> for Server<'a> {
    fn from(endpoint: &'a Endpoint) -> Self {
        Self { host: endpoint.host.as_str(), port: endpoint.port.get() }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Attempt {
    /// When it ended, or else began, in seconds since 1970. A slow server gets the password long after the beginning.
    at: i64,
    host: String,
    port: u16,
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
    /// Reads at `now` what [`Attempts::text`] wrote. Lines that say nothing are left out. If the clock was set back
    /// meanwhile, attempts of the future count as made now: forgotten, they would allow too many.
    pub(crate) fn read(text: &str, now: i64) -> Self {
        let attempt = |line: &str| {
            let mut words = line.split(' ');
            let (at, word, host) = (words.next()?, words.next()?, words.next()?);
            let port = words.next()?.parse().ok()?;
            let end = if word == "refused" { End::Refused } else { End::NotRefused };
            let at = at.parse::<i64>().ok()?.min(now);
            Some(Attempt { at, host: host.to_owned(), port, end })
        };
        Self(text.lines().filter_map(attempt).collect())
    }

    /// What still counts at `now`, in lines of time, outcome, host and port.
    pub(crate) fn text(&self, now: i64) -> String {
        let kept = self.0.iter().filter(|it| now - it.time(now) < KEPT);
        kept.map(|Attempt { at, host, port, end }| {
            let word = if *end == End::NotRefused { "tried" } else { "refused" };
            format!("{at} {word} {host} {port}\n")
        })
        .collect()
    }

    /// When `server` may get the next password, as of `now`.
    pub(crate) fn next(&self, server: Server<'_>, now: i64, pace: Pace) -> Next {
        let mut at_host: Vec<&Attempt> =
            self.0.iter().filter(|it| it.host == server.host).collect();
        at_host.sort_by_key(|it| it.time(now));
        // what receiving accepts must not hide that sending, at the same host, refuses everybody
        let at_port: Vec<&Attempt> =
            at_host.iter().filter(|it| it.port == server.port).copied().collect();
        let rows = [&at_host, &at_port].map(|attempts| Row::of(attempts, now));
        if let Some(seconds) = rows.iter().filter_map(Row::wait).max() {
            return Next::Refusals { seconds };
        }
        if rows.iter().any(Row::is_full) {
            return Next::Others;
        }
        let times = at_host.iter().map(|it| it.time(now));
        let minute: Vec<i64> = times.filter(|at| now - at < MINUTE).collect();
        match minute.len().checked_sub(usize::from(pace.a_minute())) {
            Some(over) => Next::Pace { seconds: MINUTE - (now - minute[over]) },
            None => Next::Now,
        }
    }

    /// Notes an attempt, before it is made.
    pub(super) fn begin(&mut self, Server { host, port }: Server<'_>, now: i64) -> Ticket {
        self.0.push(Attempt { at: now, host: host.to_owned(), port, end: End::UnderWay });
        Ticket(self.0.len() - 1)
    }

    pub(super) fn refused(&mut self, ticket: &Ticket, now: i64) {
        self.end(ticket, End::Refused, now);
    }

    /// The server took the password, or got none.
    pub(super) fn not_refused(&mut self, ticket: &Ticket, now: i64) {
        self.end(ticket, End::NotRefused, now);
    }

    fn end(&mut self, Ticket(number): &Ticket, end: End, now: i64) {
        if let Some(attempt) = self.0.get_mut(*number) {
            attempt.end = end;
            attempt.at = now;
        }
    }
}

/// The newest attempts of a server.
struct Row {
    /// Refusals after the last password that was not refused.
    refused: usize,
    under_way: usize,
    /// How long the refusals count.
    seconds: i64,
}

impl Row {
    /// `attempts` by their time.
    fn of(attempts: &[&Attempt], now: i64) -> Self {
        let under_way = attempts.iter().filter(|it| it.end == End::UnderWay).count();
        let ended: Vec<&&Attempt> =
            attempts.iter().rev().filter(|it| it.end != End::UnderWay).collect();
        let last = ended.first().map_or(now, |it| it.at);
        let seconds = MEMORY - (now - last);
        let is_in_row = |it: &&&&Attempt| it.end == End::Refused && last - it.at < MEMORY;
        let refused = if seconds > 0 { ended.iter().take_while(is_in_row).count() } else { 0 };
        Self { refused, under_way, seconds }
    }

    fn wait(&self) -> Option<i64> {
        (self.refused >= REFUSALS).then_some(self.seconds)
    }

    /// If all that are under way were refused, there must not be a fourth refusal.
    fn is_full(&self) -> bool {
        let most = self.refused + self.under_way;
        self.under_way > 0 && (self.under_way >= AT_A_TIME || most >= REFUSALS)
    }
}

impl Attempt {
    /// One that is being made may send its password at any moment.
    fn time(&self, now: i64) -> i64 {
        if self.end == End::UnderWay { now } else { self.at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: Server<'_> = Server { host: "imap.acme.test", port: 993 };
    const SENDING: Server<'_> = Server { port: 465, ..HOST };

    fn refused(times: &[i64]) -> Attempts {
        let mut attempts = Attempts::default();
        for at in times {
            let ticket = attempts.begin(HOST, *at);
            attempts.refused(&ticket, *at);
        }
        attempts
    }

    fn next(attempts: &Attempts, now: i64) -> Next {
        next_of(attempts, HOST, now)
    }

    fn next_of(attempts: &Attempts, server: Server<'_>, now: i64) -> Next {
        attempts.next(server, now, Pace::default())
    }

    #[test]
    fn after_three_refusals_in_a_row_a_server_gets_no_password_for_a_quarter_of_an_hour() {
        assert_eq!(next(&refused(&[0, 100]), 200), Next::Now);
        let attempts = refused(&[0, 100, 200]);
        assert_eq!(next(&attempts, 300), Next::Refusals { seconds: 800 });
        assert_eq!(next(&attempts, 901), Next::Refusals { seconds: 199 }, "counted from the last");
        assert_eq!(next(&attempts, 1100), Next::Now);
        assert_eq!(next(&refused(&[0, 850, 1000]), 1001), Next::Now, "the first is too long ago");
        let other =
            attempts.next(Server { host: "smtp.acme.test", port: 993 }, 300, Pace::default());
        assert_eq!(other, Next::Now, "another server");
    }

    #[test]
    fn what_a_server_accepts_for_receiving_does_not_hide_what_it_refuses_for_sending() {
        let mut attempts = Attempts::default();
        for at in [0, 100, 200] {
            assert_eq!(attempts.next(SENDING, at, Pace::default()), Next::Now);
            let ticket = attempts.begin(HOST, at);
            attempts.not_refused(&ticket, at);
            let ticket = attempts.begin(SENDING, at);
            attempts.refused(&ticket, at);
        }
        let next = attempts.next(SENDING, 300, Pace::default());
        assert_eq!(next, Next::Refusals { seconds: 800 });
        assert_eq!(attempts.next(HOST, 300, Pace::default()), Next::Now);
        // and refusals of both count together
        let mut attempts = refused(&[0, 1]);
        let ticket = attempts.begin(SENDING, 2);
        attempts.refused(&ticket, 2);
        assert!(matches!(next_of(&attempts, SENDING, 3), Next::Refusals { .. }));
        // both have one pace
        let one = Pace::new(1).unwrap();
        assert!(matches!(refused(&[0]).next(SENDING, 1, one), Next::Pace { .. }));
    }

    #[test]
    fn an_accepted_password_ends_the_row() {
        let mut attempts = refused(&[0, 100]);
        let ticket = attempts.begin(HOST, 200);
        attempts.not_refused(&ticket, 200);
        assert_eq!(next(&attempts, 300), Next::Now);
        let third = attempts.begin(HOST, 300);
        attempts.refused(&third, 300);
        assert_eq!(next(&attempts, 400), Next::Now);
    }

    #[test]
    fn a_server_gets_at_most_four_passwords_a_minute_unless_another_pace_is_chosen() {
        let mut attempts = Attempts::default();
        for at in [0, 10, 20, 30] {
            assert_eq!(next(&attempts, at), Next::Now);
            let ticket = attempts.begin(HOST, at);
            attempts.not_refused(&ticket, at);
        }
        assert_eq!(next(&attempts, 40), Next::Pace { seconds: 21 });
        assert_eq!(next(&attempts, 60), Next::Pace { seconds: 1 }, "59.1 s may be 60");
        assert_eq!(next(&attempts, 61), Next::Now);
        assert_eq!(attempts.next(HOST, 40, Pace::new(5).unwrap()), Next::Now);
        assert_eq!(Pace::new(0), None);
        assert_eq!(Pace::new(601), None);
    }

    #[test]
    fn the_minute_begins_when_a_slow_server_has_answered() {
        let mut attempts = Attempts::default();
        let pace = Pace::new(1).unwrap();
        let slow = attempts.begin(HOST, 0);
        assert_eq!(attempts.next(HOST, 70, pace), Next::Pace { seconds: MINUTE });
        attempts.not_refused(&slow, 70);
        assert_eq!(attempts.next(HOST, 100, pace), Next::Pace { seconds: 31 });
        assert_eq!(attempts.next(HOST, 131, pace), Next::Now);
    }

    #[test]
    fn never_more_than_two_at_a_time_nor_so_many_that_all_could_be_a_fourth_refusal() {
        let mut attempts = Attempts::default();
        let first = attempts.begin(HOST, 0);
        assert_eq!(next(&attempts, 0), Next::Now);
        attempts.begin(HOST, 0);
        assert_eq!(next(&attempts, 0), Next::Others, "two are under way");
        attempts.refused(&first, 0);
        assert_eq!(next(&attempts, 1), Next::Now, "one refused, one under way");
        let mut attempts = refused(&[0, 1]);
        let third = attempts.begin(HOST, 2);
        assert_eq!(next(&attempts, 2), Next::Others, "it may be the third");
        attempts.refused(&third, 2);
        assert!(matches!(next(&attempts, 3), Next::Refusals { .. }));
    }

    #[test]
    fn an_attempt_under_way_does_not_hide_refusals_before_it() {
        let mut attempts = refused(&[0, 1]);
        let slow = attempts.begin(HOST, 2);
        attempts.not_refused(&slow, 2);
        let mut attempts = refused(&[0]);
        attempts.begin(HOST, 1);
        let third = attempts.begin(HOST, 2);
        attempts.refused(&third, 2);
        assert_eq!(next(&attempts, 3), Next::Others, "two refused, and one that may be refused");
    }

    #[test]
    fn the_count_survives_a_restart() {
        let attempts = refused(&[1000, 1100, 1200]);
        let read = Attempts::read(&attempts.text(1300), 1300);
        assert_eq!(read, attempts);
        assert!(matches!(next(&read, 1300), Next::Refusals { .. }));
        assert_eq!(Attempts::read(&attempts.text(9000), 9000), Attempts::default());
        assert_eq!(Attempts::read("garbage\n1 refused\nx y z\n", 9), Attempts::default());
    }

    #[test]
    fn a_clock_that_is_set_back_neither_forgets_the_count_nor_makes_it_last_for_ever() {
        let read = Attempts::read(&refused(&[5000, 5001, 5002]).text(5003), 100);
        assert_eq!(next(&read, 100), Next::Refusals { seconds: MEMORY });
        assert_eq!(next(&read, 100 + MEMORY), Next::Now);
    }

    #[test]
    fn what_was_under_way_when_the_program_was_killed_counts_as_refused() {
        let mut attempts = refused(&[0, 1]);
        attempts.begin(HOST, 2);
        let read = Attempts::read(&attempts.text(3), 3);
        assert!(matches!(next(&read, 3), Next::Refusals { .. }));
    }
}
