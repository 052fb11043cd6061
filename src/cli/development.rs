//! The development identity: made once for this user, so that the first run already signs.

use std::path::PathBuf;

use etcetera::BaseStrategy;
use thiserror::Error;

use super::message::Console;
use crate::clock::Clock;
use crate::diagnostic::{Diagnostic, Notice};
use crate::output::{OutputError, write_new_folder};
use crate::sign::identity::IdentityFiles;
use crate::sign::issue::{IssueRequest, IssuedIdentity, issue};
use crate::sign::{IdentityError, SigningIdentity};

/// How many days it lasts.
const DAYS: u32 = 5 * 365;

/// No development identity can be had.
#[derive(Debug, Error)]
pub(super) enum DevelopmentError {
    /// No home folder.
    #[error("this user has no configuration folder")]
    NoFolder,
    /// It cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The one that is there cannot be used.
    #[error(transparent)]
    Identity(#[from] IdentityError),
}

impl Diagnostic for DevelopmentError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NoFolder | Self::Output(_) => Some("name an identity with --sign-cert or --sign-p12, or use --unsigned".to_owned()),
            Self::Identity(IdentityError::Expired { .. }) => {
                Some("the development identity has ended: delete its folder, and the next run makes a new one".to_owned())
            }
            Self::Identity(error) => error.hint(),
        }
    }
}

/// The development identity of this user, made if there is none yet. What that means is said.
pub(super) fn identity(
    clock: Clock,
    console: &Console,
) -> Result<SigningIdentity, DevelopmentError> {
    let folder = folder().ok_or(DevelopmentError::NoFolder)?;
    if !folder.join("key.pem").exists() {
        let request = IssueRequest {
            common_name: "mailmuster development".to_owned(),
            days: DAYS,
            now: clock.now(),
        };
        let issued = issue(&request).map_err(IdentityError::from)?;
        match write_new_folder(&folder, &files(&issued)) {
            // another run was quicker
            Ok(()) | Err(OutputError::Exists { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let pem = IdentityFiles::Pem {
        certificate: folder.join("cert.pem"),
        key: Some(folder.join("key.pem")),
        chain: Some(folder.join("ca.pem")),
    };
    let identity = SigningIdentity::load(&pem, &mut |_| Ok(None), [clock.now(), clock.run()])?;
    console.notice(&Notice::important(
        "development-identity",
        format_args!("signed with the development identity in {}, which no device trusts", folder.display()),
    ).with_hint("phones show the profile as `Not Verified` in red, Windows shows an unknown publisher; give your own with --sign-cert or --sign-p12"));
    Ok(identity)
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
