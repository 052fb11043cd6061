//! `providers.xml`, which `FairEmail` imports from disk: Miscellaneous settings, debug mode. FAQ 111 of `FairEmail`.
//!
//! In an imported file `domain` is a list of regular expressions with one backslash: `centurylink\.net`. The file
//! in its source has two, which Android's resource compiler halves.

use std::io;

use quick_xml::Reader;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesStart, Event};

use crate::domain::host::Domain;
use crate::domain::hosted::{HostedDomain, LoginRule};
use crate::domain::server::{Endpoint, IncomingProtocol, Security};
use crate::render::ReadError;
use crate::render::error::ReadFault;

/// Domains with the same servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FairEmailEntry {
    /// Distinguishes it from the providers that the app has.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) domains: Vec<Domain>,
    pub(crate) login: LoginRule,
    pub(crate) incoming: Endpoint,
    pub(crate) outgoing: Endpoint,
}

/// Entries for `domains`, in their order; neighbours with the same settings share one. A domain that an entry cannot
/// express is left out: one without IMAP, and one with two kinds of user names.
pub(crate) fn entries<'a>(
    domains: impl IntoIterator<Item = &'a HostedDomain>,
) -> Vec<FairEmailEntry> {
    let mut entries: Vec<FairEmailEntry> = Vec::new();
    for hosted in domains {
        let HostedDomain { domain, provider, protocol, incoming, outgoing } = hosted;
        if *protocol != IncomingProtocol::Imap || incoming.login != outgoing.login {
            continue;
        }
        let entry = FairEmailEntry {
            id: String::new(),
            name: provider.clone(),
            domains: vec![domain.clone()],
            login: incoming.login,
            incoming: incoming.endpoint.clone(),
            outgoing: outgoing.endpoint.clone(),
        };
        let is_same = |other: &&mut FairEmailEntry| {
            let domains = entry.domains.clone();
            FairEmailEntry { id: String::new(), domains, ..(**other).clone() } == entry
        };
        match entries.iter_mut().find(is_same) {
            Some(same) if same.domains.contains(domain) => {}
            Some(same) => same.domains.push(domain.clone()),
            None => {
                let id = format!("mailmuster-{}", entries.len() + 1);
                entries.push(FairEmailEntry { id, ..entry });
            }
        }
    }
    entries
}

/// The file, with its last line break.
pub(crate) fn write(entries: &[FairEmailEntry]) -> io::Result<Vec<u8>> {
    let mut xml = Writer::new_with_indent(Vec::with_capacity(2048), b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    xml.create_element("providers").write_inner_content(|xml| {
        for (entry, order) in entries.iter().zip(1..) {
            let domains: Vec<String> =
                entry.domains.iter().map(|domain| domain.as_str().replace('.', "\\.")).collect();
            let order = format!("{order}");
            xml.create_element("provider")
                .with_attribute(("id", entry.id.as_str()))
                .with_attribute(("name", entry.name.as_str()))
                .with_attribute(("order", order.as_str()))
                .with_attribute(("domain", domains.join(",").as_str()))
                .with_attribute(("user", user(entry.login)))
                .write_inner_content(|xml| {
                    for (name, Endpoint { host, port, security }) in
                        [("imap", &entry.incoming), ("smtp", &entry.outgoing)]
                    {
                        let is_starttls = *security == Security::StartTls;
                        xml.create_element(name)
                            .with_attribute(("host", host.as_str()))
                            .with_attribute(("port", port.to_string().as_str()))
                            .with_attribute(("starttls", is_starttls.to_string().as_str()))
                            .write_empty()?;
                    }
                    Ok(())
                })?;
        }
        Ok(())
    })?;
    let mut xml = xml.into_inner();
    xml.push(b'\n');
    Ok(xml)
}

fn user(login: LoginRule) -> &'static str {
    match login {
        LoginRule::Address => "email",
        LoginRule::LocalPart => "local",
    }
}

/// The entries of a file.
pub(crate) fn read(text: &str) -> Result<Vec<FairEmailEntry>, ReadError> {
    let mut reader = Reader::from_str(text);
    let mut entries = Vec::new();
    let mut open: Option<(Attributes, Option<Endpoint>, Option<Endpoint>)> = None;
    loop {
        match reader.read_event()? {
            Event::Start(tag) if tag.local_name().as_ref() == "provider" => {
                open = Some((Attributes::of(&tag)?, None, None));
            }
            Event::Empty(tag) | Event::Start(tag) => {
                if let Some((_, incoming, outgoing)) = &mut open {
                    match tag.local_name().as_ref() {
                        "imap" => *incoming = Some(Attributes::of(&tag)?.endpoint()?),
                        "smtp" => *outgoing = Some(Attributes::of(&tag)?.endpoint()?),
                        _ => {}
                    }
                }
            }
            Event::End(tag) if tag.local_name().as_ref() == "provider" => {
                if let Some((attributes, incoming, outgoing)) = open.take() {
                    entries.push(attributes.entry(incoming, outgoing)?);
                }
            }
            Event::Eof => return Ok(entries),
            _ => {}
        }
    }
}

/// Of one element.
struct Attributes(Vec<(String, String)>);

impl Attributes {
    fn of(tag: &BytesStart<'_>) -> Result<Self, ReadError> {
        let mut found = Vec::new();
        for attribute in tag.attributes() {
            let attribute = attribute?;
            let name = attribute.key.as_ref().to_owned();
            let value =
                quick_xml::escape::unescape(&attribute.value).map_err(quick_xml::Error::from)?;
            found.push((name, value.into_owned()));
        }
        Ok(Self(found))
    }

    fn value(&self, wanted: &str) -> Result<&str, ReadFault> {
        let found = self.0.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
        found.ok_or_else(|| ReadFault::missing(wanted))
    }

    fn endpoint(&self) -> Result<Endpoint, ReadError> {
        Ok(Endpoint {
            host: self.value("host")?.try_into()?,
            port: self.value("port")?.parse()?,
            security: match self.value("starttls")? {
                "true" => Security::StartTls,
                "false" => Security::Tls,
                other => return Err(ReadFault::unknown("starttls", other).into()),
            },
        })
    }

    fn entry(
        &self,
        incoming: Option<Endpoint>,
        outgoing: Option<Endpoint>,
    ) -> Result<FairEmailEntry, ReadError> {
        let domains = self.value("domain")?.split(',');
        let domains = domains.map(|domain| Domain::try_from(domain.replace("\\.", ".").as_str()));
        let name = self.value("user")?;
        let login = LoginRule::ALL.into_iter().find(|rule| user(*rule) == name);
        Ok(FairEmailEntry {
            id: self.value("id")?.to_owned(),
            name: self.value("name")?.to_owned(),
            domains: domains.collect::<Result<_, _>>()?,
            login: login.ok_or_else(|| ReadFault::unknown("user", name))?,
            incoming: incoming.ok_or_else(|| ReadFault::missing("imap"))?,
            outgoing: outgoing.ok_or_else(|| ReadFault::missing("smtp"))?,
        })
    }
}

/// Whether `file` is what this version writes for the servers in it; the entries.
pub(crate) fn checked(file: &[u8]) -> Result<Vec<FairEmailEntry>, ReadError> {
    let entries = read(crate::render::xml::text(file)?)?;
    if write(&entries)? == file {
        Ok(entries)
    } else {
        Err(ReadFault::Foreign("it holds more than mailmuster writes for these settings").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::hosted::HostedServer;

    fn hosted(domain: &str, port: u16, login: LoginRule) -> HostedDomain {
        let server = |host: &str, port: u16, security| HostedServer {
            endpoint: Endpoint {
                host: host.try_into().unwrap(),
                port: port.try_into().unwrap(),
                security,
            },
            login,
        };
        HostedDomain {
            domain: Domain::try_from(domain).unwrap(),
            provider: "Smith & <Sons> \"Mail\"".to_owned(),
            protocol: IncomingProtocol::Imap,
            incoming: server("imap.acme.example", port, Security::Tls),
            outgoing: server("smtp.acme.example", 2525, Security::StartTls),
        }
    }

    #[test]
    fn domains_with_the_same_servers_share_an_entry() {
        let domains = [
            hosted("acme.example", 993, LoginRule::Address),
            hosted("acme.org", 1993, LoginRule::Address),
            hosted("my-acme.example", 993, LoginRule::Address),
            hosted("acme.example", 993, LoginRule::Address),
            hosted("acme.net", 993, LoginRule::LocalPart),
        ];
        let entries = entries(&domains);
        let found: Vec<(&str, usize)> =
            entries.iter().map(|entry| (entry.id.as_str(), entry.domains.len())).collect();
        assert_eq!(found, [("mailmuster-1", 2), ("mailmuster-2", 1), ("mailmuster-3", 1)]);
        let file = write(&entries).unwrap();
        let text = String::from_utf8(file.clone()).unwrap();
        assert!(text.contains("domain=\"acme\\.example,my-acme\\.example\""), "{text}");
        assert_eq!(read(&text).unwrap(), entries);
        assert_eq!(checked(&file).unwrap(), entries);
        let more = text.replace("user=", "enabled=\"false\" user=");
        assert!(checked(more.as_bytes()).is_err());
        assert!(checked(text.replace("\\.", "\\\\.").as_bytes()).is_err(), "two backslashes");
    }

    #[test]
    fn what_an_entry_cannot_express_is_left_out() {
        let pop = HostedDomain {
            protocol: IncomingProtocol::Pop,
            ..hosted("acme.example", 995, LoginRule::Address)
        };
        let mut mixed = hosted("acme.org", 993, LoginRule::Address);
        mixed.outgoing.login = LoginRule::LocalPart;
        assert_eq!(entries([&pop, &mixed]), []);
    }
}
