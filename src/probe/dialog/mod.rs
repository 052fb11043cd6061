//! What the probe says to a server before anyone signs in, in each protocol.

mod imap;
mod pop;
pub(super) mod smtp;

use super::channel::Channel;
use super::fault::StepFault;
use super::report::Offer;
use super::text::ServerText;
use crate::domain::server::IncomingProtocol;
use crate::domain::setting::ServerRole;

/// The ways to send a plain password by SASL (RFC 4616, and LOGIN, which has no RFC).
const PASSWORD_METHODS: [&str; 2] = ["PLAIN", "LOGIN"];

/// Reads the greeting.
pub(super) fn greet(role: ServerRole, channel: &mut Channel) -> Result<(), StepFault> {
    match role {
        ServerRole::Incoming(IncomingProtocol::Imap) => imap::greet(channel),
        ServerRole::Incoming(IncomingProtocol::Pop) => pop::greet(channel),
        ServerRole::Outgoing => smtp::greet(channel),
    }
}

/// Asks what the server offers on this connection.
pub(super) fn ask(role: ServerRole, channel: &mut Channel) -> Result<Offer, StepFault> {
    match role {
        ServerRole::Incoming(IncomingProtocol::Imap) => imap::ask(channel),
        ServerRole::Incoming(IncomingProtocol::Pop) => pop::ask(channel),
        ServerRole::Outgoing => smtp::ask(channel),
    }
}

/// Asks for TLS. Servers of POP3 need not say beforehand that they have it (RFC 2449 §5), so all are asked.
pub(super) fn start_tls(
    role: ServerRole,
    offer: &Offer,
    channel: &mut Channel,
) -> Result<(), StepFault> {
    let refusal = match role {
        ServerRole::Incoming(IncomingProtocol::Imap) => imap::start_tls(channel)?,
        ServerRole::Incoming(IncomingProtocol::Pop) => pop::start_tls(channel)?,
        ServerRole::Outgoing => smtp::start_tls(channel)?,
    };
    match refusal {
        None => Ok(()),
        Some(line) if offer.has_starttls => Err(StepFault::StartTlsRefused { line }),
        Some(_) => Err(StepFault::NoStartTls),
    }
}

/// Ends the conversation. Whether the server hears it does not matter.
pub(super) fn leave(role: ServerRole, channel: &mut Channel) {
    let farewell = match role {
        ServerRole::Incoming(IncomingProtocol::Imap) => "a LOGOUT",
        ServerRole::Incoming(IncomingProtocol::Pop) | ServerRole::Outgoing => "QUIT",
    };
    let _ = channel.send(farewell);
}

/// Whether a plain password is among SASL `methods`.
fn has_password(methods: &[String]) -> bool {
    methods.iter().any(|method| PASSWORD_METHODS.iter().any(|it| method.eq_ignore_ascii_case(it)))
}

fn other_protocol(line: &[u8]) -> StepFault {
    StepFault::OtherProtocol { line: ServerText::from(line) }
}

/// The words of a line that ASCII whitespace separates, made harmless.
fn words(line: &[u8]) -> Vec<String> {
    let words = line.split(|byte| byte.is_ascii_whitespace()).filter(|word| !word.is_empty());
    words.map(|word| ServerText::from(word).to_string()).collect()
}

/// `line` without `start`, in any case; `None` if it begins otherwise or a longer word.
pub(super) fn after<'a>(line: &'a [u8], start: &str) -> Option<&'a [u8]> {
    let (head, rest) = line.split_at_checked(start.len())?;
    let is_whole = rest.first().is_none_or(u8::is_ascii_whitespace);
    (head.eq_ignore_ascii_case(start.as_bytes()) && is_whole).then_some(rest)
}
