//! `probe --sign-in`: whether mailboxes can sign in, receive and send. One attempt with each at each of its servers.

mod args;
mod log;
mod many;
mod tally;
mod whom;
mod words;

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use thiserror::Error;
use time::OffsetDateTime;

use self::log::Log;
use super::settle::Change;
use crate::bounded;
use crate::cli::core_dump;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::job;
use crate::cli::message::Console;
use crate::cli::settings::CheckSettings;
use crate::diagnostic::{CannotRead, Count, Diagnostic};
use crate::domain::account::MailAccount;
use crate::domain::email::EmailAddress;
use crate::domain::passphrase::{Passphrase, PassphraseFault};
use crate::domain::password::{MailPassword, MailPasswords, PasswordFault};
use crate::domain::person::Person;
use crate::domain::secret::Secret;
use crate::domain::setting::ServerRole;
use crate::output::OutputError;
use crate::probe::{
    Next, NoTurn, Probe, Server, ServerReport, SigningIn, Standing, Target, Turns, diagnose,
};

pub(super) use args::SignInArgs;

/// The most bytes of a file with a password.
const LARGEST_PASSWORD: u64 = 4096;

/// A sign-in that is not tried.
#[derive(Debug, Error)]
enum SignInError {
    #[error("both a list and the address `{0}` are given")]
    ListAndAddress(EmailAddress),
    #[error("no mailbox is named to sign in with")]
    NoMailbox,
    #[error("no rows of the list are chosen to sign in with")]
    NoChoice,
    #[error("the list has no mailbox on row {rows}")]
    NoRow { rows: String },
    #[error("the list has no password that could be sent")]
    NoPasswords,
    #[error("{} are too many for one run: {most} at most", Count(*.found, "mailbox"))]
    TooMany { found: u64, most: u64 },
    #[error("no password is given for `{0}`: there is no terminal to ask at")]
    NoTerminal(EmailAddress),
    #[error("the password cannot be read from the terminal: {0}")]
    Terminal(io::Error),
    #[error("{}", CannotRead(&.file.display().to_string(), .error))]
    Unreadable { file: PathBuf, error: io::Error },
    #[error("the password cannot be used: {0}")]
    Encoding(#[from] PassphraseFault),
    #[error(transparent)]
    Unusable(#[from] PasswordFault),
    #[error("no password is sent: there is no folder to count the attempts in")]
    NoFolder,
    #[error("no password is sent: what comes of it cannot be written down: {0}")]
    Unwritten(#[from] OutputError),
    #[error("{host} has refused three passwords in a row: no other is sent for {}", in_seconds(*.seconds))]
    Refusals { host: String, seconds: i64 },
    #[error("stopped on request: {} not tried", Count(*.untried, "mailbox"))]
    Stopped { untried: u64 },
}

fn in_seconds(seconds: i64) -> Count {
    Count(u64::try_from(seconds).unwrap_or(0), "second")
}

impl Diagnostic for SignInError {
    fn hint(&self) -> Option<String> {
        Some(
            match self {
                Self::ListAndAddress(_) => {
                    "leave the list out, or the address: the rows of a list are chosen with --rows, --sample or --all"
                }
                Self::NoMailbox => {
                    "name one, `--sign-in ADDRESS`, or a list with passwords: `mailmuster probe staff.csv --sign-in --sample 5`"
                }
                Self::NoChoice => {
                    "--rows 2-4 chooses rows by the numbers in messages, --sample 5 five from the whole list, --all all of them"
                }
                Self::NoRow { .. } => {
                    "rows are numbered as in messages: the header of a list without titles is 1"
                }
                Self::NoPasswords => {
                    "add a column `password`, or name one mailbox, whose password is asked for: --sign-in ADDRESS; hashes, asterisks, and passwords that people must change first, are not sent"
                }
                Self::TooMany { .. } => "choose some of them with --rows or --sample",
                Self::NoTerminal(_) => {
                    "name a file whose first line is the password: --password-file FILE"
                }
                Self::Terminal(_) | Self::Unreadable { .. } => return None,
                Self::Unwritten(error) => return error.hint(),
                Self::Encoding(_) | Self::Unusable(_) => "give the password that webmail takes",
                Self::NoFolder => "set HOME, or XDG_CONFIG_HOME",
                Self::Refusals { .. } => {
                    "wait; further refusals may lock the mailbox, so sign in to webmail first"
                }
                Self::Stopped { .. } => {
                    "run the same command again: mailboxes that have a result are not tried a second time"
                }
            }
            .to_owned(),
        )
    }
}

/// What is asked.
pub(super) struct SignInJob<'a> {
    pub(super) args: &'a SignInArgs,
    pub(super) has_list: bool,
    pub(super) probe: &'a Probe,
    pub(super) now: OffsetDateTime,
}

impl SignInJob<'_> {
    pub(super) fn run(&self, settings: &CheckSettings, console: &Console) -> Result<Exit, Failure> {
        match (self.args.sign_in.iter().flatten().next(), self.has_list) {
            (Some(address), true) => Err(SignInError::ListAndAddress(address.clone()).into()),
            (Some(address), false) => self.one(address, settings, console),
            (None, true) => self.many(settings, console),
            (None, false) => Err(SignInError::NoMailbox.into()),
        }
    }

    fn one(
        &self,
        address: &EmailAddress,
        settings: &CheckSettings,
        console: &Console,
    ) -> Result<Exit, Failure> {
        let stop = job::stop_on_signals()?;
        let resolver = job::resolver(&settings.provider)?;
        for notice in settings.provider.notices(&resolver) {
            console.notice(&notice);
        }
        let account = resolver.resolve(&Person::new(address.clone()))?;
        let reports = self.probe.ask(&targets(&account));
        if !reports.iter().any(ServerReport::works) {
            self.report_faults(&reports, console);
            return Ok(Exit::SomeFailed);
        }
        let (log, attempts) = Log::open(stop)?;
        let turns = Turns::new(attempts, self.args.pace(), &log);
        for report in &reports {
            let host = report.target.endpoint.host.as_str();
            match turns.next(Server::from(&report.target.endpoint)) {
                Next::Refusals { seconds } => return Err(refusals(host, seconds).into()),
                Next::Pace { seconds: wait } => console.line(&format_args!(
                    "{host} got {} within a minute: the next one follows in {}",
                    Count(u64::from(self.args.pace().a_minute()), "password"),
                    in_seconds(wait)
                )),
                Next::Now | Next::Others => {}
            }
        }
        core_dump::forbid();
        let passwords = MailPasswords { incoming: self.password(address)?, outgoing: None };
        let mailbox = whom::mailbox(&account, &passwords);
        let result = self.signing_in(&reports, &turns).with(&mailbox, &mut || Ok(()));
        let exit = words::report_one(&mailbox, &result, console);
        match result.halt {
            None => Ok(exit),
            Some((host, why)) => Err(Failure::midway(halted(host, why, 1))),
        }
    }

    fn signing_in<'r>(
        &'r self,
        reports: &'r [ServerReport],
        turns: &'r Turns<'r, OutputError>,
    ) -> SigningIn<'r, OutputError> {
        SigningIn {
            probe: self.probe,
            reports,
            turns,
            other_name: self.args.other_name(),
            test_message: self.args.test_message(),
        }
    }

    /// Reports what keeps servers from working: they get no password.
    fn report_faults(&self, reports: &[ServerReport], console: &Console) {
        let findings = diagnose(reports, self.now);
        console.answer_lines(&super::words::findings(reports, &findings, &Change::none()));
        super::event::report_findings(&findings, console);
    }

    fn password(&self, address: &EmailAddress) -> Result<MailPassword, SignInError> {
        let bytes = match &self.args.password_file {
            Some(file) => bounded::read(file, LARGEST_PASSWORD)
                .map_err(|error| SignInError::Unreadable { file: file.clone(), error })?,
            None if io::stdin().is_terminal() => {
                let prompt = format!("password of {address}: ");
                rpassword::prompt_password(prompt).map_err(SignInError::Terminal)?.into_bytes()
            }
            None => return Err(SignInError::NoTerminal(address.clone())),
        };
        let password = Passphrase::first_line(&Secret::new(bytes))?;
        Ok(MailPassword::try_from(Secret::new(password.expose().to_vec()))?)
    }
}

fn refusals(host: &str, seconds: i64) -> SignInError {
    SignInError::Refusals { host: host.to_owned(), seconds }
}

/// Why a run ends early.
fn halted(host: &str, why: NoTurn<OutputError>, untried: u64) -> SignInError {
    match why {
        NoTurn::Refusals { seconds } => refusals(host, seconds),
        NoTurn::Stopped => SignInError::Stopped { untried },
        NoTurn::Unsaved(error) => SignInError::Unwritten(error),
    }
}

/// The servers of an account.
fn targets(account: &MailAccount) -> [Target; 2] {
    let incoming = (ServerRole::Incoming(account.protocol), &account.incoming);
    [incoming, (ServerRole::Outgoing, &account.outgoing)].map(|(role, server)| Target {
        role,
        endpoint: server.endpoint.clone(),
        standing: Standing::Used,
    })
}
