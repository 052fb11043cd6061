//! The folder of a run: its signature, every bundle against the manifest, and nothing beside them.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::vouch::Cover;
use super::{Judge, LineFault, VerifyError, bundle, identifiers, run, stranger, unreadable};
use crate::bounded::{self, Opened};
use crate::bundle::BundleManifest;
use crate::bundle::manifest::sha256;
use crate::diagnostic::{Listed, WhyUnreadable};
use crate::domain::email::EmailAddress;
use crate::domain::slug::Slug;
use crate::output::layout::{
    MANIFEST, RETIRED, RetiredFile, Spread, below, in_retired, is_bundle_path, removal_package,
    retired_bundle,
};
use crate::output::manifest::{BundleLine, FORMAT, ManifestLine, REMOVAL, RunLine};
use crate::render::removal;
use crate::sign::verify::Verified;

/// The longest line of a manifest, in bytes.
const LONGEST_LINE: u64 = 64 << 10;

/// Judges the folder of a run.
pub(super) fn judge(root: &Path, judge: &mut Judge<'_>) -> Result<(), VerifyError> {
    let path = root.join(MANIFEST);
    match path.symlink_metadata() {
        Ok(metadata) if metadata.is_file() => {}
        Ok(_) => {
            let error = io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file");
            return Err(unreadable(&path)(error));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(VerifyError::NoManifest { folder: root.to_owned() });
        }
        Err(error) => return Err(unreadable(&path)(error)),
    }
    let signature = run::judge(root, judge)?;
    let (Opened::File(file) | Opened::Stream(file)) =
        bounded::open(&path).map_err(unreadable(&path))?;
    let mut manifest = BufReader::new(file);
    let mut digest = Sha256::new();
    let (mut known, mut profiles) = (BTreeSet::new(), BTreeSet::new());
    let mut head: Option<RunLine> = None;
    let mut number = 0_u64;
    while let Some(line) = next_line(&mut manifest).map_err(unreadable(&path))? {
        number += 1;
        digest.update(&line);
        let broken = |fault| VerifyError::Manifest { file: path.clone(), line: number, fault };
        let line = serde_json::from_slice(&line).map_err(|error| broken(LineFault::Json(error)))?;
        match (&head, line) {
            (None, ManifestLine::Run(run)) if run.format == FORMAT => head = Some(run),
            (None, ManifestLine::Run(run)) => {
                return Err(broken(LineFault::Format(run.format)));
            }
            (Some(_), ManifestLine::Bundle(line)) => {
                let manifest = judge_bundle(root, &line, signature.signer.as_ref(), judge);
                if in_retired(&line.bundle).is_some() {
                    profiles.extend(manifest.as_ref().and_then(identifiers::of));
                }
                if !known.insert(line.bundle.clone()) {
                    judge.fault(&line.bundle, "manifest.jsonl lists it twice");
                }
            }
            _ => return Err(broken(LineFault::Order)),
        }
    }
    let place = path.display().to_string();
    if head.is_none() {
        return Err(VerifyError::EmptyManifest { file: path });
    }
    if <[u8; 32]>::from(digest.finalize()) != signature.digest {
        judge.fault(&place, "it was changed while it was read");
    }
    if known.is_empty() {
        judge.fault(&place, "it names no bundle");
    }
    if signature.signer.is_none() {
        judge.verdict.note_unvouched(MANIFEST);
    }
    identifiers::judge(root, profiles, judge)?;
    stranger::find(root, &known, judge)
}

/// The next line; `None` at the end. A line longer than [`LONGEST_LINE`] is an error.
fn next_line(manifest: &mut BufReader<File>) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    manifest.take(LONGEST_LINE).read_until(b'\n', &mut line)?;
    if line.len() as u64 == LONGEST_LINE {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a line has no end"));
    }
    Ok((!line.is_empty()).then_some(line))
}

/// Judges a bundle or removal package. Returns its manifest if it has one.
fn judge_bundle(
    root: &Path,
    line: &BundleLine,
    signer: Option<&Verified>,
    judge: &mut Judge<'_>,
) -> Option<BundleManifest> {
    // a manifest from elsewhere must not lead out of the folder
    let retired = in_retired(&line.bundle).map(|(_, file)| file);
    if retired.is_none() && !is_bundle_path(&line.bundle) {
        judge.fault(&line.bundle, "mailmuster never gives this path to a bundle");
        return None;
    }
    let path = below(root, &line.bundle);
    let place = path.display().to_string();
    let regular = path.symlink_metadata().map(|metadata| metadata.is_file());
    let bytes = match regular {
        Ok(true) => bounded::read(&path, bounded::BUNDLE),
        Ok(false) => {
            judge.fault(&place, "it is not a file");
            return None;
        }
        Err(error) => Err(error),
    };
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            judge.fault(&place, "it is missing");
            return None;
        }
        Err(error) => {
            judge.fault(&place, format!("it cannot be read: {}", WhyUnreadable(&error)));
            return None;
        }
    };
    let is_the_same = sha256(&bytes) == line.sha256 && bytes.len() as u64 == line.size;
    if !is_the_same {
        judge.fault(&place, "its digest or size is not the one in manifest.jsonl");
    }
    let cover = if is_the_same && signer.is_some() { Cover::Run } else { Cover::Broken };
    let state = match retired {
        Some(RetiredFile::Bundle) => Some(RETIRED),
        Some(RetiredFile::Package) => Some(REMOVAL),
        None => line.state.as_deref().filter(|state| ![RETIRED, REMOVAL].contains(state)),
    };
    if line.state.as_deref() != state {
        judge.fault(&place, "manifest.jsonl gives it a state that does not fit its path");
    }
    let renderers = judge.criteria.renderers;
    if retired == Some(RetiredFile::Package) {
        judge.criteria.renderers = removal::REMOVAL;
    }
    let manifest = bundle::judge(&bytes, &place, cover, judge);
    judge.criteria.renderers = renderers;
    if let Some(manifest) = &manifest {
        compare(manifest, line, (signer, cover), &place, judge);
    }
    manifest
}

/// Compares a bundle's own manifest with its line in the run's, and with its name.
fn compare(
    manifest: &BundleManifest,
    line: &BundleLine,
    (signer, cover): (Option<&Verified>, Cover),
    place: &str,
    judge: &mut Judge<'_>,
) {
    let addresses: Vec<&str> =
        manifest.accounts.iter().map(|account| account.address.as_str()).collect();
    if addresses != line.addresses {
        let (own, given) = (Listed(&addresses), Listed(&line.addresses));
        judge.fault(place, format!("it is for {own}; manifest.jsonl says {given}"));
    } else if manifest.person != line.person {
        judge.fault(place, "its person's key is not the one in manifest.jsonl");
    }
    let first = addresses.first().and_then(|address| EmailAddress::try_from(*address).ok());
    let is_named_for_it = first.is_some_and(|address| {
        let slug = Slug::from(&address);
        [Spread::Flat, Spread::Wide].iter().any(|spread| spread.bundle(&slug) == line.bundle)
            || retired_bundle(&slug, &line.person) == line.bundle
            || removal_package(&slug, &line.person) == line.bundle
    });
    if !is_named_for_it {
        judge
            .fault(place, format!("it is for {}, which its name does not say", Listed(&addresses)));
    }
    // people who left keep the files of an earlier signer
    if let Some(signer) = signer.filter(|_| line.state.is_none()) {
        let profiles = manifest.signers.as_ref().map(|signers| &signers.profiles);
        let is_same = profiles.is_some_and(|it| it.sha256 == signer.signer.fingerprint);
        // so do people whom the run did not touch: its signature covers the digest, and the files' own
        // signatures are judged like all others. Without authority, one by another name proves nothing
        let is_earlier = cover == Cover::Run
            && profiles.is_some_and(|it| {
                judge.criteria.names_a_signer() || it.subject == signer.signer.subject
            });
        if !is_same && !is_earlier {
            let subject = &signer.signer.subject;
            judge.fault(place, format!("it does not name `{subject}`, who signed the run"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::testing::{judged, manifest};

    /// The faults of a bundle against its line in the run's manifest once `change` was made to both.
    fn faults(change: impl Fn(&mut BundleLine)) -> Vec<String> {
        let bundle = manifest();
        let mut line = BundleLine {
            line: Some(2),
            addresses: vec!["ada@centurylink.net".to_owned()],
            person: bundle.person.clone(),
            renamed_from: None,
            bundle: "bundles/ada_centurylink.net.zip".to_owned(),
            sha256: String::new(),
            size: 0,
            state: None,
            client: None,
            group: None,
            department: None,
        };
        change(&mut line);
        judged(|judge| compare(&bundle, &line, (None, Cover::Broken), "a.zip", judge)).0
    }

    #[test]
    fn a_bundle_that_fits_its_line_has_no_fault() {
        assert!(faults(|_| {}).is_empty());
    }

    #[test]
    fn a_bundle_for_another_address_is_found() {
        let found = faults(|line| line.addresses = vec!["eve@q.com".to_owned()]);
        assert_eq!(
            found,
            ["a.zip: it is for `ada@centurylink.net`; manifest.jsonl says `eve@q.com`"]
        );
    }

    #[test]
    fn a_bundle_for_another_person_is_found() {
        let found = faults(|line| line.person = "0".to_owned());
        assert_eq!(found, ["a.zip: its person's key is not the one in manifest.jsonl"]);
    }

    #[test]
    fn a_bundle_under_the_name_of_another_person_is_found() {
        let found = faults(|line| line.bundle = "bundles/eve_q.com.zip".to_owned());
        assert_eq!(found, ["a.zip: it is for `ada@centurylink.net`, which its name does not say"]);
    }
}
