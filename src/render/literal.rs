//! The only escaping code: values as literals of another language. XML, property lists and HTML are
//! written by typed writers and a template engine that escape by themselves.

use std::io::{self, Write};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::ser::{CompactFormatter, Formatter};

/// `value` as JSON in plain ASCII without `'` and `#`.
///
/// It goes between `@'` and `'@` in a PowerShell script. PowerShell takes U+2018 to U+201B for `'`
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

/// The character before every text of a data block.
const GUARD: char = '=';

/// A text that `ConvertFrom-Json` keeps as text, whatever it contains.
///
/// PowerShell 6 and later make a date of a JSON string that looks like one (`2026-01-01T00:00:00Z`,
/// `/Date(0)/`), escaped or not; only 7.5 and later can be asked not to. Windows PowerShell 5.1 does so with
/// `\/Date(0)\/`. Both look at the first characters, so one more before them decides. The script
/// takes it off again (`Read-Text`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct GuardedText(String);

impl GuardedText {
    pub(super) fn new(text: impl std::fmt::Display) -> Self {
        Self(text.to_string())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }
}

impl Serialize for GuardedText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{GUARD}{}", self.0))
    }
}

impl<'de> Deserialize<'de> for GuardedText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.strip_prefix(GUARD)
            .map(Self::new)
            .ok_or_else(|| D::Error::custom(format!("a text does not begin with `{GUARD}`")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guarded_text_never_begins_like_a_date_and_is_read_back() {
        for text in ["", "=", "2026-01-01T00:00:00Z", "/Date(0)/", "O'Brien", "Zoë"] {
            let json = ascii_json(&GuardedText::new(text)).unwrap();
            assert!(json.starts_with(b"\"="), "{text}");
            let read: GuardedText = serde_json::from_slice(&json).unwrap();
            assert_eq!(read.as_str(), text);
        }
        assert!(serde_json::from_str::<GuardedText>(r#""2026-01-01T00:00:00Z""#).is_err());
    }

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
