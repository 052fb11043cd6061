//! People who left: their bundles go to `retired`, each with a package that takes the accounts off devices.
//!
//! A bundle is copied, and the original removed only once the ledger has the copy: a run that is killed in
//! between leaves a file too many, which the next one removes, and never one too few.

use super::changes::{Change, PersonSettings};
use super::collector::{Collector, ListFacts};
use super::ledger_writer::{Kept, LedgerWriter, RunStart};
use super::maker::{manifest, run_entry};
use super::run_counts::RunCounts;
use super::{Checked, Memory, RunError, RunPlan};
use crate::bundle::manifest::RunEntry;
use crate::bundle::{Entry, Packer};
use crate::domain::account::PersonAccounts;
use crate::domain::delimiter::Delimiter;
use crate::domain::email::EmailAddress;
use crate::domain::slug::Slug;
use crate::ledger::{
    Command, Event, Known, Ledger, LedgerError, Package, Retirement, StoredPerson,
};
use crate::output::folder::{OutputFolder, Staged};
use crate::output::layout::{removal_package, retired_bundle};
use crate::recorded::person;
use crate::render::Setup;
use crate::render::removal::REMOVAL;
use crate::sign::{Sealer, SignError};
use sha2::{Digest as _, Sha256};

/// What `retire` is called with.
#[derive(Debug)]
pub(crate) struct RetireJob {
    /// The list with its SHA-256, where there is one.
    pub(crate) list: Option<(String, String)>,
    pub(crate) provider: String,
    pub(crate) delimiter: Delimiter,
}

/// Finds out whom of the people who are not in the list `checked` a run cannot retire: people who share an
/// address with another person who stays. A removal package would take that person's account away.
pub(crate) fn find_shared(
    known: &mut Known,
    checked: Option<&Checked>,
    ledger: Option<&Ledger>,
) -> Result<(), LedgerError> {
    let Some(ledger) = ledger.filter(|_| known.not_retired().next().is_some()) else {
        return Ok(());
    };
    let Some(checked) = checked else { return ledger.find_shared(known, None) };
    let is_listed = |text: &str| EmailAddress::try_from(text).is_ok_and(|it| checked.seen.has(&it));
    ledger.find_shared(known, Some(&is_listed))
}

/// What retiring `stored` would mean.
pub(super) fn planned(stored: &StoredPerson) -> Change {
    let address =
        stored.record.addresses.first().and_then(|it| EmailAddress::try_from(&it[..]).ok());
    let package = address
        .filter(|_| accounts(stored).is_some())
        .map(|address| removal_package(&Slug::from(&address), &stored.record.key.to_string()));
    Change::retired(stored, package.as_deref())
}

/// Retires everybody in `known` who is not listed, and makes no bundle.
pub(crate) fn retire(
    job: RetireJob,
    plan: &RunPlan,
    mut known: Known,
    memory: Memory,
) -> Result<RunCounts, RunError> {
    let mut folder = OutputFolder::open(&plan.out, plan.trust).map_err(RunError::Folder)?;
    let (ledger, aside) = memory
        .into_ledger(&mut folder, &plan.setup.identifier, &mut known)
        .map_err(RunError::Memory)?;
    if let Some(stamper) = &plan.signing.stamper {
        stamper.expect(known.not_retired().count() as u64);
    }
    let RetireJob { list, provider, delimiter } = job;
    let start = RunStart { command: Command::Retire, list, provider };
    let writer = LedgerWriter::begin(ledger, &start, plan, &known)?;
    let list = ListFacts { rows: 0, delimiter, kept: Kept::All };
    let mut collector = Collector::start(&start, plan, &folder, list, &known, writer)?;
    collector.counts.ledger_aside = aside;
    collector.finish(plan)
}

/// Makes removal packages, and moves bundles.
pub(super) struct Retirer<'a> {
    folder: &'a OutputFolder,
    plan: &'a RunPlan,
    setup: Setup,
    run: RunEntry,
    sealer: Sealer,
    packer: Packer,
}

/// What became of a removal package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Restored {
    /// It is there, or never was.
    Intact,
    MadeAgain,
    /// It is gone, and the ledger does not have the accounts.
    Lost,
}

/// A group whose files are in `retired`.
#[derive(Default)]
pub(super) struct Retired {
    pub(super) people: Vec<Retirement>,
    pub(super) events: Vec<Event>,
    /// Where their bundles were.
    old_paths: Vec<String>,
}

impl<'a> Retirer<'a> {
    pub(super) fn new(folder: &'a OutputFolder, plan: &'a RunPlan) -> Result<Self, SignError> {
        let setup = Setup { formats: REMOVAL.to_vec(), ..plan.setup.clone() };
        Ok(Self {
            folder,
            plan,
            run: run_entry(&setup, &plan.signing),
            setup,
            sealer: Sealer::new(&plan.signing)?,
            packer: Packer::new(),
        })
    }

    /// Puts the packages of `people` and copies of their bundles into their places.
    pub(super) fn stage(&mut self, people: &[StoredPerson]) -> Result<Retired, RunError> {
        let mut retired = Retired::default();
        let mut staged = Vec::with_capacity(people.len() * 2);
        for stored in people {
            let record = &stored.record;
            let first = record.addresses.first().map(String::as_str).unwrap_or_default();
            let Ok(address) = EmailAddress::try_from(first) else { continue };
            let (slug, key) = (Slug::from(&address), record.key.to_string());
            let package = match self.package(stored)? {
                None => None,
                Some(bytes) => Some(self.put(removal_package(&slug, &key), &bytes, &mut staged)?),
            };
            let bytes = self.folder.intact(&record.bundle, record.size, &record.sha256)?;
            let bundle = match bytes {
                None => String::new(),
                Some(bytes) => self.put(retired_bundle(&slug, &key), &bytes, &mut staged)?.path,
            };
            if !bundle.is_empty() {
                retired.old_paths.push(record.bundle.clone());
            }
            let change = Change::retired(stored, package.as_ref().map(|it| it.path.as_str()));
            retired.events.push(change.event(record.key));
            retired.people.push(Retirement { key: record.key, bundle, package });
        }
        self.folder.commit(staged)?;
        Ok(retired)
    }

    /// Makes the removal package of `stored` again if it is missing: the person may not have run it yet.
    pub(super) fn restore(
        &mut self,
        stored: &mut StoredPerson,
        ledger: &mut Ledger,
    ) -> Result<Restored, RunError> {
        let Some(Package { path, size, .. }) = stored.removal.clone() else {
            return Ok(Restored::Intact);
        };
        if self.folder.had_size(&path, size)? {
            return Ok(Restored::Intact);
        }
        let Some(bytes) = self.package(stored)? else {
            stored.removal = None;
            ledger.forget_package(stored.record.key)?;
            return Ok(Restored::Lost);
        };
        let mut staged = Vec::with_capacity(1);
        let package = self.put(path, &bytes, &mut staged)?;
        self.folder.commit(staged)?;
        ledger.set_packages(&[(stored.record.key, package.clone())])?;
        stored.removal = Some(package);
        Ok(Restored::MadeAgain)
    }

    /// Removes the bundles that the ledger knows to be in `retired`.
    pub(super) fn clear(&self, retired: &Retired) -> Result<(), RunError> {
        for path in &retired.old_paths {
            self.folder.remove(path)?;
        }
        Ok(())
    }

    fn put(
        &self,
        path: String,
        bytes: &[u8],
        staged: &mut Vec<Staged>,
    ) -> Result<Package, RunError> {
        self.folder.make_parent(&path)?;
        staged.push(self.folder.stage(&path, bytes)?);
        Ok(Package { path, size: bytes.len() as u64, sha256: Sha256::digest(bytes).into() })
    }

    /// The removal package of `stored`; `None` where the ledger does not have the accounts.
    fn package(&mut self, stored: &StoredPerson) -> Result<Option<Vec<u8>>, RunError> {
        let Some(accounts) = accounts(stored) else { return Ok(None) };
        let mut entries = Vec::with_capacity(REMOVAL.len());
        for draft in self.setup.drafts(&accounts) {
            let Ok((renderer, draft)) = draft else { return Ok(None) };
            let artifact = self.sealer.seal(draft)?;
            entries.push(Entry { format: renderer.format().id, artifact });
        }
        let files: Result<Vec<_>, _> =
            entries.iter().map(|entry| self.packer.describe(entry)).collect();
        let Ok(files) = files else { return Ok(None) };
        let manifest = manifest(&self.run, &accounts, files);
        Ok(self.packer.pack(&entries, &manifest, self.plan.signing.time).ok())
    }
}

/// Whether a removal package can be made of what the ledger has of `stored`.
pub(crate) fn has_accounts(stored: &StoredPerson) -> bool {
    accounts(stored).is_some()
}

/// The accounts of `stored`, as the ledger has them.
fn accounts(stored: &StoredPerson) -> Option<PersonAccounts> {
    let settings: PersonSettings = serde_json::from_str(&stored.record.settings).ok()?;
    let PersonSettings { platforms, language, accounts } = settings;
    person(&stored.record.key.to_string(), &platforms, &language, &accounts).ok()
}
