//! Judging what was written: digests, signatures, chains, and whether all files of a bundle say the
//! same. Each fault is told as it is found.

mod bundle;
mod file;
mod folder;

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::diagnostic::Diagnostic;
use crate::sign::verify::{Anchor, Trust};

/// One thing that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file, or the file in a bundle: `out/bundles/ada_q.com.zip: windows/Set-MailAccount.ps1`.
    pub place: String,
    /// What is wrong with it.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// What was judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Bundles opened.
    pub bundles: u64,
    /// Files judged, in bundles or alone.
    pub files: u64,
    /// Signatures that hold.
    pub signatures: u64,
    /// Faults found.
    pub faults: u64,
    /// Where trust ended.
    pub anchors: BTreeSet<String>,
    /// Whether that was only inside the files themselves.
    pub trusted_itself: bool,
}

/// Something that cannot be judged at all.
#[derive(Debug, Error)]
pub enum VerifyError {
    /// A folder without manifest.
    #[error("`{}` has no manifest.jsonl", .folder.display())]
    NoManifest {
        /// The folder.
        folder: PathBuf,
    },
    /// A manifest that cannot be read.
    #[error("`{}` line {line} cannot be read: {why}", .file.display())]
    Manifest {
        /// The manifest.
        file: PathBuf,
        /// The line.
        line: u64,
        /// Why.
        why: String,
    },
    /// The system says no.
    #[error("`{}` cannot be read: {error}", .path.display())]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

impl Diagnostic for VerifyError {
    fn hint(&self) -> Option<String> {
        Some(
            match self {
                Self::NoManifest { .. } => {
                    "name the folder of a finished run, a bundle (.zip), a profile or a script"
                }
                Self::Manifest { .. } => {
                    "run mailmuster generate again: it writes the manifest anew"
                }
                Self::Unreadable { error, .. } if error.kind() == io::ErrorKind::NotFound => {
                    "name the folder of a run, a bundle (.zip), a profile or a script"
                }
                Self::Unreadable { .. } => return None,
            }
            .to_owned(),
        )
    }
}

/// Judges `path`: the folder of a run, a bundle, or a single profile or script.
pub fn verify(
    path: &Path,
    trust: &Trust,
    on_fault: &mut dyn FnMut(&Fault),
) -> Result<Verdict, VerifyError> {
    let mut judge = Judge { trust, on_fault, verdict: Verdict::default() };
    let metadata = std::fs::metadata(path).map_err(unreadable(path))?;
    if metadata.is_dir() {
        folder::judge(path, &mut judge)?;
    } else {
        let bytes = std::fs::read(path).map_err(unreadable(path))?;
        let place = path.display().to_string();
        if bytes.starts_with(b"PK") {
            bundle::judge(&bytes, &place, &mut judge);
        } else {
            file::judge(&bytes, &place, &mut judge);
        }
    }
    Ok(judge.verdict)
}

/// Judges one thing after the other and counts.
struct Judge<'a> {
    trust: &'a Trust,
    on_fault: &'a mut dyn FnMut(&Fault),
    verdict: Verdict,
}

impl Judge<'_> {
    fn fault(&mut self, place: &str, what: impl fmt::Display) {
        self.verdict.faults += 1;
        (self.on_fault)(&Fault { place: place.to_owned(), what: what.to_string() });
    }

    fn signature_holds(&mut self, anchor: &Anchor) {
        self.verdict.signatures += 1;
        let (name, inside) = match anchor {
            Anchor::Given(name) => (name, false),
            Anchor::Inside(name) => (name, true),
        };
        self.verdict.trusted_itself |= inside;
        if !self.verdict.anchors.contains(name) {
            self.verdict.anchors.insert(name.clone());
        }
    }
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> VerifyError {
    let path = path.to_owned();
    |error| VerifyError::Unreadable { path, error }
}
