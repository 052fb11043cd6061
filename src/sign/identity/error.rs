//! What can be wrong with a signing identity. Nothing is written then.

use std::{fmt, io};

use openssl::error::ErrorStack;
use thiserror::Error;
use time::Date;

use super::chain::ChainFault;
use super::other::Other;
use crate::diagnostic::{CannotRead, Diagnostic};
use crate::domain::passphrase::PassphraseFault;
use crate::sign::pem::PemFault;
use crate::sign::trial::TrialFault;

/// A signing identity that cannot be used.
#[derive(Debug, Error)]
pub enum IdentityError {
    /// Several identities can sign, and none was chosen.
    #[error("`{file}` holds several identities that can sign: {identities}")]
    Ambiguous {
        /// The file.
        file: String,
        /// Each with its subject, validity and SHA-256.
        identities: String,
    },
    /// An intermediate certificate that no device accepts.
    #[error("the chain of `{subject}` cannot be used: {fault}")]
    Chain {
        /// Whose it is.
        subject: String,
        /// What is wrong with it.
        fault: ChainFault,
    },
    /// Past its end.
    #[error("the certificate `{subject}` expired on {on}")]
    Expired {
        /// Whose it is.
        subject: String,
        /// The last day.
        on: Date,
    },
    /// The curve of its key is spelled out.
    #[error(
        "the key of `{subject}` spells out its curve instead of naming it, which OpenSSL and devices refuse"
    )]
    ExplicitCurve {
        /// Whose it is.
        subject: String,
    },
    /// A keystore where PEM was expected.
    #[error("`{file}` is a PKCS#12 file")]
    IsPkcs12 {
        /// The file.
        file: String,
    },
    /// The key of another certificate.
    #[error("the key in `{file}` does not fit the certificate `{subject}`")]
    KeyDoesNotFit {
        /// The key's file.
        file: String,
        /// Whose certificate it is.
        subject: String,
    },
    /// No certificate where one was expected.
    #[error("`{file}` holds no certificate{}", Instead(*other))]
    NoCertificate {
        /// The file.
        file: String,
        /// What it holds instead.
        other: Option<Other>,
    },
    /// No private key where one was expected.
    #[error("`{file}` holds no private key{}", Instead(*other))]
    NoKey {
        /// The file.
        file: String,
        /// What it holds instead.
        other: Option<Other>,
    },
    /// A keystore without key.
    #[error("`{file}` holds no private key")]
    NoKeyInPkcs12 {
        /// The file.
        file: String,
    },
    /// No identity has the given name.
    #[error("`{file}` holds no identity `{wanted}`, but {identities}")]
    NoSuchIdentity {
        /// The file.
        file: String,
        /// The name that was given.
        wanted: String,
        /// Each identity with its subject, validity and SHA-256.
        identities: String,
    },
    /// Not a keystore.
    #[error("`{file}` is not a PKCS#12 file{}", Instead(*is))]
    NotPkcs12 {
        /// The file.
        file: String,
        /// What it is instead.
        is: Option<Other>,
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
    /// PEM text that is damaged.
    #[error("`{file}`: {fault}")]
    Pem {
        /// The file.
        file: String,
        /// What is wrong, and in which line.
        fault: PemFault,
    },
    /// The passphrase holds what no passphrase can hold.
    #[error("the passphrase from {from} cannot be used: {fault}")]
    PassphraseUnusable {
        /// Where it came from.
        from: String,
        /// What is wrong.
        fault: PassphraseFault,
    },
    /// An RSA key below 2048 bits.
    #[error("the key of `{subject}` has {bits} bits; devices want 2048 or more")]
    ShortKey {
        /// Whose it is.
        subject: String,
        /// Its size.
        bits: u32,
    },
    /// An I/O error.
    #[error("{}", CannotRead(.file, .error))]
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
    /// The key usage of the certificate does not allow signatures.
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
    #[error("`mailmuster verify` would refuse the signatures of `{subject}`: {fault}")]
    Unverifiable {
        /// Whose they are.
        subject: String,
        /// Why.
        fault: TrialFault,
    },
    /// The passphrase does not open the file.
    #[error("the passphrase does not open `{file}`")]
    WrongPassphrase {
        /// The file.
        file: String,
    },
}

/// What was found instead of what was looked for, if anything is known about it.
struct Instead(Option<Other>);

impl fmt::Display for Instead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(other) => write!(f, ", but {other}"),
            None => Ok(()),
        }
    }
}

impl Diagnostic for IdentityError {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Ambiguous { .. } | Self::NoSuchIdentity { .. } => {
                "choose one with --sign-p12-name (or --script-p12-name): its name, subject or SHA-256"
            }
            Self::Chain { .. } => {
                "get the issuer's present intermediate certificates, and give them with --sign-chain"
            }
            Self::Expired { .. } => {
                "renew it with the same key (`mailmuster identity renew`, if `identity new` made it): a device refuses an update that another key signed"
            }
            Self::ExplicitCurve { .. } => {
                "make a new key with a named curve (openssl ecparam -name prime256v1 -genkey), and get a certificate for it"
            }
            Self::IsPkcs12 { .. } => "name it with --sign-p12 (or --script-p12) instead",
            Self::KeyDoesNotFit { .. } => {
                "give the key that was made together with the certificate request"
            }
            Self::NoCertificate { other, .. } => no_certificate_hint(other.as_ref()),
            Self::NoKey { other, .. } => no_key_hint(other.as_ref()),
            Self::NoKeyInPkcs12 { .. } => "export it again together with its private key",
            Self::NotPkcs12 { is: Some(Other::JavaKeystore), .. } => CONVERT_KEYSTORE,
            Self::NotPkcs12 { .. } => "for PEM files use --sign-cert and --sign-key",
            Self::NotYetValid { .. } => "check the clock of this machine, and --at",
            Self::PassphraseMissing { .. } if cfg!(windows) => {
                "give it with --sign-passphrase-file or --sign-passphrase-env, or run at a terminal"
            }
            Self::PassphraseMissing { .. } => {
                "give it with --sign-passphrase-file, --sign-passphrase-env or --sign-passphrase-fd, or run at a terminal"
            }
            Self::PassphraseUnusable { .. } => {
                "save the passphrase as one line of UTF-8 text, and nothing else"
            }
            Self::Pem { .. } => {
                "copy the file again, as text, from -----BEGIN to -----END-----, with both lines whole"
            }
            Self::ShortKey { .. } | Self::UnsupportedKey { .. } => {
                "ask for a certificate with an RSA key of 2048 bits or more"
            }
            Self::Unverifiable { .. } => {
                "get all certificates anew from the issuer, and check --at"
            }
            Self::UsageForbids { .. } | Self::WeakDigest { .. } => {
                "ask for a certificate for code signing or e-mail protection"
            }
            Self::WrongPassphrase { .. } => "check for a line break or a space at its end",
            Self::Unreadable { file, error } => return CannotRead(file, error).hint(),
            Self::PassphraseUnreadable { .. } => {
                "check the name of the file or variable; a variable must be set and exported in the shell that runs the command"
            }
            Self::OpenSsl(_) => return None,
        };
        Some(hint.to_owned())
    }
}

fn no_certificate_hint(other: Option<&Other>) -> &'static str {
    match other {
        Some(Other::CertificateRequest) => {
            "send the request to the issuer, and name the certificate that comes back"
        }
        Some(Other::JavaKeystore) => CONVERT_KEYSTORE,
        _ => "expected PEM text with -----BEGIN CERTIFICATE-----",
    }
}

fn no_key_hint(other: Option<&Other>) -> &'static str {
    match other {
        Some(Other::OpenSshKey) => "convert a copy of it with ssh-keygen -p -m PKCS8 -f COPY",
        Some(Other::JavaKeystore) => CONVERT_KEYSTORE,
        _ => "expected PEM text with -----BEGIN PRIVATE KEY-----; name its file with --sign-key",
    }
}

const CONVERT_KEYSTORE: &str = "convert it with keytool -importkeystore -deststoretype pkcs12, and name the result with --sign-p12";
