//! Configuration profile with a `com.apple.mail.managed` payload for each mailbox, for iPhone, iPad, Mac and Vision.
//!
//! Keys and rules: apple/device-management `mdm/profiles/{TopLevel,CommonPayloadKeys,com.apple.mail.managed}.yaml`.
//! Keys that would equal their default are left out; the structs' order is the files' order.

use serde::{Deserialize, Serialize};

use super::error::ReadFault;
use super::identifiers::{Role, apple_uuid, dotted};
use super::stated::{StatedSecurity, StatedServer};
use super::{
    Form, Format, ReadError, RenderError, Renderer, Scope, Setup, Stated, begins_with, xml,
};
use crate::artifact::{FileBytes, FileName, SignatureFormat};
use crate::domain::account::{AccountKey, MailAccount, PersonAccounts, ProviderCard};
use crate::domain::identifier::ReverseDns;
use crate::domain::platform::Platform;
use crate::domain::server::{IncomingProtocol, Security};

pub(super) struct AppleProfile;

pub(super) const FORMAT: Format = Format {
    id: "apple-profile",
    about: "configuration profile for Mail on iPhone, iPad, Mac and Vision Pro",
    opens_with: "Settings on iPhone and iPad, System Settings on a Mac: tap or double-click the file",
    signature: SignatureFormat::CmsAttached,
    platform: Some(Platform::Apple),
    scope: Scope::Person,
};

impl Renderer for AppleProfile {
    fn format(&self) -> &'static Format {
        &FORMAT
    }

    fn file_name(&self, provider: &str, _: usize) -> FileName {
        FileName::new(["apple", &format!("{provider} Mail.mobileconfig")])
    }

    fn render(&self, person: &PersonAccounts, setup: &Setup) -> Result<FileBytes, RenderError> {
        let mut plist = Vec::new();
        plist::to_writer_xml(&mut plist, &profile(person, setup))
            .map_err(|error| RenderError::new(self, error))?;
        Ok(plist.into())
    }

    fn read(&self, content: &[u8]) -> Result<Vec<Stated>, ReadError> {
        parse(content)?.payload_content.iter().map(MailPayload::stated).collect()
    }

    fn check_form(&self, content: &[u8]) -> Result<Form, ReadError> {
        let (person, setup) = parse(content)?.origin()?;
        let again = self.render(&person, &setup)?;
        if again.to_vec() == content {
            Ok(Form::Whole)
        } else {
            Err(ReadFault::Foreign(
                "it is not the profile that mailmuster writes for these settings",
            )
            .into())
        }
    }

    fn looks_like(&self, content: &[u8]) -> bool {
        content.starts_with(b"bplist") || begins_with(content, "<plist")
    }
}

/// The profile `content`. A key or payload that mailmuster never writes is an error: it could install
/// an authority, a proxy or another account.
fn parse(content: &[u8]) -> Result<Profile, ReadError> {
    let text = std::str::from_utf8(content)?;
    xml::refuse_deep(text)?;
    let value: plist::Value = plist::from_reader_xml(content)?;
    for payload in payloads(&value) {
        let kind = payload.get("PayloadType").and_then(plist::Value::as_string).unwrap_or_default();
        if kind != MAIL_PAYLOAD {
            return Err(ReadFault::ForeignPayload(kind.to_owned()).into());
        }
    }
    let profile: Profile = plist::from_value(&value)?;
    if profile.payload_content.is_empty() {
        return Err(ReadFault::missing("payload").into());
    }
    Ok(profile)
}

/// The dictionaries in `PayloadContent`.
fn payloads(profile: &plist::Value) -> impl Iterator<Item = &plist::Dictionary> {
    let content = profile.as_dictionary().and_then(|top| top.get("PayloadContent"));
    let array = content.and_then(plist::Value::as_array);
    array.into_iter().flatten().filter_map(plist::Value::as_dictionary)
}

fn profile(person: &PersonAccounts, setup: &Setup) -> Profile {
    let key = &person.key;
    let mailboxes: Vec<&str> = person.iter().map(|account| account.address.as_str()).collect();
    let (mailbox, account) =
        if person.more.is_empty() { ("mailbox", "account") } else { ("mailboxes", "accounts") };
    Profile {
        payload_content: person
            .iter()
            .map(|account| MailPayload::of(account, person, setup))
            .collect(),
        payload_description: format!(
            "Sets up the {mailbox} {}. Removing this profile removes the {account} from the device.",
            mailboxes.join(", ")
        ),
        payload_display_name: title(&person.first),
        payload_identifier: dotted(setup, Role::Profile, key),
        payload_organization: setup.organization.clone(),
        payload_scope: "User".to_owned(),
        payload_type: "Configuration".to_owned(),
        payload_uuid: apple_uuid(setup, Role::Profile, key),
        payload_version: 1,
    }
}

/// What Mail calls the account: the provider's name, or the address where the person has several
/// mailboxes, which would all bear one name.
fn name_in_mail<'a>(account: &'a MailAccount, person: &PersonAccounts) -> &'a str {
    if person.more.is_empty() { &account.provider.name } else { account.address.as_str() }
}

/// The name of the profile on devices.
pub(super) fn title(account: &MailAccount) -> String {
    format!("{} Mail", account.provider.name)
}

/// The top level (`TopLevel.yaml`).
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Profile {
    payload_content: Vec<MailPayload>,
    payload_description: String,
    payload_display_name: String,
    payload_identifier: String,
    payload_organization: Option<String>,
    /// macOS: mail belongs to a user, never to the computer.
    payload_scope: String,
    payload_type: String,
    #[serde(rename = "PayloadUUID")]
    payload_uuid: String,
    payload_version: u8,
}

/// The mail payload (`com.apple.mail.managed.yaml`).
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct MailPayload {
    email_account_description: String,
    email_account_name: String,
    email_account_type: String,
    email_address: String,
    incoming_mail_server_authentication: String,
    incoming_mail_server_host_name: String,
    incoming_mail_server_port_number: u16,
    #[serde(rename = "IncomingMailServerUseSSL", default, skip_serializing_if = "UseSsl::is_no")]
    incoming_mail_server_use_ssl: UseSsl,
    incoming_mail_server_username: String,
    outgoing_mail_server_authentication: String,
    outgoing_mail_server_host_name: String,
    /// Always written: without it a device tries 25, 587 and 465 in turn.
    outgoing_mail_server_port_number: u16,
    #[serde(rename = "OutgoingMailServerUseSSL", default, skip_serializing_if = "UseSsl::is_no")]
    outgoing_mail_server_use_ssl: UseSsl,
    outgoing_mail_server_username: String,
    /// Asks for the password once instead of twice; for installation by hand only.
    #[serde(default, skip_serializing_if = "is_false")]
    outgoing_password_same_as_incoming_password: bool,
    payload_display_name: String,
    payload_identifier: String,
    payload_type: String,
    #[serde(rename = "PayloadUUID")]
    payload_uuid: String,
    payload_version: u8,
}

const MAIL_PAYLOAD: &str = "com.apple.mail.managed";
const TYPE_IMAP: &str = "EmailTypeIMAP";
const TYPE_POP: &str = "EmailTypePOP";

impl MailPayload {
    fn of(account: &MailAccount, person: &PersonAccounts, setup: &Setup) -> Self {
        let (incoming, outgoing) = (&account.incoming, &account.outgoing);
        Self {
            email_account_description: name_in_mail(account, person).to_owned(),
            email_account_name: account.display_name.to_string(),
            email_account_type: match account.protocol {
                IncomingProtocol::Imap => TYPE_IMAP,
                IncomingProtocol::Pop => TYPE_POP,
            }
            .to_owned(),
            email_address: account.address.to_string(),
            incoming_mail_server_authentication: "EmailAuthPassword".to_owned(),
            incoming_mail_server_host_name: incoming.endpoint.host.to_string(),
            incoming_mail_server_port_number: incoming.endpoint.port.get(),
            incoming_mail_server_use_ssl: incoming.endpoint.security.into(),
            incoming_mail_server_username: incoming.username.to_string(),
            outgoing_mail_server_authentication: "EmailAuthPassword".to_owned(),
            outgoing_mail_server_host_name: outgoing.endpoint.host.to_string(),
            outgoing_mail_server_port_number: outgoing.endpoint.port.get(),
            outgoing_mail_server_use_ssl: outgoing.endpoint.security.into(),
            outgoing_mail_server_username: outgoing.username.to_string(),
            outgoing_password_same_as_incoming_password: incoming.username == outgoing.username
                && !account.own_outgoing_password,
            payload_display_name: if person.more.is_empty() {
                title(account)
            } else {
                account.address.to_string()
            },
            payload_identifier: dotted(setup, Role::MailPayload, &account.key),
            payload_type: MAIL_PAYLOAD.to_owned(),
            payload_uuid: apple_uuid(setup, Role::MailPayload, &account.key),
            payload_version: 1,
        }
    }

    fn stated(&self) -> Result<Stated, ReadError> {
        Ok(Stated {
            address: self.email_address.clone(),
            display_name: self.email_account_name.clone(),
            protocol: match self.email_account_type.as_str() {
                TYPE_IMAP => IncomingProtocol::Imap,
                TYPE_POP => IncomingProtocol::Pop,
                other => return Err(ReadFault::unknown("EmailAccountType", other).into()),
            },
            incoming: StatedServer {
                host: self.incoming_mail_server_host_name.clone(),
                port: self.incoming_mail_server_port_number,
                security: self.incoming_mail_server_use_ssl.stated(),
                username: self.incoming_mail_server_username.clone(),
            },
            outgoing: StatedServer {
                host: self.outgoing_mail_server_host_name.clone(),
                port: self.outgoing_mail_server_port_number,
                security: self.outgoing_mail_server_use_ssl.stated(),
                username: self.outgoing_mail_server_username.clone(),
            },
        })
    }
}

impl Profile {
    /// A person and a setup for which this very profile is written, if there are any.
    fn origin(&self) -> Result<(PersonAccounts, Setup), ReadError> {
        let (identifier, key) = split(&self.payload_identifier, Role::Profile)?;
        let title = &self.payload_display_name;
        let name = title.strip_suffix(" Mail").unwrap_or(title);
        let mut accounts = Vec::new();
        for payload in &self.payload_content {
            // of several accounts only the first one's provider is named everywhere
            let name = if accounts.is_empty() { name } else { &payload.email_account_description };
            let card = ProviderCard { name: name.to_owned(), ..ProviderCard::default() };
            let (_, key) = split(&payload.payload_identifier, Role::MailPayload)?;
            let mut account = payload.stated()?.account(key, card.into())?;
            account.own_outgoing_password = account.incoming.username == account.outgoing.username
                && !payload.outgoing_password_same_as_incoming_password;
            accounts.push(account);
        }
        let mut accounts = accounts.into_iter();
        let first = accounts.next().ok_or_else(|| ReadFault::missing("payload"))?;
        let person = PersonAccounts { key, more: accounts.collect(), ..first.into() };
        let organization = self.payload_organization.clone();
        Ok((person, Setup { organization, ..Setup::of(identifier) }))
    }
}

/// Namespace and key of the identifier `text`.
fn split(text: &str, role: Role) -> Result<(ReverseDns, AccountKey), ReadError> {
    let parts = text.rsplit_once('.').and_then(|(before, key)| {
        let namespace = before.strip_suffix(role.id())?.strip_suffix('.')?;
        Some((ReverseDns::try_from(namespace).ok()?, AccountKey::from_hex(key)?))
    });
    parts
        .ok_or_else(|| ReadFault::Foreign("an identifier is not one that mailmuster writes").into())
}

/// The value of a `…UseSSL` key. True for STARTTLS as well: the key means "use TLS", and the port decides
/// how. automx2 2024.2 fixed the opposite reading as a bug.
#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "bool", into = "bool")]
enum UseSsl {
    Yes,
    /// Not written.
    #[default]
    No,
}

impl UseSsl {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    fn is_no(&self) -> bool {
        *self == Self::No
    }

    fn stated(self) -> StatedSecurity {
        match self {
            Self::Yes => StatedSecurity::SomeTls,
            Self::No => StatedSecurity::Exactly(Security::None),
        }
    }
}

impl From<Security> for UseSsl {
    fn from(security: Security) -> Self {
        (security != Security::None).into()
    }
}

impl From<bool> for UseSsl {
    fn from(value: bool) -> Self {
        if value { Self::Yes } else { Self::No }
    }
}

impl From<UseSsl> for bool {
    fn from(value: UseSsl) -> Self {
        value == UseSsl::Yes
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !value
}
