//! How large a spreadsheet is once it is unpacked: a small file may hold a hundred thousand times its
//! size, and say otherwise.

use std::io::{self, Cursor, Read};

use zip::ZipArchive;

/// The most that a spreadsheet may unpack to, in bytes. A million rows of five columns take half of it.
const LARGEST: u64 = 512 << 20;

/// Whether `bytes` unpack to a size that can be borne. What is no zip file is not packed.
pub(super) fn is_bearable(bytes: &[u8]) -> bool {
    fits(bytes, LARGEST)
}

fn fits(bytes: &[u8], most: u64) -> bool {
    let Ok(mut archive) = ZipArchive::new(Cursor::new(bytes)) else {
        return true;
    };
    let mut left = most;
    for number in 0..archive.len() {
        // an entry that cannot be unpacked is told later, by its reader
        let Ok(mut entry) = archive.by_index(number) else {
            continue;
        };
        if entry.size() > left {
            return false;
        }
        // the size that an entry states is only a claim
        let unpacked = io::copy(&mut (&mut entry).take(left + 1), &mut io::sink());
        match unpacked {
            Ok(size) if size > left => return false,
            Ok(size) => left -= size,
            Err(_) => {}
        }
    }
    true
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
        assert!(fits(&bytes, 2 << 20));
        assert!(!fits(&bytes, (2 << 20) - 1));
        assert!(fits(b"no zip", 1));
    }
}
