//! Mail providers: where mail is fetched and sent, and who may have an account there.

use std::fmt;
use std::path::Path;

use time::Date;

use crate::bounded;
use crate::domain::account::ProviderCard;
use crate::domain::host::Domain;
use crate::domain::link::Link;
use crate::domain::provider_id::ProviderId;
use crate::domain::server::IncomingProtocol;

pub(crate) mod check;
pub(crate) mod error;
pub mod import;
mod known;
pub(crate) mod overrides;
pub(crate) mod own;
pub(crate) mod pattern;
mod refusal;
pub(crate) mod resolve;
mod route;
mod spec;
mod write;

pub(crate) use error::ProviderError;
pub(crate) use import::Imported;
pub(crate) use overrides::{Override, OverrideError};
pub(crate) use refusal::Refusal;
pub use resolve::{AUTOMATIC, Resolver};
pub use route::Policy;

use crate::domain::server::Security;
use pattern::{HostPattern, UsernamePattern};
use std::num::NonZeroU16;
use std::sync::{Arc, LazyLock};

/// The provider used where none is named.
pub(crate) const DEFAULT_PROVIDER: &str = "centurylink";

/// The providers that are built in: id and file.
pub const BUILT_IN: &[(&str, &str)] = &[
    ("centurylink", include_str!("../../templates/providers/centurylink.toml")),
    ("qwestoffice", include_str!("../../templates/providers/qwestoffice.toml")),
    ("fastmail", include_str!("../../templates/providers/fastmail.toml")),
    ("zoho", include_str!("../../templates/providers/zoho.toml")),
    ("cpanel", include_str!("../../templates/providers/cpanel.toml")),
    ("microsoft365", include_str!("../../templates/providers/microsoft365.toml")),
    ("gmail", include_str!("../../templates/providers/gmail.toml")),
];

/// What files say about each built-in provider.
static CARDS: LazyLock<Vec<Arc<ProviderCard>>> = LazyLock::new(|| {
    let card = |(id, _): &(&str, &str)| Provider::load(id).ok().map(|it| Arc::new(it.card()));
    BUILT_IN.iter().filter_map(card).collect()
});

/// What files say about the built-in provider `id`.
pub(crate) fn built_in_card(id: &str) -> Option<Arc<ProviderCard>> {
    CARDS.iter().find(|card| card.id.as_str() == id).cloned()
}

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Authentication {
    /// A password, protected only by the connection (`password-cleartext`).
    Password,
    /// CRAM-MD5 or alike (`password-encrypted`).
    EncryptedPassword,
    /// A browser window of the provider (`OAuth2`): no profile or script can carry it.
    OAuth2,
    /// No sign-in at all (`none`).
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
    fn wants(&self) -> Option<&'static str> {
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
    /// The provider built in under an id, or described by a file. A file must not claim the id of a
    /// built-in provider: manifests name the provider by it.
    pub fn load(id_or_file: &str) -> Result<Self, ProviderError> {
        let text = Self::source(id_or_file)?;
        Self::parse(id_or_file, &text)?.with_own_id(id_or_file, &text)
    }

    /// Whether `id_or_file` is the id of a built-in provider.
    pub(crate) fn is_built_in(id_or_file: &str) -> bool {
        BUILT_IN.iter().any(|(id, _)| *id == id_or_file)
    }

    fn with_own_id(self, file: &str, text: &str) -> Result<Self, ProviderError> {
        let is_copy = BUILT_IN.contains(&(self.id.as_str(), text));
        let is_reserved = Self::is_built_in(self.id.as_str()) || self.id.as_str() == AUTOMATIC;
        if is_reserved && !is_copy {
            return Err(ProviderError::BuiltInId { file: file.to_owned(), id: self.id });
        }
        Ok(self)
    }

    /// The text of the provider built in under an id, or of a file.
    pub(crate) fn source(id_or_file: &str) -> Result<String, ProviderError> {
        if let Some((_, text)) = BUILT_IN.iter().find(|(id, _)| *id == id_or_file) {
            return Ok((*text).to_owned());
        }
        let path = Path::new(id_or_file);
        let looks_like_a_file =
            path.extension().is_some() || path.components().count() > 1 || path.exists();
        if !looks_like_a_file {
            return Err(ProviderError::Unknown(id_or_file.to_owned()));
        }
        bounded::read_to_string(path, bounded::SMALL)
            .map_err(|error| ProviderError::Unreadable { file: id_or_file.to_owned(), error })
    }

    /// Reads a file in Mozilla's autoconfig format; `id` is made from the file where absent.
    pub(crate) fn import(
        path: &Path,
        id: Option<ProviderId>,
        today: Date,
    ) -> Result<Imported, ProviderError> {
        let imported = import::read(path, id, today)?;
        imported.provider.clone().with_own_id(&path.display().to_string(), &imported.text)?;
        Ok(imported)
    }

    /// What files tell about it.
    pub(crate) fn card(&self) -> ProviderCard {
        ProviderCard {
            id: self.id.clone(),
            name: self.name.clone(),
            page: self.documentation.clone(),
            app_password_page: self.app_password_page.clone(),
            notes: self.notes.iter().map(|note| note.text.clone()).collect(),
        }
    }

    /// Reads the text of the provider file `file`.
    pub fn parse(file: &str, text: &str) -> Result<Self, ProviderError> {
        spec::parse(file, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_provider_is_sound_and_named_for_its_id() {
        for (id, _) in BUILT_IN {
            assert_eq!(Provider::load(id).unwrap().id.as_str(), *id);
        }
        assert!(Provider::load(DEFAULT_PROVIDER).is_ok());
    }

    #[test]
    fn no_file_claims_the_id_of_a_built_in_provider() {
        let file = "own.toml";
        let copy = Provider::source("fastmail").unwrap();
        for (text, taken) in [
            (copy.clone(), None),
            (copy.replace("imap.fastmail.com", "imap.fastmail.example"), Some("fastmail")),
            (copy.replace("id = \"fastmail\"", "id = \"centurylink\""), Some("centurylink")),
            (copy.replace("id = \"fastmail\"", "id = \"auto\""), Some("auto")),
            (copy.replace("id = \"fastmail\"", "id = \"own\""), None),
        ] {
            let loaded = Provider::parse(file, &text).unwrap().with_own_id(file, &text);
            let error = loaded.err().map(|error| error.to_string());
            let expected = taken.map(|id| {
                format!("`{file}` has the id `{id}`, which is reserved for the built-in provider")
            });
            assert_eq!(error, expected);
        }
    }

    #[test]
    fn every_built_in_provider_is_verified_and_says_where_it_is_from() {
        for (id, _) in BUILT_IN {
            let provider = Provider::load(id).unwrap();
            assert!(provider.verified, "{id}");
            assert!(provider.verified_on.is_some(), "{id}");
            let servers = provider.servers().map(|(_, server)| &server.evidence);
            let notes = provider.notes.iter().map(|note| &note.evidence);
            let domain_notes = provider.domain_notes.iter().map(|(_, note)| &note.evidence);
            for evidence in servers.chain(notes).chain(domain_notes) {
                assert!(evidence.source.as_ref().is_some_and(|source| !source.is_empty()), "{id}");
                assert!(evidence.checked_on.is_some(), "{id}");
            }
        }
    }

    #[test]
    fn providers_that_no_file_can_set_up_say_why() {
        let refused: Vec<&str> = BUILT_IN
            .iter()
            .filter(|(id, _)| Provider::load(id).unwrap().refused.is_some())
            .map(|(id, _)| *id)
            .collect();
        assert_eq!(refused, ["microsoft365", "gmail"]);
        let gmail = Provider::load("gmail").unwrap();
        assert!(
            gmail
                .card()
                .app_password_page
                .unwrap()
                .as_str()
                .starts_with("https://support.google.com/")
        );
    }

    #[test]
    fn qwestoffice_is_off_unless_asked_and_has_no_imap() {
        let provider = Provider::load("qwestoffice").unwrap();
        assert!(!provider.automatic);
        assert!(provider.incoming.iter().all(|(protocol, _)| *protocol == IncomingProtocol::Pop));
        assert_eq!(provider.incoming[0].1.security, Security::None);
    }

    #[test]
    fn centurylink_follows_the_guide_and_declares_the_other_host() {
        let provider = Provider::load("centurylink").unwrap();
        let imap: Vec<&Server> = provider
            .incoming
            .iter()
            .filter(|(protocol, _)| *protocol == IncomingProtocol::Imap)
            .map(|(_, server)| server)
            .collect();
        assert_eq!(imap[0].host.to_string(), "imap.centurylink.net");
        assert!(imap[0].disputed.as_ref().unwrap().contains("mail.centurylink.net"));
        assert_eq!(imap[1].host.to_string(), "mail.centurylink.net");
        assert_eq!(provider.domains.len(), 18);
        assert!(!provider.domains.iter().any(|domain| domain.as_str() == "qwestoffice.net"));
    }
}
