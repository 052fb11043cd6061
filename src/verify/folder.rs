//! The folder of a run: every bundle against the manifest, and nothing beside them.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use super::{Judge, VerifyError, bundle, unreadable};
use crate::bounded::{self, Opened};
use crate::bundle::manifest::sha256;
use crate::diagnostic::Listed;
use crate::output::layout::{BUNDLES, MANIFEST, below, is_bundle_path, is_of_the_system};
use crate::output::manifest::{BundleLine, FORMAT, ManifestLine};

/// The longest line of a manifest, in bytes.
const LONGEST_LINE: u64 = 64 << 10;

/// Judges the folder of a run.
pub(super) fn judge(root: &Path, judge: &mut Judge<'_>) -> Result<(), VerifyError> {
    let path = root.join(MANIFEST);
    if !path.exists() {
        return Err(VerifyError::NoManifest { folder: root.to_owned() });
    }
    let (Opened::File(file) | Opened::Stream(file)) =
        bounded::open(&path).map_err(unreadable(&path))?;
    let mut manifest = BufReader::new(file);
    let mut known = BTreeSet::new();
    let mut number = 0_u64;
    while let Some(line) = next_line(&mut manifest).map_err(unreadable(&path))? {
        number += 1;
        let broken = |why: String| VerifyError::Manifest { file: path.clone(), line: number, why };
        match (number, serde_json::from_slice(&line).map_err(|error| broken(error.to_string()))?) {
            (1, ManifestLine::Run(run)) if run.format == FORMAT => {}
            (1, ManifestLine::Run(run)) => {
                return Err(broken(format!("format {} is not known", run.format)));
            }
            (2.., ManifestLine::Bundle(bundle)) => {
                judge_bundle(root, &bundle, judge);
                if !known.insert(bundle.bundle.clone()) {
                    judge.fault(&bundle.bundle, "it stands twice in manifest.jsonl");
                }
            }
            _ => return Err(broken("the first line, and only that, is the run".to_owned())),
        }
    }
    if number == 0 {
        return Err(VerifyError::EmptyManifest { file: path });
    }
    find_strangers(root, BUNDLES, &known, judge)
}

/// The next line; `None` at the end. A line beyond all measure is an error.
fn next_line(manifest: &mut BufReader<File>) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    manifest.take(LONGEST_LINE).read_until(b'\n', &mut line)?;
    if line.len() as u64 == LONGEST_LINE {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a line has no end"));
    }
    Ok((!line.is_empty()).then_some(line))
}

fn judge_bundle(root: &Path, line: &BundleLine, judge: &mut Judge<'_>) {
    // a manifest from elsewhere must not lead out of the folder
    if !is_bundle_path(&line.bundle) {
        return judge.fault(&line.bundle, "this is no path that mailmuster gives to a bundle");
    }
    let path = below(root, &line.bundle);
    let place = path.display().to_string();
    let regular = path.symlink_metadata().map(|metadata| metadata.is_file());
    let bytes = match regular {
        Ok(true) => bounded::read(&path, bounded::BUNDLE),
        Ok(false) => return judge.fault(&place, "it is not a file"),
        Err(error) => Err(error),
    };
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return judge.fault(&place, "it is missing");
        }
        Err(error) => return judge.fault(&place, format!("it cannot be read: {error}")),
    };
    if sha256(&bytes) != line.sha256 || bytes.len() as u64 != line.size {
        judge.fault(&place, "its digest or size is not the one in manifest.jsonl");
    }
    let Some(manifest) = bundle::judge(&bytes, &place, judge) else {
        return;
    };
    let addresses: Vec<&str> =
        manifest.accounts.iter().map(|account| account.address.as_str()).collect();
    if addresses != line.addresses {
        judge.fault(
            &place,
            format!(
                "it is for {}; manifest.jsonl says {}",
                Listed(&addresses),
                Listed(&line.addresses)
            ),
        );
    } else if manifest.person != line.person {
        judge.fault(&place, "its person's key is not the one in manifest.jsonl");
    }
}

/// Files among the bundles that the manifest does not know. Links are not followed.
fn find_strangers(
    root: &Path,
    folder: &str,
    known: &BTreeSet<String>,
    judge: &mut Judge<'_>,
) -> Result<(), VerifyError> {
    let path = below(root, folder);
    let mut entries = fs::read_dir(&path)
        .map_err(unreadable(&path))?
        .map(|entry| {
            let entry = entry?;
            Ok((entry.file_name().to_string_lossy().into_owned(), entry.file_type()?.is_dir()))
        })
        .collect::<io::Result<Vec<_>>>()
        .map_err(unreadable(&path))?;
    entries.sort();
    for (name, is_folder) in entries {
        let inner = format!("{folder}/{name}");
        if is_folder && folder == BUNDLES {
            find_strangers(root, &inner, known, judge)?;
        } else if !known.contains(&inner) && !is_of_the_system(&name) {
            judge.fault(&below(root, &inner).display().to_string(), "it is not in manifest.jsonl");
        }
    }
    Ok(())
}
