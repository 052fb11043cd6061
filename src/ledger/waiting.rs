//! People who should have new files by now: their row of the list is refused, or making the files failed.

use rusqlite::params;

use super::known::{KnownPerson, Listing};
use super::{Known, Ledger, LedgerError, PersonKey, RunId, State};

/// A person who is waiting for new files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// The first mailbox.
    pub(crate) address: String,
    pub(crate) name: String,
    /// When the first run began that did not make them (RFC 3339, UTC).
    pub(crate) since: String,
}

/// A person's bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BundleState {
    pub(crate) key: PersonKey,
    /// The first mailbox.
    pub(crate) address: String,
    pub(crate) name: String,
    /// The path in the folder; blank where it is lost.
    pub(crate) bundle: String,
    /// In bytes.
    pub(crate) size: u64,
    /// SHA-256 of the certificate that signed the profiles, hexadecimal.
    pub(crate) signer: Option<String>,
}

impl Ledger {
    /// Stores who is waiting after the run `run`: people of the list, in `known`, whose files had to be made
    /// and were not.
    pub(crate) fn store_waiting(&mut self, run: RunId, known: &Known) -> Result<(), LedgerError> {
        let path = self.path.clone();
        let at = LedgerError::at(&path);
        let were: Vec<PersonKey> = {
            let mut statement = self
                .db
                .prepare("SELECT key FROM person WHERE waiting_since IS NOT NULL")
                .map_err(&at)?;
            let keys = statement.query_map([], |row| Ok(PersonKey(row.get(0)?))).map_err(&at)?;
            keys.collect::<rusqlite::Result<_>>().map_err(&at)?
        };
        let is_waiting =
            |person: &&KnownPerson| person.listing != Listing::Absent && !person.is_unchanged;
        self.change(|change| {
            // with the key alone: a bundle that this run made has its number
            let mut wait = change.prepare(
                "UPDATE person SET waiting_since = coalesce(waiting_since, (SELECT started_at FROM run WHERE id = ?2))
                 WHERE key = ?1 AND run <> ?2",
            )?;
            for person in known.iter().filter(is_waiting) {
                wait.execute(params![person.key.0, run.0])?;
            }
            let mut end = change.prepare(
                "UPDATE person SET waiting_since = NULL
                 WHERE key = ?1 AND (run = ?2 OR ?3 OR (?4 AND state <> 'current'))",
            )?;
            for key in were {
                // the row may be what it was when the files were made, or the person has left
                let [is_unchanged, is_listed] = known
                    .get(key)
                    .map_or([false; 2], |person| [person.is_unchanged, person.listing != Listing::Absent]);
                end.execute(params![key.0, run.0, is_unchanged, !is_listed])?;
            }
            Ok(())
        })
    }

    /// Ends the waiting of everybody who is not current any more.
    pub(crate) fn end_waiting_of_leavers(&self) -> Result<(), LedgerError> {
        let end = "UPDATE person SET waiting_since = NULL
                   WHERE waiting_since IS NOT NULL AND state <> 'current'";
        self.db.execute(end, []).map(|_| ()).map_err(self.at())
    }

    /// Everybody who is waiting, the longest first.
    pub(crate) fn waiting(&self) -> Result<Vec<Waiting>, LedgerError> {
        let mut statement = self
            .db
            .prepare(
                "SELECT addresses, name, waiting_since FROM person
                 WHERE waiting_since IS NOT NULL ORDER BY waiting_since, id",
            )
            .map_err(self.at())?;
        let rows = statement
            .query_map([], |row| {
                let addresses: String = row.get(0)?;
                let address = addresses.split(' ').next().unwrap_or_default().to_owned();
                Ok(Waiting { address, name: row.get(1)?, since: row.get(2)? })
            })
            .map_err(self.at())?;
        rows.collect::<rusqlite::Result<_>>().map_err(self.at())
    }

    /// Calls `each` with the bundle of everybody who is in the state `state`.
    pub(crate) fn each_bundle(
        &self,
        state: State,
        mut each: impl FnMut(&BundleState),
    ) -> Result<(), LedgerError> {
        let mut statement = self
            .db
            .prepare(
                "SELECT addresses, name, bundle, size, signer.sha256, key
                 FROM person LEFT JOIN signer ON signer.id = person.profile_signer
                 WHERE state = ?1 ORDER BY person.id",
            )
            .map_err(self.at())?;
        let mut rows = statement.query([state.id()]).map_err(self.at())?;
        while let Some(row) = rows.next().map_err(self.at())? {
            let read = || -> rusqlite::Result<BundleState> {
                let addresses: String = row.get(0)?;
                Ok(BundleState {
                    key: PersonKey(row.get(5)?),
                    address: addresses.split(' ').next().unwrap_or_default().to_owned(),
                    name: row.get(1)?,
                    bundle: row.get(2)?,
                    size: row.get(3)?,
                    signer: row.get(4)?,
                })
            };
            each(&read().map_err(self.at())?);
        }
        Ok(())
    }
}
