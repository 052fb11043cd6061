//! A format that the program does not have, given to it as one more entry of the registry: it is made,
//! signed, packed, verified and inspected, and nothing else had to change.

use std::path::PathBuf;
use std::sync::Arc;

use mailmuster::artifact::{FileBytes, FileName, SignatureFormat};
use mailmuster::bundle::manifest::{RunEntry, SetupEntry, SignersEntry, sha256};
use mailmuster::bundle::read::unpack;
use mailmuster::bundle::{BundleManifest, Entry, Packer, TOOL};
use mailmuster::domain::account::{MailAccount, PersonAccounts};
use mailmuster::domain::email::EmailAddress;
use mailmuster::domain::person::Person;
use mailmuster::domain::server::IncomingProtocol;
use mailmuster::inspect::inspect;
use mailmuster::provider::{Policy, Provider, Resolver};
use mailmuster::render::{
    Form, Format, Part, RENDERERS, ReadError, RenderError, Renderer, Renderers, Scope, Setup,
    Stated, by_id,
};
use mailmuster::sign::certificate::read_all;
use mailmuster::sign::identity::IdentityFiles;
use mailmuster::sign::issue::{IssueRequest, IssuedIdentity, issue};
use mailmuster::sign::verify::Trust;
use mailmuster::sign::{Identities, Sealer, SelfCheck, Signing, SigningIdentity};
use mailmuster::verify::{Criteria, verify};
use tempfile::TempDir;
use time::OffsetDateTime;
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2026-11-23 09:00 UTC);

/// The first line of every file.
const MARK: &[u8] = b"toy\n";

/// An Autodiscover file written backwards, signed, one for each account.
struct Toy;

const FORMAT: Format = Format {
    id: "toy",
    about: "settings for the program Toy",
    opens_with: "Toy",
    signature: SignatureFormat::CmsAttached,
    platform: None,
    scope: Scope::Account,
};

fn forwards() -> &'static dyn Renderer {
    by_id(RENDERERS, "android-autodiscover").unwrap()
}

fn reversed(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().rev().copied().collect()
}

fn unmarked(content: &[u8]) -> Vec<u8> {
    reversed(content.strip_prefix(MARK).unwrap_or_default())
}

impl Renderer for Toy {
    fn format(&self) -> &'static Format {
        &FORMAT
    }

    fn file_name(&self, _: &str, number: usize) -> FileName {
        FileName::new(["toy", &format!("{number}.toy")])
    }

    fn render(&self, part: Part<'_>, setup: &Setup) -> Result<FileBytes, RenderError> {
        let content = forwards().render(part, setup)?.to_vec();
        Ok([MARK, &reversed(&content)].concat().into())
    }

    fn read(&self, content: &[u8]) -> Result<Vec<Stated>, ReadError> {
        forwards().read(&unmarked(content))
    }

    fn check_form(&self, content: &[u8]) -> Result<Form, ReadError> {
        forwards().check_form(&unmarked(content))
    }

    fn looks_like(&self, content: &[u8]) -> bool {
        content.starts_with(MARK)
    }
}

/// The registry with one entry more.
fn registry() -> Vec<&'static dyn Renderer> {
    RENDERERS.iter().copied().chain([&Toy as &dyn Renderer]).collect()
}

/// A folder with what was made in it.
struct Made {
    folder: TempDir,
    trust: Trust,
}

impl Made {
    /// A bundle of a person with two accounts, each sealed file's content passed through `change`.
    fn new(change: impl Fn(&str, Vec<u8>) -> Vec<u8>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let common_name = "Toy".to_owned();
        let issued = issue(&IssueRequest { common_name, days: 10, now: NOW }).unwrap();
        let trust = Trust::new(read_all(&issued.ca_pem).unwrap(), NOW);
        let setup = Setup { formats: registry(), ..super::setup() };
        let person = person();
        let mut sealer = Sealer::new(&signing(&folder, &issued)).unwrap();
        let seal = |draft: Result<(&'static dyn Renderer, _), RenderError>| {
            let (renderer, mut draft): (_, mailmuster::artifact::Draft) = draft.unwrap();
            let id = renderer.format().id;
            if id == FORMAT.id {
                draft.content = change(draft.file_name.as_str(), draft.content.to_vec()).into();
            }
            Entry { format: id, artifact: sealer.seal(draft).unwrap() }
        };
        let entries: Vec<Entry> = setup.drafts(&person).map(seal).collect();
        for entry in &entries {
            let path = folder.path().join(entry.artifact.file_name().as_str().replace('/', "-"));
            std::fs::write(path, entry.artifact.content().to_vec()).unwrap();
        }
        let mut packer = Packer::new();
        let files = entries.iter().map(|entry| packer.describe(entry).unwrap()).collect();
        let manifest = BundleManifest::of(&run(&setup, &issued), &person, |_| true, files);
        let bundle = packer.pack(&entries, &manifest, NOW).unwrap();
        std::fs::write(folder.path().join("bundle.zip"), bundle).unwrap();
        Self { folder, trust }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What `verify` with these `renderers` finds wrong with the file `name`.
    fn faults(&self, name: &str, renderers: &Renderers) -> Vec<String> {
        let criteria = Criteria { trust: &self.trust, signers: &[], renderers };
        let mut faults = Vec::new();
        let mut on_fault = |fault: &mailmuster::verify::Fault| {
            let fault = fault.to_string();
            faults.push(fault.strip_prefix(&self.path("").display().to_string()).unwrap().into());
        };
        verify(&self.path(name), criteria, &mut on_fault).unwrap();
        faults
    }
}

fn person() -> PersonAccounts {
    let account = |address: &str| -> MailAccount {
        let provider = Provider::load("centurylink").unwrap();
        let resolver = Resolver::new(provider, IncomingProtocol::Imap, &[], Policy::default());
        resolver.unwrap().resolve(&Person::new(EmailAddress::try_from(address).unwrap())).unwrap()
    };
    let mut person = PersonAccounts::from(account("ada@centurylink.net"));
    person.more.push(account("shop@q.com"));
    person
}

fn signing(folder: &TempDir, issued: &IssuedIdentity) -> Signing {
    let certificate = folder.path().join("identity.pem");
    let both = [issued.certificate_pem.as_slice(), issued.key_pem.expose()].concat();
    std::fs::write(&certificate, both).unwrap();
    let files = IdentityFiles::Pem { certificate, key: None, chain: None };
    let identity = Arc::new(SigningIdentity::load(&files, &mut |_| Ok(None), [NOW; 2]).unwrap());
    let identities = Identities { profiles: Arc::clone(&identity), scripts: identity };
    Signing { identities: Some(identities), time: NOW, self_check: SelfCheck::On, stamper: None }
}

fn run(setup: &Setup, issued: &IssuedIdentity) -> RunEntry {
    let certificate = openssl::x509::X509::from_pem(&issued.certificate_pem).unwrap();
    let signer = serde_json::json!({
        "subject": "CN=Toy",
        "sha256": sha256(&certificate.to_der().unwrap()),
    });
    let signers: SignersEntry =
        serde_json::from_value(serde_json::json!({ "profiles": signer, "scripts": signer }))
            .unwrap();
    RunEntry {
        tool: TOOL.to_owned(),
        made_at: "2026-11-23T09:00:00Z".to_owned(),
        setup: SetupEntry {
            organization: setup.organization.clone(),
            identifier: setup.identifier.to_string(),
            trust: setup.trust.id().to_owned(),
            contact: setup.contact.as_ref().map(ToString::to_string),
        },
        language: setup.language,
        signers: Some(signers),
    }
}

fn same(_: &str, content: Vec<u8>) -> Vec<u8> {
    content
}

#[test]
fn a_new_format_is_made_packed_and_verified() {
    let made = Made::new(same);
    let bundle = unpack(&std::fs::read(made.path("bundle.zip")).unwrap()).unwrap();
    let toys: Vec<&String> = bundle.files.keys().filter(|path| path.starts_with("toy/")).collect();
    assert_eq!(toys, ["toy/1.toy", "toy/2.toy"]);
    let none: [&str; 0] = [];
    for file in ["bundle.zip", "toy-1.toy", "toy-2.toy"] {
        assert_eq!(made.faults(file, &registry()), none, "{file}");
    }
}

#[test]
fn without_its_entry_the_new_format_is_unknown() {
    let made = Made::new(same);
    let faults = made.faults("bundle.zip", RENDERERS);
    assert!(
        faults.contains(&"bundle.zip: toy/1.toy: its format `toy` is unknown".to_owned()),
        "{faults:?}"
    );
}

#[test]
fn a_signed_file_of_the_new_format_with_another_host_is_found() {
    let made = Made::new(|path, content| {
        let text = String::from_utf8(unmarked(&content)).unwrap();
        let host = if path == "toy/2.toy" { "imap.evil.example" } else { "imap.centurylink.net" };
        let text = text.replace("imap.centurylink.net", host);
        [MARK, &reversed(text.as_bytes())].concat()
    });
    assert_eq!(
        made.faults("bundle.zip", &registry()),
        [
            "bundle.zip: toy/2.toy: incoming host is `imap.evil.example`; the bundle is for `imap.centurylink.net`"
        ]
    );
    let added = Made::new(|_, content| [content, b"<!-- -->".to_vec()].concat());
    assert_eq!(
        added.faults("toy-1.toy", &registry()),
        ["toy-1.toy: it holds more than mailmuster writes for these settings"]
    );
}

#[test]
fn the_new_format_is_inspected() {
    let made = Made::new(same);
    let text = inspect(&made.path("toy-2.toy"), &registry(), NOW).unwrap().to_string();
    assert!(
        text.starts_with("settings for the program Toy\n  signature    holds; by CN=Toy"),
        "{text}"
    );
    assert!(text.contains("  account      shop@q.com <shop@q.com>\n"), "{text}");
}
