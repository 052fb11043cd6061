//! A provider as its file describes it, before a person is known.

use std::fmt;
use std::num::NonZeroU16;

use serde::Deserialize;
use time::Date;

use super::pattern::{HostPattern, UsernamePattern};
use crate::domain::account::ProviderCard;
use crate::domain::host::Domain;
use crate::domain::link::Link;
use crate::domain::provider_id::ProviderId;
use crate::domain::server::{IncomingProtocol, Security};
use crate::domain::setting::ServerRole;

/// A mail provider: everything in it is valid and consistent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    pub(crate) id: ProviderId,
    /// The name people know it by.
    pub(crate) name: String,
    /// The provider's own page about these settings.
    pub(crate) documentation: Option<Link>,
    /// Where a password for mail programs is made, where the ordinary one does not do.
    pub(crate) app_password_page: Option<Link>,
    /// Why no file can set this provider up, if none can.
    pub refused: Option<String>,
    /// Whether `--provider auto` may pick it.
    pub(crate) automatic: bool,
    /// Whether somebody has compared this file with its sources.
    pub(crate) verified: bool,
    /// The day of the last comparison; without one, the day the file was written. Optional in a
    /// user's own file.
    pub(crate) verified_on: Option<Date>,
    /// The domains whose mailboxes live here; empty where customers bring their own.
    pub(crate) domains: Vec<Domain>,
    /// Facts about single domains.
    pub(crate) domain_notes: Vec<(Domain, Note)>,
    /// Servers for fetching mail; the first of a protocol is the one that is used.
    pub(crate) incoming: Vec<(IncomingProtocol, Server)>,
    /// Servers for sending mail; the first is the one that is used.
    pub(crate) outgoing: Vec<Server>,
    /// Facts for the instruction sheet.
    pub notes: Vec<Note>,
}

/// A server as the provider describes it, before a person is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Server {
    /// Its name, perhaps with a placeholder.
    pub(crate) host: HostPattern,
    /// The TCP port.
    pub(crate) port: NonZeroU16,
    /// The protection of the connection.
    pub(crate) security: Security,
    /// The user name it expects.
    pub(crate) username: UsernamePattern,
    /// How it lets people in, preferred first.
    pub(crate) authentication: Vec<Authentication>,
    /// Where these values come from.
    pub(crate) evidence: Evidence,
    /// What another source says against these values.
    pub(crate) disputed: Option<String>,
}

/// How a person proves who they are (the names are those of Mozilla's autoconfig format).
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub(crate) enum Authentication {
    /// A password, protected only by the connection.
    #[serde(rename = "password-cleartext")]
    Password,
    /// CRAM-MD5 or alike.
    #[serde(rename = "password-encrypted")]
    EncryptedPassword,
    /// A browser window of the provider: no profile or script can carry it.
    OAuth2,
    /// No sign-in at all.
    #[serde(rename = "none")]
    None,
}

impl Authentication {
    /// The value in provider files.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Password => "password-cleartext",
            Self::EncryptedPassword => "password-encrypted",
            Self::OAuth2 => "OAuth2",
            Self::None => "none",
        }
    }
}

impl Server {
    /// What no file can carry, where that is all the server takes.
    pub(super) fn wants(&self) -> Option<&'static str> {
        let takes = |way| self.authentication.contains(&way);
        if takes(Authentication::Password) {
            None
        } else if takes(Authentication::OAuth2) {
            Some("the browser sign-in (OAuth2) it wants")
        } else if takes(Authentication::None) {
            Some("an account without sign-in")
        } else {
            Some("the encrypted password (CRAM-MD5 or alike) it wants")
        }
    }
}

/// A fact with its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The fact, as a sentence or two.
    pub text: String,
    /// Where it comes from.
    pub(crate) evidence: Evidence,
}

/// Where a fact comes from. A provider file for one's own use may leave it out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Evidence {
    /// A page, a document, a person.
    pub(crate) source: Option<String>,
    pub(crate) checked_on: Option<Date>,
}

/// ` (acme.org/help, 2026-11-22)`, to follow the fact; nothing if nothing is known.
impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.source, self.checked_on) {
            (Some(source), Some(day)) => write!(f, " ({source}, {day})"),
            (Some(source), None) => write!(f, " ({source})"),
            (None, Some(day)) => write!(f, " ({day})"),
            (None, None) => Ok(()),
        }
    }
}

impl Provider {
    /// Every server with what it is for, incoming ones first.
    pub(super) fn servers(&self) -> impl Iterator<Item = (ServerRole, &Server)> {
        let incoming = self
            .incoming
            .iter()
            .map(|(protocol, server)| (ServerRole::Incoming(*protocol), server));
        incoming.chain(self.outgoing.iter().map(|server| (ServerRole::Outgoing, server)))
    }

    /// The hosts of its servers for `role`, each once.
    pub(super) fn hosts_for(&self, role: ServerRole) -> Vec<String> {
        let mut hosts = Vec::new();
        for host in self.servers().filter(|(r, _)| *r == role).map(|(_, s)| s.host.to_string()) {
            if !hosts.contains(&host) {
                hosts.push(host);
            }
        }
        hosts
    }

    /// The part of the description that files for people repeat.
    pub(crate) fn card(&self) -> ProviderCard {
        ProviderCard {
            id: self.id.clone(),
            name: self.name.clone(),
            page: self.documentation.clone(),
            app_password_page: self.app_password_page.clone(),
            notes: self.notes.iter().map(|note| note.text.clone()).collect(),
        }
    }
}
