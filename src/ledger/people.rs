//! People: stored in groups, and read one by one.

use std::sync::Arc;

use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use super::record::{Event, Package, PersonRecord, State};
use super::runs::RunId;
use super::staged::{self, Upcoming};
use super::{Ledger, LedgerError, PersonKey, SignerId};
use crate::domain::label::{Label, Labels};

/// A person as the ledger has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredPerson {
    pub(crate) record: PersonRecord,
    pub(crate) state: State,
    /// When this state began (RFC 3339, UTC).
    pub(crate) since: String,
    /// When the bundle was made (RFC 3339, UTC).
    pub(crate) made_at: String,
    /// SHA-256 of the certificates that signed profiles and scripts, hexadecimal.
    pub(crate) signers: Option<(String, String)>,
    /// The removal package of a person who is retired.
    pub(crate) removal: Option<Package>,
}

const COLUMNS: &str = "person.key, fingerprint, person.size, bundle, person.sha256, name, addresses, client, \"group\", department, \
     identifiers, person.settings, setup.settings, person.profile_signer, person.script_signer, state, since, run.started_at, \
     profiles.sha256, scripts.sha256, removal.package, removal.size, removal.sha256 FROM person JOIN run ON run.id = person.run \
     LEFT JOIN removal ON removal.person = person.id LEFT JOIN setup ON setup.id = person.setup LEFT JOIN signer AS profiles ON profiles.id = person.profile_signer \
     LEFT JOIN signer AS scripts ON scripts.id = person.script_signer";

impl Ledger {
    /// Stores people whose bundles are in their places, what happened, and what comes `next`, in one transaction.
    pub(crate) fn store(
        &mut self,
        run: RunId,
        people: &[PersonRecord],
        events: &[Event],
        next: &Upcoming,
    ) -> Result<(), LedgerError> {
        self.change(|change| {
            let mut storing = Storing::begin(change, run)?;
            for person in people {
                storing.person(person)?;
                staged::forget(change, &person.bundle)?;
            }
            store_events(change, run, events)?;
            let mut forget = change.prepare_cached(
                "UPDATE person SET fingerprint = NULL WHERE bundle = ?1 AND fingerprint IS NOT NULL",
            )?;
            for path in &next.replaced {
                forget.execute([path])?;
            }
            next.staged.iter().try_for_each(|bundle| staged::store(change, bundle))
        })
    }

    /// Stores that people left, were retired or returned, with the path where their bundle is now, in one
    /// transaction.
    pub(crate) fn set_states(
        &mut self,
        run: RunId,
        people: &[(PersonKey, State, Option<String>)],
        events: &[Event],
    ) -> Result<(), LedgerError> {
        self.change(|change| {
            let mut statement = change.prepare_cached(
                "UPDATE person SET state = ?2, bundle = coalesce(?3, bundle),
                   since = CASE state WHEN ?2 THEN since ELSE (SELECT started_at FROM run WHERE id = ?4) END
                 WHERE key = ?1",
            )?;
            for (key, state, bundle) in people {
                statement.execute(params![key.0, state.id(), bundle, run.0])?;
            }
            store_events(change, run, events)
        })
    }

    /// Stores the labels of people whose files did not change, in one transaction.
    pub(crate) fn set_labels(&mut self, people: &[(PersonKey, Labels)]) -> Result<(), LedgerError> {
        self.change(|change| {
            let mut statement = change.prepare_cached(
                "UPDATE person SET client = ?2, \"group\" = ?3, department = ?4 WHERE key = ?1",
            )?;
            for (key, labels) in people {
                let [client, group, department] = labels.texts();
                statement.execute(params![key.0, client, group, department])?;
            }
            Ok(())
        })
    }

    /// How many people are current, have left and are retired.
    pub(crate) fn people_by_state(&self) -> Result<[u64; 3], LedgerError> {
        let [current, left, retired] = State::ALL.map(State::id);
        self.db
            .query_row(
                "SELECT count(*) FILTER (WHERE state = ?1), count(*) FILTER (WHERE state = ?2),
                   count(*) FILTER (WHERE state = ?3) FROM person",
                [current, left, retired],
                |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]),
            )
            .map_err(self.at())
    }

    /// The person with the key `key`.
    pub(crate) fn person(&self, key: PersonKey) -> Result<Option<StoredPerson>, LedgerError> {
        let sql = format!("SELECT {COLUMNS} WHERE person.key = ?1");
        let mut statement = self.db.prepare_cached(&sql).map_err(self.at())?;
        statement.query_row([key.0], stored).optional().map_err(self.at())
    }

    /// Everybody who has the address `address`, in any case.
    pub(crate) fn people_with(&self, address: &str) -> Result<Vec<StoredPerson>, LedgerError> {
        let sql = format!(
            "SELECT {COLUMNS} WHERE instr(' ' || lower(addresses) || ' ', ?1) ORDER BY person.id"
        );
        let mut statement = self.db.prepare(&sql).map_err(self.at())?;
        let rows = statement
            .query_map([format!(" {} ", address.to_lowercase())], stored)
            .map_err(self.at())?;
        rows.collect::<rusqlite::Result<_>>().map_err(self.at())
    }

    /// Calls `each` with every address of every current person.
    pub(crate) fn current_addresses(
        &self,
        mut each: impl FnMut(PersonKey, &str),
    ) -> Result<(), LedgerError> {
        let mut statement = self
            .db
            .prepare("SELECT key, addresses FROM person WHERE state = ?1")
            .map_err(self.at())?;
        let mut rows = statement.query([State::Current.id()]).map_err(self.at())?;
        while let Some(row) = rows.next().map_err(self.at())? {
            let key = PersonKey(row.get(0).map_err(self.at())?);
            let addresses: String = row.get(1).map_err(self.at())?;
            addresses.split(' ').for_each(|address| each(key, address));
        }
        Ok(())
    }

    /// Runs `work` in one transaction: all of it is stored, or nothing.
    pub(super) fn change(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), LedgerError> {
        let at = LedgerError::at(&self.path);
        let change = self.db.transaction().map_err(&at)?;
        work(&change).map_err(&at)?;
        change.commit().map_err(&at)
    }
}

/// What the people of one transaction share.
struct Storing<'a> {
    change: &'a Transaction<'a>,
    run: RunId,
    started_at: String,
    /// Whether anybody has a removal package, which is deleted: almost never.
    has_removals: bool,
    /// The setup of the last person: almost always the next person's too.
    setup: Option<(Arc<str>, i64)>,
}

impl<'a> Storing<'a> {
    fn begin(change: &'a Transaction<'a>, run: RunId) -> rusqlite::Result<Self> {
        let started_at = change
            .prepare_cached("SELECT started_at FROM run WHERE id = ?1")?
            .query_row([run.0], |row| row.get(0))?;
        let has_removals = change
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM removal)")?
            .query_row([], |row| row.get(0))?;
        Ok(Self { change, run, started_at, has_removals, setup: None })
    }

    fn person(&mut self, person: &PersonRecord) -> rusqlite::Result<()> {
        let setup = person.setup.as_ref().map(|settings| self.setup_id(settings)).transpose()?;
        let [client, group, department] = person.labels.texts();
        self.change
            .prepare_cached(
                "INSERT INTO person (key, fingerprint, size, state, since, run, bundle, sha256, name, addresses, client, \"group\",
                   department, identifiers, settings, setup, profile_signer, script_signer)
                 VALUES (?1, ?2, ?3, 'current', ?17, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
                 ON CONFLICT (key) DO UPDATE SET
                   fingerprint = excluded.fingerprint, size = excluded.size,
                   since = CASE state WHEN 'current' THEN since ELSE excluded.since END, state = 'current',
                   run = excluded.run, bundle = excluded.bundle, sha256 = excluded.sha256, name = excluded.name,
                   addresses = excluded.addresses, client = excluded.client, \"group\" = excluded.\"group\",
                   department = excluded.department, identifiers = excluded.identifiers,
                   settings = excluded.settings, setup = excluded.setup, profile_signer = excluded.profile_signer,
                   script_signer = excluded.script_signer",
            )?
            .execute(params![
                person.key.0,
                person.fingerprint.map(|fingerprint| fingerprint.0),
                person.size,
                self.run.0,
                person.bundle,
                person.sha256,
                person.name,
                person.addresses.join(" "),
                client,
                group,
                department,
                person.identifiers.join(" "),
                person.settings,
                setup,
                person.signers.map(|(profiles, _)| profiles.0),
                person.signers.map(|(_, scripts)| scripts.0),
                self.started_at,
            ])?;
        if self.has_removals {
            self.change
                .prepare_cached(
                    "DELETE FROM removal WHERE person = (SELECT id FROM person WHERE key = ?1)",
                )?
                .execute([person.key.0])?;
        }
        Ok(())
    }

    fn setup_id(&mut self, settings: &Arc<str>) -> rusqlite::Result<i64> {
        if let Some((last, id)) = &self.setup
            && Arc::ptr_eq(last, settings)
        {
            return Ok(*id);
        }
        let id = setup_id(self.change, settings)?;
        self.setup = Some((Arc::clone(settings), id));
        Ok(id)
    }
}

fn setup_id(change: &Transaction<'_>, settings: &str) -> rusqlite::Result<i64> {
    let known = change
        .prepare_cached("SELECT id FROM setup WHERE settings = ?1")?
        .query_row([settings], |row| row.get(0))
        .optional()?;
    if let Some(id) = known {
        return Ok(id);
    }
    change.prepare_cached("INSERT INTO setup (settings) VALUES (?1)")?.execute([settings])?;
    Ok(change.last_insert_rowid())
}

pub(super) fn store_events(
    change: &Transaction<'_>,
    run: RunId,
    events: &[Event],
) -> rusqlite::Result<()> {
    let mut statement = change.prepare_cached(
        "INSERT INTO event (run, person, kind, details, action)
         VALUES (?1, (SELECT id FROM person WHERE key = ?2), ?3, ?4, ?5)",
    )?;
    for event in events {
        statement.execute(params![
            run.0,
            event.person.0,
            event.kind.id(),
            event.details,
            event.action
        ])?;
    }
    Ok(())
}

fn stored(row: &Row<'_>) -> rusqlite::Result<StoredPerson> {
    let words =
        |text: String| text.split(' ').map(str::to_owned).filter(|w| !w.is_empty()).collect();
    let label = |at| -> rusqlite::Result<Option<Label>> {
        Ok(row.get::<_, Option<String>>(at)?.as_deref().and_then(Label::of))
    };
    let state: String = row.get(15)?;
    let fingerprint: Option<[u8; 16]> = row.get(1)?;
    let setup: Option<String> = row.get(12)?;
    let signers: (Option<i64>, Option<i64>) = (row.get(13)?, row.get(14)?);
    Ok(StoredPerson {
        record: PersonRecord {
            key: PersonKey(row.get(0)?),
            fingerprint: fingerprint.map(super::Fingerprint),
            size: row.get(2)?,
            bundle: row.get(3)?,
            sha256: row.get(4)?,
            name: row.get(5)?,
            addresses: words(row.get(6)?),
            labels: Labels { client: label(7)?, group: label(8)?, department: label(9)? },
            identifiers: words(row.get(10)?),
            settings: row.get(11)?,
            setup: setup.map(Into::into),
            signers: signers.0.zip(signers.1).map(|(a, b)| (SignerId(a), SignerId(b))),
        },
        state: State::ALL.into_iter().find(|known| known.id() == state).unwrap_or(State::Left),
        since: row.get(16)?,
        made_at: row.get(17)?,
        signers: Option::zip(row.get(18)?, row.get(19)?),
        removal: match row.get::<_, Option<String>>(20)? {
            Some(path) => Some(Package { path, size: row.get(21)?, sha256: row.get(22)? }),
            None => None,
        },
    })
}
