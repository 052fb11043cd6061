//! An opened list: its header understood, its rows to come.

use std::fmt;

use ::csv::ByteRecord;
use time::Date;

use super::clean::Marks;
use super::columns::{ColumnError, Field, Mapping};
use super::dialect::Dialect;
use super::encoding::{self, Certainty, Encoding};
use super::error::InputError;
use super::records::{Opened, Records, next_filled};
use super::sheet::UNCALCULATED;
use super::source::Source;
use super::{Content, Location, ReadOptions, Row, cells, doubt, top, totals};
use crate::diagnostic::Notice;
use crate::domain::delimiter::Delimiter;

/// How many names show what a guessed encoding does.
const NAMES: usize = 3;

/// How many rows are looked at for them.
const MOST_ROWS_FOR_NAMES: usize = 10_000;

/// An opened list, its header understood.
pub struct Table {
    /// What kind of file the list is, for the admin.
    pub about: String,
    /// What to know about the list as a whole before its first row.
    pub(crate) notices: Vec<Notice>,
    /// Which column holds what.
    pub mapping: Mapping,
    records: Records,
    marks: Marks,
    /// Whether the next row is the first below the header.
    at_start: bool,
    /// The row that was read last, where the one behind it was looked at already.
    held: Option<ByteRecord>,
    /// Where that one is.
    ahead: Option<Location>,
    today: Option<Date>,
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
        let mut header = None;
        let delimiter = records.dialect().map(|dialect| dialect.delimiter);
        let mut marks = Marks::of_header(&[], delimiter);
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
            let mut top = top::find(source, &mut records, options).map_err(other_sheet)?;
            marks = Marks::of_header(&top.cells, marks.delimiter);
            marks.clean_header(&mut top.cells);
            let mapping = Mapping::of(&top.cells, &options.maps)
                .map_err(|error| other_sheet(error.into()))?;
            if top.was_passed {
                records = Records::open(source, options)?.records;
                while records.advance()?.is_some_and(|location| location != top.location) {}
            }
            header = Some(top.location);
            if top.is_quoted_line {
                notices.push(Notice::note(
                    "quoted-lines",
                    "whole lines are in quotes: what is inside them is read as cells",
                ));
            }
            let passed = top.titles.iter();
            notices.extend(passed.map(|location| {
                Notice::note("title", format_args!("{location} is a title and was passed over"))
            }));
            mapping
        };
        if let Some(Dialect { encoding, certainty, .. }) = records.dialect() {
            let samples = match certainty {
                Certainty::Guessed(_) => guessed_names(source, options, &mapping, header)?,
                Certainty::Certain | Certainty::Joined(_) => Vec::new(),
            };
            notices.extend(encoding::notice(*encoding, certainty, &samples));
        }
        Ok(Self {
            about,
            notices,
            mapping,
            records,
            marks,
            at_start: true,
            held: None,
            ahead: None,
            today: options.today,
            file: source.name(),
        })
    }

    /// The next row, blank ones left out; `None` at the end.
    ///
    /// An error here ends the list: what follows cannot be told apart into rows.
    pub fn next_row(&mut self) -> Result<Option<Row>, InputError> {
        self.held = None;
        let next = match self.ahead.take() {
            Some(location) => Some(location),
            None => next_filled(&mut self.records)?,
        };
        let Some(location) = next else {
            return Ok(None);
        };
        let width = self.mapping.width();
        if width > 1 {
            self.records.unwrap_line(|cells| cells.len() == width);
        }
        let shape = self.records.shape();
        let is_first = std::mem::take(&mut self.at_start);
        if is_first && self.mapping.is_header_too(self.records.record()) {
            return Err(InputError::TwoHeaders { file: self.file.clone(), location });
        }
        if let Some(at) = totals::column(self.records.record(), &self.mapping, shape) {
            // anywhere but at the end it may be a person without address
            let record = self.held.insert(self.records.record().clone());
            self.ahead = next_filled(&mut self.records)?;
            if self.ahead.is_none() {
                return Ok(Some(cells::totals(record, location, &self.mapping, at)));
            }
        }
        let record = self.held.as_ref().unwrap_or_else(|| self.records.record());
        let clean = self.marks.clean(record, &self.mapping);
        let bare = clean.as_ref();
        let mut row = match example(record, &self.mapping).filter(|_| is_first) {
            Some(at) => cells::example(location, &self.mapping, at),
            None => cells::to_row(record, bare, &self.mapping, shape, location, self.today),
        };
        // a refused row has told what it lacks
        if !self.records.are_whole() || matches!(row.content, Content::Refused(_)) {
            row.missing_cells = 0;
        }
        if matches!(row.content, Content::Person(_)) {
            let record = clean.as_ref().map_or(record, |clean| &clean.record);
            doubt::look(record, &self.mapping, shape, &mut row.doubts);
        }
        Ok(Some(row))
    }

    /// What separates the cells, for a file that the same program is to open.
    pub(crate) fn delimiter(&self) -> Delimiter {
        self.records.delimiter()
    }

    /// The encoding of the list, where it is a guess.
    pub(crate) fn guessed_encoding(&self) -> Option<Encoding> {
        let Dialect { encoding, certainty, .. } = self.records.dialect()?;
        matches!(certainty, Certainty::Guessed(_)).then_some(*encoding)
    }

    /// The cells of the row that was read last, as the list has them.
    pub fn cells(&self) -> impl Iterator<Item = &[u8]> {
        let record = self.held.as_ref().unwrap_or_else(|| self.records.record());
        // a formula without value has no text
        record.iter().map(|cell| if cell == UNCALCULATED { b"" } else { cell })
    }

    /// How many bytes of the list have been read: for a progress bar.
    pub fn bytes_read(&self) -> u64 {
        self.records.bytes_read()
    }
}

/// Names that show whether the guessed encoding is right: of the first rows, below the header.
fn guessed_names(
    source: &Source,
    options: &ReadOptions,
    mapping: &Mapping,
    header: Option<Location>,
) -> Result<Vec<String>, InputError> {
    let mut names = Vec::new();
    if mapping.has_secrets() {
        return Ok(names);
    }
    let mut records = Records::open(source, options)?.records;
    for _ in 0..MOST_ROWS_FOR_NAMES {
        let Some(location) = records.advance()? else { break };
        if header.is_some_and(|header| location <= header) {
            continue;
        }
        let cells = doubt::SEEN.iter().filter_map(|field| {
            std::str::from_utf8(records.record().get(mapping.column(*field)?)?).ok()
        });
        for name in cells.map(str::trim).filter(|name| !name.is_ascii()) {
            if names.len() < NAMES && names.iter().all(|known| known != name) {
                names.push(name.to_owned());
            }
        }
        if names.len() == NAMES {
            break;
        }
    }
    Ok(names)
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
