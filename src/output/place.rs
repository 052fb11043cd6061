//! What the folders of runs and of exports have in common: they are this user's, and no link leads out of them.

use std::io;
use std::path::Path;

use super::error::OutputError;
use super::folder::names_in;
use super::part::{create_folder, remove};
use super::trust::Trust;

/// Creates the folder `root` if it does not exist. One that `trust` does not allow is refused, and one that has files
/// but no `mark` of ours.
pub(super) fn open_root(root: &Path, trust: Trust, mark: &str) -> Result<(), OutputError> {
    create(root)?;
    trust.judge(root, &root.metadata().map_err(OutputError::at(root))?)?;
    if root.join(mark).symlink_metadata().is_err() {
        let names = names_in(root)?;
        if !names.is_empty() {
            return Err(OutputError::Foreign { folder: root.to_owned(), names });
        }
    }
    Ok(())
}

/// Creates the folder `path` inside one of ours, if it does not exist. A link would lead the files elsewhere.
pub(super) fn make(path: &Path, trust: Trust) -> Result<(), OutputError> {
    create(path)?;
    let metadata = path.symlink_metadata().map_err(OutputError::at(path))?;
    if metadata.is_symlink() {
        return Err(OutputError::NotAFolder { path: path.to_owned() });
    }
    trust.judge(path, &metadata)
}

/// Removes the file `place`. Whether it was there.
pub(super) fn remove_if_there(place: &Path) -> Result<bool, OutputError> {
    match remove(place) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(OutputError::at(place)(error)),
    }
}

fn create(path: &Path) -> Result<(), OutputError> {
    create_folder(path).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => OutputError::NotAFolder { path: path.to_owned() },
        _ => OutputError::at(path)(error),
    })
}
