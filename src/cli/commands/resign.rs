//! `mailmuster resign`: the same files under new signatures, without the list.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use thiserror::Error;

use crate::cli::development::IfMissing;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::known_folder::{Lacks, NoRuns};
use crate::cli::message::Console;
use crate::cli::settings::SigningSettings;
use crate::cli::{changes, folder, job, signer_change, stamps};
use crate::clock::{Clock, Moment};
use crate::config::options::SigningOptions;
use crate::diagnostic::{Count, Diagnostic, Notice};
use crate::output::Trust;
use crate::pipeline::{
    Extent, Memory, ResignPlan, Resigned, SignerChange, SkippedBundle, Step, Whose, resign,
};

/// Sign the files in a folder again with another identity, without the list
///
/// The content of every file stays the same. Bundles of people who have left or are retired keep their signatures.
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
    OtherLabel { people: u64, old: &'static str, new: &'static str, again: Again },
}

impl Diagnostic for ResignError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unsigned => {
                "remove --unsigned, and name an identity with --sign-cert or --sign-p12".to_owned()
            }
            Self::OtherLabel { again, .. } => {
                format!("{}: it makes the instructions again", again.hint())
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
        let signing = job::signing(
            &settings,
            IfMissing::Make,
            job::Signed::Profiles,
            clock,
            (console, &stop),
        )?;
        stamps::report_end(&settings, &signing, console);
        let identities = signing.identities.clone().ok_or(ResignError::Unsigned)?;
        let label = job::trust_label(&settings, true);
        let extent = Extent::find(out, &memory, &known, &signing, label)?;
        if let Some((old, people)) = extent.other_labels.iter().next() {
            let (old, new) = (kind_of(old), kind_of(label.id()));
            let change = SignerChange::find(&memory, &known, &signing, Whose::Everybodys)?;
            let is_other = change.is_some_and(|change| change.step == Step::Other);
            let again = if is_other { Again::NewSigner } else { Again::SameSigner };
            return Err(ResignError::OtherLabel { people: *people, old, new, again }.into());
        }
        if extent.people == 0 && !extent.is_unfinished {
            return Ok(report(&Resigned::default(), &extent, out, console));
        }
        let signer = (&signing, Whose::Everybodys);
        signer_change::check_signer((&memory, &known), signer, self.new_signer, console)?;
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        let plan = ResignPlan { out: out.clone(), trust, identifier, signing, identities, workers };
        let again = if self.new_signer { Again::NewSigner } else { Again::SameSigner };
        let mut on_skip = |skipped| skip(&skipped, again, console);
        match resign(&plan, memory, known, &mut on_skip, &stop) {
            Ok(done) => Ok(report(&done, &extent, out, console)),
            Err(error) => Err(Failure::of_run(error)),
        }
    }
}

/// How `generate` makes files again that are not signed again.
#[derive(Clone, Copy, Debug)]
enum Again {
    /// The ledger knows the files under this signer.
    SameSigner,
    /// It knows them under another one: `generate` goes on only if that is accepted.
    NewSigner,
}

impl Again {
    /// How to call `generate`.
    fn hint(self) -> &'static str {
        match self {
            Self::SameSigner => "run `generate` with the list and this identity",
            Self::NewSigner => "run `generate` with the list, this identity and --new-signer",
        }
    }

    /// The same for bundles.
    fn bundle(self) -> String {
        format!("{}: it makes the bundle again", self.hint())
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

fn skip(skipped: &SkippedBundle, again: Again, console: &Console) {
    let SkippedBundle { bundle, address, why } = skipped;
    let what = format_args!("`{bundle}` is not signed again ({address}): {why}");
    console.notice(&Notice::important("not-signed-again", what).with_hint(again.bundle()));
}

fn report(done: &Resigned, extent: &Extent, out: &Path, console: &Console) -> Exit {
    let folder = out.display();
    folder::report_ledger_aside(done.ledger_aside.as_deref(), console);
    changes::report(&done.changes, console);
    if extent.gone > 0 {
        let what = format_args!(
            "{} in `{folder}` that this identity has signed {} missing or {} another size",
            Count(extent.gone, "bundle"),
            if extent.gone == 1 { "is" } else { "are" },
            if extent.gone == 1 { "has" } else { "have" },
        );
        let notice = Notice::important("signed-bundles-gone", what);
        console.notice(&notice.with_hint(Again::SameSigner.bundle()));
    }
    let kept = kept(extent);
    let already = Count(extent.done, "person");
    if extent.people > 0 {
        let skipped = match done.skipped {
            0 => String::new(),
            skipped => format!(", {} not", Count(skipped, "bundle")),
        };
        let signed = Count(done.signed, "bundle");
        console.answer(&format_args!("{signed} in {folder} signed again{skipped}{kept}"));
    } else if extent.is_unfinished {
        console.answer(&format_args!(
            "the files of {already} in {folder} were signed by this identity; the manifest, which the last run had not finished, is complete{kept}"
        ));
    } else if extent.done > 0 {
        console.answer(&format_args!(
            "nothing to do in {folder}: the files of {already} are signed by this identity{kept}"
        ));
    } else {
        console.answer(&format_args!(
            "nothing to do in {folder}: it has no bundle of a current person{kept}"
        ));
    }
    console.event(&ResignEvent {
        event: "resigned",
        out: folder.to_string(),
        signed: done.signed,
        already: extent.done,
        skipped: done.skipped,
        missing: extent.gone,
        left: extent.left,
        retired: extent.retired,
        changes: done.changes.counts(),
    });
    if done.skipped > 0 || extent.gone > 0 { Exit::SomeFailed } else { Exit::Done }
}

/// Who keeps signatures of other certificates, after a semicolon.
fn kept(extent: &Extent) -> String {
    let groups = [(extent.left, "left", "left"), (extent.retired, "is retired", "are retired")];
    let groups: Vec<String> = groups
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, many)| {
            format!("{} who {}", Count(count, "person"), if count == 1 { one } else { many })
        })
        .collect();
    let keep = if extent.left + extent.retired == 1 { "keeps" } else { "keep" };
    match &groups[..] {
        [] => String::new(),
        groups => format!("; {} {keep} the old signatures", groups.join(" and ")),
    }
}

#[derive(Serialize)]
struct ResignEvent {
    event: &'static str,
    out: String,
    signed: u64,
    already: u64,
    skipped: u64,
    missing: u64,
    left: u64,
    retired: u64,
    changes: std::collections::BTreeMap<&'static str, u64>,
}
