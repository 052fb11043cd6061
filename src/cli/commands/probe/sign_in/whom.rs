//! With which mailboxes of a list to sign in.

use std::collections::BTreeSet;
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
use crate::diagnostic::{Count, Notice};
use crate::domain::account::MailAccount;
use crate::domain::delimiter::Delimiter;
use crate::domain::password::{MailPassword, MailPasswords};
use crate::domain::server::ServerLogin;
use crate::domain::setting::ServerRole;
use crate::input::Location;
use crate::pipeline::{Job, ListedMailbox, PasswordUse, Stop, each_mailbox};
use crate::probe::{Login, Mailbox};

/// The most mailboxes of one run: their passwords are kept in memory.
const MOST: usize = 50_000;

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

impl Choice<'_> {
    fn has(&self, location: Location) -> bool {
        match self {
            Self::Rows(rows) => rows.has(location.number),
            Self::Sample(_) | Self::All => true,
        }
    }
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
        first_pass(&job, Pass::Only { rejects: None }, None, console, stop).map_err(failure)?;
    let (mut listed, mut found) = (Vec::new(), Found::default());
    each_mailbox(&job, &checked, stop, &mut |mailbox| {
        if choice.has(mailbox.location) {
            listed.extend(found.take(&mailbox));
        }
    })
    .map_err(failure)?;
    found.report(console);
    if found.chosen > MOST {
        return Err(SignInError::TooMany { found: found.chosen, most: MOST }.into());
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
    if let Choice::Sample(most) = choice {
        listed = sample(listed, most.get());
    }
    Ok(Chosen { listed, delimiter: checked.delimiter })
}

/// What the chosen rows hold.
#[derive(Default)]
struct Found {
    chosen: usize,
    /// Those without a password.
    without: Vec<Location>,
}

impl Found {
    fn take(&mut self, listed: &ListedMailbox<'_>) -> Option<Listed> {
        self.chosen += 1;
        match listed.passwords {
            Some(Ok(passwords)) if self.chosen <= MOST => Some(Listed {
                location: listed.location,
                mailbox: mailbox(listed.account, passwords),
                account: listed.account.clone(),
            }),
            Some(Ok(_)) => None,
            // one that no server takes is none
            Some(Err(_)) | None => {
                self.without.push(listed.location);
                None
            }
        }
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
        password: MailPassword::clone(password),
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

/// `most` of them, the first, the last, and others between at equal distances.
fn sample(listed: Vec<Listed>, most: usize) -> Vec<Listed> {
    let chosen = evenly(listed.len(), most);
    listed.into_iter().enumerate().filter(|(at, _)| chosen.contains(at)).map(|(_, it)| it).collect()
}

fn evenly(count: usize, most: usize) -> BTreeSet<usize> {
    match most {
        0 => BTreeSet::new(),
        1 => BTreeSet::from([0]),
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
) {
    let before = chosen.len();
    let mut failed = 0_u64;
    chosen.retain(|listed| {
        let row = results.of_address(listed.mailbox.address.as_str());
        let Some(row) = row.filter(|row| row.is_of(&listed.account)) else { return true };
        let is_done = row.answer() == Answer::Yes;
        failed += u64::from(!is_done && !args.again);
        !is_done && args.again
    });
    let left_out = (before - chosen.len()) as u64;
    if left_out > 0 {
        let notice = Notice::note(
            "known-results",
            format_args!(
                "{} not tried again: the results have them, {failed} of them as unable to sign in",
                Count(left_out, "mailbox"),
            ),
        );
        console.notice(&if failed > 0 {
            notice
                .with_hint("correct their passwords in the list, then try them again with --again")
        } else {
            notice
        });
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
        assert_eq!(of(0, 4), [] as [usize; 0]);
    }
}
