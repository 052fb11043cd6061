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
