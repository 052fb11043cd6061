//! What the pages say is true of the program.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]
#![allow(clippy::disallowed_methods, reason = "tests read the project's files")]

#[path = "support/mod.rs"]
mod support;

use std::fs;

use mailmuster::render::RENDERERS;
use support::{Folder, project};

const PAGES: [&str; 8] = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "docs/quirks.md",
    "docs/unproven.md",
    "docs/performance.md",
];

fn page(name: &str) -> String {
    fs::read_to_string(project(name)).unwrap()
}

#[test]
fn the_table_of_formats_is_the_registry() {
    let expected: Vec<String> = RENDERERS
        .iter()
        .map(|r| {
            format!(
                "| `{}` | `{}` | {} | {} |",
                r.file_name("CenturyLink", 1),
                r.id(),
                r.doc_short(),
                r.doc_opens_with()
            )
        })
        .collect();
    let readme = page("README.md");
    let table: Vec<&str> = readme
        .lines()
        .skip_while(|line| !line.starts_with("<!-- formats:"))
        .skip(3)
        .take_while(|line| line.starts_with('|'))
        .collect();
    assert_eq!(table, expected);
}

#[test]
fn the_first_command_prints_what_the_readme_says() {
    let readme = page("README.md");
    let command = readme.lines().find(|line| line.starts_with("cargo run --release -- ")).unwrap();
    let args: Vec<&str> =
        command.trim_start_matches("cargo run --release -- ").split(' ').collect();
    let folder = Folder::new();
    folder.file("examples/staff.csv", fs::read(project("examples/staff.csv")).unwrap());
    let done = folder.run(&args).exits(0);
    let printed = format!("{}{}", done.stderr, done.stdout);
    let sample = readme
        .split("It prints, among other things:\n\n```\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    for line in sample.lines() {
        assert!(printed.contains(line), "`{line}` is not in:\n{printed}");
    }
}

#[test]
fn exactly_two_commands_set_a_newcomer_up() {
    let readme = page("README.md");
    let section = readme.split("## Try it").nth(1).unwrap().split("\n## ").next().unwrap();
    let commands: Vec<&str> = section
        .lines()
        .filter(|line| line.starts_with("cargo ") || line.starts_with("scripts/"))
        .collect();
    assert_eq!(
        commands,
        ["cargo run --release -- generate examples/staff.csv --out out", "scripts/test"]
    );
}

#[test]
fn every_flag_the_pages_name_exists() {
    let folder = Folder::new();
    let mut help = String::new();
    for command in [
        &["generate"][..],
        &["check"],
        &["init"],
        &["verify"],
        &["inspect"],
        &["identity", "new"],
        &["identity", "show"],
    ] {
        help.push_str(&folder.run(command.iter().chain(&["--help"])).exits(0).stdout);
    }
    let foreign = ["--release", "--path", "--lib", "--test", "--bench"];
    for name in ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"] {
        let text = page(name);
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
        for flag in words.filter(|word| word.starts_with("--") && !word.ends_with('-')) {
            let known = [" ", "\n", "["].iter().any(|end| help.contains(&format!("{flag}{end}")));
            assert!(known || foreign.contains(&flag), "{name}: {flag}");
        }
    }
}

#[test]
fn every_link_leads_somewhere() {
    for name in PAGES {
        let text = page(name);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let local = !link.starts_with("http") && !link.starts_with('#');
            let base = project(name);
            assert!(!local || base.parent().unwrap().join(link).exists(), "{name}: {link}");
        }
    }
}
