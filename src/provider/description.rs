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

/// A mail provider. Every value is valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    pub(crate) id: ProviderId,
    pub(crate) name: String,
    /// The provider's own page about these settings.
    pub(crate) documentation: Option<Link>,
    /// Where people create an app password, if mail programs need one.
    pub(crate) app_password_page: Option<Link>,
    /// The reason why files cannot set this provider up.
    pub refused: Option<String>,
    /// Whether `--provider auto` may choose it.
    pub(crate) automatic: bool,
    /// Whether the file was compared with its sources.
    pub(crate) verified: bool,
    /// The day of the last comparison; without one, the day the file was written. Optional in a
    /// user's own file.
    pub(crate) verified_on: Option<Date>,
    /// The domains of its mailboxes; empty if customers bring their own.
    pub(crate) domains: Vec<Domain>,
    /// Facts about single domains.
    pub(crate) domain_notes: Vec<(Domain, Note)>,
    /// The first of each protocol is used; the others are alternatives.
    pub(crate) incoming: Vec<(IncomingProtocol, Server)>,
    /// The first is used; the others are alternatives.
    pub(crate) outgoing: Vec<Server>,
    /// Facts for the instruction sheet.
    pub notes: Vec<Note>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) host: HostPattern,
    pub(crate) port: NonZeroU16,
    pub(crate) security: Security,
    pub(crate) username: UsernamePattern,
    /// In order of preference.
    pub(crate) authentication: Vec<Authentication>,
    pub(crate) evidence: Evidence,
    /// What another source reports instead.
    pub(crate) disputed: Option<String>,
}

/// Ways to sign in, named as in Mozilla's autoconfig format.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub(crate) enum Authentication {
    /// A password, protected by the connection only.
    #[serde(rename = "password-cleartext")]
    Password,
    /// CRAM-MD5 or similar.
    #[serde(rename = "password-encrypted")]
    EncryptedPassword,
    /// In a browser window of the provider; profiles and scripts cannot do that.
    OAuth2,
    #[serde(rename = "none")]
    None,
}

impl Authentication {
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
    /// The sign-in that a server without password sign-in needs, in words.
    pub(super) fn wants(&self) -> Option<&'static str> {
        let takes = |way| self.authentication.contains(&way);
        if takes(Authentication::Password) {
            None
        } else if takes(Authentication::OAuth2) {
            Some("the browser sign-in (OAuth2) it wants")
        } else if takes(Authentication::None) {
            Some("an account without sign-in")
        } else {
            Some("the encrypted password (CRAM-MD5 or similar) it wants")
        }
    }
}

/// A fact with its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The fact, as a sentence or two.
    pub text: String,
    pub(crate) evidence: Evidence,
}

/// The source of a fact. Optional in a user's own file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Evidence {
    pub(crate) source: Option<String>,
    pub(crate) checked_on: Option<Date>,
}

/// ` (acme.org/help, 2026-11-22)`, for use after the fact; empty if both are missing.
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
    /// Every server with its role, incoming servers first.
    pub(super) fn servers(&self) -> impl Iterator<Item = (ServerRole, &Server)> {
        let incoming = self
            .incoming
            .iter()
            .map(|(protocol, server)| (ServerRole::Incoming(*protocol), server));
        incoming.chain(self.outgoing.iter().map(|server| (ServerRole::Outgoing, server)))
    }

    /// The hosts for `role`, without duplicates.
    pub(super) fn hosts_for(&self, role: ServerRole) -> Vec<String> {
        let mut hosts = Vec::new();
        for host in self.servers().filter(|(r, _)| *r == role).map(|(_, s)| s.host.to_string()) {
            if !hosts.contains(&host) {
                hosts.push(host);
            }
        }
        hosts
    }

    /// The part that files for people show.
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
