//! What a row says about the person in the organization's directory. None of it can refuse the row: bundles do
//! not need it, and an export says whom it cannot judge.

use super::address::bare_address;
use super::read::Cells;
use crate::domain::directory::{Directory, Entry, GroupId, SerialNumber};
use crate::domain::email::EmailAddress;
use crate::domain::name::{DisplayName, LoginName};
use crate::input::columns::Field;
use crate::input::words;

impl Cells<'_> {
    /// `None` where the list has no column of the directory.
    pub(super) fn directory(&self) -> Option<Box<Directory>> {
        const FIELDS: [Field; 5] = [
            Field::Upn,
            Field::DirectoryUser,
            Field::DirectoryEmail,
            Field::GroupId,
            Field::Serial,
        ];
        FIELDS.into_iter().find_map(|field| self.mapping.column(field))?;
        let text = |field| self.mapping.column(field).and_then(|at| self.of_directory(at));
        let serials = text(Field::Serial).unwrap_or_default().split([',', ';', ' ']);
        Some(Box::new(Directory {
            upn: self.entry(self.mapping.column(Field::Upn), |text| LoginName::try_from(text).ok()),
            user: self.entry(self.mapping.column(Field::DirectoryUser), |text| {
                DisplayName::try_from(text).ok()
            }),
            email: self.entry(self.mapping.directory_email(), |text| {
                EmailAddress::try_from(bare_address(text)).ok()
            }),
            group: text(Field::GroupId).and_then(GroupId::of),
            serials: serials.filter_map(SerialNumber::of).collect(),
        }))
    }

    fn entry<T>(&self, at: Option<usize>, parse: impl Fn(&str) -> Option<T>) -> Entry<T> {
        match at {
            None => Entry::NoColumn,
            Some(at) => match self.quiet_at(at).map(str::trim) {
                None | Some("") => Entry::Blank,
                Some(text) if words::is_no_id(text) => Entry::Blank,
                Some(_) => {
                    self.of_directory(at).and_then(parse).map_or(Entry::Unreadable, Entry::Is)
                }
            },
        }
    }

    fn of_directory(&self, at: usize) -> Option<&str> {
        self.quiet_at(at).map(str::trim).filter(|text| {
            !words::is_no_id(text) && !words::is_formula(text) && !words::is_sheet_error(text)
        })
    }
}
