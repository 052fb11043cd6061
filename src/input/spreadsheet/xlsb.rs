//! XLSB: the parts of an XLSX file as binary records ([MS-XLSB]).

use std::collections::HashMap;
use std::io::Read;

use super::bounds::fault_of;
use super::compound::{u16_at, u32_at};
use super::fault::{Bound, DAMAGED, SheetFault};
use super::number::{Epoch, NumberFormat};
use super::package::Package;
use super::relations::{part_of, relations};
use super::rows::Rows;
use super::texts::{Place, Texts};
use super::xls::{error, rk, truth};
use super::xlsx::{MOST_STYLES, Styles};
use super::{Entries, Entry};

/// The longest record that is read, in bytes.
const LONGEST: usize = 1 << 20;

/// Kinds of records.
mod kind {
    pub(super) const ROW: u16 = 0;
    pub(super) const CELL_BLANK: u16 = 1;
    pub(super) const CELL_RK: u16 = 2;
    pub(super) const CELL_ERROR: u16 = 3;
    pub(super) const CELL_BOOL: u16 = 4;
    pub(super) const CELL_REAL: u16 = 5;
    pub(super) const CELL_TEXT: u16 = 6;
    pub(super) const CELL_SHARED: u16 = 7;
    pub(super) const FORMULA_TEXT: u16 = 8;
    pub(super) const FORMULA_NUMBER: u16 = 9;
    pub(super) const FORMULA_BOOL: u16 = 10;
    pub(super) const FORMULA_ERROR: u16 = 11;
    pub(super) const SHORT_BLANK: u16 = 12;
    pub(super) const SHORT_SHARED: u16 = 18;
    pub(super) const SHARED_TEXT: u16 = 19;
    pub(super) const FORMAT: u16 = 44;
    pub(super) const XF: u16 = 47;
    pub(super) const CELL_RICH: u16 = 62;
    pub(super) const WORKBOOK: u16 = 153;
    pub(super) const SHEET: u16 = 156;
    pub(super) const MERGE_CELL: u16 = 176;
    pub(super) const BEGIN_CELL_XFS: u16 = 617;
    pub(super) const END_CELL_XFS: u16 = 618;
}

/// A workbook, its sheets listed.
pub(super) struct Workbook {
    pub(super) entries: Entries,
    styles: Styles,
    shared: Vec<Place>,
}

impl Workbook {
    /// Reads everything but the sheets; shared texts go to `texts`.
    pub(super) fn open(
        package: &mut Package<'_>,
        name: &str,
        texts: &mut Texts,
    ) -> Result<Self, SheetFault> {
        let relations = relations(package, name)?;
        let mut sheets = Vec::new();
        let mut entries = Entries::default();
        let mut styles = Styles::default();
        let mut shared = Vec::new();
        each(package, package.find(name).ok_or(DAMAGED)?, |kind, data| {
            match kind {
                kind::WORKBOOK if u32_at(data, 0).is_some_and(|flags| flags & 1 == 1) => {
                    styles.epoch = Epoch::From1904;
                }
                kind::SHEET => {
                    let (id, at) = wide(data, 8).ok_or(DAMAGED)?;
                    let (name, _) = wide(data, at).ok_or(DAMAGED)?;
                    let is_visible = u32_at(data, 0) == Some(0);
                    let entry = Entry { name, is_visible, part: None };
                    entries.count(&entry)?;
                    sheets.push((entry, id));
                }
                _ => {}
            }
            Ok(())
        })?;
        for (mut sheet, id) in sheets {
            sheet.part = part_of(package, relations.get(&id));
            entries.list.push(sheet);
        }
        let of_kind = |kind: &str| {
            let found = relations.values().find(|relation| relation.kind == kind)?;
            package.find(&found.target)
        };
        let (style_part, shared_part) = (of_kind("styles"), of_kind("sharedStrings"));
        if let Some(part) = style_part {
            styles.formats = formats(package, part)?;
        }
        if let Some(part) = shared_part {
            each(package, part, |kind, data| {
                if kind == kind::SHARED_TEXT {
                    // twice: a growing vector
                    texts.count(2 * size_of::<Place>())?;
                    shared.push(texts.keep(&wide(data, 1).ok_or(DAMAGED)?.0)?);
                }
                Ok(())
            })?;
        }
        Ok(Self { entries, styles, shared })
    }

    /// Reads the sheet in `part`.
    pub(super) fn read(
        &self,
        package: &mut Package<'_>,
        part: usize,
        rows: &mut Rows,
    ) -> Result<(), SheetFault> {
        let mut row = 0;
        let mut column = u32::MAX;
        let mut long = Vec::new();
        each(package, part, |kind, data| {
            match kind {
                kind::ROW => {
                    row = u32_at(data, 0).ok_or(DAMAGED)?;
                    column = u32::MAX;
                }
                kind::MERGE_CELL => {
                    let number = |at| u32_at(data, at).unwrap_or_default();
                    rows.merge(number(0), number(4), number(8))?;
                }
                kind::CELL_BLANK..=kind::FORMULA_ERROR | kind::CELL_RICH => {
                    column = u32_at(data, 0).ok_or(DAMAGED)?;
                    self.cell(kind, row, data, rows)?;
                }
                // the same without a column: it follows the cell before ([MS-XLSB] 2.4, BrtShort…)
                kind::SHORT_BLANK..=kind::SHORT_SHARED => {
                    column = column.wrapping_add(1);
                    long.clear();
                    long.extend_from_slice(&column.to_le_bytes());
                    long.extend_from_slice(data);
                    let of_long = kind - kind::SHORT_BLANK + kind::CELL_BLANK;
                    self.cell(of_long, row, &long, rows)?;
                }
                _ => {}
            }
            Ok(())
        })
    }

    fn cell(&self, kind: u16, row: u32, data: &[u8], rows: &mut Rows) -> Result<(), SheetFault> {
        let at = (row, u32_at(data, 0).ok_or(DAMAGED)?);
        let style = (u32_at(data, 4).ok_or(DAMAGED)? & 0x00ff_ffff) as usize;
        let byte = || data.get(8).copied().ok_or(DAMAGED);
        let number = match kind {
            kind::CELL_RK => rk(u32_at(data, 8).ok_or(DAMAGED)?),
            kind::CELL_REAL | kind::FORMULA_NUMBER => {
                let bytes = data.get(8..).and_then(|rest| rest.first_chunk());
                f64::from_le_bytes(*bytes.ok_or(DAMAGED)?)
            }
            kind::CELL_ERROR | kind::FORMULA_ERROR => return rows.add(at, error(byte()?)),
            kind::CELL_BOOL | kind::FORMULA_BOOL => return rows.add(at, truth(byte()?)),
            kind::CELL_TEXT | kind::FORMULA_TEXT => {
                return rows.add(at, &wide(data, 8).ok_or(DAMAGED)?.0);
            }
            kind::CELL_RICH => return rows.add(at, &wide(data, 9).ok_or(DAMAGED)?.0),
            kind::CELL_SHARED => {
                let number = u32_at(data, 8).ok_or(DAMAGED)? as usize;
                return rows.put(at, *self.shared.get(number).ok_or(DAMAGED)?);
            }
            _ => return Ok(()),
        };
        let mut text = String::new();
        self.styles.write(style, number, &mut text);
        rows.add(at, &text)
    }
}

/// The number format of each style of cells.
fn formats(package: &mut Package<'_>, part: usize) -> Result<Vec<NumberFormat>, SheetFault> {
    let mut codes: HashMap<u16, NumberFormat> = HashMap::new();
    let mut all = Vec::new();
    let mut is_cell = false;
    each(package, part, |kind, data| {
        match kind {
            kind::FORMAT if codes.len() < MOST_STYLES => {
                let id = u16_at(data, 0).ok_or(DAMAGED)?;
                codes.insert(id, NumberFormat::of(&wide(data, 2).ok_or(DAMAGED)?.0));
            }
            kind::BEGIN_CELL_XFS => is_cell = true,
            kind::END_CELL_XFS => is_cell = false,
            kind::XF if is_cell && all.len() < MOST_STYLES => {
                let id = u16_at(data, 2).ok_or(DAMAGED)?;
                let known = codes.get(&id).cloned();
                all.push(known.unwrap_or_else(|| NumberFormat::built_in(id.into())));
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(all)
}

/// The text at `at` after its length in four bytes, and where it ends.
fn wide(data: &[u8], at: usize) -> Option<(String, usize)> {
    let length = match u32_at(data, at)? {
        // no text at all
        u32::MAX => 0,
        length => length as usize,
    };
    let end = length.checked_mul(2)?.checked_add(at + 4)?;
    let bytes = data.get(at + 4..end)?;
    let units: Vec<u16> =
        bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    Some((String::from_utf16_lossy(&units), end))
}

/// Calls `found` with kind and content of each record of a part.
fn each(
    package: &mut Package<'_>,
    part: usize,
    mut found: impl FnMut(u16, &[u8]) -> Result<(), SheetFault>,
) -> Result<(), SheetFault> {
    let mut bytes = package.part(part)?;
    let mut data = Vec::new();
    while let Some(kind) = varied(&mut bytes, 2)? {
        let length = varied(&mut bytes, 4)?.ok_or(DAMAGED)? as usize;
        if length > LONGEST {
            return Err(SheetFault::TooMuch(Bound::Markup));
        }
        data.resize(length, 0);
        bytes.read_exact(&mut data).map_err(|error| fault_of(&error))?;
        // kinds have two bytes, and the mark that there is a second one
        found(u16::try_from(kind).map_err(|_| DAMAGED)?, &data)?;
    }
    Ok(())
}

/// A number of up to `most` bytes, seven bits in each ([MS-XLSB] 2.1.4); `None` at the end.
fn varied(bytes: &mut impl Read, most: u32) -> Result<Option<u32>, SheetFault> {
    let mut number = 0;
    for at in 0..most {
        let mut byte = [0];
        match bytes.read(&mut byte) {
            Ok(0) if at == 0 => return Ok(None),
            Ok(0) => return Err(DAMAGED),
            Ok(_) => {}
            Err(error) => return Err(fault_of(&error)),
        }
        number |= u32::from(byte[0] & 0x7f) << (7 * at);
        if byte[0] & 0x80 == 0 {
            break;
        }
    }
    Ok(Some(number))
}
