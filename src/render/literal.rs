//! The only escaping code: values as literals of another language. XML, property lists and HTML are
//! written by typed writers and a template engine that escape by themselves.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter};

/// `value` as JSON in plain ASCII without `'` and `#`.
///
/// It stands between `@'` and `'@` in a PowerShell script. PowerShell takes U+2018 to U+201B for `'`
/// (engine/parser/CharTraits.cs), and Windows PowerShell 5.1 reads a file without byte order mark in
/// the PC's code page: only ASCII means the same everywhere. JSON strings hold no raw line break, so
/// no line of the block can begin with `'@`; and without `#` no value can look like the beginning of a
/// signature block.
pub(super) fn ascii_json(value: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut out = Vec::new();
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut out, AsciiFormatter))?;
    Ok(out)
}

struct AsciiFormatter;

impl Formatter for AsciiFormatter {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        for c in fragment.chars() {
            if matches!(c, ' '..='~') && c != '\'' && c != '#' {
                CompactFormatter.write_string_fragment(writer, c.encode_utf8(&mut [0; 4]))?;
            } else {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_but_plain_ascii_is_escaped_and_read_back() {
        for text in [
            "Zoë O'Brien",
            "O’Brien",
            "a’; Write-Output x #",
            "'@\r\n",
            "李 👩\u{200d}💻",
            "\"\\",
            "\u{7f}\0",
        ] {
            let json = ascii_json(&text).unwrap();
            assert!(
                json.iter()
                    .all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'\'' | b'#')),
                "{text}"
            );
            assert_eq!(serde_json::from_slice::<String>(&json).unwrap(), text);
        }
        assert_eq!(ascii_json(&"O'Brien 😀").unwrap(), br#""O\u0027Brien \ud83d\ude00""#);
    }
}
