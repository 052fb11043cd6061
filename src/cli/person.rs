//! Addresses of people on the command line.

use thiserror::Error;

use crate::diagnostic::{Diagnostic, Shown};
use crate::domain::email::{EmailAddress, EmailError};

/// A word that is not the address of a person.
#[derive(Debug, Error)]
#[error("`{}` is not an address: {error}", Shown(.text))]
pub(super) struct NotAnAddress {
    text: String,
    error: EmailError,
}

impl Diagnostic for NotAnAddress {
    fn hint(&self) -> Option<String> {
        Some(match &self.error {
            EmailError::SecondAt => "give one address, e.g. bob@example.com".to_owned(),
            _ => "give the whole address, e.g. bob@example.com".to_owned(),
        })
    }
}

/// The address in `text`, a word of the command line.
pub(super) fn address(text: &str) -> Result<EmailAddress, NotAnAddress> {
    EmailAddress::try_from(text).map_err(|error| NotAnAddress { text: text.to_owned(), error })
}
