//! The zip container (PKWARE APPNOTE.TXT 6.3), as far as a bundle needs it: deflated files, no
//! encryption, nothing over four gigabytes. The `zip` crate cannot write an entry whose first part
//! was compressed before, which saves a sixth of a run. [`super::strict`] accepts nothing else.

use time::OffsetDateTime;

use super::BundleError;
use super::deflate::Deflated;

/// "Version needed to extract" 2.0: deflate (§4.4.3).
const VERSION_NEEDED: u16 = 20;

/// "Version made by": Unix, so that the file mode counts (§4.4.2).
const MADE_BY_UNIX: u16 = 3 << 8 | VERSION_NEEDED;

/// Compression method: deflate (§4.4.5).
const DEFLATE: u16 = 8;

/// General purpose bit 11: names are UTF-8 (§4.4.4).
const UTF8_NAMES: u16 = 1 << 11;

/// A regular file that only its owner can read, as Unix keeps it in the upper half (§4.4.15).
const MODE_0600: u32 = 0o100_600 << 16;

/// Begins every local file header (§4.3.7).
pub(super) const LOCAL: &[u8] = b"PK\x03\x04";

/// Begins every central directory header (§4.3.12).
const CENTRAL: &[u8] = b"PK\x01\x02";

/// Begins the end of central directory record (§4.3.16).
const END: &[u8] = b"PK\x05\x06";

/// An archive, growing in memory.
pub(super) struct Archive {
    bytes: Vec<u8>,
    directory: Directory,
    time: DosTime,
}

/// What differs between the headers of two files.
pub(super) struct Header<'a> {
    pub(super) name: &'a str,
    pub(super) time: DosTime,
    pub(super) crc32: u32,
    /// Size of the deflate stream in bytes.
    pub(super) compressed: u32,
    /// Size of the file in bytes.
    pub(super) size: u32,
}

/// The central directory, growing in memory.
#[derive(Default)]
pub(super) struct Directory {
    bytes: Vec<u8>,
    entries: u16,
}

impl Archive {
    /// An empty archive whose files all bear `moment`.
    pub(super) fn new(moment: OffsetDateTime) -> Result<Self, BundleError> {
        let bytes = Vec::with_capacity(24 << 10);
        Ok(Self { bytes, directory: Directory::default(), time: DosTime::try_from(moment)? })
    }

    /// Adds the file `name`.
    pub(super) fn add(&mut self, name: &str, file: &Deflated<'_>) -> Result<(), BundleError> {
        let offset = u32::try_from(self.bytes.len())?;
        let compressed = u32::try_from(file.shared.len() + file.own.len())?;
        let size = u32::try_from(file.size)?;
        let header = Header { name, time: self.time, crc32: file.crc32, compressed, size };
        header.write_local(&mut self.bytes)?;
        self.bytes.extend(file.shared);
        self.bytes.extend(&file.own);
        self.directory.add(&header, offset)
    }

    /// The whole archive.
    pub(super) fn finish(mut self) -> Result<Vec<u8>, BundleError> {
        let offset = u32::try_from(self.bytes.len())?;
        self.bytes.extend(self.directory.finish(offset)?);
        Ok(self.bytes)
    }
}

impl Header<'_> {
    /// The local file header (§4.3.7).
    pub(super) fn write_local(&self, bytes: &mut Vec<u8>) -> Result<(), BundleError> {
        bytes.extend(LOCAL);
        bytes.extend(self.common()?);
        bytes.extend(self.name.as_bytes());
        Ok(())
    }

    /// What the local and the central header share: "version needed" to "extra field length".
    fn common(&self) -> Result<[u8; 26], BundleError> {
        let name_length = u16::try_from(self.name.len())?;
        let mut common = [0; 26];
        let shorts = [VERSION_NEEDED, UTF8_NAMES, DEFLATE, self.time.time, self.time.date];
        for (place, number) in common.chunks_exact_mut(2).zip(shorts) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        let longs = [self.crc32, self.compressed, self.size];
        for (place, number) in common[10..22].chunks_exact_mut(4).zip(longs) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        common[22..24].copy_from_slice(&name_length.to_le_bytes());
        Ok(common)
    }
}

impl Directory {
    /// Adds the header of the file whose local header is at `offset` (§4.3.12).
    pub(super) fn add(&mut self, header: &Header<'_>, offset: u32) -> Result<(), BundleError> {
        let bytes = &mut self.bytes;
        bytes.extend(CENTRAL);
        bytes.extend(MADE_BY_UNIX.to_le_bytes());
        bytes.extend(header.common()?);
        bytes.extend([0; 6]); // comment length, disk number, internal attributes
        bytes.extend(MODE_0600.to_le_bytes());
        bytes.extend(offset.to_le_bytes());
        bytes.extend(header.name.as_bytes());
        self.entries += 1;
        Ok(())
    }

    /// The directory, which starts at `offset`, and the record behind it (§4.3.16).
    pub(super) fn finish(self, offset: u32) -> Result<Vec<u8>, BundleError> {
        let length = u32::try_from(self.bytes.len())?;
        let mut bytes = self.bytes;
        bytes.extend(END);
        bytes.extend([0; 4]); // this disk, disk of the directory
        bytes.extend(self.entries.to_le_bytes());
        bytes.extend(self.entries.to_le_bytes());
        bytes.extend(length.to_le_bytes());
        bytes.extend(offset.to_le_bytes());
        bytes.extend([0; 2]); // comment length
        Ok(bytes)
    }
}

/// A moment in MS-DOS form: steps of two seconds, from 1980 to 2107 (§4.4.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DosTime {
    pub(super) time: u16,
    pub(super) date: u16,
}

impl TryFrom<OffsetDateTime> for DosTime {
    type Error = BundleError;

    fn try_from(moment: OffsetDateTime) -> Result<Self, BundleError> {
        let years = u16::try_from(moment.year() - 1980).ok().filter(|years| *years < 128);
        let years = years.ok_or(BundleError::Year)?;
        let month = u16::from(u8::from(moment.month()));
        let [day, hour, minute, second] =
            [moment.day(), moment.hour(), moment.minute(), moment.second()].map(u16::from);
        Ok(Self {
            time: (hour << 11) | (minute << 5) | (second / 2),
            date: (years << 9) | (month << 5) | day,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_moment_is_read_back_by_another_reader() {
        let moment = time::macros::datetime!(2026-11-23 09:58:31 UTC);
        let mut archive = Archive::new(moment).unwrap();
        let empty = Deflated { shared: &[], own: vec![3, 0], crc32: 0, size: 0 };
        archive.add("a/ü.txt", &empty).unwrap();
        let bytes = archive.finish().unwrap();
        let mut read = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        let entry = read.by_index(0).unwrap();
        assert_eq!(entry.name().unwrap(), "a/ü.txt");
        assert_eq!(entry.unix_mode(), Some(0o100_600));
        let time = entry.last_modified().unwrap();
        let fields = [time.month(), time.day(), time.hour(), time.minute(), time.second()];
        assert_eq!((time.year(), fields), (2026, [11, 23, 9, 58, 30]));
    }

    #[test]
    fn a_year_that_zip_cannot_write_is_refused() {
        assert!(Archive::new(time::macros::datetime!(1979-12-31 00:00 UTC)).is_err());
    }
}
