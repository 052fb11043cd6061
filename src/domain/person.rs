//! One row of the list, understood.

use super::email::EmailAddress;
use super::label::Labels;
use super::language::Language;
use super::name::{DisplayName, LoginName, NameError, fit};
use super::platform::Platforms;
use super::setting::Setting;

/// The longest id, in characters.
const LONGEST_ID: usize = 128;

/// One row of the list: a mailbox and the person it belongs to, and nothing that a provider adds.
#[derive(Clone, Debug)]
pub struct Person {
    /// The mailbox.
    pub address: EmailAddress,
    /// What others see; the address where the row has no name.
    pub display_name: DisplayName,
    /// What tells two people apart who are given one id: the names of the row in lower case, if any.
    pub called: Option<String>,
    /// The mail login, where the row names one that is not the provider's default.
    pub login: Option<LoginName>,
    /// The login for sending, where it is another.
    pub outgoing_login: Option<LoginName>,
    /// Whether sending takes another password than fetching.
    pub own_outgoing_password: bool,
    /// A stable key from the admin's own system: a person who changes name and address keeps it, and
    /// rows that share it are mailboxes of one person.
    pub id: Option<PersonId>,
    /// Servers of this row alone.
    pub settings: Vec<Setting>,
    /// The devices to make files for.
    pub platforms: Platforms,
    /// The language of the sheet, where the row names one.
    pub language: Option<Language>,
    /// What reports repeat.
    pub labels: Labels,
}

impl Person {
    /// Somebody of whom only the mailbox is known.
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
        }
    }
}

/// A stable key for a person, from the admin's own system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonId(Box<str>);

impl PersonId {
    /// The key as it was written.
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
