//! People who left: bundles in `retired`, each beside what takes the account off devices.
#![allow(clippy::disallowed_methods, reason = "tests make their own files")]

use std::fs;

use crate::support::{Folder, SIGN, without_signature};

const BOB: &str = "retired/bob_q.com.";

/// A folder with bundles for six people without id; Bob is missing from `short.csv`.
fn six_people() -> Folder {
    let folder = Folder::new();
    let rest = "ada@q.com,Ada\ncy@q.com,Cy\ndee@q.com,Dee\neve@q.com,Eve\nflo@q.com,Flo\n";
    folder.file("list.csv", format!("email,name\nbob@q.com,Bob\n{rest}"));
    folder.file("short.csv", format!("email,name\n{rest}"));
    folder.generate("list.csv", &["--quiet"]).exits(0).stderr_is("");
    folder
}

/// The files in `retired`, with `*` for the digits of keys.
fn retired(folder: &Folder) -> Vec<String> {
    let hidden = |name: &String| {
        let parts: Vec<&str> = name.split('.').collect();
        let is_key = |part: &str| part.len() == 8 && part.bytes().all(|b| b.is_ascii_hexdigit());
        parts.iter().map(|part| if is_key(part) { "*" } else { part }).collect::<Vec<_>>().join(".")
    };
    if !folder.exists("out/retired") {
        return Vec::new();
    }
    folder.files("out/retired").iter().map(hidden).collect()
}

const ALL: [&str; 3] = ["bob_q.com.*.removal.zip", "bob_q.com.*.zip", "identifiers.csv"];

/// The path of a file of Bob's in `retired`.
fn of_bob(folder: &Folder, ending: &str) -> String {
    let files = folder.files("out/retired");
    let name = files.iter().find(|name| {
        name.ends_with(ending) && (ending != ".zip" || !name.ends_with(".removal.zip"))
    });
    format!("out/retired/{}", name.unwrap())
}

fn verify(folder: &Folder) -> crate::support::Run {
    folder.run(["verify", "out", "--ca", "id/ca.pem"])
}

#[test]
fn a_retired_person_s_bundle_moves_beside_a_signed_removal_package() {
    let folder = six_people();
    let before = folder.read("out/bundles/bob_q.com.zip");
    folder.generate("short.csv", &["--retire"]).exits(0).stderr_has("changes: 1 retired;");
    assert_eq!(retired(&folder), ALL);
    assert!(!folder.exists("out/bundles/bob_q.com.zip"));
    assert_eq!(folder.read(&of_bob(&folder, ".zip")), before);
    let package = of_bob(&folder, ".removal.zip");
    let script = folder.in_bundle(&package, "windows/Remove-MailAccount.ps1");
    let script = String::from_utf8(without_signature(&script)).unwrap();
    assert!(script.contains("\"defaultAction\":\"=Remove\""));
    assert!(script.contains("\"email\":\"=bob@q.com\""));
    let page = String::from_utf8(folder.in_bundle(&package, "REMOVE-MAIL.html")).unwrap();
    assert!(page.contains("<h1>Mail to remove: <bdi>Bob</bdi></h1>"), "{page}");
    let identifiers = folder.text("out/retired/identifiers.csv");
    assert!(identifiers.contains("\"bob@q.com\",\"Bob\",\"2026-11-23T09:00:00Z\",\"apple\",\"local.mailmuster.mail-profile."), "{identifiers}");
    let changes = folder.text("out/changes.csv");
    let inner = package.strip_prefix("out/").unwrap();
    let action = format!(
        "\"bob@q.com\",\"Bob\",\"retired\",\"\",\"remove the account from the devices: {inner} has a page and a script for it; an MDM removes the profiles in retired/identifiers.csv\""
    );
    assert!(changes.contains(&action), "{changes}");
    assert!(
        folder.text("out/report.csv").contains("\"bob@q.com\",\"retired\",\"retired/bob_q.com.")
    );
    verify(&folder).exits(0).stdout_has("7 bundles, ");
    folder.run(["status", "out"]).exits(0).stdout_has("5 people with a bundle, 0 left, 1 retired");
    // the next night changes nothing
    let files = folder.files("out");
    folder.generate("short.csv", &["--retire", "--quiet"]).exits(0).stderr_is("");
    assert_eq!(folder.files("out"), files);
    assert!(!folder.text("out/changes.csv").contains(BOB));
    verify(&folder).exits(0).stdout_has("7 bundles, ");
}

#[test]
fn the_page_is_in_the_person_s_language_and_names_the_profile_on_the_devices() {
    let folder = Folder::new();
    let ada = "ada@q.com,Ada,1,fr\n";
    let list = format!(
        "email,name,id,language\n{ada}bob@q.com,Bob Stein,2,Deutsch\nsales@q.com,Bob Stein,2,Deutsch\n\
         cy@q.com,Cy,3,\n"
    );
    folder.file("list.csv", &list).file("short.csv", format!("email,name,id,language\n{ada}"));
    folder.generate("list.csv", &["--quiet", "--language", "es"]).exits(0);
    let profile =
        folder.in_bundle("out/bundles/bob_q.com.zip", "apple/CenturyLink Mail.mobileconfig");
    let profile = String::from_utf8(without_signature(&profile)).unwrap();
    let found = profile.split("<key>PayloadIdentifier</key>").last().unwrap();
    let identifier = found.split(['<', '>']).nth(2).unwrap();
    assert!(identifier.starts_with("local.mailmuster.mail-profile."), "{identifier}");
    let retire = ["--quiet", "--retire", "--language", "es", "--max-leavers", "2"];
    folder.generate("short.csv", &retire).exits(0);
    // one profile has both mailboxes
    let identifiers = folder.text("out/retired/identifiers.csv");
    let bobs: Vec<&str> = identifiers.lines().filter(|line| line.contains("bob@q.com")).collect();
    let cells = "\"bob@q.com\",\"Bob Stein\",\"2026-11-23T09:00:00Z\",\"apple\"";
    assert_eq!(bobs, [format!("{cells},\"{identifier}\"")]);
    let page = |ending: &str| {
        let files = folder.files("out/retired");
        let name =
            files.iter().find(|name| name.starts_with(ending) && name.ends_with(".removal.zip"));
        let page = folder.in_bundle(&format!("out/retired/{}", name.unwrap()), "REMOVE-MAIL.html");
        String::from_utf8(page).unwrap().replace("<wbr />", "")
    };
    let bob = page("bob_");
    for part in [
        "<html lang=\"de\"",
        "<h1>Zu entfernende E-Mail: <bdi>Bob Stein</bdi></h1>",
        "<bdi>bob@q.com</bdi>, <bdi>sales@q.com</bdi>",
        "Tippen Sie auf das Profil <b>CenturyLink Mail</b>",
        &format!("<code>{identifier}</code>"),
    ] {
        assert!(bob.contains(part), "{part}: {bob}");
    }
    assert!(page("cy_").contains("<html lang=\"es\""));
    verify(&folder).exits(0).stdout_has("5 bundles, ");
}

#[test]
fn people_whom_a_status_column_skips_are_retired_and_so_are_those_who_left_earlier() {
    let folder = six_people();
    let rest = "ada@q.com,Ada,active\ncy@q.com,Cy,active\ndee@q.com,Dee,active\neve@q.com,Eve,active\nflo@q.com,Flo,active\n";
    folder.file("gone.csv", format!("email,name,status\nbob@q.com,Bob,terminated\n{rest}"));
    folder.generate("gone.csv", &["--quiet"]).exits(0);
    assert!(folder.text("out/changes.csv").contains("\"bob@q.com\",\"Bob\",\"left\""));
    assert!(retired(&folder).is_empty());
    folder.generate("gone.csv", &["--quiet", "--retire"]).exits(0);
    assert_eq!(retired(&folder), ALL);
    verify(&folder).exits(0);
}

#[test]
fn nobody_is_retired_while_a_refused_row_may_be_theirs() {
    let folder = six_people();
    let short = folder.text("short.csv");
    folder.file("short.csv", format!("{short}bob.q.com,Bob\n"));
    let notice = "warning: nobody is retired: 1 refused row may be that of people who seem to have left\n  \
                  hint: correct the refused rows, and run again with --retire";
    folder.generate("short.csv", &["--quiet", "--retire"]).exits(1).stderr_has(notice);
    assert!(retired(&folder).is_empty());
    assert!(folder.text("out/changes.csv").contains("\"left\""));
    let retire = ["retire", "short.csv", "--out", "out", "--quiet"];
    folder.run(retire).exits(2).stderr_has(
        "error: 1 refused row may be that of people who seem to have left: nobody is retired\n  \
         hint: correct the refused rows, or name the people with --person ADDRESS",
    );
    // a refused row of a person who is known stops nobody else from being retired
    folder.file("short.csv", short.replace("ada@q.com,Ada", "ada@q.com,\u{7}"));
    folder.generate("short.csv", &["--quiet", "--retire"]).exits(1);
    assert_eq!(retired(&folder), ALL);
    assert!(folder.exists("out/bundles/ada_q.com.zip"));
    verify(&folder).exits(0).stdout_has("7 bundles, ");
}

#[test]
fn an_empty_list_never_means_that_everybody_left() {
    let folder = six_people();
    let manifest = folder.text("out/manifest.jsonl");
    for list in ["", "email,name\n"] {
        folder.file("empty.csv", list);
        for more in [&["--retire", "--max-leavers", "100%"][..], &["--max-leavers", "100%"]] {
            folder.generate("empty.csv", more).exits(2);
        }
    }
    // nor does a list of which no row can be read, of people whom the folder cannot recognize in it
    folder.file("refused.csv", "email,name\nada at q,Ada\nbob at q,Bob\n");
    for more in [&["--retire", "--max-leavers", "100%"][..], &["--max-leavers", "6"], &[]] {
        folder.generate("refused.csv", more).exits(2).stderr_has(
            "error: every row of the list is refused: who of the 6 people in `out` has left cannot be known\n  \
             hint: correct the rows, or export the list again",
        );
    }
    let gone: String = "abcdef".chars().map(|c| format!("{c}@q.com,left\n")).collect();
    folder.file("gone.csv", format!("email,status\n{gone}"));
    folder
        .generate("gone.csv", &["--retire"])
        .exits(2)
        .stderr_has(" of the 6 people in `out` would leave");
    assert_eq!(folder.text("out/manifest.jsonl"), manifest);
    assert_eq!(folder.files("out/bundles").len(), 6);
}

#[test]
fn a_retired_person_who_returns_has_a_new_bundle_and_no_removal_package() {
    let folder = six_people();
    folder.generate("short.csv", &["--quiet", "--retire"]).exits(0);
    folder.generate("list.csv", &["--quiet"]).exits(0);
    let action = "iPhone, iPad, Mac: install the profile; Android: add the account as START-HERE.html shows; \
                  Windows: run Set-Mail.cmd; the removal package no longer applies: do not run it, and end a removal by MDM";
    let row = format!("\"bob@q.com\",\"Bob\",\"returned\",\"\",\"{action}\"");
    assert!(folder.text("out/changes.csv").contains(&row), "{}", folder.text("out/changes.csv"));
    assert!(retired(&folder).is_empty());
    assert!(folder.exists("out/bundles/bob_q.com.zip"));
    verify(&folder).exits(0).stdout_has("6 bundles, ");
    // one who had only left has no package to lose
    folder.generate("short.csv", &["--quiet"]).exits(0);
    folder.generate("list.csv", &["--quiet"]).exits(0);
    let row = row.split("; the removal").next().unwrap();
    assert!(folder.text("out/changes.csv").contains(&format!("{row}\"")));
}

#[test]
fn retire_works_with_a_list_and_with_names() {
    let signer = [
        "--out",
        "out",
        "--sign-cert",
        "id/cert.pem",
        "--sign-key",
        "id/key.pem",
        "--sign-chain",
        "id/ca.pem",
    ];
    let retire =
        |folder: &Folder, what: &[&str]| folder.run(["retire"].iter().chain(what).chain(&signer));
    let by_list = six_people();
    retire(&by_list, &["short.csv"]).exits(0).stdout_is("1 person retired, see out/retired");
    let by_name = six_people();
    retire(&by_name, &["--person", "BOB@q.com"])
        .exits(0)
        .stdout_is("1 person retired, see out/retired");
    for folder in [&by_list, &by_name] {
        assert_eq!(retired(folder), ALL);
        verify(folder).exits(0).stdout_has("7 bundles, ");
        folder
            .generate("short.csv", &[])
            .exits(0)
            .stdout_is("5 bundles in out (0 new, 0 updated, 5 unchanged); 0 rows without bundle");
    }
    retire(&by_name, &["--person", "bob@q.com"])
        .exits(2)
        .stderr_has("error: `bob@q.com` is retired already");
    retire(&by_name, &["--person", "x@q.com"])
        .exits(2)
        .stderr_has("error: the folder knows nobody with the address `x@q.com`");
    retire(&by_name, &["short.csv"])
        .exits(0)
        .stdout_is("nobody is to be retired; nothing was written");
}

#[test]
fn nobody_begins_to_wait_because_another_person_is_retired() {
    let folder = Folder::new();
    let list = "email,name,id\nada@q.com,Ada,1\nbob@q.com,Bob,2\ncy@q.com,Cy,3\neve@q.com,Eve,4\n";
    folder.file("list.csv", list).generate("list.csv", &["--quiet"]).exits(0);
    folder.file("list.csv", list.replace("ada@q.com", "ada at q.com"));
    folder.generate("list.csv", &["--quiet"]).exits(1);
    let ada = "1 person is waiting for a new file:\n  ada@q.com since ";
    folder.run(["status", "out"]).exits(0).stdout_has(ada);
    let sign = SIGN;
    let retire = |whom| {
        let retire = ["retire", "--out", "out", "--person", whom];
        folder.run(retire.iter().chain(&sign)).exits(0).stdout_has("1 person retired");
        folder.run(["status", "out"]).exits(0)
    };
    retire("eve@q.com").stdout_has(ada);
    // who is retired waits for nothing
    retire("ada@q.com").stdout_lacks("waiting");
}

#[test]
fn a_wrong_folder_is_an_error_and_not_the_answer_that_nobody_is_to_be_retired() {
    let folder = six_people();
    folder.file("photo.zip", "x").file("empty/.mailmuster.lock", "");
    let places = [
        (
            "nope",
            "error: there is no folder `nope`\n  hint: name the output folder of earlier runs\n"
                .to_owned(),
        ),
        ("empty", "error: `empty` has no ledger and no manifest.jsonl\n".to_owned()),
        ("photo.zip", "error: `photo.zip` is not a folder\n".to_owned()),
        ("out/bundles", "error: refusing to write into `out/bundles`: ".to_owned()),
    ];
    let before = folder.files("");
    for (out, error) in places {
        for whom in [&["short.csv"][..], &["--person", "bob@q.com"]] {
            let words = ["retire", "--out", out, "--unsigned", "--quiet"];
            let done = folder.run(words.iter().chain(whom)).exits(2);
            done.stdout_is("").stderr_has(&error);
        }
    }
    assert_eq!(folder.files(""), before);
}

#[test]
fn another_signer_is_refused_with_a_cure_that_retire_has() {
    let folder = six_people();
    for (name, bytes) in crate::support::new_identity(
        "New Signer",
        time::macros::datetime!(2026-01-01 00:00 UTC),
        3600,
    ) {
        folder.file(&format!("new/{name}"), bytes);
    }
    let sign =
        ["--sign-cert", "new/cert.pem", "--sign-key", "new/key.pem", "--sign-chain", "new/ca.pem"];
    let run = |words: &[&str]| folder.run(words.iter().chain(&sign));
    let retire = ["retire", "--out", "out", "--person", "bob@q.com"];
    let refused = run(&retire).exits(2);
    refused.stderr_has("run `resign` with the new one and --new-signer first; ");
    assert!(!refused.stderr.contains("accept the new one"), "{}", refused.stderr);
    run(&["resign", "out", "--new-signer"]).exits(0);
    run(&retire).exits(0).stdout_is("1 person retired, see out/retired");
}

#[test]
fn what_is_in_retired_is_judged() {
    let folder = six_people();
    folder.generate("short.csv", &["--quiet", "--retire"]).exits(0);
    folder.run(["verify", &of_bob(&folder, ".removal.zip"), "--ca", "id/ca.pem"]).exits(0);
    folder.file("out/retired/Evil.ps1", "x");
    verify(&folder).exits(1).stdout_has("Evil.ps1: it is not a file of this run");
    fs::remove_file(folder.path().join("out/retired/Evil.ps1")).unwrap();
    let package = of_bob(&folder, ".removal.zip");
    let whole = folder.read(&package);
    let mut changed = whole.clone();
    changed[200] ^= 1;
    folder.file(&package, changed);
    verify(&folder).exits(1).stdout_has("its digest or size is not the one in manifest.jsonl");
    folder.file(&package, whole);
    verify(&folder).exits(0);
    fs::remove_file(folder.path().join(&package)).unwrap();
    verify(&folder).exits(1).stdout_has(".removal.zip: it is missing");
}

#[test]
fn a_run_that_was_killed_while_it_retired_is_completed_by_the_next() {
    let folder = six_people();
    let bundle = folder.read("out/bundles/bob_q.com.zip");
    folder.generate("short.csv", &["--quiet", "--retire"]).exits(0);
    // killed before the original was removed
    folder.file("out/bundles/bob_q.com.zip", &bundle);
    folder.generate("short.csv", &["--quiet"]).exits(0).stderr_is("");
    assert!(!folder.exists("out/bundles/bob_q.com.zip"));
    // killed before the transaction, and the person is back
    let kept: Vec<(String, Vec<u8>)> = [".zip", ".removal.zip"]
        .map(|ending| of_bob(&folder, ending))
        .map(|path| (path.clone(), folder.read(&path)))
        .into();
    folder.generate("list.csv", &["--quiet"]).exits(0);
    for (path, bytes) in &kept {
        folder.file(path, bytes);
    }
    folder.generate("list.csv", &["--quiet"]).exits(0).stderr_is("");
    assert!(retired(&folder).is_empty());
    verify(&folder).exits(0).stdout_has("6 bundles, ");
}

#[test]
fn a_ledger_that_is_rebuilt_knows_who_is_retired() {
    let folder = six_people();
    folder.generate("short.csv", &["--quiet", "--retire"]).exits(0);
    folder.file("out/ledger.db", "PK no database at all, but long enough to be read as one");
    folder.generate("short.csv", &["--quiet"]).exits(0);
    folder.run(["status", "out"]).exits(0).stdout_has("5 people with a bundle, 0 left, 1 retired");
    assert_eq!(retired(&folder), ALL);
    verify(&folder).exits(0).stdout_has("7 bundles, ");
}

#[test]
fn the_report_keeps_the_rows_of_the_last_list() {
    let folder = Folder::new();
    folder.file(
        "list.csv",
        "email;name;id;status;department\ncy@q.com;Cy;3;active;R&D\nbad;Bad;4;active;\nbob@q.com;Bob;2;active;\n\
         gone@q.com;Gone;5;terminated;=1+1\nada@q.com;Ada;1;active;\nada2@q.com;Ada;1;active;\n",
    );
    folder.generate("list.csv", &["--quiet"]).exits(1);
    let before = folder.text("out/report.csv");
    let retire = ["retire", "--out", "out", "--quiet", "--person", "bob@q.com"];
    let signer = SIGN;
    folder.run(retire.into_iter().chain(signer)).exits(0);
    let after = folder.text("out/report.csv");
    let mut wanted: Vec<String> = before
        .lines()
        .filter(|line| !line.contains("bob@q.com"))
        .map(|line| line.replace("\"new\"", "\"unchanged\""))
        .collect();
    assert!(wanted.iter().any(|line| line.contains("\"refused\"")), "{before}");
    assert!(wanted.iter().any(|line| line.contains("\"'=1+1\"")), "{before}");
    let bob = of_bob(&folder, ".zip").replace("out/", "");
    wanted.push(format!(
        "\"\";\"bob@q.com\";\"retired\";\"{bob}\";\"\";\"\";\"\";\"\";\"\";\"\";\"\""
    ));
    assert_eq!(after.lines().collect::<Vec<_>>(), wanted);
    // so does the manifest
    let manifest = folder.text("out/manifest.jsonl");
    let lines: Vec<&str> = manifest.lines().filter(|line| line.contains("\"line\":")).collect();
    assert_eq!(lines.len(), 2, "{manifest}");
    assert!(lines.iter().any(|line| line.contains("\"line\":2,") && line.contains("cy@q.com")));
    // a person whose row is refused keeps the bundle, and has a row for each
    folder.file("list.csv", folder.text("list.csv").replace("cy@q.com;Cy;3", "cy@q.com;\u{7};3"));
    folder.generate("list.csv", &["--quiet"]).exits(1);
    let retire = ["retire", "--out", "out", "--quiet", "--person", "ada2@q.com"];
    folder.run(retire.into_iter().chain(signer)).exits(0);
    let after = folder.text("out/report.csv");
    assert!(after.contains("\"2\";\"\";\"refused\";\"\";\"name\";"), "{after}");
    assert!(after.contains("\"\";\"cy@q.com\";\"unchanged\";\"bundles/cy_q.com.zip\";"), "{after}");
    verify(&folder).exits(0);
}

/// A kill between the last group and the manifest leaves nobody to retire.
#[test]
fn a_manifest_that_a_killed_retire_has_not_written_is_made_up_for() {
    let by_list = ["retire", "short.csv", "--out", "out"];
    let by_name = ["retire", "--person", "bob@q.com", "--out", "out"];
    for command in [&by_list[..], &by_name] {
        let folder = six_people();
        let names =
            ["out/manifest.jsonl", "out/manifest.jsonl.p7s", "out/changes.csv", "out/report.csv"];
        let before = names.map(|name| folder.read(name));
        let sign = SIGN;
        let words: Vec<_> =
            command.iter().chain(&sign).chain(&["--at", crate::support::AT]).collect();
        folder.run(&words).exits(0).stdout_has("1 person retired");
        for (name, bytes) in names.iter().zip(before) {
            folder.file(name, bytes);
        }
        let ledger = rusqlite::Connection::open(folder.path().join("out/ledger.db")).unwrap();
        ledger.execute("UPDATE run SET ended_at = NULL WHERE command = 'retire'", []).unwrap();
        drop(ledger);
        verify(&folder).exits(1);
        folder
            .run(&words)
            .exits(0)
            .stdout_has("1 person retired")
            .stderr_has("changes: 1 retired;");
        verify(&folder).exits(0);
        assert_eq!(retired(&folder), ALL);
        if command == by_list {
            folder.run(&words).exits(0).stdout_has("nobody is to be retired; nothing was written");
        } else {
            folder.run(&words).exits(2).stderr_has("error: `bob@q.com` is retired already");
        }
    }
}

#[test]
fn a_removal_package_that_is_missing_is_made_again() {
    let folder = six_people();
    folder.generate("short.csv", &["--quiet", "--retire"]).exits(0);
    fs::remove_file(folder.path().join(of_bob(&folder, ".removal.zip"))).unwrap();
    folder
        .generate("short.csv", &["--quiet"])
        .exits(0)
        .stderr_has("1 removal package in `out` was missing and made again");
    assert_eq!(retired(&folder), ALL);
    verify(&folder).exits(0).stdout_has("7 bundles, ");
    folder.generate("short.csv", &["--quiet"]).exits(0).stderr_is("");
}

#[test]
fn a_retired_folder_that_is_gone_is_reported_and_its_profiles_stay_named() {
    let folder = six_people();
    folder.generate("short.csv", &["--quiet", "--retire"]).exits(0);
    let named = folder.text("out/retired/identifiers.csv");
    fs::remove_dir_all(folder.path().join("out/retired")).unwrap();
    verify(&folder).exits(1).stdout_has(".removal.zip: it is missing");
    folder
        .generate("short.csv", &["--quiet"])
        .exits(0)
        .stderr_has("1 person without bundle or removal package in `out`, who is retired")
        .stderr_has("1 removal package in `out` was missing and made again");
    assert_eq!(folder.text("out/retired/identifiers.csv"), named);
    verify(&folder).exits(0).stdout_has("6 bundles, ");
    folder.generate("short.csv", &["--quiet"]).exits(0).stderr_is("");
}

#[test]
fn profiles_to_remove_are_kept_where_ledger_and_manifest_are_gone() {
    let folder = six_people();
    folder.generate("short.csv", &["--quiet", "--retire"]).exits(0);
    let named = folder.text("out/retired/identifiers.csv");
    for file in ["ledger.db", "manifest.jsonl"] {
        fs::remove_file(folder.path().join("out").join(file)).unwrap();
    }
    folder
        .generate("short.csv", &["--quiet"])
        .exits(0)
        .stderr_has("`retired/identifiers.csv`: it is now `retired/identifiers.earlier-1.csv`");
    folder.generate("short.csv", &["--quiet"]).exits(0);
    assert_eq!(folder.text("out/retired/identifiers.earlier-1.csv"), named);
    verify(&folder).exits(1).stdout_has("identifiers.earlier-1.csv: it is not a file of this run");
}

#[test]
fn a_retired_bundle_of_another_size_is_not_said_to_be_nobodys() {
    let folder = six_people();
    folder.generate("short.csv", &["--quiet", "--retire"]).exits(0);
    let bundle = of_bob(&folder, ".zip");
    let mut bytes = folder.read(&bundle);
    bytes.extend(b"x\n");
    folder.file(&bundle, &bytes);
    let lost = "1 person without bundle or removal package in `out`, who is retired: it is gone or has another size";
    let done = folder.generate("short.csv", &[]).exits(0);
    done.stderr_has(lost);
    assert!(!done.stderr.contains("belong"), "{}", done.stderr);
    // nor later, when the ledger has no bundle of his
    let done = folder.generate("short.csv", &[]).exits(0);
    assert!(!done.stderr.contains("belong"), "{}", done.stderr);
    assert_eq!(folder.read(&bundle), bytes, "it is kept");
    // the bundle of nobody is still named
    folder.file("out/retired/zed_q.com.01234567.zip", "x");
    folder.generate("short.csv", &[]).exits(0).stderr_has("belongs to nobody");
}
