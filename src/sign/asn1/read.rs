//! Reading DER that may be hostile: every length is checked, nothing recurses.

use thiserror::Error;

/// The bytes are not DER, or not the structure that was expected.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("it is damaged or not DER")]
pub struct Malformed;

/// One value: tag, length and body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Value<'a> {
    /// The identifier octet.
    pub(crate) tag: u8,
    /// Everything, tag and length included.
    pub(crate) whole: &'a [u8],
    /// The bytes after the length.
    pub(crate) body: &'a [u8],
}

/// Reads one value after the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Reads from `bytes`.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// True when nothing is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The tag of the next value.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    /// The next value, whatever it is.
    pub(crate) fn any(&mut self) -> Result<Value<'a>, Malformed> {
        let [tag, first, ..] = *self.0 else {
            return Err(Malformed);
        };
        if tag & 0x1f == 0x1f {
            return Err(Malformed);
        }
        let (length, head) = match first {
            0..=0x7f => (usize::from(first), 2),
            0x81..=0x84 => {
                let digits = usize::from(first & 0x7f);
                let octets = self.0.get(2..2 + digits).ok_or(Malformed)?;
                (
                    octets.iter().fold(0, |length, octet| length << 8 | usize::from(*octet)),
                    2 + digits,
                )
            }
            // 0x80 is BER's indefinite length
            _ => return Err(Malformed),
        };
        let end = head.checked_add(length).filter(|end| *end <= self.0.len()).ok_or(Malformed)?;
        let (whole, rest) = self.0.split_at(end);
        self.0 = rest;
        Ok(Value { tag, whole, body: &whole[head..] })
    }

    /// The next value, which must have `tag`.
    pub(crate) fn expect(&mut self, tag: u8) -> Result<Value<'a>, Malformed> {
        let value = self.any()?;
        if value.tag == tag { Ok(value) } else { Err(Malformed) }
    }

    /// The body of the next value, which must have `tag`, ready to be read.
    pub(crate) fn enter(&mut self, tag: u8) -> Result<Self, Malformed> {
        self.expect(tag).map(|value| Self(value.body))
    }

    /// The next value if it has `tag`.
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<Value<'a>>, Malformed> {
        if self.peek() == Some(tag) { self.any().map(Some) } else { Ok(None) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_beyond_the_end_is_refused() {
        for bytes in [
            &[][..],
            &[0x30],
            &[0x30, 0x05, 1, 2],
            &[0x30, 0x80, 0, 0],
            &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
            &[0x30, 0x85, 0, 0, 0, 0, 1],
            &[0x30, 0x82, 0x01],
            &[0x1f, 0x81, 0x00, 0x00],
        ] {
            assert_eq!(Reader::new(bytes).any(), Err(Malformed), "{bytes:x?}");
        }
    }

    #[test]
    fn values_are_read_in_turn() {
        let mut reader = Reader::new(&[0x30, 3, 0x02, 1, 7, 0x05, 0]);
        let mut sequence = reader.enter(0x30).unwrap();
        assert_eq!(sequence.expect(0x02).unwrap().body, [7]);
        assert!(sequence.is_empty());
        assert_eq!(reader.optional(0x04).unwrap(), None);
        assert_eq!(reader.optional(0x05).unwrap().unwrap().whole, [5, 0]);
    }
}
