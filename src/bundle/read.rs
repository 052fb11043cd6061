//! Reading a bundle back. It may be hostile: sizes are bounded before anything is unpacked.

use std::collections::BTreeMap;

use thiserror::Error;
use time::OffsetDateTime;

use super::manifest::FORMAT;
use super::zip::DosTime;
use super::{BundleManifest, MANIFEST, strict};
use crate::domain::text::Shown;

/// A bundle, unpacked.
#[derive(Debug)]
pub struct Unpacked {
    /// The manifest, parsed.
    pub(crate) manifest: BundleManifest,
    /// The manifest, byte for byte.
    pub(crate) manifest_json: Vec<u8>,
    /// Every file but the manifest, by path.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The paths of `files` in the order of the container.
    pub(crate) order: Vec<String>,
    time: Option<DosTime>,
}

/// A file that is not a bundle.
#[derive(Debug, Error)]
pub enum UnpackError {
    /// An archive that unpackers could read differently, or a damaged one.
    #[error("it is not the zip archive that mailmuster wrote: {0}")]
    Container(&'static str),
    /// An archive of something else.
    #[error("it has no {MANIFEST}: it is not a bundle of mailmuster")]
    NoManifest,
    /// A manifest that cannot be read.
    #[error("its {MANIFEST} cannot be read: {}", Shown(&.0.to_string()))]
    Manifest(#[from] serde_json::Error),
    /// A manifest of another version.
    #[error("its {MANIFEST} has format {0}; this version reads format {FORMAT}")]
    ManifestFormat(u32),
    /// Too many or too large files.
    #[error("it is larger than any bundle of mailmuster")]
    TooLarge,
}

/// Only the number, which decides whether the rest can be read.
#[derive(serde::Deserialize)]
struct FormatNumber {
    format: u32,
}

/// Unpacks `bytes`.
pub fn unpack(bytes: &[u8]) -> Result<Unpacked, UnpackError> {
    let mut contents = strict::read(bytes)?;
    let (_, manifest_json) =
        contents.files.pop_if(|(name, _)| name == MANIFEST).ok_or(UnpackError::NoManifest)?;
    let FormatNumber { format } = serde_json::from_slice(&manifest_json)?;
    if format != FORMAT {
        return Err(UnpackError::ManifestFormat(format));
    }
    let manifest = serde_json::from_slice(&manifest_json)?;
    let order = contents.files.iter().map(|(name, _)| name.clone()).collect();
    let files = contents.files.into_iter().collect();
    Ok(Unpacked { manifest, manifest_json, files, order, time: contents.time })
}

impl Unpacked {
    /// Whether the files bear `moment`, as far as a zip archive can hold it.
    pub(crate) fn bears(&self, moment: OffsetDateTime) -> bool {
        DosTime::try_from(moment).is_ok_and(|time| self.time == Some(time))
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::super::deflate::Deflater;
    use super::super::zip::Archive;
    use super::*;

    const MOMENT: OffsetDateTime = datetime!(2026-11-23 09:00 UTC);

    /// What is wrong with an archive of one file.
    fn fault(name: &str, content: &[u8]) -> String {
        let mut deflater = Deflater::new();
        let mut archive = Archive::new(MOMENT).unwrap();
        archive.add(name, &deflater.deflate(&content.to_vec().into()).unwrap()).unwrap();
        unpack(&archive.finish().unwrap()).unwrap_err().to_string()
    }

    #[test]
    fn an_archive_without_manifest_at_its_end_is_not_a_bundle() {
        assert_eq!(
            fault("a.txt", b"{}"),
            "it has no manifest.json: it is not a bundle of mailmuster"
        );
    }

    #[test]
    fn a_manifest_of_another_format_is_named_before_its_keys_are_read() {
        assert_eq!(
            fault(MANIFEST, br#"{"format": 99, "news": 1}"#),
            "its manifest.json has format 99; this version reads format 2"
        );
    }

    #[test]
    fn a_manifest_that_is_not_json_or_has_an_unknown_key_is_refused() {
        assert!(
            fault(MANIFEST, b"\x1b")
                .starts_with("its manifest.json cannot be read: expected value")
        );
        let unknown = fault(MANIFEST, br#"{"format": 2, "news": 1}"#);
        assert!(unknown.contains("unknown field"), "{unknown}");
    }
}
