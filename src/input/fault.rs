//! Faults of one row. Its person gets nothing; other people are not affected.

use std::fmt;

use thiserror::Error;

use super::LONGEST_CELL;
use crate::diagnostic::{Diagnostic, Grouped, Shown};
use crate::domain::email::{EmailAddress, EmailError};
use crate::domain::host::HostError;
use crate::domain::name::NameError;

/// All faults of one row.
#[derive(Clone, Debug)]
pub struct RowError {
    /// At least one.
    pub faults: Vec<RowFault>,
    /// The mailbox, where that cell is sound.
    pub(crate) address: Option<EmailAddress>,
}

impl From<RowFault> for RowError {
    fn from(fault: RowFault) -> Self {
        Self { faults: vec![fault], address: None }
    }
}

/// One fault of a row.
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
    /// First and last name together, or the address that replaces them.
    #[error("the name is longer than 128 characters")]
    NameTooLong,
    /// A quoted cell continues after its closing quote.
    #[error("a closing quote is followed by more text{}", Span(*.lines))]
    StrayQuote {
        /// How many lines the row takes.
        lines: u64,
    },
    /// A row that ends early, in a list whose cells may be passwords.
    #[error("the row has {found} cells, the header has {expected}")]
    TooFewCells {
        /// Cells in the row.
        found: usize,
        /// Cells in the header.
        expected: usize,
    },
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
    /// Not a mail domain.
    Domain(HostError),
    /// Not a server's name.
    Host(HostError),
    /// Not a usable id.
    Id(NameError),
    /// Not a usable login.
    Login(NameError),
    /// A user name without `@`, where no column has the domain.
    NoDomain,
    /// Not a usable name.
    Name(NameError),
    /// An address with `?` or U+FFFD for a letter that the exporting program could not write.
    LostLetter,
    /// A placeholder of an MDM or a mail merge: `$EMAIL`, `{{mail}}`.
    Variable,
    /// Bytes that are not UTF-8.
    NotUtf8,
    /// A number that a spreadsheet has rounded.
    Rounded,
    /// The text that a spreadsheet shows for a formula that failed.
    SheetError,
    /// An unknown device.
    Platform,
    /// Not a port.
    Port,
    /// Not a protection.
    Security,
    /// Too long to be used, in bytes.
    TooLong(usize),
    /// `TRUE` or `FALSE` from a spreadsheet, where a name or an id is expected.
    TruthValue,
    /// A formula without value.
    Uncalculated,
}

struct Span(u64);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 | 1 => Ok(()),
            lines => write!(f, "; the row runs over {} lines", Grouped(lines)),
        }
    }
}

struct CellMessage<'a>(Option<&'a str>, &'a CellFault);

impl fmt::Display for CellMessage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value =
            self.0.map_or_else(|| "the cell".to_owned(), |value| format!("`{}`", Shown(value)));
        match self.1 {
            CellFault::Address(error) => write!(f, "{value} is not an address: {error}"),
            CellFault::BlankAddress => write!(f, "the address is blank"),
            CellFault::Domain(error) => write!(f, "{value} is not a mail domain: {error}"),
            CellFault::Host(error) => write!(f, "{value} is not a server's name: {error}"),
            CellFault::Id(error) => write!(f, "{value} cannot be an id: {error}"),
            CellFault::Login(error) => write!(f, "{value} cannot be a login: {error}"),
            CellFault::NoDomain => write!(f, "{value} is a user name, not an address"),
            CellFault::Name(error) => write!(f, "{value} cannot be a name: {error}"),
            CellFault::LostLetter => write!(f, "{value} has lost a letter: it is not the address"),
            CellFault::Variable => write!(
                f,
                "{value} is a variable that an MDM or a mail merge fills in, not a person's data"
            ),
            CellFault::NotUtf8 => write!(f, "{value} is not UTF-8 text"),
            CellFault::Rounded => write!(f, "{value} is a number that a spreadsheet has rounded"),
            CellFault::SheetError => write!(f, "{value} is a formula that failed"),
            CellFault::Platform => write!(f, "{value} is not a known kind of device"),
            CellFault::Port => write!(f, "{value} is not a port: that is a number from 1 to 65535"),
            CellFault::Security => write!(f, "{value} is not one of tls, starttls, none"),
            CellFault::TruthValue => write!(f, "{value} is a truth value, not a text"),
            CellFault::Uncalculated => {
                write!(f, "the formula has no value: it was never calculated")
            }
            CellFault::TooLong(size) => {
                let (size, most) = (Grouped(*size as u64), Grouped(LONGEST_CELL as u64));
                write!(f, "the cell holds {size} bytes; at most {most} are taken")
            }
        }
    }
}

impl RowFault {
    /// The header of the column at fault, where it is one cell's.
    pub(crate) fn column(&self) -> Option<&str> {
        match self {
            Self::Cell { column, .. } => Some(column),
            Self::NameTooLong
            | Self::StrayQuote { .. }
            | Self::TooFewCells { .. }
            | Self::TooManyCells { .. } => None,
        }
    }

    /// A stable name for programs: the `code` in reports.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Cell { fault, .. } => match fault {
                CellFault::Address(_) => "malformed-address",
                CellFault::BlankAddress => "blank-address",
                CellFault::Domain(_) => "malformed-domain",
                CellFault::Host(_) => "malformed-host",
                CellFault::Id(_) => "malformed-id",
                CellFault::Login(_) => "malformed-login",
                CellFault::NoDomain => "no-domain",
                CellFault::Name(_) => "malformed-name",
                CellFault::LostLetter => "lost-letter-in-address",
                CellFault::Variable => "template-variable",
                CellFault::NotUtf8 => "not-utf-8",
                CellFault::Rounded => "rounded-number",
                CellFault::SheetError => "failed-formula",
                CellFault::Platform => "unknown-platform",
                CellFault::Port => "malformed-port",
                CellFault::Security => "unknown-security",
                CellFault::TooLong(_) => "cell-too-long",
                CellFault::TruthValue => "truth-value",
                CellFault::Uncalculated => "uncalculated-formula",
            },
            Self::NameTooLong => "name-too-long",
            Self::StrayQuote { .. } => "stray-quote",
            Self::TooFewCells { .. } => "too-few-cells",
            Self::TooManyCells { .. } => "too-many-cells",
        }
    }
}

impl CellFault {
    fn hint(&self) -> &'static str {
        match self {
            Self::Address(EmailError::SecondAt) => {
                "one address to a cell; give a second mailbox its own row"
            }
            Self::Address(_) => {
                "an address is written name@domain, for example ada@centurylink.net"
            }
            Self::BlankAddress => "fill the address in, or delete the row",
            Self::Domain(_) => {
                "write the part after the @, for example centurylink.net; if the column is something else, use --map domain=-"
            }
            Self::Host(_) => "write the bare name of the server, for example imap.example.org",
            Self::Id(_) | Self::Login(_) | Self::Name(_) => {
                "type the cell again by hand: it was probably pasted"
            }
            Self::NoDomain => {
                "write the whole address, or add a column `domain` with the part after the @"
            }
            Self::LostLetter => {
                "export the list again with its letters, in Excel as `CSV UTF-8`, in Windows PowerShell with Export-Csv -Encoding UTF8; or type the address"
            }
            Self::Variable => {
                "export the people themselves from the directory; a template of an MDM names none"
            }
            Self::NotUtf8 => {
                "save that part of the list as UTF-8, in Excel: File > Save As > `CSV UTF-8 (Comma delimited)`; if the whole list is in another encoding, name it, for example --encoding windows-1250"
            }
            Self::Rounded => {
                "format the column as text and fill it in again: the last digits are gone"
            }
            Self::SheetError => "mend the formula in the spreadsheet, then export again",
            Self::Platform => {
                "write apple, android or windows, several with a comma, or leave the cell blank for all"
            }
            Self::Port | Self::Security => {
                "correct the cell, or leave it blank to use the provider's"
            }
            Self::TruthValue => {
                "spreadsheets turn a typed `true` into one: format the column as text and type the cell again"
            }
            Self::Uncalculated => {
                "open the file in Excel or LibreOffice and save it: then its formulas have values"
            }
            Self::TooLong(_) => {
                "look for a quote that is opened in this row and closed in a later one"
            }
        }
    }
}

impl Diagnostic for RowFault {
    fn hint(&self) -> Option<String> {
        Some(
            match self {
                Self::Cell { fault, .. } => fault.hint(),
                Self::NameTooLong => "give the row a shorter name",
                Self::StrayQuote { .. } => {
                    "a quote inside a quoted cell is written twice (\"\"); look for one that is missing its partner"
                }
                Self::TooFewCells { .. } => {
                    "in a list with passwords every row must have all its cells, blank ones too: a password could stand in another's place"
                }
                Self::TooManyCells { .. } => {
                    "look for a cell beyond the last header; in CSV, put quotes round a cell that holds the delimiter, for example \"Lee, Ann\""
                }
            }
            .to_owned(),
        )
    }
}
