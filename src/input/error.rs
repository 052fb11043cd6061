//! What can be wrong with a list, and with one row of it.

use std::io;

use thiserror::Error;

use super::columns::ColumnError;
use super::guard::LARGEST_ROW;
use super::{LONGEST_CELL, Location};
use crate::diagnostic::{Diagnostic, Grouped, Shown};
use crate::domain::email::EmailError;
use crate::domain::name::NameError;

/// The list as a whole cannot be used: nothing is written.
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
    /// No such file.
    #[error("there is no file `{file}`")]
    Missing {
        /// The list.
        file: String,
        /// A file with nearly the same name.
        nearest: Option<String>,
    },
    /// A header and nothing else.
    #[error("`{file}` has a header and no rows")]
    NoRows {
        /// The list.
        file: String,
    },
    /// Another kind of file.
    #[error("`{file}` is {what}, not CSV")]
    NotCsv {
        /// The list.
        file: String,
        /// What it seems to be.
        what: &'static str,
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
    /// A header of thousands of cells.
    #[error("`{file}` has {} columns; at most 4,096 are taken", Grouped(*found as u64))]
    TooManyColumns {
        /// The list.
        file: String,
        /// How many there are.
        found: usize,
    },
    /// The system says no.
    #[error("`{file}` cannot be read: {error}")]
    Unreadable {
        /// The list.
        file: String,
        /// Why.
        error: io::Error,
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
            Self::Folder { file } => {
                format!("name the CSV file inside it, for example {file}/staff.csv")
            }
            Self::HeaderNotUtf8 { .. } | Self::NotCsv { .. } => {
                "in Excel: File > Save As > `CSV UTF-8 (Comma delimited)`".to_owned()
            }
            Self::Missing { nearest: Some(nearest), .. } => format!("did you mean `{nearest}`?"),
            Self::Missing { nearest: None, .. } => "give the path of the CSV file".to_owned(),
            Self::NoRows { .. } => "add a row for each person below the header".to_owned(),
            Self::OpenQuote { .. } => {
                "close the quote on that line; a quote inside a quoted cell is written twice (\"\")"
                    .to_owned()
            }
            Self::RowTooLarge { .. } => {
                "look for a quote that is opened on that line and never closed".to_owned()
            }
            Self::TooManyColumns { .. } => {
                "check the delimiter, or give it with --delimiter".to_owned()
            }
            Self::Unreadable { .. } => return None,
        })
    }
}

/// Everything that is wrong with one row.
#[derive(Clone, Debug)]
pub struct RowError {
    /// At least one.
    pub faults: Vec<RowFault>,
}

impl From<RowFault> for RowError {
    fn from(fault: RowFault) -> Self {
        Self { faults: vec![fault] }
    }
}

/// One thing that is wrong with a row.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum RowFault {
    /// A cell.
    #[error("{}", CellMessage(.value.as_deref(), .fault))]
    Cell {
        /// The column's header as the list writes it.
        column: String,
        /// The cell's text; absent where it must not be repeated.
        value: Option<String>,
        /// What is wrong with it.
        fault: CellFault,
    },
    /// First and last name together, or the address that stands in for them.
    #[error("the name is longer than 128 characters")]
    NameTooLong,
    /// A cell without header.
    #[error("the row has {found} cells, the header has {expected}")]
    TooManyCells {
        /// Cells in the row.
        found: usize,
        /// Cells in the header.
        expected: usize,
    },
}

/// What is wrong with a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CellFault {
    /// Not a mail address.
    Address(EmailError),
    /// The address is missing.
    BlankAddress,
    /// Not a usable id.
    Id(NameError),
    /// Not a usable login.
    Login(NameError),
    /// Not a usable name.
    Name(NameError),
    /// Bytes that are not UTF-8.
    NotUtf8,
    /// Too long to be looked at, in bytes.
    TooLong(usize),
}

struct CellMessage<'a>(Option<&'a str>, &'a CellFault);

impl std::fmt::Display for CellMessage<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let value =
            self.0.map_or_else(|| "the cell".to_owned(), |value| format!("`{}`", Shown(value)));
        match self.1 {
            CellFault::Address(error) => write!(f, "{value} is not an address: {error}"),
            CellFault::BlankAddress => write!(f, "the address is blank"),
            CellFault::Id(error) => write!(f, "{value} cannot be an id: {error}"),
            CellFault::Login(error) => write!(f, "{value} cannot be a login: {error}"),
            CellFault::Name(error) => write!(f, "{value} cannot be a name: {error}"),
            CellFault::NotUtf8 => write!(f, "{value} is not UTF-8 text"),
            CellFault::TooLong(size) => {
                let (size, most) = (Grouped(*size as u64), Grouped(LONGEST_CELL as u64));
                write!(f, "the cell holds {size} bytes; at most {most} are taken")
            }
        }
    }
}

impl RowFault {
    /// The header of the column at fault, where it is one cell's.
    pub fn column(&self) -> Option<&str> {
        match self {
            Self::Cell { column, .. } => Some(column),
            Self::NameTooLong | Self::TooManyCells { .. } => None,
        }
    }

    /// A stable name for programs: the `code` in reports.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Cell { fault, .. } => match fault {
                CellFault::Address(_) => "malformed-address",
                CellFault::BlankAddress => "blank-address",
                CellFault::Id(_) => "malformed-id",
                CellFault::Login(_) => "malformed-login",
                CellFault::Name(_) => "malformed-name",
                CellFault::NotUtf8 => "not-utf-8",
                CellFault::TooLong(_) => "cell-too-long",
            },
            Self::NameTooLong => "name-too-long",
            Self::TooManyCells { .. } => "too-many-cells",
        }
    }
}

impl Diagnostic for RowFault {
    fn hint(&self) -> Option<String> {
        Some(
            match self {
                Self::Cell { fault, .. } => match fault {
                    CellFault::Address(EmailError::SecondAt) => {
                        "one address to a cell; give a second mailbox its own row"
                    }
                    CellFault::Address(_) => {
                        "an address is written name@domain, for example ada@centurylink.net"
                    }
                    CellFault::BlankAddress => "fill the address in, or delete the row",
                    CellFault::Id(_) | CellFault::Login(_) | CellFault::Name(_) => {
                        "type the cell again by hand: it was probably pasted"
                    }
                    CellFault::NotUtf8 => {
                        "in Excel: File > Save As > `CSV UTF-8 (Comma delimited)`"
                    }
                    CellFault::TooLong(_) => {
                        "look for a quote that is opened in this row and closed in a later one"
                    }
                },
                Self::NameTooLong => "give the row a shorter name",
                Self::TooManyCells { .. } => {
                    "put quotes round a cell that holds the delimiter, for example \"Lee, Ann\""
                }
            }
            .to_owned(),
        )
    }
}
