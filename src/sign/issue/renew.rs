//! A new certificate for a signer, from the authority that issued the old one.

use std::path::{Path, PathBuf};

use openssl::error::ErrorStack;
use openssl::pkey::{PKey, Private};
use openssl::x509::X509;
use thiserror::Error;
use time::{Date, OffsetDateTime};

use super::{Authority, new_key, until};
use crate::bounded;
use crate::diagnostic::Diagnostic;
use crate::domain::secret::Secret;
use crate::sign::certificate::{Certificate, CertificateFacts, is_issued_by};
use crate::sign::identity::{AskPassphrase, IdentityError, certificates_of, key_of};

/// Whose certificate is renewed, and by whom.
#[derive(Clone, Debug)]
pub(crate) struct RenewRequest {
    /// The certificate that ends.
    pub(crate) certificate: PathBuf,
    /// The authority's certificate.
    pub(crate) ca: PathBuf,
    /// The authority's private key.
    pub(crate) ca_key: PathBuf,
    /// The key of the new certificate.
    pub(crate) key: KeyChoice,
    /// How many days the new certificate is valid, if the authority lasts as long.
    pub(crate) days: u32,
    /// Now.
    pub(crate) now: OffsetDateTime,
}

/// The key of a renewed certificate.
#[derive(Clone, Debug)]
pub(crate) enum KeyChoice {
    /// The one in this file, which the old certificate is for: devices take updates of profiles.
    Same(PathBuf),
    /// A new one.
    New,
}

/// A renewed identity as PEM files.
#[derive(Debug)]
pub(crate) struct Renewed {
    /// The authority's certificate, as it was.
    pub(crate) ca_pem: Vec<u8>,
    /// The signer's new certificate.
    pub(crate) certificate_pem: Vec<u8>,
    /// Its private key: the file as it was, or a new key, PKCS#8, not encrypted.
    pub(crate) key_pem: Secret,
    /// The facts of the new certificate.
    pub(crate) facts: CertificateFacts,
}

/// A certificate that cannot be renewed.
#[derive(Debug, Error)]
pub(crate) enum RenewError {
    /// The authority is past its end.
    #[error("the authority `{subject}` expired on {on}: it cannot issue certificates any more")]
    AuthorityEnded {
        /// Whose it is.
        subject: String,
        /// The last day.
        on: Date,
    },
    /// Another authority issued it.
    #[error("`{ca}` did not issue the certificate `{subject}`")]
    OtherAuthority {
        /// The file of the authority.
        ca: String,
        /// Whose certificate was to be renewed.
        subject: String,
    },
    /// A file cannot be used.
    #[error(transparent)]
    Identity(#[from] IdentityError),
}

impl From<ErrorStack> for RenewError {
    fn from(error: ErrorStack) -> Self {
        Self::Identity(error.into())
    }
}

impl Diagnostic for RenewError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::AuthorityEnded { .. } => Some(
                "make a new one with `mailmuster identity new`, and make it trusted on the devices"
                    .to_owned(),
            ),
            Self::OtherAuthority { .. } => Some(
                "`identity renew` renews what `identity new` made; other certificates are renewed by their issuer"
                    .to_owned(),
            ),
            Self::Identity(error) => error.hint(),
        }
    }
}

/// Issues a new certificate with the subject of the old one.
pub(crate) fn renew(request: &RenewRequest, ask: AskPassphrase<'_>) -> Result<Renewed, RenewError> {
    let RenewRequest { certificate, ca, ca_key, key, days, now } = request;
    let Some(Certificate(old)) = certificates_of(certificate, &mut *ask)?.into_iter().next() else {
        let file = certificate.display().to_string();
        return Err(IdentityError::NoCertificate { file, other: None }.into());
    };
    let authorities = certificates_of(ca, &mut *ask)?;
    let authority = authorities.into_iter().find(|ca| is_issued_by(&old, &ca.0));
    let Some(Certificate(authority)) = authority else {
        let subject = CertificateFacts::of(&old)?.subject;
        return Err(RenewError::OtherAuthority { ca: ca.display().to_string(), subject });
    };
    let facts = CertificateFacts::of(&authority)?;
    if facts.not_after <= *now {
        let on = facts.not_after.date();
        return Err(RenewError::AuthorityEnded { subject: facts.subject, on });
    }
    let ca_key = fitting(ca_key, &authority, &mut *ask)?;
    let authority = Authority { certificate: authority, key: ca_key };
    let (key, key_pem) = match key {
        KeyChoice::Same(file) => (fitting(file, &old, ask)?, as_it_is(file)?),
        KeyChoice::New => {
            let key = new_key()?;
            let pem = Secret::new(key.private_key_to_pem_pkcs8()?);
            (key, pem)
        }
    };
    // a certificate that outlasts its authority is void from then on
    let end = (*now + until(*days)).min(facts.not_after);
    let renewed = authority.sign(old.subject_name(), &key, *now, end)?;
    Ok(Renewed {
        ca_pem: authority.certificate.to_pem()?,
        certificate_pem: renewed.to_pem()?,
        key_pem,
        facts: CertificateFacts::of(&renewed)?,
    })
}

/// The bytes of a key's file: a key that is encrypted stays so.
fn as_it_is(file: &Path) -> Result<Secret, IdentityError> {
    bounded::read(file, bounded::SMALL)
        .map(Secret::new)
        .map_err(|error| IdentityError::Unreadable { file: file.display().to_string(), error })
}

/// The key in `file`, which must be the one of `certificate`.
fn fitting(
    file: &Path,
    certificate: &X509,
    ask: AskPassphrase<'_>,
) -> Result<PKey<Private>, RenewError> {
    let key = key_of(file, ask)?;
    if certificate.public_key()?.public_eq(&key) {
        return Ok(key);
    }
    let subject = CertificateFacts::of(certificate)?.subject;
    Err(IdentityError::KeyDoesNotFit { file: file.display().to_string(), subject }.into())
}
