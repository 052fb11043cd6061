//! The first pass compared with what the folder remembers: who is in the list, and whose files stay as they are.

use std::collections::HashMap;

use super::Absent;
use super::changes::{Fingerprinter, is_another_s};
use super::holders::Holders;
use super::people::PersonRows;
use super::plan::Planner;
use crate::domain::account::{AccountKey, PersonAccounts};
use crate::domain::email::EmailAddress;
use crate::domain::renames::Renames;
use crate::ledger::{Known, LedgerError, Listing, PersonKey, State, StoredPerson};
use crate::render::Setup;

/// The most new people whose names are kept, to recognize people whose address changed.
const MOST_NAMES: usize = 10_000;

/// Follows the people of a list.
#[derive(Debug)]
pub(crate) struct Tracker<'a> {
    pub(crate) known: Known,
    fingerprinter: Fingerprinter,
    renames: Renames,
    /// Reports what would be done for each person, where that is asked.
    pub(super) planner: Option<Planner<'a>>,
    /// Refused rows that belong to nobody whom the folder knows, as far as can be seen.
    pub(crate) unmatched: u64,
    /// Listed people whom the folder does not know.
    pub(crate) new: u64,
    /// Some of them who have no id, by name and address.
    pub(crate) new_names: Vec<(String, String)>,
    /// Some of the people who have an id and of whom something is new: each address in lower case, with the name.
    pub(crate) names: HashMap<String, String>,
    /// Listed people whom the folder knows as current.
    pub(crate) shared: u64,
    /// Whose addresses no other person of the list may have.
    pub(crate) holders: Holders,
}

/// A person of the list, as far as the folder knows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    New,
    /// Known, and gone until now.
    Returned,
    /// Made from something else.
    Different,
    /// The files stay as they are, as far as settings decide.
    Same,
}

impl<'a> Tracker<'a> {
    pub(crate) fn new(
        known: Known,
        setup: &Setup,
        renames: &Renames,
        planner: Option<Planner<'a>>,
    ) -> Self {
        Self {
            known,
            fingerprinter: Fingerprinter::new(setup),
            renames: renames.clone(),
            planner,
            unmatched: 0,
            new: 0,
            new_names: Vec::new(),
            names: HashMap::new(),
            shared: 0,
            holders: Holders::default(),
        }
    }

    /// Notes a person of the list.
    pub(super) fn note(&mut self, person: &PersonRows) -> Result<(), LedgerError> {
        let Some(accounts) = person.accounts() else {
            self.note_refused(person);
            return Ok(());
        };
        let has_id = person.rows.iter().any(|row| row.id.is_some());
        let seen = self.note_sound(&accounts, has_id);
        if has_id && seen != Seen::Same && !self.known.is_empty() && self.names.len() < MOST_NAMES {
            let name = accounts.first.display_name.to_string();
            let addresses = accounts.iter().map(|it| it.address.as_str().to_lowercase());
            self.names.extend(addresses.map(|address| (address, name.clone())));
        }
        match &mut self.planner {
            Some(planner) => planner.person(&accounts, seen, &self.known),
            None => Ok(()),
        }
    }

    /// Reports everybody who would leave or be retired to the planner.
    pub(crate) fn plan_leavers(&mut self, absent: Absent) -> Result<(), LedgerError> {
        match &mut self.planner {
            Some(planner) => planner.leavers(&self.known, absent),
            None => Ok(()),
        }
    }

    /// People for whom nothing would be done, where there is a planner.
    pub(crate) fn unchanged(&self) -> u64 {
        self.planner.as_ref().map_or(0, |planner| planner.unchanged)
    }

    /// Whether the list gives an address of `leaver` to another person: both have an id, and the names are those of
    /// two people.
    pub(super) fn is_succeeded(&self, leaver: &StoredPerson) -> bool {
        let StoredPerson { record, .. } = leaver;
        let key =
            |address: &str| EmailAddress::try_from(address).map(|it| self.renames.key_of(&it));
        record.addresses.iter().any(|address| {
            let name = self.names.get(&address.to_lowercase());
            // a person without id has the key of the address
            name.is_some_and(|name| is_another_s(&record.name, name, address))
                && key(address).is_ok_and(|key| PersonKey::from(&key) != record.key)
        })
    }

    fn note_sound(&mut self, accounts: &PersonAccounts, has_id: bool) -> Seen {
        let is_empty = self.known.is_empty();
        let Some(known) = self.known.get_mut(PersonKey::from(&accounts.key)) else {
            self.new += 1;
            if !has_id && !is_empty && self.new_names.len() < MOST_NAMES {
                let first = &accounts.first;
                self.new_names.push((first.display_name.to_string(), first.address.to_string()));
            }
            return Seen::New;
        };
        known.listing = Listing::Sound;
        if known.state != State::Current {
            return Seen::Returned;
        }
        self.shared += 1;
        known.is_unchanged = known.has(self.fingerprinter.of(accounts));
        if known.is_unchanged { Seen::Same } else { Seen::Different }
    }

    /// Notes people whose rows are refused: they get no bundle, but have not left.
    fn note_refused(&mut self, person: &PersonRows) {
        let id = person.rows.iter().find_map(|row| row.id.as_ref());
        let mut refused = person.rows.iter().filter(|row| row.is_still_listed()).peekable();
        if refused.peek().is_none() {
            return;
        }
        let keys = refused.filter_map(|row| match id {
            Some(id) => Some(AccountKey::of_id(id)),
            None => row.refused_address().map(|address| self.renames.key_of(&address)),
        });
        let mut is_known = false;
        for key in keys {
            if let Some(known) = self.known.get_mut(PersonKey::from(&key)) {
                // a row that repeats a sound one is refused alone
                if known.listing == Listing::Absent {
                    known.listing = Listing::Refused;
                }
                is_known = true;
            }
        }
        self.unmatched += u64::from(!is_known);
    }
}
