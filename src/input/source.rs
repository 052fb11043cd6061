//! Where the list comes from. It is read more than once, and each time it must be the same.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

use crc32fast::Hasher;
use sha2::{Digest as _, Sha256};
use tempfile::SpooledTempFile;

use super::error::{InputError, InputErrorKind};
use crate::bounded::{self, Opened};
use crate::diagnostic::nearest;
use crate::domain::text::hex;

/// How much of standard input is kept in memory before it goes to a file, in bytes.
const SPOOL_IN_MEMORY: usize = 8 << 20;

/// The most that standard input may hold, in bytes: a stream without end must not fill the disk.
const LARGEST_SPOOL: u64 = 4 << 30;

const STANDARD_INPUT: &str = "standard input";

/// A list that can be read from its start as often as needed.
#[derive(Debug)]
pub struct Source {
    origin: Origin,
    seen: OnceLock<Stamp>,
    /// Checksum of the whole list, after it was read to its end.
    checksum: Arc<OnceLock<u32>>,
    /// The content of the pipe that the path names, after it was opened.
    piped: OnceLock<Spool>,
}

#[derive(Debug)]
enum Origin {
    /// A file, or a pipe such as `/dev/fd/63`.
    Path(PathBuf),
    StandardInput(Spool),
}

/// The content of a stream: in memory, and above a bound in a private file without a name.
#[derive(Clone)]
struct Spool(Arc<Mutex<SpooledTempFile>>);

impl fmt::Debug for Spool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Spool")
    }
}

impl Spool {
    /// Keeps all of `input`, and reports its size in bytes; `None` where that is past the bound.
    fn keep(input: impl Read) -> io::Result<Option<(Self, u64)>> {
        let mut spool = SpooledTempFile::new(SPOOL_IN_MEMORY);
        let size = io::copy(&mut input.take(LARGEST_SPOOL + 1), &mut spool)?;
        Ok((size <= LARGEST_SPOOL).then(|| (Self(Arc::new(Mutex::new(spool))), size)))
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
        Self::from(Origin::Path(path.into()))
    }

    /// All of `input`, which is standard input.
    pub fn spool(input: impl Read) -> Result<Self, InputError> {
        let file = STANDARD_INPUT.to_owned();
        match Spool::keep(input) {
            Ok(Some((spool, size))) => {
                let source = Self::from(Origin::StandardInput(spool));
                source.seen.get_or_init(|| Stamp { size, modified: None });
                Ok(source)
            }
            Ok(None) => Err(InputErrorKind::EndlessInput.of(file)),
            Err(error) => Err(InputErrorKind::Unreadable(error).of(file)),
        }
    }

    fn from(origin: Origin) -> Self {
        Self { origin, seen: OnceLock::new(), checksum: Arc::default(), piped: OnceLock::new() }
    }

    /// Its name in messages: what the user typed.
    pub(crate) fn name(&self) -> String {
        match &self.origin {
            Origin::Path(path) => path.display().to_string(),
            Origin::StandardInput(_) => STANDARD_INPUT.to_owned(),
        }
    }

    /// Its size in bytes, after it was opened.
    pub(crate) fn size(&self) -> Option<u64> {
        self.seen.get().map(|stamp| stamp.size)
    }

    /// Fails if the list is no longer the one that was read first.
    pub(crate) fn check_unchanged(&self) -> Result<(), InputError> {
        let Origin::Path(path) = &self.origin else {
            return Ok(());
        };
        if self.piped.get().is_some() {
            return Ok(());
        }
        let now =
            fs::metadata(path).ok().map(|m| Stamp { size: m.len(), modified: m.modified().ok() });
        if now == self.seen.get().copied() { Ok(()) } else { Err(self.changed()) }
    }

    /// The error for a list that is no longer the one that was read first.
    pub(crate) fn changed(&self) -> InputError {
        self.error(InputErrorKind::Changed)
    }

    /// A reader from the start. It fails at its end if the list is not the one that was read first.
    pub(super) fn open(&self) -> Result<Box<dyn Read + Send>, InputError> {
        let spool = match (&self.origin, self.piped.get()) {
            (Origin::StandardInput(spool), _) | (_, Some(spool)) => spool,
            (Origin::Path(path), None) => match self.open_path(path)? {
                Opened::File(file) => {
                    let checksum = Arc::clone(&self.checksum);
                    return Ok(Box::new(Checked { inner: file, sum: Hasher::new(), checksum }));
                }
                Opened::Stream(stream) => self.keep(stream)?,
            },
        };
        Ok(Box::new(SpoolReader { spool: spool.clone(), at: 0 }))
    }

    /// SHA-256 of the whole list, in hexadecimal.
    pub(crate) fn sha256(&self) -> Result<String, InputError> {
        let mut hash = Sha256::new();
        let mut reader = self.open()?;
        let mut buffer = vec![0; 1 << 16];
        loop {
            match reader.read(&mut buffer) {
                Ok(0) => return Ok(hex(&hash.finalize())),
                Ok(count) => hash.update(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.unreadable(error)),
            }
        }
    }

    /// Keeps the content of the pipe that the path names, which can be read once.
    fn keep(&self, stream: File) -> Result<&Spool, InputError> {
        let kept = Spool::keep(stream).map_err(|error| self.unreadable(error))?;
        let (spool, size) = kept.ok_or_else(|| self.error(InputErrorKind::EndlessInput))?;
        self.seen.get_or_init(|| Stamp { size, modified: None });
        Ok(self.piped.get_or_init(|| spool))
    }

    /// For `map_err`: the error of a reader of this list.
    pub(super) fn unreadable(&self, error: io::Error) -> InputError {
        if error.get_ref().is_some_and(|inner| inner.is::<ListChanged>()) {
            return self.changed();
        }
        self.error(InputErrorKind::Unreadable(error))
    }

    pub(crate) fn error(&self, kind: InputErrorKind) -> InputError {
        kind.of(self.name())
    }

    fn open_path(&self, path: &Path) -> Result<Opened, InputError> {
        let opened = bounded::open(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                self.error(InputErrorKind::Missing { nearest: sibling_like(path) })
            }
            io::ErrorKind::IsADirectory => self.error(InputErrorKind::Folder),
            _ if bounded::is_irregular(&error) => self.error(InputErrorKind::NotAFile),
            _ => self.unreadable(error),
        })?;
        if let Opened::File(file) = &opened {
            let metadata = file.metadata().map_err(|error| self.unreadable(error))?;
            let stamp = Stamp { size: metadata.len(), modified: metadata.modified().ok() };
            if *self.seen.get_or_init(|| stamp) != stamp {
                return Err(self.changed());
            }
        }
        Ok(opened)
    }
}

/// Passes a list through and compares its checksum, at the end, with that of the first reading. A
/// program may change bytes and put size and time back; `rsync --inplace` and mapped files do.
///
/// CRC-32 is in the program for zip files already and costs 1 ms for 20 MB. It finds every change that
/// is not made to escape it, and a user who can make one could as well change the list before the run.
struct Checked<R> {
    inner: R,
    sum: Hasher,
    checksum: Arc<OnceLock<u32>>,
}

/// The error inside the [`io::Error`] that [`Checked`] raises.
#[derive(Debug, thiserror::Error)]
#[error("the list changed while it was being read")]
struct ListChanged;

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.sum.update(&buffer[..count]);
        if count == 0 && !buffer.is_empty() {
            let sum = self.sum.clone().finalize();
            if *self.checksum.get_or_init(|| sum) != sum {
                return Err(io::Error::other(ListChanged));
            }
        }
        Ok(count)
    }
}

/// Reads a spool from the start; several readers may do so at once.
struct SpoolReader {
    spool: Spool,
    at: u64,
}

impl Read for SpoolReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut spool = self.spool.0.lock().unwrap_or_else(PoisonError::into_inner);
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

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn read(source: &Source) -> Result<usize, InputError> {
        let mut all = Vec::new();
        source.open()?.read_to_end(&mut all).map_err(|error| source.unreadable(error))
    }

    #[test]
    fn a_change_that_keeps_size_and_time_is_found() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"email\nada@q.com\n").unwrap();
        let modified = file.as_file().metadata().unwrap().modified().unwrap();
        let source = Source::file(file.path());
        for _ in 0..2 {
            assert_eq!(read(&source).unwrap(), 16);
        }
        file.rewind().unwrap();
        file.write_all(b"email\nbob@q.com\n").unwrap();
        file.as_file().set_modified(modified).unwrap();
        source.check_unchanged().unwrap();
        assert!(matches!(read(&source), Err(InputError { kind: InputErrorKind::Changed, .. })));
    }

    #[test]
    fn a_list_that_is_read_in_part_is_not_compared() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(100_000).unwrap();
        let source = Source::file(file.path());
        for _ in 0..2 {
            source.open().unwrap().read_exact(&mut [0; 8]).unwrap();
            assert_eq!(read(&source).unwrap(), 100_000);
        }
    }
}
