//! `mailmuster inspect`

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::message::Console;
use crate::cli::wildcards::expand;
use crate::clock::Clock;
use crate::diagnostic::Lines;
use crate::inspect::{Description, inspect};
use crate::render::removal;

/// Describe a profile, script, bundle or certificate in plain words
#[derive(Debug, Args)]
pub(in crate::cli) struct InspectArgs {
    /// Profiles, scripts, bundles, removal packages, sheets or certificates
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

impl InspectArgs {
    pub(super) fn run(&self, console: &Console) -> Result<Exit, Failure> {
        let now = Clock::now_only();
        let files = expand(&self.files)?;
        if let [file] = &files[..] {
            let description = inspect(file, &removal::ALL, now)?;
            console.answer_lines(&description.lines());
            report(file, &description, console);
            return Ok(Exit::Done);
        }
        let mut failed = 0;
        for file in &files {
            match inspect(file, &removal::ALL, now) {
                Ok(description) => {
                    let mut lines = Lines::default();
                    lines.line(format_args!("{}:", file.display()));
                    lines.append(description.lines());
                    lines.blank();
                    console.answer_lines(&lines);
                    report(file, &description, console);
                }
                Err(error) => {
                    console.error(&error);
                    failed += 1;
                }
            }
        }
        Ok(match failed {
            0 => Exit::Done,
            _ if failed == files.len() => Exit::NothingAttempted,
            _ => Exit::SomeFailed,
        })
    }
}

fn report(file: &Path, description: &Description, console: &Console) {
    let file = file.display().to_string();
    console.event(&InspectEvent { event: "inspected", file: &file, description });
}

#[derive(Serialize)]
struct InspectEvent<'a> {
    event: &'static str,
    file: &'a str,
    #[serde(flatten)]
    description: &'a Description,
}
