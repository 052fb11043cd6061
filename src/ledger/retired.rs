//! People who are retired, and their removal packages.

use std::collections::HashSet;

use rusqlite::{Transaction, params};

use super::people::store_events;
use super::record::{Event, Package, Retirement, State};
use super::runs::RunId;
use super::{Known, Ledger, LedgerError, Listing, PersonKey};

/// A retired person's files in the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RetiredFiles {
    pub(crate) key: PersonKey,
    /// The first mailbox.
    pub(crate) address: String,
    pub(crate) name: String,
    /// When the person was retired (RFC 3339, UTC).
    pub(crate) since: String,
    /// The path in the folder; blank where it is lost.
    pub(crate) bundle: String,
    /// Of the bundle, in bytes.
    pub(crate) size: u64,
    /// Path and size in bytes of the removal package, where there was one.
    pub(crate) package: Option<(String, u64)>,
}

impl Ledger {
    /// Calls `each` with every retired person, in the order in which they became known.
    pub(crate) fn each_retired(
        &self,
        mut each: impl FnMut(RetiredFiles) -> Result<(), LedgerError>,
    ) -> Result<(), LedgerError> {
        let mut statement = self
            .db
            .prepare(
                "SELECT key, addresses, name, since, bundle, person.size, package, removal.size
                 FROM person LEFT JOIN removal ON removal.person = person.id
                 WHERE state = ?1 ORDER BY person.id",
            )
            .map_err(self.at())?;
        let mut rows = statement.query([State::Retired.id()]).map_err(self.at())?;
        while let Some(row) = rows.next().map_err(self.at())? {
            let read = || -> rusqlite::Result<RetiredFiles> {
                let addresses: String = row.get(1)?;
                let package: Option<(String, u64)> = match row.get(6)? {
                    Some(path) => Some((path, row.get(7)?)),
                    None => None,
                };
                Ok(RetiredFiles {
                    key: PersonKey(row.get(0)?),
                    address: addresses.split(' ').next().unwrap_or_default().to_owned(),
                    name: row.get(2)?,
                    since: row.get(3)?,
                    bundle: row.get(4)?,
                    size: row.get(5)?,
                    package,
                })
            };
            each(read().map_err(self.at())?)?;
        }
        Ok(())
    }

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
