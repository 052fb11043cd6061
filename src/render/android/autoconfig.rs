//! Mozilla autoconfig (`config-v1.1.xml`), which Thunderbird and Delta Chat fetch from a mail domain.
//!
//! Format: draft-ietf-mailmaint-autoconfig. What Thunderbird for Android takes: `RealAutoconfigParser.kt`: a
//! legal host name as id, IMAP, no cleartext, a password or `OAuth2`, no byte order mark, no padding.

use std::io;
use std::sync::Arc;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, Event};

use crate::artifact::{FileBytes, FileName, SignatureFormat};
use crate::domain::account::{MailAccount, ProviderCard};
use crate::domain::email::EmailAddress;
use crate::domain::platform::Platform;
use crate::domain::server::{Endpoint, IncomingProtocol, Security, ServerLogin};
use crate::render::error::ReadFault;
use crate::render::hosted::OF_A_DOMAIN;
use crate::render::stated::{StatedSecurity, StatedServer};
use crate::render::xml::{Leaf, Xml, leaf, leaves, text, value};
use crate::render::{
    Form, Format, Part, ReadError, RenderError, Renderer, Scope, Setup, Stated, begins_with,
};

/// What apps put the address in place of.
pub(in crate::render) const ADDRESS: &str = "%EMAILADDRESS%";
/// What apps put the part before `@` in place of.
pub(in crate::render) const LOCAL_PART: &str = "%EMAILLOCALPART%";
/// What apps put the part after `@` in place of.
const DOMAIN: &str = "%EMAILDOMAIN%";

pub(in crate::render) struct AndroidAutoconfig;

pub(in crate::render) const FORMAT: Format = Format {
    id: "android-autoconfig",
    about: "Mozilla autoconfig XML with the account's IMAP and SMTP settings",
    opens_with: "no app opens it from disk; Thunderbird and Delta Chat fetch it from a mail domain's web server",
    signature: SignatureFormat::Unsigned,
    platform: Some(Platform::Android),
    scope: Scope::Account,
};

impl Renderer for AndroidAutoconfig {
    fn format(&self) -> &'static Format {
        &FORMAT
    }

    fn file_name(&self, _: &str, number: usize) -> FileName {
        match number {
            1 => FileName::new(["android", "config-v1.1.xml"]),
            _ => FileName::new(["android", &format!("config-v1.1-{number}.xml")]),
        }
    }

    /// Thunderbird for Android refuses a file without IMAP and one with a server without TLS. A user name with a
    /// placeholder in it would become another one in every app.
    fn holds(&self, account: &MailAccount) -> bool {
        account.protocol == IncomingProtocol::Imap
            && [&account.incoming, &account.outgoing].iter().all(|server| {
                let user = server.username.as_str();
                let is_plain = || [ADDRESS, LOCAL_PART, DOMAIN].iter().all(|it| !user.contains(it));
                server.endpoint.security != Security::None
                    && (user == account.address.as_str() || is_plain())
            })
    }

    fn render(&self, part: Part<'_>, _: &Setup) -> Result<FileBytes, RenderError> {
        write(&Config::of(&part.person.first))
            .map(FileBytes::from)
            .map_err(|error| RenderError::new(self, error))
    }

    fn read(&self, content: &[u8]) -> Result<Vec<Stated>, ReadError> {
        Ok(vec![read(text(content)?)?])
    }

    fn check_form(&self, content: &[u8]) -> Result<Form, ReadError> {
        let text = text(content)?;
        let name = value(&leaves(text, None)?, "displayShortName")?;
        let card = ProviderCard { name, ..ProviderCard::default() };
        let account = read(text)?.sample(Arc::new(card))?;
        if write(&Config::of(&account))? == content {
            Ok(Form::Whole)
        } else {
            Err(ReadFault::Foreign("it holds more than mailmuster writes for these settings")
                .into())
        }
    }

    fn looks_like(&self, content: &[u8]) -> bool {
        begins_with(content, "<clientConfig")
    }
}

/// What one file holds.
pub(in crate::render) struct Config<'a> {
    pub(in crate::render) domain: &'a str,
    pub(in crate::render) title: String,
    pub(in crate::render) provider: &'a str,
    pub(in crate::render) protocol: IncomingProtocol,
    /// With the user name.
    pub(in crate::render) incoming: (&'a Endpoint, &'a str),
    pub(in crate::render) outgoing: (&'a Endpoint, &'a str),
}

impl<'a> Config<'a> {
    /// The address is in the title alone: apps know it, and ask for it nowhere else.
    fn of(account: &'a MailAccount) -> Self {
        let MailAccount { address, provider, .. } = account;
        let server = |server: &'a ServerLogin| {
            let user = match server.username.as_str() {
                user if user == address.as_str() => ADDRESS,
                user if user == address.local_part() => LOCAL_PART,
                user => user,
            };
            (&server.endpoint, user)
        };
        Self {
            domain: address.domain().as_str(),
            title: format!("{} ({address})", provider.name),
            provider: &provider.name,
            protocol: account.protocol,
            incoming: server(&account.incoming),
            outgoing: server(&account.outgoing),
        }
    }
}

/// The file, with its last line break.
pub(in crate::render) fn write(config: &Config<'_>) -> io::Result<Vec<u8>> {
    let mut xml = Writer::new_with_indent(Vec::with_capacity(2048), b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let provider = |xml: &mut Xml| {
        leaf(xml, "domain", config.domain)?;
        leaf(xml, "displayName", &config.title)?;
        leaf(xml, "displayShortName", config.provider)?;
        let kind = match config.protocol {
            IncomingProtocol::Imap => "imap",
            IncomingProtocol::Pop => "pop3",
        };
        server(xml, ("incomingServer", kind), config.incoming)?;
        server(xml, ("outgoingServer", "smtp"), config.outgoing)
    };
    xml.create_element("clientConfig").with_attribute(("version", "1.1")).write_inner_content(
        |xml| {
            xml.create_element("emailProvider")
                .with_attribute(("id", config.domain))
                .write_inner_content(provider)?;
            Ok(())
        },
    )?;
    let mut xml = xml.into_inner();
    xml.push(b'\n');
    Ok(xml)
}

fn server(
    xml: &mut Xml,
    (element, kind): (&str, &str),
    (endpoint, user): (&Endpoint, &str),
) -> io::Result<()> {
    xml.create_element(element).with_attribute(("type", kind)).write_inner_content(|xml| {
        leaf(xml, "hostname", endpoint.host.as_str())?;
        leaf(xml, "port", &endpoint.port.to_string())?;
        leaf(xml, "socketType", socket_type(endpoint.security))?;
        leaf(xml, "authentication", "password-cleartext")?;
        leaf(xml, "username", user)
    })?;
    Ok(())
}

fn socket_type(security: Security) -> &'static str {
    match security {
        Security::Tls => "SSL",
        Security::StartTls => "STARTTLS",
        Security::None => "plain",
    }
}

fn read(text: &str) -> Result<Stated, ReadError> {
    let leaves = leaves(text, None)?;
    let title = value(&leaves, "displayName")?;
    if title == value(&leaves, "displayShortName")? {
        return Err(ReadFault::Foreign(OF_A_DOMAIN).into());
    }
    let address = title.strip_suffix(')').and_then(|title| title.rsplit_once(" ("));
    let (_, address) = address.ok_or_else(|| ReadFault::missing("address in displayName"))?;
    let Servers { protocol, mut incoming, mut outgoing } = servers(text, &leaves)?;
    let parsed = EmailAddress::try_from(address)?;
    if value(&leaves, "domain")? != parsed.domain().as_str() {
        return Err(ReadFault::unknown("its domain", &value(&leaves, "domain")?).into());
    }
    for server in [&mut incoming, &mut outgoing] {
        if server.username == ADDRESS {
            address.clone_into(&mut server.username);
        } else if server.username == LOCAL_PART {
            parsed.local_part().clone_into(&mut server.username);
        }
    }
    let address = address.to_owned();
    Ok(Stated { address, display_name: None, protocol, incoming, outgoing, windows_user: None })
}

/// The servers of a file, with the placeholders in their user names.
pub(in crate::render) struct Servers {
    pub(in crate::render) protocol: IncomingProtocol,
    pub(in crate::render) incoming: StatedServer,
    pub(in crate::render) outgoing: StatedServer,
}

/// The servers of the file `text`, which has these `leaves`.
pub(in crate::render) fn servers(text: &str, leaves: &[Leaf]) -> Result<Servers, ReadError> {
    let mut starts = (0..leaves.len()).filter(|at| leaves[*at].name == "hostname");
    let mut next = |what| starts.next().ok_or_else(|| ReadFault::missing(what));
    let (incoming, outgoing) = (next("incoming server")?, next("outgoing server")?);
    Ok(Servers {
        protocol: protocol(text)?,
        incoming: stated_server(&leaves[incoming..outgoing])?,
        outgoing: stated_server(&leaves[outgoing..])?,
    })
}

/// The type of the incoming server, which is an attribute.
fn protocol(text: &str) -> Result<IncomingProtocol, ReadError> {
    let types = leaves(text, Some("type"))?;
    let found = types.iter().find_map(|leaf| match leaf.name.as_str() {
        "imap" => Some(IncomingProtocol::Imap),
        "pop3" => Some(IncomingProtocol::Pop),
        _ => None,
    });
    found.ok_or_else(|| ReadFault::missing("imap or pop3 server").into())
}

fn stated_server(leaves: &[Leaf]) -> Result<StatedServer, ReadError> {
    let socket = value(leaves, "socketType")?;
    let security = [Security::Tls, Security::StartTls, Security::None]
        .into_iter()
        .find(|security| socket_type(*security) == socket)
        .ok_or_else(|| ReadFault::unknown("socketType", &socket))?;
    match value(leaves, "authentication")?.as_str() {
        "password-cleartext" => {}
        other => return Err(ReadFault::unknown("authentication", other).into()),
    }
    Ok(StatedServer {
        host: value(leaves, "hostname")?,
        port: value(leaves, "port")?.parse()?,
        security: StatedSecurity::Exactly(security),
        username: value(leaves, "username")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::account::PersonAccounts;
    use crate::domain::name::LoginName;
    use crate::render::sample::samples;

    fn account(change: impl Fn(&mut MailAccount)) -> MailAccount {
        let mut account = samples().remove(0).1.first;
        change(&mut account);
        account
    }

    fn text_of(account: &MailAccount) -> String {
        String::from_utf8(write(&Config::of(account)).unwrap()).unwrap()
    }

    fn sign_in(login: &str) -> MailAccount {
        account(|account| account.incoming.username = LoginName::try_from(login).unwrap())
    }

    #[test]
    fn a_user_name_is_a_placeholder_where_apps_can_fill_it_in() {
        for (login, written) in [
            ("zoe@example.com", ADDRESS),
            ("zoe", LOCAL_PART),
            ("Zoe@example.com", "Zoe@example.com"),
            ("box7", "box7"),
        ] {
            let account = sign_in(login);
            let text = text_of(&account);
            let username = value(&leaves(&text, None).unwrap(), "username").unwrap();
            assert_eq!(username, written, "{login}");
            let stated = read(&text).unwrap();
            assert_eq!(stated.differences(&Stated::from(&account)), [], "{login}");
        }
    }

    #[test]
    fn an_account_that_apps_would_misread_or_refuse_gets_no_file() {
        assert!(AndroidAutoconfig.holds(&account(|_| {})));
        for refused in [
            account(|it| it.protocol = IncomingProtocol::Pop),
            account(|it| it.incoming.endpoint.security = Security::None),
            account(|it| it.outgoing.endpoint.security = Security::None),
            sign_in("%EMAILADDRESS%"),
            sign_in("x-%EMAILDOMAIN%"),
        ] {
            assert!(!AndroidAutoconfig.holds(&refused), "{}", text_of(&refused));
        }
    }

    #[test]
    fn an_account_without_file_leaves_the_numbers_of_the_others() {
        let mut person = PersonAccounts::from(account(|_| {}));
        person.more.push(account(|it| it.protocol = IncomingProtocol::Pop));
        person.more.push(account(|_| {}));
        let renderer: &dyn Renderer = &AndroidAutoconfig;
        assert_eq!(renderer.files(&person), [(1, 0..1), (3, 2..3)]);
    }

    #[test]
    fn a_file_of_another_program_is_not_ours() {
        let text = text_of(&account(|_| {}));
        assert_eq!(AndroidAutoconfig.check_form(text.as_bytes()).unwrap(), Form::Whole);
        for (from, to) in [
            ("  <emailProvider", "  <!-- --><emailProvider"),
            ("password-cleartext", "OAuth2"),
            ("SSL", "TLS"),
            (" (zoe@example.com)", ""),
            ("<domain>example.com", "<domain>other.example"),
            ("type=\"imap\"", "type=\"exchange\""),
            ("id=\"example.com\"", "id=\"x y\""),
        ] {
            let other = text.replacen(from, to, 1);
            assert_ne!(other, text, "{from}");
            assert!(AndroidAutoconfig.check_form(other.as_bytes()).is_err(), "{from}");
        }
    }
}
