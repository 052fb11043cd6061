//! What a bundle must hold, and whether its manifest, order and times are those of such a bundle.

use super::Judge;
use super::expected::{Expected, ExpectedFile};
use crate::artifact::SignatureFormat;
use crate::bundle::read::Unpacked;
use crate::bundle::{BundleManifest, FileEntry, MANIFEST, TOOL};
use crate::diagnostic::Listed;
use crate::render::Renderer;

/// The files as they must be; `None` after a fault, and for a bundle of another version.
pub(super) fn expected(
    unpacked: &Unpacked,
    place: &str,
    judge: &mut Judge<'_>,
) -> Option<Vec<ExpectedFile>> {
    let manifest = &unpacked.manifest;
    if manifest.tool != TOOL {
        return None;
    }
    let files = Expected::of(manifest, judge.criteria.renderers)
        .and_then(|expected| Ok((expected.files()?, expected)));
    let (files, expected) = match files {
        Ok(found) => found,
        Err(fault) => {
            let why = format!("its {MANIFEST} is not one that mailmuster writes: {fault}");
            judge.fault(place, why);
            return None;
        }
    };
    // digests and sizes are compared with the files themselves
    let entry = |file: &ExpectedFile| {
        let given = manifest.files.iter().find(|given| given.path == file.path);
        FileEntry {
            path: file.path.clone(),
            format: file.renderer.format().id.to_owned(),
            sha256: given.map_or_else(String::new, |given| given.sha256.clone()),
            size: given.map_or(0, |given| given.size),
            signature: signature_of(file.renderer, manifest).id().to_owned(),
        }
    };
    let again = expected.manifest(manifest, files.iter().map(entry).collect());
    let has_all_files = again.files.len() == manifest.files.len()
        && again.files.iter().zip(&manifest.files).all(|(one, other)| one.path == other.path);
    if !has_all_files {
        let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
        judge.fault(place, format!("for its accounts and devices it must hold {}", Listed(&paths)));
    } else if again.to_json().ok().as_deref() != Some(&unpacked.manifest_json) {
        let inner = format!("{place}: {MANIFEST}");
        judge.fault(&inner, "it is not written as mailmuster writes it");
    }
    let is_complete = unpacked.order.len() == manifest.files.len()
        && manifest.files.iter().all(|file| unpacked.files.contains_key(&file.path));
    if is_complete && !unpacked.order.iter().eq(manifest.files.iter().map(|file| &file.path)) {
        judge.fault(place, format!("its files are not in the order of its {MANIFEST}"));
    }
    if !unpacked.bears(expected.made_at) {
        judge.fault(place, "its files do not bear the moment of the run");
    }
    judge.moment = Some(expected.made_at);
    Some(files)
}

/// The signature that a file calls for in a bundle with this `manifest`.
pub(super) fn signature_of(renderer: &dyn Renderer, manifest: &BundleManifest) -> SignatureFormat {
    if manifest.signers.is_some() { renderer.format().signature } else { SignatureFormat::Unsigned }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::testing::{bundle, judged, person};

    /// The faults of a bundle once `change` was made to it.
    fn faults(change: impl Fn(&mut Unpacked)) -> Vec<String> {
        let mut unpacked = bundle(&person(&["ada@centurylink.net"]));
        change(&mut unpacked);
        unpacked.manifest_json = unpacked.manifest.to_json().unwrap();
        judged(|judge| drop(expected(&unpacked, "a.zip", judge))).0
    }

    #[test]
    fn a_bundle_as_it_is_made_has_no_fault() {
        assert!(faults(|_| {}).is_empty());
    }

    #[test]
    fn a_manifest_that_leaves_a_file_out_is_found() {
        let found = faults(|it| it.manifest.files.retain(|file| file.format != "windows-launcher"));
        assert!(found.is_empty(), "the run may have left the format out: {found:?}");
        let found = faults(|it| it.manifest.files[0].path = "other.html".to_owned());
        let [fault] = &found[..] else { panic!("{found:?}") };
        assert!(fault.starts_with("a.zip: for its accounts and devices it must hold "), "{fault}");
    }

    #[test]
    fn a_manifest_in_another_form_is_found() {
        let found = faults(|it| it.manifest.made_at = "2026-11-23T09:00:00+00:00".to_owned());
        assert_eq!(found, ["a.zip: manifest.json: it is not written as mailmuster writes it"]);
    }

    #[test]
    fn files_in_another_order_are_found() {
        let found = faults(|it| it.order.reverse());
        assert_eq!(found, ["a.zip: its files are not in the order of its manifest.json"]);
    }

    #[test]
    fn files_from_another_moment_are_found() {
        let found = faults(|it| it.manifest.made_at = "2026-11-24T09:00:00Z".to_owned());
        assert_eq!(found, ["a.zip: its files do not bear the moment of the run"]);
    }
}
