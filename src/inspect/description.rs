//! What a file holds, for programs. `words` has the same for people.

use serde::Serialize;
use time::OffsetDateTime;

use crate::clock::rfc3339;
use crate::domain::days::days_until;
use crate::render::stated::StatedServer;
use crate::render::{ManagedFor, Stated};
use crate::sign::certificate::{Certificate, CertificateFacts, Use};
use crate::sign::stamp::Stamp;
use crate::sign::verify::{Anchor, SignatureFault, Verified};

/// Words of [`CertificateDescription::may_sign`].
pub(crate) const PROFILES: &str = "profiles";
pub(crate) const SCRIPTS: &str = "scripts";

/// What a file holds.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Description {
    /// A zip file with the files of one person.
    Bundle(BundleDescription),
    /// A package for Intune.
    Package(PackageDescription),
    /// A file of one of the formats.
    File(FileDescription),
    /// Certificates, the signer's first.
    Certificates {
        /// In the order of the file; `None` for one that cannot be read.
        certificates: Vec<Option<CertificateDescription>>,
    },
}

/// A bundle.
#[derive(Debug, Serialize)]
pub struct BundleDescription {
    pub(super) size: u64,
    pub(super) addresses: Vec<String>,
    pub(super) providers: Vec<String>,
    pub(super) tool: String,
    pub(super) made_at: String,
    pub(super) files: Vec<BundleFile>,
}

/// A package for Intune, whose MAC, digest and sizes are right.
#[derive(Debug, Serialize)]
pub struct PackageDescription {
    pub(super) size: u64,
    pub(super) setup_file: String,
    pub(super) files: Vec<BundleFile>,
}

/// A file of a bundle or package.
#[derive(Debug, Serialize)]
pub(super) struct BundleFile {
    pub(super) path: String,
    pub(super) size: u64,
    /// `None` for a file that this program does not write.
    pub(super) content: Option<FileDescription>,
}

/// A file of one of the formats.
#[derive(Debug, Serialize)]
pub struct FileDescription {
    pub(super) format: &'static str,
    pub(super) about: &'static str,
    /// Whom a file of an export for an MDM is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) managed_for: Option<ManagedFor>,
    /// `None` for a format without signature.
    pub(super) signature: Option<SignatureDescription>,
    pub(super) accounts: Vec<AccountDescription>,
    /// `None` where it cannot be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) password: Option<PasswordIn>,
    /// Why the accounts cannot be read, or what this program never writes.
    pub(super) fault: Option<FormFault>,
}

/// Whether a file has a password. Its value is never shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum PasswordIn {
    /// It is, byte for byte, a file that mailmuster writes.
    None,
    Contained,
}

/// What is wrong with a file's content.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "part", content = "message", rename_all = "lowercase")]
pub(super) enum FormFault {
    /// No account can be read.
    Accounts(String),
    /// The accounts can be read, and something else is foreign.
    Form(String),
}

/// A signature, judged by what is inside the file.
#[derive(Debug, Serialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub(super) enum SignatureDescription {
    Missing,
    Broken {
        fault: String,
    },
    Holds {
        signer: String,
        sha256: String,
        key: String,
        issuer: String,
        /// RFC 3339, UTC.
        signed_at: Option<String>,
        /// The last certificate of the chain inside the file.
        anchor: String,
        /// Of scripts only.
        #[serde(skip_serializing_if = "Option::is_none")]
        time_stamp: Option<Box<StampDescription>>,
    },
}

/// The time stamp of a signature, judged by what is inside the file.
#[derive(Debug, Serialize)]
pub(super) struct StampDescription {
    /// RFC 3339, UTC.
    pub(super) time: String,
    pub(super) authority: String,
    pub(super) sha256: String,
    pub(super) serial_number: String,
    pub(super) policy: String,
    /// The last certificate of the authority's chain inside the file.
    pub(super) anchor: String,
}

/// An account that a file sets up.
#[derive(Debug, Serialize)]
pub(super) struct AccountDescription {
    /// `None` for a format that has no place for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) display_name: Option<String>,
    pub(super) address: String,
    /// Who gets the account; `None` in a file for one person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) windows_user: Option<String>,
    pub(super) protocol: String,
    pub(super) incoming: ServerDescription,
    pub(super) outgoing: ServerDescription,
    #[serde(skip)]
    pub(super) stated: Stated,
}

/// A server of an account.
#[derive(Debug, Serialize)]
pub(super) struct ServerDescription {
    host: String,
    port: u16,
    /// `SSL/TLS`, `STARTTLS`, `none`, or `TLS` where the format does not distinguish the first two.
    security: String,
    username: String,
}

/// A certificate.
#[derive(Debug, Serialize)]
pub struct CertificateDescription {
    pub(super) subject: String,
    pub(super) issuer: String,
    pub(super) is_self_issued: bool,
    /// RFC 3339, UTC.
    not_before: String,
    not_after: String,
    /// Whole days until its end, below 0 once it has ended.
    days_left: i64,
    pub(super) key: String,
    /// Empty where the use is not restricted.
    pub(super) usages: Vec<&'static str>,
    pub(super) serial_number: String,
    pub(super) sha256: String,
    /// `profiles`, `scripts`; nothing outside its validity.
    pub(crate) may_sign: Vec<&'static str>,
    #[serde(skip)]
    pub(super) validity: Validity,
}

/// When a certificate is valid, and what time it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Validity {
    pub(super) not_before: OffsetDateTime,
    pub(super) not_after: OffsetDateTime,
    pub(super) now: OffsetDateTime,
}

impl Validity {
    /// Why a certificate cannot sign now: `expired`, `not yet valid`.
    pub(super) fn fault(self) -> Option<&'static str> {
        if self.now > self.not_after {
            Some("expired")
        } else if self.now < self.not_before {
            Some("not yet valid")
        } else {
            None
        }
    }
}

impl SignatureDescription {
    pub(super) fn of(verdict: &Result<Option<Verified>, SignatureFault>) -> Option<Self> {
        Some(match verdict {
            Ok(None) => return None,
            Err(SignatureFault::Missing) => Self::Missing,
            Err(fault) => Self::Broken { fault: fault.to_string() },
            Ok(Some(verified)) => {
                let (Anchor::Given(anchor) | Anchor::Inside(anchor)) = &verified.anchor;
                let signer = &verified.signer;
                Self::Holds {
                    signer: signer.subject.clone(),
                    sha256: signer.fingerprint.clone(),
                    key: signer.key.clone(),
                    issuer: signer.issuer.clone(),
                    signed_at: verified.signing_time.map(rfc3339),
                    anchor: anchor.clone(),
                    time_stamp: verified
                        .stamp
                        .as_ref()
                        .map(|stamp| Box::new(StampDescription::of(stamp))),
                }
            }
        })
    }
}

impl StampDescription {
    fn of(stamp: &Stamp) -> Self {
        let (Anchor::Given(anchor) | Anchor::Inside(anchor)) = &stamp.anchor;
        Self {
            time: rfc3339(stamp.time.truncate_to_second()),
            authority: stamp.authority.clone(),
            sha256: stamp.sha256.clone(),
            serial_number: stamp.serial_number.clone(),
            policy: stamp.policy.clone(),
            anchor: anchor.clone(),
        }
    }
}

impl From<Stated> for AccountDescription {
    fn from(stated: Stated) -> Self {
        Self {
            display_name: stated.display_name.clone(),
            address: stated.address.clone(),
            windows_user: stated.windows_user.clone(),
            protocol: stated.protocol.to_string(),
            incoming: (&stated.incoming).into(),
            outgoing: (&stated.outgoing).into(),
            stated,
        }
    }
}

impl From<&StatedServer> for ServerDescription {
    fn from(server: &StatedServer) -> Self {
        Self {
            host: server.host.clone(),
            port: server.port,
            security: server.security.to_string(),
            username: server.username.clone(),
        }
    }
}

impl CertificateDescription {
    /// `None` for a certificate that cannot be read.
    pub(crate) fn of(certificate: &Certificate, now: OffsetDateTime) -> Option<Self> {
        let facts = certificate.facts().ok()?;
        let CertificateFacts { not_before, not_after, .. } = facts;
        let validity = Validity { not_before, not_after, now };
        let is_valid = validity.fault().is_none();
        let may_sign = [(Use::Profiles, PROFILES), (Use::Scripts, SCRIPTS)]
            .into_iter()
            .filter_map(|(purpose, word)| (is_valid && facts.allows(purpose)).then_some(word))
            .collect();
        Some(Self {
            subject: facts.subject,
            issuer: facts.issuer,
            is_self_issued: facts.is_self_issued,
            not_before: rfc3339(not_before),
            not_after: rfc3339(not_after),
            days_left: days_until(not_after, now),
            key: facts.key,
            usages: facts.usages,
            serial_number: facts.serial_number,
            sha256: facts.fingerprint,
            may_sign,
            validity,
        })
    }

    /// Whether it may sign what `purpose` names, in words: `yes`, `no`, `no: expired`.
    pub(crate) fn answer(&self, purpose: &str) -> String {
        match self.validity.fault() {
            Some(fault) => format!("no: {fault}"),
            None if self.may_sign.contains(&purpose) => "yes".to_owned(),
            None => "no".to_owned(),
        }
    }
}
