//! Lists that cannot be used, as far as a vector file cannot hold them.

use crate::support::{ADA, Folder};

#[test]
fn a_missing_list_is_named_with_the_one_that_was_meant() {
    let folder = Folder::new();
    folder.file("staff.csv", ADA);
    folder
        .run(["check", "saff.csv", "--quiet"])
        .exits(2)
        .stderr_is("error: there is no file `saff.csv`\n  hint: did you mean `staff.csv`?");
    folder.run(["check", "nowhere/list.csv", "--quiet"]).exits(2).stderr_is(
        "error: there is no file `nowhere/list.csv`\n  hint: give the path of the list: CSV, XLSX, XLS or ODS",
    );
}

#[test]
fn a_folder_is_no_list() {
    let folder = Folder::new();
    folder.file("lists/staff.csv", ADA);
    folder.run(["check", "lists", "--quiet"]).exits(2).stderr_is(
        "error: `lists` is a folder\n  hint: name the list inside it, for example lists/staff.csv",
    );
}

#[test]
fn a_cell_of_ten_megabytes_costs_one_row() {
    let folder = Folder::new();
    let huge = "x".repeat(10 << 20);
    folder.file("list.csv", format!("email,name\nada@centurylink.net,{huge}\nbob@q.com,Bob\n"));
    let done = folder.generate("list.csv", &["--quiet"]).exits(1);
    done.stderr_is(
        "error: `list.csv` line 2, column `name`: the cell holds 10,485,760 bytes; at most 4,096 are taken\n  \
         hint: look for a quote that is opened in this row and closed in a later one",
    );
    assert_eq!(folder.files("out/bundles"), ["bob_q.com.zip"]);
}

#[test]
fn a_row_that_never_ends_is_stopped_early() {
    let folder = Folder::new();
    let mut list = b"email,name\nada@centurylink.net,\"".to_vec();
    list.extend(std::iter::repeat_n(b"x\n", 20 << 20).flatten());
    folder.file("list.csv", list);
    folder.run(["check", "list.csv", "--quiet"]).exits(2).stderr_is(
        "error: `list.csv` line 2: this row is longer than 16,777,216 bytes\n  \
         hint: look for a quote that is opened on that line and never closed",
    );
}

#[test]
fn thousands_of_columns_are_refused() {
    let folder = Folder::new();
    folder.file("list.csv", format!("email{}\nada@q.com\n", ",x".repeat(5000)));
    folder.run(["check", "list.csv", "--quiet"]).exits(2).stderr_is(
        "error: `list.csv` has 5,001 columns; at most 4,096 are taken\n  hint: check the delimiter, or give it with --delimiter",
    );
}

#[test]
fn rows_that_end_early_are_used_and_reported() {
    let folder = Folder::new();
    folder.file("list.csv", "email,first name,last name\nada@q.com,Ada\nbob@q.com,Bob,Lee\n");
    folder.run(["check", "list.csv"]).exits(0).stderr_has(
        "warning: 1 row of `list.csv` ends early (line 2): the missing cells count as blank",
    );
}

#[test]
fn a_wrong_option_says_what_would_be_right() {
    let folder = Folder::new();
    folder.file("list.csv", ADA);
    for (args, part) in [
        (["--delimiter", "x"], "a delimiter is one character such as `;`, or `tab`"),
        (["--map", "mail=E"], "there is no field `mail`; did you mean `email`?"),
        (["--set", "imap.hots=x"], "did you mean `imap.host`?"),
        (["--protocol", "exchange"], "imap"),
    ] {
        folder.run(["check", "list.csv"].iter().chain(&args)).exits(2).stderr_has(part);
    }
}

#[test]
fn a_guessed_encoding_is_an_event_and_must_be_confirmed_for_strict() {
    let folder = Folder::new();
    folder.file("list.csv", b"email,name\nada@q.com,Jos\xe9\n");
    let done = folder.run(["check", "list.csv", "--json"]).exits(0);
    let events = done.stdout.lines().map(|line| serde_json::from_str(line).unwrap());
    let guess = events
        .collect::<Vec<serde_json::Value>>()
        .into_iter()
        .find(|event| event["code"] == "guessed-encoding")
        .unwrap();
    assert_eq!(guess["event"], "warning");
    assert_eq!(guess["encoding"], "windows-1252");
    assert!(guess["candidates"].is_array());
    assert!(guess["message"].as_str().unwrap().contains("`José`"));
    folder.run(["check", "list.csv", "--quiet"]).exits(0).stderr_has("`José`");
    let done = folder.generate("list.csv", &["--strict", "--quiet"]).exits(2);
    done.stdout_has("--encoding windows-1252 confirms it");
    assert!(!folder.exists("out"));
    let confirmed = ["--strict", "--quiet", "--encoding", "windows-1252"];
    folder.generate("list.csv", &confirmed).exits(0).stderr_is("");
}
