//! `mailmuster provider`

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::message::Console;
use crate::clock::Clock;
use crate::diagnostic::{Count, Grouped, Lines, Notice};
use crate::domain::provider_id::ProviderId;
use crate::provider::{BUILT_IN, Provider, check as provider_check};

/// List, show, check or import mail providers
#[derive(Debug, Args)]
pub(in crate::cli) struct ProviderArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the built-in providers
    List,
    /// Print a provider's file
    Show {
        /// Built-in provider, or provider file
        #[arg(value_name = "ID|FILE")]
        provider: String,
    },
    /// Report errors and doubtful settings of a provider
    Check {
        /// Built-in provider, or provider file
        #[arg(value_name = "ID|FILE")]
        provider: String,
    },
    /// Print a provider file made from Mozilla's autoconfig format (config-v1.1.xml)
    Import {
        /// The autoconfig file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The provider's id [default: made from the file]
        #[arg(long, value_name = "ID")]
        id: Option<ProviderId>,
    },
}

impl ProviderArgs {
    pub(super) fn run(&self, console: &Console) -> Result<Exit, Failure> {
        match &self.action {
            Action::List => list(console),
            Action::Show { provider } => show(provider, console),
            Action::Check { provider } => check(provider, console),
            Action::Import { file, id } => import(file, id.clone(), console),
        }
    }
}

fn list(console: &Console) -> Result<Exit, Failure> {
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
            provider.verified_on.map_or_else(String::new, |day| format!(", checked {day}"))
        ));
        console.event(&ProviderEvent {
            event: "provider",
            id,
            name: &provider.name,
            state,
            domains: provider.domains.iter().map(ToString::to_string).collect(),
            verified_on: provider.verified_on.map(|day| day.to_string()),
        });
    }
    Ok(Exit::Done)
}

fn show(provider: &str, console: &Console) -> Result<Exit, Failure> {
    let text = Provider::source(provider)?;
    console.answer_lines(&Lines::document(&text));
    console.event(&FileEvent { event: "provider-file", provider, file: &text });
    Ok(Exit::Done)
}

fn check(provider: &str, console: &Console) -> Result<Exit, Failure> {
    let provider = Provider::load(provider)?;
    let findings = report_doubts(&provider, console);
    console.answer(&format_args!(
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
    console.event(&CheckEvent {
        event: "provider-checked",
        id: provider.id.as_str(),
        name: &provider.name,
        incoming: provider.incoming.len() as u64,
        outgoing: provider.outgoing.len() as u64,
        domains: provider.domains.iter().map(ToString::to_string).collect(),
        verified_on: provider.verified_on.map(|day| day.to_string()),
        doubts: findings,
    });
    Ok(Exit::Done)
}

fn import(file: &Path, id: Option<ProviderId>, console: &Console) -> Result<Exit, Failure> {
    let clock = Clock::for_run(None)?;
    let imported = Provider::import(file, id, clock.run().date())?;
    for skipped in &imported.skipped {
        console.notice(&Notice::note(
            "import-skipped",
            format_args!("`{}` {skipped}", file.display()),
        ));
    }
    report_doubts(&imported.provider, console);
    console.answer_lines(&Lines::document(&imported.text));
    console.event(&ImportEvent {
        event: "imported",
        id: imported.provider.id.as_str(),
        name: &imported.provider.name,
        file: &imported.text,
        skipped: imported.skipped.iter().map(ToString::to_string).collect(),
    });
    Ok(Exit::Done)
}

/// Reports every doubtful setting, and returns their number.
fn report_doubts(provider: &Provider, console: &Console) -> u64 {
    let findings = provider_check::provider(provider);
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
    verified_on: Option<String>,
}

#[derive(Serialize)]
struct FileEvent<'a> {
    event: &'static str,
    provider: &'a str,
    file: &'a str,
}

#[derive(Serialize)]
struct CheckEvent<'a> {
    event: &'static str,
    id: &'a str,
    name: &'a str,
    incoming: u64,
    outgoing: u64,
    domains: Vec<String>,
    verified_on: Option<String>,
    /// Each is a warning of its own before this event.
    doubts: u64,
}

#[derive(Serialize)]
struct ImportEvent<'a> {
    event: &'static str,
    id: &'a str,
    name: &'a str,
    file: &'a str,
    skipped: Vec<String>,
}
