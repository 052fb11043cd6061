//! `mailmuster resign`: the same files under new signatures, without the list.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use thiserror::Error;

use crate::cli::development::IfMissing;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::known_folder::{Lacks, NoRuns};
use crate::cli::message::Console;
use crate::cli::settings::SigningSettings;
use crate::cli::{changes, folder, job};
use crate::clock::{Clock, Moment};
use crate::config::options::SigningOptions;
use crate::diagnostic::{Count, Diagnostic, Notice};
use crate::output::Trust;
use crate::pipeline::{
    Extent, Memory, ResignPlan, Resigned, RunError, SkippedBundle, Whose, resign,
};

/// Sign the files in a folder again with another identity, without the list
///
/// The content of every file stays the same. Bundles of people who have left keep their signatures.
#[derive(Debug, Args)]
pub(in crate::cli) struct ResignArgs {
    /// Output folder of earlier runs
    #[arg(value_name = "OUT")]
    out: PathBuf,
    /// Go on although another certificate signed the folder's files
    #[arg(long)]
    new_signer: bool,
    /// Use the folder even if another user owns it or everybody can write to it
    #[arg(long)]
    trust_folder: bool,
    /// Time of the signatures, for reproducible output, e.g. 2026-11-23T09:00:00Z
    #[arg(long, value_name = "TIME")]
    at: Option<Moment>,
    #[command(flatten)]
    signing: SigningOptions,
    /// Config file whose [signing] names the identity
    #[arg(long, value_name = "FILE", help_heading = "Config file")]
    config: Option<PathBuf>,
}

/// A folder whose files cannot be signed again.
#[derive(Debug, Error)]
enum ResignError {
    #[error("nothing can be signed again without an identity")]
    Unsigned,
    /// The sheets would be wrong.
    #[error(
        "the START-HERE.html of {} names {old}, and would be wrong about {new}",
        Count(*.people, "person")
    )]
    OtherLabel { people: u64, old: &'static str, new: &'static str },
}

impl Diagnostic for ResignError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unsigned => {
                "remove --unsigned, and name an identity with --sign-cert or --sign-p12".to_owned()
            }
            Self::OtherLabel { .. } => {
                "run `generate` with the list and this identity: it makes the instructions again"
                    .to_owned()
            }
        })
    }
}

impl ResignArgs {
    pub(super) fn run(&self, console: &Console) -> Result<Exit, Failure> {
        let out = &self.out;
        let clock = Clock::for_run(self.at)?;
        let settings = SigningSettings::of_file(&self.signing, self.config.as_deref(), console)?;
        let trust = if self.trust_folder { Trust::Any } else { Trust::Own };
        NoRuns::refuse(out)?;
        let Some((memory, known, identifier)) = Memory::of_known_folder(out, trust)? else {
            return Err(NoRuns::of(out, Lacks::LedgerAndReadableBundle).into());
        };
        let stop = job::stop_on_signals()?;
        folder::report_origin(&memory, out, console);
        folder::report_clock(&memory, clock, console);
        let signing = job::signing(&settings, IfMissing::Make, clock, console)?;
        let identities = signing.identities.clone().ok_or(ResignError::Unsigned)?;
        let label = job::trust_label(&settings, true);
        let extent = Extent::find(out, &memory, &known, &signing, label)?;
        if let Some((old, people)) = extent.other_labels.iter().next() {
            let (old, new) = (kind_of(old), kind_of(label.id()));
            return Err(ResignError::OtherLabel { people: *people, old, new }.into());
        }
        if extent.people == 0 && !extent.is_unfinished {
            report(&Resigned::default(), &extent, out, console);
            return Ok(Exit::Done);
        }
        let signer = (&signing, Whose::Everybodys);
        folder::check_signer((&memory, &known), signer, self.new_signer, console)?;
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        let plan = ResignPlan { out: out.clone(), trust, identifier, signing, identities, workers };
        match resign(&plan, memory, known, &mut |skipped| skip(&skipped, console), &stop) {
            Ok(done) => {
                report(&done, &extent, out, console);
                Ok(if done.skipped > 0 { Exit::SomeFailed } else { Exit::Done })
            }
            Err(error @ (RunError::Folder(_) | RunError::Memory(_))) => Err(error.into()),
            Err(error) => Err(Failure::midway(error)),
        }
    }
}

/// The trust label `label` in words.
fn kind_of(label: &str) -> &'static str {
    match label {
        "development" => "the development identity",
        "unsigned" => "files that nobody signed",
        _ => "an identity of your own",
    }
}

fn skip(skipped: &SkippedBundle, console: &Console) {
    let SkippedBundle { bundle, address, why } = skipped;
    let what = format_args!("`{bundle}` is not signed again ({address}): {why}");
    console.notice(
        &Notice::important("not-signed-again", what)
            .with_hint("run `generate` with the list: it makes the bundle again"),
    );
}

fn report(done: &Resigned, extent: &Extent, out: &std::path::Path, console: &Console) {
    let folder = out.display();
    folder::report_ledger_aside(done.ledger_aside.as_deref(), console);
    changes::report(&done.changes, console);
    if extent.people == 0 && extent.is_unfinished {
        console.answer(&format_args!(
            "the files of {} in {folder} were signed by this identity; the manifest, which the last run had not finished, is complete",
            Count(extent.done, "person")
        ));
    } else if extent.people == 0 {
        console.answer(&format_args!(
            "nothing to do in {folder}: the files of {} are signed by this identity",
            Count(extent.done, "person")
        ));
    } else {
        let skipped = match done.skipped {
            0 => String::new(),
            skipped => format!(", {} not", Count(skipped, "bundle")),
        };
        let left = match extent.left {
            0 => String::new(),
            1 => "; 1 person who left keeps the old signatures".to_owned(),
            left => format!("; {} who left keep the old signatures", Count(left, "person")),
        };
        console.answer(&format_args!(
            "{} in {folder} signed again{skipped}{left}",
            Count(done.signed, "bundle")
        ));
    }
    console.event(&ResignEvent {
        event: "resigned",
        out: folder.to_string(),
        signed: done.signed,
        already: extent.done,
        skipped: done.skipped,
        left: extent.left,
        changes: done.changes.counts(),
    });
}

#[derive(Serialize)]
struct ResignEvent {
    event: &'static str,
    out: String,
    signed: u64,
    already: u64,
    skipped: u64,
    left: u64,
    changes: std::collections::BTreeMap<&'static str, u64>,
}
