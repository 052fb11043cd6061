//! Questions to whoever sits at the terminal, each with what a blank answer means.

use std::io::BufRead;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::message::Console;
use super::summaries::Severity;
use crate::diagnostic::Diagnostic;

/// What a blank answer means where there is nothing to propose.
pub(super) const NONE: &str = "none";

/// Whoever was asked has gone.
#[derive(Debug, Error)]
#[error("the answers have ended")]
pub(super) struct Ended;

impl Diagnostic for Ended {
    fn hint(&self) -> Option<String> {
        Some("--yes asks nothing, and takes the flags and the defaults".to_owned())
    }
}

/// Asks one question after the other.
pub(super) struct Questions<'a, R> {
    input: R,
    console: &'a Console,
}

impl<'a, R: BufRead> Questions<'a, R> {
    /// Answers come from `input`.
    pub(super) fn new(input: R, console: &'a Console) -> Self {
        Self { input, console }
    }

    /// Asks until the answer can be read. A blank one is `proposal`; `""` proposes nothing.
    pub(super) fn ask<T>(
        &mut self,
        question: &str,
        proposal: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, Ended> {
        loop {
            match proposal {
                "" => self.console.ask(&format_args!("{question}: ")),
                _ => self.console.ask(&format_args!("{question} [{proposal}]: ")),
            }
            let mut answer = String::new();
            match self.input.read_line(&mut answer) {
                Ok(count) if count > 0 => {}
                _ => return Err(Ended),
            }
            let answer = match answer.trim() {
                "" => proposal,
                answer => answer,
            };
            match read(answer) {
                Ok(value) => return Ok(value),
                Err(error) => self.console.located(Severity::Error, &error),
            }
        }
    }

    /// Asks for a file that is there, or for none.
    pub(super) fn file(
        &mut self,
        question: &str,
        proposal: &str,
    ) -> Result<Option<PathBuf>, Ended> {
        self.ask(question, proposal, |answer| {
            or_none(answer, |answer| {
                let path = Path::new(answer);
                path.is_file()
                    .then(|| path.to_owned())
                    .ok_or_else(|| format!("there is no file `{answer}`"))
            })
        })
    }
}

/// What `read` makes of `answer`, unless it is `none`.
pub(super) fn or_none<T>(
    answer: &str,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<Option<T>, String> {
    if answer == NONE { Ok(None) } else { read(answer).map(Some) }
}
