//! A folder that a command expects to be the output folder of earlier runs, and is not.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::diagnostic::Diagnostic;
use crate::output::export::EXPORT_MARK;
use crate::output::layout::{BUNDLES, HOSTING, LEDGER, MDM, RETIRED};

/// Why a folder has nothing of earlier runs.
#[derive(Debug, Error)]
pub(super) enum NoRuns {
    #[error("there is no folder `{}`", .0.display())]
    Missing(PathBuf),
    #[error("`{}` is not a folder", .0.display())]
    NotAFolder(PathBuf),
    #[error("`{}` is the folder of an export, not that of runs", .0.display())]
    Export(PathBuf),
    /// A folder in the folder of runs.
    #[error("`{}` is a part of the output folder `{}`", .part.display(), .whole.display())]
    Part { part: PathBuf, whole: PathBuf },
    #[error("`{}` has {}", .folder.display(), .lacks.words())]
    Nothing { folder: PathBuf, lacks: Lacks },
}

/// What a command needs of the folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lacks {
    Ledger,
    LedgerAndManifest,
    LedgerAndReadableBundle,
}

impl Lacks {
    fn words(self) -> &'static str {
        match self {
            Self::Ledger => "no ledger",
            Self::LedgerAndManifest => "no ledger and no manifest.jsonl",
            Self::LedgerAndReadableBundle => "no ledger and no bundle that can be read",
        }
    }
}

impl Diagnostic for NoRuns {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Part { whole, .. } => format!("name `{}`", whole.display()),
            Self::Nothing { lacks: Lacks::Ledger, .. } => {
                "name the output folder of earlier runs; `generate` makes the ledger of a folder that has bundles and no ledger".to_owned()
            }
            Self::Missing(_) | Self::NotAFolder(_) | Self::Export(_) | Self::Nothing { .. } => {
                "name the output folder of earlier runs".to_owned()
            }
        })
    }
}

impl NoRuns {
    /// Refuses what is not a folder.
    pub(super) fn refuse(folder: &Path) -> Result<(), Self> {
        match folder.metadata() {
            Ok(metadata) if !metadata.is_dir() => Err(Self::NotAFolder(folder.to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(Self::Missing(folder.to_owned()))
            }
            // reading from it reports any other error
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Why there is nothing in `folder`, which lacks what the command needs.
    pub(super) fn of(folder: &Path, lacks: Lacks) -> Self {
        if let Err(refusal) = Self::refuse(folder) {
            return refusal;
        }
        let folder = folder.to_owned();
        if folder.join(EXPORT_MARK).exists() {
            return Self::Export(folder);
        }
        let is_part = [BUNDLES, RETIRED, MDM, HOSTING].iter().any(|part| folder.ends_with(part));
        match folder.parent() {
            Some(whole) if is_part && whole.join(LEDGER).exists() => {
                Self::Part { whole: whole.to_owned(), part: folder }
            }
            _ => Self::Nothing { folder, lacks },
        }
    }
}
