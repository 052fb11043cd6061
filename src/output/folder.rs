//! The folder of a run: checked, locked, and filled file by file.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::error::OutputError;
use super::layout::{
    BUNDLES, LOCK, RETIRED, Spread, below, in_retired, is_bundle_path, is_of_the_system,
};
use super::lock::Lock;
use super::part::{Part, is_part, remove};
use super::place::{self, Made};
use super::presence::{PathHash, Presence};
use super::sync::{flush_folder, flush_group};
use super::trust::Trust;
use super::unflushed::Unflushed;

/// The most file names in a message.
const NAMES_SHOWN: usize = 3;

/// How much of a file of lines is written at once, in bytes.
const LINES: usize = 1 << 16;

/// A folder that only this run writes into.
#[derive(Debug)]
pub(crate) struct OutputFolder {
    root: PathBuf,
    lock: Lock,
    trust: Trust,
    /// What the next flush makes durable.
    pub(super) unflushed: Unflushed,
    /// What was there when the run began.
    presence: Presence,
}

/// A file written beside its place, to be renamed into it.
#[derive(Debug)]
pub(crate) struct Staged {
    /// Absent if an equal file exists already.
    part: Option<Part>,
    /// The difference to the earlier file.
    pub(crate) change: Change,
}

/// A file of the run itself, written line by line. Removed on drop unless `finish` ran.
#[derive(Debug)]
pub(crate) struct LineFile {
    lines: BufWriter<Part>,
    place: PathBuf,
    unflushed: Unflushed,
}

impl LineFile {
    /// Adds a line with its end.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), OutputError> {
        self.lines.write_all(bytes).map_err(OutputError::at(&self.place))
    }

    /// Renames the file into its place.
    pub(crate) fn finish(self) -> Result<(), OutputError> {
        let at = OutputError::at(&self.place);
        let part = self.lines.into_inner().map_err(io::IntoInnerError::into_error);
        part.and_then(Part::finish).map_err(at)?;
        self.unflushed.note(&self.place);
        Ok(())
    }
}

/// Files of people of which the ledger does not know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tidied {
    /// Nobody's. They stay, for this program cannot know whose they are.
    pub(crate) leftovers: Leftovers,
    /// What a killed run has placed for nobody in the list. They were removed.
    pub(crate) unclaimed: Leftovers,
}

/// Some files, of which the first are named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Leftovers {
    pub(crate) count: u64,
    /// The first in alphabetical order.
    pub(crate) names: Vec<String>,
}

impl Leftovers {
    fn add(&mut self, name: String) {
        self.count += 1;
        let at = self.names.partition_point(|other| *other < name);
        self.names.insert(at, name);
        self.names.truncate(NAMES_SHOWN);
    }
}

/// Whose a file of a person is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Belongs to a person whom the ledger knows.
    Current,
    /// What a killed run had yet to remove.
    Superseded,
    /// A killed run has placed it for nobody whom the ledger knows, if it has this size and SHA-256.
    Unclaimed { size: u64, sha256: [u8; 32] },
    /// Nobody's whom the ledger knows.
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    New,
    /// Byte for byte.
    Unchanged,
    Updated,
}

impl OutputFolder {
    /// Locks the folder `root`, creating it if it does not exist. A folder with foreign files is refused,
    /// and one that `trust` does not allow.
    pub(crate) fn open(root: &Path, trust: Trust) -> Result<Self, OutputError> {
        place::open_root(root, trust, LOCK)?;
        let lock = Lock::take(root, trust)?;
        let folder = Self {
            root: root.to_owned(),
            lock,
            trust,
            unflushed: Unflushed::default(),
            presence: Presence::default(),
        };
        folder.make(BUNDLES)?;
        Ok(folder)
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn trust(&self) -> Trust {
        self.trust
    }

    /// The spread of the first run into this folder: a person's bundle must not move when others join or
    /// leave.
    pub(crate) fn spread(&self, people: u64) -> Result<Spread, OutputError> {
        self.lock.spread(people)
    }

    /// Notes what was there when the run began.
    pub(crate) fn set_presence(&mut self, presence: Presence) {
        self.presence = presence;
    }

    /// Creates the folder of the file `path`.
    pub(crate) fn make_parent(&self, path: &str) -> Result<(), OutputError> {
        match path.rsplit_once('/') {
            Some((parent, _)) => self.make(parent),
            None => Ok(()),
        }
    }

    /// Writes `bytes` beside the file `path`, unless an equal file exists.
    pub(crate) fn stage(&self, path: &str, bytes: &[u8]) -> Result<Staged, OutputError> {
        let place = below(&self.root, path);
        let change = match holds(&place, bytes) {
            Ok(true) => return Ok(Staged { part: None, change: Change::Unchanged }),
            Ok(false) => Change::Updated,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Change::New,
            Err(error) => return Err(OutputError::at(&place)(error)),
        };
        let at = OutputError::at(&place);
        let staged = Part::create(&place).and_then(|mut part| {
            part.file().write_all(bytes)?;
            Ok(Staged { part: Some(part), change })
        });
        staged.map_err(at)
    }

    /// Whether the file `path` was there with `size` bytes when the run began, or is there now.
    pub(crate) fn had_size(&self, path: &str, size: u64) -> Result<bool, OutputError> {
        if self.presence.has(path, size) { Ok(true) } else { self.has_size(path, size) }
    }

    /// Whether the file `path` exists and has `size` bytes.
    pub(crate) fn has_size(&self, path: &str, size: u64) -> Result<bool, OutputError> {
        let place = below(&self.root, path);
        match place.symlink_metadata() {
            Ok(metadata) => Ok(metadata.is_file() && metadata.len() == size),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(OutputError::at(&place)(error)),
        }
    }

    /// Whether the file `path` exists and has `size` bytes and this SHA-256.
    pub(crate) fn has_digest(
        &self,
        path: &str,
        size: u64,
        digest: &[u8; 32],
    ) -> Result<bool, OutputError> {
        Ok(self.intact(path, size, digest)?.is_some())
    }

    /// Makes the staged files `group` durable, and everything that was renamed, created or removed so far.
    pub(crate) fn flush(&self, group: &[Staged]) -> Result<(), OutputError> {
        let changed = self.unflushed.take();
        let written = || group.iter().filter_map(|staged| Some(staged.part.as_ref()?.path()));
        let flushed =
            if written().next().is_some() || changed.iter().any(|folder| *folder != self.root) {
                flush_group(&self.root, written(), &changed)
            } else if changed.is_empty() {
                Ok(())
            } else {
                // a run that changes nobody's files does not wait for what other programs write
                flush_folder(&self.root)
            };
        flushed.map_err(OutputError::at(&self.root))
    }

    /// Renames a group of files, which were flushed, into their places.
    pub(crate) fn place(&self, mut group: Vec<Staged>) -> Result<(), OutputError> {
        for part in group.iter_mut().filter_map(|staged| staged.part.as_mut()) {
            part.place().map_err(OutputError::at(part.destination()))?;
            self.unflushed.note(part.destination());
        }
        Ok(())
    }

    /// Flushes a group of staged files, then renames them into their places and makes that durable.
    pub(crate) fn commit(&self, group: Vec<Staged>) -> Result<(), OutputError> {
        self.flush(&group)?;
        self.place(group)?;
        self.flush(&[])
    }

    /// Puts a file with the content `bytes` into the place `path`, unless an equal one is there.
    pub(crate) fn put(&self, path: &str, bytes: &[u8]) -> Result<(), OutputError> {
        let staged = self.stage(path, bytes)?;
        let place = below(&self.root, path);
        if let Some(part) = staged.part {
            part.finish().map_err(OutputError::at(&place))?;
            self.unflushed.note(&place);
        }
        Ok(())
    }

    /// Removes the file `path` if it exists.
    pub(crate) fn remove(&self, path: &str) -> Result<(), OutputError> {
        let place = below(&self.root, path);
        if place::remove_if_there(&place)? {
            self.unflushed.note(&place);
        }
        Ok(())
    }

    pub(crate) fn line_file(&self, name: &str) -> Result<LineFile, OutputError> {
        let place = below(&self.root, name);
        let part = Part::create(&place).map_err(OutputError::at(&place))?;
        let lines = BufWriter::with_capacity(LINES, part);
        Ok(LineFile { lines, place, unflushed: self.unflushed.clone() })
    }

    /// Whether everything that was there when the run began satisfies `is_expected`: then there are no
    /// leftovers, and the folder need not be listed again.
    pub(crate) fn had_only(&self, is_expected: impl Fn(PathHash) -> bool) -> bool {
        self.presence.has_only(is_expected)
    }

    /// Finds files of people of which the ledger does not know, and removes those that `judge` knows to be
    /// superseded or unclaimed, and parts of a killed run.
    pub(crate) fn tidy(&self, judge: &dyn Fn(&str) -> Standing) -> Result<Tidied, OutputError> {
        let mut tidied = Tidied::default();
        let mut folders = vec![BUNDLES.to_owned()];
        if self.root.join(RETIRED).symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
            folders.push(RETIRED.to_owned());
        }
        while let Some(folder) = folders.pop() {
            let path = below(&self.root, &folder);
            for entry in fs::read_dir(&path).map_err(OutputError::at(&path))? {
                let entry = entry.map_err(OutputError::at(&path))?;
                let name = entry.file_name().to_string_lossy().into_owned();
                let inner = format!("{folder}/{name}");
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    folders.push(inner);
                } else if is_part(&name) {
                    remove(&entry.path()).map_err(OutputError::at(&entry.path()))?;
                } else if is_bundle_path(&inner) || in_retired(&inner).is_some() {
                    match judge(&inner) {
                        Standing::Current => {}
                        Standing::Superseded => self.remove(&inner)?,
                        Standing::Unclaimed { size, sha256 }
                            if self.has_digest(&inner, size, &sha256)? =>
                        {
                            self.remove(&inner)?;
                            tidied.unclaimed.add(inner);
                        }
                        Standing::Unclaimed { .. } | Standing::Unknown => {
                            tidied.leftovers.add(inner);
                        }
                    }
                }
            }
        }
        Ok(tidied)
    }

    /// The bytes of the file `path`, if it is there with `size` bytes and this SHA-256.
    pub(crate) fn intact(
        &self,
        path: &str,
        size: u64,
        digest: &[u8; 32],
    ) -> Result<Option<Vec<u8>>, OutputError> {
        if !self.has_size(path, size)? {
            return Ok(None);
        }
        let place = below(&self.root, path);
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
        File::open(&place)
            .and_then(|file| file.take(size + 1).read_to_end(&mut bytes))
            .map_err(OutputError::at(&place))?;
        Ok((Sha256::digest(&bytes)[..] == digest[..]).then_some(bytes))
    }

    fn make(&self, folder: &str) -> Result<(), OutputError> {
        let place = below(&self.root, folder);
        if place::make(&place, self.trust)? == Made::New {
            self.unflushed.note(&place);
        }
        Ok(())
    }
}

/// Whether the file at `place` has exactly these bytes.
fn holds(place: &Path, bytes: &[u8]) -> io::Result<bool> {
    let metadata = place.symlink_metadata()?;
    if !metadata.is_file() || metadata.len() != bytes.len() as u64 {
        return Ok(false);
    }
    let mut old = Vec::with_capacity(bytes.len());
    File::open(place)?.take(bytes.len() as u64 + 1).read_to_end(&mut old)?;
    Ok(old == bytes)
}

pub(super) fn names_in(folder: &Path) -> Result<Vec<String>, OutputError> {
    let mut names = fs::read_dir(folder)
        .map_err(OutputError::at(folder))?
        .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()))
        .collect::<io::Result<Vec<_>>>()
        .map_err(OutputError::at(folder))?;
    names.retain(|name| !is_of_the_system(name));
    names.sort();
    names.truncate(NAMES_SHOWN);
    Ok(names)
}

#[cfg(test)]
mod tests;
