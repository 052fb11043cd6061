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

use crate::bounded;
use crate::diagnostic::Diagnostic;
use crate::sign::verify::{Anchor, Trust, Verified};

/// How many different signers are named.
const MOST_NAMES: usize = 8;

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
    /// Profiles and scripts without signature.
    pub unsigned: u64,
    /// Who signed.
    pub signers: BTreeSet<String>,
    /// Where trust ended, if that was only inside the files themselves.
    pub own_anchors: BTreeSet<String>,
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
    /// A manifest without a single line.
    #[error("`{}` is empty", .file.display())]
    EmptyManifest {
        /// The manifest.
        file: PathBuf,
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
                Self::EmptyManifest { .. } | Self::Manifest { .. } => {
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
        let bytes = bounded::read(path, bounded::BUNDLE).map_err(unreadable(path))?;
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

    /// A profile or script carries no signature. Against an authority of the admin's own that is a
    /// fault: whoever takes signatures off must not pass.
    fn is_unsigned(&mut self, place: &str) {
        if self.trust.has_roots() {
            self.fault(place, "it is not signed");
        } else {
            self.verdict.unsigned += 1;
        }
    }

    fn signature_holds(&mut self, verified: &Verified) {
        self.verdict.signatures += 1;
        let remember = |set: &mut BTreeSet<String>, name: &str| {
            if !set.contains(name) && set.len() < MOST_NAMES {
                set.insert(name.to_owned());
            }
        };
        remember(&mut self.verdict.signers, &verified.signer.subject);
        if let Anchor::Inside(name) = &verified.anchor {
            remember(&mut self.verdict.own_anchors, name);
        }
    }
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> VerifyError {
    let path = path.to_owned();
    |error| VerifyError::Unreadable { path, error }
}
