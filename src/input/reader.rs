//! The rows of an opened list, one after the other.

use ::csv::ByteRecord;

use super::columns::{Field, Mapping};
use super::error::{InputError, InputErrorKind};
use super::format::Records;
use super::list::List;
use super::spreadsheet::UNCALCULATED;
use super::{Location, Row, RowContent, cells, damage, totals};
use crate::domain::password::{MailPasswords, PasswordFault};

/// Reads one row after the other.
pub struct RowReader<'a> {
    list: &'a List,
    records: Records<'a>,
    /// Whether the next row is the first below the header.
    at_start: bool,
    /// The current row, where the next one was read already.
    held: Option<ByteRecord>,
    /// Where that next row is.
    ahead: Option<Location>,
}

impl<'a> RowReader<'a> {
    pub(super) fn new(list: &'a List, records: Records<'a>) -> Self {
        Self { list, records, at_start: true, held: None, ahead: None }
    }

    /// The next row, blank ones left out; `None` at the end.
    ///
    /// An error here ends the list: what follows cannot be divided into rows.
    pub fn next_row(&mut self) -> Result<Option<Row>, InputError> {
        let List { source, mapping, marks, today, .. } = self.list;
        self.held = None;
        let next = match self.ahead.take() {
            Some(location) => Some(location),
            None => self.records.advance_to_filled()?,
        };
        let Some(location) = next else {
            return Ok(None);
        };
        let width = mapping.width();
        if width > 1 {
            self.records.unwrap_line(|cells| cells.len() == width);
        }
        let shape = self.records.shape();
        let is_first = std::mem::take(&mut self.at_start);
        if is_first && mapping.is_header_too(self.records.record()) {
            return Err(source.error(InputErrorKind::TwoHeaders).at(location));
        }
        if let Some(at) = totals::column(self.records.record(), mapping, shape) {
            // anywhere but at the end it may be a person without address
            let record = self.held.insert(self.records.record().clone());
            self.ahead = self.records.advance_to_filled()?;
            if self.ahead.is_none() {
                return Ok(Some(cells::totals(record, location, mapping, at)));
            }
        }
        let record = self.record();
        let clean = marks.clean(record, mapping);
        let bare = clean.as_ref();
        let mut row = match example(record, mapping).filter(|_| is_first) {
            Some(at) => cells::example(location, mapping, at),
            None => cells::to_row(record, bare, mapping, shape, location, *today),
        };
        // a spreadsheet leaves blank cells out, and a refused row reports what it lacks itself
        if self.list.format.dialect().is_none() || matches!(row.content, RowContent::Refused(_)) {
            row.missing_cells = 0;
        }
        if matches!(row.content, RowContent::Person(_)) {
            let record = clean.as_ref().map_or(record, |clean| &clean.record);
            damage::find(record, mapping, shape, &mut row.warnings);
        }
        Ok(Some(row))
    }

    /// The cells of the current row, as the list has them.
    pub fn cells(&self) -> impl Iterator<Item = &[u8]> {
        // a formula without value has no text
        self.record().iter().map(|cell| if cell == UNCALCULATED { b"" } else { cell })
    }

    /// The passwords of the current row; `None` if it has none that could be used.
    pub(crate) fn passwords(&self) -> Option<Result<MailPasswords, PasswordFault>> {
        cells::passwords(self.record(), &self.list.mapping)
    }

    /// How many bytes of the list have been read, for a progress bar.
    pub fn bytes_read(&self) -> u64 {
        self.records.bytes_read()
    }

    fn record(&self) -> &ByteRecord {
        self.held.as_ref().unwrap_or_else(|| self.records.record())
    }
}

/// The column with the example that Microsoft Entra's template has below its header (`Example: Chris
/// Green`). It is in the name or the address, never in a note.
fn example(record: &ByteRecord, mapping: &Mapping) -> Option<usize> {
    [Field::DisplayName, Field::FirstName, Field::Email].into_iter().find_map(|field| {
        let at = mapping.column(field)?;
        let start = record.get(at)?.get(..8)?;
        start.eq_ignore_ascii_case(b"example:").then_some(at)
    })
}
