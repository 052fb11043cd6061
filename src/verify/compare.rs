//! A file's content against what it must be.

use super::Judge;
use super::expected::ExpectedFile;
use crate::bundle::BundleManifest;
use crate::domain::account::stem;
use crate::recorded::stated;
use crate::render::{Renderer, Scope, Stated};

/// Compares `content` byte for byte. The fault names the setting that differs, if one does.
pub(super) fn with_expected(
    content: &[u8],
    place: &str,
    file: &ExpectedFile,
    judge: &mut Judge<'_>,
) {
    if content == file.content {
        return;
    }
    let faults = judge.verdict.faults;
    settings(content, place, file.renderer, &file.accounts, judge);
    if judge.verdict.faults == faults {
        match file.renderer.check_form(content) {
            Err(error) => judge.fault(place, error),
            Ok(_) => judge.fault(place, "it is not the file that follows from manifest.json"),
        }
    }
}

/// Compares what `content` states with the `manifest`: all that can be done for a file of another
/// version.
pub(super) fn with_manifest(
    content: &[u8],
    place: &str,
    renderer: &dyn Renderer,
    manifest: &BundleManifest,
    judge: &mut Judge<'_>,
) {
    let accounts: Option<Vec<Stated>> = manifest.accounts.iter().map(stated).collect();
    let Some(accounts) = accounts else {
        return judge.fault(place, "the manifest names an unknown protocol or security");
    };
    let first = &manifest.accounts[0];
    let stem = stem(&first.provider_name, &first.provider);
    let scope = renderer.format().scope;
    let most = match scope {
        Scope::Person => 1,
        Scope::Account | Scope::Part => accounts.len(),
    };
    let number = (1..=most).find(|number| {
        let path = renderer.file_name(stem, *number);
        place.strip_suffix(path.as_str()).is_some_and(|before| before.ends_with(": "))
    });
    let Some(number) = number else {
        let why = format!("a file of the format `{}` has another path", renderer.format().id);
        return judge.fault(place, why);
    };
    let own = match scope {
        Scope::Person => &accounts[..],
        Scope::Account => &accounts[number - 1..number],
        Scope::Part => part(&accounts, &renderer.read(content).unwrap_or_default()),
    };
    settings(content, place, renderer, own, judge);
}

/// Those of `accounts` that a file which says `says` is for: as many, from the one with its first address on.
/// If no account has it, the file is compared with all of them, and the fault says so.
fn part<'a>(accounts: &'a [Stated], says: &[Stated]) -> &'a [Stated] {
    let first = says
        .first()
        .and_then(|first| accounts.iter().position(|account| account.address == first.address));
    first.and_then(|first| accounts.get(first..first + says.len())).unwrap_or(accounts)
}

/// Compares what `content` states about each account.
fn settings(
    content: &[u8],
    place: &str,
    renderer: &dyn Renderer,
    expected: &[Stated],
    judge: &mut Judge<'_>,
) {
    match renderer.read(content) {
        Err(error) => judge.fault(place, error),
        Ok(says) if says.is_empty() => {}
        Ok(says) if says.len() != expected.len() => {
            judge.fault(place, format!("it has {} of {} accounts", says.len(), expected.len()));
        }
        Ok(says) => {
            for (says, expected) in says.iter().zip(expected) {
                for difference in says.differences(expected) {
                    judge.fault(
                        place,
                        format!(
                            "{} is `{}`; the bundle is for `{}`",
                            difference.setting, difference.this, difference.that
                        ),
                    );
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::{RENDERERS, by_id};
    use crate::verify::testing::{bundle, judged, person};

    const XML: &str = "android-autodiscover";

    fn renderer(id: &str) -> &'static dyn Renderer {
        by_id(RENDERERS, id).unwrap()
    }

    /// The faults of the file `path` once `change` was made to it, by the manifest alone.
    fn faults(id: &str, path: &str, change: impl Fn(String) -> String) -> Vec<String> {
        let unpacked = bundle(&person(&["ada@centurylink.net", "shop@q.com"]));
        let content = String::from_utf8(unpacked.files[path].clone()).unwrap();
        let place = format!("a.zip: {path}");
        let content = change(content);
        judged(|judge| {
            with_manifest(content.as_bytes(), &place, renderer(id), &unpacked.manifest, judge);
        })
        .0
    }

    #[test]
    fn a_file_of_another_version_is_compared_by_what_it_states() {
        let path = "android/autodiscover-2.xml";
        assert!(faults(XML, path, |text| text).is_empty());
        assert!(faults(XML, path, |text| text.replace("  <", "<")).is_empty());
        assert_eq!(
            faults(XML, path, |text| text.replace("<Port>587<", "<Port>25<")),
            ["a.zip: android/autodiscover-2.xml: outgoing port is `25`; the bundle is for `587`"]
        );
    }

    #[test]
    fn a_file_that_leaves_an_account_out_is_found() {
        let one = bundle(&person(&["ada@centurylink.net"]));
        let profile = one.files["apple/CenturyLink Mail.mobileconfig"].clone();
        let found = faults("apple-profile", "apple/CenturyLink Mail.mobileconfig", |_| {
            String::from_utf8(profile.clone()).unwrap()
        });
        assert_eq!(found, ["a.zip: apple/CenturyLink Mail.mobileconfig: it has 1 of 2 accounts"]);
    }

    #[test]
    fn a_file_under_the_path_of_another_format_is_found() {
        assert_eq!(
            faults("sheet", "android/autodiscover.xml", |text| text),
            ["a.zip: android/autodiscover.xml: a file of the format `sheet` has another path"]
        );
    }

    #[test]
    fn a_file_that_states_the_same_in_other_bytes_is_not_the_one_that_follows() {
        let unpacked = bundle(&person(&["ada@centurylink.net"]));
        let content = unpacked.files["START-HERE.html"].clone();
        let expected = ExpectedFile {
            renderer: renderer("sheet"),
            path: "START-HERE.html".to_owned(),
            accounts: renderer("sheet").read(&content).unwrap(),
            content: content.clone(),
            is_constant: false,
        };
        let faults =
            |content: &[u8]| judged(|judge| with_expected(content, "x", &expected, judge)).0;
        assert!(faults(&content).is_empty());
        let more = [&content[..], b"<!-- -->"].concat();
        assert_eq!(faults(&more), ["x: it is not the file that follows from manifest.json"]);
    }
}
