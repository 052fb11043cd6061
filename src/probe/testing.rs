//! Reports for the tests of what is made of them.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU16;
use std::sync::OnceLock;
use std::time::Duration;

use time::macros::datetime;

use super::fault::{NameFault, StepFault};
use super::report::{Addresses, Offer, Path, ServerReport, Step, TlsFacts, TlsVersion};
use super::target::{Standing, Target};
use crate::domain::host::HostName;
use crate::domain::server::{Endpoint, IncomingProtocol, Security};
use crate::domain::setting::ServerRole;
use crate::sign::certificate::{CertificateFacts, read_all};
use crate::sign::issue::{IssueRequest, issue};
use crate::sign::server::{CertificateFault, ServerCertificate};

/// Role and encryption follow from host and port, as is usual.
fn target(host: &str, port: u16) -> Target {
    let role = match host.split('.').next() {
        Some("smtp") => ServerRole::Outgoing,
        Some("pop") => ServerRole::Incoming(IncomingProtocol::Pop),
        _ => ServerRole::Incoming(IncomingProtocol::Imap),
    };
    let security = match port {
        587 | 143 | 110 => Security::StartTls,
        _ => Security::Tls,
    };
    let host = HostName::try_from(host).unwrap();
    let port = NonZeroU16::new(port).unwrap();
    Target { role, endpoint: Endpoint { host, port, security }, standing: Standing::Used }
}

fn report(target: Target, name: Result<Addresses, NameFault>, paths: Vec<Path>) -> ServerReport {
    ServerReport { target, name, name_time: Duration::ZERO, paths, weakest: Some(TlsVersion::V12) }
}

pub(super) fn nameless(host: &str) -> ServerReport {
    report(target(host, 993), Err(NameFault::NoSuchName), Vec::new())
}

pub(super) fn unanswered(host: &str) -> ServerReport {
    report(target(host, 993), Err(NameFault::NoAnswer), Vec::new())
}

pub(super) fn broken(host: &str, port: u16, address: &str, fault: StepFault) -> ServerReport {
    let address: IpAddr = address.parse().unwrap();
    let step = if fault.is_unreached() { Step::Connection } else { Step::Tls };
    let mut path = Path::new(SocketAddr::new(address, port));
    path.steps = vec![(step, Duration::ZERO)];
    path.fault = Some((step, fault));
    let name = Addresses { aliases: Vec::new(), addresses: vec![address] };
    report(target(host, port), Ok(name), vec![path])
}

pub(super) fn failed(host: &str, port: u16) -> ServerReport {
    broken(host, port, "198.51.100.1", StepFault::Closed)
}

pub(super) fn untrusted(host: &str, issuer: &str) -> ServerReport {
    let fault = CertificateFault::UnknownIssuer { issuer: issuer.to_owned() };
    broken(host, 993, "198.51.100.1", StepFault::Certificate(vec![fault]))
}

pub(super) fn working(host: &str, port: u16) -> ServerReport {
    let mut report = broken(host, port, "198.51.100.1", StepFault::Closed);
    let path = &mut report.paths[0];
    path.fault = None;
    path.tls =
        Some(TlsFacts { version: TlsVersion::V13, cipher: "TLS_AES_256_GCM_SHA384".to_owned() });
    path.certificate = Some(ServerCertificate { facts: facts(), faults: Vec::new() });
    path.before = Some(Offer { has_starttls: true, ..Offer::default() });
    path.offer = Some(Offer { takes_password: true, ..Offer::default() });
    report
}

/// Valid until 2036.
fn facts() -> CertificateFacts {
    static FACTS: OnceLock<CertificateFacts> = OnceLock::new();
    let made = || {
        let request = IssueRequest {
            common_name: "test".to_owned(),
            days: 3650,
            now: datetime!(2026-01-01 00:00 UTC),
        };
        let issued = issue(&request).unwrap();
        read_all(&issued.certificate_pem).unwrap()[0].facts().unwrap()
    };
    FACTS.get_or_init(made).clone()
}

pub(super) fn alternative(mut report: ServerReport) -> ServerReport {
    report.target.standing = Standing::Alternative;
    report
}

pub(super) fn other_port(mut report: ServerReport) -> ServerReport {
    report.target.standing = Standing::OtherPort;
    report
}

pub(super) fn similar_to(typed: &ServerReport, mut report: ServerReport) -> ServerReport {
    report.target.standing = Standing::Similar(typed.target.endpoint.host.clone());
    report
}
