//! Certificates that signed files.

use rusqlite::{OptionalExtension as _, Row, params};

use super::{Ledger, LedgerError};

/// A certificate's number in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SignerId(pub(super) i64);

impl SignerId {
    /// A certificate that the ledger does not have.
    pub(crate) const UNKNOWN: Self = Self(-1);
}

/// A certificate that signed files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SignerRecord {
    /// SHA-256 of the certificate, hexadecimal.
    pub(crate) sha256: String,
    /// SHA-256 of the intermediate certificates that files carry, hexadecimal; blank where it is not known.
    pub(crate) chain_sha256: String,
    /// SHA-256 of its `SubjectPublicKeyInfo`, hexadecimal; blank where it is not known.
    pub(crate) key_sha256: String,
    pub(crate) subject: String,
    /// RFC 3339, UTC; blank where it is not known.
    pub(crate) not_after: String,
}

impl SignerRecord {
    /// Whether this certificate renews `other`: another certificate for the same key and name.
    pub(crate) fn renews(&self, other: &Self) -> bool {
        self.sha256 != other.sha256
            && self.key_sha256 == other.key_sha256
            && !self.key_sha256.is_empty()
            && self.subject == other.subject
    }
}

impl Ledger {
    /// The number of `signer`, which is stored if it is new. What was not known of it is added.
    pub(crate) fn signer_id(&self, signer: &SignerRecord) -> Result<SignerId, LedgerError> {
        self.db
            .query_row(
                "INSERT INTO signer (sha256, chain_sha256, key_sha256, subject, not_after) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (sha256, chain_sha256) DO UPDATE SET
                   key_sha256 = coalesce(nullif(excluded.key_sha256, ''), key_sha256),
                   not_after = coalesce(nullif(excluded.not_after, ''), not_after)
                 RETURNING id",
                params![
                    signer.sha256,
                    signer.chain_sha256,
                    signer.key_sha256,
                    signer.subject,
                    signer.not_after
                ],
                |row| row.get(0),
            )
            .map(SignerId)
            .map_err(self.at())
    }

    /// The number of `signer`, if the ledger has it.
    pub(crate) fn find_signer(
        &self,
        signer: &SignerRecord,
    ) -> Result<Option<SignerId>, LedgerError> {
        self.db
            .query_row(
                "SELECT id FROM signer WHERE sha256 = ?1 AND chain_sha256 = ?2",
                [&signer.sha256, &signer.chain_sha256],
                |row| row.get(0),
            )
            .optional()
            .map(|id| id.map(SignerId))
            .map_err(self.at())
    }

    /// Every certificate that signed files, by its end.
    pub(crate) fn signers(&self) -> Result<Vec<(SignerId, SignerRecord)>, LedgerError> {
        let mut statement = self
            .db
            .prepare(
                "SELECT id, sha256, chain_sha256, key_sha256, subject, not_after FROM signer ORDER BY not_after, id",
            )
            .map_err(self.at())?;
        let rows = statement
            .query_map([], |row| Ok((SignerId(row.get(0)?), signer(row)?)))
            .map_err(self.at())?;
        rows.collect::<rusqlite::Result<_>>().map_err(self.at())
    }

    /// Every certificate that signed a current person's files, with how many people have files of its.
    /// People whose profiles and scripts have two signers count for each.
    pub(crate) fn signers_in_use(&self) -> Result<Vec<(SignerId, SignerRecord, u64)>, LedgerError> {
        let mut statement = self
            .db
            .prepare(
                "SELECT signer.id, signer.sha256, chain_sha256, key_sha256, subject, not_after, count(person.id)
                 FROM signer JOIN person ON signer.id IN (person.profile_signer, person.script_signer)
                 WHERE person.state = 'current'
                 GROUP BY signer.id ORDER BY not_after, signer.id",
            )
            .map_err(self.at())?;
        let rows = statement
            .query_map([], |row| Ok((SignerId(row.get(0)?), signer(row)?, row.get(6)?)))
            .map_err(self.at())?;
        rows.collect::<rusqlite::Result<_>>().map_err(self.at())
    }
}

/// The certificate in the columns after the first.
fn signer(row: &Row<'_>) -> rusqlite::Result<SignerRecord> {
    Ok(SignerRecord {
        sha256: row.get(1)?,
        chain_sha256: row.get(2)?,
        key_sha256: row.get(3)?,
        subject: row.get(4)?,
        not_after: row.get(5)?,
    })
}
