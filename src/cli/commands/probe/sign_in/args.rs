//! The arguments of `probe --sign-in`.

use std::fmt;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use thiserror::Error;

use crate::domain::email::{EmailAddress, EmailError};
use crate::probe::{OtherName, Pace, TestMessage};

/// Whose passwords are tried, and how.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Sign-in")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(in crate::cli::commands::probe) struct SignInArgs {
    /// Sign in, once for receiving and once for sending: with this mailbox, whose password is asked for, or with
    /// mailboxes of the list and the passwords in it
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, value_parser = address,
          conflicts_with_all = ["write", "since"])]
    pub(in crate::cli::commands::probe) sign_in: Option<Vec<EmailAddress>>,
    /// A file whose first line is the password
    #[arg(long, value_name = "FILE", requires = "sign_in")]
    pub(super) password_file: Option<PathBuf>,
    /// With these rows of the list, numbered as in messages, e.g. 2-4,9
    #[arg(long, value_name = "NUMBERS", requires = "sign_in", group = "choice")]
    pub(super) rows: Option<RowNumbers>,
    /// With so many mailboxes, spread evenly over the list
    #[arg(long, value_name = "NUMBER", requires = "sign_in", group = "choice")]
    pub(super) sample: Option<NonZeroUsize>,
    /// With every mailbox of the list that has a password
    #[arg(long, requires = "sign_in", group = "choice")]
    pub(super) all: bool,
    /// At most so many passwords a minute to each server, 1 to 600 [default: 4]
    #[arg(long, value_name = "NUMBER", requires = "sign_in", value_parser = pace)]
    pub(super) per_minute: Option<Pace>,
    /// Where the results of a list go, and are read from [default: probe.csv]
    #[arg(long, value_name = "FILE", requires = "choice")]
    pub(super) results: Option<PathBuf>,
    /// Also try mailboxes that could not sign in according to the results
    #[arg(long, requires = "choice")]
    pub(super) again: bool,
    /// If the user name is refused, also try the other usual form: the part before `@`, or the whole address
    #[arg(long, requires = "sign_in")]
    try_user_names: bool,
    /// Also send one message from each mailbox to itself, and wait up to a minute until it arrives
    #[arg(long, requires = "sign_in")]
    send_test: bool,
}

impl SignInArgs {
    pub(super) fn other_name(&self) -> OtherName {
        if self.try_user_names { OtherName::Tried } else { OtherName::NotTried }
    }

    pub(super) fn test_message(&self) -> TestMessage {
        if self.send_test { TestMessage::Sent } else { TestMessage::NotSent }
    }

    pub(super) fn pace(&self) -> Pace {
        self.per_minute.unwrap_or_default()
    }
}

/// Rows of a list, as messages number them: lines of a CSV list, rows of a spreadsheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli::commands::probe) struct RowNumbers(Vec<(u64, u64)>);

#[derive(Debug, Error)]
#[error("write numbers and ranges of rows, as messages number them: 2-4,9")]
pub(in crate::cli::commands::probe) struct NotRows;

impl RowNumbers {
    pub(super) fn has(&self, number: u64) -> bool {
        self.0.iter().any(|(from, to)| (*from..=*to).contains(&number))
    }
}

impl FromStr for RowNumbers {
    type Err = NotRows;

    fn from_str(text: &str) -> Result<Self, NotRows> {
        let number = |text: &str| text.trim().parse::<u64>().map_err(|_| NotRows);
        let range = |text: &str| {
            let (from, to) = text.split_once('-').unwrap_or((text, text));
            let (from, to) = (number(from)?, number(to)?);
            if (1..=to).contains(&from) { Ok((from, to)) } else { Err(NotRows) }
        };
        text.split(',').map(range).collect::<Result<_, _>>().map(Self)
    }
}

impl fmt::Display for RowNumbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (from, to)) in self.0.iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            if from == to { write!(f, "{comma}{from}")? } else { write!(f, "{comma}{from}-{to}")? }
        }
        Ok(())
    }
}

/// Why a word after `--sign-in` is no mailbox.
#[derive(Debug, Error)]
pub(in crate::cli::commands::probe) enum NotAMailbox {
    #[error(
        "this is not an address; write the list before --sign-in, and choose its rows with --rows, --sample or --all"
    )]
    List,
    #[error(transparent)]
    Address(#[from] EmailError),
}

fn address(text: &str) -> Result<EmailAddress, NotAMailbox> {
    if !text.contains('@') {
        return Err(NotAMailbox::List);
    }
    Ok(EmailAddress::try_from(text)?)
}

#[derive(Debug, Error)]
#[error("write a number from 1 to {}", Pace::MOST)]
struct NotAPace;

fn pace(text: &str) -> Result<Pace, NotAPace> {
    text.parse().ok().and_then(Pace::new).ok_or(NotAPace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_numbers_and_ranges() {
        let rows: RowNumbers = "2-4,9".parse().unwrap();
        let chosen: Vec<u64> = (0..12).filter(|number| rows.has(*number)).collect();
        assert_eq!(chosen, [2, 3, 4, 9]);
        assert_eq!(rows.to_string(), "2-4,9");
        for wrong in ["", "0", "4-2", "a", "1-", "1,,2", "1-2-3", "-1"] {
            assert!(wrong.parse::<RowNumbers>().is_err(), "{wrong}");
        }
    }
}
