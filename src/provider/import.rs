//! Makes a provider file from Mozilla's autoconfig format, version 1.1
//! (<https://wiki.mozilla.org/Thunderbird:Autoconfiguration:ConfigFileFormat>; the draft
//! draft-ietf-mailmaint-autoconfig is compatible).
//!
//! Such files are often old and of unknown origin, so the result is marked as not verified. Everything
//! that a provider file cannot hold is reported.

use std::path::Path;

use time::Date;

use super::pattern::PatternError;
use super::spec::is_name;
use super::{Provider, ProviderError, write};
use crate::bounded;
use crate::diagnostic::Shown;
use crate::domain::host::Domain;
use crate::domain::link::Link;
use crate::domain::provider_id::ProviderId;
use skipped::Skips;
use xml::Element;

mod decode;
mod server;
mod skipped;
mod xml;

pub(crate) use skipped::{Skipped, SkippedPart};

/// Size limit in bytes. The largest file in Mozilla's database has 6,000.
const LARGEST: u64 = 1 << 20;

/// The `domain` of providers whose customers bring their own.
const OWN_DOMAIN: &str = "%EMAILDOMAIN%";

/// A provider made from a file in another format.
#[derive(Debug)]
pub struct Imported {
    /// Not verified.
    pub provider: Provider,
    /// `provider` as the text of a provider file.
    pub text: String,
    pub(crate) skipped: Vec<Skipped>,
}

/// Imports the autoconfig file at `path`. Without `id` the id is made from the one in the file.
pub(crate) fn read(
    path: &Path,
    id: Option<ProviderId>,
    today: Date,
) -> Result<Imported, ProviderError> {
    let name = path.display().to_string();
    let bytes = bounded::read(path, LARGEST)
        .map_err(|error| ProviderError::UnreadableImport { file: name.clone(), error })?;
    let text = decode::decode(&bytes).map_err(|fault| fault.in_file(&name))?;
    autoconfig(&name, &text, id, today)
}

/// Imports `text`; `file` is its name in messages.
pub fn autoconfig(
    file: &str,
    text: &str,
    id: Option<ProviderId>,
    today: Date,
) -> Result<Imported, ProviderError> {
    let document = xml::parse(text).map_err(|fault| fault.in_file(file))?;
    let mut import = Import { file, today, skips: Skips::default() };
    for line in document.comments {
        import.skips.add(
            line,
            SkippedPart::Comment,
            "read it: comments often state limits and conditions",
        );
    }
    let provider = import.config(&document.root, id)?;
    let text = write::toml(&provider, &import.head());
    // never print a file that reads back differently
    match Provider::parse(file, &text) {
        Ok(again) if again == provider => {
            Ok(Imported { provider, text, skipped: import.skips.into_list() })
        }
        Ok(_) => {
            Err(ProviderError::NotReadBack { what: "it differs from what was imported".to_owned() })
        }
        Err(error) => Err(ProviderError::NotReadBack { what: error.to_string() }),
    }
}

/// The import of one file.
struct Import<'a> {
    file: &'a str,
    today: Date,
    skips: Skips,
}

impl Import<'_> {
    /// The comment at the top of the provider file.
    fn head(&self) -> Vec<String> {
        vec![
            format!("Imported from {} on {}. Nobody has verified it.", self.name(), self.today),
            "Compare it with the provider's own page, correct source and dates, and take the line"
                .to_owned(),
            "`verified = false` out.".to_owned(),
        ]
    }

    /// The file's name without its folder, safe to print.
    fn name(&self) -> String {
        let name = Path::new(self.file).file_name().map(|name| name.to_string_lossy());
        Shown(name.as_deref().unwrap_or(self.file)).to_string()
    }

    fn config(
        &mut self,
        root: &Element,
        id: Option<ProviderId>,
    ) -> Result<Provider, ProviderError> {
        if root.name != "clientConfig" {
            let what = format!("`{}` is not the start of an autoconfig file", Shown(&root.name));
            let hint = "the outermost element is <clientConfig version=\"1.1\">";
            return Err(self.fault(root.line, what, Some(hint)));
        }
        let mut found = None;
        for child in &root.children {
            match child.name.as_str() {
                "emailProvider" if found.is_none() => found = Some(child),
                "emailProvider" => {
                    self.skip(child, "only the first provider is imported");
                }
                "oAuth2" => self.skip(child, "files cannot carry a browser sign-in"),
                "enable" => self
                    .skip(child, "if people must enable something first, add [[notes]] about it"),
                _ => self.skip(child, "it does not describe a mail server"),
            }
        }
        let Some(provider) = found else {
            let hint = "it belongs into clientConfig and contains domains and servers";
            return Err(self.fault(
                root.line,
                "there is no `emailProvider`".to_owned(),
                Some(hint),
            ));
        };
        self.provider(provider, id)
    }

    fn provider(
        &mut self,
        element: &Element,
        id: Option<ProviderId>,
    ) -> Result<Provider, ProviderError> {
        let Some(id) = id.or_else(|| ProviderId::from_name(element.attribute("id")?)) else {
            let what = "`emailProvider` has no usable id".to_owned();
            return Err(self.fault(element.line, what, Some("set one: --id acme")));
        };
        let mut provider = Provider {
            name: self.provider_name(element, &id),
            id,
            documentation: None,
            app_password_page: None,
            refused: None,
            automatic: true,
            verified: false,
            verified_on: Some(self.today),
            domains: self.domains(element)?,
            domain_notes: Vec::new(),
            incoming: Vec::new(),
            outgoing: Vec::new(),
            notes: Vec::new(),
        };
        for child in &element.children {
            match child.name.as_str() {
                "domain" | "displayName" | "displayShortName" => {}
                "incomingServer" => provider.incoming.extend(self.incoming(child)?),
                "outgoingServer" => provider.outgoing.extend(self.outgoing(child)?),
                "documentation" | "instruction" => {
                    self.documentation(child, &mut provider.documentation);
                }
                "enable" => self
                    .skip(child, "if people must enable something first, add [[notes]] about it"),
                _ => self.skip(child, "it does not describe a mail server"),
            }
        }
        for (missing, section) in [
            (provider.incoming.is_empty(), "incomingServer"),
            (provider.outgoing.is_empty(), "outgoingServer"),
        ] {
            if missing {
                let left_out = self.skips.reasons(section);
                let what = format!("there is no usable `{section}`{left_out}");
                let hint = "a usable server has the type imap, pop3 or smtp and accepts a password or OAuth2";
                return Err(self.fault(element.line, what, Some(hint)));
            }
        }
        Ok(provider)
    }

    /// The first name that is valid in a provider file, else the id.
    fn provider_name(&mut self, element: &Element, id: &ProviderId) -> String {
        let fits = |name: &str| is_name(name) && !name.contains('%');
        let mut chosen = None;
        for wanted in ["displayName", "displayShortName"] {
            for name in element.children.iter().filter(|child| child.name == wanted) {
                if chosen.is_none() && fits(&name.text()) {
                    chosen = Some(name.text());
                } else if chosen.is_none() {
                    self.skip(name, "a name has 1 to 40 characters and no placeholder");
                }
            }
        }
        chosen.unwrap_or_else(|| id.to_string())
    }

    fn domains(&mut self, element: &Element) -> Result<Vec<Domain>, ProviderError> {
        let mut domains = Vec::new();
        let mut seen = false;
        for child in element.children.iter().filter(|child| child.name == "domain") {
            seen = true;
            let text = child.text();
            if child.attribute("purpose").is_some_and(|purpose| purpose.eq_ignore_ascii_case("mx"))
            {
                self.skip(child, "it names mail exchangers instead of mailboxes");
            } else if text == OWN_DOMAIN {
                self.skip(child, "a provider file without domains allows any");
            } else {
                let domain = Domain::try_from(text.as_str()).map_err(|error| {
                    let what = format!("`{}` is not a mail domain: {error}", Shown(&text));
                    self.fault(
                        child.line,
                        what,
                        Some("write the part after the @, like example.org"),
                    )
                })?;
                if !domains.contains(&domain) {
                    domains.push(domain);
                }
            }
        }
        if seen {
            return Ok(domains);
        }
        let hint =
            "add a <domain>; where customers bring their own it is <domain>%EMAILDOMAIN%</domain>";
        Err(self.fault(element.line, "`emailProvider` has no `domain`".to_owned(), Some(hint)))
    }

    /// Keeps the first valid address of a page.
    fn documentation(&mut self, element: &Element, page: &mut Option<Link>) {
        let url = element.attribute("url").unwrap_or_default();
        match Link::try_from(url) {
            _ if page.is_some() => self.skip(element, "a provider file has only one page"),
            Ok(link) if !url.contains('%') => *page = Some(link),
            _ => self.skip(element, "its url is not a web address"),
        }
    }

    fn skip(&mut self, element: &Element, why: &'static str) {
        self.skips.add(element.line, SkippedPart::Element(element.name.clone()), why);
    }

    /// A faulty host or user name; `usual` is the hint that shows a usual one.
    fn pattern(
        &self,
        element: &Element,
        error: &PatternError,
        usual: &'static str,
    ) -> ProviderError {
        let what = format!("`{}` cannot be used: {error}", Shown(&element.text()));
        self.fault(element.line, what, Some(error.hint().unwrap_or(usual)))
    }

    fn fault(&self, line: usize, what: String, hint: Option<&'static str>) -> ProviderError {
        ProviderError::NotAutoconfig { file: self.file.to_owned(), line, what, hint }
    }
}

#[cfg(test)]
mod tests;
