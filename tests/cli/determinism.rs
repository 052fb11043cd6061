//! Same input, same bytes.

use std::collections::BTreeMap;

use crate::support::{Folder, project};

fn outputs(folder: &Folder) -> BTreeMap<String, Vec<u8>> {
    folder
        .files("out")
        .into_iter()
        .map(|file| (file.clone(), folder.read(&format!("out/{file}"))))
        .collect()
}

fn folder() -> Folder {
    let folder = Folder::new();
    let mut list = std::fs::read_to_string(project("examples/staff.csv")).unwrap();
    // enough rows for several batches, some of them refused
    for n in 0..300 {
        let address = if n % 7 == 0 { "nobody".to_owned() } else { format!("p{n}@q.com") };
        list.push_str(&format!("X-{n},P,{n},P {n},{address},Lab\n"));
    }
    folder.file("staff.csv", list);
    folder
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let (one, two) = (folder(), folder());
    one.generate("staff.csv", &["--jobs", "1"]).exits(1);
    two.generate("staff.csv", &["--jobs", "2"]).exits(1);
    let (one, two) = (outputs(&one), outputs(&two));
    assert_eq!(one.keys().collect::<Vec<_>>(), two.keys().collect::<Vec<_>>());
    for (file, bytes) in &one {
        assert_eq!(bytes, &two[file], "{file}");
    }
    assert_eq!(one.len(), 25 + 257 + 6);
}

#[test]
fn a_run_can_be_repeated_by_its_moment() {
    let folder = folder();
    folder.generate("staff.csv", &[]).exits(1);
    let first = outputs(&folder);
    folder
        .generate("staff.csv", &["--jobs", "3"])
        .exits(1)
        .stdout_has("282 bundles in out (0 new, 0 updated, 282 unchanged)");
    let second = outputs(&folder);
    for (file, bytes) in &first {
        if !["report.csv", "changes.csv", "ledger.db"].contains(&file.as_str()) {
            assert_eq!(bytes, &second[file], "{file}");
        }
    }
    let epoch = [
        "generate",
        "staff.csv",
        "--out",
        "out",
        "--sign-cert",
        "id/cert.pem",
        "--sign-key",
        "id/key.pem",
        "--sign-chain",
        "id/ca.pem",
    ];
    folder.run(epoch).env("SOURCE_DATE_EPOCH", "1795424400").exits(1).stdout_has("282 unchanged");
}

#[test]
fn reports_are_in_the_order_of_the_list() {
    let folder = folder();
    folder.generate("staff.csv", &["--jobs", "4"]).exits(1);
    for file in ["out/report.csv", "out/manifest.jsonl"] {
        let text = folder.text(file);
        let lines: Vec<u64> = text
            .lines()
            .skip(1)
            .map(|line| {
                let line = line.split_once("\"line\":").map_or(line, |(_, rest)| rest);
                let digits: String = line
                    .chars()
                    .skip_while(|c| *c == '"')
                    .take_while(char::is_ascii_digit)
                    .collect();
                digits.parse().unwrap()
            })
            .collect();
        assert!(lines.is_sorted() && lines.len() >= 282, "{file}");
    }
}
