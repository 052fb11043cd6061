//! START-HERE.html: the person's settings and the steps for each device, to read or to print.
//!
//! The page is XHTML with everything inside: no script, no font, no picture from elsewhere. Values
//! are escaped by the template engine, and each carries `data-setting`, so that it can be read back.

use std::sync::LazyLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};

use super::stated::{StatedSecurity, StatedServer};
use super::xml::{Leaf, leaves, value};
use super::{ReadError, RenderError, Renderer, Setup, Stated, TrustLabel};
use crate::artifact::{Content, FileName, SignatureFormat};
use crate::domain::account::MailAccount;
use crate::domain::server::{IncomingProtocol, Security, ServerLogin};

const PAGE: &str = include_str!("../../templates/sheet/START-HERE.html");

static PAGES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut pages = Environment::empty();
    pages.set_undefined_behavior(UndefinedBehavior::Strict);
    pages.set_auto_escape_callback(|_| AutoEscape::Html);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    pages.set_syntax(syntax.expect("the default delimiters are sound"));
    pages.add_template("page", PAGE).expect("templates/sheet/START-HERE.html is tested");
    pages
});

pub(super) struct Sheet;

impl Renderer for Sheet {
    fn id(&self) -> &'static str {
        "sheet"
    }

    fn doc_short(&self) -> &'static str {
        "instructions for this person: a table of settings and the steps for each device"
    }

    fn doc_opens_with(&self) -> &'static str {
        "any web browser; made to be printed"
    }

    fn signature(&self) -> SignatureFormat {
        SignatureFormat::Unsigned
    }

    fn file_name(&self, _: &str) -> FileName {
        FileName::new(["START-HERE.html"])
    }

    fn render(&self, account: &MailAccount, setup: &Setup) -> Result<Content, RenderError> {
        let file_of = |id: &str| {
            let renderer = setup.formats.iter().find(|renderer| renderer.id() == id)?;
            Some(renderer.file_name(setup.provider_stem()).to_string())
        };
        let page = PAGES.get_template("page").and_then(|page| {
            page.render(context! {
                name => account.display_name.as_str(),
                address => account.address.as_str(),
                organization => setup.organization.as_deref(),
                provider => setup.provider.as_str(),
                provider_page => setup.provider_page.as_deref(),
                notes => &setup.notes,
                protocol => account.protocol.to_string(),
                incoming => server(&account.incoming),
                outgoing => server(&account.outgoing),
                apple_file => file_of("apple-profile"),
                script_file => file_of("windows-script"),
                launcher_file => file_of("windows-launcher"),
                android_file => file_of("android-autodiscover"),
                label => match setup.trust {
                    TrustLabel::Given => "given",
                    TrustLabel::Development => "development",
                    TrustLabel::Unsigned => "unsigned",
                },
            })
        });
        page.map(|page| page.into_bytes().into()).map_err(|error| RenderError::new(self, &error))
    }

    fn read(&self, content: &[u8]) -> Result<Option<Stated>, ReadError> {
        let text = std::str::from_utf8(content).map_err(ReadError::new)?;
        let leaves = leaves(text, Some("data-setting"))?;
        Ok(Some(Stated {
            address: value(&leaves, "address")?,
            display_name: value(&leaves, "name")?,
            protocol: match value(&leaves, "protocol")?.as_str() {
                "IMAP" => IncomingProtocol::Imap,
                "POP3" => IncomingProtocol::Pop,
                other => return Err(ReadError::new(format!("its protocol is {other}"))),
            },
            incoming: stated_server(&leaves, "incoming")?,
            outgoing: stated_server(&leaves, "outgoing")?,
        }))
    }
}

fn server(server: &ServerLogin) -> minijinja::Value {
    context! {
        host => server.endpoint.host.as_str(),
        port => server.endpoint.port.get(),
        security => server.endpoint.security.to_string(),
        username => server.username.as_str(),
    }
}

fn stated_server(leaves: &[Leaf], side: &str) -> Result<StatedServer, ReadError> {
    let value = |setting: &str| value(leaves, &format!("{side}.{setting}"));
    let security = value("security")?;
    Ok(StatedServer {
        host: value("host")?,
        port: value("port")?.parse().map_err(ReadError::new)?,
        security: [Security::Tls, Security::StartTls, Security::None]
            .into_iter()
            .find(|known| known.to_string() == security)
            .map(StatedSecurity::Exactly)
            .ok_or_else(|| ReadError::new(format!("its security is {security}")))?,
        username: value("username")?,
    })
}
