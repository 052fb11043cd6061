//! Reading certificates and keys from files, in the forms people get them.

use std::path::{Path, PathBuf};

use openssl::pkcs7::Pkcs7;
use openssl::pkcs12::Pkcs12;
use openssl::pkey::{PKey, Private};
use openssl::x509::X509;

use super::{AskPassphrase, IdentityError};
use crate::bounded;
use crate::domain::secret::Secret;
use crate::sign::certificate::read_all;
use crate::sign::issue::IssuedIdentity;

/// The files an identity is read from.
#[derive(Clone, Debug)]
pub enum IdentityFiles {
    /// PEM files. The key may stand in the certificate's file, and so may the chain.
    Pem {
        /// The signer's certificate.
        certificate: PathBuf,
        /// The private key, PKCS#8 or traditional, perhaps encrypted.
        key: Option<PathBuf>,
        /// Intermediate certificates in any order; PKCS#7 (`.p7b`) too.
        chain: Option<PathBuf>,
    },
    /// One PKCS#12 file (`.p12`, `.pfx`).
    Pkcs12(PathBuf),
}

/// What the files hold, not yet judged.
pub(super) struct Material {
    pub(super) certificates: Vec<X509>,
    pub(super) key: PKey<Private>,
    /// The file the key came from.
    pub(super) key_file: String,
}

/// The certificates of `files`, without judging them.
pub fn certificates_of(
    files: &IdentityFiles,
    ask: AskPassphrase<'_>,
) -> Result<Vec<X509>, IdentityError> {
    match files {
        IdentityFiles::Pem { certificate, chain, .. } => {
            let mut certificates = certificates_in(certificate)?;
            if let Some(chain) = chain {
                certificates.extend(certificates_in(chain)?);
            }
            Ok(certificates)
        }
        IdentityFiles::Pkcs12(file) => read_pkcs12(file, ask).map(|(certificates, _)| certificates),
    }
}

/// Certificates and key of `files`.
pub(super) fn read(
    files: &IdentityFiles,
    ask: AskPassphrase<'_>,
) -> Result<Material, IdentityError> {
    match files {
        IdentityFiles::Pem { certificate, key, .. } => {
            let certificates = certificates_of(files, ask)?;
            let key_file = key.as_ref().unwrap_or(certificate);
            let key = private_key(key_file, ask)?;
            Ok(Material { certificates, key, key_file: key_file.display().to_string() })
        }
        IdentityFiles::Pkcs12(file) => {
            let (certificates, key) = read_pkcs12(file, ask)?;
            let name = file.display().to_string();
            let key = key.ok_or_else(|| IdentityError::NoKeyInPkcs12 { file: name.clone() })?;
            Ok(Material { certificates, key, key_file: name })
        }
    }
}

/// Certificates and key of an identity that was just issued.
pub(super) fn of_issued(issued: &IssuedIdentity) -> Result<Material, IdentityError> {
    let certificates =
        vec![X509::from_pem(&issued.certificate_pem)?, X509::from_pem(&issued.ca_pem)?];
    let key = PKey::private_key_from_pem(issued.key_pem.expose())?;
    Ok(Material { certificates, key, key_file: "the development identity".to_owned() })
}

fn certificates_in(file: &Path) -> Result<Vec<X509>, IdentityError> {
    let name = file.display().to_string();
    let bytes = read_file(file)?;
    if Pkcs12::from_der(&bytes).is_ok() {
        return Err(IdentityError::IsPkcs12 { file: name });
    }
    let certificates = read_all(&bytes).unwrap_or_default();
    let certificates =
        if certificates.is_empty() { pkcs7_certificates(&bytes) } else { certificates };
    if certificates.is_empty() {
        Err(IdentityError::NoCertificate { file: name })
    } else {
        Ok(certificates)
    }
}

/// The certificates of a PKCS#7 file, which is how Windows exports a chain.
fn pkcs7_certificates(bytes: &[u8]) -> Vec<X509> {
    let pkcs7 = Pkcs7::from_pem(bytes).or_else(|_| Pkcs7::from_der(bytes));
    let certificates = |pkcs7: Pkcs7| {
        let stack = pkcs7.signed()?.certificates()?;
        Some(stack.iter().map(ToOwned::to_owned).collect())
    };
    pkcs7.ok().and_then(certificates).unwrap_or_default()
}

fn private_key(file: &Path, ask: AskPassphrase<'_>) -> Result<PKey<Private>, IdentityError> {
    let name = file.display().to_string();
    let bytes = Secret::new(read_file(file)?);
    let text = String::from_utf8_lossy(bytes.expose());
    if !text.contains("PRIVATE KEY-----") {
        let plain = PKey::private_key_from_der(bytes.expose()).ok();
        return match plain {
            Some(key) => Ok(key),
            // EncryptedPrivateKeyInfo (RFC 5958 §3) in DER has the shape of nothing else that is a key
            None if bytes.expose().first() == Some(&0x30) => {
                let passphrase = ask(file)?
                    .ok_or_else(|| IdentityError::PassphraseMissing { file: name.clone() })?;
                PKey::private_key_from_pkcs8_passphrase(bytes.expose(), passphrase.expose())
                    .map_err(|_| IdentityError::NoKey { file: name })
            }
            None => Err(IdentityError::NoKey { file: name }),
        };
    }
    // PKCS#8 says it in the label, the traditional form in a header (RFC 1421 §4.6.1.1)
    if text.contains("ENCRYPTED PRIVATE KEY-----") || text.contains("Proc-Type: 4,ENCRYPTED") {
        let passphrase =
            ask(file)?.ok_or_else(|| IdentityError::PassphraseMissing { file: name.clone() })?;
        return PKey::private_key_from_pem_passphrase(bytes.expose(), passphrase.expose())
            .map_err(|_| IdentityError::WrongPassphrase { file: name });
    }
    PKey::private_key_from_pem(bytes.expose()).map_err(|_| IdentityError::NoKey { file: name })
}

fn read_pkcs12(
    file: &Path,
    ask: AskPassphrase<'_>,
) -> Result<(Vec<X509>, Option<PKey<Private>>), IdentityError> {
    let name = file.display().to_string();
    let Ok(pkcs12) = Pkcs12::from_der(&read_file(file)?) else {
        return Err(IdentityError::NotPkcs12 { file: name });
    };
    // keystores of older Windows and macOS are wrapped in RC2-40 and triple DES
    let _legacy = openssl::provider::Provider::try_load(None, "legacy", true);
    let parsed = if let Ok(parsed) = pkcs12.parse2("") {
        parsed
    } else {
        let passphrase =
            ask(file)?.ok_or_else(|| IdentityError::PassphraseMissing { file: name.clone() })?;
        let wrong = || IdentityError::WrongPassphrase { file: name.clone() };
        let passphrase = std::str::from_utf8(passphrase.expose()).map_err(|_| wrong())?;
        pkcs12.parse2(passphrase).map_err(|_| wrong())?
    };
    Ok((parsed.cert.into_iter().chain(parsed.ca.into_iter().flatten()).collect(), parsed.pkey))
}

fn read_file(file: &Path) -> Result<Vec<u8>, IdentityError> {
    bounded::read(file, bounded::SMALL)
        .map_err(|error| IdentityError::Unreadable { file: file.display().to_string(), error })
}
