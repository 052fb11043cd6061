//! `changes.csv`: whose files are new or different, why, and what each person has to do.

use super::csv::{self, BYTE_ORDER_MARK};
use super::error::OutputError;
use super::folder::{LineFile, OutputFolder};
use super::layout::CHANGES;
use crate::domain::delimiter::Delimiter;

const HEADER: [&str; 5] = ["address", "name", "change", "details", "action"];

/// What happened to one person.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChangeRow<'a> {
    /// The first mailbox.
    pub(crate) address: &'a str,
    pub(crate) name: &'a str,
    /// `new`, `changed`, `signer-changed`, `signer-renewed`, `re-created`, `left`, `returned`, `retired` or `renamed`.
    pub(crate) change: &'a str,
    /// Fields with their old and new values.
    pub(crate) details: &'a str,
    /// What the person has to do, by kind of device.
    pub(crate) action: &'a str,
}

/// The file, growing.
#[derive(Debug)]
pub(crate) struct ChangesFile {
    lines: LineFile,
    line: Vec<u8>,
    delimiter: Delimiter,
}

impl ChangesFile {
    /// Starts the file in `folder`. `delimiter` is that of the list: the same program opens both.
    pub(crate) fn start(folder: &OutputFolder, delimiter: Delimiter) -> Result<Self, OutputError> {
        let mut file = Self { lines: folder.line_file(CHANGES)?, line: Vec::new(), delimiter };
        file.lines.write(BYTE_ORDER_MARK)?;
        file.write(HEADER)?;
        Ok(file)
    }

    pub(crate) fn add(&mut self, row: &ChangeRow<'_>) -> Result<(), OutputError> {
        self.write([row.address, row.name, row.change, row.details, row.action])
    }

    /// Puts the file into its place.
    pub(crate) fn finish(self) -> Result<(), OutputError> {
        self.lines.finish()
    }

    fn write(&mut self, cells: [&str; HEADER.len()]) -> Result<(), OutputError> {
        let cells = cells.iter().map(|cell| cell.as_bytes());
        csv::quoted_line(&mut self.line, self.delimiter, cells);
        self.lines.write(&self.line)
    }
}
