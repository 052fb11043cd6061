//! Lists with a blank between delimiter and quote: `"Ada", "R&D, Lab"`. By RFC 4180 (§2.4) the blank
//! is part of the cell and the quote opens nothing, which is not what the writer meant.

use std::io::{self, Read};

/// Where in a list a byte is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// At the start of a cell, after this many blanks.
    Start(usize),
    Bare,
    Quoted,
    /// After the closing quote, or after the first of a doubled one.
    Closed,
}

impl Place {
    fn next(self, byte: u8, delimiter: u8) -> Self {
        let ends = byte == delimiter || matches!(byte, b'\r' | b'\n');
        match (self, byte) {
            (Self::Quoted, b'"') => Self::Closed,
            (Self::Quoted, _) | (Self::Start(_) | Self::Closed, b'"') => Self::Quoted,
            _ if ends => Self::Start(0),
            (Self::Start(blanks), b' ' | b'\t') => Self::Start(blanks + 1),
            (Self::Closed, b' ' | b'\t') => Self::Closed,
            _ => Self::Bare,
        }
    }
}

/// Whether `text` has quoted cells after blanks, each of which ends with its closing quote.
pub(super) fn has_spaced_quotes(text: &[u8], delimiter: u8) -> bool {
    let mut place = Place::Start(0);
    let (mut is_spaced, mut found) = (false, false);
    for byte in text {
        let next = place.next(*byte, delimiter);
        match (place, next) {
            (Place::Start(blanks), Place::Quoted) => is_spaced = blanks > 0,
            // ` "Bob" Smith` is one unquoted cell
            (Place::Closed, Place::Bare) if is_spaced => return false,
            (Place::Closed, Place::Start(_)) => found |= is_spaced,
            _ => {}
        }
        place = next;
    }
    found || is_spaced && place == Place::Closed
}

/// Removes blanks between a delimiter and a quote.
pub(super) struct Unspaced<R> {
    inner: R,
    delimiter: u8,
    place: Place,
    /// Blanks at the start of a cell, until it is known what follows.
    blanks: Vec<u8>,
    ready: Vec<u8>,
    taken: usize,
}

impl<R> Unspaced<R> {
    pub(super) fn new(inner: R, delimiter: u8) -> Self {
        let (blanks, ready) = (Vec::new(), Vec::new());
        Self { inner, delimiter, place: Place::Start(0), blanks, ready, taken: 0 }
    }

    fn take(&mut self, chunk: &[u8]) {
        for byte in chunk {
            let next = self.place.next(*byte, self.delimiter);
            match (self.place, next) {
                (Place::Start(_), Place::Start(blanks)) if blanks > 0 => self.blanks.push(*byte),
                (Place::Start(_), Place::Quoted) => {
                    self.blanks.clear();
                    self.ready.push(*byte);
                }
                _ => {
                    self.ready.append(&mut self.blanks);
                    self.ready.push(*byte);
                }
            }
            self.place = next;
        }
    }
}

impl<R: Read> Read for Unspaced<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.ready.len() {
            self.ready.clear();
            self.taken = 0;
            let mut raw = [0; 8 << 10];
            match self.inner.read(&mut raw)? {
                0 if self.blanks.is_empty() => return Ok(0),
                0 => self.ready.append(&mut self.blanks),
                count => self.take(&raw[..count]),
            }
        }
        let rest = &self.ready[self.taken..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.taken += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_after_a_blank_is_distinguished_from_one_inside_a_cell() {
        for text in [
            "a, b\n\"x\", \"y, z\"\n",
            "\"x\",\t \"y\"",
            " \"x\" , \"a \"\"b\"\"\"\n",
            "a,  \"\"\n",
        ] {
            assert!(has_spaced_quotes(text.as_bytes(), b','), "{text}");
        }
        for text in [
            "a, b\n",
            "\"x\",\"y\"\n",
            "a, 5\" nail\n",
            "a, \"Bob\" Smith\nb, \"x\"\n",
            "\"a, \"\"b\"\"\"\n",
        ] {
            assert!(!has_spaced_quotes(text.as_bytes(), b','), "{text}");
        }
    }

    #[test]
    fn only_blanks_before_quotes_are_removed() {
        let text = "a, b\n \"x, \"\"1\"\"\",  \"y\" ,  z \n, \"\n \"";
        let mut unspaced = String::new();
        // one byte at a time
        let mut reader = Unspaced::new(text.as_bytes(), b',');
        let mut byte = [0];
        while reader.read(&mut byte).unwrap() > 0 {
            unspaced.push(char::from(byte[0]));
        }
        assert_eq!(unspaced, "a, b\n\"x, \"\"1\"\"\",\"y\" ,  z \n,\"\n \"");
    }

    #[test]
    fn blanks_at_the_end_are_kept() {
        let mut kept = String::new();
        Unspaced::new("a,  ".as_bytes(), b',').read_to_string(&mut kept).unwrap();
        assert_eq!(kept, "a,  ");
    }
}
