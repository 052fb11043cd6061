//! People who are retired, and their removal packages.

use std::collections::HashSet;

use rusqlite::{Transaction, params};

use super::people::store_events;
use super::record::{Event, Package, Retirement, State};
use super::runs::RunId;
use super::{Known, Ledger, LedgerError, Listing, PersonKey};

impl Ledger {
    /// Finds out who of the people whom the list does not name shares an address with another person who
    /// stays. `is_listed` knows the addresses of the list; without a list everybody stays who is not absent, and
    /// has the addresses of the ledger.
    pub(crate) fn find_shared(
        &self,
        known: &mut Known,
        is_listed: Option<&dyn Fn(&str) -> bool>,
    ) -> Result<(), LedgerError> {
        let mut statement =
            self.db.prepare("SELECT key, state, addresses FROM person").map_err(self.at())?;
        let mut rows = statement.query([]).map_err(self.at())?;
        let (mut staying, mut absent) = (HashSet::new(), Vec::new());
        while let Some(row) = rows.next().map_err(self.at())? {
            let key = PersonKey(row.get(0).map_err(self.at())?);
            let state: String = row.get(1).map_err(self.at())?;
            let addresses: String = row.get(2).map_err(self.at())?;
            let Some(listing) = known.get(key).map(|person| person.listing) else { continue };
            // the addresses of sound rows are in the list, and may be other ones than before
            let is_kept = listing == Listing::Refused || is_listed.is_none();
            if listing == Listing::Absent && state != State::Retired.id() {
                absent.push((key, addresses));
            } else if listing != Listing::Absent && is_kept && state == State::Current.id() {
                staying.extend(addresses.split(' ').map(str::to_ascii_lowercase));
            }
        }
        for (key, addresses) in absent {
            let is_shared = |text: &str| {
                staying.contains(&text.to_ascii_lowercase())
                    || is_listed.is_some_and(|is_listed| is_listed(text))
            };
            if let Some(person) = known.get_mut(key) {
                person.shares_address = addresses.split(' ').any(is_shared);
            }
        }
        Ok(())
    }

    /// Stores that people are retired, whose files are in their places, in one transaction.
    pub(crate) fn retire(
        &mut self,
        run: RunId,
        people: &[Retirement],
        events: &[Event],
    ) -> Result<(), LedgerError> {
        self.change(|change| {
            let mut statement = change.prepare_cached(
                "UPDATE person SET bundle = ?2, state = 'retired',
                   since = CASE state WHEN 'retired' THEN since ELSE (SELECT started_at FROM run WHERE id = ?3) END
                 WHERE key = ?1",
            )?;
            for Retirement { key, bundle, package } in people {
                statement.execute(params![key.0, bundle, run.0])?;
                if let Some(package) = package {
                    store_package(change, *key, package)?;
                }
            }
            store_events(change, run, events)
        })
    }

    /// Stores that the removal package of a person is gone.
    pub(crate) fn forget_package(&self, key: PersonKey) -> Result<(), LedgerError> {
        self.db
            .execute(
                "DELETE FROM removal WHERE person = (SELECT id FROM person WHERE key = ?1)",
                [key.0],
            )
            .map_err(self.at())?;
        Ok(())
    }

    /// Stores the removal packages of people, in one transaction.
    pub(crate) fn set_packages(
        &mut self,
        packages: &[(PersonKey, Package)],
    ) -> Result<(), LedgerError> {
        self.change(|change| {
            for (key, package) in packages {
                store_package(change, *key, package)?;
            }
            Ok(())
        })
    }
}

fn store_package(
    change: &Transaction<'_>,
    key: PersonKey,
    package: &Package,
) -> rusqlite::Result<()> {
    change
        .prepare_cached(
            "INSERT OR REPLACE INTO removal (person, package, size, sha256)
             SELECT id, ?2, ?3, ?4 FROM person WHERE key = ?1",
        )?
        .execute(params![key.0, package.path, package.size, package.sha256])?;
    Ok(())
}
