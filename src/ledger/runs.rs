//! Runs and what happened in them.

use rusqlite::{OptionalExtension as _, ToSql, params};

use super::{Ledger, LedgerError, PersonKey, SignerId};
use crate::domain::TOOL;

/// A run's number in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RunId(pub(super) i64);

/// What a run was started as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// A whole list.
    Generate,
    /// A list of further people.
    Add,
    /// The same files under new signatures.
    Resign,
    /// A folder of a version without ledger.
    Adopt,
    /// A new ledger in place of a damaged one.
    Rebuild,
    /// Another address for a person.
    Rename,
    /// People are retired, and no bundles made.
    Retire,
}

impl Command {
    /// The word in the ledger.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Generate => "generate",
            Self::Add => "add",
            Self::Resign => "resign",
            Self::Adopt => "adopt",
            Self::Rebuild => "rebuild",
            Self::Rename => "rename",
            Self::Retire => "retire",
        }
    }
}

/// A run that begins.
#[derive(Clone, Debug)]
pub(crate) struct NewRun {
    pub(crate) command: Command,
    /// RFC 3339, UTC.
    pub(crate) started_at: String,
    /// The list, as the admin named it, with its SHA-256 in hexadecimal.
    pub(crate) list: Option<(String, String)>,
    pub(crate) provider: Option<String>,
    /// Who signs profiles and scripts.
    pub(crate) signers: Option<(SignerId, SignerId)>,
}

/// A run as the ledger has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredRun {
    pub(crate) started_at: String,
    /// `None`: the run was stopped, or is running.
    pub(crate) ended_at: Option<String>,
    pub(crate) command: String,
    pub(crate) tool: String,
    pub(crate) list: Option<String>,
    /// How many events it has, by kind.
    pub(crate) events: Vec<(String, u64)>,
}

/// An event as the ledger has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredEvent {
    pub(crate) at: String,
    pub(crate) command: String,
    pub(crate) kind: String,
    pub(crate) details: String,
    pub(crate) action: String,
    /// Whose: name and addresses.
    pub(crate) name: String,
    pub(crate) addresses: String,
}

impl Ledger {
    /// When the last run began (RFC 3339, UTC).
    pub(crate) fn last_start(&self) -> Result<Option<String>, LedgerError> {
        self.db
            .query_row("SELECT max(started_at) FROM run", [], |row| row.get(0))
            .map_err(self.at())
    }

    /// Begins a run. Times never decrease: where the clock was set back, the last run's time is stored.
    pub(crate) fn begin(&self, run: &NewRun) -> Result<RunId, LedgerError> {
        let (list, digest) = match &run.list {
            Some((list, digest)) => (Some(list), Some(digest)),
            None => (None, None),
        };
        self.db
            .execute(
                "INSERT INTO run (started_at, command, tool, list, list_sha256, provider, profile_signer, script_signer)
                 VALUES (max(?1, coalesce((SELECT max(coalesce(ended_at, started_at)) FROM run), '')), ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                params![
                    run.started_at,
                    run.command.id(),
                    TOOL,
                    list,
                    digest,
                    run.provider,
                    run.signers.map(|(profiles, _)| profiles.0),
                    run.signers.map(|(_, scripts)| scripts.0),
                ],
            )
            .map_err(self.at())?;
        Ok(RunId(self.db.last_insert_rowid()))
    }

    /// Ends the run `run`: everything it set out to do is done. `at` is RFC 3339, UTC.
    pub(crate) fn end(&self, run: RunId, at: &str) -> Result<(), LedgerError> {
        self.db
            .execute(
                "UPDATE run SET ended_at = max(?2, started_at) WHERE id = ?1",
                params![run.0, at],
            )
            .map_err(self.at())?;
        Ok(())
    }

    /// The last `most` runs, the latest first.
    pub(crate) fn recent_runs(&self, most: u32) -> Result<Vec<StoredRun>, LedgerError> {
        let mut runs = self
            .db
            .prepare(
                "SELECT id, started_at, ended_at, command, tool, list FROM run ORDER BY id DESC LIMIT ?1",
            )
            .map_err(self.at())?;
        let mut events = self
            .db
            .prepare("SELECT kind, count(*) FROM event WHERE run = ?1 GROUP BY kind ORDER BY kind")
            .map_err(self.at())?;
        let rows = runs
            .query_map([most], |row| {
                let id: i64 = row.get(0)?;
                let counted = events.query_map([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
                Ok(StoredRun {
                    started_at: row.get(1)?,
                    ended_at: row.get(2)?,
                    command: row.get(3)?,
                    tool: row.get(4)?,
                    list: row.get(5)?,
                    events: counted.collect::<rusqlite::Result<_>>()?,
                })
            })
            .map_err(self.at())?;
        rows.collect::<rusqlite::Result<_>>().map_err(self.at())
    }

    /// Whether the last run was stopped before its end. A rename since then has completed nothing.
    pub(crate) fn is_unfinished(&self) -> Result<bool, LedgerError> {
        let sql =
            "SELECT ended_at IS NULL FROM run WHERE command <> 'rename' ORDER BY id DESC LIMIT 1";
        let last = self.db.query_row(sql, [], |row| row.get(0)).optional();
        last.map(Option::unwrap_or_default).map_err(self.at())
    }

    /// What happened to the person with the key `key`, the latest first.
    pub(crate) fn history(&self, key: PersonKey) -> Result<Vec<StoredEvent>, LedgerError> {
        let mut events = Vec::new();
        self.events("WHERE person.key = ?1 ORDER BY event.id DESC", &key.0, |event| {
            events.push(event);
            Ok::<_, LedgerError>(())
        })?;
        Ok(events)
    }

    /// Calls `each` with everything that happened since the last run that was finished, in its order: a run
    /// that was stopped has not reported what it did.
    pub(crate) fn unreported<E: From<LedgerError>>(
        &self,
        each: impl FnMut(StoredEvent) -> Result<(), E>,
    ) -> Result<(), E> {
        let since =
            "WHERE run.id > coalesce((SELECT max(id) FROM run WHERE ended_at IS NOT NULL AND command <> 'rename'), ?1)
                     ORDER BY event.id";
        self.events(since, &0, each)
    }

    fn events<E: From<LedgerError>>(
        &self,
        which: &str,
        parameter: &dyn ToSql,
        mut each: impl FnMut(StoredEvent) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = format!(
            "SELECT run.started_at, run.command, event.kind, event.details, event.action, person.name, person.addresses
             FROM event JOIN run ON run.id = event.run JOIN person ON person.id = event.person {which}"
        );
        let mut statement = self.db.prepare(&sql).map_err(self.at())?;
        let mut rows = statement.query([parameter]).map_err(self.at())?;
        while let Some(row) = rows.next().map_err(self.at())? {
            let event = || -> rusqlite::Result<StoredEvent> {
                Ok(StoredEvent {
                    at: row.get(0)?,
                    command: row.get(1)?,
                    kind: row.get(2)?,
                    details: row.get(3)?,
                    action: row.get(4)?,
                    name: row.get(5)?,
                    addresses: row.get(6)?,
                })
            };
            each(event().map_err(self.at())?)?;
        }
        Ok(())
    }
}
