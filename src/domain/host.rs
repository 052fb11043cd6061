//! Host names and mail domains.

use std::fmt;

use thiserror::Error;

/// The longest host name, in characters of its ASCII form (RFC 1035 §2.3.4, less the root dot).
const LONGEST_HOST: usize = 253;

/// A server's name in ASCII form, lower case, ready for DNS, TLS and every file format.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostName(Box<str>);

/// The part of an address after `@`.
///
/// Compared in ASCII form: `MÜNCHEN.de` and `xn--mnchen-3ya.de` are equal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Domain(HostName);

#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum HostError {
    #[error("it is empty")]
    Empty,
    /// With a port, scheme or path.
    #[error("it holds `{0}`; write the bare name, without protocol, port or path")]
    Decorated(char),
    /// Certificates do not name addresses.
    #[error("it is an IP address, not a name")]
    IpAddress,
    /// A label or character that DNS does not allow.
    #[error("it is not a legal host name")]
    Malformed,
    #[error("its domain has no dot")]
    OneLabel,
}

impl HostName {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<&str> for HostName {
    type Error = HostError;

    fn try_from(text: &str) -> Result<Self, HostError> {
        if text.is_empty() {
            return Err(HostError::Empty);
        }
        if let Some(c) = text.chars().find(|c| matches!(c, ':' | '/' | '@' | '[' | ']' | ' ')) {
            return Err(HostError::Decorated(c));
        }
        let ascii = to_ascii(text).ok_or(HostError::Malformed)?;
        let last = ascii.rsplit('.').next().unwrap_or_default();
        if last.bytes().all(|b| b.is_ascii_digit()) {
            return Err(HostError::IpAddress);
        }
        Ok(Self(ascii.into_boxed_str()))
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Domain {
    /// In ASCII form (A-labels), lower case.
    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// As people write it (U-labels).
    pub(crate) fn to_unicode(&self) -> String {
        idna::domain_to_unicode(self.as_str()).0
    }
}

impl TryFrom<&str> for Domain {
    type Error = HostError;

    fn try_from(text: &str) -> Result<Self, HostError> {
        let host = HostName::try_from(text)?;
        if !host.0.contains('.') {
            return Err(HostError::OneLabel);
        }
        Ok(Self(host))
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The ASCII form by UTS 46, with letters, digits and hyphens only (RFC 5891 §4.2.3). Plain ASCII names
/// take a shortcut.
fn to_ascii(text: &str) -> Option<String> {
    let ascii = if is_plain(text) {
        text.to_ascii_lowercase()
    } else {
        idna::domain_to_ascii_strict(text).ok()?
    };
    let legal = ascii.len() <= LONGEST_HOST && ascii.split('.').all(is_legal_label);
    legal.then_some(ascii)
}

fn is_plain(text: &str) -> bool {
    text.is_ascii() && !text.to_ascii_lowercase().contains("xn--")
}

fn is_legal_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_converted_to_lower_case_ascii() {
        assert_eq!(
            HostName::try_from("IMAP.CenturyLink.NET").unwrap().as_str(),
            "imap.centurylink.net"
        );
        let domain = Domain::try_from("MÜNCHEN.de").unwrap();
        assert_eq!(domain.as_str(), "xn--mnchen-3ya.de");
        assert_eq!(domain.to_unicode(), "münchen.de");
        assert_eq!(domain, Domain::try_from("xn--mnchen-3ya.de").unwrap());
    }

    #[test]
    fn an_invalid_host_name_is_refused() {
        for (text, why) in [
            ("", HostError::Empty),
            ("imaps://imap.example.org", HostError::Decorated(':')),
            ("imap.example.org/inbox", HostError::Decorated('/')),
            ("192.168.1.1", HostError::IpAddress),
            ("imap..example.org", HostError::Malformed),
            ("-imap.example.org", HostError::Malformed),
            ("imap_1.example.org", HostError::Malformed),
            ("imap.example.org.", HostError::Malformed),
        ] {
            assert_eq!(HostName::try_from(text), Err(why), "{text}");
        }
        assert_eq!(HostName::try_from("a".repeat(64).as_str()), Err(HostError::Malformed));
        assert_eq!(Domain::try_from("localhost"), Err(HostError::OneLabel));
    }
}
