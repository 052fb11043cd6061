//! A row's cells to a person.

use std::borrow::Cow;
use std::num::NonZeroU16;

use ::csv::ByteRecord;

use super::columns::{Field, Mapping};
use super::fault::{CellFault, RowError, RowFault};
use super::words::{self, Status};
use super::{Content, Doubt, LONGEST_CELL, Location, Password, Row, Shape, Skip};
use crate::domain::email::{EmailAddress, EmailError};
use crate::domain::host::HostName;
use crate::domain::label::{Label, Labels};
use crate::domain::name::{DisplayName, LoginName, NameError};
use crate::domain::person::{Person, PersonId};
use crate::domain::setting::{Setting, SettingKind, SettingValue};

/// Reads `record` by `mapping`. Every fault of the row is reported, not only the first.
pub(super) fn to_row(
    record: &ByteRecord,
    mapping: &Mapping,
    shape: Shape,
    location: Location,
) -> Row {
    let mut row = Row {
        location,
        id: None,
        content: Content::Refused(RowError { faults: Vec::new() }),
        missing_cells: mapping.width().saturating_sub(record.len()),
        doubts: Vec::new(),
        password: Password::None,
        labels: Labels::default(),
    };
    if let Some(fault) = moved(record, mapping, shape) {
        row.content = Content::Refused(fault.into());
        return row;
    }
    let mut cells = Cells { record, mapping, faults: Vec::new(), doubts: Vec::new() };
    if let Some(skip) = cells.skip() {
        row.id = cells.quiet(Field::Id).and_then(|text| PersonId::try_from(text).ok());
        row.labels = cells.labels();
        row.content = Content::Skipped(skip);
        return row;
    }
    let person = cells.person();
    row.doubts = cells.doubts;
    row.id.clone_from(&person.id);
    row.password = password(record, mapping);
    if !cells.faults.is_empty() {
        row.labels.clone_from(&person.rest.labels);
    }
    row.content = match person.finish() {
        Ok(person) if cells.faults.is_empty() => Content::Person(Box::new(person)),
        Ok(_) => Content::Refused(RowError { faults: cells.faults }),
        Err(fault) => {
            cells.faults.extend(fault);
            Content::Refused(RowError { faults: cells.faults })
        }
    };
    row
}

/// The row of a template's example, left out.
pub(super) fn example(location: Location, mapping: &Mapping, at: usize, text: String) -> Row {
    let skip =
        Skip { address: String::new(), column: mapping.header_at(at).to_owned(), value: text };
    Row {
        location,
        id: None,
        content: Content::Skipped(skip),
        missing_cells: 0,
        doubts: Vec::new(),
        password: Password::None,
        labels: Labels::default(),
    }
}

/// Whether cells of the row stand under the wrong header: none can be trusted then.
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
    moved.then(|| RowFault::TooManyCells { found: record.len(), expected: mapping.width() })
}

/// Whether there is a password. It is looked at and not kept.
fn password(record: &ByteRecord, mapping: &Mapping) -> Password {
    let cell = |field: Field| {
        let cell = record.get(mapping.column(field)?)?.trim_ascii();
        (!cell.is_empty()).then_some(cell)
    };
    let is_masked = |cell: &[u8]| cell.iter().all(|byte| *byte == b'*');
    let is_hash = cell(Field::PasswordHash).is_some();
    let must_change = cell(Field::MustChange)
        .and_then(|cell| std::str::from_utf8(cell).ok())
        .is_some_and(words::is_yes);
    match cell(Field::Password) {
        Some(cell) if !is_masked(cell) && !is_hash && !must_change => Password::Given,
        _ => Password::None,
    }
}

/// What a row says of a person, before it is known to be enough.
struct Draft {
    address: Option<EmailAddress>,
    first: Option<DisplayName>,
    last: Option<DisplayName>,
    display: Option<DisplayName>,
    id: Option<PersonId>,
    rest: Rest,
}

/// The parts of a person that need no further thought.
struct Rest {
    login: Option<LoginName>,
    outgoing_login: Option<LoginName>,
    own_outgoing_password: bool,
    settings: Vec<Setting>,
    platforms: crate::domain::platform::Platforms,
    labels: Labels,
}

impl Draft {
    /// The person; an error without fault where the address is missing, whose fault is told already.
    fn finish(self) -> Result<Person, Option<RowFault>> {
        let whole = match (&self.first, &self.last) {
            (Some(first), Some(last)) => Some(
                DisplayName::try_from(format!("{first} {last}").as_str())
                    .map_err(|_| Some(RowFault::NameTooLong))?,
            ),
            _ => None,
        };
        let address = self.address.ok_or(None)?;
        let called = whole.or_else(|| self.display.clone()).or(self.first).or(self.last);
        Ok(Person {
            display_name: self
                .display
                .or_else(|| called.clone())
                .unwrap_or_else(|| DisplayName::from(&address)),
            called,
            address,
            login: self.rest.login,
            outgoing_login: self.rest.outgoing_login,
            own_outgoing_password: self.rest.own_outgoing_password,
            id: self.id,
            settings: self.rest.settings,
            platforms: self.rest.platforms,
            labels: self.rest.labels,
        })
    }
}

struct Cells<'a> {
    record: &'a ByteRecord,
    mapping: &'a Mapping,
    faults: Vec<RowFault>,
    doubts: Vec<Doubt>,
}

impl<'a> Cells<'a> {
    /// Why the row's person gets nothing, if the list says so.
    fn skip(&mut self) -> Option<Skip> {
        for column in self.mapping.statuses() {
            let text = self.quiet_at(column.at).unwrap_or_default();
            match words::status(text, column.inverted) {
                Status::Here => {}
                Status::Gone => return Some(self.skipped(column.at, text)),
                Status::Unknown => self.doubts.push(Doubt::UnknownStatus {
                    column: self.mapping.header_at(column.at).to_owned(),
                    value: text.trim().to_owned(),
                }),
            }
        }
        let at = self.mapping.column(Field::UserType)?;
        let text = self.quiet_at(at)?;
        words::is_guest(text).then(|| self.skipped(at, text))
    }

    fn skipped(&self, at: usize, text: &str) -> Skip {
        Skip {
            address: self.quiet(Field::Email).unwrap_or_default().trim().to_owned(),
            column: self.mapping.header_at(at).to_owned(),
            value: text.trim().to_owned(),
        }
    }

    fn person(&mut self) -> Draft {
        Draft {
            address: self.address(),
            first: self.optional(Field::FirstName, CellFault::Name, |t| DisplayName::try_from(t)),
            last: self.optional(Field::LastName, CellFault::Name, |t| DisplayName::try_from(t)),
            display: self
                .optional(Field::DisplayName, CellFault::Name, |t| DisplayName::try_from(t)),
            id: self.optional(Field::Id, CellFault::Id, |t| PersonId::try_from(t)),
            rest: Rest {
                login: self.optional(Field::Login, CellFault::Login, |t| LoginName::try_from(t)),
                outgoing_login: self
                    .optional(Field::OutgoingLogin, CellFault::Login, |t| LoginName::try_from(t)),
                own_outgoing_password: self.own_outgoing_password(),
                settings: self.settings(),
                platforms: self.platforms(),
                labels: self.labels(),
            },
        }
    }

    /// The mailbox: the address column, or where that is blank a column that stands in for it.
    fn address(&mut self) -> Option<EmailAddress> {
        let mut at = self.mapping.column(Field::Email)?;
        let mut text = self.text(at)?;
        if text.trim().is_empty() {
            let stand_in = self
                .mapping
                .fallbacks()
                .iter()
                .find(|at| self.quiet_at(**at).is_some_and(|text| text.contains('@')));
            if let Some(other) = stand_in {
                at = *other;
                text = self.text(at)?;
                let column = self.mapping.header_at(at).to_owned();
                self.doubts.push(Doubt::StandIn { column });
            }
        }
        let bare = bare_address(text);
        let whole = self.with_domain(bare);
        match EmailAddress::try_from(whole.as_ref()) {
            Ok(address) => Some(address),
            Err(EmailError::Blank) => {
                self.fault(at, "", CellFault::BlankAddress);
                None
            }
            Err(EmailError::MissingAt) if self.mapping.email_is_last_resort() => {
                self.fault(at, text, CellFault::NoDomain);
                None
            }
            Err(error) => {
                self.fault(at, text, CellFault::Address(error));
                None
            }
        }
    }

    /// The part before `@` with the domain that another column names.
    fn with_domain<'b>(&self, text: &'b str) -> Cow<'b, str> {
        if text.is_empty() || text.contains('@') {
            return Cow::Borrowed(text);
        }
        let domain = self.quiet(Field::Domain).unwrap_or_default().trim().trim_start_matches('@');
        if domain.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(format!("{text}@{domain}")) }
    }

    /// Whether there is a password for sending, other than the one for fetching.
    fn own_outgoing_password(&self) -> bool {
        let cell = |field| {
            let cell = self.record.get(self.mapping.column(field)?)?.trim_ascii();
            (!cell.is_empty()).then_some(cell)
        };
        cell(Field::OutgoingPassword).is_some_and(|own| cell(Field::Password) != Some(own))
    }

    fn platforms(&mut self) -> crate::domain::platform::Platforms {
        let all = crate::domain::platform::Platforms::ALL;
        let Some(at) = self.mapping.column(Field::Platform) else {
            return all;
        };
        let Some(text) = self.text(at) else {
            return all;
        };
        words::platforms(text).unwrap_or_else(|| {
            self.fault(at, text, CellFault::Platform);
            all
        })
    }

    fn settings(&mut self) -> Vec<Setting> {
        let mut settings = Vec::new();
        for (key, at) in self.mapping.settings() {
            let Some(text) = self.text(*at).map(str::trim).filter(|text| !text.is_empty()) else {
                continue;
            };
            let value = match key.kind {
                SettingKind::Host => {
                    HostName::try_from(text).map(SettingValue::Host).map_err(CellFault::Host)
                }
                SettingKind::Port => {
                    text.parse::<NonZeroU16>().map(SettingValue::Port).map_err(|_| CellFault::Port)
                }
                SettingKind::Security => {
                    words::security(text).map(SettingValue::Security).ok_or(CellFault::Security)
                }
                // no column has it: the login is that
                SettingKind::Username => continue,
            };
            match value {
                Ok(value) => settings.push(Setting { role: key.role, value }),
                Err(fault) => self.fault(*at, text, fault),
            }
        }
        settings
    }

    fn labels(&self) -> Labels {
        let label = |field| self.quiet(field).and_then(Label::of);
        Labels {
            client: label(Field::Client),
            group: label(Field::Group),
            department: label(Field::Department),
        }
    }

    /// The value of `field`; `None` where it is blank or at fault.
    fn optional<T>(
        &mut self,
        field: Field,
        fault: impl Fn(NameError) -> CellFault,
        parse: impl Fn(&str) -> Result<T, NameError>,
    ) -> Option<T> {
        let at = self.mapping.column(field)?;
        let text = self.text(at)?;
        match parse(text) {
            Ok(value) => Some(value),
            Err(NameError::Blank) => None,
            Err(error) => {
                self.fault(at, text, fault(error));
                None
            }
        }
    }

    /// The text of a cell, if it can be read at all. A cell that the row lacks is blank.
    fn text(&mut self, at: usize) -> Option<&'a str> {
        let cell = self.record.get(at).unwrap_or_default();
        if cell.len() > LONGEST_CELL {
            self.fault(at, "", CellFault::TooLong(cell.len()));
            return None;
        }
        let text = std::str::from_utf8(cell);
        if text.is_err() {
            self.fault(at, &String::from_utf8_lossy(cell), CellFault::NotUtf8);
        }
        text.ok()
    }

    /// The text of a field's cell; what cannot be read is no reason to refuse the row.
    fn quiet(&self, field: Field) -> Option<&'a str> {
        self.quiet_at(self.mapping.column(field)?)
    }

    fn quiet_at(&self, at: usize) -> Option<&'a str> {
        let cell = self.record.get(at).unwrap_or_default();
        std::str::from_utf8(cell.get(..LONGEST_CELL).unwrap_or(cell)).ok()
    }

    fn fault(&mut self, at: usize, value: &str, fault: CellFault) {
        let column = self.mapping.header_at(at).to_owned();
        // in a row whose cells have moved, this one may be the password
        let value = (!self.mapping.has_secrets()).then(|| value.trim().to_owned());
        self.faults.push(RowFault::Cell { column, value, fault });
    }
}

/// `text` without what address books put around an address: `mailto:ada@q.com`, `Ada <ada@q.com>`.
pub(super) fn bare_address(text: &str) -> &str {
    let text = text.trim();
    let text = match (text.find('<'), text.strip_suffix('>')) {
        (Some(open), Some(inner)) if inner.matches(['<', '>']).count() == 1 => &inner[open + 1..],
        _ => text,
    };
    let text = match text.get(..7) {
        Some(scheme) if scheme.eq_ignore_ascii_case("mailto:") => &text[7..],
        _ => text,
    };
    text.trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_address_books_put_around_an_address_is_taken_off() {
        for text in [
            "ada@q.com",
            "\u{a0}ada@q.com ",
            "mailto:ada@q.com",
            "MAILTO:ada@q.com",
            "<ada@q.com>",
            "Ada Lovelace <ada@q.com>",
            "\"Lovelace, Ada\" <mailto:ada@q.com>",
        ] {
            assert_eq!(bare_address(text), "ada@q.com", "{text}");
        }
        for text in ["<a@q.com> <b@q.com>", "<a@q.com", "a@q.com>"] {
            assert_eq!(bare_address(text), text);
        }
    }
}
