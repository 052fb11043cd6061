//! The dialect of a CSV list: encoding, delimiter, quotes, and the lines before its header.

use std::borrow::Cow;
use std::fmt;
use std::io::Read;

use super::columns::{Mapping, Sure};
use super::encoding::{Certainty, Encoding};
use super::error::{InputError, InputErrorKind};
use super::other_format::{self, OtherFormat};
use super::source::Source;
use super::unspaced::has_spaced_quotes;
use super::{MOST_TITLES, ReadOptions};

/// How much of the list is examined to detect its dialect, in bytes of UTF-8.
const LOOK: u64 = 64 << 10;

/// Characters that separate cells. The first wins a tie: a list of one column is a comma list.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The dialect of a list, detected or given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dialect {
    pub(crate) encoding: Encoding,
    pub(super) certainty: Certainty,
    pub(crate) delimiter: u8,
    /// Whether a quote inside a quoted cell is written `\"`, as Apple School Manager does, and not
    /// `""` (RFC 4180 §2.7).
    pub(crate) backslash_quotes: bool,
    /// Whether there are blanks between delimiters and quotes: `"Ada", "Lab"`.
    pub(crate) spaced_quotes: bool,
    /// The character that makes a line a comment.
    pub(crate) comment: Option<u8>,
    pub(super) line_end: LineEnd,
    pub(crate) preamble: Preamble,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineEnd {
    /// `\n` or `\r\n`.
    Newline,
    /// A lone `\r`, as old Mac programs wrote it.
    LoneCr,
}

/// Lines before the header that are not rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Preamble {
    /// Their length in bytes of UTF-8.
    pub(super) length: u64,
    /// What they are, for the admin.
    pub(crate) kinds: Vec<&'static str>,
    /// The delimiter that one of them gives.
    delimiter: Option<u8>,
}

const ENTRA: &str = "Entra's version line";
const EXCEL: &str = "Excel's sep= line";
const POWERSHELL: &str = "PowerShell's #TYPE line";

impl Dialect {
    /// Detects the dialect of `source`, whose bytes are `raw` and then those of `rest`. What `options`
    /// give is not detected.
    pub(super) fn find(
        source: &Source,
        raw: &[u8],
        rest: impl Read,
        options: &ReadOptions,
    ) -> Result<Self, InputError> {
        let refused = |format| source.error(InputErrorKind::NotCsv(format));
        if let Some(format) = OtherFormat::of_bytes(raw) {
            return Err(refused(format));
        }
        let (encoding, certainty) = Encoding::find(source, raw, rest, options.encoding)?;
        let mut start = Vec::new();
        encoding
            .decode(raw)
            .and_then(|text| text.take(LOOK).read_to_end(&mut start))
            .map_err(|error| source.unreadable(error))?;
        if start.trim_ascii().is_empty() {
            return Err(source.error(InputErrorKind::Empty));
        }
        if let Some(format) = OtherFormat::of_text(start.trim_ascii_start()) {
            return Err(refused(format));
        }
        let preamble = preamble(&start, options.comment);
        let text = &start[usize::try_from(preamble.length).unwrap_or_default()..];
        if header_line(text).contains(&0) {
            return Err(refused(OtherFormat::BinaryOrUtf16));
        }
        if other_format::is_binary(&start) {
            return Err(refused(OtherFormat::Binary));
        }
        let delimiter = options.delimiter.or(preamble.delimiter).unwrap_or_else(|| sniff(text));
        let backslash_quotes = has_backslash_quotes(text, delimiter);
        Ok(Self {
            encoding,
            certainty,
            delimiter,
            backslash_quotes,
            spaced_quotes: !backslash_quotes && has_spaced_quotes(text, delimiter),
            comment: options.comment,
            line_end: if start.contains(&b'\r') && !start.contains(&b'\n') {
                LineEnd::LoneCr
            } else {
                LineEnd::Newline
            },
            preamble,
        })
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, cells separated by {}", self.encoding, delimiter_name(self.delimiter))?;
        if self.backslash_quotes {
            f.write_str(", quotes written \\\"")?;
        }
        if self.spaced_quotes {
            f.write_str(", blanks before quotes left out")?;
        }
        for kind in &self.preamble.kinds {
            write!(f, ", {kind} skipped")?;
        }
        Ok(())
    }
}

/// `comma`, `semicolon`, `tab`, `bar`, or the character itself.
pub(crate) fn delimiter_name(delimiter: u8) -> String {
    match delimiter {
        b',' => "comma".to_owned(),
        b';' => "semicolon".to_owned(),
        b'\t' => "tab".to_owned(),
        b'|' => "bar".to_owned(),
        other => format!("`{}`", char::from(other)),
    }
}

/// The lines before the header: blank ones, comments, and those that spreadsheets and directories add.
fn preamble(text: &[u8], comment: Option<u8>) -> Preamble {
    let mut preamble = Preamble::default();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
        let (line, after) = rest.split_at(end);
        let line = line.trim_ascii();
        let bare: Vec<u8> =
            line.iter().copied().filter(|b| !DELIMITERS.contains(b) && *b != b'"').collect();
        let lower = bare.to_ascii_lowercase();
        let is_comment = comment.is_some() && rest.first().copied() == comment;
        // an odd quote opens a cell that continues on the next line
        let is_blank = bare.trim_ascii().is_empty()
            && memchr::memchr_iter(b'"', line).count().is_multiple_of(2);
        if is_comment || is_blank {
            // ignored
        } else if lower.starts_with(b"version:v") {
            preamble.kinds.push(ENTRA);
        } else if line.starts_with(b"#TYPE ") {
            preamble.kinds.push(POWERSHELL);
        } else {
            break;
        }
        rest = skip_break(after);
        preamble.length = (text.len() - rest.len()) as u64;
    }
    let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
    if let Some(sep) = SepLine::of(&rest[..end]) {
        preamble.kinds.push(EXCEL);
        preamble.delimiter = sep.delimiter;
        preamble.length = (text.len() - skip_break(&rest[end..]).len()) as u64;
    }
    preamble
}

/// Excel's `sep=;`.
struct SepLine {
    /// What it gives; `None` where blank cells after it show that the list was saved again with another
    /// delimiter.
    delimiter: Option<u8>,
}

impl SepLine {
    fn of(line: &[u8]) -> Option<Self> {
        let line = line.strip_prefix(b"\"").unwrap_or(line);
        let (name, rest) = line.split_at_checked(4)?;
        let (named, padding) = rest.split_first().filter(|_| name.eq_ignore_ascii_case(b"sep="))?;
        let padding = padding.strip_prefix(b"\"").unwrap_or(padding).trim_ascii_end();
        let is_same = padding.iter().all(|byte| byte == named);
        let is_blank = padding.iter().all(|byte| DELIMITERS.contains(byte) || *byte == b' ');
        (is_same || is_blank).then_some(Self { delimiter: is_same.then_some(*named) })
    }
}

/// `text` after one line break.
fn skip_break(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\r\n").or_else(|| text.get(1..)).unwrap_or_default()
}

/// The first line, up to a line break outside quotes.
fn header_line(text: &[u8]) -> &[u8] {
    let mut quoted = false;
    let end = text.iter().position(|byte| {
        quoted ^= *byte == b'"';
        !quoted && matches!(byte, b'\n' | b'\r')
    });
    &text[..end.unwrap_or(text.len())]
}

/// The delimiter that separates a known header of addresses from the others; else the most frequent one in
/// the header, outside quotes. A line without any may be a title above it, unless it is the known header
/// of a list of one column.
///
/// Statistics over the whole file are worse: two published sniffers took letters of a plain comma
/// list for its delimiter.
fn sniff(text: &[u8]) -> u8 {
    let mut rest = text;
    for _ in 0..=MOST_TITLES {
        let line = header_line(rest);
        let cells = unwrapped(line);
        if let Some(delimiter) = DELIMITERS.into_iter().find(|d| sets_addresses_apart(&cells, *d)) {
            return delimiter;
        }
        rest = skip_break(&rest[line.len()..]);
    }
    let mut rest = text;
    for _ in 0..=MOST_TITLES {
        let line = header_line(rest);
        if let Some(delimiter) = most_frequent(line) {
            return delimiter;
        }
        let header = String::from_utf8_lossy(line).trim().trim_matches('"').to_owned();
        if Mapping::count_known(&[header]) > 0 {
            break;
        }
        rest = skip_break(&rest[line.len()..]);
    }
    DELIMITERS[0]
}

/// The inside of a line that is one quoted cell, as some programs quote a whole line again:
/// `"email;""First Name"""`.
fn unwrapped(line: &[u8]) -> Cow<'_, [u8]> {
    let inner = line.trim_ascii().strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
    let Some(inner) = inner else {
        return Cow::Borrowed(line);
    };
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner.iter().copied();
    while let Some(byte) = rest.next() {
        // a quote that is not doubled ends a cell: the line has several
        if byte == b'"' && rest.next() != Some(b'"') {
            return Cow::Borrowed(line);
        }
        bytes.push(byte);
    }
    Cow::Owned(bytes)
}

/// Whether `line`, split at `delimiter` outside quotes, has a header that is certainly one of addresses.
fn sets_addresses_apart(line: &[u8], delimiter: u8) -> bool {
    let mut quoted = false;
    let cells = line.split(|byte| {
        quoted ^= *byte == b'"';
        !quoted && *byte == delimiter
    });
    let cells: Vec<String> = cells
        .map(|cell| String::from_utf8_lossy(cell).trim().trim_matches('"').to_owned())
        .collect();
    cells.len() > 1 && Mapping::knows_an_address(&cells, Sure::Yes)
}

fn most_frequent(line: &[u8]) -> Option<u8> {
    let mut counts = [0_usize; DELIMITERS.len()];
    let mut quoted = false;
    for byte in line {
        quoted ^= *byte == b'"';
        if let Some(at) = DELIMITERS.iter().position(|d| d == byte).filter(|_| !quoted) {
            counts[at] += 1;
        }
    }
    let most = counts.iter().max().copied().filter(|most| *most > 0)?;
    let winner = counts.iter().position(|count| *count == most)?;
    Some(DELIMITERS[winner])
}

/// Whether there is a backslash before a quote that does not end its cell. One that does may be the
/// end of a Windows path (`"C:\"`).
fn has_backslash_quotes(text: &[u8], delimiter: u8) -> bool {
    text.windows(3).any(|w| {
        w[0] == b'\\' && w[1] == b'"' && w[2] != delimiter && !matches!(w[2], b'\r' | b'\n' | b'"')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_detected_from_the_header() {
        for (text, delimiter) in [
            ("email,name\n", b','),
            ("Team\nName;E-Mail\n", b';'),
            ("Stand; Mai\n\nOrt,E-Mail,x\n", b','),
            ("Name, Vorname;E-Mail\n", b';'),
            ("email;name\r\n", b';'),
            ("email\tname", b'\t'),
            ("email|name", b'|'),
            ("email\n", b','),
            ("\"Name, first; last\";email\n", b';'),
            ("\"a;b;c;d\",email\n", b','),
            ("\"Name;\"\"E-Mail\"\"\"\n", b';'),
            ("Staff 2026\n\nVorname;E-Mail\n", b';'),
            ("email\na|b@q.com\n", b','),
            ("\"E-Mail\"\r\n\"a|b@q.com\"\r\n", b','),
        ] {
            assert_eq!(sniff(text.as_bytes()), delimiter, "{text}");
        }
    }

    #[test]
    fn a_line_break_in_a_quoted_header_does_not_end_it() {
        assert_eq!(header_line(b"\"E-\nMail\";Name\nx"), b"\"E-\nMail\";Name");
    }

    #[test]
    fn lines_before_the_header_are_recognized() {
        for (text, kinds, header) in [
            ("email\n", &[][..], "email"),
            ("\n,,\r\n \nemail\n", &[], "email"),
            ("sep=;\r\nemail;name", &[EXCEL], "email;name"),
            ("\"SEP=,\"\nemail", &[EXCEL], "email"),
            ("\nsep=;;;\nemail", &[EXCEL], "email"),
            ("sep=\t\r\nemail", &[EXCEL], "email"),
            ("separator,email\n", &[], "separator,email"),
            ("sep=,x\n", &[], "sep=,x"),
            (
                "version:v1.0,,,\r\nName [displayName] Required",
                &[ENTRA],
                "Name [displayName] Required",
            ),
            ("#TYPE Selected.ADUser\r\n\"Name\"", &[POWERSHELL], "\"Name\""),
            ("# of licences,email", &[], "# of licences,email"),
        ] {
            let found = preamble(text.as_bytes(), None);
            assert_eq!(found.kinds, kinds, "{text}");
            let at = usize::try_from(found.length).unwrap();
            assert!(text[at..].starts_with(header), "{text}");
        }
        assert_eq!(preamble(b"sep=|\nemail", None).delimiter, Some(b'|'));
        assert_eq!(preamble(b"sep=\t\nemail", None).delimiter, Some(b'\t'));
        assert_eq!(preamble(b"sep=,,,\nemail", None).delimiter, Some(b','));
        assert_eq!(preamble(b"sep=;,,\nemail", None).delimiter, None);
    }

    #[test]
    fn comments_and_a_quoted_line_break_before_the_header_are_distinguished() {
        let at = |text: &[u8], comment| usize::try_from(preamble(text, comment).length).unwrap();
        assert_eq!(at(b"# a;b;c\n\n#x\r\nemail,name", Some(b'#')), 13);
        assert_eq!(at(b"# a;b;c\nemail,name", None), 0);
        assert_eq!(at(b"\"\nE-Mail\",Name", None), 0);
        assert_eq!(at(b"\"\",\"\"\nE-Mail", None), 6);
    }

    #[test]
    fn a_windows_path_is_not_a_backslash_quote() {
        assert!(has_backslash_quotes(br#"a,"John \"JD\" Doe",b"#, b','));
        assert!(!has_backslash_quotes(br#"a,"C:\",b"#, b','));
        assert!(!has_backslash_quotes(b"a,\"C:\\\"\r\n", b','));
    }
}
