//! What decides a person's files, in 16 bytes: as long as they stay the same, nothing has to be made.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::domain::account::{MailAccount, PersonAccounts, ProviderCard};
use crate::domain::language::Language;
use crate::domain::link::Link;
use crate::domain::platform::{Platform, Platforms};
use crate::domain::server::ServerLogin;
use crate::ledger::Fingerprint;
use crate::render::{Format, Setup, sample};

/// Takes fingerprints of the people of one run. Who signs, when, the order of the list and the tool's
/// version are not part of them.
#[derive(Debug)]
pub(crate) struct Fingerprinter {
    /// Everything that the people of a run share, apart from the formats.
    base: Sha256,
    /// Each format of the run with the digest of what it makes of samples.
    formats: Vec<(&'static Format, [u8; 32])>,
    /// The base with the formats that people with these devices get: there are eight at most.
    shared: Vec<(Platforms, Sha256)>,
    language: Language,
    /// The last provider and its digest: almost always the next person's too.
    card: Option<(Arc<ProviderCard>, [u8; 32])>,
}

impl Fingerprinter {
    pub(crate) fn new(setup: &Setup) -> Self {
        let mut base = Sha256::new();
        for text in [
            Some(setup.identifier.as_str()),
            setup.organization.as_deref(),
            setup.contact.as_ref().map(|contact| contact.as_str()),
            Some(setup.trust.id()),
        ] {
            optional(&mut base, text);
        }
        let formats = setup.formats.iter().map(|it| (it.format(), sample::digest(*it))).collect();
        Self { base, formats, shared: Vec::new(), language: setup.language, card: None }
    }

    /// The fingerprint of `person`.
    pub(crate) fn of(&mut self, person: &PersonAccounts) -> Fingerprint {
        let mut hash = self.shared(person.platforms);
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

    /// What people with these devices share: a format that they do not get is no part of it.
    fn shared(&mut self, platforms: Platforms) -> Sha256 {
        if let Some((_, shared)) = self.shared.iter().find(|(of, _)| *of == platforms) {
            return shared.clone();
        }
        let mut shared = self.base.clone();
        for (format, digest) in self.formats.iter().filter(|(it, _)| it.is_for(platforms)) {
            text(&mut shared, format.id);
            shared.update(digest);
        }
        self.shared.push((platforms, shared.clone()));
        shared
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
