//! With which mailboxes of a list to sign in.

use std::collections::BTreeSet;
use std::fmt;
use std::num::NonZeroUsize;

use super::SignInError;
use super::args::{RowNumbers, SignInArgs};
use crate::cli::failure::Failure;
use crate::cli::first_pass::{FirstPass, first_pass};
use crate::cli::job;
use crate::cli::message::Console;
use crate::cli::probe_results::{Answer, ResultRow, Results, Settings};
use crate::cli::reporter::Pass;
use crate::cli::run;
use crate::cli::settings::CheckSettings;
use crate::clock::Clock;
use crate::diagnostic::{Count, Grouped, Notice};
use crate::domain::account::MailAccount;
use crate::domain::delimiter::Delimiter;
use crate::domain::password::{MailPassword, MailPasswords};
use crate::domain::server::ServerLogin;
use crate::domain::setting::ServerRole;
use crate::input::Location;
use crate::pipeline::{Job, ListedMailbox, PasswordUse, Stop, each_mailbox};
use crate::probe::{Login, Mailbox};

/// The most mailboxes of one run: their passwords are kept in memory.
const MOST: u64 = 50_000;

/// A mailbox of the list.
pub(super) struct Listed {
    pub(super) location: Location,
    pub(super) mailbox: Mailbox,
    pub(super) account: MailAccount,
}

/// Those who are chosen, and the delimiter of the list.
pub(super) struct Chosen {
    pub(super) listed: Vec<Listed>,
    pub(super) delimiter: Delimiter,
}

/// Which mailboxes.
enum Choice<'a> {
    Rows(&'a RowNumbers),
    Sample(NonZeroUsize),
    All,
}

/// Reads the list with its passwords.
pub(super) fn choose(
    args: &SignInArgs,
    settings: &CheckSettings,
    console: &Console,
    stop: &Stop,
) -> Result<Chosen, Failure> {
    let choice = match (&args.rows, args.sample, args.all) {
        (Some(rows), _, _) => Choice::Rows(rows),
        (None, Some(sample), _) => Choice::Sample(sample),
        (None, None, true) => Choice::All,
        (None, None, false) => return Err(SignInError::NoChoice.into()),
    };
    let list = &settings.list;
    let formats = run::formats(&settings.only);
    let job = job::job(list, &settings.provider, formats, Clock::for_run(None)?, console)?;
    let job = Job { passwords: PasswordUse::SignIn, ..job };
    let failure = |error| list.failure(error);
    let FirstPass { checked, .. } =
        first_pass(&job, Pass::SignIn, None, console, stop).map_err(failure)?;
    let sample = match choice {
        Choice::Sample(most) => Some(evenly(checked.with_password, most.get())),
        Choice::Rows(_) | Choice::All => None,
    };
    let (mut listed, mut found) = (Vec::new(), Found::default());
    each_mailbox(&job, &checked, stop, &mut |mailbox| {
        let is_chosen = match (&choice, &sample) {
            (Choice::Rows(rows), _) => rows.has(mailbox.location.number),
            (_, Some(sample)) => found.is_next_of(sample, &mailbox),
            (_, None) => true,
        };
        if is_chosen {
            listed.extend(found.take(&mailbox));
        }
    })
    .map_err(failure)?;
    found.report(console);
    if found.with_password > MOST {
        return Err(SignInError::TooMany { found: found.with_password, most: MOST }.into());
    }
    if listed.is_empty() {
        let error = match choice {
            Choice::Rows(rows) if found.chosen == 0 => {
                SignInError::NoRow { rows: rows.to_string() }
            }
            _ => SignInError::NoPasswords,
        };
        return Err(error.into());
    }
    Ok(Chosen { listed, delimiter: checked.delimiter })
}

/// What the chosen rows hold.
#[derive(Default)]
struct Found {
    chosen: u64,
    with_password: u64,
    /// Those without a password.
    without: Vec<Location>,
    /// Mailboxes of the whole list that have a password, so far.
    passed: u64,
}

impl Found {
    /// Whether `listed` is one of the `sample`, the numbers of mailboxes with a password.
    fn is_next_of(&mut self, sample: &BTreeSet<u64>, listed: &ListedMailbox<'_>) -> bool {
        let number = self.passed;
        self.passed += u64::from(listed.passwords.is_some());
        listed.passwords.is_some() && sample.contains(&number)
    }

    fn take(&mut self, listed: &ListedMailbox<'_>) -> Option<Listed> {
        self.chosen += 1;
        // one that no server takes counts as missing
        let Some(Ok(passwords)) = listed.passwords else {
            self.without.push(listed.location);
            return None;
        };
        self.with_password += 1;
        (self.with_password <= MOST).then(|| Listed {
            location: listed.location,
            mailbox: mailbox(listed.account, passwords),
            account: listed.account.clone(),
        })
    }

    fn report(&self, console: &Console) {
        let Some(first) = self.without.first() else { return };
        let numbers: Vec<String> =
            self.without.iter().take(5).map(|it| it.number.to_string()).collect();
        let more = if self.without.len() > numbers.len() { " and more" } else { "" };
        console.notice(&Notice::important(
            "no-password",
            format_args!(
                "{} without a password that could be sent, not tried ({} {}{more})",
                Count(self.without.len() as u64, "mailbox"),
                first.unit(),
                numbers.join(", "),
            ),
        ));
    }
}

pub(super) fn mailbox(account: &MailAccount, passwords: &MailPasswords) -> Mailbox {
    let login = |role, server: &ServerLogin, password: &MailPassword| Login {
        role,
        endpoint: server.endpoint.clone(),
        username: server.username.clone(),
        password: password.clone(),
    };
    let incoming = ServerRole::Incoming(account.protocol);
    Mailbox {
        address: account.address.clone(),
        logins: [
            login(incoming, &account.incoming, &passwords.incoming),
            login(ServerRole::Outgoing, &account.outgoing, passwords.for_sending()),
        ],
    }
}

/// `most` of the numbers below `count`: the first, the last, and others between at equal distances.
fn evenly(count: u64, most: usize) -> BTreeSet<u64> {
    let most = most as u64;
    match most {
        0 => BTreeSet::new(),
        1 => (0..count.min(1)).collect(),
        most if most >= count => (0..count).collect(),
        most => (0..most).map(|number| number * (count - 1) / (most - 1)).collect(),
    }
}

/// Leaves out those of whom the results say enough, and says so.
pub(super) fn leave_out_known(
    chosen: &mut Vec<Listed>,
    results: &Results,
    args: &SignInArgs,
    console: &Console,
) -> KnownResults {
    let mut known = KnownResults::default();
    chosen.retain(|listed| {
        let row = results.of_address(listed.mailbox.address.as_str());
        let Some(row) = row.filter(|row| row.is_of(&listed.account)) else { return true };
        let answer = row.answer();
        if answer != Answer::Yes && args.again {
            return true;
        }
        match answer {
            Answer::Yes => known.signed_in += 1,
            Answer::No => known.failed += 1,
            Answer::Unknown => known.unknown += 1,
        }
        false
    });
    if known != KnownResults::default() {
        let notice = Notice::note("known-results", format_args!("not tried again: {known}"));
        console.notice(&match known.hint() {
            Some(hint) => notice.with_hint(hint),
            None => notice,
        });
    }
    known
}

/// What earlier runs say about mailboxes that are not tried again.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct KnownResults {
    signed_in: u64,
    failed: u64,
    unknown: u64,
}

impl KnownResults {
    /// Whether all of them could sign in.
    pub(super) fn are_good(&self) -> bool {
        self.failed + self.unknown == 0
    }

    fn hint(&self) -> Option<&'static str> {
        (!self.are_good())
            .then_some("correct the passwords in the list; --again tries those mailboxes again")
    }
}

impl fmt::Display for KnownResults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signed_in = Count(self.signed_in, "mailbox");
        write!(f, "{signed_in} could sign in, {} could not", Grouped(self.failed))?;
        match self.unknown {
            0 => Ok(()),
            unknown => {
                write!(f, ", {} were being tried when a run was stopped", Grouped(unknown))
            }
        }
    }
}

impl Listed {
    /// The row of its results, before anything is known.
    pub(super) fn row(&self) -> ResultRow {
        let mut row = ResultRow::default();
        row.set("email", self.mailbox.address.as_str());
        row.set("line", self.location.number.to_string());
        Settings::of(&self.account).fill(&mut row);
        row
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_spread_over_the_whole_list() {
        let of = |count, most| evenly(count, most).into_iter().collect::<Vec<_>>();
        assert_eq!(of(100, 5), [0, 24, 49, 74, 99]);
        assert_eq!(of(3, 5), [0, 1, 2]);
        assert_eq!(of(3, 2), [0, 2]);
        assert_eq!(of(3, 1), [0]);
        assert_eq!(of(0, 1), [] as [u64; 0]);
        assert_eq!(of(0, 4), [] as [u64; 0]);
    }
}
