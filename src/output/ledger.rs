//! The ledger's file in the folder of a run. What is in it is SQLite's to write.

use std::io;
use std::path::{Path, PathBuf};

use super::error::OutputError;
use super::folder::OutputFolder;
use super::layout::{DAMAGED_LEDGER, LEDGER, LEDGER_JOURNAL, below};
use super::part::{Part, create_new, remove, replace};

/// How many files of one kind are kept under other names.
const MOST_ASIDE: u32 = 100;

impl OutputFolder {
    /// The ledger's path. Creates an empty, private file if it is missing.
    pub(crate) fn ledger(&self) -> Result<PathBuf, OutputError> {
        let place = below(self.root(), LEDGER);

        match create_new(&place) {
            Ok(_) => self.unflushed.note(&place),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let metadata = place.symlink_metadata().map_err(OutputError::at(&place))?;
                if !metadata.is_file() {
                    return Err(OutputError::at(&place)(io::Error::other(
                        "it is not a plain file",
                    )));
                }
                self.trust().judge(&place, &metadata)?;
            }
            Err(error) => return Err(OutputError::at(&place)(error)),
        }
        Ok(place)
    }

    /// Puts a new ledger into place, which `fill` has written into the empty file that it is given.
    pub(crate) fn place_ledger<E: From<OutputError>>(
        &self,
        fill: impl FnOnce(&Path) -> Result<(), E>,
    ) -> Result<PathBuf, E> {
        let place = below(self.root(), LEDGER);

        let part = Part::create(&place).map_err(OutputError::at(&place))?;
        fill(part.path())?;
        part.finish().map_err(OutputError::at(&place))?;
        self.unflushed.note(&place);
        Ok(place)
    }

    /// Moves a damaged ledger out of the way, and gives its new name.
    pub(crate) fn set_ledger_aside(&self) -> Result<Option<String>, OutputError> {
        let aside = self.set_aside(LEDGER, |number| format!("{DAMAGED_LEDGER}{number}"))?;
        // what SQLite would play back into the new ledger
        let journal = below(self.root(), LEDGER_JOURNAL);
        match remove(&journal) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(OutputError::at(&journal)(error))
            }
            _ => Ok(aside),
        }
    }

    /// Gives the file `path` the first free name of those that `name` makes of a number. Returns it; `None` if there
    /// is no such file.
    pub(super) fn set_aside(
        &self,
        path: &str,
        name: impl Fn(u32) -> String,
    ) -> Result<Option<String>, OutputError> {
        let place = below(self.root(), path);
        let is_free = |name: &String| below(self.root(), name).symlink_metadata().is_err();
        let free = (1..=MOST_ASIDE).map(name).find(is_free);
        let Some(free) = free else { return Err(OutputError::NoFreeName { path: place }) };
        match replace(&place, &below(self.root(), &free)) {
            Ok(()) => {
                self.unflushed.note(&place);
                Ok(Some(free))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(OutputError::at(&place)(error)),
        }
    }
}
