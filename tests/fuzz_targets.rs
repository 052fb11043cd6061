//! The fuzz targets, run over every file that the tests have, and over changed copies of them.
//! `PROPTEST_CASES` says how many.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

#[path = "../fuzz/src/targets.rs"]
#[allow(unreachable_pub, reason = "it is a module of the fuzz crate")]
mod targets;

#[path = "support/mod.rs"]
mod support;

use std::fs;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};
use support::{ADA, Folder, project};

/// Where files to begin with are.
const CORPUS: [&str; 6] = [
    "examples",
    "templates/providers",
    "tests/data/headers",
    "tests/data/sheets",
    "tests/golden",
    "tests/vectors",
];

/// The largest file that is changed, in bytes.
const LARGEST: usize = 64 << 10;

/// Pieces of lists, provider files, scripts and profiles.
const PIECES: [&[u8]; 32] = [
    b"\"",
    b"\"\"",
    b",",
    b";",
    b"\t",
    b"\r",
    b"\n",
    b"\r\n",
    b"\\\"",
    b"\\",
    b"#",
    b"sep=;\n",
    b"#TYPE x\n",
    b"version:v1.0\n",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xfe\xff",
    b"\0",
    b"email",
    b"password",
    b"status",
    b"ada@centurylink.net",
    b"[Required]",
    b"Example: ",
    b"\xc3\xa4",
    b"\xe4",
    b"# SIG # Begin signature block\r\n",
    b"# SIG # End signature block\r\n",
    b"\x30\x82\x01\x00",
    b"[[incoming]]\n",
    b"<incomingServer type=\"imap\">",
    b"\xf0\x9f\x98\x80",
];

/// One change to a file.
#[derive(Clone, Debug)]
enum Change {
    Put(Index, u8),
    Insert(Index, Index),
    Cut(Index, usize),
    Repeat(Index, usize, usize),
    /// A part of another file.
    Splice(Index, Index, Index, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<Index>;
    prop_oneof![
        3 => (at(), any::<u8>()).prop_map(|(at, byte)| Change::Put(at, byte)),
        4 => (at(), at()).prop_map(|(at, piece)| Change::Insert(at, piece)),
        2 => (at(), 1..64_usize).prop_map(|(at, length)| Change::Cut(at, length)),
        1 => (at(), 1..64_usize, 1..20_usize).prop_map(|(at, length, times)| Change::Repeat(at, length, times)),
        1 => (at(), at(), at(), 1..256_usize)
            .prop_map(|(at, file, from, length)| Change::Splice(at, file, from, length)),
    ]
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>, corpus: &[Vec<u8>]) {
        let place = |at: &Index| at.index(bytes.len() + 1);
        match self {
            Self::Put(at, byte) => {
                let at = place(at);
                if at < bytes.len() {
                    bytes[at] = *byte;
                } else {
                    bytes.push(*byte);
                }
            }
            Self::Insert(at, piece) => {
                let at = place(at);
                bytes.splice(at..at, piece.get(&PIECES).iter().copied());
            }
            Self::Cut(at, length) => {
                let at = place(at);
                bytes.drain(at..bytes.len().min(at + length));
            }
            Self::Repeat(at, length, times) => {
                let at = place(at);
                let part = bytes[at..bytes.len().min(at + length)].repeat(*times);
                bytes.splice(at..at, part);
            }
            Self::Splice(at, file, from, length) => {
                let other = file.get(corpus);
                let from = from.index(other.len() + 1);
                let part = &other[from..other.len().min(from + length)];
                let at = place(at);
                bytes.splice(at..at, part.iter().copied());
            }
        }
    }
}

/// Every file below `folder`.
fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// Every file to begin with; of a vector the part after its `---`.
fn corpus() -> Vec<Vec<u8>> {
    let mut paths = Vec::new();
    for folder in CORPUS {
        walk(&project(folder), &mut paths);
    }
    paths.sort();
    let mark = b"\n---\n";
    let body = |bytes: Vec<u8>| match bytes.windows(mark.len()).position(|part| part == mark) {
        Some(at) => bytes[at + mark.len()..].to_vec(),
        None => bytes,
    };
    paths
        .iter()
        .map(|path| body(fs::read(path).unwrap()))
        .filter(|bytes| bytes.len() <= LARGEST)
        .collect()
}

/// A bundle with its signed files, as the program writes them.
fn signed() -> Vec<Vec<u8>> {
    let folder = Folder::new();
    folder.file("list.csv", ADA).generate("list.csv", &["--quiet"]).exits(0);
    let bundle = "out/bundles/ada_centurylink.net.zip";
    let mut archive = zip::ZipArchive::new(Cursor::new(folder.read(bundle))).unwrap();
    let mut files = vec![folder.read(bundle)];
    for at in 0..archive.len() {
        let mut content = Vec::new();
        archive.by_index(at).unwrap().read_to_end(&mut content).unwrap();
        files.push(content);
    }
    files
}

/// Runs the target called `name` over `corpus` and over changed copies.
fn run(name: &str, corpus: &[Vec<u8>]) {
    let (_, target) = targets::TARGETS.into_iter().find(|(target, _)| *target == name).unwrap();
    for bytes in corpus {
        target(bytes);
    }
    let usual = Config::default();
    let cases = usual.cases.saturating_mul(4);
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..usual });
    let changed =
        (any::<Index>(), prop::collection::vec(change(), 1..8)).prop_map(|(file, changes)| {
            let mut bytes = file.get(corpus).clone();
            for change in changes {
                change.apply(&mut bytes, corpus);
            }
            bytes
        });
    runner
        .run(&changed, |bytes| {
            target(&bytes);
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{name}: {error}"));
}

#[test]
fn a_list_of_any_bytes_is_read_or_refused() {
    run("csv_reader", &corpus());
}

#[test]
fn a_list_is_read_or_refused_with_any_given_dialect() {
    run("csv_options", &corpus());
}

#[test]
fn a_spreadsheet_of_any_bytes_is_read_or_refused() {
    let mut sheets = Vec::new();
    walk(&project("tests/data/sheets"), &mut sheets);
    let sheets: Vec<_> = sheets.iter().map(|path| fs::read(path).unwrap()).collect();
    run("spreadsheet", &sheets);
}

#[test]
fn a_sheet_of_any_cells_is_read_or_refused() {
    let sheets = ["staff", "titles", "kinds", "far-corner"].map(|name| {
        let path = project(&format!("tests/data/sheets/{name}.xlsx"));
        let mut archive = zip::ZipArchive::new(fs::File::open(path).unwrap()).unwrap();
        let mut sheet = Vec::new();
        archive.by_name("xl/worksheets/sheet1.xml").unwrap().read_to_end(&mut sheet).unwrap();
        sheet
    });
    run("sheet_xml", &sheets);
}

#[test]
fn any_header_is_mapped_or_refused() {
    run("header_resolver", &corpus());
}

#[test]
fn any_provider_file_is_taken_or_refused() {
    run("provider_file", &corpus());
}

#[test]
fn any_autoconfig_is_taken_or_refused() {
    run("autoconfig_import", &corpus());
}

#[test]
fn any_signature_is_judged() {
    run("signature_block", &[corpus(), signed()].concat());
    run("signature_block", &signed());
}

#[test]
fn any_bundle_is_unpacked_or_refused() {
    run("bundle", &signed());
}
