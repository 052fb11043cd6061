//! Files and folders that only their owner can read, each written whole or not at all. On Windows a
//! new file inherits the folder's access list: in a user's own profile that is the user, SYSTEM and
//! the administrators.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use super::error::OutputError;
use super::part::{PART, Part, create_folder, remove, replace};
use super::windows_name;

/// Writes a new file. An existing file is never overwritten.
pub(crate) fn write_new_file(path: &Path, bytes: &[u8]) -> Result<(), OutputError> {
    let mut part = Part::create_alone(path)?;
    part.file().write_all(bytes).map_err(OutputError::at(path))?;
    part.finish_new()
}

/// Writes a new folder with `files`, all or nothing. An existing empty folder is filled, and emptied
/// again if that fails; a folder with any content is refused.
pub(crate) fn write_new_folder(path: &Path, files: &[(&str, &[u8])]) -> Result<(), OutputError> {
    windows_name::judge(path)?;
    let taken = || OutputError::Exists { path: path.to_owned() };
    if path.symlink_metadata().is_ok() {
        let empty = fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none());
        return if empty { fill(path, files) } else { Err(taken()) };
    }
    let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    create_folder(parent).map_err(OutputError::at(parent))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = parent.join(format!(".{name}.{}{PART}", std::process::id()));
    create_folder(&beside).map_err(OutputError::at(&beside))?;
    let result = fill(&beside, files).and_then(|()| {
        replace(&beside, path).map_err(|error| match error.kind() {
            // another run was faster
            io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty => taken(),
            _ => OutputError::at(path)(error),
        })
    });
    if result.is_err() {
        let _ = fs::remove_dir_all(&beside);
    }
    result
}

/// Writes `files` into the empty folder `path`, all or none. A file that someone else creates
/// meanwhile is neither overwritten nor removed.
fn fill(path: &Path, files: &[(&str, &[u8])]) -> Result<(), OutputError> {
    for (number, (name, bytes)) in files.iter().enumerate() {
        if let Err(error) = write_new_file(&path.join(name), bytes) {
            for (name, _) in &files[..number] {
                let _ = remove(&path.join(name));
            }
            return Err(error);
        }
    }
    Ok(())
}
