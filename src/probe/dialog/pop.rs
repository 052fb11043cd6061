//! POP3 (RFC 1939, RFC 2449, RFC 5034).

use super::super::channel::Channel;
use super::super::fault::StepFault;
use super::super::report::Offer;
use super::super::text::ServerText;
use super::{after, has_password, other_protocol, words};

pub(super) fn greet(channel: &mut Channel) -> Result<(), StepFault> {
    let line = channel.read_line()?;
    if after(&line, "+OK").is_some() {
        Ok(())
    } else if after(&line, "-ERR").is_some() {
        Err(StepFault::TurnedAway { line: ServerText::from(line.as_slice()) })
    } else {
        Err(other_protocol(&line))
    }
}

pub(super) fn ask(channel: &mut Channel) -> Result<Offer, StepFault> {
    channel.send("CAPA")?;
    let first = channel.read_line()?;
    if after(&first, "-ERR").is_some() {
        // an old server without CAPA has USER and PASS
        let methods = vec!["USER".to_owned()];
        return Ok(Offer { methods, takes_password: true, ..Offer::default() });
    }
    if after(&first, "+OK").is_none() {
        return Err(StepFault::NoCapabilities { line: ServerText::from(first.as_slice()) });
    }
    let mut lines = Vec::new();
    loop {
        let line = channel.read_line()?;
        if line == b"." {
            return Ok(offer(&lines));
        }
        lines.push(line);
    }
}

/// The server's refusal, if it refuses.
pub(super) fn start_tls(channel: &mut Channel) -> Result<Option<ServerText>, StepFault> {
    channel.send("STLS")?;
    let line = channel.read_line()?;
    Ok(after(&line, "+OK").is_none().then(|| ServerText::from(line.as_slice())))
}

fn offer(lines: &[Vec<u8>]) -> Offer {
    let mut offer = Offer::default();
    for line in lines {
        offer.capabilities.push(ServerText::from(line.as_slice()).to_string());
        if after(line, "USER").is_some() {
            offer.methods.push("USER".to_owned());
        } else if let Some(methods) = after(line, "SASL") {
            offer.methods.extend(words(methods).into_iter().map(|method| method.to_uppercase()));
        } else if after(line, "STLS").is_some() {
            offer.has_starttls = true;
        }
    }
    offer.takes_password =
        offer.methods.iter().any(|it| it == "USER") || has_password(&offer.methods);
    offer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_taken_by_user_or_by_sasl() {
        let offered = |lines: &[&str]| {
            offer(&lines.iter().map(|line| line.as_bytes().to_vec()).collect::<Vec<_>>())
        };
        assert!(offered(&["TOP", "USER"]).takes_password);
        assert!(offered(&["SASL CRAM-MD5 plain", "STLS"]).takes_password);
        assert!(offered(&["STLS"]).has_starttls);
        for lines in [
            &["TOP", "SASL XOAUTH2"][..],
            &["SASL XOAUTH2", "IMPLEMENTATION plain-old multi user POP3"],
            &["USERS"],
            &[],
        ] {
            assert!(!offered(lines).takes_password, "{lines:?}");
        }
    }
}
