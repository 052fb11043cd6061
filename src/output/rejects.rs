//! The refused rows of a list, as the list has them, each with a word on why: to be mended and fed
//! back. It copies every cell, so it is as private as the list.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use super::error::OutputError;
use super::private::{PART, create_new, remove, replace};

/// The first column. No field has this header, so the file can be read as a list again.
const WHY: &str = "why";

/// A file of refused rows, growing. It stands in its place once it is finished, and never over another.
#[derive(Debug)]
pub struct RejectsFile {
    path: PathBuf,
    part: PathBuf,
    lines: csv::Writer<BufWriter<File>>,
    rows: u64,
}

impl RejectsFile {
    /// Starts the file `path`, which must not exist.
    pub fn create(path: &Path) -> Result<Self, OutputError> {
        if path.symlink_metadata().is_ok() {
            return Err(OutputError::Exists { path: path.to_owned() });
        }
        let mut part = path.as_os_str().to_owned();
        part.push(PART);
        let part = PathBuf::from(part);
        let file = create_new(&part).map_err(OutputError::at(&part))?;
        let mut file = BufWriter::new(file);
        // it tells Excel that the rest is UTF-8
        file.write_all(b"\xef\xbb\xbf").map_err(OutputError::at(&part))?;
        let lines = csv::WriterBuilder::new()
            .flexible(true)
            .terminator(csv::Terminator::CRLF)
            .from_writer(file);
        Ok(Self { path: path.to_owned(), part, lines, rows: 0 })
    }

    /// Adds the header.
    pub fn header(&mut self, headers: &[Cow<'_, str>]) -> Result<(), OutputError> {
        self.write(WHY.as_bytes(), headers.iter().map(|header| header.as_bytes()))
    }

    /// Adds a row as the list has it.
    pub fn add(&mut self, why: &str, cells: &[Vec<u8>]) -> Result<(), OutputError> {
        self.rows += 1;
        self.write(why.as_bytes(), cells.iter().map(Vec::as_slice))
    }

    fn write<'a>(
        &mut self,
        first: &'a [u8],
        rest: impl Iterator<Item = &'a [u8]>,
    ) -> Result<(), OutputError> {
        self.lines
            .write_record(std::iter::once(first).chain(rest))
            .map_err(|error| OutputError::at(&self.part)(error.into()))
    }

    /// Puts the file into its place and says how many rows it has; without rows there is no file.
    pub fn finish(mut self) -> Result<u64, OutputError> {
        let at = OutputError::at(&self.part);
        self.lines.flush().and_then(|()| self.lines.get_ref().get_ref().sync_all()).map_err(at)?;
        if self.rows == 0 {
            remove(&self.part).map_err(OutputError::at(&self.part))?;
        } else {
            replace(&self.part, &self.path).map_err(OutputError::at(&self.path))?;
        }
        Ok(self.rows)
    }
}
