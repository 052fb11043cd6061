use super::*;
use crate::bundle::manifest::{AccountEntry, ServerEntry};
use crate::clock::Clock;
use crate::domain::label::Labels;
use crate::ledger::{Fingerprint, Package, PersonRecord};
use crate::render::files::{AUTODISCOVER, LAUNCHER, PROFILE, SCRIPT, SHEET, THUNDERBIRD};
use crate::render::{RENDERERS, SigningMode, sample};
use crate::sign::{SelfCheck, Signing};

mod files;

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
    RunSigners::of(
        None,
        &Signing { identities: None, time, self_check: SelfCheck::Off, stamper: None },
    )
    .unwrap()
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
