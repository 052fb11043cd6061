//! `mailmuster probe`: whether the mail servers answer as the settings say. Only `--sign-in` sends a password.

mod dated;
mod event;
mod servers;
mod settle;
mod sign_in;
mod since;
mod words;

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use clap::Args;
use thiserror::Error;

use crate::cli::args::ConfigArgs;
use crate::cli::authorities::read_authorities;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::message::Console;
use crate::cli::run::NO_LIST;
use crate::cli::settings::{self, CheckSettings};
use crate::clock::Clock;
use crate::config::options::{ListOptions, ProviderOptions};
use crate::diagnostic::{Count, Diagnostic, Notice};
use crate::probe::{
    Finding, Names, Patience, Probe, ServerReport, Weight, authorities, diagnose, follow_ups,
};
use crate::provider::AUTOMATIC;
use dated::date_servers;
use settle::{Change, settle};
use sign_in::{SignInArgs, SignInJob};
use since::Earlier;

/// The port of name servers.
const DNS: u16 = 53;

/// Ask the mail servers whether they work as the settings say
///
/// Connects to every server of the provider, the config file and the list, looks at names, ports, certificates and
/// sign-in methods, and reports what to change. Sends a password only with --sign-in, and a message only with --send-test.
#[derive(Debug, Default, Args)]
pub(in crate::cli) struct ProbeArgs {
    /// The list, for servers that its rows or domains name; without one, the servers of the provider alone
    #[arg(value_name = "LIST")]
    list: Option<PathBuf>,
    /// Put the setting that works into mailmuster.toml, and today's date beside servers that work in a provider file of
    /// your own
    #[arg(long, help_heading = "Probe", conflicts_with_all = ["provider", "set", "no_config"])]
    write: bool,
    #[command(flatten)]
    sign_in: SignInArgs,
    /// Report only what has changed since this output of `probe --json`; exit code 1 if anything has, 3 if no server
    /// can be reached
    #[arg(long, help_heading = "Probe", value_name = "FILE", conflicts_with = "write")]
    since: Option<PathBuf>,
    /// Also accept certificates of this authority, PEM or DER
    #[arg(long, help_heading = "Probe", value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Ask this name server [default: those of this computer]
    #[arg(long, help_heading = "Probe", value_name = "ADDRESS[:PORT]", value_parser = name_server)]
    resolver: Option<SocketAddr>,
    #[command(flatten)]
    read: ListOptions,
    #[command(flatten)]
    provider: ProviderOptions,
    #[command(flatten)]
    config: ConfigArgs,
}

/// A probe that cannot be made.
#[derive(Debug, Error)]
enum ProbeError {
    #[error(
        "no server to ask is known: the hosts of {provider} depend on the domain of each address"
    )]
    NoServer { provider: String },
}

impl Diagnostic for ProbeError {
    fn hint(&self) -> Option<String> {
        let Self::NoServer { .. } = self;
        Some("name a list: mailmuster probe staff.csv".to_owned())
    }
}

#[derive(Debug, Error)]
#[error(
    "write an IP address, with a port if it is not 53: 192.0.2.1, 127.0.0.1:5353 or [::1]:5353"
)]
struct NotAnAddress;

fn name_server(text: &str) -> Result<SocketAddr, NotAnAddress> {
    let plain = || text.parse::<IpAddr>().map(|address| SocketAddr::new(address, DNS));
    text.parse().or_else(|_| plain()).map_err(|_| NotAnAddress)
}

impl ProbeArgs {
    /// What `mailmuster probe LIST --config CONFIG` asks.
    pub(super) fn of(list: Option<&Path>, config: Option<&Path>) -> Self {
        let (list, config) = (list.map(Path::to_owned), config.map(Path::to_owned));
        Self { list, config: ConfigArgs { config, no_config: false }, ..Self::default() }
    }

    pub(super) fn run(&self, console: &Console) -> Result<Exit, Failure> {
        let now = Clock::now_only();
        let earlier = self.since.as_deref().map(Earlier::read).transpose()?;
        let path = self.list.as_deref().unwrap_or(Path::new(NO_LIST));
        let config = settings::load_config(path, &self.config)?;
        let settings = CheckSettings::merge((path, &self.read), &self.provider, config, console)?;
        if self.sign_in.sign_in.is_some() {
            let probe = &self.probe(now, console)?;
            let job = SignInJob { args: &self.sign_in, has_list: self.list.is_some(), probe, now };
            return job.run(&settings, console);
        }
        let targets = servers::targets(self.list.is_some(), &settings, console)?;
        if targets.is_empty() {
            let provider = settings.provider.id;
            return Err(ProbeError::NoServer { provider }.into());
        }
        let probe = self.probe(now, console)?;
        console.line(&format_args!("asking {}", Count(targets.len() as u64, "server")));
        let mut reports = probe.ask(&targets);
        if let Some(earlier) = earlier {
            return Ok(report_changes(&earlier, &reports, now, console));
        }
        let more = follow_ups(&reports);
        if !more.is_empty() {
            console.line(&format_args!(
                "asking {} that may work instead",
                Count(more.len() as u64, "server")
            ));
            reports.extend(probe.ask(&more));
        }
        let findings = diagnose(&reports, now);
        let change =
            if settings.provider.id == AUTOMATIC { Change::none() } else { Change::of(&findings) };
        report(&reports, &findings, &change, now, console);
        if self.write {
            settle(self.config.config.as_deref(), path, &change, now.date(), console)?;
            date_servers(&settings.provider.id, &reports, now.date(), console)?;
        }
        let fails = findings.iter().any(|finding| finding.weight() == Weight::Fault);
        Ok(if fails { Exit::SomeFailed } else { Exit::Done })
    }

    fn probe(&self, now: time::OffsetDateTime, console: &Console) -> Result<Probe, Failure> {
        let more = self.ca.as_deref().map(read_authorities).transpose()?.unwrap_or_default();
        let authorities = authorities(&more, now)?;
        if authorities.is_empty() {
            console.notice(
                &Notice::important(
                    "no-authorities",
                    "this computer has no list of certificate authorities: no certificate can be judged",
                )
                .with_hint("install the package ca-certificates, or name an authority with --ca"),
            );
        }
        let names = self.resolver.map_or(Names::System, Names::Server);
        Ok(Probe { names, authorities, patience: Patience::default() })
    }
}

/// Reports what has changed. Where no server can be reached nothing is known about any, so that nothing is compared.
fn report_changes(
    earlier: &Earlier,
    reports: &[ServerReport],
    now: time::OffsetDateTime,
    console: &Console,
) -> Exit {
    let findings = diagnose(reports, now);
    if findings.iter().any(Finding::is_of_the_line) {
        report(reports, &findings, &Change::none(), now, console);
        return Exit::StoppedMidway;
    }
    let changes = earlier.changes(reports, now);
    let count = changes.len() as u64;
    if changes.is_empty() {
        console.answer(&format_args!("nothing has changed since {}", earlier.at));
    } else {
        console.answer(&format_args!("{} since {}", Count(count, "change"), earlier.at));
    }
    for changed in &changes {
        console.answer(changed);
    }
    event::report_changes(reports, &changes, now, console);
    if changes.is_empty() { Exit::Done } else { Exit::SomeFailed }
}

/// Reports the findings, the most important first, then each server.
fn report(
    reports: &[ServerReport],
    findings: &[Finding],
    change: &Change,
    now: time::OffsetDateTime,
    console: &Console,
) {
    console.answer_lines(&words::findings(reports, findings, change));
    if !console.is_quiet() {
        console.answer_lines(&words::servers(reports, now));
    }
    event::report(reports, findings, now, console);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_server_is_an_address_with_or_without_port() {
        let read = |text: &str| name_server(text).ok().map(|it| it.to_string());
        assert_eq!(read("192.0.2.1"), Some("192.0.2.1:53".to_owned()));
        assert_eq!(read("127.0.0.1:5353"), Some("127.0.0.1:5353".to_owned()));
        assert_eq!(read("::1"), Some("[::1]:53".to_owned()));
        assert_eq!(read("[::1]:5353"), Some("[::1]:5353".to_owned()));
        assert_eq!(read("dns.example.org"), None);
    }
}
