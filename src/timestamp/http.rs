//! One request over HTTP (RFC 3161 §3.4), with a limit for everything.

use std::io;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use ureq::config::Config;
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};
use ureq::{Body, Error};

use super::error::{LARGEST_ANSWER, RequestError};
use crate::domain::web_address::WebAddress;
use crate::sign::stamp::{StampFault, StampField};

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(10);

/// The largest head of an answer, in bytes.
const LARGEST_HEAD: usize = 16 * 1024;

const QUERY: &str = "application/timestamp-query";
const REPLY: &str = "application/timestamp-reply";

/// How often a run that waits looks whether it should stop.
pub(super) const LOOK: Duration = Duration::from_millis(100);

/// Keeps connections, so that only the first request waits for one.
#[derive(Clone)]
pub(super) struct Agent {
    agent: ureq::Agent,
    timeout: Duration,
}

/// An answer with the status 200.
pub(super) struct Answer {
    pub(super) body: Vec<u8>,
    media_type: String,
}

impl Agent {
    /// An agent that waits for an answer no longer than `timeout`.
    pub(super) fn new(timeout: Duration) -> Self {
        let tls = TlsConfig::builder()
            .provider(TlsProvider::NativeTls)
            .root_certs(RootCerts::PlatformVerifier)
            .build();
        let config = Config::builder()
            .timeout_global(Some(timeout))
            .timeout_connect(Some(CONNECT.min(timeout)))
            // another host would get the digest without having been named
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .max_response_header_size(LARGEST_HEAD)
            .user_agent("mailmuster")
            .accept(REPLY)
            .tls_config(tls)
            .build();
        Self { agent: config.new_agent(), timeout }
    }

    /// Sends `query` to `address`. The wait for the answer ends early once `is_stopped`: on a thread of its own, because
    /// nothing interrupts a look-up or a read.
    pub(super) fn post(
        &self,
        address: &WebAddress,
        query: Vec<u8>,
        is_stopped: &dyn Fn() -> bool,
    ) -> Result<Answer, RequestError> {
        let (sender, answer) = mpsc::sync_channel(1);
        let (agent, address) = (self.clone(), address.clone());
        let ask = move || {
            // nobody waits for the answer any more once the run was stopped
            let _ = sender.send(agent.ask(&address, &query));
        };
        thread::Builder::new().spawn(ask).map_err(RequestError::Unreachable)?;
        loop {
            match answer.recv_timeout(LOOK) {
                Ok(answer) => return answer,
                Err(RecvTimeoutError::Timeout) if is_stopped() => {
                    return Err(RequestError::Stopped);
                }
                Err(RecvTimeoutError::Timeout) => {}
                // the thread has printed why
                Err(RecvTimeoutError::Disconnected) => return Err(RequestError::CutOff),
            }
        }
    }

    fn ask(&self, address: &WebAddress, query: &[u8]) -> Result<Answer, RequestError> {
        let request = self.agent.post(address.as_str()).header("Content-Type", QUERY);
        let mut response = request.send(query).map_err(|error| self.error(error))?;
        let header = |name: &str| {
            let value = response.headers().get(name).map(|value| value.as_bytes());
            String::from_utf8_lossy(value.unwrap_or_default()).into_owned()
        };
        match response.status().as_u16() {
            200 => {}
            300..400 => return Err(RequestError::Redirect(header("Location"))),
            status => return Err(RequestError::Status(status)),
        }
        let media_type = header("Content-Type");
        Ok(Answer { body: self.read(response.body_mut())?, media_type })
    }

    fn read(&self, body: &mut Body) -> Result<Vec<u8>, RequestError> {
        if body.content_length().is_some_and(|length| length > LARGEST_ANSWER) {
            return Err(RequestError::TooLarge);
        }
        let reader = body.with_config().limit(LARGEST_ANSWER);
        reader.read_to_vec().map_err(|error| self.error(error))
    }

    fn error(&self, error: Error) -> RequestError {
        match error {
            Error::Timeout(_) => RequestError::Timeout(self.timeout),
            Error::HostNotFound => RequestError::UnknownHost,
            Error::BodyExceedsLimit(_) => RequestError::TooLarge,
            Error::Tls(why) => RequestError::Tls(why.to_owned()),
            Error::NativeTls(error) => RequestError::Tls(error.to_string()),
            Error::Io(error) => match error.kind() {
                io::ErrorKind::UnexpectedEof
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe => RequestError::CutOff,
                io::ErrorKind::TimedOut => RequestError::Timeout(self.timeout),
                _ => RequestError::Unreachable(error),
            },
            Error::ConnectionFailed => {
                RequestError::Unreachable(io::ErrorKind::ConnectionRefused.into())
            }
            error => RequestError::Protocol(error.to_string()),
        }
    }
}

impl Answer {
    /// What is wrong: a page that says so is named by its type.
    pub(super) fn fault(&self, fault: StampFault) -> RequestError {
        let is_page = fault == StampFault::Field(StampField::Response)
            && !self.media_type.starts_with("application/timestamp");
        if is_page && !self.media_type.is_empty() {
            RequestError::Type(self.media_type.clone())
        } else {
            RequestError::Answer(fault)
        }
    }
}
