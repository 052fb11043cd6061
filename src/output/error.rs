//! What can keep a file from being written.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::diagnostic::{Diagnostic, Listed};

/// A file or folder that cannot be written.
#[derive(Debug, Error)]
pub(crate) enum OutputError {
    /// Another run writes the file.
    #[error("another run of mailmuster is writing `{}`", .path.display())]
    Busy {
        /// The path.
        path: PathBuf,
    },
    /// A folder with other people's files.
    #[error("refusing to write into `{}`: it holds {}, which mailmuster did not make", .folder.display(), Listed(.names))]
    Foreign {
        /// The folder.
        folder: PathBuf,
        /// Some of the files.
        names: Vec<String>,
    },
    /// Another run has the folder.
    #[error("another run of mailmuster is writing into `{}`", .folder.display())]
    Locked {
        /// The folder.
        folder: PathBuf,
    },
    /// A file in place of the lock that no run wrote.
    #[error("`{}` is not a lock file of mailmuster: {why}", .path.display())]
    NotALock {
        /// The path.
        path: PathBuf,
        /// How that shows.
        why: &'static str,
    },
    /// A file where a folder should be.
    #[error("`{}` is not a folder", .path.display())]
    NotAFolder {
        /// The path.
        path: PathBuf,
    },
    /// Something is there already.
    #[error("refusing to overwrite `{}`", .path.display())]
    Exists {
        /// The path.
        path: PathBuf,
    },
    /// Somebody else has power over the folder.
    #[error("refusing to write into `{}`: {stranger}", .path.display())]
    Untrusted {
        /// The path.
        path: PathBuf,
        /// Who.
        stranger: Stranger,
    },
    /// The system says no.
    #[error("`{}` cannot be written: {error}", .path.display())]
    Unwritable {
        /// The path.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

/// Who has power over a folder beside its user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stranger {
    /// Another user owns it.
    Owner,
    /// Everybody can write into it.
    Everybody,
}

impl fmt::Display for Stranger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Owner => "it belongs to another user",
            Self::Everybody => "everybody can write into it",
        })
    }
}

impl OutputError {
    /// For `map_err`: the system's refusal to write `path`.
    pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| match error.kind() {
            io::ErrorKind::NotADirectory => Self::NotAFolder { path },
            _ => Self::Unwritable { path, error },
        }
    }
}

impl Diagnostic for OutputError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Busy { .. } => "wait for it to end, or name another file".to_owned(),
            Self::NotALock { .. } => {
                "name another folder with --out; if this one is of an earlier run, write the word `flat` into the file".to_owned()
            }
            Self::Untrusted { path, stranger } => {
                let cure = match stranger {
                    Stranger::Owner => String::new(),
                    Stranger::Everybody => format!("chmod o-w '{}', or ", path.display()),
                };
                format!("{cure}name a folder of your own with --out; --trust-folder takes it as it is")
            }
            Self::Exists { .. } => "name a new one, or move the old one away".to_owned(),
            Self::Foreign { .. } => "name a new or empty folder with --out".to_owned(),
            Self::Locked { .. } => {
                "wait for it to end, or name another folder with --out".to_owned()
            }
            Self::NotAFolder { .. } => "name a folder with --out".to_owned(),
            Self::Unwritable { error, .. } => match error.kind() {
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                    "name a folder of your own with --out".to_owned()
                }
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    "make room and run again: what is finished stays".to_owned()
                }
                _ => return None,
            },
        })
    }
}
