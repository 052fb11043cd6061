//! `mailmuster check`: the first pass, and nothing else.

use serde::Serialize;

use super::args::{CheckArgs, ListArgs};
use super::exit::Exit;
use super::job;
use super::message::Console;
use super::watch::Watch;
use crate::diagnostic::{Count, Diagnostic, Grouped};
use crate::domain::host::Domain;
use crate::pipeline::{Checked, Job, RunError, Stop, check};

pub(super) fn run(args: &CheckArgs, console: &Console) -> Exit {
    let job = match job::job(&args.list, &args.provider, console) {
        Ok(job) => job,
        Err(error) => return give_up(console, &error),
    };
    let checked = match first_pass(&job, &args.list, console, true) {
        Ok(checked) => checked,
        Err(error) => return give_up(console, &error),
    };
    console.answer(&format_args!(
        "checked {}: {} sound, {} refused; nothing was written",
        Count(checked.rows, "row"),
        Grouped(checked.people),
        Grouped(checked.refused),
    ));
    console.event(&CheckEvent {
        event: "summary",
        rows: checked.rows,
        sound: checked.people,
        refused: checked.refused,
        domains: &checked.domains,
    });
    if checked.refused > 0 { Exit::SomeFailed } else { Exit::Done }
}

/// Reads the whole list and tells what is wrong or doubtful. `alone`: no second pass follows.
pub(super) fn first_pass(
    job: &Job,
    list: &ListArgs,
    console: &Console,
    alone: bool,
) -> Result<Checked, RunError> {
    let name = list.list.display().to_string();
    let stop = Stop::default();
    let mut watch = Watch::first(console, name.clone(), alone);
    let checked = check(job, &mut watch, &stop);
    watch.end();
    let checked = checked?;
    let (lines, count) = &checked.short_rows;
    if *count > 0 {
        let lines: Vec<String> = lines.iter().map(u64::to_string).collect();
        let more = if *count > lines.len() as u64 { " and more" } else { "" };
        let verb = if *count == 1 { "ends" } else { "end" };
        let what = format!(
            "{} of `{name}` {verb} early (line {}{more}): the missing cells count as blank",
            Count(*count, "row"),
            lines.join(", ")
        );
        console.warning(&what, None);
    }
    let domains: Vec<String> = checked
        .domains
        .iter()
        .map(|(domain, count)| format!("{domain} {}", Grouped(*count)))
        .collect();
    if !domains.is_empty() {
        console.line(&format_args!("domains: {}", domains.join(", ")));
    }
    for (domain, count) in &checked.domains {
        let note = Domain::try_from(domain.as_str())
            .ok()
            .and_then(|domain| job.resolver.domain_note(&domain).cloned());
        if let Some(note) = note {
            console.warning(
                &format_args!(
                    "{}: {} ({}, {})",
                    Count(*count, "address"),
                    note.text,
                    note.source,
                    note.checked_on
                ),
                None,
            );
        }
    }
    Ok(checked)
}

#[derive(Serialize)]
struct CheckEvent<'a> {
    event: &'static str,
    rows: u64,
    sound: u64,
    refused: u64,
    domains: &'a std::collections::BTreeMap<String, u64>,
}

/// For commands that end with one error.
pub(super) fn give_up(console: &Console, error: &dyn Diagnostic) -> Exit {
    console.error(error);
    Exit::NothingAttempted
}
