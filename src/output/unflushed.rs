//! Folders whose entries have changed and are not durable yet: POSIX makes a rename, a new file and a removal durable
//! with the folder, not with the file.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Clones belong to the same run.
#[derive(Clone, Debug, Default)]
pub(super) struct Unflushed(Arc<Mutex<BTreeSet<PathBuf>>>);

impl Unflushed {
    /// Notes that the file or folder `path` is new, was replaced or removed.
    pub(super) fn note(&self, path: &Path) {
        let Some(folder) = path.parent() else { return };
        let mut folders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // most files of a group are in the same folder
        if !folders.contains(folder) {
            folders.insert(folder.to_owned());
        }
    }

    /// The folders, for the caller to flush.
    pub(super) fn take(&self) -> BTreeSet<PathBuf> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
