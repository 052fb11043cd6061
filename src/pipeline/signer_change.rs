//! Whether another certificate signed the folder's files than the one that would sign now.

use super::Memory;
use super::signers::signer;
use crate::ledger::{Known, KnownPerson, LedgerError, Listing, SignerRecord};
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
    pub(crate) step: Step,
}

/// What the new certificates are to the old ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Another key or subject.
    Other,
    /// The same keys and subjects.
    Renewed,
    /// The same keys and subjects, and the new ones end before the old: an earlier certificate signs again.
    Back,
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
        let renewing = |old: &SignerRecord| new.iter().filter(|new| new.renews(old)).collect();
        let pairs: Vec<(_, Vec<&SignerRecord>)> =
            old.iter().map(|(_, old)| (old, renewing(old))).collect();
        let is_back = |(old, new): &(&SignerRecord, Vec<&SignerRecord>)| {
            // RFC 3339 in UTC: texts are in the order of time
            new.iter().all(|new| new.not_after < old.not_after)
        };
        let step = if pairs.iter().any(|(_, new)| new.is_empty()) {
            Step::Other
        } else if pairs.iter().all(is_back) {
            Step::Back
        } else {
            Step::Renewed
        };
        // one name for two signers says nothing
        let is_ambiguous = |signer: &SignerRecord| {
            let others = old.iter().map(|(_, old)| old).chain(&new);
            others
                .filter(|other| other.subject == signer.subject)
                .any(|it| it.sha256 != signer.sha256)
        };
        let named = |signer: &SignerRecord| {
            if !is_ambiguous(signer) {
                return signer.subject.clone();
            }
            let [short, day] = [(&signer.sha256, 16), (&signer.not_after, 10)]
                .map(|(text, length)| text.get(..length).unwrap_or(text));
            format!("{} (SHA-256 {short}…, ends {day})", signer.subject)
        };
        let subjects = |subjects: &mut dyn Iterator<Item = String>| {
            let mut subjects: Vec<String> = subjects.collect();
            subjects.dedup();
            if subjects.is_empty() { "nobody".to_owned() } else { subjects.join(" and ") }
        };
        Ok(Some(Self {
            people: known.signed_by(&old.iter().map(|(id, _)| *id).collect::<Vec<_>>(), is_signed),
            old: subjects(&mut old.iter().map(|(_, old)| named(old))),
            new: subjects(&mut new.iter().map(named)),
            step,
        }))
    }
}
