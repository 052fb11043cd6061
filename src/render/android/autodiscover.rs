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
use crate::domain::account::MailAccount;
use crate::domain::hosted::HostedDomain;
use crate::domain::platform::Platform;
use crate::domain::server::{Endpoint, IncomingProtocol, Security, ServerLogin};
use crate::render::error::ReadFault;
use crate::render::hosted::OF_A_DOMAIN;
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
        let response = Response::of(&part.person.first);
        let mut xml = write(&response).map_err(|error| RenderError::new(self, error))?;
        xml.push(b'\n');
        Ok(xml.into())
    }

    fn read(&self, content: &[u8]) -> Result<Vec<Stated>, ReadError> {
        Ok(vec![read(text(content)?)?])
    }

    fn check_form(&self, content: &[u8]) -> Result<Form, ReadError> {
        let account = read(text(content)?)?.sample(Arc::default())?;
        let again = write(&Response::of(&account))?;
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

/// What one file holds.
struct Response<'a> {
    /// `None` for one that serves a whole domain.
    user: Option<&'a MailAccount>,
    protocol: IncomingProtocol,
    /// With the user name.
    incoming: (&'a Endpoint, Option<&'a str>),
    outgoing: (&'a Endpoint, Option<&'a str>),
}

impl<'a> Response<'a> {
    fn of(account: &'a MailAccount) -> Self {
        let server = |server: &'a ServerLogin| (&server.endpoint, Some(server.username.as_str()));
        Self {
            user: Some(account),
            protocol: account.protocol,
            incoming: server(&account.incoming),
            outgoing: server(&account.outgoing),
        }
    }
}

/// The response for a whole domain, with its last line break: apps know the address, which is the user name where
/// there is no `LoginName`.
pub(in crate::render) fn write_hosted(hosted: &HostedDomain) -> io::Result<Vec<u8>> {
    let mut xml = write(&Response {
        user: None,
        protocol: hosted.protocol,
        incoming: (&hosted.incoming.endpoint, None),
        outgoing: (&hosted.outgoing.endpoint, None),
    })?;
    xml.push(b'\n');
    Ok(xml)
}

/// What the response for a whole domain states.
pub(in crate::render) fn read_hosted(
    text: &str,
) -> Result<(IncomingProtocol, Endpoint, Endpoint), ReadError> {
    let leaves = leaves(text, None)?;
    let (protocol, incoming, outgoing) = protocols(&leaves)?;
    let endpoint = |leaves: &[Leaf]| server_without_user(leaves)?.endpoint();
    Ok((protocol, endpoint(incoming)?, endpoint(outgoing)?))
}

fn write(response: &Response<'_>) -> io::Result<Vec<u8>> {
    let mut xml = Writer::new_with_indent(Vec::with_capacity(2048), b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    xml.create_element("Autodiscover")
        .with_attribute(("xmlns", AUTODISCOVER))
        .write_inner_content(|xml| {
            xml.create_element("Response")
                .with_attribute(("xmlns", RESPONSE))
                .write_inner_content(|xml| {
                    if let Some(account) = response.user {
                        xml.create_element("User").write_inner_content(|xml| {
                            leaf(xml, "DisplayName", account.display_name.as_str())?;
                            leaf(xml, "AutoDiscoverSMTPAddress", account.address.as_str())
                        })?;
                    }
                    xml.create_element("Account").write_inner_content(|xml| {
                        leaf(xml, "AccountType", "email")?;
                        leaf(xml, "Action", "settings")?;
                        protocol(xml, incoming_type(response.protocol), response.incoming)?;
                        protocol(xml, "SMTP", response.outgoing)
                    })?;
                    Ok(())
                })?;
            Ok(())
        })?;
    Ok(xml.into_inner())
}

fn protocol(
    xml: &mut Xml,
    kind: &str,
    (endpoint, user): (&Endpoint, Option<&str>),
) -> io::Result<()> {
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
        if let Some(user) = user {
            leaf(xml, "LoginName", user)?;
        }
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
    let (protocol, incoming, outgoing) = protocols(&leaves)?;
    if leaves.iter().all(|leaf| !["AutoDiscoverSMTPAddress", "LoginName"].contains(&&*leaf.name)) {
        return Err(ReadFault::Foreign(OF_A_DOMAIN).into());
    }
    Ok(Stated {
        address: value(&leaves, "AutoDiscoverSMTPAddress")?,
        display_name: Some(value(&leaves, "DisplayName")?),
        protocol,
        incoming: server(incoming)?,
        outgoing: server(outgoing)?,
        windows_user: None,
    })
}

/// The protocol for receiving, and what follows from the `Type` of each server on.
fn protocols(leaves: &[Leaf]) -> Result<(IncomingProtocol, &[Leaf], &[Leaf]), ReadFault> {
    let protocol = |kinds: &[&str]| {
        leaves
            .iter()
            .position(|leaf| leaf.name == "Type" && kinds.contains(&leaf.text.as_str()))
            .ok_or_else(|| ReadFault::Missing(format!("{} server", kinds.join(" or "))))
    };
    let (incoming, outgoing) = (protocol(&["IMAP", "POP3"])?, protocol(&["SMTP"])?);
    let protocol = match leaves[incoming].text.as_str() {
        "IMAP" => IncomingProtocol::Imap,
        _ => IncomingProtocol::Pop,
    };
    Ok((protocol, &leaves[incoming..], &leaves[outgoing..]))
}

fn server(leaves: &[Leaf]) -> Result<StatedServer, ReadError> {
    Ok(StatedServer { username: value(leaves, "LoginName")?, ..server_without_user(leaves)? })
}

fn server_without_user(leaves: &[Leaf]) -> Result<StatedServer, ReadError> {
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
        username: String::new(),
    })
}
