//! The raw signature: SHA-256 with RSA (PKCS#1 v1.5) or ECDSA over some bytes.

use openssl::error::ErrorStack;
use openssl::md::Md;
use openssl::pkey::{PKey, Private, Public};
use openssl::pkey_ctx::PkeyCtx;
use openssl::rsa::Padding;
use sha2::{Digest, Sha256};

use super::identity::{KeyKind, SigningIdentity};
use super::{SelfCheck, SignError};

/// Signs with a key of its own.
///
/// Each thread has one: a key shared between threads waits for its lock at every signature (0.08
/// waits per signature with 16 threads), and a context made anew costs 3 to 5 µs.
pub(super) struct RawSigner {
    sign: PkeyCtx<Private>,
    check: Option<PkeyCtx<Public>>,
}

impl RawSigner {
    pub(super) fn new(
        identity: &SigningIdentity,
        self_check: SelfCheck,
    ) -> Result<Self, SignError> {
        let kind = identity.key_kind();
        let key = PKey::private_key_from_der(identity.key_der().expose())?;
        let mut sign = PkeyCtx::new(&key)?;
        sign.sign_init()?;
        configure(&mut sign, kind)?;
        // RFC 6979: the same input gives the same signature (OpenSSL 3.2 and later)
        #[cfg(feature = "vendored-openssl")]
        if matches!(kind, KeyKind::P256 | KeyKind::P384) {
            sign.set_nonce_type(openssl::pkey_ctx::NonceType::DETERMINISTIC_K)?;
        }
        let check = match self_check {
            SelfCheck::On => {
                let mut check = PkeyCtx::new(&*identity.leaf().public_key()?)?;
                check.verify_init()?;
                configure(&mut check, kind)?;
                Some(check)
            }
            SelfCheck::Off => None,
        };
        Ok(Self { sign, check })
    }

    /// The signature of `bytes`.
    pub(super) fn sign(&mut self, bytes: &[u8]) -> Result<Vec<u8>, SignError> {
        let digest = Sha256::digest(bytes);
        let mut signature = Vec::new();
        self.sign.sign_to_vec(&digest, &mut signature)?;
        if let Some(check) = &mut self.check
            && !check.verify(&digest, &signature)?
        {
            return Err(SignError::SelfCheck);
        }
        Ok(signature)
    }
}

fn configure<T>(context: &mut PkeyCtx<T>, kind: KeyKind) -> Result<(), ErrorStack> {
    if let KeyKind::Rsa(_) = kind {
        context.set_rsa_padding(Padding::PKCS1)?;
    }
    context.set_signature_md(Md::sha256())
}
