//! `scripts/check-release` lets only a tag pass that fits the version and the changes.

use std::fs;
use std::process::{Command, Output};

use super::super::support::{Folder, project};
use super::error_of;

/// A copy of the project as far as the script reads it, with version 1.2.3 and `changes` as CHANGELOG.md.
fn copy(changes: &str) -> Folder {
    let folder = Folder::new();
    folder.file("scripts/check-release", fs::read(project("scripts/check-release")).unwrap());
    let version = format!("\"{}\"", env!("CARGO_PKG_VERSION"));
    let manifest = fs::read_to_string(project("Cargo.toml")).unwrap();
    folder.file("Cargo.toml", manifest.replacen(&version, "\"1.2.3\"", 1));
    let lock = fs::read_to_string(project("Cargo.lock")).unwrap();
    let own = format!("name = \"mailmuster\"\nversion = {version}");
    assert!(lock.contains(&own), "{own}");
    folder.file("Cargo.lock", lock.replace(&own, "name = \"mailmuster\"\nversion = \"1.2.3\""));
    folder.file("CHANGELOG.md", changes);
    folder
}

fn check(folder: &Folder, tag: &str) -> Output {
    let script = folder.path().join("scripts/check-release");
    Command::new("bash").arg(script).arg(tag).output().unwrap()
}

const CHANGES: &str = "# Changelog\n\n## [Unreleased]\n\n- Later.\n\n## [1.2.3] - 2026-12-01\n\n### Added\n\n- Now.\n\n## [1.2.2] - 2026-11-01\n\n- Before.\n";

#[test]
fn a_tag_that_fits_gets_its_section_as_notes() {
    let output = check(&copy(CHANGES), "v1.2.3");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "### Added\n\n- Now.\n");
}

#[test]
fn a_tag_that_does_not_fit_is_refused_with_the_cure() {
    for (changes, tag, error) in [
        (CHANGES, "v1.2.4", "the tag is v1.2.4, but Cargo.toml has version `1.2.3`"),
        (CHANGES, "1.2.3", "`1.2.3` is not the tag of a release"),
        ("## [Unreleased]\n\n- Later.\n", "v1.2.3", "no section `## [1.2.3] - YYYY-MM-DD`"),
        ("## [1.2.3]\n\n- No day.\n", "v1.2.3", "no section `## [1.2.3] - YYYY-MM-DD`"),
        ("## [1.2.3] - 2026-12-01\n\n## [1.2.2] - 2026-11-01\n\n- Before.\n", "v1.2.3", "is empty"),
    ] {
        let printed = error_of(&check(&copy(changes), tag));
        assert!(printed.contains(error) && printed.contains("hint: "), "{tag}: {printed}");
    }
    let folder = copy(CHANGES);
    let lock = folder.text("Cargo.lock");
    folder.file("Cargo.lock", lock.replace("version = \"1.2.3\"", "version = \"1.2.2\""));
    let printed = error_of(&check(&folder, "v1.2.3"));
    assert!(printed.contains("Cargo.lock has version `1.2.2` of mailmuster"), "{printed}");
}
