//! Person x provider to account: afterwards there is nothing left to look up.

use thiserror::Error;

use super::check::{self, Finding};
use super::error::ProviderError;
use super::overrides::{Override, Target};
use super::{Authentication, Note, Provider, Server};
use crate::diagnostic::{Diagnostic, Shown, nearest};
use crate::domain::account::{AccountKey, MailAccount};
use crate::domain::email::EmailAddress;
use crate::domain::host::{Domain, HostError};
use crate::domain::name::NameError;
use crate::domain::person::Person;
use crate::domain::server::{Endpoint, IncomingProtocol, Security, ServerLogin};

/// What the admin allows beyond the safe defaults.
#[derive(Clone, Copy, Debug, Default)]
pub struct Policy {
    /// Addresses outside the provider's domains.
    pub allow_other_domains: bool,
    /// Connections without TLS.
    pub allow_cleartext: bool,
}

/// A provider with the servers of one run chosen.
#[derive(Clone, Debug)]
pub struct Resolver {
    provider: Provider,
    protocol: IncomingProtocol,
    incoming: Server,
    outgoing: Server,
    policy: Policy,
}

impl Resolver {
    /// Chooses the servers for `protocol` and applies the overrides of the command line.
    pub fn new(
        provider: Provider,
        protocol: IncomingProtocol,
        overrides: &[Override],
        policy: Policy,
    ) -> Result<Self, ProviderError> {
        let no_such =
            || ProviderError::NoSuchProtocol { provider: provider.name.clone(), protocol };
        let mut incoming = provider
            .incoming
            .iter()
            .find(|(p, _)| *p == protocol)
            .map(|(_, s)| s.clone())
            .ok_or_else(no_such)?;
        let mut outgoing = provider.outgoing.first().cloned().ok_or_else(no_such)?;
        for change in overrides {
            match change.target() {
                Target::Outgoing => change.apply(&mut outgoing)?,
                Target::Incoming(p) if p == protocol => change.apply(&mut incoming)?,
                Target::Incoming(_) => {
                    return Err(ProviderError::OverrideUnused { key: change.key(), protocol });
                }
            }
        }
        for (server, side) in [(&incoming, "incoming"), (&outgoing, "outgoing")] {
            if !server.authentication.contains(&Authentication::Password) {
                return Err(ProviderError::NoPasswordSignIn {
                    provider: provider.name.clone(),
                    server: side,
                });
            }
            if server.security == Security::None && !policy.allow_cleartext {
                let host = server.host.to_string();
                return Err(ProviderError::Cleartext {
                    provider: provider.name.clone(),
                    server: side,
                    host,
                });
            }
        }
        Ok(Self { provider, protocol, incoming, outgoing, policy })
    }

    /// The provider.
    pub fn provider(&self) -> &Provider {
        &self.provider
    }

    /// What is doubtful about the chosen servers.
    pub fn findings(&self) -> Vec<Finding> {
        let mut findings =
            check::server(&self.incoming, check::Side::Incoming(self.protocol), &self.provider);
        findings.extend(check::server(&self.outgoing, check::Side::Outgoing, &self.provider));
        findings
    }

    /// What is known about mailboxes in `domain`.
    pub fn domain_note(&self, domain: &Domain) -> Option<&Note> {
        self.provider.domain_notes.iter().find(|(noted, _)| noted == domain).map(|(_, note)| note)
    }

    /// The account of `person`.
    pub fn resolve(&self, person: &Person) -> Result<MailAccount, Refusal> {
        let address = &person.address;
        let known =
            self.provider.domains.is_empty() || self.provider.domains.contains(address.domain());
        if !known && !self.policy.allow_other_domains {
            return Err(Refusal::OtherDomain {
                address: address.to_string(),
                provider: self.provider.name.clone(),
                nearest: nearest(
                    address.domain().as_str(),
                    self.provider.domains.iter().map(Domain::as_str),
                )
                .map(str::to_owned),
            });
        }
        Ok(MailAccount {
            key: AccountKey::of(person),
            address: address.clone(),
            display_name: person.display_name.clone(),
            protocol: self.protocol,
            incoming: login(&self.incoming, person, &self.provider)?,
            outgoing: login(&self.outgoing, person, &self.provider)?,
        })
    }
}

/// `server` as `person` uses it: their own login where the list names one.
fn login(server: &Server, person: &Person, provider: &Provider) -> Result<ServerLogin, Refusal> {
    let address = &person.address;
    let host = server
        .host
        .fill(address)
        .map_err(|error| Refusal::Host { address: address.to_string(), error })?;
    let username = match &person.login {
        Some(login) => {
            if server.username.is_address() && EmailAddress::try_from(login.as_str()).is_err() {
                return Err(Refusal::LoginNotAddress { provider: provider.name.clone() });
            }
            login.clone()
        }
        None => server
            .username
            .fill(address)
            .map_err(|error| Refusal::Username { address: address.to_string(), error })?,
    };
    Ok(ServerLogin {
        endpoint: Endpoint { host, port: server.port, security: server.security },
        username,
    })
}

/// Why a person has no account at the provider.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    /// The host made from the address is none.
    #[error("`{address}` leads to no server name: {error}")]
    Host {
        /// The address.
        address: String,
        /// What is wrong with the host.
        error: HostError,
    },
    /// A login that is no address, where user names are addresses. The value is not repeated: in a
    /// row whose cells have moved it may be a password.
    #[error("the login is not an address; user names at {provider} are whole addresses")]
    LoginNotAddress {
        /// The provider's name.
        provider: String,
    },
    /// A mailbox somewhere else.
    #[error("`{}` is not at {provider}", Shown(.address))]
    OtherDomain {
        /// The address.
        address: String,
        /// The provider's name.
        provider: String,
        /// The provider's domain with nearly the same name.
        nearest: Option<String>,
    },
    /// The user name made from the address is none.
    #[error("`{address}` leads to no user name: {error}")]
    Username {
        /// The address.
        address: String,
        /// What is wrong with the user name.
        error: NameError,
    },
}

impl Refusal {
    /// A stable name for programs: the `code` in reports.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Host { .. } => "no-host",
            Self::LoginNotAddress { .. } => "login-not-address",
            Self::OtherDomain { .. } => "other-domain",
            Self::Username { .. } => "no-username",
        }
    }
}

impl Diagnostic for Refusal {
    fn hint(&self) -> Option<String> {
        match self {
            Self::OtherDomain { nearest: Some(nearest), .. } => {
                Some(format!("did you mean `{nearest}`? --allow-other-domains takes it as it is"))
            }
            Self::OtherDomain { nearest: None, .. } => Some(
                "correct the address, or use --allow-other-domains if the mailbox really is there"
                    .to_owned(),
            ),
            Self::LoginNotAddress { .. } => {
                Some("leave the cell blank to use the address; look for a missing quote if the cell's text belongs elsewhere".to_owned())
            }
            Self::Host { .. } | Self::Username { .. } => Some("correct the address".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::name::{DisplayName, LoginName};

    fn person(address: &str) -> Person {
        Person {
            address: EmailAddress::try_from(address).unwrap(),
            display_name: DisplayName::try_from("Ada").unwrap(),
            login: None,
            id: None,
        }
    }

    fn resolver(overrides: &[&str], policy: Policy) -> Result<Resolver, ProviderError> {
        let overrides: Vec<Override> = overrides.iter().map(|o| o.parse().unwrap()).collect();
        Resolver::new(
            Provider::load("centurylink").unwrap(),
            IncomingProtocol::Imap,
            &overrides,
            policy,
        )
    }

    #[test]
    fn an_account_has_everything_filled_in() {
        let account =
            resolver(&[], Policy::default()).unwrap().resolve(&person("Ada@q.com")).unwrap();
        assert_eq!(
            account.incoming.endpoint.to_string(),
            "imap.centurylink.net port 993 (SSL/TLS)"
        );
        assert_eq!(
            account.outgoing.endpoint.to_string(),
            "smtp.centurylink.net port 587 (STARTTLS)"
        );
        assert_eq!(account.incoming.username.as_str(), "Ada@q.com");
    }

    #[test]
    fn the_list_s_own_login_goes_before_the_pattern() {
        let mut ada = person("ada@q.com");
        ada.login = Some(LoginName::try_from("lovelace@q.com").unwrap());
        let account = resolver(&[], Policy::default()).unwrap().resolve(&ada).unwrap();
        assert_eq!(account.incoming.username.as_str(), "lovelace@q.com");
        assert_eq!(account.outgoing.username.as_str(), "lovelace@q.com");
    }

    #[test]
    fn a_login_must_look_like_the_provider_s() {
        let mut ada = person("ada@q.com");
        ada.login = Some(LoginName::try_from("hunter2").unwrap());
        let refusal = resolver(&[], Policy::default()).unwrap().resolve(&ada).unwrap_err();
        assert!(!refusal.to_string().contains("hunter2"));
        let free = ["imap.username=%EMAILLOCALPART%", "smtp.username=%EMAILLOCALPART%"];
        assert!(resolver(&free, Policy::default()).unwrap().resolve(&ada).is_ok());
    }

    #[test]
    fn a_mailbox_elsewhere_is_refused_unless_allowed() {
        let strict = resolver(&[], Policy::default()).unwrap();
        let refusal = strict.resolve(&person("ada@centurylnk.net")).unwrap_err();
        assert_eq!(refusal.to_string(), "`ada@centurylnk.net` is not at CenturyLink");
        assert!(refusal.hint().unwrap().starts_with("did you mean `centurylink.net`?"));
        assert!(strict.resolve(&person("ada@sub.centurylink.net")).is_err());
        let open =
            resolver(&[], Policy { allow_other_domains: true, ..Policy::default() }).unwrap();
        assert!(open.resolve(&person("ada@centurylnk.net")).is_ok());
    }

    #[test]
    fn cleartext_needs_to_be_allowed() {
        assert!(matches!(
            resolver(&["imap.security=none", "imap.port=143"], Policy::default()),
            Err(ProviderError::Cleartext { server: "incoming", .. })
        ));
        let open = Policy { allow_cleartext: true, ..Policy::default() };
        assert!(resolver(&["imap.security=none", "imap.port=143"], open).is_ok());
    }

    #[test]
    fn an_override_is_applied_or_refused_never_ignored() {
        let changed = resolver(&["imap.host=mail.centurylink.net"], Policy::default()).unwrap();
        let account = changed.resolve(&person("ada@q.com")).unwrap();
        assert_eq!(account.incoming.endpoint.host.as_str(), "mail.centurylink.net");
        assert!(changed.findings().is_empty());
        assert!(matches!(
            resolver(&["pop.port=110"], Policy::default()),
            Err(ProviderError::OverrideUnused { .. })
        ));
        assert!(matches!(
            resolver(&["imap.port=0"], Policy::default()),
            Err(ProviderError::Override { .. })
        ));
    }
}
