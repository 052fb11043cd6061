//! Signing identities: a certificate, its chain and its private key, known to fit and to be usable.

use std::path::{Path, PathBuf};

use openssl::error::ErrorStack;
use openssl::nid::Nid;
use openssl::pkcs12::Pkcs12;
use openssl::pkey::{Id, PKey, PKeyRef, Private};
use openssl::x509::{X509, X509Ref};
use time::OffsetDateTime;

use super::certificate::{
    CertificateFacts, has_weak_digest, is_issued_by, is_self_issued, may_sign, may_sign_code,
    read_all,
};
use crate::domain::secret::Secret;

mod error;

pub use error::{IdentityError, IdentityWarning};

/// The shortest RSA key that is taken, in bits.
const SHORTEST_RSA: u32 = 2048;

/// From how many days before its end a certificate is warned about.
const DAYS_OF_WARNING: i64 = 30;

/// The files an identity is read from.
#[derive(Clone, Debug)]
pub enum IdentityFiles {
    /// PEM files. The key may stand in the certificate's file, and so may the chain.
    Pem {
        /// The signer's certificate first.
        certificate: PathBuf,
        /// The private key, PKCS#8 or traditional, perhaps encrypted.
        key: Option<PathBuf>,
        /// Intermediate certificates in any order.
        chain: Option<PathBuf>,
    },
    /// One PKCS#12 file (`.p12`, `.pfx`).
    Pkcs12(PathBuf),
}

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
    intermediates: Vec<X509>,
    reaches_root: bool,
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
        let (certificates, key, key_file) = match files {
            IdentityFiles::Pem { certificate, key, .. } => {
                let key = key.as_ref().unwrap_or(certificate);
                read_pem(files, key, ask_passphrase)?
            }
            IdentityFiles::Pkcs12(file) => read_pkcs12(file, ask_passphrase)?,
        };
        let mut certificates = certificates.into_iter();
        let Some(leaf) = certificates.next() else {
            return Err(IdentityError::NoCertificate { file: key_file });
        };
        let facts = CertificateFacts::of(&leaf)?;
        if !leaf.public_key()?.public_eq(&key) {
            return Err(IdentityError::KeyDoesNotFit { file: key_file, subject: facts.subject });
        }
        let key_kind = check(&leaf, &key, &facts, moments)?;
        let (intermediates, reaches_root) = path_of(&leaf, certificates.collect())?;
        Ok(Self {
            leaf,
            intermediates,
            reaches_root,
            key_der: Secret::new(key.private_key_to_pkcs8()?),
            key_kind,
            facts,
        })
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
            warnings.push(IdentityWarning::EndsSoon {
                subject: subject.clone(),
                on: self.facts.not_after.date(),
                days_left,
            });
        }
        if self.intermediates.is_empty() && !self.reaches_root && !self.facts.is_self_issued {
            warnings.push(IdentityWarning::NoChain { subject, issuer: self.facts.issuer.clone() });
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
        &self.intermediates
    }

    /// The private key, PKCS#8 in DER.
    pub(super) fn key_der(&self) -> &Secret {
        &self.key_der
    }
}

/// The certificates of `files`, the signer's first, without judging them.
pub fn certificates_of(
    files: &IdentityFiles,
    ask_passphrase: AskPassphrase<'_>,
) -> Result<Vec<X509>, IdentityError> {
    match files {
        IdentityFiles::Pem { certificate, chain, .. } => {
            let mut certificates = certificates_in(certificate)?;
            if let Some(chain) = chain {
                certificates.extend(certificates_in(chain)?);
            }
            Ok(certificates)
        }
        IdentityFiles::Pkcs12(file) => {
            read_pkcs12(file, ask_passphrase).map(|(certificates, _, _)| certificates)
        }
    }
}

type Material = (Vec<X509>, PKey<Private>, String);

fn read_pem(
    files: &IdentityFiles,
    key_file: &Path,
    ask_passphrase: AskPassphrase<'_>,
) -> Result<Material, IdentityError> {
    let certificates = certificates_of(files, ask_passphrase)?;
    let key = private_key(key_file, ask_passphrase)?;
    Ok((certificates, key, key_file.display().to_string()))
}

fn certificates_in(file: &Path) -> Result<Vec<X509>, IdentityError> {
    let bytes = read(file)?;
    match read_all(&bytes) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(IdentityError::NoCertificate { file: file.display().to_string() }),
    }
}

fn private_key(
    file: &Path,
    ask_passphrase: AskPassphrase<'_>,
) -> Result<PKey<Private>, IdentityError> {
    let name = file.display().to_string();
    let bytes = Secret::new(read(file)?);
    let pem = bytes.expose();
    if pem.first() == Some(&0x30) {
        return PKey::private_key_from_der(pem).map_err(|_| IdentityError::NoKey { file: name });
    }
    let text = String::from_utf8_lossy(pem);
    if !text.contains("PRIVATE KEY-----") {
        return Err(IdentityError::NoKey { file: name });
    }
    // PKCS#8 says it in the label, the traditional form in a header (RFC 1421 §4.6.1.1)
    if text.contains("ENCRYPTED PRIVATE KEY-----") || text.contains("Proc-Type: 4,ENCRYPTED") {
        let Some(passphrase) = ask_passphrase(file)? else {
            return Err(IdentityError::PassphraseMissing { file: name });
        };
        return PKey::private_key_from_pem_passphrase(pem, passphrase.expose())
            .map_err(|_| IdentityError::WrongPassphrase { file: name });
    }
    PKey::private_key_from_pem(pem).map_err(|_| IdentityError::NoKey { file: name })
}

fn read_pkcs12(file: &Path, ask_passphrase: AskPassphrase<'_>) -> Result<Material, IdentityError> {
    let name = file.display().to_string();
    let Ok(pkcs12) = Pkcs12::from_der(&read(file)?) else {
        return Err(IdentityError::NotPkcs12 { file: name });
    };
    // keystores of older Windows and macOS are wrapped in RC2-40 and triple DES
    let _legacy = openssl::provider::Provider::try_load(None, "legacy", true);
    let parsed = if let Ok(parsed) = pkcs12.parse2("") {
        parsed
    } else {
        let Some(passphrase) = ask_passphrase(file)? else {
            return Err(IdentityError::PassphraseMissing { file: name });
        };
        let wrong = || IdentityError::WrongPassphrase { file: name.clone() };
        let passphrase = std::str::from_utf8(passphrase.expose()).map_err(|_| wrong())?;
        pkcs12.parse2(passphrase).map_err(|_| wrong())?
    };
    let Some(key) = parsed.pkey else {
        return Err(IdentityError::NoKey { file: name });
    };
    let chain = parsed.ca.into_iter().flatten();
    Ok((parsed.cert.into_iter().chain(chain).collect(), key, name))
}

fn read(file: &Path) -> Result<Vec<u8>, IdentityError> {
    std::fs::read(file)
        .map_err(|error| IdentityError::Unreadable { file: file.display().to_string(), error })
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

/// The path from `leaf` towards its root through `others`, without the root, and whether the root
/// was there. Certificates beside the path stay out: a device would carry them for nothing.
fn path_of(leaf: &X509, mut others: Vec<X509>) -> Result<(Vec<X509>, bool), ErrorStack> {
    let mut path: Vec<X509> = Vec::new();
    loop {
        let last: &X509 = path.last().unwrap_or(leaf);
        let Some(at) = others.iter().position(|candidate| is_issued_by(last, candidate)) else {
            return Ok((path, false));
        };
        let next = others.swap_remove(at);
        if is_self_issued(&next) || next.to_der()? == leaf.to_der()? {
            return Ok((path, true));
        }
        path.push(next);
    }
}
