//! Rules of the architecture: which module may import which, the size of files, and words that must not
//! remain. A new import is a decision: explain it in ARCHITECTURE.md.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]
#![allow(clippy::disallowed_methods, reason = "tests read the project's files")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use mailmuster::render::RENDERERS;

/// Each module with the modules it may import, in reading order.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("diagnostic", &["domain"]),
    ("strict_toml", &["diagnostic"]),
    ("clock", &["diagnostic"]),
    ("artifact", &[]),
    ("bounded", &[]),
    ("input", &["bounded", "diagnostic", "domain"]),
    ("provider", &["bounded", "diagnostic", "domain", "strict_toml"]),
    ("render", &["artifact", "diagnostic", "domain"]),
    ("hosting", &["domain", "render"]),
    ("fleet_script", &["diagnostic", "domain", "render"]),
    ("mdm", &["artifact", "diagnostic", "domain", "render"]),
    ("sign", &["artifact", "bounded", "diagnostic", "domain"]),
    ("intunewin", &["sign"]),
    ("timestamp", &["clock", "diagnostic", "domain", "sign"]),
    ("probe", &["diagnostic", "domain", "provider", "sign"]),
    ("bundle", &["artifact", "domain"]),
    ("recorded", &["bundle", "domain", "provider", "render"]),
    ("ledger", &["diagnostic", "domain"]),
    ("output", &["diagnostic", "domain"]),
    (
        "config",
        &["bounded", "diagnostic", "domain", "input", "provider", "render", "sign", "strict_toml"],
    ),
    (
        "pipeline",
        &[
            "artifact",
            "bounded",
            "bundle",
            "clock",
            "diagnostic",
            "domain",
            "fleet_script",
            "hosting",
            "input",
            "intunewin",
            "ledger",
            "mdm",
            "output",
            "provider",
            "recorded",
            "render",
            "sign",
        ],
    ),
    (
        "verify",
        &[
            "artifact",
            "bounded",
            "bundle",
            "diagnostic",
            "domain",
            "fleet_script",
            "hosting",
            "intunewin",
            "mdm",
            "output",
            "provider",
            "recorded",
            "render",
            "sign",
        ],
    ),
    (
        "inspect",
        &["bounded", "bundle", "clock", "diagnostic", "domain", "intunewin", "render", "sign"],
    ),
    (
        "cli",
        &[
            "artifact",
            "bounded",
            "clock",
            "config",
            "diagnostic",
            "domain",
            "fleet_script",
            "hosting",
            "input",
            "inspect",
            "ledger",
            "mdm",
            "output",
            "pipeline",
            "probe",
            "provider",
            "render",
            "sign",
            "timestamp",
            "verify",
        ],
    ),
];

/// The longest file of `src`, in lines. Split files above 400.
const MOST_LINES: usize = 600;

/// The median file of `src` stays below this.
const MEDIAN_LINES: usize = 150;

/// Marks of unfinished work.
const UNDONE: [&str; 6] = ["TODO", "FIXME", "XXX", "todo!", "unimplemented!", "dbg!"];

#[test]
fn modules_import_only_what_they_may() {
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        let module = module_of(&file);
        if module == "lib" || module == "main" {
            continue;
        }
        let (_, allowed) = MAY_IMPORT
            .iter()
            .find(|(name, _)| *name == module)
            .unwrap_or_else(|| panic!("`src/{module}` is not in MAY_IMPORT"));
        for target in crate_imports(without_tests(&text)) {
            if target != module && !allowed.contains(&target.as_str()) {
                wrong.push(format!("{} imports crate::{target}", file.display()));
            }
        }
        seen.insert(module);
    }
    assert_eq!(seen.len(), MAY_IMPORT.len(), "MAY_IMPORT lists a module that is gone");
    assert!(wrong.is_empty(), "forbidden imports:\n{}", wrong.join("\n"));
}

#[test]
fn every_import_that_is_allowed_is_used() {
    for (module, allowed) in MAY_IMPORT {
        let used: BTreeSet<String> = sources()
            .iter()
            .filter(|(file, _)| module_of(file) == *module)
            .flat_map(|(_, text)| crate_imports(text))
            .collect();
        for target in *allowed {
            assert!(
                used.contains(*target),
                "`{module}` does not import `{target}`: take it from the table"
            );
        }
    }
}

#[test]
fn no_file_has_grown_too_large() {
    let mut sizes: Vec<(usize, PathBuf)> =
        sources().into_iter().map(|(file, text)| (text.lines().count(), file)).collect();
    sizes.sort();
    let (largest, file) = sizes.last().expect("files");
    assert!(*largest <= MOST_LINES, "{} has {largest} lines", file.display());
    let (median, _) = sizes[sizes.len() / 2];
    assert!(median <= MEDIAN_LINES, "the median file has {median} lines");
}

#[test]
fn nothing_is_left_undone() {
    for (file, text) in sources() {
        for word in UNDONE {
            assert!(!text.contains(word), "{} says {word}", file.display());
        }
    }
}

#[test]
fn secrets_are_exposed_only_where_they_are_used() {
    for (file, text) in sources() {
        if text.contains(".expose()") {
            let module = module_of(&file);
            let allowed = matches!(module.as_str(), "sign" | "cli" | "domain")
                || file.starts_with("probe/sign_in")
                || file == Path::new("probe/channel.rs");
            assert!(allowed, "{} exposes a secret", file.display());
        }
    }
}

#[test]
fn artifacts_are_made_only_by_seal() {
    let makers: Vec<_> = sources()
        .into_iter()
        .filter(|(_, text)| text.contains("Artifact::sealed("))
        .map(|(file, _)| file.display().to_string())
        .collect();
    assert_eq!(makers, [Path::new("sign").join("mod.rs").display().to_string()]);
}

/// One part writer: what is written beside its place and renamed goes through `Part`.
#[test]
fn files_are_created_and_renamed_only_by_the_part_writer() {
    let writers = |words: &[&str]| -> BTreeSet<String> {
        sources()
            .iter()
            .filter(|(file, _)| !file.ends_with("tests.rs"))
            .filter(|(_, text)| words.iter().any(|word| without_tests(text).contains(word)))
            .map(|(file, _)| file.display().to_string().replace('\\', "/"))
            .collect()
    };
    // `fs::write` and `File::create` are refused by clippy.toml
    let calls =
        [".create(true)", "create_new(true)", "DirBuilder", "rename(", "hard_link", "\".part\""];
    assert_eq!(writers(&calls), ["output/part.rs".to_owned()].into());
    assert_eq!(
        writers(&["create_new("]),
        [
            "output/exclusive.rs",
            "output/export.rs",
            "output/ledger.rs",
            "output/lock.rs",
            "output/part.rs"
        ]
        .map(str::to_owned)
        .into(),
        "only locks, an empty ledger and the files of an export are created in their places"
    );
}

#[test]
fn only_sign_and_the_tls_of_the_probe_know_openssl() {
    let tls = Path::new("probe").join("tls.rs");
    for (file, text) in sources() {
        let names_it = text.contains("openssl::") || text.contains("use openssl");
        let may = module_of(&file) == "sign" || file == tls;
        assert!(!names_it || may, "{} uses openssl", file.display());
    }
}

#[test]
fn only_the_probe_opens_sockets_and_only_its_names_are_async() {
    let names = Path::new("probe").join("names.rs");
    for (file, text) in sources() {
        let text = without_tests(&text);
        let connects = ["TcpStream", "UdpSocket", "std::net::Tcp", "ToSocketAddrs"];
        let connects = connects.iter().any(|word| text.contains(word));
        assert!(!connects || module_of(&file) == "probe", "{} connects", file.display());
        let is_async = ["tokio::", "async ", "hickory_resolver::"];
        let is_async = is_async.iter().any(|word| text.contains(word));
        assert!(!is_async || file == names, "{} is async", file.display());
    }
}

#[test]
fn only_render_names_a_format() {
    for (file, text) in sources() {
        let module = module_of(&file);
        // in these a sheet is the one of a workbook
        let has_worksheets = ["input", "config", "cli"].contains(&module.as_str());
        for id in RENDERERS.iter().map(|renderer| renderer.format().id) {
            let named = without_tests(&text).contains(&format!("\"{id}\""));
            let is_worksheet = has_worksheets && id == "sheet";
            assert!(!named || is_worksheet || module == "render", "{} names {id}", file.display());
        }
    }
}

#[test]
fn the_domain_is_never_serialized() {
    for (file, text) in sources() {
        assert!(module_of(&file) != "domain" || !text.contains("serde"), "{}", file.display());
    }
}

/// Every source file, by its path below `src`.
fn sources() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, root: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, root, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(root).unwrap().to_owned(), text));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    walk(&root, &root, &mut found);
    found.sort();
    found
}

/// The first part of a path below `src`: the module.
fn module_of(file: &Path) -> String {
    let first = file.components().next().unwrap().as_os_str().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

/// Tests may import more than the code they test.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or(text)
}

/// The first path segment after each `crate::`, with `crate::{a, b::c}` opened up.
fn crate_imports(text: &str) -> Vec<String> {
    let identifier = |text: &str| {
        text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>()
    };
    text.match_indices("crate::")
        .flat_map(|(at, found)| {
            let rest = &text[at + found.len()..];
            match rest.strip_prefix('{').and_then(|group| group.split_once('}')) {
                Some((group, _)) => group.split(',').map(|part| identifier(part.trim())).collect(),
                None => vec![identifier(rest)],
            }
        })
        .collect()
}
