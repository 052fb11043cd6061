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
