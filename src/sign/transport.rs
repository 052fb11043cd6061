//! The cipher of packages whose keys travel inside the package: AES-256-CBC with PKCS#7 padding, then HMAC-SHA-256 over
//! initialization vector and ciphertext. It keeps nothing secret; Intune demands the form.

use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::memcmp;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use openssl::symm::{Cipher, decrypt, encrypt};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

/// The sizes of a MAC and of an initialization vector, in bytes.
pub(crate) const MAC: usize = 32;
pub(crate) const VECTOR: usize = 16;

/// The keys of one package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TransportKeys {
    pub(crate) encryption: [u8; 32],
    pub(crate) mac: [u8; 32],
    pub(crate) vector: [u8; VECTOR],
}

impl TransportKeys {
    /// The keys for `content`: the same for the same content, so that a package can be made again and compared. Drawing
    /// them would hide nothing, for the package has them in the clear.
    pub(crate) fn of(content: &[u8]) -> Self {
        let digest = |label: &str| -> [u8; 32] {
            let mut digest = Sha256::new();
            digest.update(label);
            digest.update([0]);
            digest.update(content);
            digest.finalize().into()
        };
        let mut vector = [0; VECTOR];
        vector.copy_from_slice(&digest("mailmuster intunewin vector")[..VECTOR]);
        Self {
            encryption: digest("mailmuster intunewin encryption"),
            mac: digest("mailmuster intunewin mac"),
            vector,
        }
    }

    /// `MAC || vector || ciphertext`
    pub(crate) fn close(&self, content: &[u8]) -> Result<Vec<u8>, TransportError> {
        let cipher = Cipher::aes_256_cbc();
        let text = encrypt(cipher, &self.encryption, Some(&self.vector), content)?;
        let body = [&self.vector[..], &text].concat();
        Ok([&self.mac_of(&body)?[..], &body].concat())
    }

    /// The content of what [`Self::close`] made.
    pub(crate) fn open(&self, closed: &[u8]) -> Result<Vec<u8>, TransportFault> {
        let (mac, body) = closed.split_at_checked(MAC).ok_or(TransportFault::CutOff)?;
        let (vector, text) = body.split_at_checked(VECTOR).ok_or(TransportFault::CutOff)?;
        let own = self.mac_of(body).map_err(|_| TransportFault::Mac)?;
        if !memcmp::eq(&own, mac) {
            return Err(TransportFault::Mac);
        }
        if vector != self.vector {
            return Err(TransportFault::Vector);
        }
        decrypt(Cipher::aes_256_cbc(), &self.encryption, Some(vector), text)
            .map_err(|_| TransportFault::Key)
    }

    fn mac_of(&self, body: &[u8]) -> Result<[u8; MAC], ErrorStack> {
        let key = PKey::hmac(&self.mac)?;
        let mut mac = [0; MAC];
        Signer::new(MessageDigest::sha256(), &key)?.sign_oneshot(&mut mac, body)?;
        Ok(mac)
    }
}

/// Content that OpenSSL does not encrypt.
#[derive(Debug, Error)]
#[error("OpenSSL cannot encrypt: {0}")]
pub(crate) struct TransportError(#[from] ErrorStack);

/// Encrypted content that does not fit its keys.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum TransportFault {
    #[error("its content is cut off")]
    CutOff,
    #[error("its MAC is not that of the content")]
    Mac,
    #[error("its initialization vector is not that of the content")]
    Vector,
    #[error("its key does not decrypt the content")]
    Key,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_closed_opens_again_and_not_with_a_byte_changed() {
        for content in [&b""[..], b"fifteen bytes..", b"sixteen bytes...", &[7; 1000]] {
            let keys = TransportKeys::of(content);
            let closed = keys.close(content).unwrap();
            // the padding is 1 to 16 bytes
            assert_eq!(closed.len(), MAC + VECTOR + content.len() / 16 * 16 + 16);
            assert_eq!(keys.open(&closed).unwrap(), content);
            for at in 0..closed.len() {
                let mut changed = closed.clone();
                changed[at] ^= 1;
                assert_eq!(keys.open(&changed), Err(TransportFault::Mac), "byte {at}");
            }
            assert_eq!(keys.open(&closed[..40]), Err(TransportFault::CutOff));
        }
    }

    #[test]
    fn keys_follow_from_the_content_and_differ_from_each_other() {
        let keys = TransportKeys::of(b"a");
        assert_eq!(keys, TransportKeys::of(b"a"));
        assert_ne!(keys, TransportKeys::of(b"b"));
        assert_ne!(keys.encryption, keys.mac);
        let closed = keys.close(b"a").unwrap();
        let other = TransportKeys { encryption: [0; 32], ..keys };
        assert_eq!(other.open(&closed), Err(TransportFault::Key));
        let other = TransportKeys { vector: [0; VECTOR], ..TransportKeys::of(b"a") };
        assert_eq!(other.open(&closed), Err(TransportFault::Vector));
    }
}
