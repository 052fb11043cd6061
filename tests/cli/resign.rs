//! `resign`: the same files under new signatures.
#![allow(clippy::disallowed_methods, reason = "tests remove files")]

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::process::{Command, Stdio};
use std::time::Duration;

use time::macros::datetime;

use crate::support::{ADA, Done, Folder, new_identity, without_signature};

const BUNDLE: &str = "out/bundles/ada_centurylink.net.zip";
const TWO: &str = "email,name\nada@centurylink.net,Ada\nbob@q.com,Bob\n";

/// `resign out` with the identity in `new`, at a later moment.
pub(crate) fn resign(folder: &Folder, more: &[&str]) -> crate::support::Run {
    let fixed = [
        "resign",
        "out",
        "--at",
        "2026-11-24T09:00:00Z",
        "--sign-cert",
        "new/cert.pem",
        "--sign-key",
        "new/key.pem",
        "--sign-chain",
        "new/ca.pem",
    ];
    folder.run(fixed.iter().chain(more))
}

/// A folder with bundles of `list`, and another identity in `new`.
pub(crate) fn folder_with(list: &str) -> Folder {
    let folder = Folder::new();
    folder.file("list.csv", list).generate("list.csv", &[]).exits(0);
    for (name, bytes) in new_identity("New Signer", datetime!(2026-01-01 00:00 UTC), 3600) {
        folder.file(&format!("new/{name}"), bytes);
    }
    folder
}

/// Every file of the bundle at `path`.
fn files_of(folder: &Folder, path: &str) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(folder.read(path))).unwrap();
    let mut files = BTreeMap::new();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).unwrap();
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        files.insert(file.name().unwrap().into_owned(), content);
    }
    files
}

fn verified(folder: &Folder, ca: &str) -> Done {
    folder.run(["verify", "out", "--ca", ca]).exits(0)
}

#[test]
fn every_file_keeps_its_content_and_is_signed_by_the_new_identity() {
    let folder = folder_with(TWO);
    let before = files_of(&folder, BUNDLE);
    let done = resign(&folder, &["--new-signer"]).exits(0);
    done.stdout_is("2 bundles in out signed again")
        .stderr_has("warning: 2 people have files signed by CN=Test Signer; from now on CN=New Signer signs")
        .stderr_has("do not replace a profile that was installed by hand by one from another signer")
        .stderr_has("changes: 2 signer-changed");
    let after = files_of(&folder, BUNDLE);
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&before), names(&after));
    let mut signed = 0;
    for (name, old) in before.iter().filter(|(name, _)| *name != "manifest.json") {
        let new = &after[name];
        assert_eq!(without_signature(old), without_signature(new), "{name}");
        signed += usize::from(old != new);
    }
    assert_eq!(signed, 2, "profile and script");
    let manifest = |files: &BTreeMap<String, Vec<u8>>| {
        let mut json: serde_json::Value = serde_json::from_slice(&files["manifest.json"]).unwrap();
        let object = json.as_object_mut().unwrap();
        for key in ["made_at", "signers", "files"] {
            object.remove(key).unwrap();
        }
        json
    };
    assert_eq!(manifest(&before), manifest(&after));
    verified(&folder, "new/ca.pem").stdout_has("signed by CN=New Signer");
    folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(1);
    // the order and the lines of the list
    let lines = folder.text("out/manifest.jsonl");
    let at = |word: &str| lines.find(word).unwrap();
    assert!(
        at("\"line\":2,\"addresses\":[\"ada@") < at("\"line\":3,\"addresses\":[\"bob@"),
        "{lines}"
    );
    assert!(lines.contains("\"list\":\"list.csv\""), "{lines}");
    assert!(folder.text("out/changes.csv").contains(
        "\"ada@centurylink.net\",\"Ada\",\"signer-changed\",\"\",\"iPhone, iPad, Mac: no hurry;"
    ));
    let history = folder.run(["history", "out", "ada@centurylink.net"]).exits(0);
    history.stdout_has("2026-11-24T09:00:00Z signer-changed");
    // the next run has nothing to do
    let sign =
        ["--sign-cert", "new/cert.pem", "--sign-key", "new/key.pem", "--sign-chain", "new/ca.pem"];
    folder
        .run(["generate", "list.csv", "--out", "out"].iter().chain(&sign))
        .exits(0)
        .stdout_is("2 bundles in out (0 new, 0 updated, 2 unchanged); 0 rows without bundle");
}

#[test]
fn another_signer_needs_the_flag_and_nothing_is_written_without_it() {
    let folder = folder_with(ADA);
    let (before, ledger) = (folder.read(BUNDLE), folder.read("out/ledger.db"));
    let done = resign(&folder, &[]).exits(2);
    done.stderr_has("error: 1 person has files signed by CN=Test Signer, and this run would sign with CN=New Signer")
        .stderr_has("accept the new one with --new-signer");
    assert_eq!(folder.read(BUNDLE), before);
    assert_eq!(folder.read("out/ledger.db"), ledger);
}

#[test]
fn a_renewed_certificate_needs_no_flag() {
    let folder = Folder::new();
    let sign = |id: &str| {
        [("--sign-cert", "cert"), ("--sign-key", "key"), ("--sign-chain", "ca")]
            .map(|(flag, file)| format!("{flag}={id}/{file}.pem"))
    };
    folder.run(["identity", "new", "--out", "one"]).exits(0);
    let generate = ["generate", "list.csv", "--out", "out"].map(str::to_owned);
    folder.file("list.csv", ADA).run(generate.iter().chain(&sign("one"))).exits(0);
    folder.run(["identity", "renew", "one", "--out", "two"]).exits(0);
    let resign = ["resign", "out"].map(str::to_owned);
    folder
        .run(resign.iter().chain(&sign("two")))
        .exits(0)
        .stdout_is("1 bundle in out signed again")
        .stderr_has("was renewed with the same key");
    verified(&folder, "two/ca.pem");
}

#[test]
fn files_that_the_identity_has_signed_are_left_alone() {
    let folder = folder_with(ADA);
    resign(&folder, &["--new-signer"]).exits(0);
    let files = || folder.files("out").into_iter().map(|name| folder.read(&format!("out/{name}")));
    let before: Vec<_> = files().collect();
    resign(&folder, &[])
        .exits(0)
        .stdout_is("nothing to do in out: the files of 1 person are signed by this identity");
    assert_eq!(files().collect::<Vec<_>>(), before);
}

#[test]
fn a_bundle_that_is_missing_or_was_changed_is_reported_and_never_signed() {
    let list = "email,name\nada@centurylink.net,Ada\nbob@q.com,Bob\neve@q.com,Eve\n";
    let folder = folder_with(list);
    let mut changed = folder.read("out/bundles/bob_q.com.zip");
    *changed.last_mut().unwrap() ^= 1;
    folder.file("out/bundles/bob_q.com.zip", &changed);
    std::fs::remove_file(folder.path().join("out/bundles/eve_q.com.zip")).unwrap();
    let done = resign(&folder, &["--new-signer", "--quiet"]).exits(1);
    done.stdout_is("1 bundle in out signed again, 2 bundles not")
        .stderr_has("`bundles/bob_q.com.zip` is not signed again (bob@q.com): it is not the bundle that was made")
        .stderr_has("`bundles/eve_q.com.zip` is not signed again (eve@q.com): it is missing")
        .stderr_has("hint: run `generate` with the list, this identity and --new-signer: it makes the bundle again");
    assert_eq!(folder.read("out/bundles/bob_q.com.zip"), changed);
    assert!(!folder.exists("out/bundles/eve_q.com.zip"));
    // the ledger still names the old signer for both
    folder.run(["status", "out"]).exits(0).stdout_has("CN=Test Signer, 2 people");
    // and the next run makes them
    let sign =
        ["--sign-cert", "new/cert.pem", "--sign-key", "new/key.pem", "--sign-chain", "new/ca.pem"];
    let generate = ["generate", "list.csv", "--out", "out", "--new-signer"];
    folder.run(generate[..4].iter().chain(&sign)).exits(2).stderr_has("--new-signer");
    folder.run(generate.iter().chain(&sign)).exits(0);
    verified(&folder, "new/ca.pem");
}

/// A user who changes bundle and ledger alike has no signature of the old identity.
#[test]
fn a_bundle_that_fits_a_forged_ledger_is_not_signed() {
    let folder = folder_with(ADA);
    let forged = Folder::new();
    for (name, bytes) in new_identity("Test Signer", datetime!(2026-01-01 00:00 UTC), 3600) {
        forged.file(&format!("evil/{name}"), bytes);
    }
    let evil = [
        "--sign-cert",
        "evil/cert.pem",
        "--sign-key",
        "evil/key.pem",
        "--sign-chain",
        "evil/ca.pem",
    ];
    let generate = ["generate", "list.csv", "--out", "out", "--set", "imap.host=evil.example.org"];
    forged.file("list.csv", ADA).run(generate.iter().chain(&evil)).exits(0);
    // the profile of the forger under the manifest of the real signer
    let bundle = forged.read(BUNDLE);
    folder.file(BUNDLE, &bundle);
    let ledger = rusqlite::Connection::open(folder.path().join("out/ledger.db")).unwrap();
    let digest = sha2_of(&bundle);
    let parameters = rusqlite::params![digest, bundle.len()];
    ledger.execute("UPDATE person SET sha256 = ?1, size = ?2", parameters).unwrap();
    drop(ledger);
    let done = resign(&folder, &["--new-signer"]).ends();
    // it is signed by whom its own manifest names, who is not in the ledger
    assert_eq!(done.0, Some(1), "{:?}", done.1);
    done.1.stderr_has("is signed by another certificate than the ledger names");
    assert_eq!(folder.read(BUNDLE), bundle);
}

fn sha2_of(bytes: &[u8]) -> Vec<u8> {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).to_vec()
}

#[test]
fn sheets_that_would_be_wrong_about_the_signer_are_refused_with_the_cure() {
    let folder = folder_with(ADA);
    folder.run(["generate", "list.csv", "--out", "dev"]).exits(0);
    let sign =
        ["--sign-cert", "new/cert.pem", "--sign-key", "new/key.pem", "--sign-chain", "new/ca.pem"];
    let bundle = folder.read("dev/bundles/ada_centurylink.net.zip");
    let given = ["resign", "dev", "--new-signer"];
    folder
        .run(given.iter().chain(&sign))
        .exits(2)
        .stderr_has("error: the START-HERE.html of 1 person names the development identity, and would be wrong about an identity of your own")
        .stderr_has("hint: run `generate` with the list, this identity and --new-signer");
    assert_eq!(folder.read("dev/bundles/ada_centurylink.net.zip"), bundle);
    let generate = ["generate", "list.csv", "--out", "dev", "--new-signer"];
    folder.run(generate[..4].iter().chain(&sign)).exits(2).stderr_has("--new-signer");
    folder.run(generate.iter().chain(&sign)).exits(0);
    // the other way round, with a ledger and without one
    for _ in 0..2 {
        folder.run(["resign", "out", "--new-signer"]).exits(2).stderr_has(
            "names an identity of your own, and would be wrong about the development identity",
        );
        let _ = std::fs::remove_file(folder.path().join("out/ledger.db"));
    }
    folder.run(["resign", "out", "--unsigned"]).exits(2).stderr_has("without an identity");
}

#[test]
fn a_folder_without_ledger_is_adopted() {
    let folder = folder_with(TWO);
    let before = files_of(&folder, BUNDLE);
    std::fs::remove_file(folder.path().join("out/ledger.db")).unwrap();
    resign(&folder, &["--new-signer"])
        .exits(0)
        .stdout_is("2 bundles in out signed again")
        .stderr_has("has no ledger:");
    let after = files_of(&folder, BUNDLE);
    for (name, old) in before.iter().filter(|(name, _)| *name != "manifest.json") {
        assert_eq!(without_signature(old), without_signature(&after[name]), "{name}");
    }
    verified(&folder, "new/ca.pem");
    folder
        .run(["resign", "nowhere", "--new-signer"])
        .exits(2)
        .stderr_has("there is no folder `nowhere`");
}

#[test]
fn a_ledger_of_an_earlier_version_is_brought_up_to_date() {
    let folder = folder_with(TWO);
    let ledger = rusqlite::Connection::open(folder.path().join("out/ledger.db")).unwrap();
    // version 1 had no such table
    ledger.execute_batch("DROP TABLE staged; PRAGMA user_version = 1").unwrap();
    drop(ledger);
    resign(&folder, &["--new-signer"]).exits(0).stdout_is("2 bundles in out signed again");
    verified(&folder, "new/ca.pem");
    folder.run(["status", "out"]).exits(0).stdout_has("signer: CN=New Signer, 2 people");
}

#[test]
fn a_ledger_that_a_killed_run_had_only_begun_is_made_anew() {
    let folder = folder_with(TWO);
    let begun = Folder::new();
    let ledger = rusqlite::Connection::open(begun.path().join("ledger.db")).unwrap();
    // more than the cache holds: pages are in the file, and in the journal that it was empty
    ledger.execute_batch("PRAGMA cache_size = 2; BEGIN; CREATE TABLE person (one BLOB)").unwrap();
    for _ in 0..100 {
        ledger.execute("INSERT INTO person VALUES (randomblob(4000))", []).unwrap();
    }
    for name in ["ledger.db", "ledger.db-journal"] {
        folder.file(&format!("out/{name}"), begun.read(name));
    }
    resign(&folder, &["--new-signer"]).exits(0).stdout_is("2 bundles in out signed again");
    verified(&folder, "new/ca.pem");
}

#[test]
fn people_who_left_keep_their_signatures() {
    let folder = folder_with(TWO);
    folder.file("list.csv", ADA).generate("list.csv", &[]).exits(0);
    let left = folder.read("out/bundles/bob_q.com.zip");
    resign(&folder, &["--new-signer"])
        .exits(0)
        .stdout_is("1 bundle in out signed again; 1 person who left keeps the old signatures");
    assert_eq!(folder.read("out/bundles/bob_q.com.zip"), left);
    assert!(folder.text("out/manifest.jsonl").contains("\"state\":\"left\""));
}

/// What a kill can leave: a bundle placed and announced, one announced only, and one that nobody announced.
#[test]
fn a_bundle_that_a_killed_run_has_placed_is_not_taken_for_a_changed_one() {
    let list = "email,name\nada@centurylink.net,Ada\nbob@q.com,Bob\neve@q.com,Eve\n";
    let (folder, finished) = (folder_with(list), Folder::new());
    copy(&folder, &finished);
    resign(&finished, &["--new-signer"]).exits(0);
    let of = |name: &str| format!("out/bundles/{name}.zip");
    for name in ["ada_centurylink.net", "eve_q.com"] {
        folder.file(&of(name), finished.read(&of(name)));
    }
    let ledger = rusqlite::Connection::open(folder.path().join("out/ledger.db")).unwrap();
    ledger
        .execute_batch(
            "INSERT INTO signer (sha256, chain_sha256, key_sha256, subject, not_after) VALUES ('x', '', '', 'x', '');
             INSERT INTO run (started_at, command, tool) VALUES ('2026-11-23T10:00:00Z', 'resign', 'test')",
        )
        .unwrap();
    for name in ["ada_centurylink.net", "bob_q.com"] {
        let bundle = finished.read(&of(name));
        let row = rusqlite::params![&of(name)[4..], bundle.len(), sha2_of(&bundle)];
        ledger
            .execute(
                "INSERT INTO placed SELECT id, 2, ?2, ?3, 2, 2 FROM person WHERE bundle = ?1",
                row,
            )
            .unwrap();
    }
    drop(ledger);
    let done = resign(&folder, &["--new-signer"]).exits(1);
    done.stderr_has("`bundles/eve_q.com.zip` is not signed again (eve@q.com): it is not the bundle that was made");
    assert!(!done.stderr.contains("bob_q.com.zip"), "{}", done.stderr);
    assert_eq!(folder.read(&of("bob_q.com")), finished.read(&of("bob_q.com")));
    let ledger = rusqlite::Connection::open(folder.path().join("out/ledger.db")).unwrap();
    let digest: Vec<u8> = ledger
        .query_row("SELECT sha256 FROM person WHERE addresses LIKE 'ada@%'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(digest, sha2_of(&folder.read(&of("ada_centurylink.net"))));
    let rows: u32 = ledger.query_row("SELECT count(*) FROM placed", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 0);
}

/// A kill between the last group and the manifest leaves nobody to sign for.
#[test]
fn a_manifest_that_a_killed_run_has_not_written_is_made_up_for() {
    let folder = folder_with(TWO);
    let names = ["out/manifest.jsonl", "out/manifest.jsonl.p7s"];
    let before = names.map(|name| folder.read(name));
    resign(&folder, &["--new-signer"]).exits(0);
    for (name, bytes) in names.iter().zip(before) {
        folder.file(name, bytes);
    }
    let ledger = rusqlite::Connection::open(folder.path().join("out/ledger.db")).unwrap();
    ledger.execute("UPDATE run SET ended_at = NULL WHERE command = 'resign'", []).unwrap();
    drop(ledger);
    folder.run(["verify", "out", "--ca", "new/ca.pem"]).exits(1);
    resign(&folder, &[])
        .exits(0)
        .stdout_is("the files of 2 people in out were signed by this identity; the manifest, which the last run had not finished, is complete")
        .stderr_has("changes: 2 signer-changed");
    verified(&folder, "new/ca.pem");
    resign(&folder, &[]).exits(0).stdout_has("nothing to do");
}

fn copy(from: &Folder, to: &Folder) {
    for name in from.files("") {
        to.file(&name, from.read(&name));
    }
}

#[test]
fn a_killed_run_is_finished_by_the_next_one() {
    let people: String = (0..300).map(|n| format!("p{n}@q.com,Person {n}\n")).collect();
    let folder = folder_with(&format!("email,name\n{people}"));
    let before = files_of(&folder, "out/bundles/p7_q.com.zip");
    for delay in [10, 40, 80, 160, 240] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_mailmuster"))
            .args(["resign", "out", "--new-signer", "--sign-cert", "new/cert.pem"])
            .args(["--sign-key", "new/key.pem", "--sign-chain", "new/ca.pem"])
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(delay));
        let _ = child.kill();
        child.wait().unwrap();
    }
    resign(&folder, &["--new-signer"]).exits(0);
    verified(&folder, "new/ca.pem");
    let after = files_of(&folder, "out/bundles/p7_q.com.zip");
    for (name, old) in before.iter().filter(|(name, _)| *name != "manifest.json") {
        assert_eq!(without_signature(old), without_signature(&after[name]), "{name}");
    }
    let status = folder.run(["status", "out"]).exits(0);
    status.stdout_has("CN=New Signer, 300 people");
    assert!(!status.stdout.contains("Test Signer"), "{}", status.stdout);
}
