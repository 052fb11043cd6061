//! A bundle's container, read exactly as [`super::zip`] writes it. Unpackers differ in which of two
//! headers, or of two files with one name, they use, and in where they look for files: a bundle must
//! leave them no choice. So every header is written again from its values and compared.

use flate2::{Decompress, FlushDecompress, Status};

use super::read::UnpackError;
use super::zip::{Directory, DosTime, Header, LOCAL};
use crate::artifact::FileName;

/// The most files a bundle may hold.
const MOST_FILES: usize = 64;

/// The most bytes that are unpacked, all files together.
const LARGEST: usize = 16 << 20;

/// The size of a local header without the name, in bytes (APPNOTE.TXT §4.3.7).
const LOCAL_SIZE: usize = 30;

/// What a container holds.
pub(super) struct Container {
    /// The moment that all files bear; `None` without files.
    pub(super) time: Option<DosTime>,
    /// Names and contents, in the container's order.
    pub(super) files: Vec<(String, Vec<u8>)>,
}

/// Reads the container `bytes`.
pub(super) fn read(bytes: &[u8]) -> Result<Container, UnpackError> {
    let mut contents = Container { time: None, files: Vec::new() };
    let mut directory = Directory::default();
    let mut room = LARGEST;
    let mut at = 0;
    while bytes[at..].starts_with(LOCAL) {
        if contents.files.len() == MOST_FILES {
            return Err(UnpackError::TooLarge);
        }
        let (header, stream) = entry(&bytes[at..])?;
        if *contents.time.get_or_insert(header.time) != header.time {
            return Err(UnpackError::Container("its files bear different times"));
        }
        let size = header.size as usize;
        room = room.checked_sub(size).ok_or(UnpackError::TooLarge)?;
        let content = inflate(stream, size)?;
        if crc32fast::hash(&content) != header.crc32 {
            return Err(UnpackError::Container("the checksum of a file is wrong"));
        }
        directory.add(&header, offset(at)?).map_err(|_| UnpackError::TooLarge)?;
        contents.files.push((header.name.to_owned(), content));
        at += LOCAL_SIZE + header.name.len() + stream.len();
    }
    let rest = directory.finish(offset(at)?).map_err(|_| UnpackError::TooLarge)?;
    if !bytes[at..].starts_with(&rest) {
        return Err(UnpackError::Container(if at == 0 {
            "it does not begin with a file"
        } else {
            "its directory is not the one of its files, or it is cut off"
        }));
    }
    if bytes.len() != at + rest.len() {
        return Err(UnpackError::Container("something follows its end"));
    }
    clashes(&contents.files)?;
    Ok(contents)
}

/// The header that `bytes` begin with, and the deflate stream behind it.
fn entry(bytes: &[u8]) -> Result<(Header<'_>, &[u8]), UnpackError> {
    let cut_off = UnpackError::Container("it is cut off");
    let Some((fields, rest)) = bytes.split_at_checked(LOCAL_SIZE) else {
        return Err(cut_off);
    };
    let short = |at: usize| u16::from_le_bytes([fields[at], fields[at + 1]]);
    let long = |at: usize| u32::from(short(at)) | u32::from(short(at + 2)) << 16;
    let compressed = long(18);
    let Some((name, rest)) = rest.split_at_checked(short(26).into()) else {
        return Err(cut_off);
    };
    let Some(stream) = rest.get(..compressed as usize) else {
        return Err(cut_off);
    };
    let name = std::str::from_utf8(name)
        .ok()
        .filter(|name| FileName::is_one(name))
        .ok_or(UnpackError::Container("it holds a file with a name that mailmuster never gives"))?;
    let time = DosTime { time: short(10), date: short(12) };
    let header = Header { name, time, crc32: long(14), compressed, size: long(22) };
    let mut again = Vec::with_capacity(LOCAL_SIZE + name.len());
    header.write_local(&mut again).map_err(|_| UnpackError::TooLarge)?;
    if !bytes.starts_with(&again) {
        return Err(UnpackError::Container(
            "the header of a file is not one that mailmuster writes",
        ));
    }
    Ok((header, stream))
}

/// The `size` bytes of `stream`, which must end with its last byte: some unpackers take what follows
/// for the next file.
fn inflate(stream: &[u8], size: usize) -> Result<Vec<u8>, UnpackError> {
    let mut content = Vec::with_capacity(size + 1); // one byte more shows a stream that goes on
    let mut inflater = Decompress::new(false);
    let status = inflater
        .decompress_vec(stream, &mut content, FlushDecompress::Finish)
        .map_err(|_| UnpackError::Container("the deflate stream of a file is damaged"))?;
    let whole = status == Status::StreamEnd
        && inflater.total_in() == stream.len() as u64
        && content.len() == size;
    if whole {
        Ok(content)
    } else {
        Err(UnpackError::Container("the deflate stream of a file does not end where the file does"))
    }
}

/// Refuses two names that are one on a file system without upper and lower case, and a file that is
/// also a folder.
fn clashes(files: &[(String, Vec<u8>)]) -> Result<(), UnpackError> {
    let mut names: Vec<String> = files.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
    names.sort_unstable();
    let clash = |pair: &[String]| pair[0] == pair[1];
    let is_folder = |name: &String| {
        let folder = format!("{name}/");
        names.iter().any(|other| other.starts_with(&folder))
    };
    if names.windows(2).any(clash) || names.iter().any(is_folder) {
        return Err(UnpackError::Container("it holds two files of one name"));
    }
    Ok(())
}

fn offset(at: usize) -> Result<u32, UnpackError> {
    u32::try_from(at).map_err(|_| UnpackError::TooLarge)
}

#[cfg(test)]
mod tests;
