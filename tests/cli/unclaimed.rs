//! A run is killed after it put bundles into their places, and nobody knows of them: neither the manifest nor a
//! report. The next run takes them over, or removes them, and never removes what this program did not make.
#![allow(clippy::disallowed_methods, reason = "tests look into the folder and change it")]

use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};

use crate::support::{Folder, SIGN};

const FIRST: &str = "email,name,id\nada@q.com,Ada,1\nbob@q.com,Bob,2\ncy@q.com,Cy,3\n";
const ZOE: &str = "bundles/zoe_q.com.zip";

fn generate(folder: &Folder, list: &str, more: &[&str]) -> crate::support::Done {
    folder.file("list.csv", list).generate("list.csv", &[more, &["--quiet"]].concat()).exits(0)
}

/// A folder in which a run with the list `killed` came to its end after a run with [`FIRST`], or rather to the
/// moment when all bundles are in their places, and the ledger does not have their people yet.
fn killed(killed: &str) -> Folder {
    let folder = Folder::new();
    generate(&folder, FIRST, &[]);
    let of_the_run =
        ["ledger.db", "manifest.jsonl", "manifest.jsonl.p7s", "changes.csv", "report.csv"]
            .map(|name| format!("out/{name}"));
    let first = of_the_run.clone().map(|name| folder.read(&name));
    let bundles = folder.files("out/bundles");
    let before = bundles.iter().map(|name| folder.read(&format!("out/bundles/{name}")));
    let before: Vec<(String, Vec<u8>)> = bundles.iter().cloned().zip(before).collect();
    generate(&folder, killed, &[]);
    let open = || Connection::open(folder.path().join("out/ledger.db")).unwrap();
    let ledger = open();
    let keys = ledger.prepare("SELECT bundle, key FROM person").unwrap();
    let keys = { keys }
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<rusqlite::Result<Vec<(String, Vec<u8>)>>>()
        .unwrap();
    drop(ledger);
    for (name, bytes) in of_the_run.iter().zip(first) {
        folder.file(name, bytes);
    }
    let ledger = open();
    let run = "INSERT INTO run (started_at, command, tool) VALUES ('2026-11-23T09:00:00Z', 'generate', 'test')";
    ledger.execute(run, []).unwrap();
    for (bundle, key) in keys {
        let bytes = folder.read(&format!("out/{bundle}"));
        if before.iter().any(|(name, old)| bundle.ends_with(name) && *old == bytes) {
            continue;
        }
        let staged = "INSERT INTO staged (bundle, key, size, sha256) VALUES (?1, ?2, ?3, ?4)";
        let row = params![bundle, key, bytes.len(), &Sha256::digest(&bytes)[..]];
        ledger.execute(staged, row).unwrap();
        ledger.execute("UPDATE person SET fingerprint = NULL WHERE key = ?1", [key]).unwrap();
    }
    drop(ledger);
    folder
}

fn verifies(folder: &Folder, bundles: usize) {
    let done = folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(0);
    done.stdout_has(&format!("{bundles} bundle"));
    assert_eq!(folder.files("out/bundles").len(), bundles);
    let ledger = Connection::open(folder.path().join("out/ledger.db")).unwrap();
    let staged: u32 =
        ledger.query_row("SELECT count(*) FROM staged", [], |row| row.get(0)).unwrap();
    assert_eq!(staged, 0);
}

/// Address and kind of each change that the last run reported.
fn changes(folder: &Folder) -> Vec<(String, String)> {
    let text = folder.text("out/changes.csv");
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let rows = reader.records().map(|row| row.unwrap());
    rows.map(|row| (row[0].to_owned(), row[2].to_owned())).collect()
}

fn change(address: &str, kind: &str) -> (String, String) {
    (address.to_owned(), kind.to_owned())
}

#[test]
fn the_bundle_of_a_new_person_whom_the_next_list_lacks_is_removed() {
    let folder = killed(&format!("{FIRST}zoe@q.com,Zoe,4\n"));
    assert!(folder.exists(&format!("out/{ZOE}")));
    folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(1);
    let done = folder.file("list.csv", FIRST).generate("list.csv", &[]).exits(0);
    done.stderr_has("note: 1 bundle of a run that was stopped is removed, for this list does not name its person: bundles/zoe_q.com.zip\n");
    assert_eq!(changes(&folder), []);
    verifies(&folder, 3);
}

#[test]
fn the_same_list_completes_the_work() {
    let list = format!("{FIRST}zoe@q.com,Zoe,4\n");
    let folder = killed(&list);
    generate(&folder, &list, &[]);
    assert_eq!(changes(&folder), [change("zoe@q.com", "new")]);
    verifies(&folder, 4);
}

#[test]
fn a_file_in_the_place_that_this_program_did_not_make_stays() {
    let folder = killed(&format!("{FIRST}zoe@q.com,Zoe,4\n"));
    let mut edited = folder.read(&format!("out/{ZOE}"));
    edited[500] ^= 1;
    folder.file(&format!("out/{ZOE}"), &edited);
    let done = folder.file("list.csv", FIRST).generate("list.csv", &[]).exits(0);
    done.stderr_has(
        "1 bundle in `out` belongs to nobody whom the ledger knows: bundles/zoe_q.com.zip",
    );
    assert_eq!(folder.read(&format!("out/{ZOE}")), edited);
}

#[test]
fn a_replaced_bundle_of_a_person_who_has_left_since_is_theirs() {
    let folder = killed(&FIRST.replace("Ada", "Ada King"));
    let ada = folder.read("out/bundles/ada_q.com.zip");
    generate(&folder, &FIRST.replace("ada@q.com,Ada,1\n", ""), &[]);
    assert_eq!(changes(&folder), [change("ada@q.com", "left")]);
    assert_eq!(folder.read("out/bundles/ada_q.com.zip"), ada);
    verifies(&folder, 3);
}

#[test]
fn a_replaced_bundle_of_a_person_who_stays_is_reported_against_what_they_had() {
    let list = FIRST.replace("Ada", "Ada King");
    let folder = killed(&list);
    generate(&folder, &list, &[]);
    let text = folder.text("out/changes.csv");
    assert_eq!(changes(&folder), [change("ada@q.com", "changed")]);
    assert!(text.contains("Ada → Ada King"), "{text}");
    verifies(&folder, 3);
}

/// The bundle of the former address is gone, and nobody knows of the new one.
#[test]
fn a_person_who_moved_and_left_has_no_bundle() {
    let folder = killed(&FIRST.replace("ada@", "ada.king@"));
    assert!(!folder.exists("out/bundles/ada_q.com.zip"));
    let done = folder.file("list.csv", FIRST.replace("ada@q.com,Ada,1\n", ""));
    let done = done.generate("list.csv", &[]).exits(0);
    done.stderr_has("1 bundle of a run that was stopped is removed");
    assert_eq!(changes(&folder), [change("ada@q.com", "left")]);
    verifies(&folder, 2);
    // what is on their devices is that of the former address
    folder.generate("list.csv", &["--retire", "--quiet"]).exits(0);
    let retired = folder.files("out/retired");
    assert!(retired.iter().any(|name| name.starts_with("ada_q.com.")), "{retired:?}");
    folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(0);
}

#[test]
fn two_people_who_changed_places_and_left_have_each_nothing_of_the_other() {
    let swapped = FIRST.replace("ada@", "x@").replace("bob@", "ada@").replace("x@", "bob@");
    let folder = killed(&swapped);
    let left = "email,name,id\ncy@q.com,Cy,3\n";
    folder.file("list.csv", left);
    folder.generate("list.csv", &["--quiet", "--max-leavers", "3"]).exits(0);
    let kinds: Vec<_> = changes(&folder).into_iter().map(|(_, kind)| kind).collect();
    assert_eq!(kinds, ["left", "left"]);
    verifies(&folder, 1);
}

#[test]
fn every_command_that_writes_leaves_a_folder_that_verifies() {
    let list = format!("{}zoe@q.com,Zoe,4\n", FIRST.replace("Ada", "Ada King"));
    let sign = SIGN;
    for command in [
        &["generate", "list.csv", "--out", "out", "--add"][..],
        &["retire", "--person", "bob@q.com", "--out", "out"],
        &["resign", "out", "--new-signer"],
    ] {
        let folder = killed(&list);
        folder.file("list.csv", "email,name,id\nyan@q.com,Yan,5\n");
        let at = ["--at", crate::support::AT, "--quiet"];
        folder.run(command.iter().chain(&sign).chain(&at)).exits(0);
        assert!(!folder.exists(&format!("out/{ZOE}")), "{command:?}");
        folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(0);
    }
}
