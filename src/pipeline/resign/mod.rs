//! `resign`: the same files under new signatures, without the list. People who have left keep theirs.

mod bundle;
mod extent;
mod stamped;

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::thread;

use sha2::{Digest as _, Sha256};

use super::changes::{Change, ChangeSummary};
use super::changes_file::report_changes;
use super::lines::{kept_line, package_line};
use super::signers::{RunSigners, signer};
use super::tidy::Owners;
use super::{Memory, RunError, Stop};
use crate::bundle::TOOL;
use crate::clock::rfc3339;
use crate::domain::account::AccountKey;
use crate::domain::identifier::ReverseDns;
use crate::ledger::{
    Command, Known, Ledger, Listing, NewRun, PersonKey, Placed, RunId, SignerId, State,
    StoredPerson,
};
use crate::output::Trust;
use crate::output::delimiter::delimiter_in;
use crate::output::folder::{OutputFolder, Staged};
use crate::output::layout::{in_retired, is_bundle_path};
use crate::output::manifest::{self, ManifestFile, RunLine, bundles_in, run_in};
use crate::output::presence::PathHash;
use crate::sign::{Identities, Signing, SigningIdentity};

pub(crate) use bundle::Skip;
pub(crate) use extent::Extent;
pub(crate) use stamped::find_unstamped;

use bundle::{ResignError, Resigner};
use stamped::needs_stamp;

/// Bundles that are flushed together before they are renamed.
const GROUP: usize = 512;

/// How bundles are signed again.
#[derive(Debug)]
pub(crate) struct ResignPlan {
    /// The output folder.
    pub(crate) out: PathBuf,
    pub(crate) trust: Trust,
    /// The namespace of its identifiers.
    pub(crate) identifier: ReverseDns,
    pub(crate) signing: Signing,
    /// Who signs: those of `signing`.
    pub(crate) identities: Identities,
    /// The number of threads.
    pub(crate) workers: usize,
}

/// Result of signing again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Resigned {
    /// Bundles under new signatures.
    pub(crate) signed: u64,
    /// Bundles that are as they were, because they are not the bundles that were made.
    pub(crate) skipped: u64,
    /// What happened to people since the last run that was finished, by kind.
    pub(crate) changes: ChangeSummary,
    /// The new name of a ledger that was damaged.
    pub(crate) ledger_aside: Option<String>,
}

/// A bundle that was not signed again.
#[derive(Debug)]
pub(crate) struct SkippedBundle {
    /// Its path in the folder.
    pub(crate) bundle: String,
    pub(crate) address: String,
    pub(crate) why: Skip,
}

/// Signs the bundles of all current people again that are not by this signer yet, or lack a time stamp that the run gives.
pub(crate) fn resign(
    plan: &ResignPlan,
    memory: Memory,
    mut known: Known,
    on_skip: &mut dyn FnMut(SkippedBundle),
    stop: &Stop,
) -> Result<Resigned, RunError> {
    let mut folder = OutputFolder::open(&plan.out, plan.trust).map_err(RunError::Folder)?;
    let (ledger, aside) =
        memory.into_ledger(&mut folder, &plan.identifier, &mut known).map_err(RunError::Memory)?;
    // a run that was killed may have signed some
    let known = ledger.known()?;
    let mut work = Work::begin(plan, &folder, ledger)?;
    let signers = Some(work.signers);
    let mut todo: Vec<PersonKey> = Vec::new();
    for person in known.iter().filter(|it| it.state == State::Current) {
        if known.signers_of(person) != signers
            || needs_stamp(&plan.out, &work.ledger, person, &plan.signing)?
        {
            todo.push(person.key);
        }
    }
    if let Some(stamper) = &plan.signing.stamper {
        stamper.expect(todo.len() as u64);
    }
    let mut done = Resigned { ledger_aside: aside, ..Resigned::default() };
    for group in todo.chunks(GROUP) {
        if stop.is_asked() {
            return Err(RunError::Stopped);
        }
        for skipped in work.group(group, &mut done)? {
            done.skipped += 1;
            on_skip(skipped);
        }
    }
    work.finish(known, &mut done)?;
    Ok(done)
}

/// A run that signs again.
struct Work<'a> {
    plan: &'a ResignPlan,
    folder: &'a OutputFolder,
    ledger: Ledger,
    run: RunId,
    signers: (SignerId, SignerId),
    run_signers: RunSigners,
    resigners: Vec<Resigner>,
}

/// What became of one bundle.
type Made = Result<Result<(Staged, Placed), SkippedBundle>, RunError>;

impl<'a> Work<'a> {
    fn begin(
        plan: &'a ResignPlan,
        folder: &'a OutputFolder,
        ledger: Ledger,
    ) -> Result<Self, RunError> {
        let id = |identity: &SigningIdentity| ledger.signer_id(&signer(identity));
        let signers = (id(&plan.identities.profiles)?, id(&plan.identities.scripts)?);
        let run = ledger.begin(&NewRun {
            command: Command::Resign,
            started_at: rfc3339(plan.signing.time),
            list: None,
            provider: None,
            signers: Some(signers),
        })?;
        let resigners = (0..plan.workers.max(1)).map(|_| Resigner::new(&plan.signing));
        Ok(Self {
            plan,
            folder,
            run_signers: RunSigners::of(Some(&ledger), &plan.signing)?,
            ledger,
            run,
            signers,
            resigners: resigners.collect::<Result<_, _>>()?,
        })
    }

    /// Signs the bundles of `keys` again: announced once they are on the disk, renamed, then confirmed.
    fn group(
        &mut self,
        keys: &[PersonKey],
        done: &mut Resigned,
    ) -> Result<Vec<SkippedBundle>, RunError> {
        let mut people = Vec::with_capacity(keys.len());
        for key in keys {
            people.extend(self.ledger.person(*key)?);
        }
        let (mut staged, mut placed, mut skipped) = (Vec::new(), Vec::new(), Vec::new());
        let mut events = Vec::new();
        for (made, person) in self.make(&people).into_iter().zip(&people) {
            match made? {
                Ok((part, bundle)) => {
                    staged.push(part);
                    placed.push(bundle);
                    let change = Change::signature(person, &self.run_signers);
                    events.push(change.event(person.record.key));
                }
                Err(skip) => skipped.push(skip),
            }
        }
        self.ledger.announce(self.run, &placed)?;
        self.folder.commit(staged)?;
        let keys: Vec<PersonKey> = placed.iter().map(|bundle| bundle.person).collect();
        self.ledger.confirm(self.run, &keys, &events)?;
        done.signed += keys.len() as u64;
        Ok(skipped)
    }

    /// Makes and stages the bundles of `people`, in their order.
    fn make(&mut self, people: &[StoredPerson]) -> Vec<Made> {
        let share = people.len().div_ceil(self.resigners.len()).max(1);
        let (plan, folder, signers) = (self.plan, self.folder, self.signers);
        let mut made = Vec::with_capacity(people.len());
        let resigners = self.resigners.iter_mut().map(Mutex::new);
        let parts: Vec<_> = resigners.zip(people.chunks(share)).collect();
        let work = |(resigner, people): &(Mutex<&mut Resigner>, &[StoredPerson])| {
            let mut resigner = resigner.lock().unwrap_or_else(PoisonError::into_inner);
            one_by_one(&mut resigner, people, plan, folder, signers)
        };
        let work = &work;
        thread::scope(|scope| {
            let mut parts = parts.iter();
            // this thread has a share too
            let own = parts.next();
            let others: Vec<_> = parts
                .map(|part| {
                    (part, thread::Builder::new().spawn_scoped(scope, move || work(part)).ok())
                })
                .collect();
            made.extend(own.into_iter().flat_map(work));
            for (part, thread) in others {
                match thread.map(thread::ScopedJoinHandle::join) {
                    Some(Ok(part)) => made.extend(part),
                    Some(Err(_)) => made.push(Err(RunError::Panicked)),
                    // the system has no thread to spare
                    None => made.extend(work(part)),
                }
            }
        });
        made
    }

    /// Writes the manifest with its signature and `changes.csv`, and ends the run.
    fn finish(self, mut known: Known, done: &mut Resigned) -> Result<(), RunError> {
        let Self { plan, folder, mut ledger, run, .. } = self;
        let before = run_in(&plan.out);
        let head = RunLine {
            format: manifest::FORMAT,
            tool: TOOL.to_owned(),
            made_at: rfc3339(plan.signing.time),
            list: before.as_ref().map(|run| run.list.clone()).unwrap_or_default(),
            provider: before.map(|run| run.provider).unwrap_or_default(),
        };
        let mut manifest = ManifestFile::start(folder, head, &ledger.renames()?)?;
        let mut owners = Owners::default();
        let mut add = |key: PersonKey, line: Option<u64>| -> Result<(), RunError> {
            let Some(person) = ledger.person(key)? else { return Ok(()) };
            let own = manifest::BundleLine { line, ..kept_line(&person) };
            let package = person.removal.as_ref().map(|package| package_line(&own, package));
            for line in [Some(own), package].into_iter().flatten() {
                let is_ours = is_bundle_path(&line.bundle) || in_retired(&line.bundle).is_some();
                if is_ours && folder.has_size(&line.bundle, line.size)? {
                    owners.note(&line.bundle);
                    manifest.add(line)?;
                } else {
                    // someone has changed it: it stays
                    owners.current.insert(PathHash::of(&line.bundle));
                }
            }
            Ok(())
        };
        // the order of the list, as far as the manifest has it
        for line in bundles_in(&plan.out) {
            let key = AccountKey::from_hex(&line.person).map(|key| PersonKey::from(&key));
            let Some(person) = key.and_then(|key| known.get_mut(key)) else { continue };
            if std::mem::replace(&mut person.listing, Listing::Sound) == Listing::Absent {
                add(person.key, line.line)?;
            }
        }
        for person in known.iter().filter(|person| person.listing == Listing::Absent) {
            add(person.key, None)?;
        }
        let signature = plan.signing.detached(&manifest.digest())?;
        manifest.finish(folder, signature.as_deref())?;
        done.changes = report_changes(&ledger, folder, delimiter_in(&plan.out))?;
        let unclaimed = ledger.staged()?;
        if !folder.had_only(|path| owners.current.contains(&path)) {
            owners.tidy(folder, &unclaimed)?;
        }
        folder.flush(&[])?;
        let paths: Vec<&str> = unclaimed.iter().map(|bundle| bundle.path.as_str()).collect();
        ledger.forget_staged(&paths)?;
        Ok(ledger.end(run, &rfc3339(plan.signing.time))?)
    }
}

fn one_by_one(
    resigner: &mut Resigner,
    people: &[StoredPerson],
    plan: &ResignPlan,
    folder: &OutputFolder,
    signers: (SignerId, SignerId),
) -> Vec<Made> {
    people.iter().map(|person| one(resigner, person, plan, folder, signers)).collect()
}

fn one(
    resigner: &mut Resigner,
    person: &StoredPerson,
    plan: &ResignPlan,
    folder: &OutputFolder,
    signers: (SignerId, SignerId),
) -> Made {
    let record = &person.record;
    let bytes = match resigner.bundle(&plan.out, person) {
        Ok(bytes) => bytes,
        Err(ResignError::Sign(error)) => return Err(error.into()),
        Err(ResignError::Skip(why)) => {
            let address = record.addresses.first().cloned().unwrap_or_default();
            return Ok(Err(SkippedBundle { bundle: record.bundle.clone(), address, why }));
        }
    };
    let staged = folder.stage(&record.bundle, &bytes)?;
    let placed = Placed {
        person: record.key,
        size: bytes.len() as u64,
        sha256: Sha256::digest(&bytes).into(),
        signers,
    };
    Ok(Ok((staged, placed)))
}
