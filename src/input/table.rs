//! An opened list: its header understood, its rows to come.

use std::fmt;

use ::csv::ByteRecord;

use super::columns::{ColumnError, Field, Mapping};
use super::error::InputError;
use super::records::{Opened, Records, is_blank};
use super::sheet::UNCALCULATED;
use super::source::Source;
use super::{Content, ReadOptions, Row, cells, doubt, top};
use crate::diagnostic::Notice;

/// An opened list, its header understood.
pub struct Table {
    /// What kind of file the list is, for the admin.
    pub about: String,
    /// What to know about the list as a whole before its first row.
    pub notices: Vec<Notice>,
    /// Which column holds what.
    pub mapping: Mapping,
    records: Records,
    /// Whether the next row is the first below the header.
    at_start: bool,
    file: String,
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("about", &self.about).finish_non_exhaustive()
    }
}

impl Table {
    /// Opens `source`, finds out what it is and maps its header.
    pub fn open(source: &Source, options: &ReadOptions) -> Result<Self, InputError> {
        let Opened { mut records, about, mut notices, other_sheets } =
            Records::open(source, options)?;
        let mapping = if let Some(columns) = &options.columns {
            Mapping::listed(columns)?
        } else {
            let other_sheet = |error: InputError| match error {
                InputError::Columns(ColumnError::NoEmail { .. }) | InputError::NoHeader { .. }
                    if !other_sheets.is_empty() =>
                {
                    let (file, about) = (source.name(), about.clone());
                    InputError::OtherSheet { file, about, other_sheets: other_sheets.clone() }
                }
                error => error,
            };
            let top = top::find(source, &mut records, options).map_err(other_sheet)?;
            let mapping = Mapping::of(&top.cells, &options.maps)
                .map_err(|error| other_sheet(error.into()))?;
            if top.was_passed {
                records = Records::open(source, options)?.records;
                while records.advance()?.is_some_and(|location| location != top.location) {}
            }
            let passed = top.titles.iter();
            notices.extend(passed.map(|location| {
                Notice::note("title", format_args!("{location} is a title and was passed over"))
            }));
            mapping
        };
        Ok(Self { about, notices, mapping, records, at_start: true, file: source.name() })
    }

    /// The next row, blank ones left out; `None` at the end.
    ///
    /// An error here ends the list: what follows cannot be told apart into rows.
    pub fn next_row(&mut self) -> Result<Option<Row>, InputError> {
        while let Some(location) = self.records.advance()? {
            let record = self.records.record();
            if is_blank(record) {
                continue;
            }
            let is_first = std::mem::take(&mut self.at_start);
            if is_first && self.mapping.is_header_too(record) {
                return Err(InputError::TwoHeaders { file: self.file.clone(), location });
            }
            let shape = self.records.shape();
            let mut row = match example(record, &self.mapping).filter(|_| is_first) {
                Some(at) => cells::example(location, &self.mapping, at),
                None => cells::to_row(record, &self.mapping, shape, location),
            };
            // a refused row has told what it lacks
            if !self.records.are_whole() || matches!(row.content, Content::Refused(_)) {
                row.missing_cells = 0;
            }
            if matches!(row.content, Content::Person(_)) {
                doubt::look(record, &self.mapping, shape, &mut row.doubts);
            }
            return Ok(Some(row));
        }
        Ok(None)
    }

    /// The cells of the row that was read last, as the list has them.
    pub fn cells(&self) -> impl Iterator<Item = &[u8]> {
        // a formula without value has no text
        self.records.record().iter().map(|cell| if cell == UNCALCULATED { b"" } else { cell })
    }

    /// How many bytes of the list have been read: for a progress bar.
    pub fn bytes_read(&self) -> u64 {
        self.records.bytes_read()
    }
}

/// The column with the example that Microsoft Entra's template has below its header (`Example: Chris
/// Green`). It stands in the name or the address, never in a note.
fn example(record: &ByteRecord, mapping: &Mapping) -> Option<usize> {
    [Field::DisplayName, Field::FirstName, Field::Email].into_iter().find_map(|field| {
        let at = mapping.column(field)?;
        let start = record.get(at)?.get(..8)?;
        start.eq_ignore_ascii_case(b"example:").then_some(at)
    })
}
