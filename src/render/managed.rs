//! Unsigned profiles for an MDM, for a person or for the person who uses a device, and how they are recognized.

use std::sync::Arc;

use super::apple::{parse, split};
use super::error::ReadFault;
use super::identifiers::{Role, apple_uuid, dotted};
use super::profile::{MailPayload, Profile, Servers, Shown, profile};
use super::stated::StatedServer;
use super::{ManagedFor, ReadError, RenderError, Setup};
use crate::domain::account::{AccountKey, PersonAccounts, ProviderCard};
use crate::domain::shared::{Placeholders, SharedAccount, SharedLogin};

/// Whose profile an MDM gets.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ProfileOf<'a> {
    Person(&'a PersonAccounts),
    /// Of the person who uses the device: the MDM fills the variables in.
    Everybody(&'a SharedAccount),
}

/// The suffix of an identifier that an MDM wants to be unique: that of the profile for iPhone and iPad.
pub(crate) const DEVICE_SUFFIX: &str = ".ios";

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
    let profile = match of {
        ProfileOf::Person(person) => profile(person, setup),
        ProfileOf::Everybody(account) => {
            let key = AccountKey::of_shared(&account.provider.id, account.protocol);
            shared(account, &key, setup)
        }
    };
    profile.managed(form)
}

impl Profile {
    /// The same profile for an MDM.
    fn managed(mut self, form: &ManagedForm) -> Result<Vec<u8>, RenderError> {
        self.payload_display_name.clone_from(&form.title);
        if form.channel == Channel::Device {
            self.payload_scope = None;
        }
        if let Some(suffix) = form.suffix {
            self.payload_identifier.push_str(suffix);
            let own = uuid::Uuid::try_parse(&self.payload_uuid).unwrap_or_default();
            let own = uuid::Uuid::new_v5(&own, suffix.as_bytes());
            self.payload_uuid = own.hyphenated().to_string().to_uppercase();
        }
        for payload in &mut self.payload_content {
            // "Not supported by MDM on iOS" (com.apple.mail.managed.yaml)
            payload.outgoing_password_same_as_incoming_password = false;
        }
        self.to_xml()
    }
}

/// The profile of the person who uses a device.
fn shared(account: &SharedAccount, key: &AccountKey, setup: &Setup) -> Profile {
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
        key,
        setup,
    );
    Profile {
        payload_content: vec![payload],
        payload_description:
            "Sets up the mailbox of the person who uses this device. Removing this profile removes the account from the device."
                .to_owned(),
        payload_display_name: title,
        payload_identifier: dotted(setup, Role::Profile, key),
        payload_organization: setup.organization.clone(),
        payload_scope: Some("User".to_owned()),
        payload_type: "Configuration".to_owned(),
        payload_uuid: apple_uuid(setup, Role::Profile, key),
        payload_version: 1,
    }
}

/// Whether `content` is, byte for byte, a profile that this version exports for an MDM, and for whom.
pub(super) fn recognized(content: &[u8]) -> Option<ManagedFor> {
    let person = || again_for_person(content).ok().filter(|again| again == content);
    let everybody = || again_for_everybody(content).ok().filter(|again| again == content);
    person().map(|_| ManagedFor::Person).or_else(|| everybody().map(|_| ManagedFor::Everybody))
}

/// Takes off what [`Profile::managed`] adds, as far as it can be seen in the profile.
fn unmanaged(mut profile: Profile) -> (Profile, ManagedForm) {
    let suffix = profile.payload_identifier.ends_with(DEVICE_SUFFIX).then_some(DEVICE_SUFFIX);
    if let Some(identifier) = profile.payload_identifier.strip_suffix(DEVICE_SUFFIX) {
        profile.payload_identifier = identifier.to_owned();
    }
    let channel = if profile.payload_scope.is_some() { Channel::User } else { Channel::Device };
    let title = std::mem::take(&mut profile.payload_display_name);
    if let [only] = &profile.payload_content[..] {
        profile.payload_display_name.clone_from(&only.payload_display_name);
    }
    (profile, ManagedForm { title, channel, suffix })
}

fn again_for_person(content: &[u8]) -> Result<Vec<u8>, ReadError> {
    let (read, form) = unmanaged(parse(content)?);
    let (person, setup) = read.origin()?;
    Ok(managed(ProfileOf::Person(&person), &setup, &form)?)
}

fn again_for_everybody(content: &[u8]) -> Result<Vec<u8>, ReadError> {
    let (read, form) = unmanaged(parse(content)?);
    let (identifier, key) = split(&read.payload_identifier, Role::Profile)?;
    let payload = read.payload_content.first().ok_or_else(|| ReadFault::missing("payload"))?;
    let stated = payload.stated()?;
    let login = |server: &StatedServer| -> Result<SharedLogin, ReadError> {
        Ok(SharedLogin { endpoint: server.endpoint()?, username: server.username.clone() })
    };
    let name = payload.email_account_description.clone();
    let account = SharedAccount {
        provider: Arc::new(ProviderCard { name, ..ProviderCard::default() }),
        protocol: stated.protocol,
        incoming: login(&stated.incoming)?,
        outgoing: login(&stated.outgoing)?,
        placeholders: Placeholders {
            address: stated.address.clone(),
            local_part: None,
            display_name: stated.display_name.clone().unwrap_or_default(),
        },
    };
    let setup = Setup { organization: read.payload_organization.clone(), ..Setup::of(identifier) };
    Ok(shared(&account, &key, &setup).managed(&form)?)
}
