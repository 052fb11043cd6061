//! The layout of the folder of a run.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::domain::slug::Slug;

pub(crate) const BUNDLES: &str = "bundles";
/// One JSON object per line.
pub(crate) const MANIFEST: &str = "manifest.jsonl";
/// The signature over [`MANIFEST`]: a detached CMS message, DER.
pub(crate) const MANIFEST_SIGNATURE: &str = "manifest.jsonl.p7s";
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
    const ALL: [Self; 2] = [Self::Flat, Self::Wide];

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
    let name = |part: &str| {
        part.strip_suffix(".zip").is_some_and(|slug| {
            !slug.is_empty()
                && !slug.starts_with('.')
                && slug
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b))
        })
    };
    let digest = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_hexdigit());
    match path.split('/').collect::<Vec<_>>()[..] {
        [BUNDLES, file] => name(file),
        [BUNDLES, folder, file] => digest(folder) && name(file),
        _ => false,
    }
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
fn digest(slug: &Slug) -> u8 {
    let hash = slug
        .as_str()
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
    fn many_bundles_are_spread() {
        let slug = Slug::from(&EmailAddress::try_from("ada@q.com").unwrap());
        assert_eq!(Spread::for_people(10_000).bundle(&slug), "bundles/ada_q.com.zip");
        assert_eq!(Spread::for_people(10_001).bundle(&slug), "bundles/df/ada_q.com.zip");
    }
}
