//! Artifacts of one person to one archive. Takes nothing but [`Artifact`]s.

use std::io::{Cursor, Write};

use thiserror::Error;
use time::OffsetDateTime;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::artifact::Artifact;

pub mod manifest;
pub mod read;

pub use manifest::{BundleManifest, FileEntry};

/// The name of the manifest inside every bundle.
pub const MANIFEST: &str = "manifest.json";

/// Deflate's fastest level: a bundle takes the same three disk blocks as with level 6.
const LEVEL: i64 = 1;

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
#[error("the bundle cannot be packed: {0}")]
pub struct BundleError(String);

impl BundleError {
    fn new(why: impl std::fmt::Display) -> Self {
        Self(why.to_string())
    }
}

/// Packs `entries` and their `manifest`. The same entries and moment give the same bytes.
pub fn pack(
    entries: &[Entry],
    manifest: &BundleManifest,
    moment: OffsetDateTime,
) -> Result<Vec<u8>, BundleError> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(LEVEL))
        .last_modified_time(dos_time(moment)?)
        .unix_permissions(0o600);
    let mut zip = ZipWriter::new(Cursor::new(Vec::with_capacity(24 << 10)));
    for Entry { artifact, .. } in entries {
        zip.start_file(artifact.file_name().as_str(), options).map_err(BundleError::new)?;
        zip.write_all(artifact.content().shared).map_err(BundleError::new)?;
        zip.write_all(&artifact.content().own).map_err(BundleError::new)?;
    }
    zip.start_file(MANIFEST, options).map_err(BundleError::new)?;
    zip.write_all(&manifest.to_json().map_err(BundleError::new)?).map_err(BundleError::new)?;
    Ok(zip.finish().map_err(BundleError::new)?.into_inner())
}

/// The moment as archives write it: in steps of two seconds, from 1980.
fn dos_time(moment: OffsetDateTime) -> Result<zip::DateTime, BundleError> {
    let year = u16::try_from(moment.year()).map_err(BundleError::new)?;
    zip::DateTime::from_date_and_time(
        year,
        moment.month().into(),
        moment.day(),
        moment.hour(),
        moment.minute(),
        moment.second() & !1,
    )
    .map_err(BundleError::new)
}
