//! From a heap of certificates to the signer's and the path from there towards its root.

use openssl::error::ErrorStack;
use openssl::pkey::{PKeyRef, Private};
use openssl::x509::X509;
use time::OffsetDateTime;

use crate::sign::certificate::{is_issued_by, is_self_issued};
use crate::sign::verify::{SignatureFault, Trust};

/// The path from a signer towards its root.
#[derive(Debug)]
pub(super) struct Chain {
    /// The certificates between signer and root, the root left out: a device trusts its own or none.
    pub(super) intermediates: Vec<X509>,
    /// Whether the root was there.
    pub(super) reaches_root: bool,
    /// Certificates that belong to another path. A device would carry them for nothing.
    pub(super) strangers: usize,
}

/// The certificate that fits `key`, or else the first, and the others.
pub(super) fn leaf_of(
    mut certificates: Vec<X509>,
    key: &PKeyRef<Private>,
) -> Option<(X509, Vec<X509>)> {
    let fits =
        |certificate: &X509| certificate.public_key().is_ok_and(|public| public.public_eq(key));
    let at = certificates.iter().position(fits).unwrap_or_default();
    (!certificates.is_empty()).then(|| (certificates.remove(at), certificates))
}

impl Chain {
    /// Follows `leaf` through `others`, in whatever order they come.
    pub(super) fn of(leaf: &X509, mut others: Vec<X509>) -> Result<Self, ErrorStack> {
        let mut chain =
            Self { intermediates: Vec::new(), reaches_root: is_self_issued(leaf), strangers: 0 };
        while !chain.reaches_root {
            let last: &X509 = chain.intermediates.last().unwrap_or(leaf);
            let Some(at) = others.iter().position(|candidate| is_issued_by(last, candidate)) else {
                break;
            };
            let next = others.swap_remove(at);
            if next.to_der()? == leaf.to_der()? {
                break;
            }
            chain.reaches_root = is_self_issued(&next);
            if !chain.reaches_root {
                chain.intermediates.push(next);
            }
        }
        chain.strangers = others.len();
        Ok(chain)
    }

    /// Whether every device that trusts the path's end will follow it: dates, authority flags and
    /// digests of the intermediates.
    pub(super) fn judge(&self, leaf: &X509, now: OffsetDateTime) -> Result<(), SignatureFault> {
        Trust::new(Vec::new(), now).judge(leaf, &self.intermediates).map(|_| ())
    }
}
