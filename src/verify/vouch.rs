//! Which files of a bundle nothing vouches for.

use super::Judge;
use crate::artifact::SignatureFormat;
use crate::bundle::{BundleManifest, MANIFEST, TOOL};
use crate::diagnostic::{Listed, Shown};
use crate::render::{Renderer, Stated};

/// What vouches for the files of a bundle that carry no signature of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cover {
    /// The signature of the run, which holds.
    Run,
    /// Nothing: the signature of the run does not hold, which is a fault of its own.
    Broken,
    /// Nothing: the bundle is alone.
    Alone,
}

/// What is known of a file once it was judged.
pub(super) struct Judged<'a> {
    pub(super) path: &'a str,
    pub(super) renderer: &'static dyn Renderer,
    /// Whether its own signature holds.
    pub(super) is_signed: bool,
    /// Whether it is what it must be, byte for byte, and the same in every bundle.
    pub(super) is_constant: bool,
    /// What it says, where it is what it must be.
    pub(super) says: Vec<Stated>,
}

/// Notes which files nothing vouches for: no signature of their own, no run's, and not everything in
/// them follows from a file that is signed.
pub(super) fn vouch(
    files: &[Judged<'_>],
    place: &str,
    cover: Cover,
    manifest: &BundleManifest,
    judge: &mut Judge<'_>,
) {
    let is_ours = manifest.tool == TOOL;
    if cover == Cover::Run {
        if !is_ours {
            judge.verdict.note_other_version(&manifest.tool);
        }
        return;
    }
    let signed: Vec<&Stated> =
        files.iter().filter(|file| file.is_signed).flat_map(|file| &file.says).collect();
    let follows = |file: &Judged<'_>| {
        is_ours
            && file.renderer.is_settings_only()
            && !file.says.is_empty()
            && file.says.iter().all(|says| signed.contains(&says))
    };
    let open: Vec<&str> = files
        .iter()
        .filter(|file| !file.is_signed && !file.is_constant && !follows(file))
        .map(|file| file.path)
        .collect();
    for path in open.iter().copied().chain([MANIFEST]) {
        judge.verdict.note_unvouched(path);
    }
    let calls_for_one =
        |file: &Judged<'_>| file.renderer.format().signature != SignatureFormat::Unsigned;
    if cover == Cover::Alone && !files.iter().any(calls_for_one) {
        judge.fault(place, "nothing in it is signed: nothing vouches for its files");
    } else if cover == Cover::Alone && !is_ours && !open.is_empty() {
        judge.fault(
            place,
            format!(
                "`{}` made it, whose files `{TOOL}` cannot make again: nothing vouches for {}",
                Shown(&manifest.tool),
                Listed(&open)
            ),
        );
    }
}
