//! What a run would complete in the folder itself, even if it changes nothing for any person.

use std::path::Path;

use super::{Memory, Origin};
use crate::ledger::LedgerError;
use crate::output::is_locked;
use crate::output::layout::{CHANGES, MANIFEST, MANIFEST_SIGNATURE, REPORT};
use crate::sign::Signing;

/// A folder that is not as a finished run leaves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unfinished {
    /// The last run was stopped: what it did is not reported.
    Stopped,
    /// The last run has not ended, and a run is writing into the folder now.
    Running,
    /// These files of the folder are gone.
    Missing(Vec<&'static str>),
    /// The ledger is missing or damaged, which [`Origin`] says.
    Ledger,
}

impl Unfinished {
    /// Compares the folder `root` with what a run that `signing` signs leaves; `None` for a folder that is as it
    /// should be, or in which nothing was ever made.
    pub(crate) fn find(
        memory: &Memory,
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
        let is_missing = |name: &&str| {
            !root.join(name).symlink_metadata().is_ok_and(|metadata| metadata.is_file())
        };
        let missing: Vec<_> = files.filter(is_missing).collect();
        Ok((!missing.is_empty()).then_some(Self::Missing(missing)))
    }
}
