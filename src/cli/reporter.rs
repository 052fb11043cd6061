//! Reports a pass over the list: JSON lines row by row, summaries at its end, and a progress bar.

use std::fmt::Display;

use indicatif::ProgressBar;
use serde::Serialize;

use super::message::Console;
use super::progress::{Unit, bar};
use super::summaries::{Severity, Summaries};
use crate::diagnostic::{Diagnostic, Fact, Grouped, Listed, Notice, Shown, Weight};
use crate::domain::label::{Label, Labels};
use crate::input::columns::Target;
use crate::input::{Field, List, Location, Mapping, RowWarning};
use crate::output::OutputError;
use crate::output::rejects::RejectsFile;
use crate::pipeline::{Observer, Outcome, Reason, RowReport};
use crate::render::AppWarning;

/// Code of the warning that neighbouring rows are taken for one person's.
const SEVERAL_MAILBOXES_CODE: &str = "several-mailboxes";

/// How many unused columns are named. Apple School Manager writes a thousand.
const MOST_UNUSED: usize = 20;

/// Which pass over the list is reported. The last one reports each row as JSON.
pub(super) enum Pass {
    /// No other follows.
    Only {
        /// Where refused rows are copied to.
        rejects: Option<RejectsFile>,
    },
    FirstOfTwo,
    SecondOfTwo,
    /// No other follows, and the passwords are used.
    #[cfg(feature = "probe")]
    SignIn,
}

pub(super) struct Reporter<'a> {
    console: &'a Console,
    list: String,
    bar: ProgressBar,
    summaries: Summaries,
    /// Where refused rows are copied to, until that fails.
    rejects: Option<Result<RejectsFile, OutputError>>,
    reports_rows: bool,
    /// The headers of columns of passwords, to say that no file has them.
    names_passwords: bool,
}

impl<'a> Reporter<'a> {
    pub(super) fn new(console: &'a Console, list: String, pass: Pass) -> Self {
        let (unit, reports_rows, names_passwords) = match pass {
            Pass::Only { .. } => (Unit::Bytes, true, true),
            Pass::FirstOfTwo => (Unit::Bytes, false, true),
            Pass::SecondOfTwo => (Unit::Rows, true, true),
            #[cfg(feature = "probe")]
            Pass::SignIn => (Unit::Bytes, true, false),
        };
        let rejects = match pass {
            Pass::Only { rejects } => rejects.map(Ok),
            _ => None,
        };
        let (bar, summaries) = (bar(console, unit), Summaries::default());
        Self { console, list, bar, summaries, rejects, reports_rows, names_passwords }
    }

    /// Removes the bar and prints the summaries.
    pub(super) fn finish(self) -> (Summaries, Option<Result<RejectsFile, OutputError>>) {
        self.bar.finish_and_clear();
        self.summaries.print(self.console);
        (self.summaries, self.rejects)
    }

    fn add_problems(&mut self, row: &RowReport) {
        let list = &self.list;
        let skipped = matches!(row.outcome, Outcome::Skipped(_));
        let severity = if skipped { Severity::Skipped } else { Severity::Error };
        for Reason { code, column, message, hint } in row.outcome.reasons() {
            let message_of_row = || {
                let place = format!("`{list}` {}", row.location);
                match &column {
                    _ if skipped && row.address.is_empty() => {
                        format!("{place} is skipped: {message}")
                    }
                    _ if skipped => {
                        format!("{place} is skipped: {message} (`{}`)", Shown(&row.address))
                    }
                    Some(column) => format!("{place}, column `{}`: {message}", Shown(column)),
                    None => format!("{place}: {message}"),
                }
            };
            self.summaries.add(severity, code, row.location.number, &message_of_row, hint);
        }
    }

    /// Reports a warning about one row: as an event of its own, and in its summary.
    fn warn(
        &mut self,
        weight: Weight,
        code: &'static str,
        location: Location,
        what: &dyn Display,
        hint: Option<String>,
    ) {
        let list = &self.list;
        if self.console.is_json() {
            let message = what.to_string();
            self.console.row_warning(code, location.number, &message, hint.as_deref());
        }
        let message_of_row = || format!("`{list}` {location}: {what}");
        self.summaries.add(weight.into(), code, location.number, &message_of_row, hint);
    }

    fn reject(&mut self, row: &RowReport, cells: &[Vec<u8>]) {
        if let Some(Ok(file)) = &mut self.rejects {
            let why: Vec<String> = row
                .outcome
                .reasons()
                .into_iter()
                .map(|problem| match problem.column {
                    Some(column) => format!("{column}: {}", problem.message),
                    None => problem.message,
                })
                .collect();
            if let Err(error) = file.add(&why.join("; "), cells) {
                self.rejects = Some(Err(error));
            }
        }
    }
}

/// Reports columns that are not used: a misspelt header may be among them.
fn report_unused(mapping: &Mapping, console: &Console) {
    let unused: Vec<String> = mapping.unused().map(str::to_owned).collect();
    if unused.is_empty() {
        return;
    }
    let named = &unused[..unused.len().min(MOST_UNUSED)];
    let more = match unused.len() - named.len() {
        0 => String::new(),
        more => format!(" and {} more", Grouped(more as u64)),
    };
    let named = Listed(named);
    console.notice(
        &Notice::note("unused-columns", format_args!("columns not used: {named}{more}"))
            .with_fact("columns", Fact::List(unused)),
    );
}

impl Observer for Reporter<'_> {
    fn opened(&mut self, list: &List) {
        let console = self.console;
        let mapping = &list.mapping;
        console.line(&format_args!("{}: {}", self.list, list.about()));
        for notice in &list.notices {
            console.notice(notice);
        }
        console.line(&format_args!("columns: {mapping}"));
        for header in mapping.passwords().filter(|_| self.names_passwords) {
            console.notice(&Notice::note(
                "password-column",
                format_args!(
                    "column `{}` is not used: no file holds a password, devices ask for it once",
                    Shown(header)
                ),
            ));
        }
        if mapping.email_is_last_resort() {
            let header = Shown(mapping.header_of(Field::Email).unwrap_or_default());
            console.notice(
                &Notice::important(
                    "last-resort-address",
                    format_args!(
                        "no column is known to hold addresses: they are taken from `{header}`"
                    ),
                )
                .with_hint(
                    "make sure that they are the mailboxes; --map 'email=...' names another column",
                ),
            );
        }
        let own_servers: Vec<&str> = mapping
            .explain()
            .filter(|column| matches!(column.meaning.target(), Some(Target::Setting(_))))
            .map(|column| column.header)
            .collect();
        if !own_servers.is_empty() {
            console.notice(&Notice::important(
                "servers-from-list",
                format_args!(
                    "rows of `{}` can name mail servers of their own, in {}",
                    Shown(&self.list),
                    Listed(&own_servers)
                ),
            ));
        }
        for header in mapping.informational() {
            let header = Shown(header);
            console.notice(&Notice::note("login-column", format_args!(
                "column `{header}` is not used: it may be the login of another system; if it is the mail login, say --map 'login={header}'"
            )));
        }
        report_unused(mapping, console);
        if let Some(Ok(file)) = &mut self.rejects
            && let Err(error) = file.header(list.delimiter(), &mapping.names().collect::<Vec<_>>())
        {
            self.rejects = Some(Err(error));
        }
    }

    fn warned(&mut self, location: Location, warning: &RowWarning) {
        self.warn(warning.weight(), warning.code(), location, &warning, warning.hint());
    }

    fn app_warned(&mut self, location: Location, warning: &AppWarning) {
        let AppWarning { code, text, hint, .. } = warning;
        self.warn(Weight::Warning, code, location, text, Some(hint.clone()));
    }

    fn joined(&mut self, location: Location, addresses: &[&str]) {
        let what = format_args!("one person with the mailboxes {}", Listed(addresses)).to_string();
        let hint = "rows with one id and one name are one person's; if the column is not a key of people, use --map id=-";
        let hint = Some(hint.to_owned());
        self.warn(Weight::Important, SEVERAL_MAILBOXES_CODE, location, &what, hint);
    }

    fn left_out(&mut self, row: &RowReport, cells: Option<&[Vec<u8>]>) {
        self.add_problems(row);
        if let (Outcome::Refused(_), Some(cells)) = (&row.outcome, cells) {
            self.reject(row, cells);
        }
        if self.reports_rows {
            self.console.event(&RowEvent::of(row));
        }
    }

    fn finished(&mut self, row: &RowReport) {
        // the first pass has reported the rest
        if matches!(row.outcome, Outcome::Failed(_)) {
            self.add_problems(row);
        }
        self.console.event(&RowEvent::of(row));
    }

    fn progress(&mut self, done: u64, total: u64) {
        self.bar.set_length(total);
        self.bar.set_position(done);
    }
}

/// A row in `--json`.
#[derive(Serialize)]
struct RowEvent<'a> {
    event: &'static str,
    line: u64,
    address: &'a str,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    bundle: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    department: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<Reason>,
}

impl<'a> RowEvent<'a> {
    fn of(row: &'a RowReport) -> Self {
        let Labels { client, group, department } = &row.labels;
        Self {
            event: "row",
            line: row.location.number,
            address: &row.address,
            outcome: row.outcome.id(),
            bundle: row.outcome.bundle(),
            client: client.as_ref().map(Label::as_str),
            group: group.as_ref().map(Label::as_str),
            department: department.as_ref().map(Label::as_str),
            problems: row.outcome.reasons(),
        }
    }
}
