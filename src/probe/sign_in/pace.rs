//! How often a password may be tried. Many servers lock a mailbox after five refusals within minutes. Pure.

/// Attempts at one server within a minute.
const A_MINUTE: usize = 4;

/// Refusals in a row after which a server gets no further password for a while.
const REFUSALS: usize = 3;

/// How long refusals count, in seconds.
const MEMORY: i64 = 15 * 60;

/// The attempts of the last minutes, over several runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Attempts(Vec<Attempt>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Attempt {
    /// Seconds since 1970.
    at: i64,
    host: String,
    is_refused: bool,
}

/// Why a password is not sent now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pause {
    /// The server has refused three in a row.
    Refusals { seconds: i64 },
    /// Four attempts were made within a minute.
    Pace { seconds: i64 },
}

impl Attempts {
    /// Reads what [`Attempts::text`] wrote. Lines that say nothing are left out.
    pub(crate) fn read(text: &str) -> Self {
        let attempt = |line: &str| {
            let mut words = line.split(' ');
            let (at, word, host) = (words.next()?, words.next()?, words.next()?);
            let is_refused = word == "refused";
            Some(Attempt { at: at.parse().ok()?, host: host.to_owned(), is_refused })
        };
        Self(text.lines().filter_map(attempt).collect())
    }

    /// What still counts at `now`, in lines of time, outcome and host.
    pub(crate) fn text(&self, now: i64) -> String {
        let recent = self.0.iter().filter(|attempt| counts(attempt, now));
        recent
            .map(|Attempt { at, host, is_refused }| {
                let word = if *is_refused { "refused" } else { "tried" };
                format!("{at} {word} {host}\n")
            })
            .collect()
    }

    /// Whether `host` may get a password at `now`.
    pub(crate) fn allows(&self, host: &str, now: i64) -> Result<(), Pause> {
        let at_host: Vec<&Attempt> =
            self.0.iter().filter(|it| it.host == host && counts(it, now)).collect();
        let in_a_row = at_host.iter().rev().take_while(|attempt| attempt.is_refused).count();
        if let (true, Some(last)) = (in_a_row >= REFUSALS, at_host.last()) {
            return Err(Pause::Refusals { seconds: MEMORY - (now - last.at) });
        }
        let minute: Vec<&&Attempt> = at_host.iter().filter(|it| now - it.at < 60).collect();
        match minute.len().checked_sub(A_MINUTE) {
            Some(over) => Err(Pause::Pace { seconds: 60 - (now - minute[over].at) }),
            None => Ok(()),
        }
    }

    /// Notes an attempt, before it is made: one that is cut short may have been counted by the server.
    pub(crate) fn begin(&mut self, host: &str, now: i64) {
        self.0.push(Attempt { at: now, host: host.to_owned(), is_refused: true });
    }

    /// The last attempt at `host` was not refused.
    pub(crate) fn accepted(&mut self, host: &str) {
        if let Some(last) = self.0.iter_mut().rev().find(|attempt| attempt.host == host) {
            last.is_refused = false;
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

    fn refused(times: &[i64]) -> Attempts {
        let mut attempts = Attempts::default();
        for at in times {
            attempts.begin("imap.acme.test", *at);
        }
        attempts
    }

    #[test]
    fn after_three_refusals_in_a_row_a_server_gets_no_password_for_a_quarter_of_an_hour() {
        let attempts = refused(&[0, 100]);
        assert_eq!(attempts.allows("imap.acme.test", 200), Ok(()));
        let attempts = refused(&[0, 100, 200]);
        assert_eq!(attempts.allows("imap.acme.test", 300), Err(Pause::Refusals { seconds: 800 }));
        assert_eq!(attempts.allows("imap.acme.test", 901), Ok(()), "the first no longer counts");
        assert_eq!(attempts.allows("smtp.acme.test", 300), Ok(()), "another server");
    }

    #[test]
    fn an_accepted_password_ends_the_row() {
        let mut attempts = refused(&[0, 100, 200]);
        attempts.accepted("imap.acme.test");
        assert_eq!(attempts.allows("imap.acme.test", 300), Ok(()));
    }

    #[test]
    fn a_server_gets_at_most_four_passwords_a_minute() {
        let mut attempts = Attempts::default();
        for at in [0, 10, 20, 30] {
            assert_eq!(attempts.allows("imap.acme.test", at), Ok(()));
            attempts.begin("imap.acme.test", at);
            attempts.accepted("imap.acme.test");
        }
        assert_eq!(attempts.allows("imap.acme.test", 40), Err(Pause::Pace { seconds: 20 }));
        assert_eq!(attempts.allows("imap.acme.test", 60), Ok(()));
    }

    #[test]
    fn the_count_survives_a_restart() {
        let attempts = refused(&[1000, 1100, 1200]);
        let read = Attempts::read(&attempts.text(1300));
        assert_eq!(read, attempts);
        assert!(read.allows("imap.acme.test", 1300).is_err());
        assert_eq!(Attempts::read(&attempts.text(9000)), Attempts::default());
        assert_eq!(Attempts::read("garbage\n1 refused\nx y z\n"), Attempts::default());
        assert_eq!(refused(&[5000]).allows("imap.acme.test", 100), Ok(()), "of the future");
    }
}
