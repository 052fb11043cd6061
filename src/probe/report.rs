//! What was seen of a server.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::fault::{NameFault, StepFault};
use super::target::Target;
pub(crate) use crate::domain::step::Step;
use crate::sign::server::ServerCertificate;

/// Everything that was seen of one server.
#[derive(Clone, Debug)]
pub(crate) struct ServerReport {
    pub(crate) target: Target,
    pub(crate) name: Result<Addresses, NameFault>,
    /// How long the name servers took.
    pub(crate) name_time: Duration,
    /// The addresses that were tried, IPv4 first.
    pub(crate) paths: Vec<Path>,
    /// The oldest version of TLS that the server accepts.
    pub(crate) weakest: Option<TlsVersion>,
}

/// What a host name leads to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Addresses {
    /// CNAME records, in order.
    pub(crate) aliases: Vec<String>,
    /// IPv4 first.
    pub(crate) addresses: Vec<IpAddr>,
}

/// The way to one address of a server, as far as it went.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    pub(crate) address: SocketAddr,
    /// The steps that were taken, with their time; the last one failed if there is a fault.
    pub(crate) steps: Vec<(Step, Duration)>,
    pub(crate) tls: Option<TlsFacts>,
    pub(crate) certificate: Option<ServerCertificate>,
    /// What the server offers before STARTTLS.
    pub(crate) before: Option<Offer>,
    /// What the server offers in the end.
    pub(crate) offer: Option<Offer>,
    pub(crate) fault: Option<(Step, StepFault)>,
}

/// What a server offers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Offer {
    /// In the words of the protocol, made harmless.
    pub(crate) capabilities: Vec<String>,
    /// Sign-in methods, by their names in the protocol.
    pub(crate) methods: Vec<String>,
    /// Whether a plain password is one of them.
    pub(crate) takes_password: bool,
    pub(crate) has_starttls: bool,
}

/// The connection as it was agreed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TlsFacts {
    pub(crate) version: TlsVersion,
    pub(crate) cipher: String,
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TlsVersion {
    V10,
    V11,
    V12,
    V13,
}

impl TlsVersion {
    /// The oldest that mail programs accept (RFC 8996).
    pub(crate) const OLDEST_SOUND: Self = Self::V12;
}

impl fmt::Display for TlsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V10 => "TLS 1.0",
            Self::V11 => "TLS 1.1",
            Self::V12 => "TLS 1.2",
            Self::V13 => "TLS 1.3",
        })
    }
}

impl ServerReport {
    /// Whether a mail program can use the server, over at least one address.
    pub(crate) fn works(&self) -> bool {
        self.paths.iter().any(Path::works)
    }

    /// The first address that works.
    pub(crate) fn working_path(&self) -> Option<&Path> {
        self.paths.iter().find(|path| path.works())
    }

    /// Where the server failed: the fault of the address that went furthest.
    pub(crate) fn fault(&self) -> Option<(Step, &StepFault)> {
        if self.works() {
            return None;
        }
        let faults = self.paths.iter().filter_map(|path| path.fault.as_ref());
        // of two that went equally far, the first
        let furthest = faults.reduce(|best, next| if next.0 > best.0 { next } else { best });
        furthest.map(|(step, fault)| (*step, fault))
    }
}

impl Path {
    pub(super) fn new(address: SocketAddr) -> Self {
        Self {
            address,
            steps: Vec::new(),
            tls: None,
            certificate: None,
            before: None,
            offer: None,
            fault: None,
        }
    }

    pub(crate) fn works(&self) -> bool {
        self.fault.is_none()
    }

    /// Whether the address answered at all.
    pub(crate) fn is_connected(&self) -> bool {
        !matches!(self.fault, Some((Step::Connection, _)))
    }
}
