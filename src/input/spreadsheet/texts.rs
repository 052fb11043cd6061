//! The texts of a sheet, each kept once, with a bound on all of them.

use super::fault::{Bound, SheetFault};

/// The most that is kept of one sheet, in bytes: texts, and eight bytes a cell.
pub(super) const MOST_KEPT: usize = 256 << 20;

/// The most of one text that is kept, in bytes: no cell of that length is used.
pub(super) const LONGEST_TEXT: usize = 256 << 10;

/// The cell of a formula that was never calculated. It is not UTF-8, so no text equals it.
pub(in crate::input) const UNCALCULATED: &[u8] = b"\xff\xfeno value";

pub(super) const CHUNK: usize = 1 << 20;

/// Texts, each with its length before it. Chunks, because a growing vector holds everything twice.
#[derive(Debug, Default)]
pub(super) struct Texts {
    chunks: Vec<Vec<u8>>,
    /// Bytes kept here and by the owners of cells.
    kept: usize,
}

/// Where a text is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place(u32);

impl Place {
    pub(super) const BLANK: Self = Self(u32::MAX);
    pub(super) const UNCALCULATED: Self = Self(u32::MAX - 1);

    pub(super) fn is_blank(self) -> bool {
        self == Self::BLANK
    }
}

impl Texts {
    /// Keeps `text`; nothing where it is empty.
    pub(super) fn keep(&mut self, text: &str) -> Result<Place, SheetFault> {
        if text.is_empty() {
            return Ok(Place::BLANK);
        }
        let mut end = text.len().min(LONGEST_TEXT);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let text = &text.as_bytes()[..end];
        self.count(text.len() + 4)?;
        if self.chunks.last().is_none_or(|chunk| CHUNK - chunk.len() < text.len() + 4) {
            self.chunks.push(Vec::with_capacity(CHUNK));
        }
        let number = self.chunks.len() - 1;
        let chunk = &mut self.chunks[number];
        let place = number * CHUNK + chunk.len();
        // neither comes near four bytes: both are bounded above
        chunk.extend_from_slice(&u32::try_from(text.len()).unwrap_or_default().to_le_bytes());
        chunk.extend_from_slice(text);
        Ok(Place(u32::try_from(place).map_err(|_| SheetFault::TooMuch(Bound::Kept))?))
    }

    /// Counts bytes that are kept elsewhere for the same sheet.
    pub(super) fn count(&mut self, bytes: usize) -> Result<(), SheetFault> {
        self.kept += bytes;
        if self.kept > MOST_KEPT { Err(SheetFault::TooMuch(Bound::Kept)) } else { Ok(()) }
    }

    /// How many bytes were counted.
    #[cfg(test)]
    pub(super) fn kept(&self) -> usize {
        self.kept
    }

    pub(super) fn get(&self, place: Place) -> &[u8] {
        match place {
            Place::BLANK => b"",
            Place::UNCALCULATED => UNCALCULATED,
            Place(place) => {
                let (chunk, at) = (place as usize / CHUNK, place as usize % CHUNK);
                let rest = &self.chunks[chunk][at..];
                let length = rest.first_chunk().map_or(0, |length| u32::from_le_bytes(*length));
                &rest[4..4 + length as usize]
            }
        }
    }
}
