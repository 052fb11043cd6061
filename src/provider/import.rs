//! A provider file from a file in Mozilla's autoconfig format, version 1.1
//! (<https://wiki.mozilla.org/Thunderbird:Autoconfiguration:ConfigFileFormat>; the draft
//! draft-ietf-mailmaint-autoconfig is compatible).
//!
//! Such files are often old, and nobody says who wrote them: the provider file that comes out is
//! marked as not verified. What has no place in it is told, never dropped silently.

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

/// The largest file that is read, in bytes; the largest of Mozilla's database has 6,000.
const LARGEST: u64 = 1 << 20;

/// Stands in `domain` where customers bring their own.
const OWN_DOMAIN: &str = "%EMAILDOMAIN%";

/// A provider as another format describes it.
#[derive(Debug)]
pub struct Imported {
    /// The provider.
    pub provider: Provider,
    /// The same as a provider file.
    pub text: String,
    /// What was not taken over.
    pub(crate) skipped: Vec<Skipped>,
}

/// Reads the autoconfig file at `path`. `id` is the provider's id, made from the file where absent.
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

/// Reads `text` of the autoconfig file `file`.
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
            "limits and conditions often stand there: read it",
        );
    }
    let provider = import.config(&document.root, id)?;
    let text = write::toml(&provider, &import.head());
    // a file that says something else than was read must never go out
    match Provider::parse(file, &text) {
        Ok(again) if again == provider => {
            Ok(Imported { provider, text, skipped: import.skips.into_list() })
        }
        Ok(_) => Err(ProviderError::NotReadBack { what: "it says something else".to_owned() }),
        Err(error) => Err(ProviderError::NotReadBack { what: error.to_string() }),
    }
}

/// One file on its way.
struct Import<'a> {
    file: &'a str,
    today: Date,
    skips: Skips,
}

impl Import<'_> {
    /// What people should know who open the file.
    fn head(&self) -> Vec<String> {
        vec![
            format!("Imported from {} on {}. Nobody has verified it.", self.name(), self.today),
            "Compare it with the provider's own page, correct source and dates, and take the line"
                .to_owned(),
            "`verified = false` out.".to_owned(),
        ]
    }

    /// The file's name without its folders, fit to be written down.
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
            let what = format!("`{}` begins no autoconfig file", Shown(&root.name));
            let hint = "the outermost element is <clientConfig version=\"1.1\">";
            return Err(self.fault(root.line, what, Some(hint)));
        }
        let mut found = None;
        for child in &root.children {
            match child.name.as_str() {
                "emailProvider" if found.is_none() => found = Some(child),
                "emailProvider" => {
                    self.skip(child, "a file describes one provider: this takes the first");
                }
                "oAuth2" => self.skip(child, "no file can carry a browser sign-in"),
                "enable" => self.skip(
                    child,
                    "if people must switch something on first, write [[notes]] about it",
                ),
                _ => self.skip(child, "it tells nothing about mail servers"),
            }
        }
        let Some(provider) = found else {
            let hint = "it stands in clientConfig, with domains and servers inside";
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
            let what = "`emailProvider` has no id that can be used".to_owned();
            return Err(self.fault(element.line, what, Some("name one: --id acme")));
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
                "enable" => self.skip(
                    child,
                    "if people must switch something on first, write [[notes]] about it",
                ),
                _ => self.skip(child, "it tells nothing about mail servers"),
            }
        }
        for (missing, section) in [
            (provider.incoming.is_empty(), "incomingServer"),
            (provider.outgoing.is_empty(), "outgoingServer"),
        ] {
            if missing {
                let left_out = self.skips.reasons(section);
                let what = format!("there is no `{section}` that can be used{left_out}");
                let hint = "mail is fetched by imap or pop3, sent by smtp, and signed in to with a password or OAuth2";
                return Err(self.fault(element.line, what, Some(hint)));
            }
        }
        Ok(provider)
    }

    /// The first of the names that a provider file can hold, else the id.
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
                self.skip(child, "it names mail exchangers, not mailboxes");
            } else if text == OWN_DOMAIN {
                self.skip(child, "a provider file without domains takes any");
            } else {
                let domain = Domain::try_from(text.as_str()).map_err(|error| {
                    let what = format!("`{}` is no mail domain: {error}", Shown(&text));
                    self.fault(
                        child.line,
                        what,
                        Some("write what stands behind the @, like example.org"),
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

    /// The first page that a provider file can name.
    fn documentation(&mut self, element: &Element, page: &mut Option<Link>) {
        let url = element.attribute("url").unwrap_or_default();
        match Link::try_from(url) {
            _ if page.is_some() => self.skip(element, "a provider file names one page"),
            Ok(link) if !url.contains('%') => *page = Some(link),
            _ => self.skip(element, "its url is not a web address"),
        }
    }

    fn skip(&mut self, element: &Element, why: &'static str) {
        self.skips.add(element.line, SkippedPart::Element(element.name.clone()), why);
    }

    /// A host or user name that cannot be; `usual` says what one looks like.
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
