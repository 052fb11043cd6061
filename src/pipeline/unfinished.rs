//! What a run would complete in the folder itself, even if it changes nothing for any person.

use std::path::Path;

use super::lines::has_identifiers;
use super::{Memory, Origin, has_accounts};
use crate::ledger::{Known, Ledger, LedgerError, Listing, RetiredFiles};
use crate::output::is_locked;
use crate::output::layout::{CHANGES, IDENTIFIERS, MANIFEST, MANIFEST_SIGNATURE, REPORT, below};
use crate::sign::Signing;

/// A folder that is not as a finished run leaves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unfinished {
    /// The last run was stopped: what it did is not reported.
    Stopped,
    /// The last run has not ended, and a run is writing into the folder now.
    Running,
    /// Files of the folder are gone.
    Incomplete(Gaps),
    /// The ledger is missing or damaged, which [`Origin`] says.
    Ledger,
}

/// Files that are not as the last run left them. Bundles of people in the list are not among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Gaps {
    /// Paths of files that are not there, and that a run writes.
    pub(crate) missing: Vec<String>,
    /// Paths of files with another size, which a run replaces.
    pub(crate) changed: Vec<String>,
    /// Retired people of whom a file is gone or has another size that no run can make again: the next one takes
    /// it out of the manifest.
    pub(crate) lost: u64,
}

impl Unfinished {
    /// Compares the folder `root` with what a run that `signing` signs leaves; `None` for a folder that is as it
    /// should be, or in which nothing was ever made. `known` is marked with the people of the list.
    pub(crate) fn find(
        (memory, known): (&Memory, &Known),
        root: &Path,
        signing: &Signing,
    ) -> Result<Option<Self>, LedgerError> {
        match memory.origin() {
            Origin::Nothing => return Ok(None),
            Origin::Manifest { .. } | Origin::Damaged { .. } => return Ok(Some(Self::Ledger)),
            Origin::Ledger => {}
        }
        if memory.is_unfinished()? {
            return Ok(Some(if is_locked(root) { Self::Running } else { Self::Stopped }));
        }
        // a ledger without any run: nothing was made yet
        if memory.last_start().is_none() {
            return Ok(None);
        }
        let signature = signing.identities.is_some().then_some(MANIFEST_SIGNATURE);
        let files = [MANIFEST, CHANGES, REPORT].into_iter().chain(signature);
        let mut gaps = Gaps::default();
        gaps.missing.extend(files.filter(|name| !is_file(root, name)).map(str::to_owned));
        if let Some(ledger) = memory.ledger() {
            gaps.find_retired(ledger, known, root)?;
        }
        Ok((gaps != Gaps::default()).then_some(Self::Incomplete(gaps)))
    }
}

impl Gaps {
    /// Looks for the files of retired people. Those of who is in the list again go away.
    fn find_retired(
        &mut self,
        ledger: &Ledger,
        known: &Known,
        root: &Path,
    ) -> Result<(), LedgerError> {
        let mut needs_identifiers = !is_file(root, IDENTIFIERS);
        let mut is_missing = false;
        ledger.each_retired(|RetiredFiles { key, bundle, size, package, .. }| {
            if known.get(key).is_none_or(|person| person.listing == Listing::Sound) {
                return Ok(());
            }
            let has_bundle = !bundle.is_empty() && size_of(root, &bundle) == Some(size);
            let mut is_lost = !bundle.is_empty() && !has_bundle;
            let mut has_package = false;
            if let Some((path, size)) = package {
                let found = size_of(root, &path);
                has_package = found == Some(size)
                    || ledger.person(key)?.is_some_and(|person| has_accounts(&person));
                match found {
                    Some(found) if found == size => {}
                    _ if !has_package => is_lost = true,
                    Some(_) => self.changed.push(path),
                    None => self.missing.push(path),
                }
            }
            self.lost += u64::from(is_lost);
            if needs_identifiers && (has_bundle || has_package) {
                is_missing = ledger.person(key)?.is_some_and(|person| has_identifiers(&person));
                needs_identifiers = !is_missing;
            }
            Ok(())
        })?;
        self.missing.extend(is_missing.then(|| IDENTIFIERS.to_owned()));
        Ok(())
    }
}

fn is_file(root: &Path, path: &str) -> bool {
    size_of(root, path).is_some()
}

/// The size of the plain file `path` in bytes; `None` if there is no such file.
fn size_of(root: &Path, path: &str) -> Option<u64> {
    let metadata = below(root, path).symlink_metadata().ok()?;
    metadata.is_file().then_some(metadata.len())
}
