//! Account in, draft files out. Pure: no files, no clock, no randomness, no signing.

use std::fmt;
use std::ops::Range;

use crate::artifact::{Draft, FileBytes, FileName, SignatureFormat};
use crate::domain::account::{MailAccount, PersonAccounts};
use crate::domain::contact::Contact;
use crate::domain::identifier::ReverseDns;
use crate::domain::language::Language;
use crate::domain::platform::{Platform, Platforms};

mod android;
mod apple;
mod error;
pub(crate) mod files;
pub(crate) mod hosted;
mod identifiers;
mod literal;
pub(crate) mod managed;
mod page;
mod password;
pub(crate) mod policies;
pub(crate) mod profile;
pub(crate) mod readme;
pub(crate) mod removal;
pub(crate) mod sample;
mod start_here;
pub(crate) mod stated;
pub(crate) mod windows;
mod xml;

pub use android::judge::{AppWarning, person_warnings, warnings as app_warnings};
pub use error::{ReadError, RenderError};
pub(crate) use identifiers::profile_identifier;
pub(crate) use password::has_password;
pub use stated::Stated;

/// Output formats in the order of files in a bundle.
pub type Renderers = [&'static dyn Renderer];

/// Every output format.
pub const RENDERERS: &[&dyn Renderer] = &[
    &start_here::StartHere,
    &apple::AppleProfile,
    &android::qr::QR_SVG,
    &android::qr::QR_PNG,
    &android::thunderbird::ThunderbirdSettings,
    &android::autodiscover::AndroidAutodiscover,
    &android::autoconfig::AndroidAutoconfig,
    &windows::WindowsScript,
    &windows::WindowsLauncher,
];

/// What is true of every file of one format.
#[derive(Debug)]
pub struct Format {
    /// A stable name: the `--only` value and the manifest's `format`.
    pub id: &'static str,
    /// What the file is for, in one line.
    pub about: &'static str,
    /// What opens the file, in one line.
    pub opens_with: &'static str,
    /// How the file must be signed.
    pub signature: SignatureFormat,
    /// The devices it is for; `None` for a file that everybody gets.
    pub platform: Option<Platform>,
    /// Whose settings one file holds.
    pub scope: Scope,
}

/// A person's accounts in one file, or each in its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All accounts of a person.
    Person,
    /// One account: a person with several accounts gets several files. The number of a file is the place of its
    /// account, also where an earlier account has no file.
    Account,
    /// As many accounts as fit, see [`Renderer::split`].
    Part,
}

/// The accounts that go into one file.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// Only these accounts of the person.
    pub person: &'a PersonAccounts,
    /// The number of the file among those of its format, from 1.
    pub number: usize,
    /// How many files of the format the person gets.
    pub of: usize,
}

impl<'a> From<&'a PersonAccounts> for Part<'a> {
    /// All accounts in one file.
    fn from(person: &'a PersonAccounts) -> Self {
        Self { person, number: 1, of: 1 }
    }
}

impl Format {
    /// Whether a person with these devices gets the file.
    pub(crate) fn is_for(&self, platforms: Platforms) -> bool {
        self.platform.is_none_or(|platform| platforms.contains(platform))
    }
}

/// Turns an account into one file for one platform.
pub trait Renderer: Sync {
    /// A constant of the renderer.
    fn format(&self) -> &'static Format;

    /// Where the file goes inside a bundle. `provider` is the [`crate::domain::account::ProviderCard::stem`] of the first account;
    /// `number` is the file's among those of the format, from 1, and counts only where there may be several.
    fn file_name(&self, provider: &str, number: usize) -> FileName;

    /// Whether a file of the format can hold the account and an app would take it. One that cannot gets no
    /// file; asked only for [`Scope::Account`].
    fn holds(&self, _account: &MailAccount) -> bool {
        true
    }

    /// The places of the accounts, from 0, that go into each file, in order; nothing for a person whose
    /// accounts the format cannot hold.
    fn split(&self, person: &PersonAccounts) -> Vec<Range<usize>> {
        let accounts = || person.iter().enumerate();
        match self.format().scope {
            Scope::Person | Scope::Part => std::iter::once(0..accounts().count()).collect(),
            Scope::Account => {
                let held = accounts().filter(|(_, account)| self.holds(account));
                held.map(|(place, _)| place..place + 1).collect()
            }
        }
    }

    /// The file's bytes.
    fn render(&self, part: Part<'_>, setup: &Setup) -> Result<FileBytes, RenderError>;

    /// The settings of each account in a file of this format, without its signature; empty for a
    /// format that holds none.
    fn read(&self, content: &[u8]) -> Result<Vec<Stated>, ReadError>;

    /// Rejects a file, without its signature, that this version never writes: one with text,
    /// keys or payloads of another program. For a format that states less than it is made from,
    /// only the settings can be read.
    fn check_form(&self, content: &[u8]) -> Result<Form, ReadError> {
        self.read(content).map(|_| Form::Settings)
    }

    /// For whom an export for an MDM writes exactly the unsigned file `content`; `None` where none does.
    fn managed_for(&self, _content: &[u8]) -> Option<ManagedFor> {
        None
    }

    /// Whether `content`, without its signature, looks like a file of this format, even if damaged or
    /// written by another program.
    fn looks_like(&self, content: &[u8]) -> bool;

    /// Whether the file follows from the settings of the accounts alone, so that another file with the
    /// same settings vouches for it.
    fn is_settings_only(&self) -> bool {
        false
    }
}

impl dyn Renderer {
    /// The files of `person`: the number of each, from 1, and the places of its accounts.
    pub(crate) fn files(&self, person: &PersonAccounts) -> Vec<(usize, Range<usize>)> {
        let number = |index: usize, places: &Range<usize>| match self.format().scope {
            Scope::Account => places.start + 1,
            Scope::Person | Scope::Part => index + 1,
        };
        let split = self.split(person).into_iter().enumerate();
        split.map(|(index, places)| (number(index, &places), places)).collect()
    }
}

impl fmt::Debug for dyn Renderer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.format().id)
    }
}

/// The one of `renderers` whose format has the id `id`.
pub fn by_id(renderers: &Renderers, id: &str) -> Option<&'static dyn Renderer> {
    renderers.iter().copied().find(|renderer| renderer.format().id == id)
}

/// The one of `renderers` that may have written a file with this `content`, or else, for a file that
/// is damaged, the one whose files have this kind of `signature`.
pub(crate) fn recognize(
    renderers: &Renderers,
    signature: SignatureFormat,
    content: Option<&[u8]>,
) -> Option<&'static dyn Renderer> {
    let by_content = |renderer: &&dyn Renderer| content.is_some_and(|it| renderer.looks_like(it));
    let by_signature = |renderer: &&dyn Renderer| {
        signature != SignatureFormat::Unsigned && renderer.format().signature == signature
    };
    let mut all = renderers.iter().copied();
    all.clone().find(by_content).or_else(|| all.find(by_signature))
}

/// Whom a file is for that `export` writes for an MDM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ManagedFor {
    /// One person.
    Person,
    /// Everybody: the MDM puts the person who uses a device in place of its variables.
    Everybody,
}

impl fmt::Display for ManagedFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Person => "an MDM, which `export` wrote it for, unsigned",
            Self::Everybody => {
                "an MDM, which puts each person in place of its variables; `export` wrote it, unsigned"
            }
        })
    }
}

/// What [`Renderer::check_form`] has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// This version writes exactly this file for the settings in it.
    Whole,
    /// The settings can be read; the rest was not compared.
    Settings,
    /// It has no settings, and nothing was compared.
    Unread,
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Whole => "every byte is as this version of mailmuster writes it",
            Self::Settings => "its settings can be read, and the rest was not compared",
            Self::Unread => "it has no settings, and nothing of it was compared",
        })
    }
}

/// Whether `word` is in the first 500 bytes of `content`.
fn begins_with(content: &[u8], word: &str) -> bool {
    let head = &content[..content.len().min(500)];
    head.windows(word.len()).any(|window| window == word.as_bytes())
}

/// What all bundles of one run share.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Who hands the settings out; shown on devices where it is known.
    pub organization: Option<String>,
    /// Whom people ask for help; shown on the sheet.
    pub contact: Option<Contact>,
    /// The language of the sheet for people without one in the list.
    pub language: Language,
    /// The namespace of every identifier on devices.
    pub identifier: ReverseDns,
    /// The formats of this run, in the order of [`RENDERERS`].
    pub formats: Vec<&'static dyn Renderer>,
    /// What devices will show about the signatures.
    pub trust: SigningMode,
}

/// How a run signs. It decides what the sheet says about the devices' display of signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SigningMode {
    /// With the admin's identity. Whether devices trust it cannot be known here.
    Given,
    /// With the development identity, which no device trusts.
    Development,
    /// Not at all.
    Unsigned,
}

impl SigningMode {
    pub(crate) const ALL: [Self; 3] = [Self::Given, Self::Development, Self::Unsigned];

    /// The word in manifests and in the sheet's template.
    pub fn id(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Development => "development",
            Self::Unsigned => "unsigned",
        }
    }
}

impl Setup {
    /// The plainest setup in the namespace `identifier`.
    pub(crate) fn of(identifier: ReverseDns) -> Self {
        Self {
            organization: None,
            identifier,
            formats: Vec::new(),
            trust: SigningMode::Unsigned,
            contact: None,
            language: Language::default(),
        }
    }

    /// The files of `person`, ready to be sealed.
    pub fn drafts<'a>(
        &'a self,
        person: &'a PersonAccounts,
    ) -> impl Iterator<Item = Result<(&'static dyn Renderer, Draft), RenderError>> + 'a {
        let stem = person.first.provider.stem();
        let is_for = |renderer: &&&'static dyn Renderer| renderer.format().is_for(person.platforms);
        self.formats.iter().filter(is_for).flat_map(move |renderer| {
            let files = renderer.files(person);
            let of = files.len();
            files.into_iter().map(move |(number, places)| {
                let person = person.part(places);
                let draft = Draft {
                    file_name: renderer.file_name(stem, number),
                    content: renderer.render(Part { person: &person, number, of }, self)?,
                    signature: renderer.format().signature,
                };
                Ok((*renderer, draft))
            })
        })
    }
}
