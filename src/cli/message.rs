//! Words to a person on standard error, data on standard output.
#![expect(clippy::disallowed_macros, reason = "this is the seam")]

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Display;

use anstream::{eprintln, println};
use anstyle::{AnsiColor, Style};
use serde::Serialize;

use super::args::GlobalArgs;
use crate::diagnostic::Diagnostic;

/// Where the program speaks. Colour goes to terminals only, and `NO_COLOR` is honoured.
#[derive(Debug)]
pub(super) struct Console {
    json: bool,
    quiet: bool,
    /// Hints that were given: each is said once.
    given: RefCell<BTreeSet<String>>,
}

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const NOTE: Style = AnsiColor::Cyan.on_default();
const HINT: Style = AnsiColor::Green.on_default();

impl Console {
    pub(super) fn new(args: &GlobalArgs) -> Self {
        Self { json: args.json, quiet: args.quiet, given: RefCell::default() }
    }

    /// Whether nobody watches for progress.
    pub(super) fn is_quiet(&self) -> bool {
        self.quiet || self.json
    }

    /// Something keeps the program from going on.
    pub(super) fn error(&self, error: &dyn Diagnostic) {
        say(ERROR, "error", error);
        self.hint(error.hint().as_deref());
    }

    /// An error with its place in front, one of perhaps many.
    pub(super) fn located_error(
        &self,
        place: &dyn Display,
        what: &dyn Display,
        hint: Option<&str>,
    ) {
        say(ERROR, "error", &format_args!("{place}: {what}"));
        self.hint(hint);
    }

    /// Something is doubtful.
    pub(super) fn warning(&self, what: &dyn Display, hint: Option<&str>) {
        if !self.quiet {
            say(WARNING, "warning", what);
            self.hint(hint);
        }
    }

    /// Something to know.
    pub(super) fn note(&self, what: &dyn Display) {
        if !self.quiet {
            say(NOTE, "note", what);
        }
    }

    /// A plain line about what is going on.
    pub(super) fn line(&self, text: &dyn Display) {
        if !self.quiet {
            eprintln!("{text}");
        }
    }

    /// The answer of a command, for people.
    pub(super) fn answer(&self, text: &dyn Display) {
        if !self.json {
            println!("{text}");
        }
    }

    /// The answer of a command, for programs.
    pub(super) fn event(&self, event: &impl Serialize) {
        if self.json {
            println!("{}", serde_json::to_string(event).unwrap_or_default());
        }
    }

    /// Each hint is given once.
    fn hint(&self, hint: Option<&str>) {
        if let Some(hint) = hint
            && self.given.borrow_mut().insert(hint.to_owned())
        {
            eprintln!("  {HINT}hint{HINT:#}: {hint}");
        }
    }
}

fn say(style: Style, word: &str, what: &dyn Display) {
    eprintln!("{style}{word}{style:#}: {what}");
}
