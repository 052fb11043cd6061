//! What became of one row.

use serde::Serialize;
use thiserror::Error;

use crate::bundle::BundleError;
use crate::diagnostic::{Diagnostic, Shown};
use crate::input::{Location, RowFault};
use crate::provider::Refusal;
use crate::render::RenderError;

/// One row with what became of it.
#[derive(Debug)]
pub struct RowReport {
    /// Where the row stands.
    pub location: Location,
    /// The mailbox as the list writes it; empty where the row has none that can be read.
    pub address: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of one row.
#[derive(Debug)]
pub enum Outcome {
    /// A bundle where there was none.
    New(String),
    /// Another bundle than the last run made.
    Updated(String),
    /// The same bundle, byte for byte.
    Unchanged(String),
    /// The row is at fault: no bundle.
    Refused(Vec<RowProblem>),
    /// The program is at fault: no bundle.
    Failed(Failure),
}

/// Why a sound row has no bundle.
#[derive(Debug, Error)]
pub enum Failure {
    /// The bundle could not be packed.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// A format could not hold the account.
    #[error(transparent)]
    Render(#[from] RenderError),
}

/// One thing that is wrong with a row.
#[derive(Debug, Error)]
pub enum RowProblem {
    /// An address that an earlier row has.
    #[error("`{}` is already on line {first_line}{}", Shown(.address), if *.spelled_alike { "" } else { ", in other upper and lower case" })]
    DuplicateAddress {
        /// The address.
        address: String,
        /// The line of the earlier row.
        first_line: u64,
        /// Whether both rows spell it alike.
        spelled_alike: bool,
    },
    /// An id that an earlier row has.
    #[error("the id `{}` is already on line {first_line}", Shown(.id))]
    DuplicateId {
        /// The id.
        id: String,
        /// The line of the earlier row.
        first_line: u64,
    },
    /// A file name that an earlier row has.
    #[error("`{}` would get the file name of line {first_line}", Shown(.address))]
    DuplicateName {
        /// The address.
        address: String,
        /// The line of the earlier row.
        first_line: u64,
    },
    /// A cell, or the row as a whole.
    #[error(transparent)]
    Fault(#[from] RowFault),
    /// No account at the provider.
    #[error("{refusal}")]
    Refusal {
        /// Why.
        refusal: Refusal,
        /// The header of the column at fault.
        column: Option<String>,
    },
}

impl Outcome {
    /// The outcome's name in reports.
    pub fn id(&self) -> &'static str {
        match self {
            Self::New(_) => "new",
            Self::Updated(_) => "updated",
            Self::Unchanged(_) => "unchanged",
            Self::Refused(_) => "refused",
            Self::Failed(_) => "failed",
        }
    }

    /// The bundle's path in the folder of the run.
    pub fn bundle(&self) -> Option<&str> {
        match self {
            Self::New(bundle) | Self::Updated(bundle) | Self::Unchanged(bundle) => Some(bundle),
            Self::Refused(_) | Self::Failed(_) => None,
        }
    }

    /// Everything that is wrong.
    pub fn problems(&self) -> Vec<Problem> {
        match self {
            Self::New(_) | Self::Updated(_) | Self::Unchanged(_) => Vec::new(),
            Self::Refused(problems) => problems
                .iter()
                .map(|problem| Problem {
                    code: problem.code(),
                    column: problem.column().map(str::to_owned),
                    message: problem.to_string(),
                    hint: problem.hint(),
                })
                .collect(),
            Self::Failed(failure) => {
                let hint = match failure {
                    Failure::Bundle(_) => None,
                    Failure::Render(error) => error.hint(),
                };
                vec![Problem { code: "internal", column: None, message: failure.to_string(), hint }]
            }
        }
    }
}

/// One thing that is wrong, in words.
#[derive(Clone, Debug, Serialize)]
pub struct Problem {
    /// A stable name for programs.
    pub code: &'static str,
    /// The header of the column at fault, where it is one cell's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl RowProblem {
    /// Whether only an earlier row makes it a problem: reading the row again will not find it.
    pub(super) fn is_repeat(&self) -> bool {
        matches!(
            self,
            Self::DuplicateAddress { .. } | Self::DuplicateId { .. } | Self::DuplicateName { .. }
        )
    }

    /// The header of the column at fault, where it is one cell's.
    pub fn column(&self) -> Option<&str> {
        match self {
            Self::DuplicateAddress { .. }
            | Self::DuplicateId { .. }
            | Self::DuplicateName { .. } => None,
            Self::Fault(fault) => fault.column(),
            Self::Refusal { column, .. } => column.as_deref(),
        }
    }

    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::DuplicateAddress { .. } => "duplicate-address",
            Self::DuplicateId { .. } => "duplicate-id",
            Self::DuplicateName { .. } => "duplicate-name",
            Self::Fault(fault) => fault.code(),
            Self::Refusal { refusal, .. } => refusal.code(),
        }
    }
}

impl Diagnostic for RowProblem {
    fn hint(&self) -> Option<String> {
        match self {
            Self::DuplicateAddress { .. } => Some("delete one of the two rows".to_owned()),
            Self::DuplicateId { .. } => Some("give each person an id of their own".to_owned()),
            Self::DuplicateName { .. } => {
                Some("make the two addresses in two runs, into two folders".to_owned())
            }
            Self::Fault(fault) => fault.hint(),
            Self::Refusal { refusal, .. } => refusal.hint(),
        }
    }
}
