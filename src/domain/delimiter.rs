//! The character between the cells of a CSV file.

use std::fmt;

/// One byte that cells rarely contain. Comma by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Delimiter(u8);

impl Default for Delimiter {
    fn default() -> Self {
        Self(b',')
    }
}

impl TryFrom<u8> for Delimiter {
    type Error = DelimiterError;

    fn try_from(byte: u8) -> Result<Self, DelimiterError> {
        let is_graphic = byte.is_ascii_graphic() && !byte.is_ascii_alphanumeric() && byte != b'"';
        if is_graphic || byte == b'\t' { Ok(Self(byte)) } else { Err(DelimiterError) }
    }
}

impl From<Delimiter> for u8 {
    fn from(delimiter: Delimiter) -> Self {
        delimiter.0
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DelimiterError;

impl fmt::Display for DelimiterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a delimiter is one character such as `;`, or `tab`")
    }
}

impl std::error::Error for DelimiterError {}
