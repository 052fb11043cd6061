//! The config file, `mailmuster.toml`: options that stay the same from run to run, next to the list.
//!
//! A file is read whole and strictly before anything else happens. Paths in it are relative to its
//! own folder.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::bounded;
use crate::diagnostic::{CannotRead, Diagnostic, is_held_open};
use crate::domain::web_address::WebAddress;
use crate::sign::identity::IdentityFiles;
use crate::strict_toml::TomlError;

mod columns;
mod keys;
pub(crate) mod options;
mod pairs;
mod read;
pub(crate) mod schema;
mod signing;
pub(crate) mod value;
pub(crate) mod write;

pub(crate) use columns::FileMaps;
use options::{ListOptions, OutputOptions, ProviderOptions};

/// The name of the config file next to the list.
pub(crate) const FILE_NAME: &str = "mailmuster.toml";

/// The content of a config file. Every value is one that its flag would take.
#[derive(Debug, Default)]
pub(crate) struct Config {
    /// The file's name in messages; empty where there is no file.
    pub(crate) file: String,
    pub(crate) list: ListOptions,
    /// Where in the file the columns of `list.map` are named.
    pub(crate) maps: FileMaps,
    pub(crate) provider: ProviderOptions,
    pub(crate) output: OutputOptions,
    pub(crate) signing: SigningConfig,
}

/// `[signing]`
#[derive(Debug, Default)]
pub(crate) struct SigningConfig {
    /// The identity that signs.
    pub(crate) profiles: Option<IdentityConfig>,
    /// The identity that signs scripts.
    pub(crate) scripts: Option<IdentityConfig>,
    pub(crate) unsigned: Option<bool>,
    pub(crate) require_identity: Option<bool>,
    pub(crate) self_check: Option<bool>,
    /// Addresses of time-stamp authorities; empty for none.
    pub(crate) timestamp_url: Vec<WebAddress>,
    pub(crate) timestamp_ca: Option<PathBuf>,
    /// In seconds.
    pub(crate) timestamp_timeout: Option<u16>,
}

/// One identity.
#[derive(Clone, Debug)]
pub(crate) struct IdentityConfig {
    pub(crate) files: IdentityFiles,
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

/// A config file that cannot be used.
#[derive(Debug, Error)]
pub(crate) enum ConfigError {
    #[error(transparent)]
    Text(#[from] TomlError),
    #[error("{}", CannotRead(.file, .error))]
    Unreadable { file: String, error: io::Error },
}

impl Diagnostic for ConfigError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Text(error) => error.hint(),
            Self::Unreadable { error, .. } if error.kind() == io::ErrorKind::NotFound => {
                Some("`mailmuster init` makes one".to_owned())
            }
            Self::Unreadable { error, .. } if error.kind() == io::ErrorKind::InvalidData => {
                Some("save it as UTF-8 text, or go on without it by --no-config".to_owned())
            }
            Self::Unreadable { file, error } if is_held_open(error) => {
                CannotRead(file, error).hint()
            }
            Self::Unreadable { .. } => Some("--no-config goes on without it".to_owned()),
        }
    }
}

impl Config {
    /// The file next to `list`, if there is one; for standard input (`-`) that of the current folder.
    pub(crate) fn beside(list: &Path) -> Result<Option<Self>, ConfigError> {
        let path = path_beside(list);
        match Self::load(&path) {
            Ok(config) => Ok(Some(config)),
            Err(ConfigError::Unreadable { error, .. }) if is_absent(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn load(path: &Path) -> Result<Self, ConfigError> {
        let file = path.display().to_string();
        let text = bounded::read_text(path, bounded::SMALL)
            .map_err(|error| ConfigError::Unreadable { file: file.clone(), error })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Ok(Self::parse(&file, folder, &text)?)
    }

    /// Reads the text of the file `file` in `folder`.
    pub(crate) fn parse(file: &str, folder: &Path, text: &str) -> Result<Self, TomlError> {
        read::parse(file, folder, text)
    }
}

/// Whether there is no file. A list that is a folder or below a file has errors of its own.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Path of the config file for `list`.
pub(crate) fn path_beside(list: &Path) -> PathBuf {
    list.parent().unwrap_or(Path::new("")).join(FILE_NAME)
}
