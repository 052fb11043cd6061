//! `probe --sign-in`: whether one mailbox can sign in, receive and send. One attempt at each of its servers.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use serde::Serialize;
use thiserror::Error;
use time::OffsetDateTime;

use super::words;
use crate::bounded;
use crate::cli::core_dump;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::job;
use crate::cli::message::Console;
use crate::cli::settings::CheckSettings;
use crate::clock::Clock;
use crate::diagnostic::{CannotRead, Count, Diagnostic};
use crate::domain::account::MailAccount;
use crate::domain::email::EmailAddress;
use crate::domain::name::LoginName;
use crate::domain::passphrase::{Passphrase, PassphraseFault};
use crate::domain::person::Person;
use crate::domain::secret::Secret;
use crate::domain::setting::ServerRole;
use crate::output::replace_own_file;
use crate::probe::{
    Attempts, Credentials, Meaning, Pause, Probe, ServerReport, SignIn, Standing, Target, diagnose,
};

/// The most bytes of a file with a password.
const LARGEST_PASSWORD: u64 = 4096;

/// A sign-in that is not tried.
#[derive(Debug, Error)]
enum SignInError {
    #[error("no password is given for `{0}`: there is no terminal to ask at")]
    NoTerminal(EmailAddress),
    #[error("the password cannot be read from the terminal: {0}")]
    Terminal(io::Error),
    #[error("{}", CannotRead(&.file.display().to_string(), .error))]
    Unreadable { file: PathBuf, error: io::Error },
    #[error("the password cannot be used: {0}")]
    Unusable(#[from] PassphraseFault),
    #[error("the password is empty")]
    Empty,
    #[error("no password is sent: there is no folder to count the attempts in")]
    NoFolder,
    #[error("{host} has refused three passwords in a row: no other is sent for {}", Count(u64::try_from(*.seconds).unwrap_or(0), "second"))]
    Refusals { host: String, seconds: i64 },
    #[error("{host} got four passwords within a minute: no other is sent for {}", Count(u64::try_from(*.seconds).unwrap_or(0), "second"))]
    Pace { host: String, seconds: i64 },
}

impl Diagnostic for SignInError {
    fn hint(&self) -> Option<String> {
        Some(
            match self {
                Self::NoTerminal(_) => {
                    "name a file whose first line is the password: --password-file FILE"
                }
                Self::Terminal(_) | Self::Unreadable { .. } => return None,
                Self::Unusable(_) | Self::Empty => "give the password that webmail takes",
                Self::NoFolder => "set HOME, or XDG_CONFIG_HOME",
                Self::Refusals { .. } | Self::Pace { .. } => {
                    "wait; further refusals may lock the mailbox, so sign in to webmail first"
                }
            }
            .to_owned(),
        )
    }
}

/// What is asked.
pub(super) struct SignInJob<'a> {
    pub(super) address: &'a EmailAddress,
    pub(super) password_file: Option<&'a Path>,
    pub(super) other_name: OtherName,
    pub(super) probe: &'a Probe,
}

/// Whether the other usual form of the user name is tried, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OtherName {
    Tried,
    NotTried,
}

impl SignInJob<'_> {
    pub(super) fn run(
        &self,
        settings: &CheckSettings,
        now: OffsetDateTime,
        console: &Console,
    ) -> Result<Exit, Failure> {
        let resolver = job::resolver(&settings.provider)?;
        for notice in settings.provider.notices(&resolver) {
            console.notice(&notice);
        }
        let account = resolver.resolve(&Person::new(self.address.clone()))?;
        let reports = self.probe.ask(&targets(&account));
        if !reports.iter().any(ServerReport::works) {
            let findings = diagnose(&reports, now);
            let lines = words::findings(&reports, &findings, &super::settle::Change::none());
            console.answer_lines(&lines);
            return Ok(Exit::SomeFailed);
        }
        let mut log = Log::open()?;
        for report in &reports {
            log.ask(report.target.endpoint.host.as_str())?;
        }
        core_dump::forbid();
        let password = self.password()?;
        let mut results: Vec<Attempt<'_>> = Vec::new();
        for report in &reports {
            let username = match report.target.role {
                ServerRole::Incoming(_) => &account.incoming.username,
                ServerRole::Outgoing => &account.outgoing.username,
            };
            // the same password would be refused a second time
            let is_refused = results.iter().any(|result| result.is_refused());
            let result = if is_refused {
                None
            } else {
                Some(self.attempt(report, username, &password, &mut log)?)
            };
            results.push(Attempt { report, username: username.to_string(), result });
            let other = results.last().and_then(|last| self.other_name(last, username));
            if let Some(other) = other {
                log.ask(report.target.endpoint.host.as_str())?;
                let result = Some(self.attempt(report, &other, &password, &mut log)?);
                results.push(Attempt { report, username: other.to_string(), result });
                break;
            }
        }
        Ok(self.report(&results, console))
    }

    fn attempt(
        &self,
        report: &ServerReport,
        username: &LoginName,
        password: &Secret,
        log: &mut Log,
    ) -> Result<SignIn, Failure> {
        let host = report.target.endpoint.host.as_str();
        let credentials = Credentials {
            address: self.address.clone(),
            username: username.clone(),
            password: password.clone(),
        };
        // written down first: a run that is killed must not make it uncounted
        log.begin(host)?;
        let result = self.probe.sign_in(report, &credentials);
        if !is_refusal(&result) {
            log.accepted(host)?;
        }
        Ok(result)
    }

    /// The part before `@` where the address was refused, and the other way round.
    fn other_name(&self, last: &Attempt<'_>, used: &LoginName) -> Option<LoginName> {
        let is_wrong = matches!(&last.result, Some(SignIn::Answered(verdict)) if verdict.meaning == Meaning::WrongPassword);
        if self.other_name == OtherName::NotTried || !is_wrong {
            return None;
        }
        let is_address = used.as_str() == self.address.as_str();
        let other = if is_address { self.address.local_part() } else { self.address.as_str() };
        LoginName::try_from(other).ok()
    }

    fn password(&self) -> Result<Secret, SignInError> {
        let bytes = match self.password_file {
            Some(file) => bounded::read(file, LARGEST_PASSWORD)
                .map_err(|error| SignInError::Unreadable { file: file.to_owned(), error })?,
            None if io::stdin().is_terminal() => {
                let prompt = format!("password of {}: ", self.address);
                rpassword::prompt_password(prompt).map_err(SignInError::Terminal)?.into_bytes()
            }
            None => return Err(SignInError::NoTerminal(self.address.clone())),
        };
        let password = Passphrase::first_line(&Secret::new(bytes))?;
        if password.expose().is_empty() {
            return Err(SignInError::Empty);
        }
        Ok(Secret::new(password.expose().to_vec()))
    }

    fn report(&self, results: &[Attempt<'_>], console: &Console) -> Exit {
        let works = |attempt: &&Attempt<'_>| attempt.is_accepted();
        let accepted = results.iter().filter(works).count();
        let is_whole = accepted == results.len();
        let first = results.iter().find(|attempt| !attempt.is_accepted());
        match first {
            None => console.answer(&format_args!("{} can sign in, receive and send", self.address)),
            Some(attempt) => {
                console.answer(&format_args!("{}: {attempt}", self.address));
                if let Some(hint) = attempt.hint() {
                    console.answer(&format_args!("  hint: {hint}"));
                }
            }
        }
        for attempt in results {
            if !first.is_some_and(|first| std::ptr::eq(first, attempt)) {
                console.answer(&format_args!("  {attempt}"));
            }
            console.event(&attempt.event());
        }
        if is_whole { Exit::Done } else { Exit::SomeFailed }
    }
}

fn targets(account: &MailAccount) -> [Target; 2] {
    let incoming = (ServerRole::Incoming(account.protocol), &account.incoming);
    [incoming, (ServerRole::Outgoing, &account.outgoing)].map(|(role, server)| Target {
        role,
        endpoint: server.endpoint.clone(),
        standing: Standing::Used,
    })
}

/// One attempt, and what came of it; `None` if it was not made.
struct Attempt<'a> {
    report: &'a ServerReport,
    username: String,
    result: Option<SignIn>,
}

/// Anything that the server may have counted as a wrong password.
fn is_refusal(result: &SignIn) -> bool {
    match result {
        SignIn::Answered(verdict) => !matches!(
            verdict.meaning,
            Meaning::Accepted | Meaning::SendingRefused | Meaning::OverQuota
        ),
        SignIn::Broken(_) => true,
        SignIn::NotTried { .. } => false,
    }
}

impl Attempt<'_> {
    fn is_accepted(&self) -> bool {
        matches!(&self.result, Some(SignIn::Answered(verdict)) if verdict.meaning == Meaning::Accepted)
    }

    fn is_refused(&self) -> bool {
        self.result.as_ref().is_some_and(is_refusal)
    }

    fn hint(&self) -> Option<&'static str> {
        match &self.result {
            Some(SignIn::Answered(verdict)) => verdict.meaning.hint(),
            Some(SignIn::NotTried { .. }) => Some("`mailmuster probe` says what to change"),
            Some(SignIn::Broken(_)) | None => None,
        }
    }

    fn event(&self) -> SignInEvent {
        let target = &self.report.target;
        let (meaning, words, fault) = match &self.result {
            None => ("not-tried", None, None),
            Some(SignIn::NotTried { fault, .. }) => ("not-tried", None, Some(fault.to_string())),
            Some(SignIn::Broken(fault)) => ("broken", None, Some(fault.to_string())),
            Some(SignIn::Answered(verdict)) => {
                (verdict.meaning.id(), Some(verdict.words.to_string()), None)
            }
        };
        SignInEvent {
            event: "sign-in",
            role: target.role.id(),
            host: target.endpoint.host.to_string(),
            port: target.endpoint.port.get(),
            username: self.username.clone(),
            result: meaning,
            words,
            fault,
        }
    }
}

impl std::fmt::Display for Attempt<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let endpoint = &self.report.target.endpoint;
        write!(f, "{} port {} as {}: ", endpoint.host, endpoint.port, self.username)?;
        match &self.result {
            None => f.write_str("not tried: the same password would be refused a second time"),
            Some(SignIn::NotTried { step, fault }) => {
                write!(f, "no password is sent: the server fails at {step}: {fault}")
            }
            Some(SignIn::Broken(fault)) => write!(f, "after the password was sent, {fault}"),
            Some(SignIn::Answered(verdict)) => {
                write!(f, "{} (`{}`)", verdict.meaning, verdict.words)
            }
        }
    }
}

#[derive(Serialize)]
struct SignInEvent {
    event: &'static str,
    role: &'static str,
    host: String,
    port: u16,
    username: String,
    result: &'static str,
    /// The server's own, made harmless.
    #[serde(skip_serializing_if = "Option::is_none")]
    words: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
}

/// The attempts of the last minutes, in a file of the user's own, so that the count survives a restart. It has hosts and
/// times, no user name.
struct Log {
    file: PathBuf,
    attempts: Attempts,
}

impl Log {
    fn open() -> Result<Self, SignInError> {
        let base = etcetera::base_strategy::choose_native_strategy();
        let base = base.map_err(|_| SignInError::NoFolder)?;
        let folder = etcetera::BaseStrategy::config_dir(&base).join("mailmuster");
        let file = folder.join("probe-attempts");
        let text = match bounded::read_text(&file, bounded::SMALL) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(SignInError::Unreadable { file, error }),
        };
        Ok(Self { attempts: Attempts::read(&text), file })
    }

    /// Whether `host` may get a password now.
    fn ask(&self, host: &str) -> Result<(), SignInError> {
        let now = Clock::now_only().unix_timestamp();
        self.attempts.allows(host, now).map_err(|pause| {
            let host = host.to_owned();
            match pause {
                Pause::Refusals { seconds } => SignInError::Refusals { host, seconds },
                Pause::Pace { seconds } => SignInError::Pace { host, seconds },
            }
        })
    }

    fn begin(&mut self, host: &str) -> Result<(), Failure> {
        self.attempts.begin(host, Clock::now_only().unix_timestamp());
        self.save()
    }

    fn accepted(&mut self, host: &str) -> Result<(), Failure> {
        self.attempts.accepted(host);
        self.save()
    }

    fn save(&self) -> Result<(), Failure> {
        let text = self.attempts.text(Clock::now_only().unix_timestamp());
        Ok(replace_own_file(&self.file, text.as_bytes())?)
    }
}
