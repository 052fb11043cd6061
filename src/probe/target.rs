//! A server to ask, and why.

use crate::domain::host::HostName;
use crate::domain::server::Endpoint;
use crate::domain::setting::ServerRole;

/// A server and what it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) role: ServerRole,
    pub(crate) endpoint: Endpoint,
    pub(crate) standing: Standing,
}

/// Why a server is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Bundles name it.
    Used,
    /// Only this number of rows of the list name it.
    Rows(u64),
    /// The provider file declares it, and nothing uses it.
    Alternative,
    /// Another usual port of a server that does not work.
    OtherPort,
    /// A name similar to this one, which does not exist.
    Similar(HostName),
}

impl Standing {
    /// For programs, stable.
    pub(crate) fn id(&self) -> &'static str {
        match self {
            Self::Used => "used",
            Self::Rows(_) => "rows",
            Self::Alternative => "alternative",
            Self::OtherPort => "other-port",
            Self::Similar(_) => "similar-name",
        }
    }
}

impl Target {
    /// Whether anyone's mail depends on it.
    pub(crate) fn is_needed(&self) -> bool {
        matches!(self.standing, Standing::Used | Standing::Rows(_))
    }
}
