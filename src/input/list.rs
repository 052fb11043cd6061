//! An opened list. Its encoding, dialect or sheet, header and columns are determined once; every pass reads
//! its rows from this value.

use std::fmt;

use time::Date;

use super::clean::Marks;
use super::columns::{ColumnError, Mapping};
use super::encoding::{self, Certainty, Encoding};
use super::error::{InputError, InputErrorKind};
use super::format::{Format, Records};
use super::reader::RowReader;
use super::source::Source;
use super::{Location, ReadOptions, damage, header_row, spreadsheet};
use crate::diagnostic::Notice;
use crate::domain::delimiter::Delimiter;

/// How many names illustrate a guessed encoding.
const NAMES: usize = 3;

/// How many rows are searched for them.
const MOST_ROWS_FOR_NAMES: usize = 10_000;

/// An opened list.
pub struct List {
    pub(crate) source: Source,
    /// Which column holds what.
    pub mapping: Mapping,
    /// What to know about the list as a whole before its first row.
    pub(crate) notices: Vec<Notice>,
    pub(super) format: Format,
    pub(super) marks: Marks,
    pub(super) today: Option<Date>,
    /// Where the header is; none where `--columns` replaces it.
    header: Option<Location>,
}

impl fmt::Debug for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("List").field("source", &self.source).finish_non_exhaustive()
    }
}

impl List {
    /// Detects what `source` is and maps its header.
    pub fn open(source: Source, options: &ReadOptions) -> Result<Self, InputError> {
        let format = Format::detect(&source, options)?;
        let mut notices = Vec::new();
        if !format.other_sheets().is_empty() {
            let others = spreadsheet::named(format.other_sheets());
            notices.push(Notice::note("other-sheets", format_args!("not read: {others}")));
        }
        let mut header = None;
        let mut marks = Marks::of_header(&[], format.dialect().map(|dialect| dialect.delimiter));
        let mapping = if let Some(columns) = &options.columns {
            Mapping::listed(columns)
                .map_err(|error| source.error(InputErrorKind::Columns(error)))?
        } else {
            let other_sheet = |error: InputError| match error.kind {
                InputErrorKind::Columns(ColumnError::NoEmail { .. })
                | InputErrorKind::NoHeader { .. }
                    if !format.other_sheets().is_empty() =>
                {
                    source.error(InputErrorKind::OtherSheet {
                        about: format.to_string(),
                        other_sheets: format.other_sheets().to_vec(),
                    })
                }
                _ => error,
            };
            let mut records = format.records(&source)?;
            let mut top = header_row::find(&source, &mut records, options).map_err(other_sheet)?;
            marks = Marks::of_header(&top.cells, marks.delimiter);
            marks.clean_header(&mut top.cells);
            let mapping = Mapping::of(&top.cells, &options.maps)
                .map_err(|error| other_sheet(source.error(InputErrorKind::Columns(error))))?;
            header = Some(top.location);
            if top.is_quoted_line {
                notices.push(Notice::note(
                    "quoted-lines",
                    "whole lines are in quotes: what is inside them is read as cells",
                ));
            }
            notices.extend(top.titles.iter().map(|location| {
                Notice::note("title", format_args!("{location} is a title and is ignored"))
            }));
            mapping
        };
        let today = options.today;
        let mut list = Self { source, mapping, notices, format, marks, today, header };
        if let Some(dialect) = list.format.dialect() {
            let samples = match dialect.certainty {
                Certainty::Guessed(_) => list.names_beyond_ascii()?,
                Certainty::Certain | Certainty::Joined(_) => Vec::new(),
            };
            let notice = encoding::notice(dialect.encoding, &dialect.certainty, &samples);
            list.notices.extend(notice);
        }
        Ok(list)
    }

    /// The rows below the header. Every call reads the list again, and fails if it has changed.
    pub fn rows(&self) -> Result<RowReader<'_>, InputError> {
        Ok(RowReader::new(self, self.records()?))
    }

    fn records(&self) -> Result<Records<'_>, InputError> {
        let mut records = self.format.records(&self.source)?;
        if let Some(header) = self.header {
            while records.advance()?.is_some_and(|location| location != header) {}
        }
        Ok(records)
    }

    /// What kind of file the list is, for the admin.
    pub fn about(&self) -> String {
        self.format.to_string()
    }

    /// The delimiter for a file that the same program is to open; comma for a spreadsheet.
    pub(crate) fn delimiter(&self) -> Delimiter {
        let delimiter = self.format.dialect().map(|dialect| dialect.delimiter);
        delimiter.and_then(|delimiter| Delimiter::try_from(delimiter).ok()).unwrap_or_default()
    }

    /// The encoding of the list, where it is a guess.
    pub(crate) fn guessed_encoding(&self) -> Option<Encoding> {
        let dialect = self.format.dialect()?;
        matches!(dialect.certainty, Certainty::Guessed(_)).then_some(dialect.encoding)
    }

    /// Names by which the admin can judge a guessed encoding.
    fn names_beyond_ascii(&self) -> Result<Vec<String>, InputError> {
        let mut names = Vec::new();
        if self.mapping.has_secrets() {
            return Ok(names);
        }
        let mut records = self.records()?;
        for _ in 0..MOST_ROWS_FOR_NAMES {
            if names.len() == NAMES || records.advance()?.is_none() {
                break;
            }
            let cells = damage::SEEN.iter().filter_map(|field| {
                std::str::from_utf8(records.record().get(self.mapping.column(*field)?)?).ok()
            });
            for name in cells.map(str::trim).filter(|name| !name.is_ascii()) {
                if names.len() < NAMES && names.iter().all(|known| known != name) {
                    names.push(name.to_owned());
                }
            }
        }
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Seek, Write};

    use super::*;

    fn count(list: &List) -> Result<u64, InputError> {
        let mut rows = list.rows()?;
        let mut count = 0;
        while rows.next_row()?.is_some() {
            count += 1;
        }
        Ok(count)
    }

    #[test]
    fn every_pass_reads_the_same_rows_and_a_change_between_them_is_an_error() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"Staff\n\nName,Email\nAda,ada@q.com\n").unwrap();
        let modified = file.as_file().metadata().unwrap().modified().unwrap();
        let list = List::open(Source::file(file.path()), &ReadOptions::default()).unwrap();
        assert_eq!((count(&list).unwrap(), count(&list).unwrap()), (1, 1));
        file.rewind().unwrap();
        file.write_all(b"Staff\n\nName,Email\nBob,bob@q.com\n").unwrap();
        file.as_file().set_modified(modified).unwrap();
        assert!(matches!(count(&list), Err(InputError { kind: InputErrorKind::Changed, .. })));
    }
}
