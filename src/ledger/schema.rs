//! The tables, and how an older ledger becomes a current one.

use std::time::Duration;

use rusqlite::Connection;

use super::{Ledger, LedgerError};
use crate::domain::TOOL;

/// `mmLg`: marks the file as ours (<https://www.sqlite.org/pragma.html#pragma_application_id>).
const APPLICATION_ID: i32 = 0x6d6d_4c67;

/// One script for each version: from an empty file to version 1, from 1 to 2, and so on. A script that was
/// released never changes.
const MIGRATIONS: &[&str] = &[include_str!("schema/1.sql"), include_str!("schema/2.sql")];

/// How long another program, a reader for example, is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Settings of the connection, not of the file. A rollback journal instead of a write-ahead log: the folder
/// can be copied between runs without files beside the ledger.
pub(super) fn set_up(db: &Connection) -> rusqlite::Result<()> {
    db.busy_timeout(PATIENCE)?;
    db.set_prepared_statement_cache_capacity(32);
    // has an effect on a new ledger only: a whole ledger is read in every run, and four times the usual size
    // takes a quarter of the calls
    db.pragma_update(None, "page_size", 16_384)?;
    // 16 MB of pages
    db.pragma_update(None, "cache_size", -16_000)?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "foreign_keys", true)?;
    // a file that someone else made must not run code of its own
    db.pragma_update(None, "trusted_schema", false)
}

impl Ledger {
    /// Refuses what this version cannot read as it is.
    pub(super) fn check_version(&self) -> Result<(), LedgerError> {
        let path = || self.path.clone();
        match self.version()? {
            version if version == current() => Ok(()),
            0 => Err(LedgerError::Foreign { path: path() }),
            version if version < current() => Err(LedgerError::Older { path: path() }),
            _ => Err(LedgerError::Newer { path: path(), tool: self.tool() }),
        }
    }

    /// Brings the schema up to date, in one transaction.
    pub(super) fn migrate(&mut self, identifier: &str) -> Result<(), LedgerError> {
        let from = self.version()?;
        if from > current() {
            return Err(LedgerError::Newer { path: self.path.clone(), tool: self.tool() });
        }
        if from == current() {
            return Ok(());
        }
        let at = LedgerError::at(&self.path);
        let migration = self.db.transaction().map_err(&at)?;
        for script in &MIGRATIONS[usize::try_from(from).unwrap_or_default()..] {
            migration.execute_batch(script).map_err(&at)?;
        }
        if from == 0 {
            migration
                .execute(
                    "INSERT INTO folder (one, identifier, tool) VALUES (1, ?1, ?2)",
                    [identifier, TOOL],
                )
                .map_err(&at)?;
        } else {
            migration.execute("UPDATE folder SET tool = ?1", [TOOL]).map_err(&at)?;
        }
        migration.pragma_update(None, "application_id", APPLICATION_ID).map_err(&at)?;
        migration.pragma_update(None, "user_version", current()).map_err(&at)?;
        migration.commit().map_err(&at)
    }

    /// The schema's version; 0 for an empty file. Errors where the file is another program's.
    fn version(&self) -> Result<i32, LedgerError> {
        let pragma = |name| self.db.pragma_query_value(None, name, |row| row.get(0));
        let id: i32 = pragma("application_id").map_err(self.at())?;
        let version: i32 = pragma("user_version").map_err(self.at())?;
        let tables: i32 = self
            .db
            .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
            .map_err(self.at())?;
        match (id, version, tables) {
            (0, 0, 0) => Ok(0),
            (APPLICATION_ID, 1.., 1..) => Ok(version),
            _ => Err(LedgerError::Foreign { path: self.path.clone() }),
        }
    }

    /// The program that wrote the schema, as far as a later schema still has its name.
    fn tool(&self) -> String {
        let tool = self.db.query_row("SELECT tool FROM folder", [], |row| row.get(0));
        tool.unwrap_or_else(|_| "a later version of mailmuster".to_owned())
    }
}

fn current() -> i32 {
    i32::try_from(MIGRATIONS.len()).unwrap_or(i32::MAX)
}
