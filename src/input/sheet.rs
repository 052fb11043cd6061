//! Rows of a spreadsheet: XLSX, XLSB, XLS and ODS, through calamine.

use std::io::{Cursor, Read};

use ::csv::ByteRecord;
use calamine::{Data, Range, Reader, SheetVisible, Sheets, open_workbook_auto_from_rs};

use super::Location;
use super::error::InputError;
use super::source::Source;
use crate::diagnostic::Listed;

/// The largest spreadsheet that is taken, in bytes: it is unpacked in memory.
const LARGEST_FILE: u64 = 100 << 20;

/// Reads one row after the other.
pub(super) struct SheetRecords {
    range: Range<Data>,
    /// The row to be read next, counted in the range.
    next: usize,
    record: ByteRecord,
    size: u64,
}

/// A spreadsheet with its sheet chosen.
pub(super) struct Spreadsheet {
    /// The sheet that is read.
    pub(super) sheet: String,
    /// Other sheets that hold something.
    pub(super) others: Vec<String>,
    pub(super) records: SheetRecords,
}

/// Whether `start` is that of a spreadsheet or of a zip file that may be one.
pub(super) fn is_spreadsheet(start: &[u8]) -> bool {
    start.starts_with(b"PK\x03\x04") || start.starts_with(b"\xd0\xcf\x11\xe0")
}

/// A sheet by its name, or several.
pub(super) fn named(sheets: &[String]) -> String {
    format!("{} {}", if sheets.len() == 1 { "sheet" } else { "sheets" }, Listed(sheets))
}

/// Opens the sheet called, or numbered, `wanted`; the first visible one that holds something where
/// none is named.
pub(super) fn open(source: &Source, wanted: Option<&str>) -> Result<Spreadsheet, InputError> {
    let file = source.name();
    let mut bytes = Vec::new();
    source
        .open()?
        .take(LARGEST_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| source.unreadable(error))?;
    let size = bytes.len() as u64;
    if size > LARGEST_FILE {
        return Err(InputError::SheetTooLarge { file });
    }
    let broken = |error: calamine::Error| InputError::NotASheet {
        file: file.clone(),
        why: error.to_string(),
    };
    let mut book = open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(broken)?;
    let visible: Vec<String> = book
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.visible == SheetVisible::Visible)
        .map(|sheet| sheet.name.clone())
        .collect();
    let sheet = match wanted {
        Some(wanted) => {
            let all = book.sheet_names();
            let numbered =
                wanted.parse::<usize>().ok().and_then(|number| all.get(number.checked_sub(1)?));
            let named = all.iter().find(|name| name.as_str() == wanted).or(numbered);
            named.cloned().ok_or_else(|| InputError::NoSuchSheet {
                file: file.clone(),
                sheet: wanted.to_owned(),
                sheets: all.clone(),
            })?
        }
        None => first_filled(&mut book, &visible)
            .map_err(broken)?
            .ok_or_else(|| InputError::Empty { file: file.clone() })?,
    };
    let range = book.worksheet_range(&sheet).map_err(broken)?;
    if range.is_empty() {
        return Err(InputError::Empty { file });
    }
    let others = visible.into_iter().filter(|name| *name != sheet).collect();
    Ok(Spreadsheet {
        sheet,
        others,
        records: SheetRecords { range, next: 0, record: ByteRecord::new(), size },
    })
}

type Book = Sheets<Cursor<Vec<u8>>>;

fn first_filled(book: &mut Book, names: &[String]) -> Result<Option<String>, calamine::Error> {
    for name in names {
        if !book.worksheet_range(name)?.is_empty() {
            return Ok(Some(name.clone()));
        }
    }
    Ok(None)
}

impl SheetRecords {
    /// Goes to the next row and says where it stands; `None` at the end.
    pub(super) fn advance(&mut self) -> Option<Location> {
        let at = self.next;
        if at >= self.range.height() {
            return None;
        }
        self.next += 1;
        self.record.clear();
        for column in 0..self.range.width() {
            let text = self.range.get((at, column)).map(text).unwrap_or_default();
            self.record.push_field(text.as_bytes());
        }
        let first_row = self.range.start().map_or(0, |(row, _)| u64::from(row));
        Some(Location::row(first_row + at as u64 + 1))
    }

    pub(super) fn record(&self) -> &ByteRecord {
        &self.record
    }

    /// A share of the file's size, for a progress bar.
    pub(super) fn bytes_read(&self) -> u64 {
        self.size * self.next as u64 / self.range.height().max(1) as u64
    }
}

/// A cell as it looks in the spreadsheet: `7`, not `7.0`.
fn text(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => number.to_string(),
        Data::Bool(value) => value.to_string().to_uppercase(),
        Data::DateTime(moment) => moment.as_f64().to_string(),
        Data::Error(error) => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_look_as_they_do_in_the_spreadsheet() {
        assert_eq!(text(&Data::Float(123_456.0)), "123456");
        assert_eq!(text(&Data::Float(0.5)), "0.5");
        assert_eq!(text(&Data::Bool(true)), "TRUE");
    }
}
