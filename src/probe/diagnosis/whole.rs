//! Faults that are no single server's.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::super::fault::{NameFault, StepFault};
use super::super::finding::{Finding, Offline};
use super::super::report::{Path, ServerReport};
use super::super::target::Standing;
use crate::sign::server::CertificateFault;

/// What keeps every connection from being made.
pub(super) fn of_the_line(reports: &[ServerReport]) -> Option<Finding> {
    if reports.is_empty() || reports.iter().any(ServerReport::works) {
        return None;
    }
    let silences: Option<Vec<Finding>> = reports.iter().map(silence).collect();
    if let Some(silence) = silences.and_then(|silences| silences.into_iter().next()) {
        return Some(silence);
    }
    one_address(reports).or_else(|| nothing_connects(reports))
}

/// Why nothing at all was heard about the server.
fn silence(report: &ServerReport) -> Option<Finding> {
    let has_no_route = |path: &Path| matches!(path.fault, Some((_, StepFault::NoRoute)));
    match &report.name {
        Err(NameFault::NoAnswer) => Some(Finding::Offline(Offline::NoNameServer)),
        Err(NameFault::Silent(address)) => Some(Finding::SilentNameServer(*address)),
        Ok(_) if !report.paths.is_empty() && report.paths.iter().all(has_no_route) => {
            Some(Finding::Offline(Offline::NoRoute))
        }
        Ok(_) | Err(_) => None,
    }
}

/// All names lead to one address of the local network: a Wi-Fi network before its sign-in page, for example.
fn one_address(reports: &[ServerReport]) -> Option<Finding> {
    let mut hosts = BTreeSet::new();
    let mut addresses: BTreeSet<IpAddr> = BTreeSet::new();
    for report in reports {
        hosts.insert(&report.target.endpoint.host);
        addresses.extend(&report.name.as_ref().ok()?.addresses);
    }
    let address = *addresses.first()?;
    let is_it = hosts.len() > 1 && addresses.len() == 1 && is_local(address);
    is_it.then_some(Finding::OneAddress { address, hosts: hosts.len() as u64 })
}

/// Addresses of local networks (RFC 1918, RFC 6598, RFC 4193, RFC 3927). Not this computer's own: servers that run on
/// it have the same address with good reason.
fn is_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            let is_shared = first == 100 && (64..128).contains(&second);
            address.is_private() || address.is_link_local() || is_shared
        }
        IpAddr::V6(address) => address.is_unique_local() || address.is_unicast_link_local(),
    }
}

/// Several servers, and no connection to any.
fn nothing_connects(reports: &[ServerReport]) -> Option<Finding> {
    let faults: Vec<&StepFault> = reports
        .iter()
        .flat_map(|report| &report.paths)
        .map(|path| path.fault.as_ref().map(|(_, fault)| fault))
        .collect::<Option<_>>()?;
    let with_address = reports.iter().filter(|report| !report.paths.is_empty());
    let places: BTreeSet<_> = with_address
        .map(|report| {
            let endpoint = &report.target.endpoint;
            (&endpoint.host, endpoint.port)
        })
        .collect();
    let hosts: BTreeSet<_> = places.iter().map(|(host, _)| host).collect();
    if hosts.len() < 2 || !faults.iter().all(|fault| fault.is_unreached()) {
        return None;
    }
    let ports: BTreeSet<u16> = places.iter().map(|(_, port)| port.get()).collect();
    Some(Finding::NothingConnects {
        ports: ports.into_iter().collect(),
        by_this_computer: faults.iter().all(|fault| **fault == StepFault::Forbidden),
    })
}

/// One unknown issuer of the certificates of several servers: something between them and this computer reads
/// along.
pub(super) fn one_issuer(reports: &[ServerReport]) -> Option<Finding> {
    let mut by_issuer: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for report in reports.iter().filter(|report| report.target.standing != Standing::OtherPort) {
        if let Some(issuer) = unknown_issuer(report) {
            let host = report.target.endpoint.host.to_string();
            by_issuer.entry(issuer.to_owned()).or_default().insert(host);
        }
    }
    let (issuer, hosts) = by_issuer.into_iter().find(|(_, hosts)| hosts.len() > 1)?;
    Some(Finding::OneIssuer { issuer, hosts: hosts.into_iter().collect() })
}

/// Whether one of `findings` is the reason why `report` does not work.
pub(super) fn explains(findings: &[Finding], report: &ServerReport) -> bool {
    findings.iter().any(|finding| match finding {
        Finding::OneIssuer { issuer, .. } => unknown_issuer(report) == Some(issuer),
        _ => false,
    })
}

fn unknown_issuer(report: &ServerReport) -> Option<&str> {
    let (_, StepFault::Certificate(faults)) = report.fault()? else { return None };
    faults.iter().find_map(|fault| match fault {
        CertificateFault::UnknownIssuer { issuer } => Some(issuer.as_str()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{broken, nameless, unanswered, untrusted, working};
    use super::*;

    #[test]
    fn without_any_name_server_the_computer_is_offline() {
        let all = [unanswered("imap.acme.example"), unanswered("smtp.acme.example")];
        assert_eq!(of_the_line(&all), Some(Finding::Offline(Offline::NoNameServer)));
        let one = [unanswered("imap.acme.example"), nameless("smtp.acme.example")];
        assert_eq!(of_the_line(&one), None);
        let one = [unanswered("imap.acme.example"), working("smtp.acme.example", 587)];
        assert_eq!(of_the_line(&one), None);
    }

    #[test]
    fn without_any_route_the_computer_is_offline() {
        let all = [
            broken("imap.acme.example", 993, "198.51.100.1", StepFault::NoRoute),
            broken("smtp.acme.example", 587, "198.51.100.2", StepFault::NoRoute),
        ];
        assert_eq!(of_the_line(&all), Some(Finding::Offline(Offline::NoRoute)));
    }

    #[test]
    fn a_network_that_answers_for_every_name_is_recognized() {
        let pair = |address| {
            [
                broken("imap.acme.example", 993, address, StepFault::Refused),
                broken("smtp.acme.example", 587, address, StepFault::NotTls),
            ]
        };
        assert_eq!(
            of_the_line(&pair("10.0.0.1")),
            Some(Finding::OneAddress { address: "10.0.0.1".parse().unwrap(), hosts: 2 })
        );
        assert!(matches!(of_the_line(&pair("100.64.0.1")), Some(Finding::OneAddress { .. })));
        assert_eq!(of_the_line(&pair("198.51.100.1")), None);
        assert_eq!(of_the_line(&pair("127.0.0.1")), None);
        let [one, _] = pair("10.0.0.1");
        assert_eq!(of_the_line(&[one]), None, "a server of one's own");
    }

    #[test]
    fn ports_are_blocked_if_no_server_can_be_connected_to() {
        let all = |fault: &StepFault| {
            [
                broken("imap.acme.example", 993, "198.51.100.1", fault.clone()),
                broken("smtp.acme.example", 587, "198.51.100.2", fault.clone()),
            ]
        };
        let blocked = |by_this_computer| {
            Some(Finding::NothingConnects { ports: vec![587, 993], by_this_computer })
        };
        assert_eq!(of_the_line(&all(&StepFault::NoAnswer)), blocked(false));
        assert_eq!(of_the_line(&all(&StepFault::Refused)), blocked(false));
        assert_eq!(of_the_line(&all(&StepFault::Forbidden)), blocked(true));
        assert_eq!(of_the_line(&all(&StepFault::Closed)), None);
        let [one, _] = all(&StepFault::NoAnswer);
        assert_eq!(of_the_line(&[one]), None, "one server may be down");
    }

    #[test]
    fn several_servers_with_one_unknown_issuer_have_one_reason() {
        let reports = [
            untrusted("imap.acme.example", "CN=Guard"),
            untrusted("smtp.acme.example", "CN=Guard"),
        ];
        let found = one_issuer(&reports).unwrap();
        assert!(explains(std::slice::from_ref(&found), &reports[0]));
        let other = untrusted("pop.acme.example", "CN=Other");
        assert!(!explains(&[found], &other));
        assert_eq!(one_issuer(&[reports[0].clone(), other]), None);
    }
}
