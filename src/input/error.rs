//! What can be wrong with a list as a whole. Nothing is written then.

use std::io;

use thiserror::Error;

use super::Location;
use super::columns::ColumnError;
use super::guard::LARGEST_ROW;
use super::sheet::SheetBound;
use crate::diagnostic::{Diagnostic, Grouped, Listed, Shown};

/// The list as a whole cannot be used.
#[derive(Debug, Error)]
pub enum InputError {
    /// The file is not the one that the first pass read.
    #[error("`{file}` changed while it was being read")]
    Changed {
        /// The list.
        file: String,
    },
    /// The header cannot be mapped.
    #[error(transparent)]
    Columns(#[from] ColumnError),
    /// Nothing but blank space.
    #[error("`{file}` is empty")]
    Empty {
        /// The list.
        file: String,
    },
    /// A pipe without end.
    #[error("{file} holds more than 4 GB")]
    EndlessInput {
        /// The list, or `standard input`.
        file: String,
    },
    /// A folder where a file was expected.
    #[error("`{file}` is a folder")]
    Folder {
        /// The list.
        file: String,
    },
    /// The header holds bytes that are not UTF-8.
    #[error("`{file}` {location}: the header is not UTF-8 text")]
    HeaderNotUtf8 {
        /// The list.
        file: String,
        /// Where the header stands.
        location: Location,
    },
    /// A comment that holds half a line end.
    #[error("`{file}` {location}: the comment above has another kind of line end than the rest")]
    MixedLineEnds {
        /// The list.
        file: String,
        /// Where the row below stands.
        location: Location,
    },
    /// No such file.
    #[error("there is no file `{file}`")]
    Missing {
        /// The list.
        file: String,
        /// A file with nearly the same name.
        nearest: Option<String>,
    },
    /// The first row is a person already.
    #[error("`{file}` {location}: there is no header: a cell of the first row holds an `@`")]
    NoHeader {
        /// The list.
        file: String,
        /// Where the row stands.
        location: Location,
        /// What `--columns` could be.
        columns: String,
    },
    /// A header and nothing else.
    #[error("`{file}` has a header and no rows")]
    NoRows {
        /// The list.
        file: String,
    },
    /// `--sheet` names none.
    #[error("`{file}` has no sheet `{}`", Shown(.sheet))]
    NoSuchSheet {
        /// The list.
        file: String,
        /// What was asked for.
        sheet: String,
        /// What there is.
        sheets: Vec<String>,
    },
    /// A FIFO, a socket or a device: opening it could wait for ever.
    #[error("`{file}` is not a regular file")]
    NotAFile {
        /// The list.
        file: String,
    },
    /// A spreadsheet that cannot be read, or a zip file that is none.
    #[error("`{file}` cannot be read as a spreadsheet: {}", why)]
    NotASheet {
        /// The list.
        file: String,
        /// Why.
        why: &'static str,
    },
    /// Another kind of file.
    #[error("`{file}` is {what}, not a list")]
    NotCsv {
        /// The list.
        file: String,
        /// What it seems to be.
        what: &'static str,
    },
    /// The first sheet holds no list; another one may.
    #[error("`{file}` ({about}) has no e-mail column there")]
    OtherSheet {
        /// The list.
        file: String,
        /// Which sheet was read.
        about: String,
        /// The others.
        other_sheets: Vec<String>,
    },
    /// A quote is opened and never closed.
    #[error("`{file}` {location}: a quote is opened in this row and never closed")]
    OpenQuote {
        /// The list.
        file: String,
        /// Where the row starts.
        location: Location,
    },
    /// One row of many megabytes.
    #[error("`{file}` {location}: this row is longer than {} bytes", Grouped(LARGEST_ROW as u64))]
    RowTooLarge {
        /// The list.
        file: String,
        /// Where the row starts.
        location: Location,
    },
    /// A spreadsheet of more than 100 MB.
    #[error("`{file}` is larger than the 100 MB that a spreadsheet may have")]
    SheetTooLarge {
        /// The list.
        file: String,
    },
    /// A spreadsheet that would fill the memory.
    #[error("`{file}` {bound}")]
    SheetTooMuch {
        /// The list.
        file: String,
        /// What it exceeds.
        bound: SheetBound,
    },
    /// The first row below the header is another one.
    #[error("`{file}` {location}: this row is a header too")]
    TwoHeaders {
        /// The list.
        file: String,
        /// Where the second one stands.
        location: Location,
    },
    /// A header of thousands of cells.
    #[error("`{file}` has {} columns; at most 4,096 are taken", Grouped(*found as u64))]
    TooManyColumns {
        /// The list.
        file: String,
        /// How many there are.
        found: usize,
    },
    /// A sheet of formulas, none of which has a value.
    #[error("`{file}`: no formula of sheet `{}` has a value: it was never calculated", Shown(.sheet))]
    Uncalculated {
        /// The list.
        file: String,
        /// The sheet.
        sheet: String,
    },
    /// The system says no.
    #[error("`{file}` cannot be read: {error}")]
    Unreadable {
        /// The list.
        file: String,
        /// Why.
        error: io::Error,
    },
    /// An option for CSV with a spreadsheet, or the other way round.
    #[error("{option} has no effect: `{file}` is {kind}")]
    UnusedOption {
        /// The option.
        option: &'static str,
        /// The list.
        file: String,
        /// What it is.
        kind: &'static str,
    },
}

impl Diagnostic for InputError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Changed { .. } => "save the list, then run again".to_owned(),
            Self::Columns(error) => return error.hint(),
            Self::Empty { .. } => {
                "export the list again: it needs a header line and a row for each person".to_owned()
            }
            Self::EndlessInput { .. } => "save the list to a file and name that".to_owned(),
            Self::Folder { file } => {
                format!("name the list inside it, for example {file}/staff.csv")
            }
            Self::NotCsv { what, .. } if what.contains("UTF-16") => {
                "export it as CSV UTF-8; if it is UTF-16, say --encoding utf-16le".to_owned()
            }
            Self::HeaderNotUtf8 { .. } | Self::NotCsv { .. } => {
                "in Excel: File > Save As > `CSV UTF-8 (Comma delimited)`".to_owned()
            }
            Self::MixedLineEnds { .. } => {
                "save the list with one kind of line ends, or take the comment out".to_owned()
            }
            Self::Missing { nearest: Some(nearest), .. } => format!("did you mean `{nearest}`?"),
            Self::Missing { nearest: None, .. } => {
                "give the path of the list: CSV, XLSX, XLS or ODS".to_owned()
            }
            Self::NoHeader { columns, .. } => {
                format!("add a header line, or say what each column holds: --columns {columns}")
            }
            Self::NoRows { .. } => "add a row for each person below the header".to_owned(),
            Self::NoSuchSheet { sheets, .. } => format!("it has {}", Listed(sheets)),
            Self::NotAFile { .. } => "save it to a file, or pipe it in and name it `-`".to_owned(),
            Self::NotASheet { .. } => {
                "open it in Excel or LibreOffice and save it as XLSX or CSV".to_owned()
            }
            Self::OtherSheet { other_sheets, .. } => format!(
                "say which sheet holds the list: there {} {}, for example --sheet '{}'",
                if other_sheets.len() == 1 { "is" } else { "are" },
                Listed(other_sheets),
                Shown(&other_sheets[0])
            ),
            Self::OpenQuote { .. } => {
                "close the quote on that line; a quote inside a quoted cell is written twice (\"\")"
                    .to_owned()
            }
            Self::RowTooLarge { .. } => {
                "look for a quote that is opened on that line and never closed".to_owned()
            }
            Self::SheetTooLarge { .. } | Self::SheetTooMuch { .. } => {
                "save it as CSV, which may be of any size".to_owned()
            }
            Self::TwoHeaders { .. } => "delete the lines above it".to_owned(),
            Self::TooManyColumns { .. } => {
                "check the delimiter, or give it with --delimiter".to_owned()
            }
            Self::Uncalculated { .. } => {
                "open the file in Excel or LibreOffice and save it: then its formulas have values"
                    .to_owned()
            }
            Self::Unreadable { .. } => return None,
            Self::UnusedOption { .. } => "leave it out".to_owned(),
        })
    }
}
