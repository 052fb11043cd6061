//! People without id whose address changed: the new address has the key of the old one.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::account::AccountKey;
use super::email::EmailAddress;

/// Addresses that have another key than their own. A clone shares the table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Renames(Arc<HashMap<String, AccountKey>>);

impl FromIterator<(String, AccountKey)> for Renames {
    /// Takes addresses in lower case with their keys.
    fn from_iter<T: IntoIterator<Item = (String, AccountKey)>>(rows: T) -> Self {
        Self(Arc::new(rows.into_iter().collect()))
    }
}

impl Renames {
    /// The key that a rename gave to `address`.
    pub(crate) fn get(&self, address: &EmailAddress) -> Option<&AccountKey> {
        // almost every folder has none
        if self.0.is_empty() { None } else { self.0.get(&address.normalized()) }
    }

    /// The key of a person without id who has `address`.
    pub(crate) fn key_of(&self, address: &EmailAddress) -> AccountKey {
        self.get(address).cloned().unwrap_or_else(|| AccountKey::of_address(address))
    }

    /// The first address of everybody whose key came from an address that they no longer have. A key that
    /// came from an address with several owners is not found: it is not that of the address alone.
    pub(crate) fn origins(&self) -> HashMap<AccountKey, String> {
        let moved: HashSet<&AccountKey> = self.0.values().collect();
        let origin = |(address, now): (&String, &AccountKey)| {
            let key = AccountKey::of_address(&EmailAddress::try_from(address.as_str()).ok()?);
            (*now != key && moved.contains(&key)).then(|| (key, address.clone()))
        };
        self.0.iter().filter_map(origin).collect()
    }

    /// The address other than `address` to which a rename gave `key`, in lower case.
    pub(crate) fn moved_to(&self, key: &AccountKey, address: &EmailAddress) -> Option<&str> {
        let address = address.normalized();
        let moved = |(other, now): &(&String, &AccountKey)| *now == key && **other != address;
        self.0.iter().find(moved).map(|(other, _)| other.as_str())
    }
}
