//! The settings in a written file, read back and compared, so that two files never disagree.

use std::fmt;
use std::num::NonZeroU16;
use std::sync::Arc;

use super::ReadError;
use super::error::ReadFault;
use crate::domain::account::{AccountKey, MailAccount, ProviderCard};
use crate::domain::email::EmailAddress;
use crate::domain::host::HostName;
use crate::domain::name::{DisplayName, LoginName};
use crate::domain::person::Person;
use crate::domain::server::{Endpoint, IncomingProtocol, Security, ServerLogin};

/// The account as one file states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated {
    /// The mailbox.
    pub(crate) address: String,
    /// What others see; `None` for a format that has no place for it.
    pub(crate) display_name: Option<String>,
    /// How mail is fetched.
    pub(crate) protocol: IncomingProtocol,
    /// Where mail is fetched.
    pub(crate) incoming: StatedServer,
    /// Where mail is sent.
    pub(crate) outgoing: StatedServer,
    /// The Windows user who gets the account; `None` where the file is for one person.
    pub(crate) windows_user: Option<String>,
}

/// A server as one file states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StatedServer {
    /// The host.
    pub(crate) host: String,
    /// The TCP port.
    pub(crate) port: u16,
    /// The protection.
    pub(crate) security: StatedSecurity,
    /// The user name.
    pub(crate) username: String,
}

/// The protection as far as a format can express it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StatedSecurity {
    /// The format distinguishes all kinds.
    Exactly(Security),
    /// Apple's `UseSSL`: TLS, implicit or by STARTTLS, as the port asks.
    SomeTls,
}

impl StatedSecurity {
    fn agrees_with(self, other: Self) -> bool {
        match (self, other) {
            (Self::Exactly(this), Self::Exactly(that)) => this == that,
            (Self::SomeTls, Self::Exactly(exact)) | (Self::Exactly(exact), Self::SomeTls) => {
                exact != Security::None
            }
            (Self::SomeTls, Self::SomeTls) => true,
        }
    }
}

impl fmt::Display for StatedSecurity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(security) => security.fmt(f),
            Self::SomeTls => f.write_str("TLS"),
        }
    }
}

impl fmt::Display for StatedServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} port {} ({}), user name {}",
            self.host, self.port, self.security, self.username
        )
    }
}

impl Stated {
    /// The account again, for a file to be made from it and compared. [`StatedSecurity::SomeTls`]
    /// becomes implicit TLS: the format that states it writes both kinds alike.
    pub(crate) fn account(
        &self,
        key: AccountKey,
        provider: Arc<ProviderCard>,
    ) -> Result<MailAccount, ReadError> {
        let address = EmailAddress::try_from(self.address.as_str())?;
        // an address in place of a name may be longer than any name
        let display_name = match self.display_name.as_deref() {
            Some(name) if name != address.as_str() => DisplayName::try_from(name)?,
            _ => DisplayName::from(&address),
        };
        Ok(MailAccount {
            key,
            address,
            display_name,
            provider,
            protocol: self.protocol,
            incoming: self.incoming.login()?,
            outgoing: self.outgoing.login()?,
            own_outgoing_password: false,
        })
    }

    /// An account with these settings, for a format that does not hold the person's key.
    pub(super) fn sample(&self, provider: Arc<ProviderCard>) -> Result<MailAccount, ReadError> {
        let address = EmailAddress::try_from(self.address.as_str())?;
        self.account(AccountKey::of(&Person::new(address)), provider)
    }

    /// Whether `other`, which states all settings, has the same ones. A setting that `self` leaves out follows
    /// from `other`.
    pub(crate) fn follows_from(&self, other: &Self) -> bool {
        let display_name = self.display_name.as_ref().or(other.display_name.as_ref()).cloned();
        Self { display_name, ..self.clone() } == *other
    }

    /// Every setting in which `self` and `other` disagree, with both values. One that either leaves out is not
    /// compared.
    pub fn differences(&self, other: &Self) -> Vec<Difference> {
        let mut found = Vec::new();
        let mut compare = |setting, this: String, that: String| {
            if this != that {
                found.push(Difference { setting, this, that });
            }
        };
        compare("address", self.address.clone(), other.address.clone());
        if let (Some(this), Some(that)) = (&self.display_name, &other.display_name) {
            compare("name", this.clone(), that.clone());
        }
        compare("protocol", self.protocol.to_string(), other.protocol.to_string());
        for (side, this, that) in [
            ("incoming", &self.incoming, &other.incoming),
            ("outgoing", &self.outgoing, &other.outgoing),
        ] {
            let incoming = side == "incoming";
            let setting =
                |incoming_name, outgoing_name| if incoming { incoming_name } else { outgoing_name };
            compare(
                setting("incoming host", "outgoing host"),
                this.host.clone(),
                that.host.clone(),
            );
            compare(
                setting("incoming port", "outgoing port"),
                this.port.to_string(),
                that.port.to_string(),
            );
            compare(
                setting("incoming user name", "outgoing user name"),
                this.username.clone(),
                that.username.clone(),
            );
            if !this.security.agrees_with(that.security) {
                compare(
                    setting("incoming security", "outgoing security"),
                    this.security.to_string(),
                    that.security.to_string(),
                );
            }
        }
        found
    }
}

impl StatedServer {
    fn login(&self) -> Result<ServerLogin, ReadError> {
        let username = LoginName::try_from(self.username.as_str())?;
        Ok(ServerLogin { endpoint: self.endpoint()?, username })
    }

    pub(super) fn endpoint(&self) -> Result<Endpoint, ReadError> {
        Ok(Endpoint {
            host: HostName::try_from(self.host.as_str())?,
            port: NonZeroU16::new(self.port).ok_or(ReadFault::PortZero)?,
            security: match self.security {
                StatedSecurity::Exactly(security) => security,
                StatedSecurity::SomeTls => Security::Tls,
            },
        })
    }
}

impl From<&MailAccount> for Stated {
    fn from(account: &MailAccount) -> Self {
        Self {
            address: account.address.to_string(),
            display_name: Some(account.display_name.to_string()),
            protocol: account.protocol,
            incoming: (&account.incoming).into(),
            outgoing: (&account.outgoing).into(),
            windows_user: None,
        }
    }
}

impl From<&ServerLogin> for StatedServer {
    fn from(server: &ServerLogin) -> Self {
        Self {
            host: server.endpoint.host.to_string(),
            port: server.endpoint.port.get(),
            security: StatedSecurity::Exactly(server.endpoint.security),
            username: server.username.to_string(),
        }
    }
}

/// One setting on which two files do not agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The setting.
    pub setting: &'static str,
    /// Its value in the file at hand.
    pub(crate) this: String,
    /// Its value in the other file.
    pub(crate) that: String,
}
