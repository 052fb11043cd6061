//! The numbers that `resign` prints.
#![allow(clippy::disallowed_methods, reason = "tests remove files")]

use crate::resign::{folder_with, resign};

/// Each number that `resign` prints, against the folder.
#[test]
fn each_person_is_counted_as_what_the_folder_has_of_them() {
    let cy = "cy@q.com,Cy,3\nsales@q.com,Cy,3\n";
    let stay = format!("email,name,id\n{cy}dee@q.com,Dee,4\neve@q.com,Eve,5\nflo@q.com,Flo,6\n");
    let folder = folder_with(&format!("{stay}ada@q.com,Ada,1\nbob@q.com,Bob,2\ngus@q.com,Gus,7\n"));
    folder.file("list.csv", format!("{stay}ada@q.com,Ada,1\n"));
    folder.generate("list.csv", &["--quiet", "--retire"]).exits(0);
    folder.file("list.csv", &stay).generate("list.csv", &["--quiet"]).exits(0);
    let remove = |path: &str| std::fs::remove_file(folder.path().join(path)).unwrap();
    // one of the two who are retired, and one of the current people, have lost their bundles
    let is_gus = |name: &&String| name.starts_with("gus_") && !name.ends_with(".removal.zip");
    remove(&format!("out/retired/{}", folder.files("out/retired").iter().find(is_gus).unwrap()));
    remove("out/bundles/eve_q.com.zip");
    let kept = "; 1 person who left and 1 person who is retired keep the old signatures";
    resign(&folder, &["--new-signer", "--quiet"])
        .exits(1)
        .stdout_is(&format!("3 bundles in out signed again, 1 bundle not{kept}"));
    // Eve has no bundle that could be signed; nobody else is left
    let sign =
        ["--sign-cert", "new/cert.pem", "--sign-key", "new/key.pem", "--sign-chain", "new/ca.pem"];
    let generate = [
        "generate",
        "list.csv",
        "--out",
        "out",
        "--quiet",
        "--new-signer",
        "--at",
        "2026-11-24T09:00:00Z",
    ];
    folder.run(generate.iter().chain(&sign)).exits(0);
    resign(&folder, &["--quiet"]).exits(0).stderr_is("").stdout_is(&format!(
        "nothing to do in out: the files of 4 people are signed by this identity{kept}"
    ));
    // Cy's two mailboxes are in one bundle
    remove("out/bundles/cy_q.com.zip");
    remove("out/bundles/ada_q.com.zip");
    let kept = "; 1 person who is retired keeps the old signatures";
    resign(&folder, &["--quiet"])
        .exits(1)
        .stderr_is(
            "warning: 1 bundle in `out` that this identity has signed is missing or has another size\n  \
             hint: run `generate` with the list and this identity: it makes the bundle again",
        )
        .stdout_is(&format!(
            "nothing to do in out: the files of 3 people are signed by this identity{kept}"
        ));
    resign(&folder, &["--json"]).exits(1).stdout_has(
        "\"signed\":0,\"already\":3,\"skipped\":0,\"missing\":1,\"left\":0,\"retired\":1,",
    );
}
