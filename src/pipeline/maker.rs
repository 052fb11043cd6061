//! Makes a bundle: renders, seals and packs the files of one person.

use super::RunPlan;
use super::outcome::BundleFault;
use crate::bundle::manifest::{FileEntry, RunEntry, SetupEntry, SignerEntry, SignersEntry};
use crate::bundle::{BundleError, BundleManifest, Entry, Packer, TOOL};
use crate::clock::rfc3339;
use crate::domain::account::{PersonAccounts, ProviderCard};
use crate::provider::built_in_card;
use crate::render::Setup;
use crate::sign::{Sealer, SignError, Signing, SigningIdentity};

/// Makes bundles. Each thread has its own.
pub(super) struct Maker<'a> {
    plan: &'a RunPlan,
    sealer: Sealer,
    packer: Packer,
    run: RunEntry,
}

pub(super) enum MakeError {
    /// One bundle only; the next may succeed.
    Bundle(BundleFault),
    /// A signature could not be made or is wrong: the run ends.
    Sign(SignError),
}

impl<'a> Maker<'a> {
    pub(super) fn new(plan: &'a RunPlan) -> Result<Self, SignError> {
        Ok(Self {
            plan,
            sealer: Sealer::new(&plan.signing)?,
            packer: Packer::new(),
            run: run_entry(&plan.setup, &plan.signing),
        })
    }

    /// The bundle of `person`, with the manifest inside it.
    pub(super) fn make(
        &mut self,
        person: &PersonAccounts,
    ) -> Result<(Vec<u8>, BundleManifest), MakeError> {
        let mut entries = Vec::with_capacity(self.plan.setup.formats.len());
        for draft in self.plan.setup.drafts(person) {
            let (renderer, draft) = draft.map_err(|error| MakeError::Bundle(error.into()))?;
            let artifact = self.sealer.seal(draft).map_err(MakeError::Sign)?;
            entries.push(Entry { format: renderer.format().id, artifact });
        }
        self.pack(person, &entries).map_err(|error| MakeError::Bundle(error.into()))
    }

    fn pack(
        &mut self,
        person: &PersonAccounts,
        entries: &[Entry],
    ) -> Result<(Vec<u8>, BundleManifest), BundleError> {
        let files =
            entries.iter().map(|entry| self.packer.describe(entry)).collect::<Result<_, _>>()?;
        let manifest = manifest(&self.run, person, files);
        Ok((self.packer.pack(entries, &manifest, self.plan.signing.time)?, manifest))
    }
}

/// What all bundles of a run record.
pub(super) fn run_entry(setup: &Setup, signing: &Signing) -> RunEntry {
    RunEntry {
        tool: TOOL.to_owned(),
        made_at: rfc3339(signing.time),
        setup: SetupEntry {
            organization: setup.organization.clone(),
            identifier: setup.identifier.to_string(),
            trust: setup.trust.id().to_owned(),
            contact: setup.contact.as_ref().map(ToString::to_string),
        },
        language: setup.language,
        signers: signers_entry(signing),
    }
}

/// Who signs, as manifests have it.
pub(super) fn signers_entry(signing: &Signing) -> Option<SignersEntry> {
    let signer = |identity: &SigningIdentity| SignerEntry {
        subject: identity.facts().subject.clone(),
        sha256: identity.facts().fingerprint.clone(),
    };
    signing.identities.as_ref().map(|identities| SignersEntry {
        profiles: signer(&identities.profiles),
        scripts: signer(&identities.scripts),
    })
}

/// The manifest of the bundle of `person` with these `files`.
pub(super) fn manifest(
    run: &RunEntry,
    person: &PersonAccounts,
    files: Vec<FileEntry>,
) -> BundleManifest {
    let is_built_in = |card: &ProviderCard| {
        built_in_card(card.id.as_str()).is_some_and(|built_in| *built_in == *card)
    };
    BundleManifest::of(run, person, is_built_in, files)
}
