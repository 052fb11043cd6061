//! Files that every user of the computer may read, in a folder where others have files too: man pages.
#![expect(clippy::disallowed_methods, reason = "the module that writes")]

use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use thiserror::Error;

use super::error::OutputError;
use super::windows_name;
use crate::diagnostic::{Count, Diagnostic};

/// A file by its name in the folder.
pub(crate) struct SharedFile {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// Why not all of the files were written.
#[derive(Debug, Error)]
#[error("{error}{}", After(*.written))]
pub(crate) struct SharedFilesError {
    error: OutputError,
    /// How many files were written before.
    pub(crate) written: usize,
}

impl Diagnostic for SharedFilesError {
    fn hint(&self) -> Option<String> {
        match &self.error {
            OutputError::Unwritable { error, .. }
                if matches!(
                    error.kind(),
                    io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
                ) =>
            {
                Some("name a folder that this user may write, or run as one who may".to_owned())
            }
            error => error.hint(),
        }
    }
}

struct After(usize);

impl fmt::Display for After {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => Ok(()),
            written => write!(f, "; before it {} written", Count(written as u64, "file")),
        }
    }
}

/// Writes `files` into `folder`, which is created if it is missing. Each file is written whole or not at all, and
/// replaces one of its name. Mode 0644, less what the user's umask takes away.
pub(crate) fn write_shared_files(
    folder: &Path,
    files: &[SharedFile],
) -> Result<(), SharedFilesError> {
    let none = |error| SharedFilesError { error, written: 0 };
    windows_name::judge(folder).map_err(none)?;
    fs::create_dir_all(folder)
        .map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => OutputError::NotAFolder { path: folder.to_owned() },
            _ => OutputError::at(folder)(error),
        })
        .map_err(none)?;
    for (written, file) in files.iter().enumerate() {
        write(folder, file).map_err(|error| SharedFilesError { error, written })?;
    }
    Ok(())
}

fn write(folder: &Path, SharedFile { name, bytes }: &SharedFile) -> Result<(), OutputError> {
    let place = folder.join(name);
    let part = part().tempfile_in(folder);
    let mut part = part.map_err(|error| OutputError::at(folder)(of_the_system(error)))?;
    part.write_all(bytes).map_err(|error| OutputError::at(&place)(of_the_system(error)))?;
    part.persist(&place).map_err(|refused| OutputError::at(&place)(refused.error))?;
    Ok(())
}

/// The kind of the error alone: `tempfile` adds the name of a file that nobody knows, and hides the system's own words.
fn of_the_system(error: io::Error) -> io::Error {
    if error.raw_os_error().is_some() { error } else { error.kind().into() }
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
