//! `retired/identifiers.csv`: what an MDM removes from the devices of people who were retired.

use super::csv::{self, BYTE_ORDER_MARK};
use super::error::OutputError;
use super::folder::{LineFile, OutputFolder};
use super::layout::{IDENTIFIERS, RETIRED};
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

/// A row without its time, as it is read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Identifier {
    pub(crate) address: String,
    pub(crate) name: String,
    pub(crate) platform: String,
    pub(crate) identifier: String,
}

/// The rows of a whole file; `None` for one that no run writes. Texts are without the apostrophe that keeps
/// spreadsheets from taking them for a formula.
pub(crate) fn read(bytes: &[u8]) -> Option<Vec<Identifier>> {
    let text = bytes.strip_prefix(BYTE_ORDER_MARK)?;
    let first = format!("\"{}\"", HEADER[0]);
    let delimiter = *text.strip_prefix(first.as_bytes())?.first()?;
    let mut rows = ::csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text);
    if *rows.headers().ok()? != HEADER[..] {
        return None;
    }
    let cell = |text: &str| match text.strip_prefix('\'') {
        Some(rest) if csv::defuse(rest.as_bytes()) == text.as_bytes() => rest.to_owned(),
        _ => text.to_owned(),
    };
    let row = |row: ::csv::StringRecord| Identifier {
        address: cell(&row[0]),
        name: cell(&row[1]),
        platform: cell(&row[3]),
        identifier: cell(&row[4]),
    };
    rows.records().map(|read| read.ok().map(row)).collect()
}

/// Gives the file another name, if it is there: an MDM may still have to remove what it names. Returns the name.
pub(crate) fn set_aside(folder: &OutputFolder) -> Result<Option<String>, OutputError> {
    folder.set_aside(IDENTIFIERS, |number| format!("{RETIRED}/identifiers.earlier-{number}.csv"))
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
