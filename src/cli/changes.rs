//! The changes of a run, in groups.

use std::fmt::Write as _;

use crate::diagnostic::Grouped;
use crate::ledger::EventKind;
use crate::pipeline::{ChangeSummary, ChangedPerson};

use super::message::Console;

/// Where people who are not listed one by one are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// In the objects of `--json`.
    Json,
    /// In `changes.csv`.
    ChangesFile,
}

/// The lines that show `changes`.
pub(super) fn lines(changes: &ChangeSummary, rest: Rest) -> Vec<String> {
    let mut lines = Vec::new();
    for (kind, group) in changes.groups() {
        lines.push(format!("{}: {}", kind.id(), Grouped(group.count)));
        lines.extend(group.first.iter().map(line));
        let more = group.count - group.first.len() as u64;
        if more > 0 {
            let all = match rest {
                Rest::Json => "--json lists all",
                Rest::ChangesFile => "all are in changes.csv",
            };
            lines.push(format!("  and {} more: {all}", Grouped(more)));
        }
    }
    lines
}

fn line(ChangedPerson { address, details, action }: &ChangedPerson) -> String {
    let mut line = format!("  {address}");
    if !details.is_empty() {
        let _ = write!(line, ": {details}");
    }
    let _ = write!(line, " ({action})");
    line
}

/// Reports what happened to people. A folder's first bundles are only counted.
pub(super) fn report(changes: &ChangeSummary, console: &Console) {
    if changes.is_empty() {
        return;
    }
    let are_all_new = changes.groups().all(|(kind, _)| kind == EventKind::New);
    if !are_all_new {
        for text in lines(changes, Rest::ChangesFile) {
            console.line(&text);
        }
    }
    let counts: Vec<_> = changes
        .counts()
        .into_iter()
        .map(|(kind, count)| format!("{} {kind}", Grouped(count)))
        .collect();
    let counts = counts.join(", ");
    console.line(&format_args!("changes: {counts}; changes.csv says what each person has to do"));
}
