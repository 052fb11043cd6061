//! The layout of the folder of a run.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::domain::slug::Slug;

pub(crate) const BUNDLES: &str = "bundles";
/// One JSON object per line.
pub(crate) const MANIFEST: &str = "manifest.jsonl";
/// The signature over [`MANIFEST`]: a detached CMS message, DER.
pub(crate) const MANIFEST_SIGNATURE: &str = "manifest.jsonl.p7s";
/// Bundles of people who were retired, and what takes their accounts off devices.
pub(crate) const RETIRED: &str = "retired";
/// The identifiers that an MDM removes.
pub(crate) const IDENTIFIERS: &str = "retired/identifiers.csv";
/// What MDMs import, a folder for each.
pub(crate) const MDM: &str = "mdm";
/// What mail apps fetch from domains of the organization's own.
pub(crate) const HOSTING: &str = "hosting";
pub(crate) const REPORT: &str = "report.csv";
/// The record of all runs: people, bundles and events.
pub(crate) const LEDGER: &str = "ledger.db";
/// Changes of people since the last run, with what each person must do.
pub(crate) const CHANGES: &str = "changes.csv";
/// A damaged ledger is kept under this name with a number.
pub(crate) const DAMAGED_LEDGER: &str = "ledger.db.damaged-";
/// SQLite's rollback journal, left by a killed run (<https://www.sqlite.org/tempfiles.html>).
pub(crate) const LEDGER_JOURNAL: &str = "ledger.db-journal";
/// Marks a folder as made by mailmuster and excludes a second run.
pub(crate) const LOCK: &str = ".mailmuster.lock";

/// Bundles of at least this many people are spread over 256 folders, for the sake of file managers.
const SPREAD_FROM: u64 = 10_000;

/// How many digits of a person's key are in the names of files in [`RETIRED`].
const KEY_START: usize = 8;

/// The longest lock file, in bytes: a word, and white space that an editor may have added.
pub(crate) const LONGEST_LOCK: usize = 16;

/// One folder for all bundles, or 256.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spread {
    /// All in `bundles/`.
    Flat,
    /// In `bundles/00/` to `bundles/ff/`, by a digest of the name.
    Wide,
}

/// A file that is not a lock of mailmuster.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("it has content that no run writes")]
pub(crate) struct NotALock;

impl Spread {
    pub(super) const ALL: [Self; 2] = [Self::Flat, Self::Wide];

    pub(crate) fn for_people(people: u64) -> Self {
        if people > SPREAD_FROM { Self::Wide } else { Self::Flat }
    }

    pub(super) fn id(self) -> &'static str {
        match self {
            Self::Flat => "flat",
            Self::Wide => "wide",
        }
    }

    /// The spread in the bytes of a lock file; `None` if a crash cut the word off.
    pub(crate) fn from_lock(lock: &[u8]) -> Result<Option<Self>, NotALock> {
        if lock.len() > LONGEST_LOCK {
            return Err(NotALock);
        }
        let word = lock.trim_ascii();
        if let Some(spread) = Self::ALL.into_iter().find(|spread| spread.id().as_bytes() == word) {
            return Ok(Some(spread));
        }
        let is_cut_off = Self::ALL.iter().any(|spread| spread.id().as_bytes().starts_with(word));
        if is_cut_off { Ok(None) } else { Err(NotALock) }
    }

    /// The path of a bundle below the folder of the run, with forward slashes.
    pub(crate) fn bundle(self, slug: &Slug) -> String {
        self.bundle_of(slug.as_str())
    }

    /// The same for the text of a slug.
    pub(crate) fn bundle_of(self, slug: &str) -> String {
        match self {
            Self::Flat => format!("{BUNDLES}/{slug}.zip"),
            Self::Wide => format!("{BUNDLES}/{:02x}/{slug}.zip", digest(slug)),
        }
    }
}

/// Whether `path` is the ledger, its journal, or a damaged ledger.
pub(crate) fn is_of_the_ledger(path: &str) -> bool {
    let is_damaged = path.strip_prefix(DAMAGED_LEDGER).is_some_and(|number| {
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    });
    is_damaged || path == LEDGER || path == LEDGER_JOURNAL
}

/// Whether a run could have given `path` to a bundle. Nothing else may be read or removed.
pub(crate) fn is_bundle_path(path: &str) -> bool {
    let name = |part: &str| part.strip_suffix(".zip").is_some_and(is_slug);
    let digest = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_hexdigit());
    match path.split('/').collect::<Vec<_>>()[..] {
        [BUNDLES, file] => name(file),
        [BUNDLES, folder, file] => digest(folder) && name(file),
        _ => false,
    }
}

/// The path of the bundle of a person who was retired, whose key begins with `key`: an address may have
/// several owners one after the other.
pub(crate) fn retired_bundle(slug: &Slug, key: &str) -> String {
    format!("{RETIRED}/{slug}.{}.zip", key_start(key))
}

/// The path of the removal package of that person.
pub(crate) fn removal_package(slug: &Slug, key: &str) -> String {
    format!("{RETIRED}/{slug}.{}.removal.zip", key_start(key))
}

fn key_start(key: &str) -> &str {
    key.get(..KEY_START).unwrap_or(key)
}

/// The slug in the path of a file of a person who was retired, and whether it is the removal package;
/// `None` for a path that no run gives.
pub(crate) fn in_retired(path: &str) -> Option<(&str, RetiredFile)> {
    let name = path.strip_prefix(RETIRED)?.strip_prefix('/')?.strip_suffix(".zip")?;
    let (name, file) = match name.strip_suffix(".removal") {
        Some(name) => (name, RetiredFile::Package),
        None => (name, RetiredFile::Bundle),
    };
    let (slug, key) = name.rsplit_once('.')?;
    let is_key =
        key.len() == KEY_START && key.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    (is_key && is_slug(slug)).then_some((slug, file))
}

/// A file of a person who was retired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RetiredFile {
    Bundle,
    Package,
}

fn is_slug(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('.')
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b))
}

/// The slug in the path of a bundle.
pub(crate) fn slug_of_bundle(path: &str) -> Option<&str> {
    path.rsplit('/').next()?.strip_suffix(".zip")
}

/// Files that file managers create.
pub(crate) fn is_of_the_system(name: &str) -> bool {
    matches!(name, ".DS_Store" | "Thumbs.db" | "desktop.ini") || name.starts_with("._")
}

/// Joins `path`, which has forward slashes.
pub(crate) fn below(root: &Path, path: &str) -> PathBuf {
    path.split('/').fold(root.to_owned(), |folder, part| folder.join(part))
}

/// FNV-1a folded to a byte: equal on every machine and in every version.
fn digest(slug: &str) -> u8 {
    let hash = slug
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    hash.to_le_bytes().iter().fold(0, |folded, byte| folded ^ byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::email::EmailAddress;

    #[test]
    fn only_paths_of_bundles_are_accepted() {
        for path in ["bundles/ada_q.com.zip", "bundles/df/ada_q.com.zip"] {
            assert!(is_bundle_path(path), "{path}");
        }
        for path in [
            "bundles/../x.zip",
            "bundles/..\\x.zip",
            "bundles/C:x.zip",
            "bundles-x/a.zip",
            "bundles/.zip",
            "bundles/._ada_q.com.zip",
            "bundles/x/a.zip",
            "/bundles/a.zip",
            "bundles/a.zip/b.zip",
        ] {
            assert!(!is_bundle_path(path), "{path}");
        }
    }

    #[test]
    fn files_of_retired_people_are_recognized() {
        let slug = Slug::from(&EmailAddress::try_from("ada@q.com").unwrap());
        let key = "0f3c5a7e0f3c5a7e0f3c5a7e0f3c5a7e";
        let (bundle, package) = (retired_bundle(&slug, key), removal_package(&slug, key));
        assert_eq!(bundle, "retired/ada_q.com.0f3c5a7e.zip");
        assert_eq!(package, "retired/ada_q.com.0f3c5a7e.removal.zip");
        assert_eq!(in_retired(&bundle), Some(("ada_q.com", RetiredFile::Bundle)));
        assert_eq!(in_retired(&package), Some(("ada_q.com", RetiredFile::Package)));
        for path in [
            "retired/ada_q.com.zip",
            "retired/ada_q.com.0f3c5a7g.zip",
            "retired/x/ada_q.com.0f3c5a7e.zip",
            "retired/../ada_q.com.0f3c5a7e.zip",
            "retired/.0f3c5a7e.zip",
            "retired/identifiers.csv",
            "bundles/ada_q.com.0f3c5a7e.zip",
        ] {
            assert_eq!(in_retired(path), None, "{path}");
        }
    }

    #[test]
    fn many_bundles_are_spread() {
        let slug = Slug::from(&EmailAddress::try_from("ada@q.com").unwrap());
        assert_eq!(Spread::for_people(10_000).bundle(&slug), "bundles/ada_q.com.zip");
        assert_eq!(Spread::for_people(10_001).bundle(&slug), "bundles/df/ada_q.com.zip");
    }
}
