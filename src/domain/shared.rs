//! One account for everybody, in which an MDM fills in what differs between people.

use std::sync::Arc;

use super::account::ProviderCard;
use super::server::{Endpoint, IncomingProtocol};

/// The variables of an MDM that stand for a person, as it writes them: `$EMAIL`, `{{mail}}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placeholders {
    /// The mailbox.
    pub address: String,
    /// The part of the mailbox before `@`, where the MDM has a variable for it.
    pub local_part: Option<String>,
    /// What others see.
    pub display_name: String,
}

/// The mailbox of the person who uses a device. Texts hold variables of one MDM.
#[derive(Clone, Debug)]
pub struct SharedAccount {
    /// Who runs the servers.
    pub provider: Arc<ProviderCard>,
    /// The protocol of the incoming server.
    pub protocol: IncomingProtocol,
    /// The server for receiving.
    pub incoming: SharedLogin,
    /// The server for sending.
    pub outgoing: SharedLogin,
    pub(crate) placeholders: Placeholders,
}

/// A server, and the user name with the MDM's variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedLogin {
    /// The server.
    pub endpoint: Endpoint,
    /// The user name.
    pub username: String,
}
