//! What the pages say is true of the program.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]
#![allow(clippy::disallowed_methods, reason = "tests read the project's files")]

#[path = "support/mod.rs"]
mod support;

use std::fs;
use std::path::Path;

use mailmuster::render::RENDERERS;
use support::{Folder, project};

const PAGES: [&str; 10] = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "docs/codes.md",
    "docs/quirks.md",
    "docs/unproven.md",
    "docs/windows.md",
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
                r.format().id,
                r.format().about,
                r.format().opens_with
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

/// A code is a promise to programs: each stands in docs/codes.md, with whether `--quiet` hides it.
#[test]
fn every_code_is_unique_and_documented() {
    let mut found: Vec<(String, Option<bool>)> = Vec::new();
    for source in sources(&project("src")) {
        let text = source.split("#[cfg(test)]").next().unwrap();
        for (constructor, quiet) in [("note", false), ("warning", false), ("important", true)] {
            let call = format!("Notice::{constructor}(");
            let codes = text.split(&call).skip(1).filter_map(literal);
            found.extend(codes.map(|code| (code, Some(quiet))));
        }
        for before in ["code: ", "_CODE: &str = "] {
            found.extend(text.split(before).skip(1).filter_map(literal).map(|code| (code, None)));
        }
        for body in text.split("fn code(").skip(1) {
            let body = body.split("\n    }\n").next().unwrap();
            found.extend(body.split("=> ").skip(1).filter_map(literal).map(|code| (code, None)));
        }
    }
    let mut codes: Vec<&str> = found.iter().map(|(code, _)| code.as_str()).collect();
    codes.sort_unstable();
    assert!(codes.len() > 60, "the search for codes finds too few: {codes:?}");
    assert!(codes.windows(2).all(|pair| pair[0] != pair[1]), "one code, two meanings: {codes:?}");
    let is_kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    assert!(codes.iter().all(|code| code.chars().all(is_kebab)), "{codes:?}");

    let page = page("docs/codes.md");
    let rows: Vec<Vec<&str>> = page
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.split('|').map(str::trim).collect())
        .collect();
    let mut documented: Vec<&str> = rows.iter().map(|row| row[1].trim_matches('`')).collect();
    documented.sort_unstable();
    let missing: Vec<_> = codes.iter().filter(|code| !documented.contains(code)).collect();
    assert!(missing.is_empty(), "add to docs/codes.md: {missing:?}");
    assert_eq!(documented, codes, "docs/codes.md (left) has more than the source (right)");
    for row in rows {
        let (_, quiet) = found.iter().find(|(code, _)| *code == row[1].trim_matches('`')).unwrap();
        assert!(["yes", "no"].contains(&row[2]), "{row:?}");
        assert!(quiet.is_none_or(|quiet| quiet == (row[2] == "yes")), "{row:?}");
        assert!(row[3].len() > 10, "{row:?}");
    }
}

/// The string literal that `text` begins with, but for blanks.
fn literal(text: &str) -> Option<String> {
    Some(text.trim_start().strip_prefix('"')?.split('"').next()?.to_owned())
}

/// The text of every source file below `folder`.
fn sources(folder: &Path) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            texts.push(fs::read_to_string(path).unwrap());
        }
    }
    texts
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
        &["identity", "renew"],
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
