//! Bytes to people. No row is dropped: each becomes a [`Person`], a skipped one or a `RowError`,
//! with its place.

use std::fmt;

use crate::domain::label::Labels;
use crate::domain::person::{Person, PersonId};

mod cells;
mod clean;

pub mod columns;
mod csv;
mod day;
pub(crate) mod dialect;
mod doubt;
pub(crate) mod encoding;
pub(crate) mod error;
pub(crate) mod fault;
mod format;
mod list;
mod mojibake;
mod quoting;
mod reader;
mod row_buffer;
mod sheet;
pub(crate) mod source;
mod top;
mod totals;
mod unspaced;
mod words;

pub use columns::{Field, Mapping};
pub(crate) use doubt::Doubt;
pub use error::{InputError, InputErrorKind};
pub(crate) use fault::{RowError, RowFault};
pub use list::List;
pub(crate) use quoting::Quoting;
pub use reader::RowReader;
pub use source::Source;

/// The longest cell that is looked at, in bytes.
pub(crate) const LONGEST_CELL: usize = 4096;

/// How many rows of a title may stand above the header.
const MOST_TITLES: usize = 10;

/// How the list is to be read, where the admin said so.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// Its encoding; detected where absent.
    pub encoding: Option<encoding::Label>,
    /// The character between cells; found by itself where absent.
    pub delimiter: Option<u8>,
    /// The character that makes a line a comment.
    pub comment: Option<u8>,
    /// What the columns of a list without header hold.
    pub columns: Option<columns::ColumnList>,
    /// The sheet of a spreadsheet, by name or number; the first that holds something where absent.
    pub sheet: Option<String>,
    /// Columns named by hand: `--map email=Address`.
    pub maps: Vec<columns::Map>,
    /// The day of the run, by which a day of leaving is past or not; without it every such day is past.
    pub today: Option<time::Date>,
}

/// Where a row stands in the list, as an editor or a spreadsheet counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// The line or row it starts on, from 1.
    pub number: u64,
    unit: Unit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Unit {
    Line,
    Row,
}

impl Location {
    /// A line of a text file.
    pub(crate) fn line(number: u64) -> Self {
        Self { number, unit: Unit::Line }
    }

    /// A row of a spreadsheet.
    pub(crate) fn row(number: u64) -> Self {
        Self { number, unit: Unit::Row }
    }

    /// Another place in the same list.
    #[must_use]
    pub(crate) fn at(self, number: u64) -> Self {
        Self { number, ..self }
    }

    /// `line` or `row`.
    pub(crate) fn unit(self) -> &'static str {
        match self.unit {
            Unit::Line => "line",
            Unit::Row => "row",
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.unit(), self.number)
    }
}

/// How a record was written, as far as it lets one doubt what was read.
#[derive(Clone, Copy, Debug)]
struct Shape {
    /// A quoted cell goes on behind its closing quote.
    stray_quote: bool,
    /// How many lines the record takes.
    lines: u64,
    /// What stands between the cells of a CSV list.
    delimiter: Option<u8>,
    /// What a spreadsheet knows of the row.
    sheet: Option<SheetRow>,
}

/// What a spreadsheet knows of a row, besides its cells.
#[derive(Clone, Copy, Debug)]
struct SheetRow {
    /// A formula adds cells up.
    has_sum: bool,
}

impl Default for Shape {
    fn default() -> Self {
        Self { stray_quote: false, lines: 1, delimiter: None, sheet: None }
    }
}

/// One row with its place.
#[derive(Debug)]
pub struct Row {
    /// Where the row stands.
    pub location: Location,
    /// The person's key, where the row has one that can be read, whatever else is wrong with it.
    pub(crate) id: Option<PersonId>,
    /// What became of it.
    pub content: Content,
    /// Cells that the row lacks at its end; they count as blank.
    pub(crate) missing_cells: usize,
    /// What is odd about it, and no reason to refuse it.
    pub(crate) doubts: Vec<Doubt>,
    /// Whether the list has a password for the mailbox.
    pub(crate) password: Password,
    /// What reports repeat about somebody who gets nothing.
    pub(crate) labels: Labels,
}

/// What a row says.
#[derive(Debug)]
pub enum Content {
    /// A person.
    Person(Box<Person>),
    /// Somebody who gets no mail settings.
    Skipped(Skip),
    /// Something that cannot be used.
    Refused(RowError),
}

/// Why somebody is left out, by the list's own word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skip {
    /// The mailbox, as the list writes it.
    pub(crate) address: String,
    /// The column that says so.
    pub(crate) column: String,
    /// Its cell.
    pub value: String,
    /// What is left out.
    pub(crate) what: Skipped,
}

/// What is left out of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Skipped {
    /// A person, or a template's example of one.
    Person,
    /// The row of totals below the list.
    Totals,
}

impl Skipped {
    /// A stable name for programs.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Person => "skipped",
            Self::Totals => "totals-row",
        }
    }
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use crate::diagnostic::Shown;
        if self.what == Skipped::Totals {
            f.write_str("it is the row of totals: ")?;
        }
        write!(f, "`{}` is `{}`", Shown(&self.column), Shown(&self.value))
    }
}

/// What a password column says. The password itself is never kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Password {
    /// Nothing, `****`, a hash, or one that must be changed first.
    #[default]
    None,
    /// There is one.
    Given,
}
