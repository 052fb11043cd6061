//! Account in, draft files out. Pure: no files, no clock, no randomness, no signing.

use std::fmt;

use thiserror::Error;

use crate::artifact::{Content, Draft, FileName, SignatureFormat};
use crate::diagnostic::Diagnostic;
use crate::domain::account::MailAccount;
use crate::domain::identifier::ReverseDns;
use crate::domain::slug::is_reserved;

mod android;
mod apple;
mod identifiers;
mod literal;
mod sheet;
pub mod stated;
mod windows;
mod xml;

pub use stated::Stated;

/// Every output format. Their order is the order of files in a bundle.
pub const RENDERERS: &[&dyn Renderer] = &[
    &sheet::Sheet,
    &apple::AppleProfile,
    &android::AndroidAutodiscover,
    &windows::WindowsScript,
    &windows::WindowsLauncher,
];

/// Turns an account into one file for one platform.
pub trait Renderer: Sync {
    /// A stable name: the `--only` value and the manifest's `format`.
    fn id(&self) -> &'static str;

    /// What the file is for, in one line.
    fn doc_short(&self) -> &'static str;

    /// What opens the file, in one line.
    fn doc_opens_with(&self) -> &'static str;

    /// The signature the file calls for.
    fn signature(&self) -> SignatureFormat;

    /// Where the file goes inside a bundle. `provider` is [`Setup::provider_stem`].
    fn file_name(&self, provider: &str) -> FileName;

    /// The file's bytes.
    fn render(&self, account: &MailAccount, setup: &Setup) -> Result<Content, RenderError>;

    /// What a file of this format says about the account, its signature taken off; `None` for a
    /// file that holds nothing about it.
    fn read(&self, content: &[u8]) -> Result<Option<Stated>, ReadError>;
}

impl fmt::Debug for dyn Renderer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// The renderer with the id `id`.
pub fn by_id(id: &str) -> Option<&'static dyn Renderer> {
    RENDERERS.iter().copied().find(|renderer| renderer.id() == id)
}

/// What all bundles of one run share.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Who hands the settings out; shown on devices where it is known.
    pub organization: Option<String>,
    /// The namespace of every identifier on devices.
    pub identifier: ReverseDns,
    /// The provider's name.
    pub provider: String,
    /// The provider's id.
    pub provider_id: String,
    /// The provider's own page about its settings.
    pub provider_page: Option<String>,
    /// Facts about the provider for the instruction sheet.
    pub notes: Vec<String>,
    /// The formats of this run, in the order of [`RENDERERS`].
    pub formats: Vec<&'static dyn Renderer>,
    /// What devices will say about the signatures.
    pub trust: TrustLabel,
}

/// What devices say about a signature, as far as it can be known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrustLabel {
    /// An identity that the admin gave: whether devices trust it is theirs to know.
    Given,
    /// The development identity: nobody trusts it.
    Development,
    /// Nothing is signed.
    Unsigned,
}

/// The part of a file name that tells the provider: its name where every file system takes that,
/// else its id.
pub fn provider_stem<'a>(name: &'a str, id: &'a str) -> &'a str {
    let first = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let safe =
        name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '-' | '&' | '+'));
    let ends = name.starts_with(['.', ' ', '-']) || name.ends_with(['.', ' ']);
    if safe && !ends && !is_reserved(first.trim_end()) { name } else { id }
}

impl Setup {
    /// The part of file names that tells the provider.
    pub fn provider_stem(&self) -> &str {
        provider_stem(&self.provider, &self.provider_id)
    }

    /// The files of `account`, ready to be sealed.
    pub fn drafts<'a>(
        &'a self,
        account: &'a MailAccount,
    ) -> impl Iterator<Item = Result<(&'static dyn Renderer, Draft), RenderError>> + 'a {
        self.formats.iter().map(move |renderer| {
            let draft = Draft {
                file_name: renderer.file_name(self.provider_stem()),
                content: renderer.render(account, self)?,
                signature: renderer.signature(),
            };
            Ok((*renderer, draft))
        })
    }
}

/// A file that could not be written: always a fault of this program.
#[derive(Debug, Error)]
#[error("the format {format} cannot hold this account: {why}")]
pub struct RenderError {
    format: &'static str,
    why: String,
}

impl RenderError {
    fn new(renderer: &dyn Renderer, why: &dyn fmt::Display) -> Self {
        Self { format: renderer.id(), why: why.to_string() }
    }
}

impl Diagnostic for RenderError {
    fn hint(&self) -> Option<String> {
        Some(format!(
            "this is a fault of mailmuster: please report it; --only leaves {} out",
            self.format
        ))
    }
}

/// A file that cannot be read back.
#[derive(Debug, Error)]
#[error("it cannot be read: {0}")]
pub struct ReadError(String);

impl ReadError {
    fn new(why: impl fmt::Display) -> Self {
        Self(why.to_string())
    }
}
