//! Configuration profile with a `com.apple.mail.managed` payload for each mailbox, for iPhone, iPad, Mac and Vision.

use super::error::ReadFault;
use super::identifiers::Role;
use super::profile::{MAIL_PAYLOAD, MailPayload, Profile, profile};
use super::{
    Form, Format, ManagedFor, Part, ReadError, RenderError, Renderer, Scope, Setup, Stated,
    begins_with, managed, xml,
};
use crate::artifact::{FileBytes, FileName, SignatureFormat};
use crate::domain::account::{AccountKey, PersonAccounts, ProviderCard};
use crate::domain::identifier::ReverseDns;
use crate::domain::platform::Platform;

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

    fn render(
        &self,
        Part { person, .. }: Part<'_>,
        setup: &Setup,
    ) -> Result<FileBytes, RenderError> {
        Ok(profile(person, setup).to_xml()?.into())
    }

    fn read(&self, content: &[u8]) -> Result<Vec<Stated>, ReadError> {
        parse(content)?.payload_content.iter().map(MailPayload::stated).collect()
    }

    fn check_form(&self, content: &[u8]) -> Result<Form, ReadError> {
        let (person, setup) = parse(content)?.origin()?;
        let again = self.render(Part::from(&person), &setup)?;
        if again.to_vec() == content {
            Ok(Form::Whole)
        } else {
            Err(ReadFault::Foreign(
                "it is not the profile that mailmuster writes for these settings",
            )
            .into())
        }
    }

    fn managed_for(&self, content: &[u8]) -> Option<ManagedFor> {
        managed::recognized(content)
    }

    fn looks_like(&self, content: &[u8]) -> bool {
        content.starts_with(b"bplist") || begins_with(content, "<plist")
    }
}

/// The profile `content`. A key or payload that mailmuster never writes is an error: it could install
/// an authority, a proxy or another account.
pub(super) fn parse(content: &[u8]) -> Result<Profile, ReadError> {
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

impl Profile {
    /// A person and a setup for which this very profile is written, if there are any.
    pub(super) fn origin(&self) -> Result<(PersonAccounts, Setup), ReadError> {
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
pub(super) fn split(text: &str, role: Role) -> Result<(ReverseDns, AccountKey), ReadError> {
    let parts = text.rsplit_once('.').and_then(|(before, key)| {
        let namespace = before.strip_suffix(role.id())?.strip_suffix('.')?;
        Some((ReverseDns::try_from(namespace).ok()?, AccountKey::from_hex(key)?))
    });
    parts
        .ok_or_else(|| ReadFault::Foreign("an identifier is not one that mailmuster writes").into())
}
