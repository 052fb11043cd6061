//! What is wrong or odd about rows, put together by cause: a thousand rows with one fault are one
//! thing to mend.

use serde::Serialize;

use super::message::Console;
use crate::diagnostic::{Grouped, Weight};

/// How many rows of one cause are printed one by one: people without a bundle, and the rest.
const MOST_LEFT_OUT: usize = 20;
const MOST_OTHERS: usize = 3;

/// How many hints one cause has at most.
const MOST_HINTS: usize = 4;

/// How bad a cause is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Severity {
    /// The row gets nothing.
    Error,
    /// The row is odd, and that decides who gets settings: `--quiet` does not hide it.
    #[serde(rename = "warning")]
    Important,
    /// The row is odd.
    Warning,
    /// The row is left out, as the list says; `--quiet` does not hide it.
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

/// Rows with one cause.
#[derive(Debug, Serialize)]
pub(super) struct Cause {
    severity: Severity,
    /// A stable name for programs.
    code: &'static str,
    /// How many rows have it.
    rows: u64,
    /// The lines of the first ones.
    first_lines: Vec<u64>,
    hints: Vec<String>,
    #[serde(skip)]
    told: Vec<String>,
}

/// Every cause of a pass, in the order of its first row.
#[derive(Debug, Default, Serialize)]
#[serde(transparent)]
pub(super) struct Causes(Vec<Cause>);

impl Causes {
    /// Adds a row. `place` and `what` are told of the first ones only.
    pub(super) fn add(
        &mut self,
        severity: Severity,
        code: &'static str,
        line: u64,
        told: &dyn Fn() -> String,
        hint: Option<String>,
    ) {
        let at = self.0.iter().position(|cause| (cause.severity, cause.code) == (severity, code));
        let at = at.unwrap_or_else(|| {
            let (first_lines, hints, told) = (Vec::new(), Vec::new(), Vec::new());
            self.0.push(Cause { severity, code, rows: 0, first_lines, hints, told });
            self.0.len() - 1
        });
        let cause = &mut self.0[at];
        let most = match severity {
            Severity::Error | Severity::Skipped => MOST_LEFT_OUT,
            Severity::Important | Severity::Warning => MOST_OTHERS,
        };
        cause.rows += 1;
        if cause.told.len() < most {
            cause.first_lines.push(line);
            cause.told.push(told());
        }
        if let Some(hint) = hint
            && !cause.hints.contains(&hint)
            && cause.hints.len() < MOST_HINTS
        {
            cause.hints.push(hint);
        }
    }

    /// Tells all of them, the errors last: they stand next to the summary then.
    pub(super) fn tell(&self, console: &Console) {
        for severity in [Severity::Skipped, Severity::Warning, Severity::Important, Severity::Error]
        {
            for cause in self.0.iter().filter(|cause| cause.severity == severity) {
                cause.tell(console);
            }
        }
    }
}

impl Cause {
    fn tell(&self, console: &Console) {
        for told in &self.told {
            console.located(self.severity, told);
        }
        let more = self.rows - self.told.len() as u64;
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
