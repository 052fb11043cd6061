//! What can be wrong with a file in another format. Nothing is printed then.

use std::io;

use thiserror::Error;

use crate::diagnostic::{Diagnostic, Shown};

/// A file that cannot be turned into a provider file.
#[derive(Debug, Error)]
pub enum ImportError {
    /// Something in the file.
    #[error("`{file}` line {line}: {what}")]
    Fault {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        what: String,
        /// What to do.
        hint: Option<&'static str>,
    },
    /// `--id` with a value that cannot be.
    #[error("`{}` cannot be an id", Shown(.0))]
    Id(String),
    /// The provider file that was made says something else than was read.
    #[error("the provider file that came out is at fault: {what}")]
    NotReadBack {
        /// What is wrong with it.
        what: String,
    },
    /// The system says no.
    #[error("`{file}` cannot be read: {error}")]
    Unreadable {
        /// The file.
        file: String,
        /// Why.
        error: io::Error,
    },
}

impl Diagnostic for ImportError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Fault { hint, .. } => hint.map(str::to_owned),
            Self::Id(_) => {
                Some("write 1 to 40 lower case letters, digits and hyphens: --id acme".to_owned())
            }
            Self::NotReadBack { .. } => {
                Some("this is a fault of mailmuster: please report it, with the file".to_owned())
            }
            Self::Unreadable { .. } => Some(
                "give the path of a file in Mozilla's autoconfig format (config-v1.1.xml)"
                    .to_owned(),
            ),
        }
    }
}
