//! Every server that a provider declares, for those who ask the servers.

use super::route::Route;
use super::{Resolver, Server};
use crate::domain::email::EmailAddress;
use crate::domain::host::Domain;
use crate::domain::server::Endpoint;
use crate::domain::setting::ServerRole;

/// A server of a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeclaredServer {
    pub(crate) role: ServerRole,
    pub(crate) endpoint: Endpoint,
    pub(crate) standing: Declared,
}

/// Whether a run uses a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Declared {
    Used,
    /// It is in the provider file only.
    Alternative,
}

impl Resolver {
    /// The servers for mailboxes in `domains`, without duplicates; those in use first. A host that is made of the
    /// domain counts once for each.
    pub(crate) fn declared<'a>(
        &self,
        domains: impl IntoIterator<Item = &'a Domain>,
    ) -> Vec<DeclaredServer> {
        let domains: Vec<&Domain> = domains.into_iter().collect();
        let mut used = Vec::new();
        let mut alternatives = Vec::new();
        for (route, domains) in self.routes(&domains) {
            let role = ServerRole::Incoming(route.protocol);
            let (incoming, outgoing) = route.servers();
            for (role, server) in [(role, incoming), (ServerRole::Outgoing, outgoing)] {
                used.extend(endpoints(server, &domains).map(|it| (role, it)));
            }
            for (role, server) in route.provider.servers() {
                alternatives.extend(endpoints(server, &domains).map(|it| (role, it)));
            }
        }
        let used = used.into_iter().map(|it| (Declared::Used, it));
        let alternatives = alternatives.into_iter().map(|it| (Declared::Alternative, it));
        let mut found: Vec<DeclaredServer> = Vec::new();
        for (standing, (role, endpoint)) in used.chain(alternatives) {
            if !found.iter().any(|known| known.role == role && known.endpoint == endpoint) {
                found.push(DeclaredServer { role, endpoint, standing });
            }
        }
        found
    }

    /// The routes that serve `domains`, each with its own.
    fn routes<'a>(&self, domains: &[&'a Domain]) -> Vec<(&Route, Vec<&'a Domain>)> {
        if let Some(route) = self.only_route() {
            return vec![(route, domains.to_vec())];
        }
        let mut routes: Vec<(&Route, Vec<&Domain>)> = Vec::new();
        for domain in domains {
            let Some(route) = self.route_for(domain) else { continue };
            match routes.iter_mut().find(|(known, _)| known.provider.id == route.provider.id) {
                Some((_, domains)) => domains.push(domain),
                None => routes.push((route, vec![domain])),
            }
        }
        routes
    }
}

fn endpoints<'a>(server: &'a Server, domains: &'a [&Domain]) -> impl Iterator<Item = Endpoint> {
    let of = move |domain: &Domain| {
        let host = server.host.fill(&EmailAddress::someone(domain)).ok()?;
        Some(Endpoint { host, port: server.port, security: server.security })
    };
    // without placeholder any domain gives the same host
    let one = match (server.host.literal(), domains) {
        (Some(_), []) => Domain::try_from("example.org").ok(),
        _ => None,
    };
    let many = domains.iter().take(if server.host.literal().is_some() { 1 } else { domains.len() });
    one.as_ref().and_then(of).into_iter().chain(many.filter_map(move |domain| of(domain)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::server::IncomingProtocol;
    use crate::provider::{Policy, Provider};

    fn shown(resolver: &Resolver, domains: &[&str]) -> Vec<String> {
        let domains: Vec<Domain> =
            domains.iter().map(|domain| Domain::try_from(*domain).unwrap()).collect();
        let shown = |it: DeclaredServer| {
            let mark = if it.standing == Declared::Used { "*" } else { "" };
            format!("{mark}{} {}:{}", it.role.id(), it.endpoint.host, it.endpoint.port)
        };
        resolver.declared(&domains).into_iter().map(shown).collect()
    }

    fn resolver(id: &str, set: &[&str]) -> Resolver {
        let set: Vec<_> = set.iter().map(|it| it.parse().unwrap()).collect();
        let provider = Provider::load(id).unwrap();
        Resolver::new(provider, IncomingProtocol::Imap, &set, Policy::default()).unwrap()
    }

    #[test]
    fn servers_in_use_come_first_and_nothing_comes_twice() {
        assert_eq!(
            shown(&resolver("centurylink", &[]), &[]),
            [
                "*imap imap.centurylink.net:993",
                "*smtp smtp.centurylink.net:587",
                "imap mail.centurylink.net:993",
                "pop pop.centurylink.net:995",
                "smtp smtp.centurylink.net:465",
            ]
        );
    }

    #[test]
    fn an_override_is_in_use_and_what_it_replaces_is_an_alternative() {
        let servers = shown(&resolver("centurylink", &["imap.host=imap.acme.example"]), &["q.com"]);
        assert_eq!(servers[0], "*imap imap.acme.example:993");
        assert!(servers.contains(&"imap imap.centurylink.net:993".to_owned()));
    }

    #[test]
    fn a_host_made_of_the_domain_counts_once_for_each_domain() {
        let servers = shown(&resolver("cpanel", &[]), &["acme.example", "acme.test"]);
        let imap = servers.iter().filter(|it| it.starts_with("*imap")).count();
        assert_eq!(imap, 2, "{servers:?}");
        assert_eq!(shown(&resolver("cpanel", &[]), &[]), [] as [&str; 0]);
    }

    #[test]
    fn auto_has_the_servers_of_the_domains_alone() {
        let auto = Resolver::automatic(IncomingProtocol::Imap, Policy::default()).unwrap();
        let servers = shown(&auto, &["fastmail.com", "acme.example"]);
        assert!(servers.iter().all(|it| it.contains("fastmail")), "{servers:?}");
        assert!(!servers.is_empty());
    }
}
