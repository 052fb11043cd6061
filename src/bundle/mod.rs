//! Artifacts of one person to one archive. Takes nothing but [`Artifact`]s.

use std::num::TryFromIntError;

use flate2::CompressError;
use thiserror::Error;
use time::OffsetDateTime;

use crate::artifact::Artifact;
use crate::domain::text::hex;

mod deflate;
pub mod manifest;
pub mod read;
mod strict;
mod zip;

pub use manifest::{BundleManifest, FileEntry};

use deflate::Deflater;
use zip::Archive;

/// Name and version of this program, as manifests have it.
pub use crate::domain::TOOL;

/// The name of the manifest inside every bundle.
pub(crate) const MANIFEST: &str = "manifest.json";

/// One file of a bundle: what it is, and what it holds.
#[derive(Debug)]
pub struct Entry {
    /// The renderer's id.
    pub format: &'static str,
    /// The sealed file.
    pub artifact: Artifact,
}

/// An archive that could not be made.
#[derive(Debug, Error)]
pub enum BundleError {
    /// More bytes or files than a zip archive without ZIP64 can hold.
    #[error("the bundle cannot be packed: {0}")]
    TooLarge(#[from] TryFromIntError),
    /// The deflate encoder fails.
    #[error("the bundle cannot be packed: {0}")]
    Deflate(#[from] CompressError),
    /// The manifest is no JSON.
    #[error("the bundle cannot be packed: {0}")]
    Manifest(#[from] serde_json::Error),
    /// MS-DOS times begin in 1980 and end in 2107.
    #[error("the bundle cannot be packed: the year is not between 1980 and 2107")]
    Year,
}

/// Packs one bundle after the other. Each thread has its own.
pub struct Packer(Deflater);

impl Packer {
    /// A packer that knows no file yet.
    #[expect(clippy::new_without_default, reason = "a packer is made, not defaulted to")]
    pub fn new() -> Self {
        Self(Deflater::new())
    }

    /// The entry of the manifest for `entry`.
    pub fn describe(&mut self, entry: &Entry) -> Result<FileEntry, BundleError> {
        let content = entry.artifact.content();
        Ok(FileEntry {
            path: entry.artifact.file_name().to_string(),
            format: entry.format.to_owned(),
            sha256: hex(&self.0.sha256(content)?),
            size: content.len() as u64,
            signature: entry.artifact.signature().id().to_owned(),
        })
    }

    /// Packs `entries` and their `manifest`. The same entries and moment give the same bytes.
    pub fn pack(
        &mut self,
        entries: &[Entry],
        manifest: &BundleManifest,
        moment: OffsetDateTime,
    ) -> Result<Vec<u8>, BundleError> {
        let mut archive = Archive::new(moment)?;
        for Entry { artifact, .. } in entries {
            archive.add(artifact.file_name().as_str(), &self.0.deflate(artifact.content())?)?;
        }
        let manifest = manifest.to_json()?;
        archive.add(MANIFEST, &self.0.deflate(&manifest.into())?)?;
        archive.finish()
    }
}
