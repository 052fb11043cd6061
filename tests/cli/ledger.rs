//! Ledgers and folders that someone or something damaged: detected, cured and reported, or refused.
#![allow(clippy::disallowed_methods, reason = "tests damage files")]

use std::fs::OpenOptions;

use rusqlite::Connection;

use crate::support::{AT, Folder, Run};

const LEDGER: &str = "out/ledger.db";
const LIST: &str = "email,name\nada@q.com,Ada\nbob@q.com,Bob\n";
const BUNDLE: &str = "out/bundles/ada_q.com.zip";

/// A folder with two people, made a day before [`AT`].
fn made() -> Folder {
    let folder = Folder::new();
    folder.file("list.csv", LIST);
    generate(&folder, "2026-11-22T09:00:00Z", &[]).exits(0);
    folder
}

fn generate(folder: &Folder, at: &str, more: &[&str]) -> Run {
    folder.identity();
    let fixed = ["generate", "list.csv", "--out", "out", "--quiet", "--at", at];
    let signer = ["--sign-cert", "id/cert.pem", "--sign-key", "id/key.pem"];
    let chain = ["--sign-chain", "id/ca.pem"];
    folder.run(fixed.iter().chain(&signer).chain(&chain).chain(more))
}

/// The kinds of change in `changes.csv`, by address.
fn changes(folder: &Folder) -> Vec<(String, String)> {
    let text = folder.text("out/changes.csv");
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let rows = reader.records().map(|row| row.unwrap());
    rows.map(|row| (row[0].to_owned(), row[2].to_owned())).collect()
}

fn both(kind: &str) -> Vec<(String, String)> {
    ["ada@q.com", "bob@q.com"].map(|address| (address.to_owned(), kind.to_owned())).to_vec()
}

fn verifies(folder: &Folder) {
    folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(0).stdout_has("2 bundles, ");
}

/// A damaged ledger is replaced by one that knows everybody, and kept under another name.
fn is_rebuilt(folder: &Folder, why: &str) {
    let damaged = folder.read(LEDGER);
    let done = generate(folder, AT, &[]).exits(0);
    done.stderr_has(&format!(
        "warning: the ledger `out/ledger.db` is damaged: {why}; 2 people of manifest.jsonl and the bundles are taken over instead\n  \
           hint: who left earlier, and what happened in earlier runs, is in the damaged file alone\n"
    ));
    done.stderr_has(
        "warning: the damaged ledger is now `ledger.db.damaged-1`, and a new one is in its place\n",
    );
    assert_eq!(folder.read("out/ledger.db.damaged-1"), damaged);
    assert_eq!(changes(folder), both("re-created"));
    verifies(folder);
    generate(folder, AT, &[]).exits(0).stdout_has("0 new, 0 updated, 2 unchanged");
    assert_eq!(changes(folder), []);
    folder.run(["status", "out"]).exits(0);
}

fn cut(folder: &Folder, size: u64) {
    let file = OpenOptions::new().write(true).open(folder.path().join(LEDGER)).unwrap();
    file.set_len(size).unwrap();
}

#[test]
fn a_ledger_that_was_cut_off_is_rebuilt() {
    let size = || made().read(LEDGER).len() as u64;
    let cuts = [
        (3000, "database disk image is malformed"),
        (size() - 16_384, "database disk image is malformed"),
        (size() - 100, "its end is missing"),
    ];
    for (size, why) in cuts {
        let folder = made();
        cut(&folder, size);
        is_rebuilt(&folder, why);
    }
}

#[test]
fn a_ledger_with_a_foreign_header_is_rebuilt() {
    let folder = made();
    let mut ledger = folder.read(LEDGER);
    ledger[..16].copy_from_slice(b"garbage garbage ");
    folder.file(LEDGER, ledger);
    is_rebuilt(&folder, "file is not a database");
}

#[test]
fn garbage_in_any_page_is_found_before_anything_is_written() {
    let whole = made().read(LEDGER);
    for page in 1..whole.len() / 16_384 {
        let folder = made();
        let mut ledger = whole.clone();
        ledger[page * 16_384..(page + 1) * 16_384].fill(0xa5);
        folder.file(LEDGER, ledger);
        let done = generate(&folder, AT, &[]).exits(0);
        done.stderr_has("warning: the ledger `out/ledger.db` is damaged: ");
        assert!(folder.exists("out/ledger.db.damaged-1"), "page {page}");
        assert_eq!(changes(&folder), both("re-created"), "page {page}");
        verifies(&folder);
    }
}

#[test]
fn a_ledger_of_a_later_version_is_refused_by_name() {
    let folder = made();
    let ledger = Connection::open(folder.path().join(LEDGER)).unwrap();
    ledger.execute("UPDATE folder SET tool = 'mailmuster 9.0.0'", []).unwrap();
    ledger.pragma_update(None, "user_version", 99).unwrap();
    drop(ledger);
    let before = folder.read(LEDGER);
    generate(&folder, AT, &[]).exits(2).stderr_is(
        "error: the ledger `out/ledger.db` was written by mailmuster 9.0.0, which is newer than this program\n  \
           hint: install that version or a later one",
    );
    assert_eq!(folder.read(LEDGER), before);
}

#[test]
fn a_database_of_another_program_is_refused() {
    let folder = made();
    std::fs::remove_file(folder.path().join(LEDGER)).unwrap();
    let foreign = Connection::open(folder.path().join(LEDGER)).unwrap();
    foreign.execute_batch("CREATE TABLE bookmarks (url TEXT)").unwrap();
    drop(foreign);
    generate(&folder, AT, &[]).exits(2).stderr_is(
        "error: `out/ledger.db` is not a ledger of mailmuster\n  \
           hint: move the file away, or name another folder with --out; mailmuster keeps its own ledger under this name",
    );
}

#[test]
fn a_ledger_that_a_killed_run_had_only_begun_is_made_anew() {
    let folder = made();
    std::fs::remove_dir_all(folder.path().join("out")).unwrap();
    let begun = Folder::new();
    let ledger = Connection::open(begun.path().join("ledger.db")).unwrap();
    // more than the cache holds: pages are in the file, and in the journal that it was empty
    ledger.execute_batch("PRAGMA cache_size = 2; BEGIN; CREATE TABLE person (one BLOB)").unwrap();
    for _ in 0..100 {
        ledger.execute("INSERT INTO person VALUES (randomblob(4000))", []).unwrap();
    }
    folder.file("out/.mailmuster.lock", "flat");
    for name in ["ledger.db", "ledger.db-journal"] {
        folder.file(&format!("out/{name}"), begun.read(name));
    }
    assert!(folder.read(LEDGER).len() > 4096);
    generate(&folder, AT, &[]).exits(0).stdout_has("2 new, 0 updated, 0 unchanged");
    assert_eq!(changes(&folder), both("new"));
    verifies(&folder);
}

#[test]
fn the_folder_of_another_client_is_refused() {
    let folder = made();
    let before = folder.read(LEDGER);
    generate(&folder, AT, &["--identifier", "com.other"]).exits(2).stderr_is(
        "error: the folder's ledger `out/ledger.db` belongs to another client: its identifiers begin with `local.mailmuster`, and this run's with `com.other`\n  \
           hint: each client has a folder of its own: name it with --out, or correct --identifier",
    );
    assert_eq!(folder.read(LEDGER), before);
}

#[test]
fn a_bundle_that_was_deleted_or_edited_is_made_again_and_reported() {
    let ada = |kind: &str| vec![("ada@q.com".to_owned(), kind.to_owned())];
    let folder = made();
    std::fs::remove_file(folder.path().join(BUNDLE)).unwrap();
    generate(&folder, AT, &[]).exits(0).stdout_has("1 new, 0 updated, 1 unchanged");
    assert_eq!(changes(&folder), ada("re-created"));
    verifies(&folder);
    let mut longer = folder.read(BUNDLE);
    longer.push(0);
    folder.file(BUNDLE, longer);
    generate(&folder, AT, &[]).exits(0).stdout_has("0 new, 1 updated, 1 unchanged");
    assert_eq!(changes(&folder), ada("re-created"));
    verifies(&folder);
    // an edit that keeps the size takes a look at every byte
    let mut edited = folder.read(BUNDLE);
    edited[500] ^= 1;
    folder.file(BUNDLE, edited);
    generate(&folder, AT, &[]).exits(0).stdout_has("0 new, 0 updated, 2 unchanged");
    assert_eq!(changes(&folder), []);
    generate(&folder, AT, &["--check-existing"]).exits(0).stdout_has("1 updated, 1 unchanged");
    assert_eq!(changes(&folder), ada("re-created"));
    verifies(&folder);
}

#[test]
fn a_clock_that_was_set_back_is_reported_and_the_ledger_keeps_the_later_time() {
    let folder = made();
    generate(&folder, "2026-11-20T00:00:00Z", &[]).exits(0).stderr_is(
        "warning: this run's time, 2026-11-20T00:00:00Z, is before that of the last run, 2026-11-22T09:00:00Z\n  \
           hint: check the clock of this computer, or --at; the ledger keeps the later time",
    );
    let ledger = Connection::open(folder.path().join(LEDGER)).unwrap();
    let mut times = ledger.prepare("SELECT started_at, ended_at FROM run ORDER BY id").unwrap();
    let times = times.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let night = ("2026-11-22T09:00:00Z".to_owned(), "2026-11-22T09:00:00Z".to_owned());
    assert_eq!(times.map(Result::unwrap).collect::<Vec<_>>(), [night.clone(), night]);
}

#[test]
fn a_ledger_of_an_earlier_version_is_brought_up_to_date_by_a_run_and_only_read_by_plan() {
    let folder = made();
    let ledger = Connection::open(folder.path().join(LEDGER)).unwrap();
    // version 1 had no such table
    ledger.execute_batch("DROP TABLE staged; PRAGMA user_version = 1").unwrap();
    drop(ledger);
    let before = folder.read(LEDGER);
    let fixed = ["plan", "list.csv", "--out", "out", "--quiet", "--at", AT];
    let signer = ["--sign-cert", "id/cert.pem", "--sign-key", "id/key.pem"];
    let chain = ["--sign-chain", "id/ca.pem"];
    let plan = folder.run(fixed.iter().chain(&signer).chain(&chain));
    plan.exits(0).stdout_has("unchanged: 2");
    assert_eq!(folder.read(LEDGER), before, "plan writes nothing");
    folder
        .run(["status", "out"])
        .exits(2)
        .stderr_has("run `generate` once: it brings the ledger up to date");
    generate(&folder, AT, &[]).exits(0).stdout_has("0 new, 0 updated, 2 unchanged");
    let ledger = Connection::open(folder.path().join(LEDGER)).unwrap();
    let version: i32 = ledger.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, 2);
    folder.run(["status", "out"]).exits(0);
    verifies(&folder);
}
