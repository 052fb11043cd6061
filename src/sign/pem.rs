//! PEM text in the shapes people have it: glued, indented, with any line ends, pasted into one line,
//! in UTF-16, with other text around. RFC 7468 §2 asks parsers to be lenient; OpenSSL's is not.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use crate::domain::passphrase::utf8_of_utf16;
use crate::domain::secret::Secret;

mod fault;

pub(crate) use fault::PemFault;

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

/// Certificates end in all kinds of padding after they went through a form or a mail.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// One `-----BEGIN …-----` to `-----END …-----`.
#[derive(Debug)]
pub(super) struct Block {
    /// `CERTIFICATE`, `RSA PRIVATE KEY` …
    pub(super) label: String,
    /// The line it begins in, from 1.
    pub(super) line: usize,
    /// `Proc-Type` and `DEK-Info` of a key that is encrypted the traditional way (RFC 1421 §4.6).
    pub(super) headers: Vec<String>,
    /// The decoded base64.
    pub(super) der: Secret,
}

/// The blocks of `bytes`, in their order; empty if it is not PEM text.
pub(super) fn blocks(bytes: &[u8]) -> Result<Vec<Block>, PemFault> {
    let decoded = utf8_of_utf16(bytes).ok().flatten();
    // a foreign character outside of the blocks does no harm, one inside is found
    let bytes = decoded.as_ref().map_or(bytes, Secret::expose);
    let text = Zeroizing::new(String::from_utf8_lossy(bytes).into_owned());
    let mut blocks = Vec::new();
    let mut lines = Lines { text: &text, counted: 0, line: 1 };
    let mut at = 0;
    while let Some(found) = text[at..].find(BEGIN).map(|found| at + found) {
        lines.stray_end(at, found)?;
        let line = lines.of(found);
        let label_at = found + BEGIN.len();
        let label = text[label_at..]
            .find(DASHES)
            .map(|length| &text[label_at..label_at + length])
            .filter(|label| is_label(label))
            .ok_or(PemFault::Begin { line })?;
        let body_at = label_at + label.len() + DASHES.len();
        let end = format!("{END}{label}{DASHES}");
        let cut_off = || PemFault::CutOff { line, label: label.to_owned() };
        let body_length = text[body_at..].find(DASHES).ok_or_else(cut_off)?;
        at = body_at + body_length;
        if !text[at..].starts_with(&end) {
            return Err(cut_off());
        }
        at += end.len();
        let body = &text[body_at..body_at + body_length];
        let (headers, der) = read_body(body, line, label)?;
        blocks.push(Block { label: label.to_owned(), line, headers, der });
    }
    lines.stray_end(at, text.len())?;
    Ok(blocks)
}

/// The bytes of a text that is base64 and nothing else.
pub(super) fn plain_base64(bytes: &[u8]) -> Option<Secret> {
    let decoded = utf8_of_utf16(bytes).ok().flatten();
    let bytes = decoded.as_ref().map_or(bytes, Secret::expose);
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut text = Zeroizing::new(Vec::with_capacity(bytes.len()));
    text.extend(bytes.iter().filter(|byte| !byte.is_ascii_whitespace()));
    if text.is_empty() {
        return None;
    }
    BASE64.decode(&text).ok().map(Secret::new)
}

/// RFC 7468 §3: capital letters in practice, digits and blanks.
fn is_label(label: &str) -> bool {
    !label.is_empty()
        && label
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || b" #".contains(&byte))
}

/// Numbers the lines of a text from 1, in one pass. Lines end in LF, CRLF or CR.
struct Lines<'a> {
    text: &'a str,
    counted: usize,
    line: usize,
}

impl Lines<'_> {
    /// The line that `at` is in; never before the last one asked for.
    fn of(&mut self, at: usize) -> usize {
        let bytes = self.text.as_bytes();
        let ends = (self.counted..at).filter(|at| match bytes[*at] {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        });
        self.line += ends.count();
        self.counted = at;
        self.line
    }

    /// An `END` between `from` and `until`, out of place.
    fn stray_end(&mut self, from: usize, until: usize) -> Result<(), PemFault> {
        match self.text[from..until].find(END) {
            Some(found) => Err(PemFault::End { line: self.of(from + found) }),
            None => Ok(()),
        }
    }
}

/// Headers and bytes between `BEGIN` and `END`.
fn read_body(body: &str, first: usize, label: &str) -> Result<(Vec<String>, Secret), PemFault> {
    let mut headers = Vec::new();
    let mut base64 = Zeroizing::new(Vec::with_capacity(body.len()));
    let unified = Zeroizing::new(body.replace("\r\n", "\n").replace('\r', "\n"));
    for (number, whole) in unified.split('\n').enumerate() {
        // a secret that was pasted into an environment file or JSON has its line ends spelled out
        for line in whole.split("\\r\\n").flat_map(|part| part.split("\\n")) {
            let line = line.trim();
            if base64.is_empty() && line.contains(':') {
                headers.push(line.to_owned());
                continue;
            }
            let length = base64.len();
            base64.extend(line.bytes().filter(|byte| !byte.is_ascii_whitespace()));
            let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
            if !base64[length..].iter().all(is_base64) {
                return Err(PemFault::NotBase64 { line: first + number, label: label.to_owned() });
            }
        }
    }
    let der = BASE64
        .decode(&base64)
        .map_err(|_| PemFault::Damaged { line: first, label: label.to_owned() })?;
    Ok((headers, Secret::new(der)))
}

#[cfg(test)]
mod tests;
