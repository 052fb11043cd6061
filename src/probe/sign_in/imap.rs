//! Signing in over IMAP (RFC 9051 §6.2.2 and §6.2.3).

use super::super::channel::Channel;
use super::super::dialog::after;
use super::super::fault::StepFault;
use super::super::report::Offer;
use super::attempt::{Credentials, answer, offers, plain, respond};
use super::verdict::Answer;
use crate::domain::secret::Secret;
use crate::domain::server::IncomingProtocol;
use crate::domain::setting::ServerRole;

const ROLE: ServerRole = ServerRole::Incoming(IncomingProtocol::Imap);

pub(super) fn sign_in(
    channel: &mut Channel,
    offer: &Offer,
    credentials: &Credentials,
) -> Result<Answer, StepFault> {
    if offers(offer, "PLAIN") {
        channel.send("a AUTHENTICATE PLAIN")?;
        let line = channel.read_line()?;
        if !line.starts_with(b"+") {
            return finish(channel, line);
        }
        respond(channel, &plain(credentials))?;
    } else {
        channel.send_secret(&login(credentials))?;
    }
    let line = channel.read_line()?;
    finish(channel, line)
}

/// Reads on to the answer with the tag. An untagged BYE is an answer, too.
fn finish(channel: &mut Channel, first: Vec<u8>) -> Result<Answer, StepFault> {
    let mut line = first;
    loop {
        if let Some(rest) = after(&line, "a") {
            let is_ok = after(rest.trim_ascii_start(), "OK").is_some();
            return Ok(answer(ROLE, is_ok, &line));
        }
        if after(&line, "* BYE").is_some() {
            return Ok(answer(ROLE, false, &line));
        }
        line = channel.read_line()?;
    }
}

/// The command LOGIN with quoted strings (RFC 9051 §4.3).
fn login(credentials: &Credentials) -> Secret {
    let (username, password) =
        (credentials.username.as_str().as_bytes(), credentials.password.expose());
    // at most two bytes for each, so that the buffer never grows
    let mut line = Vec::with_capacity(16 + 2 * (username.len() + password.len()));
    line.extend_from_slice(b"a LOGIN ");
    quote(&mut line, username);
    line.push(b' ');
    quote(&mut line, password);
    Secret::new(line)
}

fn quote(line: &mut Vec<u8>, text: &[u8]) {
    line.push(b'"');
    for byte in text {
        if matches!(byte, b'"' | b'\\') {
            line.push(b'\\');
        }
        line.push(*byte);
    }
    line.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::email::EmailAddress;
    use crate::domain::name::LoginName;

    #[test]
    fn quotes_and_backslashes_stay_in_the_string() {
        let address = EmailAddress::try_from("ada@acme.test").unwrap();
        let credentials = Credentials {
            username: LoginName::try_from(&address).unwrap(),
            address,
            password: Secret::new(br#"a"b\c"#.to_vec()).try_into().unwrap(),
        };
        assert_eq!(login(&credentials).expose(), br#"a LOGIN "ada@acme.test" "a\"b\\c""#);
    }
}
