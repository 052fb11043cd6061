//! What a person who left needs to take the accounts off their devices: the Windows script with the action
//! `Remove`, its launcher, and a page for the person or a helper. These formats are in no bundle, and no
//! option names them.

use std::sync::LazyLock;

use minijinja::context;

use super::error::ReadFault;
use super::identifiers::profile_identifier;
use super::windows::{self, DefaultAction, WindowsScript};
use super::{
    Form, Format, Part, RENDERERS, ReadError, RenderError, Renderer, Renderers, Scope, Setup,
    Stated, begins_with, page, profile,
};
use crate::artifact::{FileBytes, FileName, SignatureFormat};
use crate::domain::contact::Contact;
use crate::domain::platform::Platform;
use crate::domain::server::IncomingProtocol;

/// The formats of a removal package, in its order.
pub(crate) const REMOVAL: &Renderers = &[&Page, &Script, &Launcher];

/// The formats of bundles, of removal packages and of fleet scripts.
pub(crate) static ALL: LazyLock<Vec<&'static dyn Renderer>> =
    LazyLock::new(|| RENDERERS.iter().chain(REMOVAL).chain(windows::FLEET).copied().collect());

/// What the page is recognized by; no sheet holds it.
const MARK: &str = "<main data-page=\"removal\">";

/// The name that the launcher calls the script by, and the one in a removal package.
const SCRIPT_NAMES: [&str; 2] = ["Set-MailAccount.ps1", "Remove-MailAccount.ps1"];

/// The name of the launcher, and that in a removal package.
const LAUNCHER_NAMES: [&str; 2] = ["Set-Mail", "Remove-Mail"];

/// What the launcher says of an account that was set up, and that of a removal package must not.
const PASSWORD: &str = " If your mail program asks for a password, type the one of this mailbox.";

static LAUNCHER: LazyLock<String> = LazyLock::new(|| {
    let text = std::str::from_utf8(windows::LAUNCHER).expect("the launcher is ASCII: tested");
    let [name, own] = SCRIPT_NAMES;
    let text = text.replace(name, own);
    let [name, own] = LAUNCHER_NAMES;
    text.replace(&format!("{name} "), &format!("{own} "))
        .replace(&format!("{name}-"), &format!("{own}-"))
        .replace(PASSWORD, "")
});

struct Page;

static PAGE_FORMAT: Format = Format {
    id: "removal-page",
    about: "how to take the accounts off each device",
    opens_with: "any web browser",
    signature: SignatureFormat::Unsigned,
    platform: None,
    scope: Scope::Person,
};

impl Renderer for Page {
    fn format(&self) -> &'static Format {
        &PAGE_FORMAT
    }

    fn file_name(&self, _: &str, _: usize) -> FileName {
        FileName::new(["REMOVE-MAIL.html"])
    }

    fn render(
        &self,
        Part { person, .. }: Part<'_>,
        setup: &Setup,
    ) -> Result<FileBytes, RenderError> {
        let has = |platform: Platform| person.platforms.contains(platform);
        let language = person.language.unwrap_or(setup.language);
        let values = context! {
            name => person.first.display_name.as_str(),
            addresses => person.iter().map(|it| it.address.to_string()).collect::<Vec<_>>(),
            organization => setup.organization.as_deref(),
            contact => setup.contact.as_ref().map(Contact::as_str),
            apple => has(Platform::Apple),
            windows => has(Platform::Windows),
            android => has(Platform::Android),
            pop => person.iter().any(|account| account.protocol == IncomingProtocol::Pop),
            profile => profile::title(&person.first),
            identifier => profile_identifier(&setup.identifier, &person.key),
            launcher_file => Launcher.file_name("", 1).to_string(),
        };
        page::render(page::Kind::Removal, language, values)
            .map_err(|error| RenderError::new(self, error))
    }

    fn read(&self, _: &[u8]) -> Result<Vec<Stated>, ReadError> {
        Ok(Vec::new())
    }

    fn check_form(&self, _: &[u8]) -> Result<Form, ReadError> {
        Ok(Form::Unread)
    }

    fn looks_like(&self, content: &[u8]) -> bool {
        is_page(content)
    }
}

/// Whether `content` looks like the page.
pub(super) fn is_page(content: &[u8]) -> bool {
    begins_with(content, "<html") && holds(content, MARK)
}

/// Whether `content` looks like the launcher.
pub(super) fn is_launcher(content: &[u8]) -> bool {
    content.starts_with(b"@echo off") && holds(content, SCRIPT_NAMES[1])
}

fn holds(content: &[u8], word: &str) -> bool {
    content.windows(word.len()).any(|window| window == word.as_bytes())
}

struct Script;

static SCRIPT_FORMAT: Format = Format {
    id: "removal-script",
    about: "PowerShell script that takes the accounts back",
    opens_with: "Windows PowerShell 5.1 or PowerShell 7, through Remove-Mail.cmd, Intune or any RMM agent",
    signature: SignatureFormat::AuthenticodeScript,
    platform: Some(Platform::Windows),
    scope: Scope::Person,
};

impl Renderer for Script {
    fn format(&self) -> &'static Format {
        &SCRIPT_FORMAT
    }

    fn file_name(&self, _: &str, _: usize) -> FileName {
        FileName::new(["windows", SCRIPT_NAMES[1]])
    }

    fn render(
        &self,
        Part { person, .. }: Part<'_>,
        setup: &Setup,
    ) -> Result<FileBytes, RenderError> {
        windows::script(person, setup, DefaultAction::Remove)
            .map_err(|error| RenderError::new(self, error))
    }

    fn read(&self, content: &[u8]) -> Result<Vec<Stated>, ReadError> {
        WindowsScript.read(content)
    }

    fn check_form(&self, content: &[u8]) -> Result<Form, ReadError> {
        windows::check_form(content, DefaultAction::Remove)
    }

    fn looks_like(&self, content: &[u8]) -> bool {
        windows::is_script(content)
            && windows::removes(content)
            && !windows::is_for_a_fleet(content)
    }
}

struct Launcher;

static LAUNCHER_FORMAT: Format = Format {
    id: "removal-launcher",
    about: "starts the script with a double-click",
    opens_with: "Windows: double-click",
    signature: SignatureFormat::Unsigned,
    platform: Some(Platform::Windows),
    scope: Scope::Person,
};

impl Renderer for Launcher {
    fn format(&self) -> &'static Format {
        &LAUNCHER_FORMAT
    }

    fn file_name(&self, _: &str, _: usize) -> FileName {
        FileName::new(["windows", "Remove-Mail.cmd"])
    }

    fn render(&self, _: Part<'_>, _: &Setup) -> Result<FileBytes, RenderError> {
        Ok(FileBytes { shared: LAUNCHER.as_bytes(), own: Vec::new() })
    }

    fn read(&self, _: &[u8]) -> Result<Vec<Stated>, ReadError> {
        Ok(Vec::new())
    }

    fn check_form(&self, content: &[u8]) -> Result<Form, ReadError> {
        if content == LAUNCHER.as_bytes() {
            Ok(Form::Whole)
        } else {
            Err(ReadFault::Foreign("it is not the launcher this version of mailmuster writes")
                .into())
        }
    }

    fn looks_like(&self, content: &[u8]) -> bool {
        is_launcher(content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::identifier::ReverseDns;
    use crate::domain::language::Language;
    use crate::render::sample;
    use crate::render::start_here::StartHere;

    #[test]
    fn the_launcher_starts_the_script_of_the_package_and_names_no_other() {
        assert!(LAUNCHER.contains("set \"script=%~dp0Remove-MailAccount.ps1\""));
        assert!(!LAUNCHER.contains("Set-Mail"), "{}", *LAUNCHER);
        assert!(!windows::WindowsLauncher.looks_like(LAUNCHER.as_bytes()));
        assert!(LAUNCHER.contains("\"say=Done; the line above says what.\""), "{}", *LAUNCHER);
        assert!(LAUNCHER.contains("==\"1006\" set \"say=The mailbox is in a mail program"));
    }

    #[test]
    fn the_page_is_in_the_language_of_the_person_or_else_of_the_run() {
        let mut setup = Setup::of(ReverseDns::try_from("com.example").unwrap());
        let mut person = sample::samples().remove(0).1;
        let identifier = profile_identifier(&setup.identifier, &person.key);
        let mut render = |of_person, of_run| {
            (person.language, setup.language) = (of_person, of_run);
            String::from_utf8(Page.render(Part::from(&person), &setup).unwrap().to_vec()).unwrap()
        };
        let mut seen = std::collections::BTreeSet::new();
        for language in Language::all() {
            let page = render(Some(language), Language::default());
            assert!(page.contains(&format!("<html lang=\"{language}\"")), "{page}");
            assert!(page.contains(&format!("<code>{identifier}</code>")), "{page}");
            assert_eq!(page, render(None, language));
            assert!(!StartHere.looks_like(page.as_bytes()) && Page.looks_like(page.as_bytes()));
            assert!(seen.insert(page));
        }
    }
}
