//! Files of retired people that are not as a run left them.

use std::path::Path;

use serde::Serialize;

use crate::diagnostic::{Count, Notice};
use crate::ledger::{Ledger, LedgerError, RetiredFiles};
use crate::output::layout::{RETIRED, below};
use crate::pipeline::has_accounts;

/// A file of a retired person that is not in its place.
#[derive(Serialize)]
pub(super) struct RetiredStatus {
    address: String,
    name: String,
    /// When the person was retired: RFC 3339, UTC.
    since: String,
    file: File,
    why: Why,
    cure: Cure,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum File {
    Bundle,
    RemovalPackage,
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Why {
    Missing,
    /// It has another size than the one that was made.
    Changed,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Cure {
    /// The next `generate` makes it again.
    Generate,
    Backup,
}

/// The files of retired people in the folder `out` that are not as the ledger has them.
pub(super) fn missing(ledger: &Ledger, out: &Path) -> Result<Vec<RetiredStatus>, LedgerError> {
    let mut found = Vec::new();
    ledger.each_retired(|person| {
        let RetiredFiles { key, address, name, since, bundle, size, package } = person;
        let mut add = |file, why, cure| {
            let (address, name, since) = (address.clone(), name.clone(), since.clone());
            found.push(RetiredStatus { address, name, since, file, why, cure });
        };
        if let Some(why) = what_became_of(out, &bundle, size) {
            add(File::Bundle, why, Cure::Backup);
        }
        if let Some((path, size)) = package
            && let Some(why) = what_became_of(out, &path, size)
        {
            let can_be_made = ledger.person(key)?.is_some_and(|person| has_accounts(&person));
            let cure = if can_be_made { Cure::Generate } else { Cure::Backup };
            add(File::RemovalPackage, why, cure);
        }
        Ok(())
    })?;
    Ok(found)
}

/// A blank path is that of a file that a run has found to be gone.
fn what_became_of(out: &Path, path: &str, size: u64) -> Option<Why> {
    if path.is_empty() {
        return Some(Why::Missing);
    }
    match below(out, path).symlink_metadata() {
        Ok(metadata) if metadata.is_file() && metadata.len() == size => None,
        Ok(_) => Some(Why::Changed),
        Err(_) => Some(Why::Missing),
    }
}

impl RetiredStatus {
    pub(super) fn line(&self) -> String {
        let Self { address, since, .. } = self;
        let file = match self.file {
            File::Bundle => "the bundle",
            File::RemovalPackage => "the removal package",
        };
        let why = match self.why {
            Why::Missing => "is missing",
            Why::Changed => "has another size than the one that was made",
        };
        format!("{address}, retired since {since}: {file} {why}")
    }
}

/// What to do about `missing`.
pub(super) fn notices(missing: &[RetiredStatus], out: &Path) -> Vec<Notice> {
    let count = |cure| missing.iter().filter(|file| file.cure == cure).count() as u64;
    let folder = out.join(RETIRED);
    let what = |count| {
        let verbs = if count == 1 { "is missing or has" } else { "are missing or have" };
        let (files, folder) = (Count(count, "file"), folder.display());
        format!("{files} of retired people in `{folder}` {verbs} another size")
    };
    let mut notices = Vec::new();
    let (again, lost) = (count(Cure::Generate), count(Cure::Backup));
    if again > 0 {
        let notice = Notice::important("missing-removal-packages", what(again));
        notices.push(notice.with_hint("the next `generate` makes removal packages again"));
    }
    if lost > 0 {
        let notice = Notice::important("lost-retired", what(lost));
        notices.push(notice.with_hint(
            "no run can make them again: only a backup of the folder `retired` has them",
        ));
    }
    notices
}
