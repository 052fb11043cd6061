//! Steps name only files that are there.

use super::*;

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
    // no app imports it
    let fetched = first(&[SCRIPT, AUTODISCOVER]);
    assert!(fetched.contains("Android: set the account up by hand, because"), "{fetched}");
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
