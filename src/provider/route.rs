//! The servers of one provider that a run uses.

use std::collections::HashSet;
use std::num::NonZeroU16;
use std::sync::Arc;

use super::check::{self, ProviderWarning};
use super::error::ProviderError;
use super::fault::AccountFault;
use super::overrides::Override;
use super::{Provider, Server};
use crate::domain::account::{AccountKey, MailAccount, ProviderCard};
use crate::domain::email::EmailAddress;
use crate::domain::host::{Domain, HostName};
use crate::domain::person::Person;
use crate::domain::server::{Endpoint, IncomingProtocol, Security, ServerLogin};
use crate::domain::setting::{ServerRole, SettingKey, SettingKind, SettingValue};

/// What the admin allows beyond the defaults.
#[derive(Clone, Copy, Debug, Default)]
pub struct Policy {
    pub(crate) allow_other_domains: bool,
    pub(crate) allow_cleartext: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Route {
    pub(super) provider: Provider,
    pub(super) card: Arc<ProviderCard>,
    pub(super) protocol: IncomingProtocol,
    incoming: Server,
    outgoing: Server,
    domains: HashSet<Domain>,
}

impl Route {
    pub(super) fn new(
        provider: Provider,
        protocol: IncomingProtocol,
        overrides: &[Override],
        policy: Policy,
    ) -> Result<Self, ProviderError> {
        if let Some(reason) = &provider.refused {
            let (provider, reason) = (provider.name.clone(), reason.clone());
            return Err(ProviderError::Refused { provider, reason });
        }
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
            match change.key().role {
                ServerRole::Outgoing => change.apply(&mut outgoing),
                ServerRole::Incoming(p) if p == protocol => change.apply(&mut incoming),
                ServerRole::Incoming(_) => {
                    return Err(ProviderError::OverrideUnused { key: change.key(), protocol });
                }
            }
        }
        for (role, server) in
            [(ServerRole::Incoming(protocol), &mut incoming), (ServerRole::Outgoing, &mut outgoing)]
        {
            let set =
                |kind| overrides.iter().any(|change| change.key() == SettingKey { role, kind });
            let usual = check::usual_security(server.port.get());
            // a port that is registered for TLS implies it, as in a row
            if set(SettingKind::Port) && !set(SettingKind::Security) && usual == Some(Security::Tls)
            {
                server.security = Security::Tls;
            }
        }
        for (server, side) in [(&incoming, "incoming"), (&outgoing, "outgoing")] {
            let provider = provider.name.clone();
            if let Some(wants) = server.wants() {
                return Err(ProviderError::NoPasswordSignIn { provider, server: side, wants });
            }
            if server.security == Security::None && !policy.allow_cleartext {
                let host = server.host.to_string();
                return Err(ProviderError::Cleartext { provider, server: side, host });
            }
        }
        let card = Arc::new(provider.card());
        let domains = provider.domains.iter().cloned().collect();
        Ok(Self { provider, card, protocol, incoming, outgoing, domains })
    }

    /// For receiving and for sending.
    pub(super) fn servers(&self) -> (&Server, &Server) {
        (&self.incoming, &self.outgoing)
    }

    pub(super) fn has(&self, domain: &Domain) -> bool {
        self.domains.contains(domain)
    }

    /// The hosts without duplicates.
    pub(super) fn hosts(&self) -> Vec<String> {
        let mut hosts = vec![self.incoming.host.to_string(), self.outgoing.host.to_string()];
        hosts.dedup();
        hosts
    }

    pub(super) fn warnings(&self) -> Vec<ProviderWarning> {
        let incoming = ServerRole::Incoming(self.protocol);
        let mut warnings: Vec<ProviderWarning> =
            check::unverified(&self.provider).into_iter().collect();
        warnings.extend(check::claimed(&self.provider));
        warnings.extend(check::server(&self.incoming, incoming, &self.provider));
        warnings.extend(check::server(&self.outgoing, ServerRole::Outgoing, &self.provider));
        warnings
    }

    /// The account of `person`. The caller has checked the domain.
    pub(super) fn account(
        &self,
        person: &Person,
        policy: Policy,
    ) -> Result<MailAccount, AccountFault> {
        let outgoing_login = person.outgoing_login.as_ref().or(person.login.as_ref());
        let incoming = UserServer {
            role: ServerRole::Incoming(self.protocol),
            server: &self.incoming,
            login: person.login.as_ref(),
        };
        let outgoing = UserServer {
            role: ServerRole::Outgoing,
            server: &self.outgoing,
            login: outgoing_login,
        };
        Ok(MailAccount {
            key: AccountKey::of(person),
            address: person.address.clone(),
            display_name: person.display_name.clone(),
            provider: Arc::clone(&self.card),
            protocol: self.protocol,
            incoming: incoming.fill(person, &self.provider, policy)?,
            outgoing: outgoing.fill(person, &self.provider, policy)?,
            own_outgoing_password: person.own_outgoing_password,
        })
    }
}

/// A server and the login of one person.
struct UserServer<'a> {
    role: ServerRole,
    server: &'a Server,
    /// From the list.
    login: Option<&'a crate::domain::name::LoginName>,
}

impl UserServer<'_> {
    fn fill(
        &self,
        person: &Person,
        provider: &Provider,
        policy: Policy,
    ) -> Result<ServerLogin, AccountFault> {
        let address = &person.address;
        let own = Own::of(person, self.role);
        let (port, security) = self.connection(&own)?;
        let host = match own.host {
            Some(host) => host,
            None => self
                .server
                .host
                .fill(address)
                .map_err(|error| AccountFault::Host { address: address.to_string(), error })?,
        };
        if security == Security::None && !policy.allow_cleartext {
            return Err(AccountFault::Cleartext { role: self.role, host: host.to_string() });
        }
        let username =
            match self.login {
                Some(login) => {
                    if self.server.username.is_address()
                        && EmailAddress::try_from(login.as_str()).is_err()
                    {
                        let provider = provider.name.clone();
                        let outgoing_only = self.role == ServerRole::Outgoing;
                        return Err(AccountFault::LoginNotAddress { provider, outgoing_only });
                    }
                    login.clone()
                }
                None => self.server.username.fill(address).map_err(|error| {
                    AccountFault::Username { address: address.to_string(), error }
                })?,
            };
        Ok(ServerLogin { endpoint: Endpoint { host, port, security }, username })
    }

    /// Port and security of a row. The ports that are registered for TLS (RFC 8314 §7) imply it: 465 with
    /// the provider's STARTTLS would not work. Nothing else is derived from a port, and a row with a
    /// contradiction is refused.
    fn connection(&self, own: &Own) -> Result<(NonZeroU16, Security), AccountFault> {
        let server = self.server;
        let port = own.port.unwrap_or(server.port);
        if let Some(other) = check::usual_role(port.get())
            .filter(|other| own.port.is_some() && *other != self.role && port != server.port)
        {
            return Err(AccountFault::OtherPort { role: self.role, port, other });
        }
        let usual = check::usual_security(port.get());
        let security = match own.security {
            Some(security) => security,
            None if own.port.is_some() && usual == Some(Security::Tls) => Security::Tls,
            None => server.security,
        };
        let is_provider_s = (port, security) == (server.port, server.security);
        match usual {
            Some(usual) if usual != security && security != Security::None && !is_provider_s => {
                Err(AccountFault::PortAndSecurity { role: self.role, port, security, usual })
            }
            _ => Ok((port, security)),
        }
    }
}

/// The settings of one server in a row.
#[derive(Default)]
struct Own {
    host: Option<HostName>,
    port: Option<NonZeroU16>,
    security: Option<Security>,
}

impl Own {
    fn of(person: &Person, role: ServerRole) -> Self {
        let mut own = Self::default();
        for setting in person.settings.iter().filter(|setting| setting.role == role) {
            match &setting.value {
                SettingValue::Host(host) => own.host = Some(host.clone()),
                SettingValue::Port(port) => own.port = Some(*port),
                SettingValue::Security(security) => own.security = Some(*security),
            }
        }
        own
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Authentication;

    fn route(provider: Provider) -> Result<Route, ProviderError> {
        Route::new(provider, IncomingProtocol::Imap, &[], Policy::default())
    }

    fn fastmail() -> Provider {
        Provider::load("fastmail").unwrap()
    }

    #[test]
    fn a_run_with_unverified_settings_warns() {
        assert_eq!(route(fastmail()).unwrap().warnings(), []);
        let fresh = Provider { verified: false, ..fastmail() };
        let warnings = route(fresh).unwrap().warnings();
        assert!(warnings[0].what.starts_with("nobody has verified the settings of Fastmail"));
    }

    #[test]
    fn a_server_without_password_sign_in_is_refused_with_what_it_needs() {
        for (way, wants) in [
            (Authentication::OAuth2, "the browser sign-in (OAuth2) it wants"),
            (
                Authentication::EncryptedPassword,
                "the encrypted password (CRAM-MD5 or similar) it wants",
            ),
            (Authentication::None, "an account without sign-in"),
        ] {
            let mut provider = fastmail();
            provider.outgoing[0].authentication = vec![way];
            assert_eq!(
                route(provider).unwrap_err().to_string(),
                format!(
                    "Fastmail's outgoing server takes no plain password: a file cannot carry {wants}"
                )
            );
        }
    }
}
