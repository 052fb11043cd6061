//! How large a spreadsheet is once it is unpacked: a small file may hold a hundred thousand times its
//! size, and say otherwise.

use std::io::{self, Cursor, Read};

use zip::ZipArchive;

/// The most that a spreadsheet may unpack to, in bytes. A million rows of five columns take half of it.
const LARGEST: u64 = 512 << 20;

/// How much of an entry is looked at for the number of its texts, in bytes.
const SHARED_START: u64 = 64 << 10;

/// The room that is made for one text before it is read, in bytes.
const TEXT: u64 = 24;

/// How a packed file bears being unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unpacked {
    Fits,
    TooLarge,
    Damaged,
}

/// Unpacks the zip file `bytes` to nowhere.
pub(super) fn unpack(bytes: &[u8]) -> Unpacked {
    up_to(bytes, LARGEST)
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
        let mut start = Vec::new();
        let unpacked =
            (&mut entry).take(left.min(SHARED_START)).read_to_end(&mut start).and_then(|size| {
                Ok(size as u64 + io::copy(&mut (&mut entry).take(left + 1), &mut io::sink())?)
            });
        match unpacked {
            Ok(size) if size.max(shared_texts(&start).saturating_mul(TEXT)) > left => {
                return Unpacked::TooLarge;
            }
            Ok(size) => left -= size,
            Err(_) => return Unpacked::Damaged,
        }
    }
    Unpacked::Fits
}

/// How many texts `start` of a table of shared texts says that there are: calamine makes room for them
/// all before it reads the first.
fn shared_texts(start: &[u8]) -> u64 {
    const COUNT: &[u8] = b"uniqueCount";
    let Some(at) = memchr::memmem::find(start, COUNT) else {
        return 0;
    };
    let behind = start[at + COUNT.len()..].iter();
    let digits = behind.skip_while(|byte| matches!(byte, b' ' | b'=' | b'"' | b'\''));
    digits.take_while(|byte| byte.is_ascii_digit()).fold(0, |number: u64, digit| {
        number.saturating_mul(10).saturating_add(u64::from(digit - b'0'))
    })
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
    }

    #[test]
    fn the_number_of_texts_is_found_where_it_is_said() {
        assert_eq!(shared_texts(b"<sst count=\"9\" uniqueCount=\"7\"><si/>"), 7);
        assert_eq!(shared_texts(b"<sst uniqueCount = '12'>"), 12);
        assert_eq!(shared_texts(b"<sst>"), 0);
        let much = format!("<sst uniqueCount=\"{}\">", "9".repeat(30));
        assert_eq!(shared_texts(much.as_bytes()), u64::MAX);
    }
}
