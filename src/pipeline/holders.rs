//! Who has which address, as the folder remembers it.

use sha2::{Digest as _, Sha256};

use super::Checked;
use crate::domain::email::EmailAddress;
use crate::ledger::{Holder, Known, Ledger, LedgerError, Listing, PersonKey, State};

/// The addresses of current people, in 24 bytes each. Empty unless the list has further people only: a whole
/// list says itself who has an address now.
#[derive(Debug, Default)]
pub(crate) struct Holders(Vec<(u64, PersonKey)>);

impl Holders {
    /// Those of the current people in `ledger`.
    pub(crate) fn of(ledger: Option<&Ledger>) -> Result<Self, LedgerError> {
        let mut holders = Vec::new();
        if let Some(ledger) = ledger {
            ledger.current_addresses(|key, text| {
                let address = EmailAddress::try_from(text).ok();
                holders.extend(address.map(|address| (digest(&address), key)));
            })?;
        }
        holders.sort_unstable_by_key(|(address, _)| *address);
        Ok(Self(holders))
    }

    /// Whether `address` belongs to another person than `key`, and not to `key` too.
    pub(super) fn is_another_s(&self, address: &EmailAddress, key: PersonKey) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let address = digest(address);
        let from = self.0.partition_point(|(other, _)| *other < address);
        let mut keys = self.0[from..].iter().take_while(|(other, _)| *other == address).peekable();
        keys.peek().is_some() && keys.all(|(_, other)| *other != key)
    }
}

/// Half of the bits are enough: a row is refused by mistake once in 10^13 rows of a folder with a million people.
fn digest(address: &EmailAddress) -> u64 {
    let digest = Sha256::digest(address.normalized());
    digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Finds current people whose first address the list gives to another person, and with it the place of their
/// bundle. A refused row does not keep them: their bundle is replaced, so they have left.
pub(crate) fn find_successors(
    known: &mut Known,
    checked: &Checked,
    ledger: Option<&Ledger>,
) -> Result<(), LedgerError> {
    let Some(ledger) = ledger else { return Ok(()) };
    let without_bundle = known
        .iter_mut()
        .filter(|person| person.state == State::Current && person.listing != Listing::Sound);
    for person in without_bundle {
        let Some(stored) = ledger.person(person.key)? else { continue };
        let address = stored.record.addresses.first();
        let address = address.and_then(|text| EmailAddress::try_from(text.as_str()).ok());
        if address.is_some_and(|address| checked.seen.has(&address)) {
            person.first_address = Holder::Successor;
            person.listing = Listing::Absent;
        }
    }
    Ok(())
}
