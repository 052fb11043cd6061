//! `check --write-rejects`: private, whole or not at all, and no trap for the next run.
#![allow(clippy::disallowed_methods, reason = "tests remove files")]

use mailmuster::input::{List, ReadOptions, RowContent, Source};

use crate::support::{ADA, Folder};

/// A list of so many people whose addresses are wrong.
fn wrong(rows: usize) -> String {
    let rows: String = (0..rows).map(|n| format!("bad{n},Name,Canary{n}\n")).collect();
    format!("email,name,password\n{rows}")
}

fn check(list: &str) -> [&str; 4] {
    ["check", list, "--write-rejects", "r.csv"]
}

#[test]
fn nothing_stays_after_a_run_that_gives_up() {
    let folder = Folder::new();
    folder.file("none.csv", "a,b\nc,d\n").file("list.csv", ADA).file("bad.csv", wrong(1));
    folder.run(check("none.csv")).exits(2);
    assert_eq!(folder.files(""), ["bad.csv", "list.csv", "none.csv"]);
    folder.run(check("list.csv")).exits(0);
    folder.run(check("bad.csv")).exits(1);
    assert_eq!(folder.files(""), ["bad.csv", "list.csv", "none.csv", "r.csv"]);
}

#[test]
fn a_stale_part_is_replaced() {
    let folder = Folder::new();
    folder.file("bad.csv", wrong(1)).file(".r.csv.part", "Canary of a killed run");
    folder.run(check("bad.csv")).exits(1);
    assert_eq!(folder.files(""), ["bad.csv", "r.csv"]);
    assert!(!folder.text("r.csv").contains("killed"));
}

/// Sends a signal as soon as the part is there.
#[cfg(unix)]
fn interrupted(folder: &Folder, signal: &str) -> Option<i32> {
    use std::process::{Command, Stdio};
    use std::time::Duration;
    let mut child = Command::new(env!("CARGO_BIN_EXE_mailmuster"))
        .args(check("big.csv"))
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    for _ in 0..2000 {
        if folder.exists(".r.csv.part") {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(folder.exists(".r.csv.part"), "the run did not get that far");
    let kill = ["-s", signal, &child.id().to_string()];
    assert!(Command::new("kill").args(kill).status().unwrap().success());
    child.wait().unwrap().code()
}

#[test]
#[cfg(unix)]
fn a_run_that_is_stopped_leaves_no_password_behind() {
    let folder = Folder::new();
    folder.file("big.csv", wrong(200_000)).file("bad.csv", wrong(1));
    for signal in ["TERM", "INT", "HUP"] {
        assert_eq!(interrupted(&folder, signal), Some(3), "{signal}");
        assert_eq!(folder.files(""), ["bad.csv", "big.csv"], "{signal}");
    }
    // nothing can be done about a kill, but by the next run
    assert_eq!(interrupted(&folder, "KILL"), None);
    assert_eq!(folder.files(""), [".r.csv.part", "bad.csv", "big.csv"]);
    folder.run(check("bad.csv")).exits(1);
    assert_eq!(folder.files(""), ["bad.csv", "big.csv", "r.csv"]);
}

#[test]
fn rejects_and_report_are_separated_as_the_list_is() {
    let folder = Folder::new();
    folder.file("list.csv", "email;name\nada@q.com;Ada\nbad;\"Lee; Ann\"\n");
    folder.run(check("list.csv")).exits(1);
    let rejects = folder.text("r.csv");
    let lines: Vec<&str> = rejects.lines().collect();
    assert_eq!(lines[0], "\u{feff}why;email;name");
    assert!(lines[1].ends_with(";bad;\"Lee; Ann\""), "{rejects}");
    folder.generate("list.csv", &[]).exits(1);
    let report = folder.text("out/report.csv");
    assert!(report.starts_with("\u{feff}\"line\";\"address\";"), "{report}");
}

#[test]
fn no_cell_of_the_rejects_runs_as_a_formula() {
    let folder = Folder::new();
    folder
        .file("list.csv", "email,name,=cmd|'/c calc'!A0\n=6*7,\"@SUM(A1)\",\"\t=1\"\n-x,＝1,+1\n");
    folder.run(check("list.csv")).exits(1);
    let rejects = folder.text("r.csv");
    let mut rows = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(rejects.trim_start_matches('\u{feff}').as_bytes());
    for row in rows.records() {
        for cell in &row.unwrap() {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '＝']), "{rejects}");
        }
    }
    assert!(rejects.contains(",'=6*7,'@SUM(A1),'=1"), "{rejects}");
}

#[test]
fn rejects_that_are_checked_again_stay_as_they_are() {
    let folder = Folder::new();
    folder.file("list.csv", "email,name,note\n=6*7,\"Lee, Ann\",+1\nbad,'-x,'t Hart\n");
    folder.run(check("list.csv")).exits(1);
    folder.run(["check", "r.csv", "--write-rejects", "again.csv"]).exits(1);
    let rejects = folder.text("r.csv");
    assert!(rejects.starts_with("\u{feff}why,email,name,note\r\n"), "{rejects}");
    assert!(rejects.contains(",'=6*7,\"Lee, Ann\",'+1\r\n"), "{rejects}");
    assert_eq!(folder.text("again.csv"), rejects);
}

#[test]
fn the_summary_names_the_copy_if_one_was_written() {
    let folder = Folder::new();
    folder.file("bad.csv", wrong(1)).file("list.csv", ADA);
    folder
        .run(check("bad.csv"))
        .exits(1)
        .stdout_is("checked 1 row: 0 sound, 1 refused; only r.csv was written");
    // it is there already
    folder.run(check("bad.csv")).exits(2);
    std::fs::remove_file(folder.path().join("r.csv")).unwrap();
    folder
        .run(check("list.csv"))
        .exits(0)
        .stdout_is("checked 1 row: 1 sound, 0 refused; nothing was written");
    assert!(!folder.exists("r.csv"));
}

#[test]
fn corrected_rejects_are_read_without_their_guards() {
    let folder = Folder::new();
    folder.file("list.csv", "email,name\nbad,-Lee\n");
    folder.run(check("list.csv")).exits(1);
    let rejects = folder.text("r.csv");
    assert!(rejects.contains(",bad,'-Lee\r\n"), "{rejects}");
    let corrected = rejects.replace(",bad,", ",lee@q.com,");
    let source = Source::spool(corrected.as_bytes()).unwrap();
    let list = List::open(source, &ReadOptions::default()).unwrap();
    let row = list.rows().unwrap().next_row().unwrap().unwrap();
    match row.content {
        RowContent::Person(person) => assert_eq!(person.display_name.as_str(), "-Lee"),
        other => panic!("{other:?}"),
    }
}
