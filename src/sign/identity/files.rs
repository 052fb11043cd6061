//! Reading certificates and keys from files, in the forms people get them.

use std::path::{Path, PathBuf};

use openssl::pkcs12::Pkcs12;
use openssl::pkey::{PKey, Private};
use openssl::x509::X509;

use super::contents::{Contents, Parts};
use super::permissions::open_to_others;
use super::pkcs12::{self, Keystore};
use super::unlock::LockedKey;
use super::{AskPassphrase, IdentityError, IdentityWarning};
use crate::bounded;
use crate::domain::passphrase::Passphrase;
use crate::domain::secret::Secret;
use crate::sign::certificate::Certificate;
use crate::sign::issue::IssuedIdentity;

/// The files an identity is read from.
#[derive(Clone, Debug)]
pub enum IdentityFiles {
    /// PEM files. The key may be in the certificate's file, and so may the chain.
    Pem {
        /// The signer's certificate.
        certificate: PathBuf,
        /// The private key, PKCS#8 or traditional, perhaps encrypted.
        key: Option<PathBuf>,
        /// Intermediate certificates in any order; PKCS#7 (`.p7b`) too.
        chain: Option<PathBuf>,
    },
    /// One PKCS#12 file (`.p12`, `.pfx`).
    Pkcs12 {
        /// The file.
        file: PathBuf,
        /// Which identity in it: friendly name, subject, common name or SHA-256.
        name: Option<String>,
    },
}

/// What the files hold, not yet judged.
pub(super) struct Material {
    /// In the order of the files: the signer's first, if the files are as they should be.
    pub(super) certificates: Vec<X509>,
    pub(super) keys: Vec<PKey<Private>>,
    /// The file the key came from.
    pub(super) key_file: String,
    /// Which identity of several is meant.
    pub(super) wanted: Option<String>,
    pub(super) warnings: Vec<IdentityWarning>,
}

/// The certificates in `file`, whatever its form, without judging them.
pub fn certificates_of(
    file: &Path,
    ask: AskPassphrase<'_>,
) -> Result<Vec<Certificate>, IdentityError> {
    let name = file.display().to_string();
    let certificates = match read_contents(file)? {
        Contents::Pkcs12(keystore) => open(&keystore, file, ask, &mut Vec::new())?.certificates,
        Contents::Parts(Parts { certificates, other, .. }) if certificates.is_empty() => {
            return Err(IdentityError::NoCertificate { file: name, other });
        }
        Contents::Parts(parts) => parts.certificates,
    };
    Ok(certificates.into_iter().map(Certificate).collect())
}

/// Certificates and keys of `files`.
pub(super) fn read(
    files: &IdentityFiles,
    ask: AskPassphrase<'_>,
) -> Result<Material, IdentityError> {
    match files {
        IdentityFiles::Pem { certificate, key, chain } => {
            let Parts { mut certificates, keys, other } = parts_of(certificate)?;
            if certificates.is_empty() {
                let file = certificate.display().to_string();
                return Err(IdentityError::NoCertificate { file, other });
            }
            let (key_file, Parts { keys, other, .. }) = match key {
                Some(key) => (key, parts_of(key)?),
                None => (certificate, Parts { keys, other, ..Parts::default() }),
            };
            if let Some(chain) = chain {
                let parts = parts_of(chain)?;
                if parts.certificates.is_empty() {
                    let file = chain.display().to_string();
                    return Err(IdentityError::NoCertificate { file, other: parts.other });
                }
                certificates.extend(parts.certificates);
            }
            let name = key_file.display().to_string();
            if keys.is_empty() {
                return Err(IdentityError::NoKey { file: name, other });
            }
            let mut warnings: Vec<_> = readable_by_others(key_file).into_iter().collect();
            let opened = open_keys(keys, key_file, ask, &mut warnings)?;
            Ok(Material { certificates, keys: opened, key_file: name, wanted: None, warnings })
        }
        IdentityFiles::Pkcs12 { file, name: wanted } => {
            let name = file.display().to_string();
            let keystore = match read_contents(file)? {
                Contents::Pkcs12(keystore) => keystore,
                Contents::Parts(parts) => {
                    return Err(IdentityError::NotPkcs12 { file: name, is: parts.in_words() });
                }
            };
            let mut warnings: Vec<_> = readable_by_others(file).into_iter().collect();
            let Keystore { certificates, keys } = open(&keystore, file, ask, &mut warnings)?;
            if keys.is_empty() {
                return Err(IdentityError::NoKeyInPkcs12 { file: name });
            }
            Ok(Material { certificates, keys, key_file: name, wanted: wanted.clone(), warnings })
        }
    }
}

/// Certificates and key of an identity that was just issued.
pub(super) fn of_issued(issued: &IssuedIdentity) -> Result<Material, IdentityError> {
    let certificates =
        vec![X509::from_pem(&issued.certificate_pem)?, X509::from_pem(&issued.ca_pem)?];
    Ok(Material {
        certificates,
        keys: vec![PKey::private_key_from_pem(issued.key_pem.expose())?],
        key_file: "the development identity".to_owned(),
        wanted: None,
        warnings: Vec::new(),
    })
}

/// The first private key in `file`, whatever its form.
pub fn key_of(file: &Path, ask: AskPassphrase<'_>) -> Result<PKey<Private>, IdentityError> {
    let name = file.display().to_string();
    let (keys, other) = match read_contents(file)? {
        Contents::Pkcs12(keystore) => (open(&keystore, file, ask, &mut Vec::new())?.keys, None),
        Contents::Parts(Parts { keys, other, .. }) => {
            (open_keys(keys, file, ask, &mut Vec::new())?, other)
        }
    };
    keys.into_iter().next().ok_or(IdentityError::NoKey { file: name, other })
}

/// Opens the `keys` of `file` with one passphrase.
fn open_keys(
    keys: Vec<LockedKey>,
    file: &Path,
    ask: AskPassphrase<'_>,
    warnings: &mut Vec<IdentityWarning>,
) -> Result<Vec<PKey<Private>>, IdentityError> {
    let mut passphrase = None;
    let mut opened = Vec::new();
    for key in keys {
        if !key.is_encrypted() {
            opened.extend(key.open_without());
            continue;
        }
        let passphrase = match &passphrase {
            Some(passphrase) => passphrase,
            None => passphrase.insert(asked(file, ask)?),
        };
        let unlocked = key
            .open(passphrase)
            .ok_or_else(|| IdentityError::WrongPassphrase { file: file.display().to_string() })?;
        warnings.extend(unlocked.remark(file));
        opened.push(unlocked.value);
    }
    Ok(opened)
}

fn open(
    keystore: &Pkcs12,
    file: &Path,
    ask: AskPassphrase<'_>,
    warnings: &mut Vec<IdentityWarning>,
) -> Result<Keystore, IdentityError> {
    if let Some(opened) = pkcs12::open_without(keystore) {
        return Ok(opened);
    }
    let passphrase = asked(file, ask)?;
    let unlocked = pkcs12::open(keystore, &passphrase)
        .ok_or_else(|| IdentityError::WrongPassphrase { file: file.display().to_string() })?;
    warnings.extend(unlocked.remark(file));
    Ok(unlocked.value)
}

fn asked(file: &Path, ask: AskPassphrase<'_>) -> Result<Passphrase, IdentityError> {
    ask(file)?.ok_or_else(|| IdentityError::PassphraseMissing { file: file.display().to_string() })
}

fn readable_by_others(file: &Path) -> Option<IdentityWarning> {
    let mode = open_to_others(file)?;
    Some(IdentityWarning::ReadableByOthers { file: file.display().to_string(), mode })
}

/// What is in a file that is expected to be PEM, or at least no keystore.
fn parts_of(file: &Path) -> Result<Parts, IdentityError> {
    match read_contents(file)? {
        Contents::Parts(parts) => Ok(parts),
        Contents::Pkcs12(_) => Err(IdentityError::IsPkcs12 { file: file.display().to_string() }),
    }
}

fn read_contents(file: &Path) -> Result<Contents, IdentityError> {
    let name = || file.display().to_string();
    let bytes = bounded::read(file, bounded::SMALL)
        .map(Secret::new)
        .map_err(|error| IdentityError::Unreadable { file: name(), error })?;
    Contents::of(bytes.expose()).map_err(|fault| IdentityError::Pem { file: name(), fault })
}
