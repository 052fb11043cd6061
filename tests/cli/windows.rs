//! Paths, exit codes, locks and names as only Windows has them.
#![cfg(windows)]
#![allow(clippy::disallowed_methods, reason = "tests make their own files")]

use std::fs::{self, File};
use std::os::windows::fs::OpenOptionsExt;

use crate::support::{ADA, Folder};

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
    let signed = ["--sign-cert", "id\\cert.pem", "--sign-key", "id\\key.pem"];
    folder.run(["generate", list, "--out", out].iter().chain(&signed)).exits(0);
    let bundle = format!("{out}\\bundles\\ada_centurylink.net.zip");
    assert!(folder.exists(&bundle));
    let done = folder.run(["verify", out, "--ca", "id\\ca.pem"]).exits(0);
    assert_eq!(done.stderr, "");
    folder.run(["inspect", &bundle]).exits(0).stdout_has("ada@centurylink.net");
    folder.run(["status", out]).exits(0).stdout_has("1 person");
}

#[test]
fn absolute_and_verbatim_and_long_paths_are_taken() {
    let folder = Folder::new();
    folder.file("list.csv", ADA).identity();
    let root = std::path::absolute(folder.path()).unwrap();
    let long: String = (0..20).map(|n| format!("\\a folder with a long name {n}")).collect();
    let plain = root.display().to_string();
    for (start, end) in [("", "\\plain"), ("\\\\?\\", "\\verbatim"), ("", &long)] {
        let list = format!("{start}{plain}\\list.csv");
        let out = format!("{start}{plain}{end}");
        folder.generate(&list, &[]).exits(0);
        folder
            .run(
                ["generate", &list, "--sign-cert", "id/cert.pem", "--sign-key", "id/key.pem"]
                    .iter()
                    .copied()
                    .chain(["--out", &out]),
            )
            .exits(0);
        folder.run(["verify", &out, "--ca", "id/ca.pem"]).exits(0);
    }
}

#[test]
fn the_names_of_devices_are_no_file_names() {
    let devices = ["con", "prn", "aux", "nul", "com1", "com9", "lpt1", "conin$", "conout$"];
    let people: String = devices.iter().map(|it| format!("{it}@q.com,A B\n")).collect();
    let folder = Folder::new();
    folder.file("list.csv", format!("email,name\n{people}")).generate("list.csv", &[]).exits(0);
    assert_eq!(folder.files("out/bundles").len(), devices.len());
    folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(0);
}

#[test]
fn a_folder_that_a_run_writes_into_can_be_looked_at() {
    let folder = Folder::new();
    folder.file("list.csv", ADA).generate("list.csv", &[]).exits(0);
    // Windows keeps others from reading what is locked
    let lock = File::options().write(true).open(folder.path().join("out/.mailmuster.lock"));
    let lock = lock.unwrap();
    lock.lock().unwrap();
    folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(0);
    folder.run(["status", "out"]).exits(0);
    folder.run(["history", "out", "ada@centurylink.net"]).exits(0);
    folder
        .run(
            ["plan", "list.csv", "--out", "out", "--sign-cert", "id/cert.pem", "--sign-key"]
                .iter()
                .chain(&["id/key.pem"]),
        )
        .exits(0);
}

#[test]
fn a_list_that_another_program_keeps_to_itself_is_an_error_with_its_name() {
    let folder = Folder::new();
    folder.file("list.csv", ADA);
    let path = folder.path().join("list.csv");
    let held = File::options().read(true).write(true).share_mode(0).open(&path).unwrap();
    folder.run(["check", "list.csv"]).exits(2).stderr_has("list.csv");
    drop(held);
    folder.run(["check", "list.csv"]).exits(0);
    assert!(fs::exists(path).unwrap());
}
