//! One account for everybody: servers that do not depend on the address, and user names made of an MDM's variables.

use std::sync::Arc;

use thiserror::Error;

use super::Server;
use super::resolve::Resolver;
use super::route::Route;
use crate::diagnostic::Diagnostic;
use crate::domain::host::HostName;
use crate::domain::server::Endpoint;
use crate::domain::shared::{Placeholders, SharedAccount, SharedLogin};

/// Why no account can serve everybody.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum SharedFault {
    #[error("one profile for everybody needs one provider, and --provider auto picks by address")]
    ByDomain,
    #[error("one profile for everybody needs one server, and `{host}` depends on the address")]
    HostPattern { host: String },
    #[error(
        "{provider}'s user names are `{username}`, and no variable gives that from `{variable}`"
    )]
    Username { provider: String, username: String, variable: String },
}

impl Diagnostic for SharedFault {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::ByDomain => {
                "name it with --provider ID, or make a profile for each person with --per-person"
            }
            Self::HostPattern { .. } => {
                "name the server with --set, or make a profile for each person with --per-person"
            }
            Self::Username { .. } => {
                "choose another variable with --email-variable, or make a profile for each person with --per-person"
            }
        };
        Some(hint.to_owned())
    }
}

impl Resolver {
    /// The account of the person who uses a device, with `placeholders` for what differs between people.
    pub(crate) fn shared(&self, placeholders: Placeholders) -> Result<SharedAccount, SharedFault> {
        let route = self.only_route().ok_or(SharedFault::ByDomain)?;
        let (incoming, outgoing) = route.servers();
        Ok(SharedAccount {
            incoming: login(route, incoming, &placeholders)?,
            outgoing: login(route, outgoing, &placeholders)?,
            provider: Arc::clone(&route.card),
            protocol: route.protocol,
            placeholders,
        })
    }
}

fn login(
    route: &Route,
    server: &Server,
    placeholders: &Placeholders,
) -> Result<SharedLogin, SharedFault> {
    let host = server.host.literal().and_then(|host| HostName::try_from(host).ok());
    let host = host.ok_or_else(|| SharedFault::HostPattern { host: server.host.to_string() })?;
    let username = server.username.with(placeholders).ok_or_else(|| SharedFault::Username {
        provider: route.provider.name.clone(),
        username: server.username.to_string(),
        variable: placeholders.address.clone(),
    })?;
    let Server { port, security, .. } = server;
    Ok(SharedLogin { endpoint: Endpoint { host, port: *port, security: *security }, username })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::server::IncomingProtocol;
    use crate::provider::{Override, Policy, Provider};

    fn shared(overrides: &[&str], local_part: Option<&str>) -> Result<SharedAccount, SharedFault> {
        let overrides: Vec<Override> = overrides.iter().map(|o| o.parse().unwrap()).collect();
        let provider = Provider::load("centurylink").unwrap();
        let resolver =
            Resolver::new(provider, IncomingProtocol::Imap, &overrides, Policy::default()).unwrap();
        resolver.shared(Placeholders {
            address: "{{mail}}".to_owned(),
            local_part: local_part.map(str::to_owned),
            display_name: "{{username}}".to_owned(),
        })
    }

    #[test]
    fn the_user_name_is_made_of_variables() {
        let account = shared(&[], None).unwrap();
        assert_eq!(account.incoming.username, "{{mail}}");
        assert_eq!(
            account.incoming.endpoint.to_string(),
            "imap.centurylink.net port 993 (SSL/TLS)"
        );
        let local = ["imap.username=%EMAILLOCALPART%@q.com", "smtp.username=%EMAILLOCALPART%"];
        let account = shared(&local, Some("{{partialupn}}")).unwrap();
        assert_eq!(account.incoming.username, "{{partialupn}}@q.com");
        assert_eq!(account.outgoing.username, "{{partialupn}}");
    }

    #[test]
    fn what_no_variable_gives_is_refused() {
        let fault = shared(&["imap.username=%EMAILLOCALPART%"], None).unwrap_err();
        assert_eq!(
            fault.to_string(),
            "CenturyLink's user names are `%EMAILLOCALPART%`, and no variable gives that from `{{mail}}`"
        );
        let domain = shared(&["imap.username=%EMAILLOCALPART%.%EMAILDOMAIN%"], Some("x"));
        assert!(matches!(domain, Err(SharedFault::Username { .. })));
        let auto = Resolver::automatic(IncomingProtocol::Imap, Policy::default()).unwrap();
        let placeholders = Placeholders {
            address: "$EMAIL".to_owned(),
            local_part: None,
            display_name: "$FULLNAME".to_owned(),
        };
        assert_eq!(auto.shared(placeholders).unwrap_err(), SharedFault::ByDomain);
    }
}
