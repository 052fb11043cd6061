//! From what was seen to what to do, in the order in which people look for the fault: is the line up, is a
//! firewall in the way, is the host right, the port, the encryption, the sign-in. Pure.

mod servers;
mod whole;

use super::finding::{Finding, Place};
use super::report::ServerReport;
use super::target::{Standing, Target};

/// What is wrong, the most important first; empty if everything is as it should be. `now` counts for the days that
/// certificates have left.
pub(crate) fn diagnose(reports: &[ServerReport], now: time::OffsetDateTime) -> Vec<Finding> {
    if let Some(finding) = whole::of_the_line(reports) {
        return vec![finding];
    }
    let mut findings: Vec<Finding> = whole::one_issuer(reports).into_iter().collect();
    let explained = findings.clone();
    for report in reports.iter().filter(|report| report.target.is_needed()) {
        if report.works() {
            findings.extend(servers::warnings(report, now));
        } else if !whole::explains(&explained, report) {
            findings.extend(servers::fault(report, reports));
        }
    }
    let is_alternative = |report: &&ServerReport| report.target.standing == Standing::Alternative;
    findings.extend(reports.iter().filter(is_alternative).filter_map(servers::failed_alternative));
    findings.sort_by_key(Finding::weight);
    findings
}

fn place(target: &Target) -> Place {
    let rows = match target.standing {
        Standing::Rows(rows) => Some(rows),
        _ => None,
    };
    Place { role: target.role, endpoint: target.endpoint.clone(), rows }
}
