//! Single settings of servers, by the name they have everywhere: `imap.host`.

use std::fmt;
use std::num::NonZeroU16;

use super::host::HostName;
use super::server::{IncomingProtocol, Security};

/// The server that a setting speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerRole {
    /// The one that mail is fetched from.
    Incoming(IncomingProtocol),
    /// The one that mail is sent through.
    Outgoing,
}

impl ServerRole {
    pub(crate) const ALL: [Self; 3] = [
        Self::Incoming(IncomingProtocol::Imap),
        Self::Incoming(IncomingProtocol::Pop),
        Self::Outgoing,
    ];

    /// The name in front of the dot: `imap`, `pop`, `smtp`.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Incoming(protocol) => protocol.id(),
            Self::Outgoing => "smtp",
        }
    }
}

impl fmt::Display for ServerRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Incoming(protocol) => write!(f, "incoming ({protocol})"),
            Self::Outgoing => f.write_str("outgoing (SMTP)"),
        }
    }
}

/// What of a server is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SettingKind {
    /// Its name.
    Host,
    /// Its TCP port.
    Port,
    /// The protection of the connection.
    Security,
    /// The user name there.
    Username,
}

impl SettingKind {
    fn id(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Port => "port",
            Self::Security => "security",
            Self::Username => "username",
        }
    }
}

/// The name of one setting of one server: `smtp.port`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SettingKey {
    /// The server.
    pub(crate) role: ServerRole,
    /// What of it.
    pub(crate) kind: SettingKind,
}

impl SettingKey {
    /// Every setting, server by server.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let kinds =
            [SettingKind::Host, SettingKind::Port, SettingKind::Security, SettingKind::Username];
        ServerRole::ALL.into_iter().flat_map(move |role| kinds.map(move |kind| Self { role, kind }))
    }

    /// The setting called `name`.
    pub(crate) fn from_id(name: &str) -> Option<Self> {
        Self::all().find(|key| key.to_string() == name)
    }
}

impl fmt::Display for SettingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.role.id(), self.kind.id())
    }
}

/// One setting with its value, for one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The server.
    pub(crate) role: ServerRole,
    /// The value.
    pub value: SettingValue,
}

/// The value of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingValue {
    /// The server's name.
    Host(HostName),
    /// The TCP port.
    Port(NonZeroU16),
    /// The protection of the connection.
    Security(Security),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_found_by_its_name() {
        assert_eq!(SettingKey::all().count(), 12);
        for key in SettingKey::all() {
            assert_eq!(SettingKey::from_id(&key.to_string()), Some(key));
        }
        assert_eq!(SettingKey::from_id("imap.hots"), None);
    }
}
