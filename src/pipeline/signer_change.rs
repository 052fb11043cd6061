//! Whether another certificate signed the folder's files than the one that would sign now.

use super::Memory;
use super::signers::signer;
use crate::ledger::{Known, KnownPerson, LedgerError, Listing};
use crate::sign::Signing;

/// Whose bundles a run signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// Those of the list, unless their rows are refused.
    Listed,
    /// Those of all current people.
    Everybodys,
}

/// Another signer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SignerChange {
    /// Current people whose files of the old signers the run would sign again.
    pub(crate) people: u64,
    /// The old signers' subjects.
    pub(crate) old: String,
    /// The new signers' subjects.
    pub(crate) new: String,
    /// Whether the new certificates renew the old ones: the same keys and subjects.
    pub(crate) is_renewal: bool,
}

impl SignerChange {
    /// Compares `signing` with the signers of the folder's files; `None` where they are the same, or nothing
    /// was signed before.
    pub(crate) fn find(
        memory: &Memory,
        known: &Known,
        signing: &Signing,
        whose: Whose,
    ) -> Result<Option<Self>, LedgerError> {
        let Some(ledger) = memory.ledger() else { return Ok(None) };
        let new = match &signing.identities {
            Some(identities) => vec![signer(&identities.profiles), signer(&identities.scripts)],
            None => Vec::new(),
        };
        let signers = ledger.signers()?.into_iter();
        let is_signed =
            |it: &KnownPerson| whose == Whose::Everybodys || it.listing == Listing::Sound;
        let old: Vec<_> = signers
            .filter(|(_, old)| new.iter().all(|new| new.sha256 != old.sha256))
            .filter(|(id, _)| known.signed_by(&[*id], is_signed) > 0)
            .collect();
        if old.is_empty() {
            return Ok(None);
        }
        let is_renewal = old.iter().all(|(_, old)| new.iter().any(|new| new.renews(old)));
        let subjects = |subjects: &mut dyn Iterator<Item = String>| {
            let mut subjects: Vec<String> = subjects.collect();
            subjects.dedup();
            if subjects.is_empty() { "nobody".to_owned() } else { subjects.join(" and ") }
        };
        Ok(Some(Self {
            people: known.signed_by(&old.iter().map(|(id, _)| *id).collect::<Vec<_>>(), is_signed),
            old: subjects(&mut old.iter().map(|(_, old)| old.subject.clone())),
            new: subjects(&mut new.iter().map(|new| new.subject.clone())),
            is_renewal,
        }))
    }
}
