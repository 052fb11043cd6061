//! What kind of text the list is: its delimiter and its byte order mark.

use std::fmt;
use std::io::Read;

use super::error::InputError;
use super::source::Source;

/// How much of the list is looked at to find its dialect, in bytes.
const LOOK: u64 = 64 << 10;

/// Characters that separate cells. The first wins a tie: a list of one column is a comma list.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// The UTF-8 byte order mark.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// What was found out about the list, or told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// The character between cells.
    pub delimiter: u8,
    /// True when the list begins with a byte order mark.
    pub bom: bool,
}

impl Dialect {
    /// Looks at the start of `source`. A `delimiter` that was given is taken as it is.
    pub fn find(source: &Source, delimiter: Option<u8>) -> Result<Self, InputError> {
        let mut start = Vec::new();
        source
            .open()?
            .take(LOOK)
            .read_to_end(&mut start)
            .map_err(|error| InputError::Unreadable { file: source.name(), error })?;
        let bom = start.starts_with(BOM);
        let text = start.strip_prefix(BOM).unwrap_or(&start);
        refuse_other_formats(text, source)?;
        Ok(Self { delimiter: delimiter.unwrap_or_else(|| sniff(text)), bom })
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bom = if self.bom { " with byte order mark" } else { "" };
        write!(f, "UTF-8{bom}, cells separated by {}", delimiter_name(self.delimiter))
    }
}

/// `comma`, `semicolon`, `tab`, or the character itself.
pub fn delimiter_name(delimiter: u8) -> String {
    match delimiter {
        b',' => "comma".to_owned(),
        b';' => "semicolon".to_owned(),
        b'\t' => "tab".to_owned(),
        b'|' => "bar".to_owned(),
        other => format!("`{}`", char::from(other)),
    }
}

fn refuse_other_formats(start: &[u8], source: &Source) -> Result<(), InputError> {
    let file = source.name();
    if start.trim_ascii().is_empty() {
        return Err(InputError::Empty { file });
    }
    let what = if start.starts_with(b"PK\x03\x04") {
        "an Excel or zip file"
    } else if start.starts_with(b"\xd0\xcf\x11\xe0") {
        "an old Excel file"
    } else if start.starts_with(b"%PDF") {
        "a PDF"
    } else if start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff") {
        "UTF-16 text"
    } else if header_line(start).contains(&0) {
        "not text, or UTF-16 text without a byte order mark"
    } else {
        return Ok(());
    };
    Err(InputError::NotCsv { file, what })
}

/// The first line that is not blank, up to a line break outside quotes.
fn header_line(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii_start();
    let mut quoted = false;
    let end = text.iter().position(|byte| {
        quoted ^= *byte == b'"';
        !quoted && matches!(byte, b'\n' | b'\r')
    });
    &text[..end.unwrap_or(text.len())]
}

/// The delimiter that stands most often in the header, outside quotes.
///
/// Statistics over the whole file are worse: two published sniffers took letters of a plain comma
/// list for its delimiter.
fn sniff(text: &[u8]) -> u8 {
    let mut counts = [0_usize; DELIMITERS.len()];
    let mut quoted = false;
    for byte in header_line(text) {
        quoted ^= *byte == b'"';
        if let Some(at) = DELIMITERS.iter().position(|d| d == byte).filter(|_| !quoted) {
            counts[at] += 1;
        }
    }
    let most = counts.iter().max().copied().unwrap_or_default();
    let winner = counts.iter().position(|count| *count == most).unwrap_or_default();
    DELIMITERS[winner]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_tells_the_delimiter() {
        for (text, delimiter) in [
            ("email,name\n", b','),
            ("email;name\r\n", b';'),
            ("email\tname", b'\t'),
            ("email\n", b','),
            ("\n\n\"Name, first; last\";email\n", b';'),
            ("\"a;b;c;d\",email\n", b','),
        ] {
            assert_eq!(sniff(text.as_bytes()), delimiter, "{text}");
        }
    }

    #[test]
    fn a_line_break_in_a_quoted_header_does_not_end_it() {
        assert_eq!(header_line(b"\"E-\nMail\";Name\nx"), b"\"E-\nMail\";Name");
    }
}
