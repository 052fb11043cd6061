//! What was found, for programs.

use serde::Serialize;
use time::OffsetDateTime;

use super::since::{Changed, ChangedEvent};
use crate::cli::message::Console;
use crate::clock::rfc3339;
use crate::domain::days::days_until;
use crate::probe::{Finding, Offer, Path, ServerReport, Standing, Weight};

/// Prints an event for each server and each finding, and the summary.
pub(super) fn report(
    reports: &[ServerReport],
    findings: &[Finding],
    now: OffsetDateTime,
    console: &Console,
) {
    for report in reports {
        console.event(&ServerEvent::of(report, now));
    }
    report_findings(findings, console);
    console.event(&SummaryEvent::of(reports, findings, now));
}

/// An event for each finding.
pub(super) fn report_findings(findings: &[Finding], console: &Console) {
    for finding in findings {
        console.event(&FindingEvent::of(finding));
    }
}

/// The same with what has changed since an earlier probe; the output can be the next one's `--since`.
pub(super) fn report_changes(
    reports: &[ServerReport],
    changes: &[Changed],
    now: OffsetDateTime,
    console: &Console,
) {
    for report in reports {
        console.event(&ServerEvent::of(report, now));
    }
    for changed in changes {
        console.event(&ChangedEvent::of(changed));
    }
    let changes = Some(changes.len() as u64);
    console.event(&SummaryEvent { changes, ..SummaryEvent::of(reports, &[], now) });
}

impl SummaryEvent {
    fn of(reports: &[ServerReport], findings: &[Finding], now: OffsetDateTime) -> Self {
        let count = |weight| findings.iter().filter(|it| it.weight() == weight).count() as u64;
        let needed = || reports.iter().filter(|report| report.target.is_needed());
        Self {
            event: "summary",
            format: 1,
            at: rfc3339(now),
            servers: needed().count() as u64,
            working: needed().filter(|report| report.works()).count() as u64,
            faults: count(Weight::Fault),
            warnings: count(Weight::Warning),
            changes: None,
        }
    }
}

#[derive(Serialize)]
struct ServerEvent<'a> {
    event: &'static str,
    role: &'static str,
    host: &'a str,
    port: u16,
    security: &'static str,
    standing: &'static str,
    /// Mailboxes of the list, where only they use it.
    #[serde(skip_serializing_if = "Option::is_none")]
    mailboxes: Option<u64>,
    works: bool,
    name: NamePart<'a>,
    paths: Vec<PathPart<'a>>,
    /// The oldest version of TLS that it accepts.
    #[serde(skip_serializing_if = "Option::is_none")]
    oldest_tls: Option<String>,
}

#[derive(Serialize)]
struct NamePart<'a> {
    ms: u64,
    addresses: Vec<String>,
    aliases: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
}

#[derive(Serialize)]
struct PathPart<'a> {
    address: String,
    works: bool,
    steps: Vec<StepPart>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls: Option<TlsPart<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<CertificatePart<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before_starttls: Option<OfferPart<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offer: Option<OfferPart<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<StepFaultPart>,
}

#[derive(Serialize)]
struct StepPart {
    step: &'static str,
    ms: u64,
}

#[derive(Serialize)]
struct TlsPart<'a> {
    version: String,
    cipher: &'a str,
}

#[derive(Serialize)]
struct CertificatePart<'a> {
    subject: &'a str,
    issuer: &'a str,
    not_after: String,
    days_left: i64,
    sha256: &'a str,
    faults: Vec<String>,
}

#[derive(Serialize)]
struct OfferPart<'a> {
    capabilities: &'a [String],
    methods: &'a [String],
    takes_password: bool,
}

#[derive(Serialize)]
struct StepFaultPart {
    step: &'static str,
    message: String,
}

#[derive(Serialize)]
struct FindingEvent {
    event: &'static str,
    code: &'static str,
    weight: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    /// Values for `--set`.
    set: Vec<String>,
}

#[derive(Serialize)]
struct SummaryEvent {
    event: &'static str,
    format: u8,
    at: String,
    servers: u64,
    working: u64,
    faults: u64,
    warnings: u64,
    /// With `--since`, which reports changes in place of findings.
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<u64>,
}

impl<'a> ServerEvent<'a> {
    fn of(report: &'a ServerReport, now: OffsetDateTime) -> Self {
        let target = &report.target;
        let mailboxes = match target.standing {
            Standing::Rows(mailboxes) => Some(mailboxes),
            _ => None,
        };
        let found = report.name.as_ref().ok();
        Self {
            event: "server",
            role: target.role.id(),
            host: target.endpoint.host.as_str(),
            port: target.endpoint.port.get(),
            security: target.endpoint.security.id(),
            standing: target.standing.id(),
            mailboxes,
            works: report.works(),
            name: NamePart {
                ms: milliseconds(report.name_time),
                addresses: found
                    .map(|it| it.addresses.iter().map(ToString::to_string).collect())
                    .unwrap_or_default(),
                aliases: found.map(|it| it.aliases.as_slice()).unwrap_or_default(),
                fault: report.name.as_ref().err().map(ToString::to_string),
            },
            paths: report.paths.iter().map(|path| PathPart::of(path, now)).collect(),
            oldest_tls: report.weakest.map(|version| version.to_string()),
        }
    }
}

impl<'a> PathPart<'a> {
    fn of(path: &'a Path, now: OffsetDateTime) -> Self {
        let steps = path.steps.iter();
        Self {
            address: path.address.ip().to_string(),
            works: path.works(),
            steps: steps
                .map(|(step, duration)| StepPart { step: step.id(), ms: milliseconds(*duration) })
                .collect(),
            tls: path
                .tls
                .as_ref()
                .map(|tls| TlsPart { version: tls.version.to_string(), cipher: &tls.cipher }),
            certificate: path.certificate.as_ref().map(|certificate| {
                let facts = &certificate.facts;
                CertificatePart {
                    subject: &facts.subject,
                    issuer: &facts.issuer,
                    not_after: rfc3339(facts.not_after),
                    days_left: days_until(facts.not_after, now),
                    sha256: &facts.fingerprint,
                    faults: certificate.faults.iter().map(ToString::to_string).collect(),
                }
            }),
            before_starttls: path.before.as_ref().map(OfferPart::of),
            offer: path.offer.as_ref().map(OfferPart::of),
            fault: path
                .fault
                .as_ref()
                .map(|(step, fault)| StepFaultPart { step: step.id(), message: fault.to_string() }),
        }
    }
}

impl<'a> OfferPart<'a> {
    fn of(offer: &'a Offer) -> Self {
        Self {
            capabilities: &offer.capabilities,
            methods: &offer.methods,
            takes_password: offer.takes_password,
        }
    }
}

impl FindingEvent {
    fn of(finding: &Finding) -> Self {
        let set = finding.change();
        Self {
            event: "finding",
            code: finding.code(),
            weight: match finding.weight() {
                Weight::Fault => "fault",
                Weight::Warning => "warning",
                Weight::Note => "note",
            },
            message: finding.to_string(),
            hint: finding.hint(),
            set: set.iter().map(|it| format!("{}={}", it.key(), it.value())).collect(),
        }
    }
}

fn milliseconds(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
