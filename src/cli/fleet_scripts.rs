//! `export windows`: scripts with the accounts of everybody who has Windows.

use std::path::Path;

use serde::Serialize;
use thiserror::Error;

use super::development::IfMissing;
use super::exit::Exit;
use super::export::MisfitEvent;
use super::failure::Failure;
use super::first_pass::first_pass;
use super::message::Console;
use super::reporter::Pass;
use super::run::{formats, signing};
use super::settings::GenerateSettings;
use crate::artifact::SignatureFormat;
use crate::clock::{Clock, rfc3339};
use crate::diagnostic::{Count, Diagnostic, Grouped, Notice, Shown};
use crate::pipeline::{
    Fleet, FleetPlan, FleetWritten, Job, Misfit, Stop, gather_fleet, write_fleet,
};
use crate::render::SigningMode;

/// How many shared Windows users are named one by one.
const MOST_SHARED: usize = 5;

/// How many people with an ambiguous Windows user are named one by one.
const MOST_AMBIGUOUS: usize = 20;

/// What is exported, and where to.
#[derive(Debug)]
pub(super) struct FleetJob<'a> {
    pub(super) job: Job,
    pub(super) out: &'a Path,
    /// The most bytes of a script.
    pub(super) most: usize,
}

/// Options that do not fit `export windows`.
#[derive(Debug, Error)]
pub(super) enum FleetOptionError {
    #[error("--script-size has no effect: it is for `export windows`")]
    NotWindows,
    #[error("{0} has no effect on `export windows`")]
    NoEffect(&'static str),
    #[error("`export windows` needs a list")]
    NoList,
    #[error("--only leaves the script for Windows out")]
    NoFormat,
}

impl Diagnostic for FleetOptionError {
    fn hint(&self) -> Option<String> {
        Some(
            match self {
                Self::NotWindows => "say `export windows`, or leave --script-size out",
                Self::NoEffect("--retire") => {
                    "an agent runs the Remove script of an earlier export for people who left; `mailmuster retire` makes a package for each"
                }
                Self::NoEffect(_) => "leave it out: each script has the accounts of many people",
                Self::NoList => "name the list; its column `directory_user` has the Windows users",
                Self::NoFormat => "leave --only out, or name windows-script",
            }
            .to_owned(),
        )
    }
}

impl FleetJob<'_> {
    pub(super) fn run(
        mut self,
        settings: &GenerateSettings,
        clock: Clock,
        console: &Console,
        stop: &Stop,
    ) -> Result<Exit, Failure> {
        let mut formats = formats(&settings.only);
        // people whose devices do not take it are skipped
        formats.retain(|it| it.format().signature == SignatureFormat::AuthenticodeScript);
        if formats.is_empty() {
            return Err(FleetOptionError::NoFormat.into());
        }
        self.job.formats.clone_from(&formats);
        let setup = settings.setup(formats, SigningMode::Unsigned);
        let checked = first_pass(&self.job, Pass::Only { rejects: None }, None, console, stop)
            .map_err(|error| settings.list.failure(error))?
            .checked;
        let fleet = gather_fleet(&self.job, &checked, &setup, stop)
            .map_err(|error| settings.list.failure(error))?;
        report_ambiguous(&fleet, console);
        report_shared(&fleet, console);
        let refused = checked.refused + fleet.misfits.len() as u64;
        if settings.strict && refused > 0 {
            let refused = Count(refused, "row");
            console.answer(&format_args!("{refused} refused; nothing was written (--strict)"));
            return Ok(Exit::NothingAttempted);
        }
        let plan = FleetPlan {
            signing: signing(&settings.signing, &setup, IfMissing::Make, clock, console)?,
            out: self.out,
            trust: settings.trust,
            made: rfc3339(clock.run()),
            provider: &settings.provider.id,
            provider_name: &self.job.resolver.name(),
            most: self.most,
        };
        let written = write_fleet(&fleet, &plan).map_err(Failure::of_run)?;
        self.report(&fleet, &written, refused, console);
        Ok(if refused > 0 { Exit::SomeFailed } else { Exit::Done })
    }

    fn report(&self, fleet: &Fleet, written: &FleetWritten, refused: u64, console: &Console) {
        let FleetWritten { scripts, parts, largest } = *written;
        let (people, without_windows) = (fleet.people() as u64, fleet.without_windows);
        let mut further = String::new();
        if without_windows > 0 {
            further.push_str(&format!("; {} without Windows", Count(without_windows, "person")));
        }
        if refused > 0 {
            further.push_str(&format!("; {} refused", Count(refused, "row")));
        }
        let out = self.out.display();
        console.answer(&format_args!(
            "{} for {} in {}, up to {} bytes each, written to {out}{further}; README.md there says what agents need",
            Count(scripts, "script"),
            Count(people, "person"),
            Count(parts, "part"),
            Grouped(largest),
        ));
        console.event(&FleetEvent {
            event: "fleet-scripts",
            out: out.to_string(),
            people,
            scripts,
            parts,
            largest,
            without_windows,
            refused,
        });
    }
}

/// A script of one part cannot see the people of another, so that these are in none.
fn report_ambiguous(fleet: &Fleet, console: &Console) {
    let misfits = &fleet.misfits;
    if misfits.is_empty() {
        return;
    }
    let what = format!(
        "the Windows user of {} may be that of another person, too: they are in no script",
        Count(misfits.len() as u64, "person")
    );
    let notice = Notice::important("ambiguous-windows-users", what);
    console.notice(
        &notice.with_hint("give them `DOMAIN\\user` or `PC\\user` instead of the user name alone"),
    );
    for (number, misfit) in misfits.iter().enumerate() {
        console.event(&MisfitEvent::of(misfit));
        let Misfit { location, address, what } = misfit;
        if number < MOST_AMBIGUOUS {
            console.line(&format_args!("{location}, `{}`: {what}", Shown(address)));
        }
    }
    if misfits.len() > MOST_AMBIGUOUS {
        let more = Grouped((misfits.len() - MOST_AMBIGUOUS) as u64);
        console.line(&format_args!("and {more} more: --json has all"));
    }
}

/// Two people may share a PC with one Windows user, or one of the names is wrong.
fn report_shared(fleet: &Fleet, console: &Console) {
    let shared = fleet.shared();
    if shared.is_empty() {
        return;
    }
    let mut named: Vec<String> = shared
        .iter()
        .take(MOST_SHARED)
        .map(|(user, places)| {
            let numbers: Vec<_> = places.iter().map(|place| place.number.to_string()).collect();
            let unit = places.first().map_or("line", |place| place.unit());
            format!("`{}` ({unit} {})", Shown(user), numbers.join(", "))
        })
        .collect();
    if shared.len() > MOST_SHARED {
        named.push(format!("and {} more", Grouped((shared.len() - MOST_SHARED) as u64)));
    }
    let what = format!(
        "{} would get the mailboxes of several people: {}",
        Count(shared.len() as u64, "Windows user"),
        named.join(", ")
    );
    let notice = Notice::important("shared-windows-user", what);
    console.notice(&notice.with_hint("correct the list unless these people share a Windows user"));
}

#[derive(Serialize)]
struct FleetEvent {
    event: &'static str,
    out: String,
    people: u64,
    scripts: u64,
    /// A power of two.
    parts: u64,
    largest: u64,
    without_windows: u64,
    refused: u64,
}
