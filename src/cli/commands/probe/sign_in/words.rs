//! Sign-ins in words for people, and in events for programs.

use std::fmt;

use serde::Serialize;

use crate::cli::exit::Exit;
use crate::cli::message::Console;
use crate::domain::setting::ServerRole;
use crate::output::OutputError;
use crate::probe::{Arrival, Attempt, Mailbox, MailboxResult, SignIn};

/// The result of one mailbox.
pub(super) fn report_one(
    mailbox: &Mailbox,
    result: &MailboxResult<'_, OutputError>,
    console: &Console,
) -> Exit {
    let address = &mailbox.address;
    let first = result.attempts.iter().find(|attempt| !attempt.is_accepted());
    match first {
        None if result.halt.is_some() => {}
        None => {
            let lost = lost(result);
            let arrived = arrived(result).unwrap_or_default();
            console.answer(&match &lost {
                Some(lost) => format!("{address}: {lost}"),
                None => format!("{address} can sign in, receive and send{arrived}"),
            });
            if let Some(hint) = hint(result) {
                console.answer(&format_args!("  hint: {hint}"));
            }
        }
        Some(attempt) => {
            console.answer(&format_args!("{address}: {}", InWords(attempt)));
            if let Some(hint) = hint(result) {
                console.answer(&format_args!("  hint: {hint}"));
            }
        }
    }
    for attempt in &result.attempts {
        if !first.is_some_and(|first| std::ptr::eq(first, attempt)) {
            console.answer(&format_args!("  {}", InWords(attempt)));
        }
    }
    report_events(mailbox, None, result, console);
    if result.is_whole() { Exit::Done } else { Exit::SomeFailed }
}

/// An event for each attempt.
pub(super) fn report_events(
    mailbox: &Mailbox,
    line: Option<u64>,
    result: &MailboxResult<'_, OutputError>,
    console: &Console,
) {
    for attempt in &result.attempts {
        console.event(&SignInEvent {
            email: mailbox.address.as_str(),
            line,
            ..SignInEvent::of(attempt)
        });
    }
    if let Some(arrival) = &result.arrival {
        console.event(&TestMessageEvent {
            event: "test-message",
            email: mailbox.address.as_str(),
            line,
            result: arrival_id(arrival),
            ms: match arrival {
                Arrival::Seen(after) => u64::try_from(after.as_millis()).ok(),
                Arrival::NotSeen | Arrival::NoLook(_) => None,
            },
        });
    }
}

/// What is wrong with the test message.
pub(super) fn lost(result: &MailboxResult<'_, OutputError>) -> Option<String> {
    match result.arrival.as_ref()? {
        Arrival::Seen(_) => None,
        Arrival::NotSeen => Some(
            "the test message was accepted for sending, and has not arrived within a minute"
                .to_owned(),
        ),
        Arrival::NoLook(SignIn::Answered(verdict)) => Some(format!(
            "the test message was sent, and then the server for receiving refused: {} (`{}`)",
            verdict.meaning, verdict.words
        )),
        Arrival::NoLook(SignIn::NotTried { fault, .. } | SignIn::Broken(fault)) => Some(format!(
            "the test message was sent, and then the server for receiving failed: {fault}"
        )),
    }
}

/// That the test message arrived.
fn arrived(result: &MailboxResult<'_, OutputError>) -> Option<String> {
    let Some(Arrival::Seen(after)) = &result.arrival else { return None };
    Some(format!("; the test message arrived after {:.1} s", after.as_secs_f64()))
}

/// For programs, stable.
pub(super) fn arrival_id(arrival: &Arrival) -> &'static str {
    match arrival {
        Arrival::Seen(_) => "arrived",
        Arrival::NotSeen => "not-arrived",
        Arrival::NoLook(_) => "not-looked",
    }
}

/// What the user can do about the first attempt that failed.
pub(super) fn hint(result: &MailboxResult<'_, OutputError>) -> Option<String> {
    if let Some(other) = result.other_name() {
        let form = if other.username.as_str().contains('@') {
            "%EMAILADDRESS%"
        } else {
            "%EMAILLOCALPART%"
        };
        let role = other.login.role.id();
        return Some(format!(
            "the server takes `{}`: --set {role}.username={form}",
            other.username
        ));
    }
    let attempt = result.attempts.iter().find(|attempt| !attempt.is_accepted());
    if attempt.is_none() && result.arrival == Some(Arrival::NotSeen) {
        return Some("look for it in webmail, in the junk folder too: a rule or a forwarding may have moved it".to_owned());
    }
    let attempt = attempt?;
    match &attempt.result {
        Some(SignIn::Answered(verdict)) => verdict.meaning.hint().map(str::to_owned),
        Some(SignIn::NotTried { .. }) => Some("`mailmuster probe` says what to change".to_owned()),
        Some(SignIn::Broken(_)) | None => None,
    }
}

/// For programs, stable.
pub(super) fn id(attempt: &Attempt<'_>) -> &'static str {
    match &attempt.result {
        None | Some(SignIn::NotTried { .. }) => "not-tried",
        Some(SignIn::Broken(_)) => "broken",
        Some(SignIn::Answered(verdict)) => verdict.meaning.id(),
    }
}

/// What the server said, or the fault that kept it from answering.
pub(super) fn server_words(attempt: &Attempt<'_>) -> String {
    match &attempt.result {
        None => String::new(),
        Some(SignIn::NotTried { fault, .. } | SignIn::Broken(fault)) => fault.to_string(),
        Some(SignIn::Answered(verdict)) => verdict.words.to_string(),
    }
}

/// An attempt in one line.
pub(super) struct InWords<'a>(pub(super) &'a Attempt<'a>);

impl fmt::Display for InWords<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Attempt { login, username, result } = self.0;
        let endpoint = &login.endpoint;
        write!(f, "{} port {} as {username}: ", endpoint.host, endpoint.port)?;
        match result {
            None if login.role == ServerRole::Outgoing => {
                f.write_str("not tried after the refusal for receiving")
            }
            None => f.write_str("not tried: another row with this user name was refused"),
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
struct TestMessageEvent<'a> {
    event: &'static str,
    email: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    result: &'static str,
    /// Between sending and seeing it.
    #[serde(skip_serializing_if = "Option::is_none")]
    ms: Option<u64>,
}

#[derive(Serialize)]
struct SignInEvent<'a> {
    event: &'static str,
    email: &'a str,
    /// Of the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    role: &'static str,
    host: &'a str,
    port: u16,
    username: &'a str,
    result: &'static str,
    /// The server's own, made harmless.
    #[serde(skip_serializing_if = "Option::is_none")]
    words: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
}

impl<'a> SignInEvent<'a> {
    fn of(attempt: &'a Attempt<'a>) -> Self {
        let (words, fault) = match &attempt.result {
            None => (None, None),
            Some(SignIn::NotTried { fault, .. } | SignIn::Broken(fault)) => {
                (None, Some(fault.to_string()))
            }
            Some(SignIn::Answered(verdict)) => (Some(verdict.words.to_string()), None),
        };
        Self {
            event: "sign-in",
            email: "",
            line: None,
            role: attempt.login.role.id(),
            host: attempt.login.endpoint.host.as_str(),
            port: attempt.login.endpoint.port.get(),
            username: attempt.username.as_str(),
            result: id(attempt),
            words,
            fault,
        }
    }
}
