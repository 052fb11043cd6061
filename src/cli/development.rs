//! The development identity: made once for this user, so that the first run already signs.

use std::path::PathBuf;

use etcetera::BaseStrategy;
use thiserror::Error;

use super::failure::Failure;
use super::job::Signed;
use super::message::Console;
use crate::clock::Clock;
use crate::diagnostic::{Diagnostic, Notice};
use crate::output::{OutputError, write_new_folder};
use crate::sign::identity::IdentityFiles;
use crate::sign::issue::{IssueRequest, IssuedIdentity, issue};
use crate::sign::{IdentityError, SigningIdentity};

/// How many days it lasts.
const DAYS: u32 = 5 * 365;

/// A development identity that has ended: nobody renews it.
#[derive(Debug, Error)]
#[error(transparent)]
struct ExpiredDevelopmentIdentity(IdentityError);

impl Diagnostic for ExpiredDevelopmentIdentity {
    fn hint(&self) -> Option<String> {
        Some("the development identity has ended: delete its folder, and the next run makes a new one".to_owned())
    }
}

/// What to do if the user has no development identity yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IfMissing {
    /// Make one for all runs.
    Make,
    /// Write nothing: one in memory takes its place.
    Imagine,
}

/// Where the identity is.
enum Kept {
    /// In files, for the next run too.
    In(PathBuf),
    /// In memory: the next run makes one in this folder.
    NotYet { issued: IssuedIdentity, folder: PathBuf },
    /// Only in the memory of this run, and why.
    Nowhere { issued: IssuedIdentity, why: String },
}

/// The development identity of this user. Reports what that means.
///
/// Where it cannot be kept the run signs all the same, with one that is gone afterwards.
pub(super) fn identity(
    if_missing: IfMissing,
    signed: Signed,
    clock: Clock,
    console: &Console,
) -> Result<SigningIdentity, Failure> {
    let moments = [clock.now(), clock.run()];
    let (identity, message, hint) = match keep(if_missing, clock)? {
        Kept::In(folder) => {
            let pem = IdentityFiles::Pem {
                certificate: folder.join("cert.pem"),
                key: Some(folder.join("key.pem")),
                chain: Some(folder.join("ca.pem")),
            };
            let identity = SigningIdentity::load(&pem, &mut |_| Ok(None), moments);
            let identity = identity.map_err(|error| match error {
                IdentityError::Expired { .. } => ExpiredDevelopmentIdentity(error).into(),
                _ => Failure::from(error),
            })?;
            let message = format!(
                "the signer is the development identity in {}, which no device trusts",
                folder.display()
            );
            (identity, message, "")
        }
        Kept::NotYet { issued, folder } => {
            let identity = SigningIdentity::of_issued(&issued, moments)?;
            let message = format!(
                "the signer would be a development identity, which `generate` makes in {} and which no device trusts",
                folder.display()
            );
            (identity, message, "")
        }
        Kept::Nowhere { issued, why } => {
            let identity = SigningIdentity::of_issued(&issued, moments)?;
            let message = format!(
                "the signer is a development identity that no device trusts and that cannot be kept: {why}"
            );
            (identity, message, "the next run signs with another one; ")
        }
    };
    let shown = match signed {
        Signed::Profiles => {
            "phones show the profile as `Not Verified` in red, Windows shows an unknown publisher"
        }
        Signed::ScriptsOnly => {
            "PCs run the scripts with the execution policy Bypass only, for their publisher is unknown"
        }
    };
    console.notice(
        &Notice::important("development-identity", message)
            .with_hint(format!("{hint}{shown}; give your own with --sign-cert or --sign-p12")),
    );
    Ok(identity)
}

/// Finds the identity of an earlier run, or makes one.
fn keep(if_missing: IfMissing, clock: Clock) -> Result<Kept, IdentityError> {
    let folder = folder();
    if let Some(folder) = folder.as_ref().filter(|folder| folder.join("key.pem").exists()) {
        return Ok(Kept::In(folder.clone()));
    }
    let request = IssueRequest {
        common_name: "mailmuster development".to_owned(),
        days: DAYS,
        now: clock.now(),
    };
    let issued = issue(&request).map_err(IdentityError::from)?;
    let Some(folder) = folder else {
        return Ok(Kept::Nowhere {
            issued,
            why: "this user has no configuration folder".to_owned(),
        });
    };
    if if_missing == IfMissing::Imagine {
        return Ok(Kept::NotYet { issued, folder });
    }
    match write_new_folder(&folder, &files(&issued)) {
        // another run was quicker
        Err(OutputError::Exists { .. }) if folder.join("key.pem").exists() => Ok(Kept::In(folder)),
        Ok(()) => Ok(Kept::In(folder)),
        Err(error) => Ok(Kept::Nowhere { issued, why: error.to_string() }),
    }
}

/// The files of a new identity, by name.
pub(super) fn files(issued: &IssuedIdentity) -> [(&'static str, &[u8]); 3] {
    [
        ("ca.pem", &issued.ca_pem),
        ("cert.pem", &issued.certificate_pem),
        ("key.pem", issued.key_pem.expose()),
    ]
}

/// `~/.config/mailmuster/development-identity`, or what the system has for it.
fn folder() -> Option<PathBuf> {
    let base = etcetera::base_strategy::choose_native_strategy().ok()?;
    Some(base.config_dir().join("mailmuster").join("development-identity"))
}
