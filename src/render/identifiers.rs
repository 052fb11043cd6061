//! Names under which devices know an account. They depend on the organization and the person's key,
//! never on content, date or row order: a re-issued profile replaces the old one in place.

use uuid::Uuid;

use super::Setup;
use crate::domain::account::AccountKey;
use crate::domain::identifier::ReverseDns;

/// What an identifier names.
#[derive(Clone, Copy, Debug)]
pub(super) enum Role {
    /// The configuration profile.
    Profile,
    /// The mail payload inside it.
    MailPayload,
    /// The account in the Windows script.
    WindowsAccount,
    /// The account in the settings file of Thunderbird for Android.
    ThunderbirdAccount,
}

impl Role {
    /// The word inside identifiers.
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::Profile => "mail-profile",
            Self::MailPayload => "mail-account",
            Self::WindowsAccount => "windows-account",
            Self::ThunderbirdAccount => "thunderbird-account",
        }
    }
}

/// The identifier of the configuration profile of the account with the key `key`.
pub(crate) fn profile_identifier(identifier: &ReverseDns, key: &AccountKey) -> String {
    format!("{identifier}.{}.{key}", Role::Profile.id())
}

/// `com.example.mail-profile.0f3c…`: reverse DNS, kind and key.
pub(super) fn dotted(setup: &Setup, role: Role, key: &AccountKey) -> String {
    format!("{}.{}.{key}", setup.identifier, role.id())
}

/// A UUID version 5 (RFC 9562 §5.5) in the organization's own namespace.
pub(super) fn uuid(setup: &Setup, role: Role, key: &AccountKey) -> Uuid {
    let namespace = Uuid::new_v5(&Uuid::NAMESPACE_DNS, setup.identifier.as_str().as_bytes());
    Uuid::new_v5(&namespace, format!("{}\0{key}", role.id()).as_bytes())
}

/// Upper case, as Apple writes UUIDs.
pub(super) fn apple_uuid(setup: &Setup, role: Role, key: &AccountKey) -> String {
    uuid(setup, role, key).hyphenated().to_string().to_uppercase()
}
