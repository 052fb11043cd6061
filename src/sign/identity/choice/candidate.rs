//! A key with one of its certificates, and whether devices take it.

use openssl::nid::Nid;
use openssl::pkey::{Id, PKey, PKeyRef, Private};
use openssl::x509::X509;
use time::OffsetDateTime;

use crate::domain::text::Shown;
use crate::sign::certificate::{
    CertificateFacts, friendly_name, has_explicit_curve, has_weak_digest, may_sign,
};
use crate::sign::identity::{IdentityError, KeyKind, SHORTEST_RSA};

/// A key and one of its certificates.
#[derive(Clone)]
pub(super) struct Candidate {
    pub(super) certificate: X509,
    pub(super) key: PKey<Private>,
    pub(super) facts: CertificateFacts,
    pub(super) name: Option<String>,
}

/// Each key with each of its certificates.
pub(super) fn candidates(
    file: &str,
    certificates: &[X509],
    keys: &[PKey<Private>],
) -> Result<Vec<Candidate>, IdentityError> {
    let mut found: Vec<Candidate> = Vec::new();
    for certificate in certificates {
        let fits = |key: &&PKey<Private>| {
            certificate.public_key().is_ok_and(|public| public.public_eq(*key))
        };
        let Some(key) = keys.iter().find(fits) else { continue };
        let facts = CertificateFacts::of(certificate)?;
        if found.iter().any(|known| known.facts.fingerprint == facts.fingerprint) {
            continue;
        }
        found.push(Candidate {
            certificate: certificate.clone(),
            key: key.clone(),
            facts,
            name: friendly_name(certificate),
        });
    }
    if !found.is_empty() {
        return Ok(found);
    }
    let Some(first) = certificates.first() else {
        return Err(IdentityError::NoCertificate { file: file.to_owned(), other: None });
    };
    if has_explicit_curve(first) {
        let subject = crate::sign::certificate::name(first.subject_name());
        return Err(IdentityError::ExplicitCurve { subject });
    }
    let subject = CertificateFacts::of(first)?.subject;
    Err(IdentityError::KeyDoesNotFit { file: file.to_owned(), subject })
}

/// The candidates that `wanted` names: by friendly name, subject, common name or SHA-256.
pub(super) fn named(
    file: &str,
    candidates: &[Candidate],
    wanted: &str,
) -> Result<Vec<Candidate>, IdentityError> {
    let digits: String = wanted.chars().filter(|c| !matches!(c, ':' | ' ')).collect();
    let is_meant = |candidate: &&Candidate| {
        let facts = &candidate.facts;
        candidate.name.as_deref() == Some(wanted)
            || facts.subject == wanted
            || facts.subject.split(", ").next() == Some(format!("CN={wanted}").as_str())
            || facts.fingerprint.eq_ignore_ascii_case(&digits)
    };
    let named: Vec<_> = candidates.iter().filter(is_meant).cloned().collect();
    if named.is_empty() {
        return Err(IdentityError::NoSuchIdentity {
            file: file.to_owned(),
            wanted: Shown(wanted).to_string(),
            identities: list(candidates),
        });
    }
    Ok(named)
}

/// Each of `candidates` with what distinguishes it.
pub(super) fn list(candidates: &[Candidate]) -> String {
    let mut lines: Vec<String> = candidates
        .iter()
        .map(|Candidate { facts, name, .. }| {
            let name = match name {
                Some(name) => format!(" named `{}`", Shown(name)),
                None => String::new(),
            };
            format!(
                "`{}`{name} ({} to {}, SHA-256 {})",
                facts.subject,
                facts.not_before.date(),
                facts.not_after.date(),
                facts.fingerprint
            )
        })
        .collect();
    lines.sort();
    lines.join("; ")
}

/// Refuses what no device would take.
pub(super) fn check(
    candidate: &Candidate,
    moments: [OffsetDateTime; 2],
) -> Result<KeyKind, IdentityError> {
    let Candidate { certificate, key, facts, .. } = candidate;
    let subject = facts.subject.clone();
    for moment in moments {
        if moment > facts.not_after {
            return Err(IdentityError::Expired { subject, on: facts.not_after.date() });
        }
        if moment < facts.not_before {
            return Err(IdentityError::NotYetValid { subject, from: facts.not_before.date() });
        }
    }
    if has_weak_digest(certificate) {
        return Err(IdentityError::WeakDigest { subject });
    }
    if has_explicit_curve(certificate) {
        return Err(IdentityError::ExplicitCurve { subject });
    }
    if !may_sign(certificate) {
        return Err(IdentityError::UsageForbids { subject });
    }
    kind_of(key, facts)
}

fn kind_of(key: &PKeyRef<Private>, facts: &CertificateFacts) -> Result<KeyKind, IdentityError> {
    let subject = facts.subject.clone();
    match key.id() {
        Id::RSA if key.bits() < SHORTEST_RSA => {
            Err(IdentityError::ShortKey { subject, bits: key.bits() })
        }
        Id::RSA => Ok(KeyKind::Rsa(key.bits())),
        Id::EC => match key.ec_key()?.group().curve_name() {
            Some(Nid::X9_62_PRIME256V1) => Ok(KeyKind::P256),
            Some(Nid::SECP384R1) => Ok(KeyKind::P384),
            _ => Err(IdentityError::UnsupportedKey { subject, key: facts.key.clone() }),
        },
        _ => Err(IdentityError::UnsupportedKey { subject, key: facts.key.clone() }),
    }
}
