//! The attempts of the last minutes, in a file of the user's own, so that the count survives a restart. It has hosts and
//! times, no user name.

use std::io;
use std::path::PathBuf;
use std::time::Instant;

use time::OffsetDateTime;

use super::SignInError;
use crate::bounded;
use crate::clock::Clock;
use crate::output::{ExclusiveUse, OutputError, replace_own_file};
use crate::pipeline::Stop;
use crate::probe::{Attempts, Surroundings};

/// The file, held by this run.
pub(super) struct Log {
    file: PathBuf,
    stop: Stop,
    opened: (OffsetDateTime, Instant),
    _held: ExclusiveUse,
}

impl Log {
    /// The file, and the attempts in it. A second run at the same time is refused: both together would be too fast.
    pub(super) fn open(stop: Stop) -> Result<(Self, Attempts), SignInError> {
        let base = etcetera::base_strategy::choose_native_strategy();
        let base = base.map_err(|_| SignInError::NoFolder)?;
        let folder = etcetera::BaseStrategy::config_dir(&base).join("mailmuster");
        let held = ExclusiveUse::take(&folder.join("probe-attempts.lock"))?;
        let file = folder.join("probe-attempts");
        let text = match bounded::read_text(&file, bounded::SMALL) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(SignInError::Unreadable { file, error }),
        };
        let opened = (Clock::now_only(), Instant::now());
        let log = Self { file, stop, opened, _held: held };
        let attempts = Attempts::read(&text, log.now());
        // before anything is sent: whether it can be written, and what a clock that was set back has changed
        log.save(&attempts)?;
        Ok((log, attempts))
    }
}

impl Surroundings<OutputError> for Log {
    fn save(&self, attempts: &Attempts) -> Result<(), OutputError> {
        replace_own_file(&self.file, attempts.text(self.now()).as_bytes())
    }

    /// Goes on if the clock is set back during the run.
    fn now(&self) -> i64 {
        let (wall, instant) = self.opened;
        Clock::now_only().max(wall + instant.elapsed()).unix_timestamp()
    }

    fn is_stopped(&self) -> bool {
        self.stop.is_asked()
    }
}
