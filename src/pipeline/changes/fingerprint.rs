//! What decides a person's files, in 16 bytes: as long as they stay the same, nothing has to be made.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::domain::account::{MailAccount, PersonAccounts, ProviderCard};
use crate::domain::language::Language;
use crate::domain::link::Link;
use crate::domain::platform::Platform;
use crate::domain::server::ServerLogin;
use crate::ledger::Fingerprint;
use crate::render::{Setup, sample};

/// Takes fingerprints of the people of one run. Who signs, when, the order of the list and the tool's
/// version are not part of them.
#[derive(Debug)]
pub(crate) struct Fingerprinter {
    /// Everything that the people of a run share.
    shared: Sha256,
    language: Language,
    /// The last provider and its digest: almost always the next person's too.
    card: Option<(Arc<ProviderCard>, [u8; 32])>,
}

impl Fingerprinter {
    pub(crate) fn new(setup: &Setup) -> Self {
        let mut shared = Sha256::new();
        for text in [
            Some(setup.identifier.as_str()),
            setup.organization.as_deref(),
            setup.contact.as_ref().map(|contact| contact.as_str()),
            Some(setup.trust.id()),
        ] {
            optional(&mut shared, text);
        }
        for format in &setup.formats {
            text(&mut shared, format.format().id);
            shared.update(sample::digest(*format));
        }
        Self { shared, language: setup.language, card: None }
    }

    /// The fingerprint of `person`.
    pub(crate) fn of(&mut self, person: &PersonAccounts) -> Fingerprint {
        let mut hash = self.shared.clone();
        text(&mut hash, person.key.as_str());
        for platform in Platform::ALL {
            hash.update([u8::from(person.platforms.contains(platform))]);
        }
        text(&mut hash, person.language.unwrap_or(self.language).tag());
        for account in person.iter() {
            hash.update(self.card(&account.provider));
            add(&mut hash, account);
        }
        let digest: [u8; 32] = hash.finalize().into();
        let mut start = [0; 16];
        start.copy_from_slice(&digest[..16]);
        Fingerprint(start)
    }

    fn card(&mut self, card: &Arc<ProviderCard>) -> [u8; 32] {
        if let Some((last, digest)) = &self.card
            && Arc::ptr_eq(last, card)
        {
            return *digest;
        }
        let mut hash = Sha256::new();
        let page = card.page.as_ref().map(Link::as_str);
        for part in [
            Some(card.id.as_str()),
            Some(&card.name),
            page,
            card.app_password_page.as_ref().map(Link::as_str),
        ] {
            optional(&mut hash, part);
        }
        for note in &card.notes {
            text(&mut hash, note);
        }
        let digest = hash.finalize().into();
        self.card = Some((Arc::clone(card), digest));
        digest
    }
}

fn add(hash: &mut Sha256, account: &MailAccount) {
    text(hash, account.key.as_str());
    text(hash, account.address.as_str());
    text(hash, account.display_name.as_str());
    text(hash, account.protocol.id());
    server(hash, &account.incoming);
    server(hash, &account.outgoing);
    hash.update([u8::from(account.own_outgoing_password)]);
}

fn server(hash: &mut Sha256, server: &ServerLogin) {
    text(hash, server.endpoint.host.as_str());
    hash.update(server.endpoint.port.get().to_le_bytes());
    text(hash, server.endpoint.security.id());
    text(hash, server.username.as_str());
}

/// A text with its length before it, so that no two rows of texts run together alike.
fn text(hash: &mut Sha256, text: &str) {
    hash.update((text.len() as u64).to_le_bytes());
    hash.update(text);
}

fn optional(hash: &mut Sha256, part: Option<&str>) {
    hash.update([u8::from(part.is_some())]);
    text(hash, part.unwrap_or_default());
}
