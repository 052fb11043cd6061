//! Files with the certificates of authorities.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::bounded;
use crate::diagnostic::{CannotRead, Diagnostic};
use crate::sign::certificate::{Certificate, read_all};
use crate::sign::pem::PemFault;

/// The certificates in a file that `--ca` or `--timestamp-ca` names.
pub(super) fn read_authorities(file: &Path) -> Result<Vec<Certificate>, AuthorityError> {
    let bytes = bounded::read(file, bounded::SMALL)
        .map_err(|error| AuthorityError::Unreadable { file: file.to_owned(), error })?;
    match read_all(&bytes) {
        Ok(roots) if !roots.is_empty() => Ok(roots),
        Ok(_) => Err(AuthorityError::NoCertificate { file: file.to_owned() }),
        Err(fault) => Err(AuthorityError::Damaged { file: file.to_owned(), fault }),
    }
}

/// A file of authorities that cannot be used.
#[derive(Debug, Error)]
pub(super) enum AuthorityError {
    /// A part of it.
    #[error("`{}` cannot be read: {fault}", .file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What is wrong, with its line.
        fault: PemFault,
    },
    /// Something else.
    #[error("`{}` holds no certificate", .file.display())]
    NoCertificate {
        /// The file.
        file: PathBuf,
    },
    /// The system says no.
    #[error("{}", CannotRead(&.file.display().to_string(), .error))]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        error: std::io::Error,
    },
}

impl Diagnostic for AuthorityError {
    fn hint(&self) -> Option<String> {
        Some("give the authority's certificate, PEM or DER".to_owned())
    }
}
