//! One attempt at one server.

use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::channel::Channel;
use super::super::dialog;
use super::super::fault::StepFault;
use super::super::report::{Offer, ServerReport, Step};
use super::super::target::Target;
use super::super::time_limit::{Deadline, Patience};
use super::super::walk::reach;
use super::letter::Letter;
use super::turns::Said;
use super::verdict::{Answer, Meaning, Verdict};
use super::{imap, pop, smtp};
use crate::domain::email::EmailAddress;
use crate::domain::name::LoginName;
use crate::domain::password::MailPassword;
use crate::domain::secret::Secret;
use crate::domain::server::IncomingProtocol;
use crate::domain::setting::ServerRole;
use crate::sign::server::Authorities;

/// Who signs in.
#[derive(Debug)]
pub(crate) struct Credentials {
    pub(crate) address: EmailAddress,
    pub(crate) username: LoginName,
    pub(crate) password: MailPassword,
}

impl Credentials {
    /// The forms in which the password is sent.
    pub(super) fn secrets(&self) -> [Secret; 3] {
        let password = Secret::new(self.password.expose().to_vec());
        [encoded(&password), plain(self), password]
    }
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SignIn {
    /// No password was sent: the server failed before.
    NotTried {
        step: Step,
        fault: StepFault,
    },
    /// The connection broke after the password was sent.
    Broken(StepFault),
    Answered(Verdict),
}

impl SignIn {
    /// At a server that does not work, or was not asked.
    pub(super) fn of_failed(report: Option<&ServerReport>) -> Self {
        let fault = report.and_then(ServerReport::fault);
        let fault = fault.map(|(step, fault)| (step, fault.clone()));
        let (step, fault) = fault.unwrap_or((Step::Name, StepFault::NoAnswer));
        Self::NotTried { step, fault }
    }

    /// What the server may have counted.
    pub(super) fn said(&self) -> Said {
        match self {
            Self::Answered(verdict) => match verdict.meaning {
                Meaning::Accepted | Meaning::SendingRefused | Meaning::OverQuota => {
                    Said::NotRefused
                }
                _ => Said::Refused,
            },
            Self::Broken(_) => Said::Refused,
            Self::NotTried { .. } => Said::NotRefused,
        }
    }
}

/// Signs in to the server at `address`, once, and out again. For sending, sends `letter`; without one, asks whether the
/// mailbox may send to itself, and takes that back.
pub(super) fn sign_in(
    target: &Target,
    address: SocketAddr,
    authorities: &Authorities,
    (credentials, letter): (&Credentials, Option<&Letter>),
    patience: Patience,
) -> SignIn {
    let deadline = Deadline::of(patience);
    let (mut channel, offer) = match reach(target, address, authorities, deadline) {
        Ok(reached) => reached,
        Err((step, fault)) => return SignIn::NotTried { step, fault },
    };
    if !channel.is_secure() {
        return SignIn::NotTried { step: Step::Tls, fault: StepFault::NotTls };
    }
    let answered = match target.role {
        ServerRole::Incoming(IncomingProtocol::Imap) => {
            imap::sign_in(&mut channel, &offer, credentials)
        }
        ServerRole::Incoming(IncomingProtocol::Pop) => {
            pop::sign_in(&mut channel, &offer, credentials)
        }
        ServerRole::Outgoing => smtp::sign_in(&mut channel, &offer, credentials, letter),
    };
    let result = match answered {
        Ok(answer) => SignIn::Answered(Verdict::of(&answer.without(&credentials.secrets()))),
        Err(fault) => SignIn::Broken(fault),
    };
    dialog::leave(target.role, &mut channel);
    result
}

/// Whether the server offers the SASL method `name`.
pub(super) fn offers(offer: &Offer, name: &str) -> bool {
    offer.methods.iter().any(|method| method == name)
}

/// The message of PLAIN (RFC 4616 §2), in base64.
pub(super) fn plain(credentials: &Credentials) -> Secret {
    let Credentials { username, password, .. } = credentials;
    let parts = [b"\0", username.as_str().as_bytes(), b"\0", password.expose()];
    encoded(&Secret::new(parts.concat()))
}

/// `secret` in base64. The space is reserved at once: a buffer that grows leaves copies behind.
pub(super) fn encoded(secret: &Secret) -> Secret {
    let mut bytes = vec![0; secret.expose().len().div_ceil(3) * 4];
    let length = STANDARD.encode_slice(secret.expose(), &mut bytes).unwrap_or_default();
    bytes.truncate(length);
    Secret::new(bytes)
}

/// A step of SASL: sends `secret`, which the server has asked for.
pub(super) fn respond(channel: &mut Channel, secret: &Secret) -> Result<(), StepFault> {
    channel.send_secret(secret)
}

/// The server's answer, of which `is_ok` is known.
pub(super) fn answer(role: ServerRole, is_ok: bool, line: &[u8]) -> Answer {
    Answer::new(role, is_ok, line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_has_both_parts_after_nul() {
        let address = EmailAddress::try_from("ada@acme.test").unwrap();
        let credentials = Credentials {
            username: LoginName::try_from(&address).unwrap(),
            address,
            password: Secret::new(b"secret".to_vec()).try_into().unwrap(),
        };
        // as curl sends it
        assert_eq!(plain(&credentials).expose(), b"AGFkYUBhY21lLnRlc3QAc2VjcmV0");
        assert!(!format!("{credentials:?}").contains("secret"));
    }
}
