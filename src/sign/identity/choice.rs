//! Which of several certificates and keys signs.

use std::cmp::Reverse;

use openssl::pkey::{PKey, Private};
use openssl::x509::X509;
use time::OffsetDateTime;

use super::{IdentityError, IdentityWarning, KeyKind};
use crate::sign::certificate::CertificateFacts;

mod candidate;

use candidate::{Candidate, candidates, check, list, named};

/// The key and certificate that sign.
pub(super) struct Chosen {
    pub(super) certificate: X509,
    pub(super) key: PKey<Private>,
    pub(super) key_kind: KeyKind,
    pub(super) facts: CertificateFacts,
    /// What was left out, and why.
    pub(super) remark: Option<IdentityWarning>,
}

/// Chooses the one certificate of `certificates` that can sign with one of `keys` at all `moments`.
///
/// Of certificates for one key, which a renewal makes, the one that lasts longest is taken. Among
/// several keys nothing is preferred, except that a certificate made for something else (a web
/// server) steps back; `wanted` decides by name, subject or SHA-256.
pub(super) fn choose(
    file: &str,
    certificates: &[X509],
    keys: &[PKey<Private>],
    wanted: Option<&str>,
    moments: [OffsetDateTime; 2],
) -> Result<Chosen, IdentityError> {
    let candidates = candidates(file, certificates, keys)?;
    let named = match wanted {
        Some(wanted) => named(file, &candidates, wanted)?,
        None => candidates.clone(),
    };
    let mut fits = Vec::new();
    let mut faults = Vec::new();
    for candidate in &named {
        match check(candidate, moments) {
            Ok(kind) => fits.push((candidate, kind)),
            Err(error) => faults.push((candidate, error)),
        }
    }
    if fits.is_empty() {
        // the one that lasts longest is the one that was meant
        faults.sort_by_key(|(candidate, _)| Reverse(candidate.facts.not_after));
        return Err(faults.into_iter().next().map_or_else(
            || IdentityError::NoCertificate { file: file.to_owned(), other: None },
            |(_, error)| error,
        ));
    }
    // what decides between certificates of one key must not depend on their order in the file
    fits.sort_by_cached_key(|(candidate, _)| {
        Reverse((
            candidate.facts.is_for_signing(),
            candidate.facts.not_after,
            candidate.facts.not_before,
            candidate.facts.fingerprint.clone(),
        ))
    });
    let mut best: Vec<&(&Candidate, KeyKind)> = Vec::new();
    for fit in &fits {
        if !best.iter().any(|(known, _)| known.key.public_eq(&fit.0.key)) {
            best.push(fit);
        }
    }
    if best.iter().any(|(candidate, _)| candidate.facts.is_for_signing()) {
        best.retain(|(candidate, _)| candidate.facts.is_for_signing());
    }
    let [(chosen, key_kind)] = best[..] else {
        let candidates: Vec<_> = best.iter().map(|(candidate, _)| (*candidate).clone()).collect();
        return Err(IdentityError::Ambiguous {
            file: file.to_owned(),
            identities: list(&candidates),
        });
    };
    Ok(Chosen {
        certificate: chosen.certificate.clone(),
        key: chosen.key.clone(),
        key_kind: *key_kind,
        facts: chosen.facts.clone(),
        remark: left_out(chosen, &candidates, moments),
    })
}

/// A remark on the candidates that do not sign.
fn left_out(
    chosen: &Candidate,
    candidates: &[Candidate],
    moments: [OffsetDateTime; 2],
) -> Option<IdentityWarning> {
    let mut others: Vec<String> = candidates
        .iter()
        .filter(|other| other.facts.fingerprint != chosen.facts.fingerprint)
        .map(|other| {
            let facts = &other.facts;
            let why = match check(other, moments) {
                Err(IdentityError::Expired { on, .. }) => format!("expired on {on}"),
                Err(IdentityError::NotYetValid { from, .. }) => {
                    format!("is not valid before {from}")
                }
                Err(_) => "cannot sign".to_owned(),
                Ok(_) if !facts.is_for_signing() => "is made for something else".to_owned(),
                Ok(_) => format!("ends on {}", facts.not_after.date()),
            };
            format!("`{}`, which {why}", facts.subject)
        })
        .collect();
    others.sort();
    (!others.is_empty()).then(|| IdentityWarning::Chosen {
        subject: chosen.facts.subject.clone(),
        until: chosen.facts.not_after.date(),
        others: others.join("; "),
    })
}
