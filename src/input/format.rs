//! What kind of file a list is, and its rows of cells whatever the kind.

use std::fmt;
use std::io::Read;

use ::csv::ByteRecord;

use super::csv::CsvRecords;
use super::dialect::Dialect;
use super::error::{InputError, InputErrorKind};
use super::source::Source;
use super::spreadsheet::{self, Sheet, SheetRecords};
use super::{Location, ReadOptions, Shape, SheetRow};

/// How much of the raw list is examined to find its kind and dialect, in bytes. UTF-16 takes two for one
/// of UTF-8.
const START: u64 = 128 << 10;

/// The kind of a list, with everything that every pass needs to read it.
pub(super) enum Format {
    Csv(Dialect),
    Spreadsheet(Sheet),
}

impl Format {
    /// Examines the content of `source`; options that contradict it are errors.
    pub(super) fn detect(source: &Source, options: &ReadOptions) -> Result<Self, InputError> {
        let unused = |option, kind| source.error(InputErrorKind::UnusedOption { option, kind });
        let mut reader = source.open()?;
        let mut start = Vec::new();
        (&mut reader)
            .take(START)
            .read_to_end(&mut start)
            .map_err(|error| source.unreadable(error))?;
        if spreadsheet::is_spreadsheet(&start) {
            for (option, given) in [
                ("--delimiter", options.delimiter.is_some()),
                ("--encoding", options.encoding.is_some()),
                ("--comment", options.comment.is_some()),
            ] {
                if given {
                    return Err(unused(option, "a spreadsheet"));
                }
            }
            let sheet = spreadsheet::read(source, start.chain(reader), options.sheet.as_deref())?;
            return Ok(Self::Spreadsheet(sheet));
        }
        if options.sheet.is_some() {
            return Err(unused("--sheet", "no spreadsheet"));
        }
        Ok(Self::Csv(Dialect::find(source, &start, reader, options)?))
    }

    /// The rows of `source` from its first line on.
    pub(super) fn records<'a>(&'a self, source: &'a Source) -> Result<Records<'a>, InputError> {
        Ok(match self {
            Self::Csv(dialect) => Records::Csv(Box::new(CsvRecords::open(source, dialect)?)),
            Self::Spreadsheet(sheet) => Records::Spreadsheet(Box::new(sheet.records())),
        })
    }

    /// The dialect of a CSV list.
    pub(super) fn dialect(&self) -> Option<&Dialect> {
        match self {
            Self::Csv(dialect) => Some(dialect),
            Self::Spreadsheet(_) => None,
        }
    }

    /// Sheets that are not read.
    pub(super) fn other_sheets(&self) -> &[String] {
        match self {
            Self::Csv(_) => &[],
            Self::Spreadsheet(sheet) => &sheet.others,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Csv(dialect) => dialect.fmt(f),
            Self::Spreadsheet(sheet) => {
                write!(f, "spreadsheet, {}", spreadsheet::named(std::slice::from_ref(&sheet.name)))
            }
        }
    }
}

/// Reads one row after the other.
pub(super) enum Records<'a> {
    Csv(Box<CsvRecords<'a>>),
    Spreadsheet(Box<SheetRecords<'a>>),
}

impl Records<'_> {
    /// Moves to the next row and returns its location; `None` at the end.
    pub(super) fn advance(&mut self) -> Result<Option<Location>, InputError> {
        match self {
            Self::Csv(records) => records.advance(),
            Self::Spreadsheet(records) => Ok(records.advance()),
        }
    }

    /// Moves to the next row that is not blank and returns its location; `None` at the end.
    pub(super) fn advance_to_filled(&mut self) -> Result<Option<Location>, InputError> {
        while let Some(location) = self.advance()? {
            if !is_blank(self.record()) {
                return Ok(Some(location));
            }
        }
        Ok(None)
    }

    /// The row's cells.
    pub(super) fn record(&self) -> &ByteRecord {
        match self {
            Self::Csv(records) => records.record(),
            Self::Spreadsheet(records) => records.record(),
        }
    }

    /// Replaces a line that is quoted as a whole by the cells inside it, if `is_row` accepts them.
    pub(super) fn unwrap_line(&mut self, is_row: impl Fn(&ByteRecord) -> bool) -> bool {
        match self {
            Self::Csv(records) => records.unwrap_line(is_row),
            Self::Spreadsheet(_) => false,
        }
    }

    /// How the row was written.
    pub(super) fn shape(&self) -> Shape {
        match self {
            Self::Csv(records) => records.shape(),
            Self::Spreadsheet(records) => {
                Shape { sheet: Some(SheetRow { has_sum: records.has_sum() }), ..Shape::default() }
            }
        }
    }

    /// How many bytes of the list have been read, for a progress bar.
    pub(super) fn bytes_read(&self) -> u64 {
        match self {
            Self::Csv(records) => records.bytes_read(),
            Self::Spreadsheet(records) => records.bytes_read(),
        }
    }
}

fn is_blank(record: &ByteRecord) -> bool {
    record.as_slice().trim_ascii().is_empty()
        || record.iter().all(|cell| match std::str::from_utf8(cell) {
            Ok(text) => text.trim().is_empty(),
            Err(_) => false,
        })
}
