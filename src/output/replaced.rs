//! Files of the user that the program changes.

use std::io::Write;
use std::path::Path;

use super::error::OutputError;
use super::part::{Part, create_folder};
use super::windows_name;

/// Replaces the file `path`, whole or not at all. Its owner alone may read the new one, as with a new file.
pub(crate) fn replace_file(path: &Path, bytes: &[u8]) -> Result<(), OutputError> {
    windows_name::judge(path)?;
    let mut part = Part::create(path).map_err(OutputError::at(path))?;
    part.file().write_all(bytes).map_err(OutputError::at(path))?;
    part.finish().map_err(OutputError::at(path))
}

/// The same for a file of the program's own, in a folder that may not exist yet.
pub(crate) fn replace_own_file(path: &Path, bytes: &[u8]) -> Result<(), OutputError> {
    if let Some(folder) = path.parent() {
        create_folder(folder).map_err(OutputError::at(folder))?;
    }
    replace_file(path, bytes)
}
