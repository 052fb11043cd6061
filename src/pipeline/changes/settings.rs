//! What a person's files are made from, as the ledger keeps it, to name later what has changed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::bundle::manifest::{AccountEntry, BundleManifest, SetupEntry};
use crate::domain::text::hex;
use crate::render::files::Files;
use crate::render::{Renderer, sample};

/// A person's own settings.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::pipeline) struct PersonSettings {
    pub(in crate::pipeline) platforms: Vec<String>,
    pub(in crate::pipeline) language: String,
    pub(in crate::pipeline) accounts: Vec<AccountEntry>,
}

impl From<&BundleManifest> for PersonSettings {
    fn from(manifest: &BundleManifest) -> Self {
        Self {
            platforms: manifest.platforms.clone(),
            language: manifest.language.clone(),
            accounts: manifest.accounts.clone(),
        }
    }
}

/// What all people of a run share.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SharedSettings {
    pub(super) setup: SetupEntry,
    /// Format id to what it makes of samples, as the start of a SHA-256 in hexadecimal: another value is
    /// another version of the format.
    pub(super) formats: BTreeMap<String, String>,
}

impl SharedSettings {
    pub(super) fn of(setup: SetupEntry, formats: &[&'static dyn Renderer]) -> Self {
        let formats = formats
            .iter()
            .map(|format| (format.format().id.to_owned(), hex(&sample::digest(*format)[..8])));
        Self { setup, formats: formats.collect() }
    }
}

impl From<&SharedSettings> for Files {
    fn from(shared: &SharedSettings) -> Self {
        shared.formats.keys().map(String::as_str).collect()
    }
}
