//! What a file turns out to hold, whatever its name and form.

use openssl::pkcs7::Pkcs7;
use openssl::pkcs12::Pkcs12;
use openssl::pkey::PKey;
use openssl::x509::{X509, X509Req};

use super::other::Other;
use super::unlock::LockedKey;
use crate::sign::pem::{Block, PemFault, blocks, plain_base64};

/// The first bytes of a Java keystore.
const JAVA_KEYSTORE: &[u8] = b"\xfe\xed\xfe\xed";

/// What a file holds.
pub(super) enum Contents {
    /// A PKCS#12 keystore, in DER.
    Pkcs12(Pkcs12),
    /// Certificates and keys.
    Parts(Parts),
}

/// Certificates, keys and the rest of a file, in its order.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) certificates: Vec<X509>,
    pub(super) keys: Vec<LockedKey>,
    /// Something else that the file holds.
    pub(super) other: Option<Other>,
}

impl Contents {
    /// Recognizes `bytes`: PEM of any shape, DER, or DER in base64.
    pub(super) fn of(bytes: &[u8]) -> Result<Self, PemFault> {
        if let Some(contents) = of_der(bytes) {
            return Ok(contents);
        }
        let blocks = blocks(bytes)?;
        if blocks.is_empty() {
            let decoded = plain_base64(bytes).and_then(|der| of_der(der.expose()));
            return Ok(decoded.unwrap_or_else(|| {
                let other = bytes.starts_with(JAVA_KEYSTORE).then_some(Other::JavaKeystore);
                Self::Parts(Parts { other, ..Parts::default() })
            }));
        }
        let mut parts = Parts::default();
        for block in blocks {
            if let Some(keystore) = parts.add(block)? {
                return Ok(Self::Pkcs12(keystore));
            }
        }
        Ok(Self::Parts(parts))
    }
}

/// What DER `bytes` are; `None` where they are not DER, or nothing that is known here.
fn of_der(bytes: &[u8]) -> Option<Contents> {
    // every structure in question is a SEQUENCE
    if bytes.first() != Some(&0x30) {
        return None;
    }
    if let Ok(keystore) = Pkcs12::from_der(bytes) {
        return Some(Contents::Pkcs12(keystore));
    }
    let mut parts = Parts::default();
    if let Some(certificates) = certificates_of_der(bytes) {
        parts.certificates = certificates;
    } else if let Some(key) = LockedKey::of_der(bytes) {
        parts.keys.push(key);
    } else if X509Req::from_der(bytes).is_ok() {
        parts.other = Some(Other::CertificateRequest);
    } else if PKey::public_key_from_der(bytes).is_ok() {
        parts.other = Some(Other::PublicKey);
    } else {
        return None;
    }
    Some(Contents::Parts(parts))
}

/// One certificate, or those of a PKCS#7 file, which is how Windows exports a chain.
fn certificates_of_der(bytes: &[u8]) -> Option<Vec<X509>> {
    if let Ok(certificate) = X509::from_der(bytes) {
        return Some(vec![certificate]);
    }
    let pkcs7 = Pkcs7::from_der(bytes).ok()?;
    let stack = pkcs7.signed()?.certificates()?;
    Some(stack.iter().map(ToOwned::to_owned).collect())
}

impl Parts {
    /// What the file is, for a reader who expected something else.
    pub(super) fn in_words(&self) -> Option<Other> {
        match (self.certificates.is_empty(), self.keys.is_empty()) {
            (false, false) => Some(Other::CertificateAndKey),
            (false, true) => Some(Other::Certificate),
            (true, false) => Some(Other::Key),
            (true, true) => self.other,
        }
    }

    /// Adds what `block` holds; hands a keystore back.
    fn add(&mut self, block: Block) -> Result<Option<Pkcs12>, PemFault> {
        let Block { label, line, headers, der } = block;
        let damaged = |label: String| PemFault::Damaged { line, label };
        match label.as_str() {
            // `certutil -encode` calls whatever it is given a certificate
            "CERTIFICATE"
            | "X509 CERTIFICATE"
            | "TRUSTED CERTIFICATE"
            | "PKCS7"
            | "CMS"
            | "PKCS12"
            | "PFX" => match certificates_of_der(der.expose()) {
                Some(certificates) => self.certificates.extend(certificates),
                None => match Pkcs12::from_der(der.expose()) {
                    Ok(keystore) => return Ok(Some(keystore)),
                    Err(_) => return Err(damaged(label)),
                },
            },
            "PRIVATE KEY"
            | "ENCRYPTED PRIVATE KEY"
            | "RSA PRIVATE KEY"
            | "EC PRIVATE KEY"
            | "DSA PRIVATE KEY"
            | "ANY PRIVATE KEY" => {
                let key = if headers.iter().any(|header| header.starts_with("Proc-Type")) {
                    Some(LockedKey::traditional(&label, &headers, der.expose()))
                } else {
                    LockedKey::of_der(der.expose())
                };
                self.keys.push(key.ok_or_else(|| damaged(label))?);
            }
            "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => {
                self.other = Some(Other::CertificateRequest);
            }
            "PUBLIC KEY" | "RSA PUBLIC KEY" => self.other = Some(Other::PublicKey),
            "OPENSSH PRIVATE KEY" => self.other = Some(Other::OpenSshKey),
            "X509 CRL" => self.other = Some(Other::RevocationList),
            // EC PARAMETERS and the like go along with a key
            _ => {}
        }
        Ok(None)
    }
}
