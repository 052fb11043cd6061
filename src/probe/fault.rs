//! Why a step failed.

use std::io;
use std::net::SocketAddr;

use thiserror::Error;

use super::report::TlsVersion;
use super::text::ServerText;
use super::time_limit::Deadline;
use crate::diagnostic::Listed;
use crate::sign::server::CertificateFault;

/// Why a name leads nowhere.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum NameFault {
    #[error("there is no such name")]
    NoSuchName,
    /// The name exists, perhaps for other services.
    #[error("the name has no address")]
    NoAddress,
    /// Of those that the system names.
    #[error("no name server answers")]
    NoAnswer,
    /// The one that `--resolver` names.
    #[error("the name server {0} does not answer")]
    Silent(SocketAddr),
    #[error("the name server cannot answer: {0}")]
    Failed(String),
}

/// Why a connection, TLS or a conversation failed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum StepFault {
    #[error("the connection is refused")]
    Refused,
    #[error("nothing answers")]
    NoAnswer,
    #[error("this computer has no way to that address")]
    NoRoute,
    #[error("this computer does not allow the connection")]
    Forbidden,
    #[error("the connection fails: {0}")]
    Network(io::ErrorKind),
    #[error("the server is silent")]
    Silent,
    #[error("the server takes too long")]
    TooSlow,
    #[error("the server closes the connection")]
    Closed,
    #[error("the server sends more than a mail server would")]
    Endless,
    #[error("the server does not answer with TLS")]
    NotTls,
    #[error("the server speaks only {0}, which is no longer secure")]
    OldTls(TlsVersion),
    #[error("TLS fails: {0}")]
    Handshake(String),
    #[error("the server has no certificate")]
    NoCertificate,
    #[error("the certificate cannot be accepted: {}", all(.0))]
    Certificate(Vec<CertificateFault>),
    /// It answered, as another kind of server would.
    #[error("this is not a mail server of this kind: `{line}`")]
    OtherProtocol { line: ServerText },
    #[error("the server turns this computer away: `{line}`")]
    TurnedAway { line: ServerText },
    /// A mailbox would be open without a password.
    #[error("the server wants no sign-in (PREAUTH)")]
    PreAuthenticated,
    #[error("the server does not offer STARTTLS")]
    NoStartTls,
    #[error("the server refuses STARTTLS: `{line}`")]
    StartTlsRefused { line: ServerText },
    /// CVE-2011-0411 and its successors.
    #[error(
        "something follows the answer to STARTTLS, unencrypted: someone may be changing the connection"
    )]
    Injected,
    #[error("the server does not say what it offers: `{line}`")]
    NoCapabilities { line: ServerText },
    #[error("the server takes no password on this connection{}", offers(.0))]
    NoPassword(Vec<String>),
}

fn all(faults: &[CertificateFault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn offers(methods: &[String]) -> String {
    if methods.is_empty() { String::new() } else { format!(", only {}", Listed(methods)) }
}

impl StepFault {
    /// A connection that was not made.
    pub(super) fn of_connecting(error: &io::Error) -> Self {
        use io::ErrorKind as Kind;
        match error.kind() {
            Kind::ConnectionRefused => Self::Refused,
            Kind::TimedOut | Kind::WouldBlock => Self::NoAnswer,
            Kind::NetworkUnreachable
            | Kind::HostUnreachable
            | Kind::AddrNotAvailable
            | Kind::NetworkDown => Self::NoRoute,
            // a firewall on this computer: EACCES, EPERM, WSAEACCES
            Kind::PermissionDenied => Self::Forbidden,
            // made, and ended at once
            Kind::ConnectionReset => Self::Closed,
            kind => Self::Network(kind),
        }
    }

    /// A connection that broke.
    pub(super) fn of_talking(error: &io::Error, deadline: Deadline) -> Self {
        use io::ErrorKind as Kind;
        match error.kind() {
            Kind::TimedOut | Kind::WouldBlock if deadline.is_over() => Self::TooSlow,
            Kind::TimedOut | Kind::WouldBlock => Self::Silent,
            Kind::ConnectionReset
            | Kind::ConnectionAborted
            | Kind::BrokenPipe
            | Kind::UnexpectedEof
            | Kind::NotConnected => Self::Closed,
            kind => Self::Network(kind),
        }
    }

    /// Whether nothing reached the server: a firewall, or nothing listens there.
    pub(crate) fn is_unreached(&self) -> bool {
        matches!(
            self,
            Self::Refused | Self::NoAnswer | Self::NoRoute | Self::Forbidden | Self::Network(_)
        )
    }
}
