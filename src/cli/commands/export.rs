//! `mailmuster export`: files that an MDM imports, scripts for a fleet of PCs, or what mail apps fetch from a domain.

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::cli::exit::Exit;
use crate::cli::export::{ExportJob, Faults, FleetScripts, Large};
use crate::cli::export_error::ExportError;
use crate::cli::failure::Failure;
use crate::cli::fleet_scripts::{FleetJob, FleetOptionError};
use crate::cli::hosting::{Hosting, HostingError};
use crate::cli::job;
use crate::cli::message::Console;
use crate::cli::run::{NO_LIST, RunOptions, settings_of};
use crate::cli::settings::{GenerateSettings, load_config};
use crate::config::value;
use crate::domain::host::Domain;
use crate::domain::renames::Renames;
use crate::fleet_script::{self, Whose};
use crate::hosting;
use crate::input::columns::{Field, Map, Place, Target};
use crate::mdm::{self, MDMS, Mdm, Request, Scripts, Shape, UserNames, Variable};
use crate::pipeline::{Job, Memory, Origin, WindowsUsers, WithoutUser};

/// Write files that Jamf Pro, Microsoft Intune or Fleet imports, scripts for a fleet of Windows PCs, or what mail apps fetch
/// from your domain
///
/// For an MDM there is a script that pushes the files. For Windows there are scripts with everybody's accounts, which an RMM
/// agent or Group Policy runs on each PC. For your own web server there are the files, DNS records, and lines for nginx,
/// Apache and Caddy.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(in crate::cli) struct ExportArgs {
    /// What manages the devices, `windows` for agents on Windows PCs, or `hosting` for the web server of your domain
    #[arg(value_name = "MDM", value_parser = PossibleValuesParser::new(
          MDMS.iter().map(|mdm| mdm.about().id).chain([fleet_script::ID, hosting::ID])))]
    mdm: String,
    /// The list; without one, the profile of everybody is not compared with people
    #[arg(value_name = "LIST")]
    list: Option<PathBuf>,
    /// For `hosting`: domains that your organization controls; without one, only the file that `FairEmail` imports
    /// [default: those of the config file]
    #[arg(long, value_name = "DOMAIN", value_delimiter = ',', help_heading = "Export", value_parser = value::domain)]
    domain: Vec<Domain>,
    /// A profile for each person [default: one for everybody, in which the MDM fills in the person]
    #[arg(long, help_heading = "Export")]
    per_person: bool,
    /// The list names people who left: write what deletes their profiles, or for `windows` takes their accounts back
    #[arg(long, help_heading = "Export", conflicts_with = "per_person", requires = "list")]
    retire: bool,
    /// The MDM's variable that holds the address, e.g. `$EXTENSIONATTRIBUTE_7`
    /// [default: `$EMAIL`, `{{mail}}`, or Fleet's user name]
    #[arg(long, value_name = "VARIABLE", help_heading = "Export", conflicts_with_all = ["per_person", "retire"])]
    email_variable: Option<String>,
    /// What the MDM calls people, or the Windows PCs
    #[arg(long, value_name = "RULE", help_heading = "Export", default_value = "column")]
    user_names: UserNames,
    /// Make the export even if pushing it takes more than ten minutes
    #[arg(long, help_heading = "Export")]
    yes: bool,
    /// For `windows` and `intune`: the most bytes of a script; people are split over as many as it takes [default: 199999]
    #[arg(long, value_name = "BYTES", help_heading = "Export")]
    script_size: Option<usize>,
    /// Folder of the bundles: people whom `rename` knows there keep their identifiers
    /// [default: that of the config file]
    #[arg(long, value_name = "DIR", help_heading = "Export")]
    bundles: Option<PathBuf>,
    #[command(flatten)]
    options: RunOptions,
}

impl ExportArgs {
    pub(super) fn run(&self, console: &Console) -> Result<Exit, Failure> {
        if self.mdm == hosting::ID {
            return self.host(console);
        }
        if !self.domain.is_empty() {
            return Err(HostingError::NotHosting.into());
        }
        if self.mdm == fleet_script::ID {
            return self.write_scripts(console);
        }
        let shape = match (self.per_person, self.retire) {
            (_, true) => Shape::Retire,
            (true, false) => Shape::PerPerson,
            (false, false) => Shape::Shared,
        };
        if shape != Shape::Shared && self.list.is_none() {
            return Err(ExportError::NoList.into());
        }
        // the folder of the config file is that of the bundles
        let out = self.options.output.out.clone().ok_or(ExportError::NoFolder)?;
        let mdm = self.mdm();
        let scripts = self.fleet_scripts(mdm, shape)?;
        let variable = Variable::of(mdm.about(), self.email_variable.as_deref())?;
        let path = self.list.as_deref().unwrap_or(Path::new(NO_LIST));
        let (mut settings, clock) = settings_of(path, &self.options, console)?;
        if shape == Shape::Retire {
            take_everybody(&mut settings);
        }
        let stop = job::stop_on_signals()?;
        let export = ExportJob {
            mdm,
            request: Request { shape, variable, user_names: self.user_names },
            out: &out,
            faults: Faults::Reported,
            large: if self.yes { Large::Allowed } else { Large::Refused },
            scripts,
        };
        let mut list = match &self.list {
            Some(_) => {
                let (list, provider) = (&settings.list, &settings.provider);
                let job = job::job(list, provider, Vec::new(), clock, console)?;
                let windows_users = (scripts != FleetScripts::LeftOut).then_some(WindowsUsers {
                    names: self.user_names,
                    missing: WithoutUser::LeftOut,
                });
                Some(Job { renames: self.renames(path, &settings)?, windows_users, ..job })
            }
            None => None,
        };
        export.run(list.as_mut(), &settings, clock, console, &stop)
    }

    /// The scripts beside the profile of everybody, for an MDM that runs any.
    fn fleet_scripts(
        &self,
        mdm: &'static dyn Mdm,
        shape: Shape,
    ) -> Result<FleetScripts, FleetOptionError> {
        let are_made =
            self.list.is_some() && shape == Shape::Shared && mdm.about().scripts == Scripts::Signed;
        match self.script_size {
            Some(_) if !are_made => Err(FleetOptionError::NotWindows),
            Some(size) if size > fleet_script::DEFAULT_SIZE => {
                Err(FleetOptionError::TooLarge(size))
            }
            size if are_made => {
                Ok(FleetScripts::Made { most: size.unwrap_or(fleet_script::DEFAULT_SIZE) })
            }
            _ => Ok(FleetScripts::LeftOut),
        }
    }

    /// `export windows`
    fn write_scripts(&self, console: &Console) -> Result<Exit, Failure> {
        let without_effect = [
            ("--per-person", self.per_person),
            ("--email-variable", self.email_variable.is_some()),
            ("--yes", self.yes),
            ("--language", self.options.output.language.is_some()),
            ("--contact", self.options.output.contact.is_some()),
            ("--hosting", !self.options.output.hosting.is_empty()),
            ("--organization", self.options.output.organization.is_some()),
            ("--jobs", self.options.output.jobs.is_some()),
        ];
        if let Some((option, _)) = without_effect.into_iter().find(|(_, is_given)| *is_given) {
            return Err(FleetOptionError::NoEffect(option).into());
        }
        let list = self.list.as_deref().ok_or(FleetOptionError::NoList)?;
        let out = self.options.output.out.as_deref().ok_or(ExportError::NoFolder)?;
        let (mut settings, clock) = settings_of(list, &self.options, console)?;
        let whose = if self.retire { Whose::Leavers } else { Whose::Staff };
        if whose == Whose::Leavers {
            take_everybody(&mut settings);
        }
        let stop = job::stop_on_signals()?;
        let job = job::job(&settings.list, &settings.provider, Vec::new(), clock, console)?;
        let fleet = FleetJob {
            job: Job {
                renames: self.renames(list, &settings)?,
                windows_users: Some(WindowsUsers {
                    names: self.user_names,
                    missing: WithoutUser::Refused,
                }),
                ..job
            },
            out,
            whose,
            most: self.script_size.unwrap_or(fleet_script::DEFAULT_SIZE),
        };
        fleet.run(&settings, clock, console, &stop)
    }

    /// `export hosting`
    fn host(&self, console: &Console) -> Result<Exit, Failure> {
        let of_people = self.per_person
            || self.email_variable.is_some()
            || self.bundles.is_some()
            || self.script_size.is_some();
        if self.list.is_some() || of_people {
            return Err(HostingError::NoList.into());
        }
        let out = self.options.output.out.as_deref().ok_or(ExportError::NoFolder)?;
        let (settings, _) = settings_of(Path::new(NO_LIST), &self.options, console)?;
        let domains = if self.domain.is_empty() { &settings.hosting } else { &self.domain };
        let resolver = job::resolver(&settings.provider)?;
        let hosted = Hosting::of(domains, &resolver)?;
        for notice in settings.provider.notices(&resolver) {
            console.notice(&notice);
        }
        for warning in resolver.warnings(domains) {
            console.notice(&(&warning).into());
        }
        hosted.write(out, settings.trust, console).map_err(Failure::of_run)?;
        Ok(Exit::Done)
    }

    /// Those of the folder of bundles, if there is one.
    fn renames(&self, list: &Path, settings: &GenerateSettings) -> Result<Renames, Failure> {
        let of_config = || load_config(list, &self.options.config).map(|config| config.output.out);
        let folder = match &self.bundles {
            Some(folder) => Some(folder.clone()),
            None => of_config()?.filter(|folder| folder.exists()),
        };
        let Some(folder) = folder else { return Ok(Renames::default()) };
        let (memory, _) = Memory::of_folder(&folder, settings.trust, &settings.identifier)?;
        if self.bundles.is_some() && matches!(memory.origin(), Origin::Nothing) {
            return Err(ExportError::NoBundles(folder).into());
        }
        Ok(memory.renames()?)
    }

    fn mdm(&self) -> &'static dyn Mdm {
        // clap lets no other word through
        mdm::by_id(&self.mdm).unwrap_or(MDMS[0])
    }
}

/// A list of leavers has them marked as gone, perhaps at another domain by now, and says nothing about the devices
/// that they had.
fn take_everybody(settings: &mut GenerateSettings) {
    settings.provider.policy.allow_other_domains = true;
    let read = &mut settings.list.read;
    for field in [Field::Status, Field::UserType, Field::Platform] {
        let target = Target::Field(field);
        if read.columns.is_none() && read.maps.iter().all(|map| map.target != target) {
            read.maps.push(Map { target, place: Place::Nowhere });
        }
    }
}
