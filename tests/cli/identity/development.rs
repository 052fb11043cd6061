//! The identity that is made when none is given.

use crate::support::{ADA, Folder};

#[test]
fn the_first_run_makes_a_development_identity_and_every_run_says_so() {
    let folder = Folder::new();
    folder.file("list.csv", ADA);
    for _ in 0..2 {
        let done = folder.run(["generate", "list.csv", "--out", "out"]).exits(0);
        done.stderr_has("warning: the signer is the development identity in ")
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

#[test]
fn a_plan_makes_no_development_identity_and_nothing_is_called_signed_before_it_is() {
    let folder = Folder::new();
    folder.file("list.csv", ADA);
    let plan = folder.run(["plan", "list.csv", "--out", "out"]).exits(0);
    plan.stdout_has("new: 1\n").stderr_has(
        "warning: the signer would be a development identity, which `generate` makes in ",
    );
    assert!(!folder.exists("home"), "{:?}", folder.files("home"));
    assert!(!plan.stderr.contains("signed "), "{}", plan.stderr);

    folder.run(["generate", "list.csv", "--out", "out"]).exits(0);
    let files = folder.files("home");
    folder
        .run(["plan", "list.csv", "--out", "out"])
        .exits(0)
        .stdout_is("unchanged: 1")
        .stderr_has("warning: the signer is the development identity in ");
    assert_eq!(folder.files("home"), files);

    // a run that is refused has signed nothing
    let refused = folder.generate("list.csv", &[]).exits(2);
    refused.stderr_has("\nsigner: CN=Test Signer (RSA 2048), at ");
    assert!(!refused.stderr.contains("signed by CN=Test"), "{}", refused.stderr);
}
