//! Judging what was written: every kind of damage is found, one line each.

use std::io::{Cursor, Read, Write};

use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use crate::support::{ADA, Folder};

const BUNDLE: &str = "out/bundles/ada_centurylink.net.zip";

fn made() -> Folder {
    let folder = Folder::new();
    folder.file("list.csv", ADA).generate("list.csv", &[]).exits(0);
    folder
}

/// Rewrites a bundle, each file passed through `change`; `None` drops it.
fn rewrite(folder: &Folder, change: impl Fn(&str, Vec<u8>) -> Option<Vec<u8>>) {
    let mut old = ZipArchive::new(Cursor::new(folder.read(BUNDLE))).unwrap();
    let mut new = ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..old.len() {
        let mut entry = old.by_index(at).unwrap();
        let name = entry.name().unwrap().into_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        if let Some(content) = change(&name, content) {
            new.start_file(&name, SimpleFileOptions::default()).unwrap();
            new.write_all(&content).unwrap();
        }
    }
    folder.file(BUNDLE, new.finish().unwrap().into_inner());
}

#[track_caller]
fn faults(folder: &Folder, expected: &[&str]) {
    let done = folder.run(["verify", BUNDLE, "--ca", "id/ca.pem"]).exits(1);
    let lines: Vec<&str> = done.stdout.lines().collect();
    let (found, _) = lines.split_at(lines.len() - 1);
    let expected: Vec<String> = expected.iter().map(|fault| format!("{BUNDLE}: {fault}")).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_changed_file_is_found() {
    let folder = made();
    rewrite(&folder, |name, content| {
        let swap = |from: &str, to: &str| {
            Some(String::from_utf8(content.clone()).unwrap().replace(from, to).into_bytes())
        };
        if name == "android/autodiscover.xml" {
            swap("imap.centurylink.net", "imap.evil.example")
        } else {
            Some(content)
        }
    });
    faults(
        &folder,
        &[
            "android/autodiscover.xml: its digest is not the one in the manifest",
            "android/autodiscover.xml: incoming host is `imap.evil.example`; the bundle is for `imap.centurylink.net`",
        ],
    );
}

#[test]
fn a_changed_script_loses_its_signature() {
    let folder = made();
    rewrite(&folder, |name, mut content| {
        if name == "windows/Set-MailAccount.ps1" {
            content[0] ^= 1;
        }
        Some(content)
    });
    faults(
        &folder,
        &[
            "windows/Set-MailAccount.ps1: its digest is not the one in the manifest",
            "windows/Set-MailAccount.ps1: the content was changed after it was signed",
        ],
    );
}

#[test]
fn an_unsigned_profile_in_a_signed_bundle_is_found() {
    let folder = made();
    rewrite(&folder, |name, content| {
        let start = content.windows(5).position(|window| window == b"<?xml").unwrap_or(0);
        Some(if name.ends_with("mobileconfig") { content[start..].to_vec() } else { content })
    });
    faults(
        &folder,
        &[
            "apple/CenturyLink Mail.mobileconfig: its digest is not the one in the manifest",
            "apple/CenturyLink Mail.mobileconfig: it is not signed",
        ],
    );
}

#[test]
fn missing_and_added_files_are_found() {
    let folder = made();
    rewrite(&folder, |name, content| (name != "START-HERE.html").then_some(content));
    faults(&folder, &["START-HERE.html: it is missing"]);
    let folder = made();
    let mut archive = ZipWriter::new_append(Cursor::new(folder.read(BUNDLE))).unwrap();
    archive.start_file("windows/extra.exe", SimpleFileOptions::default()).unwrap();
    folder.file(BUNDLE, archive.finish().unwrap().into_inner());
    faults(&folder, &["windows/extra.exe: it is not in the manifest"]);
}

#[test]
fn a_manifest_that_disagrees_with_its_files_is_found() {
    let folder = made();
    rewrite(&folder, |name, content| {
        Some(if name == "manifest.json" {
            String::from_utf8(content)
                .unwrap()
                .replace("\"port\": 587", "\"port\": 25")
                .into_bytes()
        } else {
            content
        })
    });
    let done = folder.run(["verify", BUNDLE, "--ca", "id/ca.pem"]).exits(1);
    assert_eq!(
        done.stdout.matches("outgoing port is `587`; the bundle is for `25`").count(),
        4,
        "{}",
        done.stdout
    );
}

#[test]
fn a_stranger_s_authority_is_no_anchor() {
    let folder = made();
    folder.run(["identity", "new", "--out", "stranger"]).exits(0);
    let done = folder.run(["verify", "out", "--ca", "stranger/ca.pem"]).exits(1);
    assert_eq!(
        done.stdout.matches("the chain of `CN=Test Signer` does not hold: ").count(),
        2,
        "{}",
        done.stdout
    );
    folder
        .run(["verify", "out"])
        .exits(0)
        .stderr_has("chains were followed up to CN=Test Signer, which the files bring themselves");
}

#[test]
fn a_folder_is_compared_with_its_manifest() {
    let folder = made();
    folder.file("out/bundles/stranger.zip", "PK");
    folder.run(["verify", "out"]).exits(1).stdout_has("stranger.zip: it is not in manifest.jsonl");
    #[expect(clippy::disallowed_methods, reason = "the test damages its own files")]
    std::fs::remove_file(folder.path().join(BUNDLE)).unwrap();
    folder.run(["verify", "out"]).exits(1).stdout_has("ada_centurylink.net.zip: it is missing");
}

#[test]
fn what_cannot_be_judged_is_said() {
    let folder = made();
    folder.file("empty/x", "").file("text.txt", "é");
    folder.run(["verify", "empty", "--quiet"]).exits(2).stderr_is(
        "error: `empty` has no manifest.jsonl\n  hint: name the folder of a finished run, a bundle (.zip), a profile or a script",
    );
    folder
        .run(["verify", "text.txt"])
        .exits(1)
        .stdout_has("text.txt: it is no bundle, profile or script of mailmuster");
    folder.run(["verify", "none"]).exits(2).stderr_has("error: `none` cannot be read: ");
    folder.file("broken.zip", &folder.read(BUNDLE)[..500]);
    folder
        .run(["verify", "broken.zip"])
        .exits(1)
        .stdout_has("broken.zip: it is not a whole zip archive");
    folder
        .run(["verify", "out", "--ca", "text.txt"])
        .exits(2)
        .stderr_has("`text.txt` holds no certificate that can be read");
}
