//! An export for an MDM: the second pass over a list, in which each person becomes files for the MDM.

mod fit;
mod fleet_script;
mod hosting;
#[cfg(feature = "probe")]
mod mailboxes;
mod managed_fleet;
#[cfg(feature = "probe")]
mod servers;
mod writer;

use super::people::{People, PersonRows};
use super::second_pass::SecondPass;
use super::{Checked, Job, RunError, Stop};
use crate::domain::platform::Platform;
use crate::domain::shared::SharedAccount;
use crate::input::Location;
use crate::mdm::{Mdm, Request, Shape, SignatureCheck, Subject, UserNames};
use crate::output::Trust;
use crate::render::{Renderer, Setup};
use crate::sign::Signing;
use writer::Writer;

pub(crate) use fleet_script::{Fleet, FleetPlan, FleetWritten, gather_fleet, write_fleet};

use fleet_script::{SealPlan, seal_fleet};
pub(crate) use hosting::{HostingGaps, write_hosting};
#[cfg(feature = "probe")]
pub(crate) use mailboxes::{ListedMailbox, each_mailbox};
#[cfg(feature = "probe")]
pub(crate) use servers::{ListedServer, list_servers};

/// The people whom the profile of everybody does not fit.
pub(crate) const MISFITS: &str = "misfits.csv";

/// What an export needs beyond its [`Job`].
#[derive(Debug)]
pub(crate) struct ExportPlan<'a> {
    pub(crate) mdm: &'static dyn Mdm,
    pub(crate) request: &'a Request,
    pub(crate) setup: Setup,
    /// `None` where no script is made.
    pub(crate) signing: Option<Signing>,
    pub(crate) out: &'a std::path::Path,
    pub(crate) trust: Trust,
    /// The time, as in the index.
    pub(crate) made: String,
    /// The id of the provider.
    pub(crate) provider: &'a str,
    /// As people know it.
    pub(crate) provider_name: &'a str,
    /// The account of everybody, for [`Shape::Shared`].
    pub(crate) shared: Option<&'a SharedAccount>,
    /// The people of the fleet scripts beside it.
    pub(crate) fleet: Option<ManagedFleet<'a>>,
}

/// The fleet scripts of an export for an MDM.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ManagedFleet<'a> {
    pub(crate) fleet: &'a Fleet,
    /// The most bytes of a script.
    pub(crate) most: usize,
    pub(crate) check: SignatureCheck,
}

impl ExportPlan<'_> {
    /// Whether the formats of the export have a profile.
    fn makes_profiles(&self) -> bool {
        let is_profile = |format: &&dyn Renderer| format.format().platform == Some(Platform::Apple);
        self.setup.formats.iter().any(is_profile)
    }
}

/// What an export has made and seen.
#[derive(Debug, Default)]
pub(crate) struct Exported {
    pub(crate) people: u64,
    pub(crate) objects: u64,
    /// People whom the profile of everybody does not fit.
    pub(crate) misfits: u64,
    /// Those of them for whom a table of the export puts the right value into the MDM.
    pub(crate) mended: u64,
    /// People of whom the list does not say what the variable holds.
    pub(crate) unjudged: u64,
    /// People whose files the MDM could not have after all.
    pub(crate) refused: u64,
    /// The fleet scripts.
    pub(crate) scripts: Option<FleetWritten>,
}

/// A person whom the profile of everybody does not fit.
#[derive(Debug)]
pub(crate) struct Misfit {
    pub(crate) location: Location,
    pub(crate) address: String,
    /// What is wrong, in words.
    pub(crate) what: String,
}

/// Writes an export. The list is read if there is one; `on_misfit` hears of people whom a shared profile does not fit,
/// and of those whose files are too large.
pub(crate) fn export(
    list: Option<(&Job, Checked)>,
    plan: &ExportPlan<'_>,
    on_misfit: &mut dyn FnMut(Misfit),
    stop: &Stop,
) -> Result<Exported, RunError> {
    let sealed = match (&plan.fleet, &plan.signing) {
        (Some(ManagedFleet { fleet, most, .. }), Some(signing)) => {
            let seal = SealPlan { signing, provider: plan.provider_name, most: *most };
            Some(seal_fleet(fleet, seal)?)
        }
        _ => None,
    };
    let mut writer = Writer::begin(plan, list.is_some())?;
    if let Some(account) =
        plan.shared.filter(|_| plan.request.shape == Shape::Shared && plan.makes_profiles())
    {
        let made = plan.mdm.make(Subject::Everybody(account), &plan.setup, plan.request)?;
        writer.put(made)?;
    }
    if let Some((job, checked)) = list {
        let names_users = plan.request.user_names == UserNames::Column;
        if plan.request.shape == Shape::Shared && names_users {
            each_person(job, &checked, stop, &mut |rows| {
                writer.count(rows);
                Ok(())
            })?;
        }
        writer.expect_stamps(|count| each_person(job, &checked, stop, count))?;
        each_person(job, &checked, stop, &mut |rows| writer.person(rows, on_misfit))?;
    }
    if let Some(sealed) = &sealed {
        writer.fleet(sealed)?;
    }
    writer.finish()
}

/// Reads the list a second time, and calls `act` for each person.
fn each_person(
    job: &Job,
    checked: &Checked,
    stop: &Stop,
    act: &mut dyn FnMut(&PersonRows) -> Result<(), RunError>,
) -> Result<(), RunError> {
    let mut people = People::open(job)?;
    let mut second = SecondPass::new(job, checked);
    while let Some(mut person) = people.next()? {
        if stop.is_asked() {
            return Err(RunError::Stopped);
        }
        second.refuse_repeats(&mut person);
        act(&person)?;
    }
    second.finish()
}
