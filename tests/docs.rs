//! The docs match the program.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]
#![allow(clippy::disallowed_methods, reason = "tests read the project's files")]

#[path = "docs/exit_codes.rs"]
mod exit_codes;
#[path = "docs/package.rs"]
mod package;
#[path = "docs/results.rs"]
mod results;
#[path = "support/mod.rs"]
mod support;

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use mailmuster::render::RENDERERS;
use support::{Folder, project};

/// What README tells a newcomer to run.
const TWO_COMMANDS: [&str; 2] =
    ["cargo run --release -- generate examples/staff.csv --out out", "scripts/test"];

/// Source files of other programs.
const FOREIGN_FILES: [&str; 1] = ["auto_outlook.rs"];

/// The commands of the program; the test of commands holds this list against `--help`.
const COMMANDS: [&str; 17] = [
    "generate",
    "check",
    "plan",
    "status",
    "history",
    "retire",
    "rename",
    "resign",
    "export",
    "probe",
    "init",
    "verify",
    "inspect",
    "identity",
    "provider",
    "completions",
    "man",
];

/// Every page of the project: README.md and its neighbours, docs/, fuzz/README.md.
fn pages() -> Vec<String> {
    let mut pages = vec!["fuzz/README.md".to_owned()];
    for folder in ["", "docs/"] {
        for entry in fs::read_dir(project(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if name.ends_with(".md") {
                pages.push(format!("{folder}{name}"));
            }
        }
    }
    assert!(pages.len() > 10, "{pages:?}");
    pages
}

fn page(name: &str) -> String {
    fs::read_to_string(project(name)).unwrap()
}

/// The code of a page: inline code and the lines of code blocks, continued lines joined.
fn code_in(page: &str) -> Vec<String> {
    let mut code = Vec::new();
    for (number, part) in page.split("```").enumerate() {
        if number % 2 == 1 {
            code.extend(part.replace("\\\n", " ").lines().map(str::to_owned));
        } else {
            // one line break may fall into inline code
            code.extend(part.split('`').skip(1).step_by(2).map(|inline| inline.replace('\n', " ")));
        }
    }
    code
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

/// Programs rely on codes: each is in docs/codes.md, with whether `--quiet` hides it.
#[test]
fn every_code_is_unique_and_documented() {
    let mut found: Vec<(String, Option<bool>)> = Vec::new();
    for file in files_below(&project("src")) {
        let source = fs::read_to_string(file).unwrap();
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

/// Every source file below `folder`.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

#[test]
fn exactly_two_commands_set_a_newcomer_up() {
    let readme = page("README.md");
    let section = readme.split("## Build it").nth(1).unwrap().split("\n## ").next().unwrap();
    let commands: Vec<&str> = section
        .lines()
        .filter(|line| line.starts_with("cargo ") || line.starts_with("scripts/"))
        .collect();
    assert_eq!(commands, TWO_COMMANDS);
}

#[test]
fn every_file_that_the_pages_name_exists() {
    let sources = files_below(&project("src"));
    let in_sources = |word: &str| sources.iter().any(|file| file.ends_with(word));
    let mut missing = Vec::new();
    let mut count = 0;
    // a change log names what has been removed since
    for name in pages().iter().filter(|name| *name != "CHANGELOG.md") {
        let beside = project(name).parent().unwrap().to_owned();
        for code in code_in(&page(name)) {
            for word in code.split(' ').filter(|word| word.contains(['/', '.'])) {
                // `tests/golden/<id>/` names a folder, `docs/mailmuster.*` some of its files
                let path = match word.split_once(['<', '*', '{']) {
                    Some((before, _)) => before.rsplit_once('/').map_or("", |(folder, _)| folder),
                    None => word.trim_end_matches(['/', '.', ',', ':']),
                };
                let folder = path.split_once('/').map(|(first, _)| first);
                // whether there is a build in `target` says nothing about the page
                let folder = folder.filter(|name| !["", ".", "..", "target"].contains(name));
                let is_ours = folder.is_some_and(|name| project(name).is_dir());
                let is_module = folder.is_some_and(|name| project("src").join(name).is_dir());
                let is_page = path.ends_with(".md") && !path.contains('/');
                let exists = if is_ours || is_page {
                    project(path).exists() || beside.join(path).exists()
                } else if is_module || path.ends_with(".rs") && !FOREIGN_FILES.contains(&path) {
                    project("src").join(path).exists() || in_sources(path)
                } else {
                    continue;
                };
                count += 1;
                if !exists {
                    missing.push(format!("{name}: {word}"));
                }
            }
        }
    }
    assert!(count > 80, "the search for files finds too few: {count}");
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_command_that_the_pages_name_exists() {
    let folder = Folder::new();
    let top = folder.run(["--help"]).exits(0).stdout;
    for command in COMMANDS {
        assert!(top.contains(&format!("\n  {command} ")), "{command}");
    }
    let mut helps: HashMap<Vec<String>, String> = HashMap::new();
    let mut wrong = Vec::new();
    for name in pages() {
        for code in code_in(&page(&name)) {
            let line = code.split(" # ").next().unwrap().trim();
            let (words, must_be_command) = match line.strip_prefix("mailmuster ") {
                Some(rest) => (rest, true),
                None if line.is_ascii() => (line, false),
                // a drawing
                None => continue,
            };
            let words: Vec<&str> = words.split_whitespace().collect();
            // the help also lists exit codes
            let is_word = |word: &&&str| word.starts_with(|c: char| c.is_ascii_alphabetic());
            let Some(first) = words.first().filter(is_word) else { continue };
            if !COMMANDS.contains(first) && !top.contains(&format!("\n  {first} ")) {
                if must_be_command {
                    wrong.push(format!("{name}: {line}"));
                }
                continue;
            }
            let has_subcommand = ["identity", "provider"].contains(first) && words.len() > 1;
            let command = words[..=usize::from(has_subcommand)].iter().map(|it| (*it).to_owned());
            let command: Vec<String> = command.collect();
            let help = helps.entry(command.clone()).or_insert_with(|| {
                let words = command.iter().map(String::as_str).chain(["--help"]);
                match folder.run(words).ends() {
                    (Some(0), done) => done.stdout,
                    _ => String::new(),
                }
            });
            let flags = words.iter().filter(|word| word.starts_with("--"));
            let flags = flags.map(|flag| flag.split(['=', '[']).next().unwrap());
            let unknown = flags.filter(|flag| !names_flag(help, flag)).count();
            if help.is_empty() || unknown > 0 {
                wrong.push(format!("{name}: {line}"));
            }
        }
    }
    assert!(helps.len() > 9, "the search for commands finds too few: {:?}", helps.keys());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Whether `help` lists `flag`, and not only a longer one.
fn names_flag(help: &str, flag: &str) -> bool {
    [" ", "\n", "["].iter().any(|end| help.contains(&format!("{flag}{end}")))
}

#[test]
fn every_flag_the_pages_name_exists() {
    let folder = Folder::new();
    let mut help = String::new();
    for command in [
        &["generate"][..],
        &["check"],
        &["plan"],
        &["status"],
        &["retire"],
        &["rename"],
        &["resign"],
        &["export"],
        &["probe"],
        &["history"],
        &["init"],
        &["verify"],
        &["inspect"],
        &["identity", "new"],
        &["identity", "renew"],
        &["identity", "show"],
    ] {
        help.push_str(&folder.run(command.iter().chain(&["--help"])).exits(0).stdout);
    }
    // of cargo, of the scripts that send an export, and of what verifies a download
    let foreign = ["--release", "--path", "--lib", "--test", "--bench", "--dry-run", "--undo"];
    let foreign = [&foreign[..], &["--check", "--ignore-missing", "--repo"]].concat();
    for name in ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"] {
        let text = page(name);
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
        for flag in words.filter(|word| word.starts_with("--") && !word.ends_with('-')) {
            assert!(names_flag(&help, flag) || foreign.contains(&flag), "{name}: {flag}");
        }
    }
}

/// Links to files and to sections (`page.md#section`), and sections named in words: `PAGE.md, "Section"`.
#[test]
fn every_link_and_section_leads_somewhere() {
    let mut texts: Vec<(String, String)> =
        pages().into_iter().map(|name| (name.clone(), page(&name))).collect();
    for name in ["clippy.toml", "Cargo.toml"] {
        texts.push((name.to_owned(), page(name)));
    }
    for (name, text) in texts {
        let folder = project(&name).parent().unwrap().to_owned();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.starts_with("http") {
                continue;
            }
            let (file, section) = link.split_once('#').unwrap_or((link, ""));
            let file = if file.is_empty() { project(&name) } else { folder.join(file) };
            assert!(file.exists(), "{name}: {link}");
            assert!(section.is_empty() || anchors(&file).contains(section), "{name}: {link}");
        }
        for (before, after) in text.match_indices(".md, \"").map(|(at, _)| text.split_at(at)) {
            let page = before.rsplit([' ', '\n', '`', '(']).next().unwrap();
            let section = after[".md, \"".len()..].split('"').next().unwrap();
            let anchors = anchors(&project(&format!("{page}.md")));
            assert!(anchors.contains(&anchor(section)), "{name}: {page}.md, \"{section}\"");
        }
    }
}

/// The anchors that a renderer of Markdown gives to the headings of `page`.
fn anchors(page: &Path) -> HashSet<String> {
    let text = fs::read_to_string(page).unwrap();
    let heading = |line: &str| {
        let level = line.bytes().take_while(|byte| *byte == b'#').count();
        line[level..].strip_prefix(' ').filter(|_| level > 0).map(anchor)
    };
    text.lines().filter_map(heading).collect()
}

fn anchor(heading: &str) -> String {
    let kept =
        heading.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

/// CI runs the two commands of README, as they are, on each system.
#[test]
fn ci_runs_the_two_commands_of_the_readme() {
    let workflow = page(".github/workflows/ci.yml");
    let runs: Vec<&str> =
        workflow.lines().filter_map(|line| line.trim().strip_prefix("- run: ")).collect();
    assert_eq!(runs, TWO_COMMANDS);
    let systems = workflow.lines().find_map(|line| line.trim().strip_prefix("os: ")).unwrap();
    assert_eq!(systems, "[ubuntu-latest, macos-latest, windows-latest]");
}
