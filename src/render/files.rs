//! Which files the bundles of a run have for each kind of device.

use std::collections::BTreeSet;

use super::{RENDERERS, by_id};
use crate::domain::platform::Platform;

pub(crate) const SHEET: &str = "sheet";
pub(crate) const PROFILE: &str = "apple-profile";
pub(crate) const SCRIPT: &str = "windows-script";
pub(crate) const LAUNCHER: &str = "windows-launcher";
pub(crate) const THUNDERBIRD: &str = "android-thunderbird";

#[cfg(test)]
pub(crate) const AUTODISCOVER: &str = "android-autodiscover";

/// What apps for Android import from the phone or from paper. They fetch the other files from a mail domain, or not at
/// all.
const IMPORTED: [&str; 3] = [THUNDERBIRD, "android-qr-svg", "android-qr-png"];

/// What a bundle has for a kind of device. Later ones are more than earlier ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Means {
    Nothing,
    /// Only the instructions.
    Sheet,
    /// A file that sets the account up.
    File,
}

/// The formats of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Files(BTreeSet<String>);

impl<'a> FromIterator<&'a str> for Files {
    /// From the ids of the formats.
    fn from_iter<T: IntoIterator<Item = &'a str>>(ids: T) -> Self {
        Self(ids.into_iter().map(str::to_owned).collect())
    }
}

impl Files {
    /// Those of a run with every format.
    pub(crate) fn all() -> Self {
        Self(RENDERERS.iter().map(|renderer| renderer.format().id.to_owned()).collect())
    }

    /// Whether there is a START-HERE.html.
    pub(crate) fn has_sheet(&self) -> bool {
        self.0.contains(SHEET)
    }

    pub(crate) fn means(&self, platform: Platform) -> Means {
        let has_file = match platform {
            Platform::Apple => self.0.contains(PROFILE),
            Platform::Windows => self.0.contains(SCRIPT),
            Platform::Android => IMPORTED.iter().any(|id| self.0.contains(*id)),
        };
        if has_file {
            Means::File
        } else if self.has_sheet() {
            Means::Sheet
        } else {
            Means::Nothing
        }
    }

    /// The file that a person starts on Windows.
    pub(crate) fn program(&self) -> &'static str {
        if self.0.contains(LAUNCHER) { "Set-Mail.cmd" } else { "Set-MailAccount.ps1" }
    }
}

/// The devices that the format with this id is for; `None` for a file that everybody gets, and for a format
/// that this version does not have.
pub(crate) fn platform_of(id: &str) -> Option<Platform> {
    by_id(RENDERERS, id)?.format().platform
}
