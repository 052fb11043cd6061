//! What became of one row.

use std::sync::Arc;

use serde::Serialize;
use thiserror::Error;

use crate::bundle::BundleError;
use crate::diagnostic::{Diagnostic, Shown};
use crate::domain::label::Labels;
use crate::input::{Location, RowFault, Skip};
use crate::provider::AccountFault;
use crate::render::RenderError;

/// One row with what became of it.
#[derive(Debug)]
pub(crate) struct RowReport {
    /// Where the row stands.
    pub(crate) location: Location,
    /// The mailbox as the list writes it; empty where the row has none that can be read.
    pub(crate) address: String,
    /// What the list says about the person beyond that.
    pub(crate) labels: Labels,
    /// What became of it.
    pub(crate) outcome: Outcome,
}

/// What became of one row.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// A bundle where there was none.
    New(String),
    /// Another bundle than the last run made.
    Updated(String),
    /// The same bundle, byte for byte.
    Unchanged(String),
    /// The person gets nothing, and nothing is wrong.
    Skipped(SkipReason),
    /// The row is at fault: no bundle.
    Refused(Vec<Fault>),
    /// The program is at fault: no bundle.
    Failed(Arc<BundleFault>),
}

/// Why a person gets nothing although nothing is wrong.
#[derive(Clone, Debug, Error)]
pub(crate) enum SkipReason {
    /// The list itself says so.
    #[error("{0}")]
    ByList(Skip),
    /// None of the run's formats is for the person's devices.
    #[error("none of the formats of this run is for this person's devices")]
    NothingToMake,
}

impl SkipReason {
    /// A stable name for programs.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::ByList(skip) => skip.what.code(),
            Self::NothingToMake => "nothing-to-make",
        }
    }

    fn column(&self) -> Option<&str> {
        match self {
            Self::ByList(skip) => Some(&skip.column),
            Self::NothingToMake => None,
        }
    }
}

/// Why a sound row has no bundle.
#[derive(Debug, Error)]
pub(crate) enum BundleFault {
    /// The bundle could not be packed.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// A format could not hold the account.
    #[error(transparent)]
    Render(#[from] RenderError),
}

/// A row with one id beside another, which is no further mailbox of the same person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Neighbour {
    /// Whether the first of them has a name that could be compared.
    pub(crate) has_name: bool,
}

impl Neighbour {
    fn said(neighbour: Option<Self>) -> &'static str {
        match neighbour {
            None => "",
            Some(Self { has_name: true }) => ", for somebody of another name",
            Some(Self { has_name: false }) => ", and no name says whose it is",
        }
    }
}

/// A text in backticks with a blank before it; nothing where it must not be repeated.
struct Quoted<'a>(&'a Option<String>);

impl std::fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.as_ref().map_or(Ok(()), |text| write!(f, " `{}`", Shown(text)))
    }
}

/// One thing that is wrong with a row.
#[derive(Debug, Error)]
pub(crate) enum Fault {
    /// Another mailbox of the same person is refused.
    #[error("the person's row on {refused} is refused")]
    Companion {
        /// Where that row stands.
        refused: Location,
    },
    /// An address that an earlier row has.
    #[error("`{}` is already on {first}{}", Shown(.address), if *.spelled_alike { "" } else { ", in other upper and lower case" })]
    DuplicateAddress {
        /// The address.
        address: String,
        /// Where the earlier row stands.
        first: Location,
        /// Whether both rows spell it alike.
        spelled_alike: bool,
    },
    /// An id that an earlier row has.
    #[error("the id{} is already on {first}{}", Quoted(.id), Neighbour::said(*.neighbour))]
    DuplicateId {
        /// The id; absent where it must not be repeated.
        id: Option<String>,
        /// Where the earlier row stands.
        first: Location,
        /// What is known where the rows stand together.
        neighbour: Option<Neighbour>,
    },
    /// A file name that an earlier row has.
    #[error("`{}` would get the file name of {first}", Shown(.address))]
    DuplicateName {
        /// The address.
        address: String,
        /// Where the earlier row stands.
        first: Location,
    },
    /// A cell, or the row as a whole.
    #[error(transparent)]
    Row(#[from] RowFault),
    /// No account at the provider.
    #[error("{fault}")]
    Account {
        /// Why.
        fault: AccountFault,
        /// The header of the column at fault.
        column: Option<String>,
    },
    /// An id that says nothing.
    #[error("more than {most} rows from {first} on have one id")]
    TooManyMailboxes {
        /// Where the first of them stands.
        first: Location,
        /// How many may have it.
        most: usize,
    },
}

impl Outcome {
    /// The outcome's name in reports.
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

    /// The bundle's path in the folder of the run.
    pub(crate) fn bundle(&self) -> Option<&str> {
        match self {
            Self::New(bundle) | Self::Updated(bundle) | Self::Unchanged(bundle) => Some(bundle),
            Self::Skipped(_) | Self::Refused(_) | Self::Failed(_) => None,
        }
    }

    /// Everything that is wrong.
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
                    BundleFault::Bundle(_) => None,
                    BundleFault::Render(error) => error.hint(),
                };
                vec![Reason { code: "internal", column: None, message: failure.to_string(), hint }]
            }
        }
    }
}

/// One thing that is wrong, in words.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Reason {
    /// A stable name for programs.
    pub(crate) code: &'static str,
    /// The header of the column at fault, where it is one cell's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) column: Option<String>,
    /// What is wrong.
    pub(crate) message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hint: Option<String>,
}

impl Fault {
    /// Whether the row is another person's, who has the id of the one before.
    pub(super) fn is_stranger(&self) -> bool {
        matches!(self, Self::DuplicateId { neighbour: Some(_), .. })
    }

    /// The header of the column at fault, where it is one cell's.
    pub(crate) fn column(&self) -> Option<&str> {
        match self {
            Self::Companion { .. }
            | Self::DuplicateAddress { .. }
            | Self::DuplicateId { .. }
            | Self::DuplicateName { .. }
            | Self::TooManyMailboxes { .. } => None,
            Self::Row(fault) => fault.column(),
            Self::Account { column, .. } => column.as_deref(),
        }
    }

    /// A stable name for programs.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Companion { .. } => "companion-refused",
            Self::DuplicateAddress { .. } => "duplicate-address",
            Self::DuplicateId { .. } => "duplicate-id",
            Self::DuplicateName { .. } => "duplicate-name",
            Self::Row(fault) => fault.code(),
            Self::Account { fault, .. } => fault.code(),
            Self::TooManyMailboxes { .. } => "too-many-mailboxes",
        }
    }
}

impl Diagnostic for Fault {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Companion { .. } => "mend that row: nobody gets half of their mailboxes",
            Self::DuplicateAddress { .. } => "delete one of the two rows",
            Self::DuplicateId { neighbour: Some(_), .. } => {
                "give each person an id of their own; rows of one person have one name; if the column is no person's key, say --map id=-"
            }
            Self::DuplicateId { neighbour: None, .. } => {
                "give each person an id of their own; if both rows are one person's mailboxes, put them together"
            }
            Self::DuplicateName { .. } => "make the two addresses in two runs, into two folders",
            Self::Row(fault) => return fault.hint(),
            Self::Account { fault, .. } => return fault.hint(),
            Self::TooManyMailboxes { .. } => "if that column is no person's key, say --map id=-",
        };
        Some(hint.to_owned())
    }
}
