//! Mail addresses.

use std::fmt;

use thiserror::Error;

use super::host::{Domain, HostError};
use super::text::Shown;

/// The longest local part, in octets (RFC 5321 §4.5.3.1.1).
const LONGEST_LOCAL_PART: usize = 64;

/// A mailbox address: an ASCII dot-atom, `@` and a domain (RFC 5322 §3.4.1).
///
/// Quoted local parts and comments are legal in the RFC but refused here: no device imports them.
/// Comparison ignores case, as mail systems do in practice.
#[derive(Clone, Debug)]
pub struct EmailAddress {
    /// The domain in ASCII form, the local part as written.
    text: Box<str>,
    at: usize,
    domain: Domain,
}

/// A text that is not an address.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum EmailError {
    /// A cell was empty.
    #[error("it is blank")]
    Blank,
    /// White space inside.
    #[error("it holds a space")]
    Space,
    /// No `@` at all.
    #[error("it has no `@`")]
    MissingAt,
    /// Possibly two addresses in one cell.
    #[error("it has more than one `@`")]
    SecondAt,
    /// `@example.org`.
    #[error("nothing precedes `@`")]
    MissingLocalPart,
    /// `ann@`.
    #[error("nothing follows `@`")]
    MissingDomain,
    /// A character that is not allowed in local parts.
    #[error("the part before `@` holds `{}`", Shown(.0.encode_utf8(&mut [0; 4])))]
    LocalCharacter(char),
    /// `.ann`, `ann.`, `ann..lee`.
    #[error("the part before `@` starts, ends or doubles its dot")]
    LocalDot,
    /// More than 64 octets.
    #[error("the part before `@` is longer than 64 characters")]
    LocalTooLong,
    /// The domain is invalid.
    #[error("{0}")]
    Domain(HostError),
}

impl EmailAddress {
    /// A mailbox at `domain` to ask providers about, and to show in examples.
    pub(crate) fn someone(domain: &Domain) -> Self {
        const LOCAL_PART: &str = "someone";
        let text = format!("{LOCAL_PART}@{domain}").into_boxed_str();
        Self { text, at: LOCAL_PART.len(), domain: domain.clone() }
    }

    /// The address with its domain in ASCII form.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// As written.
    pub(crate) fn local_part(&self) -> &str {
        &self.text[..self.at]
    }

    pub(crate) fn domain(&self) -> &Domain {
        &self.domain
    }

    /// The form that all spellings of one mailbox share: lower case.
    pub(crate) fn normalized(&self) -> String {
        self.text.to_ascii_lowercase()
    }
}

impl PartialEq for EmailAddress {
    fn eq(&self, other: &Self) -> bool {
        self.text.eq_ignore_ascii_case(&other.text)
    }
}

impl Eq for EmailAddress {}

impl TryFrom<&str> for EmailAddress {
    type Error = EmailError;

    fn try_from(text: &str) -> Result<Self, EmailError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(EmailError::Blank);
        }
        if text.chars().any(char::is_whitespace) {
            let several = text.matches('@').count() > 1;
            return Err(if several { EmailError::SecondAt } else { EmailError::Space });
        }
        let (local, domain) = text.split_once('@').ok_or(EmailError::MissingAt)?;
        if domain.contains('@') {
            return Err(EmailError::SecondAt);
        }
        check_local_part(local)?;
        if domain.is_empty() {
            return Err(EmailError::MissingDomain);
        }
        let domain = Domain::try_from(domain).map_err(EmailError::Domain)?;
        Ok(Self { text: format!("{local}@{domain}").into_boxed_str(), at: local.len(), domain })
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn check_local_part(local: &str) -> Result<(), EmailError> {
    if local.is_empty() {
        return Err(EmailError::MissingLocalPart);
    }
    if let Some(c) = local.chars().find(|c| !is_atext(*c) && *c != '.') {
        return Err(EmailError::LocalCharacter(c));
    }
    if local.starts_with('.') || local.ends_with('.') || local.contains("..") {
        return Err(EmailError::LocalDot);
    }
    if local.len() > LONGEST_LOCAL_PART {
        return Err(EmailError::LocalTooLong);
    }
    Ok(())
}

/// The characters of an atom (RFC 5322 §3.2.3).
fn is_atext(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<EmailAddress, EmailError> {
        EmailAddress::try_from(text)
    }

    #[test]
    fn ordinary_addresses_are_accepted() {
        for text in
            ["ada@centurylink.net", "o'brien@q.com", "a.b+c_d-e@x.co.uk", "x/y=z@example.org"]
        {
            assert_eq!(parse(text).unwrap().as_str(), text);
        }
        let address = parse(" Ada@CenturyLink.NET ").unwrap();
        assert_eq!(address.as_str(), "Ada@centurylink.net");
        assert_eq!(address.local_part(), "Ada");
        assert_eq!(address.normalized(), "ada@centurylink.net");
        assert_eq!(parse("a@münchen.de").unwrap().as_str(), "a@xn--mnchen-3ya.de");
    }

    #[test]
    fn an_invalid_address_is_refused_with_the_reason() {
        for (text, why) in [
            ("", EmailError::Blank),
            (" \u{a0} ", EmailError::Blank),
            ("ann.example.org", EmailError::MissingAt),
            ("ann@b@example.org", EmailError::SecondAt),
            ("ann lee@example.org", EmailError::Space),
            ("@example.org", EmailError::MissingLocalPart),
            ("ann@", EmailError::MissingDomain),
            ("../x@centurylink.net", EmailError::LocalDot),
            ("ann.@example.org", EmailError::LocalDot),
            ("\"ann\"@example.org", EmailError::LocalCharacter('"')),
            ("zoë@example.org", EmailError::LocalCharacter('ë')),
            ("ann\u{0}@example.org", EmailError::LocalCharacter('\0')),
            ("ann@example", EmailError::Domain(HostError::OneLabel)),
            ("ann@exa_mple.org", EmailError::Domain(HostError::Malformed)),
        ] {
            assert_eq!(parse(text).map(|a| a.text), Err(why), "{text}");
        }
        let long = format!("{}@example.org", "a".repeat(65));
        assert_eq!(parse(&long).map(|a| a.text), Err(EmailError::LocalTooLong));
    }

    #[test]
    fn case_does_not_distinguish_mailboxes() {
        assert_eq!(parse("Ada@CenturyLink.net").unwrap(), parse("ada@centurylink.NET").unwrap());
    }
}
