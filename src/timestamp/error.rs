//! Why there is no time stamp.

use std::fmt;
use std::io;
use std::time::Duration;

use thiserror::Error;

use crate::diagnostic::{Count, Diagnostic, Shown};
use crate::domain::web_address::WebAddress;
use crate::sign::stamp::StampFault;

/// The largest answer, in bytes: time stamps with their certificates have 3 to 7 kB.
pub(super) const LARGEST_ANSWER: u64 = 64 * 1024;

/// None of the addresses gave a time stamp.
#[derive(Debug)]
pub(crate) struct NoStamp {
    /// Those that were asked, each with the reason.
    pub(super) failed: Vec<(WebAddress, RequestError)>,
}

/// Why an address gave no time stamp.
#[derive(Debug, Error)]
pub(crate) enum RequestError {
    #[error("it cannot be reached: {0}")]
    Unreachable(io::Error),
    #[error("its name is not known")]
    UnknownHost,
    #[error("no answer within {}", Count(.0.as_secs(), "second"))]
    Timeout(Duration),
    #[error("the connection ended before the answer did")]
    CutOff,
    #[error("it answers with HTTP status {0}")]
    Status(u16),
    #[error("it redirects to `{}`, which was not named", Shown(.0))]
    Redirect(String),
    #[error("its answer is larger than {} KiB", LARGEST_ANSWER / 1024)]
    TooLarge,
    /// Not what RFC 3161 §3.4 demands, nor an answer that can be read.
    #[error("its answer is `{}`, and not a time stamp", Shown(.0))]
    Type(String),
    #[error("it does not speak HTTP: {0}")]
    Protocol(String),
    #[error("no TLS connection: {0}")]
    Tls(String),
    /// The answer is one, and not good.
    #[error("{0}")]
    Answer(#[from] StampFault),
}

impl RequestError {
    /// Whether another attempt may succeed.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::Timeout(_) | Self::CutOff => true,
            Self::Status(status) => matches!(status, 408 | 429 | 500..),
            Self::UnknownHost
            | Self::Redirect(_)
            | Self::TooLarge
            | Self::Type(_)
            | Self::Protocol(_)
            | Self::Tls(_)
            | Self::Answer(_) => false,
        }
    }
}

impl std::error::Error for NoStamp {}

impl fmt::Display for NoStamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no time stamp for a script: ")?;
        for (at, (address, why)) in self.failed.iter().enumerate() {
            let separator = if at > 0 { "; " } else { "" };
            write!(f, "{separator}`{address}`: {why}")?;
        }
        Ok(())
    }
}

impl Diagnostic for NoStamp {
    fn hint(&self) -> Option<String> {
        let last = self.failed.last().map(|(_, why)| why);
        Some(
            match last {
                Some(RequestError::Answer(StampFault::Time { .. })) => {
                    "set the clock of this machine"
                }
                Some(RequestError::Answer(StampFault::Chain { .. })) => {
                    "--timestamp-ca must name the root certificate of this authority"
                }
                Some(RequestError::Redirect(_)) => {
                    "name that address with --timestamp-url, if you trust it"
                }
                _ => {
                    "run again later, or name another authority as well: --timestamp-url may be repeated; finished bundles remain"
                }
            }
            .to_owned(),
        )
    }
}

impl From<NoStamp> for Box<dyn Diagnostic + Send + Sync> {
    fn from(error: NoStamp) -> Self {
        Box::new(error)
    }
}
