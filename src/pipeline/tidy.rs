//! What runs that were killed have left in the folder: taken over, removed, or reported.

use std::collections::{HashMap, HashSet};

use super::adopt::manifest_at;
use super::{MemoryError, RunError};
use crate::ledger::{Former, Ledger, PersonRecord, StagedBundle};
use crate::output::folder::{OutputFolder, Standing, Tidied};
use crate::output::layout::{Spread, in_retired, is_bundle_path, slug_of_bundle};
use crate::output::presence::PathHash;

/// Gives bundles that a killed run has placed to the people whom the ledger knows and whose former bundles they
/// replaced. The others stay [unclaimed](Ledger::staged).
pub(super) fn take_over(ledger: &mut Ledger, folder: &OutputFolder) -> Result<(), MemoryError> {
    let mut absent = Vec::new();
    let staged = ledger.staged()?;
    for bundle in &staged {
        let StagedBundle { path, person, size, sha256 } = bundle;
        if !is_bundle_path(path) || !folder.has_digest(path, *size, sha256)? {
            absent.push(path.as_str());
            continue;
        }
        let former = match ledger.person(*person)? {
            None => Former::Intact,
            Some(known) => former(&known.record, path, folder)?,
        };
        ledger.settle_staged(bundle, former)?;
    }
    if !absent.is_empty() {
        ledger.forget_staged(&absent)?;
    }
    Ok(())
}

/// What has become of the bundle of `person`, for whom another one is at `path`.
fn former(person: &PersonRecord, path: &str, folder: &OutputFolder) -> Result<Former, MemoryError> {
    if person.bundle != path {
        let is_intact = folder.has_digest(&person.bundle, person.size, &person.sha256)?;
        return Ok(if is_intact { Former::Intact } else { Former::Gone });
    }
    let manifest = manifest_at(folder.root(), path);
    let addresses = manifest.into_iter().flat_map(|manifest| manifest.accounts);
    let is_same = addresses.map(|account| account.address).eq(person.addresses.iter().cloned());
    Ok(if is_same { Former::Replaced } else { Former::Gone })
}

/// Whose the files in the folder are, once a run has made its manifest.
#[derive(Debug, Default)]
pub(super) struct Owners {
    /// Hashes of the paths of all files of people in the manifest.
    pub(super) current: HashSet<PathHash>,
    /// Hashes of the slugs of bundles that are in `retired`.
    pub(super) retired: HashSet<PathHash>,
}

impl Owners {
    /// Notes that the file `path` is in the manifest.
    pub(super) fn note(&mut self, path: &str) {
        self.current.insert(PathHash::of(path));
        self.retired.extend(in_retired(path).map(|(slug, _)| PathHash::of(slug)));
    }

    /// Removes what killed runs have left, `unclaimed` if nobody has it, and finds what belongs to nobody.
    pub(super) fn tidy(
        &self,
        folder: &OutputFolder,
        unclaimed: &[StagedBundle],
    ) -> Result<Tidied, RunError> {
        let unclaimed: HashMap<&str, &StagedBundle> =
            unclaimed.iter().map(|bundle| (bundle.path.as_str(), bundle)).collect();
        let tidied = folder.tidy(&|path| {
            if self.current.contains(&PathHash::of(path)) {
                return Standing::Current;
            }
            let is_superseded = match in_retired(path) {
                Some((slug, _)) => self.has_bundle(slug),
                None => slug_of_bundle(path)
                    .is_some_and(|slug| self.retired.contains(&PathHash::of(slug))),
            };
            if is_superseded {
                return Standing::Superseded;
            }
            unclaimed.get(path).map_or(Standing::Unknown, |bundle| Standing::Unclaimed {
                size: bundle.size,
                sha256: bundle.sha256,
            })
        })?;
        Ok(tidied)
    }

    fn has_bundle(&self, slug: &str) -> bool {
        [Spread::Flat, Spread::Wide]
            .iter()
            .any(|spread| self.current.contains(&PathHash::of(&spread.bundle_of(slug))))
    }
}
