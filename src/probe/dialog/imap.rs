//! IMAP (RFC 9051, RFC 3501).

use imap_codec::decode::Decoder;
use imap_codec::imap_types::auth::AuthMechanism;
use imap_codec::imap_types::response::{
    Capability, Data, Greeting, GreetingKind, Response, Status, StatusKind,
};
use imap_codec::{GreetingCodec, ResponseCodec};

use super::super::channel::Channel;
use super::super::fault::StepFault;
use super::super::report::Offer;
use super::super::text::ServerText;
use super::{after, has_password, other_protocol};

/// Of every command: each waits for its answer, so that none needs its own.
const TAG: &str = "a";

pub(super) fn greet(channel: &mut Channel) -> Result<(), StepFault> {
    let line = channel.read_line()?;
    let Ok((_, Greeting { kind, .. })) = GreetingCodec::default().decode(&parsable(&line)) else {
        return Err(other_protocol(&line));
    };
    match kind {
        GreetingKind::Ok => Ok(()),
        GreetingKind::PreAuth => Err(StepFault::PreAuthenticated),
        GreetingKind::Bye => Err(StepFault::TurnedAway { line: ServerText::from(line.as_slice()) }),
    }
}

pub(super) fn ask(channel: &mut Channel) -> Result<Offer, StepFault> {
    channel.send(&format!("{TAG} CAPABILITY"))?;
    let mut offer = None;
    loop {
        let line = channel.read_line()?;
        let refused = || StepFault::NoCapabilities { line: ServerText::from(line.as_slice()) };
        match Reply::of(&line) {
            Reply::Capabilities(found) => offer = Some(found),
            Reply::Finished(Finish::Ok) => return offer.ok_or_else(refused),
            Reply::Finished(Finish::Refused) | Reply::Bye => return Err(refused()),
            Reply::Other => {}
        }
    }
}

/// The server's refusal, if it refuses.
pub(super) fn start_tls(channel: &mut Channel) -> Result<Option<ServerText>, StepFault> {
    channel.send(&format!("{TAG} STARTTLS"))?;
    loop {
        let line = channel.read_line()?;
        match Reply::of(&line) {
            Reply::Finished(Finish::Ok) => return Ok(None),
            Reply::Finished(Finish::Refused) | Reply::Bye => {
                return Ok(Some(ServerText::from(line.as_slice())));
            }
            Reply::Capabilities(_) | Reply::Other => {}
        }
    }
}

enum Reply {
    Capabilities(Offer),
    Finished(Finish),
    Bye,
    /// Anything that was not asked for.
    Other,
}

enum Finish {
    Ok,
    Refused,
}

impl Reply {
    fn of(line: &[u8]) -> Self {
        let parsable = parsable(line);
        match ResponseCodec::default().decode(&parsable) {
            Ok((_, Response::Data(Data::Capability(found)))) => {
                Self::Capabilities(offer(found.as_ref()))
            }
            Ok((_, Response::Status(Status::Tagged(tagged)))) => {
                // some servers answer in capitals
                if !tagged.tag.inner().eq_ignore_ascii_case(TAG) {
                    return Self::Other;
                }
                Self::Finished(match tagged.body.kind {
                    StatusKind::Ok => Finish::Ok,
                    StatusKind::No | StatusKind::Bad => Finish::Refused,
                })
            }
            Ok((_, Response::Status(Status::Bye(_)))) => Self::Bye,
            // the answer to a command in a form that no parser accepts is not OK
            Err(_) if after(line, TAG).is_some() => Self::Finished(Finish::Refused),
            Ok(_) | Err(_) => Self::Other,
        }
    }
}

/// The parser wants CRLF and ASCII, and real servers greet in other encodings, too.
fn parsable(line: &[u8]) -> Vec<u8> {
    let ascii = line.iter().map(|byte| if byte.is_ascii() && *byte != 0 { *byte } else { b'?' });
    ascii.chain(*b"\r\n").collect()
}

fn offer(found: &[Capability<'_>]) -> Offer {
    let is_disabled = found.contains(&Capability::LoginDisabled);
    let sasl: Vec<String> = found
        .iter()
        .filter_map(|capability| match capability {
            Capability::Auth(method) => Some(name(method)),
            _ => None,
        })
        .collect();
    let takes_password = !is_disabled || has_password(&sasl);
    // the command LOGIN is a way to sign in of its own (RFC 9051 §6.2.3)
    let command = (!is_disabled).then(|| "LOGIN".to_owned());
    let others = sasl.into_iter().filter(|method| is_disabled || method != "LOGIN");
    Offer {
        capabilities: found.iter().map(ToString::to_string).collect(),
        methods: command.into_iter().chain(others).collect(),
        takes_password,
        has_starttls: found.contains(&Capability::StartTls),
    }
}

fn name(method: &AuthMechanism<'_>) -> String {
    method.to_string().to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(line: &str) -> Offer {
        match Reply::of(line.as_bytes()) {
            Reply::Capabilities(offer) => offer,
            _ => panic!("{line}"),
        }
    }

    #[test]
    fn a_server_takes_passwords_by_the_command_or_by_sasl() {
        assert!(offered("* CAPABILITY IMAP4rev1").takes_password);
        assert!(offered("* capability imap4rev1 LOGINDISABLED auth=plain").takes_password);
        let offer =
            offered("* CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=XOAUTH2 AUTH=PLAIN-CLIENTTOKEN");
        assert!(!offer.takes_password);
        assert_eq!(offer.methods, ["XOAUTH2", "PLAIN-CLIENTTOKEN"]);
        assert!(!offer.has_starttls);
        assert!(offered("* CAPABILITY IMAP4rev1 STARTTLS").has_starttls);
    }

    #[test]
    fn an_answer_that_no_parser_accepts_is_a_refusal() {
        for line in ["a", "a maybe", "a BAD no", "a NO [AUTHENTICATIONFAILED] é", "A NO"] {
            assert!(
                matches!(Reply::of(line.as_bytes()), Reply::Finished(Finish::Refused)),
                "{line}"
            );
        }
        // imap-proto 0.17 panics here
        assert!(matches!(Reply::of("a OK [ALERT]é".as_bytes()), Reply::Finished(_)));
        assert!(matches!(Reply::of(b"A ok done"), Reply::Finished(Finish::Ok)));
        for line in ["* x", "b OK other", "", "ab OK"] {
            assert!(matches!(Reply::of(line.as_bytes()), Reply::Other), "{line}");
        }
    }
}
