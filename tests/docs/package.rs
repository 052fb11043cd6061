//! `cargo package`: what is compiled and read goes in, and nothing that was not meant to.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::support::project;

/// Single files of the package beside the sources, templates and pages; cargo adds the last four.
const SINGLE_FILES: [&str; 10] = [
    "CHANGELOG.md",
    "README.md",
    "SECURITY.md",
    "docs/json.schema.json",
    "examples/staff.csv",
    "scripts/verify-folder",
    ".cargo_vcs_info.json",
    "Cargo.lock",
    "Cargo.toml",
    "Cargo.toml.orig",
];

/// Packages are uploaded and unpacked as a whole: more than this is test data that slipped in.
const MOST_BYTES: u64 = 4 << 20;

fn listed() -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["package", "--list", "--allow-dirty", "--offline", "--quiet"])
        .current_dir(project(""))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| line.replace('\\', "/")).collect()
}

/// Whether a file of the package was meant to be in it.
fn is_meant(path: &str) -> bool {
    let is_page = |name: &str| {
        name.ends_with(".md") && !name.contains('/') || name.starts_with("mailmuster.")
    };
    path.starts_with("src/")
        || path.starts_with("templates/")
        || path.strip_prefix("docs/").is_some_and(is_page)
        || SINGLE_FILES.contains(&path)
}

#[test]
fn a_package_has_no_file_that_was_not_meant_to_be_in_it() {
    let listed = listed();
    let strangers: Vec<_> = listed.iter().filter(|path| !is_meant(path)).collect();
    assert!(strangers.is_empty(), "`include` in Cargo.toml takes {strangers:?}");
    let size = |path: &String| fs::metadata(project(path)).map_or(0, |data| data.len());
    let bytes: u64 = listed.iter().map(size).sum();
    assert!(bytes < MOST_BYTES, "{bytes} bytes");
    for foreign in ["tests/cli/main.rs", "docs/sheet/a4-long-name-1.png", "docs/draft/page.md"] {
        assert!(!is_meant(foreign), "{foreign}");
    }
}

#[test]
fn a_package_has_every_source_and_every_file_that_a_source_includes() {
    let listed = listed();
    let mut missing = Vec::new();
    let mut count = 0;
    for source in super::files_below(&project("src")) {
        let text = fs::read_to_string(&source).unwrap();
        let parts = ["include_str!(\"", "include_bytes!(\""];
        let included = parts.iter().flat_map(|part| text.split(part).skip(1));
        let included = included.filter_map(|rest| rest.split('"').next());
        let included = included.map(|path| source.parent().unwrap().join(path));
        for file in included.chain([source.clone()]) {
            count += 1;
            let file = fs::canonicalize(&file).unwrap();
            let inner = file.strip_prefix(fs::canonicalize(project("")).unwrap()).unwrap();
            if !listed.contains(&slashes(inner)) {
                missing.push(slashes(inner));
            }
        }
    }
    assert!(count > 300, "the search for sources finds too few: {count}");
    assert!(missing.is_empty(), "add to `include` in Cargo.toml: {missing:?}");
}

fn slashes(path: &Path) -> String {
    path.display().to_string().replace('\\', "/")
}
