//! One address, two people: only one of them is current, and nobody gets the other's bundle.
#![allow(clippy::disallowed_methods, reason = "tests remove ledgers")]

use crate::support::{Folder, Run, SIGN};

fn plan(folder: &Folder, list: &str, more: &[&str]) -> Run {
    folder.run(["plan", list, "--out", "out"].iter().chain(&SIGN).chain(more))
}

/// A folder with bundles for Ada (id 1) and Bob (id 2).
fn ada_and_bob() -> Folder {
    let folder = Folder::new();
    folder.file("list.csv", "ID,Email,Name\n1,ada@q.com,Ada A\n2,bob@q.com,Bob B\n");
    folder.generate("list.csv", &["--quiet"]).exits(0);
    folder
}

/// Without a whole list nobody can say whether it is the same person: the bundle stays as it is.
#[test]
fn add_refuses_the_address_of_a_known_person_under_another_key() {
    let folder = ada_and_bob();
    let ada = folder.read("out/bundles/ada_q.com.zip");
    for list in [
        "Email,Name\nada@q.com,Ada A\n",
        "ID,Email,Name\n7,ADA@q.com,Adam Other\n",
        "ID,Email,Name\n7,adam@q.com,Adam\n7,ada@q.com,Adam\n",
    ] {
        folder.file("add.csv", list);
        let refusal = "@q.com` under another key";
        plan(&folder, "add.csv", &["--add"]).exits(0).stderr_has(refusal);
        let done = folder.generate("add.csv", &["--add"]).exits(1);
        done.stderr_has("the folder knows the person with `").stderr_has(refusal);
        done.stderr_has("run with the whole list, without --add");
        assert!(!done.stderr.contains("who would leave"), "{}", done.stderr);
        assert!(folder.text("out/report.csv").contains("\"known-address\""));
        assert!(folder.read("out/bundles/ada_q.com.zip") == ada, "{list}");
        folder.run(["status", "out"]).exits(0).stdout_has("2 people with a bundle, 0 left");
    }
    // her own row, a new person, and the address of a person who has left are accepted
    folder.file("list.csv", "ID,Email,Name\n1,ada@q.com,Ada A\n");
    folder.generate("list.csv", &["--quiet"]).exits(0);
    folder.file(
        "add.csv",
        "ID,Email,Name\n1,ada@q.com,Ada King\n3,cy@q.com,Cy\n8,bob@q.com,Bob Other\n",
    );
    folder.generate("add.csv", &["--add"]).exits(0).stdout_has("3 bundles in out");
    folder.run(["status", "out"]).exits(0).stdout_has("3 people with a bundle, 1 left");
    folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(0).stdout_has("3 bundles, ");
}

#[test]
fn a_person_whose_address_is_another_s_has_left_although_her_row_is_refused() {
    let folder = ada_and_bob();
    folder.file(
        "next.csv",
        "ID,Email,Name\n7,ada@q.com,Adam New\n1,ada@q.com,Ada A\n2,bob@q.com,Bob B\n",
    );
    let action =
        "remove the account from the devices now: the list gives its address to another person";
    plan(&folder, "next.csv", &[])
        .exits(0)
        .stdout_has("left: 1\n")
        .stdout_has(&format!("  ada@q.com ({action})"));
    let done = folder.generate("next.csv", &[]).exits(1);
    done.stderr_has("changes: 1 left, 1 new;");
    assert!(!done.stderr.contains("without bundle in"), "{}", done.stderr);
    let changes = folder.text("out/changes.csv");
    let row = format!("\"ada@q.com\",\"Ada A\",\"left\",\"\",\"{action}\"");
    assert!(changes.contains(&row), "{changes}");
    folder.run(["status", "out"]).exits(0).stdout_has("2 people with a bundle, 1 left");
    folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(0).stdout_has("2 bundles, ");
    // the next night has nothing to do, and says nothing of a bundle that is gone
    let again = folder.generate("next.csv", &[]).exits(1);
    again.stdout_has("2 bundles in out (0 new, 0 updated, 2 unchanged)");
    assert!(!again.stderr.contains("it is gone"), "{}", again.stderr);
}

/// The bundles name the namespace too: a ledger that is made anew does not take another.
#[test]
fn another_identifier_is_refused_without_the_ledger_as_with_it() {
    let folder = Folder::new();
    folder.file("list.csv", "ID,Email,Name\n1,ada@q.com,Ada A\n2,bob@q.com,Bob B\n");
    folder.generate("list.csv", &["--quiet", "--identifier", "com.a"]).exits(0);
    let ada = folder.read("out/bundles/ada_q.com.zip");
    let refusal = "error: the folder's ledger `out/ledger.db` belongs to another client: its identifiers begin with \
                   `com.a`, and this run's with `com.b`\n  \
                   hint: each client has a folder of its own: name it with --out, or correct --identifier";
    let refused = || {
        let other = ["--identifier", "com.b"];
        folder
            .generate("list.csv", &[other.as_slice(), &["--quiet"]].concat())
            .exits(2)
            .stderr_is(refusal);
        plan(&folder, "list.csv", &other).exits(2).stderr_has(refusal);
        assert!(folder.read("out/bundles/ada_q.com.zip") == ada);
    };
    refused();
    folder.file("out/ledger.db", "garbage that is not a database");
    refused();
    std::fs::remove_file(folder.path().join("out/ledger.db")).unwrap();
    refused();
    assert!(!folder.exists("out/ledger.db"));
    folder.generate("list.csv", &["--quiet", "--identifier", "com.a"]).exits(0);
}

#[test]
fn upper_and_lower_case_of_an_address_is_nothing_to_do() {
    for (before, after) in [
        ("Email,Name\nada@q.com,Ada\n", "Email,Name\nADA@q.com,Ada\n"),
        ("ID,Email\n1,ada@q.com\n", "ID,Email\n1,Ada@Q.com\n"),
    ] {
        let folder = Folder::new();
        folder.file("list.csv", before);
        folder.generate("list.csv", &["--quiet"]).exits(0);
        folder.file("list.csv", after);
        plan(&folder, "list.csv", &[]).exits(0).stdout_has("(nothing on the devices)");
        folder.generate("list.csv", &[]).exits(0).stderr_has("changes: 1 changed;");
        let changes = folder.text("out/changes.csv");
        assert!(changes.contains("\"address: ada@q.com → A"), "{changes}");
        assert!(changes.contains(",\"nothing on the devices\""), "{changes}");
        folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(0).stdout_has("1 bundle, ");
    }
    // another change at the same time has its own action
    let folder = Folder::new();
    folder.file("list.csv", "Email,Name\nada@q.com,Ada\n");
    folder.generate("list.csv", &["--quiet"]).exits(0);
    folder.file("list.csv", "Email,Name\nADA@q.com,Ada King\n");
    folder.generate("list.csv", &[]).exits(0);
    let changes = folder.text("out/changes.csv");
    assert!(changes.contains("Windows: run Set-Mail.cmd again"), "{changes}");
    assert!(!changes.contains("old address"), "{changes}");
}

/// Without ids nobody can say whether the person is the same: both names are shown, and whose devices it concerns.
#[test]
fn an_address_of_a_person_who_is_gone_under_another_name_is_shown_as_such() {
    let rest = "cy@q.com,Cy\ndee@q.com,Dee\neve@q.com,Eve\n";
    let with = |folder: &Folder, bob: &str, more: &[&str]| {
        folder.file("list.csv", format!("email,name\n{bob}{rest}"));
        folder.generate("list.csv", &[more, &["--quiet"]].concat()).exits(0)
    };
    let notice = "warning: `bob@q.com` was that of Bob Stein, who was retired, and is now that of Rob Other: \
                  same address, so the same account on devices; the removal package is gone\n  \
                  hint: if Rob Other is another person than Bob Stein, remove the account from the devices that Bob Stein had";
    let action = "same address, so the same account on devices: if Rob Other is another person than Bob Stein, \
                  remove it from the devices that Bob Stein had\"";
    for (retire, printed) in [(&["--retire"][..], notice), (&[], "")] {
        let folder = Folder::new();
        with(&folder, "bob@q.com,Bob Stein\n", &[]);
        with(&folder, "", retire).stderr_has("1 person left");
        folder.file("list.csv", format!("email,name\nbob@q.com,Rob Other\n{rest}"));
        plan(&folder, "list.csv", &[])
            .exits(0)
            .stdout_has("returned: 1\n  bob@q.com: name: Bob Stein → Rob Other")
            .stdout_has(action.trim_end_matches('"'));
        with(&folder, "bob@q.com,Rob Other\n", &[]).stderr_is(printed);
        let changes = folder.text("out/changes.csv");
        let row = "\"bob@q.com\",\"Rob Other\",\"returned\",\"name: Bob Stein → Rob Other";
        assert!(changes.contains(row) && changes.contains(action), "{changes}");
        // the next night says nothing of it
        with(&folder, "bob@q.com,Rob Other\n", &[]).stderr_is("");
    }
    // the same name, also in capitals, or none is no sign of another person; nor is another name under the same id
    for (before, after) in [
        ("email,name\nbob@q.com,Bob Stein\n", "email,name\nbob@q.com,BOB STEIN\n"),
        ("email,name\nbob@q.com,\n", "email,name\nbob@q.com,Bob Stein\n"),
        ("email,name,id\nbob@q.com,Bob Stein,2\n", "email,name,id\nbob@q.com,Rob Other,2\n"),
    ] {
        let folder = Folder::new();
        let rest = rest.replace('\n', if before.contains("id") { ",\n" } else { "\n" });
        for (list, more) in [
            (before, &[][..]),
            (before.lines().next().unwrap(), &["--retire"][..]),
            (after, &[][..]),
        ] {
            folder.file("list.csv", format!("{}\n{rest}", list.trim_end()));
            let done = folder.generate("list.csv", &[more, &["--quiet"]].concat()).exits(0);
            assert!(!done.stderr.contains("same address"), "{}", done.stderr);
        }
        let changes = folder.text("out/changes.csv");
        assert!(changes.contains("\"returned\""), "{changes}");
        assert!(!changes.contains("another person"), "{changes}");
    }
}

#[test]
fn an_address_with_another_id_and_another_name_has_another_person() {
    let folder = Folder::new();
    let rest = "1,ada@q.com,Ada\n3,cy@q.com,Cy\n4,dee@q.com,Dee\n";
    let list = |bob: &str| folder.file("list.csv", format!("ID,Email,Name\n{rest}{bob}\n"));
    list("2,bob@q.com,Bob Stone");
    folder.generate("list.csv", &["--quiet"]).exits(0);
    // the same person under another id, and in another order of names
    for same in ["7,bob@q.com,Bob Stone", "7,BOB@q.com,\"Stone, Bob\"", "7,bob@q.com,"] {
        list(same);
        plan(&folder, "list.csv", &[]).exits(0).stderr_has("1 person has another key");
    }
    list("7,bob@q.com,Bea Berg");
    let planned = plan(&folder, "list.csv", &[]).exits(0);
    planned.stdout_has("left: 1\n").stdout_has("the list gives its address to another person");
    assert!(!planned.stderr.contains("another key"), "{}", planned.stderr);
    let done = folder.generate("list.csv", &["--quiet"]).exits(0);
    assert!(!done.stderr.contains("another key"), "{}", done.stderr);
    // who left counts as a leaver
    list("2,bob@q.com,Bob Stone");
    let refused = folder.generate("list.csv", &["--max-leavers", "0"]).exits(2);
    refused.stderr_has("1 of the 4 people in `out` would leave: bob@q.com");
}

#[test]
fn an_address_without_id_that_goes_on_under_another_name_is_shown_as_such() {
    let action = "; same address, so the same account on devices: if Zed Zorn is another person than Bob Stone, \
                  remove it from the devices that Bob Stone had";
    let changes = |id: &str, name: &str| {
        let folder = Folder::new();
        let list = |name: &str| {
            folder.file(
                "list.csv",
                format!("email,name,id\nbob@q.com,{name},{id}\nada@q.com,Ada,\n"),
            );
        };
        list("Bob Stone");
        folder.generate("list.csv", &["--quiet"]).exits(0);
        list(name);
        let planned = plan(&folder, "list.csv", &[]).exits(0).stdout;
        folder.generate("list.csv", &["--quiet"]).exits(0).stderr_is("");
        let changes = folder.text("out/changes.csv");
        assert!(changes.contains("\"changed\""), "{changes}");
        assert_eq!(changes.contains("another person"), planned.contains("another person"));
        changes
    };
    let row = changes("", "Zed Zorn");
    assert!(row.contains("name: Bob Stone → Zed Zorn") && row.contains(action), "{row}");
    for (id, name) in [("2", "Zed Zorn"), ("", "Bob Hill"), ("", "BOB STONE"), ("", "")] {
        let row = changes(id, name);
        assert!(!row.contains("another person"), "{row}");
    }
}
