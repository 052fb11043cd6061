//! Everybody with Windows, read before anything is written: the size of a script decides how many there are, and two people
//! may have one Windows user.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::domain::account::PersonAccounts;
use crate::domain::host::Domain;
use crate::domain::hosted::HostedDomain;
use crate::domain::platform::Platform;
use crate::fleet_script::{FleetScriptError, Member, UserFault, WindowsUser, other_forms};
use crate::input::Location;
use crate::mdm::UserNames;
use crate::pipeline::export::{Misfit, each_person};
use crate::pipeline::outcome::SkipReason;
use crate::pipeline::people::PersonRows;
use crate::pipeline::rows::RowState;
use crate::pipeline::{Checked, Job, RunError, Stop};
use crate::render::Setup;

/// The people of a fleet.
#[derive(Debug, Default)]
pub(crate) struct Fleet {
    pub(super) members: Vec<Member>,
    places: Vec<Location>,
    /// Of rows that are in no script: refused, skipped, or without Windows. Their users sign in at the same PCs.
    others: Vec<(WindowsUser, Location)>,
    /// Those of which the provider's settings are known.
    pub(super) domains: BTreeMap<Domain, HostedDomain>,
    /// People who are left out because another may be meant.
    pub(crate) ambiguous: Vec<Misfit>,
    /// People with Windows whom the list does not name there, where the job does not refuse them.
    pub(crate) unnamed: Vec<Misfit>,
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

    /// The Windows users with a DNS name before the `\`, each with the location of the person.
    pub(crate) fn with_dns_domain(&self) -> Vec<(&str, Location)> {
        let members = self.members.iter().zip(&self.places);
        let found = members.filter(|(member, _)| member.user.has_dns_domain());
        found.map(|(member, place)| (member.user.as_str(), *place)).collect()
    }

    pub(crate) fn people(&self) -> usize {
        self.members.len()
    }

    /// Adds a person, who has Windows.
    fn add(
        &mut self,
        (accounts, place): (&PersonAccounts, Location),
        user: WindowsUser,
        (job, setup): (&Job, &Setup),
    ) -> Result<(), RunError> {
        for account in accounts.iter() {
            let domain = account.address.domain();
            if !self.domains.contains_key(domain)
                && let Ok(hosted) = job.resolver.of_domain(domain)
            {
                self.domains.insert(domain.clone(), hosted);
            }
        }
        self.members.push(Member::of(accounts, user, setup).map_err(FleetScriptError::from)?);
        self.places.push(place);
        Ok(())
    }

    /// Notes who signs in at the PCs beside the people of the scripts.
    fn add_others(&mut self, rows: &PersonRows, names: UserNames) {
        self.others.extend(rows.rows.iter().filter_map(|row| {
            let user = row.windows_user_left_out(names)?;
            Some((user, row.location))
        }));
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
            self.ambiguous.push(Misfit {
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

/// Reads the list a second time, and keeps everybody with Windows. Nothing is written.
pub(crate) fn gather_fleet(
    job: &Job,
    checked: &Checked,
    setup: &Setup,
    stop: &Stop,
) -> Result<Fleet, RunError> {
    let mut fleet = Fleet::default();
    let names = job.windows_users.map_or(UserNames::Column, |it| it.names);
    each_person(job, checked, stop, &mut |rows| {
        let is_without =
            |state: &RowState| matches!(state, RowState::Skipped(SkipReason::NothingToMake));
        fleet.without_windows += u64::from(rows.rows.iter().any(|row| is_without(&row.state)));
        let (Some(accounts), Some((_, first))) = (rows.accounts(), rows.sound().next()) else {
            fleet.add_others(rows, names);
            return Ok(());
        };
        if !accounts.platforms.contains(Platform::Windows) {
            fleet.without_windows += 1;
            fleet.add_others(rows, names);
            return Ok(());
        }
        match rows.windows_user(&accounts, names) {
            Ok(user) => fleet.add((&accounts, first.location), user, (job, setup))?,
            // where the first pass has not refused them
            Err(fault) => {
                fleet.add_others(rows, names);
                fleet.unnamed.push(Misfit {
                    location: first.location,
                    address: accounts.first.address.to_string(),
                    what: fault.to_string(),
                });
            }
        }
        Ok(())
    })?;
    fleet.take_out_ambiguous();
    Ok(fleet)
}
