//! Whom a new signature concerns, found before anything is written.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::ledger::{Known, LedgerError, State};
use crate::pipeline::Memory;
use crate::pipeline::adopt::manifest_at;
use crate::pipeline::changes::label_of;
use crate::pipeline::signers::find_signers;
use crate::render::SigningMode;
use crate::sign::Signing;

/// Whom a new signature concerns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extent {
    /// Current people whose files other certificates have signed.
    pub(crate) people: u64,
    /// Current people whose files are signed by these certificates already.
    pub(crate) done: u64,
    /// Whether the last run was stopped: manifest and `changes.csv` may be older than the bundles.
    pub(crate) is_unfinished: bool,
    /// People who have left and keep their files.
    pub(crate) left: u64,
    /// Trust labels in files that would be wrong under the new signature, each with the number of people.
    pub(crate) other_labels: BTreeMap<String, u64>,
}

impl Extent {
    /// Whom `signing` concerns in the folder `root`. Sheets must say `label` of its signatures.
    pub(crate) fn find(
        root: &Path,
        memory: &Memory,
        known: &Known,
        signing: &Signing,
        label: SigningMode,
    ) -> Result<Self, LedgerError> {
        let Some(ledger) = memory.ledger() else { return Ok(Self::default()) };
        let signers = find_signers(ledger, signing)?;
        let mut found = Self {
            left: known.count(State::Left),
            is_unfinished: ledger.is_unfinished()?,
            ..Self::default()
        };
        // almost always the next person's too
        let mut last: Option<(Arc<str>, Option<String>)> = None;
        for person in known.iter().filter(|person| person.state == State::Current) {
            if known.signers_of(person) == signers {
                found.done += 1;
                continue;
            }
            found.people += 1;
            let Some(person) = ledger.person(person.key)? else { continue };
            let own = match (person.record.setup, &last) {
                (Some(setup), Some((known, label))) if *setup == **known => label.clone(),
                (Some(setup), _) => {
                    let label = label_of(&setup);
                    last = Some((setup, label.clone()));
                    label
                }
                // an adopted person's setup is in the bundle
                (None, _) => {
                    manifest_at(root, &person.record.bundle).map(|manifest| manifest.setup.trust)
                }
            };
            // a bundle that cannot be read is not signed either
            if let Some(own) = own.filter(|own| own != label.id()) {
                *found.other_labels.entry(own).or_default() += 1;
            }
        }
        Ok(found)
    }
}
