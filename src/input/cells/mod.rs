//! A row's cells to a person.

use ::csv::ByteRecord;
use time::Date;

use super::columns::{Field, Mapping};
use super::fault::{RowError, RowFault};
use super::{Location, Password, Row, RowContent, Shape, Skip, Skipped, clean, words};
use crate::domain::label::Labels;
use crate::domain::password::{MailPassword, MailPasswords, PasswordFault};
use crate::domain::person::PersonId;
use crate::domain::secret::Secret;
use read::Cells;

mod address;
mod directory;
mod parts;
mod read;

pub(super) use address::bare_address;

/// Reads `record` by `mapping`. Every fault of the row is reported, not only the first. `clean` is the
/// row without the marks of other programs, where it has any.
pub(super) fn to_row(
    record: &ByteRecord,
    clean: Option<&clean::Cleaned>,
    mapping: &Mapping,
    shape: Shape,
    location: Location,
    today: Option<Date>,
) -> Row {
    let mut row = Row {
        location,
        id: None,
        content: RowContent::Refused(RowError { faults: Vec::new(), address: None }),
        missing_cells: mapping.width().saturating_sub(record.len()),
        warnings: Vec::new(),
        password: Password::None,
        labels: Labels::default(),
    };
    let bare = clean.map_or(record, |clean| &clean.record);
    let mut cells = Cells::new(record, bare, mapping, shape, today);
    // even where cells have moved: it may be another row of the previous person
    row.id = cells
        .quiet(Field::Id)
        .filter(|text| !words::is_no_id(text))
        .and_then(|text| PersonId::try_from(text).ok());
    if let Some(fault) = moved(record, mapping, shape) {
        row.content = RowContent::Refused(fault.into());
        return row;
    }
    if let Some(skip) = cells.skip() {
        row.labels = cells.labels();
        row.content = RowContent::Skipped(skip);
        return row;
    }
    cells.look_at_unread();
    let person = cells.person();
    row.warnings = cells.warnings;
    row.warnings.extend(clean.into_iter().flat_map(|clean| clean.warnings.iter().cloned()));
    if cells.faults.is_empty() {
        row.id.clone_from(&person.id);
    }
    row.password = password(record, mapping);
    if !cells.faults.is_empty() {
        row.labels.clone_from(&person.rest.labels);
    }
    let address = person.address.clone();
    row.content = match person.finish() {
        Ok(person) if cells.faults.is_empty() => RowContent::Person(Box::new(person)),
        Ok(_) => RowContent::Refused(RowError { faults: cells.faults, address }),
        Err(fault) => {
            cells.faults.extend(fault);
            RowContent::Refused(RowError { faults: cells.faults, address })
        }
    };
    row
}

/// The skipped example row of a template.
pub(super) fn example(location: Location, mapping: &Mapping, at: usize) -> Row {
    left_out(location, mapping, at, "Example: ...", Skipped::Person)
}

/// The skipped row of totals below the list. `at` is the column by which it is recognized.
pub(super) fn totals(record: &ByteRecord, location: Location, mapping: &Mapping, at: usize) -> Row {
    let value = String::from_utf8_lossy(record.get(at).unwrap_or_default());
    left_out(location, mapping, at, value.trim(), Skipped::Totals)
}

fn left_out(location: Location, mapping: &Mapping, at: usize, value: &str, what: Skipped) -> Row {
    let skip = Skip {
        address: String::new(),
        column: mapping.header_at(at).to_owned(),
        value: value.to_owned(),
        what,
    };
    Row {
        location,
        id: None,
        content: RowContent::Skipped(skip),
        missing_cells: 0,
        warnings: Vec::new(),
        password: Password::None,
        labels: Labels::default(),
    }
}

/// The fault of a row whose cells may be under the wrong header: none can be trusted then.
fn moved(record: &ByteRecord, mapping: &Mapping, shape: Shape) -> Option<RowFault> {
    if shape.stray_quote {
        return Some(RowFault::StrayQuote { lines: shape.lines });
    }
    let mut extra = record.iter().skip(mapping.width());
    // blank ones at the end are harmless, except where a password may have moved into a column that
    // is read
    let moved = if mapping.has_secrets() {
        extra.next().is_some()
    } else {
        extra.any(|cell| !cell.trim_ascii().is_empty())
    };
    let (found, expected) = (record.len(), mapping.width());
    if moved {
        return Some(RowFault::TooManyCells { found, expected });
    }
    // a row without its last cells may lack another one instead: then a password has moved
    let ends_early = mapping.has_secrets() && shape.delimiter.is_some() && found < expected;
    ends_early.then_some(RowFault::TooFewCells { found, expected })
}

/// The passwords of a row; `None` if it has none that could be used. Only for signing in.
pub(super) fn passwords(
    record: &ByteRecord,
    mapping: &Mapping,
) -> Option<Result<MailPasswords, PasswordFault>> {
    if password(record, mapping) == Password::None {
        return None;
    }
    let read = |field| {
        let cell =
            filled(record, mapping, field).filter(|cell| !is_masked(cell) && !is_hashed(cell))?;
        Some(MailPassword::try_from(Secret::new(cell.to_vec())))
    };
    let incoming = read(Field::Password)?;
    let outgoing = read(Field::OutgoingPassword).transpose();
    Some(incoming.and_then(|incoming| Ok(MailPasswords { incoming, outgoing: outgoing? })))
}

/// Stars in the place of a password, as exports write them.
fn is_masked(cell: &[u8]) -> bool {
    cell.iter().all(|byte| *byte == b'*')
}

/// A hash in the place of a password, as directories and panels export it: `{SSHA}…` (RFC 2307 §5.3) or `$6$…`
/// (crypt(5)). A server would count it as a wrong password.
fn is_hashed(cell: &[u8]) -> bool {
    let (end, shortest) = match cell.first() {
        // the shortest is of DES
        Some(b'{') => (b'}', 13),
        // the shortest is of MD5, with a salt
        Some(b'$') => (b'$', 23),
        _ => return false,
    };
    let mut parts = cell[1..].splitn(2, |byte| *byte == end);
    let (scheme, hash) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let is_scheme = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    let is_hash = |byte: &u8| byte.is_ascii_alphanumeric() || b"./+=$,-_".contains(byte);
    (1..=16).contains(&scheme.len())
        && scheme.iter().all(is_scheme)
        && hash.len() >= shortest
        && hash.iter().all(is_hash)
}

/// The cell of `field` without white space around it; `None` if it is blank.
fn filled<'a>(record: &'a ByteRecord, mapping: &Mapping, field: Field) -> Option<&'a [u8]> {
    let cell = record.get(mapping.column(field)?)?.trim_ascii();
    (!cell.is_empty()).then_some(cell)
}

/// Whether there is a password. It is examined in place and not kept.
fn password(record: &ByteRecord, mapping: &Mapping) -> Password {
    let cell = |field| filled(record, mapping, field);
    let is_hash = cell(Field::PasswordHash).is_some();
    let must_change = cell(Field::MustChange)
        .and_then(|cell| std::str::from_utf8(cell).ok())
        .is_some_and(words::is_yes);
    match cell(Field::Password) {
        Some(cell) if !is_masked(cell) && !is_hashed(cell) && !is_hash && !must_change => {
            Password::Given
        }
        _ => Password::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_distinguished_from_a_password_by_its_form() {
        for hash in [
            "{SSHA}abcdefghijklmnopqrstuvwxyz012345",
            "{CRYPT}aaaaaaaaaaaaa",
            "{SHA512-CRYPT}$6$saltsalt$0123456789abcdef",
            "$1$saltsalt$0123456789abcdefghijk.",
            "$2y$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
            "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub",
        ] {
            assert!(is_hashed(hash.as_bytes()), "{hash}");
        }
        for password in [
            "$ecret",
            "{a}b",
            "$1$short",
            "{x} four words of a sentence!",
            "$",
            "{",
            "",
            "pa$$w0rd$1234567890123456789",
        ] {
            assert!(!is_hashed(password.as_bytes()), "{password}");
        }
    }
}
