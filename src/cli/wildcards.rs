//! Wildcards, which the shells of Windows leave to the program. On other systems the shell has replaced them, and one that
//! is left was quoted to be taken literally.

use std::io;
use std::path::{Path, PathBuf};

use glob::{GlobError, MatchOptions, glob_with};
use thiserror::Error;

use crate::diagnostic::{CannotRead, Diagnostic};

/// As Windows compares names; `*` also finds names that begin with a dot.
const AS_ON_WINDOWS: MatchOptions = MatchOptions {
    case_sensitive: false,
    require_literal_separator: true,
    require_literal_leading_dot: false,
};

#[derive(Debug, Error)]
pub(super) enum WildcardError {
    #[error("no file matches `{0}`")]
    NoMatch(String),
    #[error("{}", CannotRead(.folder, .error))]
    Unreadable { folder: String, error: io::Error },
}

impl Diagnostic for WildcardError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NoMatch(_) => {
                Some("check the path: it begins in the folder that the command runs in".to_owned())
            }
            Self::Unreadable { folder, error } => CannotRead(folder, error).hint(),
        }
    }
}

/// `files`, each with wildcards replaced by the files that they match, in alphabetical order.
pub(super) fn expand(files: &[PathBuf]) -> Result<Vec<PathBuf>, WildcardError> {
    if !cfg!(windows) {
        return Ok(files.to_owned());
    }
    let mut expanded = Vec::new();
    for file in files {
        expanded.append(&mut matching(file)?);
    }
    Ok(expanded)
}

/// The files that `file` matches; itself if it has no wildcard.
fn matching(file: &Path) -> Result<Vec<PathBuf>, WildcardError> {
    let text = file.to_string_lossy();
    // `\\?\C:\...` is a path that Windows takes literally
    if !text.contains(['*', '?']) || text.starts_with(r"\\?\") {
        return Ok(vec![file.to_owned()]);
    }
    let no_match = || WildcardError::NoMatch(text.clone().into_owned());
    // brackets are letters like others there
    let paths = glob_with(&text.replace('[', "[[]"), AS_ON_WINDOWS).map_err(|_| no_match())?;
    let found: Vec<PathBuf> = paths.collect::<Result<_, _>>().map_err(unreadable)?;
    if found.is_empty() { Err(no_match()) } else { Ok(found) }
}

fn unreadable(error: GlobError) -> WildcardError {
    WildcardError::Unreadable { folder: error.path().display().to_string(), error: error.into() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods, reason = "tests write files of their own")]

    use super::*;

    #[test]
    fn wildcards_find_what_windows_finds() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.zip", "A.ZIP", "a[1].zip", ".c.zip", "d.csv"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let names = |pattern: &str| -> Vec<String> {
            let found = matching(&folder.path().join(pattern)).unwrap();
            found
                .iter()
                .map(|file| file.file_name().unwrap().to_string_lossy().into_owned())
                .collect()
        };
        assert_eq!(names("*.zip"), [".c.zip", "A.ZIP", "a[1].zip", "b.zip"]);
        assert_eq!(names("?.zip"), ["A.ZIP", "b.zip"]);
        assert_eq!(names("a[*"), ["a[1].zip"]);
        assert_eq!(names("d.csv"), ["d.csv"]);
        let error = matching(&folder.path().join("*.xml")).unwrap_err();
        assert!(error.to_string().starts_with("no file matches `"), "{error}");
    }
}
