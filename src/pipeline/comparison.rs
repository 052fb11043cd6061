//! Compares a list with the manifest of the folder, before anything is written.

use std::path::Path;

use super::Checked;
use super::duplicates::start_of;
use crate::domain::email::EmailAddress;
use crate::output::manifest::bundles_in;

/// The most addresses in a message.
const MOST_NAMED: usize = 3;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FolderComparison {
    /// People in the manifest.
    pub(crate) people: u64,
    /// People in both manifest and list.
    pub(crate) shared: u64,
    /// People with another key than in the manifest: devices would keep two accounts.
    pub(crate) rekeyed: u64,
    /// The first of them, by address.
    pub(crate) rekeyed_names: Vec<String>,
}

impl FolderComparison {
    /// Whether the list may be a part only: it has fewer than half of the people in the folder.
    pub(crate) fn is_partial(&self) -> bool {
        self.shared * 2 < self.people
    }
}

impl Checked {
    /// Compares the list with the manifest in the folder `root`. Moves the addresses out, so it works once,
    /// before the second pass.
    pub(crate) fn compare(&mut self, root: &Path) -> FolderComparison {
        let seen = std::mem::take(&mut self.seen);
        let mut earlier = FolderComparison::default();
        for line in bundles_in(root) {
            earlier.people += 1;
            let known = line.addresses.iter().find_map(|text| {
                let address = EmailAddress::try_from(text.as_str()).ok()?;
                Some((text, seen.key_of(&address)?))
            });
            let Some((address, key)) = known else {
                continue;
            };
            earlier.shared += 1;
            if start_of(&line.person) != Some(key) {
                earlier.rekeyed += 1;
                if earlier.rekeyed_names.len() < MOST_NAMED {
                    earlier.rekeyed_names.push(address.clone());
                }
            }
        }
        earlier
    }
}
