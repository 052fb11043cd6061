//! SMTP for submission (RFC 6409, RFC 5321, RFC 4954).

use super::super::channel::Channel;
use super::super::fault::StepFault;
use super::super::report::Offer;
use super::super::text::ServerText;
use super::{after, has_password, other_protocol, words};

/// The client's name: an address literal, since it has no name that the server could look up (RFC 5321 §4.1.3).
const HELLO: &str = "EHLO [127.0.0.1]";

pub(super) fn greet(channel: &mut Channel) -> Result<(), StepFault> {
    let reply = Reply::read(channel)?.map_err(|line| other_protocol(&line))?;
    match reply.code {
        220 => Ok(()),
        // 554: no service for this client, 421: not now (RFC 5321 §3.1)
        400..600 => Err(StepFault::TurnedAway { line: reply.words() }),
        _ => Err(StepFault::OtherProtocol { line: reply.words() }),
    }
}

pub(super) fn ask(channel: &mut Channel) -> Result<Offer, StepFault> {
    channel.send(HELLO)?;
    let no_capabilities = |line: &[u8]| StepFault::NoCapabilities { line: ServerText::from(line) };
    let reply = Reply::read(channel)?.map_err(|line| no_capabilities(&line))?;
    if reply.code != 250 {
        return Err(StepFault::NoCapabilities { line: reply.words() });
    }
    Ok(offer(&reply.lines))
}

/// The server's refusal, if it refuses.
pub(super) fn start_tls(channel: &mut Channel) -> Result<Option<ServerText>, StepFault> {
    channel.send("STARTTLS")?;
    Ok(match Reply::read(channel)? {
        Ok(reply) if reply.code == 220 => None,
        Ok(reply) => Some(reply.words()),
        Err(line) => Some(ServerText::from(line.as_slice())),
    })
}

/// An answer of one or several lines.
pub(in crate::probe) struct Reply {
    pub(in crate::probe) code: u16,
    /// Without the code.
    lines: Vec<Vec<u8>>,
}

impl Reply {
    /// Reads an answer; the inner error is a line that belongs to none.
    pub(in crate::probe) fn read(
        channel: &mut Channel,
    ) -> Result<Result<Self, Vec<u8>>, StepFault> {
        let mut lines = Vec::new();
        loop {
            let line = channel.read_line()?;
            let Some((code, is_last)) = code(&line) else {
                return Ok(Err(line));
            };
            lines.push(line.get(4..).unwrap_or_default().to_vec());
            if is_last {
                return Ok(Ok(Self { code, lines }));
            }
        }
    }

    /// All lines as one, made harmless.
    fn words(&self) -> ServerText {
        ServerText::from(self.text().as_slice())
    }

    /// All lines as one.
    pub(in crate::probe) fn text(&self) -> Vec<u8> {
        let mut line = self.code.to_string().into_bytes();
        for part in &self.lines {
            line.push(b' ');
            line.extend(part);
        }
        line
    }
}

/// The code of a line of an answer, and whether it is the last line.
fn code(line: &[u8]) -> Option<(u16, bool)> {
    let (digits, rest) = line.split_at_checked(3)?;
    // the parser of numbers would take a sign, too
    digits.iter().all(u8::is_ascii_digit).then_some(())?;
    let code: u16 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    match rest.first() {
        None | Some(b' ') => Some((code, true)),
        Some(b'-') => Some((code, false)),
        Some(_) => None,
    }
}

/// `lines` begin with the server's name.
fn offer(lines: &[Vec<u8>]) -> Offer {
    let mut offer = Offer::default();
    for line in lines.iter().skip(1) {
        offer.capabilities.push(ServerText::from(line.as_slice()).to_string());
        // `AUTH=` is what servers sent before RFC 2554, some to this day
        let methods = after(line, "AUTH").or_else(|| line.strip_prefix(b"AUTH="));
        if let Some(methods) = methods {
            for method in words(methods).into_iter().map(|method| method.to_uppercase()) {
                if !offer.methods.contains(&method) {
                    offer.methods.push(method);
                }
            }
        } else if after(line, "STARTTLS").is_some() {
            offer.has_starttls = true;
        }
    }
    offer.takes_password = has_password(&offer.methods);
    offer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_three_digits_and_says_whether_more_follows() {
        assert_eq!(code(b"220"), Some((220, true)));
        assert_eq!(code(b"250 ok"), Some((250, true)));
        assert_eq!(code(b"250-ok"), Some((250, false)));
        for line in [&b"25"[..], b"2500", b"abc ok", b"+25 x", b"HTTP/1.1 400 Bad Request"] {
            assert_eq!(code(line), None);
        }
    }

    #[test]
    fn methods_are_read_in_both_spellings() {
        let offered = |lines: &[&str]| {
            offer(&lines.iter().map(|line| line.as_bytes().to_vec()).collect::<Vec<_>>())
        };
        assert!(offered(&["host", "auth plain login"]).takes_password);
        assert!(offered(&["host", "AUTH=LOGIN PLAIN", "STARTTLS"]).takes_password);
        assert!(!offered(&["host", "AUTH XOAUTH2"]).takes_password);
        assert!(!offered(&["host", "AUTH"]).takes_password);
        assert!(!offered(&["AUTH PLAIN"]).takes_password, "the first line is the server's name");
        assert!(offered(&["host", "STARTTLS"]).has_starttls);
    }
}
