//! The lock file of a folder: marks the folder as made by mailmuster, excludes a second run, and stores
//! how the bundles are spread. A file that may not be a lock is never written.

use std::fs::{self, File, Metadata};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::error::OutputError;
use super::layout::{LOCK, LONGEST_LOCK, NotALock, Spread};
use super::part::create_new;
use super::trust::Trust;

/// Held until the run ends. The system releases it even if the run is killed.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
    path: PathBuf,
    spread: Option<Spread>,
}

impl Lock {
    /// Locks the folder `root`, creating the file if necessary.
    pub(super) fn take(root: &Path, trust: Trust) -> Result<Self, OutputError> {
        let path = root.join(LOCK);
        let file = match create_new(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                // opening a FIFO or a device could block
                let metadata = path.symlink_metadata().map_err(OutputError::at(&path))?;
                judge(&path, &metadata, trust)?;
                let file = File::options().read(true).write(true).open(&path);
                let file = file.map_err(OutputError::at(&path))?;
                let metadata = file.metadata().map_err(OutputError::at(&path))?;
                judge(&path, &metadata, trust)?;
                file
            }
            other => other.map_err(OutputError::at(&path))?,
        };
        match file.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => {
                return Err(OutputError::Locked { folder: root.to_owned() });
            }
            Err(fs::TryLockError::Error(error)) => return Err(OutputError::at(&path)(error)),
        }
        let spread = read(&file, &path)?;
        Ok(Self { file, path, spread })
    }

    pub(super) fn spread(&self, people: u64) -> Result<Spread, OutputError> {
        if let Some(spread) = self.spread {
            return Ok(spread);
        }
        let spread = Spread::for_people(people);
        let mut file = &self.file;
        file.rewind()
            .and_then(|()| file.write_all(spread.id().as_bytes()))
            .map_err(OutputError::at(&self.path))?;
        Ok(spread)
    }
}

/// Refuses a file in the place of the lock of the folder `root` that is not one. It may be missing.
pub(super) fn judge_place(root: &Path, trust: Trust) -> Result<(), OutputError> {
    let path = root.join(LOCK);
    match path.symlink_metadata() {
        Ok(metadata) => judge(&path, &metadata, trust)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(OutputError::at(&path)(error)),
    }
    read(&File::open(&path).map_err(OutputError::at(&path))?, &path).map(|_| ())
}

/// Whether a run is writing into the folder `root` at this moment. Nothing is created, and a file system without
/// locks answers no.
pub(crate) fn is_locked(root: &Path) -> bool {
    let shared = |file: File| match file.try_lock_shared() {
        Err(fs::TryLockError::WouldBlock) => true,
        Ok(()) | Err(fs::TryLockError::Error(_)) => false,
    };
    existing(root).is_some_and(|(file, _)| shared(file))
}

/// The lock file of the folder `root`, to be read.
fn existing(root: &Path) -> Option<(File, PathBuf)> {
    let path = root.join(LOCK);
    // opening a FIFO or a device could block
    let is_file = path.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
    is_file.then(|| File::open(&path).ok()).flatten().map(|file| (file, path))
}

/// The spread of the bundles in the folder `root`, which is not locked; `None` where no run has chosen one.
pub(super) fn spread_in(root: &Path) -> Option<Spread> {
    let (file, path) = existing(root)?;
    read(&file, &path).ok().flatten()
}

/// Refuses everything but a plain file with one name. A second name would be a file of someone else.
fn judge(path: &Path, metadata: &Metadata, trust: Trust) -> Result<(), OutputError> {
    let not_a_lock = |why| Err(OutputError::NotALock { path: path.to_owned(), why });
    if !metadata.is_file() {
        return not_a_lock("it is not a plain file");
    }
    if names(metadata) != 1 {
        return not_a_lock("it has a second name elsewhere");
    }
    trust.judge(path, metadata)
}

#[cfg(unix)]
fn names(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(metadata)
}

/// Windows gives the number only for open files, and only through an unstable part of std.
#[cfg(not(unix))]
fn names(_metadata: &Metadata) -> u64 {
    1
}

/// The spread in a lock. One byte above the limit shows that it is a foreign file.
fn read(file: &File, path: &Path) -> Result<Option<Spread>, OutputError> {
    let mut bytes = Vec::new();
    let most = LONGEST_LOCK as u64 + 1;
    file.take(most).read_to_end(&mut bytes).map_err(OutputError::at(path))?;
    Spread::from_lock(&bytes).map_err(|NotALock| OutputError::NotALock {
        path: path.to_owned(),
        why: "it has content that no run writes",
    })
}
