//! Files that are not what was looked for, and are recognized all the same.

use std::fmt;

/// What a file holds that is not what was looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Other {
    /// A certificate, and no key.
    Certificate,
    /// PEM or DER with both.
    CertificateAndKey,
    /// What is sent to an issuer.
    CertificateRequest,
    /// Java's own format.
    JavaKeystore,
    /// A private key, and no certificate.
    Key,
    /// OpenSSH's own format.
    OpenSshKey,
    /// The public half of a key.
    PublicKey,
    /// What an issuer has revoked.
    RevocationList,
}

impl fmt::Display for Other {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Certificate => "a certificate without its key",
            Self::CertificateAndKey => "a certificate and a key, not in a keystore",
            Self::CertificateRequest => "a certificate request",
            Self::JavaKeystore => "a Java keystore",
            Self::Key => "a private key",
            Self::OpenSshKey => "a private key in the format of OpenSSH",
            Self::PublicKey => "a public key",
            Self::RevocationList => "a revocation list",
        })
    }
}
