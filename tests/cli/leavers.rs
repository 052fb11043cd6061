//! People who leave: what `plan --retire` shows is what `generate --retire` does, and whose address another
//! person has is not retired.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{Folder, SIGN};

/// A folder with bundles for seven people, some with id, in the next list of which some are missing.
fn seven_people() -> Folder {
    let folder = Folder::new();
    folder.file(
        "list.csv",
        "email,name,id\nada@q.com,Ada,1\nbob@q.com,Bob,\ncy@q.com,Cy,3\nsales@q.com,Cy,3\n\
         dee@q.com,Dee,\neve@q.com,Eve,5\nflo@q.com,Flo,6\ngus@q.com,Gus,\n",
    );
    folder.generate("list.csv", &["--quiet"]).exits(0);
    folder
}

fn plan(folder: &Folder, list: &str, more: &[&str], code: i32) -> crate::support::Done {
    let words = ["plan", list, "--out", "out"].into_iter().chain(SIGN);
    folder.run(words.chain(more.iter().copied())).exits(code)
}

/// What `plan --json` prints: kind, first address and action of each change.
fn planned(folder: &Folder, list: &str, more: &[&str]) -> BTreeSet<[String; 3]> {
    let done = plan(folder, list, &[more, &["--json"]].concat(), 0);
    let values = done.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    values
        .filter(|value| value["event"] == "change")
        .map(|value| {
            [&value["change"], &value["addresses"][0], &value["action"]]
                .map(|text| text.as_str().unwrap().to_owned())
        })
        .collect()
}

/// The same from `changes.csv`.
fn done(folder: &Folder) -> BTreeSet<[String; 3]> {
    let bytes = folder.read("out/changes.csv");
    let mut reader = csv::Reader::from_reader(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap());
    let rows = reader.records().map(|row| row.unwrap());
    rows.map(|row| [2, 0, 4].map(|cell| row[cell].to_owned())).collect()
}

#[test]
fn plan_with_retire_shows_what_generate_with_retire_does() {
    let folder = seven_people();
    // Gus has left some nights ago
    let first = "email,name,id\nada@q.com,Ada,1\nbob@q.com,Bob,\ncy@q.com,Cy,3\nsales@q.com,Cy,3\n\
         dee@q.com,Dee,\neve@q.com,Eve,5\nflo@q.com,Flo,6\n";
    folder.file("list.csv", first);
    folder.generate("list.csv", &["--quiet"]).exits(0);
    // Bob and Eve leave, Flo's address goes to another person, Cy's second mailbox too, Dee has a new name
    folder.file(
        "next.csv",
        "email,name,id\nada@q.com,Ada,1\nsales@q.com,Zoe,9\ndee@q.com,Dee D,\nflo@q.com,Flora,7\n\
         new@q.com,New,10\n",
    );
    let before = folder.files("out");
    let ledger = folder.read("out/ledger.db");
    let shown = plan(&folder, "next.csv", &["--retire", "--max-leavers", "4"], 0);
    shown.stdout_has("\nleft: 2\n").stdout_has("\nretired: 3\n");
    let bob = shown.stdout.lines().find(|line| line.starts_with("  bob@q.com ")).unwrap();
    assert!(
        bob.starts_with("  bob@q.com (remove the account from the devices: retired/bob_q.com.")
            && bob.ends_with(".removal.zip has a page and a script for it; an MDM removes the profiles in retired/identifiers.csv)"),
        "{bob}"
    );
    plan(&folder, "next.csv", &["--retire", "--exit-code"], 4);
    assert_eq!((folder.files("out"), folder.read("out/ledger.db")), (before, ledger));
    let planned = planned(&folder, "next.csv", &["--retire", "--max-leavers", "4"]);
    let kinds: Vec<[&str; 2]> =
        planned.iter().map(|[kind, address, _]| [kind.as_str(), address.as_str()]).collect();
    assert_eq!(
        kinds,
        [
            ["changed", "dee@q.com"],
            ["left", "cy@q.com"],
            ["left", "flo@q.com"],
            ["new", "flo@q.com"],
            ["new", "new@q.com"],
            ["new", "sales@q.com"],
            ["retired", "bob@q.com"],
            ["retired", "eve@q.com"],
            ["retired", "gus@q.com"],
        ]
    );
    folder.generate("next.csv", &["--quiet", "--retire", "--max-leavers", "4"]).exits(0);
    assert_eq!(done(&folder), planned);
    // a removal package for Cy would take Zoe's account away
    let files = folder.files("out/retired");
    assert!(
        files.iter().all(|file| !file.starts_with("cy_") && !file.starts_with("flo_")),
        "{files:?}"
    );
    folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(0);
    plan(&folder, "next.csv", &["--retire", "--exit-code"], 0).stdout_is("unchanged: 5");
}

#[test]
fn plan_without_retire_retires_nobody_and_with_add_nobody_leaves() {
    let folder = seven_people();
    folder.file("next.csv", "email,name,id\nada@q.com,Ada,1\nnew@q.com,New,\n");
    plan(&folder, "next.csv", &["--add", "--exit-code"], 4)
        .stdout_has("new: 1")
        .stdout_lacks("left");
    folder.run(["plan", "next.csv", "--out", "out", "--add", "--retire"]).exits(2);
    plan(&folder, "next.csv", &[], 0)
        .stdout_has("left: 6")
        .stdout_lacks("retired")
        .stderr_has("warning: 6 of the 7 people in `out` would leave: ");
    folder.generate("next.csv", &["--quiet", "--add"]).exits(0);
    plan(&folder, "next.csv", &["--add", "--exit-code"], 0).stdout_is("unchanged: 2");
}

#[test]
fn plan_with_retire_retires_nobody_where_generate_would_not() {
    let folder = seven_people();
    let list =
        folder.text("list.csv").replace("bob@q.com,Bob,\n", "").replace("eve@q.com,", "eve.q.com,");
    folder.file("next.csv", list.replace(",5\n", ",\n"));
    let planned = planned(&folder, "next.csv", &["--retire"]);
    plan(&folder, "next.csv", &["--retire"], 0)
        .stderr_has("warning: nobody is retired: 1 refused row may be that of people");
    folder.generate("next.csv", &["--quiet", "--retire"]).exits(1);
    assert_eq!(done(&folder), planned);
    assert!(planned.iter().all(|[kind, ..]| kind == "left"), "{planned:?}");
}

#[test]
fn everyone_who_has_an_address_is_retired_by_it() {
    let folder = seven_people();
    let list = folder.text("list.csv").replace("sales@q.com,Cy,3", "sales@q.com,Zoe,9");
    // Cy stays with one mailbox, and Zoe has the other: both are current
    folder.file("list.csv", list);
    folder.generate("list.csv", &["--quiet"]).exits(0);
    folder.file(
        "next.csv",
        folder
            .text("list.csv")
            .replace("sales@q.com,Zoe,9", "cy@q.com,Zoe,9")
            .replace("cy@q.com,Cy,3\n", ""),
    );
    folder.generate("next.csv", &["--quiet"]).exits(0);
    // Cy has left, and Zoe has the address: naming it retires Zoe, and Cy with her
    let retire = |address: &str| {
        let words = ["retire", "--out", "out", "--person", address, "--quiet"];
        folder.run(words.into_iter().chain(SIGN))
    };
    retire("cy@q.com").exits(0).stdout_is("2 people retired, see out/retired");
    folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(0);
}

#[test]
fn a_list_retires_no_person_whose_address_a_new_person_has() {
    let folder = seven_people();
    // Gus left, and later the address goes to a person with an id
    let list = folder.text("list.csv").replace("gus@q.com,Gus,\n", "");
    folder.file("list.csv", &list);
    folder.generate("list.csv", &["--quiet"]).exits(0);
    folder.file("next.csv", format!("{list}gus@q.com,Augusta,12\n"));
    let words = ["retire", "next.csv", "--out", "out"].into_iter().chain(SIGN);
    folder.run(words).exits(0).stdout_is("nobody is to be retired; nothing was written");
}

#[test]
fn a_word_that_is_not_an_address_is_an_error_with_a_hint() {
    let folder = seven_people();
    let whole = "  hint: give the whole address, e.g. bob@example.com";
    for (words, message) in [
        (
            &["rename", "bob.q.com", "rob@q.com", "--out", "out"][..],
            "error: `bob.q.com` is not an address: it has no `@`",
        ),
        (
            &["rename", "bob@q.com", "rob@", "--out", "out"],
            "error: `rob@` is not an address: nothing follows `@`",
        ),
        (&["rename", "bob@q.com", "", "--out", "out"], "error: `` is not an address: it is blank"),
        (
            &["retire", "--person", "bob", "--out", "out"],
            "error: `bob` is not an address: it has no `@`",
        ),
        (
            &["history", "out", "Bob Stone"],
            "error: `Bob Stone` is not an address: it holds a space",
        ),
    ] {
        folder.run(words).exits(2).stderr_is(&format!("{message}\n{whole}"));
    }
    folder.run(["history", "out", "a@q.com,b@q.com"]).exits(2).stderr_is(
        "error: `a@q.com,b@q.com` is not an address: it has more than one `@`\n  hint: give one address, e.g. bob@example.com",
    );
    folder
        .run(["history", "out", " BOB@Q.COM "])
        .exits(0)
        .stdout_has("Bob (bob@q.com): current since");
}
