//! What a run would do for each person, found while the list is read once.

use super::Absent;
use super::changes::{Change, ChangedPerson, Comparison};
use super::maker::{manifest, run_entry};
use super::retire::planned;
use super::signers::{RunSigners, find_signers};
use super::tracker::Seen;
use crate::bundle::manifest::RunEntry;
use crate::domain::account::PersonAccounts;
use crate::domain::slug::Slug;
use crate::ledger::{Known, Ledger, LedgerError, PersonKey, PersonRecord, SignerId, State};
use crate::output::presence::Bundles;
use crate::render::Setup;
use crate::sign::Signing;

/// A person with what would be done for them.
#[derive(Clone, Debug)]
pub(crate) struct PlannedChange {
    pub(crate) name: String,
    pub(crate) addresses: Vec<String>,
    pub(crate) change: Change,
}

impl PlannedChange {
    /// The person for a summary.
    pub(crate) fn changed(&self) -> ChangedPerson {
        ChangedPerson {
            address: self.addresses.first().cloned().unwrap_or_default(),
            details: self.change.details(),
            action: self.change.action.clone(),
        }
    }
}

/// Hears of each person for whom something would be done.
pub(crate) type OnChange<'a> = &'a mut dyn FnMut(PlannedChange);

/// Compares each person of a list with what the folder remembers.
pub(crate) struct Planner<'a> {
    bundles: Bundles<'a>,
    ledger: Option<&'a Ledger>,
    comparison: Comparison,
    run: RunEntry,
    signers: Option<(SignerId, SignerId)>,
    on_change: OnChange<'a>,
    /// People for whom nothing would be done.
    pub(crate) unchanged: u64,
}

impl std::fmt::Debug for Planner<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Planner").field("bundles", &self.bundles).finish_non_exhaustive()
    }
}

impl<'a> Planner<'a> {
    /// A planner for a folder with these bundles and this ledger, and a run with this setup and identity.
    pub(crate) fn new(
        bundles: Bundles<'a>,
        ledger: Option<&'a Ledger>,
        setup: &Setup,
        signing: &Signing,
        on_change: OnChange<'a>,
    ) -> Result<Self, LedgerError> {
        let run = run_entry(setup, signing);
        let signers = match ledger {
            Some(ledger) => find_signers(ledger, signing)?,
            None => None,
        };
        let comparison = Comparison::new(
            run.setup.clone(),
            &setup.formats,
            RunSigners::of(ledger, signing)?,
            ledger.map(Ledger::renames).transpose()?.unwrap_or_default(),
        );
        Ok(Self { bundles, ledger, comparison, run, signers, on_change, unchanged: 0 })
    }

    /// Compares `person`.
    pub(super) fn person(
        &mut self,
        person: &PersonAccounts,
        seen: Seen,
        known: &Known,
    ) -> Result<(), LedgerError> {
        let key = PersonKey::from(&person.key);
        let same =
            known.get(key).filter(|it| seen == Seen::Same && known.signers_of(it) == self.signers);
        if let Some(same) = same
            && self.bundles.has(&Slug::from(&person.first.address), same.size.into())
        {
            self.unchanged += 1;
            return Ok(());
        }
        let old = match self.ledger.filter(|_| seen != Seen::New) {
            Some(ledger) => ledger.person(key)?,
            None => None,
        };
        let new = manifest(&self.run, person, Vec::new());
        let change = self.comparison.change(old.as_ref(), &new);
        (self.on_change)(PlannedChange {
            name: person.first.display_name.to_string(),
            addresses: person.iter().map(|account| account.address.to_string()).collect(),
            change,
        });
        Ok(())
    }
}

impl Planner<'_> {
    /// Reports everybody who would leave or be retired.
    pub(super) fn leavers(&mut self, known: &Known, absent: Absent) -> Result<(), LedgerError> {
        let Some(ledger) = self.ledger else { return Ok(()) };
        for leaver in known.not_retired() {
            let retires = absent == Absent::Retired && !leaver.shares_address;
            if absent == Absent::Stay || (leaver.state == State::Left && !retires) {
                continue;
            }
            if let Some(person) = ledger.person(leaver.key)? {
                let change = if retires { planned(&person) } else { Change::left(leaver) };
                let PersonRecord { name, addresses, .. } = person.record;
                (self.on_change)(PlannedChange { name, addresses, change });
            }
        }
        Ok(())
    }
}
