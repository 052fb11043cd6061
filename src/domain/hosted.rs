//! What the mailboxes of one domain have in common: what a mail app has to know besides the address.

use std::sync::Arc;

use super::account::{AccountKey, MailAccount, ProviderCard};
use super::email::EmailAddress;
use super::host::Domain;
use super::name::{DisplayName, LoginName};
use super::person::Person;
use super::server::{Endpoint, IncomingProtocol, ServerLogin};

/// The settings of a domain, without any person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostedDomain {
    pub(crate) domain: Domain,
    /// As people know it.
    pub(crate) provider: String,
    pub(crate) protocol: IncomingProtocol,
    pub(crate) incoming: HostedServer,
    pub(crate) outgoing: HostedServer,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostedServer {
    pub(crate) endpoint: Endpoint,
    pub(crate) login: LoginRule,
}

/// What every user name of a domain is. Apps can be given nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoginRule {
    Address,
    /// The part before `@`.
    LocalPart,
}

impl LoginRule {
    pub(crate) const ALL: [Self; 2] = [Self::Address, Self::LocalPart];

    /// The user name of the mailbox `address`.
    pub(crate) fn of(self, address: &EmailAddress) -> &str {
        match self {
            Self::Address => address.as_str(),
            Self::LocalPart => address.local_part(),
        }
    }
}

impl HostedDomain {
    /// The account of [`EmailAddress::someone`]; every domain has one.
    pub(crate) fn example(&self) -> Option<MailAccount> {
        let address = EmailAddress::someone(&self.domain);
        let login = |HostedServer { endpoint, login }: &HostedServer| {
            let username = LoginName::try_from(login.of(&address)).ok()?;
            Some(ServerLogin { endpoint: endpoint.clone(), username })
        };
        Some(MailAccount {
            key: AccountKey::of(&Person::new(address.clone())),
            display_name: DisplayName::from(&address),
            provider: Arc::new(ProviderCard {
                name: self.provider.clone(),
                ..ProviderCard::default()
            }),
            protocol: self.protocol,
            incoming: login(&self.incoming)?,
            outgoing: login(&self.outgoing)?,
            own_outgoing_password: false,
            address,
        })
    }
}
