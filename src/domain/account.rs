//! A person's account at a provider, with nothing left to look up.

use std::fmt;

use sha2::{Digest, Sha256};

use super::email::EmailAddress;
use super::name::DisplayName;
use super::person::Person;
use super::server::{IncomingProtocol, ServerLogin};
use super::text::hex;

/// One person's mail account. Every renderer reads this, and only this.
#[derive(Clone, Debug)]
pub struct MailAccount {
    /// What stays the same when names and servers change.
    pub key: AccountKey,
    /// The mailbox.
    pub address: EmailAddress,
    /// What others see.
    pub display_name: DisplayName,
    /// How mail is fetched.
    pub protocol: IncomingProtocol,
    /// Where mail is fetched.
    pub incoming: ServerLogin,
    /// Where mail is sent.
    pub outgoing: ServerLogin,
}

/// A person's stable key, free of personal data: 128 bits of SHA-256, as 32 hexadecimal digits.
///
/// Made from the id column where there is one, else from the normalized address. It names the
/// account on the device, so it must not change between runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AccountKey(Box<str>);

impl AccountKey {
    /// The key of `person`.
    pub fn of(person: &Person) -> Self {
        let mut hash = Sha256::new();
        if let Some(id) = &person.id {
            hash.update(b"id\0");
            hash.update(id.as_str());
        } else {
            hash.update(b"address\0");
            hash.update(person.address.normalized());
        }
        Self(hex(&hash.finalize()[..16]).into_boxed_str())
    }

    /// The hexadecimal digits.
    pub fn as_str(&self) -> &str {
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
    use crate::domain::person::PersonId;

    fn person(address: &str, id: Option<&str>) -> Person {
        Person {
            address: EmailAddress::try_from(address).unwrap(),
            display_name: DisplayName::try_from("Ada").unwrap(),
            login: None,
            id: id.map(|id| PersonId::try_from(id).unwrap()),
        }
    }

    #[test]
    fn the_key_follows_the_id_or_else_the_address_in_any_case() {
        let by_address = AccountKey::of(&person("ada@q.com", None));
        assert_eq!(by_address, AccountKey::of(&person("Ada@Q.com", None)));
        assert_ne!(by_address, AccountKey::of(&person("bob@q.com", None)));
        let by_id = AccountKey::of(&person("ada@q.com", Some("E-7")));
        assert_eq!(by_id, AccountKey::of(&person("ada.king@q.com", Some("E-7"))));
        assert_ne!(by_id, by_address);
    }

    #[test]
    fn an_id_that_looks_like_an_address_is_still_an_id() {
        let by_id = AccountKey::of(&person("bob@q.com", Some("ada@q.com")));
        assert_ne!(by_id, AccountKey::of(&person("ada@q.com", None)));
    }
}
