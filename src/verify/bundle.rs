//! A bundle: its files against their digests and signatures, and against what they must be.

use super::contents::{expected, signature_of};
use super::expected::ExpectedFile;
use super::signed::content;
use super::vouch::{Cover, Judged, vouch};
use super::{Judge, compare};
use crate::bundle::manifest::sha256;
use crate::bundle::read::unpack;
use crate::bundle::{BundleManifest, FileEntry, MANIFEST};
use crate::diagnostic::Shown;
use crate::render::removal::REMOVAL;
use crate::render::{RENDERERS, Renderers, by_id};

/// Judges the bundle `place`. Returns its manifest if it has one.
pub(super) fn judge(
    bytes: &[u8],
    place: &str,
    cover: Cover,
    judge: &mut Judge<'_>,
) -> Option<BundleManifest> {
    judge.verdict.bundles += 1;
    judge.moment = None;
    let unpacked = match unpack(bytes) {
        Ok(unpacked) => unpacked,
        Err(error) => {
            judge.fault(place, error);
            return None;
        }
    };
    let manifest = &unpacked.manifest;
    if manifest.accounts.is_empty() || manifest.files.is_empty() {
        let what = if manifest.files.is_empty() { "file" } else { "account" };
        judge.fault(place, format!("its {MANIFEST} names no {what}"));
        return Some(unpacked.manifest);
    }
    if let Some(fault) = misnamed(manifest, judge.criteria.renderers) {
        judge.fault(place, fault);
        return Some(unpacked.manifest);
    }
    let expected = expected(&unpacked, place, judge);
    let mut judged = Vec::with_capacity(manifest.files.len());
    for entry in &manifest.files {
        let inner = format!("{place}: {}", entry.path);
        match unpacked.files.get(&entry.path) {
            Some(content) => {
                judged.extend(file(content, &inner, entry, manifest, expected.as_deref(), judge));
            }
            None => judge.fault(&inner, "it is missing"),
        }
    }
    for path in unpacked.order.iter().filter(|path| manifest.files.iter().all(|f| f.path != **path))
    {
        judge.fault(&format!("{place}: {path}"), "it is not in the manifest");
    }
    vouch(&judged, place, cover, manifest, judge);
    Some(unpacked.manifest)
}

/// What is wrong with a removal package where a bundle is expected, and the reverse: only the name of the file
/// decides which of the two it must be.
fn misnamed(manifest: &BundleManifest, renderers: &Renderers) -> Option<&'static str> {
    let are_all = |of: &Renderers| manifest.files.iter().all(|it| by_id(of, &it.format).is_some());
    if are_all(renderers) {
        None
    } else if are_all(REMOVAL) {
        Some("it is a removal package, whose name must end in .removal.zip")
    } else if are_all(RENDERERS) {
        Some("it is a bundle, and its name is that of a removal package")
    } else {
        None
    }
}

/// Judges the file `place`; `None` where no format is known for it.
fn file<'a>(
    bytes: &[u8],
    place: &str,
    entry: &'a FileEntry,
    manifest: &BundleManifest,
    expected: Option<&[ExpectedFile]>,
    judge: &mut Judge<'_>,
) -> Option<Judged<'a>> {
    judge.verdict.files += 1;
    if sha256(bytes) != entry.sha256 || bytes.len() as u64 != entry.size {
        judge.fault(place, "its digest is not the one in the manifest");
    }
    let Some(renderer) = by_id(judge.criteria.renderers, &entry.format) else {
        judge.fault(place, format!("its format `{}` is unknown", Shown(&entry.format)));
        return None;
    };
    let signature = signature_of(renderer, manifest);
    if entry.signature != signature.id() {
        let (says, is) = (Shown(&entry.signature), signature.id());
        judge.fault(place, format!("the manifest says `{says}` of its signature, which is `{is}`"));
    }
    let mut judged = Judged {
        path: &entry.path,
        renderer,
        is_signed: false,
        is_constant: false,
        says: Vec::new(),
    };
    let Some((content, is_signed)) = content(bytes, place, renderer, manifest, judge) else {
        return Some(judged);
    };
    judged.is_signed = is_signed;
    let faults = judge.verdict.faults;
    match expected {
        Some(expected) => match expected.iter().find(|file| file.path == entry.path) {
            Some(file) if file.renderer.format().id == renderer.format().id => {
                judged.is_constant = file.is_constant;
                compare::with_expected(content, place, file, judge);
            }
            _ => judge.fault(
                place,
                format!("a file of the format `{}` has another path", renderer.format().id),
            ),
        },
        None => compare::with_manifest(content, place, renderer, manifest, judge),
    }
    if judge.verdict.faults == faults {
        judged.says = renderer.read(content).unwrap_or_default();
    }
    judged.is_constant &= expected.is_some() && judge.verdict.faults == faults;
    Some(judged)
}
