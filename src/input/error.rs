//! What can be wrong with a list as a whole. Nothing is written then.

use std::path::Path;
use std::{fmt, io};

use super::Location;
use super::columns::ColumnError;
use super::other_format::OtherFormat;
use super::row_buffer::LARGEST_ROW;
use super::spreadsheet::SheetBound;
use crate::diagnostic::{CannotRead, Diagnostic, Grouped, Listed, Shown};

/// The list as a whole cannot be used.
#[derive(Debug)]
pub struct InputError {
    /// The list as the user named it.
    file: String,
    /// The row at fault, where one row is.
    location: Option<Location>,
    /// What is wrong.
    pub kind: InputErrorKind,
}

/// What can be wrong with a list as a whole.
#[derive(Debug)]
pub enum InputErrorKind {
    /// The file is not the one that the first pass read.
    Changed,
    /// The header cannot be mapped.
    Columns(ColumnError),
    /// Only white space.
    Empty,
    /// A pipe of more than 4 GB.
    EndlessInput,
    /// A folder where a file was expected.
    Folder,
    /// The header holds bytes that are not UTF-8.
    HeaderNotUtf8,
    /// A comment whose line end differs from that of the rows.
    MixedLineEnds,
    /// The file does not exist.
    Missing {
        /// A file with nearly the same name.
        nearest: Option<String>,
    },
    /// The first row is a person already.
    NoHeader {
        /// What `--columns` could be.
        columns: String,
    },
    /// A header and nothing else.
    NoRows,
    /// `--sheet` names a sheet that does not exist.
    NoSuchSheet {
        /// What was asked for.
        sheet: String,
        /// What there is.
        sheets: Vec<String>,
    },
    /// A FIFO, a socket or a device: opening it could wait for ever.
    NotAFile,
    /// A spreadsheet that cannot be read, or a zip file without a spreadsheet.
    NotASheet(&'static str),
    /// Another kind of file.
    NotCsv(OtherFormat),
    /// The sheet holds no list; another one may.
    OtherSheet {
        /// Which sheet was read.
        about: String,
        /// The others.
        other_sheets: Vec<String>,
    },
    /// A quote is opened and never closed.
    OpenQuote,
    /// One row of many megabytes.
    RowTooLarge,
    /// A spreadsheet of more than 100 MB.
    SheetTooLarge,
    /// A spreadsheet that would fill the memory.
    SheetTooMuch(SheetBound),
    /// The first row below the header is another one.
    TwoHeaders,
    /// A header of thousands of cells.
    TooManyColumns(usize),
    /// A sheet of formulas, none of which has a value.
    Uncalculated {
        /// The sheet.
        sheet: String,
    },
    /// The operating system reports an error.
    Unreadable(io::Error),
    /// An option for CSV with a spreadsheet, or the other way round.
    UnusedOption {
        /// The option.
        option: &'static str,
        /// What the list is.
        kind: &'static str,
    },
}

impl InputErrorKind {
    /// The error in the list `file`.
    pub(super) fn of(self, file: String) -> InputError {
        InputError { file, location: None, kind: self }
    }
}

impl InputError {
    /// The error in the row at `location`.
    pub(super) fn at(self, location: Location) -> Self {
        Self { location: Some(location), ..self }
    }
}

impl std::error::Error for InputError {}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, location, kind } = self;
        match (kind, location) {
            (InputErrorKind::Columns(error @ ColumnError::NoEmail { .. }), _) => {
                write!(f, "`{file}` {error}")
            }
            (InputErrorKind::Columns(error), _) => write!(f, "`{file}`: {error}"),
            (InputErrorKind::Missing { .. }, _) => write!(f, "there is no file `{file}`"),
            (InputErrorKind::UnusedOption { option, kind }, _) => {
                write!(f, "{option} has no effect: `{file}` is {kind}")
            }
            (InputErrorKind::Uncalculated { .. }, _) => write!(f, "`{file}`: {kind}"),
            (InputErrorKind::Unreadable(error), None) => CannotRead(file, error).fmt(f),
            (_, None) => write!(f, "`{file}` {kind}"),
            (_, Some(location)) => write!(f, "`{file}` {location}: {kind}"),
        }
    }
}

/// The predicate of a sentence about the file, or a sentence about the row.
impl fmt::Display for InputErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed => f.write_str("changed while it was being read"),
            Self::Columns(error) => error.fmt(f),
            Self::Empty => f.write_str("is empty"),
            Self::EndlessInput => f.write_str("holds more than 4 GB"),
            Self::Folder => f.write_str("is a folder"),
            Self::HeaderNotUtf8 => f.write_str("the header is not UTF-8 text"),
            Self::MixedLineEnds => {
                f.write_str("the comment above has another kind of line end than the rest")
            }
            Self::Missing { .. } => f.write_str("does not exist"),
            Self::NoHeader { .. } => {
                f.write_str("there is no header: a cell of the first row holds an `@`")
            }
            Self::NoRows => f.write_str("has a header and no rows"),
            Self::NoSuchSheet { sheet, .. } => write!(f, "has no sheet `{}`", Shown(sheet)),
            Self::NotAFile => f.write_str("is not a regular file"),
            Self::NotASheet(why) => write!(f, "cannot be read as a spreadsheet: {why}"),
            Self::NotCsv(what) => write!(f, "is {what}, not a list"),
            Self::OtherSheet { about, .. } => write!(f, "({about}) has no e-mail column there"),
            Self::OpenQuote => f.write_str("a quote is opened in this row and never closed"),
            Self::RowTooLarge => {
                write!(f, "this row is longer than {} bytes", Grouped(LARGEST_ROW as u64))
            }
            Self::SheetTooLarge => {
                f.write_str("is larger than the 100 MB that a spreadsheet may have")
            }
            Self::SheetTooMuch(bound) => bound.fmt(f),
            Self::TwoHeaders => f.write_str("this row is a header too"),
            Self::TooManyColumns(found) => {
                write!(f, "has {} columns; at most 4,096 are taken", Grouped(*found as u64))
            }
            Self::Uncalculated { sheet } => write!(
                f,
                "no formula of sheet `{}` has a value: it was never calculated",
                Shown(sheet)
            ),
            Self::Unreadable(error) => write!(f, "cannot be read: {error}"),
            Self::UnusedOption { option, .. } => write!(f, "does not use {option}"),
        }
    }
}

impl Diagnostic for InputError {
    fn hint(&self) -> Option<String> {
        use InputErrorKind as Kind;
        Some(match &self.kind {
            Kind::Changed => "save the list, then run again".to_owned(),
            Kind::Columns(error) => return error.hint(),
            Kind::Empty => {
                "export the list again: it needs a header line and a row for each person".to_owned()
            }
            Kind::EndlessInput => "save the list to a file and name that".to_owned(),
            Kind::Folder => {
                let example = Path::new(&self.file).join("staff.csv");
                format!("name the list inside it, for example {}", example.display())
            }
            Kind::NotCsv(format) => format.hint().to_owned(),
            Kind::HeaderNotUtf8 => {
                "in Excel: File > Save As > `CSV UTF-8 (Comma delimited)`".to_owned()
            }
            Kind::MixedLineEnds => {
                "save the list with one kind of line ends, or delete the comment".to_owned()
            }
            Kind::Missing { nearest: Some(nearest) } => format!("did you mean `{nearest}`?"),
            Kind::Missing { nearest: None } => {
                "give the path of the list: CSV, XLSX, XLS or ODS".to_owned()
            }
            Kind::NoHeader { columns } => {
                format!("add a header line, or name the field of each column: --columns {columns}")
            }
            Kind::NoRows => "add a row for each person below the header".to_owned(),
            Kind::NoSuchSheet { sheets, .. } => format!("it has {}", Listed(sheets)),
            Kind::NotAFile => "save it to a file, or pipe it in and name it `-`".to_owned(),
            Kind::NotASheet(_) => {
                "open it in Excel or LibreOffice and save it as XLSX or CSV".to_owned()
            }
            Kind::OtherSheet { other_sheets, .. } => format!(
                "name the sheet that holds the list: there {} {}, for example --sheet '{}'",
                if other_sheets.len() == 1 { "is" } else { "are" },
                Listed(other_sheets),
                Shown(&other_sheets[0])
            ),
            Kind::OpenQuote => {
                "close the quote on that line; a quote inside a quoted cell is written twice (\"\")"
                    .to_owned()
            }
            Kind::RowTooLarge => {
                "look for a quote that is opened on that line and never closed".to_owned()
            }
            Kind::SheetTooLarge | Kind::SheetTooMuch(_) => {
                "save it as CSV, which may be of any size".to_owned()
            }
            Kind::TwoHeaders => "delete the lines above it".to_owned(),
            Kind::TooManyColumns(_) => {
                "check the delimiter, or give it with --delimiter".to_owned()
            }
            Kind::Uncalculated { .. } => {
                "open the file in Excel or LibreOffice and save it: then its formulas have values"
                    .to_owned()
            }
            Kind::Unreadable(error) => return CannotRead(&self.file, error).hint(),
            Kind::UnusedOption { .. } => "leave it out".to_owned(),
        })
    }
}
