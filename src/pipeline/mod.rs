//! The two passes over a list. The only module that knows all stages.
//!
//! The first pass reads every row and reports faults; it writes nothing. The second makes the bundles.
//! Neither keeps the people of a list in memory. What grows is small: `Seen` with each row (about 40 bytes), `Known`
//! with each person of the ledger (84 bytes, 52 without digests) and `Presence` with each file of the folder (16 bytes).

mod adopt;
mod ahead;
mod changes;
mod changes_file;
mod check;
mod collector;
mod comparison;
mod duplicates;
mod earlier_rows;
mod export;
mod generate;
mod holders;
mod ledger_writer;
mod lines;
mod maker;
mod memory;
pub(crate) mod outcome;
mod people;
mod plan;
mod reader;
mod resign;
mod retire;
mod rows;
mod run_counts;
mod second_pass;
mod signed_in;
mod signer_change;
mod signers;
mod tidy;
mod tracker;
mod unfinished;
mod windows_users;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use thiserror::Error;

use crate::diagnostic::Diagnostic;
use crate::domain::renames::Renames;
use crate::fleet_script::FleetScriptError;
use crate::input::{InputError, List, Location, RowWarning};
use crate::intunewin::PackError;
use crate::ledger::LedgerError;
use crate::mdm::{Mdm, MdmError, Request};
use crate::output::{OutputError, Trust};
use crate::provider::Resolver;
use crate::render::{AppWarning, Renderer, Setup};
use crate::sign::{SignError, Signing};

pub(crate) use changes::{ChangeSummary, ChangedPerson, FieldChange, Handover, Handovers};
pub(crate) use check::{Checked, check};

pub(crate) use comparison::{Departures, DoubtfulLeavers, LeaverCommand, MaxLeavers};
pub(crate) use export::{
    ExportPlan, Exported, Fleet, FleetPlan, FleetWritten, HostingGaps, MISFITS, ManagedFleet,
    Misfit, export, gather_fleet, write_fleet, write_hosting,
};
#[cfg(feature = "probe")]
pub(crate) use export::{ListedMailbox, ListedServer, each_mailbox, list_servers};
pub(crate) use generate::generate;
pub(crate) use holders::{Holders, find_successors};
pub(crate) use memory::{Memory, MemoryError, Origin};
pub(crate) use outcome::{Outcome, Reason, RowReport};
pub(crate) use plan::{PlannedChange, Planner};
pub(crate) use resign::{Extent, ResignPlan, Resigned, SkippedBundle, find_unstamped, resign};
pub(crate) use retire::{RetireJob, find_shared, has_accounts, retire};
pub(crate) use run_counts::RunCounts;
pub(crate) use signed_in::{SignedIn, Standing};
pub(crate) use signer_change::{SignerChange, Step, Whose};
pub(crate) use tracker::Tracker;
pub(crate) use unfinished::{Gaps, Unfinished};
pub(crate) use windows_users::{WindowsUsers, WithoutUser};

/// Everything that a check needs, decided before it starts.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) list: List,
    pub(crate) resolver: Resolver,
    /// The chosen formats, in the order of the registry.
    pub(crate) formats: Vec<&'static dyn Renderer>,
    /// Who has another key than their address gives.
    pub(crate) renames: Renames,
    /// Whether the observer gets the cells of refused rows, for `--write-rejects`.
    pub(crate) keep_cells: bool,
    /// For an export, what its MDM must be able to hold.
    pub(crate) managed: Option<Managed>,
    /// For fleet scripts.
    pub(crate) windows_users: Option<WindowsUsers>,
    pub(crate) passwords: PasswordUse,
    /// Only for people whose mailboxes could sign in.
    pub(crate) signed_in: Option<SignedIn>,
}

/// What becomes of the passwords in a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum PasswordUse {
    /// They are not kept, and no file has them.
    #[default]
    Unread,
    /// They are read, to sign in with them.
    SignIn,
}

/// The MDM of an export, and what is asked of it.
#[derive(Clone, Debug)]
pub(crate) struct Managed {
    pub(crate) mdm: &'static dyn Mdm,
    pub(crate) request: Arc<Request>,
}

/// What a run needs beyond its [`Job`].
#[derive(Debug)]
pub(crate) struct RunPlan {
    pub(crate) setup: Setup,
    /// Identities and time of the signatures.
    pub(crate) signing: Signing,
    /// The output folder.
    pub(crate) out: PathBuf,
    pub(crate) trust: Trust,
    /// The number of threads that make bundles.
    pub(crate) workers: usize,
    /// Whose bundles are made.
    pub(crate) scope: Scope,
    /// What becomes of known people whom the list does not name.
    pub(crate) absent: Absent,
    /// How a bundle that should be there is looked at.
    pub(crate) existing: Existing,
}

/// Whose bundles a run makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Those of people of whom something has changed.
    Changed,
    /// Everybody's.
    All,
}

/// What becomes of known people whom the list does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Absent {
    /// They have left.
    Left,
    /// They are retired: their bundles are moved, and removal packages made.
    Retired,
    /// They stay: the list has further people only.
    Stay,
}

/// How a bundle that should be there is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Existing {
    /// It is there and has the right size.
    Size,
    /// It has the right digest.
    Digest,
}

/// Receives the results of a run, in the order of the list.
pub(crate) trait Observer {
    /// The header was read.
    fn opened(&mut self, list: &List);
    fn warned(&mut self, location: Location, warning: &RowWarning);
    /// An app gets something wrong for the mailbox at `location`.
    fn app_warned(&mut self, location: Location, warning: &AppWarning);
    /// The rows from `location` on are the mailboxes of one person.
    fn joined(&mut self, location: Location, addresses: &[&str]);
    /// A row was skipped or refused. `cells` if [`Job::keep_cells`].
    fn left_out(&mut self, row: &RowReport, cells: Option<&[Vec<u8>]>);
    /// A row was finished.
    fn finished(&mut self, row: &RowReport);
    /// Bytes in the first pass, rows in the second.
    fn progress(&mut self, done: u64, total: u64);
}

/// An observer for a list whose faults were reported already.
pub(crate) struct Silent;

impl Observer for Silent {
    fn opened(&mut self, _: &List) {}
    fn warned(&mut self, _: Location, _: &RowWarning) {}
    fn app_warned(&mut self, _: Location, _: &AppWarning) {}
    fn joined(&mut self, _: Location, _: &[&str]) {}
    fn left_out(&mut self, _: &RowReport, _: Option<&[Vec<u8>]>) {}
    fn finished(&mut self, _: &RowReport) {}
    fn progress(&mut self, _: u64, _: u64) {}
}

/// Stops a run at the next row. Clones belong to the same run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Stops the run. The second call ends the program at once, because a run that waits for a dead disk
    /// does not stop. Finished bundles remain in both cases.
    #[expect(
        clippy::disallowed_methods,
        reason = "the run does not react, so there is nothing to return to"
    )]
    pub(crate) fn now_or_at_once(&self) {
        if self.0.swap(true, Ordering::Relaxed) {
            std::process::exit(3);
        }
    }

    /// Whether the run is to end.
    pub(crate) fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[derive(Debug, Error)]
pub(crate) enum RunError {
    /// The folder is unusable. Nothing was written.
    #[error(transparent)]
    Folder(OutputError),
    #[error(transparent)]
    Input(#[from] InputError),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A file for an MDM could not be made.
    #[error(transparent)]
    Mdm(#[from] MdmError),
    /// What the folder remembers cannot be used: nothing was written.
    #[error(transparent)]
    Memory(MemoryError),
    /// There are no fleet scripts: nothing was written.
    #[error(transparent)]
    FleetScript(#[from] FleetScriptError),
    /// The system gives no thread: no file was made.
    #[error("this system has no thread to spare")]
    NoThread,
    /// A bug.
    #[error(transparent)]
    Package(#[from] PackError),
    /// Writing failed midway.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// A fault of this program. The thread has printed its place.
    #[error("a thread of this program ended unexpectedly")]
    Panicked,
    /// A wrong signature ends the run: the next would be wrong too.
    #[error(transparent)]
    Sign(SignError),
    #[error("stopped on request")]
    Stopped,
}

impl From<SignError> for RunError {
    fn from(error: SignError) -> Self {
        match error {
            SignError::Stopped => Self::Stopped,
            error => Self::Sign(error),
        }
    }
}

impl Diagnostic for RunError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Input(error) => error.hint(),
            Self::Ledger(error) => error.hint(),
            Self::Memory(error) => error.hint(),
            Self::FleetScript(error) => error.hint(),
            Self::Mdm(MdmError::Refused(refusal)) => refusal.hint(),
            Self::Mdm(MdmError::Render(error)) => error.hint(),
            Self::Mdm(MdmError::Readme(_)) | Self::Package(_) => None,
            Self::Folder(error) | Self::Output(error) => error.hint(),
            Self::Sign(error) => error.hint(),
            Self::NoThread => Some("try again when less is running".to_owned()),
            Self::Panicked => Some("report the line above; finished bundles remain".to_owned()),
            Self::Stopped => Some("run again: what is finished remains".to_owned()),
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
            renames: Renames::default(),
            keep_cells: false,
            managed: None,
            windows_users: None,
            passwords: PasswordUse::Unread,
            signed_in: None,
        }
    }
}
