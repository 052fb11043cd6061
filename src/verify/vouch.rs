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
    /// Its settings, if it is what it must be.
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
            && file.says.iter().all(|says| signed.iter().any(|signed| says.follows_from(signed)))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::{RENDERERS, by_id};
    use crate::verify::testing::{judged, manifest, person};

    fn file<'a>(path: &'a str, id: &str, address: &str) -> Judged<'a> {
        let says = Stated::from(&person(&[address]).first);
        Judged {
            path,
            renderer: by_id(RENDERERS, id).unwrap(),
            is_signed: id == "apple-profile",
            is_constant: id == "windows-launcher",
            says: vec![says],
        }
    }

    /// What is unvouched in a bundle of `tool` with `files`, and the faults.
    fn unvouched(files: &[Judged<'_>], cover: Cover, tool: &str) -> (Vec<String>, Vec<String>) {
        let manifest = BundleManifest { tool: tool.to_owned(), ..manifest() };
        let (faults, verdict) = judged(|judge| vouch(files, "a.zip", cover, &manifest, judge));
        (verdict.unvouched.into_keys().collect(), faults)
    }

    fn files(address: &str) -> Vec<Judged<'static>> {
        vec![
            file("sheet", "sheet", "ada@q.com"),
            file("profile", "apple-profile", "ada@q.com"),
            file("xml", "android-autodiscover", address),
            file("cmd", "windows-launcher", "ada@q.com"),
        ]
    }

    #[test]
    fn a_signed_file_vouches_for_one_with_the_same_settings() {
        let found = unvouched(&files("ada@q.com"), Cover::Alone, TOOL);
        assert_eq!(found, (vec![MANIFEST.to_owned(), "sheet".to_owned()], vec![]));
        let (other, _) = unvouched(&files("eve@q.com"), Cover::Alone, TOOL);
        assert!(other.contains(&"xml".to_owned()), "{other:?}");
    }

    #[test]
    fn the_signature_of_the_run_vouches_for_every_file() {
        assert_eq!(unvouched(&files("eve@q.com"), Cover::Run, TOOL), (vec![], vec![]));
    }

    #[test]
    fn a_bundle_alone_without_any_signed_format_is_a_fault() {
        let only_sheet = [file("sheet", "sheet", "ada@q.com")];
        let fault = "a.zip: nothing in it is signed: nothing vouches for its files".to_owned();
        assert_eq!(unvouched(&only_sheet, Cover::Alone, TOOL).1, [fault]);
        assert!(
            unvouched(&only_sheet, Cover::Broken, TOOL).1.is_empty(),
            "the run's signature is the fault"
        );
    }

    #[test]
    fn a_bundle_of_another_version_alone_is_a_fault() {
        let (_, faults) = unvouched(&files("ada@q.com"), Cover::Alone, "mailmuster 0.0.1");
        let [fault] = &faults[..] else { panic!("{faults:?}") };
        let end = "cannot make again: nothing vouches for `sheet` and `xml`";
        assert!(
            fault.starts_with("a.zip: `mailmuster 0.0.1` made it") && fault.ends_with(end),
            "{fault}"
        );
    }
}
