//! Writes fleet scripts: everybody with Windows is gathered first, because the size of a script decides how many there are,
//! and two people may have one Windows user.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use serde::Serialize;

use super::super::rows::RowState;
use super::super::{Checked, Job, RunError, Stop};
use super::writer::json_line;
use super::{Misfit, each_person};
use crate::domain::TOOL;
use crate::domain::delimiter::Delimiter;
use crate::domain::host::Domain;
use crate::domain::hosted::HostedDomain;
use crate::domain::platform::Platform;
use crate::fleet_script::{
    FleetScriptError, ID, Member, Numbers, PEOPLE, Parts, UserFault, WindowsUser, other_forms,
    readme, split,
};
use crate::input::Location;
use crate::mdm::UserNames;
use crate::output::Trust;
use crate::output::csv::{BYTE_ORDER_MARK, line};
use crate::output::export::ExportFolder;
use crate::pipeline::outcome::SkipReason;
use crate::render::Setup;
use crate::render::hosted::autoconfig;
use crate::render::policies::policies;
use crate::render::windows::{FleetAccounts, fleet_scripts};
use crate::sign::{Sealer, Signing};

/// The people of a fleet.
#[derive(Debug, Default)]
pub(crate) struct Fleet {
    members: Vec<Member>,
    places: Vec<Location>,
    /// Of rows that are in no script: refused, skipped, or without Windows. Their users sign in at the same PCs.
    others: Vec<(WindowsUser, Location)>,
    /// Those of which the provider's settings are known.
    domains: BTreeMap<Domain, HostedDomain>,
    /// People who are left out because another may be meant.
    pub(crate) misfits: Vec<Misfit>,
    pub(crate) without_windows: u64,
}

impl Fleet {
    /// The Windows users for whom several people are in the list, with the locations of these.
    pub(crate) fn shared(&self) -> Vec<(&str, Vec<Location>)> {
        let mut shared: Vec<(&str, Vec<Location>)> = Vec::new();
        let mut seen: HashMap<String, usize> = HashMap::new();
        for (member, place) in self.members.iter().zip(&self.places) {
            let at = *seen.entry(member.user.folded()).or_insert(shared.len());
            match shared.get_mut(at) {
                Some((_, places)) => places.push(*place),
                None => shared.push((member.user.as_str(), vec![*place])),
            }
        }
        shared.retain(|(_, places)| places.len() > 1);
        shared
    }

    pub(crate) fn people(&self) -> usize {
        self.members.len()
    }

    /// Takes out whom another name in the list leaves open.
    fn take_out_ambiguous(&mut self) {
        let members = self.members.iter().map(|member| &member.user);
        let users: Vec<_> = members.chain(self.others.iter().map(|(user, _)| user)).collect();
        let others = self.others.iter().map(|(_, place)| *place);
        let places: Vec<Location> = self.places.iter().copied().chain(others).collect();
        let mut out = BTreeSet::new();
        for (at, other) in other_forms(&users) {
            if at >= self.members.len() {
                continue;
            }
            let fault = UserFault::Ambiguous {
                name: users[at].to_string(),
                other: users[other].to_string(),
                place: places[other].to_string(),
            };
            let address = self.members[at].addresses.first().cloned().unwrap_or_default();
            self.misfits.push(Misfit {
                location: self.places[at],
                address,
                what: fault.to_string(),
            });
            out.insert(at);
        }
        let mut at = 0..;
        self.members.retain(|_| !at.next().is_some_and(|at| out.contains(&at)));
        let mut at = 0..;
        self.places.retain(|_| !at.next().is_some_and(|at| out.contains(&at)));
    }
}

/// What fleet scripts are made with.
#[derive(Debug)]
pub(crate) struct FleetPlan<'a> {
    pub(crate) signing: Signing,
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
#[derive(Debug)]
pub(crate) struct FleetWritten {
    /// Scripts, three for each part with people.
    pub(crate) scripts: u64,
    /// A power of two.
    pub(crate) parts: u64,
    /// The size of the largest script, in bytes.
    pub(crate) largest: u64,
}

/// `export.json`.
#[derive(Serialize)]
struct Index<'a> {
    format: u8,
    windows: usize,
    parts: usize,
    made: &'a str,
    tool: &'a str,
    provider: &'a str,
}

/// Reads the list a second time, and keeps everybody with Windows. Nothing is written.
pub(crate) fn gather_fleet(
    job: &Job,
    checked: &Checked,
    setup: &Setup,
    stop: &Stop,
) -> Result<Fleet, RunError> {
    let mut fleet = Fleet::default();
    each_person(job, checked, stop, &mut |rows| {
        let is_without =
            |state: &RowState| matches!(state, RowState::Skipped(SkipReason::NothingToMake));
        fleet.without_windows += u64::from(rows.rows.iter().any(|row| is_without(&row.state)));
        let names = job.windows_users.unwrap_or(UserNames::Column);
        let left_out = rows.rows.iter().filter(|row| row.person().is_none());
        fleet.others.extend(left_out.filter_map(|row| {
            let user = row.windows_user_left_out(names)?;
            Some((user, row.location))
        }));
        let (Some(accounts), Some((_, first))) = (rows.accounts(), rows.sound().next()) else {
            return Ok(());
        };
        // the first pass refused people without one
        let Ok(user) = rows.windows_user(&accounts, names) else { return Ok(()) };
        debug_assert!(accounts.platforms.contains(Platform::Windows));
        for account in accounts.iter() {
            let domain = account.address.domain();
            if !fleet.domains.contains_key(domain)
                && let Ok(hosted) = job.resolver.of_domain(domain)
            {
                fleet.domains.insert(domain.clone(), hosted);
            }
        }
        let member = Member::of(&accounts, user, setup).map_err(FleetScriptError::from)?;
        fleet.members.push(member);
        fleet.places.push(first.location);
        Ok(())
    })?;
    fleet.take_out_ambiguous();
    Ok(fleet)
}

/// Writes the scripts of `fleet`, and what explains them.
pub(crate) fn write_fleet(fleet: &Fleet, plan: &FleetPlan<'_>) -> Result<FleetWritten, RunError> {
    let Fleet { members, without_windows, .. } = fleet;
    if members.is_empty() {
        return Err(FleetScriptError::Nobody { without_windows: *without_windows }.into());
    }
    let mut sealer = Sealer::new(&plan.signing)?;
    let empty = empty_size(plan, &mut sealer)?;
    let parts = split(members, empty, plan.most)?;
    let filled = parts.filled();
    let mut folder = ExportFolder::open(plan.out, plan.trust, ID).map_err(RunError::Folder)?;
    let mut largest = 0;
    for (part, places) in &filled {
        let mut people: Vec<&Member> = places.iter().map(|place| &members[*place]).collect();
        // the same script for any order of rows
        people.sort_by(|one, other| one.key.cmp(&other.key));
        let people: Vec<&FleetAccounts> = people.iter().map(|member| &member.accounts).collect();
        let copies = fleet_scripts(plan.provider_name, &people, &part_name(*part, &parts));
        let copies = copies.map_err(FleetScriptError::from)?;
        for draft in [copies.install, copies.detect, copies.remove] {
            let script = sealer.seal(draft)?;
            let content = script.content().to_vec();
            largest = largest.max(content.len());
            folder.write(script.file_name().as_str(), &content)?;
        }
    }
    folder.write(PEOPLE, &table(members, &parts))?;
    for (domain, hosted) in &fleet.domains {
        let content = autoconfig(hosted).map_err(FleetScriptError::from)?;
        folder.write(&format!("thunderbird/isp/{domain}.xml"), &content)?;
    }
    if let Some(hosted) = fleet.domains.values().next() {
        folder.write("thunderbird/policies.json", &policies(hosted))?;
    }
    let numbers = Numbers {
        provider: plan.provider_name,
        people: members.len(),
        parts: parts.count,
        first: &part_name(filled[0].0, &parts),
        largest,
        is_signed: plan.signing.identities.is_some(),
        has_thunderbird: !fleet.domains.is_empty(),
    };
    let text = readme(numbers).map_err(FleetScriptError::from)?;
    folder.write("README.md", text.as_bytes())?;
    folder.finish(&json_line(&Index {
        format: 1,
        windows: members.len(),
        parts: parts.count,
        made: &plan.made,
        tool: TOOL,
        provider: plan.provider,
    }))?;
    Ok(FleetWritten {
        scripts: 3 * filled.len() as u64,
        parts: parts.count as u64,
        largest: largest as u64,
    })
}

/// `1-of-4`
fn part_name(part: usize, parts: &Parts) -> String {
    format!("{}-of-{}", part + 1, parts.count)
}

/// How much longer one signature may be than another of the same key: ECDSA leaves out leading zeros, and a longer one may
/// begin another line.
const SIGNATURE_MARGIN: usize = 16;

/// The size of a signed script without anybody, in bytes.
fn empty_size(plan: &FleetPlan<'_>, sealer: &mut Sealer) -> Result<usize, RunError> {
    let copies = fleet_scripts(plan.provider_name, &[], "0").map_err(FleetScriptError::from)?;
    // of the three actions `Install` is the longest word
    let size = sealer.seal(copies.install)?.content().len();
    Ok(if plan.signing.identities.is_some() { size + SIGNATURE_MARGIN } else { size })
}

/// `people.csv`: a line for each mailbox, in the order of the list.
fn table(members: &[Member], parts: &Parts) -> Vec<u8> {
    let row = |cells: [&str; 4]| line(Delimiter::default(), cells.into_iter().map(str::as_bytes));
    let mut table = BYTE_ORDER_MARK.to_vec();
    table.extend(row(["address", "windows_user", "part", "script"]));
    for (member, part) in members.iter().zip(&parts.of) {
        let name = part_name(*part, parts);
        let script = format!("Install-Mail-{name}.ps1");
        for address in &member.addresses {
            table.extend(row([address, member.user.as_str(), &name, &script]));
        }
    }
    table
}
