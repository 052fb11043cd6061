//! Mail servers, from flags and the config file, with notices that must not stay silent: a config file
//! or provider file decides where passwords go.

use super::SettingsError;
use crate::config::options::ProviderOptions;
use crate::diagnostic::{Listed, Notice, Shown};
use crate::domain::server::IncomingProtocol;
use crate::domain::setting::ServerRole;
use crate::provider::{AUTOMATIC, DEFAULT_PROVIDER, Override, Policy, Provider, Resolver};

/// Where mail is fetched and sent.
#[derive(Debug)]
pub(in crate::cli) struct ProviderSettings {
    pub(in crate::cli) id: String,
    pub(in crate::cli) protocol: IncomingProtocol,
    pub(in crate::cli) set: Vec<Override>,
    pub(in crate::cli) policy: Policy,
    by_config: ByConfig,
}

/// What the config file decides about the servers, and no flag.
#[derive(Debug)]
struct ByConfig {
    /// The file, as messages name it.
    file: String,
    /// Whether it names other servers than a run without it would use.
    servers: bool,
    /// What it allows beyond the safe defaults.
    allows: Vec<&'static str>,
}

impl ProviderSettings {
    pub(super) fn merge(
        typed: &ProviderOptions,
        file: ProviderOptions,
        file_name: &str,
        aside: &mut Vec<&str>,
    ) -> Result<Self, SettingsError> {
        for (at, change) in typed.set.iter().enumerate() {
            if typed.set[..at].iter().any(|other| other.key() == change.key()) {
                return Err(SettingsError::SetTwice(change.key()));
            }
        }
        let file = if typed.provider.is_some() && is_set(&file) {
            aside.push("[provider]");
            ProviderOptions::default()
        } else {
            file
        };
        let by_file = file.protocol.filter(|_| typed.protocol.is_none());
        let protocol = typed.protocol.or(by_file);
        let protocol = protocol.unwrap_or(IncomingProtocol::Imap);
        let is_used = |change: &Override| match change.key().role {
            ServerRole::Incoming(role) => role == protocol,
            ServerRole::Outgoing => true,
        };
        let is_typed = |change: &Override| typed.set.iter().any(|t| t.key() == change.key());
        let kept: Vec<Override> =
            file.set.into_iter().filter(|change| is_used(change) && !is_typed(change)).collect();
        let mut allows = Vec::new();
        let mut either = |typed: Option<bool>, file: Option<bool>, what| {
            if typed.is_none() && file == Some(true) {
                allows.push(what);
            }
            typed.or(file).unwrap_or_default()
        };
        let policy = Policy {
            allow_other_domains: either(
                typed.allow_other_domains,
                file.allow_other_domains,
                "addresses outside the provider's domains",
            ),
            allow_cleartext: either(
                typed.allow_cleartext,
                file.allow_cleartext,
                "servers without TLS",
            ),
        };
        let by_config = ByConfig {
            file: file_name.to_owned(),
            servers: file.provider.as_deref().is_some_and(|id| id != DEFAULT_PROVIDER)
                || !kept.is_empty()
                || by_file.is_some_and(|protocol| protocol != IncomingProtocol::Imap),
            allows,
        };
        Ok(Self {
            id: typed
                .provider
                .clone()
                .or(file.provider)
                .unwrap_or_else(|| DEFAULT_PROVIDER.to_owned()),
            protocol,
            set: typed.set.iter().cloned().chain(kept).collect(),
            policy,
            by_config,
        })
    }

    /// What of the settings must not stay silent; `resolver` follows from them.
    pub(in crate::cli) fn notices(&self, resolver: &Resolver) -> Vec<Notice> {
        let mut notices = Vec::new();
        let hosts = resolver.hosts();
        let ByConfig { file, servers, allows } = &self.by_config;
        let file = Shown(file);
        if *servers && self.id == AUTOMATIC {
            let what =
                format_args!("`{file}` picks the mail servers by the domain of each address");
            notices.push(Notice::important("provider-from-config", what));
        } else if *servers {
            let what = format_args!("`{file}` decides the mail servers: {}", Listed(&hosts));
            notices.push(Notice::important("servers-from-config", what));
        }
        for what in allows {
            let what = format_args!("`{file}` allows {what}");
            notices.push(Notice::important("allowed-by-config", what));
        }
        if self.id != AUTOMATIC && !Provider::is_built_in(&self.id) {
            let file = Shown(&self.id);
            notices.push(Notice::important(
                "servers-from-provider-file",
                format_args!(
                    "the mail servers come from the provider file `{file}`: {}",
                    Listed(&hosts)
                ),
            ));
        }
        notices
    }
}

fn is_set(file: &ProviderOptions) -> bool {
    let ProviderOptions { provider, protocol, set, allow_other_domains, allow_cleartext } = file;
    provider.is_some()
        || protocol.is_some()
        || !set.is_empty()
        || allow_other_domains.is_some()
        || allow_cleartext.is_some()
}
