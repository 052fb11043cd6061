//! `mailmuster verify`

use std::path::{Path, PathBuf};

use openssl::x509::X509;
use serde::Serialize;
use thiserror::Error;

use super::args::VerifyArgs;
use super::check::give_up;
use super::exit::Exit;
use super::message::Console;
use crate::bounded;
use crate::clock::Clock;
use crate::diagnostic::{Diagnostic, Shown};
use crate::sign::certificate::read_all;
use crate::sign::pem::PemFault;
use crate::sign::verify::Trust;
use crate::verify::{Fault, SignerPin, verify};

mod answer;

use answer::{Basis, tell};

pub(super) fn run(args: &VerifyArgs, console: &Console) -> Exit {
    let now = Clock::now_only();
    let roots = match args.ca.as_deref().map(authority).transpose() {
        Ok(roots) => roots.unwrap_or_default(),
        Err(error) => return give_up(console, &error),
    };
    if roots.is_empty()
        && let Some(subject) = args.signer.iter().find(|pin| matches!(pin, SignerPin::Subject(_)))
    {
        return give_up(console, &SubjectAlone(subject.to_string()));
    }
    let trust = Trust::new(roots, now);
    let mut on_fault = |fault: &Fault| {
        console.answer(fault);
        console.event(&FaultEvent { event: "fault", place: &fault.place, what: &fault.what });
    };
    match verify(&args.path, &trust, &args.signer, &mut on_fault) {
        Ok(verdict) => {
            let basis = if args.ca.is_some() {
                Basis::Authority
            } else if args.signer.is_empty() {
                Basis::Nothing
            } else {
                Basis::Signer
            };
            tell(&verdict, basis, console)
        }
        Err(error) => give_up(console, &error),
    }
}

/// A subject without an authority, which everybody can write into a certificate.
#[derive(Debug, Error)]
#[error("--signer `{}` is a subject, which anybody can write into a certificate", Shown(.0))]
struct SubjectAlone(String);

impl Diagnostic for SubjectAlone {
    fn hint(&self) -> Option<String> {
        Some("add --ca, or name the signer by the SHA-256 of the certificate".to_owned())
    }
}

/// The certificates in the file that `--ca` names.
fn authority(file: &Path) -> Result<Vec<X509>, AuthorityError> {
    let bytes = bounded::read(file, bounded::SMALL)
        .map_err(|error| AuthorityError::Unreadable { file: file.to_owned(), error })?;
    match read_all(&bytes) {
        Ok(roots) if !roots.is_empty() => Ok(roots),
        Ok(_) => Err(AuthorityError::NoCertificate { file: file.to_owned() }),
        Err(fault) => Err(AuthorityError::Damaged { file: file.to_owned(), fault }),
    }
}

/// `--ca` that cannot be used.
#[derive(Debug, Error)]
enum AuthorityError {
    /// A part of it.
    #[error("`{}` cannot be read: {fault}", .file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What is wrong, with its line.
        fault: PemFault,
    },
    /// Something else.
    #[error("`{}` holds no certificate", .file.display())]
    NoCertificate {
        /// The file.
        file: PathBuf,
    },
    /// The system says no.
    #[error("`{}` cannot be read: {error}", .file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        error: std::io::Error,
    },
}

impl Diagnostic for AuthorityError {
    fn hint(&self) -> Option<String> {
        Some("give the authority's certificate, PEM or DER".to_owned())
    }
}

#[derive(Serialize)]
struct FaultEvent<'a> {
    event: &'static str,
    place: &'a str,
    what: &'a str,
}
