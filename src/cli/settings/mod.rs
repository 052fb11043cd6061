//! What flags and file say together. A flag wins over the file, and what belongs together is taken
//! from one of the two: `--provider` sets the file's whole `[provider]` aside, `--sign-cert` the file's
//! identity with its passphrase. A setting of the protocol that is not used waits in the file.

mod provider;
mod signing;

use std::path::PathBuf;

use thiserror::Error;

use super::args::{ConfigArgs, ListArgs, OutputArgs, ProviderArgs, SigningArgs};
use super::failure::Failure;
use super::message::Console;
use crate::config::{Config, ConfigError, FileMaps, ListConfig};
use crate::diagnostic::{Diagnostic, Notice};
use crate::domain::contact::Contact;
use crate::domain::identifier::ReverseDns;
use crate::domain::language::Language;
use crate::domain::setting::SettingKey;
use crate::input::columns::Map;
use crate::input::{InputError, InputErrorKind, ReadOptions};
use crate::output::Trust;
use crate::pipeline::RunError;

pub(super) use provider::ProviderSettings;
pub(super) use signing::{Signer, SigningSettings, Unsigned};

/// What `check` will do.
#[derive(Debug)]
pub(super) struct CheckSettings {
    pub(super) list: ListSettings,
    pub(super) provider: ProviderSettings,
}

/// What `generate` will do.
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
    /// Neither flag nor file names the folder.
    #[error("no folder is named for the bundles")]
    NoFolder,
    /// Nobody signs, and somebody must.
    #[error("no signing identity is given, and --require-identity asks for one")]
    IdentityRequired,
    /// A passphrase for nothing.
    #[error("--{kind}-passphrase-{source_name} has no effect: no identity needs it")]
    NoIdentity {
        /// `sign` or `script`.
        kind: &'static str,
        /// `file`, `env` or `fd`.
        source_name: &'static str,
    },
    /// A name in a keystore, and no keystore.
    #[error("--{kind}-p12-name has no effect: there is no PKCS#12 file")]
    NoKeystore {
        /// `sign` or `script`.
        kind: &'static str,
    },
    /// One setting, twice.
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
            Self::SetTwice(key) => format!("say --set {key}=... once"),
        })
    }
}

/// The config file that `--config` names, or the one beside the list, or an empty one.
pub(super) fn load_config(list: &ListArgs, args: &ConfigArgs) -> Result<Config, ConfigError> {
    Ok(match &args.config {
        _ if args.no_config => Config::default(),
        Some(path) => Config::load(path)?,
        None => Config::beside(&list.list)?.unwrap_or_default(),
    })
}

impl CheckSettings {
    pub(super) fn merge(
        list: &ListArgs,
        provider: &ProviderArgs,
        config: Config,
        console: &Console,
    ) -> Result<Self, SettingsError> {
        let mut aside = Vec::new();
        let provider =
            ProviderSettings::merge(provider, config.provider, &config.file, &mut aside)?;
        report_file(&config.file, &aside, console);
        Ok(Self { list: ListSettings::merge(list, config.list), provider })
    }
}

impl GenerateSettings {
    pub(super) fn merge(
        list: &ListArgs,
        provider: &ProviderArgs,
        typed: &OutputArgs,
        signing: &SigningArgs,
        config: Config,
        console: &Console,
    ) -> Result<Self, SettingsError> {
        let mut aside = Vec::new();
        let provider =
            ProviderSettings::merge(provider, config.provider, &config.file, &mut aside)?;
        let signing = SigningSettings::merge(signing, config.signing, &mut aside)?;
        report_file(&config.file, &aside, console);
        let file = config.output;
        Ok(Self {
            list: ListSettings::merge(list, config.list),
            provider,
            out: typed.out.clone().or(file.folder).ok_or(SettingsError::NoFolder)?,
            trust: if typed.trust_folder { Trust::Any } else { Trust::Own },
            strict: typed.strict.or(file.strict).unwrap_or_default(),
            only: match (typed.only.is_empty(), file.only) {
                (true, Some(only)) => only,
                _ => typed.only.clone(),
            },
            organization: typed.organization.clone().or(file.organization),
            contact: typed.contact.clone().or(file.contact),
            language: typed.language.or(file.language).unwrap_or_default(),
            identifier: typed.identifier.clone().or(file.identifier).unwrap_or_default(),
            jobs: typed.jobs.or(file.jobs),
            signing,
        })
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
    fn merge(typed: &ListArgs, file: ListConfig) -> Self {
        let ListConfig { delimiter, encoding, comment, columns, sheet, maps: from_file } = file;
        // a list either has a header or not: what is typed decides
        let has_header = !typed.map.is_empty();
        let columns = typed.columns.clone().or(columns.filter(|_| !has_header));
        let maps = if columns.is_some() { Vec::new() } else { merged(&typed.map, &from_file) };
        Self {
            path: typed.list.clone(),
            read: ReadOptions {
                encoding: typed.encoding.or(encoding),
                delimiter: typed.delimiter.or(delimiter),
                comment: typed.comment.or(comment),
                columns,
                sheet: typed.sheet.clone().or(sheet),
                maps,
                today: None,
            },
            from_file,
        }
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

/// What is typed, and what the file says of other fields.
fn merged(typed: &[Map], file: &FileMaps) -> Vec<Map> {
    let others = file.maps().filter(|map| typed.iter().all(|other| other.target != map.target));
    typed.iter().chain(others).cloned().collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory;

    use crate::cli::Cli;
    use crate::config::keys::{TABLES, WITHOUT_KEY};

    #[test]
    fn every_flag_of_a_run_has_a_key_or_a_reason_to_have_none() {
        let mut cli = Cli::command();
        cli.build();
        let flags: BTreeSet<String> = ["generate", "check"]
            .iter()
            .flat_map(|name| cli.find_subcommand(name).unwrap().get_arguments())
            .filter_map(|arg| Some(format!("--{}", arg.get_long()?)))
            .collect();
        let keys = TABLES.iter().flat_map(|table| table.keys).map(|key| key.flag);
        let pairs = TABLES.iter().filter_map(|table| Some(table.pairs.as_ref()?.flag));
        let without = WITHOUT_KEY.iter().map(|(flag, _)| *flag);
        let known: Vec<&str> =
            keys.chain(pairs).filter(|flag| !flag.is_empty()).chain(without).collect();
        let set: BTreeSet<String> = known.iter().map(ToString::to_string).collect();
        assert_eq!(set.len(), known.len(), "a flag stands there twice");
        assert_eq!(flags, set);
    }
}
