//! What can be wrong with a signing identity. Nothing is written then.

use std::io;

use openssl::error::ErrorStack;
use thiserror::Error;
use time::Date;

use crate::diagnostic::Diagnostic;

/// A signing identity that cannot be used.
#[derive(Debug, Error)]
pub enum IdentityError {
    /// An intermediate certificate that no device accepts.
    #[error("the chain of `{subject}` cannot be used: {why}")]
    Chain {
        /// Whose it is.
        subject: String,
        /// OpenSSL's words.
        why: String,
    },
    /// Past its end.
    #[error("the certificate `{subject}` expired on {on}")]
    Expired {
        /// Whose it is.
        subject: String,
        /// The last day.
        on: Date,
    },
    /// A keystore where PEM was expected.
    #[error("`{file}` is a PKCS#12 file")]
    IsPkcs12 {
        /// The file.
        file: String,
    },
    /// Somebody else's key.
    #[error("the key in `{file}` does not fit the certificate `{subject}`")]
    KeyDoesNotFit {
        /// The key's file.
        file: String,
        /// Whose certificate it is.
        subject: String,
    },
    /// No certificate where one was expected.
    #[error("`{file}` holds no certificate")]
    NoCertificate {
        /// The file.
        file: String,
    },
    /// No private key where one was expected.
    #[error("`{file}` holds no private key")]
    NoKey {
        /// The file.
        file: String,
    },
    /// A keystore without key.
    #[error("`{file}` holds no private key")]
    NoKeyInPkcs12 {
        /// The file.
        file: String,
    },
    /// Not a keystore.
    #[error("`{file}` is not a PKCS#12 file")]
    NotPkcs12 {
        /// The file.
        file: String,
    },
    /// Before its beginning.
    #[error("the certificate `{subject}` is not valid before {from}")]
    NotYetValid {
        /// Whose it is.
        subject: String,
        /// The first day.
        from: Date,
    },
    /// OpenSSL refuses.
    #[error("OpenSSL cannot read the identity: {0}")]
    OpenSsl(#[from] ErrorStack),
    /// An encrypted key and nobody to ask.
    #[error("`{file}` is protected by a passphrase, and none was given")]
    PassphraseMissing {
        /// The file.
        file: String,
    },
    /// The passphrase could not be fetched.
    #[error("the passphrase cannot be read from {from}: {error}")]
    PassphraseUnreadable {
        /// Where it was to come from.
        from: String,
        /// Why it did not.
        error: io::Error,
    },
    /// An RSA key below 2048 bits.
    #[error("the key of `{subject}` has {bits} bits; devices want 2048 or more")]
    ShortKey {
        /// Whose it is.
        subject: String,
        /// Its size.
        bits: u32,
    },
    /// The system says no.
    #[error("`{file}` cannot be read: {error}")]
    Unreadable {
        /// The file.
        file: String,
        /// Why.
        error: io::Error,
    },
    /// A kind of key that devices cannot verify.
    #[error("the key of `{subject}` is {key}; devices verify RSA, P-256 and P-384")]
    UnsupportedKey {
        /// Whose it is.
        subject: String,
        /// Its kind.
        key: String,
    },
    /// The certificate says that it must not sign.
    #[error("the certificate `{subject}` may not sign: its key usage lacks digital signature")]
    UsageForbids {
        /// Whose it is.
        subject: String,
    },
    /// Vouched for with SHA-1 or MD5.
    #[error(
        "the certificate `{subject}` was itself signed with SHA-1 or MD5, which devices refuse"
    )]
    WeakDigest {
        /// Whose it is.
        subject: String,
    },
    /// A trial signature that `verify` refuses.
    #[error("`mailmuster verify` would refuse the signatures of `{subject}`: {why}")]
    Unverifiable {
        /// Whose they are.
        subject: String,
        /// What `verify` says.
        why: String,
    },
    /// The passphrase does not open the file.
    #[error("the passphrase does not open `{file}`")]
    WrongPassphrase {
        /// The file.
        file: String,
    },
}

impl Diagnostic for IdentityError {
    fn hint(&self) -> Option<String> {
        Some(
            match self {
                Self::Expired { .. } => "renew it with the same key: a device refuses an update that another key signed",
                Self::Chain { .. } => "get the issuer's present intermediate certificates, and give them with --sign-chain",
                Self::IsPkcs12 { .. } => "name it with --sign-p12 (or --script-p12) instead",
                Self::NoKeyInPkcs12 { .. } => "export it again together with its private key",
                Self::KeyDoesNotFit { .. } => "give the key that was made together with the certificate request",
                Self::NoCertificate { .. } => "expected PEM text with -----BEGIN CERTIFICATE-----",
                Self::NoKey { .. } => "expected PEM text with -----BEGIN PRIVATE KEY-----; name its file with --sign-key",
                Self::NotPkcs12 { .. } => "for PEM files use --sign-cert and --sign-key",
                Self::NotYetValid { .. } => "check the clock of this machine, and --at",
                Self::PassphraseMissing { .. } => {
                    "give it with --sign-passphrase-file, --sign-passphrase-env or --sign-passphrase-fd, or run at a terminal"
                }
                Self::ShortKey { .. } | Self::UnsupportedKey { .. } => "ask for a certificate with an RSA key of 2048 bits or more",
                Self::Unverifiable { .. } => {
                "get all certificates anew from the issuer, and check --at"
            }
            Self::UsageForbids { .. } | Self::WeakDigest { .. } => "ask for a certificate for code signing or e-mail protection",
                Self::WrongPassphrase { .. } => "check for a line break or a space at its end",
                Self::OpenSsl(_) | Self::PassphraseUnreadable { .. } | Self::Unreadable { .. } => return None,
            }
            .to_owned(),
        )
    }
}

/// A doubt about an identity that can sign.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum IdentityWarning {
    /// Less than a month left.
    #[error("the certificate `{subject}` expires on {on}, in {}", crate::diagnostic::Count(*.days_left, "day"))]
    EndsSoon {
        /// Whose it is.
        subject: String,
        /// The last day.
        on: Date,
        /// Days until then.
        days_left: u64,
    },
    /// Certificates were given, and none of them issued the last of the path.
    #[error("the chain of `{subject}` stops short: no certificate of `{issuer}` was given")]
    ChainDoesNotFit {
        /// Whose it is.
        subject: String,
        /// Whose certificate is missing.
        issuer: String,
    },
    /// No intermediates were given, and the leaf is not its own root.
    #[error("no chain was given for `{subject}`, which `{issuer}` issued")]
    NoChain {
        /// Whose it is.
        subject: String,
        /// Who issued it.
        issuer: String,
    },
    /// No code signing usage.
    #[error(
        "the certificate `{subject}` is not made for code signing: Windows will not trust the script's signature"
    )]
    NotForCode {
        /// Whose it is.
        subject: String,
    },
}

impl IdentityWarning {
    /// Stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::EndsSoon { .. } => "certificate-ends-soon",
            Self::ChainDoesNotFit { .. } => "chain-does-not-fit",
            Self::NoChain { .. } => "no-chain",
            Self::NotForCode { .. } => "not-for-code-signing",
        }
    }
}

impl Diagnostic for IdentityWarning {
    fn hint(&self) -> Option<String> {
        Some(
            match self {
                Self::EndsSoon { .. } => "profiles turn `Unverified` when it ends; renew it with the same key",
                Self::ChainDoesNotFit { .. } => "phones show `Unverified` if an intermediate certificate is missing; look for it at the issuer",
                Self::NoChain { .. } => {
                    "phones show `Unverified` if an intermediate certificate is missing; give it with --sign-chain"
                }
                Self::NotForCode { .. } => "give a code-signing certificate for scripts with --script-cert",
            }
            .to_owned(),
        )
    }
}
