//! What manifests and the ledger record of a person, as the values that files are made from.

use std::sync::Arc;

use thiserror::Error;

use crate::bundle::BundleManifest;
use crate::bundle::manifest::{AccountEntry, ServerEntry};
use crate::domain::account::{AccountKey, MailAccount, PersonAccounts, ProviderCard};
use crate::domain::contact::Contact;
use crate::domain::identifier::{ReverseDns, ReverseDnsError};
use crate::domain::language::Language;
use crate::domain::link::Link;
use crate::domain::name::NameError;
use crate::domain::platform::Platform;
use crate::domain::server::{IncomingProtocol, Security};
use crate::provider::built_in_card;
use crate::render::stated::{StatedSecurity, StatedServer};
use crate::render::{ReadError, RenderError, Renderer, Renderers, Setup, SigningMode, Stated};

/// A value of a bundle's manifest that mailmuster never writes.
#[derive(Debug, Error)]
pub(crate) enum ManifestFault {
    #[error("`made_at` is not a moment")]
    MadeAt,
    #[error("it names no account")]
    NoAccount,
    #[error("`person` is not a key")]
    PersonKey,
    #[error("the `key` of an account is not a key")]
    AccountKey,
    #[error("a platform is unknown")]
    Platform,
    #[error("`language` is unknown")]
    Language,
    #[error("`trust` is unknown")]
    Trust,
    #[error(transparent)]
    Identifier(#[from] ReverseDnsError),
    #[error("`contact`: {0}")]
    Contact(NameError),
    #[error("the provider `{0}` is not built in")]
    UnknownProvider(String),
    #[error("it describes the built-in provider `{0}` anew")]
    ProviderAnew(String),
    #[error("the id of a provider is not an id")]
    ProviderId,
    #[error("a page of the provider is not a link")]
    ProviderPage,
    #[error("it names an unknown protocol or security")]
    Server,
    #[error(transparent)]
    Account(#[from] ReadError),
    #[error(transparent)]
    Render(#[from] RenderError),
}

/// The person with the key `key`, these devices, this language and these accounts.
pub(crate) fn person(
    key: &str,
    platforms: &[String],
    language: &str,
    accounts: &[AccountEntry],
) -> Result<PersonAccounts, ManifestFault> {
    let accounts: Vec<MailAccount> = accounts.iter().map(account).collect::<Result<_, _>>()?;
    let mut accounts = accounts.into_iter();
    let first = accounts.next().ok_or(ManifestFault::NoAccount)?;
    let key = AccountKey::from_hex(key).ok_or(ManifestFault::PersonKey)?;
    let platforms: Option<Vec<Platform>> =
        platforms.iter().map(|id| Platform::from_id(id)).collect();
    let platforms = platforms.ok_or(ManifestFault::Platform)?.into_iter().collect();
    let language = Language::try_from(language).map_err(|_| ManifestFault::Language)?;
    Ok(PersonAccounts {
        key,
        platforms,
        language: Some(language),
        more: accounts.collect(),
        ..PersonAccounts::from(first)
    })
}

/// What the bundles of a run share. The formats are those of the files: a format for devices that the person does not have changes nothing.
pub(crate) fn setup(
    manifest: &BundleManifest,
    renderers: &Renderers,
) -> Result<Setup, ManifestFault> {
    let entry = &manifest.setup;
    let identifier = ReverseDns::try_from(entry.identifier.as_str())?;
    let is_used = |renderer: &&'static dyn Renderer| {
        manifest.files.iter().any(|file| file.format == renderer.format().id)
    };
    let contact = entry.contact.as_deref().map(Contact::try_from).transpose();
    Ok(Setup {
        organization: entry.organization.clone(),
        contact: contact.map_err(ManifestFault::Contact)?,
        identifier,
        formats: renderers.iter().copied().filter(is_used).collect(),
        trust: SigningMode::ALL
            .into_iter()
            .find(|label| label.id() == entry.trust)
            .ok_or(ManifestFault::Trust)?,
        language: Language::default(),
    })
}

fn account(entry: &AccountEntry) -> Result<MailAccount, ManifestFault> {
    let key = AccountKey::from_hex(&entry.key).ok_or(ManifestFault::AccountKey)?;
    let card = match (&entry.card, built_in_card(&entry.provider)) {
        (None, Some(built_in)) => built_in,
        (None, None) => return Err(ManifestFault::UnknownProvider(entry.provider.clone())),
        (Some(_), Some(_)) => {
            return Err(ManifestFault::ProviderAnew(entry.provider.clone()));
        }
        (Some(card), None) => {
            let link = |page: &Option<String>| {
                let page = page.as_deref().map(Link::try_from).transpose();
                page.map_err(|_| ManifestFault::ProviderPage)
            };
            Arc::new(ProviderCard {
                id: entry.provider.parse().map_err(|_| ManifestFault::ProviderId)?,
                name: entry.provider_name.clone(),
                page: link(&card.page)?,
                app_password_page: link(&card.app_password_page)?,
                notes: card.notes.clone(),
            })
        }
    };
    let account = stated(entry).ok_or(ManifestFault::Server)?.account(key, card)?;
    Ok(MailAccount { own_outgoing_password: entry.own_outgoing_password, ..account })
}

/// The account of the manifest in the form in which files are compared.
pub(crate) fn stated(account: &AccountEntry) -> Option<Stated> {
    let server = |server: &ServerEntry| {
        Some(StatedServer {
            host: server.host.clone(),
            port: server.port,
            security: StatedSecurity::Exactly(Security::from_id(&server.security)?),
            username: server.username.clone(),
        })
    };
    Some(Stated {
        address: account.address.clone(),
        display_name: Some(account.display_name.clone()),
        protocol: [IncomingProtocol::Imap, IncomingProtocol::Pop]
            .into_iter()
            .find(|p| p.id() == account.protocol)?,
        incoming: server(&account.incoming)?,
        outgoing: server(&account.outgoing)?,
        windows_user: None,
    })
}
