//! strace plays a disk that is full or broken: one call of a run fails, in SQLite too. Nothing is lost.

use std::process::{Command, Output};

use rusqlite::Connection;
use sha2::{Digest, Sha256};

use crate::support::{AT, Folder};
use crate::tool::{runs, tool};

const PEOPLE: usize = 40;

const ARGS: [&str; 14] = [
    "generate",
    "list.csv",
    "--out",
    "out",
    "--quiet",
    "--at",
    AT,
    "--jobs",
    "2",
    "--only",
    "sheet,android-autodiscover",
    "--sign-cert",
    "id/cert.pem",
    "--sign-key=id/key.pem",
];

/// Calls with the numbers of those that fail: the first files, the ledger's transactions, the renames, the end.
const CALLS: [(&str, &[u32]); 7] = [
    ("write", &[2, 20, 39]),
    ("pwrite64", &[1, 3, 8, 14, 20]),
    ("fsync", &[1, 3, 6, 9]),
    ("fdatasync", &[1, 2, 4]),
    ("syncfs", &[1]),
    ("rename", &[1, 20, 41]),
    ("unlink", &[1, 2]),
];

/// A run in which the call `call` fails for the `number`th time that it is made.
fn broken(folder: &Folder, call: &str, error: &str, number: u32) -> Output {
    Command::new("strace")
        .args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={call}")])
        .args(["-e", &format!("inject={call}:error={error}:when={number}")])
        .arg(env!("CARGO_BIN_EXE_mailmuster"))
        .args(ARGS)
        .env("HOME", folder.path().join("home"))
        .current_dir(folder.path())
        .output()
        .unwrap()
}

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

#[test]
fn a_call_that_fails_with_enospc_or_eio_loses_nothing() {
    let folder = Folder::new();
    if tool("strace", folder.path(), runs(&["-qq", "-o", "/dev/null", "true"])).is_none() {
        return;
    }
    folder.identity();
    let people: String = (0..PEOPLE).map(|n| format!("p{n}@q.com,Person {n}\n")).collect();
    folder.file("list.csv", format!("email,name\n{people}"));
    folder.run(ARGS).exits(0);
    let (files, manifest) = (folder.files("out"), folder.read("out/manifest.jsonl"));
    let mut stopped = Vec::new();
    for (call, numbers) in CALLS {
        for (at, number) in numbers.iter().enumerate() {
            let error = if at % 2 == 0 { "ENOSPC" } else { "EIO" };
            let what = format!("{call} {number} {error}");
            std::fs::remove_dir_all(folder.path().join("out")).unwrap();
            let output = broken(&folder, call, error, *number);
            let printed = String::from_utf8_lossy(&output.stderr).into_owned();
            match output.status.code() {
                // fewer calls than that, or one that does not matter
                Some(0) => assert!(!printed.contains("error: "), "{what}: {printed}"),
                Some(2 | 3) => {
                    assert!(printed.contains("error: "), "{what}: {printed}");
                    assert!(printed.contains("hint: "), "{what}: {printed}");
                    stopped.push(call);
                }
                other => panic!("{what}: {other:?}\n{printed}"),
            }
            if folder.exists("out/ledger.db") {
                judge_claims(&folder);
            }
            folder.run(ARGS).exits(0);
            assert_eq!(judge_claims(&folder), PEOPLE, "{what}");
            assert_eq!(folder.files("out"), files, "{what}");
            assert!(folder.read("out/manifest.jsonl") == manifest, "{what}");
        }
    }
    for call in ["write", "pwrite64", "syncfs", "rename"] {
        assert!(stopped.contains(&call), "no run was stopped by `{call}`: {stopped:?}");
    }
    assert!(stopped.len() >= 10, "{stopped:?}");
}
