//! Servers: where a mail program connects, and how.

use std::fmt;
use std::num::NonZeroU16;

use super::host::HostName;
use super::name::LoginName;

/// How the connection is protected. Never guessed from a port: Spectrum runs implicit TLS on 587.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Security {
    /// TLS from the first byte ("SSL" in Apple's and Outlook's words).
    Tls,
    /// A plain connection that must be upgraded before anything else (RFC 3207, RFC 9051 §6.2.1).
    StartTls,
    /// No protection.
    None,
}

impl Security {
    /// The value in provider files and data blocks: `tls`, `starttls`, `none`.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Tls => "tls",
            Self::StartTls => "starttls",
            Self::None => "none",
        }
    }

    /// The value whose id is `text`.
    pub(crate) fn from_id(text: &str) -> Option<Self> {
        [Self::Tls, Self::StartTls, Self::None].into_iter().find(|s| s.id() == text)
    }
}

impl fmt::Display for Security {
    /// As a mail program's set-up form words it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tls => "SSL/TLS",
            Self::StartTls => "STARTTLS",
            Self::None => "none",
        })
    }
}

/// How mail is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum IncomingProtocol {
    /// Mail stays on the server and is the same on every device (RFC 9051).
    Imap,
    /// Mail is downloaded (RFC 1939).
    Pop,
}

impl IncomingProtocol {
    /// The value on the command line and in provider files: `imap`, `pop`.
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

/// A host, a port and the protection of the connection: always all three.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The server's name.
    pub host: HostName,
    /// The TCP port.
    pub(crate) port: NonZeroU16,
    /// The protection.
    pub security: Security,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} port {} ({})", self.host, self.port, self.security)
    }
}

/// A server as one account uses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerLogin {
    /// Where to connect.
    pub endpoint: Endpoint,
    /// The user name there.
    pub username: LoginName,
}
