//! A person as one row of the list describes them.

use super::directory::Directory;
use super::email::EmailAddress;
use super::label::Labels;
use super::language::Language;
use super::name::{DisplayName, LoginName, NameError, fit};
use super::platform::Platforms;
use super::setting::Setting;

/// The longest id, in characters.
const LONGEST_ID: usize = 128;

/// One row of the list: a mailbox and its person, before a provider is known.
#[derive(Clone, Debug)]
pub struct Person {
    /// The mailbox.
    pub address: EmailAddress,
    /// The address if the row has no name.
    pub display_name: DisplayName,
    /// The names of the row in lower case. They distinguish two people with the same id.
    pub called: Option<String>,
    /// The mail login, if it is not the provider's default.
    pub login: Option<LoginName>,
    /// The login for sending, if it differs.
    pub outgoing_login: Option<LoginName>,
    /// Whether sending needs another password than receiving.
    pub own_outgoing_password: bool,
    /// A stable key from the admin's own system. It survives changes of name and address, and rows that
    /// share it are mailboxes of one person.
    pub id: Option<PersonId>,
    /// Server settings for this row only.
    pub settings: Vec<Setting>,
    /// The devices to make files for.
    pub platforms: Platforms,
    /// The language of the sheet, if the row names one.
    pub language: Option<Language>,
    /// For reports only.
    pub labels: Labels,
    /// For exports only; `None` where the list has no such column.
    pub directory: Option<Box<Directory>>,
}

impl Person {
    /// A person of whom only the mailbox is known.
    pub fn new(address: EmailAddress) -> Self {
        Self {
            display_name: DisplayName::from(&address),
            address,
            called: None,
            login: None,
            outgoing_login: None,
            own_outgoing_password: false,
            id: None,
            settings: Vec::new(),
            platforms: Platforms::ALL,
            language: None,
            labels: Labels::default(),
            directory: None,
        }
    }
}

/// A stable key for a person, from the admin's own system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonId(Box<str>);

impl PersonId {
    /// As written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<&str> for PersonId {
    type Error = NameError;

    fn try_from(value: &str) -> Result<Self, NameError> {
        let value = fit(value)?;
        if value.chars().count() > LONGEST_ID {
            return Err(NameError::TooLong(LONGEST_ID));
        }
        Ok(Self(value.into()))
    }
}
