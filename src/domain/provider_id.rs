//! Ids of mail providers.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The longest id, in characters.
const LONGEST: usize = 40;

/// A provider's id: lower case ASCII letters, digits and hyphens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProviderId(Box<str>);

/// A text that is not a provider's id.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("an id has 1 to {LONGEST} lower case letters, digits and hyphens")]
pub struct ProviderIdError;

impl ProviderId {
    /// An id made from any name: `example.org` becomes `example-org`. `None` if nothing is left.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        let fit = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
        let id: String = name.trim().chars().map(fit).take(LONGEST).collect();
        id.trim_matches('-').parse().ok()
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ProviderId {
    type Err = ProviderIdError;

    fn from_str(text: &str) -> Result<Self, ProviderIdError> {
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if (1..=LONGEST).contains(&text.len()) && text.bytes().all(fits) {
            Ok(Self(text.into()))
        } else {
            Err(ProviderIdError)
        }
    }
}

/// The id of a provider that has no better one: an organization's own.
impl Default for ProviderId {
    fn default() -> Self {
        Self("own".into())
    }
}

impl fmt::Display for ProviderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_short_and_plain() {
        assert_eq!("acme-2".parse::<ProviderId>().unwrap().as_str(), "acme-2");
        for text in ["", "Acme", "acme.org", "ä", &"x".repeat(41)] {
            assert_eq!(text.parse::<ProviderId>(), Err(ProviderIdError), "{text}");
        }
    }

    #[test]
    fn any_name_with_a_letter_or_digit_becomes_an_id() {
        let made = |name: &str| ProviderId::from_name(name).map(|id| id.to_string());
        assert_eq!(made(" Messaging_Engine. "), Some("messaging-engine".to_owned()));
        assert_eq!(made(&"x".repeat(50)), Some("x".repeat(40)));
        assert_eq!(made(" .-"), None);
    }
}
