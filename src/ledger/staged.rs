//! Bundles that a run is putting into their places, stored before it does: only so can the next run tell a bundle
//! that a killed run has placed from one that someone else put there.

use rusqlite::{Transaction, params};

use super::{Ledger, LedgerError, PersonKey};

/// A bundle that `generate` is about to put into its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StagedBundle {
    /// Path in the folder.
    pub(crate) path: String,
    pub(crate) person: PersonKey,
    /// In bytes.
    pub(crate) size: u64,
    pub(crate) sha256: [u8; 32],
}

/// What has become of the bundle that a person had before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Former {
    /// It is where it was, for the staged one has another path.
    Intact,
    /// The staged bundle, for the same addresses, is in its place: that is the person's now.
    Replaced,
    /// It is not there any more, and the staged one is for other addresses, which nobody knows of.
    Gone,
}

/// What a run is about to do to bundles.
#[derive(Debug, Default)]
pub(crate) struct Upcoming {
    /// Paths of bundles that are about to be replaced or removed: until their people are stored again, the ledger
    /// does not know what they were made from.
    pub(crate) replaced: Vec<String>,
    /// Bundles that are about to be put into their places.
    pub(crate) staged: Vec<StagedBundle>,
}

impl Ledger {
    /// Stores that these bundles are about to be put into their places, in one transaction.
    pub(crate) fn stage(&mut self, bundles: &[StagedBundle]) -> Result<(), LedgerError> {
        if bundles.is_empty() {
            return Ok(());
        }
        self.change(|change| bundles.iter().try_for_each(|bundle| store(change, bundle)))
    }

    /// Every bundle that runs that were stopped may have put into its place.
    pub(crate) fn staged(&self) -> Result<Vec<StagedBundle>, LedgerError> {
        let mut statement = self
            .db
            .prepare("SELECT bundle, key, size, sha256 FROM staged ORDER BY bundle")
            .map_err(self.at())?;
        let rows = statement.query_map([], |row| {
            Ok(StagedBundle {
                path: row.get(0)?,
                person: PersonKey(row.get(1)?),
                size: row.get(2)?,
                sha256: row.get(3)?,
            })
        });
        rows.and_then(Iterator::collect).map_err(self.at())
    }

    /// Stores what has become of the person's former bundle, now that `bundle`, which a stopped run had staged, is in
    /// its place. Nobody else's bundle is there any more. What the person's devices have stays as it is known.
    pub(crate) fn settle_staged(
        &mut self,
        bundle: &StagedBundle,
        former: Former,
    ) -> Result<(), LedgerError> {
        let StagedBundle { path, person, size, sha256 } = bundle;
        self.change(|change| {
            change.execute(
                "UPDATE person SET bundle = '', fingerprint = NULL WHERE bundle = ?1 AND key <> ?2",
                params![path, person.0],
            )?;
            match former {
                Former::Intact => Ok(()),
                Former::Gone => change
                    .execute(
                        "UPDATE person SET bundle = '', fingerprint = NULL WHERE key = ?1",
                        [person.0],
                    )
                    .map(|_| ()),
                Former::Replaced => {
                    change.execute(
                        "UPDATE person SET size = ?2, sha256 = ?3, fingerprint = NULL WHERE key = ?1",
                        params![person.0, size, sha256],
                    )?;
                    forget(change, path)
                }
            }
        })
    }

    /// Forgets the staged bundles at `paths`, in one transaction.
    pub(crate) fn forget_staged(&mut self, paths: &[&str]) -> Result<(), LedgerError> {
        self.change(|change| paths.iter().try_for_each(|path| forget(change, path)))
    }
}

pub(super) fn store(change: &Transaction<'_>, bundle: &StagedBundle) -> rusqlite::Result<()> {
    let StagedBundle { path, person, size, sha256 } = bundle;
    change
        .prepare_cached(
            "INSERT OR REPLACE INTO staged (bundle, key, size, sha256) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![path, person.0, size, sha256])?;
    Ok(())
}

pub(super) fn forget(change: &Transaction<'_>, path: &str) -> rusqlite::Result<()> {
    change.prepare_cached("DELETE FROM staged WHERE bundle = ?1")?.execute([path])?;
    Ok(())
}
