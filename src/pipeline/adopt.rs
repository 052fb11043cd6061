//! A ledger for a folder that has none, or a damaged one: made from the manifest and the bundles.

use std::path::Path;

use super::changes::{Settings, settings_of};
use crate::bounded;
use crate::bundle::manifest::{BundleManifest, SignerEntry, sha256};
use crate::bundle::read::unpack;
use crate::clock::rfc3339;
use crate::domain::account::AccountKey;
use crate::domain::email::EmailAddress;
use crate::domain::text::unhex;
use crate::ledger::{
    Command, Event, EventKind, Ledger, LedgerError, NewRun, Package, PersonKey, PersonRecord,
    Retirement, RunId, SignerRecord, State, Upcoming,
};
use crate::output::layout::{LEDGER, RetiredFile, below, in_retired, is_bundle_path};
use crate::output::manifest::{BundleLine, bundles_in};

/// How many people are stored in one transaction.
const GROUP: usize = 512;

/// Stores everybody whom the manifest in `root` names. What their files were made from is read from the
/// bundles; a bundle that is missing or different is made again by the next run.
pub(super) fn adopt(
    ledger: &mut Ledger,
    root: &Path,
    command: Command,
) -> Result<u64, LedgerError> {
    let mut run = None;
    let (mut people, mut events, mut count) = (Vec::new(), Vec::new(), 0);
    let mut later = Later::default();
    for line in bundles_in(root) {
        later.note(&line);
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
            ledger.store(run, &people, &events, &Upcoming::default())?;
            people.clear();
            events.clear();
        }
    }
    if let Some(run) = run {
        ledger.store(run, &people, &events, &Upcoming::default())?;
        later.store(ledger, run)?;
        let ended = ledger.last_start()?.unwrap_or_default();
        ledger.end(run, &ended)?;
    }
    Ok(count)
}

/// People of a manifest who have left, are retired or have another address, to be stored after the others.
#[derive(Debug, Default)]
struct Later {
    left: Vec<(PersonKey, State, Option<String>)>,
    retired: Vec<Retirement>,
    packages: Vec<(PersonKey, Package)>,
    /// People without id: key, former address, address.
    renamed: Vec<(AccountKey, EmailAddress, EmailAddress)>,
}

impl Later {
    fn note(&mut self, line: &BundleLine) {
        let Some(key) = AccountKey::from_hex(&line.person) else { return };
        self.note_former_address(&key, line);
        let key = PersonKey::from(&key);
        match in_retired(&line.bundle) {
            Some((_, RetiredFile::Bundle)) => {
                let bundle = line.bundle.clone();
                self.retired.push(Retirement { key, bundle, package: None });
            }
            Some((_, RetiredFile::Package)) => {
                self.packages.extend(unhex(&line.sha256).map(|sha256| {
                    (key, Package { path: line.bundle.clone(), size: line.size, sha256 })
                }));
            }
            None if line.state.as_deref() == Some(State::Left.id()) => {
                self.left.push((key, State::Left, None));
            }
            None => {}
        }
    }

    /// Notes a former address from which the key was made indeed.
    fn note_former_address(&mut self, key: &AccountKey, line: &BundleLine) {
        let address = |text: &String| EmailAddress::try_from(text.as_str()).ok();
        let former = line.renamed_from.as_ref().and_then(address);
        let former = former.filter(|former| AccountKey::of_address(former) == *key);
        if let Some((former, new)) = former.zip(line.addresses.first().and_then(address)) {
            self.renamed.push((key.clone(), former, new));
        }
    }

    fn store(&self, ledger: &mut Ledger, run: RunId) -> Result<(), LedgerError> {
        for (key, former, address) in &self.renamed {
            ledger.move_key(key, former, address)?;
        }
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
    let (Some(sha256), Some(key)) = (unhex(&line.sha256), AccountKey::from_hex(&line.person))
    else {
        return Ok(None);
    };
    let is_person_s = match in_retired(&line.bundle) {
        Some((_, file)) => file == RetiredFile::Bundle,
        None => is_bundle_path(&line.bundle),
    };
    if !is_person_s {
        return Ok(None);
    }
    let manifest = manifest_of(root, line);
    if let Some(manifest) = &manifest {
        refuse_another_client(ledger, root, line, manifest)?;
    }
    let signer = |signer: &SignerEntry| {
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
        labels: line.labels(),
        identifiers,
        settings,
        setup: None,
        signers,
    };
    let made_at = manifest
        .map_or_else(|| rfc3339(time::OffsetDateTime::UNIX_EPOCH), |manifest| manifest.made_at);
    Ok(Some((record, made_at)))
}

/// Refuses a folder in which a current person's files have another namespace than `ledger`: devices would get a
/// second account. Files of people who left do not count: nothing is made for them.
fn refuse_another_client(
    ledger: &Ledger,
    root: &Path,
    line: &BundleLine,
    manifest: &BundleManifest,
) -> Result<(), LedgerError> {
    let wanted = ledger.identifier()?;
    let owner = &manifest.setup.identifier;
    if *owner == wanted || line.state.is_some() || in_retired(&line.bundle).is_some() {
        return Ok(());
    }
    Err(LedgerError::OtherClient { path: root.join(LEDGER), owner: owner.clone(), wanted })
}

/// The manifest inside the bundle of `line`, if that is the bundle that the line describes.
pub(super) fn manifest_of(root: &Path, line: &BundleLine) -> Option<BundleManifest> {
    let bytes = bounded::read(&below(root, &line.bundle), bounded::BUNDLE).ok()?;
    if sha256(&bytes) == line.sha256 { manifest_in(&bytes) } else { None }
}

/// The manifest inside the bundle `path` of the folder `root`.
pub(super) fn manifest_at(root: &Path, path: &str) -> Option<BundleManifest> {
    if !is_bundle_path(path) {
        return None;
    }
    manifest_in(&bounded::read(&below(root, path), bounded::BUNDLE).ok()?)
}

fn manifest_in(bundle: &[u8]) -> Option<BundleManifest> {
    unpack(bundle).ok().map(|bundle| bundle.manifest)
}
