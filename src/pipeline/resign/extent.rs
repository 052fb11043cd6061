//! Whom a new signature concerns, found before anything is written.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use super::stamped::needs_stamp;
use crate::ledger::{BundleState, Known, LedgerError, State};
use crate::output::layout::below;
use crate::pipeline::Memory;
use crate::pipeline::adopt::manifest_at;
use crate::pipeline::changes::label_of;
use crate::pipeline::signers::find_signers;
use crate::render::SigningMode;
use crate::sign::Signing;

/// Whom a new signature concerns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extent {
    /// Current people whose files other certificates have signed, or whose script is to get a time stamp.
    pub(crate) people: u64,
    /// Those of them whose script is to get a time stamp, and nothing else.
    pub(crate) unstamped: u64,
    /// Current people whose files are signed by these certificates already.
    pub(crate) done: u64,
    /// Current people whose bundle these certificates have signed, and that is missing or has another size: nothing
    /// is left to be signed. Not counted after a run that was stopped: its bundles are taken over first.
    pub(crate) gone: u64,
    /// Whether the last run was stopped: manifest and `changes.csv` may be older than the bundles.
    pub(crate) is_unfinished: bool,
    /// People who have left and whose bundles keep the signatures of other certificates.
    pub(crate) left: u64,
    /// The same of people who are retired.
    pub(crate) retired: u64,
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
        let is_unfinished = ledger.is_unfinished()?;
        let mut found = Self { is_unfinished, ..Self::default() };
        let is_done = |key| known.get(key).is_some_and(|it| known.signers_of(it) == signers);
        let mut absent = HashSet::new();
        ledger.each_bundle(State::Current, |bundle| {
            if !is_unfinished && !is_there(root, bundle) {
                absent.insert(bundle.key);
            }
        })?;
        for (state, count) in [(State::Left, &mut found.left), (State::Retired, &mut found.retired)]
        {
            ledger.each_bundle(state, |bundle| {
                *count += u64::from(!is_done(bundle.key) && is_there(root, bundle));
            })?;
        }
        // almost always the next person's too
        let mut last: Option<(Arc<str>, Option<String>)> = None;
        for person in known.iter().filter(|person| person.state == State::Current) {
            let is_absent = absent.contains(&person.key);
            if known.signers_of(person) == signers {
                if !is_absent && needs_stamp(root, ledger, person, signing)? {
                    found.people += 1;
                    found.unstamped += 1;
                    continue;
                }
                *if is_absent { &mut found.gone } else { &mut found.done } += 1;
                continue;
            }
            found.people += 1;
            // a sheet that is not there is not wrong
            if is_absent {
                continue;
            }
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

/// Whether the bundle is in the folder `root` with the size of the one that was made.
fn is_there(root: &Path, bundle: &BundleState) -> bool {
    let metadata = below(root, &bundle.bundle).symlink_metadata();
    metadata.is_ok_and(|metadata| metadata.is_file() && metadata.len() == bundle.size)
}
