//! A look at an XLS file before it is read. The reader follows chains of sectors that may run in a circle,
//! and gives every cell between the first and the last a place: a file of a few kilobytes can ask for
//! any amount of memory. [MS-CFB] and [MS-XLS] have the structures.

use super::compound::{Compound, XlsFault, u16_at, u32_at};

/// The most places for cells that all sheets together may ask for.
const MOST_PLACES: u64 = 1 << 24;

/// Whether the file can be read, and in a bounded amount of memory.
pub(super) fn check(bytes: &[u8]) -> Result<(), XlsFault> {
    let stream = Compound::of(bytes).ok_or(XlsFault::Damaged)?.workbook()?;
    let starts = records(&stream, 0)
        .take_while(|(kind, _)| *kind != EOF)
        .filter(|(kind, _)| *kind == BOUND_SHEET)
        .map(|(_, data)| u32_at(data, 0));
    let mut places = 0;
    for start in starts {
        let start = start.ok_or(XlsFault::Damaged)? as usize;
        if start > stream.len() {
            return Err(XlsFault::Damaged);
        }
        places += places_of(&stream, start).ok_or(XlsFault::Damaged)?;
        if places > MOST_PLACES {
            return Err(XlsFault::TooLarge);
        }
    }
    Ok(())
}

const EOF: u16 = 0x000a;
const BOUND_SHEET: u16 = 0x0085;
const DIMENSIONS: u16 = 0x0200;
const MUL_RK: u16 = 0x00bd;
/// `Formula`, `RString`, `LabelSst`, `Number`, `Label`, `BoolErr` and `RK`: each begins with its row and column.
const CELLS: [u16; 7] = [0x0006, 0x00d6, 0x00fd, 0x0203, 0x0204, 0x0205, 0x027e];

/// How many places the sheet that starts at `start` asks for.
fn places_of(stream: &[u8], start: usize) -> Option<u64> {
    let mut said = 0;
    let mut rows: Option<(u16, u16)> = None;
    let mut columns: Option<(u16, u16)> = None;
    let wider = |range: Option<(u16, u16)>, at: u16| {
        range.map_or((at, at), |(first, last)| (first.min(at), last.max(at)))
    };
    let span = |range: Option<(u16, u16)>| range.map_or(0, |(a, b)| u64::from(b - a) + 1);
    // an embedded chart ends with the same record; looking further costs nothing but time
    for (kind, data) in records(stream, start) {
        match kind {
            DIMENSIONS => said = said.max(dimensions(data)?),
            _ if CELLS.contains(&kind) || kind == MUL_RK => {
                let (row, column) = (u16_at(data, 0)?, u16_at(data, 2)?);
                rows = Some(wider(rows, row));
                columns = Some(wider(columns, column));
                if kind == MUL_RK {
                    columns = Some(wider(columns, u16_at(data, data.len().checked_sub(2)?)?));
                }
            }
            EOF if rows.is_some() => break,
            _ => {}
        }
    }
    Some(said.max(span(rows) * span(columns)))
}

/// The size of a sheet as it says itself ([MS-XLS] 2.4.90, and the shorter form of older versions).
fn dimensions(data: &[u8]) -> Option<u64> {
    let (rows, at) = match data.len() {
        14 => (u32_at(data, 4)?.checked_sub(u32_at(data, 0)?)?, 8),
        _ => (u32::from(u16_at(data, 2)?.checked_sub(u16_at(data, 0)?)?), 4),
    };
    let columns = u16_at(data, at + 2)?.checked_sub(u16_at(data, at)?)?;
    Some(u64::from(rows) * u64::from(columns))
}

/// Kind and content of each whole record from `start` on.
fn records(stream: &[u8], start: usize) -> impl Iterator<Item = (u16, &[u8])> {
    let mut rest = stream.get(start..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (kind, length) = (u16_at(rest, 0)?, usize::from(u16_at(rest, 2)?));
        let data = rest.get(4..4 + length)?;
        rest = &rest[4 + length..];
        Some((kind, data))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAFF: &[u8] = include_bytes!("../../../tests/data/sheets/staff.xls");

    #[test]
    fn a_sound_file_is_let_through_and_half_of_one_is_not() {
        assert_eq!(check(STAFF), Ok(()));
        assert_eq!(check(&STAFF[..STAFF.len() / 2]), Err(XlsFault::Damaged));
        assert_eq!(check(&STAFF[..8]), Err(XlsFault::Damaged));
    }

    #[test]
    fn another_document_is_told_from_a_damaged_one() {
        let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
        let old = utf16("Workbook");
        let at = STAFF.windows(old.len()).position(|part| part == old).unwrap();
        for (name, fault) in
            [("WordDocument", XlsFault::NoSheets), ("EncryptedPackage", XlsFault::Encrypted)]
        {
            let mut other = STAFF.to_vec();
            let name = utf16(name);
            other[at..at + name.len()].copy_from_slice(&name);
            assert_eq!(check(&other), Err(fault));
        }
    }

    #[test]
    fn a_chain_that_runs_in_a_circle_is_noticed() {
        let mut circle = STAFF.to_vec();
        // the first table of sectors: the sector behind the first is itself
        let table = 512 * (u32_at(STAFF, 76).unwrap() as usize + 1);
        circle[table..table + 4].copy_from_slice(&0_u32.to_le_bytes());
        assert_eq!(check(&circle), Err(XlsFault::Damaged));
    }

    #[test]
    fn cells_far_apart_are_counted_with_all_between() {
        let record = |kind: u16, data: &[u8]| {
            let length = u16::try_from(data.len()).unwrap();
            [&kind.to_le_bytes(), &length.to_le_bytes(), data].concat()
        };
        let near = record(0x0203, &[0; 14]);
        let far = record(0x0203, &[0xff; 14]);
        let stream = [near.as_slice(), &far, &record(EOF, &[])].concat();
        assert_eq!(places_of(&stream, 0), Some(1 << 32));
        assert_eq!(places_of(&near, 0), Some(1));
        let said = record(DIMENSIONS, &[0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0]);
        assert_eq!(places_of(&said, 0), Some(1 << 24));
    }
}
