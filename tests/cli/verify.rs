//! Judging what was written: every kind of damage is found, one line each.

use std::io::{Cursor, Read, Write as _};

use flate2::Compression;
use flate2::write::DeflateEncoder;
use zip::ZipArchive;

use crate::support::{ADA, Folder, with_slashes};

mod answers;
mod attack;
mod attack_on_run;
mod flips;

const BUNDLE: &str = "out/bundles/ada_centurylink.net.zip";

fn made() -> Folder {
    let folder = Folder::new();
    folder.file("list.csv", ADA).generate("list.csv", &[]).exits(0);
    folder
}

/// Rewrites a bundle as mailmuster would write it, each file passed through `change`; `None` drops it.
fn rewrite(folder: &Folder, change: impl Fn(&str, Vec<u8>) -> Option<Vec<u8>>) {
    let files = unzip(&folder.read(BUNDLE));
    let files = files
        .into_iter()
        .filter_map(|(name, content)| change(&name, content).map(|content| (name, content)))
        .collect();
    folder.file(BUNDLE, write(files));
}

/// Rewrites the bundle with its files passed through `change`, and their digests in its manifest.
fn reseal(folder: &Folder, mut change: impl FnMut(&str, Vec<u8>) -> Vec<u8>) {
    let mut files = unzip(&folder.read(BUNDLE));
    for (name, content) in &mut files {
        *content = change(name, std::mem::take(content));
    }
    digests(&mut files);
    folder.file(BUNDLE, write(files));
}

/// Puts the digests and sizes of `files` into the manifest among them, which is the last one.
fn digests(files: &mut [(String, Vec<u8>)]) {
    let (manifest, others) = files.split_last_mut().unwrap();
    let mut text = String::from_utf8(std::mem::take(&mut manifest.1)).unwrap();
    for (name, content) in others {
        let at = text.find(&format!("\"path\": \"{name}\"")).unwrap();
        let (before, entry) = text.split_at(at);
        let (entry, after) = entry.split_at(entry.find("\"signature\"").unwrap());
        let (head, _) = entry.split_at(entry.find("\"sha256\"").unwrap());
        let digest = mailmuster::bundle::manifest::sha256(content);
        let size = content.len();
        text = format!(
            "{before}{head}\"sha256\": \"{digest}\",\n      \"size\": {size},\n      {after}"
        );
    }
    manifest.1 = text.into_bytes();
}

/// The files of a bundle in their order.
fn unzip(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut files = Vec::new();
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).unwrap();
        let name = entry.name().unwrap().into_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        files.push((name, content));
    }
    files
}

/// A zip file as mailmuster writes it: deflated files with headers that agree, nothing between.
fn write(files: Vec<(String, Vec<u8>)>) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    let count = u16::try_from(files.len()).unwrap();
    for (name, content) in files {
        let offset = u32::try_from(bytes.len()).unwrap();
        let mut stream = DeflateEncoder::new(Vec::new(), Compression::fast());
        stream.write_all(&content).unwrap();
        let stream = stream.finish().unwrap();
        let [size, compressed] =
            [&content, &stream].map(|bytes| u32::try_from(bytes.len()).unwrap());
        // 2026-11-23 09:00, the moment of the runs of these tests
        let mut common = vec![20, 0, 0, 8, 8, 0, 0, 0x48, 0x77, 0x5d];
        for number in [crc32fast::hash(&content), compressed, size] {
            common.extend(number.to_le_bytes());
        }
        common.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        common.extend([0; 2]);
        bytes.extend([&b"PK\x03\x04"[..], &common, name.as_bytes(), &stream].concat());
        directory.extend(
            [
                &b"PK\x01\x02\x14\x03"[..],
                &common,
                &[0; 6],
                &[0, 0, 0x80, 0x81],
                &offset.to_le_bytes(),
                name.as_bytes(),
            ]
            .concat(),
        );
    }
    let numbers = [directory.len(), bytes.len()].map(|n| u32::try_from(n).unwrap().to_le_bytes());
    bytes.extend(
        [
            &directory[..],
            b"PK\x05\x06\0\0\0\0",
            &count.to_le_bytes(),
            &count.to_le_bytes(),
            numbers.as_flattened(),
            &[0; 2],
        ]
        .concat(),
    );
    bytes
}

/// The text of the manifest, changed.
fn change_manifest(folder: &Folder, change: impl Fn(String) -> String) {
    rewrite(folder, |name, content| {
        Some(if name == "manifest.json" {
            change(String::from_utf8(content).unwrap()).into_bytes()
        } else {
            content
        })
    });
}

#[test]
fn the_test_s_own_zip_files_pass() {
    let folder = made();
    rewrite(&folder, |_, content| Some(content));
    folder.run(["verify", BUNDLE, "--ca", "id/ca.pem"]).exits(0);
}

#[track_caller]
fn faults(folder: &Folder, expected: &[&str]) {
    let done = folder.run(["verify", BUNDLE, "--ca", "id/ca.pem"]).exits(1);
    let stdout = with_slashes(&done.stdout);
    let found: Vec<&str> = stdout.lines().filter(|line| line.starts_with("out/bundles/")).collect();
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
            "windows/Set-MailAccount.ps1: its body is not the one this version of mailmuster writes",
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
    change_manifest(&folder, |text| text.replace("windows/Set-Mail.cmd", "windows/Set-Other.cmd"));
    faults(
        &folder,
        &[
            "for its accounts and devices it must hold `START-HERE.html`, `apple/CenturyLink Mail.mobileconfig`, `android/thunderbird-qr.svg`, `android/thunderbird-qr.png`, `android/thunderbird-account.k9s`, `android/autodiscover.xml`, `android/config-v1.1.xml`, `windows/Set-MailAccount.ps1` and `windows/Set-Mail.cmd`",
            "windows/Set-Other.cmd: it is missing",
            "windows/Set-Mail.cmd: it is not in the manifest",
        ],
    );
}

#[test]
fn a_manifest_that_disagrees_with_its_files_is_found() {
    let folder = made();
    change_manifest(&folder, |text| text.replace("\"port\": 587", "\"port\": 25"));
    let done = folder.run(["verify", BUNDLE, "--ca", "id/ca.pem"]).exits(1);
    assert_eq!(
        done.stdout.matches("outgoing port is `587`; the bundle is for `25`").count(),
        8,
        "{}",
        done.stdout
    );
}

/// Found by an attack on the finished program: a folder without its signatures must not pass.
#[test]
fn a_bundle_without_signatures_is_no_match_for_an_authority() {
    let folder = Folder::new();
    folder.file("list.csv", ADA).generate("list.csv", &[]).exits(0);
    folder.run(["generate", "list.csv", "--out", "plain", "--unsigned"]).exits(0);
    let done = folder.run(["verify", "plain", "--ca", "id/ca.pem"]).exits(1);
    assert_eq!(done.stdout.matches(": it is not signed").count(), 2, "{}", done.stdout);
    let done = folder.run(["verify", "plain", "--quiet"]).exits(1);
    assert_eq!(done.stdout.matches(": it is not signed").count(), 2, "{}", done.stdout);
    assert!(!done.stdout.contains("all hold"), "{}", done.stdout);
}

/// The same: a file must not escape its format's judgement under another format's name.
#[test]
fn a_file_cannot_pass_under_another_format() {
    let folder = made();
    change_manifest(&folder, |text| text.replace("\"windows-script\"", "\"sheet\""));
    let done = folder.run(["verify", BUNDLE, "--ca", "id/ca.pem"]).exits(1);
    done.stdout_has("windows/Set-MailAccount.ps1: the manifest says `authenticode` of its signature, which is `none`")
        .stdout_has("ada_centurylink.net.zip: for its accounts and devices it must hold ");
    let folder = made();
    change_manifest(&folder, |text| text.replace("\"authenticode\"", "\"none\""));
    faults(
        &folder,
        &[
            "manifest.json: it is not written as mailmuster writes it",
            "windows/Set-MailAccount.ps1: the manifest says `none` of its signature, which is `authenticode`",
        ],
    );
    let folder = made();
    change_manifest(&folder, |text| {
        let start = text.find("\"files\": [").unwrap();
        format!("{}\"files\": []\n}}", &text[..start])
    });
    let done = folder.run(["verify", BUNDLE]).exits(1);
    done.stdout_has("its manifest.json names no file");
}

/// The same: unpackers must not be left a choice.
#[test]
fn a_container_that_can_be_read_in_two_ways_is_refused() {
    let folder = made();
    let good = folder.read(BUNDLE);
    let local_name = good.windows(19).position(|window| window == b"windows/Set-Mail.cm").unwrap();
    let mut renamed = good.clone();
    renamed[local_name + 8] = b'X';
    for (bytes, why) in [
        (renamed, "its directory is not the one of its files"),
        ([&good[..], b"x"].concat(), "something follows its end"),
    ] {
        folder.file("bad.zip", bytes);
        folder.run(["verify", "bad.zip"]).exits(1).stdout_has(why);
    }
    let twice = |name: &str| (name.to_owned(), b"x".to_vec());
    folder.file("bad.zip", write(vec![twice("a"), twice("A")]));
    folder.run(["verify", "bad.zip"]).exits(1).stdout_has("it holds two files of one name");
}

/// The same: a profile with anything behind its signature is another file.
#[test]
fn nothing_may_follow_a_signature() {
    let folder = made();
    let mut profile = folder.in_bundle(BUNDLE, "apple/CenturyLink Mail.mobileconfig");
    profile.push(0);
    folder.file("a.mobileconfig", profile);
    folder
        .run(["verify", "a.mobileconfig"])
        .exits(1)
        .stdout_has("a.mobileconfig: the signature is damaged");
}

/// The same: deep nesting ends in an error, not in a stack overflow.
#[test]
fn a_profile_of_a_hundred_thousand_levels_is_an_error() {
    let folder = made();
    let deep =
        format!("<?xml version=\"1.0\"?><plist><dict><key>X</key>{}", "<array>".repeat(100_000));
    let sha256 = mailmuster::bundle::manifest::sha256(deep.as_bytes());
    folder
        .run(["generate", "list.csv", "--out", "plain", "--unsigned", "--only", "apple-profile"])
        .exits(0);
    folder.file(BUNDLE, folder.read("plain/bundles/ada_centurylink.net.zip"));
    rewrite(&folder, |name, content| {
        if name != "manifest.json" {
            return Some(deep.clone().into_bytes());
        }
        let mut manifest: serde_json::Value = serde_json::from_slice(&content).unwrap();
        manifest["files"][0]["sha256"] = sha256.clone().into();
        manifest["files"][0]["size"] = deep.len().into();
        Some(serde_json::to_vec(&manifest).unwrap())
    });
    folder.run(["verify", BUNDLE]).exits(1).stdout_has("it is nested too deeply");
    folder.run(["inspect", BUNDLE]).exits(0);
}

/// Nothing signs the lock, so it is no place to leave something in.
#[test]
fn a_lock_holds_nothing_but_its_word() {
    let folder = made();
    for word in ["flat", "flat\r\n", "fl", ""] {
        folder.file("out/.mailmuster.lock", word);
        folder.run(["verify", "out"]).exits(0);
    }
    for foreign in ["precious".to_owned(), format!("flat{}precious", " ".repeat(20))] {
        folder.file("out/.mailmuster.lock", foreign);
        folder
            .run(["verify", "out"])
            .exits(1)
            .stdout_has(".mailmuster.lock: it has content that no run writes");
    }
}

/// The same: a folder is walked without following links, and only plain files are read.
#[test]
#[cfg(unix)]
fn links_and_devices_in_the_folder_are_not_followed() {
    use std::os::unix::fs::symlink;
    let folder = made();
    let bundles = folder.path().join("out/bundles");
    symlink(".", bundles.join("a")).unwrap();
    symlink("/", bundles.join("b")).unwrap();
    symlink("/dev/zero", bundles.join("z.zip")).unwrap();
    let done = folder.run(["verify", "out"]).exits(1);
    assert_eq!(done.stdout.matches("it is not a file of this run").count(), 3, "{}", done.stdout);
    let manifest = folder.text("out/manifest.jsonl").replace("ada_centurylink.net.zip", "z.zip");
    folder.file("out/manifest.jsonl", manifest);
    folder.run(["verify", "out"]).exits(1).stdout_has("z.zip: it is not a file");
    let manifest =
        folder.text("out/manifest.jsonl").replace("bundles/z.zip", "bundles/../../list.csv");
    folder.file("out/manifest.jsonl", manifest);
    folder
        .run(["verify", "out"])
        .exits(1)
        .stdout_has("mailmuster never gives this path to a bundle");
    folder.file("out/manifest.jsonl", "");
    folder.run(["verify", "out", "--quiet"]).exits(2).stderr_has("`out/manifest.jsonl` is empty");
    for args in [["verify", "/dev/zero"], ["inspect", "/dev/zero"], ["identity", "show"]] {
        let args: Vec<&str> = if args[0] == "identity" {
            vec!["identity", "show", "/dev/zero"]
        } else {
            args.to_vec()
        };
        folder.run(args).exits(2).stderr_has("is not a regular file");
    }
}

#[test]
fn files_of_the_system_among_the_bundles_are_no_strangers() {
    let folder = made();
    folder
        .file("out/.DS_Store", b"\0\0\0\x01Bud1\0")
        .file("out/bundles/Thumbs.db", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0")
        .file("out/bundles/._ada_centurylink.net.zip", b"\0\x05\x16\x07\0");
    folder
        .run(["verify", "out"])
        .exits(0)
        .stdout_has("nothing vouches for .DS_Store, bundles/._ada_centurylink.net.zip, bundles/Thumbs.db, changes.csv, ledger.db, report.csv\n");
    let again = folder.generate("list.csv", &[]).exits(0);
    assert!(!again.stderr.contains("earlier run"), "{}", again.stderr);
}
