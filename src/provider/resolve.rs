//! Resolves a person and a provider to an account without placeholders.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use super::catalog::Catalog;
use super::check::ProviderWarning;
use super::error::ProviderError;
use super::fault::AccountFault;
use super::overrides::Override;
use super::route::{Policy, Route};
use super::{BUILT_IN, Note, Provider};
use crate::diagnostic::{Diagnostic, nearest};
use crate::domain::account::MailAccount;
use crate::domain::host::Domain;
use crate::domain::person::Person;
use crate::domain::server::IncomingProtocol;

/// The value of `--provider` that chooses by the domain of each address.
pub const AUTOMATIC: &str = "auto";

/// Resolves the people of one run.
#[derive(Clone, Debug)]
pub struct Resolver {
    choice: Choice,
    policy: Policy,
    similar: Similar,
}

#[derive(Clone, Debug)]
enum Choice {
    One(Box<Route>),
    ByDomain(BTreeMap<Domain, Result<Route, Unusable>>),
}

/// A built-in provider that this run cannot use.
#[derive(Clone, Debug)]
struct Unusable {
    provider: String,
    reason: String,
    hint: Option<String>,
}

impl Resolver {
    /// Uses `provider` for all people.
    pub fn new(
        provider: Provider,
        protocol: IncomingProtocol,
        overrides: &[Override],
        policy: Policy,
    ) -> Result<Self, ProviderError> {
        let route = Route::new(provider, protocol, overrides, policy)?;
        Ok(Self { choice: Choice::One(Box::new(route)), policy, similar: Similar::default() })
    }

    /// Chooses a built-in provider by the domain of each address.
    pub(crate) fn automatic(
        protocol: IncomingProtocol,
        policy: Policy,
    ) -> Result<Self, ProviderError> {
        let mut by_domain = BTreeMap::new();
        for (id, _) in BUILT_IN {
            let provider = Provider::load(id)?;
            if !provider.automatic {
                continue;
            }
            let (name, domains) = (provider.name.clone(), provider.domains.clone());
            let route = Route::new(provider, protocol, &[], policy).map_err(|error| Unusable {
                provider: name,
                reason: error.to_string(),
                hint: error.hint(),
            });
            by_domain.extend(domains.into_iter().map(|domain| (domain, route.clone())));
        }
        let similar = Similar::default();
        Ok(Self { choice: Choice::ByDomain(by_domain), policy, similar })
    }

    /// The id of the provider, or `auto`.
    pub(crate) fn id(&self) -> &str {
        match &self.choice {
            Choice::One(route) => route.provider.id.as_str(),
            Choice::ByDomain(_) => AUTOMATIC,
        }
    }

    /// The name of the provider, or `auto`.
    pub(crate) fn name(&self) -> String {
        match &self.choice {
            Choice::One(route) => route.provider.name.clone(),
            Choice::ByDomain(_) => AUTOMATIC.to_owned(),
        }
    }

    /// The servers of a run with one provider.
    pub(super) fn only_route(&self) -> Option<&Route> {
        match &self.choice {
            Choice::One(route) => Some(route),
            Choice::ByDomain(_) => None,
        }
    }

    /// The servers for `domain`, if a provider that this run can use has it.
    #[cfg(feature = "probe")]
    pub(super) fn route_for(&self, domain: &Domain) -> Option<&Route> {
        match &self.choice {
            Choice::One(route) => Some(route),
            Choice::ByDomain(routes) => routes.get(domain)?.as_ref().ok(),
        }
    }

    /// The domains that the provider has, or that `auto` chooses by.
    pub(crate) fn domains(&self) -> Vec<Domain> {
        match &self.choice {
            Choice::One(route) => route.provider.domains.clone(),
            Choice::ByDomain(routes) => routes.keys().cloned().collect(),
        }
    }

    /// The hosts of a run with one provider; empty if they depend on the domain.
    pub(crate) fn hosts(&self) -> Vec<String> {
        match &self.choice {
            Choice::One(route) => route.hosts(),
            Choice::ByDomain(_) => Vec::new(),
        }
    }

    /// Warnings about the servers used for `domains`.
    pub(crate) fn warnings<'a>(
        &self,
        domains: impl IntoIterator<Item = &'a Domain>,
    ) -> Vec<ProviderWarning> {
        match &self.choice {
            Choice::One(route) => route.warnings(),
            Choice::ByDomain(routes) => {
                let used: BTreeMap<&str, &Route> = domains
                    .into_iter()
                    .filter_map(|domain| routes.get(domain)?.as_ref().ok())
                    .map(|route| (route.provider.id.as_str(), route))
                    .collect();
                used.values().flat_map(|route| route.warnings()).collect()
            }
        }
    }

    /// The provider's note about mailboxes in `domain`.
    pub(crate) fn domain_note(&self, domain: &Domain) -> Option<&Note> {
        let route = match &self.choice {
            Choice::One(route) => route.as_ref(),
            Choice::ByDomain(routes) => routes.get(domain)?.as_ref().ok()?,
        };
        route.provider.domain_notes.iter().find(|(noted, _)| noted == domain).map(|(_, note)| note)
    }

    /// The known domain most similar to `domain`, unless `domain` is known itself.
    pub(crate) fn domain_like(&self, domain: &Domain) -> Option<&str> {
        let known: Vec<&Domain> = match &self.choice {
            Choice::One(route) => route.provider.domains.iter().collect(),
            Choice::ByDomain(routes) => routes.keys().collect(),
        };
        if known.contains(&domain) {
            return None;
        }
        nearest(domain.as_str(), known.into_iter().map(Domain::as_str))
    }

    /// The account of `person`, without placeholders.
    pub fn resolve(&self, person: &Person) -> Result<MailAccount, AccountFault> {
        let domain = person.address.domain();
        let address = || person.address.to_string();
        let similar = || self.similar.of(domain, || self.domain_like(domain));
        match &self.choice {
            Choice::One(route) => {
                let provider = &route.provider;
                let known = provider.domains.is_empty() || route.has(domain);
                if !known && !self.policy.allow_other_domains {
                    return Err(AccountFault::OtherDomain {
                        address: address(),
                        provider: provider.name.clone(),
                        nearest: similar(),
                        really: Catalog::get().owner(domain).map(|owner| owner.name.clone()),
                    });
                }
                route.account(person, self.policy)
            }
            Choice::ByDomain(routes) => match routes.get(domain) {
                Some(Ok(route)) => route.account(person, self.policy),
                Some(Err(Unusable { provider, reason, hint })) => Err(AccountFault::Unusable {
                    address: address(),
                    provider: provider.clone(),
                    reason: reason.clone(),
                    hint: hint.clone(),
                }),
                None => Err(AccountFault::NoProvider {
                    address: address(),
                    domain: domain.to_string(),
                    asked_for: Catalog::get().owner(domain).map(|owner| owner.id.clone()),
                    nearest: similar(),
                }),
            },
        }
    }
}

/// A cache of similar domains. A list of a million rows has few domains, and comparing names is slow.
#[derive(Clone, Debug, Default)]
struct Similar(Arc<Mutex<HashMap<Domain, Option<String>>>>);

impl Similar {
    const MOST: usize = 1000;

    fn of<'a>(&self, domain: &Domain, find: impl FnOnce() -> Option<&'a str>) -> Option<String> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = known.get(domain) {
            return answer.clone();
        }
        let answer = find().map(str::to_owned);
        if known.len() < Self::MOST {
            known.insert(domain.clone(), answer.clone());
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::email::EmailAddress;
    use crate::domain::name::LoginName;
    use crate::domain::server::Security;
    use crate::domain::setting::{ServerRole, Setting, SettingValue};

    fn person(address: &str) -> Person {
        Person::new(EmailAddress::try_from(address).unwrap())
    }

    fn resolver(overrides: &[&str], policy: Policy) -> Result<Resolver, ProviderError> {
        let overrides: Vec<Override> = overrides.iter().map(|o| o.parse().unwrap()).collect();
        Resolver::new(
            Provider::load("centurylink").unwrap(),
            IncomingProtocol::Imap,
            &overrides,
            policy,
        )
    }

    #[test]
    fn an_account_has_everything_filled_in() {
        let account =
            resolver(&[], Policy::default()).unwrap().resolve(&person("Ada@q.com")).unwrap();
        assert_eq!(
            account.incoming.endpoint.to_string(),
            "imap.centurylink.net port 993 (SSL/TLS)"
        );
        assert_eq!(
            account.outgoing.endpoint.to_string(),
            "smtp.centurylink.net port 587 (STARTTLS)"
        );
        assert_eq!(account.incoming.username.as_str(), "Ada@q.com");
    }

    #[test]
    fn a_login_in_the_list_overrides_the_pattern() {
        let mut ada = person("ada@q.com");
        ada.login = Some(LoginName::try_from("lovelace@q.com").unwrap());
        let account = resolver(&[], Policy::default()).unwrap().resolve(&ada).unwrap();
        assert_eq!(account.incoming.username.as_str(), "lovelace@q.com");
        assert_eq!(account.outgoing.username.as_str(), "lovelace@q.com");
    }

    #[test]
    fn a_login_must_be_an_address_where_user_names_are() {
        let mut ada = person("ada@q.com");
        ada.login = Some(LoginName::try_from("hunter2").unwrap());
        let refusal = resolver(&[], Policy::default()).unwrap().resolve(&ada).unwrap_err();
        assert!(!refusal.to_string().contains("hunter2"));
        let free = ["imap.username=%EMAILLOCALPART%", "smtp.username=%EMAILLOCALPART%"];
        assert!(resolver(&free, Policy::default()).unwrap().resolve(&ada).is_ok());
    }

    #[test]
    fn a_mailbox_of_another_domain_is_refused_unless_allowed() {
        let strict = resolver(&[], Policy::default()).unwrap();
        let refusal = strict.resolve(&person("ada@centurylnk.net")).unwrap_err();
        assert_eq!(refusal.to_string(), "`ada@centurylnk.net` is not at CenturyLink");
        assert!(refusal.hint().unwrap().starts_with("did you mean `centurylink.net`?"));
        assert!(strict.resolve(&person("ada@sub.centurylink.net")).is_err());
        let refusal = strict.resolve(&person("ada@gmail.com")).unwrap_err();
        assert_eq!(refusal.to_string(), "`ada@gmail.com` is not at CenturyLink but at Gmail");
        assert!(refusal.hint().unwrap().starts_with("create these bundles in a separate run"));
        let open =
            resolver(&[], Policy { allow_other_domains: true, ..Policy::default() }).unwrap();
        assert!(open.resolve(&person("ada@centurylnk.net")).is_ok());
    }

    #[test]
    fn cleartext_needs_to_be_allowed() {
        assert!(matches!(
            resolver(&["imap.security=none", "imap.port=143"], Policy::default()),
            Err(ProviderError::Cleartext { server: "incoming", .. })
        ));
        let open = Policy { allow_cleartext: true, ..Policy::default() };
        assert!(resolver(&["imap.security=none", "imap.port=143"], open).is_ok());
    }

    #[test]
    fn an_override_is_applied_or_refused_never_ignored() {
        let changed = resolver(&["imap.host=mail.centurylink.net"], Policy::default()).unwrap();
        let account = changed.resolve(&person("ada@q.com")).unwrap();
        assert_eq!(account.incoming.endpoint.host.as_str(), "mail.centurylink.net");
        assert!(changed.warnings([]).is_empty());
        assert!(matches!(
            resolver(&["pop.port=110"], Policy::default()),
            Err(ProviderError::OverrideUnused { .. })
        ));
    }

    #[test]
    fn servers_in_a_row_override_those_of_the_provider() {
        let mut ada = person("ada@q.com");
        let host = SettingValue::Host("mail.acme.org".try_into().unwrap());
        let cleartext = SettingValue::Security(Security::None);
        ada.settings = vec![
            Setting { role: ServerRole::Incoming(IncomingProtocol::Imap), value: host },
            Setting { role: ServerRole::Incoming(IncomingProtocol::Pop), value: cleartext.clone() },
        ];
        let strict = resolver(&[], Policy::default()).unwrap();
        let account = strict.resolve(&ada).unwrap();
        assert_eq!(account.incoming.endpoint.to_string(), "mail.acme.org port 993 (SSL/TLS)");
        assert_eq!(account.outgoing.endpoint.host.as_str(), "smtp.centurylink.net");
        ada.settings = vec![Setting { role: ServerRole::Outgoing, value: cleartext }];
        assert_eq!(
            strict.resolve(&ada).unwrap_err().to_string(),
            "the outgoing (SMTP) server smtp.centurylink.net of this row is not protected"
        );
    }

    #[test]
    fn port_and_security_of_a_row_must_match() {
        let smtp = |value| Setting { role: ServerRole::Outgoing, value };
        let port = |port: u16| smtp(SettingValue::Port(port.try_into().unwrap()));
        let security = |security| smtp(SettingValue::Security(security));
        let strict = resolver(&[], Policy::default()).unwrap();
        let outgoing = |settings: Vec<Setting>| {
            strict
                .resolve(&Person { settings, ..person("ada@q.com") })
                .map(|account| account.outgoing.endpoint.to_string())
                .map_err(|refusal| refusal.to_string())
        };
        let host = "smtp.centurylink.net";
        assert_eq!(outgoing(vec![port(465)]), Ok(format!("{host} port 465 (SSL/TLS)")));
        assert_eq!(outgoing(vec![port(2525)]), Ok(format!("{host} port 2525 (STARTTLS)")));
        assert_eq!(
            outgoing(vec![port(465), security(Security::StartTls)]),
            Err("the outgoing (SMTP) server of this row uses STARTTLS on port 465, which is usually SSL/TLS".to_owned())
        );
        let imap = ServerRole::Incoming(IncomingProtocol::Imap);
        let starttls = Setting { role: imap, value: SettingValue::Port(143.try_into().unwrap()) };
        assert!(outgoing(vec![starttls]).unwrap_err().contains("uses SSL/TLS on port 143"));
        assert!(outgoing(vec![security(Security::Tls)]).is_err());
        assert!(outgoing(vec![security(Security::StartTls)]).is_ok());
    }

    #[test]
    fn sending_may_use_another_login() {
        let mut ada = person("ada@q.com");
        ada.outgoing_login = Some(LoginName::try_from("relay@q.com").unwrap());
        let account = resolver(&[], Policy::default()).unwrap().resolve(&ada).unwrap();
        assert_eq!(account.incoming.username.as_str(), "ada@q.com");
        assert_eq!(account.outgoing.username.as_str(), "relay@q.com");
    }

    #[test]
    fn the_provider_is_chosen_by_domain_or_refused_with_the_reason() {
        let auto = Resolver::automatic(IncomingProtocol::Imap, Policy::default()).unwrap();
        assert_eq!(auto.id(), "auto");
        let provider = |address| auto.resolve(&person(address)).unwrap().provider.id.to_string();
        assert_eq!(provider("ada@q.com"), "centurylink");
        assert_eq!(provider("ada@fastmail.com"), "fastmail");
        let refusal = auto.resolve(&person("ada@gmail.com")).unwrap_err();
        assert!(refusal.to_string().starts_with("`ada@gmail.com` is at Gmail: "), "{refusal}");
        let refusal = auto.resolve(&person("ada@qwestoffice.net")).unwrap_err();
        assert_eq!(refusal.code(), "no-provider");
        let own_run = "create these bundles in a separate run with --provider qwestoffice";
        assert_eq!(refusal.hint().unwrap(), own_run);
        let refusal = auto.resolve(&person("ada@centurylnk.net")).unwrap_err();
        assert_eq!(refusal.hint().unwrap(), "did you mean `centurylink.net`?");
    }
}
