//! From unordered certificates to the path from the signer towards its root.
//!
//! A file may hold several certificates of one issuer: an expired and a renewed one, a root and the
//! same root cross-signed by an older one. All paths are looked at, whatever the order of the file.

use openssl::error::ErrorStack;
use openssl::x509::{X509, X509Ref};
use thiserror::Error;
use time::OffsetDateTime;

use crate::sign::certificate::{Certificate, is_issued_by};
use crate::sign::verify::{SignatureFault, Trust};

mod candidate;
mod search;

pub(super) use candidate::CertificateFault;
use search::{Path, Search};

/// The path from a signer towards its root.
#[derive(Debug)]
pub(super) struct Chain {
    /// The certificates between signer and root, without the root: a device trusts only its own copy.
    pub(super) intermediates: Vec<X509>,
    /// The root, if it was there.
    pub(super) root: Option<X509>,
    /// In words, why certificates that the user may expect are not in the path.
    pub(super) left_out: Vec<String>,
    /// Certificates that belong to no path of this signer. A device would carry them for nothing.
    pub(super) strangers: usize,
}

impl Chain {
    /// Finds the best path from `leaf` through `others`: usable now, ending at a root rather than
    /// nowhere, shorter rather than through a cross-signed certificate. OpenSSL judges it, the root
    /// included, as it will judge the signature.
    pub(super) fn find(
        leaf: &X509,
        others: Vec<X509>,
        now: OffsetDateTime,
    ) -> Result<Self, ChainError> {
        let search = Search::new(leaf, others, now)?;
        if is_issued_by(leaf, leaf) {
            Trust::new(Vec::new(), now).judge(leaf, &[])?;
            return Ok(search.chain(&Path::default()));
        }
        let paths = search.paths();
        if paths.iter().all(|path| path.all().next().is_none())
            && let Some((issuer, fault)) = search.unusable_issuer()
        {
            return Err(ChainFault::Issuer { issuer, fault }.into());
        }
        let mut first_fault = None;
        for path in &paths {
            let chain = search.chain(path);
            let roots = chain.root.iter().cloned().map(Certificate).collect();
            match Trust::new(roots, now).judge(leaf, &chain.intermediates) {
                Ok(_) => return Ok(chain),
                Err(fault) => first_fault = first_fault.or(Some(fault)),
            }
        }
        Err(first_fault.map_or(ChainFault::NoPath, ChainFault::Signature).into())
    }

    /// Whether a path that ends without root has a certificate missing, as far as can be seen here.
    pub(super) fn stops_short(&self, leaf: &X509Ref) -> bool {
        self.root.is_none() && self.strangers > 0 && !is_issued_by(leaf, leaf)
    }
}

/// No path can be used.
#[derive(Debug)]
pub(super) enum ChainError {
    Fault(ChainFault),
    /// OpenSSL cannot read a certificate.
    OpenSsl(ErrorStack),
}

/// Why no path can be used.
#[derive(Debug, Error)]
pub enum ChainFault {
    /// Who issued the signer's certificate is there, and no device accepts it.
    #[error("its issuer `{issuer}` {fault}")]
    Issuer {
        /// The subject of its certificate.
        issuer: String,
        /// Why no device accepts it.
        fault: CertificateFault,
    },
    /// A circle, or more certificates than are searched.
    #[error("no path was found")]
    NoPath,
    /// The best path does not hold. Whose it is, is known.
    #[error("{}", match .0 {
        SignatureFault::Chain { why, .. } => (*why).to_owned(),
        other => other.to_string(),
    })]
    Signature(SignatureFault),
}

impl From<ChainFault> for ChainError {
    fn from(fault: ChainFault) -> Self {
        Self::Fault(fault)
    }
}

impl From<SignatureFault> for ChainError {
    fn from(fault: SignatureFault) -> Self {
        Self::Fault(ChainFault::Signature(fault))
    }
}

impl From<ErrorStack> for ChainError {
    fn from(error: ErrorStack) -> Self {
        Self::OpenSsl(error)
    }
}
