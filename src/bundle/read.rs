//! Reading a bundle back. It may be hostile: sizes are bounded before anything is unpacked.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use thiserror::Error;
use zip::ZipArchive;

use super::manifest::FORMAT;
use super::{BundleManifest, MANIFEST, strict};

/// The most files a bundle may hold.
const MOST_FILES: usize = 64;

/// The most bytes that are unpacked, all files together.
const LARGEST: u64 = 16 << 20;

/// A bundle, unpacked.
#[derive(Debug)]
pub struct Unpacked {
    /// What it says is in it.
    pub manifest: BundleManifest,
    /// Every file but the manifest, by path.
    pub files: BTreeMap<String, Vec<u8>>,
}

/// A file that is no bundle.
#[derive(Debug, Error)]
pub enum UnpackError {
    /// Not an archive, or a damaged one.
    #[error("it is not a whole zip archive: {0}")]
    Archive(String),
    /// An archive that unpackers could read differently.
    #[error("it is not the zip archive that mailmuster wrote: {0}")]
    Container(&'static str),
    /// An archive of something else.
    #[error("it has no {MANIFEST}: it is not a bundle of mailmuster")]
    NoManifest,
    /// A manifest that cannot be read.
    #[error("its {MANIFEST} cannot be read: {0}")]
    Manifest(String),
    /// A manifest of a later version.
    #[error("its {MANIFEST} has format {0}; this version reads format {FORMAT}")]
    ManifestFormat(u32),
    /// Too many or too large files.
    #[error("it is larger than any bundle of mailmuster")]
    TooLarge,
}

/// Unpacks `bytes`.
pub fn unpack(bytes: &[u8]) -> Result<Unpacked, UnpackError> {
    let archive_error = |error: &dyn std::fmt::Display| UnpackError::Archive(error.to_string());
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| archive_error(&error))?;
    strict::check(bytes)?;
    if archive.len() > MOST_FILES {
        return Err(UnpackError::TooLarge);
    }
    let mut files = BTreeMap::new();
    let mut room = LARGEST;
    for at in 0..archive.len() {
        let entry = archive.by_index(at).map_err(|error| archive_error(&error))?;
        let path = entry.name().map_err(|error| archive_error(&error))?.into_owned();
        let mut content = Vec::new();
        // one byte more than there is room tells an entry whose header lies about its size
        entry.take(room + 1).read_to_end(&mut content).map_err(|error| archive_error(&error))?;
        room = room.checked_sub(content.len() as u64).ok_or(UnpackError::TooLarge)?;
        files.insert(path, content);
    }
    let manifest = files.remove(MANIFEST).ok_or(UnpackError::NoManifest)?;
    let manifest: BundleManifest = serde_json::from_slice(&manifest)
        .map_err(|error| UnpackError::Manifest(error.to_string()))?;
    if manifest.format != FORMAT {
        return Err(UnpackError::ManifestFormat(manifest.format));
    }
    Ok(Unpacked { manifest, files })
}
