//! The outcome of one row.

use std::sync::Arc;

use serde::Serialize;
use thiserror::Error;

use crate::bundle::BundleError;
use crate::diagnostic::{Diagnostic, Shown};
use crate::domain::label::Labels;
use crate::fleet_script::UserFault;
use crate::input::{Location, RowFault, Skip};
use crate::mdm::{MdmError, Refusal};
use crate::provider::AccountFault;
use crate::render::RenderError;

#[derive(Debug)]
pub(crate) struct RowReport {
    pub(crate) location: Location,
    /// The mailbox as in the list; empty if the row has no readable one.
    pub(crate) address: String,
    pub(crate) labels: Labels,
    pub(crate) outcome: Outcome,
}

/// The strings are paths of bundles below the folder of the run.
#[derive(Debug)]
pub(crate) enum Outcome {
    New(String),
    Updated(String),
    /// Byte for byte.
    Unchanged(String),
    /// No bundle, but no fault.
    Skipped(SkipReason),
    Refused(Vec<Fault>),
    /// No bundle because of a bug.
    Failed(Arc<BundleFault>),
}

/// Why a valid row gets no bundle.
#[derive(Clone, Debug, Error)]
pub(crate) enum SkipReason {
    /// A column of the list excludes the row.
    #[error("{0}")]
    ByList(Skip),
    #[error("this run makes no format for this person's devices")]
    NothingToMake,
    /// `--only-signed-in`
    #[error("{0}")]
    NotSignedIn(NotSignedIn),
}

impl SkipReason {
    /// For programs, stable.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::ByList(skip) => skip.what.code(),
            Self::NothingToMake => "nothing-to-make",
            Self::NotSignedIn(_) => "not-signed-in",
        }
    }

    fn column(&self) -> Option<&str> {
        match self {
            Self::ByList(skip) => Some(&skip.column),
            Self::NothingToMake | Self::NotSignedIn(_) => None,
        }
    }
}

/// Why a person counts as one who could not sign in.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum NotSignedIn {
    #[error("the mailbox could not sign in")]
    Refused,
    #[error("nobody has signed in with the mailbox yet")]
    Untried,
    #[error("the mailbox was tried with other servers or another user name")]
    OtherSettings,
    #[error("another mailbox of the person has not signed in")]
    Companion,
}

/// Why the program could not make a bundle.
#[derive(Debug, Error)]
pub(crate) enum BundleFault {
    #[error(transparent)]
    Bundle(#[from] BundleError),
    #[error(transparent)]
    Mdm(#[from] MdmError),
    #[error(transparent)]
    Render(#[from] RenderError),
}

/// Two adjacent rows share an id but not a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Neighbour {
    /// Whether the first row has a name to compare.
    pub(crate) has_name: bool,
}

impl Neighbour {
    fn in_words(neighbour: Option<Self>) -> &'static str {
        match neighbour {
            None => "",
            Some(Self { has_name: true }) => ", for a person with another name",
            Some(Self { has_name: false }) => ", and no name shows whose it is",
        }
    }
}

/// A space and the text in backticks; empty if the text must not be quoted.
struct Quoted<'a>(&'a Option<String>);

impl std::fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.as_ref().map_or(Ok(()), |text| write!(f, " `{}`", Shown(text)))
    }
}

/// One fault of a row.
#[derive(Debug, Error)]
pub(crate) enum Fault {
    #[error("the person's row on {refused} is refused")]
    Companion { refused: Location },
    #[error("`{}` is already on {first}{}", Shown(.address), if *.spelled_alike { "" } else { ", in other upper and lower case" })]
    DuplicateAddress { address: String, first: Location, spelled_alike: bool },
    #[error("the id{} is already on {first}{}", Quoted(.id), Neighbour::in_words(*.neighbour))]
    DuplicateId { id: Option<String>, first: Location, neighbour: Option<Neighbour> },
    #[error("`{}` would get the file name of {first}", Shown(.address))]
    DuplicateName { address: String, first: Location },
    /// With `--add`, where nobody leaves: one of two people would lose the bundle.
    #[error("the folder knows the person with `{}` under another key", Shown(.address))]
    KnownAddress { address: String },
    /// A fault of a cell or the whole row.
    #[error(transparent)]
    Row(#[from] RowFault),
    #[error("{fault}")]
    Account { fault: AccountFault, column: Option<String> },
    /// The MDM of an export cannot have the person's files.
    #[error(transparent)]
    Mdm(#[from] Refusal),
    /// The person cannot be in a fleet script.
    #[error(transparent)]
    WindowsUser(#[from] UserFault),
    /// The column is probably not an id.
    #[error("more than {most} rows from {first} on have one id")]
    TooManyMailboxes { first: Location, most: usize },
}

impl Outcome {
    /// As in reports.
    pub(crate) fn id(&self) -> &'static str {
        match self {
            Self::New(_) => "new",
            Self::Updated(_) => "updated",
            Self::Unchanged(_) => "unchanged",
            Self::Skipped(_) => "skipped",
            Self::Refused(_) => "refused",
            Self::Failed(_) => "failed",
        }
    }

    /// The path below the folder of the run.
    pub(crate) fn bundle(&self) -> Option<&str> {
        match self {
            Self::New(bundle) | Self::Updated(bundle) | Self::Unchanged(bundle) => Some(bundle),
            Self::Skipped(_) | Self::Refused(_) | Self::Failed(_) => None,
        }
    }

    /// Why there is no bundle; empty if there is one.
    pub(crate) fn reasons(&self) -> Vec<Reason> {
        match self {
            Self::New(_) | Self::Updated(_) | Self::Unchanged(_) => Vec::new(),
            Self::Skipped(reason) => vec![Reason {
                code: reason.code(),
                column: reason.column().map(str::to_owned),
                message: reason.to_string(),
                hint: None,
            }],
            Self::Refused(problems) => problems
                .iter()
                .map(|problem| Reason {
                    code: problem.code(),
                    column: problem.column().map(str::to_owned),
                    message: problem.to_string(),
                    hint: problem.hint(),
                })
                .collect(),
            Self::Failed(failure) => {
                let hint = match failure.as_ref() {
                    BundleFault::Bundle(_) | BundleFault::Mdm(_) => None,
                    BundleFault::Render(error) => error.hint(),
                };
                vec![Reason { code: "internal", column: None, message: failure.to_string(), hint }]
            }
        }
    }
}

/// A reason in words.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Reason {
    /// For programs, stable.
    pub(crate) code: &'static str,
    /// The header of the faulty column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) column: Option<String>,
    pub(crate) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hint: Option<String>,
}

impl Fault {
    /// Whether the row belongs to another person than the row before, with the same id.
    pub(super) fn is_stranger(&self) -> bool {
        matches!(self, Self::DuplicateId { neighbour: Some(_), .. })
    }

    /// The header of the faulty column.
    pub(crate) fn column(&self) -> Option<&str> {
        match self {
            Self::Companion { .. }
            | Self::DuplicateAddress { .. }
            | Self::DuplicateId { .. }
            | Self::DuplicateName { .. }
            | Self::KnownAddress { .. }
            | Self::Mdm(_)
            | Self::WindowsUser(_)
            | Self::TooManyMailboxes { .. } => None,
            Self::Row(fault) => fault.column(),
            Self::Account { column, .. } => column.as_deref(),
        }
    }

    /// For programs, stable.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Companion { .. } => "companion-refused",
            Self::DuplicateAddress { .. } => "duplicate-address",
            Self::DuplicateId { .. } => "duplicate-id",
            Self::DuplicateName { .. } => "duplicate-name",
            Self::KnownAddress { .. } => "known-address",
            Self::Row(fault) => fault.code(),
            Self::Account { fault, .. } => fault.code(),
            Self::Mdm(refusal) => refusal.code(),
            Self::WindowsUser(fault) => fault.code(),
            Self::TooManyMailboxes { .. } => "too-many-mailboxes",
        }
    }
}

impl Diagnostic for Fault {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Companion { .. } => "correct that row: a person gets all mailboxes or none",
            Self::DuplicateAddress { .. } => "delete one of the two rows",
            Self::DuplicateId { neighbour: Some(_), .. } => {
                "give each person a separate id; rows of one person need the same name; if the column is not a key of people, use --map id=-"
            }
            Self::DuplicateId { neighbour: None, .. } => {
                "give each person a separate id; if both rows are mailboxes of one person, make them adjacent"
            }
            Self::DuplicateName { .. } => "put the two addresses into two runs with two folders",
            Self::KnownAddress { .. } => {
                "if it is the same person, give them the id that they had, or no id if they had none; if another person has the address now, run with the whole list, without --add"
            }
            Self::Row(fault) => return fault.hint(),
            Self::Account { fault, .. } => return fault.hint(),
            Self::Mdm(refusal) => return refusal.hint(),
            Self::WindowsUser(fault) => return fault.hint(),
            Self::TooManyMailboxes { .. } => "if the column is not a key of people, use --map id=-",
        };
        Some(hint.to_owned())
    }
}
