//! Rows of a spreadsheet: XLSX, XLSB, XLS and ODS, through calamine.

use std::io::{Cursor, Read};

use calamine::{Reader, SheetVisible, Sheets, XlsxError, open_workbook_auto_from_rs};

use super::Location;
use super::error::InputError;
use super::source::Source;
use crate::diagnostic::Listed;
use compound::XlsFault;
use rows::{Rows, TooMuch};
use unpacked::Unpacked;

mod compound;
mod rows;
mod unpacked;
mod xls;

/// The largest spreadsheet that is taken, in bytes: it is read in memory.
const LARGEST_FILE: u64 = 100 << 20;

/// Reads one row after the other.
pub(super) struct SheetRecords {
    rows: Rows,
    size: u64,
}

/// A spreadsheet with its sheet chosen.
pub(super) struct Spreadsheet {
    /// The sheet that is read.
    pub(super) sheet: String,
    /// Other sheets that people see.
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
    look(&bytes).map_err(|fault| match fault {
        Look::TooLarge => InputError::SheetUnpacksTooLarge { file: file.clone() },
        Look::Unfit(why) => InputError::NotASheet { file: file.clone(), why: why.to_owned() },
    })?;
    let unreadable = |error: calamine::Error| InputError::NotASheet {
        file: file.clone(),
        why: error.to_string(),
    };
    let broken = |fault: Fault| match fault {
        Fault::Unreadable(error) => unreadable(error),
        Fault::TooMuch => InputError::SheetUnpacksTooLarge { file: file.clone() },
    };
    let mut book = open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(unreadable)?;
    let visible: Vec<String> = book
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.visible == SheetVisible::Visible)
        .map(|sheet| sheet.name.clone())
        .collect();
    let (sheet, rows) = match wanted {
        Some(wanted) => {
            let sheet = chosen(&book.sheet_names(), wanted, &file)?;
            let rows = read(&mut book, &sheet).map_err(broken)?;
            (sheet, rows)
        }
        None => first_filled(&mut book, &visible)
            .map_err(broken)?
            .ok_or_else(|| InputError::Empty { file: file.clone() })?,
    };
    if rows.is_empty() {
        return Err(InputError::Empty { file });
    }
    let others = visible.into_iter().filter(|name| *name != sheet).collect();
    Ok(Spreadsheet { sheet, others, records: SheetRecords { rows, size } })
}

/// What a first look finds against a file.
enum Look {
    TooLarge,
    Unfit(&'static str),
}

/// Looks at the file before it is read: calamine takes sizes and chains as the file says them.
fn look(bytes: &[u8]) -> Result<(), Look> {
    const DAMAGED: Look = Look::Unfit("the file is damaged or cut short");
    if bytes.starts_with(b"PK") {
        return match unpacked::unpack(bytes) {
            Unpacked::Fits => Ok(()),
            Unpacked::TooLarge => Err(Look::TooLarge),
            Unpacked::Damaged => Err(DAMAGED),
        };
    }
    xls::check(bytes).map_err(|fault| match fault {
        XlsFault::Damaged => DAMAGED,
        XlsFault::Encrypted => Look::Unfit("it is protected with a password"),
        XlsFault::NoSheets => Look::Unfit("it is an Office document without sheets"),
        XlsFault::TooLarge => Look::TooLarge,
    })
}

type Book = Sheets<Cursor<Vec<u8>>>;

/// What keeps a sheet from being read.
enum Fault {
    Unreadable(calamine::Error),
    TooMuch,
}

impl From<TooMuch> for Fault {
    fn from(_: TooMuch) -> Self {
        Self::TooMuch
    }
}

impl<E: Into<calamine::Error>> From<E> for Fault {
    fn from(error: E) -> Self {
        Self::Unreadable(error.into())
    }
}

/// The sheet called `wanted`, or with that number from 1.
fn chosen(sheets: &[String], wanted: &str, file: &str) -> Result<String, InputError> {
    let numbered = || sheets.get(wanted.parse::<usize>().ok()?.checked_sub(1)?);
    let named = sheets.iter().find(|name| *name == wanted).or_else(numbered);
    named.cloned().ok_or_else(|| InputError::NoSuchSheet {
        file: file.to_owned(),
        sheet: wanted.to_owned(),
        sheets: sheets.to_vec(),
    })
}

fn first_filled(book: &mut Book, names: &[String]) -> Result<Option<(String, Rows)>, Fault> {
    for name in names {
        let rows = read(book, name)?;
        if !rows.is_empty() {
            return Ok(Some((name.clone(), rows)));
        }
    }
    Ok(None)
}

/// The cells of a sheet. A lone cell in the last corner of a sheet costs one cell, not seventeen
/// thousand million, as it would in calamine's own ranges.
fn read(book: &mut Book, sheet: &str) -> Result<Rows, Fault> {
    let mut rows = Rows::default();
    match book {
        Sheets::Xlsx(book) => {
            let mut cells = match book.worksheet_cells_reader(sheet) {
                // a chart has no cells
                Err(XlsxError::NotAWorksheet(_)) => return Ok(rows),
                cells => cells?,
            };
            while let Some(cell) = cells.next_cell()? {
                rows.add(cell.get_position(), &cell.get_value().clone().into())?;
            }
        }
        Sheets::Xlsb(book) => {
            let mut cells = book.worksheet_cells_reader(sheet)?;
            while let Some(cell) = cells.next_cell()? {
                rows.add(cell.get_position(), &cell.get_value().clone().into())?;
            }
        }
        Sheets::Xls(_) | Sheets::Ods(_) => {
            let range = book.worksheet_range(sheet)?;
            let (top, left) = range.start().unwrap_or_default();
            for (row, column, value) in range.used_cells() {
                let place = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
                let position = (top.saturating_add(place(row)), left.saturating_add(place(column)));
                rows.add(position, value)?;
            }
        }
    }
    rows.sort();
    Ok(rows)
}

impl SheetRecords {
    /// Goes to the next row and says where it stands; `None` at the end.
    pub(super) fn advance(&mut self) -> Option<Location> {
        self.rows.advance().map(|row| Location::row(u64::from(row) + 1))
    }

    pub(super) fn record(&self) -> &::csv::ByteRecord {
        self.rows.record()
    }

    /// A share of the file's size, for a progress bar.
    pub(super) fn bytes_read(&self) -> u64 {
        let (done, all) = self.rows.progress();
        self.size * done / all.max(1)
    }
}
