//! The refused rows of a list, unchanged, each with the reason, to be corrected and read again. Every
//! cell is copied, so the file is as private as the list.

use std::borrow::Cow;
use std::io::{BufWriter, IntoInnerError, Write};
use std::path::{Path, PathBuf};

use super::csv::{BYTE_ORDER_MARK, line};
use super::error::OutputError;
use super::part::Part;
use crate::domain::delimiter::Delimiter;

/// The header of the first column. No field has it, so the file can be read as a list again. If the
/// first column of that list has it too, it is replaced.
pub(crate) const WHY: &str = "why";

/// Written row by row. `finish` renames it into its place; an existing file is never overwritten.
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

    /// Adds the header. It and all rows use `delimiter`.
    pub(crate) fn header(
        &mut self,
        delimiter: Delimiter,
        headers: &[Cow<'_, str>],
    ) -> Result<(), OutputError> {
        self.delimiter = delimiter;
        self.replaced = usize::from(headers.first().is_some_and(|header| header == WHY));
        self.write(WHY.as_bytes(), headers.iter().map(|header| header.as_bytes()))
    }

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
        let line = line(self.delimiter, cells);
        self.lines.write_all(&line).map_err(OutputError::at(&self.path))
    }

    /// Renames the file into its place and returns the number of rows. Without rows no file is left.
    pub(crate) fn finish(self) -> Result<u64, OutputError> {
        if self.rows > 0 {
            let part = self.lines.into_inner().map_err(IntoInnerError::into_error);
            part.map_err(OutputError::at(&self.path))?.finish_new()?;
        }
        Ok(self.rows)
    }
}
