//! `mailmuster status`: who has files in a folder, who signed them and until when.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::folder::open_ledger;
use crate::cli::message::Console;
use crate::clock::Clock;
use crate::diagnostic::{Count, Grouped, Lines};
use crate::ledger::{State, StoredRun};

/// How many days before its end a signer is warned about.
const WARN_BEFORE: i64 = 30;

/// How many runs are listed.
const MOST_RUNS: u32 = 10;

/// Show who has files in a folder, who signed them and until when, and the last runs
#[derive(Debug, Args)]
pub(in crate::cli) struct StatusArgs {
    /// Output folder of earlier runs
    #[arg(value_name = "OUT")]
    out: PathBuf,
    /// Exit with code 1 if a signer's certificate ends within this many days
    #[arg(long, value_name = "DAYS")]
    expiring: Option<u16>,
}

impl StatusArgs {
    pub(super) fn run(&self, console: &Console) -> Result<Exit, Failure> {
        let ledger = open_ledger(&self.out)?;
        ledger.check_whole()?;
        let known = ledger.known()?;
        let now = Clock::now_only();
        let signers: Vec<SignerStatus> = ledger
            .signers_in_use()?
            .into_iter()
            .map(|(_, signer, people)| SignerStatus {
                days_left: days_left(&signer.not_after, now),
                subject: signer.subject,
                sha256: signer.sha256,
                not_after: signer.not_after,
                people,
            })
            .collect();
        let status = StatusEvent {
            event: "status",
            people: known.count(State::Current),
            left: known.count(State::Left),
            retired: known.count(State::Retired),
            signers,
            runs: ledger.recent_runs(MOST_RUNS)?.into_iter().map(RunStatus::from).collect(),
        };
        console.answer_lines(&status.lines());
        console.event(&status);
        let limit = i64::from(self.expiring.unwrap_or_default());
        let ends = |signer: &SignerStatus| signer.days_left.is_some_and(|days| days <= limit);
        let is_expiring = self.expiring.is_some() && status.signers.iter().any(ends);
        Ok(if is_expiring { Exit::SomeFailed } else { Exit::Done })
    }
}

/// Whole days from `now` to `not_after`; `None` where the ledger does not know it.
fn days_left(not_after: &str, now: OffsetDateTime) -> Option<i64> {
    let end = OffsetDateTime::parse(not_after, &Rfc3339).ok()?;
    Some((end - now).whole_days())
}

#[derive(Serialize)]
struct StatusEvent {
    event: &'static str,
    people: u64,
    left: u64,
    retired: u64,
    signers: Vec<SignerStatus>,
    runs: Vec<RunStatus>,
}

#[derive(Serialize)]
struct SignerStatus {
    subject: String,
    sha256: String,
    /// RFC 3339, UTC; blank where it is not known.
    not_after: String,
    days_left: Option<i64>,
    people: u64,
}

#[derive(Serialize)]
struct RunStatus {
    started_at: String,
    ended_at: Option<String>,
    command: String,
    tool: String,
    list: Option<String>,
    events: Vec<(String, u64)>,
}

impl From<StoredRun> for RunStatus {
    fn from(run: StoredRun) -> Self {
        let StoredRun { started_at, ended_at, command, tool, list, events } = run;
        Self { started_at, ended_at, command, tool, list, events }
    }
}

impl StatusEvent {
    fn lines(&self) -> Lines {
        let mut lines = Lines::default();
        lines.line(format_args!(
            "{} with a bundle, {} left, {} retired",
            Count(self.people, "person"),
            Grouped(self.left),
            Grouped(self.retired)
        ));
        for signer in &self.signers {
            lines.line(format_args!("signer: {}", signer.line()));
        }
        for run in &self.runs {
            lines.line(format_args!("run: {}", run.line()));
        }
        lines
    }
}

impl SignerStatus {
    fn line(&self) -> String {
        let people = Count(self.people, "person");
        let Self { subject, .. } = self;
        let end = match self.days_left {
            None => "end unknown".to_owned(),
            Some(days) if days < 0 => "EXPIRED".to_owned(),
            Some(days) if days < WARN_BEFORE => format!("ends in {days} days: renew it now"),
            Some(days) => format!("ends in {} days", Grouped(days.unsigned_abs())),
        };
        format!("{subject}, {people}, {end}")
    }
}

impl RunStatus {
    fn line(&self) -> String {
        let Self { started_at, command, .. } = self;
        let list = self.list.as_ref().map(|list| format!(" {list}")).unwrap_or_default();
        let events: Vec<String> =
            self.events.iter().map(|(kind, count)| format!("{} {kind}", Grouped(*count))).collect();
        let events = if events.is_empty() { "no changes".to_owned() } else { events.join(", ") };
        let end = if self.ended_at.is_some() { "" } else { " (stopped before its end)" };
        format!("{started_at} {command}{list}: {events}{end}")
    }
}
