//! A person's accounts at a provider: complete, without placeholders.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::email::EmailAddress;
use super::label::Labels;
use super::language::Language;
use super::link::Link;
use super::name::DisplayName;
use super::person::{Person, PersonId};
use super::platform::Platforms;
use super::provider_id::ProviderId;
use super::server::{IncomingProtocol, ServerLogin};
use super::slug::is_reserved;
use super::text::hex;

/// The accounts of one person: the only input of every renderer.
#[derive(Clone, Debug)]
pub struct PersonAccounts {
    /// Stays the same when names, servers and further mailboxes change.
    pub(crate) key: AccountKey,
    /// The first, which names the bundle.
    pub first: MailAccount,
    /// Further mailboxes of the same person.
    pub more: Vec<MailAccount>,
    /// The devices to make files for.
    pub platforms: Platforms,
    /// The language of the sheet, if the list names one; else that of the run.
    pub language: Option<Language>,
    pub(crate) labels: Labels,
}

impl PersonAccounts {
    /// All accounts in the order of the list.
    pub fn iter(&self) -> impl Iterator<Item = &MailAccount> {
        std::iter::once(&self.first).chain(&self.more)
    }

    /// The accounts at `places`, from 0, as those of a person of their own; the person where these are all.
    pub(crate) fn part(&self, places: Range<usize>) -> Cow<'_, Self> {
        let count = places.len();
        let mut accounts = self.iter().skip(places.start).take(count).cloned();
        match accounts.next() {
            Some(account) if count <= self.more.len() => {
                Cow::Owned(Self { more: accounts.collect(), ..Self::from(account) })
            }
            _ => Cow::Borrowed(self),
        }
    }
}

impl From<MailAccount> for PersonAccounts {
    fn from(first: MailAccount) -> Self {
        Self {
            key: first.key.clone(),
            first,
            more: Vec::new(),
            platforms: Platforms::ALL,
            language: None,
            labels: Labels::default(),
        }
    }
}

/// What files show a person about the provider of a mailbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProviderCard {
    /// Identifies the provider in manifests.
    pub id: ProviderId,
    /// As people know it.
    pub name: String,
    /// Its own page about these settings.
    pub page: Option<Link>,
    /// Where people create an app password, if mail programs need one.
    pub app_password_page: Option<Link>,
    /// Facts for the instruction sheet.
    pub notes: Vec<String>,
}

impl ProviderCard {
    /// The provider in file names: its name if every file system allows that, else its id.
    pub fn stem(&self) -> &str {
        stem(&self.name, self.id.as_str())
    }
}

/// The provider in file names: `name` if every file system allows that, else `id`.
pub(crate) fn stem<'a>(name: &'a str, id: &'a str) -> &'a str {
    let first = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let safe =
        name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '-' | '&' | '+'));
    let ends = name.starts_with(['.', ' ', '-']) || name.ends_with(['.', ' ']);
    if safe && !ends && !is_reserved(first.trim_end()) { name } else { id }
}

/// One mailbox with its servers.
#[derive(Clone, Debug)]
pub struct MailAccount {
    /// Stays the same when names and servers change.
    pub key: AccountKey,
    /// The mailbox.
    pub address: EmailAddress,
    /// What others see.
    pub display_name: DisplayName,
    /// Who runs the servers.
    pub provider: Arc<ProviderCard>,
    /// The protocol of the incoming server.
    pub protocol: IncomingProtocol,
    /// The server for receiving.
    pub incoming: ServerLogin,
    /// The server for sending.
    pub outgoing: ServerLogin,
    /// Whether sending needs another password than receiving.
    pub own_outgoing_password: bool,
}

/// A person's stable key, free of personal data: 128 bits of SHA-256, as 32 hexadecimal digits.
///
/// Made from the id column if there is one, else from the normalized address. Devices identify the
/// account by it, so it must not change between runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountKey(Box<str>);

impl AccountKey {
    pub(crate) fn of(person: &Person) -> Self {
        person.id.as_ref().map_or_else(|| Self::of_address(&person.address), Self::of_id)
    }

    /// The key of the person with the id `id`.
    pub(crate) fn of_id(id: &PersonId) -> Self {
        Self::hashed(&["id", id.as_str()])
    }

    /// The key of an account that a whole organization shares, of which an MDM makes one for each device.
    pub(crate) fn of_shared(provider: &ProviderId, protocol: IncomingProtocol) -> Self {
        Self::hashed(&["shared", provider.as_str(), protocol.id()])
    }

    /// The key of a person without id.
    pub(crate) fn of_address(address: &EmailAddress) -> Self {
        Self::hashed(&["address", &address.normalized()])
    }

    /// The key for the next person with `address`, after the person with the key `earlier` gave it up.
    pub(crate) fn of_reused_address(address: &EmailAddress, earlier: &Self) -> Self {
        Self::hashed(&["address", &address.normalized(), earlier.as_str()])
    }

    fn hashed(parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for (number, part) in parts.iter().enumerate() {
            if number > 0 {
                hash.update([0]);
            }
            hash.update(part);
        }
        Self(hex(&hash.finalize()[..16]).into_boxed_str())
    }

    /// The key of one of several mailboxes of a person: from id and address, so that it does not depend on
    /// the order of the rows, nor on the other rows.
    pub(crate) fn of_one_of_several(person: &Person) -> Self {
        let id = person.id.as_ref().map_or("", |id| id.as_str());
        Self::hashed(&["mailbox", id, &person.address.normalized()])
    }

    /// Parses what [`AccountKey::as_str`] returns.
    pub(crate) fn from_hex(text: &str) -> Option<Self> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        (text.len() == 32 && text.bytes().all(is_digit)).then(|| Self(text.into()))
    }

    /// The hexadecimal digits.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(address: &str, id: Option<&str>) -> Person {
        Person {
            id: id.map(|id| PersonId::try_from(id).unwrap()),
            ..Person::new(EmailAddress::try_from(address).unwrap())
        }
    }

    #[test]
    fn the_key_follows_the_id_or_else_the_address_in_any_case() {
        let by_address = AccountKey::of(&person("ada@q.com", None));
        assert_eq!(by_address, AccountKey::of(&person("Ada@Q.com", None)));
        assert_ne!(by_address, AccountKey::of(&person("bob@q.com", None)));
        assert_eq!(AccountKey::from_hex(by_address.as_str()).as_ref(), Some(&by_address));
        assert_eq!(AccountKey::from_hex(&by_address.as_str().to_uppercase()), None);
        assert_eq!(AccountKey::from_hex(&by_address.as_str()[1..]), None);
        let by_id = AccountKey::of(&person("ada@q.com", Some("E-7")));
        assert_eq!(by_id, AccountKey::of(&person("ada.king@q.com", Some("E-7"))));
        assert_ne!(by_id, by_address);
    }

    #[test]
    fn an_id_that_looks_like_an_address_is_still_an_id() {
        let by_id = AccountKey::of(&person("bob@q.com", Some("ada@q.com")));
        assert_ne!(by_id, AccountKey::of(&person("ada@q.com", None)));
    }

    #[test]
    fn each_of_several_mailboxes_has_its_own_key() {
        let ada = person("ada@q.com", Some("7"));
        let sales = person("Sales@q.com", Some("7"));
        assert_ne!(AccountKey::of_one_of_several(&sales), AccountKey::of(&sales));
        assert_ne!(AccountKey::of_one_of_several(&sales), AccountKey::of_one_of_several(&ada));
        assert_eq!(
            AccountKey::of_one_of_several(&sales),
            AccountKey::of_one_of_several(&person("sales@q.com", Some("7")))
        );
    }
}
