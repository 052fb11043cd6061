//! The records of an XLS file, and the texts in them. Long records continue in records of their own, even in
//! the middle of a text.

use std::borrow::Cow;

use encoding_rs::Encoding;

use super::kind;
use crate::input::spreadsheet::compound::u16_at;
use crate::input::spreadsheet::fault::{Bound, DAMAGED, SheetFault};
use crate::input::spreadsheet::texts::{Place, Texts};

/// The longest text that is read, in characters.
const LONGEST_TEXT: usize = 1 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    /// Excel 5 and 95.
    Biff5,
    /// Excel 97 and later.
    Biff8,
}

impl Version {
    pub(super) fn of(stream: &[u8]) -> Result<Self, SheetFault> {
        match (u16_at(stream, 0), u16_at(stream, 4)) {
            (Some(kind::BOF), Some(0x0500)) => Ok(Self::Biff5),
            (Some(kind::BOF), Some(0x0600)) => Ok(Self::Biff8),
            (Some(0x0009 | 0x0209 | 0x0409), _) => {
                Err(SheetFault::Unfit("it was made by Excel 4 or earlier"))
            }
            _ => Err(DAMAGED),
        }
    }
}

/// A record with all that continue it.
pub(super) struct Record<'a> {
    pub(super) kind: u16,
    parts: Vec<&'a [u8]>,
}

impl<'a> Record<'a> {
    /// Its first part.
    pub(super) fn data(&self) -> &'a [u8] {
        self.parts[0]
    }
}

/// The whole records of a stream.
pub(super) struct Records<'a> {
    rest: &'a [u8],
}

impl<'a> Records<'a> {
    pub(super) fn new(stream: &'a [u8], start: usize) -> Self {
        Self { rest: stream.get(start..).unwrap_or_default() }
    }

    fn one(&mut self) -> Option<(u16, &'a [u8])> {
        let (kind, length) = (u16_at(self.rest, 0)?, usize::from(u16_at(self.rest, 2)?));
        let data = self.rest.get(4..4 + length)?;
        self.rest = &self.rest[4 + length..];
        Some((kind, data))
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        let (kind, data) = self.one()?;
        let mut record = Record { kind, parts: vec![data] };
        while u16_at(self.rest, 0) == Some(kind::CONTINUE) {
            record.parts.push(self.one()?.1);
        }
        Some(record)
    }
}

/// How texts are written.
#[derive(Clone, Copy)]
pub(super) struct Strings {
    pub(super) version: Version,
    pub(super) encoding: &'static Encoding,
}

impl Strings {
    /// The text at `at` after its length in two bytes.
    pub(super) fn text(self, record: &Record<'_>, at: usize) -> Option<String> {
        let mut bytes = Bytes::of(record, at)?;
        let length = usize::from(bytes.u16()?);
        match self.version {
            Version::Biff8 => {
                let flags = bytes.byte()?;
                bytes.text(length, flags)
            }
            Version::Biff5 => self.narrow(&mut bytes, length),
        }
    }

    /// The text at `at` after its length in one byte.
    pub(super) fn short_text(self, record: &Record<'_>, at: usize) -> Option<String> {
        let mut bytes = Bytes::of(record, at)?;
        let length = usize::from(bytes.byte()?);
        match self.version {
            Version::Biff8 => {
                let flags = bytes.byte()?;
                bytes.text(length, flags)
            }
            Version::Biff5 => self.narrow(&mut bytes, length),
        }
    }

    fn narrow(self, bytes: &mut Bytes<'_, '_>, length: usize) -> Option<String> {
        let raw: Vec<u8> = (0..length).map_while(|_| bytes.byte()).collect();
        let (text, _) = self.encoding.decode_without_bom_handling(&raw);
        (raw.len() == length).then(|| match text {
            Cow::Borrowed(text) => text.to_owned(),
            Cow::Owned(text) => text,
        })
    }

    /// The table of texts that cells share ([MS-XLS] 2.4.265). How many there are is a claim, and not used.
    pub(super) fn shared(record: &Record<'_>, texts: &mut Texts) -> Result<Vec<Place>, SheetFault> {
        let mut bytes = Bytes::of(record, 8).ok_or(DAMAGED)?;
        let mut all = Vec::new();
        while !bytes.is_at_end() {
            let text = bytes.rich_text().ok_or(DAMAGED)?;
            // twice: a growing vector
            texts.count(2 * size_of::<Place>())?;
            all.push(texts.keep(&text?)?);
        }
        Ok(all)
    }
}

/// The bytes of a record and of those that continue it.
struct Bytes<'r, 'a> {
    parts: &'r [&'a [u8]],
    rest: &'a [u8],
}

impl<'r, 'a> Bytes<'r, 'a> {
    fn of(record: &'r Record<'a>, at: usize) -> Option<Self> {
        Some(Self { parts: &record.parts[1..], rest: record.data().get(at..)? })
    }

    fn is_at_end(&self) -> bool {
        self.rest.is_empty() && self.parts.iter().all(|part| part.is_empty())
    }

    /// Moves to the next part where this one is used up; returns whether it did.
    fn turn(&mut self) -> Option<bool> {
        let mut turned = false;
        while self.rest.is_empty() {
            let (next, parts) = self.parts.split_first()?;
            (self.rest, self.parts) = (next, parts);
            turned = true;
        }
        Some(turned)
    }

    fn byte(&mut self) -> Option<u8> {
        self.turn()?;
        let (byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*byte)
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes([self.byte()?, self.byte()?]))
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from(self.u16()?) | u32::from(self.u16()?) << 16)
    }

    fn skip(&mut self, mut count: usize) -> Option<()> {
        while count > 0 {
            self.turn()?;
            let here = count.min(self.rest.len());
            self.rest = &self.rest[here..];
            count -= here;
        }
        Some(())
    }

    /// A text with formats and readings after it ([MS-XLS] 2.5.293).
    fn rich_text(&mut self) -> Option<Result<String, SheetFault>> {
        let length = usize::from(self.u16()?);
        let flags = self.byte()?;
        let runs = if flags & 8 != 0 { usize::from(self.u16()?) } else { 0 };
        let extra = if flags & 4 != 0 { self.u32()? as usize } else { 0 };
        if length > LONGEST_TEXT {
            return Some(Err(SheetFault::TooMuch(Bound::Markup)));
        }
        let text = self.text(length, flags)?;
        self.skip(4 * runs)?;
        self.skip(extra)?;
        Some(Ok(text))
    }

    /// `length` characters. Where the text continues in the next record its flags are repeated.
    fn text(&mut self, length: usize, mut flags: u8) -> Option<String> {
        let mut units = Vec::with_capacity(length);
        for _ in 0..length {
            if self.turn()? {
                flags = self.byte()?;
            }
            units.push(if flags & 1 == 0 { self.byte()?.into() } else { self.u16()? });
        }
        Some(String::from_utf16_lossy(&units))
    }
}
