//! `mailmuster generate`: both passes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::PossibleValuesParser;
use serde::Serialize;

use crate::cli::development::IfMissing;
use crate::cli::exit::Exit;
use crate::cli::export::{ExportJob, Faults, FleetScripts, Large};
use crate::cli::failure::Failure;
use crate::cli::first_pass::first_pass;
use crate::cli::folder;
use crate::cli::hosting::Hosting;
use crate::cli::leavers::LeaverArgs;
use crate::cli::message::Console;
use crate::cli::reporter::{Pass, Reporter};
use crate::cli::run::{Prepared, RunArgs, RunFolder, signing};
use crate::cli::settings::GenerateSettings;
use crate::cli::{signer_change, stamps};
use crate::diagnostic::{Count, Grouped, Notice};
use crate::mdm::{MDMS, Mdm, Request, Shape, UserNames, Variable};
use crate::output::layout::{HOSTING, MDM, REPORT};
use crate::pipeline::{Checked, Existing, RunCounts, RunPlan, Scope, Tracker, Whose, generate};

/// Make a signed bundle for every person in a list
#[derive(Debug, Args)]
pub(in crate::cli) struct GenerateArgs {
    #[command(flatten)]
    run: RunArgs,
    #[command(flatten)]
    scope: ScopeArgs,
    /// Also write what these MDMs import, into `mdm` of the output folder: the profile of everybody
    #[arg(long, value_name = "MDM", value_delimiter = ',', help_heading = "Files",
          value_parser = PossibleValuesParser::new(MDMS.iter().map(|mdm| mdm.about().id)))]
    mdm: Vec<String>,
}

/// Whose bundles are made.
#[derive(Debug, Args)]
#[command(next_help_heading = "Changes since the last run")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
struct ScopeArgs {
    /// Make everybody's bundle again, not only those of people of whom something changed
    #[arg(long)]
    all: bool,
    /// Compare the digest of every bundle that should be there, not only its size
    #[arg(long)]
    check_existing: bool,
    #[command(flatten)]
    leavers: LeaverArgs,
    /// Go on although another certificate signed the folder's files
    #[arg(long)]
    new_signer: bool,
}

impl GenerateArgs {
    pub(super) fn run(&self, console: &Console) -> Result<Exit, Failure> {
        let Self { run, scope, .. } = self;
        let Prepared { folder, mut job, stop } = run.prepare(console)?;
        let RunFolder { settings, clock, setup, memory, known } = folder;
        let out = &settings.out;
        let exports = self.exports(&settings)?;
        let hosting = Hosting::of_run(&settings)?;
        let mut tracker = Tracker::new(known, &setup, &job.renames, None);
        let leavers = &scope.leavers;
        tracker.holders = leavers.holders(memory.ledger())?;
        let mut checked = first_pass(&job, Pass::FirstOfTwo, Some(&mut tracker), console, &stop)
            .map_err(|error| settings.list.failure(error))?
            .checked;
        if settings.strict && !is_strictly_clean(&checked, out, console) {
            return Ok(Exit::NothingAttempted);
        }
        let departures =
            leavers.departures(&mut checked, &mut tracker, memory.ledger(), (out, console))?;
        leavers.check(&departures, out)?;
        let absent = leavers.absent(&departures, console);
        let signing = signing(&settings.signing, &setup, IfMissing::Make, clock, (console, &stop))?;
        let signer = (&signing, Whose::Listed);
        signer_change::check_signer((&memory, &tracker.known), signer, scope.new_signer, console)?;
        let plan = RunPlan {
            setup,
            signing,
            out: out.clone(),
            trust: settings.trust,
            workers: settings.jobs.map_or_else(cores, usize::from),
            scope: if scope.all { Scope::All } else { Scope::Changed },
            absent,
            existing: if scope.check_existing { Existing::Digest } else { Existing::Size },
        };
        let mut reporter = Reporter::new(console, job.list.source.name(), Pass::SecondOfTwo);
        let result = generate(&job, &plan, (checked, tracker), memory, &mut reporter, &stop);
        reporter.finish();
        match result {
            Ok(counts) => {
                let exit = report(&counts, &settings.out, console);
                stamps::report_unstamped(counts.unchanged, &plan.signing, &settings.out, console);
                for (mdm, out) in &exports {
                    // whom a profile does not fit has a bundle all the same: that is reported, and no failure
                    export_job(*mdm, out)?
                        .run(Some(&mut job), &settings, clock, console, &stop)
                        .map_err(|failure| Failure { exit: Exit::StoppedMidway, ..failure })?;
                }
                if let Some(hosting) = &hosting {
                    let out = settings.out.join(HOSTING);
                    hosting.write(&out, settings.trust, console).map_err(Failure::midway)?;
                }
                report_old_exports(&exports, hosting.as_ref(), &settings.out, console);
                Ok(exit)
            }
            Err(error) => Err(Failure::of_run(error)),
        }
    }
}

impl GenerateArgs {
    /// The exports that `--mdm` names, each with its folder. Settings with which one cannot be made are refused.
    fn exports(
        &self,
        settings: &GenerateSettings,
    ) -> Result<Vec<(&'static dyn Mdm, PathBuf)>, Failure> {
        let chosen = MDMS.iter().filter(|mdm| self.mdm.iter().any(|id| id == mdm.about().id));
        let mut exports = Vec::new();
        for mdm in chosen.copied() {
            let out = settings.out.join(MDM).join(mdm.about().id);
            export_job(mdm, &out)?.judge(settings)?;
            exports.push((mdm, out));
        }
        Ok(exports)
    }
}

/// The profile of everybody.
fn export_job<'a>(mdm: &'static dyn Mdm, out: &'a Path) -> Result<ExportJob<'a>, Failure> {
    let variable = Variable::of(mdm.about(), None)?;
    Ok(ExportJob {
        mdm,
        request: Request { shape: Shape::Shared, variable, user_names: UserNames::Column },
        out,
        large: Large::Refused,
        faults: Faults::Known,
        scripts: FleetScripts::LeftOut,
    })
}

/// Reports exports of earlier runs that this one does not make again.
fn report_old_exports(
    exports: &[(&'static dyn Mdm, PathBuf)],
    hosting: Option<&Hosting>,
    out: &Path,
    console: &Console,
) {
    let is_made = |id| exports.iter().any(|(made, _)| made.about().id == id);
    let ids = MDMS.iter().map(|mdm| mdm.about().id).filter(|id| !is_made(*id));
    let of_mdms = ids.map(|id| (out.join(MDM).join(id), format!("name {id} in --mdm as well")));
    let of_domains = hosting
        .is_none()
        .then(|| (out.join(HOSTING), "name the domains with --hosting".to_owned()));
    for (folder, cure) in of_mdms.chain(of_domains).filter(|(folder, _)| folder.exists()) {
        console.notice(
            &Notice::important(
                "old-export",
                format_args!("`{}` is the export of an earlier run", folder.display()),
            )
            .with_hint(format!("{cure}, or delete the folder")),
        );
    }
}

/// Whether `--strict` lets the list pass; reports why not.
fn is_strictly_clean(checked: &Checked, folder: &Path, console: &Console) -> bool {
    if checked.refused > 0 {
        let refused = Count(checked.refused, "row");
        console.answer(&format_args!("{refused} refused; nothing was written (--strict)"));
    } else if let Some(encoding) = checked.guessed_encoding {
        console.answer(&format_args!(
            "the encoding is a guess; nothing was written (--strict); --encoding {encoding} confirms it"
        ));
    } else {
        return true;
    }
    console.event(&GenerateEvent::nothing(folder.display().to_string(), checked.refused));
    false
}

fn report(counts: &RunCounts, folder: &Path, console: &Console) -> Exit {
    let out = folder.display();
    let leftovers = &counts.tidied.leftovers;
    folder::report_counts(counts, folder, console);
    folder::report_left(counts, folder, console);
    console.answer(&format_args!(
        "{} in {out} ({} new, {} updated, {} unchanged); {} without bundle{}{}",
        Count(counts.bundles(), "bundle"),
        Grouped(counts.new),
        Grouped(counts.updated),
        Grouped(counts.unchanged),
        Count(counts.without_bundle(), "row"),
        match counts.skipped {
            0 => String::new(),
            skipped => format!(", {} skipped", Grouped(skipped)),
        },
        if counts.without_bundle() > 0 {
            format!(", see {}", folder.join(REPORT).display())
        } else {
            String::new()
        },
    ));
    console.event(&GenerateEvent {
        event: "summary",
        out: out.to_string(),
        new: counts.new,
        updated: counts.updated,
        unchanged: counts.unchanged,
        skipped: counts.skipped,
        refused: counts.refused,
        failed: counts.failed,
        leftovers: leftovers.count,
        changes: counts.changes.counts(),
    });
    if counts.without_bundle() > 0 { Exit::SomeFailed } else { Exit::Done }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

#[derive(Serialize)]
struct GenerateEvent {
    event: &'static str,
    out: String,
    new: u64,
    updated: u64,
    unchanged: u64,
    skipped: u64,
    refused: u64,
    failed: u64,
    leftovers: u64,
    /// What happened to people since the last run that was finished, by kind.
    changes: BTreeMap<&'static str, u64>,
}

impl GenerateEvent {
    /// For `--strict`: rows are at fault and nothing was made.
    fn nothing(out: String, refused: u64) -> Self {
        Self {
            event: "summary",
            out,
            new: 0,
            updated: 0,
            unchanged: 0,
            skipped: 0,
            refused,
            failed: 0,
            leftovers: 0,
            changes: BTreeMap::new(),
        }
    }
}
