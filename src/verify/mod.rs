//! Judging what was written: digests, signatures, chains, and whether every file is what it must be.
//! Each fault is reported as it is found; the verdict says what the answer rests on.

mod bundle;
mod compare;
mod contents;
mod expected;
mod export;
mod file;
mod fleet_script;
mod folder;
mod hosting;
mod identifiers;
mod managed;
mod packages;
mod pin;
mod run;
mod signed;
mod stranger;
#[cfg(test)]
mod testing;
mod verdict;
mod vouch;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;
use time::OffsetDateTime;

use crate::bounded;
use crate::diagnostic::{CannotRead, Diagnostic};
use crate::intunewin;
use crate::render::Renderers;
use crate::render::removal::REMOVAL;
use crate::render::windows::FLEET;
use crate::sign::stamp::Stamp;
use crate::sign::verify::{Anchor, Judged, Trust, Verified};

pub(crate) use pin::SignerPin;
pub(crate) use verdict::{SeenSigner, SeenStamps, Verdict};

/// One thing that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file, or the file in a bundle: `out/bundles/ada_q.com.zip: windows/Set-MailAccount.ps1`.
    pub(crate) place: String,
    /// What is wrong with it.
    pub(crate) what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
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
    #[error("`{}` line {line} cannot be read: {fault}", .file.display())]
    Manifest {
        /// The manifest.
        file: PathBuf,
        /// The line.
        line: u64,
        /// What is wrong with the line.
        fault: LineFault,
    },
    /// An I/O error.
    #[error("{}", CannotRead(&.path.display().to_string(), .error))]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

/// What is wrong with a line of a run's manifest.
#[derive(Debug, Error)]
pub enum LineFault {
    /// It is not the JSON of a line.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// The format of another version.
    #[error("format {0} is not known")]
    Format(u32),
    /// A run that is not in the first line, or another line there.
    #[error("the first line, and only that, is the run")]
    Order,
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
                Self::Unreadable { path, error }
                    if error.kind() == io::ErrorKind::NotFound && path.as_os_str() != "-" =>
                {
                    "name the folder of a run, a bundle (.zip), a profile or a script"
                }
                Self::Unreadable { path, error } => {
                    return CannotRead(&path.display().to_string(), error).hint();
                }
            }
            .to_owned(),
        )
    }
}

/// What files are judged by.
#[derive(Clone, Copy, Debug)]
pub struct Criteria<'a> {
    /// The authorities that chains must end at.
    pub trust: &'a Trust,
    /// If not empty, one of them must have made each signature.
    pub signers: &'a [SignerPin],
    /// The formats that files may have.
    pub renderers: &'a Renderers,
}

impl Criteria<'_> {
    /// Whether the user named an authority or a signer.
    fn names_a_signer(&self) -> bool {
        self.trust.has_roots() || !self.signers.is_empty()
    }
}

/// Judges `path`: the folder of a run or an export, a bundle, or a single file.
pub fn verify(
    path: &Path,
    criteria: Criteria<'_>,
    on_fault: &mut dyn FnMut(&Fault),
) -> Result<Verdict, VerifyError> {
    let all: Vec<_> = criteria.renderers.iter().chain(REMOVAL).chain(FLEET).copied().collect();
    let mut judge = Judge { criteria, on_fault, verdict: Verdict::default(), moment: None };
    let metadata = std::fs::metadata(path).map_err(unreadable(path))?;
    if metadata.is_dir() {
        if export::is_one(path) {
            let place = path.display().to_string();
            let signed = export::judge(path, &place, &mut judge)?;
            if criteria.names_a_signer() && signed == export::Signed::Nothing {
                judge.fault(&place, "it is an export, which is not signed: nothing vouches for it");
            }
        } else {
            folder::judge(path, &mut judge)?;
        }
    } else {
        let bytes = bounded::read(path, bounded::BUNDLE).map_err(unreadable(path))?;
        let place = path.display().to_string();
        if intunewin::is_one(&bytes) || place.ends_with(intunewin::ENDING) {
            judge.verdict.files += 1;
            fleet_script::judge_package(&bytes, &place, &mut judge);
        } else if bytes.starts_with(b"PK") {
            if place.ends_with(".removal.zip") {
                judge.criteria.renderers = REMOVAL;
            }
            bundle::judge(&bytes, &place, vouch::Cover::Alone, &mut judge);
        } else {
            judge.criteria.renderers = &all;
            file::judge(&bytes, &place, &mut judge);
        }
    }
    Ok(judge.verdict)
}

/// Judges one thing after the other and counts.
struct Judge<'a> {
    criteria: Criteria<'a>,
    on_fault: &'a mut dyn FnMut(&Fault),
    verdict: Verdict,
    /// The moment at which the bundle at hand was made, where its manifest can be believed.
    moment: Option<OffsetDateTime>,
}

impl Judge<'_> {
    fn fault(&mut self, place: &str, what: impl fmt::Display) {
        self.verdict.faults += 1;
        (self.on_fault)(&Fault { place: place.to_owned(), what: what.to_string() });
    }

    /// A profile or script carries no signature, even if its run was asked not to sign: removing
    /// signatures must not help an attacker.
    fn is_unsigned(&mut self, place: &str) {
        self.verdict.unsigned += 1;
        self.fault(place, "it is not signed");
    }

    /// Remembers a signature that holds. Returns whether its signer is one that counts: one of those
    /// that must have signed, or else one whose certificate is meant for it.
    fn signature_holds(&mut self, place: &str, verified: &Verified) -> bool {
        self.verdict.note_signature(verified);
        let signer = &verified.signer;
        // with the key of a certificate that has ended, and an authority of their own, anyone can make a time stamp of any day
        if let (Judged::AtStamp, Some(Stamp { time, authority, anchor: Anchor::Inside(_), .. })) =
            (verified.judged, &verified.stamp)
            && self.criteria.names_a_signer()
        {
            let (subject, end) = (&signer.subject, signer.not_after.date());
            let why = format!(
                "the certificate of `{subject}` ended on {end}; the time stamp of {} by `{authority}` counts only if --timestamp-ca names its authority",
                time.date()
            );
            self.fault(place, why);
            return false;
        }
        if !self.criteria.signers.is_empty() {
            let is_meant = self.criteria.signers.iter().any(|pin| pin.is(signer));
            if !is_meant {
                let why = format!("`{}` signed it, whom --signer does not name", signer.subject);
                self.fault(place, why);
            }
            return is_meant;
        }
        let purpose = verified.purpose;
        let is_allowed = !self.criteria.trust.has_roots() || signer.allows(purpose);
        if !is_allowed {
            let (subject, usage) = (&signer.subject, purpose.usage());
            let why = format!(
                "`{subject}` signed it, whose certificate is not for {usage}; --signer names it if that is right"
            );
            self.fault(place, why);
        }
        is_allowed
    }
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> VerifyError {
    let path = path.to_owned();
    |error| VerifyError::Unreadable { path, error }
}
