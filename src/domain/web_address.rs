//! Addresses of services on the web.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The address of a service: `http://` or `https://`, a host and a path, without a user name, password or fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WebAddress(Box<str>);

/// A text that is not the address of a service.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("an address is written like http://timestamp.example.com, or with https:// and a path")]
pub(crate) struct WebAddressError;

impl WebAddress {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for WebAddress {
    type Err = WebAddressError;

    fn from_str(text: &str) -> Result<Self, WebAddressError> {
        let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
        let rest = rest.ok_or(WebAddressError)?;
        let server = rest.split(['/', '?']).next().unwrap_or_default();
        let (host, port) = match server.rsplit_once(':') {
            // the colons of IPv6 are in brackets
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (server, None),
        };
        let is_number =
            host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).is_some_and(|number| {
                number.bytes().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.'))
            });
        let is_name = !host.is_empty()
            && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
        let has_port = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
        let is_plain = rest.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
        if (is_number || is_name) && has_port && is_plain {
            Ok(Self(text.into()))
        } else {
            Err(WebAddressError)
        }
    }
}

impl fmt::Display for WebAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_has_a_scheme_and_a_host() {
        for text in [
            "http://timestamp.digicert.com",
            "https://freetsa.org/tsr",
            "http://127.0.0.1:8080/a?b=c",
            "http://[::1]:80",
            "http://[::1]",
        ] {
            assert_eq!(text.parse::<WebAddress>().unwrap().as_str(), text);
        }
        for text in [
            "",
            "timestamp.digicert.com",
            "ftp://a.example",
            "http://",
            "http:///path",
            "http://user:secret@a.example",
            "http://a.example:0",
            "http://a.example:70000",
            "http://a.example/#b",
            "http://a.example/ b",
            "http://a.example/\n",
            "http://ä.example",
            "http://[zz]",
        ] {
            assert_eq!(text.parse::<WebAddress>(), Err(WebAddressError), "{text}");
        }
    }
}
