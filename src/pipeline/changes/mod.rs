//! What is different from the last run, and what each person has to do about it.

mod action;
mod diff;
mod fingerprint;
mod handover;
mod settings;
mod summary;
#[cfg(test)]
mod tests;
mod words;

use std::sync::Arc;

use crate::bundle::manifest::{BundleManifest, SetupEntry};
use crate::domain::account::AccountKey;
use crate::domain::email::EmailAddress;
use crate::domain::identifier::ReverseDns;
use crate::domain::platform::Platform;
use crate::domain::renames::Renames;
use crate::ledger::{Event, EventKind, Holder, KnownPerson, PersonKey, State, StoredPerson};
use crate::output::layout::IDENTIFIERS;
use crate::render::files::Files;
use crate::render::{Renderer, profile_identifier};

use super::signers::{RunSigners, SignerStep};
use action::{Action, Actions, Naming};
use diff::{Difference, Side};
pub(super) use settings::PersonSettings;
use settings::SharedSettings;

pub(crate) use diff::FieldChange;
pub(crate) use fingerprint::Fingerprinter;
pub(super) use handover::is_another_s;
pub(crate) use handover::{Handover, Handovers};
pub(crate) use summary::{ChangeSummary, ChangedPerson};

/// What happened, or would happen, to a person's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) kind: EventKind,
    pub(crate) fields: Vec<FieldChange>,
    /// What the person has to do, in words.
    pub(crate) action: String,
}

impl Change {
    /// The list no longer has the person.
    pub(super) fn left(person: &KnownPerson) -> Self {
        let action = if person.first_address == Holder::Successor {
            "remove the account from the devices now: the list gives its address to another person"
        } else {
            "nothing while the mailbox exists; then remove the account from the devices"
        };
        Self { kind: EventKind::Left, fields: Vec::new(), action: action.to_owned() }
    }

    /// The files of `old` under the signatures of `signers`.
    pub(super) fn signature(old: &StoredPerson, signers: &RunSigners) -> Self {
        let mut actions = Actions::default();
        let step = signers.since(old.signers.as_ref());
        // under the same signer, only the certificates beside the signer's are other ones
        let kind = signer_kind(step);
        actions.signer(step);
        if let Ok(person) = serde_json::from_str::<PersonSettings>(&old.record.settings) {
            actions.keep_only(&person.platforms);
        }
        let files = stored_setup(old).map_or_else(Files::all, |shared| Files::from(&shared));
        Self { kind, fields: Vec::new(), action: actions.words(&files, &files) }
    }

    /// The person `old` is retired; `package` takes the accounts off the devices.
    pub(super) fn retired(old: &StoredPerson, package: Option<&str>) -> Self {
        let has = |platform| retires(old, platform);
        let action = match package {
            Some(package) => {
                let script = if has(Platform::Windows) { " and a script" } else { "" };
                let mdm = if has(Platform::Apple) {
                    format!("; an MDM removes the profiles in {IDENTIFIERS}")
                } else {
                    String::new()
                };
                format!(
                    "remove the account from the devices: {package} has a page{script} for it{mdm}"
                )
            }
            None => {
                "remove the account from the devices by hand: its settings are not known".to_owned()
            }
        };
        Self { kind: EventKind::Retired, fields: Vec::new(), action }
    }

    /// The same for the ledger, as what happened to `person`.
    pub(super) fn event(self, person: PersonKey) -> Event {
        Event { person, kind: self.kind, details: self.details(), action: self.action }
    }

    /// All fields in one line.
    pub(crate) fn details(&self) -> String {
        self.fields.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }
}

/// What happened to files whose settings are as they were.
fn signer_kind(step: SignerStep) -> EventKind {
    match step {
        SignerStep::Same => EventKind::Recreated,
        SignerStep::Renewed => EventKind::SignerRenewed,
        SignerStep::Other => EventKind::SignerChanged,
    }
}

/// The trust label of a setup that the ledger keeps, [`crate::render::SigningMode::id`].
pub(super) fn label_of(setup: &str) -> Option<String> {
    serde_json::from_str::<SharedSettings>(setup).ok().map(|shared| shared.setup.trust)
}

/// The setup of the run that made the bundle of `old`; `None` for an adopted person.
fn stored_setup(old: &StoredPerson) -> Option<SharedSettings> {
    old.record.setup.as_deref().and_then(|json| serde_json::from_str(json).ok())
}

/// What the ledger keeps of a person's settings.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    /// The name of the first mailbox.
    pub(super) name: String,
    /// Identifiers of the profiles on devices.
    pub(super) identifiers: Vec<String>,
    /// JSON for [`Comparison`].
    pub(super) settings: String,
}

/// What the ledger keeps of what `manifest` records.
pub(super) fn settings_of(manifest: &BundleManifest) -> Settings {
    let identifier = ReverseDns::try_from(manifest.setup.identifier.as_str());
    // one profile has all mailboxes of a person
    let key = AccountKey::from_hex(&manifest.person);
    Settings {
        name: manifest.accounts.first().map(|first| first.display_name.clone()).unwrap_or_default(),
        identifiers: identifier
            .ok()
            .zip(key)
            .map(|(identifier, key)| vec![profile_identifier(&identifier, &key)])
            .unwrap_or_default(),
        settings: serde_json::to_string(&PersonSettings::from(manifest)).unwrap_or_default(),
    }
}

/// What a person who was retired must know on their return: the package may have been handed out, and an MDM
/// may have the profile on its list.
fn withdrawn(old: &StoredPerson) -> String {
    if old.removal.is_none() {
        return String::new();
    }
    let (script, profile) = (retires(old, Platform::Windows), retires(old, Platform::Apple));
    let package = if script { "do not run it" } else { "do not follow it" };
    let mdm = if profile { ", and end a removal by MDM" } else { "" };
    format!("; the removal package no longer applies: {package}{mdm}")
}

/// Whether retiring `old` is about devices of this kind.
fn retires(old: &StoredPerson, platform: Platform) -> bool {
    serde_json::from_str::<PersonSettings>(&old.record.settings)
        .is_ok_and(|settings| settings.platforms.iter().any(|id| id == platform.id()))
}

/// Names what is different between a person's files and those of this run.
#[derive(Clone, Debug)]
pub(super) struct Comparison {
    shared: SharedSettings,
    /// The same as JSON, as the ledger keeps it.
    pub(super) shared_json: Arc<str>,
    signers: RunSigners,
    renames: Renames,
}

impl Comparison {
    /// For a run with this setup, and who signs.
    pub(super) fn new(
        setup: SetupEntry,
        formats: &[&'static dyn Renderer],
        signers: RunSigners,
        renames: Renames,
    ) -> Self {
        let shared = SharedSettings::of(setup, formats);
        let shared_json = serde_json::to_string(&shared).unwrap_or_default().into();
        Self { shared, shared_json, signers, renames }
    }

    pub(super) fn renames(&self) -> &Renames {
        &self.renames
    }

    /// What is different for a person whom the ledger knows as `old`, and whose settings are now `new`.
    pub(super) fn change(&self, old: Option<&StoredPerson>, manifest: &BundleManifest) -> Change {
        let new = PersonSettings::from(manifest);
        let files = Files::from(&self.shared);
        let Some(old) = old else {
            let mut actions = Actions::default();
            if new.accounts.len() > 1 {
                actions.naming = Naming::ByAddress;
            }
            actions.on_all(&Action::Install);
            actions.keep_only(&new.platforms);
            return Change {
                kind: EventKind::New,
                fields: Vec::new(),
                action: actions.words(&files, &files),
            };
        };
        let person = serde_json::from_str::<PersonSettings>(&old.record.settings).ok();
        // an adopted person's setup is not known: nothing about it is reported
        let shared = stored_setup(old).unwrap_or_else(|| self.shared.clone());
        let Difference { mut fields, mut actions } = match &person {
            Some(person) => Difference::between(
                Side { person, shared: &shared },
                Side { person: &new, shared: &self.shared },
            ),
            None => Difference::default(),
        };
        let step = self.signers.since(old.signers.as_ref());
        actions.signer(step);
        actions.keep_only(&new.platforms);
        let kind = if old.state != State::Current {
            actions.on_all(&Action::Install);
            actions.keep_only(&new.platforms);
            EventKind::Returned
        } else if self.is_renamed(old, manifest) {
            EventKind::Renamed
        } else if !fields.is_empty() {
            EventKind::Changed
        } else {
            signer_kind(step)
        };
        // an admin who renames a person knows that it is the same one
        let handover = self.handover(old, manifest).filter(|_| kind != EventKind::Renamed);
        if let Some(Handover { old, new, .. }) = handover.as_ref().filter(|_| person.is_none()) {
            let name = "name".to_owned();
            fields.push(FieldChange { field: name, old: old.clone(), new: new.clone() });
        }
        let handover = handover.map(|it| it.action()).unwrap_or_default();
        let withdrawn = withdrawn(old);
        let actions = actions.words(&Files::from(&shared), &files);
        Change { kind, fields, action: format!("{actions}{withdrawn}{handover}") }
    }

    /// Whether the person `old`, known by the address alone, comes back or goes on under another name.
    pub(super) fn handover(
        &self,
        old: &StoredPerson,
        manifest: &BundleManifest,
    ) -> Option<Handover> {
        Handover::find(old, manifest, &self.renames)
    }

    /// Whether a rename gave the person `old` the address that `new` has.
    fn is_renamed(&self, old: &StoredPerson, new: &BundleManifest) -> bool {
        let Some(address) = new.accounts.first().map(|account| account.address.as_str()) else {
            return false;
        };
        let is_other = |old: &String| !old.eq_ignore_ascii_case(address);
        let key = EmailAddress::try_from(address).ok();
        let key = key.as_ref().and_then(|address| self.renames.get(address));
        old.record.addresses.first().is_some_and(is_other)
            && key.is_some_and(|key| key.as_str() == new.person)
    }
}
