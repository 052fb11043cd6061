//! Host and user names with the placeholders of Mozilla's autoconfig format:
//! `%EMAILADDRESS%`, `%EMAILLOCALPART%`, `%EMAILDOMAIN%` (draft-ietf-mailmaint-autoconfig).

use std::fmt;

use thiserror::Error;

use crate::domain::email::EmailAddress;
use crate::domain::host::{HostError, HostName};
use crate::domain::name::{LoginName, NameError};
use crate::domain::shared::Placeholders;

/// A host name that may contain the domain of the address (`mail.%EMAILDOMAIN%`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostPattern(HostParts);

#[derive(Clone, Debug, PartialEq, Eq)]
enum HostParts {
    /// The same for every address.
    Literal(HostName),
    WithDomain(Pattern),
}

/// A user name that may contain parts of the address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UsernamePattern(Pattern);

#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PatternError {
    #[error("{0}")]
    Host(#[from] HostError),
    #[error("`{0}` is not a placeholder")]
    Unknown(String),
    #[error("{0}")]
    Username(#[from] NameError),
    #[error("`{0}` is not allowed in a host name; only %EMAILDOMAIN% is")]
    NotInHost(&'static str),
}

impl PatternError {
    pub(crate) fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Unknown(_) => {
                Some("placeholders are %EMAILADDRESS%, %EMAILLOCALPART% and %EMAILDOMAIN%")
            }
            _ => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Placeholder(Placeholder),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Placeholder {
    Address,
    LocalPart,
    Domain,
}

impl Placeholder {
    const ALL: [Self; 3] = [Self::Address, Self::LocalPart, Self::Domain];

    fn id(self) -> &'static str {
        match self {
            Self::Address => "%EMAILADDRESS%",
            Self::LocalPart => "%EMAILLOCALPART%",
            Self::Domain => "%EMAILDOMAIN%",
        }
    }
}

impl HostPattern {
    pub(crate) fn fill(&self, address: &EmailAddress) -> Result<HostName, HostError> {
        match &self.0 {
            HostParts::Literal(host) => Ok(host.clone()),
            HostParts::WithDomain(pattern) => HostName::try_from(pattern.fill(address).as_str()),
        }
    }

    /// The host, if it is the same for every address.
    pub(crate) fn literal(&self) -> Option<&str> {
        match &self.0 {
            HostParts::Literal(host) => Some(host.as_str()),
            HostParts::WithDomain(_) => None,
        }
    }
}

impl TryFrom<&str> for HostPattern {
    type Error = PatternError;

    fn try_from(text: &str) -> Result<Self, PatternError> {
        let pattern = Pattern::try_from(text)?;
        for placeholder in [Placeholder::Address, Placeholder::LocalPart] {
            if pattern.0.contains(&Part::Placeholder(placeholder)) {
                return Err(PatternError::NotInHost(placeholder.id()));
            }
        }
        // any domain shows whether the rest is valid
        let host =
            HostName::try_from(text.replace(Placeholder::Domain.id(), "example.org").as_str())?;
        // hosts are compared, so a name without placeholder is kept in lower case
        let parts = HostParts::WithDomain(pattern);
        Ok(if text.contains('%') { Self(parts) } else { Self::from(host) })
    }
}

impl From<HostName> for HostPattern {
    fn from(host: HostName) -> Self {
        Self(HostParts::Literal(host))
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            HostParts::Literal(host) => host.fmt(f),
            HostParts::WithDomain(pattern) => pattern.fmt(f),
        }
    }
}

impl UsernamePattern {
    pub(crate) fn address() -> Self {
        Self(Pattern(vec![Part::Placeholder(Placeholder::Address)]))
    }

    pub(crate) fn is_address(&self) -> bool {
        self.0.0 == [Part::Placeholder(Placeholder::Address)]
    }

    /// The domain of the user names, if it is the same for all.
    pub(crate) fn domain(&self) -> Option<&str> {
        match self.0.0.last()? {
            Part::Text(text) => text.rsplit_once('@').map(|(_, domain)| domain),
            Part::Placeholder(_) => None,
        }
    }

    /// The user name with an MDM's variables; `None` if it needs a part of the address that has no variable.
    pub(crate) fn with(&self, placeholders: &Placeholders) -> Option<String> {
        let part = |part: &Part| match part {
            Part::Text(text) => Some(text.clone()),
            Part::Placeholder(Placeholder::Address) => Some(placeholders.address.clone()),
            Part::Placeholder(Placeholder::LocalPart) => placeholders.local_part.clone(),
            Part::Placeholder(Placeholder::Domain) => None,
        };
        self.0.0.iter().map(part).collect()
    }

    pub(crate) fn fill(&self, address: &EmailAddress) -> Result<LoginName, NameError> {
        if self.is_address() {
            return LoginName::try_from(address);
        }
        LoginName::try_from(self.0.fill(address).as_str())
    }
}

impl TryFrom<&str> for UsernamePattern {
    type Error = PatternError;

    fn try_from(text: &str) -> Result<Self, PatternError> {
        let pattern = Pattern::try_from(text)?;
        LoginName::try_from(text)?;
        Ok(Self(pattern))
    }
}

impl fmt::Display for UsernamePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Pattern {
    fn fill(&self, address: &EmailAddress) -> String {
        self.0
            .iter()
            .map(|part| match part {
                Part::Text(text) => text.as_str(),
                Part::Placeholder(Placeholder::Address) => address.as_str(),
                Part::Placeholder(Placeholder::LocalPart) => address.local_part(),
                Part::Placeholder(Placeholder::Domain) => address.domain().as_str(),
            })
            .collect()
    }
}

impl TryFrom<&str> for Pattern {
    type Error = PatternError;

    fn try_from(text: &str) -> Result<Self, PatternError> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find('%') {
            let (before, from) = rest.split_at(at);
            let placeholder = Placeholder::ALL
                .into_iter()
                .find(|placeholder| from.starts_with(placeholder.id()))
                .ok_or_else(|| PatternError::Unknown(from.to_owned()))?;
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            parts.push(Part::Placeholder(placeholder));
            rest = &from[placeholder.id().len()..];
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self(parts))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| match part {
            Part::Text(text) => f.write_str(text),
            Part::Placeholder(placeholder) => f.write_str(placeholder.id()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_at_any_position() {
        let ada = EmailAddress::try_from("Ada@q.com").unwrap();
        let host = HostPattern::try_from("mail.%EMAILDOMAIN%").unwrap();
        assert_eq!(host.fill(&ada).unwrap().as_str(), "mail.q.com");
        let user = UsernamePattern::try_from("%EMAILLOCALPART%.%EMAILDOMAIN%").unwrap();
        assert_eq!(user.fill(&ada).unwrap().as_str(), "Ada.q.com");
        assert_eq!(user.to_string(), "%EMAILLOCALPART%.%EMAILDOMAIN%");
    }

    #[test]
    fn a_host_without_placeholder_is_kept_in_lower_case() {
        assert_eq!(
            HostPattern::try_from("IMAP.Acme.org").unwrap().literal(),
            Some("imap.acme.org")
        );
        assert_eq!(HostPattern::try_from("mail.%EMAILDOMAIN%").unwrap().literal(), None);
    }

    #[test]
    fn a_broken_placeholder_is_refused() {
        // as in two files of Mozilla's database
        assert_eq!(
            UsernamePattern::try_from("%EMAILADDRESS"),
            Err(PatternError::Unknown("%EMAILADDRESS".to_owned()))
        );
        assert_eq!(
            HostPattern::try_from("%EMAILLOCALPART%.org"),
            Err(PatternError::NotInHost("%EMAILLOCALPART%"))
        );
        assert_eq!(
            HostPattern::try_from("imap:%EMAILDOMAIN%"),
            Err(PatternError::Host(HostError::Decorated(':')))
        );
    }
}
