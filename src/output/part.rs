//! Creates every file: written beside its place, flushed and renamed, so that a file exists whole or
//! not at all. No other module creates or renames files, except that `lock` creates the lock in place.
#![expect(clippy::disallowed_methods, reason = "the only module that creates, renames and removes")]

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::error::OutputError;
use super::held::patiently;
use super::sync::flush_folder;
use super::windows_name;

/// The ending of files and folders that are still being written.
pub(super) const PART: &str = ".part";

/// A file beside its place, removed on drop unless it was renamed into it.
#[derive(Debug)]
pub(super) struct Part {
    file: File,
    path: PathBuf,
    place: PathBuf,
    is_placed: bool,
}

impl Part {
    /// Creates the empty file `.NAME.part` beside `place`, mode 0600. The part of a killed run is replaced:
    /// the caller holds the lock of the folder, so no other run is writing it.
    pub(super) fn create(place: &Path) -> io::Result<Self> {
        let path = part_of(place);
        let file = match create_new(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                remove(&path)?;
                create_new(&path)?
            }
            other => other?,
        };
        Ok(Self { file, path, place: place.to_owned(), is_placed: false })
    }

    /// The same for a new file in a folder without lock. The part itself is locked, and the part of a
    /// running program is not replaced.
    pub(super) fn create_alone(place: &Path) -> Result<Self, OutputError> {
        windows_name::judge(place)?;
        if place.symlink_metadata().is_ok() {
            return Err(OutputError::Exists { path: place.to_owned() });
        }
        let path = part_of(place);
        let is_plain = path.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
        // held until the new part exists, so that two runs cannot both replace this one
        let stale = is_plain.then(|| File::open(&path).ok()).flatten();
        if let Some(stale) = &stale {
            try_lock(stale, place)?;
        }
        // Wine and older file systems of Windows keep the name of a removed file as long as it is open
        let _stale = stale.filter(|_| !cfg!(windows));
        let part = Self::create(place).map_err(OutputError::at(place))?;
        try_lock(&part.file, place)?;
        Ok(part)
    }

    pub(super) fn destination(&self) -> &Path {
        &self.place
    }

    /// The temporary place, until the rename.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Renames the part into its place, replacing an existing file. The caller has flushed it.
    pub(super) fn place(&mut self) -> io::Result<()> {
        replace(&self.path, &self.place)?;
        self.is_placed = true;
        Ok(())
    }

    /// Flushes the part and renames it into its place, replacing an existing file.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.file.sync_all()?;
        self.place()
    }

    /// Flushes the part and renames it durably into its place, unless a file exists there.
    pub(super) fn finish_new(self) -> Result<(), OutputError> {
        self.finish_new_with(flush_folder)
    }

    /// The same with the `flush` of a folder. If that fails, the file is removed: the caller reports that
    /// nothing was written, and the next run must not find a file in its way.
    fn finish_new_with(
        mut self,
        flush: impl FnOnce(&Path) -> io::Result<()>,
    ) -> Result<(), OutputError> {
        let at = |error: io::Error| match error.kind() {
            io::ErrorKind::AlreadyExists => OutputError::Exists { path: self.place.clone() },
            _ => OutputError::at(&self.place)(error),
        };
        self.file.sync_all().map_err(at)?;
        // unlike a rename, a link never replaces a file that was created meanwhile
        match fs::hard_link(&self.path, &self.place) {
            Err(error) if is_unsupported(&error) => {
                if self.place.symlink_metadata().is_ok() {
                    return Err(OutputError::Exists { path: self.place.clone() });
                }
                replace(&self.path, &self.place).map_err(at)?;
                self.is_placed = true;
            }
            linked => linked.map_err(at)?,
        }
        // a remaining part would be a second name of a file that may contain passwords
        let part = if self.is_placed { Ok(()) } else { remove(&self.path) };
        self.is_placed |= part.is_ok();
        let folder = self.place.parent().filter(|folder| !folder.as_os_str().is_empty());
        let ended = part
            .map_err(OutputError::at(&self.path))
            .and_then(|()| flush(folder.unwrap_or(Path::new("."))).map_err(at));
        if ended.is_err() {
            let _ = remove(&self.place);
        }
        ended
    }
}

impl io::Write for Part {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.is_placed {
            let _ = remove(&self.path);
        }
    }
}

/// Creates the empty file `path`, mode 0600. Fails if it exists; a symbolic link is not followed.
pub(super) fn create_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Creates the folder `path` and its parents, mode 0700.
pub(super) fn create_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

pub(super) fn replace(from: &Path, to: &Path) -> io::Result<()> {
    patiently(|| fs::rename(from, to))
}

/// Removes a file that this run wrote, or the part of an earlier one.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    patiently(|| fs::remove_file(path))
}

/// Whether `name` is that of a part.
pub(super) fn is_part(name: &str) -> bool {
    name.starts_with('.') && name.ends_with(PART)
}

fn part_of(place: &Path) -> PathBuf {
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    place.with_file_name(format!(".{name}{PART}"))
}

fn try_lock(file: &File, place: &Path) -> Result<(), OutputError> {
    match file.try_lock() {
        Err(fs::TryLockError::WouldBlock) => Err(OutputError::Busy { path: place.to_owned() }),
        // some file systems have no locks
        Err(fs::TryLockError::Error(_)) | Ok(()) => Ok(()),
    }
}

/// FAT and some network file systems have no hard links: EPERM, EOPNOTSUPP, ENOSYS (link(2)).
fn is_unsupported(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn an_unfinished_part_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("a.csv");
        let mut part = Part::create_alone(&place).unwrap();
        part.file().write_all(b"secret").unwrap();
        assert!(folder.path().join(".a.csv.part").exists());
        drop(part);
        assert_eq!(folder.path().read_dir().unwrap().count(), 0);
    }

    #[test]
    fn a_stale_part_is_replaced_and_a_busy_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("a.csv");
        let mut killed = Part::create_alone(&place).unwrap();
        killed.file().write_all(b"left behind").unwrap();
        assert!(matches!(Part::create_alone(&place), Err(OutputError::Busy { .. })));
        // as after a kill: the lock is gone, the file remains
        killed.file.unlock().unwrap();
        let mut part = Part::create_alone(&place).unwrap();
        part.file().write_all(b"new").unwrap();
        part.finish_new().unwrap();
        assert_eq!(fs::read(&place).unwrap(), b"new");
        assert_eq!(folder.path().read_dir().unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_appears_meanwhile_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("a.csv");
        let first = Part::create(&place).unwrap();
        first.finish_new().unwrap();
        assert!(matches!(Part::create_alone(&place), Err(OutputError::Exists { .. })));
        let second = Part::create(&place).unwrap();
        assert!(matches!(second.finish_new(), Err(OutputError::Exists { .. })));
        assert_eq!(folder.path().read_dir().unwrap().count(), 1);
    }

    #[test]
    fn a_failed_flush_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("a.csv");
        let part = Part::create_alone(&place).unwrap();
        let full = |_: &Path| Err(io::Error::from(io::ErrorKind::StorageFull));
        assert!(part.finish_new_with(full).is_err());
        assert_eq!(folder.path().read_dir().unwrap().count(), 0);
        Part::create_alone(&place).unwrap().finish_new().unwrap();
        assert_eq!(folder.path().read_dir().unwrap().count(), 1);
    }

    #[test]
    #[cfg(unix)]
    fn a_link_in_place_of_the_part_is_replaced_and_never_followed() {
        let folder = tempfile::tempdir().unwrap();
        let mut mine = Part::create(&folder.path().join("mine")).unwrap();
        mine.file().write_all(b"precious").unwrap();
        mine.finish().unwrap();
        let place = folder.path().join("a.csv");
        std::os::unix::fs::symlink("mine", folder.path().join(".a.csv.part")).unwrap();
        let mut part = Part::create_alone(&place).unwrap();
        part.file().write_all(b"new").unwrap();
        part.finish_new().unwrap();
        assert_eq!(fs::read(folder.path().join("mine")).unwrap(), b"precious");
    }
}
