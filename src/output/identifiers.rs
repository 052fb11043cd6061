//! `retired/identifiers.csv`: what an MDM removes from the devices of people who were retired.

use super::csv::{self, BYTE_ORDER_MARK};
use super::error::OutputError;
use super::folder::{LineFile, OutputFolder};
use super::layout::IDENTIFIERS;
use crate::domain::delimiter::Delimiter;

const HEADER: [&str; 5] = ["address", "name", "retired_at", "platform", "identifier"];

/// One identifier of one person.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IdentifierRow<'a> {
    /// The first mailbox.
    pub(crate) address: &'a str,
    pub(crate) name: &'a str,
    /// RFC 3339, UTC.
    pub(crate) retired_at: &'a str,
    pub(crate) platform: &'a str,
    pub(crate) identifier: &'a str,
}

/// The file, growing. It is there only if it has a row.
#[derive(Debug)]
pub(crate) struct IdentifiersFile<'a> {
    folder: &'a OutputFolder,
    lines: Option<LineFile>,
    delimiter: Delimiter,
}

impl<'a> IdentifiersFile<'a> {
    /// A file in `folder`. `delimiter` is that of the list: the same program opens both.
    pub(crate) fn new(folder: &'a OutputFolder, delimiter: Delimiter) -> Self {
        Self { folder, lines: None, delimiter }
    }

    pub(crate) fn add(&mut self, row: &IdentifierRow<'_>) -> Result<(), OutputError> {
        if self.lines.is_none() {
            self.folder.make_parent(IDENTIFIERS)?;
            let lines = self.lines.insert(self.folder.line_file(IDENTIFIERS)?);
            lines.write(BYTE_ORDER_MARK)?;
            self.write(HEADER)?;
        }
        self.write([row.address, row.name, row.retired_at, row.platform, row.identifier])
    }

    /// Puts the file into its place. Without a row that of an earlier run is removed.
    pub(crate) fn finish(self) -> Result<(), OutputError> {
        match self.lines {
            Some(lines) => lines.finish(),
            None => self.folder.remove(IDENTIFIERS),
        }
    }

    fn write(&mut self, cells: [&str; HEADER.len()]) -> Result<(), OutputError> {
        let mut line = Vec::new();
        csv::quoted_line(&mut line, self.delimiter, cells.iter().map(|cell| cell.as_bytes()));
        self.lines.as_mut().map_or(Ok(()), |lines| lines.write(&line))
    }
}
