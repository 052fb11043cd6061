//! What a person is called, and the name they sign in with.

use std::fmt;

use thiserror::Error;
use unicode_normalization::UnicodeNormalization;

use super::email::EmailAddress;
use super::text::{self, UnfitCharacter};

/// The longest display name, in characters. Apple, Outlook and Thunderbird take longer ones; a name
/// this long in a list of people is a shifted column.
const LONGEST_NAME: usize = 128;

/// The longest login, in octets: a whole address (RFC 5321 §4.5.3.1.3).
const LONGEST_LOGIN: usize = 254;

/// The name that others see. Not empty, one line, no control or bidirectional characters, NFC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisplayName(Box<str>);

/// The user name a server asks for. One word, no control or bidirectional characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginName(Box<str>);

/// Why a text is no name or login.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum NameError {
    /// There was nothing.
    #[error("it is blank")]
    Blank,
    /// A login is one word.
    #[error("it holds a space")]
    Space,
    /// The limit that was passed, in characters.
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
        // nothing in it can be composed or doubled
        if text.is_ascii() && !text.contains("  ") {
            return Ok(Self(text.into()));
        }
        let one_line: Vec<&str> = text.split_whitespace().collect();
        Ok(Self(one_line.join(" ").nfc().collect::<String>().into_boxed_str()))
    }
}

impl From<&EmailAddress> for DisplayName {
    /// The address in place of a name, however long.
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

    /// An address is one word without anything unfit; only its length is left to look at.
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

/// `text` without blank space around it, once it holds something and nothing unfit.
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
    fn what_would_break_or_mislead_is_refused() {
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
