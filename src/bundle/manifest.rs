//! `manifest.json` inside a bundle: what the bundle is for and a digest of every file in it.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::domain::account::MailAccount;
use crate::domain::server::ServerLogin;
use crate::domain::text::hex;

/// The form of the manifest; a program that reads another number must not guess.
pub const FORMAT: u32 = 1;

/// What a bundle is for and what is in it. Its fields are a promise to programs that read it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BundleManifest {
    /// The form of this manifest: 1.
    pub format: u32,
    /// `mailmuster 0.1.0`.
    pub tool: String,
    /// The moment of the run (RFC 3339, UTC).
    pub made_at: String,
    /// The person's stable key.
    pub person: String,
    /// The accounts that every file of the bundle sets up; most people have one.
    pub accounts: Vec<AccountEntry>,
    /// Who signed, by what they signed; absent where nothing is signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signers: Option<SignersEntry>,
    /// Every other file of the bundle.
    pub files: Vec<FileEntry>,
}

/// One account of a bundle.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountEntry {
    /// The mailbox.
    pub address: String,
    /// What others see.
    pub display_name: String,
    /// The provider's id.
    pub provider: String,
    /// The provider's name.
    pub provider_name: String,
    /// `imap` or `pop`.
    pub protocol: String,
    /// Where mail is fetched.
    pub incoming: ServerEntry,
    /// Where mail is sent.
    pub outgoing: ServerEntry,
}

/// One server of an account.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerEntry {
    /// The host.
    pub host: String,
    /// The TCP port.
    pub port: u16,
    /// `tls`, `starttls` or `none`.
    pub security: String,
    /// The user name.
    pub username: String,
}

/// Who signed what.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignersEntry {
    /// Signed the configuration profile.
    pub profiles: SignerEntry,
    /// Signed the script.
    pub scripts: SignerEntry,
}

/// A signing certificate.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignerEntry {
    /// Whose it is.
    pub subject: String,
    /// SHA-256 of the certificate, hexadecimal.
    pub sha256: String,
}

/// One file of a bundle.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Its path in the bundle.
    pub path: String,
    /// The id of the format, as `--only` takes it.
    pub format: String,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
    /// Its size in bytes.
    pub size: u64,
    /// `authenticode`, `cms` or `none`.
    pub signature: String,
}

impl BundleManifest {
    /// The manifest as it stands in the bundle.
    pub fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        let mut json = serde_json::to_vec_pretty(self)?;
        json.push(b'\n');
        Ok(json)
    }
}

impl From<&MailAccount> for AccountEntry {
    fn from(account: &MailAccount) -> Self {
        Self {
            address: account.address.to_string(),
            display_name: account.display_name.to_string(),
            provider: account.provider.id.clone(),
            provider_name: account.provider.name.clone(),
            protocol: account.protocol.id().to_owned(),
            incoming: (&account.incoming).into(),
            outgoing: (&account.outgoing).into(),
        }
    }
}

impl From<&ServerLogin> for ServerEntry {
    fn from(server: &ServerLogin) -> Self {
        Self {
            host: server.endpoint.host.to_string(),
            port: server.endpoint.port.get(),
            security: server.endpoint.security.id().to_owned(),
            username: server.username.to_string(),
        }
    }
}

/// SHA-256 of `bytes`, hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}
