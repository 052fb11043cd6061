//! `mailmuster check`: the first pass, and nothing else.

use std::collections::BTreeMap;

use serde::Serialize;

use super::args::CheckArgs;
use super::causes::Causes;
use super::exit::Exit;
use super::message::Console;
use super::settings::CheckSettings;
use super::watch::Watch;
use super::{explain, job};
use crate::clock::Clock;
use crate::diagnostic::{Count, Diagnostic, Grouped, Notice};
use crate::input::Location;
use crate::output::OutputError;
use crate::output::rejects::RejectsFile;
use crate::pipeline::{Checked, Job, RunError, Stop, check};
use crate::render::RENDERERS;

/// How many domains are told one by one.
const MOST_DOMAINS: usize = 20;

pub(super) fn run(args: &CheckArgs, console: &Console) -> Exit {
    let settings = match CheckSettings::of(args, console) {
        Ok(settings) => settings,
        Err(error) => return give_up(console, &error),
    };
    let clock = match Clock::for_run(None) {
        Ok(clock) => clock,
        Err(error) => return give_up(console, &error),
    };
    let list = &settings.list;
    let job = match job::job(list, &settings.provider, RENDERERS.to_vec(), clock, console) {
        Ok(job) => Job { keep_cells: args.write_rejects.is_some(), ..job },
        Err(error) => return give_up(console, &error),
    };
    if args.explain_columns
        && let Err(error) = explain::columns(&job, console)
    {
        return list.give_up(console, &error.into());
    }
    let rejects = match args.write_rejects.as_deref().map(RejectsFile::create).transpose() {
        Ok(rejects) => rejects,
        Err(error) => return give_up(console, &error),
    };
    let stop = match job::stop_on_signals() {
        Ok(stop) => stop,
        Err(error) => return give_up(console, &error),
    };
    let passed = match first_pass(&job, console, true, rejects, &stop) {
        Ok(passed) => passed,
        Err(error) => return list.give_up(console, &error),
    };
    let Passed { checked, causes, rejects } = passed;
    let mut exit = if checked.refused > 0 { Exit::SomeFailed } else { Exit::Done };
    if let Some(file) = &args.write_rejects {
        match rejects.transpose().and_then(|rejects| rejects.map(RejectsFile::finish).transpose()) {
            Ok(Some(0) | None) => {
                console.notice(&Notice::note(
                    "no-rejects",
                    format_args!("no row is refused: {} is not written", file.display()),
                ));
            }
            Ok(Some(rows)) => {
                let numbers = job.read.maps.iter().any(|map| map.to_string().contains("=#"));
                let shift = if numbers { " (with `why` in front, #1 becomes #2)" } else { "" };
                console.notice(&Notice::note(
                    "rejects",
                    format_args!(
                        "{} copied to {}: mend them there, then run it as a list of its own{shift}",
                        Count(rows, "refused row"),
                        file.display()
                    ),
                ));
            }
            Err(error) => {
                console.error(&error);
                exit = Exit::StoppedMidway;
            }
        }
    }
    let formats: Vec<&str> = job.formats.iter().map(|format| format.format().id).collect();
    console.line(&format_args!(
        "to be made: {} with {}, in the formats {}",
        Count(checked.people, "bundle"),
        Count(checked.mailboxes, "mailbox"),
        formats.join(", ")
    ));
    console.answer(&format_args!("checked {}; nothing was written", told(&checked)));
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
        causes: &causes,
    });
    exit
}

/// `30 rows: 25 sound, 3 refused, 2 skipped`.
fn told(checked: &Checked) -> String {
    let skipped = match checked.skipped {
        0 => String::new(),
        skipped => format!(", {} skipped", Grouped(skipped)),
    };
    format!(
        "{}: {} sound, {} refused{skipped}",
        Count(checked.rows, "row"),
        Grouped(checked.mailboxes),
        Grouped(checked.refused)
    )
}

/// What is left of a first pass.
pub(super) struct Passed {
    pub(super) checked: Checked,
    pub(super) causes: Causes,
    rejects: Option<Result<RejectsFile, OutputError>>,
}

/// Reads the whole list and tells what is wrong or doubtful. `alone`: no second pass follows.
pub(super) fn first_pass(
    job: &Job,
    console: &Console,
    alone: bool,
    rejects: Option<RejectsFile>,
    stop: &Stop,
) -> Result<Passed, RunError> {
    let name = job.source.name();
    let mut watch = Watch::first(console, name.clone(), alone, rejects);
    let checked = check(job, &mut watch, stop);
    let (causes, rejects) = watch.end();
    let checked = checked?;
    tell_short_rows(&checked, &name, console);
    tell_domains(&checked, job, console);
    if checked.with_password > 0 {
        console.notice(&Notice::note("passwords", format_args!(
            "the list has passwords for {}, which no file holds: people type them once on each device",
            Count(checked.with_password, "mailbox"),
        )));
    }
    let used = checked.domains.keys();
    for finding in job.resolver.findings(used) {
        console.notice(&(&finding).into());
    }
    Ok(Passed { checked, causes, rejects })
}

fn tell_short_rows(checked: &Checked, list: &str, console: &Console) {
    let count = checked.short_rows.1;
    if count > 0 {
        let verb = if count == 1 { "ends" } else { "end" };
        let what = format!(
            "{} of `{list}` {verb} early ({}): the missing cells count as blank",
            Count(count, "row"),
            places(&checked.short_rows)
        );
        console.notice(&Notice::warning("short-rows", what));
    }
}

/// `line 2, 5, 9 and more`.
fn places((first, count): &(Vec<Location>, u64)) -> String {
    let unit = first.first().map_or("line", |location| location.unit());
    let shown: Vec<String> = first.iter().map(|location| location.number.to_string()).collect();
    let more = if *count > first.len() as u64 { " and more" } else { "" };
    format!("{unit} {}{more}", shown.join(", "))
}

/// How many rows each domain has. A mistyped one stands out beside the known one that it is like.
fn tell_domains(checked: &Checked, job: &Job, console: &Console) {
    let mut domains: Vec<_> = checked.domains.iter().collect();
    domains.sort_by_key(|(domain, count)| (std::cmp::Reverse(**count), *domain));
    let mut told: Vec<String> = domains
        .iter()
        .take(MOST_DOMAINS)
        .map(|(domain, count)| {
            let unicode = domain.to_unicode();
            let unicode =
                if unicode == domain.as_str() { String::new() } else { format!(" ({unicode})") };
            let like = job.resolver.domain_like(domain);
            let like = like.map(|like| format!(" (like {like}: mistyped?)")).unwrap_or_default();
            format!("{domain}{unicode} {}{like}", Grouped(**count))
        })
        .collect();
    if domains.len() > MOST_DOMAINS {
        told.push(format!("and {} more", Grouped((domains.len() - MOST_DOMAINS) as u64)));
    }
    if !told.is_empty() {
        console.line(&format_args!("domains: {}", told.join(", ")));
    }
    for (domain, count) in domains {
        if let Some(note) = job.resolver.domain_note(domain) {
            console.notice(&Notice::warning(
                "domain-note",
                format_args!("{}: {}{}", Count(*count, "address"), note.text, note.evidence),
            ));
        }
    }
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
    causes: &'a Causes,
}

/// For commands that end with one error.
pub(super) fn give_up(console: &Console, error: &dyn Diagnostic) -> Exit {
    console.error(error);
    Exit::NothingAttempted
}
