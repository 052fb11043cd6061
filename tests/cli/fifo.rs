//! Paths that are not regular files: no command waits for a writer.
#![cfg(unix)]
#![allow(clippy::disallowed_methods, reason = "tests make their own files")]

use std::process::Command;

use crate::support::{ADA, Folder};

fn with_fifo() -> Folder {
    let folder = Folder::new();
    folder.file("list.csv", ADA);
    let made = Command::new("mkfifo").arg(folder.path().join("fifo")).status().unwrap();
    assert!(made.success());
    folder
}

#[test]
fn no_command_waits_for_a_fifo() {
    let folder = with_fifo();
    for command in [
        "check fifo",
        "init fifo --yes",
        "verify fifo",
        "inspect fifo",
        "identity show fifo",
        "provider import fifo",
        "provider check ./fifo",
        "verify list.csv --ca fifo",
        "check list.csv --config fifo",
        "check list.csv --provider ./fifo",
        "generate list.csv --out out --sign-p12 fifo",
        "generate list.csv --out out --sign-cert fifo --sign-key fifo",
    ] {
        let done = folder.run(command.split(' ')).exits(2);
        done.stderr_has("is not a regular file");
    }
}

#[test]
fn a_fifo_in_the_folder_of_a_run_is_a_fault_or_is_replaced() {
    let folder = with_fifo();
    folder.generate("list.csv", &["--quiet"]).exits(0);
    let fifo = |name: &str| {
        let path = folder.path().join(name);
        std::fs::remove_file(&path).unwrap();
        std::fs::rename(folder.path().join("fifo"), &path).unwrap();
    };
    fifo("out/bundles/ada_centurylink.net.zip");
    folder.run(["verify", "out", "--quiet"]).exits(1);
    folder.generate("list.csv", &["--quiet"]).exits(0);
    let made = Command::new("mkfifo").arg(folder.path().join("fifo")).status().unwrap();
    assert!(made.success());
    fifo("out/manifest.jsonl");
    let done = folder.run(["verify", "out", "--quiet"]).exits(2);
    done.stderr_has("is not a regular file");
}

/// What is neither a file nor a folder, and a folder, in the place `name`.
fn put(folder: &Folder, name: &str, kind: &str) {
    let path = folder.path().join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let _ = std::fs::remove_file(&path);
    match kind {
        "FIFO" => assert!(Command::new("mkfifo").arg(&path).status().unwrap().success()),
        "socket" => drop(std::os::unix::net::UnixListener::bind(&path).unwrap()),
        "folder" => std::fs::create_dir(&path).unwrap(),
        "link to a device" => std::os::unix::fs::symlink("/dev/zero", &path).unwrap(),
        other => panic!("{other}"),
    }
}

#[test]
fn what_is_no_file_in_the_place_of_one_stops_every_command_with_its_name() {
    let commands: [&[&str]; 4] = [
        &["generate", "list.csv", "--out", "out"],
        &["plan", "list.csv", "--out", "out"],
        &["retire", "--person", "ada@centurylink.net", "--out", "out"],
        &["resign", "out"],
    ];
    let ledger = ["ledger.db", "ledger.db-journal", "ledger.db-wal", "ledger.db-shm"];
    let others = [
        "manifest.jsonl",
        "manifest.jsonl.p7s",
        "report.csv",
        "changes.csv",
        "retired/identifiers.csv",
    ];
    for name in ledger.into_iter().chain(others) {
        let is_ledger = ledger.contains(&name);
        let folder = with_fifo();
        folder.generate("list.csv", &["--quiet"]).exits(0);
        let bundle = folder.read("out/bundles/ada_centurylink.net.zip");
        let kinds = ["FIFO", "socket", "folder", "link to a device"];
        // a link in the place of a file of the run is replaced, never followed
        for kind in kinds.into_iter().filter(|kind| is_ledger || *kind != "link to a device") {
            let name = format!("out/{name}");
            put(&folder, &name, kind);
            let read_only: [&[&str]; 2] = [&["status", "out"], &["history", "out"]];
            let reads = read_only.into_iter().filter(|_| is_ledger);
            for command in commands.into_iter().chain(reads) {
                let sign = ["--sign-cert", "id/cert.pem", "--sign-key", "id/key.pem"];
                let sign =
                    sign.into_iter().filter(|_| !["status", "history"].contains(&command[0]));
                let done = folder.run(command.iter().copied().chain(sign)).exits(2);
                done.stderr_has(&format!(
                    "error: `{name}` is not a regular file\n  hint: move it away"
                ));
            }
            let path = folder.path().join(&name);
            let kept = path.symlink_metadata().unwrap();
            assert!(!kept.is_file(), "{kind}");
            let _ = std::fs::remove_file(&path);
            let _ = std::fs::remove_dir(&path);
        }
        assert_eq!(folder.read("out/bundles/ada_centurylink.net.zip"), bundle);
    }
}

#[test]
fn what_is_no_file_in_the_place_of_a_bundle_is_replaced_and_reported() {
    for kind in ["FIFO", "socket", "link to a device"] {
        let folder = with_fifo();
        folder.generate("list.csv", &["--quiet"]).exits(0);
        put(&folder, "out/bundles/ada_centurylink.net.zip", kind);
        folder.run(["verify", "out", "--quiet"]).exits(1).stdout_has("it is not a file");
        folder.generate("list.csv", &["--quiet"]).exits(0);
        assert!(folder.text("out/changes.csv").contains("re-created"), "{kind}");
        folder.run(["verify", "out", "--ca", "id/ca.pem", "--quiet"]).exits(0);
    }
    let folder = with_fifo();
    folder.generate("list.csv", &["--quiet"]).exits(0);
    put(&folder, "out/bundles/ada_centurylink.net.zip", "folder");
    folder
        .generate("list.csv", &["--quiet"])
        .exits(3)
        .stderr_has("hint: move the folder away and run again: the run writes a file of that name");
    std::fs::remove_dir(folder.path().join("out/bundles/ada_centurylink.net.zip")).unwrap();
    folder.generate("list.csv", &["--quiet"]).exits(0);
    folder.run(["verify", "out", "--ca", "id/ca.pem", "--quiet"]).exits(0);
}

#[test]
#[cfg(target_os = "linux")]
fn a_pipe_that_the_shell_opened_is_read_like_standard_input() {
    let folder = with_fifo();
    let program = env!("CARGO_BIN_EXE_mailmuster");
    for script in [
        "cat list.csv | $P generate /dev/stdin --out out --unsigned --quiet",
        "cat list.csv | $P generate /dev/fd/5 --out out --unsigned --quiet 5<&0 </dev/null",
        "$P generate /dev/stdin --out out --unsigned --quiet < list.csv",
    ] {
        let output = Command::new("sh")
            .args(["-c", script])
            .env("P", program)
            .env("HOME", folder.path())
            .current_dir(folder.path())
            .output()
            .unwrap();
        let printed = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{script}: {printed}");
    }
    assert_eq!(folder.files("out/bundles").len(), 1);
}
