//! What was typed to what will be done.

use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error;

use super::args::{ListArgs, ProtocolArg, ProviderArgs, SigningArgs};
use super::development::{self, DevelopmentError};
use super::message::Console;
use super::passphrase::PassphraseSource;
use crate::clock::{Clock, rfc3339};
use crate::diagnostic::Diagnostic;
use crate::domain::server::IncomingProtocol;
use crate::input::{ReadOptions, Source};
use crate::pipeline::Job;
use crate::provider::{Policy, Provider, ProviderError, Resolver};
use crate::render::TrustLabel;
use crate::sign::identity::IdentityFiles;
use crate::sign::{Identities, IdentityError, Signing, SigningIdentity};

/// The job of a list and a provider. What is doubtful about the provider is said at once.
pub(super) fn job(
    list: &ListArgs,
    provider: &ProviderArgs,
    console: &Console,
) -> Result<Job, ProviderError> {
    let protocol = match provider.protocol {
        ProtocolArg::Imap => IncomingProtocol::Imap,
        ProtocolArg::Pop => IncomingProtocol::Pop,
    };
    let policy = Policy {
        allow_other_domains: provider.allow_other_domains,
        allow_cleartext: provider.allow_cleartext,
    };
    let resolver =
        Resolver::new(Provider::load(&provider.provider)?, protocol, &provider.set, policy)?;
    for finding in resolver.findings() {
        console.warning(&finding.what, Some(&finding.cure));
    }
    Ok(Job {
        source: Source::file(&list.list),
        read: ReadOptions { delimiter: list.delimiter, maps: list.map.clone() },
        resolver,
    })
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
