//! `mailmuster provider`

use super::args::ProviderCommand;
use super::check::give_up;
use super::exit::Exit;
use super::message::Console;
use crate::diagnostic::{Count, Grouped};
use crate::provider::{BUILT_IN, Provider, ProviderError, check};

pub(super) fn run(command: &ProviderCommand, console: &Console) -> Exit {
    let result = match command {
        ProviderCommand::List => list(console),
        ProviderCommand::Show { provider } => show(provider, console),
        ProviderCommand::Check { provider } => judge(provider, console),
    };
    result.unwrap_or_else(|error| give_up(console, &error))
}

fn list(console: &Console) -> Result<Exit, ProviderError> {
    for (id, _) in BUILT_IN {
        let provider = Provider::load(id)?;
        let domains = Count(provider.domains.len() as u64, "domain");
        console.tell(&format_args!(
            "{id:<16} {} ({domains}, checked {})",
            provider.name, provider.verified_on
        ));
    }
    Ok(Exit::Done)
}

fn show(provider: &str, console: &Console) -> Result<Exit, ProviderError> {
    console.tell(&Provider::source(provider)?.trim_end());
    Ok(Exit::Done)
}

fn judge(provider: &str, console: &Console) -> Result<Exit, ProviderError> {
    let provider = Provider::load(provider)?;
    let findings = check::provider(&provider);
    for finding in &findings {
        console.warning(&finding.what, Some(&finding.cure));
    }
    console.tell(&format_args!(
        "{}: {} incoming and {} outgoing servers, {}; {}",
        provider.name,
        Grouped(provider.incoming.len() as u64),
        Grouped(provider.outgoing.len() as u64),
        Count(provider.domains.len() as u64, "domain"),
        if findings.is_empty() {
            "nothing doubtful".to_owned()
        } else {
            Count(findings.len() as u64, "doubt").to_string()
        },
    ));
    Ok(Exit::Done)
}
