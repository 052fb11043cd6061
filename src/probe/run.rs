//! Asking many servers at a time.

use std::net::{IpAddr, SocketAddr};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use time::OffsetDateTime;

use super::names::Names;
use super::report::{Path, ServerReport};
use super::target::Target;
use super::time_limit::{Deadline, Patience};
use super::walk::{walk, weakest};
use crate::sign::certificate::Certificate;
use crate::sign::server::{Authorities, AuthoritiesError};

/// How many servers are asked at a time.
const AT_A_TIME: usize = 8;

/// How many addresses of one family are tried, until one can be connected to.
const MOST_ADDRESSES: usize = 2;

/// The authorities that this computer trusts, and `more`.
pub(crate) fn authorities(
    more: &[Certificate],
    now: OffsetDateTime,
) -> Result<Authorities, AuthoritiesError> {
    let system = rustls_native_certs::load_native_certs().certs;
    Authorities::new(system.iter().map(|root| root.as_ref()), more, now)
}

/// How servers are asked.
pub(crate) struct Probe {
    pub(crate) names: Names,
    pub(crate) authorities: Authorities,
    pub(crate) patience: Patience,
}

impl Probe {
    /// Asks every server, several at a time. The reports have the order of `targets`.
    pub(crate) fn ask(&self, targets: &[Target]) -> Vec<ServerReport> {
        let next = AtomicUsize::new(0);
        let reports = Mutex::new(Vec::with_capacity(targets.len()));
        thread::scope(|scope| {
            for _ in 0..AT_A_TIME.min(targets.len()) {
                scope.spawn(|| {
                    while let Some(target) = targets.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let report = self.ask_one(target.clone());
                        reports.lock().unwrap_or_else(|it| it.into_inner()).push(report);
                    }
                });
            }
        });
        let mut reports = reports.into_inner().unwrap_or_else(|it| it.into_inner());
        reports.sort_by_key(|report| targets.iter().position(|target| *target == report.target));
        reports
    }

    fn ask_one(&self, target: Target) -> ServerReport {
        let deadline = Deadline::of(self.patience);
        let begin = Instant::now();
        let name = self.names.look_up(&target.endpoint.host);
        let name_time = begin.elapsed();
        let addresses = name.as_ref().map(|found| found.addresses.clone()).unwrap_or_default();
        let (four, six): (Vec<IpAddr>, Vec<IpAddr>) =
            addresses.into_iter().partition(IpAddr::is_ipv4);
        let paths = thread::scope(|scope| {
            let six = scope.spawn(|| self.family(&target, &six, deadline));
            let mut paths = self.family(&target, &four, deadline);
            paths.extend(six.join().unwrap_or_default());
            paths
        });
        let weakest = paths.iter().find(|path| path.works()).and_then(|path| {
            Some(weakest(&target, path.address, path.tls.as_ref()?.version, deadline))
        });
        ServerReport { target, name, name_time, paths, weakest }
    }

    /// The addresses of one family in turn, until one can be connected to.
    fn family(&self, target: &Target, addresses: &[IpAddr], deadline: Deadline) -> Vec<Path> {
        let mut paths: Vec<Path> = Vec::new();
        for address in addresses.iter().take(MOST_ADDRESSES) {
            let address = SocketAddr::new(*address, target.endpoint.port.get());
            paths.push(walk(target, address, &self.authorities, deadline));
            if paths.last().is_some_and(Path::is_connected) {
                break;
            }
        }
        paths
    }
}
