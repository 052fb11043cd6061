//! How large a spreadsheet is once it is unpacked: a small file may hold a hundred thousand times its
//! size, and say otherwise.

use std::io::{self, Cursor, Read};

use zip::ZipArchive;

/// The most that a spreadsheet may unpack to, in bytes. A million rows of five columns take half of it.
const LARGEST: u64 = 512 << 20;

/// How a packed file bears being unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unpacked {
    Fits,
    TooLarge,
    Damaged,
}

/// Unpacks `bytes` to nowhere. What is no zip file is not packed, and fits.
pub(super) fn unpack(bytes: &[u8]) -> Unpacked {
    if bytes.starts_with(b"PK") { up_to(bytes, LARGEST) } else { Unpacked::Fits }
}

fn up_to(bytes: &[u8], most: u64) -> Unpacked {
    let Ok(mut archive) = ZipArchive::new(Cursor::new(bytes)) else {
        return Unpacked::Damaged;
    };
    let mut left = most;
    for number in 0..archive.len() {
        let Ok(mut entry) = archive.by_index(number) else {
            return Unpacked::Damaged;
        };
        // the size that an entry states is only a claim
        match io::copy(&mut (&mut entry).take(left + 1), &mut io::sink()) {
            Ok(size) if size > left => return Unpacked::TooLarge,
            Ok(size) => left -= size,
            Err(_) => return Unpacked::Damaged,
        }
    }
    Unpacked::Fits
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::write::{SimpleFileOptions, ZipWriter};

    use super::*;

    #[test]
    fn a_small_file_that_holds_too_much_is_noticed() {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for name in ["a.xml", "b.xml"] {
            writer.start_file(name, SimpleFileOptions::default()).unwrap();
            writer.write_all(&vec![b' '; 1 << 20]).unwrap();
        }
        let bytes = writer.finish().unwrap().into_inner();
        assert!(bytes.len() < 8 << 10);
        assert_eq!(up_to(&bytes, 2 << 20), Unpacked::Fits);
        assert_eq!(up_to(&bytes, (2 << 20) - 1), Unpacked::TooLarge);
        assert_eq!(up_to(&bytes[..bytes.len() - 9], 2 << 20), Unpacked::Damaged);
        assert_eq!(unpack(b"no zip"), Unpacked::Fits);
    }
}
