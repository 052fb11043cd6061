//! Bundles with new signatures, stored before and after they are put into their places: nothing else could
//! tell a bundle that a killed run has just placed from one that someone has changed.

use rusqlite::params;

use super::people::store_events;
use super::{Event, Ledger, LedgerError, PersonKey, RunId, SignerId};

/// A person's bundle under new signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) person: PersonKey,
    /// In bytes.
    pub(crate) size: u64,
    pub(crate) sha256: [u8; 32],
    /// Who signed profiles and scripts.
    pub(crate) signers: (SignerId, SignerId),
}

impl Ledger {
    /// Stores that these bundles are about to be put into their places, in one transaction.
    pub(crate) fn announce(&mut self, run: RunId, bundles: &[Placed]) -> Result<(), LedgerError> {
        self.change(|change| {
            let mut statement = change.prepare_cached(
                "INSERT OR REPLACE INTO placed (person, run, size, sha256, profile_signer, script_signer)
                 SELECT id, ?2, ?3, ?4, ?5, ?6 FROM person WHERE key = ?1",
            )?;
            for Placed { person, size, sha256, signers } in bundles {
                let (profiles, scripts) = (signers.0.0, signers.1.0);
                statement.execute(params![person.0, run.0, size, sha256, profiles, scripts])?;
            }
            Ok(())
        })
    }

    /// Every bundle that was announced and not confirmed, with the run that announced it.
    pub(crate) fn announced(&self) -> Result<Vec<(RunId, Placed)>, LedgerError> {
        let at = LedgerError::at(&self.path);
        let mut statement = self
            .db
            .prepare(
                "SELECT person.key, placed.run, placed.size, placed.sha256, placed.profile_signer, placed.script_signer
                 FROM placed JOIN person ON person.id = placed.person",
            )
            .map_err(&at)?;
        let rows = statement.query_map([], |row| {
            let signers = (SignerId(row.get(4)?), SignerId(row.get(5)?));
            let placed = Placed {
                person: PersonKey(row.get(0)?),
                size: row.get(2)?,
                sha256: row.get(3)?,
                signers,
            };
            Ok((RunId(row.get(1)?), placed))
        });
        rows.and_then(Iterator::collect).map_err(&at)
    }

    /// Stores that the announced bundles of these people are in their places, and what happened, in one
    /// transaction.
    pub(crate) fn confirm(
        &mut self,
        run: RunId,
        people: &[PersonKey],
        events: &[Event],
    ) -> Result<(), LedgerError> {
        self.change(|change| {
            let mut update = change.prepare_cached(
                "UPDATE person SET size = placed.size, sha256 = placed.sha256, run = placed.run,
                   profile_signer = placed.profile_signer, script_signer = placed.script_signer
                 FROM placed WHERE placed.person = person.id AND person.key = ?1",
            )?;
            let mut delete = change.prepare_cached(
                "DELETE FROM placed WHERE person = (SELECT id FROM person WHERE key = ?1)",
            )?;
            for key in people {
                update.execute([key.0])?;
                delete.execute([key.0])?;
            }
            store_events(change, run, events)
        })
    }

    /// Forgets announcements: every bundle has been looked at.
    pub(crate) fn forget_announced(&self) -> Result<(), LedgerError> {
        let at = LedgerError::at(&self.path);
        self.db.execute("DELETE FROM placed", []).map(|_| ()).map_err(at)
    }
}
