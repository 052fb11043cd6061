//! Why a person has no account at a provider.

use std::num::NonZeroU16;

use thiserror::Error;

use crate::diagnostic::{Diagnostic, Shown};
use crate::domain::host::HostError;
use crate::domain::name::NameError;
use crate::domain::provider_id::ProviderId;
use crate::domain::server::Security;
use crate::domain::setting::ServerRole;

/// Why a person has no account at the provider.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum AccountFault {
    /// The row's port and protection do not go together.
    #[error(
        "the {role} server of this row has {security} on port {port}, which is usually {usual}"
    )]
    AtOdds {
        /// The server.
        role: ServerRole,
        /// The port.
        port: NonZeroU16,
        /// The protection.
        security: Security,
        /// The protection that the port usually has.
        usual: Security,
    },
    /// The row asks for a connection without TLS.
    #[error("the {role} server {host} of this row is not protected")]
    Cleartext {
        /// The server.
        role: ServerRole,
        /// Its name.
        host: String,
    },
    /// The host made from the address is none.
    #[error("`{address}` leads to no server name: {error}")]
    Host {
        /// The address.
        address: String,
        /// What is wrong with the host.
        error: HostError,
    },
    /// A login that is no address, where user names are addresses. The value is not repeated: in a
    /// row whose cells have moved it may be a password.
    #[error("the login is not an address; user names at {provider} are whole addresses")]
    LoginNotAddress {
        /// Whether it is the login for sending, and the one for fetching is sound.
        outgoing_only: bool,
        /// The provider's name.
        provider: String,
    },
    /// `--provider auto`, and nobody whom it may pick has the domain.
    #[error("`{}`: no provider that `auto` picks has the domain {domain}", Shown(.address))]
    NoProvider {
        /// The address.
        address: String,
        /// Its domain.
        domain: String,
        /// The id of the provider that has it, where that must be asked for.
        asked_for: Option<ProviderId>,
        /// The known domain with nearly the same name.
        nearest: Option<String>,
    },
    /// The row's port is for another kind of server.
    #[error("the {role} server of this row uses port {port}, which is for {other}")]
    OtherPort {
        /// The server.
        role: ServerRole,
        /// The port.
        port: NonZeroU16,
        /// What the port is for.
        other: ServerRole,
    },
    /// A mailbox somewhere else.
    #[error("`{}` is not at {provider}{}", Shown(.address), .really.as_ref().map(|name| format!(" but at {name}")).unwrap_or_default())]
    OtherDomain {
        /// The address.
        address: String,
        /// The provider's name.
        provider: String,
        /// The provider's domain with nearly the same name.
        nearest: Option<String>,
        /// The known provider that has the domain.
        really: Option<String>,
    },
    /// `--provider auto`, and the provider of the domain cannot be used.
    #[error("`{}` is at {provider}: {reason}", Shown(.address))]
    Unusable {
        /// The address.
        address: String,
        /// The provider's name.
        provider: String,
        /// Why it cannot be used.
        reason: String,
        /// What to do about it.
        hint: Option<String>,
    },
    /// The user name made from the address is none.
    #[error("`{address}` leads to no user name: {error}")]
    Username {
        /// The address.
        address: String,
        /// What is wrong with the user name.
        error: NameError,
    },
}

impl AccountFault {
    /// A stable name for programs: the `code` in reports.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::AtOdds { .. } => "port-and-security",
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
                "look whether incoming and outgoing are mixed up; a blank cell takes the provider's port".to_owned()
            }
            Self::AtOdds { .. } => {
                "give the row both a port and a security that go together, or neither".to_owned()
            }
            Self::Cleartext { .. } => {
                "give the row a server with TLS; --allow-cleartext takes it as it is".to_owned()
            }
            Self::OtherDomain { really: Some(_), .. } => {
                "make these people in a run of their own; `mailmuster provider list` has the id for --provider".to_owned()
            }
            Self::OtherDomain { nearest: Some(nearest), .. } => {
                format!("did you mean `{nearest}`? --allow-other-domains takes it as it is")
            }
            Self::OtherDomain { nearest: None, .. } => {
                "correct the address, or use --allow-other-domains if the mailbox really is there"
                    .to_owned()
            }
            Self::NoProvider { asked_for: Some(id), .. } => {
                format!("make these people in a run of their own, with --provider {id}")
            }
            Self::NoProvider { nearest: Some(nearest), .. } => format!("did you mean `{nearest}`?"),
            Self::NoProvider { nearest: None, .. } => {
                "make these people in a run of their own, with --provider".to_owned()
            }
            Self::Unusable { hint, .. } => return hint.clone(),
            Self::LoginNotAddress { .. } => {
                "leave the cell blank to use the address; look for a missing quote if the cell's text belongs elsewhere".to_owned()
            }
            Self::Host { .. } | Self::Username { .. } => "correct the address".to_owned(),
        })
    }
}
