//! People who are retired, and their removal packages.

use rusqlite::{Transaction, params};

use super::people::store_events;
use super::record::{Event, Package, Retirement};
use super::runs::RunId;
use super::{Ledger, LedgerError, PersonKey};

impl Ledger {
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
