//! Holds every renderer to the same rules: pure, the same bytes each time, awkward names unharmed,
//! everything read back as it was, and golden files. `UPDATE_GOLDEN=1` writes the golden files anew.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]
#![allow(clippy::disallowed_methods, reason = "UPDATE_GOLDEN writes files on purpose")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mailmuster::artifact::Draft;
use mailmuster::domain::account::{MailAccount, PersonAccounts, ProviderCard};
use mailmuster::domain::contact::Contact;
use mailmuster::domain::email::EmailAddress;
use mailmuster::domain::identifier::ReverseDns;
use mailmuster::domain::language::Language;
use mailmuster::domain::name::{DisplayName, LoginName};
use mailmuster::domain::person::{Person, PersonId};
use mailmuster::domain::platform::Platform;
use mailmuster::domain::server::{IncomingProtocol, Security};
use mailmuster::provider::{BUILT_IN, Policy, Provider, Resolver};
use mailmuster::render::{Part, RENDERERS, Scope, Setup, SigningMode, Stated};
use proptest::prelude::*;

#[path = "contract/thunderbird.rs"]
mod thunderbird;
#[path = "contract/toy_format.rs"]
mod toy_format;

/// The cases that have golden files.
const CASES: [&str; 4] = ["plain", "awkward", "pop-starttls-login", "several-mailboxes"];

/// The cases of the sheet alone: each further language, with every label of a signature.
const SHEETS: [(&str, SigningMode); 3] = [
    ("several-mailboxes-es", SigningMode::Given),
    ("several-mailboxes-de", SigningMode::Development),
    ("several-mailboxes-fr", SigningMode::Unsigned),
];

/// The person of a case.
fn person(case: &str) -> PersonAccounts {
    if let Some(tag) = case.strip_prefix("several-mailboxes-") {
        let mut several = person("several-mailboxes");
        several.language = Some(Language::try_from(tag).unwrap());
        return several;
    }
    if case != "several-mailboxes" {
        return account(case).into();
    }
    let mut several = PersonAccounts::from(account("plain"));
    let mut shop = account("awkward");
    shop.address = EmailAddress::try_from("shop@münchen.example").unwrap();
    shop.own_outgoing_password = true;
    shop.provider = Arc::new(ProviderCard {
        id: "fastmail".parse().unwrap(),
        name: "Fastmail".to_owned(),
        page: None,
        app_password_page: Some("https://example.org/app-passwords".try_into().unwrap()),
        notes: Vec::new(),
    });
    several.more = vec![shop, account("pop-starttls-login")];
    several.platforms =
        [Platform::Apple, Platform::Android, Platform::Windows].into_iter().collect();
    several
}

fn account(case: &str) -> MailAccount {
    let person = |address: &str, name: &str, login: Option<&str>, id: Option<&str>| Person {
        display_name: DisplayName::try_from(name).unwrap(),
        login: login.map(|login| LoginName::try_from(login).unwrap()),
        id: id.map(|id| PersonId::try_from(id).unwrap()),
        ..Person::new(EmailAddress::try_from(address).unwrap())
    };
    let (person, protocol, overrides): (Person, IncomingProtocol, &[&str]) = match case {
        "plain" => (
            person("ada.lovelace@centurylink.net", "Ada Lovelace", None, None),
            IncomingProtocol::Imap,
            &[],
        ),
        "awkward" => (
            person(
                "o'brien+x&y@q.com",
                "Áine “Zoë” O’Brien & 'Co' <b>$(calc)</b> `%PATH%` ]]> 田中 👩‍💻 {{ name }}",
                None,
                Some("<7>"),
            ),
            IncomingProtocol::Imap,
            &[],
        ),
        _ => (
            person("bob@embarqmail.com", "Bob", Some("bob.at.work@embarqmail.com"), None),
            IncomingProtocol::Pop,
            &["pop.port=110", "pop.security=starttls", "smtp.port=465", "smtp.security=tls"],
        ),
    };
    resolve(&person, protocol, overrides)
}

fn resolve(person: &Person, protocol: IncomingProtocol, overrides: &[&str]) -> MailAccount {
    let overrides: Vec<_> = overrides.iter().map(|o| o.parse().unwrap()).collect();
    let provider = Provider::load("centurylink").unwrap();
    let account = Resolver::new(provider, protocol, &overrides, Policy::default())
        .unwrap()
        .resolve(person)
        .unwrap();
    let card = ProviderCard {
        page: Some("https://example.org/?a=1&b=2".try_into().unwrap()),
        notes: vec!["The user name is the whole address.".to_owned()],
        ..account.provider.as_ref().clone()
    };
    MailAccount { provider: Arc::new(card), ..account }
}

fn setup() -> Setup {
    Setup {
        organization: Some("Smith & Sons <Mail>".to_owned()),
        contact: Some(Contact::try_from("Help <desk> & Co, +1 555 0100").unwrap()),
        language: Language::default(),
        identifier: ReverseDns::try_from("com.example.mail").unwrap(),
        formats: RENDERERS.to_vec(),
        trust: SigningMode::Given,
    }
}

#[test]
fn ids_and_paths_are_unique_and_well_formed() {
    let (mut ids, mut paths) = (BTreeSet::new(), BTreeSet::new());
    for renderer in RENDERERS {
        let id = renderer.format().id;
        assert!(ids.insert(id), "{id} twice");
        assert!(id.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{id}");
        assert!(!renderer.format().about.ends_with('.'), "{id}");
        let path = renderer.file_name("CenturyLink", 1).to_string();
        let second = renderer.file_name("CenturyLink", 2).to_string();
        assert_eq!((renderer.format().scope != Scope::Person), path != second, "{id}");
        assert!(paths.insert(path.to_lowercase()), "{path} twice");
        assert!(!path.starts_with('/') && !path.contains("..") && !path.contains('\\'), "{path}");
    }
}

#[test]
fn rendering_is_pure() {
    for renderer in RENDERERS {
        for case in CASES {
            let render = || renderer.render(Part::from(&person(case)), &setup()).unwrap().to_vec();
            assert_eq!(render(), render(), "{} {case}", renderer.format().id);
        }
    }
}

#[test]
fn every_file_is_read_back_as_it_was() {
    for renderer in RENDERERS {
        for case in CASES {
            assert_read_back(renderer.format().id, &person(case));
        }
    }
}

/// The files of one format for a person.
fn files(id: &str, person: &PersonAccounts) -> Vec<Draft> {
    files_of(&setup(), id, person)
}

fn files_of(setup: &Setup, id: &str, person: &PersonAccounts) -> Vec<Draft> {
    let drafts = setup.drafts(person).map(|draft| draft.unwrap()).collect::<Vec<_>>();
    drafts
        .into_iter()
        .filter(|(format, _)| format.format().id == id)
        .map(|(_, draft)| draft)
        .collect()
}

fn assert_read_back(id: &str, person: &PersonAccounts) {
    let renderer = mailmuster::render::by_id(RENDERERS, id).unwrap();
    let stated: Vec<Stated> = files(id, person)
        .iter()
        .flat_map(|file| {
            let content = file.content.to_vec();
            renderer.read(&content).unwrap_or_else(|error| panic!("{id}: {error}"))
        })
        .collect();
    if stated.is_empty() {
        return;
    }
    let accounts: Vec<&MailAccount> = person.iter().collect();
    let held: Vec<&MailAccount> = renderer
        .split(person)
        .into_iter()
        .flat_map(|places| accounts[places].iter().copied())
        .collect();
    assert_eq!(stated.len(), held.len(), "{id}");
    for (stated, account) in stated.iter().zip(held) {
        assert_eq!(stated.differences(&Stated::from(account)), [], "{id}");
    }
}

#[test]
fn nobody_gets_files_for_devices_they_do_not_have() {
    let ids = |platforms: &[Platform]| -> Vec<&str> {
        let mut person = person("plain");
        person.platforms = platforms.iter().copied().collect();
        setup().drafts(&person).map(|draft| draft.unwrap().0.format().id).collect()
    };
    assert_eq!(ids(&[Platform::Apple]), ["sheet", "apple-profile"]);
    assert_eq!(
        ids(&[Platform::Android]),
        [
            "sheet",
            "android-qr-svg",
            "android-qr-png",
            "android-thunderbird",
            "android-autodiscover",
            "android-autoconfig",
        ]
    );
    assert_eq!(ids(&[Platform::Windows]), ["sheet", "windows-script", "windows-launcher"]);
    assert_eq!(ids(&Platform::ALL).len(), RENDERERS.len());
    let mut person = person("plain");
    person.platforms = [Platform::Android].into_iter().collect();
    let sheet = String::from_utf8(files("sheet", &person)[0].content.to_vec()).unwrap();
    assert!(sheet.contains("Android") && !sheet.contains("iPhone") && !sheet.contains("Windows"));
}

#[test]
fn a_changed_value_is_noticed() {
    for renderer in RENDERERS {
        let bytes = renderer.render(Part::from(&person("plain")), &setup()).unwrap().to_vec();
        // what is in a picture has a checksum
        let Ok(text) = String::from_utf8(bytes) else { continue };
        let changed = text
            .replace("imap.centurylink.net", "imap.evil.example")
            .replace("imap<wbr />.centurylink<wbr />.net", "imap<wbr />.evil<wbr />.example");
        if text == changed {
            continue;
        }
        let stated = renderer.read(changed.as_bytes()).unwrap();
        let settings: Vec<_> = stated[0]
            .differences(&Stated::from(&account("plain")))
            .iter()
            .map(|d| d.setting)
            .collect();
        assert_eq!(settings, ["incoming host"], "{}", renderer.format().id);
    }
}

#[test]
fn the_sheet_says_the_same_in_every_language() {
    for language in Language::all() {
        for case in CASES {
            let mut person = person(case);
            person.language = Some(language);
            person.first.outgoing.endpoint.security = Security::None;
            assert_read_back("sheet", &person);
            let sheet = String::from_utf8(files("sheet", &person)[0].content.to_vec()).unwrap();
            assert!(sheet.contains(&format!("<html lang=\"{language}\"")), "{language}");
            assert_eq!(sheet.contains(">none<"), language == Language::default(), "{language}");
        }
    }
}

#[test]
fn what_built_in_providers_say_is_there_in_every_language() {
    for (id, _) in BUILT_IN {
        let provider = Provider::load(id).unwrap();
        if provider.refused.is_some() {
            continue;
        }
        let mut person = person("plain");
        let notes: Vec<String> = provider.notes.iter().map(|note| note.text.clone()).collect();
        let card = ProviderCard { notes: notes.clone(), ..(*person.first.provider).clone() };
        person.first.provider = Arc::new(card);
        for language in Language::all() {
            person.language = Some(language);
            let sheet = String::from_utf8(files("sheet", &person)[0].content.to_vec()).unwrap();
            for note in &notes {
                let item = format!("<li>{}</li>", minijinja::HtmlEscape(note));
                let is_english = language == Language::default();
                assert_eq!(sheet.contains(&item), is_english, "{id} in {language}: {note}");
            }
        }
    }
}

#[test]
fn a_damaged_file_is_an_error_and_no_panic() {
    for renderer in RENDERERS {
        let content =
            renderer.render(Part::from(&person("several-mailboxes")), &setup()).unwrap().to_vec();
        for cut in (0..content.len()).step_by(97) {
            let _ = renderer.read(&content[..cut]);
        }
        let _ = renderer.read(b"\xff\xfe\0");
    }
}

#[test]
fn identifiers_depend_on_the_person_and_the_organization_only() {
    let profile = |account: &MailAccount, setup: &Setup| {
        let renderer =
            RENDERERS.iter().find(|renderer| renderer.format().id == "apple-profile").unwrap();
        let value = plist::Value::from_reader(std::io::Cursor::new(
            renderer.render(Part::from(&account.clone().into()), setup).unwrap().to_vec(),
        ))
        .unwrap();
        let top = value.into_dictionary().unwrap();
        let inner = top["PayloadContent"].as_array().unwrap()[0].as_dictionary().unwrap().clone();
        [&top, &inner]
            .iter()
            .flat_map(|dictionary| {
                ["PayloadIdentifier", "PayloadUUID"]
                    .map(|key| dictionary[key].as_string().unwrap().to_owned())
            })
            .collect::<Vec<_>>()
    };
    let ada = account("plain");
    let mut renamed = ada.clone();
    renamed.display_name = DisplayName::try_from("Ada King").unwrap();
    renamed.incoming.endpoint.host = "mail.centurylink.net".try_into().unwrap();
    assert_eq!(profile(&ada, &setup()), profile(&renamed, &setup()));
    assert_ne!(profile(&ada, &setup()), profile(&account("awkward"), &setup()));
    let other = Setup { identifier: ReverseDns::try_from("org.other").unwrap(), ..setup() };
    let names: BTreeSet<String> =
        profile(&ada, &setup()).into_iter().chain(profile(&ada, &other)).collect();
    assert_eq!(names.len(), 8, "all identifiers differ: {names:?}");
}

#[test]
fn every_renderer_matches_its_golden_files() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut expected = BTreeSet::new();
    for renderer in RENDERERS {
        let sheets = SHEETS.iter().filter(|_| renderer.format().id == "sheet").copied();
        for (case, trust) in CASES.map(|case| (case, SigningMode::Given)).into_iter().chain(sheets)
        {
            let setup = Setup { trust, ..setup() };
            for file in files_of(&setup, renderer.format().id, &person(case)) {
                let name = file.file_name.as_str().rsplit('/').next().unwrap();
                let path = golden().join(renderer.format().id).join(case).join(name);
                // the part that is the same for everybody is a file of its own, templates/windows
                let own = file.content;
                let content = if own.own.is_empty() { own.to_vec() } else { own.own };
                if update {
                    fs::create_dir_all(path.parent().unwrap()).unwrap();
                    fs::write(&path, &content).unwrap();
                }
                let wanted = fs::read(&path).unwrap_or_else(|_| {
                    panic!(
                        "no golden file for `{}`: run with UPDATE_GOLDEN=1",
                        renderer.format().id
                    )
                });
                assert_eq!(
                    String::from_utf8_lossy(&wanted),
                    String::from_utf8_lossy(&content),
                    "{}",
                    path.display()
                );
                expected.insert(path);
            }
        }
    }
    assert_eq!(files_below(&golden()), expected, "golden files that belong to no renderer");
}

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join("golden")
}

fn files_below(folder: &Path) -> BTreeSet<PathBuf> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| if path.is_dir() { files_below(&path) } else { BTreeSet::from([path]) })
        .collect()
}

proptest! {
    /// Whatever a name holds, every file says it as it is: the property behind "unescaped `&`".
    #[test]
    fn any_name_survives_every_format(name in "\\PC{1,40}", local in "[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,20}") {
        let Ok(display_name) = DisplayName::try_from(name.as_str()) else { return Ok(()) };
        let address = EmailAddress::try_from(format!("{local}@centurylink.net").as_str()).unwrap();
        let person = Person { display_name, ..Person::new(address) };
        let accounts = resolve(&person, IncomingProtocol::Imap, &[]).into();
        for renderer in RENDERERS {
            assert_read_back(renderer.format().id, &accounts);
        }
    }
}
