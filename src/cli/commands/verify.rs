//! `mailmuster verify`

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use thiserror::Error;

use crate::cli::authorities::read_authorities;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::message::Console;
use crate::clock::Clock;
use crate::diagnostic::{Diagnostic, Shown};
use crate::render::RENDERERS;
use crate::sign::verify::Trust;
use crate::verify::{Criteria, Fault, SignerPin, verify};

mod answer;

use answer::Basis;

/// Verify what was written: signatures, chains, contents and agreement of all files
#[derive(Debug, Args)]
pub(in crate::cli) struct VerifyArgs {
    /// The folder of a run, a bundle (.zip), or a single file
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Certificate of the authority to trust, PEM or DER [default: the last certificate
    /// inside each signature, which proves nothing about who signed]
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Root certificates of time-stamp authorities to trust, PEM or DER: then a script whose certificate
    /// has ended holds by its time stamp [default: the last
    /// certificate inside each time stamp, which proves nothing about the time]
    #[arg(long, value_name = "FILE")]
    timestamp_ca: Option<PathBuf>,
    /// Certificate that must have signed, by its SHA-256, or with --ca by its subject; may
    /// be repeated
    #[arg(long, value_name = "SHA256|SUBJECT")]
    signer: Vec<SignerPin>,
}

impl VerifyArgs {
    pub(super) fn run(&self, console: &Console) -> Result<Exit, Failure> {
        let now = Clock::now_only();
        let roots = self.ca.as_deref().map(read_authorities).transpose()?.unwrap_or_default();
        let subject = self.signer.iter().find(|pin| matches!(pin, SignerPin::Subject(_)));
        if let (true, Some(subject)) = (roots.is_empty(), subject) {
            return Err(SubjectAlone(subject.to_string()).into());
        }
        let stamps = self.timestamp_ca.as_deref().map(read_authorities).transpose()?;
        let trust = Trust::new(roots, now).with_stamps(stamps.unwrap_or_default());
        let mut on_fault = |fault: &Fault| {
            console.answer(fault);
            console.event(&FaultEvent { event: "fault", place: &fault.place, what: &fault.what });
        };
        let criteria = Criteria { trust: &trust, signers: &self.signer, renderers: RENDERERS };
        let verdict = verify(&self.path, criteria, &mut on_fault)?;
        let basis = if self.ca.is_some() {
            Basis::Authority
        } else if self.signer.is_empty() {
            Basis::Nothing
        } else {
            Basis::Signer
        };
        Ok(answer::print(&verdict, basis, console))
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

#[derive(Serialize)]
struct FaultEvent<'a> {
    event: &'static str,
    place: &'a str,
    what: &'a str,
}
