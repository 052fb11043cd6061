//! iconv decodes what the program decodes.

use std::process::{Command, Stdio};

use mailmuster::input::{List, ReadOptions, Source};

use crate::support::Folder;
use crate::tool::{runs, tool};

/// A list with every byte beyond ASCII in a name.
fn list() -> Vec<u8> {
    let mut list = b"email,name\n".to_vec();
    for byte in 0x80..=0xff_u8 {
        list.extend(format!("u{byte}@q.com,A").bytes().chain([byte]).chain(*b"Z\n"));
    }
    list
}

#[test]
fn code_pages_are_read_as_iconv_reads_them() {
    let folder = Folder::new();
    if tool("iconv", folder.path(), runs(&["--version"])).is_none() {
        return;
    }
    for label in ["cp437", "cp850", "cp852"] {
        let mut iconv = Command::new("iconv")
            .args(["-f", label, "-t", "UTF-8"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut iconv.stdin.take().unwrap(), &list()).unwrap();
        let output = iconv.wait_with_output().unwrap();
        assert!(output.status.success(), "{label}");
        let expected = String::from_utf8(output.stdout).unwrap();
        let options = ReadOptions { encoding: label.parse().ok(), ..ReadOptions::default() };
        let opened = List::open(Source::spool(&list()[..]).unwrap(), &options).unwrap();
        let mut rows = opened.rows().unwrap();
        let mut found = String::from("email,name\n");
        while rows.next_row().unwrap().is_some() {
            let cells: Vec<&str> =
                rows.cells().map(|cell| std::str::from_utf8(cell).unwrap()).collect();
            found.push_str(&cells.join(","));
            found.push('\n');
        }
        assert_eq!(found, expected, "{label}");
    }
}
