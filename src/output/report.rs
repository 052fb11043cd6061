//! `report.csv`: what happened to each row, for people and spreadsheets.

use super::error::OutputError;
use super::folder::{LineFile, OutputFolder};
use super::layout::REPORT;
use crate::domain::label::{Label, Labels};

/// The columns.
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

/// What happened to one row.
#[derive(Clone, Debug, Default)]
pub struct ReportRow {
    /// The line the row starts on.
    pub line: u64,
    /// The mailbox as the list writes it; empty where the row has none.
    pub address: String,
    /// `new`, `updated`, `unchanged`, `skipped`, `refused` or `failed`.
    pub outcome: &'static str,
    /// The bundle's path in the folder of the run.
    pub bundle: String,
    /// The column at fault.
    pub column: String,
    /// A stable name for what is wrong.
    pub code: String,
    /// What is wrong, in words.
    pub reason: String,
    /// What to do about it.
    pub hint: String,
    /// What the list says about the person beyond that.
    pub labels: Labels,
}

/// The report, growing.
#[derive(Debug)]
pub struct ReportFile(LineFile);

impl ReportFile {
    /// Starts the report of a run in `folder`. The byte order mark tells Excel that it is UTF-8.
    pub fn start(folder: &OutputFolder) -> Result<Self, OutputError> {
        let mut file = Self(folder.line_file(REPORT)?);
        file.0.write(b"\xef\xbb\xbf")?;
        file.write(HEADER.map(str::to_owned))?;
        Ok(file)
    }

    /// Adds a row.
    pub fn add(&mut self, row: ReportRow) -> Result<(), OutputError> {
        let line = row.line.to_string();
        let Labels { client, group, department } = row.labels;
        let label =
            |label: Option<Label>| label.map(|label| label.as_str().to_owned()).unwrap_or_default();
        self.write([
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

    /// Puts the report into its place.
    pub fn finish(self) -> Result<(), OutputError> {
        self.0.finish()
    }

    fn write(&mut self, cells: [String; HEADER.len()]) -> Result<(), OutputError> {
        let mut line = csv::WriterBuilder::new()
            .quote_style(csv::QuoteStyle::Always)
            .terminator(csv::Terminator::CRLF)
            .from_writer(Vec::new());
        // writing to memory cannot fail
        let written = line.write_record(cells.map(defuse)).is_ok();
        let bytes = line.into_inner().unwrap_or_default();
        debug_assert!(written);
        self.0.write(&bytes)
    }
}

/// A cell that a spreadsheet would run as a formula gets an apostrophe in front (CWE-1236). The
/// full-width forms count too: spreadsheets of East Asia take them for the others.
fn defuse(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']) {
        format!("'{cell}")
    } else {
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_is_defused() {
        for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "＝1"] {
            assert_eq!(defuse(cell.to_owned()), format!("'{cell}"));
        }
        assert_eq!(defuse("ada@q.com".to_owned()), "ada@q.com");
    }
}
