//! Warns of valid settings that are often mistakes.

use std::collections::BTreeMap;

use super::catalog::Catalog;
use super::{Authentication, Provider, Server};
use crate::diagnostic::{Listed, Notice};
use crate::domain::host::Domain;
use crate::domain::provider_id::ProviderId;
use crate::domain::server::{IncomingProtocol, Security};
use crate::domain::setting::ServerRole;

mod host;
mod kind;

pub(crate) use kind::WarningKind;

/// A doubtful setting, and how to change it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProviderWarning {
    pub(crate) kind: WarningKind,
    pub(crate) what: String,
    pub(crate) cure: String,
}

impl ProviderWarning {
    fn new(kind: WarningKind, what: String, cure: impl Into<String>) -> Self {
        Self { kind, what, cure: cure.into() }
    }
}

impl From<&ProviderWarning> for Notice {
    fn from(warning: &ProviderWarning) -> Self {
        let ProviderWarning { kind, what, cure } = warning;
        Self { weight: kind.weight(), ..Self::warning(kind.code(), what) }.with_hint(cure)
    }
}

/// Hosts that `host`, which does not exist, was perhaps meant as.
#[cfg(feature = "probe")]
pub(crate) fn similar_hosts(host: &str, role: ServerRole) -> Vec<String> {
    host::similar(host, role)
}

/// All warnings about `provider` and its servers, alternatives included.
pub(crate) fn provider(provider: &Provider) -> Vec<ProviderWarning> {
    let mut warnings: Vec<ProviderWarning> =
        unverified(provider).into_iter().chain(refused(provider)).collect();
    warnings.extend(claimed(provider));
    warnings
        .extend(provider.servers().flat_map(|(role, server)| self::server(server, role, provider)));
    warnings
}

/// Settings that were never compared with the provider's own page.
pub(super) fn unverified(provider: &Provider) -> Option<ProviderWarning> {
    (!provider.verified).then(|| ProviderWarning {
        kind: WarningKind::Unverified,
        what: format!(
            "nobody has verified the settings of {}{}",
            provider.name,
            provider.verified_on.map_or_else(String::new, |day| format!(", which are of {day}"))
        ),
        cure: "compare them with the provider's own page, then take `verified = false` out of the file".to_owned(),
    })
}

fn refused(provider: &Provider) -> Option<ProviderWarning> {
    provider.refused.as_ref().map(|reason| ProviderWarning {
        kind: WarningKind::Refused,
        what: format!("{} cannot be set up by files: {reason}", provider.name),
        cure: "set it up on the device, by its own sign-in window".to_owned(),
    })
}

/// Domains that a built-in provider with another id owns.
pub(super) fn claimed(provider: &Provider) -> Vec<ProviderWarning> {
    let mut owners: BTreeMap<&ProviderId, (&Provider, Vec<&str>)> = BTreeMap::new();
    for domain in &provider.domains {
        if let Some(owner) = Catalog::get().owner(domain).filter(|owner| owner.id != provider.id) {
            owners.entry(&owner.id).or_insert((owner, Vec::new())).1.push(domain.as_str());
        }
    }
    owners
        .into_values()
        .map(|(owner, domains)| ProviderWarning {
            kind: WarningKind::DomainOfAnother,
            what: format!("mailboxes in {} are at {}", Listed(&domains), owner.name),
            cure: match owner.refused {
                Some(_) => "take the domains out: no file can set them up".to_owned(),
                None => format!("take the domains out, and use --provider {} for them", owner.id),
            },
        })
        .collect()
}

pub(crate) fn server(
    server: &Server,
    role: ServerRole,
    provider: &Provider,
) -> Vec<ProviderWarning> {
    let id = role.id();
    let mut warnings = Vec::new();
    if let Some(dispute) = &server.disputed {
        let alternative = other_host(server, role, provider).map_or_else(String::new, |host| {
            format!("; if sign-in fails, use --set {id}.host={host}")
        });
        let day = server.evidence.checked_on.map_or_else(String::new, |day| format!(" ({day})"));
        warnings.push(ProviderWarning::new(
            WarningKind::DisputedHost,
            format!("{} is disputed: {dispute}{day}", server.host),
            format!("try one mailbox first{alternative}"),
        ));
    }
    warnings.extend(security(server, role));
    warnings.extend(port(server, role));
    if server.authentication.contains(&Authentication::None) {
        warnings.push(ProviderWarning::new(
            WarningKind::NoSignIn,
            format!("the {role} server {} needs no sign-in according to this file", server.host),
            "almost every provider wants authentication for sending: check it",
        ));
    }
    warnings.extend(no_password(server, role, provider));
    warnings.extend(foreign_login(server, role, provider));
    warnings.extend(host::judge(&server.host, role));
    warnings
}

fn security(server: &Server, role: ServerRole) -> Option<ProviderWarning> {
    let Server { host, port, security, .. } = server;
    let id = role.id();
    if *security == Security::None {
        return Some(ProviderWarning::new(
            WarningKind::Unprotected,
            format!("the {role} server {host} sends passwords unprotected"),
            format!("use TLS: --set {id}.security=tls with the port for it"),
        ));
    }
    let usual = usual_security(port.get()).filter(|usual| usual != security)?;
    Some(ProviderWarning::new(
        WarningKind::UnusualSecurity,
        format!(
            "the {role} server {host} uses {security} on port {port}, which is usually {usual}"
        ),
        format!("if that is a mistake: --set {id}.security={}", usual.id()),
    ))
}

fn port(server: &Server, role: ServerRole) -> Option<ProviderWarning> {
    let Server { host, port, .. } = server;
    if let Some(usual) = usual_role(port.get()).filter(|usual| *usual != role) {
        return Some(ProviderWarning::new(
            WarningKind::PortOfAnother,
            format!("the {role} server {host} uses port {port}, which is for {usual}"),
            "check host and port",
        ));
    }
    (role == ServerRole::Outgoing && port.get() == 25).then(|| {
        ProviderWarning::new(
            WarningKind::Port25,
            format!("the {role} server {host} uses port 25, which many networks block"),
            "use port 587 or 465, if the provider has one of them",
        )
    })
}

/// A server without password sign-in. For a refused provider `refused` has said so already.
fn no_password(server: &Server, role: ServerRole, provider: &Provider) -> Option<ProviderWarning> {
    let wants = server.wants().filter(|_| provider.refused.is_none())?;
    Some(ProviderWarning {
        kind: WarningKind::NoPlainPassword,
        what: format!(
            "the {role} server {} takes no plain password: a file cannot carry {wants}",
            server.host
        ),
        cure: "if it takes passwords too, add \"password-cleartext\" to its authentication"
            .to_owned(),
    })
}

/// User names in a domain where the provider has no mailboxes.
fn foreign_login(
    server: &Server,
    role: ServerRole,
    provider: &Provider,
) -> Option<ProviderWarning> {
    let domain = server.username.domain()?;
    let is_own = |own: &Domain| own.as_str().eq_ignore_ascii_case(domain);
    let is_foreign = !provider.domains.is_empty() && !provider.domains.iter().any(is_own);
    is_foreign.then(|| ProviderWarning {
        kind: WarningKind::ForeignLogin,
        what: format!(
            "user names of the {role} server {} are in {domain}, where {} has no mailboxes",
            server.host, provider.name
        ),
        cure: "right where one account name serves several domains; otherwise write username = \"%EMAILADDRESS%\""
            .to_owned(),
    })
}

fn other_host(server: &Server, role: ServerRole, provider: &Provider) -> Option<String> {
    let others: Vec<&Server> = match role {
        ServerRole::Incoming(protocol) => {
            provider.incoming.iter().filter(|(p, _)| *p == protocol).map(|(_, s)| s).collect()
        }
        ServerRole::Outgoing => provider.outgoing.iter().collect(),
    };
    others.iter().map(|other| other.host.to_string()).find(|host| *host != server.host.to_string())
}

/// The security of a registered port (RFC 8314 §3.2 and 3.3, RFC 9051 §2.1, RFC 1939).
pub(super) fn usual_security(port: u16) -> Option<Security> {
    match port {
        993 | 995 | 465 => Some(Security::Tls),
        143 | 110 | 587 => Some(Security::StartTls),
        _ => None,
    }
}

pub(super) fn usual_role(port: u16) -> Option<ServerRole> {
    match port {
        993 | 143 => Some(ServerRole::Incoming(IncomingProtocol::Imap)),
        995 | 110 => Some(ServerRole::Incoming(IncomingProtocol::Pop)),
        25 | 465 | 587 => Some(ServerRole::Outgoing),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warnings(incoming: &str) -> Vec<String> {
        let text = format!(
            r#"
            format = 1
            id = "acme"
            name = "Acme"
            verified_on = "2026-11-22"
            [[incoming]]
            {incoming}
            username = "%EMAILADDRESS%"
            source = "test"
            checked_on = "2026-11-22"
            [[outgoing]]
            host = "smtp.acme.org"
            port = 587
            security = "starttls"
            username = "%EMAILADDRESS%"
            authentication = ["password-cleartext"]
            source = "test"
            checked_on = "2026-11-22"
            "#
        );
        let acme = Provider::parse("acme.toml", &text).unwrap();
        provider(&acme).into_iter().map(|warning| warning.what).collect()
    }

    #[test]
    fn usual_settings_raise_no_warning() {
        assert_eq!(
            warnings(
                "protocol=\"imap\"\nhost=\"imap.acme.org\"\nport=993\nsecurity=\"tls\"\nauthentication=[\"password-cleartext\"]"
            ),
            Vec::<String>::new()
        );
    }

    #[test]
    fn each_doubtful_setting_raises_its_warning() {
        let rest = "protocol=\"imap\"\nauthentication=[\"password-cleartext\"]";
        for (setting, part) in [
            ("host=\"imap.acme.org\"\nport=993\nsecurity=\"starttls\"", "usually SSL/TLS"),
            ("host=\"imap.acme.org\"\nport=143\nsecurity=\"none\"", "sends passwords unprotected"),
            ("host=\"imap.acme.org\"\nport=465\nsecurity=\"tls\"", "which is for outgoing (SMTP)"),
            ("host=\"www.imap.acme.org\"\nport=993\nsecurity=\"tls\"", "named like a web site"),
            (
                "host=\"smtp.acme.org\"\nport=993\nsecurity=\"tls\"",
                "named like an outgoing (SMTP) one",
            ),
            ("host=\"imap.centurylnk.net\"\nport=993\nsecurity=\"tls\"", "looks like a mistyped"),
        ] {
            let found = warnings(&format!("{setting}\n{rest}"));
            assert!(found.iter().any(|what| what.contains(part)), "{setting}: {found:?}");
        }
        let found = warnings(
            "protocol=\"pop\"\nhost=\"pop.acme.org\"\nport=995\nsecurity=\"tls\"\nauthentication=[\"none\"]",
        );
        assert_eq!(
            found,
            [
                "the incoming (POP3) server pop.acme.org needs no sign-in according to this file",
                "the incoming (POP3) server pop.acme.org takes no plain password: a file cannot carry an account without sign-in",
            ]
        );
    }

    #[test]
    fn a_server_that_accepts_only_browser_sign_in_raises_a_warning() {
        let imap = "protocol=\"imap\"\nhost=\"imap.acme.org\"\nport=993\nsecurity=\"tls\"";
        assert_eq!(
            warnings(&format!("{imap}\nauthentication=[\"OAuth2\"]")),
            [
                "the incoming (IMAP) server imap.acme.org takes no plain password: a file cannot carry the browser sign-in (OAuth2) it wants"
            ]
        );
        assert!(
            warnings(&format!("{imap}\nauthentication=[\"OAuth2\", \"password-cleartext\"]"))
                .is_empty()
        );
    }

    #[test]
    fn domains_of_another_provider_raise_a_warning() {
        let acme = Provider { id: "acme".parse().unwrap(), ..Provider::load("fastmail").unwrap() };
        let found = provider(&acme);
        assert_eq!(found[0].what, "mailboxes in `fastmail.com` and `fastmail.fm` are at Fastmail");
        assert_eq!(found[0].cure, "take the domains out, and use --provider fastmail for them");
        assert!(provider(&Provider::load("fastmail").unwrap()).is_empty());
    }

    #[test]
    fn unverified_settings_raise_a_warning() {
        let fresh = Provider { verified: false, ..Provider::load("zoho").unwrap() };
        assert_eq!(
            provider(&fresh)[0].what,
            "nobody has verified the settings of Zoho Mail, which are of 2026-11-22"
        );
        assert!(provider(&Provider { verified: true, ..fresh }).is_empty());
    }

    #[test]
    fn a_refused_provider_raises_one_warning_with_its_reason() {
        let found = provider(&Provider::load("microsoft365").unwrap());
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].what.contains("cannot be set up by files: Microsoft takes no password"));
    }

    #[test]
    fn port_25_raises_a_warning() {
        let mut zoho = Provider::load("zoho").unwrap();
        zoho.outgoing[0].port = 25.try_into().unwrap();
        assert_eq!(
            provider(&zoho)[0].what,
            "the outgoing (SMTP) server smtp.zoho.com uses port 25, which many networks block"
        );
    }
}
