//! Servers and how mail programs connect to them.

use std::fmt;
use std::num::NonZeroU16;

use super::host::HostName;
use super::name::LoginName;

/// The protection of a connection. Never guessed from a port: Spectrum uses implicit TLS on 587.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Security {
    /// TLS from the first byte ("SSL" at Apple and in Outlook).
    Tls,
    /// A plain connection that is upgraded before anything else (RFC 3207, RFC 9051 §6.2.1).
    StartTls,
    /// No protection.
    None,
}

impl Security {
    /// As in provider files and data blocks.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Tls => "tls",
            Self::StartTls => "starttls",
            Self::None => "none",
        }
    }

    pub(crate) fn from_id(text: &str) -> Option<Self> {
        [Self::Tls, Self::StartTls, Self::None].into_iter().find(|s| s.id() == text)
    }
}

impl fmt::Display for Security {
    /// As in the set-up forms of mail programs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tls => "SSL/TLS",
            Self::StartTls => "STARTTLS",
            Self::None => "none",
        })
    }
}

/// Protocols for receiving mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum IncomingProtocol {
    /// Mail stays on the server and is the same on every device (RFC 9051).
    Imap,
    /// Mail is downloaded (RFC 1939).
    Pop,
}

impl IncomingProtocol {
    /// As on the command line and in provider files.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Imap => "imap",
            Self::Pop => "pop",
        }
    }
}

impl fmt::Display for IncomingProtocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Imap => "IMAP",
            Self::Pop => "POP3",
        })
    }
}

/// Host, port and security always belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// In ASCII form.
    pub host: HostName,
    pub(crate) port: NonZeroU16,
    /// The protection of the connection.
    pub security: Security,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} port {} ({})", self.host, self.port, self.security)
    }
}

/// A server and the user name of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerLogin {
    /// The server.
    pub endpoint: Endpoint,
    /// As the server expects it.
    pub username: LoginName,
}
