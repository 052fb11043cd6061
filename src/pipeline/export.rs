//! An export for an MDM: the second pass over a list, in which each person becomes files for the MDM.

use std::collections::HashMap;

use serde::Serialize;

use super::duplicates;
use super::outcome::Fault;
use super::people::{People, PersonRows};
use super::{Checked, Job, RunError, Stop};
use crate::bundle::TOOL;
use crate::domain::account::MailAccount;
use crate::domain::delimiter::Delimiter;
use crate::domain::directory::Entry;
use crate::domain::platform::Platform;
use crate::domain::shared::{Placeholders, SharedAccount, SharedLogin};
use crate::domain::text::hex;
use crate::input::Location;
use crate::mdm::{
    Made, ManagedPerson, Mdm, MdmError, Numbers, Request, Shape, SignedScripts, Subject, UserNames,
};
use crate::output::Trust;
use crate::output::csv::line;
use crate::output::export::{ExportFolder, ExportLines};
use crate::render::Setup;
use crate::render::windows::managed_scripts;
use crate::sign::{Sealer, Signing};

/// The people whom the profile of everybody does not fit.
pub(crate) const MISFITS: &str = "misfits.csv";

/// What an export needs beyond its [`Job`].
#[derive(Debug)]
pub(crate) struct ExportPlan<'a> {
    pub(crate) mdm: &'static dyn Mdm,
    pub(crate) request: &'a Request,
    pub(crate) setup: Setup,
    /// `None` where no script is made.
    pub(crate) signing: Option<Signing>,
    pub(crate) out: &'a std::path::Path,
    pub(crate) trust: Trust,
    /// The time, as in the index.
    pub(crate) made: String,
    /// The id of the provider.
    pub(crate) provider: &'a str,
    /// As people know it.
    pub(crate) provider_name: &'a str,
    /// The account of everybody, for [`Shape::Shared`].
    pub(crate) shared: Option<&'a SharedAccount>,
}

/// What an export has made and seen.
#[derive(Debug, Default)]
pub(crate) struct Exported {
    pub(crate) people: u64,
    pub(crate) objects: u64,
    /// People whom the profile of everybody does not fit.
    pub(crate) misfits: u64,
    /// Those of them for whom a table of the export puts the right value into the MDM.
    pub(crate) mended: u64,
    /// People of whom the list does not say what the variable holds.
    pub(crate) unjudged: u64,
    /// People whose files the MDM could not have after all.
    pub(crate) refused: u64,
}

/// A person whom the profile of everybody does not fit.
#[derive(Debug)]
pub(crate) struct Misfit {
    pub(crate) location: Location,
    pub(crate) address: String,
    /// What is wrong, in words.
    pub(crate) what: String,
}

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

/// Writes an export. The list is read if there is one; `on_misfit` hears of people whom a shared profile does not fit,
/// and of those whose files are too large.
pub(crate) fn export(
    list: Option<(&Job, Checked)>,
    plan: &ExportPlan<'_>,
    on_misfit: &mut dyn FnMut(Misfit),
    stop: &Stop,
) -> Result<Exported, RunError> {
    let mut writer = Writer::begin(plan, list.is_some())?;
    if let Some(account) = plan.shared.filter(|_| plan.request.shape == Shape::Shared) {
        let made = plan.mdm.make(Subject::Everybody(account), &plan.setup, plan.request)?;
        writer.put(made)?;
    }
    if let Some((job, checked)) = list {
        let names_users = plan.request.user_names == UserNames::Column;
        if plan.request.shape == Shape::Shared && names_users {
            each_person(job, &checked, stop, &mut |rows| {
                writer.count(rows);
                Ok(())
            })?;
        }
        each_person(job, &checked, stop, &mut |rows| writer.person(rows, on_misfit))?;
    }
    writer.finish()
}

/// Reads the list a second time, and calls `act` for each person with a valid row.
fn each_person(
    job: &Job,
    checked: &Checked,
    stop: &Stop,
    act: &mut dyn FnMut(&PersonRows) -> Result<(), RunError>,
) -> Result<(), RunError> {
    let mut people = People::open(job)?;
    let mut repeats = checked.repeats.iter().copied().peekable();
    let (mut number, mut rows) = (0, 0);
    while let Some(mut person) = people.next()? {
        if stop.is_asked() {
            return Err(RunError::Stopped);
        }
        rows += person.rows.len() as u64;
        let own = std::iter::from_fn(|| repeats.next_if(|(of, _)| *of == number));
        let own: Vec<_> = own.map(|(_, repeat)| repeat).collect();
        duplicates::refuse(&mut person, own, job.list.mapping.quoting());
        if person.sound().next().is_some() {
            act(&person)?;
        }
        number += 1;
    }
    // both passes must have read the same list
    job.list.source.check_unchanged()?;
    if rows == checked.rows { Ok(()) } else { Err(job.list.source.changed().into()) }
}

/// Writes the files of an export.
struct Writer<'a> {
    plan: &'a ExportPlan<'a>,
    folder: ExportFolder,
    objects: ExportLines,
    retire: Option<ExportLines>,
    tables: Vec<ExportLines>,
    /// How many people of the list have each user name in the MDM.
    users: HashMap<String, u64>,
    /// Begun with the first one.
    misfits: Option<ExportLines>,
    sealer: Option<Sealer>,
    exported: Exported,
}

impl<'a> Writer<'a> {
    fn begin(plan: &'a ExportPlan<'a>, has_list: bool) -> Result<Self, RunError> {
        let mut folder = ExportFolder::open(plan.out, plan.trust).map_err(RunError::Folder)?;
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
        })
    }

    fn person(
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
    fn count(&mut self, rows: &PersonRows) {
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
        let makes_profiles =
            setup.formats.iter().any(|format| format.format().platform == Some(Platform::Apple));
        let mut made = if makes_profiles && platforms.contains(Platform::Apple) {
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

    fn put(&mut self, made: Made) -> Result<(), RunError> {
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

    fn finish(self) -> Result<Exported, RunError> {
        let Self { plan, mut folder, objects, retire, tables, misfits, exported, .. } = self;
        let objects_digest = folder.close(objects)?;
        for lines in misfits.into_iter().chain(retire).chain(tables) {
            folder.close(lines)?;
        }
        let about = plan.mdm.about();
        let Exported { people, objects, .. } = exported;
        let numbers = Numbers { provider: plan.provider_name, people, objects };
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

fn json_line(value: &impl Serialize) -> Vec<u8> {
    // texts, numbers and no maps with other keys: this cannot fail
    let mut line = serde_json::to_vec(value).unwrap_or_default();
    line.push(b'\n');
    line
}

/// Whether the profile of everybody is right for a person.
enum Fit {
    Yes,
    No(String),
    /// No, and no value in the MDM would make it right.
    Alone(String),
    /// The list does not say what the variable holds for the person.
    Unknown,
}

fn fit(shared: &SharedAccount, person: &ManagedPerson<'_>, request: &Request) -> Fit {
    let accounts = person.accounts;
    let first = &accounts.first;
    if !accounts.more.is_empty() {
        let count = accounts.more.len() + 1;
        return Fit::Alone(format!(
            "the person has {count} mailboxes, and the profile sets up one"
        ));
    }
    if let Some(what) = other_server(shared, first) {
        return Fit::Alone(what);
    }
    let text = &request.variable.text;
    let value = match request.variable.value(person, request.user_names) {
        Entry::Is(value) => value,
        Entry::NoColumn => return Fit::Unknown,
        Entry::Blank => {
            return Fit::No(format!("{text} is blank, and the mailbox is `{}`", first.address));
        }
    };
    if !value.eq_ignore_ascii_case(first.address.as_str()) {
        return Fit::No(format!("{text} holds `{value}`, and the mailbox is `{}`", first.address));
    }
    Fit::Yes
}

/// The user name that a device gets where the variable holds the mailbox of `account`.
fn filled(username: &str, placeholders: &Placeholders, account: &MailAccount) -> String {
    let Placeholders { address, local_part, .. } = placeholders;
    // the name of one variable may begin with that of another
    let username = match local_part {
        Some(variable) => username.replace(variable, account.address.local_part()),
        None => username.to_owned(),
    };
    username.replace(address, account.address.as_str())
}

/// A server or user name of `account` that the profile of everybody does not have.
fn other_server(shared: &SharedAccount, account: &MailAccount) -> Option<String> {
    let placeholders = &shared.placeholders;
    for (what, shared, own) in [
        ("receiving", &shared.incoming, &account.incoming),
        ("sending", &shared.outgoing, &account.outgoing),
    ] {
        let SharedLogin { endpoint, username } = shared;
        if *endpoint != own.endpoint {
            let own = &own.endpoint;
            return Some(format!("the server for {what} is {own}, and the profile has {endpoint}"));
        }
        let expected = filled(username, placeholders, account);
        if expected != own.username.as_str() {
            return Some(format!(
                "the user name for {what} is `{}`, and the profile gives `{expected}`",
                own.username
            ));
        }
    }
    None
}
