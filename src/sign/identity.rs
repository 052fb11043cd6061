//! Signing identities: a certificate, its chain and its private key, known to fit and to be usable.

use std::path::Path;

use openssl::nid::Nid;
use openssl::pkey::{Id, PKeyRef, Private};
use openssl::x509::{X509, X509Ref};
use time::OffsetDateTime;

use super::certificate::{CertificateFacts, has_weak_digest, may_sign, may_sign_code};
use super::issue::IssuedIdentity;
use crate::domain::secret::Secret;

mod chain;
mod error;
mod files;

pub use error::{IdentityError, IdentityWarning};
pub use files::{IdentityFiles, certificates_of};

use chain::{Chain, leaf_of};
use files::Material;

/// The shortest RSA key that is taken, in bits.
const SHORTEST_RSA: u32 = 2048;

/// From how many days before its end a certificate is warned about.
const DAYS_OF_WARNING: i64 = 30;

/// Asks for the passphrase of a file; `None` where nobody can be asked.
pub type AskPassphrase<'a> = &'a mut dyn FnMut(&Path) -> Result<Option<Secret>, IdentityError>;

/// The kind of key, as far as it decides how to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA with so many bits, PKCS#1 v1.5.
    Rsa(u32),
    /// ECDSA on NIST P-256.
    P256,
    /// ECDSA on NIST P-384.
    P384,
}

/// A certificate chain and the private key of its leaf, known to fit.
#[derive(Debug)]
pub struct SigningIdentity {
    leaf: X509,
    chain: Chain,
    key_der: Secret,
    key_kind: KeyKind,
    facts: CertificateFacts,
}

impl SigningIdentity {
    /// Reads `files` and makes sure that what they hold can sign at `moments` (now, and the run's
    /// signing time).
    pub fn load(
        files: &IdentityFiles,
        ask_passphrase: AskPassphrase<'_>,
        moments: [OffsetDateTime; 2],
    ) -> Result<Self, IdentityError> {
        Self::of(files::read(files, ask_passphrase)?, moments)?.tried(moments)
    }

    /// An identity that was just issued and is in no file.
    pub fn of_issued(
        issued: &IssuedIdentity,
        moments: [OffsetDateTime; 2],
    ) -> Result<Self, IdentityError> {
        Self::of(files::of_issued(issued)?, moments)
    }

    fn of(material: Material, moments: [OffsetDateTime; 2]) -> Result<Self, IdentityError> {
        let Material { certificates, key, key_file } = material;
        let (leaf, others) = leaf_of(certificates, &key)
            .ok_or_else(|| IdentityError::NoCertificate { file: key_file.clone() })?;
        let facts = CertificateFacts::of(&leaf)?;
        if !leaf.public_key()?.public_eq(&key) {
            return Err(IdentityError::KeyDoesNotFit { file: key_file, subject: facts.subject });
        }
        let key_kind = check(&leaf, &key, &facts, moments)?;
        let chain = Chain::of(&leaf, others)?;
        let [now, _] = moments;
        chain.judge(&leaf, now).map_err(|fault| IdentityError::Chain {
            subject: facts.subject.clone(),
            why: fault.to_string(),
        })?;
        Ok(Self { leaf, chain, key_der: Secret::new(key.private_key_to_pkcs8()?), key_kind, facts })
    }

    /// What the certificate says.
    pub fn facts(&self) -> &CertificateFacts {
        &self.facts
    }

    /// Doubts that do not keep it from signing.
    pub fn warnings(&self, now: OffsetDateTime) -> Vec<IdentityWarning> {
        let subject = self.facts.subject.clone();
        let mut warnings = Vec::new();
        let days_left = (self.facts.not_after - now).whole_days();
        if days_left < DAYS_OF_WARNING {
            let on = self.facts.not_after.date();
            warnings.push(IdentityWarning::EndsSoon {
                subject: subject.clone(),
                on,
                days_left: days_left.unsigned_abs(),
            });
        }
        if !self.chain.reaches_root {
            let issuer = match self.chain.intermediates.last() {
                Some(last) => super::certificate::name(last.issuer_name()),
                None => self.facts.issuer.clone(),
            };
            warnings.push(if self.chain.strangers > 0 {
                IdentityWarning::ChainDoesNotFit { subject, issuer }
            } else if self.chain.intermediates.is_empty() {
                IdentityWarning::NoChain { subject, issuer }
            } else {
                return warnings;
            });
        }
        warnings
    }

    /// The doubt that concerns scripts only.
    pub fn script_warning(&self) -> Option<IdentityWarning> {
        (!may_sign_code(&self.leaf))
            .then(|| IdentityWarning::NotForCode { subject: self.facts.subject.clone() })
    }

    /// The kind of its key.
    pub fn key_kind(&self) -> KeyKind {
        self.key_kind
    }

    pub(super) fn leaf(&self) -> &X509Ref {
        &self.leaf
    }

    /// The certificates between leaf and root, the root left out.
    pub(super) fn intermediates(&self) -> &[X509] {
        &self.chain.intermediates
    }

    /// The private key, PKCS#8 in DER.
    pub(super) fn key_der(&self) -> &Secret {
        &self.key_der
    }
}

/// Refuses what no device would take.
fn check(
    leaf: &X509Ref,
    key: &PKeyRef<Private>,
    facts: &CertificateFacts,
    moments: [OffsetDateTime; 2],
) -> Result<KeyKind, IdentityError> {
    let subject = facts.subject.clone();
    for moment in moments {
        if moment > facts.not_after {
            return Err(IdentityError::Expired { subject, on: facts.not_after.date() });
        }
        if moment < facts.not_before {
            return Err(IdentityError::NotYetValid { subject, from: facts.not_before.date() });
        }
    }
    if has_weak_digest(leaf) {
        return Err(IdentityError::WeakDigest { subject });
    }
    if !may_sign(leaf) {
        return Err(IdentityError::UsageForbids { subject });
    }
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
