//! The workflows, and what a release is made of: archives, the formula of Homebrew and the manifests of winget and
//! Scoop, filled from archives that are made up here.

mod archive;
mod tag;
mod templates;
mod workflows;

use std::path::Path;
use std::process::{Command, Output};

use super::support::{Folder, project};
use super::tool::{Tool, tool};

/// A judge of Python, in the virtual environment of `data/release`.
fn python_judge(name: &str, folder: &Folder) -> Option<Tool> {
    let program = project("tests/oracles/data/release/python/bin").join(name);
    tool(program.to_str().unwrap(), folder.path(), |tool| match tool.output(&["--version"]) {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).into()),
        Err(error) => Err(format!("{error} (scripts/test installs it)")),
    })
}

/// Runs a script of the project in Python, which Windows does not start by its first line.
fn python(script: &Path, args: &[&str], folder: &Folder) -> Output {
    Command::new("python3").arg(script).args(args).current_dir(folder.path()).output().unwrap()
}

/// What a run that must fail prints.
#[track_caller]
fn error_of(output: &Output) -> String {
    assert!(!output.status.success(), "it succeeded: {output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Judges files by schemas, as pairs of both; whether all fit, and what was printed of each file.
fn by_schemas(folder: &Folder, pairs: &[(&str, &str)]) -> Option<(bool, String)> {
    let python = python_judge("python", folder)?;
    let judge = project("tests/oracles/data/release/schemas.py");
    let pairs = pairs.iter().flat_map(|(schema, file)| [*schema, *file]);
    let args: Vec<&str> = std::iter::once(judge.to_str().unwrap()).chain(pairs).collect();
    Some(python.says(&args))
}
