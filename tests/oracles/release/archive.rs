//! `scripts/build-archive` packs the real program: `tar` and an unpacker of zips find what a user needs.

use std::fs;
use std::process::Output;

use super::super::support::{Folder, project};
use super::super::tool::{runs, tool};
use super::{error_of, python};

const TOP: &str = concat!("mailmuster-", env!("CARGO_PKG_VERSION"), "-x86_64-unknown-linux-musl");

/// What is in each archive, beside the program.
const FILES: [&str; 9] = [
    "CHANGELOG.md",
    "README.md",
    "SECURITY.md",
    "THIRD-PARTY-NOTICES.txt",
    "completions/_mailmuster",
    "completions/_mailmuster.ps1",
    "completions/mailmuster.bash",
    "completions/mailmuster.fish",
    "man/mailmuster.1",
];

fn pack(folder: &Folder, target: &str, program: &str, out: &str) -> Output {
    let script = project("scripts/build-archive");
    python(&script, &[target, program, "notices.txt", out], folder)
}

/// A folder with notices and with the program as `name`, without the symbols that make most of a debug build.
fn folder(name: &str) -> Option<Folder> {
    let folder = Folder::new();
    folder.file("notices.txt", "of others\n");
    let strip = tool("strip", folder.path(), runs(&["--version"]))?;
    strip.accepts(&["-o", name, env!("CARGO_BIN_EXE_mailmuster")]);
    Some(folder)
}

#[test]
fn tar_finds_the_program_and_what_belongs_to_it_and_the_same_files_make_the_same_bytes() {
    let Some(folder) = folder("mailmuster") else { return };
    let Some(tar) = tool("tar", folder.path(), runs(&["--version"])) else { return };
    for out in ["one", "two"] {
        let output = pack(&folder, "x86_64-unknown-linux-musl", "mailmuster", out);
        assert!(output.status.success(), "{}", error_of(&output));
    }
    let archive = format!("one/{TOP}.tar.gz");
    let bytes = fs::read(folder.path().join(&archive)).unwrap();
    assert!(bytes == fs::read(folder.path().join(format!("two/{TOP}.tar.gz"))).unwrap());

    tar.accepts(&["-xzf", &archive]);
    for file in FILES {
        assert!(folder.path().join(TOP).join(file).metadata().unwrap().len() > 0, "{file}");
    }
    assert_eq!(folder.text(&format!("{TOP}/THIRD-PARTY-NOTICES.txt")), "of others\n");
    let links = links_to_files(&folder.text(&format!("{TOP}/README.md")));
    assert!(links.len() > 10, "{links:?}");
    for link in links {
        assert!(folder.exists(&format!("{TOP}/{link}")), "README.md has a link to {link}");
    }
    let unpacked = folder.path().join(TOP).join("mailmuster");
    let version = tool(unpacked.to_str().unwrap(), folder.path(), runs(&["--version"])).unwrap();
    let wanted = concat!("mailmuster ", env!("CARGO_PKG_VERSION"));
    assert_eq!(version.accepts(&["--version"]).trim(), wanted);

    folder.file(&archive, &bytes[..bytes.len() / 2]);
    tar.refuses(&["-tzf", &archive]);
}

#[test]
fn a_program_for_windows_is_packed_as_zip() {
    let Some(folder) = folder("mailmuster.exe") else { return };
    let Some(unzip) = tool("unzip", folder.path(), runs(&["-v"])) else { return };
    let target = "x86_64-pc-windows-msvc";
    let output = pack(&folder, target, "mailmuster.exe", "out");
    assert!(output.status.success(), "{}", error_of(&output));
    let top = TOP.replace("x86_64-unknown-linux-musl", target);
    let printed = unzip.accepts(&["-t", &format!("out/{top}.zip")]);
    for file in FILES.iter().chain(&["mailmuster.exe"]) {
        assert!(printed.contains(&format!("{top}/{file}")), "{file}:\n{printed}");
    }
}

/// The files that a page has links to, without their sections.
fn links_to_files(page: &str) -> Vec<String> {
    let links = page.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let files = links.filter_map(|link| link.split('#').next());
    files.filter(|link| !link.is_empty() && !link.contains("://")).map(str::to_owned).collect()
}

#[test]
fn the_page_of_the_python_package_needs_no_other_file() {
    let page = fs::read_to_string(project("packaging/python/README.md")).unwrap();
    assert_eq!(links_to_files(&page), Vec::<String>::new());
    assert_eq!(links_to_files("[a](docs/a.md#b), [c](https://c.example)"), ["docs/a.md"]);
}

#[test]
fn a_program_that_is_missing_or_does_not_run_is_named() {
    let folder = Folder::new();
    folder.file("notices.txt", "of others\n").file("text", "no program");
    for (program, error) in [("gone", "gone is missing"), ("text", "the program does not run here")]
    {
        let printed = error_of(&pack(&folder, "x86_64-unknown-linux-musl", program, "out"));
        assert!(printed.contains(error) && printed.contains("hint: "), "{printed}");
        assert!(!printed.contains("Traceback"), "{printed}");
    }
}

#[test]
fn nothing_is_packed_without_notices() {
    let folder = Folder::new();
    let program = env!("CARGO_BIN_EXE_mailmuster");
    let printed = error_of(&pack(&folder, "x86_64-unknown-linux-musl", program, "out"));
    assert!(printed.contains("notices.txt is missing") && printed.contains("hint: "), "{printed}");
    assert!(!folder.path().join("out").exists());
}
