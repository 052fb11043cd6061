//! The providers that are built in.

use std::sync::{Arc, LazyLock};

use super::Provider;
use crate::domain::account::ProviderCard;

/// The provider of runs that name none.
pub(crate) const DEFAULT_PROVIDER: &str = "centurylink";

/// Id and provider file of each.
pub const BUILT_IN: &[(&str, &str)] = &[
    ("centurylink", include_str!("../../templates/providers/centurylink.toml")),
    ("qwestoffice", include_str!("../../templates/providers/qwestoffice.toml")),
    ("fastmail", include_str!("../../templates/providers/fastmail.toml")),
    ("zoho", include_str!("../../templates/providers/zoho.toml")),
    ("cpanel", include_str!("../../templates/providers/cpanel.toml")),
    ("microsoft365", include_str!("../../templates/providers/microsoft365.toml")),
    ("gmail", include_str!("../../templates/providers/gmail.toml")),
];

static CARDS: LazyLock<Vec<Arc<ProviderCard>>> = LazyLock::new(|| {
    let card = |(id, _): &(&str, &str)| Provider::load(id).ok().map(|it| Arc::new(it.card()));
    BUILT_IN.iter().filter_map(card).collect()
});

/// What files for people say about the built-in provider `id`.
pub(crate) fn built_in_card(id: &str) -> Option<Arc<ProviderCard>> {
    CARDS.iter().find(|card| card.id.as_str() == id).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::server::{IncomingProtocol, Security};
    use crate::provider::description::Server;

    #[test]
    fn every_built_in_provider_is_valid_and_has_its_own_id() {
        for (id, _) in BUILT_IN {
            assert_eq!(Provider::load(id).unwrap().id.as_str(), *id);
        }
        assert!(Provider::load(DEFAULT_PROVIDER).is_ok());
    }

    #[test]
    fn every_built_in_provider_is_verified_and_names_its_sources() {
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
    fn providers_that_files_cannot_set_up_give_a_reason() {
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
    fn qwestoffice_is_never_chosen_automatically_and_has_no_imap() {
        let provider = Provider::load("qwestoffice").unwrap();
        assert!(!provider.automatic);
        assert!(provider.incoming.iter().all(|(protocol, _)| *protocol == IncomingProtocol::Pop));
        assert_eq!(provider.incoming[0].1.security, Security::None);
    }

    #[test]
    fn centurylink_follows_the_guide_and_lists_the_disputed_host() {
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
