//! What the folders of runs and of exports have in common: they are this user's, and no link leads out of them.

use std::io;
use std::path::Path;

use super::error::OutputError;
use super::export::EXPORT_MARK;
use super::folder::names_in;
use super::layout::{BUNDLES, HOSTING, LEDGER, LOCK, MANIFEST, MDM, RETIRED, below};
use super::lock;
use super::part::{create_folder, remove};
use super::trust::{Trust, judge_files};
use super::windows_name;

/// Refuses a folder `root` into which a run could not write: one that `trust` does not allow, one with files of
/// others, and what is not a folder. Nothing is written or created, and one that does not exist yet is fit.
pub(crate) fn judge_run_folder(root: &Path, trust: Trust) -> Result<(), OutputError> {
    judge(root, trust, LOCK)?;
    lock::judge_place(root, trust)?;
    let bundles = below(root, BUNDLES);
    match bundles.symlink_metadata() {
        Ok(metadata) if !metadata.is_dir() => return Err(not_a_folder(&bundles)),
        Ok(metadata) => trust.judge(&bundles, &metadata)?,
        // a run creates it
        Err(_) => {}
    }
    judge_files(root)
}

/// Creates the folder `root` if it does not exist. One that `trust` does not allow is refused, and one that has files
/// but no `mark` of ours.
pub(super) fn open_root(root: &Path, trust: Trust, mark: &str) -> Result<(), OutputError> {
    windows_name::judge(root)?;
    create(root)?;
    judge(root, trust, mark)
}

/// The same for a folder that may not exist yet, without creating it.
fn judge(root: &Path, trust: Trust, mark: &str) -> Result<(), OutputError> {
    windows_name::judge(root)?;
    match root.metadata() {
        Ok(metadata) if !metadata.is_dir() => return Err(not_a_folder(root)),
        Ok(metadata) => trust.judge(root, &metadata)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // a link that leads nowhere is in the way
            let is_free = root.symlink_metadata().is_err() && !is_below_a_file(root);
            return if is_free { Ok(()) } else { Err(not_a_folder(root)) };
        }
        Err(error) => return Err(OutputError::at(root)(error)),
    }
    if root.join(mark).symlink_metadata().is_err() {
        let names = names_in(root)?;
        if !names.is_empty() {
            return Err(not_ours(root, names, mark));
        }
    }
    Ok(())
}

/// Whether a file is in the place of a folder that `path` is to be in. Windows answers only that there is no such path.
fn is_below_a_file(path: &Path) -> bool {
    let nearest = path.ancestors().skip(1).find_map(|folder| folder.metadata().ok());
    nearest.is_some_and(|metadata| !metadata.is_dir())
}

/// When a folder was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Made {
    /// By this call.
    New,
    Before,
}

/// Why the folder `root`, which has files but not `mark`, must not be written into. What other commands of this program
/// made must not be called foreign.
fn not_ours(root: &Path, names: Vec<String>, mark: &str) -> OutputError {
    let folder = root.to_owned();
    let is_part = [BUNDLES, RETIRED, MDM, HOSTING].iter().any(|part| root.ends_with(part));
    if let Some(whole) = root.parent().filter(|whole| is_part && whole.join(LOCK).exists()) {
        return OutputError::PartOfARun { part: folder, whole: whole.to_owned() };
    }
    let has = |name: &str| root.join(name).symlink_metadata().is_ok();
    if mark == LOCK && has(EXPORT_MARK) {
        OutputError::OfAnExport { folder }
    } else if mark != LOCK && has(LOCK) {
        OutputError::OfARun { folder }
    } else if mark == LOCK && [LEDGER, MANIFEST].iter().any(|name| has(name)) {
        OutputError::WithoutLock { folder, names }
    } else {
        OutputError::Foreign { folder, names }
    }
}

/// Creates the folder `path` inside one of ours, if it does not exist. A link would lead the files elsewhere.
pub(super) fn make(path: &Path, trust: Trust) -> Result<Made, OutputError> {
    let made = if path.symlink_metadata().is_ok() { Made::Before } else { Made::New };
    create(path)?;
    let metadata = path.symlink_metadata().map_err(OutputError::at(path))?;
    if metadata.is_symlink() {
        return Err(not_a_folder(path));
    }
    trust.judge(path, &metadata)?;
    Ok(made)
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
        io::ErrorKind::AlreadyExists => not_a_folder(path),
        io::ErrorKind::NotFound if is_below_a_file(path) => not_a_folder(path),
        _ => OutputError::at(path)(error),
    })
}

fn not_a_folder(path: &Path) -> OutputError {
    OutputError::NotAFolder { path: path.to_owned() }
}
