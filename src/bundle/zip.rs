//! The zip container (PKWARE APPNOTE.TXT 6.3), as far as a bundle needs it: deflated files, no
//! encryption, nothing over four gigabytes. The `zip` crate reads it back; it cannot write an entry
//! whose first part was compressed before, which saves a sixth of a run.

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

/// An archive, growing in memory.
pub(super) struct Archive {
    bytes: Vec<u8>,
    directory: Vec<u8>,
    entries: u16,
    time: DosTime,
}

impl Archive {
    /// An empty archive whose files all bear `moment`.
    pub(super) fn new(moment: OffsetDateTime) -> Result<Self, BundleError> {
        let (bytes, directory) = (Vec::with_capacity(24 << 10), Vec::with_capacity(1 << 10));
        Ok(Self { bytes, directory, entries: 0, time: DosTime::try_from(moment)? })
    }

    /// Adds the file `name`.
    pub(super) fn add(&mut self, name: &str, file: &Deflated<'_>) -> Result<(), BundleError> {
        let offset = u32::try_from(self.bytes.len()).map_err(BundleError::new)?;
        let compressed =
            u32::try_from(file.shared.len() + file.own.len()).map_err(BundleError::new)?;
        let size = u32::try_from(file.size).map_err(BundleError::new)?;
        let name_length = u16::try_from(name.len()).map_err(BundleError::new)?;

        // what local header (§4.3.7) and central directory header (§4.3.12) share
        let mut common = Vec::with_capacity(26);
        for number in [VERSION_NEEDED, UTF8_NAMES, DEFLATE, self.time.time, self.time.date] {
            common.extend(number.to_le_bytes());
        }
        for number in [file.crc32, compressed, size] {
            common.extend(number.to_le_bytes());
        }
        common.extend(name_length.to_le_bytes());
        common.extend([0; 2]); // extra field length

        self.bytes.extend(b"PK\x03\x04");
        self.bytes.extend(&common);
        self.bytes.extend(name.as_bytes());
        self.bytes.extend(file.shared);
        self.bytes.extend(&file.own);

        self.directory.extend(b"PK\x01\x02");
        self.directory.extend(MADE_BY_UNIX.to_le_bytes());
        self.directory.extend(&common);
        self.directory.extend([0; 6]); // comment length, disk number, internal attributes
        self.directory.extend(MODE_0600.to_le_bytes());
        self.directory.extend(offset.to_le_bytes());
        self.directory.extend(name.as_bytes());
        self.entries += 1;
        Ok(())
    }

    /// The whole archive (§4.3.16).
    pub(super) fn finish(mut self) -> Result<Vec<u8>, BundleError> {
        let offset = u32::try_from(self.bytes.len()).map_err(BundleError::new)?;
        let length = u32::try_from(self.directory.len()).map_err(BundleError::new)?;
        self.bytes.extend(&self.directory);
        self.bytes.extend(b"PK\x05\x06");
        self.bytes.extend([0; 4]); // this disk, disk of the directory
        self.bytes.extend(self.entries.to_le_bytes());
        self.bytes.extend(self.entries.to_le_bytes());
        self.bytes.extend(length.to_le_bytes());
        self.bytes.extend(offset.to_le_bytes());
        self.bytes.extend([0; 2]); // comment length
        Ok(self.bytes)
    }
}

/// A moment in MS-DOS form: steps of two seconds, from 1980 to 2107 (§4.4.6).
#[derive(Clone, Copy)]
struct DosTime {
    time: u16,
    date: u16,
}

impl TryFrom<OffsetDateTime> for DosTime {
    type Error = BundleError;

    fn try_from(moment: OffsetDateTime) -> Result<Self, BundleError> {
        let years = u16::try_from(moment.year() - 1980).ok().filter(|years| *years < 128);
        let years =
            years.ok_or_else(|| BundleError::new("the year is not between 1980 and 2107"))?;
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
