//! What a run stores in the ledger, group by group.

use std::collections::HashSet;

use time::OffsetDateTime;

use super::changes::{Change, ChangeSummary, Comparison, Handovers, settings_of};
use super::changes_file::report_changes;
use super::collector::MadeRecord;
use super::maker::run_entry;
use super::retire::{Restored, Retirer};
use super::run_counts::Gone;
use super::signers::{RunSigners, signer};
use super::{Absent, Job, RunError, RunPlan, Scope};
use crate::clock::rfc3339;
use crate::domain::account::AccountKey;
use crate::domain::delimiter::Delimiter;
use crate::domain::email::EmailAddress;
use crate::domain::label::Labels;
use crate::domain::renames::Renames;
use crate::domain::slug::Slug;
use crate::ledger::{
    Command, Event, Known, KnownPerson, Ledger, LedgerError, Listing, NewRun, PersonKey,
    PersonRecord, RunId, SignerId, StagedBundle, State, StoredPerson, Upcoming,
};
use crate::output::folder::OutputFolder;
use crate::output::layout::retired_bundle;
use crate::output::manifest::BundleLine;
use crate::output::presence::PathHash;
use crate::sign::SigningIdentity;

/// How many people of a first run are stored in one transaction, at least. Each costs some flushes, and
/// pages of the indexes are written again and again; a run that is killed makes so many people's files again.
const FIRST_GROUP: usize = 2048;

/// How many people are retired in one transaction.
const RETIRE_GROUP: usize = 128;

/// Whether the report has a row of the list for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IsNamed {
    Yes,
    No,
}

/// What a run was started as.
pub(super) struct RunStart {
    pub(super) command: Command,
    /// The list with its SHA-256.
    pub(super) list: Option<(String, String)>,
    pub(super) provider: String,
}

impl RunStart {
    pub(super) fn of(job: &Job, absent: Absent) -> Result<Self, RunError> {
        Ok(Self {
            command: match absent {
                Absent::Left | Absent::Retired => Command::Generate,
                Absent::Stay => Command::Add,
            },
            list: Some((job.list.source.name(), job.list.source.sha256()?)),
            provider: job.resolver.id().to_owned(),
        })
    }
}

/// Whom [`LedgerWriter::each_kept`] gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// Everybody for whom the run makes no bundle.
    WithoutNew,
    /// Everybody.
    All,
}

/// Stores people and what happened to them.
pub(super) struct LedgerWriter {
    ledger: Ledger,
    run: RunId,
    comparison: Comparison,
    signers: Option<(SignerId, SignerId)>,
    /// Whether the ledger knew nobody: then nobody has to be looked up.
    is_first: bool,
    /// People whose bundles are staged.
    staged: Group,
    /// People whose bundles are in their places.
    placed: Group,
    labels: Vec<(PersonKey, Labels)>,
    /// People whose removal package goes away, and who may be other people.
    handovers: Handovers,
}

/// People who are stored together.
#[derive(Default)]
struct Group {
    people: Vec<PersonRecord>,
    events: Vec<Event>,
    /// Where bundles were before their people got another address.
    old_paths: Vec<String>,
}

impl LedgerWriter {
    /// Begins the run in the ledger.
    pub(super) fn begin(
        ledger: Ledger,
        start: &RunStart,
        plan: &RunPlan,
        known: &Known,
    ) -> Result<Self, RunError> {
        let id = |identity: &SigningIdentity| ledger.signer_id(&signer(identity));
        let signers = match &plan.signing.identities {
            Some(identities) => Some((id(&identities.profiles)?, id(&identities.scripts)?)),
            None => None,
        };
        let run = ledger.begin(&NewRun {
            command: start.command,
            started_at: rfc3339(plan.signing.time),
            list: start.list.clone(),
            provider: Some(start.provider.clone()),
            signers,
        })?;
        let formats = &plan.setup.formats;
        let shared = run_entry(&plan.setup, &plan.signing).setup;
        Ok(Self {
            comparison: Comparison::new(
                shared,
                formats,
                RunSigners::of(Some(&ledger), &plan.signing)?,
                ledger.renames()?,
            ),
            is_first: known.is_empty(),
            ledger,
            run,
            signers,
            staged: Group::default(),
            placed: Group::default(),
            labels: Vec::new(),
            handovers: Handovers::default(),
        })
    }

    /// Takes bundles that others have signed, and all of them for [`Scope::All`], for ones that have to be made.
    pub(super) fn outdate(&self, known: &mut Known, scope: Scope) {
        known.make_again(|signers| scope == Scope::All || signers != self.signers);
    }

    /// Adds a person whose bundle is staged, or stays as it is.
    pub(super) fn add(
        &mut self,
        line: &BundleLine,
        file: Option<MadeRecord>,
        new_labels: Option<Labels>,
    ) -> Result<(), LedgerError> {
        if file.is_none() && new_labels.is_none() {
            return Ok(());
        }
        let Some(key) = AccountKey::from_hex(&line.person).map(|key| PersonKey::from(&key)) else {
            return Ok(());
        };
        if let Some(labels) = new_labels {
            self.labels.push((key, labels));
        }
        let Some(MadeRecord { manifest, fingerprint, labels, sha256 }) = file else {
            return Ok(());
        };
        let old = if self.is_first { None } else { self.ledger.person(key)? };
        let change = self.comparison.change(old.as_ref(), &manifest);
        self.staged.events.push(change.event(key));
        if let Some(old) = old {
            if old.removal.is_some()
                && let Some(handover) = self.comparison.handover(&old, &manifest)
            {
                self.handovers.add(handover);
            }
            self.staged.old_paths.extend(old.removal.map(|package| package.path));
            let bundle = old.record.bundle;
            let is_elsewhere = !bundle.is_empty() && bundle != line.bundle;
            self.staged.old_paths.extend(Some(bundle).filter(|_| is_elsewhere));
        }
        let settings = settings_of(&manifest);
        self.staged.people.push(PersonRecord {
            key,
            fingerprint: Some(fingerprint),
            size: line.size,
            bundle: line.bundle.clone(),
            sha256,
            name: settings.name,
            addresses: line.addresses.clone(),
            labels,
            identifiers: settings.identifiers,
            settings: settings.settings,
            setup: Some(self.comparison.shared_json.clone()),
            signers: self.signers,
        });
        Ok(())
    }

    /// The same as [`Self::store`], unless there are so few people yet that storing can wait: nothing in the
    /// ledger is about to be replaced in a first run.
    pub(super) fn store_group(&mut self) -> Result<(), LedgerError> {
        if self.is_first && self.placed.people.len() < FIRST_GROUP {
            self.ledger.stage(&self.staged_bundles())
        } else {
            self.store()
        }
    }

    /// Stores the people whose bundles are in their places, and that those of the staged people are about to
    /// be placed, in one transaction: a run that is killed meanwhile leaves no claim about them, and the next one
    /// recognizes the bundles.
    pub(super) fn store(&mut self) -> Result<(), LedgerError> {
        let Group { people, events, .. } = std::mem::take(&mut self.placed);
        let mut next = Upcoming::default();
        if !self.is_first {
            next.replaced.extend(self.staged.people.iter().map(|person| person.bundle.clone()));
            next.replaced.extend(self.staged.old_paths.iter().cloned());
        }
        next.staged = self.staged_bundles();
        if !people.is_empty() || !next.staged.is_empty() {
            self.ledger.store(self.run, &people, &events, &next)?;
        }
        if !self.labels.is_empty() {
            self.ledger.set_labels(&self.labels)?;
            self.labels.clear();
        }
        Ok(())
    }

    fn staged_bundles(&self) -> Vec<StagedBundle> {
        let bundle = |person: &PersonRecord| StagedBundle {
            path: person.bundle.clone(),
            person: person.key,
            size: person.size,
            sha256: person.sha256,
        };
        self.staged.people.iter().map(bundle).collect()
    }

    /// Notes that the staged bundles are in their places. Gives the paths at which their people's bundles
    /// were before.
    pub(super) fn placed(&mut self) -> Vec<String> {
        let mut group = std::mem::take(&mut self.staged);
        let old_paths = std::mem::take(&mut group.old_paths);
        self.placed.people.append(&mut group.people);
        self.placed.events.append(&mut group.events);
        old_paths
    }

    /// Retires everybody whom the list does not name and whose address nobody else has: a removal package
    /// would name another person's account. `current` has the bundles of the list's people.
    pub(super) fn retire(
        &mut self,
        known: &Known,
        current: &HashSet<PathHash>,
        retirer: &mut Retirer<'_>,
    ) -> Result<(), RunError> {
        let leavers = known.not_retired().filter(|person| !person.shares_address);
        let absent: Vec<PersonKey> = leavers.map(|person| person.key).collect();
        for group in absent.chunks(RETIRE_GROUP) {
            let mut people = Vec::with_capacity(group.len());
            for key in group {
                let is_free =
                    |it: &StoredPerson| !current.contains(&PathHash::of(&it.record.bundle));
                people.extend(self.ledger.person(*key)?.filter(is_free));
            }
            let group = retirer.stage(&people)?;
            self.ledger.retire(self.run, &group.people, &group.events)?;
            retirer.clear(&group)?;
        }
        Ok(())
    }

    /// Decides about everybody for whom the run makes no bundle: unless [`Absent::Stay`], current people whom
    /// the list does not name leave. Calls `each` with those who have files. `current` has the bundles of the
    /// list's people. Returns what was gone.
    pub(super) fn absent(
        &mut self,
        known: &Known,
        (absent, kept): (Absent, Kept),
        (folder, retirer): (&OutputFolder, &mut Retirer<'_>),
        current: &mut HashSet<PathHash>,
        mut each: impl FnMut(&StoredPerson, IsNamed) -> Result<(), RunError>,
    ) -> Result<Gone, RunError> {
        let (mut people, mut events, mut gone) = (Vec::new(), Vec::new(), Gone::default());
        let mut changed = Vec::new();
        let is_kept = |person: &&KnownPerson| kept == Kept::All || person.listing != Listing::Sound;
        for person in known.iter().filter(is_kept) {
            let Some(mut stored) = self.ledger.person(person.key)? else { continue };
            let record = &stored.record;
            let has_bundle = !record.bundle.is_empty();
            // another person may have the address now, and with it the bundle's place
            let is_there = has_bundle
                && !current.contains(&PathHash::of(&record.bundle))
                && folder.had_size(&record.bundle, record.size)?;
            let lost = (has_bundle && !is_there).then(String::new);
            match stored.state {
                State::Current if person.listing == Listing::Absent && absent != Absent::Stay => {
                    events.push(Change::left(person).event(person.key));
                    people.push((person.key, State::Left, lost));
                    stored.state = State::Left;
                }
                State::Current => gone.current += u64::from(!is_there),
                state @ (State::Left | State::Retired) => {
                    gone.retired += u64::from(state == State::Retired && lost.is_some());
                    people.extend(lost.map(|lost| (person.key, state, Some(lost))));
                }
            }
            if !is_there {
                // a changed file in its place is still this person's
                changed.extend(has_bundle.then(|| PathHash::of(&stored.record.bundle)));
                changed.extend(retired_path(&stored).map(|path| PathHash::of(&path)));
                stored.record.bundle.clear();
            }
            match retirer.restore(&mut stored, &mut self.ledger)? {
                Restored::Intact => {}
                Restored::MadeAgain => gone.packages_made += 1,
                Restored::Lost => gone.retired += u64::from(is_there),
            }
            if is_there {
                current.insert(PathHash::of(&stored.record.bundle));
            }
            if let Some(package) = &stored.removal {
                current.insert(PathHash::of(&package.path));
            }
            if is_there || stored.removal.is_some() {
                let is_named =
                    if person.listing == Listing::Refused { IsNamed::Yes } else { IsNamed::No };
                each(&stored, is_named)?;
            }
        }
        current.extend(changed);
        self.ledger.set_states(self.run, &people, &events)?;
        Ok(gone)
    }

    /// People whose removal package goes away, and who may be other people.
    pub(super) fn handovers(&mut self) -> Handovers {
        std::mem::take(&mut self.handovers)
    }

    /// Who has another key than their address gives.
    pub(super) fn renames(&self) -> &Renames {
        self.comparison.renames()
    }

    /// Bundles that runs that were stopped may have placed for people who are not known.
    pub(super) fn unclaimed(&self) -> Result<Vec<StagedBundle>, LedgerError> {
        self.ledger.staged()
    }

    /// Forgets bundles of [`LedgerWriter::unclaimed`], which are dealt with.
    pub(super) fn forget(&mut self, unclaimed: &[StagedBundle]) -> Result<(), LedgerError> {
        if unclaimed.is_empty() {
            return Ok(());
        }
        let paths: Vec<&str> = unclaimed.iter().map(|bundle| bundle.path.as_str()).collect();
        self.ledger.forget_staged(&paths)
    }

    /// Writes `changes.csv` into `folder`.
    pub(super) fn report_changes(
        &self,
        folder: &OutputFolder,
        delimiter: Delimiter,
    ) -> Result<ChangeSummary, RunError> {
        report_changes(&self.ledger, folder, delimiter)
    }

    /// Stores who should have new files now and has none. `without_bundle` is the number of rows that got no
    /// bundle: as long as that is 0 nobody begins to wait. Nor does anybody where `kept` is everybody: such a run
    /// has tried to make no bundle.
    pub(super) fn note_waiting(
        &mut self,
        known: &Known,
        kept: Kept,
        without_bundle: u64,
    ) -> Result<(), LedgerError> {
        if kept == Kept::All {
            return self.ledger.end_waiting_of_leavers();
        }
        if self.is_first || without_bundle == 0 && self.ledger.waiting()?.is_empty() {
            return Ok(());
        }
        self.ledger.store_waiting(self.run, known)
    }

    /// Ends the run: all that it set out to do is done.
    pub(super) fn end(self, at: OffsetDateTime) -> Result<(), LedgerError> {
        self.ledger.end(self.run, &rfc3339(at))
    }
}

/// Where the bundle of a retired person is, or was.
fn retired_path(stored: &StoredPerson) -> Option<String> {
    let address = stored.record.addresses.first().filter(|_| stored.state == State::Retired)?;
    let address = EmailAddress::try_from(address.as_str()).ok()?;
    Some(retired_bundle(&Slug::from(&address), &stored.record.key.to_string()))
}
