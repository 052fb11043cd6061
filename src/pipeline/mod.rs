//! The passes over a list, and the only module that knows all stages.
//!
//! The first pass reads every row and finds what is wrong, writing nothing. The second makes the
//! bundles. Nothing holds all people at once: memory stays flat however long the list is.

mod check;
mod collector;
mod comparison;
mod duplicates;
mod generate;
mod maker;
pub(crate) mod outcome;
mod people;
mod rows;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use thiserror::Error;

use crate::diagnostic::Diagnostic;
use crate::input::{InputError, List, Location, RowWarning};
use crate::output::{OutputError, Trust};
use crate::provider::Resolver;
use crate::render::{Renderer, Setup};
use crate::sign::{SignError, Signing};

pub(crate) use check::{Checked, check};
pub(crate) use collector::RunCounts;
pub(crate) use comparison::FolderComparison;
pub(crate) use generate::generate;
pub(crate) use outcome::{Outcome, Reason, RowReport};

/// What will be done: everything a run needs, decided before it starts.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) list: List,
    /// The provider with its servers chosen.
    pub(crate) resolver: Resolver,
    /// The formats that are wanted, in the order of the registry.
    pub(crate) formats: Vec<&'static dyn Renderer>,
    /// Whether the cells of rows that are left out are told, for a copy that can be mended.
    pub(crate) keep_cells: bool,
}

/// What plan bundles needs beyond checking.
#[derive(Debug)]
pub(crate) struct RunPlan {
    /// What all bundles share.
    pub(crate) setup: Setup,
    /// Who signs, and when.
    pub(crate) signing: Signing,
    /// The folder to fill.
    pub(crate) out: PathBuf,
    /// Whether it must be the user's own.
    pub(crate) trust: Trust,
    /// How many threads make bundles.
    pub(crate) workers: usize,
}

/// Hears what a run finds, in the order of the list.
pub(crate) trait Observer {
    /// The header was understood.
    fn opened(&mut self, list: &List);
    /// A row is odd, and is used all the same.
    fn warned(&mut self, location: Location, warning: &RowWarning);
    /// Rows from `location` on are one person's, who has these mailboxes.
    fn joined(&mut self, location: Location, addresses: &[&str]);
    /// A row was skipped or refused. Its cells are there where the job asks for them.
    fn left_out(&mut self, row: &RowReport, cells: Option<&[Vec<u8>]>);
    /// A row was finished.
    fn finished(&mut self, row: &RowReport);
    /// So many of `total` have been done: bytes in the first pass, rows in the second.
    fn progress(&mut self, done: u64, total: u64);
}

/// Asks a run to stop at the next row. Clones speak of the same run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks the run to stop, and the second time ends the program at once: a run that waits for a dead
    /// disk hears nothing. What is finished stays either way.
    #[expect(clippy::disallowed_methods, reason = "there is nobody left to return to")]
    pub(crate) fn now_or_at_once(&self) {
        if self.0.swap(true, Ordering::Relaxed) {
            std::process::exit(3);
        }
    }

    fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A run that could not be finished.
#[derive(Debug, Error)]
pub(crate) enum RunError {
    /// The folder cannot be taken: nothing was written.
    #[error(transparent)]
    Folder(OutputError),
    /// The list.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The system gives no thread.
    #[error("this system has no thread to spare")]
    NoThread,
    /// The disk, midway.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The signature of one bundle cannot be trusted: neither can the next.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// Somebody asked for it.
    #[error("stopped on request")]
    Stopped,
}

impl Diagnostic for RunError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Input(error) => error.hint(),
            Self::Folder(error) | Self::Output(error) => error.hint(),
            Self::Sign(error) => error.hint(),
            Self::NoThread => Some("try again when less is running".to_owned()),
            Self::Stopped => Some("run again: what is finished stays".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::server::IncomingProtocol;
    use crate::input::{ReadOptions, Source};
    use crate::provider::{Policy, Provider};
    use crate::render::RENDERERS;

    /// A job for a list with mailboxes at `CenturyLink`.
    pub(super) fn job(list: &str) -> Job {
        let provider = Provider::load("centurylink").unwrap();
        let resolver =
            Resolver::new(provider, IncomingProtocol::Imap, &[], Policy::default()).unwrap();
        let source = Source::spool(list.as_bytes()).unwrap();
        Job {
            list: List::open(source, &ReadOptions::default()).unwrap(),
            resolver,
            formats: RENDERERS.to_vec(),
            keep_cells: false,
        }
    }
}
