//! `report.csv`: the outcome of each row, for people and spreadsheets.

use ::csv::QuoteStyle;

use super::csv::{self, BYTE_ORDER_MARK};
use super::error::OutputError;
use super::folder::{LineFile, OutputFolder};
use super::layout::REPORT;
use crate::domain::delimiter::Delimiter;
use crate::domain::label::{Label, Labels};

const HEADER: [&str; 11] = [
    "line",
    "address",
    "outcome",
    "bundle",
    "column",
    "code",
    "reason",
    "hint",
    "client",
    "group",
    "department",
];

#[derive(Clone, Debug, Default)]
pub(crate) struct ReportRow {
    /// The first line of the row; absent for a person who is not in the list.
    pub(crate) line: Option<u64>,
    /// The mailbox as in the list; empty if the row has none.
    pub(crate) address: String,
    /// `new`, `updated`, `unchanged`, `skipped`, `refused` or `failed`.
    pub(crate) outcome: &'static str,
    /// The path below the folder of the run.
    pub(crate) bundle: String,
    /// The header of the faulty column.
    pub(crate) column: String,
    /// For programs, stable.
    pub(crate) code: String,
    pub(crate) reason: String,
    pub(crate) hint: String,
    pub(crate) labels: Labels,
}

/// The report, written row by row.
#[derive(Debug)]
pub(crate) struct ReportFile {
    lines: LineFile,
    delimiter: Delimiter,
}

impl ReportFile {
    /// Uses the delimiter of the list, because the same program opens both.
    pub(crate) fn start(folder: &OutputFolder, delimiter: Delimiter) -> Result<Self, OutputError> {
        let mut file = Self { lines: folder.line_file(REPORT)?, delimiter };
        file.lines.write(BYTE_ORDER_MARK)?;
        file.write(&HEADER.map(str::to_owned))?;
        Ok(file)
    }

    pub(crate) fn add(&mut self, row: ReportRow) -> Result<(), OutputError> {
        let line = row.line.map(|line| line.to_string()).unwrap_or_default();
        let Labels { client, group, department } = row.labels;
        let label =
            |label: Option<Label>| label.map(|label| label.as_str().to_owned()).unwrap_or_default();
        self.write(&[
            line,
            row.address,
            row.outcome.to_owned(),
            row.bundle,
            row.column,
            row.code,
            row.reason,
            row.hint,
            label(client),
            label(group),
            label(department),
        ])
    }

    pub(crate) fn finish(self) -> Result<(), OutputError> {
        self.lines.finish()
    }

    fn write(&mut self, cells: &[String; HEADER.len()]) -> Result<(), OutputError> {
        let cells = cells.iter().map(String::as_bytes);
        self.lines.write(&csv::line(self.delimiter, QuoteStyle::Always, cells))
    }
}
