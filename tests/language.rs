//! The project is written in plain English. This test rejects turns of phrase that a colleague would
//! not say aloud, in code, pages, templates and tests alike.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]
#![allow(clippy::disallowed_methods, reason = "tests read the project's files")]

use std::fs;
use std::path::{Path, PathBuf};

/// A phrase in lower case, and what to write instead.
const PHRASES: &[(&str, &str)] = &[
    ("be it", "`even`, `whether … or …`"),
    ("is none", "name what is missing: `is not a …`, `has no …`"),
    ("are none", "name what is missing: `are not …`, `have no …`"),
    ("of itself", "`alone`, `automatically`"),
    ("of themselves", "`alone`, `automatically`"),
    ("stands", "`is`, `follows`, `replaces`"),
    ("stand behind", "`follow`"),
    ("stand in for", "`replace`, `back up`"),
    ("may stand", "`may be`, `may appear`"),
    ("whoever", "the caller, the user, the person"),
    ("whomever", "the caller, the user, the person"),
    ("somebody", "`someone`, or the caller, the user, the person"),
    ("told", "`given`, `printed`, `reported`, `specified`"),
    ("is said", "`is reported`, `is printed`"),
    ("are said", "`are reported`, `are printed`"),
    ("was said", "`was reported`, `was printed`"),
    ("speak of", "`mean`, `name`, `describe`"),
    ("speaks of", "`means`, `names`, `describes`"),
    ("spoke of", "`named`, `described`"),
    ("not to be seen", "`cannot be seen`"),
    ("the letters of the list", "the character encoding"),
    ("in which letters", "in which encoding"),
];

/// What a reader sees of the project; folders below `tests` with lists and data of other programs are not.
const READ: &[&str] = &[
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.toml",
    "README.md",
    "SECURITY.md",
    "clippy.toml",
    "benches",
    "docs",
    "examples",
    "fuzz",
    "packaging",
    "scripts",
    "src",
    "templates",
    "tests",
];

/// Text that others wrote, and this list itself.
const NOT_OURS: &[&str] = &[
    "tests/data",
    "tests/golden",
    "tests/language.rs",
    "tests/oracles/data",
    "tests/vectors",
    "fuzz/target",
    "packaging/notices/musl.txt",
    "benches/peers/target",
];

#[test]
fn no_phrase_is_used_that_a_colleague_would_not_say() {
    let mut found = Vec::new();
    for file in files() {
        let Ok(text) = fs::read_to_string(root().join(&file)) else {
            continue; // not a text
        };
        for (number, line) in (1..).zip(text.lines()) {
            for (phrase, instead) in PHRASES.iter().filter(|(phrase, _)| uses(line, phrase)) {
                found.push(format!("{}:{number}: `{phrase}`: {instead}", file.display()));
            }
        }
    }
    assert!(found.is_empty(), "{} phrases to replace:\n{}", found.len(), found.join("\n"));
}

#[test]
fn a_phrase_is_found_as_whole_words_only() {
    assert!(uses("a file that Is None", "is none"));
    assert!(uses("told", "told"));
    assert!(!uses("stolen, retold; is nonetheless", "told"));
    assert!(!uses("is nonetheless", "is none"));
    assert!(!uses("if this.is_none()", "is none"));
    assert!(!uses("skip_serializing_if = \"Option::is_none\"", "is none"));
    assert!(!uses("there is none", "is none"));
    assert!(uses("fn what_is_told_once()", "told"));
}

/// Whether `line` has `phrase` as whole words, in any case. `there is none` is good English; underscores
/// separate words, as in the names of tests. `Option`'s method is no phrase, in code or in an attribute.
fn uses(line: &str, phrase: &str) -> bool {
    let line = line.replace(".is_none", "").replace("::is_none", "");
    let line = line.to_lowercase().replace('_', " ");
    line.match_indices(phrase).any(|(at, _)| {
        let (before, after) = (&line[..at], &line[at + phrase.len()..]);
        let is_whole =
            !before.ends_with(char::is_alphanumeric) && !after.starts_with(char::is_alphanumeric);
        let is_there_none = phrase.ends_with(" none") && before.trim_end().ends_with("there");
        is_whole && !is_there_none
    })
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files() -> Vec<PathBuf> {
    fn walk(path: &Path, found: &mut Vec<PathBuf>) {
        let is_ours = !NOT_OURS.iter().any(|other| path == Path::new(other))
            && path.file_name().is_none_or(|name| name != "node_modules");
        let whole = root().join(path);
        if is_ours && whole.is_dir() {
            for entry in fs::read_dir(whole).unwrap() {
                walk(&path.join(entry.unwrap().file_name()), found);
            }
        } else if is_ours {
            found.push(path.to_owned());
        }
    }
    let mut found = Vec::new();
    for path in READ {
        assert!(root().join(path).exists(), "{path} is gone: take it from the list");
        walk(Path::new(path), &mut found);
    }
    found.sort();
    found
}
