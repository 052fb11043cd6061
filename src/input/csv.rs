//! Records of a CSV list with the line each starts on.

use std::fmt;
use std::io::Read;

use csv::{ByteRecord, ReaderBuilder};

use super::Location;
use super::dialect::Dialect;
use super::error::InputError;
use super::guard::{Guard, RowTooLarge};
use super::source::Source;

/// The most columns a list may have. Apple School Manager writes up to 1,008.
const MOST_COLUMNS: usize = 4096;

/// Reads one record after the other.
pub(super) struct Records {
    reader: csv::Reader<Guard<Box<dyn Read>>>,
    record: ByteRecord,
    lines: Lines,
    delimiter: u8,
    file: String,
}

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records").field("file", &self.file).finish_non_exhaustive()
    }
}

impl Records {
    pub(super) fn open(source: &Source, dialect: Dialect) -> Result<Self, InputError> {
        let reader = ReaderBuilder::new()
            .delimiter(dialect.delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(Guard::new(source.open()?));
        Ok(Self {
            reader,
            record: ByteRecord::new(),
            lines: Lines::default(),
            delimiter: dialect.delimiter,
            file: source.name(),
        })
    }

    /// The header: the first record, with its line breaks folded to spaces.
    pub(super) fn header(&mut self) -> Result<Vec<String>, InputError> {
        let Some(location) = self.advance()? else {
            return Err(InputError::Empty { file: self.file.clone() });
        };
        if self.record.len() > MOST_COLUMNS {
            return Err(InputError::TooManyColumns {
                file: self.file.clone(),
                found: self.record.len(),
            });
        }
        let not_utf8 = |_| InputError::HeaderNotUtf8 { file: self.file.clone(), location };
        self.record
            .iter()
            .map(|cell| {
                let text = std::str::from_utf8(cell).map_err(not_utf8)?;
                Ok(text.split_whitespace().collect::<Vec<_>>().join(" "))
            })
            .collect()
    }

    /// Goes to the next record and says where it starts; `None` at the end.
    pub(super) fn advance(&mut self) -> Result<Option<Location>, InputError> {
        let from = self.reader.position().byte();
        self.reader.get_mut().start_row(from);
        let read = self.reader.read_byte_record(&mut self.record);
        let end = match read {
            Ok(_) => self.reader.position().byte(),
            Err(_) => self.reader.get_ref().total(),
        };
        let raw = self.reader.get_ref().row(end);
        let blank = raw.iter().position(|byte| !matches!(byte, b'\r' | b'\n')).unwrap_or(raw.len());
        self.lines.count(&raw[..blank]);
        let location = Location { line: self.lines.current() };
        // only the end of the file ends a row inside quotes
        let open_quote = ends_in_quotes(&raw[blank..], self.delimiter);
        self.lines.count(&raw[blank..]);
        match read {
            Ok(true) if open_quote => {
                Err(InputError::OpenQuote { file: self.file.clone(), location })
            }
            Ok(more) => Ok(more.then_some(location)),
            Err(error) => Err(self.explain(error, location)),
        }
    }

    pub(super) fn record(&self) -> &ByteRecord {
        &self.record
    }

    pub(super) fn bytes_read(&self) -> u64 {
        self.reader.get_ref().total()
    }

    fn explain(&self, error: csv::Error, location: Location) -> InputError {
        let file = self.file.clone();
        match error.into_kind() {
            csv::ErrorKind::Io(error) if error.get_ref().is_some_and(|e| e.is::<RowTooLarge>()) => {
                InputError::RowTooLarge { file, location }
            }
            csv::ErrorKind::Io(error) => InputError::Unreadable { file, error },
            // a flexible reader of bytes raises nothing else
            _ => InputError::Unreadable { file, error: std::io::ErrorKind::InvalidData.into() },
        }
    }
}

/// Counts line breaks as editors do: `\n`, `\r\n` and a lone `\r` are one each.
#[derive(Debug, Default)]
struct Lines {
    passed: u64,
    after_cr: bool,
}

impl Lines {
    fn count(&mut self, text: &[u8]) {
        for byte in text {
            match byte {
                b'\r' => self.passed += 1,
                b'\n' if !self.after_cr => self.passed += 1,
                _ => {}
            }
            self.after_cr = *byte == b'\r';
        }
    }

    /// The line the next character stands on, from 1.
    fn current(&self) -> u64 {
        self.passed + 1
    }
}

/// Whether a record ends while a quoted cell is open (RFC 4180 §2.5 to 2.7, read as the csv crate
/// does: a quote opens a cell only as its first character).
fn ends_in_quotes(raw: &[u8], delimiter: u8) -> bool {
    let mut quoted = false;
    let mut cell_start = true;
    for byte in raw {
        if quoted {
            // a doubled quote closes and opens again at once
            quoted = *byte != b'"';
            cell_start = !quoted;
        } else {
            quoted = *byte == b'"' && cell_start;
            cell_start = *byte == delimiter;
        }
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_quote_is_told_from_a_stray_one() {
        for (raw, open) in [
            (r#"a,"b"#, true),
            (r#"a,"b""#, false),
            (r#"a,"b""c"#, true),
            (r#"a,"b""c""#, false),
            (r#"a,5" nail"#, false),
            ("\"a\nb", true),
        ] {
            assert_eq!(ends_in_quotes(raw.as_bytes(), b','), open, "{raw}");
        }
    }

    #[test]
    fn every_kind_of_line_break_counts_once() {
        let mut lines = Lines::default();
        lines.count(b"a\r");
        lines.count(b"\nb\n\nc\rd");
        assert_eq!(lines.current(), 5);
    }
}
