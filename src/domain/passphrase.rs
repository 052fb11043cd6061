//! Passphrases, in the encodings that files have.

use thiserror::Error;
use zeroize::Zeroizing;

use super::secret::Secret;

/// A passphrase: bytes without NUL.
///
/// The openssl crate converts passphrases to C strings with an `unwrap`, and the panic message repeats
/// the whole passphrase. So no value may contain NUL.
#[derive(Clone, Debug)]
pub struct Passphrase(Secret);

#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum PassphraseFault {
    #[error("it contains a NUL character, which no passphrase can have")]
    Nul,
    /// UTF-16 that ends within a character, or with half of a surrogate pair.
    #[error("it is UTF-16, and not valid")]
    Utf16,
}

impl Passphrase {
    /// The passphrase as it is, in any encoding.
    pub(crate) fn new(secret: Secret) -> Result<Self, PassphraseFault> {
        if secret.expose().contains(&0) { Err(PassphraseFault::Nul) } else { Ok(Self(secret)) }
    }

    /// The first line of a file without line end and byte order mark (as Notepad writes). UTF-16, as
    /// PowerShell's `>` writes, becomes UTF-8.
    pub(crate) fn first_line(bytes: &Secret) -> Result<Self, PassphraseFault> {
        let bytes = bytes.expose();
        let decoded = utf8_of_utf16(bytes)?;
        let text = decoded.as_ref().map_or(bytes, Secret::expose);
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let end = text.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(text.len());
        Self::new(Secret::new(text[..end].to_vec()))
    }

    /// The plain bytes; for `sign` only.
    pub(crate) fn expose(&self) -> &[u8] {
        self.0.expose()
    }
}

/// Converts UTF-16 to UTF-8. UTF-16 has a byte order mark, or NUL in every second byte and in no other,
/// which no other text has.
pub(crate) fn utf8_of_utf16(bytes: &[u8]) -> Result<Option<Secret>, PassphraseFault> {
    Utf16::of(bytes).map(|(order, text)| order.decode(text)).transpose()
}

#[derive(Clone, Copy, Debug)]
enum Utf16 {
    BigEndian,
    LittleEndian,
}

impl Utf16 {
    /// The byte order, and the text without byte order mark; `None` if `bytes` are not UTF-16.
    fn of(bytes: &[u8]) -> Option<(Self, &[u8])> {
        if let Some(text) = bytes.strip_prefix(b"\xff\xfe") {
            return Some((Self::LittleEndian, text));
        }
        if let Some(text) = bytes.strip_prefix(b"\xfe\xff") {
            return Some((Self::BigEndian, text));
        }
        let pairs = bytes.chunks_exact(2);
        if bytes.is_empty() || !pairs.remainder().is_empty() {
            return None;
        }
        if pairs.clone().all(|pair| pair[0] != 0 && pair[1] == 0) {
            Some((Self::LittleEndian, bytes))
        } else if pairs.clone().all(|pair| pair[0] == 0 && pair[1] != 0) {
            Some((Self::BigEndian, bytes))
        } else {
            None
        }
    }

    fn decode(self, text: &[u8]) -> Result<Secret, PassphraseFault> {
        let pairs = text.chunks_exact(2);
        if !pairs.remainder().is_empty() {
            return Err(PassphraseFault::Utf16);
        }
        let units = pairs.map(|pair| match self {
            Self::BigEndian => u16::from_be_bytes([pair[0], pair[1]]),
            Self::LittleEndian => u16::from_le_bytes([pair[0], pair[1]]),
        });
        // full capacity at once: a growing buffer leaves copies behind
        let mut decoded = Zeroizing::new(Vec::with_capacity(text.len() * 2));
        for c in char::decode_utf16(units) {
            let c = c.map_err(|_| PassphraseFault::Utf16)?;
            decoded.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
        Ok(Secret::new(std::mem::take(&mut *decoded)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_line(bytes: &[u8]) -> Result<Vec<u8>, PassphraseFault> {
        Passphrase::first_line(&Secret::new(bytes.to_vec())).map(|line| line.expose().to_vec())
    }

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn a_passphrase_does_not_print_itself() {
        let secret = Secret::new(b"canary".to_vec());
        assert_eq!(format!("{:?}", Passphrase::new(secret).unwrap()), "Passphrase(Secret(..))");
    }

    #[test]
    fn the_passphrase_is_the_first_line_without_its_end() {
        for (bytes, expected) in [
            ("a b\n", "a b"),
            ("a b\r\nnext", "a b"),
            ("a b", "a b"),
            ("", ""),
            ("\u{feff}a b\r\n", "a b"),
        ] {
            assert_eq!(first_line(bytes.as_bytes()).unwrap(), expected.as_bytes());
        }
    }

    #[test]
    fn utf_16_is_read_in_both_byte_orders_with_and_without_mark() {
        for text in ["hunter\u{e9}2\r\nnext", "hunter\u{e9}2"] {
            for order in [u16::to_le_bytes as fn(u16) -> [u8; 2], u16::to_be_bytes] {
                let marked = utf16(&format!("\u{feff}{text}"), order);
                assert_eq!(first_line(&marked).unwrap(), "hunter\u{e9}2".as_bytes());
                assert_eq!(first_line(&utf16(text, order)).unwrap(), "hunter\u{e9}2".as_bytes());
            }
        }
        let marked = utf16("\u{feff}\u{43f}\u{1f511}\n", u16::to_be_bytes);
        assert_eq!(first_line(&marked).unwrap(), "\u{43f}\u{1f511}".as_bytes());
    }

    #[test]
    fn nul_and_invalid_utf_16_are_faults() {
        for bytes in [&b"a\0b"[..], b"\0", b"a\0b\0c", b"ab\0\0", b"\xff\xfe\0\0a\0\0\0"] {
            assert_eq!(first_line(bytes), Err(PassphraseFault::Nul), "{bytes:?}");
        }
        for bytes in [&b"\xff\xfea"[..], b"\xfe\xff\xd8\x3d", b"\xff\xfe\x00\xdca\0"] {
            assert_eq!(first_line(bytes), Err(PassphraseFault::Utf16), "{bytes:?}");
        }
        // what follows the first line does not matter
        assert_eq!(first_line(b"a\nb\0"), Ok(b"a".to_vec()));
    }
}
