//! Character encoding of the list: given, or detected from its bytes.

mod charset;
mod guess;
mod notice;

use std::fmt;
use std::io::{self, Read};
use std::str::FromStr;

use encoding_rs::{Encoding as Standard, UTF_16BE, UTF_16LE};
use encoding_rs_io::DecodeReaderBytesBuilder;
use thiserror::Error;

use super::error::InputError;
use super::source::Source;
use crate::diagnostic::{Shown, nearest};
use charset::OemReader;
use guess::Words;

pub(super) use charset::{Charset, CodePage};
pub(super) use guess::Guess;
pub(super) use notice::notice;

/// The UTF-8 byte order mark.
pub(super) const BOM: &[u8] = b"\xef\xbb\xbf";

/// Character encoding of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Encoding(Kind);

/// UTF-8 is passed through as it is, so that invalid bytes can be located.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Utf8 { bom: bool },
    Other(Charset),
}

/// How certain the encoding of a list is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Certainty {
    /// The user gave it, a byte order mark names it, or every byte fits.
    Certain,
    /// Most of the list is UTF-8 and some bytes are not: it was joined from files in two encodings.
    Joined(Mixture),
    /// Not UTF-8: the encoding that fits best is used.
    Guessed(Guess),
}

/// A list that is UTF-8 in part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mixture {
    /// Characters beyond ASCII that are well-formed UTF-8.
    pub(super) sound: u64,
    /// Byte sequences that are not.
    pub(super) broken: u64,
}

impl Encoding {
    /// Examines all bytes of `source`, which are `start` and then those of `rest`, unless its encoding is
    /// `given`.
    ///
    /// A byte order mark decides; else text that is UTF-8, or has more well-formed than broken UTF-8
    /// sequences, is UTF-8; else it is the encoding that its words fit best.
    pub(super) fn find(
        source: &Source,
        start: &[u8],
        mut rest: impl Read,
        given: Option<EncodingName>,
    ) -> Result<(Self, Certainty), InputError> {
        if let Some(encoding) = Self::from_start(start, given) {
            return Ok((encoding, Certainty::Certain));
        }
        let mut scan = Utf8Scan::default();
        scan.add(start);
        let mut buffer = vec![0; 64 << 10];
        loop {
            match rest.read(&mut buffer).map_err(|error| source.unreadable(error))? {
                0 => break,
                count => scan.add(&buffer[..count]),
            }
        }
        let utf8 = Self(Kind::Utf8 { bom: false });
        let mixture = scan.end();
        Ok(match mixture {
            Mixture { broken: 0, .. } => (utf8, Certainty::Certain),
            Mixture { sound, broken } if sound > broken => (utf8, Certainty::Joined(mixture)),
            Mixture { sound, .. } => {
                let guess = Words::of(source)?.guess(sound);
                (Self(Kind::Other(guess.charset)), Certainty::Guessed(guess))
            }
        })
    }

    /// The encoding that is `given`, or that a byte order mark at the start of the list names.
    fn from_start(start: &[u8], given: Option<EncodingName>) -> Option<Self> {
        let marked = Standard::for_bom(start).map(|(standard, _)| Charset::Standard(standard));
        let charset = given.map(|label| label.0).or(marked)?;
        Some(Self(if charset == UTF_8 {
            Kind::Utf8 { bom: start.starts_with(BOM) }
        } else {
            Kind::Other(charset)
        }))
    }

    /// The text of `bytes` as UTF-8, without its byte order mark.
    pub(super) fn decode<'r>(
        self,
        mut bytes: impl Read + Send + 'r,
    ) -> io::Result<Box<dyn Read + Send + 'r>> {
        Ok(match self.0 {
            Kind::Utf8 { bom: false } => Box::new(bytes),
            Kind::Utf8 { bom: true } => {
                bytes.read_exact(&mut [0; BOM.len()])?;
                Box::new(bytes)
            }
            Kind::Other(Charset::Oem(page)) => Box::new(OemReader::new(bytes, page)),
            Kind::Other(Charset::Standard(standard)) => Box::new(
                DecodeReaderBytesBuilder::new()
                    .encoding(Some(standard))
                    .strip_bom(true)
                    .bom_override(true)
                    .build(bytes),
            ),
        })
    }
}

const UTF_8: Charset = Charset::Standard(encoding_rs::UTF_8);

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Kind::Utf8 { bom: true } => f.write_str("UTF-8 with byte order mark"),
            Kind::Utf8 { bom: false } => f.write_str("UTF-8"),
            Kind::Other(Charset::Standard(standard)) if standard == UTF_16LE => {
                f.write_str("UTF-16 (little endian)")
            }
            Kind::Other(Charset::Standard(standard)) if standard == UTF_16BE => {
                f.write_str("UTF-16 (big endian)")
            }
            Kind::Other(charset) => f.write_str(&charset.name()),
        }
    }
}

/// Counts sound and broken UTF-8 sequences of several bytes, over chunks.
#[derive(Default)]
struct Utf8Scan {
    sound: u64,
    broken: u64,
    /// The start of a sequence that continues in the next chunk.
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
                    // these bytes were just found valid
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

    fn end(self) -> Mixture {
        let broken = self.broken + u64::from(!self.cut.is_empty());
        Mixture { sound: self.sound, broken }
    }
}

/// An encoding by name: any that browsers know (encoding.spec.whatwg.org), and code pages of consoles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EncodingName(Charset);

impl fmt::Display for EncodingName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.name())
    }
}

/// Names that are listed for one that is unknown.
const COMMON_NAMES: [&str; 10] = [
    "utf-8",
    "utf-16le",
    "utf-16be",
    "windows-1250",
    "windows-1251",
    "windows-1252",
    "macintosh",
    "cp437",
    "cp850",
    "cp852",
];

/// A text that names no encoding; `advice` names the nearest one, or the common ones.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("there is no encoding `{}`; {advice}", Shown(.name))]
pub struct UnknownEncoding {
    name: String,
    advice: String,
}

impl FromStr for EncodingName {
    type Err = UnknownEncoding;

    fn from_str(name: &str) -> Result<Self, UnknownEncoding> {
        Charset::of(name).map(Self).ok_or_else(|| UnknownEncoding {
            name: name.to_owned(),
            advice: match nearest(name, COMMON_NAMES) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => format!("common ones are {}", COMMON_NAMES.join(", ")),
            },
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
        let Mixture { sound, broken } = scan.end();
        broken == 0 || sound > broken
    }

    #[test]
    fn an_encoding_has_many_names() {
        assert_eq!(
            "cp1250".parse::<EncodingName>().unwrap(),
            "Windows-1250".parse::<EncodingName>().unwrap()
        );
        let error = "windows-1259".parse::<EncodingName>().unwrap_err().to_string();
        assert!(error.ends_with("did you mean `windows-1250`?"), "{error}");
    }

    #[test]
    fn utf8_is_distinguished_from_other_encodings_even_across_chunks() {
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
