//! Files to a package. The same files give the same bytes.

use std::io::{Cursor, Write as _};

use thiserror::Error;
use zip::CompressionMethod;
use zip::result::ZipError;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::{CONTENT, DETECTION, PackedFile, detection};
use crate::sign::transport::{MAC, TransportError, TransportKeys};

/// A package that could not be made: a bug.
#[derive(Debug, Error)]
pub(crate) enum PackError {
    #[error("the package for Intune cannot be packed: {0}")]
    Zip(#[from] ZipError),
    #[error("the package for Intune cannot be packed: {0}")]
    Write(#[from] std::io::Error),
    #[error("the package for Intune cannot be packed: {0}")]
    Encrypt(#[from] TransportError),
}

/// The package of `files`, of which Intune runs none by itself: `setup_file` is the one that the console names.
pub(crate) fn pack(setup_file: &str, files: &[PackedFile]) -> Result<Vec<u8>, PackError> {
    let files = files.iter().map(|file| (file.name.as_str(), &file.content[..]));
    wrap(setup_file, &archive(CompressionMethod::Deflated, files)?)
}

/// The package around the zip `inner`.
pub(super) fn wrap(setup_file: &str, inner: &[u8]) -> Result<Vec<u8>, PackError> {
    let keys = TransportKeys::of(inner);
    let content = keys.close(inner)?;
    let detection = detection::write(setup_file, inner, &keys, &content[..MAC]);
    let files = [(CONTENT, &content[..]), (DETECTION, detection.as_bytes())];
    archive(CompressionMethod::Stored, files.into_iter())
}

/// A zip of `files`, which bear no time.
fn archive<'a>(
    method: CompressionMethod,
    files: impl Iterator<Item = (&'a str, &'a [u8])>,
) -> Result<Vec<u8>, PackError> {
    let options = SimpleFileOptions::default().compression_method(method).unix_permissions(0o600);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        archive.start_file(name, options)?;
        archive.write_all(content)?;
    }
    Ok(archive.finish()?.into_inner())
}
