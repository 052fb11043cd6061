//! Reading files that somebody named, without trusting their size.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Certificates, keys, provider files: the largest real one is far below, in bytes.
pub const SMALL: u64 = 4 << 20;

/// Bundles and what is in them, in bytes.
pub const BUNDLE: u64 = 64 << 20;

/// All of the file at `path`, if that is at most `most` bytes. A pipe is read to its end; an endless
/// one is an error, and takes no more memory than `most`.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("it is larger than {most} bytes"),
        ));
    }
    Ok(bytes)
}

/// The same for text.
pub fn read_to_string(path: &Path, most: u64) -> io::Result<String> {
    String::from_utf8(read(path, most)?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8 text"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn an_endless_file_ends() {
        assert!(read(Path::new("/dev/zero"), 1000).is_err());
        assert_eq!(read(Path::new("/dev/null"), 1000).unwrap(), b"");
    }
}
