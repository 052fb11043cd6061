//! Settings from flags and the config file. A flag wins over the file, and what belongs together is taken
//! from one of the two: `--provider` sets the file's whole `[provider]` aside, `--sign-cert` the file's
//! identity with its passphrase. A setting of the protocol that is not used waits in the file.

mod provider;
mod signing;

use std::path::{Path, PathBuf};

use thiserror::Error;

use super::args::ConfigArgs;
use super::failure::Failure;
use super::message::Console;
use super::run::RunOptions;
use crate::config::options::{ListOptions, ProviderOptions};
use crate::config::{Config, ConfigError, FileMaps};
use crate::diagnostic::{Diagnostic, Notice};
use crate::domain::contact::Contact;
use crate::domain::host::Domain;
use crate::domain::identifier::ReverseDns;
use crate::domain::language::Language;
use crate::domain::setting::SettingKey;
use crate::input::columns::Map;
use crate::input::{InputError, InputErrorKind, ReadOptions};
use crate::output::Trust;
use crate::pipeline::RunError;
use crate::render::{Renderer, Setup, SigningMode};

pub(super) use provider::ProviderSettings;
pub(super) use signing::{Signer, SigningSettings, StampOptions, Unsigned};

/// Settings of `check`.
#[derive(Debug)]
pub(super) struct CheckSettings {
    pub(super) list: ListSettings,
    pub(super) provider: ProviderSettings,
    /// Ids of the formats of the config file; empty for all.
    pub(super) only: Vec<String>,
}

/// Settings of `generate`.
#[derive(Debug)]
pub(super) struct GenerateSettings {
    pub(super) list: ListSettings,
    pub(super) provider: ProviderSettings,
    pub(super) out: PathBuf,
    pub(super) trust: Trust,
    pub(super) strict: bool,
    pub(super) only: Vec<String>,
    pub(super) organization: Option<String>,
    pub(super) contact: Option<Contact>,
    pub(super) language: Language,
    pub(super) identifier: ReverseDns,
    /// Domains of the organization's own, for which files are hosted.
    pub(super) hosting: Vec<Domain>,
    pub(super) jobs: Option<u16>,
    pub(super) signing: SigningSettings,
}

/// The list and how to read it.
#[derive(Debug)]
pub(super) struct ListSettings {
    pub(super) path: PathBuf,
    pub(super) read: ReadOptions,
    from_file: FileMaps,
}

/// Settings that cannot be used.
#[derive(Debug, Error)]
pub(super) enum SettingsError {
    #[error("no folder is named for the bundles")]
    NoFolder,
    #[error("no signing identity is given, and --require-identity asks for one")]
    IdentityRequired,
    #[error("--{kind}-passphrase-{source_name} has no effect: no identity needs it")]
    NoIdentity {
        /// `sign` or `script`.
        kind: &'static str,
        /// `file`, `env` or `fd`.
        source_name: &'static str,
    },
    #[error("--{kind}-p12-name has no effect: there is no PKCS#12 file")]
    NoKeystore {
        /// `sign` or `script`.
        kind: &'static str,
    },
    #[error("{flag} has no effect: no time-stamp authority is named")]
    NoStamps {
        /// What was typed.
        flag: &'static str,
    },
    #[error("--set names {0} twice")]
    SetTwice(SettingKey),
}

impl Diagnostic for SettingsError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoFolder => {
                "say --out DIR, or folder = \"out\" in [output] of mailmuster.toml".to_owned()
            }
            Self::IdentityRequired => "give one with --sign-cert or --sign-p12, or in [signing] of mailmuster.toml; --require-identity=false allows the development identity".to_owned(),
            Self::NoIdentity { kind, .. } => {
                format!("name the identity that it opens: --{kind}-cert or --{kind}-p12")
            }
            Self::NoKeystore { kind } => format!("name the file with --{kind}-p12"),
            Self::NoStamps { .. } => {
                "name one with --timestamp-url, or with timestamp_url in [signing] of mailmuster.toml".to_owned()
            }
            Self::SetTwice(key) => format!("say --set {key}=... once"),
        })
    }
}

/// The config file that `--config` names, or the one beside the list, or an empty one.
pub(super) fn load_config(list: &Path, args: &ConfigArgs) -> Result<Config, ConfigError> {
    Ok(match &args.config {
        _ if args.no_config => Config::default(),
        Some(path) => Config::load(path)?,
        None => Config::beside(list)?.unwrap_or_default(),
    })
}

impl CheckSettings {
    pub(super) fn merge(
        (path, list): (&Path, &ListOptions),
        provider: &ProviderOptions,
        config: Config,
        console: &Console,
    ) -> Result<Self, SettingsError> {
        let mut aside = Vec::new();
        let provider =
            ProviderSettings::merge(provider, config.provider, &config.file, &mut aside)?;
        report_file(&config.file, &aside, console);
        let list = ListSettings::merge(path, list, config.list, config.maps);
        Ok(Self { list, provider, only: config.output.only })
    }
}

impl GenerateSettings {
    pub(super) fn merge(
        path: &Path,
        options: &RunOptions,
        config: Config,
        console: &Console,
    ) -> Result<Self, SettingsError> {
        let RunOptions { list, provider, output: typed, signing, trust_folder, .. } = options;
        let mut aside = Vec::new();
        let provider =
            ProviderSettings::merge(provider, config.provider, &config.file, &mut aside)?;
        let signing = SigningSettings::merge(signing, config.signing, &mut aside)?;
        report_file(&config.file, &aside, console);
        let file = config.output;
        Ok(Self {
            list: ListSettings::merge(path, list, config.list, config.maps),
            provider,
            out: typed.out.clone().or(file.out).ok_or(SettingsError::NoFolder)?,
            trust: if *trust_folder { Trust::Any } else { Trust::Own },
            strict: typed.strict.or(file.strict).unwrap_or_default(),
            only: if typed.only.is_empty() { file.only } else { typed.only.clone() },
            organization: typed.organization.clone().or(file.organization),
            contact: typed.contact.clone().or(file.contact),
            language: typed.language.or(file.language).unwrap_or_default(),
            identifier: typed.identifier.clone().or(file.identifier).unwrap_or_default(),
            hosting: if typed.hosting.is_empty() { file.hosting } else { typed.hosting.clone() },
            jobs: typed.jobs.or(file.jobs),
            signing,
        })
    }

    /// What the files of a run share that makes `formats`.
    pub(super) fn setup(&self, formats: Vec<&'static dyn Renderer>, trust: SigningMode) -> Setup {
        Setup {
            organization: self.organization.clone(),
            contact: self.contact.clone(),
            language: self.language,
            identifier: self.identifier.clone(),
            formats,
            trust,
        }
    }
}

/// Reports which config file is used, and which of its tables are not.
fn report_file(file: &str, aside: &[&str], console: &Console) {
    if !file.is_empty() {
        let aside = match aside {
            [] => String::new(),
            tables => format!(", its {} set aside", tables.join(" and ")),
        };
        console.notice(&Notice::note("config-file", format_args!("settings from {file}{aside}")));
    }
}

impl ListSettings {
    fn merge(path: &Path, typed: &ListOptions, file: ListOptions, from_file: FileMaps) -> Self {
        let mut options = typed.clone();
        // a list either has a header or not: what is typed decides
        let has_header = !options.map.is_empty();
        options.columns = options.columns.or(file.columns.filter(|_| !has_header));
        if options.columns.is_none() {
            let is_typed = |map: &Map| options.map.iter().any(|typed| typed.target == map.target);
            let others: Vec<Map> = file.map.into_iter().filter(|map| !is_typed(map)).collect();
            options.map.extend(others);
        }
        options.encoding = options.encoding.or(file.encoding);
        options.delimiter = options.delimiter.or(file.delimiter);
        options.comment = options.comment.or(file.comment);
        options.sheet = options.sheet.or(file.sheet);
        Self { path: path.to_owned(), read: options.into(), from_file }
    }

    /// Ends the command with `error`, or where a column that the config file names is at fault, with
    /// that line of the file.
    pub(super) fn failure(&self, error: RunError) -> Failure {
        let fault = match &error {
            RunError::Input(InputError { kind: InputErrorKind::Columns(error), .. }) => {
                self.from_file.fault(error)
            }
            _ => None,
        };
        match (fault, error) {
            (Some(fault), _) => fault.into(),
            (None, error @ RunError::Stopped) => Failure::midway(error),
            (None, error) => error.into(),
        }
    }
}
