//! The organization's namespace: its domain in reverse.

use std::fmt;

use thiserror::Error;

/// The longest identifier, in characters. With kind and key appended it stays below 255.
const LONGEST: usize = 150;

/// A reverse-DNS identifier such as `com.example.mail`.
///
/// MDMs and devices identify profiles by names that start with it, so it must not change while such
/// profiles are in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReverseDns(Box<str>);

/// A text that is not a reverse-DNS identifier.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("an identifier is your domain backwards, for example com.example.mail")]
pub struct ReverseDnsError;

impl ReverseDns {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for ReverseDns {
    /// For users who name no domain.
    fn default() -> Self {
        Self("local.mailmuster".into())
    }
}

impl TryFrom<&str> for ReverseDns {
    type Error = ReverseDnsError;

    fn try_from(text: &str) -> Result<Self, ReverseDnsError> {
        let legal = text.len() <= LONGEST
            && text.contains('.')
            && text.split('.').all(|label| {
                !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            });
        if legal { Ok(Self(text.into())) } else { Err(ReverseDnsError) }
    }
}

impl std::str::FromStr for ReverseDns {
    type Err = ReverseDnsError;

    fn from_str(text: &str) -> Result<Self, ReverseDnsError> {
        Self::try_from(text)
    }
}

impl fmt::Display for ReverseDns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_valid() {
        let default = ReverseDns::default();
        assert_eq!(ReverseDns::try_from(default.as_str()), Ok(default));
    }

    #[test]
    fn only_dotted_names_are_accepted() {
        assert!(ReverseDns::try_from("com.example.mail-setup").is_ok());
        for text in ["", "example", "com..example", "com.example.", "com.exa mple", "com.exämple"]
        {
            assert_eq!(ReverseDns::try_from(text), Err(ReverseDnsError), "{text}");
        }
    }
}
