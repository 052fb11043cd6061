//! Signing identities: a certificate, its chain and its private key, known to fit and to be usable.

use std::path::Path;

use openssl::x509::{X509, X509Ref};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::certificate::{CertificateFacts, Use};
use super::issue::IssuedIdentity;
use crate::domain::days::days_until;
use crate::domain::passphrase::Passphrase;
use crate::domain::secret::Secret;

mod chain;
mod choice;
mod contents;
mod error;
mod files;
mod other;
mod permissions;
mod pkcs12;
mod reading;
mod unlock;
mod warning;

pub use error::IdentityError;
pub use files::{IdentityFiles, certificates_of, key_of};
pub(crate) use permissions::open_to_others;
pub(crate) use warning::IdentityWarning;

use chain::{Chain, ChainError};
use choice::{Chosen, choose};
use files::Material;

/// The shortest RSA key that is taken, in bits.
const SHORTEST_RSA: u32 = 2048;

/// From how many days before its end a certificate is warned about.
const DAYS_OF_WARNING: i64 = 30;

/// Asks for the passphrase of a file; `None` where nobody can be asked.
pub(crate) type AskPassphrase<'a> =
    &'a mut dyn FnMut(&Path) -> Result<Option<Passphrase>, IdentityError>;

/// The kind of key, as far as it decides how to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyKind {
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
    /// What was noticed while the files were read.
    remarks: Vec<IdentityWarning>,
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
    pub(crate) fn of_issued(
        issued: &IssuedIdentity,
        moments: [OffsetDateTime; 2],
    ) -> Result<Self, IdentityError> {
        Self::of(files::of_issued(issued)?, moments)
    }

    fn of(material: Material, moments: [OffsetDateTime; 2]) -> Result<Self, IdentityError> {
        let Material { certificates, keys, key_file, wanted, warnings: mut remarks } = material;
        let Chosen { certificate: leaf, key, key_kind, facts, remark } =
            choose(&key_file, &certificates, &keys, wanted.as_deref(), moments)?;
        remarks.extend(remark);
        let [now, _] = moments;
        let chain = Chain::find(&leaf, certificates, now).map_err(|error| match error {
            ChainError::OpenSsl(error) => IdentityError::OpenSsl(error),
            ChainError::Fault(fault) => {
                IdentityError::Chain { subject: facts.subject.clone(), fault }
            }
        })?;
        let key_der = Secret::new(key.private_key_to_pkcs8()?);
        Ok(Self { leaf, chain, key_der, key_kind, facts, remarks })
    }

    pub(crate) fn facts(&self) -> &CertificateFacts {
        &self.facts
    }

    /// Doubts that do not keep it from signing.
    pub(crate) fn warnings(&self, now: OffsetDateTime) -> Vec<IdentityWarning> {
        let subject = self.facts.subject.clone();
        let mut warnings = self.remarks.clone();
        let days_left = days_until(self.facts.not_after, now);
        if days_left < DAYS_OF_WARNING {
            let on = self.facts.not_after.date();
            let days_left = u64::try_from(days_left).unwrap_or_default();
            warnings.push(IdentityWarning::EndsSoon { subject: subject.clone(), on, days_left });
        }
        if !self.chain.left_out.is_empty() {
            let what = self.chain.left_out.join("; ");
            warnings.push(IdentityWarning::LeftOut { subject: subject.clone(), what });
        }
        let issuer = match self.chain.intermediates.last() {
            Some(last) => super::certificate::name(last.issuer_name()),
            None => self.facts.issuer.clone(),
        };
        let is_alone = self.chain.intermediates.is_empty() && self.chain.root.is_none();
        if self.chain.stops_short(&self.leaf) {
            warnings.push(IdentityWarning::ChainDoesNotFit { subject, issuer });
        } else if is_alone && !self.facts.is_self_issued {
            warnings.push(IdentityWarning::NoChain { subject, issuer });
        }
        warnings
    }

    /// The doubt that concerns profiles only.
    pub(crate) fn profile_warning(&self) -> Option<IdentityWarning> {
        (!self.facts.allows(Use::Profiles))
            .then(|| IdentityWarning::NotForProfiles { subject: self.facts.subject.clone() })
    }

    /// The doubt that concerns scripts only.
    pub(crate) fn script_warning(&self) -> Option<IdentityWarning> {
        (!self.facts.allows(Use::Scripts))
            .then(|| IdentityWarning::NotForCode { subject: self.facts.subject.clone() })
    }

    /// The kind of its key.
    pub(crate) fn key_kind(&self) -> KeyKind {
        self.key_kind
    }

    /// SHA-256 of the intermediate certificates that signed files carry.
    pub(crate) fn chain_sha256(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for certificate in &self.chain.intermediates {
            // a certificate that was read can be written
            hash.update(certificate.to_der().unwrap_or_default());
        }
        hash.finalize().into()
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
