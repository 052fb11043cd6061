//! The identity that is made when none is given.

use crate::support::{ADA, Folder};

#[test]
fn the_first_run_makes_a_development_identity_and_every_run_says_so() {
    let folder = Folder::new();
    folder.file("list.csv", ADA);
    for _ in 0..2 {
        let done = folder.run(["generate", "list.csv", "--out", "out"]).exits(0);
        done.stderr_has("warning: signed with the development identity in ")
            .stderr_has("which no device trusts")
            .stderr_has("phones show the profile as `Not Verified` in red, Windows shows an unknown publisher");
    }
    let keys: Vec<String> =
        folder.files("home").into_iter().filter(|file| file.ends_with("key.pem")).collect();
    assert_eq!(keys.len(), 1, "made once: {keys:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let mode = std::fs::metadata(folder.path().join("home").join(&keys[0])).unwrap().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let sheet = folder.in_bundle("out/bundles/ada_centurylink.net.zip", "START-HERE.html");
    assert!(String::from_utf8(sheet).unwrap().contains("Not Verified"));
}

#[test]
fn many_first_runs_at_once_share_one_development_identity() {
    let folder = Folder::new();
    folder.file("list.csv", ADA);
    let outs = ["a", "b", "c", "d"];
    std::thread::scope(|scope| {
        for out in outs {
            let folder = &folder;
            scope.spawn(move || folder.run(["generate", "list.csv", "--out", out]).exits(0));
        }
    });
    let signer = |out: &str| {
        let manifest =
            folder.in_bundle(&format!("{out}/bundles/ada_centurylink.net.zip"), "manifest.json");
        serde_json::from_slice::<serde_json::Value>(&manifest).unwrap()["signers"].clone()
    };
    assert!(outs.iter().all(|out| signer(out) == signer("a")));
}
