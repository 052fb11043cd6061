//! `export windows`: scripts with the accounts of everybody who has Windows.

use std::path::Path;

use serde::Serialize;
use thiserror::Error;

use super::exit::Exit;
use super::failure::Failure;
use super::first_pass::first_pass;
use super::fleet_people;
use super::message::Console;
use super::reporter::Pass;
use super::run::{formats, script_signing};
use super::settings::{GenerateSettings, SigningSettings, Unsigned};
use crate::artifact::SignatureFormat;
use crate::clock::{Clock, rfc3339};
use crate::diagnostic::{Count, Diagnostic, Grouped};
use crate::fleet_script::{SignedBy, Whose};
use crate::pipeline::{Fleet, FleetPlan, FleetWritten, Job, Stop, gather_fleet, write_fleet};
use crate::render::SigningMode;

/// What is exported, and where to.
#[derive(Debug)]
pub(super) struct FleetJob<'a> {
    pub(super) job: Job,
    pub(super) out: &'a Path,
    pub(super) whose: Whose,
    /// The most bytes of a script.
    pub(super) most: usize,
}

/// Options that do not fit `export windows`.
#[derive(Debug, Error)]
pub(super) enum FleetOptionError {
    #[error(
        "--script-size has no effect: it is for `export windows`, and for `export intune` with a list and one profile for everybody"
    )]
    NotWindows,
    #[error("--script-size {} is more than Intune takes", Grouped(*.0 as u64))]
    TooLarge(usize),
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
                Self::NotWindows => "leave --script-size out",
                Self::TooLarge(_) => "Microsoft takes scripts below 200 KB: 199999 at most",
                Self::NoEffect("--language" | "--contact" | "--organization") => {
                    "leave it out: no file of this export shows it"
                }
                Self::NoEffect("--hosting") => {
                    "leave it out: `export hosting` writes what mail apps fetch from a domain"
                }
                Self::NoEffect("--jobs") => "leave it out: the export runs on one core",
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
        fleet_people::report(&fleet, console);
        let refused = checked.refused + fleet_people::left_out(&fleet);
        if settings.strict && fleet_people::ends_strictly(refused, &fleet, console) {
            report_event(self.out, &fleet, &FleetWritten::default(), refused, console);
            return Ok(Exit::NothingAttempted);
        }
        let plan = FleetPlan {
            signing: script_signing(&settings.signing, clock, (console, stop))?,
            signed_by: signed_by(&settings.signing),
            out: self.out,
            whose: self.whose,
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
        let mut further = String::new();
        if fleet.without_windows > 0 {
            let without = Count(fleet.without_windows, "person");
            further.push_str(&format!("; {without} without Windows"));
        }
        if refused > 0 {
            further.push_str(&format!("; {} refused", Count(refused, "row")));
        }
        let out = self.out.display();
        console.answer(&format_args!(
            "{} for {} in {}, up to {} bytes each, written to {out}{further}; README.md there says what agents need",
            Count(scripts, "script"),
            Count(fleet.people() as u64, "person"),
            Count(parts, "part"),
            Grouped(largest),
        ));
        report_event(self.out, fleet, written, refused, console);
    }
}

fn signed_by(settings: &SigningSettings) -> SignedBy {
    match settings.unsigned {
        Unsigned::No if settings.scripts.is_some() || settings.profiles.is_some() => {
            SignedBy::Given
        }
        Unsigned::No => SignedBy::Development,
        Unsigned::ByFlag | Unsigned::ByConfig => SignedBy::Nobody,
    }
}

/// Reports fleet scripts to programs.
pub(super) fn report_event(
    out: &Path,
    fleet: &Fleet,
    written: &FleetWritten,
    refused: u64,
    console: &Console,
) {
    let FleetWritten { scripts, parts, largest } = *written;
    console.event(&FleetEvent {
        event: "fleet-scripts",
        out: out.display().to_string(),
        people: fleet.people() as u64,
        scripts,
        parts,
        largest,
        without_windows: fleet.without_windows,
        refused,
    });
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
