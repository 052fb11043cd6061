//! Parses provider files.

use serde::Deserialize;
use time::Date;
use toml::Spanned;

use super::error::ProviderError;
use super::pattern::{HostPattern, PatternError, UsernamePattern};
use super::{Authentication, Evidence, Note, Provider, Server};
use crate::domain::host::{Domain, HostError};
use crate::domain::link::Link;
use crate::domain::provider_id::{ProviderId, ProviderIdError};
use crate::domain::server::{IncomingProtocol, Security};
use crate::domain::template::variable_in;
use crate::domain::text::first_unfit;
use crate::strict_toml::{self, TomlError};

/// The longest name, in characters.
pub(super) const LONGEST_NAME: usize = 40;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProviderSpec {
    format: Spanned<u32>,
    id: Spanned<String>,
    name: Spanned<String>,
    documentation: Option<Spanned<String>>,
    app_password_page: Option<Spanned<String>>,
    refused: Option<Spanned<String>>,
    #[serde(default = "yes")]
    automatic: bool,
    #[serde(default = "yes")]
    verified: bool,
    verified_on: Option<Spanned<String>>,
    #[serde(default)]
    domains: Vec<Spanned<String>>,
    #[serde(default)]
    domain_notes: Vec<DomainNoteSpec>,
    incoming: Vec<ServerSpec>,
    outgoing: Vec<ServerSpec>,
    #[serde(default)]
    notes: Vec<NoteSpec>,
}

fn yes() -> bool {
    true
}

/// The required keys of each table.
const REQUIRED: strict_toml::Required = strict_toml::Required {
    keys: &[
        ("", &["format", "id", "name", "incoming", "outgoing"]),
        ("incoming", &["protocol", "host", "port", "security", "username", "authentication"]),
        ("outgoing", &["host", "port", "security", "username", "authentication"]),
        ("notes", &["text"]),
        ("domain_notes", &["domain", "text"]),
    ],
    hint: "`mailmuster provider show centurylink` prints a complete file to copy from",
};

/// A server; `protocol` is for `[[incoming]]` only.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ServerSpec {
    protocol: Option<IncomingProtocolSpec>,
    host: Spanned<String>,
    port: Spanned<u16>,
    security: SecuritySpec,
    username: Spanned<String>,
    authentication: Spanned<Vec<Authentication>>,
    source: Option<String>,
    checked_on: Option<Spanned<String>>,
    disputed: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoteSpec {
    text: Spanned<String>,
    source: Option<String>,
    checked_on: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DomainNoteSpec {
    domain: Spanned<String>,
    text: Spanned<String>,
    source: Option<String>,
    checked_on: Option<Spanned<String>>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum IncomingProtocolSpec {
    Imap,
    Pop,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum SecuritySpec {
    Tls,
    StartTls,
    None,
}

/// Parses `text`; `file` is its name in messages.
pub(super) fn parse(file: &str, text: &str) -> Result<Provider, ProviderError> {
    let spec: ProviderSpec = strict_toml::parse_requiring(file, text, &REQUIRED)?;
    let file = File { name: file, text };
    if *spec.format.get_ref() != 1 {
        return Err(file.fault(&spec.format, "only format 1 is known", None));
    }
    let incoming: Vec<_> =
        spec.incoming.into_iter().map(|it| file.incoming(it)).collect::<Result<_, _>>()?;
    let outgoing: Vec<_> =
        spec.outgoing.into_iter().map(|it| file.outgoing(it)).collect::<Result<_, _>>()?;
    let missing = match (incoming.is_empty(), outgoing.is_empty()) {
        (true, _) => Some("[[incoming]]"),
        (_, true) => Some("[[outgoing]]"),
        _ => None,
    };
    if let Some(section) = missing {
        return Err(ProviderError::NoServer { file: file.name.to_owned(), section });
    }
    Ok(Provider {
        id: file.id(&spec.id)?,
        name: file.name(&spec.name)?,
        documentation: spec.documentation.map(|link| file.link(&link)).transpose()?,
        app_password_page: spec.app_password_page.map(|link| file.link(&link)).transpose()?,
        refused: spec.refused.map(|reason| file.line(&reason)).transpose()?,
        automatic: spec.automatic,
        verified: spec.verified,
        verified_on: spec.verified_on.map(|day| file.date(&day)).transpose()?,
        domains: spec.domains.iter().map(|d| file.domain(d)).collect::<Result<_, _>>()?,
        domain_notes: spec
            .domain_notes
            .into_iter()
            .map(|DomainNoteSpec { domain, text, source, checked_on }| {
                let note = NoteSpec { text, source, checked_on };
                Ok((file.domain(&domain)?, file.note(note)?))
            })
            .collect::<Result<_, ProviderError>>()?,
        incoming,
        outgoing,
        notes: spec.notes.into_iter().map(|it| file.note(it)).collect::<Result<_, _>>()?,
    })
}

/// Whether `text`, already trimmed, is valid as a provider's name.
pub(super) fn is_name(text: &str) -> bool {
    (1..=LONGEST_NAME).contains(&text.chars().count())
        && first_unfit(text).is_none()
        && variable_in(text).is_none()
}

/// The file being parsed, to locate faults.
struct File<'a> {
    name: &'a str,
    text: &'a str,
}

impl File<'_> {
    fn incoming(&self, spec: ServerSpec) -> Result<(IncomingProtocol, Server), ProviderError> {
        let protocol = match spec.protocol {
            Some(IncomingProtocolSpec::Imap) => IncomingProtocol::Imap,
            Some(IncomingProtocolSpec::Pop) => IncomingProtocol::Pop,
            None => {
                let hint = "add protocol = \"imap\" or \"pop\"";
                return Err(self.fault(&spec.host, "this server has no protocol", Some(hint)));
            }
        };
        Ok((protocol, self.server(spec)?))
    }

    fn outgoing(&self, spec: ServerSpec) -> Result<Server, ProviderError> {
        if spec.protocol.is_some() {
            let what = "an outgoing server has no protocol: it is SMTP";
            return Err(self.fault(&spec.host, what, Some("remove the line")));
        }
        self.server(spec)
    }

    fn note(&self, spec: NoteSpec) -> Result<Note, ProviderError> {
        let evidence = self.evidence(spec.source, spec.checked_on.as_ref())?;
        Ok(Note { text: self.line(&spec.text)?, evidence })
    }

    fn server(&self, spec: ServerSpec) -> Result<Server, ProviderError> {
        let host = HostPattern::try_from(spec.host.get_ref().as_str())
            .map_err(|e| self.pattern(&spec.host, &e))?;
        let username = UsernamePattern::try_from(spec.username.get_ref().as_str())
            .map_err(|e| self.pattern(&spec.username, &e))?;
        let port = (*spec.port.get_ref())
            .try_into()
            .map_err(|_| self.fault(&spec.port, "port 0 does not exist", None))?;
        if spec.authentication.get_ref().is_empty() {
            let hint = "for a password over TLS write [\"password-cleartext\"]";
            return Err(self.fault(&spec.authentication, "no way to sign in is named", Some(hint)));
        }
        Ok(Server {
            host,
            port,
            security: match spec.security {
                SecuritySpec::Tls => Security::Tls,
                SecuritySpec::StartTls => Security::StartTls,
                SecuritySpec::None => Security::None,
            },
            username,
            authentication: spec.authentication.into_inner(),
            evidence: self.evidence(spec.source, spec.checked_on.as_ref())?,
            disputed: spec.disputed,
        })
    }

    fn evidence(
        &self,
        source: Option<String>,
        checked_on: Option<&Spanned<String>>,
    ) -> Result<Evidence, ProviderError> {
        Ok(Evidence { source, checked_on: checked_on.map(|day| self.date(day)).transpose()? })
    }

    fn domain(&self, text: &Spanned<String>) -> Result<Domain, ProviderError> {
        Domain::try_from(text.get_ref().as_str()).map_err(|e: HostError| {
            let what = format!("`{}` is not a mail domain: {e}", text.get_ref());
            self.fault(text, &what, None)
        })
    }

    fn id(&self, text: &Spanned<String>) -> Result<ProviderId, ProviderError> {
        text.get_ref().parse().map_err(|error: ProviderIdError| {
            let what = format!("`{}` cannot be an id: {error}", text.get_ref());
            self.fault(text, &what, None)
        })
    }

    fn name(&self, text: &Spanned<String>) -> Result<String, ProviderError> {
        let name = text.get_ref().trim();
        if is_name(name) {
            return Ok(name.to_owned());
        }
        let what = match variable_in(name) {
            Some(_) => "the name holds a variable of an MDM, which nothing fills in",
            None => "the name must be one line of 1 to 40 characters",
        };
        Err(self.fault(text, what, None))
    }

    /// One line of text without control characters.
    fn line(&self, text: &Spanned<String>) -> Result<String, ProviderError> {
        match first_unfit(text.get_ref()) {
            Some(unfit) => Err(self.fault(text, &format!("this text contains {unfit}"), None)),
            None => Ok(text.get_ref().clone()),
        }
    }

    fn link(&self, text: &Spanned<String>) -> Result<Link, ProviderError> {
        let line = self.line(text)?;
        Link::try_from(line.as_str()).map_err(|_| {
            let what = format!("`{line}` is not a web address");
            self.fault(text, &what, Some("write it with https://"))
        })
    }

    fn date(&self, text: &Spanned<String>) -> Result<Date, ProviderError> {
        let format = time::macros::format_description!("[year]-[month]-[day]");
        Date::parse(text.get_ref(), format).map_err(|_| {
            let what = format!("`{}` is not a date", text.get_ref());
            self.fault(text, &what, Some("write it like 2026-11-22"))
        })
    }

    fn pattern(&self, text: &Spanned<String>, error: &PatternError) -> ProviderError {
        self.fault(text, &format!("`{}` cannot be used: {error}", text.get_ref()), error.hint())
    }

    fn fault<T>(&self, at: &Spanned<T>, what: &str, hint: Option<&str>) -> ProviderError {
        let hint = hint.map(str::to_owned);
        TomlError::at(at.span().start, self.name, self.text, what.to_owned(), hint).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"format = 1
id = "acme"
name = "Acme"
[[incoming]]
protocol = "imap"
host = "imap.acme.org"
port = 993
security = "tls"
username = "%EMAILADDRESS%"
authentication = ["password-cleartext"]
[[outgoing]]
host = "smtp.acme.org"
port = 587
security = "starttls"
username = "%EMAILADDRESS%"
authentication = ["password-cleartext"]
[[notes]]
text = "Ask Ada."
[[domain_notes]]
domain = "acme.org"
text = "Old."
"#;

    #[test]
    fn each_key_of_the_shortest_complete_file_is_required() {
        parse("acme.toml", WHOLE).unwrap();
        for line in WHOLE.lines().filter(|line| line.contains('=')) {
            let key = line.split(' ').next().unwrap();
            let without: String =
                WHOLE.lines().filter(|other| *other != line).map(|l| format!("{l}\n")).collect();
            let error = parse("acme.toml", &without).unwrap_err().to_string();
            assert!(error.contains(key), "{key}: {error}");
        }
    }
}
