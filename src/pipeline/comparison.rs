//! Who would leave, found after the first pass and before anything is written: most often nobody has left,
//! and the list is a part of the people, or was cut off.

use std::collections::HashMap;
use std::str::FromStr;

use thiserror::Error;

use super::duplicates::Seen;
use super::{Checked, Tracker};
use crate::diagnostic::{Count, Diagnostic, Grouped};
use crate::domain::email::EmailAddress;
use crate::ledger::{Ledger, LedgerError, State, StoredPerson};

/// How many people are named.
const MOST_NAMED: usize = 3;

/// How many leavers are looked at, to see whether they have another key or another address.
const MOST_LOOKED_AT: usize = 10_000;

/// So many may always leave at once.
const ALWAYS_ALLOWED: u64 = 5;

/// More than this share is taken for a mistake, as in Microsoft Entra Connect's accidental delete
/// prevention and Okta's import safeguard.
const USUAL_LIMIT: MaxLeavers = MaxLeavers::Percent(20);

/// How many people may leave in one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MaxLeavers {
    /// So many people.
    People(u64),
    /// So many of a hundred.
    Percent(u8),
}

/// A text that is no such number.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("it is not a number of people, `25`, or a share of them, `30%`")]
pub(crate) struct MaxLeaversError;

impl FromStr for MaxLeavers {
    type Err = MaxLeaversError;

    fn from_str(text: &str) -> Result<Self, MaxLeaversError> {
        let limit = match text.strip_suffix('%') {
            Some(percent) => {
                percent.trim_end().parse().ok().filter(|it| *it <= 100).map(Self::Percent)
            }
            None => text.parse().ok().map(Self::People),
        };
        limit.ok_or(MaxLeaversError)
    }
}

/// Who would leave, and who has only another address or id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Departures {
    /// People whom the folder knows as current.
    pub(crate) known: u64,
    /// Those of them whom the list does not name.
    pub(crate) leavers: u64,
    /// The first few of them, by address.
    pub(crate) names: Vec<String>,
    /// Leavers whose address the list has under another key: devices would keep two accounts.
    pub(crate) rekeyed: u64,
    /// The first of them, by address.
    pub(crate) rekeyed_names: Vec<String>,
    /// Leavers with the name of a new person: old and new address.
    pub(crate) renames: Vec<(String, String)>,
    /// Whether the list has rows, and all of them are refused.
    pub(crate) is_nothing_read: bool,
    /// Refused rows that may be those of leavers.
    pub(crate) unmatched: u64,
}

/// The leavers are not believed.
#[derive(Debug, Error)]
pub(crate) enum DoubtfulLeavers {
    #[error(transparent)]
    TooMany(#[from] TooManyLeavers),
    /// It is as good as an empty list, which never means that everybody left.
    #[error("every row of the list is refused: who of the {} in `{folder}` has left cannot be known", Count(*.known, "person"))]
    NothingRead { known: u64, folder: String },
}

impl Diagnostic for DoubtfulLeavers {
    fn hint(&self) -> Option<String> {
        match self {
            Self::TooMany(error) => error.hint(),
            Self::NothingRead { .. } => {
                Some("correct the rows, or export the list again".to_owned())
            }
        }
    }
}

/// More people would leave than ever do at once.
#[derive(Debug, Error)]
#[error("{} of the {} people in `{folder}` would leave: {names}{}", Grouped(*.leavers), Grouped(*.known), if *.leavers > MOST_NAMED as u64 { " and more" } else { "" })]
pub(crate) struct TooManyLeavers {
    leavers: u64,
    known: u64,
    names: String,
    folder: String,
    command: LeaverCommand,
}

/// The command whose list lacks people; it decides what can be done about that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LeaverCommand {
    /// `generate` and `plan`, which take a list of further people with `--add`.
    Generate,
    Retire,
}

impl Diagnostic for TooManyLeavers {
    fn hint(&self) -> Option<String> {
        Some(format!(
            "the list is most likely cut off, or a part of the people: export it again; {}--max-leavers {} lets them leave",
            match self.command {
                LeaverCommand::Generate => "--add takes further people only; ",
                LeaverCommand::Retire => "",
            },
            self.leavers
        ))
    }
}

impl Departures {
    /// Compares the list with what the folder remembers, and forgets the addresses of the list: this works
    /// once, before the second pass.
    pub(crate) fn find(
        checked: &mut Checked,
        tracker: &Tracker<'_>,
        ledger: Option<&Ledger>,
    ) -> Result<Self, LedgerError> {
        let seen = std::mem::take(&mut checked.seen);
        let mut found = Self {
            known: tracker.known.count(State::Current),
            leavers: tracker.known.leavers().count() as u64,
            is_nothing_read: checked.refused > 0 && checked.refused == checked.rows,
            unmatched: tracker.unmatched,
            ..Self::default()
        };
        let Some(ledger) = ledger else { return Ok(found) };
        let mut names: HashMap<&str, Vec<&str>> = HashMap::new();
        for (name, address) in &tracker.new_names {
            names.entry(name).or_default().push(address);
        }
        for leaver in tracker.known.leavers().take(MOST_LOOKED_AT) {
            if let Some(person) = ledger.person(leaver.key)? {
                if tracker.is_succeeded(&person) {
                    found.name(&person);
                } else {
                    found.look_at(&person, &seen, &names);
                }
            }
        }
        // they are in the list still
        found.leavers -= found.rekeyed;
        Ok(found)
    }

    fn look_at(&mut self, person: &StoredPerson, seen: &Seen, names: &HashMap<&str, Vec<&str>>) {
        let addresses = &person.record.addresses;
        let is_listed =
            |text: &&String| EmailAddress::try_from(text.as_str()).is_ok_and(|it| seen.has(&it));
        if let Some(address) = addresses.iter().find(is_listed) {
            self.rekeyed += 1;
            if self.rekeyed_names.len() < MOST_NAMED {
                self.rekeyed_names.push(address.clone());
            }
            return;
        }
        if let Some([new]) = names.get(person.record.name.as_str()).map(Vec::as_slice) {
            let old = addresses.first().cloned().unwrap_or_default();
            self.renames.push((old, (*new).to_owned()));
        }
        self.name(person);
    }

    fn name(&mut self, leaver: &StoredPerson) {
        if self.names.len() < MOST_NAMED {
            self.names.extend(leaver.record.addresses.first().cloned());
        }
    }

    /// Refuses a list by which more people would leave than `limit` allows, or, without one, than ever do, and one
    /// that names nobody whose row can be read.
    pub(crate) fn check(
        &self,
        limit: Option<MaxLeavers>,
        folder: &str,
        command: LeaverCommand,
    ) -> Result<(), DoubtfulLeavers> {
        if self.is_nothing_read && self.leavers > 0 {
            let folder = folder.to_owned();
            return Err(DoubtfulLeavers::NothingRead { known: self.known, folder });
        }
        let exceeds = |limit| match limit {
            MaxLeavers::People(most) => self.leavers > most,
            MaxLeavers::Percent(most) => self.leavers * 100 > self.known * u64::from(most),
        };
        let is_too_many = if let Some(limit) = limit {
            exceeds(limit)
        } else {
            let is_half = self.leavers * 2 > self.known;
            is_half || (self.leavers > ALWAYS_ALLOWED && exceeds(USUAL_LIMIT))
        };
        if !is_too_many {
            return Ok(());
        }
        Err(TooManyLeavers {
            leavers: self.leavers,
            known: self.known,
            names: self.names.join(", "),
            folder: folder.to_owned(),
            command,
        }
        .into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_number_or_a_share() {
        assert_eq!("25".parse(), Ok(MaxLeavers::People(25)));
        assert_eq!("30%".parse(), Ok(MaxLeavers::Percent(30)));
        assert_eq!("0".parse(), Ok(MaxLeavers::People(0)));
        for text in ["", "%", "101%", "-1", "many", "1.5"] {
            assert_eq!(text.parse::<MaxLeavers>(), Err(MaxLeaversError), "{text}");
        }
    }

    #[test]
    fn few_may_leave_and_many_may_not() {
        let departures = |known, leavers| Departures { known, leavers, ..Departures::default() };
        let is_refused = |known, leavers, limit| {
            departures(known, leavers).check(limit, "out", LeaverCommand::Generate).is_err()
        };
        for (known, leavers, refused) in [
            (0, 0, false),
            (40, 0, false),
            (40, 5, false),
            (40, 8, false),
            (40, 9, true),
            // up to five, as long as half of the people stay
            (10, 5, false),
            (10, 6, true),
            (6, 4, true),
            (1, 1, true),
            (1_000, 200, false),
            (1_000, 201, true),
        ] {
            assert_eq!(is_refused(known, leavers, None), refused, "{leavers} of {known}");
        }
        assert!(!is_refused(40, 40, Some(MaxLeavers::Percent(100))));
        assert!(!is_refused(40, 40, Some(MaxLeavers::People(40))));
        assert!(is_refused(40, 1, Some(MaxLeavers::People(0))));
        assert!(is_refused(40, 3, Some(MaxLeavers::Percent(5))));
        // of a list that names nobody, nothing follows
        let unread = Departures { is_nothing_read: true, ..departures(40, 1) };
        assert!(
            unread.check(Some(MaxLeavers::Percent(100)), "out", LeaverCommand::Generate).is_err()
        );
        assert!(
            Departures { leavers: 0, ..unread }.check(None, "out", LeaverCommand::Generate).is_ok()
        );
    }

    #[test]
    fn the_hint_names_only_options_of_the_command() {
        let hint = |command| {
            let departures = Departures { known: 10, leavers: 9, ..Departures::default() };
            departures.check(None, "out", command).unwrap_err().hint().unwrap()
        };
        assert!(hint(LeaverCommand::Generate).contains("--add "));
        assert!(!hint(LeaverCommand::Retire).contains("--add"));
        assert!(hint(LeaverCommand::Retire).ends_with("; --max-leavers 9 lets them leave"));
    }
}
