//! One server section: `incomingServer` or `outgoingServer`.

use std::num::NonZeroU16;

use super::xml::Element;
use super::{Import, SkippedPart};
use crate::diagnostic::Shown;
use crate::domain::server::{IncomingProtocol, Security};
use crate::provider::pattern::{HostPattern, UsernamePattern};
use crate::provider::{Authentication, Evidence, ProviderError, Server};

/// The user name of servers without sign-in, which name none.
const NO_USERNAME: &str = "%EMAILADDRESS%";

const USERNAME_HINT: &str = "the usual user name is %EMAILADDRESS%, the whole address";

impl Import<'_> {
    /// `None` if the server is unusable.
    pub(super) fn incoming(
        &mut self,
        element: &Element,
    ) -> Result<Option<(IncomingProtocol, Server)>, ProviderError> {
        let protocol = match self.kind(element)? {
            "imap" => IncomingProtocol::Imap,
            "pop3" => IncomingProtocol::Pop,
            other => {
                self.skip_server(element, other, "incoming servers have the type imap or pop3");
                return Ok(None);
            }
        };
        Ok(self.server(element)?.map(|server| (protocol, server)))
    }

    /// `None` if the server is unusable.
    pub(super) fn outgoing(&mut self, element: &Element) -> Result<Option<Server>, ProviderError> {
        match self.kind(element)? {
            "smtp" => self.server(element),
            other => {
                self.skip_server(element, other, "outgoing servers have the type smtp");
                Ok(None)
            }
        }
    }

    fn kind<'e>(&self, element: &'e Element) -> Result<&'e str, ProviderError> {
        element.attribute("type").ok_or_else(|| {
            let what = format!("`{}` has no type", element.name);
            self.fault(element.line, what, Some("it is one of type=\"imap\", \"pop3\", \"smtp\""))
        })
    }

    fn skip_server(&mut self, element: &Element, kind: &str, why: &'static str) {
        let part = SkippedPart::ElementOfType(element.name.clone(), kind.to_owned());
        self.skips.add(element.line, part, why);
    }

    fn server(&mut self, element: &Element) -> Result<Option<Server>, ProviderError> {
        self.skip_rest(element);
        let authentication = self.authentication(element)?;
        if authentication.is_empty() {
            self.skip(element, "files cannot carry its ways to sign in");
            return Ok(None);
        }
        let host = self.needed(element, "hostname")?;
        let host = HostPattern::try_from(host.text().as_str())
            .map_err(|error| self.pattern(host, &error, "write a name like imap.example.org"))?;
        Ok(Some(Server {
            host,
            port: self.port(element)?,
            security: self.security(element)?,
            username: self.username(element, &authentication)?,
            authentication,
            evidence: Evidence {
                source: Some(format!(
                    "imported from {}, line {} (Mozilla autoconfig), not verified",
                    self.name(),
                    element.line
                )),
                checked_on: Some(self.today),
            },
            disputed: None,
        }))
    }

    fn port(&self, element: &Element) -> Result<NonZeroU16, ProviderError> {
        let port = self.needed(element, "port")?;
        let text = port.text();
        text.parse().map_err(|_| {
            let what = format!("`{}` is not a port", Shown(&text));
            self.fault(port.line, what, Some("a port is a number from 1 to 65535"))
        })
    }

    /// The first `socketType`. Thunderbird uses the first that it knows, and knows all three.
    fn security(&mut self, element: &Element) -> Result<Security, ProviderError> {
        let mut all = element.children.iter().filter(|child| child.name == "socketType");
        let first = all.next().ok_or_else(|| self.missing(element, "socketType"))?;
        let text = first.text();
        let security = match text.to_ascii_lowercase().as_str() {
            "ssl" => Security::Tls,
            "starttls" => Security::StartTls,
            "plain" => Security::None,
            _ => {
                let what = format!("`{}` is not a socketType", Shown(&text));
                return Err(self.fault(
                    first.line,
                    what,
                    Some("it is one of SSL, STARTTLS, plain"),
                ));
            }
        };
        for further in all {
            self.skip(further, "only the first is used");
        }
        Ok(security)
    }

    fn username(
        &self,
        element: &Element,
        authentication: &[Authentication],
    ) -> Result<UsernamePattern, ProviderError> {
        let signs_in = authentication.iter().any(|way| *way != Authentication::None);
        match self.only(element, "username")? {
            Some(username) => UsernamePattern::try_from(username.text().as_str())
                .map_err(|error| self.pattern(username, &error, USERNAME_HINT)),
            None if signs_in => Err(self.missing(element, "username")),
            None => UsernamePattern::try_from(NO_USERNAME)
                .map_err(|error| self.pattern(element, &error, USERNAME_HINT)),
        }
    }

    /// The supported ways to sign in, in the order of the file.
    fn authentication(&mut self, element: &Element) -> Result<Vec<Authentication>, ProviderError> {
        let mut known = Vec::new();
        let mut seen = false;
        for child in element.children.iter().filter(|child| child.name == "authentication") {
            seen = true;
            let text = child.text();
            let way = match text.to_ascii_lowercase().as_str() {
                // `plain` and `secure` are from old files
                "password-cleartext" | "plain" => Authentication::Password,
                "password-encrypted" | "secure" => Authentication::EncryptedPassword,
                "oauth2" => Authentication::OAuth2,
                "none" => Authentication::None,
                _ => {
                    self.skips.add(child.line, SkippedPart::SignIn(text), "files cannot carry it");
                    continue;
                }
            };
            if !known.contains(&way) {
                known.push(way);
            }
        }
        if seen { Ok(known) } else { Err(self.missing(element, "authentication")) }
    }

    /// Reports the other elements of the section.
    fn skip_rest(&mut self, element: &Element) {
        for child in &element.children {
            match child.name.as_str() {
                "hostname" | "port" | "socketType" | "username" | "authentication" => {}
                "password" => self.skip(child, "provider files contain no passwords"),
                "pop3" => self.skip(child, "the device decides what POP3 leaves on the server"),
                _ => self.skip(child, "provider files have no such setting"),
            }
        }
    }

    /// The element called `name`, if there is one; two are an error.
    fn only<'e>(
        &self,
        element: &'e Element,
        name: &str,
    ) -> Result<Option<&'e Element>, ProviderError> {
        let mut all = element.children.iter().filter(|child| child.name == name);
        let first = all.next();
        match all.next() {
            None => Ok(first),
            Some(second) => {
                let what = format!("this server has a second `{name}`");
                Err(self.fault(second.line, what, Some("remove the wrong one")))
            }
        }
    }

    fn needed<'e>(&self, element: &'e Element, name: &str) -> Result<&'e Element, ProviderError> {
        self.only(element, name)?.ok_or_else(|| self.missing(element, name))
    }

    fn missing(&self, element: &Element, name: &str) -> ProviderError {
        let what = format!("this `{}` has no `{name}`", element.name);
        let hint = "a server has hostname, port, socketType, username and authentication";
        self.fault(element.line, what, Some(hint))
    }
}
