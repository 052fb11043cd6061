//! Signing in for sending (RFC 4954), and asking whether the mailbox may send to itself, without a message.

use super::super::channel::Channel;
use super::super::dialog::smtp::Reply;
use super::super::fault::StepFault;
use super::super::report::Offer;
use super::attempt::{Credentials, answer, encoded, offers, plain, respond};
use super::verdict::Answer;
use crate::domain::secret::Secret;
use crate::domain::setting::ServerRole;

const ROLE: ServerRole = ServerRole::Outgoing;

pub(super) fn sign_in(
    channel: &mut Channel,
    offer: &Offer,
    credentials: &Credentials,
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
    may_send(channel, credentials)
}

/// The beginning of a message from the mailbox to itself, which is taken back: no message is sent.
fn may_send(channel: &mut Channel, credentials: &Credentials) -> Result<Answer, StepFault> {
    let address = credentials.address.as_str();
    for command in [format!("MAIL FROM:<{address}>"), format!("RCPT TO:<{address}>")] {
        channel.send(&command)?;
        let (code, words) = read(channel)?;
        if !(200..300).contains(&code) {
            return Ok(answer(ROLE, false, &words).after_sign_in());
        }
    }
    channel.send("RSET")?;
    let (_, words) = read(channel)?;
    Ok(answer(ROLE, true, &words))
}

fn read(channel: &mut Channel) -> Result<(u16, Vec<u8>), StepFault> {
    Ok(match Reply::read(channel)? {
        Ok(reply) => (reply.code, reply.text()),
        Err(line) => (0, line),
    })
}
