//! What the unit tests of `verify` share: a small bundle, an identity, and a judge that keeps faults.

use std::sync::Arc;

use time::OffsetDateTime;
use time::macros::datetime;

use super::{Criteria, Fault, Judge, SignerPin, Verdict};
use crate::artifact::{Draft, FileName, SignatureFormat};
use crate::bundle::manifest::{RunEntry, SetupEntry, SignerEntry, SignersEntry};
use crate::bundle::read::{Unpacked, unpack};
use crate::bundle::{BundleManifest, Entry, Packer, TOOL};
use crate::domain::account::{MailAccount, PersonAccounts};
use crate::domain::email::EmailAddress;
use crate::domain::identifier::ReverseDns;
use crate::domain::person::Person;
use crate::domain::server::IncomingProtocol;
use crate::provider::{Policy, Provider, Resolver};
use crate::render::{RENDERERS, Setup};
use crate::sign::certificate::{Certificate, read_all};
use crate::sign::issue::{IssueRequest, issue};
use crate::sign::verify::Trust;
use crate::sign::{Identities, Sealer, SelfCheck, Signing, SigningIdentity};

pub(super) const NOW: OffsetDateTime = datetime!(2026-11-23 09:00 UTC);

/// A person with a mailbox for each of `addresses`.
pub(super) fn person(addresses: &[&str]) -> PersonAccounts {
    let account = |address: &&str| -> MailAccount {
        let provider = Provider::load("centurylink").unwrap();
        let resolver = Resolver::new(provider, IncomingProtocol::Imap, &[], Policy::default());
        resolver.unwrap().resolve(&Person::new(EmailAddress::try_from(*address).unwrap())).unwrap()
    };
    let mut accounts = addresses.iter().map(account);
    let mut person = PersonAccounts::from(accounts.next().unwrap());
    person.more = accounts.collect();
    person
}

pub(super) fn setup() -> Setup {
    let setup = Setup::of(ReverseDns::try_from("com.example.mail").unwrap());
    Setup { formats: RENDERERS.to_vec(), ..setup }
}

/// The unsigned bundle of `person`, unpacked.
pub(super) fn bundle(person: &PersonAccounts) -> Unpacked {
    let setup = setup();
    let mut sealer = Sealer::new(&unsigned()).unwrap();
    let entry = |draft: Result<_, _>| {
        let (renderer, draft): (&dyn crate::render::Renderer, Draft) = draft.unwrap();
        Entry { format: renderer.format().id, artifact: sealer.seal(draft).unwrap() }
    };
    let entries: Vec<Entry> = setup.drafts(person).map(entry).collect();
    let mut packer = Packer::new();
    let files = entries.iter().map(|entry| packer.describe(entry).unwrap()).collect();
    let run = RunEntry {
        tool: TOOL.to_owned(),
        made_at: "2026-11-23T09:00:00Z".to_owned(),
        setup: SetupEntry {
            organization: None,
            identifier: setup.identifier.to_string(),
            trust: setup.trust.id().to_owned(),
            contact: None,
        },
        language: setup.language,
        signers: None,
    };
    let manifest = BundleManifest::of(&run, person, |_| true, files);
    unpack(&packer.pack(&entries, &manifest, NOW).unwrap()).unwrap()
}

/// The manifest of a person with one mailbox.
pub(super) fn manifest() -> BundleManifest {
    bundle(&person(&["ada@centurylink.net"])).manifest
}

fn unsigned() -> Signing {
    Signing { identities: None, time: NOW, self_check: SelfCheck::Off, stamper: None }
}

/// A fresh identity, how a manifest names it, and its authority.
pub(super) struct Signed {
    signing: Signing,
    pub(super) signers: SignersEntry,
    pub(super) roots: Vec<Certificate>,
}

impl Signed {
    pub(super) fn new() -> Self {
        let request = IssueRequest { common_name: "Test".to_owned(), days: 10, now: NOW };
        let issued = issue(&request).unwrap();
        let identity = Arc::new(SigningIdentity::of_issued(&issued, [NOW; 2]).unwrap());
        let facts = identity.facts();
        let signer =
            || SignerEntry { subject: facts.subject.clone(), sha256: facts.fingerprint.clone() };
        let signers = SignersEntry { profiles: signer(), scripts: signer() };
        let identities = Identities { profiles: Arc::clone(&identity), scripts: identity };
        Self {
            signing: Signing { identities: Some(identities), ..unsigned() },
            signers,
            roots: read_all(&issued.ca_pem).unwrap(),
        }
    }

    /// `content` as a signed profile.
    pub(super) fn profile(&self, content: &[u8]) -> Vec<u8> {
        let draft = Draft {
            file_name: FileName::new(["x"]),
            content: content.to_vec().into(),
            signature: SignatureFormat::CmsAttached,
        };
        Sealer::new(&self.signing).unwrap().seal(draft).unwrap().content().to_vec()
    }
}

/// What `run` finds wrong with no authority given, and what else it notes.
pub(super) fn judged(run: impl FnOnce(&mut Judge<'_>)) -> (Vec<String>, Verdict) {
    judged_by(Vec::new(), &[], run)
}

/// The same under `roots`, with `signers` who must have signed.
pub(super) fn judged_by(
    roots: Vec<Certificate>,
    signers: &[SignerPin],
    run: impl FnOnce(&mut Judge<'_>),
) -> (Vec<String>, Verdict) {
    let trust = Trust::new(roots, NOW);
    let mut faults = Vec::new();
    let mut on_fault = |fault: &Fault| faults.push(fault.to_string());
    let criteria = Criteria { trust: &trust, signers, renderers: RENDERERS };
    let mut judge =
        Judge { criteria, on_fault: &mut on_fault, verdict: Verdict::default(), moment: None };
    run(&mut judge);
    let verdict = judge.verdict;
    (faults, verdict)
}
