//! The cost of one bundle by stage: `cargo bench`. `scripts/bench` measures whole runs.
#![allow(missing_docs, reason = "criterion's macros make undocumented functions")]
#![allow(clippy::unwrap_used, reason = "a bench that cannot go on should panic")]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use mailmuster::artifact::{Draft, SignatureFormat};
use mailmuster::bundle::manifest::{RunEntry, SetupEntry};
use mailmuster::bundle::{BundleManifest, Entry, Packer, TOOL};
use mailmuster::domain::account::PersonAccounts;
use mailmuster::domain::contact::Contact;
use mailmuster::domain::email::EmailAddress;
use mailmuster::domain::identifier::ReverseDns;
use mailmuster::domain::language::Language;
use mailmuster::domain::name::DisplayName;
use mailmuster::domain::person::Person;
use mailmuster::domain::server::IncomingProtocol;
use mailmuster::provider::{Policy, Provider, Resolver};
use mailmuster::render::{Part, RENDERERS, Setup, SigningMode};
use mailmuster::sign::identity::IdentityFiles;
use mailmuster::sign::issue::{IssueRequest, issue};
use mailmuster::sign::{Identities, Sealer, SelfCheck, Signing, SigningIdentity};
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use time::OffsetDateTime;
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2026-11-23 09:00 UTC);

fn person() -> PersonAccounts {
    let person = Person {
        display_name: DisplayName::try_from("Siobhán O’Sullivan").unwrap(),
        ..Person::new(EmailAddress::try_from("siobhan.osullivan@centurylink.net").unwrap())
    };
    let provider = Provider::load("centurylink").unwrap();
    Resolver::new(provider, IncomingProtocol::Imap, &[], Policy::default())
        .unwrap()
        .resolve(&person)
        .unwrap()
        .into()
}

fn setup() -> Setup {
    Setup {
        organization: Some("Example".to_owned()),
        contact: Some(Contact::try_from("Help <desk> & Co, +1 555 0100").unwrap()),
        language: Language::default(),
        identifier: ReverseDns::try_from("com.example.mail").unwrap(),
        formats: RENDERERS.to_vec(),
        trust: SigningMode::Given,
    }
}

/// A fresh RSA-2048 identity, and its key for the raw limit.
fn signing() -> (Signing, PKey<openssl::pkey::Private>) {
    let issued =
        issue(&IssueRequest { common_name: "Bench".to_owned(), days: 10, now: NOW }).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let certificate = folder.path().join("identity.pem");
    #[expect(clippy::disallowed_methods, reason = "a bench writes its own fixture")]
    std::fs::write(&certificate, [&issued.certificate_pem, issued.key_pem.expose()].concat())
        .unwrap();
    let files = IdentityFiles::Pem { certificate, key: None, chain: None };
    let identity = Arc::new(SigningIdentity::load(&files, &mut |_| Ok(None), [NOW; 2]).unwrap());
    let identities = Identities { profiles: Arc::clone(&identity), scripts: identity };
    let key = PKey::private_key_from_pem(issued.key_pem.expose()).unwrap();
    (
        Signing {
            identities: Some(identities),
            time: NOW,
            self_check: SelfCheck::On,
            stamper: None,
        },
        key,
    )
}

fn stages(criterion: &mut Criterion) {
    let (person, setup) = (person(), setup());
    let (signing, key) = signing();
    for renderer in RENDERERS {
        criterion.bench_function(&format!("render {}", renderer.format().id), |bencher| {
            bencher.iter(|| renderer.render(black_box(Part::from(&person)), &setup).unwrap());
        });
    }
    criterion.bench_function("sign: raw RSA-2048 over SHA-256", |bencher| {
        bencher.iter(|| {
            let mut signer = Signer::new(MessageDigest::sha256(), &key).unwrap();
            signer.sign_oneshot_to_vec(black_box(b"attributes")).unwrap()
        });
    });
    for self_check in [SelfCheck::On, SelfCheck::Off] {
        let mut sealer = Sealer::new(&Signing { self_check, ..signing.clone() }).unwrap();
        for renderer in RENDERERS
            .iter()
            .filter(|renderer| renderer.format().signature != SignatureFormat::Unsigned)
        {
            let draft = Draft {
                file_name: renderer.file_name(person.first.provider.stem(), 1),
                content: renderer.render(Part::from(&person), &setup).unwrap(),
                signature: renderer.format().signature,
            };
            let name = format!(
                "seal {}{}",
                renderer.format().id,
                if self_check == SelfCheck::On { "" } else { ", no self-check" }
            );
            criterion.bench_function(&name, |bencher| {
                bencher.iter(|| sealer.seal(draft.clone()).unwrap());
            });
        }
    }
    pack(criterion, &person, &setup, &signing);
}

fn pack(criterion: &mut Criterion, person: &PersonAccounts, setup: &Setup, signing: &Signing) {
    let mut sealer = Sealer::new(signing).unwrap();
    let entries: Vec<Entry> = setup
        .drafts(person)
        .map(|draft| {
            let (renderer, draft) = draft.unwrap();
            Entry { format: renderer.format().id, artifact: sealer.seal(draft).unwrap() }
        })
        .collect();
    let mut packer = Packer::new();
    let run = RunEntry {
        tool: TOOL.to_owned(),
        made_at: "2026-11-23T09:00:00Z".to_owned(),
        setup: SetupEntry {
            organization: setup.organization.clone(),
            identifier: setup.identifier.to_string(),
            trust: setup.trust.id().to_owned(),
            contact: setup.contact.as_ref().map(ToString::to_string),
        },
        language: setup.language,
        signers: None,
    };
    criterion.bench_function("pack", |bencher| {
        bencher.iter(|| {
            let files = entries.iter().map(|entry| packer.describe(entry).unwrap()).collect();
            let manifest = BundleManifest::of(&run, person, |_| true, files);
            packer.pack(black_box(&entries), &manifest, NOW).unwrap()
        });
    });
}

criterion_group!(benches, stages);
criterion_main!(benches);
