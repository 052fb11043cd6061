//! Refuses folders that other users can change: they could replace bundles on their way to people.

use std::fs::Metadata;
use std::path::Path;

use super::error::{OutputError, Stranger};
use super::layout::{CHANGES, IDENTIFIERS, MANIFEST, MANIFEST_SIGNATURE, REPORT, below};

/// Which folders a run accepts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Trust {
    /// The user's own folders.
    #[default]
    Own,
    /// Any folder: `--trust-folder`.
    Any,
}

impl Trust {
    /// Refuses `path` if another user can change it.
    pub(crate) fn judge(self, path: &Path, metadata: &Metadata) -> Result<(), OutputError> {
        match stranger(metadata).filter(|_| self == Self::Own) {
            Some(stranger) => Err(OutputError::Untrusted { path: path.to_owned(), stranger }),
            None => Ok(()),
        }
    }

    /// The same for the folder `path` before it is read; one that does not exist yet is nobody's.
    pub(crate) fn judge_folder(self, path: &Path) -> Result<(), OutputError> {
        path.metadata().map_or(Ok(()), |metadata| self.judge(path, &metadata))
    }
}

/// Refuses a folder, FIFO, socket or device in the place of a file that a run reads or replaces in the folder
/// `root`: someone put it there, and a run would remove it without a word. Links are replaced, never followed.
pub(super) fn judge_files(root: &Path) -> Result<(), OutputError> {
    for name in [MANIFEST, MANIFEST_SIGNATURE, REPORT, CHANGES, IDENTIFIERS] {
        let path = below(root, name);
        let is_other = path.symlink_metadata().is_ok_and(|it| !it.is_file() && !it.is_symlink());
        if is_other {
            return Err(OutputError::Irregular { path });
        }
    }
    Ok(())
}

#[cfg(unix)]
fn stranger(metadata: &Metadata) -> Option<Stranger> {
    use std::os::unix::fs::MetadataExt;
    /// `S_IWOTH` (POSIX `sys/stat.h`).
    const WRITABLE_BY_ALL: u32 = 0o002;
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        Some(Stranger::Owner)
    } else if metadata.mode() & WRITABLE_BY_ALL != 0 {
        Some(Stranger::Everybody)
    } else {
        None
    }
}

/// On Windows the access list is inherited; it is not checked.
#[cfg(not(unix))]
fn stranger(_metadata: &Metadata) -> Option<Stranger> {
    None
}
