//! Files in the folder of a run that the run did not make.

use std::collections::BTreeSet;
use std::fs::{self, DirEntry};
use std::io;
use std::path::Path;

use super::{Judge, VerifyError, export, unreadable};
use crate::bounded;
use crate::diagnostic::WhyUnreadable;
use crate::output::layout::{
    BUNDLES, CHANGES, HOSTING, IDENTIFIERS, LOCK, MANIFEST, MANIFEST_SIGNATURE, MDM, REPORT,
    RETIRED, Spread, below, is_of_the_ledger,
};

/// What a file of the system begins with. `desktop.ini` is missing on purpose: it decides what Windows
/// shows and loads when the folder is opened.
const SYSTEM_FILES: [(&str, &[u8]); 2] = [
    (".DS_Store", b"\0\0\0\x01Bud1"),
    ("Thumbs.db", &[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]),
];

/// What the companion `._NAME` of the file `NAME` begins with: `AppleDouble` (RFC 1740 §B).
const APPLE_DOUBLE: &[u8] = &[0, 5, 0x16, 7];

/// The largest file of the system that is passed over, in bytes.
const LARGEST: u64 = 1 << 20;

/// Finds what is neither a file of the run nor one of the `bundles`. Links are not followed.
pub(super) fn find(
    root: &Path,
    bundles: &BTreeSet<String>,
    judge: &mut Judge<'_>,
) -> Result<(), VerifyError> {
    let known: BTreeSet<&str> =
        [MANIFEST, MANIFEST_SIGNATURE, REPORT, CHANGES, IDENTIFIERS, LOCK].into_iter().collect();
    let is_known =
        |path: &str| known.contains(path) || bundles.contains(path) || is_of_the_ledger(path);
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let path = below(root, &folder);
        let mut entries = fs::read_dir(&path)
            .and_then(|entries| entries.collect::<io::Result<Vec<_>>>())
            .map_err(unreadable(&path))?;
        entries.sort_by_key(|entry| entry.file_name());
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            let inner = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            let kind = entry.file_type().map_err(unreadable(&entry.path()))?;
            let is_ours = inner == BUNDLES || inner == RETIRED || is_spread(&inner, bundles);
            if kind.is_dir() && inner == MDM {
                export::judge_all(&entry.path(), judge)?;
            } else if kind.is_dir() && inner == HOSTING && export::is_one(&entry.path()) {
                export::judge(&entry.path(), HOSTING, judge)?;
            } else if kind.is_dir() && is_ours {
                folders.push(inner);
            } else if kind.is_file() && is_known(&inner) {
                let is_unsigned = [REPORT, CHANGES, IDENTIFIERS].contains(&inner.as_str());
                if is_unsigned || is_of_the_ledger(&inner) {
                    judge.verdict.note_unvouched(&inner);
                }
                if inner == LOCK {
                    lock(&entry.path(), judge);
                }
            } else if kind.is_file() && is_of_the_system(&entry, &name, &folder, &is_known) {
                judge.verdict.note_unvouched(&inner);
            } else {
                let why = "it is not a file of this run";
                judge.fault(&entry.path().display().to_string(), why);
            }
        }
    }
    Ok(())
}

/// Judges the lock: nothing signs it, so it must not hold anything but what a run writes.
fn lock(path: &Path, judge: &mut Judge<'_>) {
    let place = path.display().to_string();
    match bounded::read(path, LARGEST) {
        Ok(bytes) => {
            if let Err(error) = Spread::from_lock(&bytes) {
                judge.fault(&place, error);
            }
        }
        Err(error) => judge.fault(&place, format!("it cannot be read: {}", WhyUnreadable(&error))),
    }
}

/// Whether `folder` is one that bundles of the run are spread over.
fn is_spread(folder: &str, bundles: &BTreeSet<String>) -> bool {
    let inside = format!("{folder}/");
    folder.starts_with(BUNDLES)
        && bundles.range(inside.clone()..).next().is_some_and(|path| path.starts_with(&inside))
}

/// Whether it is a file that file managers leave everywhere, by name and content: the name alone
/// could be anybody's.
fn is_of_the_system(
    entry: &DirEntry,
    name: &str,
    folder: &str,
    is_known: &dyn Fn(&str) -> bool,
) -> bool {
    let beside = |name: &str| {
        if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
    };
    let begins = match name.strip_prefix("._") {
        Some(file) if is_known(&beside(file)) => APPLE_DOUBLE,
        Some(_) => return false,
        None => match SYSTEM_FILES.iter().find(|(system, _)| *system == name) {
            Some((_, begins)) => begins,
            None => return false,
        },
    };
    bounded::read(&entry.path(), LARGEST).is_ok_and(|bytes| bytes.starts_with(begins))
}
