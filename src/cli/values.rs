//! Values of options, as clap reads them.

use crate::domain::name::DisplayName;

/// `,`, `;`, `|`, `tab` or `\t`.
pub(super) fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        b"tab" | b"\\t" | b"\t" => Ok(b'\t'),
        [byte] if byte.is_ascii_graphic() && !byte.is_ascii_alphanumeric() && *byte != b'"' => {
            Ok(*byte)
        }
        _ => Err("a delimiter is one character such as `;`, or `tab`".to_owned()),
    }
}

/// One character that no header begins with.
pub(super) fn comment(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        [byte] if byte.is_ascii_punctuation() && *byte != b'"' => Ok(*byte),
        _ => Err("a comment begins with one character such as `#`".to_owned()),
    }
}

/// One line without control characters.
pub(super) fn organization(text: &str) -> Result<String, String> {
    DisplayName::try_from(text).map(|name| name.to_string()).map_err(|error| error.to_string())
}

/// What RFC 5280 lets a common name be, less the ` CA` that the authority gets.
pub(super) fn common_name(text: &str) -> Result<String, String> {
    let name = organization(text)?;
    if name.chars().count() > 60 {
        Err("a certificate's name has at most 60 characters".to_owned())
    } else {
        Ok(name)
    }
}
