//! Makes the provider file of an organization's own domain from the names of its two servers.

use std::num::NonZeroU16;
use std::str::FromStr;

use thiserror::Error;
use time::Date;

use super::catalog::Catalog;
use super::check::{usual_role, usual_security};
use super::pattern::{HostPattern, UsernamePattern};
use super::spec::LONGEST_NAME;
use super::{Authentication, Evidence, Provider, ProviderError, Server, write};
use crate::diagnostic::{Diagnostic, nearest};
use crate::domain::host::{Domain, HostError, HostName};
use crate::domain::provider_id::ProviderId;
use crate::domain::server::IncomingProtocol;
use crate::domain::setting::ServerRole;

/// A server as an admin names it: `mail.example.com`, or `mail.example.com:465`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamedServer {
    host: HostName,
    port: Option<NonZeroU16>,
}

#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum NamedServerError {
    #[error("not a server's name: {0}")]
    Host(#[from] HostError),
    #[error("the port is not a number from 1 to 65535")]
    Port,
}

impl FromStr for NamedServer {
    type Err = NamedServerError;

    fn from_str(text: &str) -> Result<Self, NamedServerError> {
        let (host, port) = match text.trim().rsplit_once(':') {
            Some((host, port)) => (host, Some(port.parse().map_err(|_| NamedServerError::Port)?)),
            None => (text.trim(), None),
        };
        Ok(Self { host: HostName::try_from(host)?, port })
    }
}

/// A port that does not determine the security of the connection.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum PortError {
    #[error("port {port} is for {usual}, not for {role}")]
    OtherUse { port: NonZeroU16, usual: ServerRole, role: ServerRole },
    #[error("port {0} does not say whether the connection starts with TLS")]
    Unregistered(NonZeroU16),
}

impl Diagnostic for PortError {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::OtherUse { .. } => "check which server is incoming and which is outgoing",
            Self::Unregistered(_) => {
                "omit the port here, then correct port and security in the provider file"
            }
        };
        Some(hint.to_owned())
    }
}

impl NamedServer {
    /// The server for `role`. The usual ports are those of RFC 8314 §3.2 and 3.3; for sending 587 with
    /// STARTTLS, which more providers offer than 465.
    pub(crate) fn server(&self, role: ServerRole) -> Result<Server, PortError> {
        let port = self.port.unwrap_or_else(|| usual_port(role));
        if let Some(usual) = usual_role(port.get()).filter(|usual| *usual != role) {
            return Err(PortError::OtherUse { port, usual, role });
        }
        Ok(Server {
            host: HostPattern::from(self.host.clone()),
            port,
            security: usual_security(port.get()).ok_or(PortError::Unregistered(port))?,
            username: UsernamePattern::address(),
            authentication: vec![Authentication::Password],
            evidence: Evidence::default(),
            disputed: None,
        })
    }
}

fn usual_port(role: ServerRole) -> NonZeroU16 {
    const IMAPS: NonZeroU16 = NonZeroU16::new(993).unwrap();
    const POP3S: NonZeroU16 = NonZeroU16::new(995).unwrap();
    const SUBMISSION: NonZeroU16 = NonZeroU16::new(587).unwrap();
    match role {
        ServerRole::Incoming(IncomingProtocol::Imap) => IMAPS,
        ServerRole::Incoming(IncomingProtocol::Pop) => POP3S,
        ServerRole::Outgoing => SUBMISSION,
    }
}

/// Whether `domain` belongs to no built-in provider and is not similar to the domain of one.
pub(crate) fn is_own_domain(domain: &Domain) -> bool {
    let catalog = Catalog::get();
    catalog.owner(domain).is_none()
        && catalog.at(domain.as_str()).is_none()
        && nearest(domain.as_str(), catalog.names()).is_none()
}

/// The provider file for `domain`, or for any domain.
pub(crate) fn provider_file(
    domain: Option<&Domain>,
    (protocol, incoming): (IncomingProtocol, Server),
    outgoing: Server,
    today: Date,
) -> Result<(Provider, String), ProviderError> {
    let name: String = domain.map_or_else(|| "Own mail server".to_owned(), Domain::to_unicode);
    let provider = Provider {
        id: domain.and_then(|it| ProviderId::from_name(it.as_str())).unwrap_or_default(),
        name: name.chars().take(LONGEST_NAME).collect(),
        documentation: None,
        app_password_page: None,
        refused: None,
        automatic: true,
        verified: false,
        verified_on: Some(today),
        domains: domain.cloned().into_iter().collect(),
        domain_notes: Vec::new(),
        incoming: vec![(protocol, incoming)],
        outgoing: vec![outgoing],
        notes: Vec::new(),
    };
    let head = [
        "Made by `mailmuster init` from two host names; ports and security are the usual ones.",
        "Compare them with what your mail host says, try one mailbox, then remove the line",
        "`verified = false`. `mailmuster provider check` names what is doubtful.",
    ];
    let text = write::toml(&provider, &head.map(str::to_owned));
    Ok((Provider::parse(provider.id.as_str(), &text)?, text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::server::Security;

    const IMAP: ServerRole = ServerRole::Incoming(IncomingProtocol::Imap);

    fn domain(text: &str) -> Domain {
        Domain::try_from(text).unwrap()
    }

    fn named(text: &str) -> NamedServer {
        text.parse().unwrap()
    }

    #[test]
    fn a_name_without_port_gets_the_usual_port_and_security() {
        let server = named("mail.example.com").server(IMAP).unwrap();
        assert_eq!((server.port.get(), server.security), (993, Security::Tls));
        let server = named("mail.example.com").server(ServerRole::Outgoing).unwrap();
        assert_eq!((server.port.get(), server.security), (587, Security::StartTls));
        let server = named("mail.example.com:465").server(ServerRole::Outgoing).unwrap();
        assert_eq!((server.port.get(), server.security), (465, Security::Tls));
    }

    #[test]
    fn a_port_of_another_protocol_is_refused() {
        assert_eq!(
            named("mail.example.com:587").server(IMAP).unwrap_err().to_string(),
            "port 587 is for outgoing (SMTP), not for incoming (IMAP)"
        );
        let unregistered = named("mail.example.com:2525").server(ServerRole::Outgoing);
        assert!(matches!(unregistered, Err(PortError::Unregistered(_))));
        assert_eq!("mail:0".parse::<NamedServer>(), Err(NamedServerError::Port));
        assert!("https://mail.example.com".parse::<NamedServer>().is_err());
    }

    #[test]
    fn a_domain_is_own_unless_it_is_or_resembles_a_built_in_one() {
        assert!(is_own_domain(&domain("example.com")));
        for known in ["q.com", "gmail.com", "centurylnk.net", "fastmail.con"] {
            assert!(!is_own_domain(&domain(known)), "{known}");
        }
    }

    #[test]
    fn the_provider_file_has_the_given_servers() {
        let servers = |role| named("mail.example.com").server(role).unwrap();
        let today = time::macros::date!(2026 - 11 - 29);
        let incoming = (IncomingProtocol::Imap, servers(IMAP));
        let (provider, text) = provider_file(
            Some(&domain("example.com")),
            incoming,
            servers(ServerRole::Outgoing),
            today,
        )
        .unwrap();
        assert_eq!((provider.id.as_str(), provider.name.as_str()), ("example-com", "example.com"));
        assert_eq!(provider.domains, [domain("example.com")]);
        assert!(!provider.verified && text.starts_with("# Made by `mailmuster init`"));
    }
}
