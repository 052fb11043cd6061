//! `export windows`: fleet scripts and what explains them.

mod gather;
mod seal;

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::super::RunError;
use super::writer::json_line;
use crate::artifact::Artifact;
use crate::domain::TOOL;
use crate::domain::delimiter::Delimiter;
use crate::fleet_script::{FleetScriptError, ID, Numbers, PEOPLE, SignedBy, Whose, readme};
use crate::output::Trust;
use crate::output::csv::{BYTE_ORDER_MARK, line};
use crate::output::export::ExportFolder;
use crate::render::hosted::autoconfig;
use crate::render::policies::policies;
use crate::render::windows::AgentCopies;
use crate::sign::Signing;

pub(crate) use gather::{Fleet, gather_fleet};
pub(crate) use seal::{SealPlan, SealedFleet, SealedPart, seal_fleet};

use seal::{Copies, RemoveCopy, part_name};

/// What fleet scripts are made with.
#[derive(Debug)]
pub(crate) struct FleetPlan<'a> {
    pub(crate) whose: Whose,
    pub(crate) signing: Signing,
    pub(crate) signed_by: SignedBy,
    pub(crate) out: &'a Path,
    pub(crate) trust: Trust,
    /// The time, as in the index.
    pub(crate) made: String,
    /// The id of the provider.
    pub(crate) provider: &'a str,
    /// As people know it.
    pub(crate) provider_name: &'a str,
    /// The most bytes of a script.
    pub(crate) most: usize,
}

/// What was written.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FleetWritten {
    /// Three for each part with people, for leavers one.
    pub(crate) scripts: u64,
    /// A power of two.
    pub(crate) parts: u64,
    /// The size of the largest script, in bytes.
    pub(crate) largest: u64,
}

impl FleetWritten {
    pub(super) fn of<T: Copies>(sealed: &SealedFleet<T>) -> Self {
        let scripts: usize = sealed.filled.iter().map(|part| part.copies.scripts().len()).sum();
        Self {
            scripts: scripts as u64,
            parts: sealed.parts.count as u64,
            largest: sealed.largest as u64,
        }
    }
}

/// `export.json`.
#[derive(Serialize)]
struct Index<'a> {
    format: u8,
    windows: usize,
    parts: usize,
    /// Whether the people left.
    retire: bool,
    made: &'a str,
    tool: &'a str,
    provider: &'a str,
}

/// Writes the scripts of `fleet`, and what explains them.
pub(crate) fn write_fleet(fleet: &Fleet, plan: &FleetPlan<'_>) -> Result<FleetWritten, RunError> {
    match plan.whose {
        Whose::Staff => write::<AgentCopies<Artifact>>(fleet, plan),
        Whose::Leavers => write::<RemoveCopy>(fleet, plan),
    }
}

fn write<T: Copies>(fleet: &Fleet, plan: &FleetPlan<'_>) -> Result<FleetWritten, RunError> {
    let FleetPlan { signing, provider_name: provider, most, whose, .. } = plan;
    let sealed: SealedFleet<T> = seal_fleet(fleet, SealPlan { signing, provider, most: *most })?;
    let mut folder = ExportFolder::open(plan.out, plan.trust, ID).map_err(RunError::Folder)?;
    for script in sealed.filled.iter().flat_map(|part| part.copies.scripts()) {
        folder.write(script.file_name().as_str(), &script.content().to_vec())?;
    }
    folder.write(PEOPLE, &table(fleet, &sealed))?;
    let domains = match whose {
        Whose::Staff => &fleet.domains,
        Whose::Leavers => &BTreeMap::new(),
    };
    for (domain, hosted) in domains {
        let content = autoconfig(hosted).map_err(FleetScriptError::from)?;
        folder.write(&format!("thunderbird/isp/{domain}.xml"), &content)?;
    }
    if let Some(hosted) = domains.values().next() {
        folder.write("thunderbird/policies.json", &policies(hosted))?;
    }
    let numbers = Numbers {
        provider,
        people: fleet.people(),
        parts: sealed.parts.count,
        filled: sealed.filled.iter().map(|part| part.number + 1).collect(),
        first: &sealed.filled[0].name,
        largest: sealed.largest,
        signed_by: plan.signed_by,
        ends: ends(signing),
        has_thunderbird: !domains.is_empty(),
    };
    let text = readme(*whose, numbers).map_err(FleetScriptError::from)?;
    folder.write("README.md", text.as_bytes())?;
    folder.finish(&json_line(&Index {
        format: 1,
        windows: fleet.people(),
        parts: sealed.parts.count,
        retire: *whose == Whose::Leavers,
        made: &plan.made,
        tool: TOOL,
        provider: plan.provider,
    }))?;
    Ok(FleetWritten::of(&sealed))
}

/// The day on which the signatures of scripts end, if they have no time stamp.
pub(super) fn ends(signing: &Signing) -> Option<String> {
    let identities = signing.identities.as_ref().filter(|_| signing.stamper.is_none())?;
    Some(identities.scripts.facts().not_after.date().to_string())
}

/// `people.csv`: a line for each mailbox, in the order of the list.
pub(super) fn table<T: Copies>(fleet: &Fleet, sealed: &SealedFleet<T>) -> Vec<u8> {
    let action = match T::WHOSE {
        Whose::Staff => "Install",
        Whose::Leavers => "Remove",
    };
    let SealedFleet { parts, .. } = sealed;
    let row = |cells: [&str; 4]| line(Delimiter::default(), cells.into_iter().map(str::as_bytes));
    let mut table = BYTE_ORDER_MARK.to_vec();
    table.extend(row(["address", "windows_user", "part", "script"]));
    for (member, part) in fleet.members.iter().zip(&parts.of) {
        let name = part_name(*part, parts);
        let script = format!("{action}-Mail-{name}.ps1");
        for address in &member.addresses {
            table.extend(row([address, member.user.as_str(), &name, &script]));
        }
    }
    table
}
