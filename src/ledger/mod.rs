//! `ledger.db`: what the runs into a folder made, for whom, and who has left. A SQLite database that any
//! SQLite program reads; docs/ledger.md describes it. It holds no password, passphrase or key.
//!
//! The people of a group are stored once their files are in their places and durable, and before a file is replaced
//! the ledger forgets what the old one was made from. So it never claims a file that is not there. The tables `staged`
//! and `placed` name files in advance, as ones that may be there after a kill.

mod error;
mod known;
mod people;
mod placed;
mod record;
mod renames;
mod retired;
mod runs;
mod schema;
mod signer;
mod staged;
mod waiting;

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

pub(crate) use error::LedgerError;
pub(crate) use known::{Holder, Known, KnownPerson, Listing};
pub(crate) use people::StoredPerson;
pub(crate) use placed::Placed;
pub(crate) use record::{
    Event, EventKind, Fingerprint, Package, PersonKey, PersonRecord, Retirement, State,
};
pub(crate) use retired::RetiredFiles;
pub(crate) use runs::{Command, NewRun, RunId, StoredEvent, StoredRun};
pub(crate) use signer::{SignerId, SignerRecord};
pub(crate) use staged::{Former, StagedBundle, Upcoming};
pub(crate) use waiting::{BundleState, Waiting};

/// The ledger of one folder.
#[derive(Debug)]
pub(crate) struct Ledger {
    db: Connection,
    path: PathBuf,
}

fn is_missing(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// What follows the ledger's name in the names of files that SQLite opens by itself
/// (<https://www.sqlite.org/tempfiles.html>); the first is the ledger.
const SQLITE_FILES: [&str; 4] = ["", "-journal", "-wal", "-shm"];

/// Whether a ledger is opened to be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Nothing is written but what SQLite takes back of a transaction that was interrupted.
    Read,
    /// The schema is brought up to date; `identifier` is the folder's namespace, which never changes.
    Write,
}

/// `path` without links in its folder: SQLite, which must follow no link, refuses one in any part of a path
/// (<https://www.sqlite.org/c3ref/open.html>), and only the ledger itself must not be one.
#[cfg(unix)]
fn real(path: &Path) -> Result<PathBuf, LedgerError> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Ok(path.to_owned());
    };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let folder = folder
        .canonicalize()
        .map_err(|error| LedgerError::Unreadable { path: path.to_owned(), why: error })?;
    Ok(folder.join(name))
}

/// SQLite looks for links on Unix alone, and people do not know the longer form of a path on Windows.
#[cfg(not(unix))]
fn real(path: &Path) -> Result<PathBuf, LedgerError> {
    Ok(path.to_owned())
}

impl Ledger {
    /// Opens the ledger at `path`, a file that exists; an empty file becomes a new ledger.
    ///
    /// `identifier` is the namespace of the identifiers on devices: a ledger that has another one is
    /// another client's.
    pub(crate) fn open(path: &Path, access: Access, identifier: &str) -> Result<Self, LedgerError> {
        let mut ledger = Self::connect(path)?;
        match access {
            Access::Read => ledger.check_version()?,
            Access::Write => ledger.migrate(identifier)?,
        }
        let owner = ledger.identifier()?;
        if owner != identifier {
            return Err(LedgerError::OtherClient {
                path: path.to_owned(),
                owner,
                wanted: identifier.to_owned(),
            });
        }
        Ok(ledger)
    }

    /// Copies the ledger at `path`, of an earlier version, to the empty file `copy` and brings that up to date.
    pub(crate) fn open_copy(
        path: &Path,
        copy: &Path,
        identifier: &str,
    ) -> Result<Self, LedgerError> {
        Self::connect(path)?.copy_to(copy)?;
        Self::open(copy, Access::Write, identifier)
    }

    /// Opens the ledger at `path` for reading, even if another user owns it.
    pub(crate) fn open_any(path: &Path) -> Result<Self, LedgerError> {
        let ledger = Self::connect(path)?;
        ledger.check_version()?;
        Ok(ledger)
    }

    /// The namespace of the identifiers in the ledger at `path`, which may be of an earlier version.
    pub(crate) fn owner(path: &Path) -> Result<String, LedgerError> {
        let ledger = Self::connect(path)?;
        match ledger.check_version() {
            Ok(()) | Err(LedgerError::Older { .. }) => ledger.identifier(),
            Err(error) => Err(error),
        }
    }

    /// Whether there is a ledger at `path`: an empty file is not one yet.
    pub(crate) fn exists(path: &Path) -> Result<bool, LedgerError> {
        match path.symlink_metadata() {
            // opening a FIFO could block, and a link could lead anywhere
            Ok(metadata) if !metadata.is_file() => {
                Err(LedgerError::Irregular { path: path.to_owned() })
            }
            Ok(metadata) => Ok(metadata.len() > 0),
            Err(error) if is_missing(error.kind()) => Ok(false),
            Err(error) => Err(LedgerError::Unreadable { path: path.to_owned(), why: error }),
        }
    }

    fn connect(path: &Path) -> Result<Self, LedgerError> {
        let at = LedgerError::at(path);
        for suffix in SQLITE_FILES {
            let mut name = path.as_os_str().to_owned();
            name.push(suffix);
            Self::exists(Path::new(&name))?;
        }
        // a file that may not be written is opened for reading (SQLite, sqlite3_open_v2); no URI: a file
        // name that begins with `file:` is a file name
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_NOFOLLOW;
        let db = Connection::open_with_flags(real(path)?, flags).map_err(&at)?;
        schema::set_up(&db).map_err(&at)?;
        Ok(Self { db, path: path.to_owned() })
    }

    /// The namespace of the folder's identifiers.
    pub(crate) fn identifier(&self) -> Result<String, LedgerError> {
        self.db.query_row("SELECT identifier FROM folder", [], |row| row.get(0)).map_err(self.at())
    }

    /// A number that changes when another program changes the ledger
    /// (<https://www.sqlite.org/pragma.html#pragma_data_version>).
    pub(crate) fn version_of_data(&self) -> Result<i64, LedgerError> {
        self.db.pragma_query_value(None, "data_version", |row| row.get(0)).map_err(self.at())
    }

    /// Reads every page. Errors name what is damaged.
    pub(crate) fn check_whole(&self) -> Result<(), LedgerError> {
        let damaged = |why: String| Err(LedgerError::Damaged { path: self.path.clone(), why });
        let found: String =
            self.db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(self.at())?;
        if found != "ok" {
            return damaged(found.replace("*** in database main ***", "").trim().to_owned());
        }
        let page: u64 =
            self.db.pragma_query_value(None, "page_size", |row| row.get(0)).map_err(self.at())?;
        // SQLite reads the missing part of the last page as zeros
        match self.path.metadata() {
            Ok(metadata) if !metadata.len().is_multiple_of(page) => {
                damaged("its end is missing".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// Writes a copy of the whole ledger into the empty file `place`.
    pub(crate) fn copy_to(&self, place: &Path) -> Result<(), LedgerError> {
        let place = &real(place)?;
        let text = place.to_str().ok_or_else(|| LedgerError::Other {
            path: place.to_owned(),
            why: "its path is not UTF-8".to_owned(),
        })?;
        self.db.execute("VACUUM INTO ?1", [text]).map(|_| ()).map_err(LedgerError::at(place))
    }

    /// For `map_err`: adds the path of this ledger.
    fn at(&self) -> impl Fn(rusqlite::Error) -> LedgerError + '_ {
        LedgerError::at(&self.path)
    }
}

#[cfg(test)]
mod tests;
