//! An export for an MDM, by `export` and by `generate --mdm`.

use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use super::exit::Exit;
use super::export_error::{ExportError, WINDOWS_USER};
use super::failure::Failure;
use super::first_pass::first_pass;
use super::job;
use super::message::Console;
use super::misfits::Misfits;
use super::reporter::Pass;
use super::run::{formats, script_signing};
use super::settings::{GenerateSettings, SigningSettings, Unsigned};
use super::{fleet_people, fleet_scripts};
use crate::artifact::SignatureFormat;
use crate::clock::{Clock, rfc3339};
use crate::diagnostic::{Count, Notice};
use crate::domain::platform::Platform;
use crate::domain::shared::{Placeholders, SharedAccount};
use crate::mdm::{Mdm, Request, Scripts, Shape, SignatureCheck};
use crate::pipeline::{
    Checked, ExportPlan, Exported, Fleet, Job, MISFITS, Managed, ManagedFleet, Silent, Stop, check,
    export, gather_fleet,
};
use crate::provider::Resolver;
use crate::render::{Renderer, Setup, SigningMode};
use crate::sign::Signing;

/// The longest push that needs no --yes, in minutes.
const LONG: u64 = 10;

/// What is exported, and where to.
#[derive(Debug)]
pub(super) struct ExportJob<'a> {
    pub(super) mdm: &'static dyn Mdm,
    pub(super) request: Request,
    pub(super) out: &'a Path,
    pub(super) large: Large,
    pub(super) faults: Faults,
    pub(super) scripts: FleetScripts,
}

/// Whether the profile of everybody has fleet scripts beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FleetScripts {
    /// Of at most so many bytes each.
    Made {
        most: usize,
    },
    LeftOut,
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
        let fleet = match &checked {
            Some((job, checked)) if self.makes_fleet_scripts(&setup.formats) => {
                let fleet = gather_fleet(job, checked, &setup, stop);
                Self::judged(fleet.map_err(|error| settings.list.failure(error))?, &setup, console)?
            }
            _ => None,
        };
        let left_out = fleet.as_ref().map_or(0, fleet_people::left_out);
        if let Some(fleet) = fleet.as_ref().filter(|_| settings.strict)
            && fleet_people::ends_strictly(refused + left_out, fleet, console)
        {
            console.event(&self.event(&Exported::default(), refused + left_out));
            return Ok(Exit::NothingAttempted);
        }
        let managed = fleet.as_ref().zip(self.most()).map(|(fleet, most)| ManagedFleet {
            fleet,
            most,
            check: signature_check(&settings.signing),
        });
        let signs = managed.is_some() || self.request.shape == Shape::PerPerson;
        let plan = ExportPlan {
            mdm: self.mdm,
            request: &self.request,
            signing: Self::signing(settings, &setup, signs, (clock, console, stop))?,
            setup,
            out: self.out,
            trust: settings.trust,
            made: rfc3339(clock.run()),
            provider: &settings.provider.id,
            provider_name: &resolver.name(),
            shared: shared.as_ref(),
            fleet: managed,
        };
        let mut misfits = Misfits::new(console);
        let exported =
            export(checked, &plan, &mut |it| misfits.add(&it), stop).map_err(Failure::of_run)?;
        if let (Some(fleet), Some(written)) = (&fleet, &exported.scripts) {
            fleet_scripts::report_event(self.out, fleet, written, refused + left_out, console);
        }
        Ok(self.report(&exported, refused + left_out, console))
    }

    /// The last event.
    fn event(&self, exported: &Exported, refused: u64) -> ExportEvent {
        let Exported { people, objects, misfits, unjudged, .. } = *exported;
        ExportEvent {
            event: "summary",
            mdm: self.mdm.about().id,
            shape: self.request.shape.id(),
            out: self.out.display().to_string(),
            people,
            objects,
            misfits,
            unjudged,
            refused,
        }
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
        let has_script = self.request.shape != Shape::Shared || self.most().is_some();
        let takes_scripts = self.mdm.about().scripts == Scripts::Signed && has_script;
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
            console.event(&self.event(&Exported::default(), checked.refused));
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
        settings: &GenerateSettings,
        setup: &Setup,
        signs: bool,
        (clock, console, stop): (Clock, &Console, &Stop),
    ) -> Result<Option<Signing>, Failure> {
        (signs && has_script(&setup.formats))
            .then(|| script_signing(&settings.signing, clock, (console, stop)))
            .transpose()
    }

    /// The most bytes of a fleet script, if there are any.
    fn most(&self) -> Option<usize> {
        match self.scripts {
            FleetScripts::Made { most } => Some(most),
            FleetScripts::LeftOut => None,
        }
    }

    fn makes_fleet_scripts(&self, formats: &[&'static dyn Renderer]) -> bool {
        self.most().is_some() && has_script(formats)
    }

    /// The people of the scripts, whom it reports; `None` where nobody can be in one and the export has a profile.
    fn judged(fleet: Fleet, setup: &Setup, console: &Console) -> Result<Option<Fleet>, Failure> {
        if fleet.people() > 0 || !fleet.ambiguous.is_empty() {
            fleet_people::report(&fleet, console);
        }
        if fleet.people() > 0 {
            return Ok(Some(fleet));
        }
        let has_profiles =
            setup.formats.iter().any(|it| it.format().platform == Some(Platform::Apple));
        if !has_profiles {
            return Err(ExportError::NoWindowsUser.into());
        }
        if !fleet.unnamed.is_empty() {
            let what = "no script is made for Windows PCs: the list does not say who anybody is in Windows";
            console.notice(&Notice::important("no-fleet-scripts", what).with_hint(WINDOWS_USER));
        }
        Ok(None)
    }

    fn report(&self, exported: &Exported, refused: u64, console: &Console) -> Exit {
        let Exported { objects, misfits, mended, unjudged, refused: late, .. } = exported;
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
        console.event(&self.event(exported, refused));
        if refused + misfits > 0 { Exit::SomeFailed } else { Exit::Done }
    }
}

fn has_script(formats: &[&'static dyn Renderer]) -> bool {
    formats.iter().any(|it| it.format().signature == SignatureFormat::AuthenticodeScript)
}

/// No PC trusts the development identity.
fn signature_check(settings: &SigningSettings) -> SignatureCheck {
    let is_given = settings.scripts.is_some() || settings.profiles.is_some();
    match settings.unsigned {
        Unsigned::No if is_given => SignatureCheck::Enforced,
        _ => SignatureCheck::Off,
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
