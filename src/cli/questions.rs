//! Questions at the terminal, each with a proposal that a blank answer accepts.

use std::fmt::{self, Display};
use std::io::BufRead;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::message::Console;
use super::summaries::Severity;
use crate::diagnostic::{Diagnostic, Shown};

/// The answer that declines an optional value.
pub(super) const NONE: &str = "none";

/// The input ended before the last answer.
#[derive(Debug, Error)]
#[error("the answers have ended")]
pub(super) struct Ended;

impl Diagnostic for Ended {
    fn hint(&self) -> Option<String> {
        Some("--yes asks nothing, and takes the flags and the defaults".to_owned())
    }
}

/// An error with its hint on one line.
#[derive(Debug)]
pub(super) struct WithHint<E>(pub(super) E);

impl<E: Diagnostic> Display for WithHint<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        self.0.hint().map_or(Ok(()), |hint| write!(f, "; {hint}"))
    }
}

impl<E: Diagnostic> std::error::Error for WithHint<E> {}

#[derive(Debug, Error)]
#[error("there is no file `{}`", Shown(.0))]
struct NoFile(String);

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

    /// Asks until `read` accepts the answer. A blank answer is `proposal`; `""` proposes nothing.
    pub(super) fn ask<T, E: Display>(
        &mut self,
        question: &str,
        proposal: &str,
        read: impl Fn(&str) -> Result<T, E>,
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

    /// Asks for an existing file, or for none.
    pub(super) fn file(
        &mut self,
        question: &str,
        proposal: &str,
    ) -> Result<Option<PathBuf>, Ended> {
        self.ask(question, proposal, |answer| {
            or_none(answer, |answer| {
                let path = Path::new(answer);
                path.is_file().then(|| path.to_owned()).ok_or_else(|| NoFile(answer.to_owned()))
            })
        })
    }
}

/// The value that `read` makes of `answer`, unless it is `none`.
pub(super) fn or_none<T, E>(
    answer: &str,
    read: impl Fn(&str) -> Result<T, E>,
) -> Result<Option<T>, E> {
    if answer == NONE { Ok(None) } else { read(answer).map(Some) }
}
