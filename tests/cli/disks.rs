//! Folders that cannot be written any more: the disk is full, files may not grow, the ledger is read-only. Nothing is
//! lost, the error names the cure, and the next run completes the work.
#![cfg(unix)]
#![allow(clippy::disallowed_methods, reason = "tests make their own files")]

use std::io::Write as _;
use std::process::{Command, Output};

use rusqlite::Connection;
use sha2::{Digest, Sha256};

use crate::support::Folder;

const PEOPLE: usize = 120;

/// The words of a run into `out`, for the shell.
const GENERATE: &str = "\"$P\" generate list.csv --out out --quiet --at 2026-11-23T09:00:00Z --jobs 2 \
     --only sheet,android-autodiscover --sign-cert id/cert.pem --sign-key id/key.pem --sign-chain id/ca.pem";

fn folder() -> Folder {
    let folder = Folder::new();
    folder.identity();
    let people: String = (0..PEOPLE).map(|n| format!("p{n}@q.com,Person {n}\n")).collect();
    folder.file("list.csv", format!("email,name\n{people}"));
    folder
}

/// A shell script in which `$P` is the program.
fn shell(folder: &Folder, before: &[&str], script: &str) -> Output {
    let words = [before, &["sh", "-c", script]].concat();
    Command::new(words[0])
        .args(&words[1..])
        .current_dir(folder.path())
        .env("P", env!("CARGO_BIN_EXE_mailmuster"))
        .env("HOME", folder.path().join("home"))
        .output()
        .unwrap()
}

/// What puts a script into a mount namespace of its own, where it may mount; `None`, and a line about it, where the
/// system does not allow that.
fn unshare(folder: &Folder) -> Option<[&'static str; 3]> {
    let words = ["unshare", "--mount", "--map-root-user"];
    let probe = "mkdir -p probe && mount -t tmpfs none probe";
    let is_allowed = cfg!(target_os = "linux")
        && Command::new("unshare").arg("--version").output().is_ok()
        && shell(folder, &words, probe).status.success();
    if !is_allowed {
        let _ = writeln!(std::io::stderr(), "SKIPPED: this user may not mount");
    }
    is_allowed.then_some(words)
}

fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned()
}

/// The ledger in `out` claims no bundle that is missing or different.
fn judge_claims(folder: &Folder) -> usize {
    let ledger = Connection::open(folder.path().join("out/ledger.db")).unwrap();
    let sql = "SELECT bundle, sha256 FROM person WHERE fingerprint IS NOT NULL AND bundle <> ''";
    let Ok(mut claims) = ledger.prepare(sql) else { return 0 };
    let claims = claims.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let claims: Vec<(String, [u8; 32])> = claims.map(Result::unwrap).collect();
    for (bundle, sha256) in &claims {
        assert_eq!(Sha256::digest(folder.read(&format!("out/{bundle}")))[..], *sha256, "{bundle}");
    }
    claims.len()
}

/// The run into `out` was stopped by what `hints` cure, and the next one completes the work.
fn is_stopped_and_completed(folder: &Folder, output: &Output, hints: &[&str], what: &str) {
    let text = printed(output);
    assert!(matches!(output.status.code(), Some(2 | 3)), "{what}: {text}");
    assert!(text.contains("error: "), "{what}: {text}");
    assert!(hints.iter().any(|hint| text.contains(hint)), "{what}: {text}");
    if folder.exists("out/ledger.db") {
        judge_claims(folder);
    }
    let output = shell(folder, &[], GENERATE);
    assert!(output.status.success(), "{what}: {}", printed(&output));
    assert_eq!(judge_claims(folder), PEOPLE, "{what}");
    let changes = folder.text("out/changes.csv");
    assert_eq!(changes.matches("new").count(), PEOPLE, "{what}");
    folder.run(["verify", "out", "--ca", "id/ca.pem", "--quiet"]).exits(0);
}

#[test]
fn a_run_into_a_full_disk_loses_nothing() {
    let folder = folder();
    let Some(unshare) = unshare(&folder) else { return };
    assert!(shell(&folder, &[], GENERATE).status.success());
    let pages = |name: &String| folder.read(&format!("out/{name}")).len().div_ceil(4096);
    let total: usize = folder.files("out").iter().map(pages).sum();
    // from no room for the first group to room for almost everything: the ledger and the manifest come last
    for percent in [3, 50, 80, 92, 99] {
        std::fs::remove_dir_all(folder.path().join("out")).unwrap();
        let script = format!(
            "mkdir out full && mount -t tmpfs -o size={bytes},nr_inodes=10k,mode=0700 none out || exit 99; \
             {GENERATE}; code=$?; cp -a out/. full; exit $code",
            bytes = total * percent / 100 * 4096
        );
        let output = shell(&folder, &unshare, &script);
        std::fs::remove_dir(folder.path().join("out")).unwrap();
        std::fs::rename(folder.path().join("full"), folder.path().join("out")).unwrap();
        let hints = ["hint: free some space and run again", "hint: make room and run again"];
        is_stopped_and_completed(&folder, &output, &hints, &format!("{percent} %"));
    }
}

#[test]
fn a_run_whose_files_may_not_grow_loses_nothing() {
    let folder = folder();
    for blocks in [1, 16, 48, 96] {
        let _ = std::fs::remove_dir_all(folder.path().join("out"));
        // without the trap the signal would end the run (setrlimit(2)); 512 bytes each
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec {GENERATE}");
        let output = shell(&folder, &[], &script);
        let hints = ["hint: raise the limit on the size of files", "hint: check the disk"];
        is_stopped_and_completed(&folder, &output, &hints, &format!("{blocks} blocks"));
    }
}

/// A folder with two people, one of whom has another name in the list now.
fn changed() -> Folder {
    let folder = Folder::new();
    folder.file("list.csv", "email,name\nada@q.com,Ada\nbob@q.com,Bob\n");
    folder.generate("list.csv", &["--quiet"]).exits(0);
    folder.file("list.csv", "email,name\nada@q.com,Ada King\nbob@q.com,Bob\n");
    folder
}

#[test]
fn a_ledger_that_cannot_be_written_stops_a_run_before_any_bundle() {
    let folder = changed();
    let Some(unshare) = unshare(&folder) else { return };
    let before: Vec<_> = folder.files("out/bundles").into_iter().collect();
    let ada = folder.read("out/bundles/ada_q.com.zip");
    let ledger = folder.read("out/ledger.db");
    let script = format!(
        "mount --bind out/ledger.db out/ledger.db && mount -o remount,bind,ro out/ledger.db || exit 99; {GENERATE}"
    );
    let output = shell(&folder, &unshare, &script);
    let text = printed(&output);
    assert!(matches!(output.status.code(), Some(2 | 3)), "{:?}: {text}", output.status);
    assert!(text.contains("error: the ledger `out/ledger.db` cannot be written: "), "{text}");
    assert!(text.contains("hint: run as the user who owns the folder, and check"), "{text}");
    assert_eq!(folder.files("out/bundles"), before);
    assert_eq!(folder.read("out/bundles/ada_q.com.zip"), ada);
    assert_eq!(folder.read("out/ledger.db"), ledger);
    let output = shell(&folder, &[], GENERATE);
    assert!(output.status.success(), "{}", printed(&output));
    assert!(folder.text("out/changes.csv").contains("Ada King"));
}

/// Permission bits stop everybody but root, so root becomes another user for this test.
#[test]
fn permissions_that_forbid_writing_stop_a_run_before_any_bundle() {
    use std::os::unix::fs::MetadataExt;
    let folder = changed();
    let is_root = folder.path().metadata().unwrap().uid() == 0;
    let before = if is_root {
        let given = shell(&folder, &[], "chown -R 65534:65534 .");
        assert!(given.status.success(), "{}", printed(&given));
        vec!["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    } else {
        Vec::new()
    };
    if !shell(&folder, &before, "\"$P\" --version").status.success() {
        let _ = writeln!(std::io::stderr(), "SKIPPED: another user cannot run the program");
        return;
    }
    let ada = folder.read("out/bundles/ada_q.com.zip");
    for (name, mode, usual, error) in [
        ("out/ledger.db", 0o400, 0o600, "error: the ledger `out/ledger.db` cannot be written: "),
        ("out", 0o500, 0o700, "error: "),
        ("out/bundles", 0o500, 0o700, "error: `out/bundles/ada_q.com.zip` cannot be written: "),
    ] {
        folder.mode(name, mode);
        let output = shell(&folder, &before, GENERATE);
        let text = printed(&output);
        assert!(matches!(output.status.code(), Some(2 | 3)), "{name}: {text}");
        assert!(text.contains(error) && text.contains("hint: "), "{name}: {text}");
        assert_eq!(folder.read("out/bundles/ada_q.com.zip"), ada, "{name}");
        folder.mode(name, usual);
    }
    let output = shell(&folder, &before, GENERATE);
    assert!(output.status.success(), "{}", printed(&output));
    assert!(folder.text("out/changes.csv").contains("Ada King"));
}

#[test]
fn man_pages_say_where_they_cannot_be_and_how_many_came_before() {
    let folder = Folder::new();
    let Some(unshare) = unshare(&folder) else { return };
    let run = |options: &str| {
        let script = format!(
            "mkdir -p man && mount -t tmpfs -o {options} none man || exit 99; \"$P\" man man"
        );
        let output = shell(&folder, &unshare, &script);
        (output.status.code(), printed(&output))
    };
    let (code, text) = run("ro");
    assert_eq!(code, Some(2), "{text}");
    assert_eq!(
        text,
        "error: `man` cannot be written: read-only filesystem or storage medium\n  \
         hint: name a folder that this user may write, or run as one who may\n"
    );
    let (code, text) = run("size=64k");
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("no storage space") && text.contains("; before it "), "{text}");
    assert!(text.contains("hint: free some space and run again"), "{text}");
}
