//! Faults of rows that the provider rules out.

use std::num::NonZeroU16;

use thiserror::Error;

use crate::diagnostic::{Diagnostic, Shown};
use crate::domain::host::HostError;
use crate::domain::name::NameError;
use crate::domain::provider_id::ProviderId;
use crate::domain::server::Security;
use crate::domain::setting::ServerRole;

/// Why a row gets no account at the provider.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum AccountFault {
    #[error(
        "the {role} server of this row uses {security} on port {port}, which is usually {usual}"
    )]
    PortAndSecurity { role: ServerRole, port: NonZeroU16, security: Security, usual: Security },
    #[error("the {role} server {host} of this row is not protected")]
    Cleartext { role: ServerRole, host: String },
    /// The host pattern yields no valid name for this address.
    #[error("`{address}` gives no valid server name: {error}")]
    Host { address: String, error: HostError },
    /// The login is not an address, but user names at the provider are. The value is not repeated:
    /// in a row with shifted cells it may be a password.
    #[error("the login is not an address; user names at {provider} are whole addresses")]
    LoginNotAddress {
        /// Whether only the login for sending is at fault.
        outgoing_only: bool,
        provider: String,
    },
    /// No provider that `--provider auto` may choose has the domain.
    #[error("`{}`: no provider that `auto` picks has the domain {domain}", Shown(.address))]
    NoProvider {
        address: String,
        domain: String,
        /// The provider that has it, if `auto` may not choose it.
        asked_for: Option<ProviderId>,
        /// The known domain with the most similar name.
        nearest: Option<String>,
    },
    #[error("the {role} server of this row uses port {port}, which is for {other}")]
    OtherPort { role: ServerRole, port: NonZeroU16, other: ServerRole },
    #[error("`{}` is not at {provider}{}", Shown(.address), .really.as_ref().map(|name| format!(" but at {name}")).unwrap_or_default())]
    OtherDomain {
        address: String,
        provider: String,
        /// The provider's domain with the most similar name.
        nearest: Option<String>,
        /// The built-in provider that has the domain.
        really: Option<String>,
    },
    /// `--provider auto` found the provider of the domain, but this run cannot use it.
    #[error("`{}` is at {provider}: {reason}", Shown(.address))]
    Unusable { address: String, provider: String, reason: String, hint: Option<String> },
    /// The user name pattern yields no valid name for this address.
    #[error("`{address}` gives no valid user name: {error}")]
    Username { address: String, error: NameError },
}

impl AccountFault {
    /// The `code` in reports.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::PortAndSecurity { .. } => "port-and-security",
            Self::Cleartext { .. } => "cleartext",
            Self::Host { .. } => "no-host",
            Self::LoginNotAddress { .. } => "login-not-address",
            Self::NoProvider { .. } => "no-provider",
            Self::OtherDomain { .. } => "other-domain",
            Self::OtherPort { .. } => "other-port",
            Self::Unusable { .. } => "provider-unusable",
            Self::Username { .. } => "no-username",
        }
    }
}

impl Diagnostic for AccountFault {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::OtherPort { .. } => {
                "check whether incoming and outgoing are mixed up; a blank cell means the provider's port".to_owned()
            }
            Self::PortAndSecurity { .. } => {
                "give the row a matching port and security, or neither".to_owned()
            }
            Self::Cleartext { .. } => {
                "give the row a server with TLS, or allow it with --allow-cleartext".to_owned()
            }
            Self::OtherDomain { really: Some(_), .. } => {
                "create these bundles in a separate run; `mailmuster provider list` prints the id for --provider".to_owned()
            }
            Self::OtherDomain { nearest: Some(nearest), .. } => {
                format!("did you mean `{nearest}`? --allow-other-domains allows it as it is")
            }
            Self::OtherDomain { nearest: None, .. } => {
                "correct the address, or use --allow-other-domains if the mailbox really is there"
                    .to_owned()
            }
            Self::NoProvider { asked_for: Some(id), .. } => {
                format!("create these bundles in a separate run with --provider {id}")
            }
            Self::NoProvider { nearest: Some(nearest), .. } => format!("did you mean `{nearest}`?"),
            Self::NoProvider { nearest: None, .. } => {
                "create these bundles in a separate run with --provider".to_owned()
            }
            Self::Unusable { hint, .. } => return hint.clone(),
            Self::LoginNotAddress { .. } => {
                "leave the cell blank to use the address; look for a missing quote if the cell's text belongs elsewhere".to_owned()
            }
            Self::Host { .. } | Self::Username { .. } => "correct the address".to_owned(),
        })
    }
}
