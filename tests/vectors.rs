//! One fault per file, one test per file. The first lines of each vector are what is expected, then
//! follow `---` and the body, byte for byte:
//!
//! ```text
//! args: --delimiter ;              more arguments, if any
//! loud: yes                        without --quiet, which leaves most warnings out
//! exit: 1                          the exit code
//! stderr: error: `list.csv` …      every line of standard error, in order
//! stdout: checked 1 row…           the same, where it matters
//! ---
//! ```
//!
//! `tests/vectors/csv` goes to `check list.csv --quiet`, `tests/vectors/provider` to `provider check
//! acme.toml --quiet`, `tests/vectors/autoconfig` to `provider import acme.xml --quiet`. The line that
//! names the formats and the disputed host of the default provider are not compared.
//! `UPDATE_VECTORS=1` writes the actual output into the vectors; review the change.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]
#![allow(clippy::disallowed_methods, reason = "UPDATE_VECTORS writes files on purpose")]

#[path = "support/mod.rs"]
mod support;

use std::fs;

use libtest_mimic::{Arguments, Trial};
use support::{DISPUTED, Done, Folder, Run, project};

struct Vector {
    args: Vec<String>,
    loud: bool,
    exit: i32,
    stderr: String,
    stdout: Option<String>,
    body: Vec<u8>,
}

fn read(name: &str) -> Vector {
    let bytes = fs::read(project("tests/vectors").join(name)).unwrap();
    let mark = b"\n---\n";
    let at = bytes.windows(mark.len()).position(|window| window == mark).expect("a line of ---");
    let head = std::str::from_utf8(&bytes[..at]).unwrap();
    let lines =
        |key: &str| head.lines().filter_map(|line| line.strip_prefix(key)).collect::<Vec<_>>();
    for line in head.lines() {
        assert!(
            ["args: ", "loud: ", "exit: ", "stderr: ", "stdout: "]
                .iter()
                .any(|key| line.starts_with(key)),
            "{name}: {line}"
        );
    }
    Vector {
        args: lines("args: ").iter().flat_map(|args| args.split(' ')).map(str::to_owned).collect(),
        loud: !lines("loud: ").is_empty(),
        exit: lines("exit: ")[0].parse().unwrap(),
        stderr: lines("stderr: ").join("\n"),
        stdout: (!lines("stdout: ").is_empty()).then(|| lines("stdout: ").join("\n")),
        body: bytes[at + mark.len()..].to_vec(),
    }
}

/// Writes the actual output into a vector.
fn update(name: &str, vector: &Vector, code: i32, done: &Done) {
    let mut head = String::new();
    let mut add = |key: &str, text: &str| {
        head.extend(text.lines().map(|line| format!("{key}: {line}\n")));
    };
    add("args", &vector.args.join(" "));
    add("loud", if vector.loud { "yes" } else { "" });
    add("exit", &code.to_string());
    add("stderr", done.stderr.trim_end());
    if vector.stdout.is_some() {
        add("stdout", done.stdout.trim_end());
    }
    let path = project("tests/vectors").join(name);
    fs::write(path, [head.as_bytes(), b"---\n", &vector.body].concat()).unwrap();
}

/// The output without the line that names the formats and without the disputed host.
fn without_formats(done: Done) -> Done {
    let is_kept = |line: &&str| !line.starts_with("to be made: ");
    let stderr: String = done.stderr.split_inclusive('\n').filter(is_kept).collect();
    Done { stderr: stderr.replace(DISPUTED, ""), ..done }
}

/// The command `args`, on the day that the vectors were written for.
fn run(folder: &Folder, args: &[&str]) -> Run {
    folder.run(args).env("SOURCE_DATE_EPOCH", "1795424400")
}

/// One test for each vector in the folder `kind`, named by its file. `command` judges `file`, which holds
/// the body of the vector.
fn tests_of(kind: &'static str, command: &'static [&str], file: &'static str) -> Vec<Trial> {
    let mut names: Vec<String> = fs::read_dir(project("tests/vectors").join(kind))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert!(!names.is_empty(), "no vectors in {kind}");
    let trial = |name: String| {
        let name = format!("{kind}/{name}");
        Trial::test(name.clone(), move || {
            judge(&name, command, file);
            Ok(())
        })
    };
    names.into_iter().map(trial).collect()
}

/// Runs the vector called `name`, and panics unless the output is as expected.
fn judge(name: &str, command: &[&str], file: &str) {
    let vector = read(name);
    let folder = Folder::new();
    folder.file(file, &vector.body);
    let args: Vec<&str> = command
        .iter()
        .copied()
        .chain([file])
        .chain((!vector.loud).then_some("--quiet"))
        .chain(vector.args.iter().map(String::as_str))
        .collect();
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        let (code, done) = run(&folder, &args).ends();
        update(name, &vector, code.unwrap(), &without_formats(done));
        return;
    }
    let done = without_formats(run(&folder, &args).exits(vector.exit));
    done.stderr_is(&vector.stderr);
    if let Some(stdout) = &vector.stdout {
        done.stdout_is(stdout);
    }
}

fn main() {
    let tests = [
        tests_of("csv", &["check"], "list.csv"),
        tests_of("provider", &["provider", "check"], "acme.toml"),
        tests_of("autoconfig", &["provider", "import"], "acme.xml"),
    ];
    libtest_mimic::run(&Arguments::from_args(), tests.into_iter().flatten().collect()).exit();
}
