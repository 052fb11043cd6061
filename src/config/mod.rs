//! `mailmuster.toml`: what stays the same from run to run, beside the list.
//!
//! A file is read whole and strictly before anything else happens. Paths in it are relative to its
//! own folder.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::bounded;
use crate::diagnostic::Diagnostic;
use crate::domain::contact::Contact;
use crate::domain::identifier::ReverseDns;
use crate::domain::language::Language;
use crate::domain::server::IncomingProtocol;
use crate::input::columns::ColumnList;
use crate::input::encoding::EncodingName;
use crate::provider::Override;
use crate::sign::identity::IdentityFiles;
use crate::strict_toml::TomlError;

mod columns;
pub(crate) mod keys;
mod pairs;
mod read;
#[cfg(test)]
mod schema;
mod signing;
mod spec;
pub(crate) mod value;
pub(crate) mod write;

pub(crate) use columns::FileMaps;

/// The name under which the file is looked for beside the list.
pub(crate) const FILE_NAME: &str = "mailmuster.toml";

/// What a file says. Every value is one that its flag would take.
#[derive(Debug, Default)]
pub(crate) struct Config {
    /// The file, as messages call it.
    pub(crate) file: String,
    /// How the list is read.
    pub(crate) list: ListConfig,
    /// Where mail is fetched and sent.
    pub(crate) provider: ProviderConfig,
    /// What is made.
    pub(crate) output: OutputConfig,
    /// Who signs.
    pub(crate) signing: SigningConfig,
}

/// `[list]` and `[columns]`.
#[derive(Debug, Default)]
pub(crate) struct ListConfig {
    /// The character between cells.
    pub(crate) delimiter: Option<u8>,
    /// The letters of the list.
    pub(crate) encoding: Option<EncodingName>,
    /// The character that makes a line a comment.
    pub(crate) comment: Option<u8>,
    /// What the columns of a list without header hold.
    pub(crate) columns: Option<ColumnList>,
    /// The sheet of a spreadsheet.
    pub(crate) sheet: Option<String>,
    /// Columns named by hand.
    pub(crate) maps: FileMaps,
}

/// `[provider]`
#[derive(Debug, Default)]
pub(crate) struct ProviderConfig {
    /// A built-in provider, a file, or `auto`.
    pub(crate) id: Option<String>,
    /// How mail is fetched.
    pub(crate) protocol: Option<IncomingProtocol>,
    /// Settings that are changed.
    pub(crate) set: Vec<Override>,
    /// Whether addresses outside the provider's domains are taken.
    pub(crate) allow_other_domains: Option<bool>,
    /// Whether servers without TLS are taken.
    pub(crate) allow_cleartext: Option<bool>,
}

/// `[output]`
#[derive(Debug, Default)]
pub(crate) struct OutputConfig {
    /// The folder to fill.
    pub(crate) folder: Option<PathBuf>,
    /// Whether nothing is written if any row is at fault.
    pub(crate) strict: Option<bool>,
    /// The ids of formats to make.
    pub(crate) only: Option<Vec<String>>,
    /// Who hands the settings out.
    pub(crate) organization: Option<String>,
    /// Whom people ask for help.
    pub(crate) contact: Option<Contact>,
    /// The language of the sheet.
    pub(crate) language: Option<Language>,
    /// The namespace of identifiers.
    pub(crate) identifier: Option<ReverseDns>,
    /// How many threads.
    pub(crate) jobs: Option<u16>,
}

/// `[signing]`
#[derive(Debug, Default)]
pub(crate) struct SigningConfig {
    /// Who signs.
    pub(crate) profiles: Option<IdentityConfig>,
    /// Who signs scripts.
    pub(crate) scripts: Option<IdentityConfig>,
    /// Whether nothing is signed.
    pub(crate) unsigned: Option<bool>,
    /// Whether a run without a given identity is refused.
    pub(crate) require_identity: Option<bool>,
    /// Whether each signature is verified after it is made.
    pub(crate) self_check: Option<bool>,
}

/// One identity.
#[derive(Clone, Debug)]
pub(crate) struct IdentityConfig {
    /// Its files.
    pub(crate) files: IdentityFiles,
    /// Where its passphrase is.
    pub(crate) passphrase: Option<PassphrasePlace>,
}

/// Where a passphrase is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PassphrasePlace {
    /// The first line of a file.
    File(PathBuf),
    /// An environment variable.
    Environment(String),
}

/// A file that cannot be used.
#[derive(Debug, Error)]
pub(crate) enum ConfigError {
    /// Its text.
    #[error(transparent)]
    Text(#[from] TomlError),
    /// The system says no.
    #[error("`{file}` cannot be read: {error}")]
    Unreadable {
        /// The file.
        file: String,
        /// Why.
        error: io::Error,
    },
}

impl Diagnostic for ConfigError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Text(error) => error.hint(),
            Self::Unreadable { error, .. } if error.kind() == io::ErrorKind::NotFound => {
                Some("`mailmuster init` makes one".to_owned())
            }
            Self::Unreadable { .. } => Some("--no-config goes on without it".to_owned()),
        }
    }
}

impl Config {
    /// The file beside `list`, if there is one; for standard input (`-`) that of the current folder.
    pub(crate) fn beside(list: &Path) -> Result<Option<Self>, ConfigError> {
        let path = path_beside(list);
        match Self::load(&path) {
            Ok(config) => Ok(Some(config)),
            Err(ConfigError::Unreadable { error, .. }) if is_absent(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The file at `path`.
    pub(crate) fn load(path: &Path) -> Result<Self, ConfigError> {
        let file = path.display().to_string();
        let text = bounded::read_to_string(path, bounded::SMALL)
            .map_err(|error| ConfigError::Unreadable { file: file.clone(), error })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Ok(Self::parse(&file, folder, &text)?)
    }

    /// Reads the text of the file `file` in `folder`.
    pub(crate) fn parse(file: &str, folder: &Path, text: &str) -> Result<Self, TomlError> {
        read::parse(file, folder, text)
    }
}

/// A list that is a folder or below a file has errors of its own.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Where the file for `list` is looked for.
pub(crate) fn path_beside(list: &Path) -> PathBuf {
    list.parent().unwrap_or(Path::new("")).join(FILE_NAME)
}
