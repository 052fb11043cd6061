//! Bytes to people. No row is dropped: each becomes a [`Person`] or a [`RowError`] with its place.

use std::fmt;

use crate::domain::person::Person;

mod cells;
pub mod columns;
mod csv;
pub mod dialect;
pub mod error;
mod guard;
pub mod source;

pub use columns::{Field, Mapping};
pub use error::{InputError, RowError, RowFault};
pub use source::Source;

use csv::Records;
use dialect::Dialect;

/// The longest cell that is looked at, in bytes.
pub const LONGEST_CELL: usize = 4096;

/// How the list is to be read, where the admin said so.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// The character between cells; found by itself where absent.
    pub delimiter: Option<u8>,
    /// Columns named by hand: `--map email=Address`.
    pub maps: Vec<columns::Map>,
}

/// Where a row stands in the list, as an editor counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// The line the row starts on, from 1.
    pub line: u64,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)
    }
}

/// One row with its place: a person, or everything that is wrong with it.
#[derive(Debug)]
pub struct Row {
    /// Where the row stands.
    pub location: Location,
    /// What became of it.
    pub person: Result<Person, RowError>,
    /// Cells that the row lacks at its end; they count as blank.
    pub missing_cells: usize,
}

/// An opened list, its header understood.
#[derive(Debug)]
pub struct Table {
    /// What kind of text the list is.
    pub dialect: Dialect,
    /// Which column holds what.
    pub mapping: Mapping,
    records: Records,
}

impl Table {
    /// Opens `source`, finds its dialect and maps its header.
    pub fn open(source: &Source, options: &ReadOptions) -> Result<Self, InputError> {
        let dialect = Dialect::find(source, options.delimiter)?;
        let mut records = Records::open(source, dialect)?;
        let header = records.header()?;
        let mapping = Mapping::of(&header, &options.maps)?;
        Ok(Self { dialect, mapping, records })
    }

    /// The next row, blank ones left out; `None` at the end.
    ///
    /// An error here ends the list: what follows cannot be told apart into rows.
    pub fn next_row(&mut self) -> Result<Option<Row>, InputError> {
        while let Some(location) = self.records.advance()? {
            let record = self.records.record();
            if record.iter().all(|cell| cell.trim_ascii().is_empty()) {
                continue;
            }
            return Ok(Some(Row {
                location,
                person: cells::to_person(record, &self.mapping),
                missing_cells: self.mapping.width().saturating_sub(record.len()),
            }));
        }
        Ok(None)
    }

    /// How many bytes of the list have been read: for a progress bar.
    pub fn bytes_read(&self) -> u64 {
        self.records.bytes_read()
    }
}
