//! The folder of a run: locked, checked, and filled one whole file at a time.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use super::error::OutputError;
use super::layout::{BUNDLES, LOCK, Spread, below, is_bundle_path};
use super::private::{PART, create_folder, create_new, remove, replace};
use super::sync::{flush_file, flush_folder, flush_group};

/// How many foreign files a refusal names.
const NAMES_SHOWN: usize = 3;

/// A folder that this run alone writes into.
#[derive(Debug)]
pub struct OutputFolder {
    root: PathBuf,
    /// Held until the run ends; the system lets go of it even when the run is killed. It remembers how
    /// the bundles are spread.
    lock: File,
}

/// A file written beside its place, waiting to be renamed into it.
#[derive(Debug)]
pub struct Staged {
    place: PathBuf,
    part: Option<PathBuf>,
    /// What the file will mean for whoever had the last one.
    pub change: Change,
}

/// A file of the run itself, growing.
#[derive(Debug)]
pub struct LineFile {
    lines: BufWriter<File>,
    part: PathBuf,
    place: PathBuf,
}

impl LineFile {
    /// Adds `bytes`, which end a line.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), OutputError> {
        self.lines.write_all(bytes).map_err(OutputError::at(&self.place))
    }

    /// Puts the file into its place.
    pub fn finish(mut self) -> Result<(), OutputError> {
        self.lines
            .flush()
            .and_then(|()| self.lines.get_ref().sync_all())
            .and_then(|()| replace(&self.part, &self.place))
            .map_err(OutputError::at(&self.place))
    }
}

impl Drop for LineFile {
    /// A file that was not finished is none.
    fn drop(&mut self) {
        let _ = remove(&self.part);
    }
}

/// Bundles of earlier runs that this one did not make.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leftovers {
    /// How many.
    pub count: u64,
    /// The first few, in alphabetical order.
    pub names: Vec<String>,
}

impl Leftovers {
    fn add(&mut self, name: String) {
        self.count += 1;
        let at = self.names.partition_point(|other| *other < name);
        self.names.insert(at, name);
        self.names.truncate(NAMES_SHOWN);
    }
}

/// How a file differs from what an earlier run left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// There was none.
    New,
    /// There was one, byte for byte the same.
    Unchanged,
    /// There was another.
    Updated,
}

impl OutputFolder {
    /// Takes the folder `root`, making it where it does not exist. A folder with files that
    /// mailmuster did not make is refused.
    pub fn open(root: &Path) -> Result<Self, OutputError> {
        create_folder(root).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => OutputError::NotAFolder { path: root.to_owned() },
            _ => OutputError::at(root)(error),
        })?;
        let lock_path = root.join(LOCK);
        if !lock_path.exists() {
            let names = names_in(root)?;
            if !names.is_empty() {
                return Err(OutputError::Foreign { folder: root.to_owned(), names });
            }
        }
        let lock = match create_new(&lock_path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => open_lock(&lock_path),
            other => other,
        }
        .map_err(OutputError::at(&lock_path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => {
                return Err(OutputError::Locked { folder: root.to_owned() });
            }
            Err(fs::TryLockError::Error(error)) => return Err(OutputError::at(&lock_path)(error)),
        }
        let folder = Self { root: root.to_owned(), lock };
        folder.make(BUNDLES)?;
        Ok(folder)
    }

    /// The folder's path.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// How the bundles are spread: as in the first run into this folder, for a person's bundle must not
    /// move when others join or leave.
    pub fn spread(&self, people: u64) -> Result<Spread, OutputError> {
        let place = self.root.join(LOCK);
        let mut known = String::new();
        (&self.lock).take(16).read_to_string(&mut known).map_err(OutputError::at(&place))?;
        if let Some(spread) = Spread::from_id(known.trim()) {
            return Ok(spread);
        }
        let spread = Spread::for_people(people);
        (&self.lock).write_all(spread.id().as_bytes()).map_err(OutputError::at(&place))?;
        Ok(spread)
    }

    /// Makes the folder that the file `path` lies in.
    pub fn make_parent(&self, path: &str) -> Result<(), OutputError> {
        match path.rsplit_once('/') {
            Some((parent, _)) => self.make(parent),
            None => Ok(()),
        }
    }

    /// Writes `bytes` beside the file `path`; an equal file is left alone.
    pub fn stage(&self, path: &str, bytes: &[u8]) -> Result<Staged, OutputError> {
        let place = below(&self.root, path);
        let change = match holds(&place, bytes) {
            Ok(true) => return Ok(Staged { place, part: None, change: Change::Unchanged }),
            Ok(false) => Change::Updated,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Change::New,
            Err(error) => return Err(OutputError::at(&place)(error)),
        };
        let part = part_of(&place);
        let mut file = new_part(&part).map_err(OutputError::at(&place))?;
        // from here on a part that could not be filled goes when `staged` does
        let staged = Staged { place, part: Some(part), change };
        file.write_all(bytes)
            .and_then(|()| flush_file(&file))
            .map_err(OutputError::at(&staged.place))?;
        Ok(staged)
    }

    /// Puts a group of staged files into their places, once all of them are on the disk.
    pub fn commit(&self, mut group: Vec<Staged>) -> Result<(), OutputError> {
        if group.iter().all(|staged| staged.part.is_none()) {
            return Ok(());
        }
        flush_group(&self.root).map_err(OutputError::at(&self.root))?;
        for staged in &mut group {
            if let Some(part) = &staged.part {
                replace(part, &staged.place).map_err(OutputError::at(&staged.place))?;
                staged.part = None;
            }
        }
        Ok(())
    }

    /// Removes the file `path`, if there is one.
    pub(super) fn remove(&self, path: &str) -> Result<(), OutputError> {
        let place = below(&self.root, path);
        match remove(&place) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(OutputError::at(&place)(error))
            }
            _ => Ok(()),
        }
    }

    /// A file of the run itself, filled a line at a time and put into its place at the end.
    pub fn line_file(&self, name: &str) -> Result<LineFile, OutputError> {
        let place = below(&self.root, name);
        let part = part_of(&place);
        let file = new_part(&part).map_err(OutputError::at(&part))?;
        Ok(LineFile { lines: BufWriter::new(file), part, place })
    }

    /// Makes everything that was renamed last.
    pub fn settle(&self) -> Result<(), OutputError> {
        let bundles = self.root.join(BUNDLES);
        flush_group(&self.root)
            .and_then(|()| flush_folder(&bundles))
            .and_then(|()| flush_folder(&self.root))
            .map_err(OutputError::at(&self.root))
    }

    /// Bundles that `is_current` does not know: left by earlier runs. Half-written files of a run
    /// that was killed are removed on the way.
    pub fn leftovers(&self, is_current: &dyn Fn(&str) -> bool) -> Result<Leftovers, OutputError> {
        let mut found = Leftovers::default();
        let mut folders = vec![BUNDLES.to_owned()];
        while let Some(folder) = folders.pop() {
            let path = below(&self.root, &folder);
            for entry in fs::read_dir(&path).map_err(OutputError::at(&path))? {
                let entry = entry.map_err(OutputError::at(&path))?;
                let name = entry.file_name().to_string_lossy().into_owned();
                let inner = format!("{folder}/{name}");
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    folders.push(inner);
                } else if name.starts_with('.') && name.ends_with(PART) {
                    remove(&entry.path()).map_err(OutputError::at(&entry.path()))?;
                } else if is_bundle_path(&inner) && !is_current(&inner) {
                    found.add(inner);
                }
            }
        }
        Ok(found)
    }

    fn make(&self, folder: &str) -> Result<(), OutputError> {
        let path = below(&self.root, folder);
        create_folder(&path).map_err(OutputError::at(&path))?;
        // a link would lead the bundles to somewhere else
        if path.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink()) {
            return Err(OutputError::NotAFolder { path });
        }
        Ok(())
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if let Some(part) = &self.part {
            let _ = remove(part);
        }
    }
}

/// The lock of an earlier run. Anything but a plain file in its place could hang us or be somebody
/// else's.
fn open_lock(path: &Path) -> io::Result<File> {
    if !path.symlink_metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a plain file"));
    }
    File::options().read(true).write(true).open(path)
}

/// Whether the file at `place` holds exactly `bytes`.
fn holds(place: &Path, bytes: &[u8]) -> io::Result<bool> {
    let metadata = place.symlink_metadata()?;
    if !metadata.is_file() || metadata.len() != bytes.len() as u64 {
        return Ok(false);
    }
    let mut old = Vec::with_capacity(bytes.len());
    File::open(place)?.take(bytes.len() as u64 + 1).read_to_end(&mut old)?;
    Ok(old == bytes)
}

/// A new part. One that a killed run left is replaced: the lock says that nobody writes it now.
fn new_part(part: &Path) -> io::Result<File> {
    match create_new(part) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            remove(part)?;
            create_new(part)
        }
        other => other,
    }
}

fn part_of(place: &Path) -> PathBuf {
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    place.with_file_name(format!(".{name}{PART}"))
}

fn names_in(folder: &Path) -> Result<Vec<String>, OutputError> {
    let mut names = fs::read_dir(folder)
        .map_err(OutputError::at(folder))?
        .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()))
        .collect::<io::Result<Vec<_>>>()
        .map_err(OutputError::at(folder))?;
    names.sort();
    names.truncate(NAMES_SHOWN);
    Ok(names)
}
