//! The attempts of the last minutes, in a file of the user's own, so that the count survives a restart. It has hosts and
//! times, no user name.

use std::io;
use std::path::PathBuf;

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
        Ok((Self { file, stop, _held: held }, Attempts::read(&text)))
    }
}

impl Surroundings<OutputError> for Log {
    fn save(&self, attempts: &Attempts) -> Result<(), OutputError> {
        replace_own_file(&self.file, attempts.text(self.now()).as_bytes())
    }

    fn now(&self) -> i64 {
        Clock::now_only().unix_timestamp()
    }

    fn is_stopped(&self) -> bool {
        self.stop.is_asked()
    }
}
