//! `mailmuster retire`: people who left, without making bundles for the others.

use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};
use serde::Serialize;
use thiserror::Error;

use crate::cli::development::IfMissing;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::first_pass::first_pass;
use crate::cli::folder;
use crate::cli::known_folder::{Lacks, NoRuns};
use crate::cli::message::Console;
use crate::cli::person::address;
use crate::cli::reporter::Pass;
use crate::cli::run::{Prepared, RunFolder, RunOptions, signing};
use crate::cli::signer_change;
use crate::diagnostic::{Count, Diagnostic};
use crate::domain::delimiter::Delimiter;
use crate::domain::email::EmailAddress;
use crate::ledger::{EventKind, Known, Ledger, LedgerError, Listing, State};
use crate::output::delimiter::delimiter_in;
use crate::output::layout::RETIRED;
use crate::pipeline::{
    Absent, Departures, Existing, LeaverCommand, MaxLeavers, Memory, Origin, RetireJob, RunError,
    RunPlan, Scope, Stop, Tracker, find_shared, retire,
};

/// Move the bundles of people who left to `retired`, each beside a package that removes the
/// account from devices
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("leavers").args(["list", "person"]).required(true))]
pub(in crate::cli) struct RetireArgs {
    /// The list: everybody whom it does not name is retired
    #[arg(value_name = "LIST")]
    list: Option<PathBuf>,
    /// Address of a person to retire; may be given more than once
    #[arg(long, value_name = "ADDRESS", conflicts_with = "max_leavers")]
    person: Vec<String>,
    /// Most people who may be retired with a list, e.g. 25 or 30%
    /// [default: 20%, and never more than half; up to five always may]
    #[arg(long, value_name = "N|N%")]
    max_leavers: Option<MaxLeavers>,
    #[command(flatten)]
    options: RunOptions,
}

/// People who are not retired.
#[derive(Debug, Error)]
enum RetireError {
    #[error("the folder knows nobody with the address `{0}`")]
    Unknown(EmailAddress),
    #[error("`{0}` is retired already")]
    Already(EmailAddress),
    #[error("another person, who stays, has an address of `{0}`")]
    Shared(String),
    #[error("{} may be {} of people who seem to have left: nobody is retired", Count(*.0, "refused row"), if *.0 == 1 { "that" } else { "those" })]
    Unmatched(u64),
}

impl Diagnostic for RetireError {
    fn hint(&self) -> Option<String> {
        Some(
            match self {
                Self::Unknown(_) => "`history OUT ADDRESS` shows what the folder knows of a person",
                Self::Already(_) => "the removal package is in `retired`",
                Self::Shared(_) => {
                    "a removal package would take the other person's account away: nobody is retired"
                }
                Self::Unmatched(_) => {
                    "correct the refused rows, or name the people with --person ADDRESS"
                }
            }
            .to_owned(),
        )
    }
}

impl RetireArgs {
    pub(super) fn run(&self, console: &Console) -> Result<Exit, Failure> {
        match &self.list {
            Some(list) => self.by_list(list, console),
            None => self.by_name(console),
        }
    }

    /// Retires everybody whom the list does not name.
    fn by_list(&self, list: &Path, console: &Console) -> Result<Exit, Failure> {
        let Prepared { mut folder, job, stop } = Prepared::of(list, &self.options, console)?;
        check_there(&folder)?;
        let known = std::mem::take(&mut folder.known);
        let RunFolder { settings, memory, setup, .. } = &folder;
        let mut tracker = Tracker::new(known, setup, &job.renames, None);
        let mut checked =
            first_pass(&job, Pass::Only { rejects: None }, Some(&mut tracker), console, &stop)
                .map_err(|error| settings.list.failure(error))?
                .checked;
        find_shared(&mut tracker.known, Some(&checked), memory.ledger())?;
        let departures = Departures::find(&mut checked, &tracker, memory.ledger())?;
        folder::report_departures(&departures, &settings.out, console);
        departures.check(
            self.max_leavers,
            &settings.out.display().to_string(),
            LeaverCommand::Retire,
        )?;
        if departures.unmatched > 0 {
            return Err(RetireError::Unmatched(departures.unmatched).into());
        }
        let mut known = tracker.known;
        // another person, who stays, has the address
        let shares = known.iter_mut().filter(|person| person.shares_address);
        shares.for_each(|person| person.listing = Listing::Sound);
        let list =
            Some((job.list.source.name(), job.list.source.sha256().map_err(RunError::from)?));
        let delimiter = checked.delimiter;
        finish(folder, known, list, delimiter, (console, &stop))
    }

    /// Retires the people who are named.
    fn by_name(&self, console: &Console) -> Result<Exit, Failure> {
        let people: Result<Vec<_>, _> = self.person.iter().map(|text| address(text)).collect();
        let people = people?;
        let mut folder = RunFolder::of(&self.options, console)?;
        check_there(&folder)?;
        let known = std::mem::take(&mut folder.known);
        let known = named(&people, &folder.memory, known)?;
        let delimiter = delimiter_in(&folder.settings.out);
        // without a handler a signal ends the program
        finish(folder, known, None, delimiter, (console, &Stop::default()))
    }
}

/// Refuses a folder in which nothing was ever made: a wrong name would pass for "nobody is to be retired".
fn check_there(folder: &RunFolder) -> Result<(), NoRuns> {
    match folder.memory.origin() {
        Origin::Nothing => Err(NoRuns::of(&folder.settings.out, Lacks::LedgerAndManifest)),
        Origin::Ledger | Origin::Manifest { .. } | Origin::Damaged { .. } => Ok(()),
    }
}

/// Everybody but the people with these addresses counts as listed.
fn named(addresses: &[EmailAddress], memory: &Memory, mut known: Known) -> Result<Known, Failure> {
    known.iter_mut().for_each(|person| person.listing = Listing::Sound);
    for address in addresses {
        let people = memory.ledger().map(|ledger| people_with(ledger, address));
        let (people, is_retired) = people.transpose()?.unwrap_or_default();
        // by a run that was stopped: the rest is done now
        if people.is_empty() && is_retired && memory.is_unfinished()? {
            continue;
        }
        if people.is_empty() {
            let error = if is_retired { RetireError::Already } else { RetireError::Unknown };
            return Err(error(address.clone()).into());
        }
        for key in people {
            known.get_mut(key).into_iter().for_each(|person| person.listing = Listing::Absent);
        }
    }
    find_shared(&mut known, None, memory.ledger())?;
    if let Some(person) = known.not_retired().find(|person| person.shares_address) {
        let person = memory.ledger().map(|ledger| ledger.person(person.key)).transpose()?;
        let addresses = person.flatten().map(|person| person.record.addresses).unwrap_or_default();
        return Err(RetireError::Shared(addresses.join(", ")).into());
    }
    Ok(known)
}

/// The people at `address` who are not retired, and whether a person there is.
fn people_with(
    ledger: &Ledger,
    address: &EmailAddress,
) -> Result<(Vec<crate::ledger::PersonKey>, bool), LedgerError> {
    let people = ledger.people_with(address.as_str())?;
    let is_retired = people.iter().any(|person| person.state == State::Retired);
    let rest = people.iter().filter(|person| person.state != State::Retired);
    Ok((rest.map(|person| person.record.key).collect(), is_retired))
}

fn finish(
    folder: RunFolder,
    known: Known,
    list: Option<(String, String)>,
    delimiter: Delimiter,
    (console, stop): (&Console, &Stop),
) -> Result<Exit, Failure> {
    let RunFolder { settings, clock, setup, memory, .. } = folder;
    // a run that was stopped may have retired everybody, but not written the manifest
    if known.not_retired().next().is_none() && !memory.is_unfinished()? {
        console.answer(&format_args!("nobody is to be retired; nothing was written"));
        console.event(&RetireEvent {
            event: "summary",
            out: settings.out.display().to_string(),
            retired: 0,
        });
        return Ok(Exit::Done);
    }
    let signing = signing(&settings.signing, &setup, IfMissing::Make, clock, (console, stop))?;
    signer_change::check_retirer(&memory, &known, &signing)?;
    let plan = RunPlan {
        setup,
        signing,
        out: settings.out.clone(),
        trust: settings.trust,
        workers: 1,
        scope: Scope::Changed,
        absent: Absent::Retired,
        existing: Existing::Size,
    };
    let job = RetireJob { list, provider: settings.provider.id.clone(), delimiter };
    let counts = retire(job, &plan, known, memory).map_err(Failure::of_run)?;
    folder::report_counts(&counts, &settings.out, console);
    let retired = counts.changes.count(EventKind::Retired);
    console.answer(&format_args!(
        "{} retired, see {}",
        Count(retired, "person"),
        settings.out.join(RETIRED).display()
    ));
    console.event(&RetireEvent {
        event: "summary",
        out: settings.out.display().to_string(),
        retired,
    });
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct RetireEvent {
    event: &'static str,
    out: String,
    retired: u64,
}
