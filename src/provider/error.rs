//! What can be wrong with a provider. Nothing is written then.

use std::io;

use thiserror::Error;

use super::BUILT_IN;
use crate::diagnostic::{Diagnostic, Shown, nearest};
use crate::domain::provider_id::ProviderId;
use crate::domain::server::IncomingProtocol;
use crate::domain::setting::SettingKey;
use crate::strict_toml::TomlError;

/// A provider that cannot be used.
#[derive(Debug, Error)]
pub enum ProviderError {
    /// A file that claims to be a built-in provider.
    #[error("`{file}` has the id `{id}`, which is reserved for the built-in provider")]
    BuiltInId {
        /// The file.
        file: String,
        /// The id.
        id: ProviderId,
    },
    /// A connection without TLS.
    #[error(
        "{provider}'s {server} server {host} is not protected: everybody on the way can read the password"
    )]
    Cleartext {
        /// The provider's name.
        provider: String,
        /// `incoming` or `outgoing`.
        server: &'static str,
        /// The server.
        host: String,
    },
    /// The file's text.
    #[error(transparent)]
    File(#[from] TomlError),
    /// A file without servers.
    #[error("`{file}` has no {section} server")]
    NoServer {
        /// The file.
        file: String,
        /// The section that is missing.
        section: &'static str,
    },
    /// A file that cannot be imported.
    #[error("`{file}` line {line}: {what}")]
    NotAutoconfig {
        file: String,
        /// From 1.
        line: usize,
        what: String,
        hint: Option<&'static str>,
    },
    /// The provider file made by an import differs from what was imported.
    #[error("the provider file that came out is at fault: {what}")]
    NotReadBack { what: String },
    #[error("`{file}` cannot be read: {error}")]
    UnreadableImport { file: String, error: io::Error },
    /// Only ways to sign in that no file can carry.
    #[error("{provider}'s {server} server takes no plain password: a file cannot carry {wants}")]
    NoPasswordSignIn {
        /// The provider's name.
        provider: String,
        /// `incoming` or `outgoing`.
        server: &'static str,
        /// What it takes instead.
        wants: &'static str,
    },
    /// The provider does not offer the protocol.
    #[error("{provider} has no {protocol} server")]
    NoSuchProtocol {
        /// The provider's name.
        provider: String,
        /// What was asked for.
        protocol: IncomingProtocol,
    },
    /// `--set` for a server that is not used.
    #[error("--set {key} has no effect: this run uses {protocol}")]
    OverrideUnused {
        /// The setting.
        key: SettingKey,
        /// What the run uses.
        protocol: IncomingProtocol,
    },
    /// `--set` with `--provider auto`.
    #[error("--set {key} has no effect: --provider auto uses the servers of several providers")]
    OverrideOfAll {
        /// The setting.
        key: SettingKey,
    },
    /// A provider that no file can set up.
    #[error("{provider} cannot be set up by files: {reason}")]
    Refused {
        /// The provider's name.
        provider: String,
        /// Why.
        reason: String,
    },
    /// Neither built in nor a file.
    #[error("there is no provider `{}`", Shown(.0))]
    Unknown(String),
    /// The system says no.
    #[error("`{file}` cannot be read: {error}")]
    Unreadable {
        /// The file.
        file: String,
        /// Why.
        error: io::Error,
    },
}

impl Diagnostic for ProviderError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::BuiltInId { .. } => "give it an id of its own (`id = \"...\"`, for `provider import` with --id)".to_owned(),
            Self::Cleartext { .. } => "use a server with TLS; --allow-cleartext takes it as it is".to_owned(),
            Self::File(error) => return error.hint(),
            Self::NotAutoconfig { hint, .. } => return hint.map(str::to_owned),
            Self::NotReadBack { .. } => "this is a fault of mailmuster: please report it, with the file".to_owned(),
            Self::UnreadableImport { .. } => "give the path of a file in Mozilla's autoconfig format (config-v1.1.xml)".to_owned(),
            Self::NoServer { section, .. } => format!("add a {section} section; `mailmuster provider show centurylink` is an example"),
            Self::NoPasswordSignIn { .. } | Self::Refused { .. } => "set this provider up on the device, by its own sign-in window".to_owned(),
            Self::NoSuchProtocol { protocol, .. } => match protocol {
                IncomingProtocol::Imap => "use --protocol pop".to_owned(),
                IncomingProtocol::Pop => "use --protocol imap".to_owned(),
            },
            Self::OverrideOfAll { .. } => "name the one provider that is meant: --provider ID".to_owned(),
            Self::OverrideUnused { protocol, .. } => format!("set {}.* instead, or change --protocol", protocol.id()),
            Self::Unknown(name) => match nearest(name, BUILT_IN.iter().map(|(id, _)| *id)) {
                Some(id) => format!("did you mean `{id}`?"),
                None => "`mailmuster provider list` names the built-in ones; your own is given as a file: --provider ./acme.toml".to_owned(),
            },
            Self::Unreadable { .. } => "give the path of a provider file (.toml), or the id of a built-in provider".to_owned(),
        })
    }
}
