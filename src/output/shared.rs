//! Files that every user of the computer may read, in a folder where others have files too: man pages.
#![expect(clippy::disallowed_methods, reason = "the module that writes")]

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use super::error::OutputError;
use super::windows_name;

/// A file by its name in the folder.
pub(crate) struct SharedFile {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// Writes `files` into `folder`, which is created if it is missing. Each file is written whole or not at all, and
/// replaces one of its name. Mode 0644, less what the user's umask takes away.
pub(crate) fn write_shared_files(folder: &Path, files: &[SharedFile]) -> Result<(), OutputError> {
    windows_name::judge(folder)?;
    fs::create_dir_all(folder).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => OutputError::NotAFolder { path: folder.to_owned() },
        _ => OutputError::at(folder)(error),
    })?;
    for SharedFile { name, bytes } in files {
        let place = folder.join(name);
        let mut part = part().tempfile_in(folder).map_err(OutputError::at(folder))?;
        part.write_all(bytes).map_err(OutputError::at(&place))?;
        part.persist(&place).map_err(|refused| OutputError::at(&place)(refused.error))?;
    }
    Ok(())
}

#[cfg(unix)]
fn part() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    builder
}

/// On Windows the folder decides who may read its files.
#[cfg(not(unix))]
fn part() -> tempfile::Builder<'static, 'static> {
    tempfile::Builder::new()
}
