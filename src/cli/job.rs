//! From settings to the job of a run.

use std::io::{self, IsTerminal};
use std::path::Path;
use std::sync::Arc;

use super::core_dump;
use super::development::{self, IfMissing};
use super::failure::Failure;
use super::message::Console;
use super::settings::{ListSettings, ProviderSettings, Signer, SigningSettings, Unsigned};
use super::stamps;
use crate::clock::{Clock, rfc3339};
use crate::diagnostic::{Notice, Weight};
use crate::domain::renames::Renames;
use crate::input::{InputError, List, ReadOptions, Source};
use crate::pipeline::{Job, PasswordUse, RunError, Stop};
use crate::provider::{AUTOMATIC, Provider, ProviderError, Resolver};
use crate::render::{Renderer, SigningMode};
use crate::sign::{Identities, SelfCheck, Signing, SigningIdentity};

/// The job of a list and a provider.
pub(super) fn job(
    list: &ListSettings,
    provider: &ProviderSettings,
    formats: Vec<&'static dyn Renderer>,
    clock: Clock,
    console: &Console,
) -> Result<Job, Failure> {
    let source = source(&list.path, console)?;
    let resolver = resolver(provider)?;
    for notice in provider.notices(&resolver) {
        console.notice(&notice);
    }
    let read = ReadOptions { today: Some(clock.run().date()), ..list.read.clone() };
    let list = List::open(source, &read).map_err(|error| list.failure(error.into()))?;
    Ok(Job {
        list,
        resolver,
        formats,
        renames: Renames::default(),
        keep_cells: false,
        managed: None,
        windows_users: None,
        passwords: PasswordUse::Unread,
        signed_in: None,
    })
}

/// Stops at the next row once the user or the system asks for it, so that no half-written file stays.
pub(super) fn stop_on_signals() -> Result<Stop, RunError> {
    let stop = Stop::default();
    let handler = stop.clone();
    // where its thread cannot start, ctrlc still catches the signal, and nothing would react
    if let Err(ctrlc::Error::System(_)) = ctrlc::set_handler(move || handler.now_or_at_once()) {
        return Err(RunError::NoThread);
    }
    Ok(stop)
}

/// The list at `path`; `-` is standard input.
fn source(path: &Path, console: &Console) -> Result<Source, InputError> {
    if path != Path::new("-") {
        return Ok(Source::file(path));
    }
    let input = io::stdin();
    if input.is_terminal() {
        let end = if cfg!(windows) { "Ctrl-Z and Enter end it" } else { "Ctrl-D ends it" };
        let text = format!("reading the list from the terminal; {end}");
        console.notice(&Notice::note("reading-terminal", text));
    }
    Source::spool(input.lock())
}

pub(super) fn resolver(settings: &ProviderSettings) -> Result<Resolver, ProviderError> {
    let ProviderSettings { id, protocol, set, policy, .. } = settings;
    if id == AUTOMATIC {
        return match set.first() {
            Some(change) => Err(ProviderError::OverrideOfAll { key: change.key() }),
            None => Resolver::automatic(*protocol, *policy),
        };
    }
    Resolver::new(Provider::load(id)?, *protocol, set, *policy)
}

/// What devices will say about the signatures.
pub(super) fn trust_label(settings: &SigningSettings, needs_signature: bool) -> SigningMode {
    match &settings.profiles {
        _ if !needs_signature || settings.unsigned != Unsigned::No => SigningMode::Unsigned,
        Some(_) => SigningMode::Given,
        None => SigningMode::Development,
    }
}

/// What an identity is for in a run: messages name what people will see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signed {
    /// Profiles, and whatever else the run signs.
    Profiles,
    /// Scripts for Windows and nothing else.
    ScriptsOnly,
}

/// The identities that sign. Reports notes and warnings.
pub(super) fn signing(
    settings: &SigningSettings,
    if_missing: IfMissing,
    what: Signed,
    clock: Clock,
    (console, stop): (&Console, &Stop),
) -> Result<Signing, Failure> {
    let moments = [clock.now(), clock.run()];
    let load = |signer: &Signer| {
        let mut ask = |file: &Path| signer.passphrase.get(file);
        SigningIdentity::load(&signer.files, &mut ask, moments).map(Arc::new)
    };
    let signing = |identities, stamper| Signing {
        identities,
        time: clock.run(),
        self_check: settings.self_check,
        stamper,
    };
    if settings.unsigned != Unsigned::No {
        let weight = match settings.unsigned {
            Unsigned::ByConfig => Weight::Important,
            Unsigned::ByFlag | Unsigned::No => Weight::Note,
        };
        let text = match what {
            Signed::Profiles => {
                "nothing is signed: iPhones, iPads and Macs show the profile as `Not Signed`"
            }
            Signed::ScriptsOnly => {
                "nothing is signed: PCs run the scripts with the execution policy Bypass only"
            }
        };
        console.notice(&Notice { weight, ..Notice::note("signs-nothing", text) });
        return Ok(signing(None, None));
    }
    core_dump::forbid();
    let profiles = match &settings.profiles {
        Some(signer) => load(signer)?,
        None => Arc::new(development::identity(if_missing, what, clock, console)?),
    };
    let scripts = match &settings.scripts {
        Some(signer) => load(signer)?,
        None => Arc::clone(&profiles),
    };
    let mut warnings = profiles.warnings(clock.now());
    if !Arc::ptr_eq(&profiles, &scripts) {
        warnings.extend(scripts.warnings(clock.now()));
    }
    if what == Signed::Profiles {
        warnings.extend(profiles.profile_warning());
    }
    warnings.extend(scripts.script_warning());
    let signers = settings.profiles.iter().chain(&settings.scripts);
    warnings.extend(signers.filter_map(|signer| signer.passphrase.warning()));
    for warning in warnings {
        console.notice(&warning.notice());
    }
    if settings.profiles.is_some() {
        let signer = if what == Signed::Profiles { &profiles } else { &scripts };
        let facts = signer.facts();
        console.line(&format_args!(
            "signer: {} ({}), at {}",
            facts.subject,
            facts.key,
            rfc3339(clock.run())
        ));
    }
    let stamper =
        settings.stamps.as_ref().map(|stamps| stamps::stamper(stamps, what, console, stop));
    Ok(signing(Some(Identities { profiles, scripts }), stamper.transpose()?))
}

/// For formats without a signature.
pub(super) fn no_signing(clock: Clock) -> Signing {
    Signing { identities: None, time: clock.run(), self_check: SelfCheck::Off, stamper: None }
}
