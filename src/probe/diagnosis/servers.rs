//! What is wrong with one server.

use time::OffsetDateTime;

use super::super::fault::StepFault;
use super::super::finding::{Finding, Why};
use super::super::report::{Path, ServerReport, TlsVersion};
use super::super::target::Standing;
use super::place;
use crate::domain::days::days_until;
use crate::domain::host::HostName;
use crate::domain::server::Security;

/// From how many days before its end on a certificate is reported.
const SOON: i64 = 30;

/// By how many slips a host may differ from what was meant.
const MOST_SLIPS: usize = 2;

/// Why `report` does not work, and what works instead.
pub(super) fn fault(report: &ServerReport, all: &[ServerReport]) -> Option<Finding> {
    let place = place(&report.target);
    let why = why(report)?;
    let role = report.target.role;
    let works = |standing: &Standing| {
        all.iter()
            .find(|other| {
                let target = &other.target;
                target.role == role && target.standing == *standing && other.works()
            })
            .map(|other| other.target.endpoint.clone())
    };
    if let Some(works) = works(&Standing::Alternative) {
        return Some(Finding::AlternativeWorks { place, why, works });
    }
    let step_fault = match why {
        Why::Name(fault) => {
            let similar = all
                .iter()
                .filter(|other| {
                    let wanted = Standing::Similar(report.target.endpoint.host.clone());
                    other.target.role == role && other.target.standing == wanted && other.works()
                })
                .map(|other| other.target.endpoint.host.clone())
                .collect();
            let similar = nearest(&report.target.endpoint.host, similar);
            return Some(Finding::NoSuchName { place, fault, similar });
        }
        Why::Step(fault) => fault,
    };
    let same_host = all.iter().find(|other| {
        let target = &other.target;
        target.role == role
            && target.standing == Standing::OtherPort
            && target.endpoint.host == report.target.endpoint.host
            && other.works()
    });
    if let Some(other) = same_host {
        let works = other.target.endpoint.clone();
        return Some(Finding::OtherPortWorks { place, why: Why::Step(step_fault), works });
    }
    let (step, _) = report.fault()?;
    let port = report.target.endpoint.port;
    let is_open = |port_matters: bool| {
        let connected = all.iter().filter(|other| other.paths.iter().any(Path::is_connected));
        connected.filter(|other| !port_matters || other.target.endpoint.port == port).count() > 0
    };
    if step_fault.is_unreached() && !is_open(true) && is_open(false) {
        return Some(Finding::PortBlocked { place, fault: step_fault });
    }
    Some(Finding::Fails { place, step, fault: step_fault })
}

/// The one of `similar` that `typed` differs from by a slip or two, if it is one; else all.
fn nearest(typed: &HostName, mut similar: Vec<HostName>) -> Vec<HostName> {
    let slips = |host: &HostName| strsim::osa_distance(typed.as_str(), host.as_str());
    similar.sort_by_key(slips);
    let is_one = match similar.as_slice() {
        [first, second, ..] => slips(first) <= MOST_SLIPS && slips(first) < slips(second),
        _ => false,
    };
    if is_one {
        similar.truncate(1);
    }
    similar
}

fn why(report: &ServerReport) -> Option<Why> {
    match &report.name {
        Err(fault) => Some(Why::Name(fault.clone())),
        Ok(_) => report.fault().map(|(_, fault)| Why::Step(fault.clone())),
    }
}

/// What to look at in a server that works.
pub(super) fn warnings(report: &ServerReport, now: OffsetDateTime) -> Vec<Finding> {
    let place = || place(&report.target);
    let mut found = Vec::new();
    // an address without a route is this computer's business: it has no IPv6, most often
    let failed = report.paths.iter().find_map(|path| match &path.fault {
        Some((_, StepFault::NoRoute)) | None => None,
        Some((step, fault)) => Some((path.address.ip(), *step, fault.clone())),
    });
    if let Some((address, step, fault)) = failed {
        found.push(Finding::OneFamily { place: place(), address, step, fault });
    }
    let Some(path) = report.working_path() else { return found };
    if let Some(certificate) = &path.certificate {
        let days = days_until(certificate.facts.not_after, now);
        if days <= SOON {
            found.push(Finding::EndsSoon { place: place(), days });
        }
    }
    if let Some(oldest) = report.weakest.filter(|it| *it < TlsVersion::OLDEST_SOUND) {
        found.push(Finding::OldTls { place: place(), oldest });
    }
    let is_clear = report.target.endpoint.security == Security::StartTls
        && path.before.as_ref().is_some_and(|offer| offer.takes_password);
    if is_clear {
        found.push(Finding::ClearSignIn { place: place() });
    }
    found
}

/// A declared alternative that does not work.
pub(super) fn failed_alternative(report: &ServerReport) -> Option<Finding> {
    (!report.works()).then_some(())?;
    Some(Finding::AlternativeFails { place: place(&report.target), why: why(report)? })
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::super::super::testing::{
        alternative, broken, nameless, other_port, similar_to, working,
    };
    use super::super::diagnose;
    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-29 12:00 UTC);

    /// The first finding, as the user reads it, and what it changes.
    fn first(reports: &[ServerReport]) -> (String, Vec<String>) {
        let finding = diagnose(reports, NOW).into_iter().next().unwrap();
        let change = finding.change();
        let change = change.iter().map(|it| format!("{}={}", it.key(), it.value()));
        (finding.to_string(), change.collect())
    }

    #[test]
    fn servers_that_all_work_have_no_findings() {
        let reports = [working("imap.acme.example", 993), working("smtp.acme.example", 587)];
        assert_eq!(diagnose(&reports, NOW), []);
    }

    #[test]
    fn a_declared_alternative_that_works_is_the_first_thing_to_try() {
        let (message, change) = first(&[
            nameless("imap.centurylink.net"),
            alternative(working("mail.centurylink.net", 993)),
            working("smtp.centurylink.net", 587),
        ]);
        assert_eq!(
            message,
            "use mail.centurylink.net port 993 (SSL/TLS) for receiving (IMAP): the incoming (IMAP) server \
             imap.centurylink.net port 993 does not work (there is no such name)"
        );
        assert_eq!(change, ["imap.host=mail.centurylink.net"]);
    }

    #[test]
    fn an_alternative_that_fails_too_is_not_recommended() {
        let reports = [
            nameless("imap.centurylink.net"),
            alternative(nameless("mail.centurylink.net")),
            working("smtp.centurylink.net", 587),
        ];
        let (message, change) = first(&reports);
        assert_eq!(
            message,
            "the incoming (IMAP) server imap.centurylink.net port 993 is not found: there is no such name"
        );
        assert_eq!(change, [] as [&str; 0]);
        let codes: Vec<&str> = diagnose(&reports, NOW).iter().map(Finding::code).collect();
        assert_eq!(codes, ["no-such-name", "alternative-fails"]);
    }

    #[test]
    fn a_similar_name_that_answers_is_named() {
        let typed = nameless("imap.centurylnk.net");
        let meant = similar_to(&typed, working("imap.centurylink.net", 993));
        let (message, change) = first(&[typed.clone(), meant.clone()]);
        assert!(
            message.starts_with("use imap.centurylink.net for receiving (IMAP): "),
            "{message}"
        );
        assert_eq!(change, ["imap.host=imap.centurylink.net"]);
        let far = similar_to(&typed, working("mail.centurylink.net", 993));
        let (_, change) = first(&[typed, far, meant]);
        assert_eq!(change, ["imap.host=imap.centurylink.net"], "the nearest");
    }

    #[test]
    fn of_two_similar_names_neither_is_chosen() {
        let typed = nameless("imap.acme.example");
        let reports = [
            similar_to(&typed, working("mail.acme.example", 993)),
            similar_to(&typed, working("mx.acme.example", 993)),
            typed,
        ];
        let (_, change) = first(&reports);
        assert_eq!(change, [] as [&str; 0]);
        let hint = diagnose(&reports, NOW)[0].hint().unwrap();
        assert!(
            hint.contains("`mail.acme.example`") && hint.contains("`mx.acme.example`"),
            "{hint}"
        );
    }

    #[test]
    fn another_port_of_the_same_server_is_recommended() {
        let (message, change) = first(&[
            working("imap.acme.example", 993),
            broken("smtp.acme.example", 587, "198.51.100.2", StepFault::NoAnswer),
            other_port(working("smtp.acme.example", 465)),
        ]);
        assert_eq!(
            message,
            "use smtp.acme.example port 465 (SSL/TLS) for sending (SMTP): the outgoing (SMTP) server \
             smtp.acme.example port 587 does not work (nothing answers)"
        );
        assert_eq!(change, ["smtp.port=465", "smtp.security=tls"]);
    }

    #[test]
    fn a_port_is_called_blocked_only_if_no_server_answers_on_it() {
        let blocked = broken("smtp.acme.example", 587, "198.51.100.2", StepFault::NoAnswer);
        let (message, _) = first(&[working("imap.acme.example", 993), blocked.clone()]);
        assert!(message.starts_with("port 587 is blocked: "), "{message}");
        let other = working("smtp.other.example", 587);
        let (message, _) = first(&[working("imap.acme.example", 993), blocked, other]);
        assert_eq!(
            message,
            "the outgoing (SMTP) server smtp.acme.example port 587 fails at connection: nothing answers"
        );
    }

    #[test]
    fn a_server_of_some_rows_changes_nothing_for_all() {
        let mut rows = nameless("imap.centurylink.net");
        rows.target.standing = Standing::Rows(3);
        let (message, change) = first(&[rows, alternative(working("mail.centurylink.net", 993))]);
        assert!(message.contains("imap.centurylink.net port 993 of 3 rows"), "{message}");
        assert_eq!(change, [] as [&str; 0]);
    }

    #[test]
    fn a_server_that_works_may_have_warnings() {
        let mut report = working("smtp.acme.example", 587);
        report.weakest = Some(TlsVersion::V10);
        if let Some(before) = &mut report.paths[0].before {
            before.takes_password = true;
        }
        let dead = broken("smtp.acme.example", 587, "2001:db8::1", StepFault::NoAnswer);
        report.paths.extend(dead.paths);
        let codes: Vec<&str> = diagnose(&[report], NOW).iter().map(Finding::code).collect();
        assert_eq!(codes, ["one-family", "old-tls", "clear-sign-in"]);
    }

    #[test]
    fn a_certificate_is_reported_a_month_before_its_end() {
        let report = working("imap.acme.example", 993);
        let end = report.paths[0].certificate.as_ref().unwrap().facts.not_after;
        let codes = |now| {
            let found = warnings(&report, now);
            found.iter().map(Finding::code).collect::<Vec<_>>()
        };
        assert_eq!(codes(end - time::Duration::days(SOON + 1)), [] as [&str; 0]);
        assert_eq!(codes(end - time::Duration::days(SOON)), ["server-certificate-ends-soon"]);
    }
}
