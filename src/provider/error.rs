//! Errors of providers and provider files. They end the run before anything is written.

use std::io;

use thiserror::Error;

use super::BUILT_IN;
use crate::diagnostic::{CannotRead, Diagnostic, Shown, nearest};
use crate::domain::provider_id::ProviderId;
use crate::domain::server::IncomingProtocol;
use crate::domain::setting::SettingKey;
use crate::strict_toml::TomlError;

#[derive(Debug, Error)]
pub enum ProviderError {
    /// A file with the id of a built-in provider.
    #[error("`{file}` has the id `{id}`, which is reserved for the built-in provider")]
    BuiltInId { file: String, id: ProviderId },
    #[error(
        "{provider}'s {server} server {host} is not protected: anyone on the way can read the password"
    )]
    Cleartext { provider: String, server: &'static str, host: String },
    #[error(transparent)]
    File(#[from] TomlError),
    #[error("`{file}` has no {section} server")]
    NoServer { file: String, section: &'static str },
    /// The file to import is not valid autoconfig XML.
    #[error("`{file}` line {line}: {what}")]
    NotAutoconfig { file: String, line: usize, what: String, hint: Option<&'static str> },
    /// The provider file made by an import differs from what was imported.
    #[error("the imported provider file is faulty: {what}")]
    NotReadBack { what: String },
    #[error("{}", CannotRead(.file, .error))]
    UnreadableImport { file: String, error: io::Error },
    #[error("{provider}'s {server} server takes no plain password: a file cannot carry {wants}")]
    NoPasswordSignIn { provider: String, server: &'static str, wants: &'static str },
    #[error("{provider} has no {protocol} server")]
    NoSuchProtocol { provider: String, protocol: IncomingProtocol },
    #[error("--set {key} has no effect: this run uses {protocol}")]
    OverrideUnused { key: SettingKey, protocol: IncomingProtocol },
    #[error("--set {key} has no effect: --provider auto uses the servers of several providers")]
    OverrideOfAll { key: SettingKey },
    #[error("{provider} cannot be set up by files: {reason}")]
    Refused { provider: String, reason: String },
    #[error("there is no provider `{}`", Shown(.0))]
    Unknown(String),
    #[error("{}", CannotRead(.file, .error))]
    Unreadable { file: String, error: io::Error },
}

impl Diagnostic for ProviderError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::BuiltInId { .. } => "choose another id (`id = \"...\"`, for `provider import` with --id)".to_owned(),
            Self::Cleartext { .. } => "use a server with TLS, or allow it with --allow-cleartext".to_owned(),
            Self::File(error) => return error.hint(),
            Self::NotAutoconfig { hint, .. } => return hint.map(str::to_owned),
            Self::NotReadBack { .. } => "this is a bug in mailmuster: please report it with the file".to_owned(),
            Self::UnreadableImport { file, error } | Self::Unreadable { file, error } if error.kind() != io::ErrorKind::NotFound && let Some(hint) = CannotRead(file, error).hint() => hint,
            Self::UnreadableImport { .. } => "give the path of a file in Mozilla's autoconfig format (config-v1.1.xml)".to_owned(),
            Self::NoServer { section, .. } => format!("add a {section} section; `mailmuster provider show centurylink` is an example"),
            Self::NoPasswordSignIn { .. } | Self::Refused { .. } => "set this provider up on the device, by its own sign-in window".to_owned(),
            Self::NoSuchProtocol { protocol, .. } => match protocol {
                IncomingProtocol::Imap => "use --protocol pop".to_owned(),
                IncomingProtocol::Pop => "use --protocol imap".to_owned(),
            },
            Self::OverrideOfAll { .. } => "choose one provider: --provider ID".to_owned(),
            Self::OverrideUnused { protocol, .. } => format!("set {}.* instead, or change --protocol", protocol.id()),
            Self::Unknown(name) => match nearest(name, BUILT_IN.iter().map(|(id, _)| *id)) {
                Some(id) => format!("did you mean `{id}`?"),
                None => "`mailmuster provider list` prints the built-in ones; name your own provider file with its path: --provider ./acme.toml".to_owned(),
            },
            Self::Unreadable { .. } => "give the path of a provider file (.toml), or the id of a built-in provider".to_owned(),
        })
    }
}
