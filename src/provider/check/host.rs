//! Warns of server names that are mistyped, prefixed, or named after another use.

use super::{ProviderWarning, WarningKind};
use crate::diagnostic::Listed;
use crate::domain::setting::ServerRole;
use crate::provider::Provider;
use crate::provider::catalog::{Catalog, site};
use crate::provider::pattern::HostPattern;

pub(super) fn judge(host: &HostPattern, role: ServerRole) -> Option<ProviderWarning> {
    let Some(host) = host.literal() else {
        return web_site(&host.to_string(), role);
    };
    if is_loopback(host) {
        return Some(each_device(host, role));
    }
    let catalog = Catalog::get();
    if let Some((provider, roles)) = catalog.host(host) {
        return (!roles.contains(&role)).then(|| other_use(host, role, provider, roles));
    }
    prefixed(host, role)
        .or_else(|| foreign(host, role))
        .or_else(|| mistyped(host, role))
        .or_else(|| web_site(host, role))
        .or_else(|| named_for_another(host, role))
}

/// Hosts that `host` was perhaps meant as: known ones that it has a prefix before or a slip in, and the others of
/// that provider for `role`.
#[cfg(feature = "probe")]
pub(super) fn similar(host: &str, role: ServerRole) -> Vec<String> {
    let catalog = Catalog::get();
    let mut found: Vec<String> = catalog
        .hosts()
        .filter(|known| host.strip_suffix(known).is_some_and(|rest| rest.ends_with('.')))
        .map(str::to_owned)
        .collect();
    if let Some(typed) = site(host) {
        for (meant, provider) in catalog.sites().filter(|(meant, _)| is_near(typed, meant)) {
            let start = host.strip_suffix(typed).unwrap_or_default();
            found.push(format!("{start}{meant}"));
            found.extend(provider.hosts_for(role));
        }
        let same = catalog.at(typed).map(|provider| provider.hosts_for(role));
        found.extend(same.unwrap_or_default());
    }
    found.retain(|known| !known.contains('%'));
    found
}

/// Names that mean the device itself (RFC 6761 §6.3).
fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost") || host == "localhost.localdomain"
}

fn each_device(host: &str, role: ServerRole) -> ProviderWarning {
    ProviderWarning {
        kind: WarningKind::EachDevice,
        what: format!("the {role} server {host} means each device itself, which has no mail server"),
        cure: "write the server's public name; correct only if a program such as Proton Mail Bridge runs on every device"
            .to_owned(),
    }
}

/// A known server for another use, e.g. the IMAP host in the SMTP section.
fn other_use(
    host: &str,
    role: ServerRole,
    provider: &Provider,
    roles: &[ServerRole],
) -> ProviderWarning {
    let uses: Vec<String> = roles.iter().map(ToString::to_string).collect();
    ProviderWarning {
        kind: WarningKind::HostOfAnother,
        what: format!(
            "{host} is {}'s {} server, not its {role} one",
            provider.name,
            uses.join(" and ")
        ),
        cure: known_ones(provider, role),
    }
}

/// A known host with a prefix.
fn prefixed(host: &str, role: ServerRole) -> Option<ProviderWarning> {
    let before = |known: &str| host.strip_suffix(known)?.strip_suffix('.');
    let (prefix, known) = Catalog::get().hosts().find_map(|known| Some((before(known)?, known)))?;
    Some(ProviderWarning {
        kind: WarningKind::PrefixedHost,
        what: format!("the {role} server {host} is {known} with `{prefix}.` in front"),
        cure: format!("write {known} without any additional prefix"),
    })
}

/// An unknown host in a built-in provider's domain.
fn foreign(host: &str, role: ServerRole) -> Option<ProviderWarning> {
    let provider = Catalog::get().at(site(host)?)?;
    Some(ProviderWarning {
        kind: WarningKind::UnknownHost,
        what: format!("the {role} server {host} is not one of {}'s known servers", provider.name),
        cure: known_ones(provider, role),
    })
}

/// A host in a domain similar to a known one.
fn mistyped(host: &str, role: ServerRole) -> Option<ProviderWarning> {
    let typed = site(host)?;
    let (meant, provider) = Catalog::get().sites().find(|(known, _)| is_near(typed, known))?;
    let whole = format!("{}{meant}", host.strip_suffix(typed)?);
    let cure = if provider.hosts_for(role).contains(&whole) {
        format!("did you mean {whole}?")
    } else {
        known_ones(provider, role)
    };
    Some(ProviderWarning {
        kind: WarningKind::MistypedHost,
        what: format!(
            "the {role} server {host} looks like a mistyped {meant}, which is {}'s",
            provider.name
        ),
        cure,
    })
}

/// Whether `typed` is probably a mistyped `known`: letters missing or swapped in a name that is too long
/// for chance, or another of the endings that people mix up. Country endings are correct: providers have
/// other servers there.
fn is_near(typed: &str, known: &str) -> bool {
    let (Some((typed, ending)), Some((known, known_ending))) =
        (typed.split_once('.'), known.split_once('.'))
    else {
        return false;
    };
    let slips = strsim::osa_distance(typed, known);
    let allowed = match known.len() {
        0..6 => 0,
        6..9 => 1,
        _ => 2,
    };
    let ending_slips = strsim::osa_distance(ending, known_ending);
    let same_kind = ending_slips <= 1 || ["com", "net", "org"].contains(&ending);
    slips + ending_slips > 0 && slips <= allowed && same_kind
}

fn web_site(host: &str, role: ServerRole) -> Option<ProviderWarning> {
    host.starts_with("www.").then(|| ProviderWarning {
        kind: WarningKind::WebSiteHost,
        what: format!("the {role} server {host} is named like a web site"),
        cure: "write the mail server's name without any additional prefix".to_owned(),
    })
}

/// E.g. `imap.` in the SMTP section.
fn named_for_another(host: &str, role: ServerRole) -> Option<ProviderWarning> {
    let first: &str = host.split(|c: char| !c.is_ascii_alphabetic()).next()?;
    let name = first.strip_suffix('s').unwrap_or(first);
    let other = ServerRole::ALL.into_iter().find(|other| other.id() == name && *other != role)?;
    Some(ProviderWarning {
        kind: WarningKind::HostNamedForAnother,
        what: format!("the {role} server {host} is named like an {other} one"),
        cure: "check that the sections for incoming and outgoing mail are not mixed up".to_owned(),
    })
}

fn known_ones(provider: &Provider, role: ServerRole) -> String {
    let hosts = provider.hosts_for(role);
    match hosts.as_slice() {
        [] => format!("{} has no {role} server", provider.name),
        [host] => format!("{}'s {role} server is {host}", provider.name),
        hosts => format!("{}'s {role} servers are {}", provider.name, Listed(hosts)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::server::IncomingProtocol;

    const IMAP: ServerRole = ServerRole::Incoming(IncomingProtocol::Imap);
    const POP: ServerRole = ServerRole::Incoming(IncomingProtocol::Pop);
    const SMTP: ServerRole = ServerRole::Outgoing;

    fn judged(host: &str, role: ServerRole) -> Option<ProviderWarning> {
        judge(&HostPattern::try_from(host).unwrap(), role)
    }

    #[test]
    fn an_ordinary_name_raises_no_warning() {
        for (host, role) in [
            ("imap.centurylink.net", IMAP),
            ("mail.centurylink.net", IMAP),
            ("imap.acme.org", IMAP),
            ("mail.acme.org", SMTP),
            ("popular.acme.org", IMAP),
            ("mail.%EMAILDOMAIN%", SMTP),
            // real providers with names similar to known ones
            ("imap.mail.com", IMAP),
            ("imap.gmx.com", IMAP),
            ("imap.mail.me.com", IMAP),
            // other data centers of Zoho
            ("imap.zoho.eu", IMAP),
            ("imap.zoho.com.au", IMAP),
        ] {
            assert_eq!(judged(host, role), None, "{host}");
        }
    }

    #[test]
    fn a_mistyped_name_gets_the_known_one_as_advice() {
        for host in [
            "imap.centurylnk.net",
            "imap.centurylink.com",
            "imap.centruylink.net",
            "imap.centurylnk.com",
        ] {
            let warning = judged(host, IMAP).unwrap();
            assert_eq!(
                warning.what,
                format!(
                    "the incoming (IMAP) server {host} looks like a mistyped centurylink.net, which is CenturyLink's"
                )
            );
            assert_eq!(warning.cure, "did you mean imap.centurylink.net?", "{host}");
        }
        let warning = judged("mail.fastmial.com", POP).unwrap();
        assert_eq!(warning.cure, "Fastmail's incoming (POP3) server is pop.fastmail.com");
    }

    #[test]
    fn a_prefix_raises_a_warning_that_names_the_host_without_it() {
        for (host, prefix, known) in [
            ("www.imap.centurylink.net", "www", "imap.centurylink.net"),
            ("imap.mail.centurylink.net", "imap", "mail.centurylink.net"),
            ("secure.imap.imap.centurylink.net", "secure.imap", "imap.centurylink.net"),
        ] {
            let warning = judged(host, IMAP).unwrap();
            assert_eq!(
                warning.what,
                format!("the incoming (IMAP) server {host} is {known} with `{prefix}.` in front")
            );
            assert_eq!(warning.cure, format!("write {known} without any additional prefix"));
        }
        assert!(judged("www.imap.acme.org", IMAP).unwrap().what.ends_with("named like a web site"));
        assert!(judged("www.%EMAILDOMAIN%", IMAP).unwrap().what.ends_with("named like a web site"));
    }

    #[test]
    fn a_former_host_of_a_provider_raises_a_warning() {
        let warning = judged("smtp.q.com", SMTP).unwrap();
        assert_eq!(
            warning.what,
            "the outgoing (SMTP) server smtp.q.com is not one of CenturyLink's known servers"
        );
        assert_eq!(warning.cure, "CenturyLink's outgoing (SMTP) server is smtp.centurylink.net");
    }

    #[test]
    fn a_host_in_the_wrong_section_raises_a_warning() {
        let warning = judged("imap.fastmail.com", SMTP).unwrap();
        assert_eq!(
            warning.what,
            "imap.fastmail.com is Fastmail's incoming (IMAP) server, not its outgoing (SMTP) one"
        );
        assert_eq!(warning.cure, "Fastmail's outgoing (SMTP) server is smtp.fastmail.com");
        let warning = judged("pop.zoho.com", IMAP).unwrap();
        assert_eq!(
            warning.cure,
            "Zoho Mail's incoming (IMAP) servers are `imap.zoho.com` and `imappro.zoho.com`"
        );
        let warning = judged("pop.qwestoffice.net", IMAP).unwrap();
        assert_eq!(warning.cure, "QwestOffice has no incoming (IMAP) server");
        for (host, role, like) in [
            ("imap.acme.org", SMTP, "incoming (IMAP)"),
            ("imaps-1.acme.org", POP, "incoming (IMAP)"),
            ("pop3.acme.org", IMAP, "incoming (POP3)"),
            ("smtp.acme.org", IMAP, "outgoing (SMTP)"),
        ] {
            let what = judged(host, role).unwrap().what;
            assert_eq!(what, format!("the {role} server {host} is named like an {like} one"));
        }
    }
}
