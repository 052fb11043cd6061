//! Why a command ended early.

use super::exit::Exit;
use crate::diagnostic::Diagnostic;
use crate::pipeline::RunError;

/// The error that ended a command, and the exit code that follows from it. `cli::run` prints it.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) exit: Exit,
    pub(super) error: Box<dyn Diagnostic>,
}

impl Failure {
    /// An error after something was written, or a run that was interrupted.
    pub(super) fn midway(error: impl Diagnostic + 'static) -> Self {
        Self { exit: Exit::StoppedMidway, error: Box::new(error) }
    }

    /// The end of a run that has begun: some of its errors come before anything is written.
    pub(super) fn of_run(error: RunError) -> Self {
        match error {
            RunError::Folder(_)
            | RunError::FleetScript(_)
            | RunError::Memory(_)
            | RunError::NoThread => error.into(),
            RunError::Input(_)
            | RunError::Ledger(_)
            | RunError::Mdm(_)
            | RunError::Output(_)
            | RunError::Package(_)
            | RunError::Panicked
            | RunError::Sign(_)
            | RunError::Stopped => Self::midway(error),
        }
    }
}

/// Most errors come before anything is written.
impl<E: Diagnostic + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self { exit: Exit::NothingAttempted, error: Box::new(error) }
    }
}
