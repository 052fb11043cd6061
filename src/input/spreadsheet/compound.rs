//! The container of XLS files ([MS-CFB]), and numbers in it.

use std::io::{Cursor, Read};

use cfb::CompoundFile;

use super::fault::{DAMAGED, ENCRYPTED, NO_SHEETS, SheetFault};

/// The stream with the sheets: `Book` before Excel 97.
pub(super) fn workbook(bytes: &[u8]) -> Result<Vec<u8>, SheetFault> {
    let mut file = CompoundFile::open(Cursor::new(bytes)).map_err(|_| DAMAGED)?;
    let Some(name) = ["Workbook", "Book"].into_iter().find(|name| file.is_stream(name)) else {
        let is_encrypted = file.is_stream("EncryptedPackage");
        return Err(if is_encrypted { ENCRYPTED } else { NO_SHEETS });
    };
    let stream = file.open_stream(name).map_err(|_| DAMAGED)?;
    let length = stream.len();
    // no stream is larger than its file
    if length > bytes.len() as u64 {
        return Err(DAMAGED);
    }
    let mut content = Vec::new();
    stream.take(length).read_to_end(&mut content).map_err(|_| DAMAGED)?;
    if content.len() as u64 == length { Ok(content) } else { Err(DAMAGED) }
}

/// A little-endian number of two bytes.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let (number, _) = bytes.get(at..)?.split_first_chunk()?;
    Some(u16::from_le_bytes(*number))
}

/// A little-endian number of four bytes.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let (number, _) = bytes.get(at..)?.split_first_chunk()?;
    Some(u32::from_le_bytes(*number))
}
