//! `mailmuster history`: what happened in a folder, or to one person.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use thiserror::Error;

use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::folder::{open_ledger, with_running};
use crate::cli::message::Console;
use crate::cli::person::address;
use crate::diagnostic::Diagnostic;
use crate::domain::email::EmailAddress;
use crate::ledger::{StoredEvent, StoredPerson, StoredRun};

/// How many runs are listed.
const MOST_RUNS: u32 = 1000;

/// Show the runs into a folder, or what happened to one person
#[derive(Debug, Args)]
pub(in crate::cli) struct HistoryArgs {
    /// Output folder of earlier runs
    #[arg(value_name = "OUT")]
    out: PathBuf,
    /// Address of a person [default: all runs]
    #[arg(value_name = "PERSON")]
    person: Option<String>,
}

/// An address that the ledger does not have.
#[derive(Debug, Error)]
#[error("the ledger knows nobody with the address `{0}`")]
struct Unknown(EmailAddress);

impl Diagnostic for Unknown {
    fn hint(&self) -> Option<String> {
        Some("`status` counts the people; the view `people` in ledger.db lists them".to_owned())
    }
}

impl HistoryArgs {
    pub(super) fn run(&self, console: &Console) -> Result<Exit, Failure> {
        let person = self.person.as_deref().map(address).transpose()?;
        let ledger = open_ledger(&self.out)?;
        let Some(address) = person else {
            for (run, is_running) in with_running(ledger.recent_runs(MOST_RUNS)?, &self.out) {
                print_run(&run, is_running, console);
            }
            return Ok(Exit::Done);
        };
        let people = ledger.people_with(address.as_str())?;
        if people.is_empty() {
            return Err(Unknown(address).into());
        }
        for person in people {
            print_person(&person, &ledger.history(person.record.key)?, console);
        }
        Ok(Exit::Done)
    }
}

fn print_run(run: &StoredRun, is_running: bool, console: &Console) {
    let unfinished = if is_running { "now, still running" } else { "stopped before its end" };
    let end = run.ended_at.as_deref().unwrap_or(unfinished);
    let events: Vec<String> =
        run.events.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    console.answer(&format_args!(
        "{} to {end}: {} {} ({})",
        run.started_at,
        run.command,
        run.list.as_deref().unwrap_or_default(),
        events.join(", ")
    ));
    console.event(&RunEvent {
        event: "run",
        started_at: &run.started_at,
        ended_at: run.ended_at.as_deref(),
        is_running,
        command: &run.command,
        tool: &run.tool,
        list: run.list.as_deref(),
        events: &run.events,
    });
}

fn print_person(person: &StoredPerson, events: &[StoredEvent], console: &Console) {
    let record = &person.record;
    let bundle = if record.bundle.is_empty() {
        "no bundle".to_owned()
    } else {
        format!("bundle {} made {}", record.bundle, person.made_at)
    };
    console.answer(&format_args!(
        "{} ({}): {} since {}, {bundle}",
        record.name,
        record.addresses.join(", "),
        person.state.id(),
        person.since
    ));
    for event in events {
        let details =
            if event.details.is_empty() { String::new() } else { format!(": {}", event.details) };
        console.answer(&format_args!("  {} {}{details}", event.at, event.kind));
    }
    console.event(&PersonEvent {
        event: "person",
        key: record.key.to_string(),
        name: &record.name,
        addresses: &record.addresses,
        state: person.state.id(),
        since: &person.since,
        bundle: &record.bundle,
        made_at: &person.made_at,
        identifiers: &record.identifiers,
        history: events.iter().map(HistoryEntry::from).collect(),
    });
}

#[derive(Serialize)]
struct RunEvent<'a> {
    event: &'static str,
    started_at: &'a str,
    ended_at: Option<&'a str>,
    is_running: bool,
    command: &'a str,
    tool: &'a str,
    list: Option<&'a str>,
    events: &'a [(String, u64)],
}

#[derive(Serialize)]
struct PersonEvent<'a> {
    event: &'static str,
    key: String,
    name: &'a str,
    addresses: &'a [String],
    state: &'static str,
    since: &'a str,
    bundle: &'a str,
    made_at: &'a str,
    identifiers: &'a [String],
    history: Vec<HistoryEntry<'a>>,
}

#[derive(Serialize)]
struct HistoryEntry<'a> {
    at: &'a str,
    command: &'a str,
    change: &'a str,
    details: &'a str,
    action: &'a str,
}

impl<'a> From<&'a StoredEvent> for HistoryEntry<'a> {
    fn from(event: &'a StoredEvent) -> Self {
        Self {
            at: &event.at,
            command: &event.command,
            change: &event.kind,
            details: &event.details,
            action: &event.action,
        }
    }
}
