//! In which letters the list is written: found from its bytes, or told.

use std::fmt;
use std::io::Read;
use std::str::FromStr;

use encoding_rs::{Encoding as Charset, UTF_16BE, UTF_16LE, WINDOWS_1252};
use encoding_rs_io::DecodeReaderBytesBuilder;

use super::error::InputError;
use super::source::Source;
use crate::diagnostic::{Shown, nearest};

/// The UTF-8 byte order mark.
pub(super) const BOM: &[u8] = b"\xef\xbb\xbf";

/// How the letters of a list are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoding {
    charset: Charset8,
    /// Whether nobody said so and the bytes do not prove it.
    pub is_guess: bool,
}

/// UTF-8 is passed through as it is, so that bytes that are none can be told by line and column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Charset8 {
    Utf8 { bom: bool },
    Other(&'static Charset),
}

impl Encoding {
    /// Looks at all bytes of `source`. An encoding that was `told` is taken as it is.
    ///
    /// A byte order mark decides; else text that is UTF-8, or has more sound than broken UTF-8
    /// sequences, is UTF-8; else it is Windows-1252, as Excel's `CSV` saves it in western countries.
    pub(super) fn find(source: &Source, told: Option<Label>) -> Result<Self, InputError> {
        let told = told.map(|label| label.0);
        let mut reader = source.open()?;
        let mut scan = Utf8Scan::default();
        let mut first = true;
        let mut buffer = vec![0; 64 << 10];
        let mut bom = false;
        loop {
            let count = reader.read(&mut buffer).map_err(|error| source.unreadable(error))?;
            let chunk = &buffer[..count];
            if first {
                first = false;
                bom = chunk.starts_with(BOM);
                let marked = Charset::for_bom(chunk).map(|(charset, _)| charset);
                if let Some(charset) =
                    told.or(marked).filter(|charset| *charset != encoding_rs::UTF_8)
                {
                    return Ok(Self { charset: Charset8::Other(charset), is_guess: false });
                }
                if told.is_some() || bom {
                    return Ok(Self { charset: Charset8::Utf8 { bom }, is_guess: false });
                }
            }
            if count == 0 {
                break;
            }
            scan.add(chunk);
        }
        Ok(if scan.is_utf8() {
            Self { charset: Charset8::Utf8 { bom }, is_guess: false }
        } else {
            Self { charset: Charset8::Other(WINDOWS_1252), is_guess: true }
        })
    }

    /// The list's text as UTF-8, byte order mark taken off.
    pub(super) fn open(self, source: &Source) -> Result<Box<dyn Read + Send>, InputError> {
        let mut reader = source.open()?;
        match self.charset {
            Charset8::Utf8 { bom: false } => Ok(reader),
            Charset8::Utf8 { bom: true } => {
                let mut mark = [0; BOM.len()];
                reader.read_exact(&mut mark).map_err(|error| source.unreadable(error))?;
                Ok(reader)
            }
            Charset8::Other(charset) => Ok(Box::new(
                DecodeReaderBytesBuilder::new()
                    .encoding(Some(charset))
                    .strip_bom(true)
                    .bom_override(true)
                    .build(reader),
            )),
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.charset {
            Charset8::Utf8 { bom: true } => f.write_str("UTF-8 with byte order mark"),
            Charset8::Utf8 { bom: false } => f.write_str("UTF-8"),
            Charset8::Other(charset) if charset == UTF_16LE => {
                f.write_str("UTF-16 (little endian)")
            }
            Charset8::Other(charset) if charset == UTF_16BE => f.write_str("UTF-16 (big endian)"),
            Charset8::Other(charset) => f.write_str(charset.name()),
        }
    }
}

/// Counts sound and broken UTF-8 sequences of several bytes, over chunks.
#[derive(Default)]
struct Utf8Scan {
    sound: u64,
    broken: u64,
    /// The start of a sequence that the last chunk cut.
    cut: Vec<u8>,
}

impl Utf8Scan {
    fn add(&mut self, chunk: &[u8]) {
        if self.cut.is_empty() {
            self.scan(chunk);
        } else {
            let mut joined = std::mem::take(&mut self.cut);
            joined.extend_from_slice(chunk);
            self.scan(&joined);
        }
    }

    fn scan(&mut self, mut bytes: &[u8]) {
        loop {
            let (sound, rest) = match std::str::from_utf8(bytes) {
                Ok(text) => (text, None),
                Err(error) => {
                    let (sound, rest) = bytes.split_at(error.valid_up_to());
                    // these bytes were just found sound
                    (
                        std::str::from_utf8(sound).unwrap_or_default(),
                        Some((rest, error.error_len())),
                    )
                }
            };
            if !sound.is_ascii() {
                self.sound += sound.chars().filter(|c| !c.is_ascii()).count() as u64;
            }
            match rest {
                None => return,
                Some((rest, None)) => {
                    self.cut = rest.to_vec();
                    return;
                }
                Some((rest, Some(length))) => {
                    self.broken += 1;
                    bytes = &rest[length..];
                }
            }
        }
    }

    fn is_utf8(&self) -> bool {
        let broken = self.broken + u64::from(!self.cut.is_empty());
        broken == 0 || self.sound > broken
    }
}

/// An encoding that was told, by any of the names that browsers know (encoding.spec.whatwg.org).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label(&'static Charset);

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.name().to_ascii_lowercase())
    }
}

impl FromStr for Label {
    type Err = String;

    fn from_str(label: &str) -> Result<Self, String> {
        const COMMON: [&str; 7] = [
            "utf-8",
            "utf-16le",
            "utf-16be",
            "windows-1250",
            "windows-1251",
            "windows-1252",
            "macintosh",
        ];
        Charset::for_label(label.trim().as_bytes()).map(Self).ok_or_else(|| {
            match nearest(label, COMMON) {
                Some(meant) => {
                    format!("there is no encoding `{}`; did you mean `{meant}`?", Shown(label))
                }
                None => format!(
                    "there is no encoding `{}`; common ones are {}",
                    Shown(label),
                    COMMON.join(", ")
                ),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_utf8(chunks: &[&[u8]]) -> bool {
        let mut scan = Utf8Scan::default();
        for chunk in chunks {
            scan.add(chunk);
        }
        scan.is_utf8()
    }

    #[test]
    fn an_encoding_has_many_names() {
        assert_eq!("cp1250".parse::<Label>().unwrap(), "Windows-1250".parse::<Label>().unwrap());
        let error = "windows-1259".parse::<Label>().unwrap_err();
        assert!(error.ends_with("did you mean `windows-1250`?"), "{error}");
    }

    #[test]
    fn utf8_is_told_from_other_letters_even_across_chunks() {
        assert!(is_utf8(&[b"plain"]));
        assert!(is_utf8(&["Zoë".as_bytes()]));
        assert!(is_utf8(&[b"Zo\xc3", b"\xab"]));
        assert!(is_utf8(&[b"\xf0\x9f", b"\x98", b"\x80"]));
        assert!(!is_utf8(&[b"Zo\xeb"]));
        assert!(!is_utf8(&[b"Zo\xeb", b" M\xfcller"]));
        assert!(!is_utf8(&[b"cut \xc3"]));
        // one broken name in a list of sound ones
        assert!(is_utf8(&["Zoë Müller".as_bytes(), b" Zo\xeb"]));
    }
}
