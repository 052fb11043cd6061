//! The way from one address to the sign-in methods, step by step.

use std::net::SocketAddr;
use std::time::Instant;

use super::channel::{Channel, Stream, TimedStream};
use super::dialog;
use super::fault::StepFault;
use super::report::{Offer, Path, Step, TlsVersion};
use super::target::Target;
use super::time_limit::Deadline;
use super::tls::{self, Secured, Versions};
use crate::domain::server::Security;
use crate::sign::server::Authorities;

/// Goes to `address` of the server as a mail program would, and stops at the first fault.
pub(super) fn walk(
    target: &Target,
    address: SocketAddr,
    authorities: &Authorities,
    deadline: Deadline,
) -> Path {
    let mut walk = Walk { target, authorities, deadline, path: Path::new(address) };
    match walk.whole() {
        Ok(mut channel) => dialog::leave(target.role, &mut channel),
        Err(fault) => {
            let (step, fault) = (walk.last_step(), walk.explained(fault));
            walk.path.fault = Some((step, fault));
        }
    }
    walk.path
}

/// Goes the same way, for someone who signs in there: the connection, and what the server offers on it.
pub(super) fn reach(
    target: &Target,
    address: SocketAddr,
    authorities: &Authorities,
    deadline: Deadline,
) -> Result<(Channel, Offer), (Step, StepFault)> {
    let mut walk = Walk { target, authorities, deadline, path: Path::new(address) };
    match walk.whole() {
        Ok(channel) => Ok((channel, walk.path.offer.unwrap_or_default())),
        Err(fault) => Err((walk.last_step(), fault)),
    }
}

/// The oldest version of TLS that the server at `address` accepts, where it agreed on `newest`.
pub(super) fn weakest(
    target: &Target,
    address: SocketAddr,
    newest: TlsVersion,
    deadline: Deadline,
) -> TlsVersion {
    let accepted = |most| agreed(target, address, most, deadline);
    match accepted(TlsVersion::V11) {
        Some(TlsVersion::V10) => TlsVersion::V10,
        Some(version) => accepted(TlsVersion::V10).unwrap_or(version),
        None if newest <= TlsVersion::V12 => newest,
        None => accepted(TlsVersion::V12).unwrap_or(newest),
    }
}

/// The version that the server agrees on if none later than `most` is offered.
fn agreed(
    target: &Target,
    address: SocketAddr,
    most: TlsVersion,
    deadline: Deadline,
) -> Option<TlsVersion> {
    let stream = TimedStream::connect(address, deadline).ok()?;
    let stream = if target.endpoint.security == Security::StartTls {
        let mut channel = Channel::new(Stream::Plain(stream));
        dialog::greet(target.role, &mut channel).ok()?;
        let offer = dialog::ask(target.role, &mut channel).ok()?;
        dialog::start_tls(target.role, &offer, &mut channel).ok()?;
        channel.into_plain().ok()?
    } else {
        stream
    };
    let stream = tls::begin(stream, &target.endpoint.host, Versions::UpTo(most)).ok()?;
    tls::facts(&stream).map(|facts| facts.version)
}

struct Walk<'a> {
    target: &'a Target,
    authorities: &'a Authorities,
    deadline: Deadline,
    path: Path,
}

impl Walk<'_> {
    fn whole(&mut self) -> Result<Channel, StepFault> {
        let role = self.target.role;
        let (address, deadline) = (self.path.address, self.deadline);
        let stream = self.step(Step::Connection, |_| TimedStream::connect(address, deadline))?;
        let mut channel = match self.target.endpoint.security {
            Security::Tls => {
                let stream = self.step(Step::Tls, |walk| walk.secured(stream))?;
                let mut channel = Channel::new(Stream::Tls(Box::new(stream)));
                self.step(Step::Greeting, |_| dialog::greet(role, &mut channel))?;
                channel
            }
            Security::StartTls => {
                let mut channel = Channel::new(Stream::Plain(stream));
                self.step(Step::Greeting, |_| dialog::greet(role, &mut channel))?;
                self.step(Step::StartTls, |walk| {
                    let offer = dialog::ask(role, &mut channel)?;
                    let answer = dialog::start_tls(role, &offer, &mut channel);
                    walk.path.before = Some(offer);
                    answer
                })?;
                let stream = self.step(Step::Tls, |walk| walk.secured(channel.into_plain()?))?;
                Channel::new(Stream::Tls(Box::new(stream)))
            }
            Security::None => {
                let mut channel = Channel::new(Stream::Plain(stream));
                self.step(Step::Greeting, |_| dialog::greet(role, &mut channel))?;
                channel
            }
        };
        self.step(Step::SignIn, |walk| {
            let offer = dialog::ask(role, &mut channel)?;
            let methods = offer.methods.clone();
            let takes_password = offer.takes_password;
            walk.path.offer = Some(offer);
            if takes_password { Ok(()) } else { Err(StepFault::NoPassword(methods)) }
        })?;
        Ok(channel)
    }

    fn last_step(&self) -> Step {
        self.path.steps.last().map_or(Step::Connection, |(step, _)| *step)
    }

    /// Takes one step and its time.
    fn step<T>(
        &mut self,
        step: Step,
        take: impl FnOnce(&mut Self) -> Result<T, StepFault>,
    ) -> Result<T, StepFault> {
        let begin = Instant::now();
        let at = self.path.steps.len();
        self.path.steps.push((step, begin.elapsed()));
        let taken = take(self);
        self.path.steps[at].1 = begin.elapsed();
        taken
    }

    /// TLS, with a certificate that mail programs accept.
    fn secured(&mut self, stream: TimedStream) -> Result<Secured, StepFault> {
        let host = &self.target.endpoint.host;
        let stream = tls::begin(stream, host, Versions::Sound)?;
        self.path.tls = tls::facts(&stream);
        let certificate = self
            .authorities
            .judge(&tls::certificates(&stream), host)
            .ok_or(StepFault::NoCertificate)?;
        let faults = certificate.faults.clone();
        self.path.certificate = Some(certificate);
        if faults.is_empty() { Ok(stream) } else { Err(StepFault::Certificate(faults)) }
    }

    /// A handshake that failed may have failed for the server's age.
    fn explained(&self, fault: StepFault) -> StepFault {
        match fault {
            StepFault::Handshake(_) => {
                match agreed(self.target, self.path.address, TlsVersion::V11, self.deadline) {
                    Some(version) => StepFault::OldTls(version),
                    None => fault,
                }
            }
            fault => fault,
        }
    }
}
