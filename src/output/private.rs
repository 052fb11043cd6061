//! Files and folders that only their owner can read. On Windows a new file inherits the folder's
//! access list: in a user's own profile that is the user, SYSTEM and the administrators.
#![expect(clippy::disallowed_methods, reason = "this is the seam")]

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use super::error::OutputError;
use super::part::{PART, Part};

/// Makes the empty file `path`, mode 0600. It must not exist; a link in its place is not followed.
pub(super) fn create_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes the folder `path` and its parents, mode 0700.
pub(super) fn create_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Moves `from` to `to`, replacing what is there.
pub(super) fn replace(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)
}

/// Gives the file `from` the second name `to`, which must be free.
pub(super) fn link(from: &Path, to: &Path) -> io::Result<()> {
    fs::hard_link(from, to)
}

/// Removes one of our own files.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path)
}

/// Makes the file `path`, whole or not at all. What is there already is never overwritten.
pub(crate) fn write_new_file(path: &Path, bytes: &[u8]) -> Result<(), OutputError> {
    let mut part = Part::create_alone(path)?;
    part.file().write_all(bytes).map_err(OutputError::at(path))?;
    part.finish_new()
}

/// Makes the folder `path` with `files` in it, all at once: it exists whole or not at all. An empty
/// folder that is there already is filled, and emptied again if that fails.
///
/// A folder with anything in it is refused.
pub(crate) fn write_new_folder(path: &Path, files: &[(&str, &[u8])]) -> Result<(), OutputError> {
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
            // another run was quicker
            io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty => taken(),
            _ => OutputError::at(path)(error),
        })
    });
    if result.is_err() {
        let _ = fs::remove_dir_all(&beside);
    }
    result
}

/// Writes `files` into the empty folder `path`, all of them or none.
fn fill(path: &Path, files: &[(&str, &[u8])]) -> Result<(), OutputError> {
    for (number, (name, bytes)) in files.iter().enumerate() {
        let file = path.join(name);
        let written = create_new(&file)
            .and_then(|mut new| new.write_all(bytes).and_then(|()| new.sync_all()));
        if let Err(error) = written {
            // a file that somebody made meanwhile is theirs
            let is_theirs = error.kind() == io::ErrorKind::AlreadyExists;
            for (name, _) in &files[..number + usize::from(!is_theirs)] {
                let _ = remove(&path.join(name));
            }
            return Err(OutputError::at(&file)(error));
        }
    }
    Ok(())
}
