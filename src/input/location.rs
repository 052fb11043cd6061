//! Locations of rows.

use std::fmt;

/// The line or row of a list, as an editor or a spreadsheet counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// From 1.
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

    /// Another location in the same list.
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
