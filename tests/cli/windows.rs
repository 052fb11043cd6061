//! Paths, exit codes, locks and names as only Windows has them.
#![cfg(windows)]
#![allow(clippy::disallowed_methods, reason = "tests make their own files")]

use std::fs::File;
use std::os::windows::fs::OpenOptionsExt;
use std::thread;
use std::time::Duration;

use crate::support::{ADA, Folder};

/// A folder in which the list of one person became a bundle.
fn made() -> Folder {
    let folder = Folder::new();
    folder.file("list.csv", ADA).generate("list.csv", &[]).exits(0);
    folder
}

/// A file that is open in another program, which shares it with no other.
fn hold(folder: &Folder, name: &str) -> File {
    File::options().read(true).write(true).share_mode(0).open(folder.path().join(name)).unwrap()
}

#[test]
fn an_exit_code_has_32_bits() {
    let folder = Folder::new();
    folder.file("bad.csv", "email,name\nada,Ada\n");
    for base in [1000, 65_535, 1_000_000] {
        let base_text = base.to_string();
        folder.run(["check", "missing.csv", "--exit-base", &base_text]).exits(base + 2);
        folder.run(["check", "bad.csv", "--exit-base", &base_text]).exits(base + 1);
    }
    folder.run(["check", "bad.csv", "--exit-base", "1000001"]).exits(2);
}

#[test]
fn backslashes_spaces_and_other_alphabets_are_parts_of_paths() {
    let folder = Folder::new();
    folder.file("Listen für 2026/Größe 日本.csv", ADA).identity();
    let list = "Listen für 2026\\Größe 日本.csv";
    let out = ".\\made by me\\Übung ελ\\out";
    folder.run(["check", list]).exits(0);
    let key = ["--sign-cert", "id\\cert.pem", "--sign-key", "id\\key.pem"];
    folder.run(["generate", list, "--out", out].iter().chain(&key)).exits(0);
    let bundle = format!("{out}\\bundles\\ada_centurylink.net.zip");
    assert!(folder.exists(&bundle));
    folder.run(["verify", out, "--ca", "id\\ca.pem"]).exits(0).stderr_is("");
    folder.run(["inspect", &bundle]).exits(0).stdout_has("ada@centurylink.net");
    folder.run(["status", out]).exits(0);
}

#[test]
fn absolute_and_verbatim_and_long_paths_are_taken() {
    let folder = Folder::new();
    folder.file("list.csv", ADA).identity();
    let plain = std::path::absolute(folder.path()).unwrap().display().to_string();
    let long: String = (0..20).map(|n| format!("\\a folder with a long name {n}")).collect();
    for (start, end) in [("", "\\plain"), ("\\\\?\\", "\\verbatim"), ("", &long)] {
        let list = format!("{start}{plain}\\list.csv");
        let out = format!("{start}{plain}{end}");
        let key = ["--sign-cert", "id/cert.pem", "--sign-key", "id/key.pem"];
        folder.run(["generate", &list, "--out", &out].iter().chain(&key)).exits(0);
        folder.run(["verify", &out, "--ca", "id/ca.pem"]).exits(0);
    }
}

#[test]
fn people_with_the_names_of_devices_have_bundles() {
    let devices = ["con", "prn", "aux", "nul", "com1", "com9", "lpt1", "conin$", "conout$"];
    let people: String = devices.iter().map(|it| format!("{it}@q.com,A B\n")).collect();
    let folder = Folder::new();
    folder.file("list.csv", format!("email,name\n{people}")).generate("list.csv", &[]).exits(0);
    assert_eq!(folder.files("out/bundles").len(), devices.len());
    folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(0);
}

#[test]
fn a_folder_that_windows_would_name_otherwise_is_refused() {
    let folder = Folder::new();
    folder.file("list.csv", ADA);
    for name in ["con", "nul.txt", "out ", "out.", "a|b", "lpt1\\out"] {
        let run = folder.run(["generate", "list.csv", "--out", name]).exits(2);
        run.stderr_has("hint: choose another name");
    }
    assert_eq!(folder.files(""), ["list.csv"]);
}

#[test]
fn the_folder_of_a_run_can_be_looked_at() {
    let folder = made();
    let lock = folder.path().join("out/.mailmuster.lock");
    let lock = File::options().write(true).open(lock).unwrap();
    // Windows keeps others from reading what is locked
    lock.lock().unwrap();
    folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(0);
    folder.run(["status", "out"]).exits(0);
    folder.run(["history", "out", "ada@centurylink.net"]).exits(0);
    let key = ["--sign-cert", "id/cert.pem", "--sign-key", "id/key.pem"];
    folder.run(["plan", "list.csv", "--out", "out"].iter().chain(&key)).exits(0);
}

#[test]
fn a_file_that_another_program_holds_open_is_named_with_the_cure() {
    let folder = made();
    let held = hold(&folder, "list.csv");
    folder.run(["check", "list.csv"]).exits(2).stderr_is(
        "error: `list.csv` cannot be read: another program has it open\n  \
         hint: close it there (Excel, for example), then run again",
    );
    drop(held);
    let held = hold(&folder, "out/report.csv");
    let refused = folder.generate("list.csv", &["--quiet"]).exits(3);
    refused.stderr_has("report.csv").stderr_has("hint: close it there (Excel");
    drop(held);
    folder.file("list.csv", ADA.replace("Lovelace", "King"));
    let held = hold(&folder, "out/bundles/ada_centurylink.net.zip");
    let refused = folder.generate("list.csv", &["--quiet"]).exits(3);
    refused.stderr_has("ada_centurylink.net.zip").stderr_has("hint: close it there");
    drop(held);
    folder.generate("list.csv", &[]).exits(0);
    folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(0);
}

#[test]
fn whatever_else_is_held_open_is_named_as_well() {
    let folder = made();
    folder.file("mailmuster.toml", "format = 1\n");
    let held = hold(&folder, "mailmuster.toml");
    let refused = folder.run(["check", "list.csv"]).exits(2);
    refused.stderr_has("`mailmuster.toml` cannot be read: another program has it open");
    refused.stderr_has("hint: close it there");
    drop(held);
    let bundle = "out/bundles/ada_centurylink.net.zip";
    let held = hold(&folder, bundle);
    let refused = folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(1);
    refused.stdout_has("it cannot be read: another program has it open");
    drop(held);
    let held = hold(&folder, "out/ledger.db");
    for command in ["status", "history"] {
        let refused = folder.run([command, "out"]).exits(2);
        refused.stderr_has("is in use by another program").stderr_has("hint: close the program");
    }
    drop(held);
    folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(0);
}

#[test]
fn devices_wildcards_and_shares_that_are_not_there_have_a_cure() {
    let folder = Folder::new();
    folder.file("list.csv", ADA);
    for device in ["NUL", "con"] {
        let refused = folder.run(["check", device]).exits(2);
        refused.stderr_has("not a regular file").stderr_lacks("os error");
        folder.run(["inspect", device]).exits(2).stderr_lacks("os error");
        folder.run(["provider", "check", &format!("./{device}")]).exits(2).stderr_lacks("os error");
    }
    folder.run(["provider", "check", "*.toml"]).exits(2).stderr_has("without `*` and `?`");
    folder.run(["status", "o*"]).exits(2).stderr_has("without `*` and `?`");
    folder.run(["check", "C:\\"]).exits(2).stderr_has("for example C:\\staff.csv");
    let out = ["generate", "list.csv", "--unsigned", "--out", "\\\\no.such.host\\share\\out"];
    folder.run(out).exits(2).stderr_has("hint: check the path: its drive or network share");
}

#[test]
fn a_file_that_is_held_open_for_a_moment_stops_nothing() {
    let folder = made();
    folder.file("list.csv", ADA.replace("Lovelace", "King"));
    let held = hold(&folder, "out/report.csv");
    let scanner = thread::spawn(move || {
        thread::sleep(Duration::from_millis(700));
        drop(held);
    });
    folder.generate("list.csv", &[]).exits(0);
    scanner.join().unwrap();
}

#[test]
fn wildcards_are_for_the_program_to_replace() {
    let folder = made();
    let found = folder.run(["inspect", "out\\bundles\\*.zip"]).exits(0);
    found.stdout_has("ada@centurylink.net");
    let missing = folder.run(["inspect", "out\\bundles\\*.xml"]).exits(2);
    missing.stderr_has("no file matches `out/bundles/*.xml`");
}

#[test]
fn a_config_file_may_be_what_powershell_5_1_writes() {
    let folder = Folder::new();
    folder.file("list.csv", ADA);
    let config = |folder: &str| format!("format = 1\r\n[output]\r\nfolder = {folder}\r\n");
    let units = config("'clients\\acme'").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let bytes = [vec![0xff, 0xfe], units].concat();
    folder.file("mailmuster.toml", bytes).run(["generate", "list.csv"]).exits(0);
    assert!(folder.exists("clients/acme/report.csv"));
    folder.file("mailmuster.toml", config("\"clients\\acme\""));
    folder.run(["check", "list.csv"]).exits(2).stderr_has("line 3").stderr_has("hint: ");
}

#[test]
fn no_passphrase_comes_from_a_file_descriptor() {
    let folder = made();
    let help = folder.run(["generate", "--help"]).exits(0);
    help.stdout_has("--sign-passphrase-file").stdout_lacks("--sign-passphrase-fd");
    let refused = folder.generate("list.csv", &["--sign-passphrase-fd", "3"]).exits(2);
    refused.stderr_has("name a file or an environment variable");
}
