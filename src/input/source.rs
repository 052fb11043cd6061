//! Where the list comes from. It is read more than once, so it must still be the same the next time.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

use tempfile::SpooledTempFile;

use super::error::InputError;
use crate::diagnostic::nearest;

/// How much of standard input is kept in memory before it goes to a file, in bytes.
const SPOOL_IN_MEMORY: usize = 8 << 20;

/// The most that standard input may hold, in bytes: a stream without end must not fill the disk.
const LARGEST_SPOOL: u64 = 4 << 30;

/// A list that can be read from its start as often as needed.
#[derive(Debug)]
pub struct Source {
    origin: Origin,
    seen: OnceLock<Stamp>,
}

enum Origin {
    File(PathBuf),
    /// Standard input, kept: in memory, and past a bound in a private file without name.
    Spool(Arc<Mutex<SpooledTempFile>>),
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.fmt(f),
            Self::Spool(_) => f.write_str("standard input"),
        }
    }
}

/// What tells one state of a file from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    size: u64,
    modified: Option<SystemTime>,
}

impl Source {
    /// The file at `path`; nothing is opened yet.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self { origin: Origin::File(path.into()), seen: OnceLock::new() }
    }

    /// All of `input`, which is standard input.
    pub fn spool(input: impl Read) -> Result<Self, InputError> {
        let mut spool = SpooledTempFile::new(SPOOL_IN_MEMORY);
        let copied = io::copy(&mut input.take(LARGEST_SPOOL + 1), &mut spool);
        let source =
            Self { origin: Origin::Spool(Arc::new(Mutex::new(spool))), seen: OnceLock::new() };
        match copied {
            Ok(size) if size > LARGEST_SPOOL => Err(InputError::EndlessInput),
            Ok(size) => {
                source.seen.get_or_init(|| Stamp { size, modified: None });
                Ok(source)
            }
            Err(error) => Err(source.unreadable(error)),
        }
    }

    /// The name by which messages call it: what the user typed.
    pub fn name(&self) -> String {
        match &self.origin {
            Origin::File(path) => path.display().to_string(),
            Origin::Spool(_) => "standard input".to_owned(),
        }
    }

    /// Its size in bytes, once it has been opened.
    pub fn size(&self) -> Option<u64> {
        self.seen.get().map(|stamp| stamp.size)
    }

    /// Fails if the list is no longer the one that was read first.
    pub fn check_unchanged(&self) -> Result<(), InputError> {
        let Origin::File(path) = &self.origin else {
            return Ok(());
        };
        let now =
            fs::metadata(path).ok().map(|m| Stamp { size: m.len(), modified: m.modified().ok() });
        if now == self.seen.get().copied() { Ok(()) } else { Err(self.changed()) }
    }

    /// What to say when the list is no longer the one that was read first.
    pub fn changed(&self) -> InputError {
        InputError::Changed { file: self.name() }
    }

    /// A reader from the start.
    pub(super) fn open(&self) -> Result<Box<dyn Read + Send>, InputError> {
        match &self.origin {
            Origin::File(path) => Ok(Box::new(self.open_file(path)?)),
            Origin::Spool(spool) => Ok(Box::new(SpoolReader { spool: Arc::clone(spool), at: 0 })),
        }
    }

    /// Its first bytes, enough to tell what kind of file it is.
    pub(super) fn start(&self) -> Result<Vec<u8>, InputError> {
        let mut start = Vec::new();
        self.open()?.take(8).read_to_end(&mut start).map_err(|error| self.unreadable(error))?;
        Ok(start)
    }

    /// For `map_err`: the system's refusal to read this list.
    pub(super) fn unreadable(&self, error: io::Error) -> InputError {
        InputError::Unreadable { file: self.name(), error }
    }

    fn open_file(&self, path: &Path) -> Result<File, InputError> {
        let refused = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => {
                InputError::Missing { file: self.name(), nearest: sibling_like(path) }
            }
            _ => self.unreadable(error),
        };
        let metadata = fs::metadata(path).map_err(refused)?;
        if metadata.is_dir() {
            return Err(InputError::Folder { file: self.name() });
        }
        if !metadata.is_file() {
            return Err(InputError::NotAFile { file: self.name() });
        }
        let file = File::open(path).map_err(refused)?;
        let stamp = Stamp { size: metadata.len(), modified: metadata.modified().ok() };
        if *self.seen.get_or_init(|| stamp) != stamp {
            return Err(InputError::Changed { file: self.name() });
        }
        Ok(file)
    }
}

/// Reads a spool from the start, whoever else reads it.
struct SpoolReader {
    spool: Arc<Mutex<SpooledTempFile>>,
    at: u64,
}

impl Read for SpoolReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut spool = self.spool.lock().unwrap_or_else(PoisonError::into_inner);
        spool.seek(SeekFrom::Start(self.at))?;
        let count = spool.read(buffer)?;
        self.at += count as u64;
        Ok(count)
    }
}

/// A file beside `path` whose name is nearly the one that was typed.
fn sibling_like(path: &Path) -> Option<String> {
    let wanted = path.file_name()?.to_str()?.to_owned();
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let names: Vec<String> = fs::read_dir(folder)
        .ok()?
        .take(1000)
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    let found = nearest(&wanted, names.iter().map(String::as_str))?;
    Some(path.with_file_name(found).display().to_string())
}
