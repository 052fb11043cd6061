//! How long a server may take.

use std::io;
use std::time::{Duration, Instant};

/// The patience with a server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// With one server, over all addresses and steps.
    pub(crate) server: Duration,
    /// Without a single byte from it.
    pub(crate) silence: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { server: Duration::from_secs(30), silence: Duration::from_secs(8) }
    }
}

/// The moment at which a server has taken too long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline {
    end: Instant,
    silence: Duration,
}

impl Deadline {
    pub(super) fn of(patience: Patience) -> Self {
        Self { end: Instant::now() + patience.server, silence: patience.silence }
    }

    /// How long the next wait may last; an error once the time is up.
    pub(super) fn wait(self) -> io::Result<Duration> {
        let left = self.end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            Err(io::ErrorKind::TimedOut.into())
        } else {
            Ok(left.min(self.silence))
        }
    }

    pub(super) fn is_over(self) -> bool {
        self.wait().is_err()
    }
}
