//! Where the list comes from. It is read twice, so it must still be the same the second time.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::SystemTime;

use super::error::InputError;
use crate::diagnostic::nearest;

/// A file that can be read from its start as often as needed.
#[derive(Debug)]
pub struct Source {
    path: PathBuf,
    seen: OnceLock<Stamp>,
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
        Self { path: path.into(), seen: OnceLock::new() }
    }

    /// The name by which messages call it: what the user typed.
    pub fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// Its size in bytes, once it has been opened.
    pub fn size(&self) -> Option<u64> {
        self.seen.get().map(|stamp| stamp.size)
    }

    /// Fails if the list is no longer the one that was read first.
    pub fn check_unchanged(&self) -> Result<(), InputError> {
        let now = fs::metadata(&self.path)
            .ok()
            .map(|m| Stamp { size: m.len(), modified: m.modified().ok() });
        if now == self.seen.get().copied() { Ok(()) } else { Err(self.changed()) }
    }

    /// What to say when the list is no longer the one that was read first.
    pub fn changed(&self) -> InputError {
        InputError::Changed { file: self.name() }
    }

    /// A reader from the start.
    pub fn open(&self) -> Result<Box<dyn Read>, InputError> {
        let unreadable = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => {
                InputError::Missing { file: self.name(), nearest: sibling_like(&self.path) }
            }
            _ => InputError::Unreadable { file: self.name(), error },
        };
        let metadata = fs::metadata(&self.path).map_err(unreadable)?;
        if metadata.is_dir() {
            return Err(InputError::Folder { file: self.name() });
        }
        let file = File::open(&self.path).map_err(unreadable)?;
        let stamp = Stamp { size: metadata.len(), modified: metadata.modified().ok() };
        if *self.seen.get_or_init(|| stamp) != stamp {
            return Err(InputError::Changed { file: self.name() });
        }
        Ok(Box::new(file))
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
