//! Addresses of pages on the web.

use std::fmt;

use thiserror::Error;

use super::text::first_unfit;

/// The address of a web page: `https://` or `http://`, without control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link(Box<str>);

/// A text that is not the address of a web page.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("it is not a web address")]
pub struct LinkError;

impl Link {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<&str> for Link {
    type Error = LinkError;

    fn try_from(text: &str) -> Result<Self, LinkError> {
        let is_web = text.starts_with("https://") || text.starts_with("http://");
        if is_web && first_unfit(text).is_none() { Ok(Self(text.into())) } else { Err(LinkError) }
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_pages_are_links() {
        assert_eq!(Link::try_from("https://acme.org/a").unwrap().as_str(), "https://acme.org/a");
        for text in ["", "acme.org", "javascript:alert(1)", "https://a\n", "http://\u{202e}"] {
            assert_eq!(Link::try_from(text), Err(LinkError), "{text}");
        }
    }
}
