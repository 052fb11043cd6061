//! What was typed to what will be done.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;

use super::args::{ListArgs, ProtocolArg, ProviderArgs, SigningArgs};
use super::development::{self, DevelopmentError};
use super::message::Console;
use super::passphrase::PassphraseSource;
use crate::clock::{Clock, rfc3339};
use crate::diagnostic::Diagnostic;
use crate::domain::server::IncomingProtocol;
use crate::input::{InputError, ReadOptions, Source};
use crate::pipeline::Job;
use crate::provider::{AUTOMATIC, Policy, Provider, ProviderError, Resolver};
use crate::render::{Renderer, TrustLabel};
use crate::sign::identity::IdentityFiles;
use crate::sign::{Identities, IdentityError, Signing, SigningIdentity};

/// The job of a list and a provider.
pub(super) fn job(
    list: &ListArgs,
    provider: &ProviderArgs,
    formats: Vec<&'static dyn Renderer>,
    console: &Console,
) -> Result<Job, JobError> {
    Ok(Job {
        source: source(&list.list, console)?,
        read: ReadOptions {
            encoding: list.encoding,
            delimiter: list.delimiter,
            comment: list.comment,
            columns: list.columns.clone(),
            sheet: list.sheet.clone(),
            maps: list.map.clone(),
        },
        resolver: resolver(provider)?,
        formats,
        keep_cells: false,
    })
}

/// The list at `path`; `-` is standard input.
fn source(path: &Path, console: &Console) -> Result<Source, InputError> {
    if path != Path::new("-") {
        return Ok(Source::file(path));
    }
    let input = io::stdin();
    if input.is_terminal() {
        console.note(&"reading the list from the terminal; Ctrl-D ends it");
    }
    Source::spool(input.lock())
}

fn resolver(args: &ProviderArgs) -> Result<Resolver, ProviderError> {
    let protocol = match args.protocol {
        ProtocolArg::Imap => IncomingProtocol::Imap,
        ProtocolArg::Pop => IncomingProtocol::Pop,
    };
    let policy = Policy {
        allow_other_domains: args.allow_other_domains,
        allow_cleartext: args.allow_cleartext,
    };
    if args.provider == AUTOMATIC {
        return match args.set.first() {
            Some(change) => Err(ProviderError::OverrideOfAll { key: change.key() }),
            None => Resolver::automatic(protocol, policy),
        };
    }
    Resolver::new(Provider::load(&args.provider)?, protocol, &args.set, policy)
}

/// A run that cannot begin.
#[derive(Debug, Error)]
pub(super) enum JobError {
    /// The list.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The provider.
    #[error(transparent)]
    Provider(#[from] ProviderError),
}

impl Diagnostic for JobError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Input(error) => error.hint(),
            Self::Provider(error) => error.hint(),
        }
    }
}

/// Who signs, and what devices will say about it. Notes and warnings are said at once.
pub(super) fn signing(
    args: &SigningArgs,
    clock: Clock,
    console: &Console,
) -> Result<(Signing, TrustLabel), SigningError> {
    let moments = [clock.now(), clock.run()];
    let script = files(
        args.script_cert.as_ref(),
        args.script_key.as_ref(),
        args.script_chain.as_ref(),
        args.script_p12.as_ref(),
    );
    let own = files(
        args.sign_cert.as_ref(),
        args.sign_key.as_ref(),
        args.sign_chain.as_ref(),
        args.sign_p12.as_ref(),
    );
    let load = |files: &IdentityFiles, passphrase: PassphraseSource| {
        SigningIdentity::load(files, &mut |file| passphrase.get(file), moments).map(Arc::new)
    };

    let signing =
        |identities| Signing { identities, time: clock.run(), self_check: !args.no_self_check };
    if args.unsigned {
        console
            .note(&"nothing is signed: iPhones, iPads and Macs show the profile as `Not Signed`");
        return Ok((signing(None), TrustLabel::Unsigned));
    }
    let (profiles, trust) = match &own {
        Some(files) => (load(files, PassphraseSource::for_profiles(args))?, TrustLabel::Given),
        None => (Arc::new(development::identity(clock, console)?), TrustLabel::Development),
    };
    let scripts = match &script {
        Some(files) => load(files, PassphraseSource::for_scripts(args))?,
        None => Arc::clone(&profiles),
    };
    let mut warnings = profiles.warnings(clock.now());
    if !Arc::ptr_eq(&profiles, &scripts) {
        warnings.extend(scripts.warnings(clock.now()));
    }
    warnings.extend(scripts.script_warning());
    for warning in warnings {
        console.warning(&warning, warning.hint().as_deref());
    }
    if trust == TrustLabel::Given {
        let facts = profiles.facts();
        console.line(&format_args!(
            "signed by {} ({}), at {}",
            facts.subject,
            facts.key,
            rfc3339(clock.run())
        ));
    }
    Ok((signing(Some(Identities { profiles, scripts })), trust))
}

/// For files that call for no signature.
pub(super) fn no_signing(clock: Clock) -> Signing {
    Signing { identities: None, time: clock.run(), self_check: false }
}

/// Nobody can sign.
#[derive(Debug, Error)]
pub(super) enum SigningError {
    /// The development identity.
    #[error(transparent)]
    Development(#[from] DevelopmentError),
    /// An identity that was given.
    #[error(transparent)]
    Identity(#[from] IdentityError),
}

impl Diagnostic for SigningError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Development(error) => error.hint(),
            Self::Identity(error) => error.hint(),
        }
    }
}

fn files(
    certificate: Option<&PathBuf>,
    key: Option<&PathBuf>,
    chain: Option<&PathBuf>,
    pkcs12: Option<&PathBuf>,
) -> Option<IdentityFiles> {
    match (certificate, pkcs12) {
        (Some(certificate), _) => Some(IdentityFiles::Pem {
            certificate: certificate.clone(),
            key: key.cloned(),
            chain: chain.cloned(),
        }),
        (None, Some(file)) => Some(IdentityFiles::Pkcs12(file.clone())),
        (None, None) => None,
    }
}
