//! `mailmuster check`: the first pass, and nothing else.

mod explain;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use crate::cli::args::{ConfigArgs, ListArg};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::first_pass::{FirstPass, first_pass};
use crate::cli::job;
use crate::cli::message::Console;
use crate::cli::reporter::Pass;
use crate::cli::run;
use crate::cli::settings::{self, CheckSettings, ListSettings};
use crate::cli::summaries::Summaries;
use crate::clock::Clock;
use crate::config::options::{ListOptions, ProviderOptions};
use crate::diagnostic::{Count, Grouped, Notice};
use crate::input::Mapping;
use crate::output::OutputError;
use crate::output::rejects::{RejectsFile, WHY};
use crate::pipeline::{Checked, Job};

/// Report what is wrong with a list, without writing anything
#[derive(Debug, Args)]
pub(in crate::cli) struct CheckArgs {
    #[command(flatten)]
    list: ListArg,
    #[command(flatten)]
    options: ListOptions,
    #[command(flatten)]
    provider: ProviderOptions,
    /// Explain what each column is used for, and why
    #[arg(long, help_heading = "Report")]
    explain_columns: bool,
    /// Copy the refused rows to a new CSV file, each with the reason, to correct and use as
    /// a list
    #[arg(long, help_heading = "Report", value_name = "FILE")]
    write_rejects: Option<PathBuf>,
    #[command(flatten)]
    config: ConfigArgs,
}

impl CheckArgs {
    pub(super) fn run(&self, console: &Console) -> Result<Exit, Failure> {
        let config = settings::load_config(&self.list.path, &self.config)?;
        let settings = CheckSettings::merge(
            (&self.list.path, &self.options),
            &self.provider,
            config,
            console,
        )?;
        let list = &settings.list;
        let clock = Clock::for_run(None)?;
        let formats = run::formats(&settings.only);
        let job = job::job(list, &settings.provider, formats, clock, console)?;
        let job = Job { keep_cells: self.write_rejects.is_some(), ..job };
        if self.explain_columns {
            explain::columns(&job.list, console).map_err(|error| list.failure(error.into()))?;
        }
        // a signal from here on removes the copy, which may hold passwords
        let stop = job::stop_on_signals()?;
        let rejects = self.write_rejects.as_deref().map(RejectsFile::create).transpose()?;
        let FirstPass { checked, summaries, rejects } =
            first_pass(&job, Pass::Only { rejects }, None, console, &stop)
                .map_err(|error| list.failure(error))?;
        let mut exit = if checked.refused > 0 { Exit::SomeFailed } else { Exit::Done };
        let mut copy = None;
        if let Some(file) = &self.write_rejects {
            match finish_rejects(rejects, file, list, &job.list.mapping, console) {
                Ok(0) => {}
                Ok(_) => copy = Some(file.as_path()),
                Err(error) => {
                    // the summary is of use all the same
                    console.error(&error);
                    exit = Exit::StoppedMidway;
                }
            }
        }
        report(&checked, &summaries, &job, copy, console);
        Ok(exit)
    }
}

/// Closes the copy of the refused rows at `path`, and reports what it holds. Returns the number of rows;
/// without any there is no file.
fn finish_rejects(
    rejects: Option<Result<RejectsFile, OutputError>>,
    path: &Path,
    list: &ListSettings,
    mapping: &Mapping,
    console: &Console,
) -> Result<u64, OutputError> {
    let file = path.display();
    let rows = rejects.transpose()?.map(RejectsFile::finish).transpose()?.unwrap_or_default();
    console.notice(&if rows == 0 {
        Notice::note("no-rejects", format_args!("no row is refused: {file} is not written"))
    } else {
        let is_shifted = mapping.names().next().is_none_or(|header| header != WHY)
            && list.read.maps.iter().any(|map| map.number().is_some());
        let shift = if is_shifted { " (with `why` in front, #1 becomes #2)" } else { "" };
        let count = Count(rows, "refused row");
        Notice::note(
            "rejects",
            format_args!(
                "{count} copied to {file}: mend them there, then run it as a list of its own{shift}"
            ),
        )
    });
    Ok(rows)
}

/// Reports the result; `copy` has the refused rows.
fn report(
    checked: &Checked,
    summaries: &Summaries,
    job: &Job,
    copy: Option<&Path>,
    console: &Console,
) {
    let formats: Vec<&str> = job.formats.iter().map(|format| format.format().id).collect();
    console.line(&format_args!(
        "to be made: {} with {}, in the formats {}",
        Count(checked.people, "bundle"),
        Count(checked.mailboxes, "mailbox"),
        formats.join(", ")
    ));
    let skipped = match checked.skipped {
        0 => String::new(),
        skipped => format!(", {} skipped", Grouped(skipped)),
    };
    console.answer(&format_args!(
        "checked {}: {} sound, {} refused{skipped}; {}",
        Count(checked.rows, "row"),
        Grouped(checked.mailboxes),
        Grouped(checked.refused),
        match copy {
            Some(file) => format!("only {} was written", file.display()),
            None => "nothing was written".to_owned(),
        }
    ));
    console.event(&CheckEvent {
        event: "summary",
        rows: checked.rows,
        sound: checked.mailboxes,
        refused: checked.refused,
        skipped: checked.skipped,
        bundles: checked.people,
        with_password: checked.with_password,
        formats,
        domains: checked.domains.iter().map(|(domain, count)| (domain.as_str(), *count)).collect(),
        causes: summaries,
    });
}

#[derive(Serialize)]
struct CheckEvent<'a> {
    event: &'static str,
    rows: u64,
    sound: u64,
    refused: u64,
    skipped: u64,
    bundles: u64,
    with_password: u64,
    formats: Vec<&'a str>,
    domains: BTreeMap<&'a str, u64>,
    causes: &'a Summaries,
}
