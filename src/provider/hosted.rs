//! The settings of a whole domain, for mail apps that fetch them from its web server.

use thiserror::Error;

use super::catalog::Catalog;
use super::fault::AccountFault;
use super::resolve::Resolver;
use crate::diagnostic::{Diagnostic, Shown};
use crate::domain::account::MailAccount;
use crate::domain::email::EmailAddress;
use crate::domain::host::Domain;
use crate::domain::hosted::{HostedDomain, HostedServer, LoginRule};
use crate::domain::person::Person;
use crate::domain::server::{Security, ServerLogin};

/// Why no app can be given the settings of a domain.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum HostedFault {
    /// By the list of built-in providers, whatever provider file is used.
    #[error("`{domain}` belongs to {provider}: only {provider} can host settings for it")]
    Claimed { domain: Domain, provider: String },
    #[error("`{domain}` cannot be hosted: {fault}")]
    Account { domain: Domain, fault: AccountFault },
    #[error(
        "`{domain}` cannot be hosted: the user name of `{address}` would be `{}`, and apps can be given only the address or the part before the @", Shown(.username)
    )]
    Username { domain: Domain, address: String, username: String },
    #[error("`{domain}` cannot be hosted: {host} is a server without TLS")]
    Cleartext { domain: Domain, host: String },
}

impl Diagnostic for HostedFault {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Claimed { .. } => {
                "name a domain whose web server and DNS your organization controls".to_owned()
            }
            Self::Account { fault, .. } => return fault.hint(),
            Self::Username { .. } => {
                "change `username` in a provider file of your own if the provider allows it; else leave the domain out".to_owned()
            }
            Self::Cleartext { .. } => {
                "name a server with TLS with --set, or leave the domain out: Thunderbird for Android refuses it".to_owned()
            }
        })
    }
}

impl Resolver {
    /// The settings of `domain`, which no built-in provider may have.
    pub(crate) fn hosted(&self, domain: &Domain) -> Result<HostedDomain, HostedFault> {
        if let Some(provider) = owner(domain) {
            return Err(HostedFault::Claimed { domain: domain.clone(), provider });
        }
        self.of_domain(domain)
    }

    /// The settings of `domain`, also of one that a built-in provider has.
    pub(crate) fn of_domain(&self, domain: &Domain) -> Result<HostedDomain, HostedFault> {
        let account = self
            .resolve(&Person::new(EmailAddress::someone(domain)))
            .map_err(|fault| HostedFault::Account { domain: domain.clone(), fault })?;
        Ok(HostedDomain {
            incoming: server(domain, &account, &account.incoming)?,
            outgoing: server(domain, &account, &account.outgoing)?,
            domain: domain.clone(),
            provider: account.provider.name.clone(),
            protocol: account.protocol,
        })
    }
}

fn server(
    domain: &Domain,
    MailAccount { address, .. }: &MailAccount,
    ServerLogin { endpoint, username }: &ServerLogin,
) -> Result<HostedServer, HostedFault> {
    let domain = || domain.clone();
    if endpoint.security == Security::None {
        let host = endpoint.host.to_string();
        return Err(HostedFault::Cleartext { domain: domain(), host });
    }
    let mut rules = LoginRule::ALL.into_iter();
    let login = rules.find(|rule| rule.of(address) == username.as_str()).ok_or_else(|| {
        let (address, username) = (address.to_string(), username.to_string());
        HostedFault::Username { domain: domain(), address, username }
    })?;
    Ok(HostedServer { endpoint: endpoint.clone(), login })
}

/// The built-in provider that has `domain`, or a domain above it, as one of mailboxes or servers.
fn owner(domain: &Domain) -> Option<String> {
    let mut rest = domain.as_str();
    loop {
        if let Some(provider) = Catalog::get().at(rest) {
            return Some(provider.name.clone());
        }
        rest = rest.split_once('.').map(|(_, above)| above).filter(|above| above.contains('.'))?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::server::IncomingProtocol;
    use crate::provider::{Policy, Provider};

    fn domain(text: &str) -> Domain {
        Domain::try_from(text).unwrap()
    }

    /// A provider of one's own with these hosts and user names.
    fn own(host: &str, username: &str, security: &str) -> Resolver {
        let server = |table: &str, host: &str, port: u16, security: &str| {
            format!(
                "[[{table}]]\nhost = \"{host}\"\nport = {port}\nsecurity = \"{security}\"\n\
                 username = \"{username}\"\nauthentication = [\"password-cleartext\"]\n"
            )
        };
        let text = format!(
            "format = 1\nid = \"acme\"\nname = \"Acme\"\ndomains = []\n{}protocol = \"imap\"\n{}",
            server("incoming", host, 143, security),
            server("outgoing", "smtp.acme.example", 587, "starttls"),
        );
        let provider = Provider::parse("acme", &text).unwrap();
        let policy = Policy { allow_cleartext: true, allow_other_domains: true };
        Resolver::new(provider, IncomingProtocol::Imap, &[], policy).unwrap()
    }

    #[test]
    fn servers_and_user_names_are_those_of_the_domain() {
        let acme = own("mail.%EMAILDOMAIN%", "%EMAILLOCALPART%", "starttls");
        let hosted = acme.hosted(&domain("acme.example")).unwrap();
        assert_eq!(hosted.incoming.endpoint.host.as_str(), "mail.acme.example");
        assert_eq!(hosted.incoming.login, LoginRule::LocalPart);
        assert_eq!(hosted.provider, "Acme");
        let hosted = acme.hosted(&domain("münchen.example")).unwrap();
        assert_eq!(hosted.incoming.endpoint.host.as_str(), "mail.xn--mnchen-3ya.example");
        let example = hosted.example().unwrap();
        assert_eq!(example.incoming.username.as_str(), "someone");
        assert_eq!(example.address.as_str(), "someone@xn--mnchen-3ya.example");
    }

    #[test]
    fn a_domain_of_a_built_in_provider_is_never_hosted() {
        let acme = own("imap.acme.example", "%EMAILADDRESS%", "starttls");
        for name in ["q.com", "centurylink.net", "mail.centurylink.net", "gmail.com"] {
            let fault = acme.hosted(&domain(name)).unwrap_err();
            assert!(matches!(fault, HostedFault::Claimed { .. }), "{name}: {fault}");
        }
        assert!(acme.hosted(&domain("notq.com")).is_ok());
        assert!(acme.of_domain(&domain("q.com")).is_ok(), "without hosting");
    }

    #[test]
    fn what_no_app_can_be_given_is_refused() {
        for username in ["%EMAILLOCALPART%.%EMAILDOMAIN%", "office@acme.example"] {
            let fault =
                own("imap.acme.example", username, "starttls").hosted(&domain("acme.example"));
            assert!(matches!(fault, Err(HostedFault::Username { .. })), "{username}");
        }
        let clear = own("imap.acme.example", "%EMAILADDRESS%", "none");
        let fault = clear.hosted(&domain("acme.example")).unwrap_err();
        assert_eq!(
            fault.to_string(),
            "`acme.example` cannot be hosted: imap.acme.example is a server without TLS"
        );
        let centurylink = Resolver::new(
            Provider::load("centurylink").unwrap(),
            IncomingProtocol::Imap,
            &[],
            Policy::default(),
        );
        let fault = centurylink.unwrap().hosted(&domain("acme.example")).unwrap_err();
        assert!(matches!(fault, HostedFault::Account { .. }), "{fault}");
    }
}
