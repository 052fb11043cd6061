//! Fleet scripts: who is in them, in which part, and who is refused.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::{AT, Folder, SIGN};

/// Ada and Bob have a Windows user, Eve has none, Max has no Windows.
const LIST: &str = "email,display_name,directory_user,directory_upn,platform\n\
    ada@centurylink.net,Ada Lovelace,CORP\\ada,,windows\n\
    bob@q.com,Bob O'Neil,,bob@corp.example,\n\
    max@q.com,Max,,,iphone\n\
    eve@q.com,Eve,,,windows\n";

/// A list of `count` people, each with a Windows user of their own.
fn many(count: usize) -> String {
    let row = |n: usize| format!("user{n}@centurylink.net,Person Number {n},CORP\\user{n}\n");
    let rows: String = (1..=count).map(row).collect();
    format!("email,display_name,directory_user\n{rows}")
}

/// The part of each address in `people.csv`.
fn parts(folder: &Folder, export: &str) -> BTreeMap<String, String> {
    let text = folder.text(&format!("{export}/people.csv"));
    let rows = text.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>());
    rows.map(|cells| (cells[0].to_owned(), cells[2].to_owned())).collect()
}

fn scripts(folder: &Folder, export: &str) -> Vec<String> {
    folder.files(export).into_iter().filter(|path| path.ends_with(".ps1")).collect()
}

fn export<'a>(list: &'a str, out: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["export", "windows", list, "--out", out, "--at", AT][..], more].concat()
}

#[test]
fn everybody_with_a_windows_user_is_in_the_scripts_and_the_others_are_named() {
    let folder = Folder::new();
    folder.identity().file("staff.csv", LIST);
    folder
        .run(export("staff.csv", "x", &SIGN))
        .exits(1)
        .stderr_has("line 5: the list does not say who this person is in Windows")
        .stderr_has("--user-names local-part")
        .stdout_has("3 scripts for 2 people in 1 part")
        .stdout_has("1 person without Windows; 1 row refused");
    assert_eq!(
        folder.files("x"),
        [
            ".mailmuster-export",
            "Detect-Mail-1-of-1.ps1",
            "Install-Mail-1-of-1.ps1",
            "README.md",
            "Remove-Mail-1-of-1.ps1",
            "export.json",
            "people.csv",
            "thunderbird/isp/centurylink.net.xml",
            "thunderbird/isp/q.com.xml",
            "thunderbird/policies.json",
        ]
    );
    for action in ["Install", "Detect", "Remove"] {
        let text = folder.text(&format!("x/{action}-Mail-1-of-1.ps1"));
        assert!(text.contains(&format!("\"defaultAction\":\"={action}\"")), "{action}");
        assert!(text.contains(r#""windowsUser":"=CORP\\ada""#), "{action}");
        assert!(text.contains(r#""windowsUser":"=bob@corp.example""#), "{action}");
        assert!(!text.contains("eve@") && !text.contains("max@"), "{action}");
        assert!(text.contains("# SIG # Begin signature block"), "{action}");
    }
    let table = folder.text("x/people.csv");
    let rows: Vec<&str> = table.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(
        rows,
        [
            "address,windows_user,part,script",
            "ada@centurylink.net,CORP\\ada,1-of-1,Install-Mail-1-of-1.ps1",
            "bob@q.com,bob@corp.example,1-of-1,Install-Mail-1-of-1.ps1",
        ]
    );
    folder.run(export("staff.csv", "y", &["--strict", "--unsigned"])).exits(2);
    assert!(!folder.exists("y"));
}

#[test]
fn the_same_list_gives_the_same_bytes_in_any_order_of_rows() {
    let folder = Folder::new();
    folder.identity().file("staff.csv", many(60));
    folder.run(export("staff.csv", "x", &SIGN)).exits(0);
    folder.run(export("staff.csv", "y", &SIGN)).exits(0);
    let text = many(60);
    let (header, rows) = text.split_once('\n').unwrap();
    let mut rows: Vec<&str> = rows.lines().collect();
    rows.reverse();
    folder.file("staff.csv", format!("{header}\n{}\n", rows.join("\n")));
    folder.run(export("staff.csv", "z", &SIGN)).exits(0);
    for path in folder.files("x") {
        assert_eq!(folder.read(&format!("x/{path}")), folder.read(&format!("y/{path}")), "{path}");
    }
    for path in scripts(&folder, "x") {
        assert_eq!(folder.read(&format!("x/{path}")), folder.read(&format!("z/{path}")), "{path}");
    }
}

#[test]
fn no_script_is_too_large_and_nobody_moves_to_another_part_without_need() {
    let folder = Folder::new();
    folder.identity().file("few.csv", many(400)).file("more.csv", many(420));
    folder.run(export("few.csv", "x", &SIGN)).exits(0);
    let (mut before, mut count) = (parts(&folder, "x"), 0);
    assert_eq!(before.len(), 400);
    for path in scripts(&folder, "x") {
        assert!(folder.read(&format!("x/{path}")).len() < 200_000, "{path}");
        count += folder.text(&format!("x/{path}")).matches("\"windowsUser\"").count();
    }
    assert_eq!(count, 3 * 400, "everybody is in one part with three copies");
    folder.run(export("more.csv", "x", &SIGN)).exits(0);
    let after = parts(&folder, "x");
    before.retain(|address, part| after[address] != *part);
    assert!(before.is_empty(), "moved: {before:?}");
    folder.run(export("more.csv", "x", &["--script-size", "110000", "--unsigned"])).exits(0);
    let names: BTreeSet<String> = parts(&folder, "x").into_values().collect();
    assert!(names.iter().all(|name| name.ends_with("-of-8")), "{names:?}");
    let paths = scripts(&folder, "x");
    assert!(paths.iter().all(|path| path.ends_with("-of-8.ps1")), "an old part stays: {paths:?}");
    for path in paths {
        assert!(folder.read(&format!("x/{path}")).len() <= 110_000, "{path}");
    }
}

#[test]
fn a_size_that_is_too_small_is_refused_with_the_one_that_is_needed() {
    let folder = Folder::new();
    folder.file("staff.csv", many(5));
    let done = folder.run(export("staff.csv", "x", &["--script-size", "65535", "--unsigned"]));
    let done = done.exits(2);
    done.stderr_has("--script-size 65,535 is too small: the largest script needs ");
    assert!(!folder.exists("x"));
    let hint = done.stderr.split("say --script-size ").nth(1).unwrap();
    let needed: String = hint.chars().take_while(char::is_ascii_digit).collect();
    folder.run(export("staff.csv", "x", &["--script-size", &needed, "--unsigned"])).exits(0);
    let less = (needed.parse::<u32>().unwrap() - 1).to_string();
    folder.run(export("staff.csv", "x", &["--script-size", &less, "--unsigned"])).exits(2);
}

#[test]
fn a_name_alone_beside_the_same_name_with_a_domain_is_refused() {
    let folder = Folder::new();
    folder.file(
        "staff.csv",
        "email,directory_user\n\
         a@q.com,ada\n\
         b@q.com,PC\\Ada\n\
         c@q.com,carl\n\
         d@q.com,PC1\\dan\n\
         e@q.com,PC2\\dan\n",
    );
    let done = folder.run(export("staff.csv", "x", &["--unsigned"])).exits(1);
    done.stderr_has("line 2, `a@q.com`: `ada` may be the Windows user `PC\\Ada` on line 3, too")
        .stdout_has("for 4 people");
    assert!(!done.stderr.contains("line 3, `b"), "{}", done.stderr);
    assert!(!folder.text("x/Install-Mail-1-of-1.ps1").contains("a@q.com"));
    folder.run(export("staff.csv", "y", &["--unsigned", "--strict"])).exits(2);
    assert!(!folder.exists("y"));
}

#[test]
fn people_with_one_windows_user_are_together_and_reported() {
    let folder = Folder::new();
    folder.file(
        "staff.csv",
        many(40) + "info@q.com,Info,corp\\USER7\nsales@q.com,Sales,CORP\\user7\n",
    );
    folder
        .run(export("staff.csv", "x", &["--unsigned", "--script-size", "78000"]))
        .exits(0)
        .stderr_has("1 Windows user would get the mailboxes of several people: `CORP\\user7` (line 8, 42, 43)");
    let parts = parts(&folder, "x");
    assert!(parts.values().collect::<BTreeSet<_>>().len() >= 4, "{parts:?}");
    assert_eq!(parts["info@q.com"], parts["user7@centurylink.net"]);
    assert_eq!(parts["info@q.com"], parts["sales@q.com"]);
}

#[test]
fn several_mailboxes_of_one_person_are_in_one_script() {
    let folder = Folder::new();
    folder.file(
        "staff.csv",
        "email,name,id,directory_user\n\
         ada@q.com,Ada,7,CORP\\ada\n\
         info@q.com,Ada,7,\n\
         bob@q.com,Bob,8,bob\n\
         sale@q.com,Bob,8,rob\n\
         dan@q.com,Dan,9,CORP/dan\n",
    );
    folder
        .run(export("staff.csv", "x", &["--unsigned"]))
        .exits(1)
        .stderr_has("the person's rows name two Windows users, `bob` and `rob`")
        .stderr_has("`CORP/dan` is not the name of a Windows user")
        .stdout_has("for 1 person");
    let text = folder.text("x/Install-Mail-1-of-1.ps1");
    assert_eq!(text.matches(r#""windowsUser":"=CORP\\ada""#).count(), 2);
}

#[test]
fn options_and_lists_that_make_no_script_are_refused() {
    let folder = Folder::new();
    folder.file("staff.csv", LIST).file("phones.csv", "email,platform\nada@q.com,iphone\n");
    for (args, why) in [
        (&["export", "windows", "--out", "x"][..], "needs a list"),
        (&["export", "windows", "staff.csv"], "no folder is named"),
        (
            &["export", "windows", "staff.csv", "--out", "x", "--per-person"],
            "--per-person has no effect",
        ),
        (&["export", "windows", "staff.csv", "--out", "x", "--yes"], "--yes has no effect"),
        (
            &["export", "windows", "staff.csv", "--out", "x", "--domain", "a.example"],
            "--domain has no effect",
        ),
        (
            &["export", "windows", "staff.csv", "--out", "x", "--language", "de"],
            "--language has no",
        ),
        (&["export", "windows", "staff.csv", "--out", "x", "--contact", "IT"], "--contact has no"),
        (
            &["export", "windows", "staff.csv", "--out", "x", "--hosting", "a.example"],
            "--hosting has",
        ),
        (&["export", "windows", "staff.csv", "--out", "x", "--jobs", "2"], "--jobs has no effect"),
        (
            &["export", "windows", "staff.csv", "--out", "x", "--organization", "Acme"],
            "--organization has no effect",
        ),
        (
            &["export", "windows", "staff.csv", "--out", "x", "--only", "sheet"],
            "--only leaves the script",
        ),
        (
            &["export", "jamf", "staff.csv", "--out", "x", "--script-size", "9"],
            "--script-size has no effect",
        ),
        (
            &["export", "windows", "phones.csv", "--out", "x", "--unsigned"],
            "nobody in the list is left",
        ),
    ] {
        folder.run(args).exits(2).stderr_has(why);
        assert!(!folder.exists("x"), "{args:?}");
    }
    folder.run(["export", "jamf", "--out", "x"]).exits(0);
    folder
        .run(export("staff.csv", "x", &["--unsigned", "--user-names", "address"]))
        .exits(2)
        .stderr_has("jamf");
}

#[test]
fn the_address_or_a_part_of_it_can_be_the_windows_user() {
    let folder = Folder::new();
    folder.file("staff.csv", "email\nada@q.com\n");
    for (rule, user) in [("address", "ada@q.com"), ("local-part", "ada")] {
        folder.run(export("staff.csv", "x", &["--unsigned", "--user-names", rule])).exits(0);
        let text = folder.text("x/Install-Mail-1-of-1.ps1");
        assert!(text.contains(&format!("\"windowsUser\":\"={user}\"")), "{rule}");
    }
}

#[test]
fn verify_and_inspect_know_the_folder_and_the_scripts() {
    let folder = Folder::new();
    folder.identity().file("staff.csv", many(3));
    folder.run(export("staff.csv", "x", &SIGN)).exits(0);
    folder.run(["verify", "x"]).exits(0);
    folder.run(["verify", "x", "--ca", "id/ca.pem"]).exits(0).stdout_has("3 signatures");
    folder.run(["verify", "x/Remove-Mail-1-of-1.ps1", "--ca", "id/ca.pem"]).exits(0);
    for (action, about) in [
        ("Install", "sets up the accounts of the Windows user"),
        ("Detect", "detects whether"),
        ("Remove", "takes back what was not imported yet"),
    ] {
        folder
            .run(["inspect", &format!("x/{action}-Mail-1-of-1.ps1")])
            .exits(0)
            .stdout_has(about)
            .stdout_has("account      Person Number 3 <user3@centurylink.net>")
            .stdout_has("for          the Windows user CORP\\user3")
            .stdout_has("signature    holds");
    }
    // another identity
    folder.run(["identity", "new", "--out", "other"]).exits(0);
    folder.run(["verify", "x", "--ca", "other/ca.pem"]).exits(1);
    let path = "x/Install-Mail-1-of-1.ps1";
    let good = folder.text(path);
    folder.file(path, good.replace("user3@centurylink.net", "user4@centurylink.net"));
    folder.run(["verify", "x"]).exits(1).stdout_has("its SHA-256 is not that of the export");
    folder.file(path, &good);
    folder.run(["verify", "x"]).exits(0);
    // the copies of two exports, with a list of files that fits
    folder.file("staff.csv", many(2));
    folder.run(export("staff.csv", "y", &SIGN)).exits(0);
    let detect = folder.read("y/Detect-Mail-1-of-1.ps1");
    folder.file("x/Detect-Mail-1-of-1.ps1", &detect);
    let line = |mark: &str| {
        mark.lines().find(|line| line.ends_with("Detect-Mail-1-of-1.ps1")).unwrap().to_owned()
    };
    let (mark, other) = (folder.text("x/.mailmuster-export"), folder.text("y/.mailmuster-export"));
    folder.file("x/.mailmuster-export", mark.replace(&line(&mark), &line(&other)));
    folder.run(["verify", "x"]).exits(1).stdout_has("its accounts are not those of");
}

#[test]
fn unsigned_scripts_are_a_fault_for_verify_and_described_by_inspect() {
    let folder = Folder::new();
    folder.file("staff.csv", many(3));
    folder.run(export("staff.csv", "x", &["--unsigned"])).exits(0);
    folder.run(["verify", "x"]).exits(1).stdout_has("Install-Mail-1-of-1.ps1: it is not signed");
    let done = folder.run(["inspect", "x/Detect-Mail-1-of-1.ps1"]).exits(0);
    done.stdout_has("signature    none").stdout_has("CORP\\user1").stdout_lacks("warning");
    let readme = folder.text("x/README.md");
    assert!(
        readme.contains(r#"-ExecutionPolicy Bypass -File "C:\Mail\Install-Mail-1-of-1.ps1""#),
        "{readme}"
    );
}

#[test]
fn mailboxes_of_one_person_in_another_order_give_the_same_scripts() {
    let folder = Folder::new();
    let rows = ["ada@q.com,Ada,7,CORP\\ada\n", "info@q.com,Ada,7,corp\\Ada\n", "z@q.com,Ada,7,\n"];
    for (name, order) in [("x", [0, 1, 2]), ("y", [2, 1, 0]), ("z", [1, 2, 0])] {
        let rows: String = order.map(|at| rows[at]).concat();
        folder.file("staff.csv", format!("email,name,id,directory_user\n{rows}"));
        folder.run(export("staff.csv", name, &["--unsigned"])).exits(0);
    }
    for path in scripts(&folder, "x") {
        assert_eq!(folder.read(&format!("x/{path}")), folder.read(&format!("y/{path}")), "{path}");
        assert_eq!(folder.read(&format!("x/{path}")), folder.read(&format!("z/{path}")), "{path}");
    }
}

#[test]
fn strict_writes_nothing_for_a_shared_windows_user_and_says_so_to_programs() {
    let folder = Folder::new();
    folder.file("staff.csv", "email,directory_user\nada@q.com,CORP\\ada\nbob@q.com,corp\\ADA\n");
    let strict = ["--unsigned", "--strict"];
    let done = folder.run(export("staff.csv", "x", &strict)).exits(2);
    done.stdout_has("1 Windows user of several people; nothing was written (--strict)");
    let done = folder.run(export("staff.csv", "x", &["--unsigned", "--strict", "--json"])).exits(2);
    let last = done.stdout.lines().last().unwrap();
    assert!(
        last.contains(r#""event":"fleet-scripts""#) && last.contains(r#""scripts":0"#),
        "{last}"
    );
    assert!(!folder.exists("x"));
    folder
        .run(export("staff.csv", "x", &["--unsigned"]))
        .exits(0)
        .stderr_has("mailboxes of several");
}

#[test]
fn who_is_ambiguous_is_named_under_quiet_too() {
    let folder = Folder::new();
    folder.file("staff.csv", "email,directory_user\na@q.com,ada\nb@q.com,PC\\Ada\n");
    let done = folder.run(export("staff.csv", "x", &["--unsigned", "-q"])).exits(1);
    done.stderr_has("line 2, `a@q.com`: `ada` may be the Windows user `PC\\Ada` on line 3, too");
}

#[test]
fn people_who_left_get_scripts_that_remove_and_no_others() {
    let folder = Folder::new();
    folder.identity();
    // as the directory marks them, at another domain by now
    let row = |n: usize| format!("user{n}@gone.example,Person {n},CORP\\user{n},disabled\n");
    let rows: String = (1..=3).map(row).collect();
    folder.file("left.csv", format!("email,display_name,directory_user,status\n{rows}"));
    folder
        .run(export("left.csv", "x", &[&SIGN[..], &["--retire"]].concat()))
        .exits(0)
        .stdout_has("1 script for 3 people in 1 part");
    let files =
        [".mailmuster-export", "README.md", "Remove-Mail-1-of-1.ps1", "export.json", "people.csv"];
    assert_eq!(folder.files("x"), files);
    assert!(folder.text("x/people.csv").contains("CORP\\user2,1-of-1,Remove-Mail-1-of-1.ps1"));
    assert!(folder.text("x/export.json").contains("\"retire\":true"));
    folder.run(["verify", "x", "--ca", "id/ca.pem"]).exits(0);
    folder.run(["inspect", "x/Remove-Mail-1-of-1.ps1"]).exits(0).stdout_has("CORP\\user3");

    // a whole export of the same people, whose other scripts are gone
    let list = folder.text("left.csv").replace("gone.example", "q.com").replace("disabled", "");
    folder.file("here.csv", list).run(export("here.csv", "y", &SIGN)).exits(0);
    std::fs::remove_file(folder.path().join("y/Install-Mail-1-of-1.ps1")).unwrap();
    folder.run(["verify", "y", "--ca", "id/ca.pem"]).exits(1).stdout_has("has 2 of 3 scripts");
}

#[test]
fn notices_about_signatures_name_pcs() {
    let folder = Folder::new();
    folder.file("staff.csv", "email,directory_user,directory_email\nada@q.com,ada,ada@q.com\n");
    for export in [
        ["export", "windows", "staff.csv", "--out", "x"],
        ["export", "intune", "staff.csv", "--out", "y"],
    ] {
        let unsigned = export.iter().chain(&["--unsigned"]);
        folder
            .run(unsigned)
            .exits(0)
            .stderr_has("nothing is signed: PCs run the scripts with the execution policy Bypass")
            .stderr_lacks("iPhone");
        folder
            .run(export)
            .exits(0)
            .stderr_has("development identity")
            .stderr_has("PCs run the scripts with the execution policy Bypass")
            .stderr_lacks("phones");
    }
}
