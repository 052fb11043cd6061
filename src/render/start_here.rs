//! START-HERE.html: the person's settings and the steps for each device, to read or to print.
//!
//! The page is XHTML with everything inside: no script, no font, no picture from elsewhere. Values
//! are escaped by the template engine, and each carries `data-setting`, so that it can be read back.

use std::rc::Rc;

use minijinja::context;

use super::android::{autoconfig, autodiscover, qr, thunderbird};

use super::error::ReadFault;
use super::page::{self, Page};
use super::stated::{StatedSecurity, StatedServer};
use super::xml::{Leaf, leaves, value};
use super::{
    Format, Part, ReadError, RenderError, Renderer, Scope, Setup, Stated, apple, begins_with,
    removal, windows,
};
use crate::artifact::{FileBytes, FileName, SignatureFormat};
use crate::domain::account::{MailAccount, PersonAccounts};
use crate::domain::contact::Contact;
use crate::domain::link::Link;
use crate::domain::platform::Platform;
use crate::domain::provider_id::ProviderId;
use crate::domain::server::{IncomingProtocol, Security, ServerLogin};

pub(super) struct StartHere;

const FORMAT: Format = Format {
    id: "sheet",
    about: "instructions for this person: a table of settings and the steps for each device",
    opens_with: "any web browser; made to be printed",
    signature: SignatureFormat::Unsigned,
    platform: None,
    scope: Scope::Person,
};

impl Renderer for StartHere {
    fn format(&self) -> &'static Format {
        &FORMAT
    }

    fn file_name(&self, _: &str, _: usize) -> FileName {
        FileName::new(["START-HERE.html"])
    }

    fn render(
        &self,
        Part { person, .. }: Part<'_>,
        setup: &Setup,
    ) -> Result<FileBytes, RenderError> {
        // the list's language for a person goes before the run's
        let language = person.language.unwrap_or(setup.language);
        let stem = person.first.provider.stem();
        let has = |platform: Platform| person.platforms.contains(platform);
        let files_of = |format: &Format| {
            let mut renderers = setup.formats.iter();
            let renderer = renderers.find(|renderer| renderer.format().id == format.id)?;
            if !format.is_for(person.platforms) {
                return None;
            }
            let files = renderer.files(person).into_iter();
            let names = files.map(|(number, _)| renderer.file_name(stem, number).to_string());
            // an account may have no file of a format
            names.reduce(|names, name| format!("{names}, {name}"))
        };
        let page = page::page(language);
        let providers = providers(person, page);
        let codes = codes(person, setup);
        let values = context! {
            accounts => person.iter().map(|of| account(of, page)).collect::<Vec<_>>(),
            address => person.first.address.as_str(),
            several => !person.more.is_empty(),
            organization => setup.organization.as_deref(),
            several_providers => providers.len() > 1,
            providers => providers,
            protocol => person.first.protocol.to_string(),
            apple => has(Platform::Apple),
            android => has(Platform::Android),
            windows => has(Platform::Windows),
            apple_file => files_of(&apple::FORMAT),
            script_file => files_of(&windows::SCRIPT),
            launcher_file => files_of(&windows::LAUNCHER_FORMAT),
            several_codes => codes.len() > 1,
            codes => codes,
            settings_file => files_of(&thunderbird::FORMAT),
            android_files => both(files_of(&autodiscover::FORMAT), files_of(&autoconfig::FORMAT)),
            contact => setup.contact.as_ref().map(Contact::as_str),
            label => setup.trust.id(),
        };
        page::render(page::Kind::Sheet, language, values)
            .map_err(|error| RenderError::new(self, error))
    }

    fn read(&self, content: &[u8]) -> Result<Vec<Stated>, ReadError> {
        let text = std::str::from_utf8(content)?;
        let leaves = leaves(text, Some("data-setting"))?;
        let starts: Vec<usize> =
            (0..leaves.len()).filter(|at| leaves[*at].name == FIRST_SETTING).collect();
        let ends = starts.iter().skip(1).copied().chain([leaves.len()]);
        let accounts: Result<Vec<Stated>, ReadError> =
            starts.iter().zip(ends).map(|(start, end)| stated(&leaves[*start..end])).collect();
        match accounts {
            Ok(accounts) if accounts.is_empty() => Err(ReadFault::missing("account").into()),
            accounts => accounts,
        }
    }

    fn looks_like(&self, content: &[u8]) -> bool {
        begins_with(content, "<html") && !removal::is_page(content)
    }
}

/// The setting that each account on the page begins with.
const FIRST_SETTING: &str = "name";

fn account(account: &MailAccount, page: &Page) -> minijinja::Value {
    let domain = account.address.domain();
    let unicode = domain.to_unicode();
    context! {
        name => account.display_name.as_str(),
        address => account.address.as_str(),
        // people know their address in their own letters, servers in the other form
        written => (unicode != domain.as_str())
            .then(|| format!("{}@{unicode}", account.address.local_part())),
        provider => account.provider.name.as_str(),
        protocol => account.protocol.to_string(),
        incoming => server(&account.incoming, page),
        outgoing => server(&account.outgoing, page),
        app_password_page => account.provider.app_password_page.as_ref().map(Link::as_str),
        own_outgoing_password => account.own_outgoing_password,
    }
}

/// Two lists of files as one.
fn both(first: Option<String>, second: Option<String>) -> Option<String> {
    first.into_iter().chain(second).reduce(|first, second| format!("{first}, {second}"))
}

/// The QR codes, where pictures of them are made too.
fn codes(person: &PersonAccounts, setup: &Setup) -> Vec<minijinja::Value> {
    let formats = [&qr::SVG, &qr::PNG].map(|format| format.id);
    let is_made = setup.formats.iter().any(|renderer| formats.contains(&renderer.format().id));
    if !is_made || !person.platforms.contains(Platform::Android) {
        return Vec::new();
    }
    let code = |code: &Rc<qr::Code>| {
        context! { size => code.size, millimetres => code.millimetres(), path => minijinja::Value::from_safe_string(code.path.clone()) }
    };
    qr::codes(person).iter().map(code).collect()
}

/// Each provider once.
fn providers(person: &PersonAccounts, page: &Page) -> Vec<minijinja::Value> {
    let mut seen: Vec<&ProviderId> = Vec::new();
    let mut listed = Vec::new();
    for provider in person.iter().map(|account| &account.provider) {
        if !seen.contains(&&provider.id) {
            seen.push(&provider.id);
            listed.push(context! {
                name => provider.name.as_str(),
                page => provider.page.as_ref().map(Link::as_str),
                notes => provider.notes.iter().map(|note| page.note(note).to_owned()).collect::<Vec<_>>(),
            });
        }
    }
    listed
}

fn stated(leaves: &[Leaf]) -> Result<Stated, ReadError> {
    Ok(Stated {
        address: value(leaves, "address")?,
        display_name: Some(value(leaves, FIRST_SETTING)?),
        protocol: match value(leaves, "protocol")?.as_str() {
            "IMAP" => IncomingProtocol::Imap,
            "POP3" => IncomingProtocol::Pop,
            other => return Err(ReadFault::unknown("its protocol", other).into()),
        },
        incoming: stated_server(leaves, "incoming")?,
        outgoing: stated_server(leaves, "outgoing")?,
        windows_user: None,
    })
}

fn server(server: &ServerLogin, page: &Page) -> minijinja::Value {
    context! {
        host => server.endpoint.host.as_str(),
        port => server.endpoint.port.get(),
        security => written(server.endpoint.security, page),
        username => server.username.as_str(),
    }
}

/// The encryption in the words of a mail program's set-up form; "none" in the language of the page.
fn written(security: Security, page: &Page) -> String {
    match security {
        Security::Tls | Security::StartTls => security.to_string(),
        Security::None => page.no_encryption.clone(),
    }
}

fn stated_server(leaves: &[Leaf], side: &str) -> Result<StatedServer, ReadError> {
    let value = |setting: &str| value(leaves, &format!("{side}.{setting}"));
    let security = value("security")?;
    Ok(StatedServer {
        host: value("host")?,
        port: value("port")?.parse()?,
        security: [Security::Tls, Security::StartTls, Security::None]
            .into_iter()
            .find(|known| page::pages().iter().any(|page| written(*known, page) == security))
            .map(StatedSecurity::Exactly)
            .ok_or_else(|| ReadFault::unknown("its security", &security))?,
        username: value("username")?,
    })
}
