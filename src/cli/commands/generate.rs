//! `mailmuster generate`: both passes.

use std::path::Path;

use clap::Args;
use serde::Serialize;

use crate::artifact::SignatureFormat;
use crate::cli::args::{ConfigArgs, ListArgs};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::first_pass::first_pass;
use crate::cli::help::after_list_help;
use crate::cli::job;
use crate::cli::message::Console;
use crate::cli::reporter::{Pass, Reporter};
use crate::cli::settings::{self, GenerateSettings};
use crate::clock::{Clock, Moment};
use crate::config::options::{OutputOptions, ProviderOptions, SigningOptions};
use crate::diagnostic::{Count, Grouped, Listed, Notice};
use crate::output::Trust;
use crate::pipeline::{Checked, FolderComparison, RunCounts, RunError, RunPlan, generate};
use crate::render::{RENDERERS, Renderer, Setup, SigningMode};

/// Make a signed bundle for every person in a list
#[derive(Debug, Args)]
#[command(after_help = after_list_help())]
pub(in crate::cli) struct GenerateArgs {
    #[command(flatten)]
    list: ListArgs,
    #[command(flatten)]
    provider: ProviderOptions,
    #[command(flatten)]
    output: OutputOptions,
    /// Use the output folder even if another user owns it or everybody can write to it
    #[arg(long, help_heading = "Files")]
    trust_folder: bool,
    #[command(flatten)]
    signing: SigningOptions,
    /// Time of the run, for reproducible output, e.g. 2026-11-23T09:00:00Z
    #[arg(long, value_name = "TIME", help_heading = "Files")]
    at: Option<Moment>,
    #[command(flatten)]
    config: ConfigArgs,
}

impl GenerateArgs {
    pub(super) fn run(&self, console: &Console) -> Result<Exit, Failure> {
        let clock = Clock::for_run(self.at)?;
        let Self { list, provider, output, signing, .. } = self;
        let config = settings::load_config(list, &self.config)?;
        let trust = if self.trust_folder { Trust::Any } else { Trust::Own };
        let settings =
            GenerateSettings::merge(list, provider, output, trust, signing, config, console)?;
        let formats = formats(&settings.only);
        let job = job::job(&settings.list, &settings.provider, formats.clone(), clock, console)?;
        let stop = job::stop_on_signals()?;
        let mut checked = first_pass(&job, Pass::FirstOfTwo, console, &stop)
            .map_err(|error| settings.list.failure(error))?
            .checked;
        let earlier = checked.compare(&settings.out);
        report_earlier(&earlier, &settings.out, console);
        if settings.strict && !is_strictly_clean(&checked, &settings.out, console) {
            return Ok(Exit::NothingAttempted);
        }
        // an identity that was named signs the manifest even where no file calls for a signature
        let needs_signature = settings.signing.profiles.is_some()
            || formats.iter().any(|format| format.format().signature != SignatureFormat::Unsigned);
        let (signing, trust) = if needs_signature {
            job::signing(&settings.signing, clock, console)?
        } else {
            (job::no_signing(clock), SigningMode::Unsigned)
        };
        let making = RunPlan {
            setup: Setup {
                organization: settings.organization,
                contact: settings.contact,
                language: settings.language,
                identifier: settings.identifier,
                formats,
                trust,
            },
            signing,
            out: settings.out.clone(),
            trust: settings.trust,
            workers: settings.jobs.map_or_else(cores, usize::from),
        };
        let mut reporter = Reporter::new(console, job.list.source.name(), Pass::SecondOfTwo);
        let result = generate(&job, &making, checked, &mut reporter, &stop);
        reporter.finish();
        match result {
            Ok(tally) => Ok(report(&tally, &earlier, &settings.out, console)),
            Err(error @ (RunError::Folder(_) | RunError::NoThread)) => Err(error.into()),
            Err(error) => Err(Failure::midway(error)),
        }
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

/// The formats with the ids `only`, or all of them, in the order of the registry.
fn formats(only: &[String]) -> Vec<&'static dyn Renderer> {
    let wanted = |renderer: &&dyn Renderer| {
        only.is_empty() || only.iter().any(|id| id == renderer.format().id)
    };
    RENDERERS.iter().copied().filter(wanted).collect()
}

/// Reports what is odd about this list for this folder, before anything is written.
fn report_earlier(earlier: &FolderComparison, folder: &Path, console: &Console) {
    let out = folder.display();
    if earlier.is_partial() {
        let what = format_args!(
            "the list has {} of the {} whose bundles are in `{out}`: it looks partial",
            Grouped(earlier.shared),
            people(earlier.people),
        );
        console.notice(&Notice::important("partial-list", what).with_hint(
            "the other bundles stay; manifest.jsonl and report.csv will describe this list alone: name another folder with --out, or run with the whole list",
        ));
    }
    if earlier.rekeyed > 0 {
        let more =
            if earlier.rekeyed > earlier.rekeyed_names.len() as u64 { " and more" } else { "" };
        let what = format_args!(
            "{} {} another key than in `{out}`: {}{more}",
            people(earlier.rekeyed),
            if earlier.rekeyed == 1 { "has" } else { "have" },
            Listed(&earlier.rekeyed_names)
        );
        console.notice(&Notice::important("changed-key", what).with_hint(
            "devices would keep the old account and add a second one: give these people the id that they had, or no id if they had none",
        ));
    }
}

fn people(count: u64) -> String {
    if count == 1 { "1 person".to_owned() } else { format!("{} people", Grouped(count)) }
}

fn report(tally: &RunCounts, earlier: &FolderComparison, folder: &Path, console: &Console) -> Exit {
    let out = folder.display();
    let leftovers = &tally.leftovers;
    if leftovers.count > 0 {
        let more = if leftovers.count > leftovers.names.len() as u64 { " and more" } else { "" };
        let notice = Notice::warning(
            "leftovers",
            format_args!(
                "{} of an earlier run in `{out}` {} to nobody in this list: {}{more}",
                Count(leftovers.count, "bundle"),
                if leftovers.count == 1 { "belongs" } else { "belong" },
                leftovers.names.join(", ")
            ),
        );
        // the people of a partial list's other bundles have not left
        console.notice(&if earlier.is_partial() {
            notice
        } else {
            notice.with_hint("delete them by hand if those people have left")
        });
    }
    console.answer(&format_args!(
        "{} in {out} ({} new, {} updated, {} unchanged); {} without bundle{}{}",
        Count(tally.bundles(), "bundle"),
        Grouped(tally.new),
        Grouped(tally.updated),
        Grouped(tally.unchanged),
        Count(tally.without_bundle(), "row"),
        match tally.skipped {
            0 => String::new(),
            skipped => format!(", {} skipped", Grouped(skipped)),
        },
        if tally.without_bundle() > 0 {
            format!(", see {}", folder.join("report.csv").display())
        } else {
            String::new()
        },
    ));
    console.event(&GenerateEvent {
        event: "summary",
        out: out.to_string(),
        new: tally.new,
        updated: tally.updated,
        unchanged: tally.unchanged,
        skipped: tally.skipped,
        refused: tally.refused,
        failed: tally.failed,
        leftovers: leftovers.count,
    });
    if tally.without_bundle() > 0 { Exit::SomeFailed } else { Exit::Done }
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
        }
    }
}
