//! Messages for people on standard error, answers and JSON on standard output.
//!
//! Messages may contain foreign text: a header, a path, a certificate's name. So the last
//! step before the terminal spells out every control, bidirectional and invisible character.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::io::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use super::args::GlobalArgs;
use super::exit::Exit;
use super::summaries::Severity;
use crate::diagnostic::{Diagnostic, Fact, Lines, Notice, Weight, one_line};

/// Prints messages and answers. Only terminals get colour, and `NO_COLOR` turns it off. Clones are one console, for
/// what other threads have to say.
#[derive(Clone, Debug)]
pub(super) struct Console {
    json: bool,
    quiet: bool,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// Hints that were printed: each is printed once.
    given: BTreeSet<String>,
    /// Why standard output could not be written, the first time it could not.
    failure: Option<io::ErrorKind>,
}

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const NOTE: Style = AnsiColor::Cyan.on_default();
const HINT: Style = AnsiColor::Green.on_default();

impl Console {
    pub(super) fn new(args: &GlobalArgs) -> Self {
        Self { json: args.json, quiet: args.quiet, state: Arc::default() }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether no progress is shown.
    pub(super) fn is_quiet(&self) -> bool {
        self.quiet || self.json
    }

    pub(super) fn is_json(&self) -> bool {
        self.json
    }

    /// How the program ends after all: as `exit` says, unless its answer could not be written.
    pub(super) fn exit(&self, exit: Exit) -> Exit {
        let failure = self.state().failure;
        let end = exit_after_writing(exit, failure);
        if end != exit {
            self.hint(Some("files that the command made are there all the same"));
        }
        end
    }

    /// Prints an error and reports it as an event.
    pub(super) fn error(&self, error: &dyn Diagnostic) {
        let hint = error.hint();
        say(ERROR, "error", error);
        self.hint(hint.as_deref());
        self.event(&ErrorEvent { event: "error", message: error.to_string(), hint });
    }

    /// Prints a line about one row; the row's own event reports it to programs.
    pub(super) fn located(&self, severity: Severity, what: &dyn Display) {
        let (style, word) = match severity {
            Severity::Error => (ERROR, "error"),
            Severity::Important | Severity::Warning => (WARNING, "warning"),
            Severity::Skipped => (NOTE, "note"),
        };
        if self.shows(severity) {
            say(style, word, what);
        }
    }

    /// Prints a line that belongs to rows of this severity.
    pub(super) fn located_more(&self, severity: Severity, text: &dyn Display) {
        if self.shows(severity) {
            to_stderr(&one_line(text));
        }
    }

    /// Prints a hint that belongs to rows of this severity.
    pub(super) fn located_hint(&self, severity: Severity, hint: &str) {
        if self.shows(severity) {
            self.hint(Some(hint));
        }
    }

    fn shows(&self, severity: Severity) -> bool {
        !self.quiet || severity != Severity::Warning
    }

    /// Prints a notice, unless `--quiet` hides it, and reports it as an event.
    pub(super) fn notice(&self, notice: &Notice) {
        let Notice { weight, code, message, hint, facts } = notice;
        if !self.quiet || *weight == Weight::Important {
            let (style, word) = match weight {
                Weight::Note => (NOTE, "note"),
                Weight::Warning | Weight::Important => (WARNING, "warning"),
            };
            say(style, word, message);
            self.hint(hint.as_deref());
        }
        let event = if *weight == Weight::Note { "note" } else { "warning" };
        let facts = facts.iter().map(|(name, fact)| {
            let value = match fact {
                Fact::Text(text) => FactValue::Text(text),
                Fact::List(list) => FactValue::List(list),
            };
            (*name, value)
        });
        let facts = facts.collect();
        let hint = hint.as_deref();
        self.event(&NoticeEvent { event, code, line: None, message, hint, facts });
    }

    /// Reports a warning about the row on `line` to programs; people read it in its [summary].
    ///
    /// [summary]: super::summaries::Summaries
    pub(super) fn row_warning(&self, code: &str, line: u64, message: &str, hint: Option<&str>) {
        let (event, facts) = ("warning", BTreeMap::new());
        self.event(&NoticeEvent { event, code, line: Some(line), message, hint, facts });
    }

    /// Prints a question; the answer is typed on the same line.
    #[expect(clippy::unused_self, reason = "questions need a console")]
    pub(super) fn ask(&self, question: &dyn Display) {
        let mut stderr = anstream::stderr();
        let _ = write!(stderr, "{}", one_line(question)).and_then(|()| stderr.flush());
    }

    /// A plain line about what is going on.
    pub(super) fn line(&self, text: &dyn Display) {
        if !self.quiet {
            to_stderr(&one_line(text));
        }
    }

    /// A line of the answer of a command that has an event of its own for programs.
    pub(super) fn answer(&self, text: &dyn Display) {
        if !self.json {
            self.to_stdout(&one_line(text));
        }
    }

    /// The same with several lines.
    pub(super) fn answer_lines(&self, lines: &Lines) {
        if !self.json {
            self.to_stdout(&lines.to_string());
        }
    }

    /// The answer of a command in one line, the same for people and programs.
    pub(super) fn print(&self, text: &dyn Display) {
        self.answer(text);
        self.event(&AnswerEvent { event: "answer", text: text.to_string() });
    }

    /// The same with several lines.
    pub(super) fn print_lines(&self, lines: &Lines) {
        self.answer_lines(lines);
        self.event(&AnswerEvent { event: "answer", text: lines.to_string() });
    }

    /// The answer of a command, for programs.
    pub(super) fn event(&self, event: &impl Serialize) {
        if self.json {
            self.to_stdout(&serde_json::to_string(event).unwrap_or_default());
        }
    }

    /// Each hint is given once.
    fn hint(&self, hint: Option<&str>) {
        if let Some(hint) = hint
            && self.state().given.insert(hint.to_owned())
        {
            to_stderr(&format!("  {HINT}hint{HINT:#}: {}", one_line(&hint)));
        }
    }

    fn to_stdout(&self, text: &str) {
        if let Err(error) = writeln!(anstream::stdout(), "{text}") {
            self.state().failure.get_or_insert(error.kind());
        }
    }
}

#[derive(Serialize)]
struct ErrorEvent {
    event: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

#[derive(Serialize)]
struct NoticeEvent<'a> {
    event: &'static str,
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
    #[serde(flatten)]
    facts: BTreeMap<&'static str, FactValue<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum FactValue<'a> {
    Text(&'a str),
    List(&'a [String]),
}

#[derive(Serialize)]
struct AnswerEvent {
    event: &'static str,
    text: String,
}

/// How the program ends after writing to standard output failed with `failure`. A reader that has gone away had what it
/// wanted.
pub(super) fn exit_after_writing(exit: Exit, failure: Option<io::ErrorKind>) -> Exit {
    match failure {
        None | Some(io::ErrorKind::BrokenPipe) => exit,
        Some(kind) => {
            say(ERROR, "error", &format!("standard output cannot be written: {kind}"));
            Exit::StoppedMidway
        }
    }
}

fn say(style: Style, word: &str, what: &dyn Display) {
    to_stderr(&format!("{style}{word}{style:#}: {}", one_line(what)));
}

/// A standard error that cannot be written must not stop the work: no one can be informed.
fn to_stderr(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}
