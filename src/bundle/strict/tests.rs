//! A container that is not byte for byte what [`super::super::zip`] writes is refused.

use time::macros::datetime;

use super::super::deflate::{Deflated, Deflater};
use super::super::zip::Archive;
use super::*;
use crate::artifact::FileBytes;

const FILES: [(&str, &[u8]); 3] =
    [("START-HERE.html", b"<p>aaaaaaaaaaaaaaaa</p>"), ("a/x.cmd", b""), ("manifest.json", b"{}")];

/// An archive of `files`, whose last deflate stream `change` may replace.
fn pack(files: &[(&str, &[u8])], change: impl Fn(&mut Deflated<'_>)) -> Vec<u8> {
    let mut deflater = Deflater::new();
    let mut archive = Archive::new(datetime!(2026-11-23 09:00 UTC)).unwrap();
    for (at, (name, content)) in files.iter().enumerate() {
        let mut file = deflater.deflate(&FileBytes::from(content.to_vec())).unwrap();
        if at + 1 == files.len() {
            change(&mut file);
        }
        archive.add(name, &file).unwrap();
    }
    archive.finish().unwrap()
}

fn good() -> Vec<u8> {
    pack(&FILES, |_| {})
}

#[track_caller]
fn refused(bytes: &[u8], why: &str) {
    match read(bytes) {
        Err(error) => assert!(error.to_string().contains(why), "{error}"),
        Ok(contents) => panic!("read as {:?}", contents.files),
    }
}

#[test]
fn what_was_packed_is_read_back() {
    let contents = read(&good()).unwrap();
    assert_eq!(contents.time, DosTime::try_from(datetime!(2026-11-23 09:00 UTC)).ok());
    let files: Vec<(&str, &[u8])> =
        contents.files.iter().map(|(name, content)| (&name[..], &content[..])).collect();
    assert_eq!(files, FILES);
    assert!(read(&pack(&[], |_| {})).unwrap().files.is_empty());
}

/// Every byte of every header, with every other value; and of every stream, where what comes out
/// must be the same.
#[test]
fn no_changed_byte_passes_unless_the_contents_are_the_same() {
    let (good, files) = (good(), read(&good()).unwrap().files);
    for at in 0..good.len() {
        for value in 0..=u8::MAX {
            let mut changed = good.clone();
            changed[at] = value;
            if let Ok(contents) = read(&changed) {
                let in_a_stream = changed == good || contents.files == files;
                assert!(in_a_stream, "byte {at} is {value:#x}");
            }
        }
    }
}

#[test]
fn every_header_byte_counts() {
    let good = good();
    let directory = good.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    for at in (0..LOCAL_SIZE).chain(directory..good.len()) {
        for value in (0..=u8::MAX).filter(|value| *value != good[at]) {
            let mut changed = good.clone();
            changed[at] = value;
            assert!(read(&changed).is_err(), "byte {at} is {value:#x}");
        }
    }
}

#[test]
fn extra_bytes_before_between_or_after_are_refused() {
    let good = good();
    refused(&[b"x", &good[..]].concat(), "it does not begin with a file");
    refused(&[&good[..], b"x"].concat(), "something follows its end");
    refused(&[&good[..], &good[..]].concat(), "something follows its end");
    for end in 0..good.len() {
        assert!(read(&good[..end]).is_err(), "{end} bytes");
    }
}

/// A streaming unpacker goes on behind the stream, where another file may be.
#[test]
fn a_deflate_stream_ends_with_its_last_byte() {
    let why = "does not end where the file does";
    refused(&pack(&FILES, |file| file.own.extend(b"PK\x03\x04")), why);
    refused(&pack(&FILES, |file| file.size = 0xffff_fff0), "larger than any bundle");
    refused(&pack(&FILES, |file| file.size += 1), why);
    refused(&pack(&FILES, |file| file.size -= 1), why);
    refused(&pack(&FILES, |file| file.own.truncate(1)), "deflate stream");
    refused(&pack(&FILES, |file| file.crc32 ^= 1), "the checksum of a file is wrong");
}

#[test]
fn no_name_is_one_that_mailmuster_never_gives() {
    for name in ["../x", "/x", "a\nb", "x:\n1 bundle verified: all hold", "a\\b", "", "a/", "ä"] {
        refused(&pack(&[(name, b"x")], |_| {}), "a name that mailmuster never gives");
    }
}

#[test]
fn no_two_names_are_one_in_any_case() {
    for names in [["a", "a"], ["START-HERE.html", "start-here.HTML"], ["x", "X/y"]] {
        let [one, other] = names.map(|name| (name, &b"x"[..]));
        // a name between the two in the order of bytes
        refused(&pack(&[one, ("b", b""), other], |_| {}), "two files of one name");
    }
}

#[test]
fn more_files_than_a_bundle_has_are_refused() {
    let names: Vec<String> = (0..=MOST_FILES).map(|number| format!("{number}")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (&name[..], &b""[..])).collect();
    assert!(read(&pack(&files[1..], |_| {})).is_ok());
    refused(&pack(&files, |_| {}), "larger than any bundle");
}

/// A deflate stream that unpacks to far more than the header states stops at the header's size.
#[test]
fn a_bomb_is_not_unpacked() {
    let zeros = vec![0; LARGEST];
    refused(&pack(&[("a", &zeros), ("b", b"x")], |_| {}), "larger than any bundle");
    refused(&pack(&[("a", &zeros)], |file| file.size = 10), "does not end");
}

/// The offset of the second file's local header.
fn second(bytes: &[u8]) -> usize {
    let is_header = |at: &usize| bytes[*at..].starts_with(LOCAL);
    (1..bytes.len()).find(is_header).unwrap()
}

#[test]
fn files_with_different_times_are_refused() {
    let mut bytes = good();
    let second = second(&bytes);
    bytes[second + 10] ^= 1;
    refused(&bytes, "its files bear different times");
}

#[test]
fn a_header_with_another_version_flag_or_method_is_refused() {
    for at in [4, 6, 8, 28] {
        let mut bytes = good();
        bytes[at] ^= 4;
        refused(&bytes, "the header of a file is not one that mailmuster writes");
    }
}

#[test]
fn a_directory_that_is_not_the_one_of_the_files_is_refused() {
    let good = good();
    let directory = good.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    let mut renamed = good.clone();
    renamed[directory + 46] = b'X';
    for bytes in [&renamed[..], &good[..directory], &good[..good.len() - 1]] {
        refused(bytes, "its directory is not the one of its files, or it is cut off");
    }
}

#[test]
fn a_file_that_ends_early_is_refused() {
    let good = good();
    for end in [LOCAL_SIZE - 1, LOCAL_SIZE + 3, second(&good) - 1] {
        refused(&good[..end], "it is cut off");
    }
}

#[test]
fn bytes_that_are_no_deflate_stream_are_refused() {
    // a block of the reserved type 3 (RFC 1951 §3.2.3)
    refused(&pack(&FILES, |file| file.own = vec![7]), "the deflate stream of a file is damaged");
}
