//! A certificate that may be part of a chain, and why not.

use std::fmt;

use openssl::x509::X509;
use time::{Date, OffsetDateTime};

use crate::sign::certificate::{CertificateFacts, has_explicit_curve, has_weak_digest, name};

/// A certificate of the heap.
pub(super) struct Candidate {
    pub(super) certificate: X509,
    pub(super) facts: CertificateFacts,
    pub(super) der: Vec<u8>,
    pub(super) is_root: bool,
    pub(super) fault: Option<Fault>,
}

/// Why a certificate cannot be in a path that devices follow.
pub(super) enum Fault {
    Expired(Date),
    NotYetValid(Date),
    WeakDigest,
    ExplicitCurve,
}

impl Candidate {
    pub(super) fn why_left_out(&self, has_root: bool) -> String {
        let subject = &self.facts.subject;
        let why = match &self.fault {
            Some(fault) => fault.to_string(),
            None if self.is_root => "is the root of another path".to_owned(),
            None if has_root => "is not needed to reach the root".to_owned(),
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

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired(on) => write!(f, "expired on {on}"),
            Self::NotYetValid(from) => write!(f, "is not valid before {from}"),
            Self::WeakDigest => f.write_str("was signed with SHA-1 or MD5"),
            Self::ExplicitCurve => f.write_str("has a key that spells out its curve"),
        }
    }
}

impl Fault {
    pub(super) fn of(
        certificate: &X509,
        facts: &CertificateFacts,
        is_root: bool,
        now: OffsetDateTime,
    ) -> Option<Self> {
        if now > facts.not_after {
            Some(Self::Expired(facts.not_after.date()))
        } else if now < facts.not_before {
            Some(Self::NotYetValid(facts.not_before.date()))
        } else if !is_root && has_weak_digest(certificate) {
            // nobody checks a root's own signature
            Some(Self::WeakDigest)
        } else if has_explicit_curve(certificate) {
            Some(Self::ExplicitCurve)
        } else {
            None
        }
    }
}
