//! What a folder remembers of its earlier runs: its ledger, or, for a folder of a version without one and
//! for a damaged ledger, a new ledger made from the manifest and the bundles.

use std::path::Path;

use tempfile::TempPath;
use thiserror::Error;

use super::changes::{Change, Settings, settings_of};
use crate::bounded;
use crate::bundle::manifest::{BundleManifest, sha256};
use crate::bundle::read::unpack;
use crate::clock::rfc3339;
use crate::diagnostic::Diagnostic;
use crate::domain::account::AccountKey;
use crate::domain::identifier::ReverseDns;
use crate::domain::label::{Label, Labels};
use crate::domain::renames::Renames;
use crate::domain::text::unhex;
use crate::ledger::{
    Access, Command, Event, EventKind, Known, Ledger, LedgerError, NewRun, Package, PersonKey,
    PersonRecord, Retirement, RunId, SignerRecord, State,
};
use crate::output::folder::OutputFolder;
use crate::output::layout::{LEDGER, MANIFEST, RetiredFile, below, in_retired, is_bundle_path};
use crate::output::manifest::{BundleLine, bundles_in};
use crate::output::{OutputError, Trust};

/// How many people are stored in one transaction.
const GROUP: usize = 512;

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
    /// A folder that `trust` does not let this run write into is not read either.
    pub(crate) fn of_folder(
        root: &Path,
        trust: Trust,
        identifier: &ReverseDns,
    ) -> Result<(Self, Known), MemoryError> {
        if let Ok(metadata) = root.metadata() {
            trust.judge(root, &metadata)?;
        }
        let place = root.join(LEDGER);
        let identifier = identifier.as_str();
        let is_empty = || matches!(Ledger::exists(&place), Ok(false));
        if Ledger::exists(&place)? {
            match Self::read(&place, identifier) {
                Err(MemoryError::Ledger(error)) if error.is_damage() => {
                    return Self::rebuilt(root, identifier, Command::Rebuild, |people| {
                        Origin::Damaged { error, people }
                    });
                }
                // a run was killed while it made the ledger, and SQLite has just rolled that back
                Err(MemoryError::Ledger(LedgerError::Foreign { .. })) if is_empty() => {}
                other => return other,
            }
        }
        if root.join(MANIFEST).symlink_metadata().is_err() {
            let memory =
                Self { ledger: None, origin: Origin::Nothing, last_start: None, _temporary: None };
            return Ok((memory, Known::default()));
        }
        Self::rebuilt(root, identifier, Command::Adopt, |people| Origin::Manifest { people })
    }

    /// The same for a folder whose identifiers nobody names: they are those of its ledger or, where that
    /// cannot be read, of its bundles. `None` for a folder that has neither.
    pub(crate) fn of_known_folder(
        root: &Path,
        trust: Trust,
    ) -> Result<Option<(Self, Known, ReverseDns)>, MemoryError> {
        if let Ok(metadata) = root.metadata() {
            trust.judge(root, &metadata)?;
        }
        let place = root.join(LEDGER);
        let stored = if Ledger::exists(&place)? {
            match Ledger::open_any(&place).and_then(|ledger| ledger.identifier()) {
                Ok(identifier) => Some(identifier),
                Err(error) if error.is_damage() => None,
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
        let ledger = match Ledger::open(place, Access::Read, identifier) {
            // reading alone cannot bring the schema up to date
            Err(LedgerError::Older { .. }) => Ledger::open(place, Access::Write, identifier)?,
            other => other?,
        };
        let is_small = place.metadata().is_ok_and(|metadata| metadata.len() <= ALWAYS_CHECKED);
        if is_small || ledger.is_unfinished()? {
            ledger.check_whole()?;
        }
        let known = ledger.known()?;
        let last_start = ledger.last_start()?;
        let memory =
            Self { ledger: Some(ledger), origin: Origin::Ledger, last_start, _temporary: None };
        Ok((memory, known))
    }

    fn rebuilt(
        root: &Path,
        identifier: &str,
        command: Command,
        origin: impl FnOnce(u64) -> Origin,
    ) -> Result<(Self, Known), MemoryError> {
        let file =
            tempfile::NamedTempFile::new().map_err(|error| MemoryError::Temporary(error.kind()))?;
        let path = file.into_temp_path();
        let mut ledger = Ledger::open(&path, Access::Write, identifier)?;
        let people = adopt(&mut ledger, root, command)?;
        let known = ledger.known()?;
        let memory = Self {
            last_start: ledger.last_start()?,
            ledger: Some(ledger),
            origin: origin(people),
            _temporary: Some(path),
        };
        Ok((memory, known))
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

    pub(crate) fn ledger(&self) -> Option<&Ledger> {
        self.ledger.as_ref()
    }

    /// The folder's own ledger, to be written, once the folder is locked. A damaged one is set aside, and its
    /// new name given.
    pub(crate) fn into_ledger(
        self,
        folder: &OutputFolder,
        identifier: &ReverseDns,
        known: &mut Known,
    ) -> Result<(Ledger, Option<String>), MemoryError> {
        let mut aside = None;
        let place = match self.origin {
            Origin::Nothing | Origin::Ledger => folder.ledger()?,
            Origin::Manifest { .. } | Origin::Damaged { .. } => {
                if matches!(self.origin, Origin::Damaged { .. }) {
                    aside = Some(folder.set_ledger_aside()?);
                }
                folder.place_ledger(|file| match &self.ledger {
                    Some(ledger) => ledger.copy_to(file).map_err(MemoryError::from),
                    None => Ok(()),
                })?
            }
        };
        drop(self.ledger);
        let mut ledger = Ledger::open(&place, Access::Write, identifier.as_str())?;
        if ledger.last_start()? != self.last_start {
            return Err(MemoryError::Changed);
        }
        settle(&mut ledger, folder, known)?;
        Ok((ledger, aside))
    }
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
            let signers = ledger.certificates(placed.signers)?;
            let Change { kind, action, .. } = Change::signature(&person, signers.as_ref());
            let event = Event { person: placed.person, kind, details: String::new(), action };
            ledger.confirm(run, &[placed.person], &[event])?;
        }
        if let Some(known) = known.get_mut(placed.person) {
            known.is_unchanged = false;
        }
    }
    Ok(ledger.forget_announced()?)
}

/// Stores everybody whom the manifest in `root` names. What their files were made from is read from the
/// bundles; a bundle that is missing or different is made again by the next run.
fn adopt(ledger: &mut Ledger, root: &Path, command: Command) -> Result<u64, LedgerError> {
    let mut run = None;
    let (mut people, mut events, mut count) = (Vec::new(), Vec::new(), 0);
    let mut gone = Gone::default();
    for line in bundles_in(root) {
        gone.note(&line);
        let Some((record, made_at)) = record(ledger, root, &line)? else {
            continue;
        };
        let run = if let Some(run) = run {
            run
        } else {
            // the moment of the bundles that are adopted
            let new = NewRun {
                command,
                started_at: made_at.clone(),
                list: None,
                provider: None,
                signers: None,
            };
            *run.insert(ledger.begin(&new)?)
        };
        events.push(Event {
            person: record.key,
            kind: EventKind::Adopted,
            details: String::new(),
            action: String::new(),
        });
        people.push(record);
        count += 1;
        if people.len() == GROUP {
            ledger.store(run, &people, &events, &[])?;
            people.clear();
            events.clear();
        }
    }
    if let Some(run) = run {
        ledger.store(run, &people, &events, &[])?;
        gone.store(ledger, run)?;
        let ended = ledger.last_start()?.unwrap_or_default();
        ledger.end(run, &ended)?;
    }
    Ok(count)
}

/// People of a manifest who have left or are retired, to be stored after the others.
#[derive(Debug, Default)]
struct Gone {
    left: Vec<(PersonKey, State, Option<String>)>,
    retired: Vec<Retirement>,
    packages: Vec<(PersonKey, Package)>,
}

impl Gone {
    fn note(&mut self, line: &BundleLine) {
        let Some(key) = AccountKey::from_hex(&line.person).map(|key| PersonKey::from(&key)) else {
            return;
        };
        match in_retired(&line.bundle) {
            Some((_, RetiredFile::Bundle)) => {
                let bundle = line.bundle.clone();
                self.retired.push(Retirement { key, bundle, package: None });
            }
            Some((_, RetiredFile::Package)) => {
                let digest = unhex(&line.sha256).and_then(|bytes| bytes.try_into().ok());
                self.packages.extend(digest.map(|sha256| {
                    (key, Package { path: line.bundle.clone(), size: line.size, sha256 })
                }));
            }
            None if line.state.as_deref() == Some(State::Left.id()) => {
                self.left.push((key, State::Left, None));
            }
            None => {}
        }
    }

    fn store(&self, ledger: &mut Ledger, run: RunId) -> Result<(), LedgerError> {
        ledger.set_states(run, &self.left, &[])?;
        ledger.retire(run, &self.retired, &[])?;
        ledger.set_packages(&self.packages)
    }
}

/// What `line` and its bundle say, and when the bundle was made; `None` for a line that names no bundle of ours.
fn record(
    ledger: &Ledger,
    root: &Path,
    line: &BundleLine,
) -> Result<Option<(PersonRecord, String)>, LedgerError> {
    let digest = unhex(&line.sha256).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let key = AccountKey::from_hex(&line.person);
    let (Some(sha256), Some(key)) = (digest, key) else { return Ok(None) };
    let is_person_s = match in_retired(&line.bundle) {
        Some((_, file)) => file == RetiredFile::Bundle,
        None => is_bundle_path(&line.bundle),
    };
    if !is_person_s {
        return Ok(None);
    }
    let manifest = manifest_of(root, line);
    let label = |text: &Option<String>| text.as_deref().and_then(Label::of);
    let signer = |signer: &crate::bundle::manifest::SignerEntry| {
        ledger.signer_id(&SignerRecord {
            sha256: signer.sha256.clone(),
            chain_sha256: String::new(),
            key_sha256: String::new(),
            subject: signer.subject.clone(),
            not_after: String::new(),
        })
    };
    let signers = match manifest.as_ref().and_then(|manifest| manifest.signers.as_ref()) {
        Some(signers) => Some((signer(&signers.profiles)?, signer(&signers.scripts)?)),
        None => None,
    };
    let Settings { name, identifiers, settings } =
        manifest.as_ref().map(settings_of).unwrap_or_default();
    let record = PersonRecord {
        key: PersonKey::from(&key),
        fingerprint: None,
        size: line.size,
        bundle: line.bundle.clone(),
        sha256,
        name,
        addresses: line.addresses.clone(),
        labels: Labels {
            client: label(&line.client),
            group: label(&line.group),
            department: label(&line.department),
        },
        identifiers,
        settings,
        setup: None,
        signers,
    };
    let made_at = manifest
        .map_or_else(|| rfc3339(time::OffsetDateTime::UNIX_EPOCH), |manifest| manifest.made_at);
    Ok(Some((record, made_at)))
}

/// The manifest inside the bundle of `line`, if that is the bundle that the line describes.
fn manifest_of(root: &Path, line: &BundleLine) -> Option<BundleManifest> {
    let bytes = bounded::read(&below(root, &line.bundle), bounded::BUNDLE).ok()?;
    (sha256(&bytes) == line.sha256).then(|| unpack(&bytes).ok())?.map(|bundle| bundle.manifest)
}

/// The manifest inside the bundle `path` of the folder `root`.
pub(super) fn manifest_at(root: &Path, path: &str) -> Option<BundleManifest> {
    if !is_bundle_path(path) {
        return None;
    }
    let bytes = bounded::read(&below(root, path), bounded::BUNDLE).ok()?;
    unpack(&bytes).ok().map(|bundle| bundle.manifest)
}
