//! What else to ask about servers that do not work: other ports, and similar names. Pure.

use std::num::NonZeroU16;

use super::fault::NameFault;
use super::report::ServerReport;
use super::target::{Standing, Target};
use crate::domain::host::HostName;
use crate::domain::server::{Endpoint, IncomingProtocol, Security};
use crate::domain::setting::ServerRole;
use crate::provider::check::similar_hosts;

/// The most names that are tried in place of one.
const MOST_NAMES: usize = 10;

/// The most servers that are asked beyond the given ones.
const MOST: usize = 40;

/// What mail servers are usually called.
const PREFIXES: [&str; 4] = ["imap", "mail", "pop", "smtp"];

/// The servers to ask after `reports`.
pub(crate) fn follow_ups(reports: &[ServerReport]) -> Vec<Target> {
    let mut more: Vec<Target> = Vec::new();
    for report in reports.iter().filter(|report| report.target.is_needed() && !report.works()) {
        let Target { role, endpoint, .. } = &report.target;
        let candidates = match &report.name {
            Err(NameFault::NoSuchName | NameFault::NoAddress) => names(endpoint, *role),
            Ok(_) => ports(endpoint, *role),
            Err(NameFault::NoAnswer | NameFault::Silent(_) | NameFault::Failed(_)) => Vec::new(),
        };
        for (standing, endpoint) in candidates {
            let is_asked = |target: &Target| target.role == *role && target.endpoint == endpoint;
            let asked = reports.iter().map(|report| &report.target);
            if more.len() < MOST && !asked.chain(&more).any(is_asked) {
                more.push(Target { role: *role, endpoint, standing });
            }
        }
    }
    more
}

/// The registered ports of this kind of server (RFC 8314 §7), and its own with another kind of encryption. Never one
/// without any.
fn ports(endpoint: &Endpoint, role: ServerRole) -> Vec<(Standing, Endpoint)> {
    let usual = match role {
        ServerRole::Incoming(IncomingProtocol::Imap) => {
            [(993, Security::Tls), (143, Security::StartTls)]
        }
        ServerRole::Incoming(IncomingProtocol::Pop) => {
            [(995, Security::Tls), (110, Security::StartTls)]
        }
        ServerRole::Outgoing => [(587, Security::StartTls), (465, Security::Tls)],
    };
    let own = [Security::Tls, Security::StartTls].map(|security| (endpoint.port.get(), security));
    let others = usual.into_iter().chain(own).filter_map(|(port, security)| {
        let port = NonZeroU16::new(port)?;
        let other = Endpoint { host: endpoint.host.clone(), port, security };
        (other != *endpoint).then_some((Standing::OtherPort, other))
    });
    let mut all: Vec<(Standing, Endpoint)> = Vec::new();
    for one in others {
        if !all.contains(&one) {
            all.push(one);
        }
    }
    all
}

/// The same server under similar names.
fn names(endpoint: &Endpoint, role: ServerRole) -> Vec<(Standing, Endpoint)> {
    let similar = similar(&endpoint.host, role).into_iter();
    similar
        .map(|host| {
            (Standing::Similar(endpoint.host.clone()), Endpoint { host, ..endpoint.clone() })
        })
        .collect()
}

/// Names that `host` may have been meant as: those of known servers first, then the usual prefixes.
fn similar(host: &HostName, role: ServerRole) -> Vec<HostName> {
    let mut found: Vec<HostName> = Vec::new();
    let mut add = |name: &str| {
        if let Ok(name) = HostName::try_from(name)
            && name != *host
            && name.as_str().contains('.')
            && !found.contains(&name)
        {
            found.push(name);
        }
    };
    let mut bases = vec![without_prefix(host.as_str()).to_owned()];
    for known in similar_hosts(host.as_str(), role) {
        add(&known);
        bases.push(without_prefix(&known).to_owned());
    }
    // a prefix too many, as in www.imap.example.org, or mistyped, as in mial.example.org
    if let Some((_, rest)) = host.as_str().split_once('.').filter(|(_, rest)| rest.contains('.')) {
        add(rest);
        bases.push(rest.to_owned());
    }
    for base in bases {
        let first = role.id();
        add(&format!("{first}.{base}"));
        for prefix in PREFIXES {
            add(&format!("{prefix}.{base}"));
        }
        add(&base);
    }
    found.truncate(MOST_NAMES);
    found
}

/// `example.org` of `imap.example.org`.
fn without_prefix(host: &str) -> &str {
    match host.split_once('.') {
        Some((first, rest)) if rest.contains('.') && is_prefix(first) => rest,
        _ => host,
    }
}

fn is_prefix(label: &str) -> bool {
    PREFIXES.contains(&label) || matches!(label, "pop3" | "imaps" | "smtps" | "mx" | "www")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{failed, nameless, working};
    use super::*;

    const IMAP: ServerRole = ServerRole::Incoming(IncomingProtocol::Imap);

    fn hosts(host: &str, role: ServerRole) -> Vec<String> {
        let host = HostName::try_from(host).unwrap();
        similar(&host, role).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_mistyped_host_of_a_known_provider_leads_to_that_provider_first() {
        assert_eq!(hosts("imap.centurylnk.net", IMAP)[0], "imap.centurylink.net");
        assert_eq!(hosts("www.imap.centurylink.net", IMAP)[0], "imap.centurylink.net");
    }

    #[test]
    fn other_hosts_get_the_usual_prefixes() {
        assert_eq!(
            hosts("imap.acme.example", IMAP),
            ["acme.example", "mail.acme.example", "pop.acme.example", "smtp.acme.example"]
        );
        assert!(hosts("mial.acme.example", IMAP).contains(&"imap.acme.example".to_owned()));
        assert_eq!(
            hosts("acme.example", ServerRole::Outgoing),
            ["smtp.acme.example", "imap.acme.example", "mail.acme.example", "pop.acme.example"]
        );
        assert!(hosts("localhost", IMAP).iter().all(|host| host.contains('.')));
    }

    #[test]
    fn at_most_ten_names_are_tried() {
        for host in ["imap.mail.centurylnk.net", "a.b.c.d.e.f.g", "www.imap.centurylnk.net"] {
            assert!(hosts(host, IMAP).len() <= MOST_NAMES, "{host}");
        }
    }

    #[test]
    fn a_server_that_fails_is_asked_on_its_other_ports() {
        let more =
            follow_ups(&[failed("imap.acme.example", 993), working("smtp.acme.example", 587)]);
        let asked: Vec<String> = more.iter().map(|target| target.endpoint.to_string()).collect();
        assert_eq!(
            asked,
            ["imap.acme.example port 143 (STARTTLS)", "imap.acme.example port 993 (STARTTLS)",]
        );
    }

    #[test]
    fn nothing_is_asked_twice_and_nothing_for_servers_that_work() {
        assert_eq!(follow_ups(&[working("imap.acme.example", 993)]), []);
        let twice = [nameless("imap.acme.example"), nameless("imap.acme.example")];
        let once = [nameless("imap.acme.example")];
        assert_eq!(follow_ups(&twice), follow_ups(&once));
    }
}
