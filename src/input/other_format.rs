//! Files that are not a list, recognized by their content: a wrong file must not be read as one, nor be met with
//! advice about columns.

use std::fmt;

/// A file of another kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the messages name the formats")]
pub enum OtherFormat {
    /// Control characters that no text has.
    Binary,
    /// Zero bytes in the header.
    BinaryOrUtf16,
    /// A message, for example one with the list as attachment.
    Email,
    Html,
    Json,
    Ldif,
    /// 7-Zip, gzip or RAR.
    Packed,
    Pdf,
    /// A certificate or a key.
    Pem,
    Picture,
    Rtf,
    VCard,
}

impl OtherFormat {
    /// By the first bytes.
    pub(super) fn of_bytes(start: &[u8]) -> Option<Self> {
        Some(match start {
            [b'%', b'P', b'D', b'F', ..] => Self::Pdf,
            [0x89, b'P', b'N', b'G', ..] | [0xff, 0xd8, 0xff, ..] => Self::Picture,
            [0x1f, 0x8b, ..] | [b'7', b'z', 0xbc, 0xaf, ..] | [b'R', b'a', b'r', b'!', ..] => {
                Self::Packed
            }
            _ => return None,
        })
    }

    /// By the first characters. A byte order mark or blank lines may be before them.
    pub(super) fn of_text(text: &[u8]) -> Option<Self> {
        let begins = |with: &str| {
            text.get(..with.len()).is_some_and(|t| t.eq_ignore_ascii_case(with.as_bytes()))
        };
        Some(match text {
            _ if begins("{\\rtf") => Self::Rtf,
            [b'{', ..] | [b'[', b'{' | b'"' | b'[' | b'\r' | b'\n' | b' ', ..] => Self::Json,
            [b'<', ..] => Self::Html,
            _ if begins("-----BEGIN ") => Self::Pem,
            _ if begins("BEGIN:VCARD") => Self::VCard,
            _ if begins("dn:") => Self::Ldif,
            _ if is_email(text) => Self::Email,
            _ => return None,
        })
    }

    pub(super) fn hint(self) -> &'static str {
        match self {
            Self::Binary => "name the list itself: CSV, XLSX, XLS or ODS",
            Self::BinaryOrUtf16 => {
                "export it as CSV UTF-8; if it is UTF-16, use --encoding utf-16le"
            }
            Self::Email => "save the list that is attached to it, and name that file",
            Self::Html => "open it in Excel or LibreOffice and save it as XLSX or CSV",
            Self::Json | Self::Ldif | Self::VCard => {
                "export the same people as CSV or XLSX from the program that made it"
            }
            Self::Packed => "unpack it, and name the list inside",
            Self::Pdf | Self::Picture | Self::Rtf => {
                "ask for the list as CSV or XLSX: a document for reading has no columns"
            }
            Self::Pem => {
                "certificates and keys belong to --sign-cert, --sign-key and --sign-chain; name the list: CSV, XLSX, XLS or ODS"
            }
        }
    }
}

impl fmt::Display for OtherFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Binary => "binary data",
            Self::BinaryOrUtf16 => "binary data, or UTF-16 text without a byte order mark",
            Self::Email => "an e-mail message",
            Self::Html => "HTML or XML",
            Self::Json => "JSON",
            Self::Ldif => "LDIF",
            Self::Packed => "a packed file",
            Self::Pdf => "a PDF",
            Self::Pem => "a certificate or key (PEM)",
            Self::Picture => "a picture",
            Self::Rtf => "RTF",
            Self::VCard => "an address book (vCard)",
        })
    }
}

/// Whether more than one byte in fifty is a control character that no list has. A list has one here and there at
/// most, which its row is warned about.
pub(super) fn is_binary(text: &[u8]) -> bool {
    const MOST: usize = 50;
    let is_control = |byte: &u8| *byte < 0x20 && !matches!(byte, b'\t'..=b'\r' | 0x1a | 0x1b);
    let count = text.iter().filter(|byte| is_control(byte)).count();
    count > 4 && count * MOST > text.len()
}

/// Whether every line up to the first blank one is a field of a message (RFC 5322 §2.2), among them those
/// that a message has.
fn is_email(text: &[u8]) -> bool {
    let mut names = Vec::new();
    for line in text.split(|byte| *byte == b'\n') {
        let line = line.trim_ascii_end();
        if line.is_empty() {
            break;
        }
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            continue;
        }
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { return false };
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
        if !line[..colon].iter().all(is_name) {
            return false;
        }
        names.push(line[..colon].to_ascii_lowercase());
    }
    let has = |name: &str| names.iter().any(|found| found == name.as_bytes());
    has("from") && (has("message-id") || has("mime-version") || has("received"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_recognized_by_its_fields() {
        let message =
            b"Received: from a\r\n by b\r\nFrom: a@q.com\r\nSubject: list\r\n\r\nemail\r\n";
        assert_eq!(OtherFormat::of_text(message), Some(OtherFormat::Email));
        for list in [
            &b"From: Ada\nemail,name\na@q.com,Ada\n"[..],
            b"From: Ada\nSubject: staff\n\nemail\na@q.com\n",
            b"email,from,mime-version\n",
            b"",
        ] {
            assert_eq!(OtherFormat::of_text(list), None, "{list:?}");
        }
    }

    #[test]
    fn a_list_with_a_few_control_characters_is_not_binary() {
        assert!(is_binary(b"\x30\x82\x03\x01\x02\x02\x00\x01\x05"));
        assert!(!is_binary(b"email\x01,name\x02\x03\r\n"), "a short list");
        assert!(!is_binary(b"email,name\x0b\r\nada@q.com,Ada\tB\x1a"));
    }
}
