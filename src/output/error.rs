//! Errors of writing.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::held::is_held;
use super::layout::{LOCK, MDM};
use crate::diagnostic::{Diagnostic, Listed};

#[derive(Debug, Error)]
pub(crate) enum OutputError {
    #[error("another run of mailmuster is writing `{}`", .path.display())]
    Busy { path: PathBuf },
    /// The folder of an export, in which a run would write.
    #[error("refusing to write into `{}`: it is the folder of an export", .folder.display())]
    OfAnExport { folder: PathBuf },
    /// The folder of a run, in which an export would write.
    #[error("refusing to write into `{}`: it is the folder of a run", .folder.display())]
    OfARun { folder: PathBuf },
    /// A folder in the folder of a run, such as `bundles`.
    #[error("refusing to write into `{}`: it is a part of the output folder `{}`", .part.display(), .whole.display())]
    PartOfARun { part: PathBuf, whole: PathBuf },
    /// A folder of a run that cannot be locked.
    #[error("refusing to write into `{}`: it contains {} of a run, but not its {LOCK}", .folder.display(), Listed(.names))]
    WithoutLock { folder: PathBuf, names: Vec<String> },
    /// A list of an export that no export wrote.
    #[error("`{}` is not the list of an export of mailmuster", .path.display())]
    NotAnExport { path: PathBuf },
    /// A folder with files that mailmuster did not make.
    #[error("refusing to write into `{}`: it contains {}, which mailmuster did not make", .folder.display(), Listed(.names))]
    Foreign { folder: PathBuf, names: Vec<String> },
    #[error("another run of mailmuster is writing into `{}`", .folder.display())]
    Locked { folder: PathBuf },
    /// A file that only one run at a time may use.
    #[error("another run of mailmuster holds `{}`", .file.display())]
    InUse { file: PathBuf },
    /// A foreign file with the name of the lock.
    #[error("`{}` is not a lock file of mailmuster: {why}", .path.display())]
    NotALock { path: PathBuf, why: &'static str },
    /// The folder of an export.
    #[error("`{}` is an export for {other}", .folder.display())]
    OtherMdm { folder: PathBuf, other: String },
    /// Many files were set aside already.
    #[error("`{}` cannot be set aside: every other name for it is taken", .path.display())]
    NoFreeName { path: PathBuf },
    #[error("`{}` is not a folder", .path.display())]
    NotAFolder { path: PathBuf },
    /// A folder, FIFO, socket or device in the place of a file of the run.
    #[error("`{}` is not a regular file", .path.display())]
    Irregular { path: PathBuf },
    #[error("refusing to overwrite `{}`", .path.display())]
    Exists { path: PathBuf },
    #[error("refusing to write into `{}`: {stranger}", .path.display())]
    Untrusted { path: PathBuf, stranger: Stranger },
    /// On Windows.
    #[error("`{}` cannot be written: `{name}` cannot be the name of a file or folder, for {why}", .path.display())]
    BadName { path: PathBuf, name: String, why: &'static str },
    /// On Windows.
    #[error("`{}` cannot be replaced: another program has it open", .path.display())]
    HeldOpen { path: PathBuf },
    #[error("`{}` cannot be written: {error}", .path.display())]
    Unwritable { path: PathBuf, error: io::Error },
}

/// The number of EIO on every Unix; std has no name for it.
const INPUT_OUTPUT: i32 = if cfg!(unix) { 5 } else { -1 };

/// Who else can change a folder.
#[cfg_attr(not(unix), expect(dead_code, reason = "access lists are not checked"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stranger {
    Owner,
    Everybody,
}

impl fmt::Display for Stranger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Owner => "it belongs to another user",
            Self::Everybody => "any user can write into it",
        })
    }
}

impl OutputError {
    /// For `map_err`: an I/O error at `path`.
    pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| match error.kind() {
            io::ErrorKind::NotADirectory => Self::NotAFolder { path },
            _ if is_held(&path, &error) => Self::HeldOpen { path },
            _ => Self::Unwritable { path, error },
        }
    }
}

impl Diagnostic for OutputError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Busy { .. } => "wait for it to end, or name another file".to_owned(),
            Self::NotALock { .. } => {
                "name another folder with --out; if an earlier run used this folder, write the word `flat` into the file".to_owned()
            }
            Self::Untrusted { path, stranger } => {
                let cure = match stranger {
                    Stranger::Owner => String::new(),
                    Stranger::Everybody => format!("chmod o-w '{}', or ", path.display()),
                };
                format!("{cure}name a folder of your own with --out, or allow this one with --trust-folder")
            }
            Self::Exists { .. } => "choose another name, or move the existing one away".to_owned(),
            Self::OfARun { folder } => format!(
                "name a folder of its own with --out, for example {}", folder.join(MDM).display()
            ),
            Self::PartOfARun { whole, .. } => format!("name `{}`, or a new or empty folder, with --out", whole.display()),
            Self::WithoutLock { .. } => format!(
                "restore {LOCK} from a backup, or name a new or empty folder with --out"
            ),
            Self::OfAnExport { .. } | Self::NotAnExport { .. } | Self::Foreign { .. } => "name a new or empty folder with --out".to_owned(),
            Self::OtherMdm { .. } => {
                "name another folder with --out: `state` in this one is about what was pushed".to_owned()
            }
            Self::Locked { .. } => {
                "wait for it to end, or name another folder with --out".to_owned()
            }
            Self::InUse { .. } => "wait for it to end".to_owned(),
            Self::Irregular { .. } => "move it away and run again: the run writes a file of that name".to_owned(),
            Self::NoFreeName { .. } => {
                "move the files that earlier runs set aside there out of the folder, and find out why so many were".to_owned()
            }
            Self::NotAFolder { .. } => "name a folder".to_owned(),
            Self::BadName { .. } => "choose another name".to_owned(),
            Self::HeldOpen { .. } => {
                "close it there (Excel, a preview, a virus scanner, OneDrive) and run again: finished files remain".to_owned()
            }
            Self::Unwritable { error, .. } => match error.kind() {
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                    "name a folder of your own with --out".to_owned()
                }
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    "free some space and run again: finished files remain".to_owned()
                }
                io::ErrorKind::NotFound => {
                    "check the path: its drive or network share is not there, or cannot be reached".to_owned()
                }
                // EFBIG
                io::ErrorKind::FileTooLarge => {
                    "raise the limit on the size of files, of this user (`ulimit -f`) or of the file system, and run again: finished files remain".to_owned()
                }
                io::ErrorKind::IsADirectory => {
                    "move the folder away and run again: the run writes a file of that name".to_owned()
                }
                _ if error.raw_os_error() == Some(INPUT_OUTPUT) => {
                    "check the disk, then run again: finished files remain".to_owned()
                }
                _ => return None,
            },
        })
    }
}
