//! Decodes an XML file from its declared encoding.

use encoding_rs::{Encoding, UTF_8};

use super::xml::XmlFault;
use crate::diagnostic::Shown;

/// Search limit for the XML declaration in bytes; realistic ones have up to 60.
const LONGEST_DECLARATION: usize = 200;

/// Decodes `bytes` by their byte order mark, else by the encoding in the XML declaration, else as
/// UTF-8 (XML 1.0, appendix F).
pub(super) fn decode(bytes: &[u8]) -> Result<String, XmlFault> {
    let encoding = match Encoding::for_bom(bytes) {
        Some((encoding, _)) => encoding,
        None => declared(bytes)?,
    };
    // `decode` removes the byte order mark
    let (text, _, had_errors) = encoding.decode(bytes);
    if had_errors {
        return Err(XmlFault {
            line: 1,
            what: format!("it is not valid {}", encoding.name()),
            hint: Some("correct the encoding in its first line, or save the file as UTF-8"),
        });
    }
    Ok(text.into_owned())
}

/// The encoding named by the XML declaration, default UTF-8.
fn declared(bytes: &[u8]) -> Result<&'static Encoding, XmlFault> {
    let start = &bytes[..bytes.len().min(LONGEST_DECLARATION)];
    let start = String::from_utf8_lossy(start);
    let label = start
        .strip_prefix("<?xml")
        .and_then(|rest| rest.split_once("?>"))
        .and_then(|(declaration, _)| declaration.split_once("encoding"))
        .and_then(|(_, value)| value.trim_start().strip_prefix('='))
        .and_then(|value| value.split(['"', '\'']).nth(1));
    let Some(label) = label else {
        return Ok(UTF_8);
    };
    Encoding::for_label(label.as_bytes()).ok_or_else(|| XmlFault {
        line: 1,
        what: format!("its encoding `{}` is unknown", Shown(label)),
        hint: Some("save the file as UTF-8"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declaration_names_the_encoding() {
        for (bytes, text) in [
            (&b"<?xml version=\"1.0\" encoding='ISO-8859-1'?><a>M\xfcller</a>"[..], "Müller"),
            (b"<?xml version=\"1.0\" encoding = \"windows-1250\" ?><a>\xb3</a>", "ł"),
            (b"<?xml version=\"1.0\"?><a>\xc3\xbc</a>", "ü"),
            (b"<a>\xc3\xbc</a>", "ü"),
            (b"\xff\xfe<\0a\0>\0\xfc\0<\0/\0a\0>\0", "ü"),
        ] {
            let decoded = decode(bytes).unwrap();
            assert!(decoded.contains(text) && !decoded.starts_with('\u{feff}'), "{decoded}");
        }
    }

    #[test]
    fn bytes_that_are_not_in_the_encoding_are_refused() {
        let fault = decode(b"<a>\xfc</a>").unwrap_err();
        assert_eq!(fault.what, "it is not valid UTF-8");
        let fault = decode(b"<?xml version=\"1.0\" encoding=\"klingon\"?><a/>").unwrap_err();
        assert_eq!(fault.what, "its encoding `klingon` is unknown");
    }
}
