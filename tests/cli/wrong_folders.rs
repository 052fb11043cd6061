//! A folder that is not the one that the user means is named as what it is.
#![allow(clippy::disallowed_methods, reason = "tests move files")]

use crate::support::{Folder, SIGN};

/// A run with an export inside, and an export of its own.
fn folders() -> Folder {
    let folder = Folder::new();
    folder.file("list.csv", "email,name\nada@q.com,Ada\nbob@q.com,Bob\n").file("file", "x");
    folder.generate("list.csv", &["--quiet", "--mdm", "jamf"]).exits(0);
    folder.run(["export", "jamf", "--out", "jamf", "--quiet"].iter().chain(&SIGN)).exits(0);
    folder
}

#[test]
fn a_command_that_reads_earlier_runs_reports_what_the_folder_is() {
    let folder = folders();
    for (out, message) in [
        (
            "nope",
            "error: there is no folder `nope`\n  hint: name the output folder of earlier runs",
        ),
        ("file", "error: `file` is not a folder\n  hint: name "),
        ("list.csv", "error: `list.csv` is not a folder\n  hint: name "),
        ("jamf", "error: `jamf` is the folder of an export, not that of runs\n  hint: name "),
        ("out/mdm/jamf", "error: `out/mdm/jamf` is the folder of an export, not that"),
        (
            "out/bundles",
            "error: `out/bundles` is a part of the output folder `out`\n  hint: name `out`",
        ),
        ("id", "error: `id` has no ledger"),
    ] {
        folder.run(["status", out]).exits(2).stderr_has(message);
        folder.run(["history", out]).exits(2).stderr_has(message);
        folder.run(["rename", "ada@q.com", "eve@q.com", "--out", out]).exits(2).stderr_has(message);
        folder
            .run(["resign", out, "--new-signer"].iter().chain(&SIGN))
            .exits(2)
            .stderr_has(message);
    }
    let nope = folder.run(["retire", "list.csv", "--out", "nope"].iter().chain(&SIGN)).exits(2);
    nope.stderr_has("error: there is no folder `nope`\n");
    assert!(!folder.exists("nope"));
}

#[test]
fn what_this_program_made_is_not_called_foreign() {
    let folder = folders();
    let run =
        |out: &str| folder.run(["generate", "list.csv", "--out", out].iter().chain(&SIGN)).exits(2);
    let before = folder.files("");
    run("jamf").stderr_has(
        "error: refusing to write into `jamf`: it is the folder of an export\n  \
         hint: name a new or empty folder with --out",
    );
    for part in ["bundles", "mdm"] {
        run(&format!("out/{part}")).stderr_has(&format!(
            "error: refusing to write into `out/{part}`: it is a part of the output folder `out`\n  hint: name `out`, or "
        ));
    }
    folder.run(["export", "jamf", "--out", "out"].iter().chain(&SIGN)).exits(2).stderr_has(
        "error: refusing to write into `out`: it is the folder of a run\n  \
         hint: name a folder of its own with --out, for example out/mdm",
    );
    assert_eq!(folder.files(""), before);
    std::fs::rename(folder.path().join("out/.mailmuster.lock"), folder.path().join("lock"))
        .unwrap();
    run("out").stderr_has("error: refusing to write into `out`: it contains `bundles`, `changes.csv` and `ledger.db` of a run, but not its .mailmuster.lock\n")
        .stderr_has("\n  hint: restore .mailmuster.lock from a backup, or ");
    folder.file("jamf/.mailmuster-export", "notes\n");
    folder.run(["export", "jamf", "--out", "jamf"].iter().chain(&SIGN)).exits(2).stderr_has(
        "error: `jamf/.mailmuster-export` is not the list of an export of mailmuster\n",
    );
}

#[test]
fn a_file_that_cannot_be_read_is_reported_in_words_with_a_hint() {
    let folder = folders();
    let missing = "error: there is no file `nope.pem`\n  hint: check the path: ";
    let generate = ["generate", "list.csv", "--out", "new", "--quiet"];
    folder.run(generate.iter().chain(&["--sign-cert", "nope.pem"])).exits(2).stderr_has(missing);
    folder.run(["inspect", "nope.pem"]).exits(2).stderr_has(missing);
    folder.run(["identity", "show", "nope.pem"]).exits(2).stderr_has(missing);
    folder
        .run(["verify", "nope"])
        .exits(2)
        .stderr_has("error: there is no file `nope`\n  hint: name the folder of a run, ");
    folder
        .run(["verify", "-"])
        .exits(2)
        .stderr_has("\n  hint: `-` is standard input only as the name of a list: save it");
}
