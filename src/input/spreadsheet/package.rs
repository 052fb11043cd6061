//! The zip file that XLSX, XLSB and ODS files are, with a bound on all that is unpacked from it.

use std::collections::HashMap;
use std::io::{BufReader, Cursor, Read};

use memchr::memmem;
use zip::ZipArchive;
use zip::read::ZipFile;

use super::bounds::Counted;
use super::fault::{Bound, DAMAGED, ENCRYPTED, MOST_UNPACKED, NOT_A_SHEET, SheetFault};
use super::relations::relations;
use super::xml::Xml;

/// The most parts: each costs some hundred bytes of memory before any is read.
const MOST_PARTS: usize = 65_535;

/// The longest name of a part that matters, in bytes.
const LONGEST_NAME: usize = 256;

/// A name as it is compared.
fn folded(name: &[u8]) -> Vec<u8> {
    let byte = |byte: &u8| if *byte == b'\\' { b'/' } else { byte.to_ascii_lowercase() };
    name.iter().map(byte).collect()
}

/// A zip file in memory.
pub(super) struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    /// The parts by name.
    numbers: HashMap<Vec<u8>, usize>,
    /// How many bytes may still be unpacked.
    left: u64,
}

/// One part, being unpacked.
pub(super) type Part<'p, 'a> = BufReader<Counted<'p, ZipFile<'p, Cursor<&'a [u8]>>>>;

impl<'a> Package<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, SheetFault> {
        // counted before the list is read: it is kept in memory
        if memmem::find_iter(bytes, b"PK\x01\x02").take(MOST_PARTS + 1).count() > MOST_PARTS {
            return Err(SheetFault::TooMuch(Bound::Parts));
        }
        let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| DAMAGED)?;
        let mut numbers = HashMap::new();
        for (number, name) in archive.file_names_raw().enumerate() {
            if name.len() <= LONGEST_NAME {
                numbers.entry(folded(name)).or_insert(number);
            }
        }
        Ok(Self { archive, numbers, left: MOST_UNPACKED })
    }

    /// The number of the part called `name`. Some writers use other capital letters, or `\` for `/`.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.numbers.get(&folded(name.trim_start_matches('/').as_bytes())).copied()
    }

    /// Allows as much to be unpacked as at first: a part is read twice.
    pub(super) fn start_again(&mut self) {
        self.left = MOST_UNPACKED;
    }

    /// The part with that number.
    pub(super) fn part<'p>(&'p mut self, number: usize) -> Result<Part<'p, 'a>, SheetFault> {
        let inner = self.archive.by_index(number).map_err(|error| match error {
            zip::result::ZipError::UnsupportedArchive(what)
                if what == zip::result::ZipError::PASSWORD_REQUIRED =>
            {
                ENCRYPTED
            }
            _ => DAMAGED,
        })?;
        Ok(BufReader::with_capacity(64 << 10, Counted::new(inner, &mut self.left)))
    }

    /// The part with that number, as XML.
    pub(super) fn xml<'p>(&'p mut self, number: usize) -> Result<Xml<Part<'p, 'a>>, SheetFault> {
        Ok(Xml::new(self.part(number)?))
    }

    /// Whether it is an ODS file.
    pub(super) fn is_ods(&mut self) -> Result<bool, SheetFault> {
        let is_ods = self.start("mimetype", 64).is_some_and(|kind| {
            kind.starts_with(b"application/vnd.oasis.opendocument.spreadsheet")
        });
        let manifest = self.start("META-INF/manifest.xml", 1 << 20).unwrap_or_default();
        if is_ods && memmem::find(&manifest, b"encryption-data").is_some() {
            return Err(ENCRYPTED);
        }
        Ok(is_ods)
    }

    /// The name of the part that an XLSX or XLSB file begins with (ECMA-376 part 2, 8.5).
    pub(super) fn main_part(&mut self) -> Result<String, SheetFault> {
        let relations = relations(self, "")?;
        let stated = relations.into_values().find(|relation| relation.kind == "officeDocument");
        Ok(match stated.filter(|relation| self.find(&relation.target).is_some()) {
            Some(relation) => relation.target,
            None => ["xl/workbook.xml", "xl/workbook.bin"]
                .into_iter()
                .find(|name| self.find(name).is_some())
                .ok_or(NOT_A_SHEET)?
                .to_owned(),
        })
    }

    /// The first `most` bytes of the part called `name`.
    fn start(&mut self, name: &str, most: u64) -> Option<Vec<u8>> {
        let number = self.find(name)?;
        let mut start = Vec::new();
        self.part(number).ok()?.take(most).read_to_end(&mut start).ok()?;
        Some(start)
    }
}
