//! `status` and `history`: what a folder's ledger knows.
#![allow(clippy::disallowed_methods, reason = "tests remove files")]

use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::support::{ADA, Folder, new_identity};

const SIGN: [&str; 6] =
    ["--sign-cert", "s/cert.pem", "--sign-key", "s/key.pem", "--sign-chain", "s/ca.pem"];

/// A folder whose files were signed today by a certificate with so many days left.
fn signed(days_left: u32) -> Folder {
    let folder = Folder::new();
    // half a day more, so that whole days do not depend on when the test runs
    let issued = OffsetDateTime::now_utc() - Duration::hours(12);
    for (name, bytes) in new_identity("Soon", issued, days_left + 1) {
        folder.file(&format!("s/{name}"), bytes);
    }
    let generate = ["generate", "list.csv", "--out", "out"];
    folder.file("list.csv", ADA).run(generate.iter().chain(&SIGN)).exits(0);
    folder
}

#[test]
fn a_signer_with_less_than_30_days_is_warned_about() {
    let soon = signed(29).run(["status", "out", "--quiet"]).exits(0);
    soon.stderr_has(
        "warning: the certificate of CN=Soon, who signed for 1 person, ends in 29 days",
    )
    .stdout_has("signer: CN=Soon, 1 person, ends in 29 days: renew it now");
    let later = signed(30).run(["status", "out"]).exits(0);
    later.stderr_is("").stdout_has("signer: CN=Soon, 1 person, ends in 30 days\n");
}

#[test]
fn expiring_exits_1_if_a_signer_ends_within_so_many_days() {
    let folder = signed(60);
    for (days, exit) in [("59", 0), ("60", 1), ("90", 1), ("0", 0)] {
        folder.run(["status", "out", "--expiring", days]).exits(exit);
    }
}

#[test]
fn a_certificate_has_ended_from_the_first_second_after_its_end() {
    let folder = Folder::new();
    let issued = OffsetDateTime::now_utc() - Duration::hours(25);
    for (name, bytes) in new_identity("Just", issued, 1) {
        folder.file(&format!("s/{name}"), bytes);
    }
    folder
        .run(["identity", "show", "s/cert.pem"])
        .exits(0)
        .stdout_has("(expired)\n")
        .stdout_has("may sign profiles: no: expired\nmay sign scripts:  no: expired\n");
    let json = folder.run(["identity", "show", "s/cert.pem", "--json"]).exits(0);
    json.stdout_has("\"days_left\":-1,").stdout_has("\"may_sign\":[]");

    let folder = signed(60);
    let end = (OffsetDateTime::now_utc() - Duration::hours(1)).format(&Rfc3339).unwrap();
    let ledger = rusqlite::Connection::open(folder.path().join("out/ledger.db")).unwrap();
    ledger.execute("UPDATE signer SET not_after = ?1", [&end]).unwrap();
    drop(ledger);
    folder
        .run(["status", "out"])
        .exits(0)
        .stdout_has("signer: CN=Soon, 1 person, EXPIRED\n")
        .stdout_has("1 person is waiting for a new file:\n")
        .stderr_has("who signed for 1 person, has ended");
    folder.run(["status", "out", "--json"]).exits(0).stdout_has("\"days_left\":-1,");
}

#[test]
fn people_with_an_ended_signer_are_waiting_since_its_end() {
    let folder = Folder::new();
    for (name, bytes) in new_identity("Old", OffsetDateTime::now_utc() - Duration::days(9), 3650) {
        folder.file(&format!("s/{name}"), bytes);
    }
    let generate = ["generate", "list.csv", "--out", "out"];
    folder.file("list.csv", ADA).run(generate.iter().chain(&SIGN)).exits(0);
    let ledger = rusqlite::Connection::open(folder.path().join("out/ledger.db")).unwrap();
    ledger.execute("UPDATE signer SET not_after = '2026-01-02T03:04:05Z'", []).unwrap();
    drop(ledger);
    folder
        .run(["status", "out", "--expiring", "0"])
        .exits(1)
        .stdout_has("1 person is waiting for a new file:\n  ada@centurylink.net since 2026-01-02T03:04:05Z: the signer's certificate has ended")
        .stdout_has("EXPIRED")
        .stderr_has("who signed for 1 person, has ended");
}

#[test]
fn a_known_person_whose_row_is_refused_waits_since_the_first_such_run() {
    let folder = Folder::new();
    let list = "email,name,id\nada@centurylink.net,Ada,1\nbob@q.com,Bob,2\n";
    let run = |list: &str, at: &str, exit| {
        folder.identity().file("list.csv", list);
        let sign =
            ["--sign-cert", "id/cert.pem", "--sign-key", "id/key.pem", "--sign-chain", "id/ca.pem"];
        let generate = ["generate", "list.csv", "--out", "out", "--at", at];
        folder.run(generate.iter().chain(&sign)).exits(exit);
    };
    let waiting = || {
        let line = folder.run(["status", "out", "--json"]).exits(0).stdout;
        let status: serde_json::Value = serde_json::from_str(&line).unwrap();
        status["waiting"].to_string()
    };
    run(list, "2026-11-20T00:00:00Z", 0);
    assert_eq!(waiting(), "[]");
    let refused = list.replace("ada@centurylink.net", "ada at centurylink");
    run(&refused, "2026-11-21T00:00:00Z", 1);
    run(&refused, "2026-11-22T00:00:00Z", 1);
    let expected = "[{\"address\":\"ada@centurylink.net\",\"name\":\"Ada\",\"since\":\"2026-11-21T00:00:00Z\",\"why\":\"not-made\"}]";
    assert_eq!(waiting(), expected);
    folder.run(["status", "out"]).exits(0).stdout_has(
        "1 person is waiting for a new file:\n  ada@centurylink.net since 2026-11-21T00:00:00Z: the list's row is refused",
    );
    // a list of further people changes nothing about it
    let more = "email,name,id\neve@q.com,Eve,3\n";
    folder.file("more.csv", more);
    folder.generate("more.csv", &["--add"]).exits(0);
    assert_eq!(waiting(), expected);
    // the row is what it was
    run(&format!("{list}eve@q.com,Eve,3\n"), "2026-11-24T00:00:00Z", 0);
    assert_eq!(waiting(), "[]");
    // and with another name the files are made again
    run(&format!("{refused}eve@q.com,Eve,3\n"), "2026-11-25T00:00:00Z", 1);
    assert!(waiting().contains("2026-11-25"), "{}", waiting());
    run(
        &format!("{}eve@q.com,Eve,3\n", list.replace("Ada", "Ada King")),
        "2026-11-26T00:00:00Z",
        0,
    );
    assert_eq!(waiting(), "[]");
}

#[test]
fn a_bundle_that_is_missing_or_has_another_size_is_reported() {
    let folder = Folder::new();
    let list = "email,name\nada@centurylink.net,Ada\nbob@q.com,Bob\neve@q.com,Eve\n";
    folder.file("list.csv", list).generate("list.csv", &[]).exits(0);
    std::fs::remove_file(folder.path().join("out/bundles/bob_q.com.zip")).unwrap();
    folder.file("out/bundles/eve_q.com.zip", "x");
    folder.run(["status", "out"]).exits(0).stdout_has(
        "2 people are waiting for a new file:\n  bob@q.com: the bundle is missing\n  eve@q.com: the bundle has another size",
    );
    folder.generate("list.csv", &[]).exits(0);
    let status = folder.run(["status", "out"]).exits(0);
    assert!(!status.stdout.contains("waiting"), "{}", status.stdout);
    status.stdout_has("3 people with a bundle, 0 left, 0 retired").stdout_has("2 re-created");
}

#[test]
fn a_bundle_that_a_run_has_found_to_be_gone_is_reported_as_missing() {
    let folder = Folder::new();
    folder.file("list.csv", ADA).generate("list.csv", &[]).exits(0);
    let ledger = rusqlite::Connection::open(folder.path().join("out/ledger.db")).unwrap();
    assert_eq!(ledger.execute("UPDATE person SET bundle = ''", []).unwrap(), 1);
    drop(ledger);
    folder.run(["status", "out"]).exits(0).stdout_has(
        "1 person is waiting for a new file:\n  ada@centurylink.net: the bundle is missing\n",
    );
}

/// A folder in which Bob, who has left, is retired, with the paths of his bundle and his removal package.
fn with_bob_retired() -> (Folder, [String; 2]) {
    let folder = Folder::new();
    let list = "email,name\nada@q.com,Ada\ncy@q.com,Cy\ndee@q.com,Dee\n";
    folder.file("all.csv", format!("{list}bob@q.com,Bob\n")).file("list.csv", list);
    folder.generate("all.csv", &["--quiet"]).exits(0);
    folder.generate("list.csv", &["--quiet", "--retire"]).exits(0);
    let files = folder.files("out/retired");
    let path = |is_package: bool| {
        let is_it =
            |name: &&String| name.ends_with(".zip") && name.ends_with(".removal.zip") == is_package;
        format!("out/retired/{}", files.iter().find(is_it).unwrap())
    };
    let paths = [path(false), path(true)];
    (folder, paths)
}

fn missing_retired(folder: &Folder) -> serde_json::Value {
    let done = folder.run(["status", "out", "--json"]).exits(0);
    let line = done.stdout.lines().find(|line| line.contains("\"event\":\"status\"")).unwrap();
    serde_json::from_str::<serde_json::Value>(line).unwrap()["missing_retired"].take()
}

fn of_bob(file: &str, why: &str, cure: &str) -> serde_json::Value {
    serde_json::json!({
        "address": "bob@q.com", "name": "Bob", "since": crate::support::AT,
        "file": file, "why": why, "cure": cure,
    })
}

#[test]
fn a_removal_package_that_is_gone_is_reported_until_a_run_makes_it_again() {
    let (folder, [_, package]) = with_bob_retired();
    assert_eq!(missing_retired(&folder), serde_json::json!([]));
    folder.run(["status", "out"]).exits(0).stderr_is("").stdout_lacks("files of retired people");
    for (lose, why, words) in [
        (true, "missing", "the removal package is missing\n"),
        (false, "changed", "the removal package has another size than the one that was made\n"),
    ] {
        std::fs::remove_file(folder.path().join(&package)).unwrap();
        if !lose {
            folder.file(&package, "x");
        }
        assert_eq!(
            missing_retired(&folder),
            serde_json::json!([of_bob("removal-package", why, "generate")])
        );
        folder
            .run(["status", "out", "--quiet"])
            .exits(0)
            .stdout_has(&format!(
                "files of retired people:\n  bob@q.com, retired since 2026-11-23T09:00:00Z: {words}"
            ))
            .stderr_is(
                "warning: 1 file of retired people in `out/retired` is missing or has another size\n  \
                 hint: the next `generate` makes removal packages again",
            );
        folder.generate("list.csv", &["--quiet"]).exits(0);
        assert_eq!(missing_retired(&folder), serde_json::json!([]));
    }
}

#[test]
fn a_retired_person_s_bundle_that_is_gone_is_reported_also_after_a_run_has_found_it() {
    let (folder, [bundle, package]) = with_bob_retired();
    std::fs::remove_file(folder.path().join(&bundle)).unwrap();
    let missing = || of_bob("bundle", "missing", "backup");
    let reported = || {
        folder
            .run(["status", "out"])
            .exits(0)
            .stdout_has("retired since 2026-11-23T09:00:00Z: the bundle is missing\n")
            .stderr_has(
                "hint: no run can make them again: only a backup of the folder `retired` has them",
            );
        assert_eq!(missing_retired(&folder), serde_json::json!([missing()]));
    };
    reported();
    // the ledger forgets the path, and no later run names it
    folder
        .generate("list.csv", &["--quiet"])
        .exits(0)
        .stderr_has("without bundle or removal package");
    folder.generate("list.csv", &["--quiet"]).exits(0).stderr_is("");
    reported();
    // a package of whose accounts nothing is known cannot be made again either
    std::fs::remove_file(folder.path().join(&package)).unwrap();
    let ledger = rusqlite::Connection::open(folder.path().join("out/ledger.db")).unwrap();
    ledger.execute("UPDATE person SET settings = '' WHERE name = 'Bob'", []).unwrap();
    drop(ledger);
    let package = of_bob("removal-package", "missing", "backup");
    assert_eq!(missing_retired(&folder), serde_json::json!([missing(), package]));
    folder.run(["status", "out"]).exits(0).stderr_has("2 files of retired people in `out/retired`");
}

#[test]
fn history_lists_runs_or_what_happened_to_one_person() {
    let folder = Folder::new();
    folder.file("list.csv", ADA).generate("list.csv", &[]).exits(0);
    folder.file("list.csv", ADA.replace("Lovelace", "King")).generate("list.csv", &[]).exits(0);
    let runs = folder.run(["history", "out"]).exits(0);
    let lines: Vec<&str> = runs.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].ends_with("generate list.csv (1 changed)"), "{lines:?}");
    assert!(lines[1].ends_with("generate list.csv (1 new)"), "{lines:?}");
    let person = folder.run(["history", "out", "ADA@centurylink.net"]).exits(0);
    person
        .stdout_has("Ada King (ada@centurylink.net): current since 2026-11-23T09:00:00Z")
        .stdout_has("bundle bundles/ada_centurylink.net.zip")
        .stdout_has("2026-11-23T09:00:00Z new")
        .stdout_has("changed: ");
    folder
        .run(["history", "out", "nobody@q.com"])
        .exits(2)
        .stderr_has("the ledger knows nobody with the address `nobody@q.com`");
    folder.run(["history", "nowhere"]).exits(2).stderr_has("there is no folder `nowhere`");
}
