//! An export for an MDM, by `export` and by `generate --mdm`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use thiserror::Error;

use super::development::IfMissing;
use super::exit::Exit;
use super::failure::Failure;
use super::first_pass::first_pass;
use super::job;
use super::message::Console;
use super::reporter::Pass;
use super::run::{formats, signing};
use super::settings::GenerateSettings;
use crate::artifact::SignatureFormat;
use crate::clock::{Clock, rfc3339};
use crate::diagnostic::{Count, Diagnostic, Notice, Shown};
use crate::domain::platform::Platform;
use crate::domain::shared::{Placeholders, SharedAccount};
use crate::mdm::{Mdm, Request, Scripts, Shape};
use crate::pipeline::{
    Checked, ExportPlan, Exported, Job, MISFITS, Managed, Misfit, Silent, Stop, check, export,
};
use crate::provider::Resolver;
use crate::render::{Renderer, Setup, SigningMode};
use crate::sign::Signing;

/// The longest push that needs no --yes, in minutes.
const LONG: u64 = 10;

/// How many people whom a profile does not fit are named one by one.
const MOST_NAMED: usize = 20;

/// What is exported, and where to.
#[derive(Debug)]
pub(super) struct ExportJob<'a> {
    pub(super) mdm: &'static dyn Mdm,
    pub(super) request: Request,
    pub(super) out: &'a Path,
    pub(super) large: Large,
    pub(super) faults: Faults,
}

/// Whether the faults of the list are reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Faults {
    Reported,
    /// They were, by `generate`.
    Known,
}

/// Whether an export that takes long to push is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Large {
    /// `--yes`
    Allowed,
    Refused,
}

/// An export that is not made.
#[derive(Debug, Error)]
pub(super) enum ExportError {
    #[error("a profile for each person needs a list")]
    NoList,
    #[error("no folder is named for the export")]
    NoFolder,
    #[error("`{}` has no bundles", .0.display())]
    NoBundles(PathBuf),
    #[error("none of the formats in --only is one that {0} can take")]
    NoFormat(&'static str),
    #[error("pushing the files of {} would take about {}: nothing was written", Count(*.people, "person"), Count(*.minutes, "minute"))]
    Large { people: u64, minutes: u64 },
    #[error("{mdm} would replace `{}` in the name of your organization", Shown(.variable))]
    Organization { mdm: &'static str, variable: String },
    #[error("{mdm} cannot hold the name of the provider, `{}`: {why}", Shown(.name))]
    Provider { mdm: &'static str, name: String, why: String },
}

impl Diagnostic for ExportError {
    fn hint(&self) -> Option<String> {
        Some(
            match self {
                Self::NoList => "name the list, or leave --per-person out",
                Self::NoFolder => "say --out DIR",
                Self::NoBundles(_) => "name the folder that `generate` wrote, with --bundles",
                Self::NoFormat(_) => "leave --only out, or name apple-profile",
                Self::Large { .. } => {
                    "say --yes, or let one profile serve everybody: leave --per-person out"
                }
                Self::Organization { .. } => "choose another name with --organization",
                Self::Provider { .. } => "change `name` in a provider file of your own",
            }
            .to_owned(),
        )
    }
}

/// Settings with which an export can be made.
pub(super) struct Judged {
    setup: Setup,
    resolver: Resolver,
    shared: Option<SharedAccount>,
}

impl ExportJob<'_> {
    pub(super) fn run(
        &self,
        list: Option<&mut Job>,
        settings: &GenerateSettings,
        clock: Clock,
        console: &Console,
        stop: &Stop,
    ) -> Result<Exit, Failure> {
        let Judged { setup, resolver, shared } = self.judge(settings)?;
        let checked = match list {
            None => None,
            Some(job) => match self.check(job, settings, &setup.formats, console, stop)? {
                Some(checked) => Some((&*job, checked)),
                None => return Ok(Exit::NothingAttempted),
            },
        };
        self.estimate(checked.as_ref().map_or(1, |(_, checked)| checked.people), console)?;
        let refused = checked.as_ref().map_or(0, |(_, checked)| checked.refused);
        let plan = ExportPlan {
            mdm: self.mdm,
            request: &self.request,
            signing: self.signing(settings, &setup, clock, console)?,
            setup,
            out: self.out,
            trust: settings.trust,
            made: rfc3339(clock.run()),
            provider: &settings.provider.id,
            provider_name: &resolver.name(),
            shared: shared.as_ref(),
        };
        let mut misfits = Misfits { console, named: 0 };
        let exported =
            export(checked, &plan, &mut |it| misfits.add(&it), stop).map_err(Failure::of_run)?;
        Ok(self.report(&exported, refused, console))
    }

    /// Refuses settings with which no export can be made, for any list.
    pub(super) fn judge(&self, settings: &GenerateSettings) -> Result<Judged, Failure> {
        let about = self.mdm.about();
        let setup = settings.setup(self.formats(&settings.only), SigningMode::Unsigned);
        if let Some(variable) =
            setup.organization.as_deref().and_then(|name| self.mdm.variable_in(name))
        {
            let variable = variable.to_owned();
            return Err(ExportError::Organization { mdm: about.name, variable }.into());
        }
        if setup.formats.is_empty() {
            return Err(ExportError::NoFormat(about.name).into());
        }
        let resolver = job::resolver(&settings.provider)?;
        let name = resolver.name();
        if let Some(why) = self.mdm.refuses_text(&name) {
            return Err(ExportError::Provider { mdm: about.name, name, why }.into());
        }
        let shared = self.shared(&resolver)?;
        Ok(Judged { setup, resolver, shared })
    }

    /// The formats that the MDM can take; people whose devices have none of them are skipped.
    fn formats(&self, only: &[String]) -> Vec<&'static dyn Renderer> {
        let takes_scripts =
            self.mdm.about().scripts == Scripts::Signed && self.request.shape != Shape::Shared;
        let mut formats = formats(only);
        formats.retain(|format| {
            let format = format.format();
            match format.signature {
                SignatureFormat::CmsAttached => format.platform == Some(Platform::Apple),
                SignatureFormat::AuthenticodeScript => takes_scripts,
                SignatureFormat::Unsigned => false,
            }
        });
        formats
    }

    fn shared(&self, resolver: &Resolver) -> Result<Option<SharedAccount>, Failure> {
        if self.request.shape != Shape::Shared {
            return Ok(None);
        }
        let variable = &self.request.variable;
        let account = resolver.shared(Placeholders {
            address: variable.text.to_string(),
            local_part: variable.local_part.map(str::to_owned),
            display_name: self.mdm.about().full_name.to_owned(),
        })?;
        Ok(Some(account))
    }

    /// The first pass over the list; `None` where `--strict` ends the export.
    fn check(
        &self,
        job: &mut Job,
        settings: &GenerateSettings,
        formats: &[&'static dyn Renderer],
        console: &Console,
        stop: &Stop,
    ) -> Result<Option<Checked>, Failure> {
        job.managed = Some(Managed { mdm: self.mdm, request: Arc::new(self.request.clone()) });
        job.formats = formats.to_vec();
        let checked = match self.faults {
            Faults::Reported => first_pass(job, Pass::Only { rejects: None }, None, console, stop)
                .map(|pass| pass.checked),
            Faults::Known => check(job, None, &mut Silent, stop),
        };
        let checked = checked.map_err(|error| settings.list.failure(error))?;
        if settings.strict && checked.refused > 0 {
            let refused = Count(checked.refused, "row");
            console.answer(&format_args!("{refused} refused; nothing was written (--strict)"));
            return Ok(None);
        }
        Ok(Some(checked))
    }

    fn estimate(&self, people: u64, console: &Console) -> Result<(), ExportError> {
        let about = self.mdm.about();
        let served = if self.request.shape == Shape::Shared { 1 } else { people };
        let minutes = about.pace.minutes(served);
        console.notice(&Notice::note(
            "push-time",
            format_args!(
                "pushing this to {} takes about {} ({})",
                about.name,
                Count(minutes, "minute"),
                about.pace.source
            ),
        ));
        if minutes > LONG && self.large == Large::Refused {
            return Err(ExportError::Large { people, minutes });
        }
        Ok(())
    }

    fn signing(
        &self,
        settings: &GenerateSettings,
        setup: &Setup,
        clock: Clock,
        console: &Console,
    ) -> Result<Option<Signing>, Failure> {
        let signs = self.request.shape == Shape::PerPerson
            && setup
                .formats
                .iter()
                .any(|format| format.format().signature == SignatureFormat::AuthenticodeScript);
        signs
            .then(|| signing(&settings.signing, setup, IfMissing::Make, clock, console))
            .transpose()
    }

    fn report(&self, exported: &Exported, refused: u64, console: &Console) -> Exit {
        let Exported { people, objects, misfits, mended, unjudged, refused: late } = exported;
        let variable = &self.request.variable.text;
        let name = self.mdm.about().name;
        if *misfits > 0 {
            let file = self.out.join(MISFITS);
            console.notice(
                &Notice::important(
                    "misfits",
                    format_args!(
                        "the profile is wrong for {}: see {}",
                        Count(*misfits, "person"),
                        file.display()
                    ),
                )
                .with_hint(match self.mdm.mends(&self.request) {
                    Some(table) if *mended > 0 => format!("load {table} of the export first, which puts the right values there, or give these people a profile of their own: a list of them with --per-person"),
                    _ => "keep it from them, and give them a profile of their own: a list of them with --per-person".to_owned(),
                }),
            );
        }
        if *unjudged > 0 && self.request.shape == Shape::Shared {
            console.notice(
                &Notice::important(
                    "unjudged",
                    format_args!(
                        "the list does not say what {variable} holds for {}",
                        Count(*unjudged, "person")
                    ),
                )
                .with_hint("map a column of the directory: --map upn=HEADER, directory_email=HEADER or directory_user=HEADER"),
            );
        }
        let refused = refused + late;
        let what = if self.request.shape == Shape::Retire { "to delete" } else { "to create" };
        console.answer(&format_args!(
            "{} {what} in {name}, written to {}{}",
            Count(*objects, "object"),
            self.out.display(),
            match refused {
                0 => String::new(),
                refused => format!("; {} without", Count(refused, "row")),
            }
        ));
        console.event(&ExportEvent {
            event: "summary",
            mdm: self.mdm.about().id,
            shape: self.request.shape.id(),
            out: self.out.display().to_string(),
            people: *people,
            objects: *objects,
            misfits: *misfits,
            unjudged: *unjudged,
            refused,
        });
        if refused + misfits > 0 { Exit::SomeFailed } else { Exit::Done }
    }
}

/// Reports people whom a profile does not fit.
struct Misfits<'a> {
    console: &'a Console,
    named: usize,
}

impl Misfits<'_> {
    fn add(&mut self, misfit: &Misfit) {
        let Misfit { location, address, what } = misfit;
        self.console.event(&MisfitEvent::of(misfit));
        self.named += 1;
        if self.named <= MOST_NAMED {
            self.console.line(&format_args!("{location}, `{}`: {what}", Shown(address)));
        } else if self.named == MOST_NAMED + 1 {
            self.console.line(&format_args!("and more: {MISFITS} has all"));
        }
    }
}

#[derive(Serialize)]
pub(super) struct MisfitEvent<'a> {
    event: &'static str,
    line: u64,
    address: &'a str,
    message: &'a str,
}

impl<'a> MisfitEvent<'a> {
    pub(super) fn of(Misfit { location, address, what }: &'a Misfit) -> Self {
        Self { event: "misfit", line: location.number, address, message: what }
    }
}

#[derive(Serialize)]
struct ExportEvent {
    event: &'static str,
    mdm: &'static str,
    shape: &'static str,
    out: String,
    people: u64,
    objects: u64,
    misfits: u64,
    unjudged: u64,
    refused: u64,
}
