//! What a run finds, as it is told: errors and JSON lines row by row, and the bar.

use indicatif::ProgressBar;
use serde::Serialize;

use super::message::Console;
use super::progress::{Unit, bar};
use crate::diagnostic::Shown;
use crate::input::{Field, Mapping};
use crate::pipeline::{Observer, Problem, RowReport};

/// Tells one pass of a run.
pub(super) struct Watch<'a> {
    console: &'a Console,
    list: String,
    bar: ProgressBar,
    /// Whether this pass tells rows as JSON: the last one does.
    tells_rows: bool,
}

impl<'a> Watch<'a> {
    /// For the first pass. `alone`: no second follows.
    pub(super) fn first(console: &'a Console, list: String, alone: bool) -> Self {
        Self { console, list, bar: bar(console, Unit::Bytes), tells_rows: alone }
    }

    /// For the second pass.
    pub(super) fn second(console: &'a Console, list: String) -> Self {
        Self { console, list, bar: bar(console, Unit::Rows), tells_rows: true }
    }

    /// Takes the bar away.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

impl Observer for Watch<'_> {
    fn opened(&mut self, dialect: &str, mapping: &Mapping) {
        let console = self.console;
        console.line(&format_args!("{}: {dialect}", self.list));
        console.line(&format_args!("columns: {mapping}"));
        if let Some(header) = mapping.header_of(Field::Password) {
            console.note(&format_args!(
                "column `{header}` is not read: no file holds a password, devices ask for it once"
            ));
        }
        for header in mapping.informational() {
            console.note(&format_args!(
                "column `{header}` is not used: it may be the login of another system; if it is the mail login, say --map 'login={header}'"
            ));
        }
    }

    fn refused(&mut self, row: &RowReport) {
        let place = format!("`{}` {}", self.list, row.location);
        self.bar.suspend(|| {
            for Problem { column, message, hint, .. } in row.outcome.problems() {
                let column = column
                    .map(|column| format!(", column `{}`", Shown(&column)))
                    .unwrap_or_default();
                self.console.located_error(
                    &format_args!("{place}{column}"),
                    &message,
                    hint.as_deref(),
                );
            }
        });
        if self.tells_rows {
            self.console.event(&RowEvent::of(row));
        }
    }

    fn finished(&mut self, row: &RowReport) {
        if row.outcome.id() == "failed" {
            self.refused(row);
        } else {
            self.console.event(&RowEvent::of(row));
        }
    }

    fn progress(&mut self, done: u64, total: u64) {
        self.bar.set_length(total);
        self.bar.set_position(done);
    }
}

/// A row as programs read it.
#[derive(Serialize)]
struct RowEvent<'a> {
    event: &'static str,
    line: u64,
    address: &'a str,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    bundle: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<Problem>,
}

impl<'a> RowEvent<'a> {
    fn of(row: &'a RowReport) -> Self {
        Self {
            event: "row",
            line: row.location.line,
            address: &row.address,
            outcome: row.outcome.id(),
            bundle: row.outcome.bundle(),
            problems: row.outcome.problems(),
        }
    }
}
