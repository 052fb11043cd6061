use super::*;
use crate::bundle::manifest::{AccountEntry, ServerEntry};
use crate::clock::Clock;
use crate::domain::label::Labels;
use crate::ledger::{Fingerprint, Package, PersonRecord};
use crate::render::files::{LAUNCHER, PROFILE, SCRIPT, SHEET, THUNDERBIRD};
use crate::render::{RENDERERS, SigningMode, sample};
use crate::sign::{SelfCheck, Signing};

const KEY: &str = "00000000000000000000000000000007";
const ALL: [&str; 3] = ["apple", "android", "windows"];

fn account(address: &str, key: &str, smtp: u16) -> AccountEntry {
    let server = |host: &str, port| ServerEntry {
        host: host.to_owned(),
        port,
        security: "tls".to_owned(),
        username: address.to_owned(),
    };
    AccountEntry {
        key: key.to_owned(),
        address: address.to_owned(),
        display_name: "Cat".to_owned(),
        provider: "acme".to_owned(),
        provider_name: "Acme".to_owned(),
        protocol: "imap".to_owned(),
        incoming: server("imap.acme.example", 993),
        outgoing: server("smtp.acme.example", smtp),
        own_outgoing_password: false,
        card: None,
    }
}

/// The accounts with their SMTP ports; alone, an account has the key of the person.
fn accounts(of: &[(&str, u16)]) -> Vec<AccountEntry> {
    let key = |address| if of.len() == 1 { KEY } else { address };
    of.iter().map(|(address, smtp)| account(address, key(address), *smtp)).collect()
}

/// A night: the formats of the run, who signs, and the person.
#[derive(Clone)]
struct Night {
    formats: Vec<&'static dyn Renderer>,
    signers: Option<(String, String)>,
    platforms: Vec<String>,
    accounts: Vec<AccountEntry>,
    organization: Option<String>,
}

impl Night {
    fn of(of: &[(&str, u16)]) -> Self {
        Self {
            formats: RENDERERS.to_vec(),
            signers: None,
            platforms: ALL.map(str::to_owned).to_vec(),
            accounts: accounts(of),
            organization: None,
        }
    }

    fn only(mut self, ids: &[&str]) -> Self {
        self.formats.retain(|renderer| ids.contains(&renderer.format().id));
        self
    }

    fn on(mut self, platforms: &[&str]) -> Self {
        self.platforms = platforms.iter().map(|&it| it.to_owned()).collect();
        self
    }

    fn setup(&self) -> SetupEntry {
        SetupEntry {
            organization: self.organization.clone(),
            identifier: "com.example".to_owned(),
            trust: SigningMode::Unsigned.id().to_owned(),
            contact: None,
        }
    }

    fn manifest(&self) -> BundleManifest {
        BundleManifest {
            format: crate::bundle::manifest::FORMAT,
            tool: String::new(),
            made_at: String::new(),
            setup: self.setup(),
            person: KEY.to_owned(),
            platforms: self.platforms.clone(),
            language: "en".to_owned(),
            accounts: self.accounts.clone(),
            signers: None,
            files: Vec::new(),
        }
    }

    /// What the ledger keeps of the night.
    fn stored(&self) -> StoredPerson {
        let settings = settings_of(&self.manifest());
        let shared = SharedSettings::of(self.setup(), &self.formats);
        let key = PersonKey::from(&AccountKey::from_hex(KEY).unwrap());
        let record = PersonRecord {
            key,
            fingerprint: Some(Fingerprint([0; 16])),
            size: 1,
            bundle: "bundles/c.zip".to_owned(),
            sha256: [0; 32],
            name: settings.name,
            addresses: self.accounts.iter().map(|it| it.address.clone()).collect(),
            labels: Labels::default(),
            identifiers: settings.identifiers,
            settings: settings.settings,
            setup: Some(serde_json::to_string(&shared).unwrap().into()),
            signers: None,
        };
        StoredPerson {
            record,
            state: State::Current,
            since: String::new(),
            made_at: String::new(),
            signers: self.signers.clone(),
            removal: None,
        }
    }

    fn comparison(&self) -> Comparison {
        Comparison::new(self.setup(), &self.formats, nobody(), Renames::default())
    }

    fn after(&self, old: &StoredPerson) -> Change {
        self.comparison().change(Some(old), &self.manifest())
    }
}

/// Nobody signs.
fn nobody() -> RunSigners {
    let time = Clock::for_run(None).unwrap().run();
    RunSigners::of(None, &Signing { identities: None, time, self_check: SelfCheck::Off }).unwrap()
}

/// Signers who are not those of the run.
fn others() -> (String, String) {
    ("aa".to_owned(), "bb".to_owned())
}

fn action(old: &Night, new: &Night) -> String {
    new.after(&old.stored()).action
}

const C: &str = "c@q.com";
const C2: &str = "c2@q.com";
const C3: &str = "c3@q.com";

#[test]
fn one_of_several_mailboxes_that_changes_another_that_goes_and_one_that_comes_are_all_named() {
    let old = Night::of(&[(C, 587), (C2, 587)]);
    let new = Night::of(&[(C, 465), (C3, 465)]);
    assert_eq!(
        action(&old, &new),
        "iPhone, iPad, Mac: install the new profile, which updates c@q.com in place, adds c3@q.com and removes c2@q.com; \
         Android: change the settings of c@q.com as START-HERE.html shows them, add c3@q.com by hand as START-HERE.html shows \
         and remove c2@q.com from the mail app; \
         Windows: run Set-Mail.cmd again for c@q.com (changed) and c3@q.com (new), then remove c2@q.com from the mail program"
    );
    // the old profile has every mailbox: only another signer is a reason to remove it, and the new one has the others again
    let signed = Night { signers: Some(others()), ..old };
    let words = action(&signed, &new);
    assert!(
        words.starts_with(
            "iPhone, iPad, Mac: remove the old profile first, then install the new one; Android"
        ),
        "{words}"
    );
}

#[test]
fn a_new_mailbox_does_not_hide_that_the_others_have_another_name() {
    let mut old = Night::of(&[(C, 587), (C3, 587)]);
    old.accounts.iter_mut().for_each(|it| it.display_name = "Cathy".to_owned());
    let words = action(&old, &Night::of(&[(C, 587), (C2, 587), (C3, 587)]));
    let android = "Android: change the settings of c3@q.com and c@q.com as START-HERE.html shows them \
                   and add c2@q.com by hand as START-HERE.html shows;";
    assert!(words.contains(android), "{words}");
    assert!(
        words.contains("which updates c3@q.com and c@q.com in place and adds c2@q.com;"),
        "{words}"
    );
    assert!(words.ends_with(
        "Windows: run Set-Mail.cmd again for c3@q.com (changed), c@q.com (changed) and c2@q.com (new)"
    ));
}

/// The key of the account is another one: Apple's devices know it by that, the others by its address.
#[test]
fn from_one_mailbox_to_two_and_back_only_apple_sets_up_the_one_that_stays_again() {
    let (one, two) = (Night::of(&[(C, 587)]), Night::of(&[(C, 587), (C2, 587)]));
    let again = "sets c@q.com up again: the password is asked for again, and mail that only the device has is lost";
    assert_eq!(
        action(&one, &two),
        format!(
            "iPhone, iPad, Mac: install the new profile, which adds c2@q.com and {again}; \
             Android: add c2@q.com by hand as START-HERE.html shows; Windows: run Set-Mail.cmd again for c2@q.com (new)"
        )
    );
    assert_eq!(
        action(&two, &one),
        format!(
            "iPhone, iPad, Mac: install the new profile, which removes c2@q.com and {again}; \
             Android: remove c2@q.com from the mail app; Windows: remove c2@q.com from the mail program"
        )
    );
    // from two to three nobody's key changes
    let three = Night::of(&[(C, 587), (C2, 587), (C3, 587)]);
    assert!(action(&two, &three).starts_with(
        "iPhone, iPad, Mac: install the new profile, which adds c3@q.com; Android: add c3@q.com by hand"
    ));
}

#[test]
fn a_new_address_includes_other_new_settings_of_the_same_mailbox() {
    let words = action(&Night::of(&[(C, 587)]), &Night::of(&[(C2, 465)]));
    assert_eq!(
        words,
        "iPhone, iPad, Mac: install the new profile, which updates the account in place; \
         Android: add the account as START-HERE.html shows, then remove that with the old address; \
         Windows: run Set-Mail.cmd, then remove the account with the old address from the mail program"
    );
}

#[test]
fn a_new_organization_is_in_the_profile_alone() {
    for (of, accounts) in [(&[(C, 587)][..], "account"), (&[(C, 587), (C2, 587)], "accounts")] {
        let old = Night::of(of);
        let new = Night { organization: Some("Acme".to_owned()), ..old.clone() };
        assert_eq!(
            action(&old, &new),
            format!(
                "iPhone, iPad, Mac: install the new profile, which updates the {accounts} in place"
            )
        );
        let (old, new) = (old.only(&[SHEET]), new.only(&[SHEET]));
        assert_eq!(action(&old, &new), "nothing on the devices");
    }
}

/// What a new person with these files has to do.
fn first(ids: &[&str]) -> String {
    let night = Night::of(&[(C, 587)]).only(ids);
    night.comparison().change(None, &night.manifest()).action
}

#[test]
fn only_files_of_the_bundle_are_named() {
    assert_eq!(
        first(&[SHEET]),
        "iPhone, iPad, Mac: set the account up by hand as START-HERE.html shows; \
         Android: add the account as START-HERE.html shows; \
         Windows: set the account up by hand as START-HERE.html shows"
    );
    assert_eq!(
        first(&[SCRIPT, THUNDERBIRD]),
        "iPhone, iPad, Mac: set the account up by hand, because the bundle has no file for it; \
         Android: add the account with the files in the folder android; Windows: run Set-MailAccount.ps1"
    );
    assert_eq!(
        first(&[PROFILE, LAUNCHER]),
        "iPhone, iPad, Mac: install the profile; \
         Android: set the account up by hand, because the bundle has no file for it; \
         Windows: set the account up by hand, because the bundle has no file for it"
    );
    let (old, new) = (Night::of(&[(C, 587)]), Night::of(&[(C, 465)]));
    let by_hand = "change the account's settings as START-HERE.html shows them";
    assert_eq!(
        action(&old.clone().only(&[SHEET]), &new.clone().only(&[SHEET])),
        format!("iPhone, iPad, Mac: {by_hand}; Android: {by_hand}; Windows: {by_hand}")
    );
    // an account from a profile is not changed by hand
    assert_eq!(
        action(&old, &new.only(&[SHEET])),
        format!(
            "iPhone, iPad, Mac: remove the old profile, then set the account up by hand as START-HERE.html shows; \
             Android: {by_hand}; Windows: {by_hand}"
        )
    );
}

#[test]
fn devices_that_get_a_file_for_the_first_time_have_a_step() {
    let all = Night::of(&[(C, 587)]);
    let apple = all.clone().only(&[SHEET, PROFILE]);
    let unless = "unless the account is there already";
    assert_eq!(
        action(&apple, &all),
        format!(
            "Android: add the account as START-HERE.html shows, {unless}; Windows: run Set-Mail.cmd, {unless}"
        )
    );
    let sheet = all.clone().only(&[SHEET]);
    let words = action(&sheet, &all);
    let profile = format!("iPhone, iPad, Mac: install the profile, {unless}; Android");
    assert!(words.starts_with(&profile), "{words}");
    // another signer is no matter where no profile was
    assert_eq!(action(&Night { signers: Some(others()), ..sheet.clone() }, &all), words);
    let changed = action(&sheet, &Night::of(&[(C, 465)]));
    assert!(
        changed.starts_with(&format!(
            "iPhone, iPad, Mac: install the profile, {unless} (where the account is: change the account's settings \
             as START-HERE.html shows them); Android"
        )),
        "{changed}"
    );
    assert!(changed.ends_with("Windows: run Set-Mail.cmd"), "{changed}");
    assert_eq!(action(&all, &sheet), "nothing on the devices");
}

#[test]
fn formats_that_the_person_does_not_get_are_no_change() {
    let all = Night::of(&[(C, 587)]).on(&["apple"]);
    let apple = all.clone().only(&[SHEET, PROFILE]);
    for (old, new) in [(&apple, &all), (&all, &apple)] {
        let change = new.after(&old.stored());
        assert_eq!((change.kind, change.details().as_str()), (EventKind::Recreated, ""));
    }
    let android = all.on(&["apple", "android"]);
    let change = android.after(&apple.stored());
    assert!(
        change.details().starts_with("devices: apple → apple, android; files: none → android-")
    );
    assert_eq!(change.action, "Android: add the account as START-HERE.html shows");
}

#[test]
fn the_fingerprint_has_only_the_formats_that_the_person_gets() {
    let (setup, person) = sample::samples().remove(0);
    let mut bare = setup.clone();
    bare.formats.retain(|it| it.format().platform.is_none_or(|of| of == Platform::Apple));
    assert!(bare.formats.len() < setup.formats.len());
    let files = |setup: &crate::render::Setup, person: &_| -> Vec<Vec<u8>> {
        setup.drafts(person).map(|it| it.unwrap().1.content.to_vec()).collect()
    };
    let of = |setup: &_, person: &_| Fingerprinter::new(setup).of(person);
    assert_ne!(of(&setup, &person), of(&bare, &person));
    let mut apple = person.clone();
    apple.platforms = [Platform::Apple].into_iter().collect();
    assert_eq!(of(&setup, &apple), of(&bare, &apple));
    assert_eq!(files(&setup, &apple), files(&bare, &apple));
    // one fingerprinter keeps people of different devices apart
    let mut both = Fingerprinter::new(&setup);
    let taken = [both.of(&apple), both.of(&person), both.of(&apple)];
    assert_eq!(taken, [of(&setup, &apple), of(&setup, &person), of(&setup, &apple)]);
}

#[test]
fn a_returned_person_installs_everything_and_still_drops_what_is_gone() {
    let old = Night::of(&[(C, 587), (C2, 587)]);
    let mut stored = old.stored();
    stored.state = State::Left;
    let new = Night::of(&[(C, 465), (C3, 465)]);
    let change = new.after(&stored);
    assert_eq!(change.kind, EventKind::Returned);
    assert_eq!(
        change.action,
        "iPhone, iPad, Mac: install the profile; \
         Android: add the accounts as START-HERE.html shows and remove c2@q.com from the mail app; \
         Windows: run Set-Mail.cmd, then remove c2@q.com from the mail program"
    );
    stored.signers = Some(others());
    assert!(new.after(&stored).action.starts_with(
        "iPhone, iPad, Mac: install the profile, but remove an earlier one first, because it has another signer;"
    ));
}

#[test]
fn another_signer_matters_only_where_there_is_a_profile() {
    let night = Night { signers: Some(others()), ..Night::of(&[(C, 587)]) };
    let words = |night: &Night| Change::signature(&night.stored(), &nobody()).action;
    assert!(words(&night).starts_with("iPhone, iPad, Mac: no hurry;"), "{}", words(&night));
    for without in
        [night.clone().only(&[SHEET, THUNDERBIRD]), night.clone().on(&["android", "windows"])]
    {
        assert_eq!(words(&without), "nothing on the devices");
    }
    // an adopted person's files are not known
    let mut adopted = night.stored();
    adopted.record.setup = None;
    assert_eq!(Change::signature(&adopted, &nobody()).action, words(&night));
}

#[test]
fn retiring_names_only_what_the_package_has() {
    let begin = "remove the account from the devices: p.zip has a page";
    let mdm = "; an MDM removes the profiles in retired/identifiers.csv";
    for (platforms, retired, returned) in [
        (
            &ALL[..],
            format!("{begin} and a script for it{mdm}"),
            "do not run it, and end a removal by MDM",
        ),
        (&["apple"], format!("{begin} for it{mdm}"), "do not follow it, and end a removal by MDM"),
        (&["windows"], format!("{begin} and a script for it"), "do not run it"),
        (&["android"], format!("{begin} for it"), "do not follow it"),
    ] {
        let night = Night::of(&[(C, 587)]).on(platforms);
        let mut stored = night.stored();
        assert_eq!(Change::retired(&stored, Some("p.zip")).action, retired);
        stored.state = State::Retired;
        stored.removal = Some(Package { path: "p.zip".to_owned(), size: 1, sha256: [0; 32] });
        let words = night.after(&stored).action;
        let end = format!("; the removal package no longer applies: {returned}");
        assert!(words.ends_with(&end), "{words}");
    }
}
