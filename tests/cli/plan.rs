//! `plan --exit-code` decides whether a script goes on: what a run would complete or report must not pass for
//! "nothing to do".
#![allow(clippy::disallowed_methods, reason = "tests make and remove files of their own")]

use rusqlite::Connection;

use crate::support::{Done, Folder, with_slashes};

const FIRST: &str = "email,name\nada@q.com,Ada\nbob@q.com,Bob\n";
const SECOND: &str = "email,name\nada@q.com,Ada King\nbob@q.com,Bob\neve@q.com,Eve\n";

fn plan(folder: &Folder, more: &[&str], code: i32) -> Done {
    let words = ["plan", "list.csv", "--out", "out", "--sign-cert", "id/cert.pem"].into_iter();
    let words = words.chain(["--sign-key", "id/key.pem", "--sign-chain", "id/ca.pem", "--quiet"]);
    folder.run(words.chain(more.iter().copied())).exits(code)
}

/// The list `list` is in place, and a run with it has come to its end.
fn made(folder: &Folder, list: &str) {
    folder.file("list.csv", list).generate("list.csv", &["--quiet"]).exits(0);
}

/// A run that placed everybody's bundle and was stopped before it wrote the files of the folder.
fn stopped() -> Folder {
    let folder = Folder::new();
    made(&folder, FIRST);
    let names = ["manifest.jsonl", "manifest.jsonl.p7s", "changes.csv", "report.csv"];
    let names = names.map(|name| format!("out/{name}"));
    let before = names.clone().map(|name| folder.read(&name));
    made(&folder, SECOND);
    for (name, bytes) in names.iter().zip(before) {
        folder.file(name, bytes);
    }
    let ledger = Connection::open(folder.path().join("out/ledger.db")).unwrap();
    let sql = "UPDATE run SET ended_at = NULL WHERE id = (SELECT max(id) FROM run)";
    assert_eq!(ledger.execute(sql, []).unwrap(), 1);
    folder
}

#[test]
fn a_run_that_was_stopped_is_something_to_do() {
    let folder = stopped();
    let before = folder.files("out");
    let done = plan(&folder, &["--exit-code"], 4);
    done.stdout_is("unchanged: 3").stderr_has(
        "warning: the last run into `out` was stopped before its end\n  \
         hint: `generate` completes it, and its changes.csv has what both did\n",
    );
    assert_eq!(folder.files("out"), before);
    plan(&folder, &[], 0).stderr_has("was stopped before its end");
    plan(&folder, &["--json"], 0).stdout_has("\"code\":\"run-stopped\"");
    folder.generate("list.csv", &["--quiet"]).exits(0);
    let changes = folder.text("out/changes.csv");
    assert!(changes.contains("eve@q.com") && changes.contains("Ada King"), "{changes}");
    folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(0);
    let done = plan(&folder, &["--exit-code"], 0);
    assert!(!done.stderr.contains("was stopped"), "{}", done.stderr);
}

#[test]
fn a_file_of_the_folder_that_is_gone_is_something_to_do() {
    let folder = Folder::new();
    made(&folder, FIRST);
    for name in ["manifest.jsonl", "manifest.jsonl.p7s", "changes.csv", "report.csv"] {
        plan(&folder, &["--exit-code"], 0);
        let path = folder.path().join("out").join(name);
        std::fs::remove_file(&path).unwrap();
        plan(&folder, &["--exit-code"], 4)
            .stdout_is("unchanged: 2")
            .stderr_has(&format!("warning: `out` has no `{name}`\n"))
            .stderr_has("hint: `generate` writes what is missing");
        plan(&folder, &["--json"], 0).stdout_has("\"code\":\"missing-files\"");
        folder.generate("list.csv", &["--quiet"]).exits(0);
        assert!(path.exists(), "{name}");
    }
    std::fs::remove_file(folder.path().join("out/ledger.db")).unwrap();
    plan(&folder, &["--exit-code"], 4);
}

#[test]
fn a_folder_that_nobody_signs_needs_no_signature() {
    let folder = Folder::new();
    folder.file("list.csv", FIRST);
    let words = |command| [command, "list.csv", "--out", "out", "--unsigned", "--quiet"];
    folder.run(words("generate")).exits(0);
    assert!(!folder.exists("out/manifest.jsonl.p7s"));
    folder.run(words("plan").into_iter().chain(["--exit-code"])).exits(0);
}

#[test]
fn a_refused_row_does_not_pass_for_nothing_to_do() {
    let folder = Folder::new();
    made(&folder, FIRST);
    folder.file("list.csv", format!("{FIRST}eve.q.com,Eve\n"));
    plan(&folder, &["--exit-code"], 1).stdout_is("unchanged: 2").stderr_has("eve.q.com");
    plan(&folder, &[], 0);
    // a change goes before it
    folder.file("list.csv", format!("{SECOND}mal.q.com,Mal\n"));
    plan(&folder, &["--exit-code"], 4);
    // who is skipped by a status is no fault
    folder.file(
        "list.csv",
        "email,name,status\nada@q.com,Ada,\nbob@q.com,Bob,\nzed@q.com,Zed,blocked\n",
    );
    plan(&folder, &["--exit-code"], 0);
}

/// The script of README, with a folder of its own in place of that of all clients, and a `mail` that keeps what it
/// is given.
#[cfg(unix)]
fn night(folder: &Folder) -> String {
    let readme = std::fs::read_to_string(crate::support::project("README.md")).unwrap();
    let script = readme.split("```\n").find(|block| block.starts_with("#!/bin/sh\n")).unwrap();
    assert!(script.contains("/srv/mail/"), "{script}");
    let clients = folder.path().join("clients");
    let program = env!("CARGO_BIN_EXE_mailmuster");
    let functions = format!(
        "mailmuster() {{ '{program}' \"$@\"; }}\nmail() {{ echo \"$2\"; cat; }}\nexport HOME='{}'\n",
        folder.path().join("home").display()
    );
    let script = script.replace("/srv/mail/", &format!("{}/", clients.display()));
    let output =
        std::process::Command::new("sh").args(["-c", &(functions + &script)]).output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[cfg(unix)]
fn the_script_of_the_readme_mails_what_the_admin_must_know() {
    let folder = Folder::new();
    folder
        .file(
            "clients/a/mailmuster.toml",
            "format = 1\n[output]\nfolder = \"out\"\n[signing]\nunsigned = true\n",
        )
        .file("clients/a/staff.csv", FIRST);
    let mail = night(&folder);
    assert!(mail.contains("exit code 0"), "{mail}");
    assert_eq!(night(&folder), "");
    // a new row that is refused
    folder.file("clients/a/staff.csv", format!("{FIRST}eve.q.com,Eve\n"));
    let mail = night(&folder);
    assert!(mail.contains("exit code 1") && mail.contains("eve.q.com"), "{mail}");
    folder.file("clients/a/staff.csv", FIRST);
    assert_eq!(night(&folder), "");
    // a report that is gone
    let report = folder.path().join("clients/a/out/report.csv");
    std::fs::remove_file(&report).unwrap();
    let mail = night(&folder);
    assert!(mail.contains("exit code 0") && mail.contains("has no `report.csv`"), "{mail}");
    assert!(report.exists());
    assert_eq!(night(&folder), "");
}

/// The whole life of a folder whose path leads over a link; the ledger itself must not be one.
#[test]
#[cfg(unix)]
fn a_folder_below_a_link_is_used_like_any_other() {
    use std::os::unix::fs::symlink;
    let folder = Folder::new();
    folder.identity().file("real/x", "").file("list.csv", FIRST);
    symlink("real", folder.path().join("link")).unwrap();
    let signed = ["--sign-cert", "id/cert.pem", "--sign-key", "id/key.pem", "--quiet"];
    let run = |words: &[&str], code| {
        folder.run(words.iter().chain(&signed)).exits(code);
    };
    for out in ["link/out", "linked"] {
        if out == "linked" {
            symlink("real/out", folder.path().join("linked")).unwrap();
        }
        folder.file("list.csv", FIRST);
        run(&["generate", "list.csv", "--out", out], 0);
        run(&["plan", "list.csv", "--out", out, "--exit-code"], 0);
        folder.run(["status", out]).exits(0).stdout_has("2");
        folder.run(["history", out, "ada@q.com"]).exits(0).stdout_has("current since");
        folder.file("list.csv", SECOND);
        run(&["generate", "list.csv", "--out", out], 0);
        run(&["retire", "--person", "eve@q.com", "--out", out], 0);
    }
    // made from the manifest and moved into its place
    std::fs::remove_file(folder.path().join("real/out/ledger.db")).unwrap();
    folder.file("list.csv", FIRST);
    run(&["generate", "list.csv", "--out", "link/out"], 0);
    folder.run(["verify", "link/out", "--ca", "id/ca.pem"]).exits(0);
    // the ledger itself
    let ledger = folder.path().join("real/out/ledger.db");
    std::fs::rename(&ledger, folder.path().join("elsewhere.db")).unwrap();
    symlink("../../elsewhere.db", &ledger).unwrap();
    let before = folder.read("elsewhere.db");
    let words = ["generate", "list.csv", "--out", "link/out"].into_iter().chain(signed);
    folder.run(words).exits(2).stderr_has("`link/out/ledger.db` is not a regular file");
    folder.run(["status", "link/out"]).exits(2).stderr_has("is not a regular file");
    assert_eq!(folder.read("elsewhere.db"), before);
}

#[test]
fn the_help_of_plan_has_its_exit_codes() {
    let done = Folder::new().run(["plan", "--help"]).exits(0);
    done.stdout_has("code 4 if a run would change something, otherwise with 1 if rows are refused")
        .stdout_has("\n  4  --exit-code: a run would change something");
}

#[test]
fn retire_without_list_and_person_names_both() {
    let done = Folder::new().run(["retire", "--out", "out"]).exits(2);
    done.stderr_has("<LIST|--person <ADDRESS>>");
}

#[test]
fn a_retired_person_whose_bundle_was_gone_has_no_bundle() {
    let folder = Folder::new();
    made(&folder, FIRST);
    std::fs::remove_file(folder.path().join("out/bundles/bob_q.com.zip")).unwrap();
    let words = ["retire", "--person", "bob@q.com", "--out", "out", "--sign-cert", "id/cert.pem"];
    folder.run(words.into_iter().chain(["--sign-key", "id/key.pem"])).exits(0);
    let done = folder.run(["history", "out", "bob@q.com"]).exits(0);
    let first = done.stdout.lines().next().unwrap();
    assert!(first.starts_with("Bob (bob@q.com): retired since "), "{first}");
    assert!(first.ends_with(", no bundle"), "{first}");
}

/// Permission bits stop everybody but root, so root becomes another user for this test.
#[test]
#[cfg(unix)]
fn verify_of_a_folder_that_may_not_be_read_does_not_say_that_it_has_no_manifest() {
    use std::io::Write as _;
    use std::os::unix::fs::MetadataExt as _;
    let folder = Folder::new();
    made(&folder, FIRST);
    let is_root = folder.path().metadata().unwrap().uid() == 0;
    let words: &[&str] = if is_root {
        &["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"]
    } else {
        &["env"]
    };
    let run = |argument: &[&str]| {
        let program = [env!("CARGO_BIN_EXE_mailmuster")];
        let words: Vec<_> = words.iter().chain(&program).chain(argument).collect();
        let mut command = std::process::Command::new(words[0]);
        command.args(&words[1..]).current_dir(folder.path()).output().unwrap()
    };
    folder.mode("", 0o755).mode("out", if is_root { 0o700 } else { 0 });
    if !run(&["--version"]).status.success() {
        let _ = writeln!(std::io::stderr(), "SKIPPED: another user cannot run the program");
        return;
    }
    let output = run(&["verify", "out"]);
    folder.mode("out", 0o700);
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(
        text.contains("`out/manifest.jsonl` cannot be read: this user has no permission"),
        "{text}"
    );
}

#[test]
fn a_rename_that_no_list_has_had_yet_is_named_when_it_is_repeated() {
    let folder = Folder::new();
    made(&folder, FIRST);
    let rename = |old, new| folder.run(["rename", old, new, "--out", "out"]);
    rename("ada@q.com", "king@q.com").exits(0);
    rename("ada@q.com", "ada.king@q.com").exits(2).stderr_is(
        "error: the person at `ada@q.com` was renamed to `king@q.com` already, which no list has had yet\n  \
         hint: run `generate` with the list that has `king@q.com`, or, if that address is wrong, name it as OLD",
    );
    rename("king@q.com", "ada.king@q.com").exits(0);
    folder.file("list.csv", FIRST.replace("ada@q.com", "ada.king@q.com"));
    plan(&folder, &["--exit-code"], 4).stdout_has("changed: 1").stdout_lacks("new:");
}

#[test]
fn a_run_that_goes_on_is_not_called_stopped() {
    let folder = stopped();
    let lock = folder.path().join("out/.mailmuster.lock");
    let held = std::fs::File::options().write(true).open(&lock).unwrap();
    held.lock().unwrap();
    // that it goes on is nothing to complete
    let done = plan(&folder, &["--exit-code"], 0);
    done.stdout_is("unchanged: 3").stderr_has("warning: another run is writing into `out` now: ");
    assert!(!done.stderr.contains("stopped"), "{}", done.stderr);
    let status = folder.run(["status", "out"]).exits(0);
    status.stdout_has(" (running now)\n").stdout_lacks("stopped");
    folder
        .run(["status", "out", "--json"])
        .exits(0)
        .stdout_has("\"ended_at\":null,\"is_running\":true,\"command\":\"generate\"");
    let history = folder.run(["history", "out"]).exits(0);
    history.stdout_has(" to now, still running: generate").stdout_lacks("stopped");
    drop(held);
    folder.run(["status", "out"]).exits(0).stdout_has(" (stopped before its end)\n");
    folder.run(["history", "out"]).exits(0).stdout_has(" to stopped before its end: generate");
    folder.run(["status", "out", "--json"]).exits(0).stdout_has("\"is_running\":false");
}

#[test]
fn a_folder_that_generate_refuses_is_refused_by_plan_in_the_same_words() {
    let folder = Folder::new();
    made(&folder, FIRST);
    folder.identity().file("photo.jpg", "x").file("photos/1.jpg", "x");
    folder.file("odd/.mailmuster.lock", "holiday").file("stuck/bundles", "x");
    folder.file("stuck/.mailmuster.lock", "flat").file("closed/report.csv/x", "x");
    folder.file("closed/.mailmuster.lock", "flat");
    folder.run(["export", "jamf", "--out", "jamf", "--unsigned", "--quiet"]).exits(0);
    let places = [
        ("photo.jpg", "`photo.jpg` is not a folder"),
        ("photo.jpg/out", "`photo.jpg/out` is not a folder"),
        ("out/bundles/ada_q.com.zip", "`out/bundles/ada_q.com.zip` is not a folder"),
        ("photos", "refusing to write into `photos`: it contains `1.jpg`"),
        ("jamf", "refusing to write into `jamf`: it is the folder of an export"),
        (
            "out/bundles",
            "refusing to write into `out/bundles`: it is a part of the output folder `out`",
        ),
        ("odd", "`odd/.mailmuster.lock` is not a lock file of mailmuster: "),
        ("stuck", "`stuck/bundles` is not a folder"),
        ("closed", "`closed/report.csv` is not a regular file"),
    ];
    let before = folder.files("");
    for (out, why) in places {
        let run = |command| {
            let words = [command, "list.csv", "--out", out, "--unsigned", "--quiet"];
            folder.run(words).exits(2)
        };
        let plan = run("plan");
        plan.stdout_is("").stderr_has(&format!("error: {why}"));
        run("generate").stderr_is(&plan.stderr);
    }
    assert_eq!(folder.files(""), before);
    // a new folder, even in one that does not exist either, is fit
    let words = ["plan", "list.csv", "--out", "new/out", "--unsigned", "--quiet"];
    folder.run(words).exits(0).stdout_has("new: 2");
    assert!(!folder.exists("new"));
}

#[test]
fn generate_reports_each_change_in_the_words_of_plan() {
    let folder = Folder::new();
    folder.file("list.csv", FIRST);
    let first = folder.generate("list.csv", &[]).exits(0);
    first.stderr_has("changes: 2 new; changes.csv says what each person has to do");
    assert!(!first.stderr.contains("ada@q.com"), "a first run only counts: {}", first.stderr);
    folder.file("list.csv", "email,name\nada@q.com,Ada King\neve@q.com,Eve\n");
    let planned = plan(&folder, &[], 0).stdout;
    let planned = planned.strip_suffix("unchanged: 0\n").expect("nobody stays as they were");
    for person in ["  ada@q.com: name: Ada → Ada King (", "  bob@q.com (", "  eve@q.com ("] {
        assert!(planned.contains(person), "{planned}");
    }
    let done = folder.generate("list.csv", &["--max-leavers", "1"]).exits(0);
    done.stderr_has(&format!("{planned}changes: 1 changed, 1 left, 1 new; changes.csv says"));
    folder.run(["status", "out"]).exits(0);
}

#[test]
fn people_beyond_the_first_twenty_are_counted() {
    let folder = Folder::new();
    let list = |name: &str| {
        let rows = (0..25).map(|n| format!("p{n}@q.com,{name} {n}\n"));
        format!("email,name\n{}", rows.collect::<String>())
    };
    made(&folder, &list("Ada"));
    folder.file("list.csv", list("Eve"));
    plan(&folder, &[], 0)
        .stdout_has("changed: 25\n")
        .stdout_has("  and 5 more: --json lists all\n");
    let done = folder.generate("list.csv", &[]).exits(0);
    done.stderr_has("changed: 25\n").stderr_has("  and 5 more: all are in changes.csv\n");
}

/// Bob is retired, and Ada stays.
fn with_retired() -> Folder {
    let folder = Folder::new();
    made(&folder, FIRST);
    folder.file("list.csv", "email,name\nada@q.com,Ada\n");
    folder.generate("list.csv", &["--quiet", "--retire"]).exits(0);
    plan(&folder, &["--exit-code"], 0);
    folder
}

#[test]
fn a_file_of_a_retired_person_that_is_gone_is_something_to_do() {
    let folder = with_retired();
    let names: Vec<String> =
        folder.files("out/retired").iter().map(|name| format!("retired/{name}")).collect();
    let [package, bundle, identifiers] = &names[..] else { panic!("{names:?}") };
    let place = |name: &str| folder.path().join("out").join(name);
    for name in [package, identifiers] {
        assert!(name.ends_with(".removal.zip") || name.ends_with("identifiers.csv"), "{name}");
        std::fs::remove_file(place(name)).unwrap();
        plan(&folder, &["--exit-code"], 4)
            .stdout_is("unchanged: 1")
            .stderr_has(&format!("warning: `out` has no `{name}`\n"));
        folder.generate("list.csv", &["--quiet"]).exits(0);
        assert!(place(name).exists(), "{name}");
        plan(&folder, &["--exit-code"], 0);
    }
    folder.file(&format!("out/{package}"), "another");
    plan(&folder, &["--exit-code"], 4)
        .stderr_has(&format!("in `out`, `{package}` has another size than when it was made\n"));
    folder.generate("list.csv", &["--quiet"]).exits(0);
    plan(&folder, &["--exit-code"], 0);
    let kept = folder.read(&format!("out/{bundle}"));
    std::fs::remove_dir_all(place("retired")).unwrap();
    let done = plan(&folder, &["--exit-code"], 4);
    done.stderr_has(&format!("`out` has no `{package}` and `{identifiers}`\n"))
        .stderr_has("1 person without bundle or removal package in `out`, who is retired");
    // the bundle alone is gone: no run makes it again, and the manifest loses it
    folder.generate("list.csv", &["--quiet"]).exits(0);
    let done = plan(&folder, &["--exit-code"], 0);
    assert!(!done.stderr.contains("retired"), "{}", done.stderr);
    assert!(!kept.is_empty() && !place(bundle).exists());
}

#[test]
fn files_of_a_retired_person_who_returns_are_not_called_missing() {
    let folder = with_retired();
    std::fs::remove_dir_all(folder.path().join("out/retired")).unwrap();
    folder.file("list.csv", FIRST);
    let done = plan(&folder, &["--exit-code"], 4);
    done.stdout_has("returned: 1");
    assert!(
        !with_slashes(&done.stderr).contains("out/retired") && !done.stderr.contains("has no"),
        "{}",
        done.stderr
    );
}

#[test]
fn of_a_list_whose_rows_are_all_refused_nobody_has_left() {
    let folder = Folder::new();
    made(&folder, FIRST);
    folder.file("list.csv", "email,name\nada.q.com,Ada\nbob.q.com,Bob\n");
    for more in [&[][..], &["--retire"]] {
        let done = plan(&folder, &[more, &["--exit-code"]].concat(), 1);
        done.stdout_is("unchanged: 0")
            .stderr_has("who of the 2 people in `out` has left cannot be known");
        plan(&folder, &[more, &["--json"]].concat(), 0).stdout_lacks("\"event\":\"change\"");
    }
}
