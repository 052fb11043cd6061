//! XLS: the records of [MS-XLS] (Excel 97 and later), and those of Excel 5 and 95.

use encoding_rs::Encoding;

use super::compound::{u16_at, u32_at, workbook};
use super::fault::{DAMAGED, ENCRYPTED, SheetFault};
use super::number::{Epoch, NumberFormat};
use super::rows::Rows;
use super::texts::{Place, Texts};
use super::xlsx::{MOST_STYLES, Styles};
use super::{Entries, Entry};
use records::{Record, Records, Strings, Version};

mod records;

/// Kinds of records.
mod kind {
    pub(super) const FORMULA: u16 = 0x0006;
    pub(super) const EOF: u16 = 0x000a;
    pub(super) const DATE_1904: u16 = 0x0022;
    pub(super) const FILE_PASS: u16 = 0x002f;
    pub(super) const CONTINUE: u16 = 0x003c;
    pub(super) const CODE_PAGE: u16 = 0x0042;
    pub(super) const BOUND_SHEET: u16 = 0x0085;
    pub(super) const MUL_RK: u16 = 0x00bd;
    pub(super) const RSTRING: u16 = 0x00d6;
    pub(super) const XF: u16 = 0x00e0;
    pub(super) const MERGE_CELLS: u16 = 0x00e5;
    pub(super) const SST: u16 = 0x00fc;
    pub(super) const LABEL_SST: u16 = 0x00fd;
    pub(super) const RECALC_ID: u16 = 0x01c1;
    pub(super) const NUMBER: u16 = 0x0203;
    pub(super) const LABEL: u16 = 0x0204;
    pub(super) const BOOL_ERR: u16 = 0x0205;
    pub(super) const STRING: u16 = 0x0207;
    pub(super) const RK: u16 = 0x027e;
    pub(super) const FORMAT: u16 = 0x041e;
    pub(super) const BOF: u16 = 0x0809;
}

/// A workbook, its sheets listed. A sheet's `part` is where it starts.
pub(super) struct Workbook {
    pub(super) entries: Entries,
    stream: Vec<u8>,
    strings: Strings,
    styles: Styles,
    shared: Vec<Place>,
    /// A program that calculates has saved the file.
    was_calculated: bool,
}

impl Workbook {
    /// Reads everything but the sheets; shared texts go to `texts`.
    pub(super) fn open(bytes: &[u8], texts: &mut Texts) -> Result<Self, SheetFault> {
        let stream = workbook(bytes)?;
        let mut book = Self {
            entries: Entries::default(),
            strings: Strings {
                version: Version::of(&stream)?,
                encoding: encoding_rs::WINDOWS_1252,
            },
            stream: Vec::new(),
            styles: Styles::default(),
            shared: Vec::new(),
            was_calculated: false,
        };
        book.read_globals(&stream, texts)?;
        book.stream = stream;
        Ok(book)
    }

    fn read_globals(&mut self, stream: &[u8], texts: &mut Texts) -> Result<(), SheetFault> {
        let mut formats: Vec<(u16, NumberFormat)> = Vec::new();
        let mut styles = Vec::new();
        for record in Records::new(stream, 0) {
            let data = record.data();
            match record.kind {
                kind::EOF => break,
                kind::FILE_PASS => return Err(ENCRYPTED),
                kind::DATE_1904 if u16_at(data, 0) == Some(1) => {
                    self.styles.epoch = Epoch::From1904;
                }
                kind::CODE_PAGE => {
                    self.strings.encoding = encoding(u16_at(data, 0).unwrap_or_default());
                }
                kind::RECALC_ID => self.was_calculated = true,
                kind::FORMAT if formats.len() < MOST_STYLES => {
                    let id = u16_at(data, 0).ok_or(DAMAGED)?;
                    let code = match self.strings.version {
                        Version::Biff8 => self.strings.text(&record, 2),
                        Version::Biff5 => self.strings.short_text(&record, 2),
                    };
                    formats.push((id, NumberFormat::of(&code.ok_or(DAMAGED)?)));
                }
                kind::XF if styles.len() < MOST_STYLES => {
                    styles.push(u16_at(data, 2).ok_or(DAMAGED)?);
                }
                kind::BOUND_SHEET => {
                    let entry = self.entry(&record).ok_or(DAMAGED)?;
                    self.entries.count(&entry)?;
                    self.entries.list.push(entry);
                }
                kind::SST => self.shared = Strings::shared(&record, texts)?,
                _ => {}
            }
        }
        formats.sort_by_key(|(id, _)| *id);
        let format = |id: &u16| match formats.binary_search_by_key(id, |(id, _)| *id) {
            Ok(at) => formats[at].1.clone(),
            Err(_) => NumberFormat::built_in((*id).into()),
        };
        self.styles.formats = styles.iter().map(format).collect();
        Ok(())
    }

    fn entry(&self, record: &Record<'_>) -> Option<Entry> {
        let data = record.data();
        let start = u32_at(data, 0)? as usize;
        let (visibility, is_sheet) = (data.get(4)? & 3, *data.get(5)? == 0);
        Some(Entry {
            name: self.strings.short_text(record, 6)?,
            is_visible: visibility == 0,
            part: is_sheet.then_some(start),
        })
    }

    /// Reads the sheet that starts at `start`.
    pub(super) fn read(&self, start: usize, rows: &mut Rows) -> Result<(), SheetFault> {
        if start > self.stream.len() {
            return Err(DAMAGED);
        }
        // an embedded chart begins and ends in between
        let mut depth = 0;
        // the formula whose text comes in a record of its own
        let mut formula = None;
        for record in Records::new(&self.stream, start) {
            match record.kind {
                kind::BOF => depth += 1,
                kind::EOF if depth <= 1 => return Ok(()),
                kind::EOF => depth -= 1,
                _ if depth > 1 => {}
                kind::STRING => {
                    if let Some(at) = formula.take() {
                        rows.add(at, &self.strings.text(&record, 0).ok_or(DAMAGED)?)?;
                    }
                }
                kind::FORMULA => {
                    let at = place(&record).ok_or(DAMAGED)?;
                    formula = self.formula(&record, at, rows)?.then_some(at);
                }
                _ => self.cell(&record, rows)?,
            }
        }
        // without an end it was cut
        Err(DAMAGED)
    }

    fn cell(&self, record: &Record<'_>, rows: &mut Rows) -> Result<(), SheetFault> {
        let data = record.data();
        if record.kind == kind::MERGE_CELLS {
            for range in data.get(2..).unwrap_or_default().chunks_exact(8) {
                let number = |at| u16_at(range, at).map_or(0, u32::from);
                rows.merge(number(0), number(2), number(4))?;
            }
            return Ok(());
        }
        let is_cell = matches!(
            record.kind,
            kind::NUMBER
                | kind::RK
                | kind::MUL_RK
                | kind::LABEL_SST
                | kind::LABEL
                | kind::RSTRING
                | kind::BOOL_ERR
        );
        if !is_cell {
            return Ok(());
        }
        let at = place(record).ok_or(DAMAGED)?;
        match record.kind {
            kind::NUMBER => self.number(at, style(data), f64_at(data, 6).ok_or(DAMAGED)?, rows),
            kind::RK => self.number(at, style(data), rk(u32_at(data, 6).ok_or(DAMAGED)?), rows),
            kind::MUL_RK => {
                let cells = data.get(4..data.len().saturating_sub(2)).unwrap_or_default();
                for (column, cell) in (at.1..).zip(cells.chunks_exact(6)) {
                    let style = u16_at(cell, 0).unwrap_or_default().into();
                    let value = rk(u32_at(cell, 2).ok_or(DAMAGED)?);
                    self.number((at.0, column), style, value, rows)?;
                }
                Ok(())
            }
            kind::LABEL_SST => {
                let number = u32_at(data, 6).ok_or(DAMAGED)? as usize;
                rows.put(at, *self.shared.get(number).ok_or(DAMAGED)?)
            }
            kind::BOOL_ERR => match (data.get(6), data.get(7)) {
                (Some(value), Some(0)) => rows.add(at, truth(*value)),
                (Some(code), Some(_)) => rows.add(at, error(*code)),
                _ => Err(DAMAGED),
            },
            _ => rows.add(at, &self.strings.text(record, 6).ok_or(DAMAGED)?),
        }
    }

    fn number(
        &self,
        at: (u32, u32),
        style: usize,
        value: f64,
        rows: &mut Rows,
    ) -> Result<(), SheetFault> {
        let mut text = String::new();
        self.styles.write(style, value, &mut text);
        rows.add(at, &text)
    }

    /// Reads the value of a formula ([MS-XLS] 2.5.133); whether its text is still to come.
    fn formula(
        &self,
        record: &Record<'_>,
        at: (u32, u32),
        rows: &mut Rows,
    ) -> Result<bool, SheetFault> {
        let data = record.data();
        let value = data.get(6..14).ok_or(DAMAGED)?;
        if value[6..] != [0xff, 0xff] {
            self.number(at, style(data), f64_at(data, 6).ok_or(DAMAGED)?, rows)?;
            return Ok(false);
        }
        match value[0] {
            0 => return Ok(true),
            1 => rows.add(at, truth(value[2]))?,
            2 => rows.add(at, error(value[2]))?,
            // an empty text, and what programs write that do not calculate
            _ if self.was_calculated => {}
            _ => rows.add_uncalculated(at)?,
        }
        Ok(false)
    }
}

/// Row and column of a cell.
fn place(record: &Record<'_>) -> Option<(u32, u32)> {
    let data = record.data();
    Some((u16_at(data, 0)?.into(), u16_at(data, 2)?.into()))
}

fn style(data: &[u8]) -> usize {
    u16_at(data, 4).unwrap_or_default().into()
}

fn f64_at(data: &[u8], at: usize) -> Option<f64> {
    Some(f64::from_le_bytes(*data.get(at..)?.first_chunk()?))
}

/// A number in four bytes ([MS-XLS] 2.5.217).
pub(super) fn rk(rk: u32) -> f64 {
    let number = if rk & 2 == 0 {
        f64::from_bits(u64::from(rk & !3) << 32)
    } else {
        f64::from(rk.cast_signed() >> 2)
    };
    if rk & 1 == 0 { number } else { number / 100.0 }
}

pub(super) fn truth(value: u8) -> &'static str {
    if value == 0 { "FALSE" } else { "TRUE" }
}

/// What is shown for a formula that failed ([MS-XLS] 2.5.10).
pub(super) fn error(code: u8) -> &'static str {
    match code {
        0x00 => "#NULL!",
        0x07 => "#DIV/0!",
        0x0f => "#VALUE!",
        0x17 => "#REF!",
        0x1d => "#NAME?",
        0x24 => "#NUM!",
        _ => "#N/A",
    }
}

/// The encoding of texts of one byte a character.
fn encoding(code_page: u16) -> &'static Encoding {
    let label = match code_page {
        874 => "windows-874",
        932 => "shift_jis",
        936 => "gbk",
        949 => "euc-kr",
        950 => "big5",
        10_000 | 32_768 => "macintosh",
        1250..=1258 => {
            return Encoding::for_label(format!("windows-{code_page}").as_bytes())
                .unwrap_or(encoding_rs::WINDOWS_1252);
        }
        _ => "windows-1252",
    };
    Encoding::for_label(label.as_bytes()).unwrap_or(encoding_rs::WINDOWS_1252)
}
