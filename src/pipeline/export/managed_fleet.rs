//! The fleet scripts in an export for an MDM, with the package of each part.

use super::fleet_script::{FleetWritten, SealedFleet, SealedPart, ends, table};
use super::writer::Writer;
use crate::artifact::Artifact;
use crate::fleet_script::{MDM_FOLDER, PEOPLE};
use crate::intunewin::{ENDING, PackedFile, pack};
use crate::mdm::{FleetPart, SignatureCheck, WindowsNumbers};
use crate::pipeline::RunError;
use crate::render::windows::AgentCopies;

impl Writer<'_> {
    /// Writes the scripts of a fleet.
    pub(super) fn fleet(
        &mut self,
        sealed: &SealedFleet<AgentCopies<Artifact>>,
    ) -> Result<(), RunError> {
        let Some(managed) = self.plan.fleet else { return Ok(()) };
        let is_signed = self.plan.signing.as_ref().is_some_and(|it| it.identities.is_some());
        // no PC trusts the development identity
        let is_trusted = managed.check == SignatureCheck::Enforced;
        let policy = if is_trusted { "AllSigned" } else { "Bypass" };
        for part in &sealed.filled {
            self.part(part)?;
            let part = FleetPart {
                provider: self.plan.provider_name,
                number: part.number,
                name: &part.name,
                folder: MDM_FOLDER,
                scripts: &part.copies,
                check: managed.check,
                policy,
            };
            let made = self.plan.mdm.fleet_part(&part)?;
            self.put(made)?;
        }
        self.folder.write(&format!("{MDM_FOLDER}/{PEOPLE}"), &table(managed.fleet, sealed))?;
        let sizes = sealed.filled.iter().map(|part| part.copies.detect.content().len());
        self.windows = Some(WindowsNumbers {
            people: managed.fleet.people(),
            parts: sealed.parts.count,
            first: sealed.filled.first().map(|part| part.name.clone()).unwrap_or_default(),
            is_signed,
            ends: self.plan.signing.as_ref().and_then(ends),
            policy,
            check: managed.check,
            largest_detect: sizes.max().unwrap_or_default(),
        });
        self.exported.scripts = Some(FleetWritten::of(sealed));
        Ok(())
    }

    /// The scripts of a part, and the package with all three.
    fn part(
        &mut self,
        SealedPart { name, copies, .. }: &SealedPart<AgentCopies<Artifact>>,
    ) -> Result<(), RunError> {
        let file = |script: &Artifact| PackedFile {
            name: script.file_name().to_string(),
            content: script.content().to_vec(),
        };
        let files = copies.all().map(file);
        for file in &files {
            self.folder.write(&format!("{MDM_FOLDER}/{}", file.name), &file.content)?;
        }
        let setup = copies.install.file_name().as_str();
        let package = pack(setup, &files)?;
        self.folder.write(&format!("{MDM_FOLDER}/Mail-{name}{ENDING}"), &package)?;
        Ok(())
    }
}
