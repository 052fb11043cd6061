//! The settings file of Thunderbird for Android and K-9 Mail, which they import from the phone: *Import settings*,
//! *Select file*.
//!
//! thunderbird/thunderbird-android: names as in `SettingsExporter.kt`, rules in `SettingsFileParser.kt` and
//! `ServerSettingsValidator.kt`; what is written is what the app's own import of QR codes writes
//! (`XmlSettingWriter.kt`). No byte order mark: the app refuses one.

use std::sync::Arc;

use quick_xml::{SeError, de, se};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::artifact::{FileBytes, FileName, SignatureFormat};
use crate::domain::account::MailAccount;
use crate::domain::platform::Platform;
use crate::domain::server::{IncomingProtocol, Security, ServerLogin};
use crate::render::error::ReadFault;
use crate::render::identifiers::{Role, uuid};
use crate::render::stated::{StatedSecurity, StatedServer};
use crate::render::xml::{refuse_deep, text};
use crate::render::{
    Form, Format, Part, ReadError, RenderError, Renderer, Scope, Setup, Stated, begins_with,
};

pub(in crate::render) struct ThunderbirdSettings;

pub(in crate::render) const FORMAT: Format = Format {
    id: "android-thunderbird",
    about: "a settings file with all accounts of the person",
    opens_with: "Thunderbird for Android and K-9 Mail: Import settings, Select file",
    signature: SignatureFormat::Unsigned,
    platform: Some(Platform::Android),
    scope: Scope::Person,
};

/// Written by Thunderbird itself and by Kotlin's serializer; the app reads any.
const DECLARATION: &str = "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\n";

/// The version of the settings, that of the app's import of QR codes: newer apps take older versions, and K-9 6.8 or
/// later takes this one.
const VERSION: u32 = 99;

/// The only form there is.
const FORM: u32 = 1;

impl Renderer for ThunderbirdSettings {
    fn format(&self) -> &'static Format {
        &FORMAT
    }

    fn file_name(&self, _: &str, _: usize) -> FileName {
        FileName::new(["android", "thunderbird-account.k9s"])
    }

    fn render(&self, part: Part<'_>, setup: &Setup) -> Result<FileBytes, RenderError> {
        let accounts = part.person.iter().map(|account| {
            Account::new(account, uuid(setup, Role::ThunderbirdAccount, &account.key))
        });
        let file = SettingsFile::of(accounts.collect());
        file.bytes().map(FileBytes::from).map_err(|error| RenderError::new(self, error))
    }

    fn read(&self, content: &[u8]) -> Result<Vec<Stated>, ReadError> {
        SettingsFile::read(content)?.accounts.account.iter().map(Account::stated).collect()
    }

    fn check_form(&self, content: &[u8]) -> Result<Form, ReadError> {
        let file = SettingsFile::read(content)?;
        let again = file.accounts.account.iter().map(Account::again).collect::<Result<_, _>>()?;
        if SettingsFile::of(again).bytes()? == content {
            Ok(Form::Whole)
        } else {
            Err(ReadFault::Foreign("it holds more than mailmuster writes for these settings")
                .into())
        }
    }

    fn looks_like(&self, content: &[u8]) -> bool {
        begins_with(content, "<k9settings")
    }

    fn is_settings_only(&self) -> bool {
        true
    }
}

/// `k9settings`. An element or attribute that is not here is ignored as it is read, and found by comparing bytes.
#[derive(Serialize, Deserialize)]
#[serde(rename = "k9settings")]
struct SettingsFile {
    #[serde(rename = "@version")]
    version: u32,
    #[serde(rename = "@format")]
    format: u32,
    accounts: Accounts,
}

#[derive(Serialize, Deserialize)]
struct Accounts {
    account: Vec<Account>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Account {
    /// An account with the same one gets a new one as it is imported: importing twice makes two accounts.
    #[serde(rename = "@uuid")]
    uuid: String,
    name: String,
    settings: Settings,
    incoming_server: Server,
    outgoing_server: Server,
    identities: Identities,
}

#[derive(Serialize, Deserialize)]
struct Settings {
    value: Value,
}

/// A setting. K-9 drops an account without one.
#[derive(Serialize, Deserialize)]
struct Value {
    #[serde(rename = "@key")]
    key: String,
    #[serde(rename = "$text")]
    text: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Server {
    #[serde(rename = "@type")]
    kind: String,
    host: String,
    /// Digits only: with a space before them the account has no port.
    port: u16,
    connection_security: String,
    authentication_type: String,
    username: String,
}

#[derive(Serialize, Deserialize)]
struct Identities {
    identity: Identity,
}

#[derive(Serialize, Deserialize)]
struct Identity {
    name: String,
    email: String,
}

impl SettingsFile {
    fn of(account: Vec<Account>) -> Self {
        Self { version: VERSION, format: FORM, accounts: Accounts { account } }
    }

    fn read(content: &[u8]) -> Result<Self, ReadError> {
        let text = text(content)?;
        refuse_deep(text)?;
        let file: Self = de::from_str(text)?;
        match (file.format, file.accounts.account.is_empty()) {
            (FORM, false) => Ok(file),
            (FORM, true) => Err(ReadFault::missing("account").into()),
            (other, _) => Err(ReadFault::unknown("its format", &other.to_string()).into()),
        }
    }

    fn bytes(&self) -> Result<Vec<u8>, SeError> {
        let mut text = DECLARATION.to_owned();
        let mut serializer = se::Serializer::new(&mut text);
        serializer.indent(' ', 2);
        self.serialize(serializer)?;
        text.push('\n');
        Ok(text.into_bytes())
    }
}

impl Account {
    fn new(account: &MailAccount, uuid: Uuid) -> Self {
        let incoming = match account.protocol {
            IncomingProtocol::Imap => "IMAP",
            IncomingProtocol::Pop => "POP3",
        };
        Self {
            uuid: uuid.hyphenated().to_string(),
            name: account.address.to_string(),
            settings: Settings {
                // mail deleted on the phone is deleted on the server, as on every other device
                value: Value { key: "deletePolicy".to_owned(), text: "DELETE".to_owned() },
            },
            incoming_server: Server::new(incoming, &account.incoming),
            outgoing_server: Server::new("SMTP", &account.outgoing),
            identities: Identities {
                identity: Identity {
                    name: account.display_name.to_string(),
                    email: account.address.to_string(),
                },
            },
        }
    }

    fn stated(&self) -> Result<Stated, ReadError> {
        let Identity { name, email } = &self.identities.identity;
        Ok(Stated {
            address: email.clone(),
            display_name: Some(name.clone()),
            protocol: match self.incoming_server.kind.as_str() {
                "IMAP" => IncomingProtocol::Imap,
                "POP3" => IncomingProtocol::Pop,
                other => return Err(ReadFault::unknown("its protocol", other).into()),
            },
            incoming: self.incoming_server.stated()?,
            outgoing: self.outgoing_server.stated()?,
            windows_user: None,
        })
    }

    /// What this version writes for the settings in it.
    fn again(&self) -> Result<Self, ReadError> {
        let account = self.stated()?.sample(Arc::default())?;
        // the app drops an account with another text there
        let uuid =
            Uuid::parse_str(&self.uuid).map_err(|_| ReadFault::unknown("its uuid", &self.uuid))?;
        Ok(Self::new(&account, uuid))
    }
}

impl Server {
    fn new(kind: &str, server: &ServerLogin) -> Self {
        Self {
            kind: kind.to_owned(),
            host: server.endpoint.host.to_string(),
            port: server.endpoint.port.get(),
            connection_security: security(server.endpoint.security).to_owned(),
            authentication_type: "PLAIN".to_owned(),
            username: server.username.to_string(),
        }
    }

    fn stated(&self) -> Result<StatedServer, ReadError> {
        let known = [Security::Tls, Security::StartTls, Security::None]
            .into_iter()
            .find(|known| security(*known) == self.connection_security);
        Ok(StatedServer {
            host: self.host.clone(),
            port: self.port,
            security: known.map(StatedSecurity::Exactly).ok_or_else(|| {
                ReadFault::unknown("its connection-security", &self.connection_security)
            })?,
            username: self.username.clone(),
        })
    }
}

/// As the app writes it; it refuses other words.
fn security(security: Security) -> &'static str {
    match security {
        Security::Tls => "SSL_TLS_REQUIRED",
        Security::StartTls => "STARTTLS_REQUIRED",
        Security::None => "NONE",
    }
}
