//! A file's content against what it must be.

use super::Judge;
use super::expected::{ExpectedFile, stated};
use crate::bundle::BundleManifest;
use crate::domain::account::stem;
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
        Scope::Account => accounts.len(),
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
    };
    settings(content, place, renderer, own, judge);
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
                for difference in says.disagreements(expected) {
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
