//! The files of an export, person by person.

use std::collections::HashMap;

use serde::Serialize;

use super::fit::{Fit, fit};
use super::{ExportPlan, Exported, MISFITS, Misfit};
use crate::bundle::TOOL;
use crate::domain::delimiter::Delimiter;
use crate::domain::platform::Platform;
use crate::domain::shared::SharedAccount;
use crate::domain::text::hex;
use crate::mdm::{
    Made, ManagedPerson, MdmError, Numbers, Shape, SignedScripts, Subject, WindowsNumbers,
};
use crate::output::csv::line;
use crate::output::export::{ExportFolder, ExportLines};
use crate::pipeline::RunError;
use crate::pipeline::outcome::Fault;
use crate::pipeline::people::PersonRows;
use crate::render::windows::managed_scripts;
use crate::sign::Sealer;

/// One that detects and one that sets up.
const SCRIPTS_OF_A_PERSON: u64 = 2;

/// `export.json`.
#[derive(Serialize)]
struct Index<'a> {
    format: u8,
    mdm: &'a str,
    shape: &'a str,
    made: &'a str,
    tool: &'a str,
    provider: &'a str,
    objects: u64,
    objects_sha256: String,
}

/// Writes the files of an export.
pub(super) struct Writer<'a> {
    pub(super) plan: &'a ExportPlan<'a>,
    pub(super) folder: ExportFolder,
    objects: ExportLines,
    retire: Option<ExportLines>,
    tables: Vec<ExportLines>,
    /// How many people of the list have each user name in the MDM.
    users: HashMap<String, u64>,
    /// Begun with the first one.
    misfits: Option<ExportLines>,
    sealer: Option<Sealer>,
    pub(super) exported: Exported,
    /// What README.md says about the fleet scripts.
    pub(super) windows: Option<WindowsNumbers>,
}

impl<'a> Writer<'a> {
    pub(super) fn begin(plan: &'a ExportPlan<'a>, has_list: bool) -> Result<Self, RunError> {
        let mut folder = ExportFolder::open(plan.out, plan.trust, plan.mdm.about().id)
            .map_err(RunError::Folder)?;
        let objects = folder.lines("objects.jsonl")?;
        let is_retiring = plan.request.shape == Shape::Retire;
        let retire = is_retiring.then(|| folder.lines("retire.jsonl")).transpose()?;
        let mut tables = Vec::new();
        if has_list && !is_retiring {
            for file in plan.mdm.tables(plan.request) {
                let mut lines = folder.lines(&file.path)?;
                lines.write(&file.content)?;
                tables.push(lines);
            }
        }
        let sealer = plan.signing.as_ref().map(Sealer::new).transpose()?;
        Ok(Self {
            plan,
            folder,
            objects,
            retire,
            tables,
            users: HashMap::new(),
            misfits: None,
            sealer,
            exported: Exported::default(),
            windows: None,
        })
    }

    pub(super) fn person(
        &mut self,
        rows: &PersonRows,
        on_misfit: &mut dyn FnMut(Misfit),
    ) -> Result<(), RunError> {
        let (Some(accounts), Some((_, first))) = (rows.accounts(), rows.sound().next()) else {
            return Ok(());
        };
        let directory = rows.directory();
        let person = ManagedPerson { accounts: &accounts, directory: &directory };
        let plan = self.plan;
        let misfit = |what: String| Misfit {
            location: first.location,
            address: person.address().to_owned(),
            what,
        };
        self.exported.people += 1;
        match plan.request.shape {
            // the others have no device that gets the profile
            Shape::Shared if !self.gets_profile(&person) => {}
            Shape::Shared => match plan.shared.map(|shared| self.fit(shared, &person)) {
                Some(Fit::Alone(what)) => {
                    self.exported.misfits += 1;
                    let misfit = misfit(what);
                    self.note(&misfit)?;
                    on_misfit(misfit);
                    // a value in the MDM that is right for another mailbox must not be replaced
                    return Ok(());
                }
                Some(Fit::No(what)) => {
                    self.exported.misfits += 1;
                    let lines = plan.mdm.lines(&person, plan.request);
                    self.exported.mended +=
                        u64::from(plan.mdm.mends(plan.request).is_some() && !lines.is_empty());
                    let misfit = misfit(what);
                    self.note(&misfit)?;
                    on_misfit(misfit);
                }
                Some(Fit::Unknown) => self.exported.unjudged += 1,
                Some(Fit::Yes) | None => {}
            },
            Shape::PerPerson => match self.make(&person) {
                Ok(made) => self.put(made)?,
                Err(RunError::Mdm(MdmError::Refused(refusal))) => {
                    self.exported.people -= 1;
                    self.exported.refused += 1;
                    on_misfit(misfit(Fault::Mdm(refusal).to_string()));
                    return Ok(());
                }
                Err(error) => return Err(error),
            },
            Shape::Retire => return self.retire(&person),
        }
        for line in plan.mdm.lines(&person, plan.request) {
            self.tables[line.table].write(&line.text)?;
        }
        Ok(())
    }

    /// Says how many time stamps the scripts of each person need, where any are made; `each_person` reads the list.
    pub(super) fn expect_stamps(
        &self,
        each_person: impl FnOnce(
            &mut dyn FnMut(&PersonRows) -> Result<(), RunError>,
        ) -> Result<(), RunError>,
    ) -> Result<(), RunError> {
        let stamper = self.plan.signing.as_ref().and_then(|signing| signing.stamper.as_ref());
        let Some(stamper) = stamper.filter(|_| self.plan.request.shape == Shape::PerPerson) else {
            return Ok(());
        };
        let mut stamps = 0;
        each_person(&mut |rows| {
            let accounts = rows.accounts();
            let has_windows = accounts.is_some_and(|it| it.platforms.contains(Platform::Windows));
            stamps += if has_windows { SCRIPTS_OF_A_PERSON } else { 0 };
            Ok(())
        })?;
        stamper.expect(stamps);
        Ok(())
    }

    fn gets_profile(&self, person: &ManagedPerson<'_>) -> bool {
        self.plan.makes_profiles() && person.accounts.platforms.contains(Platform::Apple)
    }

    fn fit(&self, shared: &SharedAccount, person: &ManagedPerson<'_>) -> Fit {
        let user = person.user(self.plan.request.user_names).map(str::to_lowercase);
        let mailboxes = user.as_ref().and_then(|user| self.users.get(user)).copied().unwrap_or(1);
        if mailboxes > 1 {
            let user = user.unwrap_or_default();
            return Fit::Alone(format!(
                "`{user}` has {mailboxes} mailboxes in the list, and the profile sets up one"
            ));
        }
        fit(shared, person, self.plan.request)
    }

    /// Counts the mailboxes of a user of the MDM.
    pub(super) fn count(&mut self, rows: &PersonRows) {
        let Some(accounts) = rows.accounts() else { return };
        let directory = rows.directory();
        let person = ManagedPerson { accounts: &accounts, directory: &directory };
        if let Some(user) = person.user(self.plan.request.user_names) {
            *self.users.entry(user.to_lowercase()).or_default() += 1;
        }
    }

    /// Adds a line to the table of people whom the profile of everybody does not fit.
    fn note(&mut self, misfit: &Misfit) -> Result<(), RunError> {
        let Misfit { location, address, what } = misfit;
        if self.misfits.is_none() {
            let mut file = self.folder.lines(MISFITS)?;
            file.write(&csv_line([location.unit(), "address", "why"]))?;
            self.misfits = Some(file);
        }
        let line = csv_line([&location.number.to_string(), address, what]);
        self.misfits.as_mut().map_or(Ok(()), |file| file.write(&line)).map_err(RunError::from)
    }

    fn make(&mut self, person: &ManagedPerson<'_>) -> Result<Made, RunError> {
        let ExportPlan { mdm, setup, request, .. } = self.plan;
        let platforms = person.accounts.platforms;
        let mut made = if self.gets_profile(person) {
            mdm.make(Subject::Person(*person), setup, request)?
        } else {
            Made::default()
        };
        if platforms.contains(Platform::Windows)
            && let Some(sealer) = &mut self.sealer
        {
            let drafts = managed_scripts(person.accounts, setup).map_err(MdmError::from)?;
            let [detect, install] = drafts.map(|draft| sealer.seal(draft));
            let scripts = SignedScripts { detect: detect?, install: install? };
            made.append(mdm.scripts(person, &scripts)?);
        }
        Ok(made)
    }

    fn retire(&mut self, person: &ManagedPerson<'_>) -> Result<(), RunError> {
        for name in self.plan.mdm.names(person) {
            self.exported.objects += 1;
            if let Some(file) = &mut self.retire {
                file.write(&json_line(&name))?;
            }
        }
        Ok(())
    }

    pub(super) fn put(&mut self, made: Made) -> Result<(), RunError> {
        for file in made.files {
            self.folder.write(&file.path, &file.content)?;
        }
        for object in made.objects {
            self.exported.objects += 1;
            let line = json_line(&object);
            self.objects.write(&line)?;
        }
        for line in made.lines {
            self.tables[line.table].write(&line.text)?;
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<Exported, RunError> {
        let Self { plan, mut folder, objects, retire, tables, misfits, exported, windows, .. } =
            self;
        let objects_digest = folder.close(objects)?;
        for lines in misfits.into_iter().chain(retire).chain(tables) {
            folder.close(lines)?;
        }
        let about = plan.mdm.about();
        let Exported { people, objects, .. } = exported;
        let numbers = Numbers {
            provider: plan.provider_name,
            people,
            objects,
            has_profiles: plan.makes_profiles(),
            windows: windows.as_ref(),
        };
        let readme = about.readme(plan.request, numbers);
        // the templates are part of the program, and tested
        let readme = readme.map_err(|error| MdmError::Readme(error.to_string()))?;
        folder.write("README.md", readme.as_bytes())?;
        let (name, text) = about.helper;
        folder.write(name, text.as_bytes())?;
        let is_retiring = plan.request.shape == Shape::Retire;
        let index = Index {
            format: 1,
            mdm: about.id,
            shape: plan.request.shape.id(),
            made: &plan.made,
            tool: TOOL,
            provider: plan.provider,
            objects: if is_retiring { 0 } else { objects },
            objects_sha256: hex(&objects_digest),
        };
        folder.finish(&json_line(&index))?;
        Ok(exported)
    }
}

/// A line of a table, no cell of which is a formula.
fn csv_line(cells: [&str; 3]) -> Vec<u8> {
    line(Delimiter::default(), cells.into_iter().map(str::as_bytes))
}

pub(super) fn json_line(value: &impl Serialize) -> Vec<u8> {
    // texts, numbers and no maps with other keys: this cannot fail
    let mut line = serde_json::to_vec(value).unwrap_or_default();
    line.push(b'\n');
    line
}
