//! A file that only one run at a time may use.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use super::error::OutputError;
use super::part::{create_folder, create_new};
use super::windows_name;

/// Held until it is dropped. The system releases it even if the run is killed.
#[derive(Debug)]
pub(crate) struct ExclusiveUse {
    _file: File,
}

impl ExclusiveUse {
    /// Takes the lock file `path`, which is made where it is missing, with its folder. It stays: removing it would let two
    /// runs hold different files of one name.
    pub(crate) fn take(path: &Path) -> Result<Self, OutputError> {
        windows_name::judge(path)?;
        if let Some(folder) = path.parent() {
            create_folder(folder).map_err(OutputError::at(folder))?;
        }
        let file = match create_new(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                File::options().read(true).write(true).open(path)
            }
            other => other,
        };
        let file = file.map_err(OutputError::at(path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(fs::TryLockError::WouldBlock) => Err(OutputError::InUse { file: path.to_owned() }),
            Err(fs::TryLockError::Error(error)) => Err(OutputError::at(path)(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_run_is_refused_until_the_first_has_ended() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/attempts.lock");
        let first = ExclusiveUse::take(&path).unwrap();
        assert!(matches!(ExclusiveUse::take(&path), Err(OutputError::InUse { .. })));
        drop(first);
        assert!(ExclusiveUse::take(&path).is_ok());
    }
}
