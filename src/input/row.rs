//! One row of a list.

use std::fmt;

use super::{Location, RowError, RowWarning};
use crate::diagnostic::Shown;
use crate::domain::label::Labels;
use crate::domain::person::{Person, PersonId};

/// One row with its location.
#[derive(Debug)]
pub struct Row {
    /// Where the row is.
    pub location: Location,
    /// The person's key, where the row has one that can be read, whatever else is wrong with it.
    pub(crate) id: Option<PersonId>,
    /// What the row holds.
    pub content: RowContent,
    /// Cells that the row lacks at its end; they count as blank.
    pub(crate) missing_cells: usize,
    pub(crate) warnings: Vec<RowWarning>,
    /// Whether the list has a password for the mailbox.
    pub(crate) password: Password,
    /// Labels for the report of a skipped or refused row.
    pub(crate) labels: Labels,
}

/// What a row holds.
#[derive(Debug)]
pub enum RowContent {
    /// A person.
    Person(Box<Person>),
    /// A person who gets no mail settings.
    Skipped(Skip),
    /// A row that cannot be used.
    Refused(RowError),
}

/// Why the list itself excludes a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skip {
    /// The mailbox, as the list writes it.
    pub(crate) address: String,
    /// The column with the reason.
    pub(crate) column: String,
    /// Its cell.
    pub value: String,
    pub(crate) what: Skipped,
}

/// What is skipped in a list.
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
        if self.what == Skipped::Totals {
            f.write_str("it is the row of totals: ")?;
        }
        write!(f, "`{}` is `{}`", Shown(&self.column), Shown(&self.value))
    }
}

/// Whether a row has a password. The password itself is kept for signing in only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Password {
    /// Nothing, `****`, a hash, or one that must be changed first.
    #[default]
    None,
    /// There is one.
    Given,
}

/// How a record was written, as far as it affects trust in its cells.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// A quoted cell continues after its closing quote.
    pub(super) stray_quote: bool,
    /// How many lines the record takes.
    pub(super) lines: u64,
    /// The delimiter of a CSV list.
    pub(super) delimiter: Option<u8>,
    pub(super) sheet: Option<SheetRow>,
}

/// Facts about a row of a spreadsheet besides its cells.
#[derive(Clone, Copy, Debug)]
pub(super) struct SheetRow {
    /// A formula adds cells up.
    pub(super) has_sum: bool,
}

impl Default for Shape {
    fn default() -> Self {
        Self { stray_quote: false, lines: 1, delimiter: None, sheet: None }
    }
}
