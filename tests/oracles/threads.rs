//! strace plays a system that gives no thread.

use std::process::Command;

use crate::support::{ADA, Folder};
use crate::tool::{runs, tool};

#[test]
fn a_run_without_threads_ends_with_an_error_and_not_in_a_panic() {
    let folder = Folder::new();
    folder.file("list.csv", ADA);
    if tool("strace", folder.path(), runs(&["-qq", "-o", "/dev/null", "true"])).is_none() {
        return;
    }
    let mut refused = 0;
    for (which, number) in (1..=8).flat_map(|number| [("", number), ("+", number)]) {
        let inject = format!("inject=clone3:error=EAGAIN:when={number}{which}");
        let output = Command::new("strace")
            .args(["-f", "-qq", "-o", "/dev/null", "-e", &inject])
            .arg(env!("CARGO_BIN_EXE_mailmuster"))
            .args(["generate", "list.csv", "--out", "out", "--unsigned", "--quiet", "--jobs", "2"])
            .env("HOME", folder.path())
            .current_dir(folder.path())
            .output()
            .unwrap();
        let printed = String::from_utf8_lossy(&output.stderr).into_owned();
        match output.status.code() {
            Some(0) => assert!(!printed.contains("error:"), "{inject}: {printed}"),
            Some(2) => {
                refused += 1;
                assert!(printed.contains("error: this system has no thread to spare"), "{printed}");
            }
            other => panic!("{inject}: {other:?}\n{printed}"),
        }
    }
    assert!(refused > 0, "no thread was refused");
}

/// It signs with the threads that it has; before that, nothing is written.
#[test]
fn resign_without_further_threads_signs_every_bundle() {
    let folder = Folder::new();
    if tool("strace", folder.path(), runs(&["-qq", "-o", "/dev/null", "true"])).is_none() {
        return;
    }
    let list: String = (0..8).map(|number| format!("p{number}@q.com,P\n")).collect();
    folder.file("list.csv", format!("email,name\n{list}"));
    folder.generate("list.csv", &["--quiet"]).exits(0);
    folder.run(["identity", "new", "--out", "new"]).exits(0);
    let before = folder.read("out/bundles/p7_q.com.zip");
    let mut signed = 0;
    // the first run that gets as far as signing has a thread less than it wants
    for number in 1..=4 {
        let ledger = folder.read("out/ledger.db");
        let output = Command::new("strace")
            .args(["-f", "-qq", "-o", "/dev/null", "-e"])
            .arg(format!("inject=clone3:error=EAGAIN:when={number}+"))
            .arg(env!("CARGO_BIN_EXE_mailmuster"))
            .args(["resign", "out", "--quiet", "--new-signer", "--sign-cert", "new/cert.pem"])
            .args(["--sign-key", "new/key.pem", "--sign-chain", "new/ca.pem"])
            .env("HOME", folder.path())
            .current_dir(folder.path())
            .output()
            .unwrap();
        let printed = String::from_utf8_lossy(&output.stderr).into_owned();
        match output.status.code() {
            Some(0) => signed += 1,
            Some(2) => {
                assert!(printed.contains("error: this system has no thread to spare"), "{printed}");
                assert!(folder.read("out/ledger.db") == ledger, "{number}: something was written");
            }
            other => panic!("{number}: {other:?}\n{printed}"),
        }
    }
    assert!(signed > 0, "no run had a thread for signals");
    assert!(folder.read("out/bundles/p7_q.com.zip") != before);
    folder.run(["verify", "out", "--ca", "new/ca.pem"]).exits(0).stdout_has("8 bundles, ");
}
