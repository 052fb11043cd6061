//! The provider of the user's own domain: two host names, asked for or given, become a provider file.

use std::error::Error;
use std::io::BufRead;
use std::path::{Path, PathBuf};

use time::Date;

use crate::cli::failure::Failure;
use crate::cli::questions::{Ended, Questions, WithHint};
use crate::domain::host::Domain;
use crate::domain::server::IncomingProtocol;
use crate::domain::setting::ServerRole;
use crate::output::OutputError;
use crate::provider::own::{NamedServer, provider_file};
use crate::provider::{Provider, Server};

/// The answer that means the user's own servers.
pub(super) const OWN: &str = "own";

/// A provider file that is not written yet.
#[derive(Debug)]
pub(super) struct OwnProvider {
    pub(super) path: PathBuf,
    pub(super) provider: Provider,
    pub(super) text: String,
}

/// The two servers of an own domain.
#[derive(Debug)]
pub(super) struct OwnServers {
    incoming: (IncomingProtocol, Server),
    outgoing: Server,
}

impl OwnServers {
    /// The servers that were given as flags.
    pub(super) fn given(
        protocol: IncomingProtocol,
        incoming: &NamedServer,
        outgoing: &NamedServer,
    ) -> Result<Self, Failure> {
        let incoming = incoming.server(ServerRole::Incoming(protocol))?;
        let outgoing = outgoing.server(ServerRole::Outgoing)?;
        Ok(Self { incoming: (protocol, incoming), outgoing })
    }

    /// Asks for the two names. Nothing is proposed: a guessed name may be another company's server.
    pub(super) fn ask<R: BufRead>(
        protocol: IncomingProtocol,
        questions: &mut Questions<'_, R>,
    ) -> Result<Self, Ended> {
        let mut server = |role: ServerRole| {
            let question = format!("{role} server, name or name:port");
            questions.ask(&question, "", |answer| {
                let named: NamedServer = answer.parse()?;
                Ok::<_, Box<dyn Error>>(named.server(role).map_err(WithHint)?)
            })
        };
        let incoming = server(ServerRole::Incoming(protocol))?;
        Ok(Self { incoming: (protocol, incoming), outgoing: server(ServerRole::Outgoing)? })
    }

    /// The provider file for `domain` in `folder`. One that exists is never overwritten.
    pub(super) fn provider(
        self,
        domain: Option<&Domain>,
        folder: &Path,
        today: Date,
    ) -> Result<OwnProvider, Failure> {
        let (provider, text) = provider_file(domain, self.incoming, self.outgoing, today)?;
        let path = folder.join(format!("{}.toml", provider.id));
        if path.symlink_metadata().is_ok() {
            return Err(OutputError::Exists { path }.into());
        }
        Ok(OwnProvider { path, provider, text })
    }
}
