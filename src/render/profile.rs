//! The configuration profile itself: its top level and the mail payload. The renderer of bundles makes one for a
//! person, and exports for an MDM make one for a person or for the person who
//! uses a device.
//!
//! Keys and rules: apple/device-management `mdm/profiles/{TopLevel,CommonPayloadKeys,com.apple.mail.managed}.yaml`.
//! Keys that would equal their default are left out; the structs' order is the files' order.

use serde::{Deserialize, Serialize};

use super::apple::AppleProfile;
use super::error::ReadFault;
use super::identifiers::{Role, apple_uuid, dotted};
use super::stated::{StatedSecurity, StatedServer};
use super::{ReadError, RenderError, Setup, Stated};
use crate::domain::account::{AccountKey, MailAccount, PersonAccounts};
use crate::domain::server::{Endpoint, IncomingProtocol, Security};
use crate::domain::shared::SharedAccount;

/// Whose profile an MDM gets.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ProfileOf<'a> {
    Person(&'a PersonAccounts),
    /// Of the person who uses the device: the MDM fills the variables in.
    Everybody(&'a SharedAccount),
}

/// In what a profile for an MDM differs from the signed one.
#[derive(Clone, Debug)]
pub(crate) struct ManagedForm {
    /// The name in the MDM's console, where the short title would be everybody's.
    pub(crate) title: String,
    pub(crate) channel: Channel,
    /// Comes after the identifier, where an MDM wants one for each platform.
    pub(crate) suffix: Option<&'static str>,
}

/// Which of a device's two channels delivers the profile. Mail belongs to the user's on a Mac and to the
/// device's on an iPhone or iPad (`com.apple.mail.managed.yaml`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Channel {
    /// For Macs.
    User,
    /// For iPhone, iPad and Vision Pro, which know no `PayloadScope`.
    Device,
}

/// The unsigned profile for an MDM, with the identifiers of the signed one.
pub(crate) fn managed(
    of: ProfileOf<'_>,
    setup: &Setup,
    form: &ManagedForm,
) -> Result<Vec<u8>, RenderError> {
    let mut profile = match of {
        ProfileOf::Person(person) => profile(person, setup),
        ProfileOf::Everybody(account) => shared(account, setup),
    };
    profile.payload_display_name.clone_from(&form.title);
    if form.channel == Channel::Device {
        profile.payload_scope = None;
    }
    if let Some(suffix) = form.suffix {
        profile.payload_identifier.push_str(suffix);
        let own = uuid::Uuid::try_parse(&profile.payload_uuid).unwrap_or_default();
        let own = uuid::Uuid::new_v5(&own, suffix.as_bytes());
        profile.payload_uuid = own.hyphenated().to_string().to_uppercase();
    }
    for payload in &mut profile.payload_content {
        // "Not supported by MDM on iOS" (com.apple.mail.managed.yaml)
        payload.outgoing_password_same_as_incoming_password = false;
    }
    profile.to_xml()
}

/// The profile of the person who uses a device.
fn shared(account: &SharedAccount, setup: &Setup) -> Profile {
    let key = AccountKey::of_shared(&account.provider.id, account.protocol);
    let title = format!("{} Mail", account.provider.name);
    let payload = MailPayload::new(
        &Servers {
            protocol: account.protocol,
            incoming: (&account.incoming.endpoint, &account.incoming.username),
            outgoing: (&account.outgoing.endpoint, &account.outgoing.username),
        },
        Shown {
            address: account.placeholders.address.clone(),
            name: account.placeholders.display_name.clone(),
            account: account.provider.name.clone(),
            title: title.clone(),
        },
        &key,
        setup,
    );
    Profile {
        payload_content: vec![payload],
        payload_description:
            "Sets up the mailbox of the person who uses this device. Removing this profile removes the account from the device."
                .to_owned(),
        payload_display_name: title,
        payload_identifier: dotted(setup, Role::Profile, &key),
        payload_organization: setup.organization.clone(),
        payload_scope: Some("User".to_owned()),
        payload_type: "Configuration".to_owned(),
        payload_uuid: apple_uuid(setup, Role::Profile, &key),
        payload_version: 1,
    }
}

pub(super) fn profile(person: &PersonAccounts, setup: &Setup) -> Profile {
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
        payload_scope: Some("User".to_owned()),
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
pub(super) struct Profile {
    pub(super) payload_content: Vec<MailPayload>,
    pub(super) payload_description: String,
    pub(super) payload_display_name: String,
    pub(super) payload_identifier: String,
    pub(super) payload_organization: Option<String>,
    /// macOS: mail belongs to a user, never to the computer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) payload_scope: Option<String>,
    pub(super) payload_type: String,
    #[serde(rename = "PayloadUUID")]
    pub(super) payload_uuid: String,
    pub(super) payload_version: u8,
}

/// The mail payload (`com.apple.mail.managed.yaml`).
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct MailPayload {
    pub(super) email_account_description: String,
    pub(super) email_account_name: String,
    pub(super) email_account_type: String,
    pub(super) email_address: String,
    pub(super) incoming_mail_server_authentication: String,
    pub(super) incoming_mail_server_host_name: String,
    pub(super) incoming_mail_server_port_number: u16,
    #[serde(rename = "IncomingMailServerUseSSL", default, skip_serializing_if = "UseSsl::is_no")]
    pub(super) incoming_mail_server_use_ssl: UseSsl,
    pub(super) incoming_mail_server_username: String,
    pub(super) outgoing_mail_server_authentication: String,
    pub(super) outgoing_mail_server_host_name: String,
    /// Always written: without it a device tries 25, 587 and 465 in turn.
    pub(super) outgoing_mail_server_port_number: u16,
    #[serde(rename = "OutgoingMailServerUseSSL", default, skip_serializing_if = "UseSsl::is_no")]
    pub(super) outgoing_mail_server_use_ssl: UseSsl,
    pub(super) outgoing_mail_server_username: String,
    /// Asks for the password once instead of twice; for installation by hand only.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) outgoing_password_same_as_incoming_password: bool,
    pub(super) payload_display_name: String,
    pub(super) payload_identifier: String,
    pub(super) payload_type: String,
    #[serde(rename = "PayloadUUID")]
    pub(super) payload_uuid: String,
    pub(super) payload_version: u8,
}

pub(super) const MAIL_PAYLOAD: &str = "com.apple.mail.managed";
const TYPE_IMAP: &str = "EmailTypeIMAP";
const TYPE_POP: &str = "EmailTypePOP";

/// Where mail is fetched and sent, with the user names.
struct Servers<'a> {
    protocol: IncomingProtocol,
    incoming: (&'a Endpoint, &'a str),
    outgoing: (&'a Endpoint, &'a str),
}

/// What people see of an account.
struct Shown {
    address: String,
    /// What others see.
    name: String,
    /// What Mail calls the account.
    account: String,
    /// What Settings calls the payload.
    title: String,
}

impl Profile {
    pub(super) fn to_xml(&self) -> Result<Vec<u8>, RenderError> {
        let mut plist = Vec::new();
        plist::to_writer_xml(&mut plist, self)
            .map_err(|error| RenderError::new(&AppleProfile, error))?;
        Ok(plist)
    }
}

impl MailPayload {
    fn of(account: &MailAccount, person: &PersonAccounts, setup: &Setup) -> Self {
        let MailAccount { incoming, outgoing, address, .. } = account;
        let title = if person.more.is_empty() { title(account) } else { address.to_string() };
        let servers = Servers {
            protocol: account.protocol,
            incoming: (&incoming.endpoint, incoming.username.as_str()),
            outgoing: (&outgoing.endpoint, outgoing.username.as_str()),
        };
        let shown = Shown {
            address: address.to_string(),
            name: account.display_name.to_string(),
            account: name_in_mail(account, person).to_owned(),
            title,
        };
        Self {
            outgoing_password_same_as_incoming_password: incoming.username == outgoing.username
                && !account.own_outgoing_password,
            ..Self::new(&servers, shown, &account.key, setup)
        }
    }

    fn new(servers: &Servers<'_>, shown: Shown, key: &AccountKey, setup: &Setup) -> Self {
        let Servers { protocol, incoming: (incoming, user), outgoing: (outgoing, sender) } =
            *servers;
        Self {
            email_account_description: shown.account,
            email_account_name: shown.name,
            email_account_type: match protocol {
                IncomingProtocol::Imap => TYPE_IMAP,
                IncomingProtocol::Pop => TYPE_POP,
            }
            .to_owned(),
            email_address: shown.address,
            incoming_mail_server_authentication: "EmailAuthPassword".to_owned(),
            incoming_mail_server_host_name: incoming.host.to_string(),
            incoming_mail_server_port_number: incoming.port.get(),
            incoming_mail_server_use_ssl: incoming.security.into(),
            incoming_mail_server_username: user.to_owned(),
            outgoing_mail_server_authentication: "EmailAuthPassword".to_owned(),
            outgoing_mail_server_host_name: outgoing.host.to_string(),
            outgoing_mail_server_port_number: outgoing.port.get(),
            outgoing_mail_server_use_ssl: outgoing.security.into(),
            outgoing_mail_server_username: sender.to_owned(),
            outgoing_password_same_as_incoming_password: false,
            payload_display_name: shown.title,
            payload_identifier: dotted(setup, Role::MailPayload, key),
            payload_type: MAIL_PAYLOAD.to_owned(),
            payload_uuid: apple_uuid(setup, Role::MailPayload, key),
            payload_version: 1,
        }
    }

    pub(super) fn stated(&self) -> Result<Stated, ReadError> {
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

/// The value of a `…UseSSL` key. True for STARTTLS as well: the key means "use TLS", and the port decides
/// how. automx2 2024.2 fixed the opposite reading as a bug.
#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "bool", into = "bool")]
pub(super) enum UseSsl {
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
