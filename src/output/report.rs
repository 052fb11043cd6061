//! `report.csv`: the outcome of each row, for people and spreadsheets.

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
    line: Vec<u8>,
    delimiter: Delimiter,
}

impl ReportFile {
    /// Uses the delimiter of the list, because the same program opens both.
    pub(crate) fn start(folder: &OutputFolder, delimiter: Delimiter) -> Result<Self, OutputError> {
        let mut file = Self { lines: folder.line_file(REPORT)?, line: Vec::new(), delimiter };
        file.lines.write(BYTE_ORDER_MARK)?;
        file.write(HEADER)?;
        Ok(file)
    }

    pub(crate) fn add(&mut self, row: &ReportRow) -> Result<(), OutputError> {
        fn text(label: Option<&Label>) -> &str {
            label.map(Label::as_str).unwrap_or_default()
        }
        let line = row.line.map(|line| line.to_string()).unwrap_or_default();
        let Labels { client, group, department } = &row.labels;
        self.write([
            &line,
            &row.address,
            row.outcome,
            &row.bundle,
            &row.column,
            &row.code,
            &row.reason,
            &row.hint,
            text(client.as_ref()),
            text(group.as_ref()),
            text(department.as_ref()),
        ])
    }

    pub(crate) fn finish(self) -> Result<(), OutputError> {
        self.lines.finish()
    }

    fn write(&mut self, cells: [&str; HEADER.len()]) -> Result<(), OutputError> {
        csv::quoted_line(&mut self.line, self.delimiter, cells.iter().map(|cell| cell.as_bytes()));
        self.lines.write(&self.line)
    }
}
