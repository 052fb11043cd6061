//! `manifest.json` inside a bundle: a digest of every file in it, and everything that the files were
//! made from, so that they can be made again and compared.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::domain::account::{MailAccount, PersonAccounts, ProviderCard};
use crate::domain::language::Language;
use crate::domain::platform::Platform;
use crate::domain::server::ServerLogin;
use crate::domain::text::hex;

/// The form of the manifest; a program that reads another number must not guess.
pub(crate) const FORMAT: u32 = 2;

/// What a bundle is for and what is in it. Its fields are a promise to programs that read it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BundleManifest {
    /// The form of this manifest: 2.
    pub(crate) format: u32,
    /// `mailmuster 0.1.0`.
    pub(crate) tool: String,
    /// The moment of the run (RFC 3339, UTC).
    pub(crate) made_at: String,
    /// What all bundles of the run share.
    pub(crate) setup: SetupEntry,
    /// The person's stable key.
    pub(crate) person: String,
    /// The devices that files are made for: `apple`, `android`, `windows`.
    pub(crate) platforms: Vec<String>,
    /// The language of the sheet, a BCP 47 tag.
    pub(crate) language: String,
    /// The accounts that every file of the bundle sets up; most people have one.
    pub(crate) accounts: Vec<AccountEntry>,
    /// Who signed, by what they signed; absent where nothing is signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) signers: Option<SignersEntry>,
    /// Every other file of the bundle.
    pub(crate) files: Vec<FileEntry>,
}

/// The choices of a run that its files show.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetupEntry {
    /// Who hands the settings out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// The namespace of every identifier on devices.
    pub identifier: String,
    /// What devices show about the signatures: `given`, `development` or `unsigned`.
    pub trust: String,
    /// Whom people ask for help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
}

/// One account of a bundle.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountEntry {
    /// The account's stable key.
    pub(crate) key: String,
    /// The mailbox.
    pub(crate) address: String,
    /// What others see.
    pub(crate) display_name: String,
    /// The provider's id.
    pub(crate) provider: String,
    /// The provider's name.
    pub(crate) provider_name: String,
    /// `imap` or `pop`.
    pub(crate) protocol: String,
    /// Where mail is fetched.
    pub(crate) incoming: ServerEntry,
    /// Where mail is sent.
    pub(crate) outgoing: ServerEntry,
    /// Whether sending takes another password than fetching.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) own_outgoing_password: bool,
    /// The provider's pages and notes in the files; absent if it is built in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) card: Option<CardEntry>,
}

/// A provider that is not built in: its pages and notes in the files of a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CardEntry {
    /// Its own page about these settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) page: Option<String>,
    /// Where a password for mail programs is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) app_password_page: Option<String>,
    /// Facts for the instruction sheet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) notes: Vec<String>,
}

/// One server of an account.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServerEntry {
    /// The host.
    pub(crate) host: String,
    /// The TCP port.
    pub(crate) port: u16,
    /// `tls`, `starttls` or `none`.
    pub(crate) security: String,
    /// The user name.
    pub(crate) username: String,
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
    pub(crate) subject: String,
    /// SHA-256 of the certificate, hexadecimal.
    pub(crate) sha256: String,
}

/// One file of a bundle.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Its path in the bundle.
    pub(crate) path: String,
    /// The id of the format, as `--only` takes it.
    pub(crate) format: String,
    /// SHA-256 of its bytes, hexadecimal.
    pub(crate) sha256: String,
    /// Its size in bytes.
    pub(crate) size: u64,
    /// `authenticode`, `cms` or `none`.
    pub(crate) signature: String,
}

impl BundleManifest {
    /// The bytes of the manifest in the bundle.
    pub(crate) fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        let mut json = serde_json::to_vec_pretty(self)?;
        json.push(b'\n');
        Ok(json)
    }
}

/// The values of a run that every bundle repeats.
#[derive(Clone, Debug)]
pub struct RunEntry {
    /// Name and version of the program.
    pub tool: String,
    /// The moment of the run (RFC 3339, UTC).
    pub made_at: String,
    /// The choices that files show.
    pub setup: SetupEntry,
    /// The language of the sheet for people without one in the list.
    pub language: Language,
    /// Who signed.
    pub signers: Option<SignersEntry>,
}

impl BundleManifest {
    /// The manifest of `person` in `run`. `is_built_in` knows the providers whose card
    /// is left out.
    pub fn of(
        run: &RunEntry,
        person: &PersonAccounts,
        is_built_in: impl Fn(&ProviderCard) -> bool,
        files: Vec<FileEntry>,
    ) -> Self {
        let account = |account: &MailAccount| {
            let card =
                (!is_built_in(&account.provider)).then(|| CardEntry::from(&*account.provider));
            AccountEntry { card, ..AccountEntry::from(account) }
        };
        let platforms = Platform::ALL.into_iter().filter(|it| person.platforms.contains(*it));
        Self {
            format: FORMAT,
            tool: run.tool.clone(),
            made_at: run.made_at.clone(),
            setup: run.setup.clone(),
            person: person.key.to_string(),
            platforms: platforms.map(|platform| platform.id().to_owned()).collect(),
            language: person.language.unwrap_or(run.language).tag().to_owned(),
            accounts: person.iter().map(account).collect(),
            signers: run.signers.clone(),
            files,
        }
    }
}

impl From<&ProviderCard> for CardEntry {
    fn from(card: &ProviderCard) -> Self {
        Self {
            page: card.page.as_ref().map(ToString::to_string),
            app_password_page: card.app_password_page.as_ref().map(ToString::to_string),
            notes: card.notes.clone(),
        }
    }
}

impl From<&MailAccount> for AccountEntry {
    /// The account without its provider's card.
    fn from(account: &MailAccount) -> Self {
        Self {
            key: account.key.to_string(),
            address: account.address.to_string(),
            display_name: account.display_name.to_string(),
            provider: account.provider.id.to_string(),
            provider_name: account.provider.name.clone(),
            protocol: account.protocol.id().to_owned(),
            incoming: (&account.incoming).into(),
            outgoing: (&account.outgoing).into(),
            own_outgoing_password: account.own_outgoing_password,
            card: None,
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

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// SHA-256 of `bytes`, hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}
