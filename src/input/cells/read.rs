//! Cells to values, with the faults of each.

use std::num::NonZeroU16;

use ::csv::ByteRecord;
use time::Date;

use super::address::bare_address;
use super::parts::{PersonParts, Rest};
use crate::domain::email::EmailAddress;
use crate::domain::host::{Domain, HostName};
use crate::domain::label::{Label, Labels};
use crate::domain::language::Language;
use crate::domain::name::{DisplayName, LoginName, NameError};
use crate::domain::person::PersonId;
use crate::domain::platform::Platforms;
use crate::domain::setting::{Setting, SettingKind, SettingValue};
use crate::input::columns::{Field, Mapping};
use crate::input::fault::{CellFault, RowFault};
use crate::input::spreadsheet::UNCALCULATED;
use crate::input::words::{self, Status};
use crate::input::{LONGEST_CELL, RowWarning, Shape, Skip, Skipped};

/// The cells of one row, with their faults and warnings.
pub(super) struct Cells<'a> {
    /// As the list has it: passwords are compared there.
    raw: &'a ByteRecord,
    /// Without the marks of other programs.
    record: &'a ByteRecord,
    pub(super) mapping: &'a Mapping,
    shape: Shape,
    today: Option<Date>,
    pub(super) faults: Vec<RowFault>,
    pub(super) warnings: Vec<RowWarning>,
}

impl<'a> Cells<'a> {
    pub(super) fn new(
        raw: &'a ByteRecord,
        record: &'a ByteRecord,
        mapping: &'a Mapping,
        shape: Shape,
        today: Option<Date>,
    ) -> Self {
        Self { raw, record, mapping, shape, today, faults: Vec::new(), warnings: Vec::new() }
    }

    /// Why the list itself excludes the person, if it does.
    pub(super) fn skip(&mut self) -> Option<Skip> {
        for column in self.mapping.statuses() {
            // a cell that cannot be read may mean that the person left
            let Some(text) = self.text(column.at) else {
                continue;
            };
            match words::status(text, column.yes, self.today) {
                Status::Here => {}
                Status::Gone => return Some(self.skipped(column.at, text)),
                Status::Unknown => {
                    let column = self.mapping.header_at(column.at).to_owned();
                    let value = self.mapping.quoting().text(text);
                    self.warnings.push(RowWarning::UnknownStatus { column, value });
                }
                found @ (Status::LeavesLater | Status::UnclearDay) => {
                    let column = self.mapping.header_at(column.at).to_owned();
                    let value = self.mapping.quoting().text(text);
                    self.warnings.push(match found {
                        Status::LeavesLater => RowWarning::LeavesLater { column, value },
                        _ => RowWarning::UnclearDay { column, value },
                    });
                }
            }
        }
        let at = self.mapping.column(Field::UserType)?;
        let text = self.text(at)?;
        words::is_guest(text).then(|| self.skipped(at, text))
    }

    fn skipped(&self, at: usize, text: &str) -> Skip {
        // a text that is not an address may be a password that has moved
        let address = self
            .quiet(Field::Email)
            .and_then(|text| EmailAddress::try_from(bare_address(text)).ok());
        Skip {
            address: address.map(|address| address.to_string()).unwrap_or_default(),
            column: self.mapping.header_at(at).to_owned(),
            value: text.trim().to_owned(),
            what: Skipped::Person,
        }
    }

    pub(super) fn person(&mut self) -> PersonParts {
        PersonParts {
            address: self.address(),
            first: self.name(Field::FirstName),
            last: self.name(Field::LastName),
            display: self.name(Field::DisplayName),
            id: self.id(),
            rest: Rest {
                login: self.optional(Field::Login, CellFault::Login, |t| LoginName::try_from(t)),
                outgoing_login: self
                    .optional(Field::OutgoingLogin, CellFault::Login, |t| LoginName::try_from(t)),
                own_outgoing_password: self.own_outgoing_password(),
                settings: self.settings(),
                platforms: self.platforms(),
                language: self.language(),
                labels: self.labels(),
                directory: self.directory(),
            },
        }
    }

    fn name(&mut self, field: Field) -> Option<DisplayName> {
        let at = self.mapping.column(field)?;
        let text = self.text(at)?;
        if words::is_no_name(text) || self.is_truth_value(at, text) {
            return None;
        }
        if words::is_variable(text) {
            self.fault_of_unknown(at, text, CellFault::Variable);
            return None;
        }
        if words::is_formula(text) {
            self.fault(at, text, CellFault::Uncalculated);
            return None;
        }
        self.optional(field, CellFault::Name, |text| DisplayName::try_from(text))
    }

    /// The person's key, unless the cell is a word for "none".
    fn id(&mut self) -> Option<PersonId> {
        let at = self.mapping.column(Field::Id)?;
        let text = self.text(at)?;
        if words::is_no_id(text) {
            return None;
        }
        if self.is_truth_value(at, text) {
            return None;
        }
        if words::is_variable(text) {
            self.fault_of_unknown(at, text, CellFault::Variable);
            return None;
        }
        if words::is_formula(text) {
            self.fault(at, text, CellFault::Uncalculated);
            return None;
        }
        if words::is_rounded(text) {
            self.fault(at, text, CellFault::Rounded);
            return None;
        }
        self.optional(Field::Id, CellFault::Id, |text| PersonId::try_from(text))
    }

    /// Whether there is a password for sending that differs from the one for receiving.
    fn own_outgoing_password(&self) -> bool {
        let cell = |field| {
            let cell = self.raw.get(self.mapping.column(field)?)?.trim_ascii();
            (!cell.is_empty()).then_some(cell)
        };
        cell(Field::OutgoingPassword).is_some_and(|own| cell(Field::Password) != Some(own))
    }

    fn platforms(&mut self) -> Platforms {
        let all = Platforms::ALL;
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

    /// The language of the sheet. An unknown one does not refuse the row.
    fn language(&mut self) -> Option<Language> {
        let at = self.mapping.column(Field::Language)?;
        let text = self.quiet_at(at).filter(|text| !words::is_no_id(text))?;
        let language = Language::try_from(text).ok();
        if language.is_none() {
            let column = self.mapping.header_at(at).to_owned();
            let value = self.mapping.quoting().text(text);
            self.warnings.push(RowWarning::UnknownLanguage { column, value });
        }
        language
    }

    fn settings(&mut self) -> Vec<Setting> {
        let mut settings = Vec::new();
        for (key, at) in self.mapping.settings() {
            let Some(text) = self.text(*at).map(str::trim).filter(|text| !text.is_empty()) else {
                continue;
            };
            let value = match key.kind {
                SettingKind::Host => {
                    // a name of one label is a computer in a local network
                    Domain::try_from(text)
                        .and_then(|_| HostName::try_from(text))
                        .map(SettingValue::Host)
                        .map_err(CellFault::Host)
                }
                SettingKind::Port => {
                    text.parse::<NonZeroU16>().map(SettingValue::Port).map_err(|_| CellFault::Port)
                }
                SettingKind::Security => {
                    words::security(text).map(SettingValue::Security).ok_or(CellFault::Security)
                }
                // not a column: it is the login
                SettingKind::Username => continue,
            };
            match value {
                Ok(value) => settings.push(Setting { role: key.role, value }),
                Err(fault) => self.fault(*at, text, fault),
            }
        }
        settings
    }

    pub(super) fn labels(&self) -> Labels {
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

    /// The text of a cell, if it can be read. A missing cell is blank.
    pub(super) fn text(&mut self, at: usize) -> Option<&'a str> {
        let cell = self.record.get(at).unwrap_or_default();
        if cell.len() > LONGEST_CELL {
            self.fault(at, "", CellFault::TooLong(cell.len()));
            return None;
        }
        match std::str::from_utf8(cell) {
            Ok(text) if words::is_sheet_error(text) => {
                self.fault(at, text, CellFault::SheetError);
                None
            }
            Ok(text) => Some(text),
            Err(_) if cell == UNCALCULATED => {
                self.fault_of(at, None, CellFault::Uncalculated);
                None
            }
            Err(_) => {
                self.fault(at, &String::from_utf8_lossy(cell), CellFault::NotUtf8);
                None
            }
        }
    }

    /// Refuses formulas that failed, or were never calculated, in columns that are used and whose text
    /// is not read.
    pub(super) fn look_at_unread(&mut self) {
        const UNREAD: [Field; 7] = [
            Field::Client,
            Field::Group,
            Field::Department,
            Field::Domain,
            Field::Password,
            Field::OutgoingPassword,
            Field::MustChange,
        ];
        for field in UNREAD {
            let Some(at) = self.mapping.column(field) else {
                continue;
            };
            let cell = self.raw.get(at).unwrap_or_default();
            if cell == UNCALCULATED {
                self.fault_of(at, None, CellFault::Uncalculated);
            } else if cell.first() == Some(&b'#')
                && !field.is_secret()
                && let Ok(text) = std::str::from_utf8(cell)
                && words::is_sheet_error(text)
            {
                self.fault(at, text, CellFault::SheetError);
            }
        }
    }

    /// Whether a cell of a spreadsheet holds `TRUE` or `FALSE`; reports the fault.
    fn is_truth_value(&mut self, at: usize, text: &str) -> bool {
        let found = self.shape.sheet.is_some() && matches!(text, "TRUE" | "FALSE");
        if found {
            self.fault(at, text, CellFault::TruthValue);
        }
        found
    }

    /// The text of a field's cell; one that cannot be read does not refuse the row.
    pub(super) fn quiet(&self, field: Field) -> Option<&'a str> {
        self.quiet_at(self.mapping.column(field)?)
    }

    pub(super) fn quiet_at(&self, at: usize) -> Option<&'a str> {
        let cell = self.record.get(at).unwrap_or_default();
        std::str::from_utf8(cell.get(..LONGEST_CELL).unwrap_or(cell)).ok()
    }

    pub(super) fn fault(&mut self, at: usize, value: &str, fault: CellFault) {
        self.fault_of(at, Some(value), fault);
    }

    /// The same for a text that does not belong in the column: beside an unknown column it may be a password
    /// that has moved.
    pub(super) fn fault_of_unknown(&mut self, at: usize, value: &str, fault: CellFault) {
        let shown = (!self.mapping.has_unknown()).then_some(value);
        self.fault_of(at, shown, fault);
    }

    /// Adds a fault of the column at `at`; `value` is quoted where that is allowed.
    pub(super) fn fault_of(&mut self, at: usize, value: Option<&str>, fault: CellFault) {
        let column = self.mapping.header_at(at).to_owned();
        let value = value.and_then(|value| self.mapping.quoting().text(value));
        self.faults.push(RowFault::Cell { column, value, fault });
    }
}
