//! `mailmuster verify`

use std::collections::BTreeSet;
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
use crate::diagnostic::{Count, Diagnostic, Notice};
use crate::sign::certificate::read_all;
use crate::sign::verify::Trust;
use crate::verify::{Fault, Verdict, verify};

pub(super) fn run(args: &VerifyArgs, console: &Console) -> Exit {
    let now = Clock::now_only();
    let roots = match args.ca.as_deref().map(authority).transpose() {
        Ok(roots) => roots.unwrap_or_default(),
        Err(error) => return give_up(console, &error),
    };
    let trust = Trust::new(roots, now);
    let mut on_fault = |fault: &Fault| {
        console.answer(fault);
        console.event(&FaultEvent { event: "fault", place: &fault.place, what: &fault.what });
    };
    match verify(&args.path, &trust, &mut on_fault) {
        Ok(verdict) => tell(&verdict, console),
        Err(error) => give_up(console, &error),
    }
}

fn tell(verdict: &Verdict, console: &Console) -> Exit {
    let words = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join("; ");
    if !verdict.signers.is_empty() {
        console.line(&format_args!("signed by {}", words(&verdict.signers)));
    }
    if !verdict.own_anchors.is_empty() {
        console.notice(&Notice::note("own-authority", format_args!(
            "chains were followed up to {}, which the files bring themselves; --ca judges them by an authority of your own",
            words(&verdict.own_anchors)
        )));
    }
    if verdict.unsigned > 0 {
        console.notice(&Notice::warning(
            "unsigned",
            format_args!(
                "{} (profiles, scripts) without signature",
                Count(verdict.unsigned, "file")
            ),
        ));
    }
    console.answer(&format_args!(
        "{}, {}, {} verified: {}",
        Count(verdict.bundles, "bundle"),
        Count(verdict.files, "file"),
        Count(verdict.signatures, "signature"),
        if verdict.faults == 0 {
            "all hold".to_owned()
        } else {
            Count(verdict.faults, "fault").to_string()
        },
    ));
    console.event(&VerdictEvent {
        event: "summary",
        bundles: verdict.bundles,
        files: verdict.files,
        signatures: verdict.signatures,
        unsigned: verdict.unsigned,
        signers: &verdict.signers,
        faults: verdict.faults,
    });
    if verdict.faults == 0 { Exit::Done } else { Exit::SomeFailed }
}

/// The certificates in the file that `--ca` names.
fn authority(file: &Path) -> Result<Vec<X509>, AuthorityError> {
    let bytes = bounded::read(file, bounded::SMALL)
        .map_err(|error| AuthorityError::Unreadable { file: file.to_owned(), error })?;
    match read_all(&bytes) {
        Ok(roots) if !roots.is_empty() => Ok(roots),
        _ => Err(AuthorityError::NoCertificate { file: file.to_owned() }),
    }
}

/// `--ca` that cannot be used.
#[derive(Debug, Error)]
enum AuthorityError {
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

#[derive(Serialize)]
struct VerdictEvent<'a> {
    event: &'static str,
    bundles: u64,
    files: u64,
    signatures: u64,
    unsigned: u64,
    signers: &'a BTreeSet<String>,
    faults: u64,
}
