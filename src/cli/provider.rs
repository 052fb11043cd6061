//! `mailmuster provider`

use std::path::Path;

use serde::Serialize;

use super::args::ProviderCommand;
use super::check::give_up;
use super::exit::Exit;
use super::message::Console;
use crate::clock::Clock;
use crate::diagnostic::{Count, Grouped, Lines, Notice};
use crate::provider::{BUILT_IN, Provider, ProviderError, check};

pub(super) fn run(command: &ProviderCommand, console: &Console) -> Exit {
    let result = match command {
        ProviderCommand::List => list(console),
        ProviderCommand::Show { provider } => show(provider, console),
        ProviderCommand::Check { provider } => judge(provider, console),
        ProviderCommand::Import { file, id } => import(file, id.as_deref(), console),
    };
    result.unwrap_or_else(|error| give_up(console, &error))
}

fn list(console: &Console) -> Result<Exit, ProviderError> {
    for (id, _) in BUILT_IN {
        let provider = Provider::load(id)?;
        let (state, remark) = match (&provider.refused, provider.automatic) {
            (Some(_), _) => ("refused", format!(": refused, `provider check {id}` says why")),
            (None, false) => ("off unless asked", format!(": off unless asked, --provider {id}")),
            (None, true) => ("usable", String::new()),
        };
        console.answer(&format_args!(
            "{id:<16} {} ({}{}){remark}",
            provider.name,
            domains(&provider),
            provider
                .verified_on
                .as_ref()
                .map_or_else(String::new, |day| format!(", checked {day}"))
        ));
        console.event(&ProviderEvent {
            event: "provider",
            id,
            name: &provider.name,
            state,
            domains: provider.domains.iter().map(ToString::to_string).collect(),
            verified_on: provider.verified_on.as_deref(),
        });
    }
    Ok(Exit::Done)
}

fn show(provider: &str, console: &Console) -> Result<Exit, ProviderError> {
    console.tell_lines(&Lines::document(&Provider::source(provider)?));
    Ok(Exit::Done)
}

fn judge(provider: &str, console: &Console) -> Result<Exit, ProviderError> {
    let provider = Provider::load(provider)?;
    let findings = doubts(&provider, console);
    console.tell(&format_args!(
        "{}: {} incoming and {} outgoing servers, {}; {}",
        provider.name,
        Grouped(provider.incoming.len() as u64),
        Grouped(provider.outgoing.len() as u64),
        domains(&provider),
        if findings == 0 {
            "nothing doubtful".to_owned()
        } else {
            Count(findings, "doubt").to_string()
        },
    ));
    Ok(Exit::Done)
}

fn import(file: &Path, id: Option<&str>, console: &Console) -> Result<Exit, ProviderError> {
    let clock = match Clock::for_run(None) {
        Ok(clock) => clock,
        Err(error) => return Ok(give_up(console, &error)),
    };
    let imported = Provider::import(file, id, clock.run().date())?;
    for skipped in &imported.skipped {
        console.notice(&Notice::note(
            "import-skipped",
            format_args!("`{}` {skipped}", file.display()),
        ));
    }
    doubts(&imported.provider, console);
    console.answer_lines(&Lines::document(&imported.text));
    console.event(&ImportEvent {
        event: "imported",
        id: &imported.provider.id,
        name: &imported.provider.name,
        file: &imported.text,
        skipped: imported.skipped.iter().map(ToString::to_string).collect(),
    });
    Ok(Exit::Done)
}

/// Says every doubt, and tells how many there are.
fn doubts(provider: &Provider, console: &Console) -> u64 {
    let findings = check::provider(provider);
    for finding in &findings {
        console.notice(&finding.into());
    }
    findings.len() as u64
}

fn domains(provider: &Provider) -> String {
    match provider.domains.len() as u64 {
        0 => "customers' own domains".to_owned(),
        count => Count(count, "domain").to_string(),
    }
}

#[derive(Serialize)]
struct ProviderEvent<'a> {
    event: &'static str,
    id: &'a str,
    name: &'a str,
    state: &'static str,
    domains: Vec<String>,
    verified_on: Option<&'a str>,
}

#[derive(Serialize)]
struct ImportEvent<'a> {
    event: &'static str,
    id: &'a str,
    name: &'a str,
    file: &'a str,
    skipped: Vec<String>,
}
