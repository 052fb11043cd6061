//! What a bundle must hold: its files, made again from the values in its manifest.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::bundle::manifest::RunEntry;
use crate::bundle::{BundleManifest, FileEntry, TOOL};
use crate::domain::account::{PersonAccounts, ProviderCard};
use crate::domain::language::Language;
use crate::provider::built_in_card;
use crate::recorded::{ManifestFault, person, setup};
use crate::render::{Renderer, Renderers, Setup, Stated};

/// The person and the run of a bundle, from its manifest.
pub(super) struct Expected {
    person: PersonAccounts,
    setup: Setup,
    language: Language,
    /// The moment of the run.
    pub(super) made_at: OffsetDateTime,
}

/// One file as it must be, without its signature.
pub(super) struct ExpectedFile {
    pub(super) renderer: &'static dyn Renderer,
    pub(super) path: String,
    pub(super) content: Vec<u8>,
    /// The accounts that the file is for.
    pub(super) accounts: Vec<Stated>,
    /// Whether it is the same in every bundle, so that this program alone vouches for it.
    pub(super) is_constant: bool,
}

impl Expected {
    /// Reads the values of `manifest`; the error says which one mailmuster never writes.
    pub(super) fn of(
        manifest: &BundleManifest,
        renderers: &Renderers,
    ) -> Result<Self, ManifestFault> {
        let made_at = OffsetDateTime::parse(&manifest.made_at, &Rfc3339)
            .map_err(|_| ManifestFault::MadeAt)?;
        let person =
            person(&manifest.person, &manifest.platforms, &manifest.language, &manifest.accounts)?;
        let language = person.language.unwrap_or_default();
        Ok(Self { person, setup: setup(manifest, renderers)?, language, made_at })
    }

    /// Every file of the bundle, in its order.
    pub(super) fn files(&self) -> Result<Vec<ExpectedFile>, ManifestFault> {
        let stated: Vec<Stated> = self.person.iter().map(Stated::from).collect();
        let mut of_format = 0;
        let mut last = "";
        let mut files = Vec::new();
        for draft in self.setup.drafts(&self.person) {
            let (renderer, draft) = draft?;
            of_format = if renderer.format().id == last { of_format + 1 } else { 0 };
            last = renderer.format().id;
            files.push(ExpectedFile {
                renderer,
                path: draft.file_name.to_string(),
                is_constant: draft.content.own.is_empty(),
                content: draft.content.to_vec(),
                accounts: stated[renderer.split(&self.person)[of_format].clone()].to_vec(),
            });
        }
        Ok(files)
    }

    /// The manifest again, with these `files`: the same values in the form that mailmuster writes.
    pub(super) fn manifest(&self, given: &BundleManifest, files: Vec<FileEntry>) -> BundleManifest {
        let run = RunEntry {
            tool: TOOL.to_owned(),
            made_at: self.made_at.format(&Rfc3339).unwrap_or_default(),
            setup: given.setup.clone(),
            language: self.language,
            signers: given.signers.clone(),
        };
        let is_built_in = |card: &ProviderCard| built_in_card(card.id.as_str()).is_some();
        BundleManifest::of(&run, &self.person, is_built_in, files)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::manifest::CardEntry;
    use crate::render::RENDERERS;
    use crate::verify::testing;

    #[track_caller]
    fn refused(change: impl Fn(&mut BundleManifest), why: &str) {
        let mut manifest = testing::manifest();
        change(&mut manifest);
        let fault = Expected::of(&manifest, RENDERERS).err().map(|fault| fault.to_string());
        assert_eq!(fault.as_deref(), Some(why));
    }

    #[test]
    fn a_value_of_the_run_that_mailmuster_never_writes_is_named() {
        refused(|it| it.made_at = "today".to_owned(), "`made_at` is not a moment");
        refused(|it| it.setup.trust = "yes".to_owned(), "`trust` is unknown");
        refused(|it| it.language = "xx".to_owned(), "`language` is unknown");
        refused(
            |it| it.setup.contact = Some("\u{1b}".to_owned()),
            "`contact`: it holds a control character (U+001B)",
        );
    }

    #[test]
    fn a_value_of_the_person_that_mailmuster_never_writes_is_named() {
        refused(|it| it.person = "ada".to_owned(), "`person` is not a key");
        refused(|it| it.platforms.push("amiga".to_owned()), "a platform is unknown");
        refused(|it| it.accounts.clear(), "it names no account");
    }

    #[test]
    fn a_value_of_an_account_that_mailmuster_never_writes_is_named() {
        refused(|it| it.accounts[0].key = "1".to_owned(), "the `key` of an account is not a key");
        let servers = "it names an unknown protocol or security";
        refused(|it| it.accounts[0].protocol = "jmap".to_owned(), servers);
        refused(|it| it.accounts[0].outgoing.security = "ssl".to_owned(), servers);
        refused(|it| it.accounts[0].incoming.port = 0, "it cannot be read: a port is 0");
        let acme = "the provider `acme` is not built in";
        refused(|it| it.accounts[0].provider = "acme".to_owned(), acme);
    }

    #[test]
    fn a_bundle_cannot_describe_a_built_in_provider_or_link_to_a_script() {
        let card = |page: &str| CardEntry {
            page: Some(page.to_owned()),
            app_password_page: None,
            notes: Vec::new(),
        };
        refused(
            |it| it.accounts[0].card = Some(card("https://example.org/")),
            "it describes the built-in provider `centurylink` anew",
        );
        refused(
            |it| {
                it.accounts[0].provider = "acme".to_owned();
                it.accounts[0].card = Some(card("javascript:alert(1)"));
            },
            "a page of the provider is not a link",
        );
    }

    #[test]
    fn only_the_formats_of_the_manifest_are_expected() {
        let mut manifest = testing::manifest();
        manifest.files.retain(|file| file.format == "sheet");
        let files = Expected::of(&manifest, RENDERERS).unwrap().files().unwrap();
        assert_eq!(
            files.iter().map(|file| &file.path[..]).collect::<Vec<_>>(),
            ["START-HERE.html"]
        );
    }
}
