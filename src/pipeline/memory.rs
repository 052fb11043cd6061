//! What a folder remembers of its earlier runs: its ledger, or, for a folder of a version without one and
//! for a damaged ledger, a new ledger made from the manifest and the bundles.

use std::path::Path;

use tempfile::TempPath;
use thiserror::Error;

use super::adopt::{adopt, manifest_of};
use super::changes::Change;
use super::signers::RunSigners;
use super::tidy::take_over;
use crate::diagnostic::Diagnostic;
use crate::domain::identifier::ReverseDns;
use crate::domain::renames::Renames;
use crate::ledger::{Access, Command, Known, Ledger, LedgerError};
use crate::output::folder::OutputFolder;
use crate::output::layout::{LEDGER, MANIFEST, is_bundle_path};
use crate::output::manifest::bundles_in;
use crate::output::presence::{Presence, Scan};
use crate::output::{OutputError, Trust, judge_run_folder};

/// A ledger up to this size, in bytes, is checked as a whole before each run: 5,000 people. A larger one is checked
/// after a run that was stopped, by damage for example, that this run would otherwise find midway too.
const ALWAYS_CHECKED: u64 = 8 << 20;

/// What a folder remembers, read before anything is written.
#[derive(Debug)]
pub(crate) struct Memory {
    ledger: Option<Ledger>,
    origin: Origin,
    /// The last run in the ledger, by which another run in between is noticed.
    last_start: Option<String>,
    /// What other programs change in the ledger changes this number.
    version: i64,
    /// The folder's files, being listed.
    scan: Option<Scan>,
    /// A ledger outside the folder, removed on drop.
    _temporary: Option<TempPath>,
}

/// Where the memory comes from.
#[derive(Debug)]
pub(crate) enum Origin {
    /// The folder is new, or nothing was ever made in it.
    Nothing,
    /// Its ledger.
    Ledger,
    /// Its manifest: an earlier version kept no ledger.
    Manifest {
        /// How many people were adopted.
        people: u64,
    },
    /// Its manifest, because the ledger is damaged.
    Damaged {
        /// What is wrong with it.
        error: LedgerError,
        /// How many people were found in the manifest.
        people: u64,
    },
}

/// A memory that cannot be read or stored.
#[derive(Debug, Error)]
pub(crate) enum MemoryError {
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The folder.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// No file for a ledger outside the folder.
    #[error("no temporary file can be written: {0}")]
    Temporary(std::io::ErrorKind),
    /// Another run came in between.
    #[error("another run has changed the folder meanwhile")]
    Changed,
}

impl Diagnostic for MemoryError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Ledger(error) => error.hint(),
            Self::Output(error) => error.hint(),
            Self::Temporary(_) => Some("make room in the temporary folder".to_owned()),
            Self::Changed => Some("run again".to_owned()),
        }
    }
}

impl Memory {
    /// What the folder `root` remembers, whose identifiers begin with `identifier`. Nothing is written there.
    /// A folder into which a run could not write is not read either.
    pub(crate) fn of_folder(
        root: &Path,
        trust: Trust,
        identifier: &ReverseDns,
    ) -> Result<(Self, Known), MemoryError> {
        judge_run_folder(root, trust)?;
        let scan = Scan::start(root);
        let (memory, known) = Self::recall(root, identifier.as_str())?;
        Ok((Self { scan: Some(scan), ..memory }, known))
    }

    fn recall(root: &Path, identifier: &str) -> Result<(Self, Known), MemoryError> {
        let place = root.join(LEDGER);
        if Ledger::exists(&place)? {
            match Self::read(&place, identifier) {
                Err(MemoryError::Ledger(error)) if error.is_damage() => {
                    return Self::rebuilt(root, identifier, Command::Rebuild, |people| {
                        Origin::Damaged { error, people }
                    });
                }
                Err(MemoryError::Ledger(error)) if is_rolled_back(&error, &place) => {}
                other => return other,
            }
        }
        if root.join(MANIFEST).symlink_metadata().is_err() {
            return Ok((Self::of(None, Origin::Nothing)?, Known::default()));
        }
        Self::rebuilt(root, identifier, Command::Adopt, |people| Origin::Manifest { people })
    }

    /// The same for a folder whose identifiers nobody names: they are those of its ledger or, where that
    /// cannot be read, of its bundles. `None` for a folder that has neither.
    pub(crate) fn of_known_folder(
        root: &Path,
        trust: Trust,
    ) -> Result<Option<(Self, Known, ReverseDns)>, MemoryError> {
        trust.judge_folder(root)?;
        let place = root.join(LEDGER);
        let stored = if Ledger::exists(&place)? {
            match Ledger::owner(&place) {
                Ok(identifier) => Some(identifier),
                Err(error) if error.is_damage() || is_rolled_back(&error, &place) => None,
                Err(error) => return Err(error.into()),
            }
        } else {
            None
        };
        let identifier = stored.or_else(|| {
            let mut manifests = bundles_in(root).filter_map(|line| manifest_of(root, &line));
            manifests.next().map(|manifest| manifest.setup.identifier)
        });
        let Some(identifier) = identifier.and_then(|it| ReverseDns::try_from(it.as_str()).ok())
        else {
            return Ok(None);
        };
        let (memory, known) = Self::of_folder(root, trust, &identifier)?;
        Ok(Some((memory, known, identifier)))
    }

    fn read(place: &Path, identifier: &str) -> Result<(Self, Known), MemoryError> {
        let (ledger, temporary) = match Ledger::open(place, Access::Read, identifier) {
            // a copy is brought up to date: the folder is not locked, and `plan` writes nothing
            Err(LedgerError::Older { .. }) => {
                let path = temporary()?;
                (Ledger::open_copy(place, &path, identifier)?, Some(path))
            }
            other => (other?, None),
        };
        let is_small = place.metadata().is_ok_and(|metadata| metadata.len() <= ALWAYS_CHECKED);
        if is_small || ledger.is_unfinished()? {
            ledger.check_whole()?;
        }
        let memory = Self::of(Some(ledger), Origin::Ledger)?;
        let known = memory.ledger.as_ref().map(Ledger::known).transpose()?;
        Ok((Self { _temporary: temporary, ..memory }, known.unwrap_or_default()))
    }

    fn rebuilt(
        root: &Path,
        identifier: &str,
        command: Command,
        origin: impl FnOnce(u64) -> Origin,
    ) -> Result<(Self, Known), MemoryError> {
        let path = temporary()?;
        let mut ledger = Ledger::open(&path, Access::Write, identifier)?;
        let people = adopt(&mut ledger, root, command)?;
        let known = ledger.known()?;
        let memory = Self::of(Some(ledger), origin(people))?;
        Ok((Self { _temporary: Some(path), ..memory }, known))
    }

    /// The memory that comes from `ledger`, before anybody in it is read.
    fn of(ledger: Option<Ledger>, origin: Origin) -> Result<Self, LedgerError> {
        let (last_start, version) = match &ledger {
            Some(ledger) => (ledger.last_start()?, ledger.version_of_data()?),
            None => (None, 0),
        };
        Ok(Self { ledger, origin, last_start, version, scan: None, _temporary: None })
    }

    /// The files that the folder had when its memory was read.
    pub(crate) fn take_presence(&mut self) -> Presence {
        self.scan.take().map(Scan::finish).unwrap_or_default()
    }

    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// When the last run began (RFC 3339, UTC).
    pub(crate) fn last_start(&self) -> Option<&String> {
        self.last_start.as_ref()
    }

    /// Who has another key than their address gives.
    pub(crate) fn renames(&self) -> Result<Renames, LedgerError> {
        self.ledger.as_ref().map_or_else(|| Ok(Renames::default()), Ledger::renames)
    }

    /// Whether the last run was stopped before its end: the folder's manifest may not describe the folder.
    pub(crate) fn is_unfinished(&self) -> Result<bool, LedgerError> {
        self.ledger.as_ref().map_or(Ok(false), Ledger::is_unfinished)
    }

    pub(crate) fn ledger(&self) -> Option<&Ledger> {
        self.ledger.as_ref()
    }

    /// The folder's own ledger, to be written, once the folder is locked. A damaged one is set aside, and its
    /// new name given.
    pub(crate) fn into_ledger(
        mut self,
        folder: &mut OutputFolder,
        identifier: &ReverseDns,
        known: &mut Known,
    ) -> Result<(Ledger, Option<String>), MemoryError> {
        folder.set_presence(self.take_presence());
        let mut aside = None;
        let place = match self.origin {
            Origin::Nothing | Origin::Ledger => folder.ledger()?,
            Origin::Manifest { .. } | Origin::Damaged { .. } => {
                self.check_unreplaced(folder.root(), identifier)?;
                if matches!(self.origin, Origin::Damaged { .. }) {
                    aside = folder.set_ledger_aside()?;
                }
                folder.place_ledger(|file| match &self.ledger {
                    Some(ledger) => ledger.copy_to(file).map_err(MemoryError::from),
                    None => Ok(()),
                })?
            }
        };
        if let Some(ledger) = self.ledger
            && ledger.version_of_data()? != self.version
        {
            return Err(MemoryError::Changed);
        }
        let mut ledger = Ledger::open(&place, Access::Write, identifier.as_str())?;
        if ledger.last_start()? != self.last_start {
            return Err(MemoryError::Changed);
        }
        settle(&mut ledger, folder, known)?;
        take_over(&mut ledger, folder)?;
        Ok((ledger, aside))
    }

    /// Errors if the locked folder `root` has a sound ledger now, and had none when its memory was read: another run
    /// has made it, and a new ledger would replace it.
    fn check_unreplaced(&self, root: &Path, identifier: &ReverseDns) -> Result<(), MemoryError> {
        let place = root.join(LEDGER);
        let is_as_it_was = match self.origin {
            Origin::Damaged { .. } => {
                Ledger::exists(&place)?
                    && matches!(
                        Self::read(&place, identifier.as_str()),
                        Err(MemoryError::Ledger(error)) if error.is_damage()
                    )
            }
            _ => !Ledger::exists(&place)?,
        };
        if is_as_it_was { Ok(()) } else { Err(MemoryError::Changed) }
    }
}

/// Whether `error` means that the ledger `place` is empty now: a run was killed while it made the ledger, and SQLite
/// has just rolled that back.
fn is_rolled_back(error: &LedgerError, place: &Path) -> bool {
    matches!(error, LedgerError::Foreign { .. }) && matches!(Ledger::exists(place), Ok(false))
}

/// An empty file for a ledger outside the folder.
fn temporary() -> Result<TempPath, MemoryError> {
    let file = tempfile::NamedTempFile::new();
    let file = file.map_err(|error| MemoryError::Temporary(error.kind()))?;
    Ok(file.into_temp_path())
}

/// Finishes what a `resign` that was killed has begun: bundles that it has put into their places are stored,
/// the others are as they were. What `known` has of these people is out of date.
fn settle(
    ledger: &mut Ledger,
    folder: &OutputFolder,
    known: &mut Known,
) -> Result<(), MemoryError> {
    let announced = ledger.announced()?;
    if announced.is_empty() {
        return Ok(());
    }
    for (run, placed) in announced {
        let Some(person) = ledger.person(placed.person)? else { continue };
        if is_bundle_path(&person.record.bundle)
            && folder.has_digest(&person.record.bundle, placed.size, &placed.sha256)?
        {
            let signers = RunSigners::numbered(ledger, placed.signers)?;
            let event = Change::signature(&person, &signers).event(placed.person);
            ledger.confirm(run, &[placed.person], &[event])?;
        }
        if let Some(known) = known.get_mut(placed.person) {
            known.is_unchanged = false;
        }
    }
    Ok(ledger.forget_announced()?)
}
