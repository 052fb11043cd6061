//! Attacks on a folder as a whole: its manifest, its bundles among themselves, what lies beside them.

use super::attack::{replace, sign_manifest};
use super::{BUNDLE, made, rewrite};
use crate::support::{ADA, Folder};

/// R9: two people's bundles change places, and the run is signed again by the right person.
#[test]
fn a_bundle_bears_the_name_of_its_address() {
    let folder = Folder::new();
    folder.file("list.csv", "email\nada@q.com\nbob@q.com\n");
    folder.generate("list.csv", &[]).exits(0);
    let swap = |text: &str, one: &str, other: &str| {
        text.replace(one, "\0").replace(other, one).replace('\0', other)
    };
    let [ada, bob] = ["ada", "bob"].map(|name| format!("out/bundles/{name}_q.com.zip"));
    let (one, other) = (folder.read(&ada), folder.read(&bob));
    folder.file(&ada, other).file(&bob, one);
    let manifest = folder.text("out/manifest.jsonl");
    folder.file("out/manifest.jsonl", swap(&manifest, "bundles/ada", "bundles/bob"));
    sign_manifest(&folder);
    let done = folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(1);
    assert_eq!(done.stdout.matches(", which its name does not say").count(), 2, "{}", done.stdout);
}

/// R10: files that the run did not make, and what is left behind by file managers only by name.
#[test]
#[expect(clippy::disallowed_methods, reason = "the test removes its own files")]
fn no_stranger_lies_beside_the_bundles() {
    let folder = made();
    let strangers = [
        "out/START.exe",
        "out/bundles/._setup.exe",
        "out/bundles/._ada_centurylink.net.zip",
        "out/bundles/desktop.ini",
        "out/bundles/Thumbs.db",
        "out/bundles/00/x.zip",
        "out/bundles/.ada_centurylink.net.zip.part",
        "out/bundles/x\nout: all hold",
    ];
    for file in strangers.iter().filter(|file| cfg!(unix) || !file.contains('\n')) {
        folder.file(file, "MZ");
        let done = folder.run(["verify", "out", "--ca", "id/ca.pem", "-q"]).exits(1);
        assert_eq!(done.stdout.matches("it is not a file of this run").count(), 1, "{file}");
        assert!(done.stdout.lines().count() == 5, "{}", done.stdout);
        let top = file.strip_prefix("out/bundles/00/").map_or(*file, |_| "out/bundles/00");
        let path = folder.path().join(top);
        let removed =
            if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
        removed.unwrap();
    }
    folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(0);
}

/// The signature of a run covers every bundle; without it, or with another's, nothing is silent.
#[test]
fn the_signature_of_a_run_belongs_to_its_manifest() {
    let folder = made();
    folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(0);
    let signature = folder.read("out/manifest.jsonl.p7s");
    // killed between the two renames: the manifest is new, the signature is old
    folder.file("list.csv", format!("{ADA}bob@centurylink.net,Bob\n"));
    folder.generate("list.csv", &[]).exits(0);
    let new = folder.read("out/manifest.jsonl.p7s");
    folder.file("out/manifest.jsonl.p7s", &signature);
    let done = folder.run(["verify", "out", "--ca", "id/ca.pem", "-q"]).exits(1);
    done.stdout_has("manifest.jsonl.p7s: it signs another manifest.jsonl")
        .stdout_has("run mailmuster generate again")
        .stdout_has("nothing vouches for START-HERE.html (2 times), android/config-v1.1.xml (2 times), changes.csv, ledger.db, manifest.json (2 times), manifest.jsonl, report.csv");
    // and the run that follows mends it
    folder.generate("list.csv", &[]).exits(0);
    assert_eq!(folder.read("out/manifest.jsonl.p7s"), new);
    folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(0);
    folder.file("out/manifest.jsonl.p7s", b"x");
    folder
        .run(["verify", "out"])
        .exits(1)
        .stdout_has("manifest.jsonl.p7s: the signature is damaged");
    // a run that does not sign leaves no signature of another
    folder
        .run(["generate", "list.csv", "--out", "out", "--unsigned", "--quiet", "--new-signer"])
        .exits(0);
    assert!(!folder.exists("out/manifest.jsonl.p7s"));
}

/// A bundle may be of an earlier run than the manifest that names it, but all of it is of one moment.
#[test]
fn a_bundle_is_of_one_moment() {
    let folder = made();
    let manifest = folder.text("out/manifest.jsonl");
    folder.file("out/manifest.jsonl", manifest.replacen("09:00:00Z", "09:00:02Z", 1));
    sign_manifest(&folder);
    folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(0);
    let folder = made();
    replace(&folder, "manifest.json", "09:00:00Z", "09:00:02Z");
    let done = folder.run(["verify", BUNDLE, "--ca", "id/ca.pem"]).exits(1);
    done.stdout_has("its files do not bear the moment of the run");
    assert_eq!(done.stdout.matches("it was not signed at the moment").count(), 2);
    let folder = made();
    let empty = manifest.lines().next().unwrap();
    folder.file("out/manifest.jsonl", format!("{empty}\n"));
    sign_manifest(&folder);
    let done = folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(1);
    done.stdout_has("manifest.jsonl: it names no bundle");
}

/// What the answer rests on, for programs.
#[test]
fn the_event_says_what_the_answer_rests_on() {
    let folder = made();
    let summary = |args: &[&str]| -> serde_json::Value {
        let done = folder.run(["verify", "out", "--json"].iter().chain(args)).exits(0);
        serde_json::from_str(done.stdout.lines().last().unwrap()).unwrap()
    };
    let event = summary(&["--ca", "id/ca.pem"]);
    assert_eq!(event["authority"], serde_json::json!(["CN=Test Signer CA"]));
    assert_eq!(event["signers"][0]["subject"], "CN=Test Signer");
    let signed = serde_json::json!(["manifest.jsonl", "profiles", "scripts"]);
    assert_eq!(event["signers"][0]["signed"], signed);
    let unvouched = serde_json::json!([
        { "path": "changes.csv", "files": 1 },
        { "path": "ledger.db", "files": 1 },
        { "path": "report.csv", "files": 1 },
    ]);
    assert_eq!(event["unvouched"], unvouched);
    let sha256 = event["signers"][0]["sha256"].as_str().unwrap().to_owned();
    let event = summary(&["--signer", &sha256]);
    assert_eq!(event["authority"], serde_json::Value::Null);
}

#[test]
fn a_bundle_in_another_order_or_form_is_found() {
    let folder = made();
    rewrite(&folder, |name, content| {
        let compact = |bytes: &[u8]| {
            let value: serde_json::Value = serde_json::from_slice(bytes).unwrap();
            serde_json::to_vec(&value).unwrap()
        };
        Some(if name == "manifest.json" { compact(&content) } else { content })
    });
    folder
        .run(["verify", BUNDLE, "--ca", "id/ca.pem"])
        .exits(1)
        .stdout_has("manifest.json: it is not written as mailmuster writes it");
}
