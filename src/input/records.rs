//! Rows of cells, whatever kind of file they come from.

use ::csv::ByteRecord;

use super::csv::CsvRecords;
use super::dialect::Dialect;
use super::error::InputError;
use super::sheet::{self, SheetRecords, Spreadsheet};
use super::source::Source;
use super::{Location, ReadOptions, Shape, SheetRow};
use crate::diagnostic::Notice;
use crate::domain::delimiter::Delimiter;

/// Reads one row after the other.
pub(super) enum Records {
    Csv(Box<CsvRecords>),
    Sheet(Box<SheetRecords>),
}

/// An opened list and what it is, for the admin.
pub(super) struct Opened {
    pub(super) records: Records,
    /// What kind of file it is.
    pub(super) about: String,
    /// What to know about the list as a whole.
    pub(super) notices: Vec<Notice>,
    /// Sheets that are not read.
    pub(super) other_sheets: Vec<String>,
}

impl Records {
    /// Opens `source` as what it is.
    pub(super) fn open(source: &Source, options: &ReadOptions) -> Result<Opened, InputError> {
        let unused = |option, kind| InputError::UnusedOption { option, file: source.name(), kind };
        if sheet::is_spreadsheet(&source.start()?) {
            for (option, given) in [
                ("--delimiter", options.delimiter.is_some()),
                ("--encoding", options.encoding.is_some()),
                ("--comment", options.comment.is_some()),
            ] {
                if given {
                    return Err(unused(option, "a spreadsheet"));
                }
            }
            let Spreadsheet { sheet, others, records } =
                sheet::open(source, options.sheet.as_deref())?;
            let notices = match others[..] {
                [] => Vec::new(),
                _ => vec![Notice::note(
                    "other-sheets",
                    format_args!("not read: {}", sheet::named(&others)),
                )],
            };
            let records = Self::Sheet(Box::new(records));
            let about = format!("spreadsheet, {}", sheet::named(&[sheet]));
            return Ok(Opened { records, about, notices, other_sheets: others });
        }
        if options.sheet.is_some() {
            return Err(unused("--sheet", "no spreadsheet"));
        }
        let dialect = Dialect::find(source, options)?;
        Ok(Opened {
            records: Self::Csv(Box::new(CsvRecords::open(source, &dialect)?)),
            about: dialect.to_string(),
            notices: Vec::new(),
            other_sheets: Vec::new(),
        })
    }

    /// Goes to the next row and says where it stands; `None` at the end.
    pub(super) fn advance(&mut self) -> Result<Option<Location>, InputError> {
        match self {
            Self::Csv(records) => records.advance(),
            Self::Sheet(records) => Ok(records.advance()),
        }
    }

    /// The row's cells.
    pub(super) fn record(&self) -> &ByteRecord {
        match self {
            Self::Csv(records) => records.record(),
            Self::Sheet(records) => records.record(),
        }
    }

    /// What separates the cells; comma in a spreadsheet, which has nothing between them.
    pub(super) fn delimiter(&self) -> Delimiter {
        match self {
            Self::Csv(records) => records.delimiter(),
            Self::Sheet(_) => Delimiter::default(),
        }
    }

    /// Takes a line that is quoted as a whole for its cells, if `is_row` of them.
    pub(super) fn unwrap_line(&mut self, is_row: impl Fn(&ByteRecord) -> bool) -> bool {
        match self {
            Self::Csv(records) => records.unwrap_line(is_row),
            Self::Sheet(_) => false,
        }
    }

    /// What was found out about a CSV list.
    pub(super) fn dialect(&self) -> Option<&Dialect> {
        match self {
            Self::Csv(records) => Some(records.dialect()),
            Self::Sheet(_) => None,
        }
    }

    /// How the row was written.
    pub(super) fn shape(&self) -> Shape {
        match self {
            Self::Csv(records) => records.shape(),
            Self::Sheet(records) => {
                Shape { sheet: Some(SheetRow { has_sum: records.has_sum() }), ..Shape::default() }
            }
        }
    }

    /// Whether rows have all the cells that were written: a spreadsheet leaves blank ones out.
    pub(super) fn are_whole(&self) -> bool {
        matches!(self, Self::Csv(_))
    }

    /// How many bytes of the list went by.
    pub(super) fn bytes_read(&self) -> u64 {
        match self {
            Self::Csv(records) => records.bytes_read(),
            Self::Sheet(records) => records.bytes_read(),
        }
    }
}

/// Goes to the next row that holds anything; `None` at the end.
pub(super) fn next_filled(records: &mut Records) -> Result<Option<Location>, InputError> {
    while let Some(location) = records.advance()? {
        if !is_blank(records.record()) {
            return Ok(Some(location));
        }
    }
    Ok(None)
}

/// Whether nothing stands in `record`.
fn is_blank(record: &ByteRecord) -> bool {
    record.as_slice().trim_ascii().is_empty()
        || record.iter().all(|cell| match std::str::from_utf8(cell) {
            Ok(text) => text.trim().is_empty(),
            Err(_) => false,
        })
}
