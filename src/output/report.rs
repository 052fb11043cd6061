//! `report.csv`: the outcome of each row, for people and spreadsheets.

use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::Path;

use ::csv::{ReaderBuilder, StringRecord};

use super::csv::{self, BYTE_ORDER_MARK};
use super::delimiter::delimiter_in;
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
    /// `new`, `updated`, `unchanged`, `skipped`, `refused` or `failed`; `left` or `retired` for a person who is not in
    /// the list.
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

/// A row of the list in the report of an earlier run.
#[derive(Clone, Debug)]
pub(crate) struct EarlierRow(StringRecord);

impl EarlierRow {
    /// One of those of [`ReportRow::outcome`].
    pub(crate) fn outcome(&self) -> &str {
        &self.0[2]
    }

    /// The path below the folder of the run; empty for a row without bundle.
    pub(crate) fn bundle(&self) -> &str {
        &self.0[3]
    }
}

/// The rows of the list in the report of the folder `root`, up to one that no run writes.
pub(crate) fn rows_in(root: &Path) -> impl Iterator<Item = EarlierRow> {
    let path = root.join(REPORT);
    // opening a FIFO could block
    let is_file = path.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
    let file = is_file.then(|| File::open(&path).ok()).flatten();
    let rows = file.and_then(|file| {
        let mut file = BufReader::new(file);
        let mut mark = [0; BYTE_ORDER_MARK.len()];
        file.read_exact(&mut mark).ok().filter(|()| mark == BYTE_ORDER_MARK)?;
        let delimiter = delimiter_in(root).into();
        let mut rows = ReaderBuilder::new().delimiter(delimiter).from_reader(file);
        rows.headers().is_ok_and(|header| header == HEADER[..]).then(|| rows.into_records())
    });
    let rows = rows.into_iter().flatten().map_while(Result::ok);
    rows.filter(|row| !row[0].is_empty()).map(EarlierRow)
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

    /// Adds a row of an earlier run, with another `outcome` where there is one.
    pub(crate) fn copy(
        &mut self,
        row: &EarlierRow,
        outcome: Option<&str>,
    ) -> Result<(), OutputError> {
        let mut cells = [""; HEADER.len()];
        cells.iter_mut().zip(row.0.iter()).for_each(|(cell, text)| *cell = text);
        cells[2] = outcome.unwrap_or(cells[2]);
        self.write(cells)
    }

    pub(crate) fn finish(self) -> Result<(), OutputError> {
        self.lines.finish()
    }

    fn write(&mut self, cells: [&str; HEADER.len()]) -> Result<(), OutputError> {
        csv::quoted_line(&mut self.line, self.delimiter, cells.iter().map(|cell| cell.as_bytes()));
        self.lines.write(&self.line)
    }
}
