//! Signing in over POP3 (RFC 1939 §7, RFC 5034).

use super::super::channel::Channel;
use super::super::dialog::after;
use super::super::fault::StepFault;
use super::super::report::Offer;
use super::attempt::{Credentials, answer, offers, plain, respond};
use super::verdict::Answer;
use crate::domain::secret::Secret;
use crate::domain::server::IncomingProtocol;
use crate::domain::setting::ServerRole;

const ROLE: ServerRole = ServerRole::Incoming(IncomingProtocol::Pop);

pub(super) fn sign_in(
    channel: &mut Channel,
    offer: &Offer,
    credentials: &Credentials,
) -> Result<Answer, StepFault> {
    if offers(offer, "PLAIN") {
        channel.send("AUTH PLAIN")?;
        let line = channel.read_line()?;
        if !line.starts_with(b"+") || after(&line, "+OK").is_some() {
            return Ok(answer(ROLE, false, &line));
        }
        respond(channel, &plain(credentials))?;
    } else {
        channel.send(&format!("USER {}", credentials.username))?;
        let line = channel.read_line()?;
        if after(&line, "+OK").is_none() {
            return Ok(answer(ROLE, false, &line));
        }
        channel.send_secret(&Secret::new([b"PASS ", credentials.password.expose()].concat()))?;
    }
    let line = channel.read_line()?;
    Ok(answer(ROLE, after(&line, "+OK").is_some(), &line))
}
