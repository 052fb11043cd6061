//! What each format makes of people who do not exist: as long as the digest stays the same, this version
//! writes the same files as the version that took it. It covers templates and code alike, without a
//! version number that someone could forget to raise.

use std::num::NonZeroU16;
use std::sync::{Arc, OnceLock};

use sha2::{Digest, Sha256};

use super::{Part, RENDERERS, Renderer, Setup, SigningMode};
use crate::domain::account::{AccountKey, MailAccount, PersonAccounts, ProviderCard};
use crate::domain::contact::Contact;
use crate::domain::email::EmailAddress;
use crate::domain::host::HostName;
use crate::domain::identifier::ReverseDns;
use crate::domain::language::Language;
use crate::domain::link::Link;
use crate::domain::name::{DisplayName, LoginName};
use crate::domain::person::Person;
use crate::domain::server::{Endpoint, IncomingProtocol, Security, ServerLogin};

/// SHA-256 of what `renderer` makes of the samples. Taken once for each format of the registry.
pub(crate) fn digest(renderer: &'static dyn Renderer) -> [u8; 32] {
    static DIGESTS: OnceLock<Vec<(&'static str, [u8; 32])>> = OnceLock::new();
    let digests = DIGESTS.get_or_init(|| {
        RENDERERS.iter().map(|renderer| (renderer.format().id, compute(*renderer))).collect()
    });
    let known = digests.iter().find(|(id, _)| *id == renderer.format().id);
    known.map_or_else(|| compute(renderer), |(_, digest)| *digest)
}

fn compute(renderer: &'static dyn Renderer) -> [u8; 32] {
    let mut hash = Sha256::new();
    for (setup, person) in samples() {
        // a format that cannot hold a sample today may hold it tomorrow: that is a difference too
        match renderer.render(Part::from(&person), &setup) {
            Ok(content) => {
                hash.update((content.len() as u64).to_le_bytes());
                hash.update(content.shared);
                hash.update(&content.own);
            }
            Err(_) => hash.update([0xff; 9]),
        }
        hash.update(renderer.file_name(person.first.provider.stem(), 1).to_string());
    }
    hash.finalize().into()
}

/// Each language with each label of a signature; each protocol, protection and kind of login.
pub(crate) fn samples() -> Vec<(Setup, PersonAccounts)> {
    let Some(identifier) = ReverseDns::try_from("com.example.sample").ok() else {
        return Vec::new();
    };
    let people = [IncomingProtocol::Imap, IncomingProtocol::Pop].map(person);
    let mut samples = Vec::new();
    for (number, language) in Language::all().enumerate() {
        for (trust, label) in SigningMode::ALL.into_iter().enumerate() {
            let is_bare = (number + trust) % 2 == 0;
            let setup = Setup {
                organization: (!is_bare).then(|| "Smith & Sons".to_owned()),
                contact: Contact::try_from("Help desk <it@example.com>").ok().filter(|_| !is_bare),
                language,
                trust: label,
                formats: RENDERERS.to_vec(),
                ..Setup::of(identifier.clone())
            };
            let person = people[(number + trust) % people.len()].clone();
            samples.extend(person.map(|person| (setup, person)));
        }
    }
    samples
}

fn person(protocol: IncomingProtocol) -> Option<PersonAccounts> {
    let card = ProviderCard {
        id: "sample".parse().ok()?,
        name: "Sample & Co".to_owned(),
        page: Link::try_from("https://example.com/?a=1&b=2").ok(),
        app_password_page: Link::try_from("https://example.com/app")
            .ok()
            .filter(|_| protocol == IncomingProtocol::Pop),
        notes: vec!["The user name is the <whole> address.".to_owned()],
    };
    let card = Arc::new(card);
    let account = |address: &str, login: &str, secure: bool| -> Option<MailAccount> {
        let address = EmailAddress::try_from(address).ok()?;
        let server = |host: &str, port: u16, security: Security| {
            Some(ServerLogin {
                endpoint: Endpoint {
                    host: HostName::try_from(host).ok()?,
                    port: NonZeroU16::new(port)?,
                    security,
                },
                username: LoginName::try_from(login).ok()?,
            })
        };
        let security = if secure { Security::Tls } else { Security::StartTls };
        Some(MailAccount {
            key: AccountKey::of(&Person::new(address.clone())),
            display_name: DisplayName::try_from("Zoë “Z” O’Brien & 'Co' <b>$(calc) 田中").ok()?,
            address,
            provider: Arc::clone(&card),
            protocol,
            incoming: server("in.example.com", if secure { 993 } else { 110 }, security)?,
            outgoing: server("out.example.com", if secure { 465 } else { 587 }, security)?,
            own_outgoing_password: !secure,
        })
    };
    let first = account("zoe@example.com", "zoe@example.com", protocol == IncomingProtocol::Imap)?;
    let second = account("sales@münchen.example", "sales", protocol != IncomingProtocol::Imap)?;
    let mut person = PersonAccounts::from(first);
    if protocol == IncomingProtocol::Pop {
        person.more.push(second);
    }
    Some(person)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_sample_for_each_language_and_label() {
        assert_eq!(samples().len(), Language::all().len() * SigningMode::ALL.len());
    }

    #[test]
    fn every_format_holds_every_sample_and_has_a_digest_of_its_own() {
        for (setup, person) in samples() {
            for renderer in RENDERERS {
                renderer.render(Part::from(&person), &setup).unwrap();
            }
        }
        let mut digests: Vec<_> = RENDERERS.iter().map(|renderer| digest(*renderer)).collect();
        digests.sort_unstable();
        digests.dedup();
        assert_eq!(digests.len(), RENDERERS.len());
    }
}
