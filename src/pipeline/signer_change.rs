//! Whether another certificate signed the folder's files than the one that would sign now.

use super::Memory;
use super::signers::signer;
use crate::ledger::{Known, LedgerError};
use crate::sign::Signing;

/// Another signer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SignerChange {
    /// Current people who have files of the old signer.
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
    ) -> Result<Option<Self>, LedgerError> {
        let Some(ledger) = memory.ledger() else { return Ok(None) };
        let new = match &signing.identities {
            Some(identities) => vec![signer(&identities.profiles), signer(&identities.scripts)],
            None => Vec::new(),
        };
        let signers = ledger.signers()?.into_iter();
        let mut old: Vec<_> = signers.map(|(id, record)| (known.signed_by(id), record)).collect();
        old.retain(|(people, old)| *people > 0 && new.iter().all(|new| new.sha256 != old.sha256));
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
            people: old.iter().map(|(people, _)| *people).max().unwrap_or_default(),
            old: subjects(&mut old.iter().map(|(_, old)| old.subject.clone())),
            new: subjects(&mut new.iter().map(|new| new.subject.clone())),
            is_renewal,
        }))
    }
}
