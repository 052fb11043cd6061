//! Whose folder it is. Who can write into the folder of a run can swap bundles on their way to people,
//! so that a folder of somebody else, or one that everybody can write into, is refused.

use std::fs::Metadata;
use std::path::Path;

use super::error::{OutputError, Stranger};

/// Whether the owner and the permissions of a folder are looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Trust {
    /// They must be ours.
    #[default]
    Own,
    /// The user vouches for the folder: `--trust-folder`.
    Any,
}

impl Trust {
    /// Refuses `path`, which has this `metadata`, where somebody else has power over it.
    pub(super) fn judge(self, path: &Path, metadata: &Metadata) -> Result<(), OutputError> {
        match stranger(metadata).filter(|_| self == Self::Own) {
            Some(stranger) => Err(OutputError::Untrusted { path: path.to_owned(), stranger }),
            None => Ok(()),
        }
    }
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

/// A folder's access list on Windows is inherited, and not looked at.
#[cfg(not(unix))]
fn stranger(_metadata: &Metadata) -> Option<Stranger> {
    None
}
