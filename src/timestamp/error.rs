//! Why there is no time stamp.

use std::fmt;
use std::io;
use std::time::Duration;

use thiserror::Error;

use crate::diagnostic::{Count, Diagnostic, Listed, Shown};
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
    /// The user ended the run while it waited.
    #[error("the run was stopped before the answer came")]
    Stopped,
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
            | Self::Answer(_)
            | Self::Stopped => false,
        }
    }

    /// Whether a mistyped address may be the cause.
    fn may_be_the_address(&self) -> bool {
        match self {
            Self::Unreachable(_)
            | Self::UnknownHost
            | Self::Timeout(_)
            | Self::Type(_)
            | Self::Protocol(_)
            | Self::Tls(_) => true,
            Self::Status(_) => !self.may_pass(),
            Self::CutOff | Self::Redirect(_) | Self::TooLarge | Self::Answer(_) | Self::Stopped => {
                false
            }
        }
    }

    /// What ends this failure and no other.
    fn cure(&self) -> Option<&'static str> {
        match self {
            Self::Answer(StampFault::Time { .. }) => Some("set the clock of this machine"),
            Self::Answer(StampFault::Chain { .. }) => {
                Some("--timestamp-ca must name the root certificate of this authority")
            }
            Self::Redirect(_) => Some("name that address with --timestamp-url, if you trust it"),
            _ => None,
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
        let mut cures: Vec<String> = Vec::new();
        for cure in self.failed.iter().filter_map(|(_, why)| why.cure()) {
            if !cures.iter().any(|it| it == cure) {
                cures.push(cure.to_owned());
            }
        }
        let doubtful = self.failed.iter().filter(|(_, why)| why.may_be_the_address());
        let doubtful: Vec<&str> = doubtful.map(|(address, _)| address.as_str()).collect();
        match doubtful.len() {
            0 => {}
            1 => cures.push(format!("check the address {}, and the network", Listed(&doubtful))),
            _ => cures.push(format!("check the addresses {}, and the network", Listed(&doubtful))),
        }
        if cures.is_empty() || !doubtful.is_empty() {
            cures.push("run again later, or name another authority as well: --timestamp-url may be repeated; what is finished remains".to_owned());
        }
        Some(cures.join("; "))
    }
}

impl From<NoStamp> for Box<dyn Diagnostic + Send + Sync> {
    fn from(error: NoStamp) -> Self {
        Box::new(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(failed: Vec<(&str, RequestError)>) -> String {
        let failed = failed.into_iter().map(|(address, why)| (address.parse().unwrap(), why));
        NoStamp { failed: failed.collect() }.hint().unwrap()
    }

    #[test]
    fn an_address_that_may_be_mistyped_is_named_in_the_hint() {
        let later = "run again later, or name another authority as well";
        for why in [
            RequestError::UnknownHost,
            RequestError::Unreachable(io::ErrorKind::ConnectionRefused.into()),
            RequestError::Timeout(Duration::from_secs(9)),
            RequestError::Status(404),
            RequestError::Type("text/html".to_owned()),
        ] {
            let hint = hint(vec![("http://tsa.example", why)]);
            let start = "check the address `http://tsa.example`, and the network; ";
            assert!(hint.strip_prefix(start).is_some_and(|it| it.starts_with(later)), "{hint}");
        }
        for why in [RequestError::Status(503), RequestError::CutOff] {
            assert!(hint(vec![("http://tsa.example", why)]).starts_with(later));
        }
    }

    #[test]
    fn each_of_several_failures_has_its_cure() {
        let hint = hint(vec![
            ("http://a.example", RequestError::Redirect("http://c.example".to_owned())),
            ("http://b.example", RequestError::UnknownHost),
            ("http://d.example", RequestError::UnknownHost),
        ]);
        let start = "name that address with --timestamp-url, if you trust it; \
            check the addresses `http://b.example` and `http://d.example`, and the network; run";
        assert!(hint.starts_with(start), "{hint}");
    }
}
