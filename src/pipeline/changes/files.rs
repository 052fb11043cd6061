//! Which files the bundles of a run have for each kind of device.

use std::collections::BTreeSet;

use super::settings::SharedSettings;
use crate::domain::platform::Platform;
use crate::render::{RENDERERS, by_id};

/// What a bundle has for a kind of device. Later ones are more than earlier ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Means {
    Nothing,
    /// Only the instructions.
    Sheet,
    /// A file that sets the account up.
    File,
}

/// The formats of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Files(BTreeSet<String>);

impl From<&SharedSettings> for Files {
    fn from(shared: &SharedSettings) -> Self {
        Self(shared.formats.keys().cloned().collect())
    }
}

impl Files {
    /// Those of a run with every format.
    pub(super) fn all() -> Self {
        Self(RENDERERS.iter().map(|renderer| renderer.format().id.to_owned()).collect())
    }

    /// Whether there is a START-HERE.html.
    pub(super) fn has_sheet(&self) -> bool {
        self.0.contains("sheet")
    }

    pub(super) fn means(&self, platform: Platform) -> Means {
        let has_file = match platform {
            Platform::Apple => self.0.contains("apple-profile"),
            Platform::Windows => self.0.contains("windows-script"),
            Platform::Android => self.0.iter().any(|id| platform_of(id) == Some(platform)),
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
    pub(super) fn program(&self) -> &'static str {
        if self.0.contains("windows-launcher") { "Set-Mail.cmd" } else { "Set-MailAccount.ps1" }
    }
}

/// The devices that the format with this id is for; `None` for a file that everybody gets, and for a format
/// that this version does not have.
pub(super) fn platform_of(id: &str) -> Option<Platform> {
    by_id(RENDERERS, id)?.format().platform
}
