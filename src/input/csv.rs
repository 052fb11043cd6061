//! Records of a CSV list, each with the line it starts on.

use std::io::{self, Read};

use ::csv::{ByteRecord, ReaderBuilder};

use super::dialect::{Dialect, LineEnd};
use super::error::{InputError, InputErrorKind};
use super::row_buffer::{RowBuffer, RowTooLarge};
use super::source::Source;
use super::unspaced::Unspaced;
use super::{Location, Shape};

/// Reads one record after the other.
pub(super) struct CsvRecords<'a> {
    reader: ::csv::Reader<RowBuffer<Box<dyn Read + Send>>>,
    record: ByteRecord,
    lines: Lines,
    dialect: &'a Dialect,
    shape: Shape,
    source: &'a Source,
}

impl<'a> CsvRecords<'a> {
    /// Opens `source` after its preamble.
    pub(super) fn open(source: &'a Source, dialect: &'a Dialect) -> Result<Self, InputError> {
        let mut text =
            dialect.encoding.decode(source.open()?).map_err(|error| source.unreadable(error))?;
        let mut preamble = Vec::new();
        (&mut text)
            .take(dialect.preamble.length)
            .read_to_end(&mut preamble)
            .map_err(|error| source.unreadable(error))?;
        let mut lines = Lines::default();
        lines.count(&preamble);
        // the csv crate ends a comment at `\n` only
        if dialect.comment.is_some() && dialect.line_end == LineEnd::LoneCr {
            text = Box::new(CrToLf(text));
        }
        if dialect.spaced_quotes {
            text = Box::new(Unspaced::new(text, dialect.delimiter));
        }
        let reader = builder(dialect).comment(dialect.comment).from_reader(RowBuffer::new(text));
        Ok(Self {
            reader,
            record: ByteRecord::new(),
            lines,
            dialect,
            shape: Shape::default(),
            source,
        })
    }

    /// Moves to the next record and returns where it starts; `None` at the end.
    pub(super) fn advance(&mut self) -> Result<Option<Location>, InputError> {
        let from = self.reader.position().byte();
        self.reader.get_mut().start_row(from);
        let read = self.reader.read_byte_record(&mut self.record);
        let end = match read {
            Ok(_) => self.reader.position().byte(),
            Err(_) => self.reader.get_ref().total(),
        };
        let raw = self.reader.get_ref().row(end);
        let (skipped, row) = raw.split_at(before_row(raw, self.dialect.comment));
        // with mixed line ends a comment would continue where an editor shows the next row
        let swallowed = |w: &[u8]| w[0] == b'\r' && !matches!(w[1], b'\n' | b'\r');
        let mixed = self.dialect.comment.is_some() && skipped.windows(2).any(swallowed);
        self.lines.count(skipped);
        let location = Location::line(self.lines.current());
        if mixed {
            return Err(self.source.error(InputErrorKind::MixedLineEnds).at(location));
        }
        let quotes = Quotes::of(row, self.dialect);
        self.lines.count(row);
        let lines = self.lines.current() - location.number;
        self.shape = Shape {
            stray_quote: quotes.stray,
            lines: lines.max(1),
            delimiter: Some(self.dialect.delimiter),
            ..Shape::default()
        };
        match read {
            // only the end of the file ends a row inside quotes
            Ok(true) if quotes.open => {
                Err(self.source.error(InputErrorKind::OpenQuote).at(location))
            }
            Ok(more) => Ok(more.then_some(location)),
            Err(error) => Err(self.explain(error, location)),
        }
    }

    /// Replaces a record that is one quoted cell by the cells inside it, if `is_row` accepts them: some
    /// programs quote whole lines.
    pub(super) fn unwrap_line(&mut self, is_row: impl Fn(&ByteRecord) -> bool) -> bool {
        let whole = self.record.as_slice();
        let is_candidate = self.record.len() == 1
            && !self.shape.stray_quote
            && memchr::memchr(self.dialect.delimiter, whole).is_some()
            && Quotes::of(whole, self.dialect) == Quotes::default();
        if !is_candidate {
            return false;
        }
        let mut reader = builder(self.dialect).from_reader(whole);
        let mut cells = ByteRecord::new();
        let is_one = matches!(reader.read_byte_record(&mut cells), Ok(true))
            && matches!(reader.read_byte_record(&mut ByteRecord::new()), Ok(false));
        if !is_one || !is_row(&cells) {
            return false;
        }
        self.record = cells;
        true
    }

    pub(super) fn shape(&self) -> Shape {
        self.shape
    }

    pub(super) fn record(&self) -> &ByteRecord {
        &self.record
    }

    pub(super) fn bytes_read(&self) -> u64 {
        self.reader.get_ref().total()
    }

    fn explain(&self, error: ::csv::Error, location: Location) -> InputError {
        let source = self.source;
        match error.into_kind() {
            ::csv::ErrorKind::Io(error)
                if error.get_ref().is_some_and(|e| e.is::<RowTooLarge>()) =>
            {
                source.error(InputErrorKind::RowTooLarge).at(location)
            }
            ::csv::ErrorKind::Io(error) => source.unreadable(error),
            // a flexible reader of bytes returns no other error
            _ => source.unreadable(io::ErrorKind::InvalidData.into()),
        }
    }
}

fn builder(dialect: &Dialect) -> ReaderBuilder {
    let mut builder = ReaderBuilder::new();
    builder
        .delimiter(dialect.delimiter)
        .escape(dialect.backslash_quotes.then_some(b'\\'))
        .has_headers(false)
        .flexible(true);
    builder
}

/// Converts lines that end in `\r` to lines that end in `\n`.
struct CrToLf<R>(R);

impl<R: Read> Read for CrToLf<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(buffer)?;
        for byte in buffer[..count].iter_mut().filter(|byte| **byte == b'\r') {
            *byte = b'\n';
        }
        Ok(count)
    }
}

/// How many bytes of `raw` are line breaks and comments before the row.
fn before_row(raw: &[u8], comment: Option<u8>) -> usize {
    let mut at = 0;
    loop {
        at += raw[at..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        match raw.get(at) {
            Some(first) if Some(*first) == comment => {
                at += raw[at..].iter().take_while(|byte| **byte != b'\n').count();
            }
            _ => return at,
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
        let Some(last) = text.last() else {
            return;
        };
        let halves = |at: usize| match at {
            0 => self.after_cr,
            _ => text[at - 1] == b'\r',
        };
        let breaks = memchr::memchr2_iter(b'\n', b'\r', text)
            .filter(|at| text[*at] == b'\r' || !halves(*at))
            .count();
        self.passed += breaks as u64;
        self.after_cr = *last == b'\r';
    }

    /// The line of the next character, from 1.
    fn current(&self) -> u64 {
        self.passed + 1
    }
}

/// The quotes of a record (RFC 4180 §2.5 to 2.7, read as the csv crate does: a quote opens a cell only
/// as its first character).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Quotes {
    /// A quoted cell is open at its end.
    open: bool,
    /// A quoted cell continues after its closing quote.
    stray: bool,
}

/// Where in a cell a byte is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum In {
    Start,
    Bare,
    Quoted,
    Escaped,
    /// After the closing quote, or after the first of a doubled one.
    Closed,
    /// After blanks after the closing quote.
    Padding,
}

impl Quotes {
    fn of(row: &[u8], dialect: &Dialect) -> Self {
        let Some(first) = memchr::memchr(b'"', row) else {
            return Self::default();
        };
        // the byte before the first quote decides only whether that opens a cell
        let before = first.checked_sub(1).map(|at| row[at]);
        let mut place = match before {
            None => In::Start,
            Some(byte) if byte == dialect.delimiter => In::Start,
            Some(_) => In::Bare,
        };
        let mut stray = false;
        for byte in &row[first..] {
            let ends = *byte == dialect.delimiter || matches!(byte, b'\r' | b'\n');
            place = match (place, byte) {
                (In::Quoted, b'\\') if dialect.backslash_quotes => In::Escaped,
                (In::Quoted, b'"') => In::Closed,
                (In::Quoted | In::Escaped, _) | (In::Start | In::Closed, b'"') => In::Quoted,
                (_, _) if ends => In::Start,
                (In::Closed | In::Padding, b' ' | b'\t') => In::Padding,
                (In::Closed | In::Padding, _) => {
                    stray = true;
                    In::Bare
                }
                (In::Start | In::Bare, _) => In::Bare,
            };
        }
        Self { open: matches!(place, In::Quoted | In::Escaped), stray }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::ReadOptions;

    fn dialect(text: &str) -> Dialect {
        let source = Source::spool(text.as_bytes()).unwrap();
        let rest = io::empty();
        Dialect::find(&source, text.as_bytes(), rest, &ReadOptions::default()).unwrap()
    }

    #[test]
    fn open_and_stray_quotes_are_distinguished() {
        let plain = dialect("a,b\n");
        let apple = dialect("a,\"x \\\"y\\\" z\"\n");
        let (open, stray) =
            (Quotes { open: true, stray: false }, Quotes { open: false, stray: true });
        for (raw, quotes) in [
            (r#"a,"b"#, open),
            (r#"a,"b""#, Quotes::default()),
            (r#"a,"b""c"#, open),
            (r#"a,"b""c""#, Quotes::default()),
            (r#"a,5" nail"#, Quotes::default()),
            ("\"a\nb", open),
            (r#"a,"b"c"#, stray),
            (r#"a,"b" "c""#, stray),
            ("a,\"b\" ,c\r\n", Quotes::default()),
            ("\"b\"\r\n", Quotes::default()),
        ] {
            assert_eq!(Quotes::of(raw.as_bytes(), &plain), quotes, "{raw}");
        }
        assert_eq!(Quotes::of(br#"a,"b\""#, &apple), open);
        assert_eq!(Quotes::of(br#"a,"b\"c""#, &apple), Quotes::default());
    }

    #[test]
    fn every_kind_of_line_break_counts_once() {
        let mut lines = Lines::default();
        lines.count(b"a\r");
        lines.count(b"\nb\n\nc\rd");
        assert_eq!(lines.current(), 5);
    }

    #[test]
    fn comments_and_blank_lines_before_a_row_are_not_part_of_it() {
        assert_eq!(before_row(b"\r\n\n# x\n\n#y\r\nrow", Some(b'#')), 12);
        assert_eq!(before_row(b"# x\nrow", None), 0);
    }
}
