//! `mailmuster status`: who has files in a folder, who signed them and until when.

mod retired;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::folder::{open_ledger, with_running};
use crate::cli::message::Console;
use crate::clock::Clock;
use crate::diagnostic::{Count, Grouped, Lines, Notice};
use crate::domain::days::days_until;
use crate::ledger::{BundleState, Ledger, LedgerError, State, StoredRun, Waiting};
use crate::output::layout::below;

use retired::RetiredStatus;

/// How many days before its end a signer is warned about.
const WARN_BEFORE: i64 = 30;

/// How many people who need new files, and files of retired people, are listed.
const MOST_LISTED: usize = 20;

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
        let [people, left, retired] = ledger.people_by_state()?;
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
            people,
            left,
            retired,
            waiting: waiting(&ledger, &self.out, &signers)?,
            missing_retired: retired::missing(&ledger, &self.out)?,
            signers,
            runs: with_running(ledger.recent_runs(MOST_RUNS)?, &self.out)
                .map(RunStatus::from)
                .collect(),
        };
        for signer in &status.signers {
            if let Some(notice) = signer.notice() {
                console.notice(&notice);
            }
        }
        for notice in retired::notices(&status.missing_retired, &self.out) {
            console.notice(&notice);
        }
        console.answer_lines(&status.lines());
        console.event(&status);
        let limit = i64::from(self.expiring.unwrap_or_default());
        let ends = |signer: &SignerStatus| signer.days_left.is_some_and(|days| days <= limit);
        let is_expiring = self.expiring.is_some() && status.signers.iter().any(ends);
        Ok(if is_expiring { Exit::SomeFailed } else { Exit::Done })
    }
}

/// Whole days from `now` to `not_after`, below 0 once it has ended; `None` where the ledger does not know it.
fn days_left(not_after: &str, now: OffsetDateTime) -> Option<i64> {
    let end = OffsetDateTime::parse(not_after, &Rfc3339).ok()?;
    Some(days_until(end, now))
}

#[derive(Serialize)]
struct StatusEvent {
    event: &'static str,
    people: u64,
    left: u64,
    retired: u64,
    waiting: Vec<WaitingStatus>,
    missing_retired: Vec<RetiredStatus>,
    signers: Vec<SignerStatus>,
    runs: Vec<RunStatus>,
}

/// A person who needs new files.
#[derive(Serialize)]
struct WaitingStatus {
    address: String,
    name: String,
    /// RFC 3339, UTC; `None` where it is not known.
    since: Option<String>,
    why: Why,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Why {
    /// The row is refused, or making the files failed.
    NotMade,
    BundleMissing,
    BundleChanged,
    SignerExpired,
}

/// Everybody who needs new files: as the ledger knows, as the folder looks now, and because a signer ended.
fn waiting(
    ledger: &Ledger,
    out: &Path,
    signers: &[SignerStatus],
) -> Result<Vec<WaitingStatus>, LedgerError> {
    let mut found: Vec<WaitingStatus> = ledger
        .waiting()?
        .into_iter()
        .map(|Waiting { address, name, since }| WaitingStatus {
            address,
            name,
            since: Some(since),
            why: Why::NotMade,
        })
        .collect();
    // the ledger has each person once: only these may come again
    let seen: BTreeSet<String> = found.iter().map(|person| person.address.clone()).collect();
    let ended: BTreeMap<&str, &str> = signers
        .iter()
        .filter(|signer| signer.days_left.is_some_and(|days| days < 0))
        .map(|signer| (signer.sha256.as_str(), signer.not_after.as_str()))
        .collect();
    ledger.each_bundle(State::Current, |bundle| {
        let BundleState { address, name, bundle: path, size, signer, .. } = bundle;
        let why = match below(out, path).symlink_metadata() {
            Ok(metadata) if metadata.is_file() && metadata.len() == *size => None,
            // the last run has found that it is gone: a blank path is that of the folder itself
            _ if path.is_empty() => Some((Why::BundleMissing, None)),
            Ok(_) => Some((Why::BundleChanged, None)),
            Err(_) => Some((Why::BundleMissing, None)),
        };
        let ended = || {
            let end = ended.get(signer.as_deref()?)?;
            Some((Why::SignerExpired, Some((*end).to_owned())))
        };
        if let Some((why, since)) = why.or_else(ended)
            && !seen.contains(address)
        {
            found.push(WaitingStatus { address: address.clone(), name: name.clone(), since, why });
        }
    })?;
    Ok(found)
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
    is_running: bool,
    command: String,
    tool: String,
    list: Option<String>,
    events: Vec<(String, u64)>,
}

impl From<(StoredRun, bool)> for RunStatus {
    fn from((run, is_running): (StoredRun, bool)) -> Self {
        let StoredRun { started_at, ended_at, command, tool, list, events } = run;
        Self { started_at, ended_at, is_running, command, tool, list, events }
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
        if !self.waiting.is_empty() {
            lines.line(format_args!(
                "{} for a new file:",
                match self.waiting.len() {
                    1 => "1 person is waiting".to_owned(),
                    count => format!("{} are waiting", Count(count as u64, "person")),
                }
            ));
        }
        list(&mut lines, &self.waiting, WaitingStatus::line);
        if !self.missing_retired.is_empty() {
            lines.line(format_args!("files of retired people:"));
        }
        list(&mut lines, &self.missing_retired, RetiredStatus::line);
        for signer in &self.signers {
            lines.line(format_args!("signer: {}", signer.line()));
        }
        for run in &self.runs {
            lines.line(format_args!("run: {}", run.line()));
        }
        lines
    }
}

/// Adds the first few of `items`.
fn list<T>(lines: &mut Lines, items: &[T], line: impl Fn(&T) -> String) {
    for item in items.iter().take(MOST_LISTED) {
        lines.line(format_args!("  {}", line(item)));
    }
    if items.len() > MOST_LISTED {
        let more = (items.len() - MOST_LISTED) as u64;
        lines.line(format_args!("  and {} more: --json lists all", Grouped(more)));
    }
}

impl WaitingStatus {
    fn line(&self) -> String {
        let why = match self.why {
            Why::NotMade => "the list's row is refused, or its files could not be made",
            Why::BundleMissing => "the bundle is missing",
            Why::BundleChanged => "the bundle has another size than the one that was made",
            Why::SignerExpired => "the signer's certificate has ended",
        };
        match &self.since {
            Some(since) => format!("{} since {since}: {why}", self.address),
            None => format!("{}: {why}", self.address),
        }
    }
}

impl SignerStatus {
    /// A warning about a certificate that has ended or will soon.
    fn notice(&self) -> Option<Notice> {
        let days = self.days_left.filter(|days| *days < WARN_BEFORE)?;
        let end = if days < 0 {
            "has ended".to_owned()
        } else {
            format!("ends in {}", Count(days.unsigned_abs(), "day"))
        };
        let people = Count(self.people, "person");
        let what =
            format_args!("the certificate of {}, who signed for {people}, {end}", self.subject);
        Some(Notice::important("signer-ends", what).with_hint(
            "renew it with the same key, `mailmuster identity renew` if it was made here, then run `resign` or `generate`",
        ))
    }

    fn line(&self) -> String {
        let people = Count(self.people, "person");
        let Self { subject, .. } = self;
        let end = match self.days_left {
            None => "end unknown".to_owned(),
            Some(days) if days < 0 => "EXPIRED".to_owned(),
            Some(days) => {
                let now = if days < WARN_BEFORE { ": renew it now" } else { "" };
                format!("ends in {}{now}", Count(days.unsigned_abs(), "day"))
            }
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
        let end = match self.ended_at {
            Some(_) => "",
            None if self.is_running => " (running now)",
            None => " (stopped before its end)",
        };
        format!("{started_at} {command}{list}: {events}{end}")
    }
}
