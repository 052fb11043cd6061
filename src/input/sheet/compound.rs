//! Compound files: folders and streams in chains of sectors, as XLS files are ([MS-CFB]). No chain is
//! followed longer than the file has sectors.

use super::fault::{DAMAGED, ENCRYPTED, NO_SHEETS, SheetFault};

/// Sectors from this number on mean something else.
const RESERVED: u32 = 0xffff_fffa;
/// Ends a chain of sectors.
const END_OF_CHAIN: u32 = 0xffff_fffe;
/// The largest stream that is kept among the small ones, in bytes.
const SMALL_STREAM: u32 = 4096;

/// A compound file: streams in chains of sectors.
pub(super) struct Compound<'a> {
    bytes: &'a [u8],
    sector: usize,
    /// The sector behind each sector.
    next: Vec<u32>,
}

impl<'a> Compound<'a> {
    /// The file, if its tables can be read.
    pub(super) fn of(bytes: &'a [u8]) -> Option<Self> {
        let sector = match u16_at(bytes, 30)? {
            9 => 512,
            12 => 4096,
            _ => return None,
        };
        let mut file = Self { bytes, sector, next: Vec::new() };
        let mut tables = numbers(bytes.get(76..512)?);
        let mut more = u32_at(bytes, 68)?;
        for _ in 0..=bytes.len() / sector {
            if more >= RESERVED {
                break;
            }
            tables.extend(numbers(file.sector_at(more)?));
            more = tables.pop()?;
        }
        if more < RESERVED {
            return None;
        }
        for table in tables.into_iter().filter(|id| *id < RESERVED) {
            file.next.extend(numbers(file.sector_at(table)?));
        }
        Some(file)
    }

    /// The stream with the sheets.
    pub(super) fn workbook(&self) -> Result<Vec<u8>, SheetFault> {
        let start = u32_at(self.bytes, 48).ok_or(DAMAGED)?;
        let folder = self.chain(start).ok_or(DAMAGED)?;
        let entries: Vec<&[u8]> = folder.chunks_exact(128).collect();
        let named =
            |wanted: &str| entries.iter().find(|entry| name_of(entry).eq_ignore_ascii_case(wanted));
        match (named("Workbook").or_else(|| named("Book")), entries.first()) {
            (Some(entry), Some(root)) => self.stream(root, entry).ok_or(DAMAGED),
            _ if named("EncryptedPackage").is_some() => Err(ENCRYPTED),
            _ => Err(NO_SHEETS),
        }
    }

    /// The stream of `entry`; `root` has the small ones.
    fn stream(&self, root: &[u8], entry: &[u8]) -> Option<Vec<u8>> {
        let (start, length) = (u32_at(entry, 116)?, u32_at(entry, 120)?);
        // the reader walks the chains of small streams whether they are needed or not
        let small = match u32_at(self.bytes, 64)? {
            0 => None,
            _ => Some((self.chain(u32_at(root, 116)?)?, self.chain(u32_at(self.bytes, 60)?)?)),
        };
        let mut stream = if length < SMALL_STREAM {
            let (content, next) = small?;
            Compound { bytes: &content, sector: 64, next: numbers(&next) }.small_chain(start)?
        } else {
            self.chain(start)?
        };
        stream.truncate(length as usize);
        (stream.len() == length as usize).then_some(stream)
    }

    /// The sector called `id`; the last one of a file may be short.
    fn sector_at(&self, id: u32) -> Option<&'a [u8]> {
        let start = (id as usize).checked_add(1)?.checked_mul(self.sector)?;
        let end = self.bytes.len().min(start.checked_add(self.sector)?);
        self.bytes.get(start..end)
    }

    /// All sectors from `id` on, to an end that must come.
    fn chain(&self, id: u32) -> Option<Vec<u8>> {
        self.follow(id, |id| self.sector_at(id))
    }

    /// The same in the stream of small sectors, which has no header before it.
    fn small_chain(&self, id: u32) -> Option<Vec<u8>> {
        self.follow(id, |id| {
            let start = (id as usize).checked_mul(self.sector)?;
            self.bytes.get(start..self.bytes.len().min(start + self.sector))
        })
    }

    fn follow<'b>(
        &self,
        mut id: u32,
        sector_at: impl Fn(u32) -> Option<&'b [u8]>,
    ) -> Option<Vec<u8>> {
        let mut content = Vec::new();
        // no chain has more sectors than there are
        for _ in 0..=self.next.len() {
            if id == END_OF_CHAIN {
                return Some(content);
            }
            content.extend_from_slice(sector_at(id)?);
            id = *self.next.get(id as usize)?;
        }
        None
    }
}

/// The name of an entry of the folder.
fn name_of(entry: &[u8]) -> String {
    let units = entry[..64].chunks_exact(2).map(|c| u16::from_le_bytes([c[0], c[1]]));
    char::decode_utf16(units.take_while(|c| *c != 0)).map(Result::unwrap_or_default).collect()
}

/// Two bytes, little end first.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let (number, _) = bytes.get(at..)?.split_first_chunk()?;
    Some(u16::from_le_bytes(*number))
}

/// Four bytes, little end first.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let (number, _) = bytes.get(at..)?.split_first_chunk()?;
    Some(u32::from_le_bytes(*number))
}

fn numbers(bytes: &[u8]) -> Vec<u32> {
    bytes.chunks_exact(4).map(|c| u32::from_le_bytes([c[0], c[1], c[2], c[3]])).collect()
}
