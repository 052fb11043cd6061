//! The PowerShell script and its launcher.
//!
//! One static, reviewed body for everybody, then one JSON block with the account: no text is ever
//! spliced into code. The block is at the end, so that digest and compression of the body are
//! worked out once for a whole run.

mod copies;

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::error::ReadFault;
use super::identifiers::{Role, uuid};
use super::literal::{GuardedText, ascii_json};
use super::stated::{StatedSecurity, StatedServer};
use super::{Form, Format, Part, ReadError, RenderError, Renderer, Scope, Setup, Stated, removal};
use crate::artifact::{FileBytes, FileName, SignatureFormat};
use crate::domain::account::{MailAccount, PersonAccounts};
use crate::domain::platform::Platform;
use crate::domain::server::{IncomingProtocol, Security, ServerLogin};

pub(super) use copies::is_for_a_fleet;
pub(crate) use copies::{AgentCopies, FLEET, FleetAccounts, fleet_scripts, managed_scripts};

/// The reviewed body, with a harmless account in its data block.
const BODY: &str = include_str!("../../templates/windows/Set-MailAccount.ps1");

/// The launcher. It holds no row data: `%`, `^` and `&` in a name cannot reach `cmd.exe`.
pub(super) const LAUNCHER: &[u8] = include_bytes!("../../templates/windows/Set-Mail.cmd");

/// The text before and after the JSON of the data block.
const DATA_BEGIN: &str = "\r\n$DataJson = @'\r\n";
const DATA_END: &str = "\r\n'@\r\n";

/// For how many days a prepared Outlook profile counts as done before Outlook was started.
const PENDING_DAYS: u16 = 14;

/// The body up to the data, and the rest after it.
static PARTS: LazyLock<(&str, &str)> = LazyLock::new(|| {
    let (before, from_data) =
        BODY.split_once(DATA_BEGIN).expect("the body has a data block: tested");
    let (_, after) = from_data.split_once(DATA_END).expect("the data block ends: tested");
    (&BODY[..before.len() + DATA_BEGIN.len()], &BODY[BODY.len() - after.len() - DATA_END.len()..])
});

pub(super) struct WindowsScript;

pub(super) const SCRIPT: Format = Format {
    id: "windows-script",
    about: "PowerShell script that sets up classic Outlook or Thunderbird on Windows",
    opens_with: "Windows PowerShell 5.1 or PowerShell 7, through Set-Mail.cmd, Intune or any RMM agent",
    signature: SignatureFormat::AuthenticodeScript,
    platform: Some(Platform::Windows),
    scope: Scope::Person,
};

impl Renderer for WindowsScript {
    fn format(&self) -> &'static Format {
        &SCRIPT
    }

    fn file_name(&self, _: &str, _: usize) -> FileName {
        FileName::new(["windows", "Set-MailAccount.ps1"])
    }

    fn render(
        &self,
        Part { person, .. }: Part<'_>,
        setup: &Setup,
    ) -> Result<FileBytes, RenderError> {
        script(person, setup, DefaultAction::Install).map_err(|error| RenderError::new(self, error))
    }

    fn read(&self, content: &[u8]) -> Result<Vec<Stated>, ReadError> {
        let data = Block::of(content)?.data()?;
        if data.accounts.is_empty() {
            return Err(ReadFault::missing("account").into());
        }
        data.accounts.into_iter().map(Account::stated).collect()
    }

    fn check_form(&self, content: &[u8]) -> Result<Form, ReadError> {
        check_form(content, DefaultAction::Install)
    }

    fn looks_like(&self, content: &[u8]) -> bool {
        is_script(content) && !removes(content) && !is_for_a_fleet(content)
    }
}

/// Rejects a script that is not one of this version for one person with the action `action`.
pub(super) fn check_form(content: &[u8], action: DefaultAction) -> Result<Form, ReadError> {
    checked(content, action, |user| user.is_empty())
}

/// Rejects a script that is not one of this version with the action `action`, or has a Windows user that is not `fit`.
fn checked(
    content: &[u8],
    action: DefaultAction,
    fit: impl Fn(&str) -> bool,
) -> Result<Form, ReadError> {
    WindowsScript.read(content)?;
    let block = Block::of(content)?;
    let (shared, end) = *PARTS;
    if shared.len() != block.before.len() + DATA_BEGIN.len()
        || !shared.starts_with(block.before)
        || end.strip_prefix(DATA_END) != Some(block.after)
    {
        return Err(ReadFault::Foreign(
            "its body is not the one this version of mailmuster writes",
        )
        .into());
    }
    let data = block.data()?;
    let again = ascii_json(&data)?;
    let fits = data.accounts.iter().all(|account| fit(account.windows_user.as_str()));
    let fixed = Data { provider: GuardedText::default(), accounts: Vec::new(), ..data };
    let is_fixed = fixed == Data::about(action, GuardedText::default(), Vec::new());
    if again != block.json.as_bytes() || !fits || !is_fixed {
        return Err(ReadFault::Foreign("its data block is not one that mailmuster writes").into());
    }
    Ok(Form::Whole)
}

/// Whether `content` looks like this script, whatever its action.
pub(super) fn is_script(content: &[u8]) -> bool {
    content.starts_with(b"<#") || content.windows(9).any(|window| window == b"$DataJson")
}

/// Whether the script `content` takes accounts back where its caller names no action.
pub(super) fn removes(content: &[u8]) -> bool {
    let data = Block::of(content).and_then(|block| block.data());
    data.is_ok_and(|data| data.default_action == GuardedText::new(DefaultAction::Remove.id()))
}

/// What a script does where its caller names no action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DefaultAction {
    /// Sets the accounts up.
    Install,
    /// Takes them back.
    Remove,
    /// Only looks whether they are set up.
    Detect,
}

impl DefaultAction {
    /// The word of the script's parameter.
    fn id(self) -> &'static str {
        match self {
            Self::Install => "Install",
            Self::Remove => "Remove",
            Self::Detect => "Detect",
        }
    }
}

/// The script for `person`.
pub(super) fn script(
    person: &PersonAccounts,
    setup: &Setup,
    action: DefaultAction,
) -> serde_json::Result<FileBytes> {
    let (shared, after) = *PARTS;
    let mut own = ascii_json(&Data::of(person, setup, action))?;
    own.extend_from_slice(after.as_bytes());
    Ok(FileBytes { shared: shared.as_bytes(), own })
}

/// A script in three parts.
struct Block<'a> {
    before: &'a str,
    json: &'a str,
    after: &'a str,
}

impl<'a> Block<'a> {
    fn of(content: &'a [u8]) -> Result<Self, ReadError> {
        let text = std::str::from_utf8(content)?;
        let (before, from_data) =
            text.split_once(DATA_BEGIN).ok_or_else(|| ReadFault::missing("data block"))?;
        let (json, after) = from_data.split_once(DATA_END).ok_or(ReadFault::EndlessBlock)?;
        Ok(Self { before, json, after })
    }

    fn data(&self) -> Result<Data, ReadError> {
        serde_json::from_str(self.json).map_err(ReadError::from)
    }
}

pub(super) struct WindowsLauncher;

pub(super) const LAUNCHER_FORMAT: Format = Format {
    id: "windows-launcher",
    about: "starts the script with a double-click",
    opens_with: "Windows: double-click",
    signature: SignatureFormat::Unsigned,
    platform: Some(Platform::Windows),
    scope: Scope::Person,
};

impl Renderer for WindowsLauncher {
    fn format(&self) -> &'static Format {
        &LAUNCHER_FORMAT
    }

    fn file_name(&self, _: &str, _: usize) -> FileName {
        FileName::new(["windows", "Set-Mail.cmd"])
    }

    fn render(&self, _: Part<'_>, _: &Setup) -> Result<FileBytes, RenderError> {
        Ok(FileBytes { shared: LAUNCHER, own: Vec::new() })
    }

    fn read(&self, _: &[u8]) -> Result<Vec<Stated>, ReadError> {
        Ok(Vec::new())
    }

    fn check_form(&self, content: &[u8]) -> Result<Form, ReadError> {
        if content == LAUNCHER {
            Ok(Form::Whole)
        } else {
            Err(ReadFault::Foreign("it is not the launcher this version of mailmuster writes")
                .into())
        }
    }

    fn looks_like(&self, content: &[u8]) -> bool {
        content.starts_with(b"@echo off") && !removal::is_launcher(content)
    }
}

/// Version of the data block's form.
const FORMAT: u8 = 2;

/// The data block. Its form is the script's contract: a change needs a new `format`. Every text is a
/// [`GuardedText`].
#[derive(PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Data {
    format: u8,
    tool: GuardedText,
    default_action: GuardedText,
    pending_days: u16,
    provider: GuardedText,
    accounts: Vec<Account>,
}

#[derive(PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Account {
    id: GuardedText,
    /// The Windows user the account is for; empty for the user who runs the script.
    windows_user: GuardedText,
    display_name: GuardedText,
    email: GuardedText,
    incoming: Incoming,
    outgoing: Server,
}

#[derive(PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Incoming {
    protocol: GuardedText,
    host: GuardedText,
    port: u16,
    security: GuardedText,
    user: GuardedText,
}

#[derive(PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Server {
    host: GuardedText,
    port: u16,
    security: GuardedText,
    user: GuardedText,
}

impl Data {
    fn of(person: &PersonAccounts, setup: &Setup, action: DefaultAction) -> Self {
        let accounts = person.iter().map(|account| Account::of(account, "", setup)).collect();
        Self::about(action, GuardedText::new(&person.first.provider.name), accounts)
    }

    fn about(action: DefaultAction, provider: GuardedText, accounts: Vec<Account>) -> Self {
        Self {
            format: FORMAT,
            tool: GuardedText::new(concat!("mailmuster ", env!("CARGO_PKG_VERSION"))),
            default_action: GuardedText::new(action.id()),
            pending_days: PENDING_DAYS,
            provider,
            accounts,
        }
    }
}

impl Account {
    fn of(account: &MailAccount, windows_user: &str, setup: &Setup) -> Self {
        let incoming = Server::of(&account.incoming);
        Self {
            id: GuardedText::new(uuid(setup, Role::WindowsAccount, &account.key).hyphenated()),
            windows_user: GuardedText::new(windows_user),
            display_name: GuardedText::new(&account.display_name),
            email: GuardedText::new(&account.address),
            incoming: Incoming {
                protocol: GuardedText::new(account.protocol.id()),
                host: incoming.host,
                port: incoming.port,
                security: incoming.security,
                user: incoming.user,
            },
            outgoing: Server::of(&account.outgoing),
        }
    }

    fn stated(self) -> Result<Stated, ReadError> {
        Ok(Stated {
            address: self.email.into_string(),
            display_name: Some(self.display_name.into_string()),
            protocol: match self.incoming.protocol.as_str() {
                "imap" => IncomingProtocol::Imap,
                "pop" => IncomingProtocol::Pop,
                other => return Err(ReadFault::unknown("its protocol", other).into()),
            },
            incoming: Server {
                host: self.incoming.host,
                port: self.incoming.port,
                security: self.incoming.security,
                user: self.incoming.user,
            }
            .stated()?,
            outgoing: self.outgoing.stated()?,
            windows_user: Some(self.windows_user.into_string()).filter(|user| !user.is_empty()),
        })
    }
}

impl Server {
    fn of(server: &ServerLogin) -> Self {
        Self {
            host: GuardedText::new(&server.endpoint.host),
            port: server.endpoint.port.get(),
            security: GuardedText::new(server.endpoint.security.id()),
            user: GuardedText::new(&server.username),
        }
    }

    fn stated(self) -> Result<StatedServer, ReadError> {
        let security = Security::from_id(self.security.as_str())
            .ok_or_else(|| ReadFault::unknown("its security", self.security.as_str()))?;
        Ok(StatedServer {
            host: self.host.into_string(),
            port: self.port,
            security: StatedSecurity::Exactly(security),
            username: self.user.into_string(),
        })
    }
}

#[cfg(test)]
mod tests;
