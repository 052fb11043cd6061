//! What has come of a run over many mailboxes, in words and in numbers.

use serde::Serialize;

use super::SignInError;
use super::whom::Listed;
use super::words::{self, InWords};
use crate::cli::message::Console;
use crate::diagnostic::Diagnostic;
use crate::output::OutputError;
use crate::probe::{Attempt, MailboxResult, Meaning, NoTurn};

/// What has come of the mailboxes so far.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) signed_in: u64,
    pub(super) failed: u64,
    /// The first that ended the run early.
    pub(super) halt: Option<(String, NoTurn<OutputError>)>,
    /// Meanings whose hint was printed.
    hinted: Vec<Option<Meaning>>,
}

impl Tally {
    /// Prints who cannot sign in, and what to do about it the first time.
    pub(super) fn report(
        &mut self,
        listed: &Listed,
        result: &MailboxResult<'_, OutputError>,
        console: &Console,
    ) {
        let line = Some(listed.location.number);
        words::report_events(&listed.mailbox, line, result, console);
        let failed = result.attempts.iter().find(|attempt| !attempt.is_accepted());
        let what = match (failed, words::lost(result)) {
            (Some(attempt), _) => InWords(attempt).to_string(),
            (None, Some(lost)) => lost,
            (None, None) => return,
        };
        console.answer(&format_args!("{}, {}: {what}", listed.location, listed.mailbox.address));
        let meaning = failed.and_then(Attempt::meaning);
        if !self.hinted.contains(&meaning) || result.other_name().is_some() {
            if let Some(hint) = words::hint(result) {
                console.answer(&format_args!("  hint: {hint}"));
            }
            self.hinted.push(meaning);
        }
    }

    pub(super) fn take(&mut self, result: MailboxResult<'_, OutputError>) {
        if result.is_whole() {
            self.signed_in += 1;
        } else if result.attempts.iter().any(|it| !it.is_accepted())
            || words::lost(&result).is_some()
        {
            self.failed += 1;
        }
        let halt = result.halt.map(|(host, why)| (host.to_owned(), why));
        self.halt = self.halt.take().or(halt);
    }
}

/// A run that ended early, and can go on later.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub(super) struct HaltedRun {
    pub(super) error: SignInError,
}

impl Diagnostic for HaltedRun {
    fn hint(&self) -> Option<String> {
        match &self.error {
            SignInError::Refusals { .. } => Some(
                "look at the passwords of those who were refused; then run the same command again: mailboxes that have a result are not tried a second time"
                    .to_owned(),
            ),
            error => error.hint(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct SignInSummary {
    pub(super) event: &'static str,
    /// The file with the results.
    pub(super) results: String,
    pub(super) signed_in: u64,
    pub(super) failed: u64,
    pub(super) untried: u64,
}

impl Default for SignInSummary {
    fn default() -> Self {
        Self {
            event: "sign-in-summary",
            results: String::new(),
            signed_in: 0,
            failed: 0,
            untried: 0,
        }
    }
}
