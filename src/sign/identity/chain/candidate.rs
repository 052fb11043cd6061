//! A certificate that may be part of a chain, and why not.

use openssl::error::ErrorStack;
use openssl::x509::X509;
use thiserror::Error;
use time::{Date, OffsetDateTime};

use super::search::Path;
use crate::sign::certificate::{
    CertificateFacts, has_explicit_curve, has_weak_digest, is_issued_by, name,
};

/// One of the given certificates.
pub(super) struct Candidate {
    pub(super) certificate: X509,
    pub(super) facts: CertificateFacts,
    pub(super) der: Vec<u8>,
    pub(super) is_root: bool,
    pub(super) fault: Option<CertificateFault>,
}

/// Why a certificate cannot be in a path that devices follow.
#[derive(Clone, Copy, Debug, Error)]
pub enum CertificateFault {
    /// With the last day.
    #[error("expired on {0}")]
    Expired(Date),
    /// With the first day.
    #[error("is not valid before {0}")]
    NotYetValid(Date),
    /// Devices refuse both digests.
    #[error("was signed with SHA-1 or MD5")]
    WeakDigest,
    /// See [`has_explicit_curve`].
    #[error("has a key that spells out its curve")]
    ExplicitCurve,
}

impl Candidate {
    pub(super) fn new(
        certificate: X509,
        der: Vec<u8>,
        now: OffsetDateTime,
    ) -> Result<Self, ErrorStack> {
        let facts = CertificateFacts::of(&certificate)?;
        let is_root = is_issued_by(&certificate, &certificate);
        let fault = if now > facts.not_after {
            Some(CertificateFault::Expired(facts.not_after.date()))
        } else if now < facts.not_before {
            Some(CertificateFault::NotYetValid(facts.not_before.date()))
        } else if !is_root && has_weak_digest(&certificate) {
            // nobody checks a root's own signature
            Some(CertificateFault::WeakDigest)
        } else if has_explicit_curve(&certificate) {
            Some(CertificateFault::ExplicitCurve)
        } else {
            None
        };
        Ok(Self { certificate, facts, der, is_root, fault })
    }

    /// Why this certificate is not part of `chosen`.
    pub(super) fn why_left_out(&self, chosen: &Path) -> String {
        let subject = &self.facts.subject;
        let why = match &self.fault {
            Some(fault) => fault.to_string(),
            None if self.is_root => "is the root of another path".to_owned(),
            None if chosen.root.is_some() => "is not needed to reach the root".to_owned(),
            None => "belongs to a path that is shorter or ends earlier".to_owned(),
        };
        let issuer = if self.is_root {
            String::new()
        } else {
            format!(" (issued by `{}`)", name(self.certificate.issuer_name()))
        };
        format!("`{subject}`{issuer}, which {why}")
    }
}
