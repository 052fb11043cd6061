//! What can be wrong with PEM text.

use thiserror::Error;

/// PEM text that is damaged, and where. What a line contains is never repeated: it may be a key.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PemFault {
    /// Not `-----BEGIN LABEL-----`.
    #[error("line {line}: `-----BEGIN` without a label and five dashes behind it")]
    Begin {
        /// Its line, from 1.
        line: usize,
    },
    /// The end is missing.
    #[error(
        "the {} that begins in line {line} is cut off: `-----END {label}-----` is missing",
        label.to_lowercase()
    )]
    CutOff {
        /// The line it begins in, from 1.
        line: usize,
        /// Its label.
        label: String,
    },
    /// Decodes to something else.
    #[error("the {} that begins in line {line} is damaged or incomplete", label.to_lowercase())]
    Damaged {
        /// The line it begins in, from 1.
        line: usize,
        /// Its label.
        label: String,
    },
    /// An end without beginning.
    #[error("line {line}: `-----END` without `-----BEGIN` before it")]
    End {
        /// Its line, from 1.
        line: usize,
    },
    /// A character that base64 does not have.
    #[error("line {line} of the {} is not base64", label.to_lowercase())]
    NotBase64 {
        /// The line, from 1.
        line: usize,
        /// The label of the block it is in.
        label: String,
    },
}
