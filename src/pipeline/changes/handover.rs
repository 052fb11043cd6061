//! An address without id that comes back, or goes on, under another name: the same person for this program, and
//! maybe another one for everybody else.

use std::collections::HashSet;

use crate::bundle::manifest::BundleManifest;
use crate::domain::email::EmailAddress;
use crate::domain::renames::Renames;
use crate::domain::text::plain_letters;
use crate::ledger::{State, StoredPerson};

/// How many of these are kept one by one.
const MOST_NAMED: usize = 20;

/// A person known by the address alone, with the name that they had and the new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Handover {
    pub(crate) address: String,
    pub(crate) old: String,
    pub(crate) new: String,
}

/// Those whose removal package goes away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Handovers {
    pub(crate) count: u64,
    /// The first of them.
    pub(crate) first: Vec<Handover>,
}

impl Handover {
    /// Whether the person `old` has an address as the only link and another name.
    pub(super) fn find(
        old: &StoredPerson,
        manifest: &BundleManifest,
        renames: &Renames,
    ) -> Option<Self> {
        let first = manifest.accounts.first()?;
        let address = EmailAddress::try_from(first.address.as_str()).ok()?;
        let (name, new) = (&old.record.name, &first.display_name);
        let is_other = match old.state {
            // people marry, and lists change the order of names
            State::Current => is_another_s(name, new, &first.address),
            State::Left | State::Retired => {
                are_names(name, new, &first.address) && !plain_letters(name).eq(plain_letters(new))
            }
        };
        (is_other && renames.key_of(&address).as_str() == manifest.person).then(|| Self {
            address: first.address.clone(),
            old: name.clone(),
            new: new.clone(),
        })
    }

    /// What it means for the devices of the person who had the address.
    pub(super) fn action(&self) -> String {
        let Self { old, new, .. } = self;
        format!(
            "; same address, so the same account on devices: if {new} is another person than {old}, remove it from the devices that {old} had"
        )
    }
}

/// Where a list has no name, the address is the name.
fn are_names(one: &str, other: &str, address: &str) -> bool {
    [one, other].iter().all(|name| !name.is_empty() && !name.eq_ignore_ascii_case(address))
}

/// Whether `one` and `other`, names at one address, are probably those of two people: they have no word in common.
pub(in crate::pipeline) fn is_another_s(one: &str, other: &str, address: &str) -> bool {
    let words = |name: &str| -> HashSet<String> {
        let parts = name.split(|c: char| c.is_whitespace() || matches!(c, ',' | '.'));
        parts.filter(|part| !part.is_empty()).map(|part| plain_letters(part).collect()).collect()
    };
    let (some, others) = (words(one), words(other));
    are_names(one, other, address) && some.is_disjoint(&others)
}

impl Handovers {
    pub(in crate::pipeline) fn add(&mut self, handover: Handover) {
        self.count += 1;
        if self.first.len() < MOST_NAMED {
            self.first.push(handover);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_without_a_common_word_are_those_of_two_people() {
        let is_another = |one, other| is_another_s(one, other, "ada@q.com");
        assert!(is_another("Bob Stone", "Zed Zorn"));
        assert!(!is_another("Bob Stone", "Bob Hill"));
        assert!(!is_another("Stone, Bob", "bob stone"));
        assert!(!is_another("Zoë", "Zoe Ray"), "the export has lost its accents");
        assert!(!is_another("ada@q.com", "Ada"), "the address was no name");
    }
}
