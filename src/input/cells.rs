//! A row's cells to a person.

use csv::ByteRecord;

use super::LONGEST_CELL;
use super::columns::{Field, Mapping};
use super::error::{CellFault, RowError, RowFault};
use crate::domain::email::{EmailAddress, EmailError};
use crate::domain::name::{DisplayName, LoginName, NameError};
use crate::domain::person::{Person, PersonId};

/// Reads `record` by `mapping`. Every fault of the row is reported, not only the first.
///
/// The password column is never looked at: no password can leak that was not read.
pub(super) fn to_person(record: &ByteRecord, mapping: &Mapping) -> Result<Person, RowError> {
    let mut extra = record.iter().skip(mapping.width());
    // an unquoted delimiter has moved every cell behind it: none can be trusted. Blank ones at the end
    // are harmless, except where a password may have moved into a column that is read.
    let moved = if mapping.has_passwords() {
        extra.next().is_some()
    } else {
        extra.any(|cell| !cell.trim_ascii().is_empty())
    };
    if moved {
        return Err(RowError::from(RowFault::TooManyCells {
            found: record.len(),
            expected: mapping.width(),
        }));
    }
    let mut cells = Cells { record, mapping, faults: Vec::new() };

    let address = cells.required_address();
    let first =
        cells.optional(Field::FirstName, CellFault::Name, |text| DisplayName::try_from(text));
    let last = cells.optional(Field::LastName, CellFault::Name, |text| DisplayName::try_from(text));
    let display =
        cells.optional(Field::DisplayName, CellFault::Name, |text| DisplayName::try_from(text));
    let login = cells.optional(Field::Login, CellFault::Login, |text| LoginName::try_from(text));
    let id = cells.optional(Field::Id, CellFault::Id, |text| PersonId::try_from(text));

    match address {
        Some(address) if cells.faults.is_empty() => {
            let display_name = match (display, first, last) {
                (Some(display), _, _) => Ok(display),
                (None, Some(first), Some(last)) => {
                    DisplayName::try_from(format!("{first} {last}").as_str())
                }
                (None, Some(one), None) | (None, None, Some(one)) => Ok(one),
                (None, None, None) => DisplayName::try_from(address.as_str()),
            };
            let Ok(display_name) = display_name else {
                return Err(RowError::from(RowFault::NameTooLong));
            };
            Ok(Person { address, display_name, login, id })
        }
        _ => Err(RowError { faults: cells.faults }),
    }
}

struct Cells<'a> {
    record: &'a ByteRecord,
    mapping: &'a Mapping,
    faults: Vec<RowFault>,
}

impl<'a> Cells<'a> {
    fn required_address(&mut self) -> Option<EmailAddress> {
        let text = self.text(Field::Email)?;
        EmailAddress::try_from(text)
            .map_err(|error| match error {
                EmailError::Blank => self.fault(Field::Email, "", CellFault::BlankAddress),
                error => self.fault(Field::Email, text, CellFault::Address(error)),
            })
            .ok()
    }

    /// The value of `field`; `None` where it is blank or at fault.
    fn optional<T>(
        &mut self,
        field: Field,
        fault: impl Fn(NameError) -> CellFault,
        parse: impl Fn(&str) -> Result<T, NameError>,
    ) -> Option<T> {
        let text = self.text(field)?;
        match parse(text) {
            Ok(value) => Some(value),
            Err(NameError::Blank) => None,
            Err(error) => {
                self.fault(field, text, fault(error));
                None
            }
        }
    }

    /// The text of `field`'s cell, if it has a column and can be read at all. A cell that the row
    /// lacks is blank.
    fn text(&mut self, field: Field) -> Option<&'a str> {
        let cell = self.record.get(self.mapping.column(field)?).unwrap_or_default();
        if cell.len() > LONGEST_CELL {
            self.fault(field, "", CellFault::TooLong(cell.len()));
            return None;
        }
        let text = std::str::from_utf8(cell);
        if text.is_err() {
            self.fault(field, &String::from_utf8_lossy(cell), CellFault::NotUtf8);
        }
        text.ok()
    }

    fn fault(&mut self, field: Field, value: &str, fault: CellFault) {
        let column = self.mapping.header_of(field).unwrap_or_default().to_owned();
        // in a row whose cells have moved, this one may be the password
        let value = (!self.mapping.has_passwords()).then(|| value.trim().to_owned());
        self.faults.push(RowFault::Cell { column, value, fault });
    }
}
