//! Another identity than the one that signed the folder's files: refused, accepted or recognized as renewed.

use thiserror::Error;

use super::failure::Failure;
use super::message::Console;
use crate::diagnostic::{Count, Diagnostic, Notice};
use crate::ledger::Known;
use crate::pipeline::{Memory, SignerChange, Step, Whose};
use crate::sign::Signing;

/// Refuses an identity other than the one that signed the folder's files, unless `is_accepted`. A renewed
/// certificate with the same key and name is the same signer.
pub(super) fn check_signer(
    (memory, known): (&Memory, &Known),
    (signing, whose): (&Signing, Whose),
    is_accepted: bool,
    console: &Console,
) -> Result<(), Failure> {
    let Some(change) = SignerChange::find(memory, known, signing, whose)? else { return Ok(()) };
    let people = Count(change.people, "person");
    if change.step != Step::Other {
        report_renewal(&change, console);
        return Ok(());
    }
    if !is_accepted {
        return Err(OtherSigner(change, Cure::Flag).into());
    }
    console.notice(
        &Notice::important(
            "signer-changed",
            format_args!(
                "{people} {} files signed by {}; from now on {} signs",
                if change.people == 1 { "has" } else { "have" },
                change.old,
                change.new
            ),
        )
        .with_hint(NOT_REPLACED),
    );
    Ok(())
}

/// Reports that the same signer has another certificate.
pub(super) fn report_renewal(change: &SignerChange, console: &Console) {
    console.notice(&Notice::important(
        "signer-renewed",
        format_args!(
            "{}: {} signed again",
            match change.step {
                Step::Back => format!(
                    "{} signs, an earlier certificate with the same key as {}",
                    change.new, change.old
                ),
                Step::Other | Step::Renewed => {
                    format!("the certificate of {} was renewed with the same key", change.new)
                }
            },
            if change.people == 1 {
                "the bundle of 1 person is".to_owned()
            } else {
                format!("the bundles of {} are", Count(change.people, "person"))
            }
        ),
    ));
}

/// Refuses to retire with an identity other than the one that signed the folder's files. No bundle is signed
/// again, so a renewed certificate changes nothing.
pub(super) fn check_retirer(
    memory: &Memory,
    known: &Known,
    signing: &Signing,
) -> Result<(), Failure> {
    match SignerChange::find(memory, known, signing, Whose::Everybodys)? {
        Some(change) if change.step == Step::Other => Err(OtherSigner(change, Cure::Resign).into()),
        Some(_) | None => Ok(()),
    }
}

/// Apple, *Configuring multiple devices using profiles*.
const NOT_REPLACED: &str = "iPhones, iPads and Macs do not replace a profile that was installed by hand by one from another signer: people remove the old one first; an MDM replaces it";

/// Another identity than that of the folder's files.
#[derive(Debug, Error)]
#[error("{} {} files signed by {}, and this run would sign with {}", Count(.0.people, "person"), if .0.people == 1 { "has" } else { "have" }, .0.old, .0.new)]
struct OtherSigner(SignerChange, Cure);

/// How a command goes on with another identity.
#[derive(Clone, Copy, Debug)]
enum Cure {
    /// It has a flag.
    Flag,
    /// Only once the folder's files are signed by it.
    Resign,
}

impl Diagnostic for OtherSigner {
    fn hint(&self) -> Option<String> {
        let cure = match self.1 {
            Cure::Flag => "accept the new one with --new-signer",
            Cure::Resign => "run `resign` with the new one and --new-signer first",
        };
        Some(format!("give the identity that signed them, or {cure}; {NOT_REPLACED}"))
    }
}
