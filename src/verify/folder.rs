//! The folder of a run: every bundle against the manifest, and nothing beside them.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;

use super::{Judge, VerifyError, bundle, unreadable};
use crate::bundle::manifest::sha256;
use crate::output::layout::{BUNDLES, MANIFEST, below};
use crate::output::manifest::{BundleLine, FORMAT, ManifestLine};

/// Judges the folder of a run.
pub(super) fn judge(root: &Path, judge: &mut Judge<'_>) -> Result<(), VerifyError> {
    let path = root.join(MANIFEST);
    if !path.exists() {
        return Err(VerifyError::NoManifest { folder: root.to_owned() });
    }
    let lines = BufReader::new(File::open(&path).map_err(unreadable(&path))?).lines();
    let mut known = BTreeSet::new();
    for (number, line) in (1..).zip(lines) {
        let line = line.map_err(unreadable(&path))?;
        let broken = |why: String| VerifyError::Manifest { file: path.clone(), line: number, why };
        match (number, serde_json::from_str(&line).map_err(|error| broken(error.to_string()))?) {
            (1, ManifestLine::Run(run)) if run.format == FORMAT => {}
            (1, ManifestLine::Run(run)) => {
                return Err(broken(format!("format {} is not known", run.format)));
            }
            (2.., ManifestLine::Bundle(bundle)) => {
                judge_bundle(root, &bundle, judge);
                known.insert(bundle.bundle);
            }
            _ => return Err(broken("the first line, and only that, is the run".to_owned())),
        }
    }
    find_strangers(root, BUNDLES, &known, judge)
}

fn judge_bundle(root: &Path, line: &BundleLine, judge: &mut Judge<'_>) {
    let path = below(root, &line.bundle);
    let place = path.display().to_string();
    // a manifest from elsewhere must not lead out of the folder
    let inside = line.bundle.starts_with(BUNDLES)
        && line.bundle.split('/').all(|part| !matches!(part, "" | "." | ".."));
    if !inside {
        return judge.fault(&place, "the manifest leads out of the folder");
    }
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return judge.fault(&place, "it is missing");
        }
        Err(error) => return judge.fault(&place, format!("it cannot be read: {error}")),
    };
    if sha256(&bytes) != line.sha256 {
        judge.fault(&place, "its digest is not the one in manifest.jsonl");
    }
    if let Some(manifest) = bundle::judge(&bytes, &place, judge)
        && (manifest.account.address != line.address || manifest.person != line.person)
    {
        judge.fault(
            &place,
            format!(
                "it is for `{}`; manifest.jsonl says `{}`",
                manifest.account.address, line.address
            ),
        );
    }
}

/// Files among the bundles that the manifest does not know.
fn find_strangers(
    root: &Path,
    folder: &str,
    known: &BTreeSet<String>,
    judge: &mut Judge<'_>,
) -> Result<(), VerifyError> {
    let path = below(root, folder);
    let mut names = fs::read_dir(&path)
        .map_err(unreadable(&path))?
        .map(|entry| {
            entry.map(|entry| {
                (entry.file_name().to_string_lossy().into_owned(), entry.path().is_dir())
            })
        })
        .collect::<Result<Vec<_>, _>>()
        .map_err(unreadable(&path))?;
    names.sort();
    for (name, is_folder) in names {
        let inner = format!("{folder}/{name}");
        if is_folder {
            find_strangers(root, &inner, known, judge)?;
        } else if !known.contains(&inner) {
            judge.fault(&below(root, &inner).display().to_string(), "it is not in manifest.jsonl");
        }
    }
    Ok(())
}
