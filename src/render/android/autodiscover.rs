//! Exchange Autodiscover POX response: the XML in which Exchange describes IMAP, POP3 and SMTP, and
//! which Android apps (`FairEmail`, Delta Chat) and Outlook fetch from a mail domain.
//!
//! Elements: learn.microsoft.com "Autodiscover web service reference (POX)"; `Encryption`:
//! [MS-OXDSCLI] 2.2.4.1.1.2.6.22. No byte order mark, no prefixes, no padding in values, and
//! `Action` before the first `Protocol`: `FairEmail` reads the document as a stream.

use std::io;
use std::sync::Arc;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, Event};

use crate::artifact::{FileBytes, FileName, SignatureFormat};
use crate::domain::account::{AccountKey, MailAccount};
use crate::domain::email::EmailAddress;
use crate::domain::person::Person;
use crate::domain::platform::Platform;
use crate::domain::server::{IncomingProtocol, Security, ServerLogin};
use crate::render::error::ReadFault;
use crate::render::stated::{StatedSecurity, StatedServer};
use crate::render::xml::{Leaf, Xml, leaf, leaves, text, value};
use crate::render::{
    Form, Format, Part, ReadError, RenderError, Renderer, Scope, Setup, Stated, begins_with,
};

const AUTODISCOVER: &str = "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006";
const RESPONSE: &str =
    "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a";

pub(in crate::render) struct AndroidAutodiscover;

pub(in crate::render) const FORMAT: Format = Format {
    id: "android-autodiscover",
    about: "Exchange Autodiscover (POX) XML with the account's IMAP or POP3 and SMTP settings",
    opens_with: "no app opens it from disk; FairEmail and Delta Chat fetch it from a mail domain's web server",
    signature: SignatureFormat::Unsigned,
    platform: Some(Platform::Android),
    scope: Scope::Account,
};

impl Renderer for AndroidAutodiscover {
    fn format(&self) -> &'static Format {
        &FORMAT
    }

    fn file_name(&self, _: &str, number: usize) -> FileName {
        match number {
            1 => FileName::new(["android", "autodiscover.xml"]),
            _ => FileName::new(["android", &format!("autodiscover-{number}.xml")]),
        }
    }

    fn render(&self, part: Part<'_>, _: &Setup) -> Result<FileBytes, RenderError> {
        let mut xml = write(&part.person.first).map_err(|error| RenderError::new(self, error))?;
        xml.push(b'\n');
        Ok(xml.into())
    }

    fn read(&self, content: &[u8]) -> Result<Vec<Stated>, ReadError> {
        Ok(vec![read(text(content)?)?])
    }

    fn check_form(&self, content: &[u8]) -> Result<Form, ReadError> {
        let stated = read(text(content)?)?;
        let address = EmailAddress::try_from(stated.address.as_str())?;
        // neither key nor provider is in the file
        let key = AccountKey::of(&Person::new(address));
        let account = stated.account(key, Arc::default())?;
        let again = write(&account)?;
        // the line break at the end is the file's, not the document's
        if content.strip_suffix(b"\n") == Some(&again) {
            Ok(Form::Whole)
        } else {
            Err(ReadFault::Foreign("it holds more than mailmuster writes for these settings")
                .into())
        }
    }

    fn looks_like(&self, content: &[u8]) -> bool {
        begins_with(content, "<Autodiscover")
    }

    fn is_settings_only(&self) -> bool {
        true
    }
}

fn write(account: &MailAccount) -> io::Result<Vec<u8>> {
    let mut xml = Writer::new_with_indent(Vec::with_capacity(2048), b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    xml.create_element("Autodiscover")
        .with_attribute(("xmlns", AUTODISCOVER))
        .write_inner_content(|xml| {
            xml.create_element("Response")
                .with_attribute(("xmlns", RESPONSE))
                .write_inner_content(|xml| {
                    xml.create_element("User").write_inner_content(|xml| {
                        leaf(xml, "DisplayName", account.display_name.as_str())?;
                        leaf(xml, "AutoDiscoverSMTPAddress", account.address.as_str())
                    })?;
                    xml.create_element("Account").write_inner_content(|xml| {
                        leaf(xml, "AccountType", "email")?;
                        leaf(xml, "Action", "settings")?;
                        protocol(xml, incoming_type(account.protocol), &account.incoming)?;
                        protocol(xml, "SMTP", &account.outgoing)
                    })?;
                    Ok(())
                })?;
            Ok(())
        })?;
    Ok(xml.into_inner())
}

fn protocol(xml: &mut Xml, kind: &str, server: &ServerLogin) -> io::Result<()> {
    let endpoint = &server.endpoint;
    // for STARTTLS too `SSL` is on: Delta Chat takes off for clear text, whatever `Encryption` says
    let (ssl, encryption) = match endpoint.security {
        Security::Tls => ("on", "SSL"),
        Security::StartTls => ("on", "TLS"),
        Security::None => ("off", "None"),
    };
    xml.create_element("Protocol").write_inner_content(|xml| {
        leaf(xml, "Type", kind)?;
        leaf(xml, "Server", endpoint.host.as_str())?;
        leaf(xml, "Port", &endpoint.port.to_string())?;
        leaf(xml, "LoginName", server.username.as_str())?;
        leaf(xml, "DomainRequired", "off")?;
        // absent means on: NTLM, which no IMAP provider speaks
        leaf(xml, "SPA", "off")?;
        leaf(xml, "SSL", ssl)?;
        leaf(xml, "Encryption", encryption)?;
        leaf(xml, "AuthRequired", "on")?;
        if kind == "SMTP" {
            leaf(xml, "UsePOPAuth", "off")?;
            leaf(xml, "SMTPLast", "off")?;
        }
        Ok(())
    })?;
    Ok(())
}

fn incoming_type(protocol: IncomingProtocol) -> &'static str {
    match protocol {
        IncomingProtocol::Imap => "IMAP",
        IncomingProtocol::Pop => "POP3",
    }
}

fn read(text: &str) -> Result<Stated, ReadError> {
    let leaves = leaves(text, None)?;
    let protocol = |kinds: &[&str]| {
        leaves
            .iter()
            .position(|leaf| leaf.name == "Type" && kinds.contains(&leaf.text.as_str()))
            .ok_or_else(|| ReadFault::Missing(format!("{} server", kinds.join(" or "))))
    };
    let (incoming, outgoing) = (protocol(&["IMAP", "POP3"])?, protocol(&["SMTP"])?);
    Ok(Stated {
        address: value(&leaves, "AutoDiscoverSMTPAddress")?,
        display_name: Some(value(&leaves, "DisplayName")?),
        protocol: match leaves[incoming].text.as_str() {
            "IMAP" => IncomingProtocol::Imap,
            _ => IncomingProtocol::Pop,
        },
        incoming: server(&leaves[incoming..])?,
        outgoing: server(&leaves[outgoing..])?,
    })
}

fn server(leaves: &[Leaf]) -> Result<StatedServer, ReadError> {
    let encryption = value(leaves, "Encryption")?;
    let ssl = value(leaves, "SSL")?;
    Ok(StatedServer {
        host: value(leaves, "Server")?,
        port: value(leaves, "Port")?.parse()?,
        security: StatedSecurity::Exactly(match (ssl.as_str(), encryption.as_str()) {
            ("on", "SSL") => Security::Tls,
            ("on", "TLS") => Security::StartTls,
            ("off", "None") => Security::None,
            _ => {
                return Err(ReadFault::Unknown {
                    setting: "SSL",
                    value: format!("{ssl} and Encryption is {encryption}"),
                }
                .into());
            }
        }),
        username: value(leaves, "LoginName")?,
    })
}
