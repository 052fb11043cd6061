//! Who must have signed, as `--signer` names them.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::sign::certificate::CertificateFacts;

/// The length of a SHA-256 digest in hexadecimal digits.
const DIGITS: usize = 64;

/// A certificate that must have signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignerPin {
    /// By the SHA-256 digest of the certificate, in lower-case hexadecimal digits.
    Sha256(String),
    /// By its whole subject as this program prints it, e.g. `CN=Acme Mail, O=Acme Ltd`. Anybody can
    /// write any subject into a certificate: it means something under an authority only.
    Subject(String),
}

/// A text that names no certificate.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error(
    "a signer is the SHA-256 of a certificate (64 hexadecimal digits) or a subject like `CN=Acme Mail, O=Acme Ltd`"
)]
pub struct SignerPinError;

impl SignerPin {
    /// Whether `signer` is the one that is meant.
    pub(super) fn is(&self, signer: &CertificateFacts) -> bool {
        match self {
            Self::Sha256(digest) => *digest == signer.fingerprint,
            Self::Subject(subject) => *subject == signer.subject,
        }
    }
}

impl FromStr for SignerPin {
    type Err = SignerPinError;

    /// Takes a digest with or without colons, in any case.
    fn from_str(text: &str) -> Result<Self, SignerPinError> {
        let text = text.trim();
        let digits: String = text.chars().filter(|c| *c != ':').collect();
        if digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(Self::Sha256(digits.to_ascii_lowercase()));
        }
        let is_subject = text.split_once('=').is_some_and(|(key, value)| {
            !value.is_empty() && !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric())
        });
        if is_subject { Ok(Self::Subject(text.to_owned())) } else { Err(SignerPinError) }
    }
}

impl fmt::Display for SignerPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sha256(text) | Self::Subject(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signer_is_a_digest_or_a_subject() {
        let digest = "0123456789abcdef".repeat(4);
        let colons: Vec<&str> =
            (0..64).step_by(2).map(|at| digest.get(at..at + 2).unwrap()).collect();
        for text in [digest.clone(), digest.to_uppercase(), format!(" {} ", colons.join(":"))] {
            assert_eq!(text.parse(), Ok(SignerPin::Sha256(digest.clone())), "{text}");
        }
        let subject = "CN=Acme Mail, O=Acme Ltd";
        assert_eq!(subject.parse(), Ok(SignerPin::Subject(subject.to_owned())));
        for text in ["", "Acme", "CN=", "=x", &digest[1..], "a.pem"] {
            assert_eq!(text.parse::<SignerPin>(), Err(SignerPinError), "{text}");
        }
    }
}
