//! Faults and warnings of rows, grouped by code: a thousand rows with one fault are one thing to
//! correct.

use serde::Serialize;

use super::message::Console;
use crate::diagnostic::{Grouped, Weight};

/// How many rows with one code are printed one by one: people without a bundle, and the rest.
const MOST_LEFT_OUT: usize = 20;
const MOST_OTHERS: usize = 3;

/// How many different hints are printed for one code.
const MOST_HINTS: usize = 4;

/// How bad a fault or warning is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Severity {
    /// The row gets nothing.
    Error,
    /// A warning that decides who gets settings: `--quiet` does not hide it.
    #[serde(rename = "warning")]
    Important,
    Warning,
    /// The row is left out, as the list asks; `--quiet` does not hide it.
    #[serde(rename = "note")]
    Skipped,
}

impl From<Weight> for Severity {
    fn from(weight: Weight) -> Self {
        match weight {
            Weight::Important => Self::Important,
            Weight::Note | Weight::Warning => Self::Warning,
        }
    }
}

/// The rows with one code and severity.
#[derive(Debug, Serialize)]
struct Summary {
    severity: Severity,
    /// A stable name for programs.
    code: &'static str,
    /// Number of rows.
    rows: u64,
    /// Lines of the first rows.
    first_lines: Vec<u64>,
    hints: Vec<String>,
    /// What is printed about the first rows.
    #[serde(skip)]
    messages: Vec<String>,
}

/// The summaries of a pass, in the order of their first rows.
#[derive(Debug, Default, Serialize)]
#[serde(transparent)]
pub(super) struct Summaries(Vec<Summary>);

impl Summaries {
    /// Adds a row. `message` is called for the first rows of a code only.
    pub(super) fn add(
        &mut self,
        severity: Severity,
        code: &'static str,
        line: u64,
        message: &dyn Fn() -> String,
        hint: Option<String>,
    ) {
        let is_same = |summary: &Summary| (summary.severity, summary.code) == (severity, code);
        let at = self.0.iter().position(is_same).unwrap_or_else(|| {
            let (first_lines, hints, messages) = (Vec::new(), Vec::new(), Vec::new());
            self.0.push(Summary { severity, code, rows: 0, first_lines, hints, messages });
            self.0.len() - 1
        });
        let summary = &mut self.0[at];
        let most = match severity {
            Severity::Error | Severity::Skipped => MOST_LEFT_OUT,
            Severity::Important | Severity::Warning => MOST_OTHERS,
        };
        summary.rows += 1;
        if summary.messages.len() < most {
            summary.first_lines.push(line);
            summary.messages.push(message());
        }
        if let Some(hint) = hint
            && !summary.hints.contains(&hint)
            && summary.hints.len() < MOST_HINTS
        {
            summary.hints.push(hint);
        }
    }

    /// Prints all of them, errors last: next to the result of the run.
    pub(super) fn print(&self, console: &Console) {
        for severity in [Severity::Skipped, Severity::Warning, Severity::Important, Severity::Error]
        {
            for summary in self.0.iter().filter(|summary| summary.severity == severity) {
                summary.print(console);
            }
        }
    }
}

impl Summary {
    fn print(&self, console: &Console) {
        for message in &self.messages {
            console.located(self.severity, message);
        }
        let more = self.rows - self.messages.len() as u64;
        if more > 0 {
            let rows = if more == 1 { "row" } else { "rows" };
            let text = format!("  and {} more {rows} with `{}`", Grouped(more), self.code);
            console.located_more(self.severity, &text);
        }
        for hint in &self.hints {
            console.located_hint(self.severity, hint);
        }
    }
}
