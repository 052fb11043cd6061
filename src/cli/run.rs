//! What `generate` and `plan` have in common before they read the list.

use std::path::{Path, PathBuf};

use clap::Args;

use super::args::{ConfigArgs, ListArg};
use super::development::IfMissing;
use super::failure::Failure;
use super::job::Signed;
use super::message::Console;
use super::probe_results::signed_in;
use super::settings::{self, GenerateSettings, SigningSettings};
use super::{folder, job, stamps};
use crate::artifact::SignatureFormat;
use crate::clock::{Clock, Moment};
use crate::config::options::{ListOptions, OutputOptions, ProviderOptions, SigningOptions};
use crate::ledger::Known;
use crate::pipeline::{Job, Memory, Stop};
use crate::render::{RENDERERS, Renderer, Setup};
use crate::sign::Signing;

/// The arguments of a run.
#[derive(Debug, Args)]
pub(super) struct RunArgs {
    #[command(flatten)]
    pub(super) list: ListArg,
    #[command(flatten)]
    pub(super) options: RunOptions,
    /// Only for people whose mailboxes could all sign in, according to this file by `probe --sign-in`
    #[arg(long, value_name = "FILE", help_heading = "List")]
    pub(super) only_signed_in: Option<PathBuf>,
}

impl RunArgs {
    /// The run before its first pass.
    pub(super) fn prepare(&self, console: &Console) -> Result<Prepared, Failure> {
        let signed_in = self.only_signed_in.as_deref().map(signed_in).transpose()?;
        let mut prepared = Prepared::of(&self.list.path, &self.options, console)?;
        prepared.job.signed_in = signed_in;
        Ok(prepared)
    }
}

/// The options of a command that writes about people, besides the list.
#[derive(Debug, Args)]
pub(super) struct RunOptions {
    #[command(flatten)]
    pub(super) list: ListOptions,
    #[command(flatten)]
    pub(super) provider: ProviderOptions,
    #[command(flatten)]
    pub(super) output: OutputOptions,
    /// Use the output folder even if another user owns it or everybody can write to it
    #[arg(long, help_heading = "Files")]
    pub(super) trust_folder: bool,
    #[command(flatten)]
    pub(super) signing: SigningOptions,
    /// Time of the run, for reproducible output, e.g. 2026-11-23T09:00:00Z
    #[arg(long, value_name = "TIME", help_heading = "Files")]
    pub(super) at: Option<Moment>,
    #[command(flatten)]
    pub(super) config: ConfigArgs,
}

/// In the place of a list for a run without one: then the config file is the one in the working folder.
pub(super) const NO_LIST: &str = "-";

/// A run before its first pass. Nothing has been written.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) folder: RunFolder,
    pub(super) job: Job,
    pub(super) stop: Stop,
}

/// The settings of a run, and what its folder remembers.
#[derive(Debug)]
pub(super) struct RunFolder {
    pub(super) settings: GenerateSettings,
    pub(super) clock: Clock,
    pub(super) setup: Setup,
    pub(super) memory: Memory,
    pub(super) known: Known,
}

impl Prepared {
    pub(super) fn of(
        list: &Path,
        options: &RunOptions,
        console: &Console,
    ) -> Result<Self, Failure> {
        let (settings, clock) = settings_of(list, options, console)?;
        let formats = formats(&settings.only);
        let mut job = job::job(&settings.list, &settings.provider, formats, clock, console)?;
        let stop = job::stop_on_signals()?;
        let folder = RunFolder::read(settings, clock, console)?;
        job.renames = folder.memory.renames()?;
        Ok(Self { folder, job, stop })
    }
}

impl RunFolder {
    /// For a run without a list.
    pub(super) fn of(options: &RunOptions, console: &Console) -> Result<Self, Failure> {
        let (settings, clock) = settings_of(Path::new(NO_LIST), options, console)?;
        Self::read(settings, clock, console)
    }

    fn read(settings: GenerateSettings, clock: Clock, console: &Console) -> Result<Self, Failure> {
        let formats = formats(&settings.only);
        let signing = &settings.signing;
        let trust = job::trust_label(signing, needs_signature(signing, &formats));
        let setup = settings.setup(formats, trust);
        let (memory, known) = Memory::of_folder(&settings.out, settings.trust, &setup.identifier)?;
        folder::report_origin(&memory, &settings.out, console);
        folder::report_clock(&memory, clock, console);
        Ok(Self { settings, clock, setup, memory, known })
    }
}

pub(super) fn settings_of(
    list: &Path,
    options: &RunOptions,
    console: &Console,
) -> Result<(GenerateSettings, Clock), Failure> {
    let clock = Clock::for_run(options.at)?;
    let config = settings::load_config(list, &options.config)?;
    Ok((GenerateSettings::merge(list, options, config, console)?, clock))
}

/// Who signs the files of a run with this setup.
pub(super) fn signing(
    settings: &SigningSettings,
    setup: &Setup,
    if_missing: IfMissing,
    clock: Clock,
    (console, stop): (&Console, &Stop),
) -> Result<Signing, Failure> {
    if needs_signature(settings, &setup.formats) {
        let signing = job::signing(settings, if_missing, Signed::Profiles, clock, (console, stop))?;
        if has_script(&setup.formats) {
            stamps::report_end(settings, &signing, console);
        }
        Ok(signing)
    } else {
        Ok(job::no_signing(clock))
    }
}

/// Who signs the scripts of an export, whose profiles are unsigned.
pub(super) fn script_signing(
    settings: &SigningSettings,
    clock: Clock,
    (console, stop): (&Console, &Stop),
) -> Result<Signing, Failure> {
    let ends = (console, stop);
    let signing = job::signing(settings, IfMissing::Make, Signed::ScriptsOnly, clock, ends)?;
    stamps::report_end(settings, &signing, console);
    Ok(signing)
}

/// An identity that was named signs the manifest even where no file calls for a signature.
fn needs_signature(settings: &SigningSettings, formats: &[&'static dyn Renderer]) -> bool {
    settings.profiles.is_some()
        || formats.iter().any(|format| format.format().signature != SignatureFormat::Unsigned)
}

/// Whether a script is made.
fn has_script(formats: &[&'static dyn Renderer]) -> bool {
    let mut signatures = formats.iter().map(|format| format.format().signature);
    signatures.any(|signature| signature == SignatureFormat::AuthenticodeScript)
}

/// The formats with the ids `only`, or all of them, in the order of the registry.
pub(super) fn formats(only: &[String]) -> Vec<&'static dyn Renderer> {
    let wanted = |renderer: &&dyn Renderer| {
        only.is_empty() || only.iter().any(|id| id == renderer.format().id)
    };
    RENDERERS.iter().copied().filter(wanted).collect()
}
