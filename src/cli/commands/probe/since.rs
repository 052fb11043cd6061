//! `--since`: what has changed since an earlier `probe --json`.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use time::{Date, OffsetDateTime};

use crate::bounded;
use crate::diagnostic::{CannotRead, Count, Diagnostic, Listed};
use crate::domain::days::days_until;
use crate::probe::{Path as Way, ServerReport};

/// Days before the end of a certificate at which its coming end is news.
const NEWS: [i64; 3] = [30, 7, 0];

/// The format of the events, as in the summary.
const FORMAT: u8 = 1;

/// The servers of an earlier probe.
#[derive(Debug)]
pub(super) struct Earlier {
    /// When it was, as it says.
    pub(super) at: String,
    servers: Vec<EarlierServer>,
}

/// A line of `probe --json`, as far as it is compared.
#[derive(Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Line {
    Server(EarlierServer),
    Summary {
        format: u8,
        at: String,
    },
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
struct EarlierServer {
    role: String,
    host: String,
    port: u16,
    security: String,
    standing: String,
    works: bool,
    paths: Vec<EarlierPath>,
    oldest_tls: Option<String>,
}

#[derive(Debug, Deserialize)]
struct EarlierPath {
    works: bool,
    certificate: Option<EarlierCertificate>,
    offer: Option<EarlierOffer>,
}

#[derive(Debug, Deserialize)]
struct EarlierCertificate {
    sha256: String,
    days_left: i64,
}

#[derive(Debug, Deserialize)]
struct EarlierOffer {
    methods: Vec<String>,
}

/// A file of an earlier probe that cannot be used.
#[derive(Debug, Error)]
pub(super) enum SinceError {
    #[error("{}", CannotRead(&.file.display().to_string(), .error))]
    Unreadable { file: PathBuf, error: std::io::Error },
    #[error("`{}` line {line} is not a line of `probe --json`: {why}", .file.display())]
    Line { file: PathBuf, line: usize, why: String },
    #[error("`{}` has no end: it is not the whole output of `probe --json`", .file.display())]
    NoSummary { file: PathBuf },
    #[error("`{}` is of format {format}, and this version knows format {FORMAT}", .file.display())]
    Format { file: PathBuf, format: u8 },
}

impl Diagnostic for SinceError {
    fn hint(&self) -> Option<String> {
        Some("make it again: mailmuster probe --json > probe.json".to_owned())
    }
}

impl Earlier {
    pub(super) fn read(file: &Path) -> Result<Self, SinceError> {
        let path = || file.to_owned();
        let text = bounded::read_text(file, bounded::BUNDLE)
            .map_err(|error| SinceError::Unreadable { file: path(), error })?;
        let mut servers = Vec::new();
        let mut end = None;
        for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
            let line: Line = serde_json::from_str(line).map_err(|error| SinceError::Line {
                file: path(),
                line: number,
                why: error.to_string(),
            })?;
            match line {
                Line::Server(server) => servers.push(server),
                Line::Summary { format: FORMAT, at } => end = Some(at),
                Line::Summary { format, .. } => {
                    return Err(SinceError::Format { file: path(), format });
                }
                Line::Other => {}
            }
        }
        let at = end.ok_or_else(|| SinceError::NoSummary { file: path() })?;
        servers.retain(|server| is_lasting(&server.standing));
        Ok(Self { at, servers })
    }

    /// What is different in `reports`.
    pub(super) fn changes(&self, reports: &[ServerReport], now: OffsetDateTime) -> Vec<Changed> {
        let lasting = || reports.iter().filter(|report| is_lasting(report.target.standing.id()));
        let mut changes = Vec::new();
        for report in lasting() {
            let server = name_of(report);
            let found = match self.servers.iter().find(|earlier| earlier.is(report)) {
                Some(earlier) => earlier.changes(report, now),
                None => vec![News::New],
            };
            changes.extend(found.into_iter().map(|news| Changed { server: server.clone(), news }));
        }
        let gone =
            self.servers.iter().filter(|earlier| !lasting().any(|report| earlier.is(report)));
        changes.extend(gone.map(|earlier| Changed {
            server: format!("{} {} port {}", earlier.role, earlier.host, earlier.port),
            news: News::NotAsked,
        }));
        changes
    }
}

/// Other ports and similar names are asked only while something fails.
fn is_lasting(standing: &str) -> bool {
    ["used", "rows", "alternative"].contains(&standing)
}

fn name_of(report: &ServerReport) -> String {
    let endpoint = &report.target.endpoint;
    format!("{} {} port {}", report.target.role.id(), endpoint.host, endpoint.port)
}

/// Something that changed at a server.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Changed {
    server: String,
    news: News,
}

/// What changed.
#[derive(Debug, PartialEq, Eq)]
enum News {
    Fails { why: String },
    WorksAgain,
    Renewed { until: Date },
    Ends { days: i64 },
    MethodsDropped(Vec<String>),
    MethodsAdded(Vec<String>),
    OldestTls { before: String, now: String },
    New,
    NotAsked,
}

impl News {
    /// For programs, stable.
    fn id(&self) -> &'static str {
        match self {
            Self::Fails { .. } => "fails",
            Self::WorksAgain => "works-again",
            Self::Renewed { .. } => "certificate-renewed",
            Self::Ends { .. } => "certificate-ends",
            Self::MethodsDropped(_) => "methods-dropped",
            Self::MethodsAdded(_) => "methods-added",
            Self::OldestTls { .. } => "oldest-tls",
            Self::New => "new-server",
            Self::NotAsked => "not-asked",
        }
    }
}

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.server)?;
        match &self.news {
            News::Fails { why } => write!(f, "does not work any more: {why}"),
            News::WorksAgain => f.write_str("works again"),
            News::Renewed { until } => write!(f, "has a new certificate, until {until}"),
            News::Ends { days } if *days < 0 => f.write_str("has a certificate that has expired"),
            News::Ends { days } => {
                write!(f, "has a certificate that ends in {}", Count(days.unsigned_abs(), "day"))
            }
            News::MethodsDropped(methods) => {
                write!(f, "no longer offers the sign-in {}", Listed(methods))
            }
            News::MethodsAdded(methods) => write!(f, "now offers the sign-in {}", Listed(methods)),
            News::OldestTls { before, now } => {
                write!(f, "now accepts {now} as the oldest version of TLS, before it was {before}")
            }
            News::New => f.write_str("is asked for the first time"),
            News::NotAsked => f.write_str("is no longer asked: the settings do not name it"),
        }
    }
}

impl EarlierServer {
    fn is(&self, report: &ServerReport) -> bool {
        let endpoint = &report.target.endpoint;
        self.role == report.target.role.id()
            && self.host == endpoint.host.as_str()
            && self.port == endpoint.port.get()
            && self.security == endpoint.security.id()
    }

    fn changes(&self, report: &ServerReport, now: OffsetDateTime) -> Vec<News> {
        match (self.works, report.works()) {
            (true, false) => return vec![News::Fails { why: why(report) }],
            (false, true) => return vec![News::WorksAgain],
            (false, false) => return Vec::new(),
            (true, true) => {}
        }
        let mut news = Vec::new();
        let before = self.paths.iter().find(|path| path.works);
        let (Some(before), Some(after)) = (before, report.working_path()) else { return news };
        news.extend(certificate(before, after, now));
        let offered = |path: &Way| path.offer.as_ref().map(|offer| offer.methods.clone());
        let new: Vec<String> = offered(after).unwrap_or_default();
        let old = before.offer.as_ref().map(|offer| offer.methods.as_slice()).unwrap_or_default();
        let dropped = without(old, &new);
        if !dropped.is_empty() {
            news.push(News::MethodsDropped(dropped));
        }
        let added = without(&new, old);
        if !added.is_empty() {
            news.push(News::MethodsAdded(added));
        }
        if let (Some(before), Some(now)) = (&self.oldest_tls, report.weakest) {
            let now = now.to_string();
            if *before != now {
                news.push(News::OldestTls { before: before.clone(), now });
            }
        }
        news
    }
}

fn certificate(before: &EarlierPath, after: &Way, now: OffsetDateTime) -> Option<News> {
    let (before, after) = (before.certificate.as_ref()?, after.certificate.as_ref()?);
    let facts = &after.facts;
    if before.sha256 != facts.fingerprint {
        return Some(News::Renewed { until: facts.not_after.date() });
    }
    let days = days_until(facts.not_after, now);
    let passed = NEWS.iter().any(|limit| days <= *limit && before.days_left > *limit);
    passed.then_some(News::Ends { days })
}

fn without(all: &[String], others: &[String]) -> Vec<String> {
    all.iter().filter(|one| !others.contains(one)).cloned().collect()
}

fn why(report: &ServerReport) -> String {
    match &report.name {
        Err(fault) => fault.to_string(),
        Ok(_) => report.fault().map(|(_, fault)| fault.to_string()).unwrap_or_default(),
    }
}

/// A change, for programs.
#[derive(Serialize)]
pub(super) struct ChangedEvent<'a> {
    event: &'static str,
    server: &'a str,
    change: &'static str,
    message: String,
}

impl<'a> ChangedEvent<'a> {
    pub(super) fn of(changed: &'a Changed) -> Self {
        Self {
            event: "server-changed",
            server: &changed.server,
            change: changed.news.id(),
            message: changed.to_string(),
        }
    }
}
