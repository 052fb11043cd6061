//! A bundle's container, held to what [`super::zip`] writes. Unpackers differ in which of two
//! headers, or of two files with one name, they believe: a bundle must not leave them the choice.

use super::read::UnpackError;

const LOCAL: &[u8] = b"PK\x03\x04";
const CENTRAL: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";

/// The size of the end record without comment (APPNOTE.TXT §4.3.16).
const END_SIZE: usize = 22;

/// What both headers of a file say, from "version needed" to "extra field length".
const COMMON_SIZE: usize = 26;

/// Checks that the files stand one behind the other, that both headers of each agree, that no name
/// stands twice, and that nothing stands before, between or behind.
pub(super) fn check(bytes: &[u8]) -> Result<(), UnpackError> {
    let end_at =
        bytes.len().checked_sub(END_SIZE).ok_or(UnpackError::Container("it is cut off"))?;
    let end = &bytes[end_at..];
    if !end.starts_with(END) {
        return Err(UnpackError::Container("it is cut off, or something follows its end"));
    }
    let count = number::<2>(end, 10)?;
    let directory_size = number::<4>(end, 12)?;
    let directory_at = number::<4>(end, 16)?;
    if directory_at + directory_size != end_at
        || number::<2>(end, 8)? != count
        || number::<2>(end, 20)? != 0
    {
        return Err(UnpackError::Container("its directory is not where it says"));
    }
    let mut names = Vec::with_capacity(count);
    let mut directory = &bytes[directory_at..end_at];
    let mut file_at = 0;
    for _ in 0..count {
        // signature, made by, common, comment length, disk, attributes twice, offset, name
        let common = slice(directory, 6, COMMON_SIZE)?;
        let offset = number::<4>(directory, 42)?;
        let compressed = number::<4>(common, 14)?;
        let name_length = number::<2>(common, 22)?;
        let name = slice(directory, 46, name_length)?;
        let plain = directory.starts_with(CENTRAL)
            && number::<2>(common, 24)? == 0
            && number::<2>(directory, 32)? == 0;
        let local = bytes.get(file_at..directory_at).unwrap_or_default();
        let agree = local.starts_with(LOCAL)
            && offset == file_at
            && slice(local, 4, COMMON_SIZE)? == common
            && slice(local, 30, name_length)? == name;
        if !plain || !agree {
            return Err(UnpackError::Container("the two headers of a file disagree"));
        }
        file_at += 30 + name_length + compressed;
        directory = &directory[46 + name_length..];
        names.push(name);
    }
    if file_at != directory_at || !directory.is_empty() {
        return Err(UnpackError::Container("it holds something beside its files"));
    }
    names.sort_unstable();
    if names.windows(2).any(|pair| pair[0].eq_ignore_ascii_case(pair[1])) {
        return Err(UnpackError::Container("it holds two files of one name"));
    }
    Ok(())
}

fn slice(bytes: &[u8], at: usize, length: usize) -> Result<&[u8], UnpackError> {
    bytes
        .get(at..)
        .and_then(|rest| rest.get(..length))
        .ok_or(UnpackError::Container("it is cut off"))
}

/// A little-endian number of `N` bytes.
fn number<const N: usize>(bytes: &[u8], at: usize) -> Result<usize, UnpackError> {
    let mut wide = [0; 8];
    wide[..N].copy_from_slice(slice(bytes, at, N)?);
    usize::try_from(u64::from_le_bytes(wide)).map_err(|_| UnpackError::TooLarge)
}
