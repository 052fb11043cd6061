//! From an encrypted key and a passphrase to the key, whatever encoding either was made in.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openssl::pkey::{PKey, Private};
use openssl::provider::Provider;
use zeroize::Zeroizing;

use super::IdentityWarning;
use super::reading::{PassphraseEncoding, for_bytes};
use crate::domain::passphrase::Passphrase;
use crate::domain::secret::Secret;
use crate::sign::asn1::read::Reader;
use crate::sign::asn1::write::{OCTET_STRING, SEQUENCE};

/// A private key as it is in a file.
pub(super) enum LockedKey {
    /// Not encrypted.
    Open(PKey<Private>),
    /// `EncryptedPrivateKeyInfo` (RFC 5958 §3), in DER.
    Pkcs8(Secret),
    /// PEM with `Proc-Type: 4,ENCRYPTED` (RFC 1421 §4.6.1.1), in canonical form.
    Traditional(Secret),
}

/// Something opened, and how the passphrase had to be read.
pub(super) struct Unlocked<T> {
    pub(super) value: T,
    pub(super) encoding: Option<PassphraseEncoding>,
}

impl<T> Unlocked<T> {
    /// The warning about the passphrase of `file`.
    pub(super) fn remark(&self, file: &Path) -> Option<IdentityWarning> {
        let file = file.display().to_string();
        self.encoding.map(|encoding| IdentityWarning::PassphraseEncoding { file, encoding })
    }
}

impl LockedKey {
    /// The key in `der`, encrypted or not.
    pub(super) fn of_der(der: &[u8]) -> Option<Self> {
        if is_encrypted_private_key_info(der) {
            return Some(Self::Pkcs8(Secret::new(der.to_vec())));
        }
        PKey::private_key_from_der(der).ok().map(Self::Open)
    }

    /// A key that is encrypted the traditional way, written again as OpenSSL wants it.
    pub(super) fn traditional(label: &str, headers: &[String], der: &[u8]) -> Self {
        let body = Zeroizing::new(STANDARD.encode(der));
        let mut pem = Vec::with_capacity(body.len() * 2 + 256);
        let mut line = |parts: &[&str]| {
            for part in parts {
                pem.extend_from_slice(part.as_bytes());
            }
            pem.push(b'\n');
        };
        line(&["-----BEGIN ", label, "-----"]);
        for header in headers {
            line(&[header]);
        }
        line(&[]);
        for at in (0..body.len()).step_by(64) {
            line(&[&body[at..body.len().min(at + 64)]]);
        }
        line(&["-----END ", label, "-----"]);
        Self::Traditional(Secret::new(pem))
    }

    /// Whether a passphrase is needed.
    pub(super) fn is_encrypted(&self) -> bool {
        !matches!(self, Self::Open(_))
    }

    /// The key, where it needs no passphrase.
    pub(super) fn open_without(self) -> Option<PKey<Private>> {
        match self {
            Self::Open(key) => Some(key),
            Self::Pkcs8(_) | Self::Traditional(_) => None,
        }
    }

    /// The key, opened with `passphrase`; `None` where that does not open it.
    pub(super) fn open(&self, passphrase: &Passphrase) -> Option<Unlocked<PKey<Private>>> {
        let _legacy = legacy();
        let open = |bytes: &[u8]| match self {
            Self::Open(key) => Some(key.clone()),
            Self::Pkcs8(der) => PKey::private_key_from_pkcs8_passphrase(der.expose(), bytes).ok(),
            Self::Traditional(pem) => {
                PKey::private_key_from_pem_passphrase(pem.expose(), bytes).ok()
            }
        };
        for_bytes(passphrase).into_iter().find_map(|(bytes, encoding)| {
            open(bytes.expose()).map(|value| Unlocked { value, encoding })
        })
    }
}

/// Ciphers that OpenSSL 3 keeps apart: RC2 and single DES, which keystores and keys of older Windows,
/// macOS and OpenSSL use. `None` where the system has no such module: then they stay closed.
pub(super) fn legacy() -> Option<Provider> {
    Provider::try_load(None, "legacy", true).ok()
}

/// `SEQUENCE { SEQUENCE { OID … }, OCTET STRING }`: no other key looks like that.
fn is_encrypted_private_key_info(der: &[u8]) -> bool {
    let mut whole = Reader::new(der);
    let Ok(mut info) = whole.enter(SEQUENCE) else { return false };
    info.expect(SEQUENCE).is_ok() && info.expect(OCTET_STRING).is_ok() && info.is_empty()
}
