//! Why an export is not made.

use std::path::PathBuf;

use thiserror::Error;

use crate::diagnostic::{Count, Diagnostic, Shown};

/// How to name Windows users.
pub(super) const WINDOWS_USER: &str = "name the column with --map directory_upn=HEADER or directory_user=HEADER, or say --user-names address; --only apple-profile makes no scripts";

/// An export that is not made.
#[derive(Debug, Error)]
pub(super) enum ExportError {
    #[error("a profile for each person needs a list")]
    NoList,
    #[error("no folder is named for the export")]
    NoFolder,
    #[error("`{}` has no bundles", .0.display())]
    NoBundles(PathBuf),
    #[error("none of the formats in --only is one that {0} can take")]
    NoFormat(&'static str),
    #[error("pushing the files of {} would take about {}: nothing was written", Count(*.people, "person"), Count(*.minutes, "minute"))]
    Large { people: u64, minutes: u64 },
    #[error("the list does not say who anybody is in Windows: there is nobody for a script")]
    NoWindowsUser,
    #[error("{mdm} would replace `{}` in the name of your organization", Shown(.variable))]
    Organization { mdm: &'static str, variable: String },
    #[error("{mdm} cannot hold the name of the provider, `{}`: {why}", Shown(.name))]
    Provider { mdm: &'static str, name: String, why: String },
}

impl Diagnostic for ExportError {
    fn hint(&self) -> Option<String> {
        Some(
            match self {
                Self::NoList => "name the list, or leave --per-person out",
                Self::NoFolder => "say --out DIR",
                Self::NoBundles(_) => "name the folder that `generate` wrote, with --bundles",
                Self::NoFormat(_) => "leave --only out, or name apple-profile",
                Self::Large { .. } => {
                    "say --yes, or let one profile serve everybody: leave --per-person out"
                }
                Self::NoWindowsUser => WINDOWS_USER,
                Self::Organization { .. } => "choose another name with --organization",
                Self::Provider { .. } => "change `name` in a provider file of your own",
            }
            .to_owned(),
        )
    }
}
