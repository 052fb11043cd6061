//! An address without id that comes back under another name: the same person for this program, and maybe another
//! one for everybody else.

use crate::bundle::manifest::BundleManifest;
use crate::domain::email::EmailAddress;
use crate::domain::renames::Renames;
use crate::ledger::{State, StoredPerson};

/// How many of these are kept one by one.
const MOST_NAMED: usize = 20;

/// A person who was gone, known by the address alone, with the name that they had and the new one.
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
    /// Whether the person `old`, who is not current, comes back with an address as the only link and another name.
    pub(super) fn find(
        old: &StoredPerson,
        manifest: &BundleManifest,
        renames: &Renames,
    ) -> Option<Self> {
        let first = manifest.accounts.first().filter(|_| old.state != State::Current)?;
        let address = EmailAddress::try_from(first.address.as_str()).ok()?;
        let (name, new) = (&old.record.name, &first.display_name);
        // where the list has no name, the address is the name
        let is_name = |name: &str| !name.is_empty() && !name.eq_ignore_ascii_case(&first.address);
        let is_other = is_name(name) && is_name(new) && name.to_lowercase() != new.to_lowercase();
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

impl Handovers {
    pub(in crate::pipeline) fn add(&mut self, handover: Handover) {
        self.count += 1;
        if self.first.len() < MOST_NAMED {
            self.first.push(handover);
        }
    }
}
