//! What kind of text the list is: its letters, its delimiter, what stands before its header.

use std::fmt;
use std::io::Read;

use super::ReadOptions;
use super::encoding::Encoding;
use super::error::InputError;
use super::source::Source;

/// How much of the list is looked at to find its dialect, in bytes of UTF-8.
const LOOK: u64 = 64 << 10;

/// Characters that separate cells. The first wins a tie: a list of one column is a comma list.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// What was found out about the list, or told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// Its letters.
    pub encoding: Encoding,
    /// The character between cells.
    pub delimiter: u8,
    /// Whether a quote inside a quoted cell is written `\"`, as Apple School Manager does, and not
    /// `""` (RFC 4180 §2.7).
    pub backslash_quotes: bool,
    /// The character that makes a line a comment.
    pub comment: Option<u8>,
    /// What stands before the header.
    pub preamble: Preamble,
}

/// Lines before the header that are no rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preamble {
    /// Their length in bytes of UTF-8.
    pub(super) length: u64,
    /// What they are, for the admin.
    pub kinds: Vec<&'static str>,
    /// A delimiter that one of them names.
    delimiter: Option<u8>,
}

const ENTRA: &str = "Entra's version line";
const EXCEL: &str = "Excel's sep= line";
const POWERSHELL: &str = "PowerShell's #TYPE line";

impl Dialect {
    /// Looks at `source`. What `options` say is taken as it is.
    pub(super) fn find(source: &Source, options: &ReadOptions) -> Result<Self, InputError> {
        refuse_other_formats(source)?;
        let encoding = Encoding::find(source, options.encoding)?;
        let mut start = Vec::new();
        encoding
            .open(source)?
            .take(LOOK)
            .read_to_end(&mut start)
            .map_err(|error| source.unreadable(error))?;
        if start.trim_ascii().is_empty() {
            return Err(InputError::Empty { file: source.name() });
        }
        let preamble = preamble(&start);
        let text = &start[usize::try_from(preamble.length).unwrap_or_default()..];
        if header_line(text).contains(&0) {
            let what = "binary data, or UTF-16 text without a byte order mark";
            return Err(InputError::NotCsv { file: source.name(), what });
        }
        let delimiter = options.delimiter.or(preamble.delimiter).unwrap_or_else(|| sniff(text));
        Ok(Self {
            encoding,
            delimiter,
            backslash_quotes: has_backslash_quotes(text, delimiter),
            comment: options.comment,
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
        for kind in &self.preamble.kinds {
            write!(f, ", {kind} skipped")?;
        }
        Ok(())
    }
}

/// `comma`, `semicolon`, `tab`, `bar`, or the character itself.
pub fn delimiter_name(delimiter: u8) -> String {
    match delimiter {
        b',' => "comma".to_owned(),
        b';' => "semicolon".to_owned(),
        b'\t' => "tab".to_owned(),
        b'|' => "bar".to_owned(),
        other => format!("`{}`", char::from(other)),
    }
}

fn refuse_other_formats(source: &Source) -> Result<(), InputError> {
    let start = source.start()?;
    let what = match &start[..] {
        [b'%', b'P', b'D', b'F', ..] => "a PDF",
        [b'{' | b'[', ..] => "JSON",
        [b'<', ..] => "HTML or XML",
        _ => return Ok(()),
    };
    Err(InputError::NotCsv { file: source.name(), what })
}

/// The lines before the header: blank ones, and those that spreadsheets and directories put there.
fn preamble(text: &[u8]) -> Preamble {
    let mut preamble = Preamble::default();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
        let (line, after) = rest.split_at(end);
        let line = line.trim_ascii();
        let bare: Vec<u8> =
            line.iter().copied().filter(|b| !DELIMITERS.contains(b) && *b != b'"').collect();
        let lower = bare.to_ascii_lowercase();
        if bare.trim_ascii().is_empty() && !line.starts_with(b"sep=") {
            // a line of blank cells
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
    // `sep=;` loses its delimiter to the filter above, and may follow a blank line
    let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
    let line = rest[..end].trim_ascii();
    let line = line.strip_prefix(b"\"").and_then(|inner| inner.strip_suffix(b"\"")).unwrap_or(line);
    if let [s, e, p, b'=', delimiter] = line
        && [*s, *e, *p].eq_ignore_ascii_case(b"sep")
    {
        preamble.kinds.push(EXCEL);
        preamble.delimiter = Some(*delimiter);
        preamble.length = (text.len() - skip_break(&rest[end..]).len()) as u64;
    }
    preamble
}

/// `text` behind one line break.
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

/// Whether a backslash stands before a quote that does not end its cell. One that does may be the
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
    fn the_header_tells_the_delimiter() {
        for (text, delimiter) in [
            ("email,name\n", b','),
            ("email;name\r\n", b';'),
            ("email\tname", b'\t'),
            ("email|name", b'|'),
            ("email\n", b','),
            ("\"Name, first; last\";email\n", b';'),
            ("\"a;b;c;d\",email\n", b','),
        ] {
            assert_eq!(sniff(text.as_bytes()), delimiter, "{text}");
        }
    }

    #[test]
    fn a_line_break_in_a_quoted_header_does_not_end_it() {
        assert_eq!(header_line(b"\"E-\nMail\";Name\nx"), b"\"E-\nMail\";Name");
    }

    #[test]
    fn what_stands_before_the_header_is_known() {
        for (text, kinds, header) in [
            ("email\n", &[][..], "email"),
            ("\n,,\r\n \nemail\n", &[], "email"),
            ("sep=;\r\nemail;name", &[EXCEL], "email;name"),
            ("\"SEP=,\"\nemail", &[EXCEL], "email"),
            (
                "version:v1.0,,,\r\nName [displayName] Required",
                &[ENTRA],
                "Name [displayName] Required",
            ),
            ("#TYPE Selected.ADUser\r\n\"Name\"", &[POWERSHELL], "\"Name\""),
            ("# of licences,email", &[], "# of licences,email"),
        ] {
            let found = preamble(text.as_bytes());
            assert_eq!(found.kinds, kinds, "{text}");
            let at = usize::try_from(found.length).unwrap();
            assert!(text[at..].starts_with(header), "{text}");
        }
        assert_eq!(preamble(b"sep=|\nemail").delimiter, Some(b'|'));
    }

    #[test]
    fn a_windows_path_is_no_backslash_quote() {
        assert!(has_backslash_quotes(br#"a,"John \"JD\" Doe",b"#, b','));
        assert!(!has_backslash_quotes(br#"a,"C:\",b"#, b','));
        assert!(!has_backslash_quotes(b"a,\"C:\\\"\r\n", b','));
    }
}
