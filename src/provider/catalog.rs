//! An index of the built-in providers: which of them owns a domain, a host or a site.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::{BUILT_IN, Provider};
use crate::domain::host::Domain;
use crate::domain::setting::ServerRole;

static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::read);

#[derive(Debug)]
pub(super) struct Catalog {
    providers: Vec<Provider>,
    owners: BTreeMap<Domain, usize>,
    hosts: BTreeMap<String, (usize, Vec<ServerRole>)>,
    sites: BTreeMap<String, usize>,
}

impl Catalog {
    pub(super) fn get() -> &'static Self {
        &CATALOG
    }

    fn read() -> Self {
        // a test parses every built-in file: none is dropped here
        let providers: Vec<Provider> =
            BUILT_IN.iter().filter_map(|(id, text)| Provider::parse(id, text).ok()).collect();
        let mut owners = BTreeMap::new();
        let mut hosts: BTreeMap<String, (usize, Vec<ServerRole>)> = BTreeMap::new();
        let mut sites = BTreeMap::new();
        for (number, provider) in providers.iter().enumerate() {
            owners.extend(provider.domains.iter().map(|domain| (domain.clone(), number)));
            for (role, server) in provider.servers() {
                let Some(host) = server.host.literal() else { continue };
                if let Some(site) = site(host) {
                    sites.insert(site.to_owned(), number);
                }
                let (_, roles) = hosts.entry(host.to_owned()).or_insert((number, Vec::new()));
                if !roles.contains(&role) {
                    roles.push(role);
                }
            }
        }
        Self { providers, owners, hosts, sites }
    }

    /// The provider that has `domain`.
    pub(super) fn owner(&self, domain: &Domain) -> Option<&Provider> {
        self.owners.get(domain).map(|number| &self.providers[*number])
    }

    /// The provider that runs `host`, and what the server is for.
    pub(super) fn host(&self, host: &str) -> Option<(&Provider, &[ServerRole])> {
        self.hosts.get(host).map(|(number, roles)| (&self.providers[*number], roles.as_slice()))
    }

    pub(super) fn hosts(&self) -> impl Iterator<Item = &str> {
        self.hosts.keys().map(String::as_str)
    }

    /// The provider with servers or mailboxes in `site`.
    pub(super) fn at(&self, site: &str) -> Option<&Provider> {
        let number =
            self.sites.get(site).or_else(|| self.owners.get(&Domain::try_from(site).ok()?));
        number.map(|number| &self.providers[*number])
    }

    /// Every domain with mailboxes and every site with servers.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.owners.keys().map(Domain::as_str).chain(self.sites.keys().map(String::as_str))
    }

    pub(super) fn sites(&self) -> impl Iterator<Item = (&str, &Provider)> {
        self.sites.iter().map(|(site, number)| (site.as_str(), &self.providers[*number]))
    }
}

/// The last two labels of `host`. For the built-in providers this is the registered domain.
pub(super) fn site(host: &str) -> Option<&str> {
    let last = host.rfind('.')?;
    let begin = host[..last].rfind('.').map_or(0, |dot| dot + 1);
    Some(&host[begin..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domain(text: &str) -> Domain {
        Domain::try_from(text).unwrap()
    }

    #[test]
    fn every_built_in_provider_is_in_the_catalog() {
        assert_eq!(Catalog::get().providers.len(), BUILT_IN.len());
    }

    #[test]
    fn a_domain_has_at_most_one_owner() {
        let all: usize = Catalog::get().providers.iter().map(|p| p.domains.len()).sum();
        assert_eq!(Catalog::get().owners.len(), all);
    }

    #[test]
    fn domains_hosts_and_sites_lead_to_their_provider() {
        let catalog = Catalog::get();
        assert_eq!(catalog.owner(&domain("q.com")).unwrap().id.as_str(), "centurylink");
        assert!(catalog.owner(&domain("example.org")).is_none());
        let (provider, roles) = catalog.host("outlook.office365.com").unwrap();
        assert_eq!(provider.id.as_str(), "microsoft365");
        assert_eq!(roles, &ServerRole::ALL[..2]);
        assert!(catalog.host("mail.%EMAILDOMAIN%").is_none(), "cPanel has no host of its own");
        assert_eq!(catalog.at("fastmail.com").unwrap().id.as_str(), "fastmail");
        assert_eq!(catalog.at("embarqmail.com").unwrap().id.as_str(), "centurylink");
        assert!(catalog.at("com.au").is_none());
    }

    #[test]
    fn a_site_is_the_last_two_labels() {
        assert_eq!(site("imap.mail.acme.org"), Some("acme.org"));
        assert_eq!(site("acme.org"), Some("acme.org"));
        assert_eq!(site("localhost"), None);
    }
}
