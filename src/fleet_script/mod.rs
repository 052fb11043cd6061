//! Fleet scripts: the accounts of many people in one script for Windows, in which each Windows user finds their own. Pure,
//! like `render`: signs nothing and sees no folder.

mod readme;
mod split;
mod user;

use std::fmt;

use thiserror::Error;

use crate::diagnostic::{Count, Diagnostic, Grouped};
use crate::render::RenderError;

pub(crate) use readme::{Numbers, SignedBy, readme};
pub(crate) use split::{Member, Parts, split};
pub(crate) use user::{UserFault, WindowsUser, other_forms};

/// The id of the export: on the command line, and in its list of files.
pub(crate) const ID: &str = "windows";

/// Whose accounts are in the scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// Those of people who have mail: scripts that set up, detect and remove.
    Staff,
    /// Those of people who left: scripts that remove.
    Leavers,
}

/// The table of everybody in the scripts.
pub(crate) const PEOPLE: &str = "people.csv";

/// Where the scripts are in the export for an MDM.
pub(crate) const MDM_FOLDER: &str = "windows";

/// The most bytes of a script unless `--script-size` is given: Intune takes less than 200 KB (Microsoft Learn, "Use
/// PowerShell scripts on Windows devices").
pub(crate) const DEFAULT_SIZE: usize = 199_999;

/// Why there are no fleet scripts.
#[derive(Debug, Error)]
pub(crate) enum FleetScriptError {
    #[error("--script-size {} is too small: the largest script needs {} bytes", Grouped(*.most as u64), Grouped(*.needed as u64))]
    TooSmall { most: usize, needed: usize },
    #[error("nobody in the list is left for a script{}", WithoutWindows(*.without_windows))]
    Nobody { without_windows: u64 },
    /// A bug.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// A bug as well.
    #[error("README.md cannot be made: {0}")]
    Readme(#[from] minijinja::Error),
    /// A bug as well.
    #[error("a file for Thunderbird cannot be made: {0}")]
    Thunderbird(#[from] std::io::Error),
}

/// How many people have no Windows, if there are any.
struct WithoutWindows(u64);

impl fmt::Display for WithoutWindows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => Ok(()),
            people => write!(f, "; {} without Windows", Count(people, "person")),
        }
    }
}

impl Diagnostic for FleetScriptError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::TooSmall { needed, .. } => Some(format!(
                "say --script-size {needed} or more; an agent with a lower limit can run the script from a share"
            )),
            Self::Nobody { without_windows: 0 } => Some("correct the rows above".to_owned()),
            Self::Nobody { .. } => Some(
                "correct the rows above; the column `platform` says who has Windows".to_owned(),
            ),
            Self::Render(error) => error.hint(),
            Self::Readme(_) | Self::Thunderbird(_) => None,
        }
    }
}
