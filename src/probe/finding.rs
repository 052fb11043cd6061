//! What is wrong with servers, and what to do about it.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use thiserror::Error;

use super::fault::{NameFault, StepFault};
use super::report::{Step, TlsVersion};
use crate::diagnostic::{Count, Listed};
use crate::domain::host::HostName;
use crate::domain::server::{Endpoint, Security};
use crate::domain::setting::{ServerRole, SettingKey, SettingKind};
use crate::provider::Override;

/// How much a [`Finding`] matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Weight {
    /// Mail does not work as the settings are.
    Fault,
    /// Mail works, and something should be looked at.
    Warning,
    /// Nothing depends on it.
    Note,
}

/// A server by its use and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) role: ServerRole,
    pub(crate) endpoint: Endpoint,
    /// The rows that name it, if it is not the provider's.
    pub(crate) rows: Option<u64>,
}

/// What shows that this computer is offline.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum Offline {
    #[error("no name server answers")]
    NoNameServer,
    #[error("it has no way to any server")]
    NoRoute,
}

/// One thing that the probe found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// The reason for it.
    Offline(Offline),
    /// Nothing is known but that the name server of `--resolver` is silent.
    SilentNameServer(SocketAddr),
    /// All names lead to one address of the local network, where no mail server is.
    OneAddress {
        address: IpAddr,
        hosts: u64,
    },
    /// Names are found, and no connection is made to any server.
    NothingConnects {
        ports: Vec<u16>,
        by_this_computer: bool,
    },
    /// Several servers have certificates of the same unknown issuer.
    OneIssuer {
        issuer: String,
        hosts: Vec<String>,
    },
    /// A declared alternative works and the server in use does not.
    AlternativeWorks {
        place: Place,
        why: Why,
        works: Endpoint,
    },
    /// The server works with another port or another kind of encryption.
    OtherPortWorks {
        place: Place,
        why: Why,
        works: Endpoint,
    },
    NoSuchName {
        place: Place,
        fault: NameFault,
        similar: Vec<HostName>,
    },
    /// No server can be connected to on this port, and others can on other ports.
    PortBlocked {
        place: Place,
        fault: StepFault,
    },
    Fails {
        place: Place,
        step: Step,
        fault: StepFault,
    },
    /// The server works by one family of addresses only.
    OneFamily {
        place: Place,
        address: IpAddr,
        step: Step,
        fault: StepFault,
    },
    EndsSoon {
        place: Place,
        days: i64,
    },
    OldTls {
        place: Place,
        oldest: TlsVersion,
    },
    /// The server takes passwords before STARTTLS.
    ClearSignIn {
        place: Place,
    },
    AlternativeFails {
        place: Place,
        why: Why,
    },
}

/// Why a server does not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    Name(NameFault),
    Step(StepFault),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(fault) => fault.fmt(f),
            Self::Step(fault) => fault.fmt(f),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} server {} port {}", self.role, self.endpoint.host, self.endpoint.port)?;
        match self.rows {
            Some(rows) => write!(f, " of {}", Count(rows, "row")),
            None => Ok(()),
        }
    }
}

impl Finding {
    pub(crate) fn weight(&self) -> Weight {
        match self {
            Self::Offline(_)
            | Self::SilentNameServer(_)
            | Self::OneAddress { .. }
            | Self::NothingConnects { .. }
            | Self::OneIssuer { .. }
            | Self::AlternativeWorks { .. }
            | Self::OtherPortWorks { .. }
            | Self::NoSuchName { .. }
            | Self::PortBlocked { .. }
            | Self::Fails { .. } => Weight::Fault,
            Self::OneFamily { .. }
            | Self::EndsSoon { .. }
            | Self::OldTls { .. }
            | Self::ClearSignIn { .. } => Weight::Warning,
            Self::AlternativeFails { .. } => Weight::Note,
        }
    }

    /// Whether it keeps every server from being reached, so that nothing is known about any.
    pub(crate) fn is_of_the_line(&self) -> bool {
        matches!(
            self,
            Self::Offline(_)
                | Self::SilentNameServer(_)
                | Self::OneAddress { .. }
                | Self::NothingConnects { .. }
        )
    }

    /// For programs, stable.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Offline(_) => "offline",
            Self::SilentNameServer(_) => "silent-name-server",
            Self::OneAddress { .. } => "one-address",
            Self::NothingConnects { .. } => "nothing-connects",
            Self::OneIssuer { .. } => "one-issuer",
            Self::AlternativeWorks { .. } => "alternative-works",
            Self::OtherPortWorks { .. } => "other-port-works",
            Self::NoSuchName { .. } => "no-such-name",
            Self::PortBlocked { .. } => "port-blocked",
            Self::Fails { .. } => "server-fails",
            Self::OneFamily { .. } => "one-family",
            Self::EndsSoon { .. } => "server-certificate-ends-soon",
            Self::OldTls { .. } => "old-tls",
            Self::ClearSignIn { .. } => "clear-sign-in",
            Self::AlternativeFails { .. } => "alternative-fails",
        }
    }

    /// The settings that end the fault, for a run with one provider.
    pub(crate) fn change(&self) -> Vec<Override> {
        match self {
            Self::AlternativeWorks { place, works, .. }
            | Self::OtherPortWorks { place, works, .. }
                if place.rows.is_none() =>
            {
                change(place.role, &place.endpoint, works)
            }
            Self::NoSuchName { place, similar, .. }
                if place.rows.is_none() && similar.len() == 1 =>
            {
                let works = Endpoint { host: similar[0].clone(), ..place.endpoint.clone() };
                change(place.role, &place.endpoint, &works)
            }
            _ => Vec::new(),
        }
    }

    /// What the user can do.
    pub(crate) fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Offline(_) => "connect this computer to the internet, and try again".to_owned(),
            Self::SilentNameServer(_) => "name another one with --resolver, or leave it out: then this computer's own are asked".to_owned(),
            Self::OneAddress { .. } => "a Wi-Fi network answers like this before its sign-in page: open any web page, sign in, and try again, or use another network; if these servers are your own, see whether that computer runs".to_owned(),
            Self::NothingConnects { by_this_computer: true, .. } => "a firewall or antivirus program on this computer blocks the connections: allow them for mailmuster, and for mail programs".to_owned(),
            Self::NothingConnects { .. } => "a firewall, an antivirus program or the provider of the line blocks these ports: try another network, a phone's for example, then ask the people who run the firewall".to_owned(),
            Self::OneIssuer { .. } => "antivirus programs and proxies that read encrypted connections issue such certificates: let them leave mail alone; if the authority is your own, name it with --ca FILE".to_owned(),
            Self::AlternativeWorks { place, .. } | Self::OtherPortWorks { place, .. } => {
                return self.rows_hint(place);
            }
            Self::NoSuchName { place, similar, .. } => match similar.as_slice() {
                [] => Step::Name.hint().to_owned(),
                [_] if place.rows.is_none() => return None,
                similar => {
                    let names: Vec<String> = similar.iter().map(ToString::to_string).collect();
                    format!("a mail server answers at {}: ask the provider which is meant", Listed(&names))
                }
            },
            Self::PortBlocked { place, .. } if place.endpoint.port.get() == 25 => "most providers of lines block port 25; programs send mail by port 587 or 465".to_owned(),
            Self::PortBlocked { .. } => Step::Connection.hint().to_owned(),
            Self::Fails { place, step, fault } => hint(place, *step, fault).to_owned(),
            Self::OneFamily { .. } => "programs try the other address, too, and wait for it: report this to the provider".to_owned(),
            Self::EndsSoon { .. } => "the provider has to renew it; without that, programs refuse the server from that day".to_owned(),
            Self::OldTls { .. } => "report this to the provider: RFC 8996 forbids versions before TLS 1.2".to_owned(),
            Self::ClearSignIn { .. } => "the files of mailmuster require STARTTLS; set it as required, never as `if available`, wherever someone types the settings".to_owned(),
            Self::AlternativeFails { .. } => return None,
        })
    }

    fn rows_hint(&self, place: &Place) -> Option<String> {
        let (Self::AlternativeWorks { works, .. } | Self::OtherPortWorks { works, .. }) = self
        else {
            return None;
        };
        place.rows.map(|_| format!("write {works} in these rows, or leave the cells blank"))
    }
}

/// The settings that turn `from` into `to`.
fn change(role: ServerRole, from: &Endpoint, to: &Endpoint) -> Vec<Override> {
    let set = |kind, value: &str| Override::new(SettingKey { role, kind }, value).ok();
    let mut changes = Vec::new();
    if from.host != to.host {
        changes.extend(set(SettingKind::Host, to.host.as_str()));
    }
    if from.port != to.port {
        changes.extend(set(SettingKind::Port, &to.port.to_string()));
    }
    if from.security != to.security {
        changes.extend(set(SettingKind::Security, to.security.id()));
    }
    changes
}

/// What to do about a server that fails at `step`.
fn hint(place: &Place, step: Step, fault: &StepFault) -> &'static str {
    match (step, fault) {
        (_, StepFault::Certificate(_) | StepFault::NoCertificate) => Step::Tls.hint(),
        (_, StepFault::OldTls(_)) => {
            "current systems refuse this server; ask the provider for another one"
        }
        (_, StepFault::NotTls) => "the port wants another kind of encryption: try starttls",
        (_, StepFault::Injected) => {
            "do not sign in over this network; if it happens on others, too, report it to the provider"
        }
        (_, StepFault::TurnedAway { .. }) => {
            "read the server's words: it may be overloaded, or refuse this network; try later, and from another network"
        }
        (_, StepFault::PreAuthenticated) => "report this to the people who run the server",
        (Step::Greeting, StepFault::Silent) if place.endpoint.security != Security::Tls => {
            "the port may want TLS from the first byte: try tls"
        }
        (Step::Connection, StepFault::Forbidden) => {
            "a firewall or antivirus program on this computer blocks the connection"
        }
        (Step::Connection, _) => {
            "other servers answer on this port, so this one may be down: try later, and compare the host with the provider's own page"
        }
        (_, StepFault::Silent | StepFault::TooSlow | StepFault::Endless) => {
            "try again later; if it stays like this, report it to the provider"
        }
        // its certificate is not the reason
        (Step::Tls, _) => Step::StartTls.hint(),
        (Step::Name | Step::Greeting | Step::StartTls | Step::SignIn, _) => step.hint(),
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offline(why) => write!(f, "this computer is offline: {why}"),
            Self::SilentNameServer(address) => {
                write!(f, "the name server {address} does not answer, so no server can be found")
            }
            Self::OneAddress { address, hosts } => write!(
                f,
                "all {} lead to {address}, an address of the local network, and no mail server answers there",
                Count(*hosts, "name")
            ),
            Self::NothingConnects { ports, .. } => {
                let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
                write!(f, "no server can be connected to, on port {}", ports.join(", "))
            }
            Self::OneIssuer { issuer, hosts } => write!(
                f,
                "the certificates of {} are all issued by `{issuer}`, which is not known here",
                Listed(hosts)
            ),
            Self::AlternativeWorks { place, why, works }
            | Self::OtherPortWorks { place, why, works } => {
                write!(f, "use {works} for {}: {place} does not work ({why})", aim(place.role))
            }
            Self::NoSuchName { place, fault, similar }
                if similar.len() == 1 && place.rows.is_none() =>
            {
                write!(
                    f,
                    "use {} for {}: {place} does not work ({fault})",
                    similar[0],
                    aim(place.role)
                )
            }
            Self::NoSuchName { place, fault, .. } => write!(f, "{place} is not found: {fault}"),
            Self::PortBlocked { place, fault } => write!(
                f,
                "port {} is blocked: {place} cannot be connected to ({fault}), while others answer on other ports",
                place.endpoint.port
            ),
            Self::Fails { place, step, fault } => write!(f, "{place} fails at {step}: {fault}"),
            Self::OneFamily { place, address, step, fault } => {
                write!(f, "{place} works, but not at {address}: it fails at {step}: {fault}")
            }
            Self::EndsSoon { place, days } => {
                write!(
                    f,
                    "the certificate of {place} ends in {}",
                    Count(days.unsigned_abs(), "day")
                )
            }
            Self::OldTls { place, oldest } => write!(f, "{place} still accepts {oldest}"),
            Self::ClearSignIn { place } => {
                write!(f, "{place} takes passwords without encryption, too")
            }
            Self::AlternativeFails { place, why } => {
                write!(f, "{place}, a declared alternative, does not work: {why}")
            }
        }
    }
}

/// What a server is for, in words.
fn aim(role: ServerRole) -> &'static str {
    match role {
        ServerRole::Incoming(crate::domain::server::IncomingProtocol::Imap) => "receiving (IMAP)",
        ServerRole::Incoming(crate::domain::server::IncomingProtocol::Pop) => "receiving (POP3)",
        ServerRole::Outgoing => "sending (SMTP)",
    }
}
