//! `rename`: people without id under another address keep what devices know them by.
#![allow(clippy::disallowed_methods, reason = "tests remove ledgers")]

use crate::support::{DISPUTED, Folder};

const RENAME: [&str; 5] = ["rename", "ada@q.com", "ada.king@q.com", "--out", "out"];

/// A folder with bundles for two people without id.
fn two_people() -> Folder {
    let folder = Folder::new();
    folder.file("list.csv", "email,name\nada@q.com,Ada King\nbob@q.com,Bob\n");
    generate_without_doubt(&folder);
    folder
}

/// The key of the person in a bundle.
fn key(folder: &Folder, bundle: &str) -> String {
    let manifest = folder.in_bundle(&format!("out/bundles/{bundle}.zip"), "manifest.json");
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    manifest["accounts"][0]["key"].as_str().unwrap().to_owned()
}

/// A run that warns of nothing but the clock: `rename` has the time of today, and the run an earlier one.
fn generate_without_doubt(folder: &Folder) {
    let done = folder.generate("list.csv", &["--quiet"]).exits(0);
    let of_the_clock = ["is before that of the last run", "check the clock of this computer"];
    let others: Vec<&str> = done
        .stderr
        .lines()
        .filter(|line| !of_the_clock.iter().any(|part| line.contains(part)))
        .filter(|line| !DISPUTED.contains(line))
        .collect();
    assert!(others.is_empty(), "{others:?}");
}

#[test]
fn a_renamed_person_keeps_the_identifiers_and_nothing_else_moves() {
    let folder = two_people();
    let (ada, bob) = (key(&folder, "ada_q.com"), folder.read("out/bundles/bob_q.com.zip"));
    folder.file("list.csv", "email,name\nada.king@q.com,Ada King\nbob@q.com,Bob\n");
    folder.run(RENAME).exits(0).stdout_is(
        "`ada.king@q.com` is now the address of the person at `ada@q.com`; the next `generate` makes the new files",
    );
    let details = "address: ada@q.com → ada.king@q.com; imap login: ada@q.com → ada.king@q.com; smtp login: ada@q.com → ada.king@q.com";
    let action = "iPhone, iPad, Mac: install the new profile, which updates the account in place; \
                  Android: add the account as START-HERE.html shows, then remove that with the old address; \
                  Windows: run Set-Mail.cmd, then remove the account with the old address from the mail program";
    let plan = [
        "plan",
        "list.csv",
        "--out",
        "out",
        "--sign-cert",
        "id/cert.pem",
        "--sign-key",
        "id/key.pem",
        "--sign-chain",
        "id/ca.pem",
    ];
    folder
        .run(plan)
        .exits(0)
        .stdout_is(&format!("renamed: 1\n  ada.king@q.com: {details} ({action})\nunchanged: 1"));
    generate_without_doubt(&folder);
    let row = format!("\"ada.king@q.com\",\"Ada King\",\"renamed\",\"{details}\",\"{action}\"");
    assert!(folder.text("out/changes.csv").contains(&row), "{}", folder.text("out/changes.csv"));
    assert_eq!(folder.files("out/bundles"), ["ada.king_q.com.zip", "bob_q.com.zip"]);
    assert_eq!(key(&folder, "ada.king_q.com"), ada);
    assert_eq!(folder.read("out/bundles/bob_q.com.zip"), bob);
    folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(0).stdout_has("2 bundles, ");
    // the next night has nothing to do, and the address may change again
    folder
        .generate("list.csv", &["--quiet"])
        .exits(0)
        .stdout_is("2 bundles in out (0 new, 0 updated, 2 unchanged); 0 rows without bundle");
    folder.file("list.csv", "email,name\nada.l@q.com,Ada King\nbob@q.com,Bob\n");
    folder.run(["rename", "ADA.KING@q.com", "ada.l@q.com", "--out", "out"]).exits(0);
    generate_without_doubt(&folder);
    assert_eq!(key(&folder, "ada.l_q.com"), ada);
    folder
        .run(["history", "out", "ada.l@q.com"])
        .exits(0)
        .stdout_has(" renamed: address: ada.king@q.com");
}

#[test]
fn renames_before_one_run_form_a_chain_and_an_address_can_go_back() {
    let folder = two_people();
    let ada = key(&folder, "ada_q.com");
    folder.run(RENAME).exits(0);
    folder.run(["rename", "ada.king@q.com", "al@q.com", "--out", "out"]).exits(0);
    folder.file("list.csv", "email,name\nal@q.com,Ada King\nbob@q.com,Bob\n");
    folder.generate("list.csv", &["--quiet"]).exits(0);
    assert_eq!(key(&folder, "al_q.com"), ada);
    folder.run(["rename", "al@q.com", "ada@q.com", "--out", "out"]).exits(0);
    folder.file("list.csv", "email,name\nada@q.com,Ada King\nbob@q.com,Bob\n");
    folder.generate("list.csv", &["--quiet"]).exits(0);
    assert_eq!(key(&folder, "ada_q.com"), ada);
    assert_eq!(folder.files("out/bundles"), ["ada_q.com.zip", "bob_q.com.zip"]);
}

#[test]
fn the_next_person_with_the_old_address_is_another_person() {
    let folder = two_people();
    let (ada, bob) = (key(&folder, "ada_q.com"), key(&folder, "bob_q.com"));
    // two people move up by one address in one night
    folder.run(["rename", "ada@q.com", "cy@q.com", "--out", "out"]).exits(0);
    folder.run(["rename", "bob@q.com", "ada@q.com", "--out", "out"]).exits(0);
    folder.file("list.csv", "email,name\ncy@q.com,Ada King\nada@q.com,Bob\nbob@q.com,New\n");
    generate_without_doubt(&folder);
    assert_eq!((key(&folder, "cy_q.com"), key(&folder, "ada_q.com")), (ada.clone(), bob.clone()));
    let new = key(&folder, "bob_q.com");
    assert!(new != ada && new != bob);
    folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(0).stdout_has("3 bundles, ");
}

#[test]
fn a_renamed_person_whose_row_is_refused_has_not_left() {
    let folder = two_people();
    folder.run(RENAME).exits(0);
    folder
        .file("list.csv", "email,name,platform\nada.king@q.com,Ada King,toaster\nbob@q.com,Bob,\n");
    folder.generate("list.csv", &["--quiet"]).exits(1);
    assert!(!folder.text("out/changes.csv").contains("\"left\""));
    folder.run(["status", "out"]).exits(0).stdout_has("2 people with a bundle, 0 left");
}

#[test]
fn a_rename_that_would_mix_people_is_refused() {
    let folder = Folder::new();
    folder.file("list.csv", "email,name,id\nada@q.com,Ada,\nbob@q.com,Bob,\ncy@q.com,Cy,7\nd1@q.com,Dee,8\nd2@q.com,Dee,8\n");
    folder.generate("list.csv", &["--quiet"]).exits(0);
    let refused = |old: &str, new: &str, message: &str| {
        folder.run(["rename", old, new, "--out", "out"]).exits(2).stderr_is(message);
    };
    refused(
        "eve@q.com",
        "x@q.com",
        "error: the ledger knows nobody with the address `eve@q.com`\n  \
         hint: name the address that the folder has files for; the view `people` in ledger.db lists them",
    );
    refused(
        "cy@q.com",
        "x@q.com",
        "error: the person at `cy@q.com` has an id\n  \
         hint: nothing has to be done: a person with an id and one mailbox keeps the account under any address",
    );
    for mailbox in ["d1@q.com", "d2@q.com"] {
        refused(
            mailbox,
            "d3@q.com",
            &format!(
                "error: `{mailbox}` is one of several mailboxes of a person with an id\n  \
                 hint: with another address it is another mailbox for devices, and no rename changes that: run `generate` with the list that has the new address, and changes.csv says what the person has to do"
            ),
        );
    }
    for taken in ["bob@q.com", "cy@q.com"] {
        refused(
            "ada@q.com",
            taken,
            &format!(
                "error: `{taken}` is the address of another person whom the folder knows\n  \
                 hint: rename people before the first run with the new address; now `{taken}` has files of its own, and devices that use them have a second account"
            ),
        );
    }
    refused(
        "ada@q.com",
        "Ada@q.com",
        "error: `ada@q.com` and `Ada@q.com` are one address\n  hint: name the old address and the new one",
    );
    folder.run(["rename", "a@q.com", "b@q.com", "--out", "new"]).exits(2).stderr_is(
        "error: there is no folder `new`\n  hint: name the output folder of earlier runs",
    );
    assert!(!folder.exists("new"));
}

#[test]
fn a_probable_rename_names_the_command_that_works() {
    let folder = two_people();
    folder.file("list.csv", "email,name\nada.king@q.com,Ada King\nbob@q.com,Bob\n");
    let plan = [
        "plan",
        "list.csv",
        "--out",
        "out",
        "--quiet",
        "--sign-cert",
        "id/cert.pem",
        "--sign-key",
        "id/key.pem",
        "--sign-chain",
        "id/ca.pem",
    ];
    folder.run(plan).exits(0).stderr_has(
        "hint: devices would keep the old account and add a second one: run `mailmuster rename ada@q.com ada.king@q.com --out out` first, or name a column with a stable id, --map id=…",
    );
    folder.run(RENAME).exits(0);
    folder.run(plan).exits(0).stderr_is("").stdout_has("renamed: 1\n");
}

#[test]
fn a_rename_that_was_recorded_may_be_recorded_again() {
    let folder = two_people();
    let ada = key(&folder, "ada_q.com");
    for _ in 0..2 {
        folder.run(RENAME).exits(0).stdout_has("is now the address of the person at `ada@q.com`");
    }
    folder.file(
        "list.csv",
        "email,name\nada.king@q.com,Ada King\nbob@q.com,Bob\nada@q.com,Ada Smith\n",
    );
    generate_without_doubt(&folder);
    assert_eq!(key(&folder, "ada.king_q.com"), ada);
    assert_ne!(key(&folder, "ada_q.com"), ada);
}

/// The manifest has the former address, so that a ledger that is made anew knows the rename.
#[test]
fn a_renamed_person_stays_renamed_in_a_ledger_that_is_rebuilt() {
    for is_missing in [false, true] {
        let folder = two_people();
        let ada = key(&folder, "ada_q.com");
        folder.run(RENAME).exits(0);
        let list = "email,name\nada.king@q.com,Ada King\nbob@q.com,Bob\n";
        folder.file("list.csv", list);
        generate_without_doubt(&folder);
        let manifest = folder.text("out/manifest.jsonl");
        assert_eq!(manifest.matches("\"renamed_from\":\"ada@q.com\"").count(), 1, "{manifest}");
        if is_missing {
            std::fs::remove_file(folder.path().join("out/ledger.db")).unwrap();
        } else {
            folder.file("out/ledger.db", "garbage that is not a database");
        }
        // the former address has another owner from now on
        folder.file("list.csv", format!("{list}ada@q.com,Ada Smith\n"));
        let done = folder.generate("list.csv", &[]).exits(0);
        done.stderr_has(if is_missing { "has no ledger:" } else { "is damaged" });
        assert!(!done.stderr.contains("another key"), "{}", done.stderr);
        assert_eq!(key(&folder, "ada.king_q.com"), ada);
        assert_ne!(key(&folder, "ada_q.com"), ada);
        folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(0).stdout_has("3 bundles, ");
    }
}

/// Only a former address from which the key was made indeed gives the key away.
#[test]
fn a_false_former_address_in_the_manifest_changes_nobody_s_key() {
    let folder = two_people();
    let ada = key(&folder, "ada_q.com");
    let manifest = folder.text("out/manifest.jsonl");
    let forged = manifest.replace(
        "\"bundle\":\"bundles/ada",
        "\"renamed_from\":\"eve@q.com\",\"bundle\":\"bundles/ada",
    );
    assert_ne!(manifest, forged);
    folder.file("out/manifest.jsonl", forged);
    std::fs::remove_file(folder.path().join("out/ledger.db")).unwrap();
    folder.file("list.csv", "email,name\nada@q.com,Ada King\nbob@q.com,Bob\neve@q.com,Eve\n");
    folder.generate("list.csv", &["--quiet"]).exits(0);
    assert_eq!(key(&folder, "ada_q.com"), ada);
    assert_ne!(key(&folder, "eve_q.com"), ada);
}
