//! The configuration profile itself: its top level and the mail payload.
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
pub(super) struct Servers<'a> {
    pub(super) protocol: IncomingProtocol,
    pub(super) incoming: (&'a Endpoint, &'a str),
    pub(super) outgoing: (&'a Endpoint, &'a str),
}

/// What people see of an account.
pub(super) struct Shown {
    pub(super) address: String,
    /// What others see.
    pub(super) name: String,
    /// What Mail calls the account.
    pub(super) account: String,
    /// What Settings calls the payload.
    pub(super) title: String,
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

    pub(super) fn new(
        servers: &Servers<'_>,
        shown: Shown,
        key: &AccountKey,
        setup: &Setup,
    ) -> Self {
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
            display_name: Some(self.email_account_name.clone()),
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
            windows_user: None,
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
