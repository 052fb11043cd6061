//! The refused rows of a list, as the list has them, each with a word on why: to be mended and fed
//! back. It copies every cell, so it is as private as the list.

use std::borrow::Cow;
use std::io::{BufWriter, IntoInnerError, Write};
use std::path::{Path, PathBuf};

use ::csv::QuoteStyle;

use super::csv::{BYTE_ORDER_MARK, line};
use super::error::OutputError;
use super::part::Part;
use crate::domain::delimiter::Delimiter;

/// The first column. No field has this header, so the file can be read as a list again. Where it is the
/// first column of that list too, it is replaced.
pub(crate) const WHY: &str = "why";

/// A file of refused rows, growing. It is in its place once it is finished, and never over another.
#[derive(Debug)]
pub(crate) struct RejectsFile {
    path: PathBuf,
    lines: BufWriter<Part>,
    delimiter: Delimiter,
    /// How many columns of the list are replaced.
    replaced: usize,
    rows: u64,
}

impl RejectsFile {
    /// Starts the file `path`, which must not exist.
    pub(crate) fn create(path: &Path) -> Result<Self, OutputError> {
        let mut lines = BufWriter::new(Part::create_alone(path)?);
        lines.write_all(BYTE_ORDER_MARK).map_err(OutputError::at(path))?;
        Ok(Self {
            path: path.to_owned(),
            lines,
            delimiter: Delimiter::default(),
            replaced: 0,
            rows: 0,
        })
    }

    /// Adds the header. This and all rows are separated by `delimiter`.
    pub(crate) fn header(
        &mut self,
        delimiter: Delimiter,
        headers: &[Cow<'_, str>],
    ) -> Result<(), OutputError> {
        self.delimiter = delimiter;
        self.replaced = usize::from(headers.first().is_some_and(|header| header == WHY));
        self.write(WHY.as_bytes(), headers.iter().map(|header| header.as_bytes()))
    }

    /// Adds a row as the list has it.
    pub(crate) fn add(&mut self, why: &str, cells: &[Vec<u8>]) -> Result<(), OutputError> {
        self.rows += 1;
        self.write(why.as_bytes(), cells.iter().map(Vec::as_slice))
    }

    fn write<'a>(
        &mut self,
        first: &'a [u8],
        rest: impl Iterator<Item = &'a [u8]>,
    ) -> Result<(), OutputError> {
        let cells = std::iter::once(first).chain(rest.skip(self.replaced));
        let line = line(self.delimiter, QuoteStyle::Necessary, cells);
        self.lines.write_all(&line).map_err(OutputError::at(&self.path))
    }

    /// Puts the file into its place and returns how many rows it has; without rows there is no file.
    pub(crate) fn finish(self) -> Result<u64, OutputError> {
        if self.rows > 0 {
            let part = self.lines.into_inner().map_err(IntoInnerError::into_error);
            part.map_err(OutputError::at(&self.path))?.finish_new()?;
        }
        Ok(self.rows)
    }
}
