//! The folder of an export: every file against the digest in its list, and nothing beside them but the journal of the helper.
//! Only fleet scripts are signed, so nothing vouches for the list itself.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use super::{Judge, VerifyError, fleet_script, hosting, managed, packages, unreadable};
use crate::bounded;
use crate::bundle::manifest::sha256;
use crate::diagnostic::WhyUnreadable;
use crate::fleet_script::ID as WINDOWS;
use crate::hosting::ID as HOSTING;
use crate::mdm::{self, Scripts};
use crate::output::export::{
    EXPORT_FIRST_LINE, EXPORT_INDEX, EXPORT_MARK, EXPORT_STATE, LARGEST_EXPORT_MARK, export_line,
    is_export_path,
};
use crate::output::layout::{MDM, below, is_of_the_system};

/// Where the export for an MDM has fleet scripts.
const SCRIPTS: &str = "windows/";

/// What of an export is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signed {
    Scripts,
    Nothing,
}

/// Whether the folder `root` is an export.
pub(super) fn is_one(root: &Path) -> bool {
    root.join(EXPORT_MARK).symlink_metadata().is_ok_and(|metadata| metadata.is_file())
}

/// Judges each export in the folder `mdm` of a run.
pub(super) fn judge_all(folder: &Path, judge: &mut Judge<'_>) -> Result<(), VerifyError> {
    for (path, kind) in entries(folder)? {
        if kind.is_dir() && is_one(&path) {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            self::judge(&path, &format!("{MDM}/{name}"), judge)?;
        } else {
            judge.fault(&path.display().to_string(), "it is not a file of this run");
        }
    }
    Ok(())
}

/// Judges the export in the folder `root`, which the verdict calls `name`.
pub(super) fn judge(root: &Path, name: &str, judge: &mut Judge<'_>) -> Result<Signed, VerifyError> {
    let path = root.join(EXPORT_MARK);
    let mark = bounded::read_to_string(&path, LARGEST_EXPORT_MARK).map_err(unreadable(&path))?;
    judge.verdict.note_unvouched(name);
    let mut lines = mark.lines();
    let place = path.display().to_string();
    let Some(id) = lines.next().and_then(|first| first.strip_prefix(EXPORT_FIRST_LINE)) else {
        judge.fault(&place, "it is not the list of an export");
        return Ok(Signed::Nothing);
    };
    let signed = if id == WINDOWS { Signed::Scripts } else { Signed::Nothing };
    if root.join(EXPORT_INDEX).symlink_metadata().is_err() {
        judge.fault(&place, "the export is not finished: run it again");
        return Ok(signed);
    }
    let mut files = BTreeMap::new();
    for line in lines {
        match export_line(line) {
            (Some(digest), path) if is_export_path(path) => {
                files.insert(path.to_owned(), digest);
            }
            _ => {
                judge.fault(&place, "the export is not finished: run it again");
                return Ok(signed);
            }
        }
    }
    if !files.contains_key(EXPORT_INDEX) {
        judge.fault(&place, "the export is not finished: run it again");
    }
    compare_digests(root, &files, judge);
    let signed = judge_contents(root, id, &files, judge);
    if signed == Signed::Scripts {
        judge.verdict.note_transport(name);
    }
    strangers(root, &files, judge)?;
    Ok(signed)
}

/// Judges what this version knows about the files of the export `id`.
fn judge_contents(
    root: &Path,
    id: &str,
    files: &BTreeMap<String, &str>,
    judge: &mut Judge<'_>,
) -> Signed {
    let mdm = mdm::by_id(id);
    if let Some(mdm) = mdm {
        managed::judge_helper(root, mdm, judge);
    }
    let is_script = |path: &String| path.starts_with(SCRIPTS) && path.ends_with(".ps1");
    match id {
        HOSTING => hosting::judge(root, files, judge),
        WINDOWS => {
            fleet_script::judge(root, "", files, judge);
            return Signed::Scripts;
        }
        _ if mdm.is_some_and(|mdm| mdm.about().scripts == Scripts::Signed)
            && files.keys().any(is_script) =>
        {
            fleet_script::judge(root, SCRIPTS, files, judge);
            packages::judge(root, SCRIPTS, files, judge);
            return Signed::Scripts;
        }
        _ => {}
    }
    Signed::Nothing
}

/// Compares each file with its digest in the list.
fn compare_digests(root: &Path, files: &BTreeMap<String, &str>, judge: &mut Judge<'_>) {
    for (file, digest) in files {
        let path = below(root, file);
        judge.verdict.files += 1;
        if path.symlink_metadata().is_ok_and(|metadata| !metadata.is_file()) {
            // what it leads to can change without a trace in this folder
            judge.fault(
                &path.display().to_string(),
                "it is a link or folder in the place of a file",
            );
            continue;
        }
        match bounded::read(&path, bounded::BUNDLE) {
            Ok(bytes) if sha256(&bytes) == *digest => {}
            Ok(_) => {
                judge.fault(&path.display().to_string(), "its SHA-256 is not that of the export");
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                judge.fault(&path.display().to_string(), "it is missing");
            }
            Err(error) => {
                judge.fault(
                    &path.display().to_string(),
                    format!("it cannot be read: {}", WhyUnreadable(&error)),
                );
            }
        }
    }
}

/// Finds files that the export does not list.
fn strangers(
    root: &Path,
    files: &BTreeMap<String, &str>,
    judge: &mut Judge<'_>,
) -> Result<(), VerifyError> {
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        for (path, kind) in entries(&below(root, &folder))? {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let inner = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            let inside = format!("{inner}/");
            let is_known = inner == EXPORT_STATE
                || inner == EXPORT_MARK
                || files.contains_key(&inner)
                || is_of_the_system(&name);
            let has_files = || {
                files
                    .range(inside.clone()..)
                    .next()
                    .is_some_and(|(path, _)| path.starts_with(&inside))
            };
            if is_known {
                continue;
            }
            if kind.is_dir() && has_files() {
                folders.push(inner);
            } else {
                judge.fault(&path.display().to_string(), "it is not a file of this export");
            }
        }
    }
    Ok(())
}

/// What is in `folder`, in alphabetical order. Links are not followed.
fn entries(folder: &Path) -> Result<Vec<(std::path::PathBuf, fs::FileType)>, VerifyError> {
    let read = || {
        let mut found = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            found.push((entry.path(), entry.file_type()?));
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(found)
    };
    read().map_err(unreadable(folder))
}
