//! Names of people, and the names they sign in with.

use std::fmt;

use thiserror::Error;
use unicode_normalization::UnicodeNormalization;

use super::email::EmailAddress;
use super::text::{self, UnfitCharacter};

/// The longest display name, in characters. Apple, Outlook and Thunderbird allow longer ones, but in a
/// list of people a longer name is a shifted column.
const LONGEST_NAME: usize = 128;

/// The longest login, in octets: that of an address (RFC 5321 §4.5.3.1.3).
const LONGEST_LOGIN: usize = 254;

/// The name that others see: one line in NFC, not empty, no control or bidirectional characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisplayName(Box<str>);

/// The user name on a server: one word, no control or bidirectional characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginName(Box<str>);

/// A text that is not a name or login.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum NameError {
    /// Nothing visible.
    #[error("it is blank")]
    Blank,
    /// A login is one word.
    #[error("it holds a space")]
    Space,
    /// The limit that was exceeded, in characters.
    #[error("it is longer than {0} characters")]
    TooLong(usize),
    /// A control, bidirectional or invisible character.
    #[error("it holds {0}")]
    Unfit(UnfitCharacter),
}

impl DisplayName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<&str> for DisplayName {
    type Error = NameError;

    fn try_from(text: &str) -> Result<Self, NameError> {
        let text = fit(text)?;
        if text.chars().count() > LONGEST_NAME {
            return Err(NameError::TooLong(LONGEST_NAME));
        }
        // nothing to compose or collapse
        if text.is_ascii() && !text.contains("  ") {
            return Ok(Self(text.into()));
        }
        let one_line: Vec<&str> = text.split_whitespace().collect();
        Ok(Self(one_line.join(" ").nfc().collect::<String>().into_boxed_str()))
    }
}

impl From<&EmailAddress> for DisplayName {
    /// The address as name, at any length.
    fn from(address: &EmailAddress) -> Self {
        Self(address.as_str().into())
    }
}

impl fmt::Display for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl LoginName {
    /// The login.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<&EmailAddress> for LoginName {
    type Error = NameError;

    /// An address is one word without invalid characters; only its length can be a fault.
    fn try_from(address: &EmailAddress) -> Result<Self, NameError> {
        let text = address.as_str();
        if text.len() > LONGEST_LOGIN {
            return Err(NameError::TooLong(LONGEST_LOGIN));
        }
        Ok(Self(text.into()))
    }
}

impl TryFrom<&str> for LoginName {
    type Error = NameError;

    fn try_from(text: &str) -> Result<Self, NameError> {
        let text = fit(text)?;
        if text.chars().any(char::is_whitespace) {
            return Err(NameError::Space);
        }
        if text.len() > LONGEST_LOGIN {
            return Err(NameError::TooLong(LONGEST_LOGIN));
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for LoginName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Trims `text` and refuses blank text and invalid characters.
pub(super) fn fit(text: &str) -> Result<&str, NameError> {
    let text = text.trim();
    if !text::is_visible(text) {
        return Err(NameError::Blank);
    }
    match text::first_unfit(text) {
        Some(unfit) => Err(NameError::Unfit(unfit)),
        None => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_trimmed_to_one_composed_line() {
        let name = DisplayName::try_from("  Zoe\u{308} \u{a0} O’Brien ").unwrap();
        assert_eq!(name.as_str(), "Zo\u{eb} O’Brien");
    }

    #[test]
    fn a_name_that_would_break_or_mislead_is_refused() {
        for (text, why) in [
            (" \u{a0}", NameError::Blank),
            ("Ann\nLee", NameError::Unfit(UnfitCharacter('\n'))),
            ("Ann\u{202e}eeL", NameError::Unfit(UnfitCharacter('\u{202e}'))),
        ] {
            assert_eq!(DisplayName::try_from(text), Err(why));
        }
        assert!(DisplayName::try_from("x".repeat(128).as_str()).is_ok());
        assert_eq!(DisplayName::try_from("x".repeat(129).as_str()), Err(NameError::TooLong(128)));
    }

    #[test]
    fn a_login_is_one_word() {
        assert_eq!(LoginName::try_from("ada lovelace"), Err(NameError::Space));
        assert_eq!(LoginName::try_from(" ada@q.com ").unwrap().as_str(), "ada@q.com");
    }
}
