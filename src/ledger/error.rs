//! Ledgers that cannot be used, and why.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use thiserror::Error;

use crate::diagnostic::{CannotRead, Diagnostic, Shown, WhyUnreadable, is_held_open};

/// A ledger that cannot be read or written.
#[derive(Debug, Error)]
pub(crate) enum LedgerError {
    /// The content is not what this program wrote.
    #[error("the ledger `{}` is damaged: {why}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// SQLite's words, or ours.
        why: String,
    },
    /// A SQLite database of another program.
    #[error("`{}` is not a ledger of mailmuster", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// Written by a later version.
    #[error("the ledger `{}` was written by {tool}, which is newer than this program", .path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// `mailmuster 0.9.0`.
        tool: String,
    },
    /// Reading alone cannot bring an old schema up to date.
    #[error("the ledger `{}` was written by an earlier version", .path.display())]
    Older {
        /// The file.
        path: PathBuf,
    },
    /// The folder belongs to another organization.
    #[error(
        "the folder's ledger `{}` belongs to another client: its identifiers begin with `{}`, and this run's with `{}`",
        .path.display(), Shown(.owner), Shown(.wanted)
    )]
    OtherClient {
        /// The file.
        path: PathBuf,
        /// The namespace in the ledger.
        owner: String,
        /// The namespace of this run.
        wanted: String,
    },
    /// The file or its folder may not be written.
    #[error("the ledger `{}` cannot be written: {why}", .path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
        /// SQLite's words.
        why: String,
    },
    /// No room.
    #[error("the ledger `{}` cannot be written: the disk is full", .path.display())]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// A folder, FIFO, socket, device or link in the place of the ledger or a file of it.
    #[error("`{}` is not a regular file", .path.display())]
    Irregular {
        /// The ledger, or its journal.
        path: PathBuf,
    },
    /// Another program holds it.
    #[error("the ledger `{}` is in use by another program", .path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// The system does not even say whether there is a ledger.
    #[error("the ledger `{}` cannot be read: {}", .path.display(), WhyUnreadable(.why))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's words.
        why: io::Error,
    },
    /// The disk, or anything else.
    #[error("the ledger `{}` cannot be used: {why}", .path.display())]
    Other {
        /// The file.
        path: PathBuf,
        /// SQLite's words.
        why: String,
    },
}

impl LedgerError {
    /// For `map_err`: judges what SQLite reports about the ledger at `path`.
    pub(super) fn at(path: &Path) -> impl Fn(rusqlite::Error) -> Self + use<> {
        let path = path.to_owned();
        move |error| Self::of(path.clone(), &error)
    }

    fn of(path: PathBuf, error: &rusqlite::Error) -> Self {
        let why = error.to_string();
        let is_wrong_value = matches!(
            error,
            rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
                | rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::QueryReturnedNoRows
        );
        let Some(code) = error.sqlite_error_code().filter(|_| !is_wrong_value) else {
            // not what this program wrote
            return if is_wrong_value {
                Self::Damaged { path, why }
            } else {
                Self::Other { path, why }
            };
        };
        match code {
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Self::Damaged { path, why },
            // SQLite has no code of its own for it
            ErrorCode::CannotOpen | ErrorCode::SystemIoFailure if is_held(&path) => {
                Self::Busy { path }
            }
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen => {
                Self::ReadOnly { path, why }
            }
            ErrorCode::DiskFull => Self::Full { path },
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Busy { path },
            _ => Self::Other { path, why },
        }
    }

    /// Whether the ledger can be replaced by one that is rebuilt from the folder.
    pub(crate) fn is_damage(&self) -> bool {
        matches!(self, Self::Damaged { .. })
    }
}

/// Whether another program has the file open and shares it with no other.
fn is_held(path: &Path) -> bool {
    File::open(path).is_err_and(|error| is_held_open(&error))
}

impl Diagnostic for LedgerError {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Damaged { .. } => {
                "`generate` sets a damaged ledger aside and rebuilds it from the bundles and manifest.jsonl"
            }
            Self::Foreign { .. } => {
                "move the file away, or name another folder with --out; mailmuster keeps its own ledger under this name"
            }
            Self::Newer { .. } => "install that version or a later one",
            Self::Older { .. } => "run `generate` once: it brings the ledger up to date",
            Self::OtherClient { .. } => {
                "each client has a folder of its own: name it with --out, or correct --identifier"
            }
            Self::ReadOnly { .. } => {
                "run as the user who owns the folder, and check that the folder can be written"
            }
            Self::Full { .. } => "make room and run again: what is finished stays",
            Self::Irregular { .. } => {
                "move it away, put the ledger back if you have it, and run again: without it `generate` makes one from the bundles and manifest.jsonl"
            }
            Self::Busy { .. } => "close the program that has it open, and run again",
            Self::Unreadable { path, why } if why.kind() == io::ErrorKind::InvalidFilename => {
                return CannotRead(&path.display().to_string(), why).hint();
            }
            Self::Unreadable { .. } => "run as the user who owns the folder",
            Self::Other { .. } => "check the disk, then run again: what is finished stays",
        };
        Some(hint.to_owned())
    }
}
