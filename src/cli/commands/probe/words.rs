//! What was found, in words.

use std::time::Duration;

use time::OffsetDateTime;

use super::settle::Change;
use crate::diagnostic::{Count, Lines};
use crate::domain::days::days_until;
use crate::probe::{
    Finding, Offer, Path, ServerReport, Standing, Step, StepFault, TlsVersion, Weight,
};

/// The findings, the most important first.
pub(super) fn findings(reports: &[ServerReport], findings: &[Finding], change: &Change) -> Lines {
    let mut lines = Lines::default();
    let faults = findings.iter().filter(|it| it.weight() == Weight::Fault).count();
    if faults == 0 {
        let used = reports.iter().filter(|report| report.target.is_needed()).count();
        lines.line(format_args!("{}", all_work(used as u64)));
    }
    for finding in findings {
        let mark = match finding.weight() {
            Weight::Fault => "",
            Weight::Warning => "warning: ",
            Weight::Note => "note: ",
        };
        lines.line(format_args!("{mark}{finding}"));
        let set = finding.change();
        if !set.is_empty() && !change.is_empty() {
            let set: Vec<String> =
                set.iter().map(|it| format!("--set {}={}", it.key(), it.value())).collect();
            lines.line(format_args!(
                "  {}; `mailmuster probe --write` puts it into mailmuster.toml",
                set.join(" ")
            ));
        }
        if let Some(hint) = finding.hint() {
            lines.line(format_args!("  hint: {hint}"));
        }
    }
    lines
}

fn all_work(used: u64) -> String {
    match used {
        1 => "the server in use works".to_owned(),
        used => format!("all {} in use work", Count(used, "server")),
    }
}

/// Each server with its steps.
pub(super) fn servers(reports: &[ServerReport], now: OffsetDateTime) -> Lines {
    let mut lines = Lines::default();
    for report in reports {
        lines.blank();
        lines.line(format_args!(
            "{}, {}, {}",
            report.target.endpoint,
            report.target.role,
            standing(&report.target.standing)
        ));
        lines.append(steps(report, now));
    }
    lines
}

fn standing(standing: &Standing) -> String {
    match standing {
        Standing::Used => "in use".to_owned(),
        Standing::Rows(rows) => format!("in use by {}", Count(*rows, "mailbox")),
        Standing::Alternative => "not in use".to_owned(),
        Standing::OtherPort => "tried as another port".to_owned(),
        Standing::Similar(host) => format!("tried in place of {host}"),
    }
}

fn steps(report: &ServerReport, now: OffsetDateTime) -> Lines {
    let mut lines = Lines::default();
    let found = match &report.name {
        Ok(found) => {
            let addresses: Vec<String> = found.addresses.iter().map(ToString::to_string).collect();
            let aliases = match found.aliases.as_slice() {
                [] => String::new(),
                aliases => format!(", alias of {}", aliases.join(", ")),
            };
            format!("{}{aliases}", addresses.join(", "))
        }
        Err(fault) => format!("fails: {fault}"),
    };
    lines.line(step(Step::Name, &found, report.name_time));
    for path in &report.paths {
        for (taken, duration) in &path.steps {
            let fault = path.fault.as_ref().filter(|(at, _)| at == taken);
            let what = match fault {
                Some((_, fault)) => failed(path, *taken, fault, now),
                None => passed(report, path, *taken, now),
            };
            lines.line(step(*taken, &what, *duration));
        }
    }
    lines
}

fn step(step: Step, what: &str, duration: Duration) -> String {
    format!("  {step:<10}  {what} ({} ms)", duration.as_millis())
}

fn failed(path: &Path, step: Step, fault: &StepFault, now: OffsetDateTime) -> String {
    let place = match step {
        Step::Connection => format!("{}: ", path.address.ip()),
        _ => String::new(),
    };
    let certificate = match fault {
        StepFault::Certificate(_) => format!("; {}", certificate(path, now)),
        _ => String::new(),
    };
    format!("{place}fails: {fault}{certificate}")
}

fn passed(report: &ServerReport, path: &Path, step: Step, now: OffsetDateTime) -> String {
    match step {
        Step::Connection => path.address.ip().to_string(),
        Step::Tls => {
            let tls = path.tls.as_ref();
            let tls = tls.map(|tls| format!("{}, {}", tls.version, tls.cipher)).unwrap_or_default();
            let newest = path.tls.as_ref().map(|tls| tls.version);
            let weakest = match report.weakest {
                Some(weakest) if Some(weakest) != newest => format!(", down to {weakest}"),
                Some(TlsVersion::V13) => ", no older version".to_owned(),
                _ => String::new(),
            };
            format!("{tls}{weakest}; {}", certificate(path, now))
        }
        Step::SignIn => path.offer.as_ref().map(methods).unwrap_or_default(),
        Step::StartTls => match &path.before {
            Some(before) if before.takes_password => {
                format!("accepted; without it {}", methods(before))
            }
            _ => "accepted; no sign-in without it".to_owned(),
        },
        Step::Name | Step::Greeting => "as it should be".to_owned(),
    }
}

fn methods(offer: &Offer) -> String {
    offer.methods.join(", ")
}

fn certificate(path: &Path, now: OffsetDateTime) -> String {
    match &path.certificate {
        Some(certificate) => {
            let facts = &certificate.facts;
            let days = days_until(facts.not_after, now);
            let left = if days < 0 {
                "expired".to_owned()
            } else {
                Count(days.unsigned_abs(), "day").to_string()
            };
            format!(
                "certificate {} by {}, until {} ({left})",
                facts.subject,
                facts.issuer,
                facts.not_after.date()
            )
        }
        None => "no certificate".to_owned(),
    }
}
