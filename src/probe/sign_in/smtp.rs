//! Signing in for sending (RFC 4954), and asking whether the mailbox may send to itself, with a message or without.

use super::super::channel::Channel;
use super::super::dialog::smtp::Reply;
use super::super::fault::StepFault;
use super::super::report::Offer;
use super::attempt::{Credentials, answer, encoded, offers, plain, respond};
use super::letter::Letter;
use super::verdict::Answer;
use crate::domain::secret::Secret;
use crate::domain::setting::ServerRole;

const ROLE: ServerRole = ServerRole::Outgoing;

pub(super) fn sign_in(
    channel: &mut Channel,
    offer: &Offer,
    credentials: &Credentials,
    letter: Option<&Letter>,
) -> Result<Answer, StepFault> {
    let Credentials { username, password, .. } = credentials;
    let line = |bytes: &[u8]| encoded(&Secret::new(bytes.to_vec()));
    let secrets = if offers(offer, "PLAIN") {
        channel.send("AUTH PLAIN")?;
        vec![plain(credentials)]
    } else {
        channel.send("AUTH LOGIN")?;
        vec![line(username.as_str().as_bytes()), line(password.expose())]
    };
    for secret in secrets {
        let (code, words) = read(channel)?;
        if code != 334 {
            return Ok(answer(ROLE, false, &words));
        }
        respond(channel, &secret)?;
    }
    let (code, words) = read(channel)?;
    if code != 235 {
        return Ok(answer(ROLE, false, &words));
    }
    send(channel, credentials, letter)
}

/// Sends `letter` from the mailbox to itself. Without one the beginning of a message is taken back: none is sent.
fn send(
    channel: &mut Channel,
    credentials: &Credentials,
    letter: Option<&Letter>,
) -> Result<Answer, StepFault> {
    let address = credentials.address.as_str();
    for command in [format!("MAIL FROM:<{address}>"), format!("RCPT TO:<{address}>")] {
        channel.send(&command)?;
        let (code, words) = read(channel)?;
        if !(200..300).contains(&code) {
            return Ok(answer(ROLE, false, &words).after_sign_in());
        }
    }
    let Some(letter) = letter else {
        channel.send("RSET")?;
        let (_, words) = read(channel)?;
        return Ok(answer(ROLE, true, &words));
    };
    channel.send("DATA")?;
    let (code, words) = read(channel)?;
    if code != 354 {
        return Ok(answer(ROLE, false, &words).after_sign_in());
    }
    letter.send(channel)?;
    let (code, words) = read(channel)?;
    let is_ok = (200..300).contains(&code);
    Ok(answer(ROLE, is_ok, &words).after_sign_in())
}

fn read(channel: &mut Channel) -> Result<(u16, Vec<u8>), StepFault> {
    Ok(match Reply::read(channel)? {
        Ok(reply) => (reply.code, reply.text()),
        Err(line) => (0, line),
    })
}
