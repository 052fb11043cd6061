//! One row of the list, understood.

use super::email::EmailAddress;
use super::name::{DisplayName, LoginName, NameError, fit};

/// The longest id, in characters.
const LONGEST_ID: usize = 128;

/// One person: what a row says about them, and nothing that a provider adds.
#[derive(Clone, Debug)]
pub struct Person {
    /// The mailbox.
    pub address: EmailAddress,
    /// What others see; the address where the row has no name.
    pub display_name: DisplayName,
    /// The mail login, where the row names one that is not the provider's default.
    pub login: Option<LoginName>,
    /// A stable key from the admin's own system: a person who changes name and address keeps it.
    pub id: Option<PersonId>,
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
