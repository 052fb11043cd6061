//! Single settings of servers and their names, e.g. `imap.host`.

use std::fmt;
use std::num::NonZeroU16;

use super::host::HostName;
use super::server::{IncomingProtocol, Security};

/// The use of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerRole {
    Incoming(IncomingProtocol),
    Outgoing,
}

impl ServerRole {
    pub(crate) const ALL: [Self; 3] = [
        Self::Incoming(IncomingProtocol::Imap),
        Self::Incoming(IncomingProtocol::Pop),
        Self::Outgoing,
    ];

    /// The part of a name before the dot: `imap`, `pop`, `smtp`.
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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SettingKind {
    Host,
    Port,
    Security,
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
    pub(crate) role: ServerRole,
    pub(crate) kind: SettingKind,
}

impl SettingKey {
    /// All settings, by server.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let kinds =
            [SettingKind::Host, SettingKind::Port, SettingKind::Security, SettingKind::Username];
        ServerRole::ALL.into_iter().flat_map(move |role| kinds.map(move |kind| Self { role, kind }))
    }

    pub(crate) fn from_id(name: &str) -> Option<Self> {
        Self::all().find(|key| key.to_string() == name)
    }
}

impl fmt::Display for SettingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.role.id(), self.kind.id())
    }
}

/// One setting of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    pub(crate) role: ServerRole,
    pub value: SettingValue,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingValue {
    Host(HostName),
    Port(NonZeroU16),
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
