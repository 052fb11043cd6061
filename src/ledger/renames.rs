//! People without id whose address changed.

use rusqlite::params;

use super::{Ledger, LedgerError, PersonKey};
use crate::domain::account::AccountKey;
use crate::domain::email::EmailAddress;
use crate::domain::renames::Renames;

impl Ledger {
    /// Addresses that have another key than their own.
    pub(crate) fn renames(&self) -> Result<Renames, LedgerError> {
        let mut statement =
            self.db.prepare("SELECT address, key FROM rename").map_err(self.at())?;
        let rows = statement
            .query_map([], |row| Ok((row.get(0)?, PersonKey(row.get(1)?))))
            .map_err(self.at())?;
        let rows: Vec<(String, PersonKey)> =
            rows.collect::<rusqlite::Result<_>>().map_err(self.at())?;
        let key = |(address, key): (String, PersonKey)| {
            AccountKey::from_hex(&key.to_string()).map(|key| (address, key))
        };
        Ok(rows.into_iter().filter_map(key).collect())
    }

    /// Gives the key `key` of the person at the address `old` to `new`, in one transaction. The next person with the
    /// old address is another person, with a key of their own.
    pub(crate) fn move_key(
        &mut self,
        key: &AccountKey,
        old: &EmailAddress,
        new: &EmailAddress,
    ) -> Result<(), LedgerError> {
        self.change(|change| {
            for (address, key) in
                [(new, key.clone()), (old, AccountKey::of_reused_address(old, key))]
            {
                change.execute(
                    "INSERT OR REPLACE INTO rename (address, key) VALUES (?1, ?2)",
                    params![address.normalized(), PersonKey::from(&key).0],
                )?;
            }
            Ok(())
        })
    }
}
