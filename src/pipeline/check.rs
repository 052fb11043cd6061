//! The first pass: reads and checks every row, writes nothing.

use std::collections::BTreeMap;
use std::thread;

use super::ahead::Ahead;
use super::duplicates::{self, RowRepeat, Seen};
use super::outcome::{Outcome, RowReport};
use super::people::PersonRows;
use super::rows::{ReadRow, RowState};
use super::tracker::Tracker;
use super::{Job, Observer, RunError, Stop};
use crate::domain::delimiter::Delimiter;
use crate::domain::host::Domain;
use crate::domain::platform::Platform;
use crate::input::encoding::Encoding;
use crate::input::{InputErrorKind, Location, Password, Quoting};
use crate::render::person_warnings;

/// The most domains that are counted; realistic lists have few.
const MOST_DOMAINS: usize = 1000;

/// People between two progress reports.
const PROGRESS_STEP: u64 = 1024;

/// Result of the first pass.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    /// Without blank rows.
    pub(crate) rows: u64,
    /// People who get a bundle.
    pub(crate) people: u64,
    pub(crate) mailboxes: u64,
    /// Rows that a column of the list excludes.
    pub(crate) skipped: u64,
    pub(crate) refused: u64,
    /// Valid rows with a password, which no file will contain.
    pub(crate) with_password: u64,
    /// The first rows with fewer cells than the header, and their number.
    pub(crate) short_rows: (Vec<Location>, u64),
    pub(crate) delimiter: Delimiter,
    /// The encoding of the list, if it was guessed.
    pub(crate) guessed_encoding: Option<Encoding>,
    /// Number of rows by domain, including those refused for their domain.
    pub(crate) domains: BTreeMap<Domain, u64>,
    /// Rows that repeat an earlier one, with the number of the person from 0.
    pub(super) repeats: Vec<(u64, RowRepeat)>,
    /// Whether files for Android are made, whose apps get some settings wrong.
    warns_of_apps: bool,
    /// All addresses; moved out by the comparison with the folder.
    pub(super) seen: Seen,
}

/// Reads the whole list and reports every faulty row to `observer`, in order.
pub(crate) fn check(
    job: &Job,
    mut tracker: Option<&mut Tracker<'_>>,
    observer: &mut dyn Observer,
    stop: &Stop,
) -> Result<Checked, RunError> {
    let list = &job.list;
    observer.opened(list);
    let size = list.source.size().unwrap_or_default();
    let mut checked = Checked {
        delimiter: list.delimiter(),
        guessed_encoding: list.guessed_encoding(),
        // the sheet tells people to type their address into these apps
        warns_of_apps: job
            .formats
            .iter()
            .any(|it| it.format().is_for([Platform::Android].into_iter().collect())),
        ..Checked::default()
    };
    if let Some(tracker) = &mut tracker {
        checked.seen.holders = std::mem::take(&mut tracker.holders);
    }
    thread::scope(|scope| {
        let mut people = Ahead::start(scope, job)?;
        let mut number = 0_u64;
        while let Some(mut person) = people.next()? {
            if stop.is_asked() {
                return Err(RunError::Stopped);
            }
            if number.is_multiple_of(PROGRESS_STEP) {
                observer.progress(people.bytes_read(), size);
            }
            checked.take(
                number,
                &mut person,
                list.mapping.quoting(),
                tracker.as_deref_mut(),
                observer,
            )?;
            people.give_back(person);
            number += 1;
        }
        Ok(())
    })?;
    if checked.rows == 0 {
        return Err(list.source.error(InputErrorKind::NoRows).into());
    }
    list.source.check_unchanged()?;
    Ok(checked)
}

impl Checked {
    fn take(
        &mut self,
        number: u64,
        person: &mut PersonRows,
        quoting: Quoting,
        tracker: Option<&mut Tracker<'_>>,
        observer: &mut dyn Observer,
    ) -> Result<(), RunError> {
        let repeats = self.seen.note(person);
        if !repeats.is_empty() {
            self.repeats.extend(repeats.iter().map(|repeat| (number, *repeat)));
            duplicates::refuse(person, repeats, quoting);
        }
        if let Some((_, first)) = person.sound().next() {
            self.people += 1;
            let addresses: Vec<&str> =
                person.sound().map(|(person, _)| person.address.as_str()).collect();
            if addresses.len() > 1 {
                observer.joined(first.location, &addresses);
            }
            if self.warns_of_apps {
                warn_of_apps(person, observer);
            }
        }
        if let Some(tracker) = tracker {
            tracker.note(person)?;
        }
        for row in &mut person.rows {
            self.take_row(row, observer);
        }
        Ok(())
    }

    fn take_row(&mut self, row: &mut ReadRow, observer: &mut dyn Observer) {
        self.rows += 1;
        if row.missing_cells > 0 {
            note(&mut self.short_rows, row.location);
        }
        for warning in &row.warnings {
            observer.warned(row.location, warning);
        }
        if let Some(domain) = &row.refused_domain {
            self.count_domain(domain);
        }
        if let Some(person) = row.person() {
            self.mailboxes += 1;
            self.with_password += u64::from(row.password == Password::Given);
            self.count_domain(person.address.domain());
            return;
        }
        let (labels, address) = (row.labels(), row.address());
        // what is taken out is a state without content, of a row that nobody looks at again
        let outcome = match std::mem::replace(&mut row.state, RowState::Refused(Vec::new())) {
            RowState::Sound(..) => return,
            RowState::Skipped(skip) => {
                self.skipped += 1;
                Outcome::Skipped(skip)
            }
            RowState::Refused(problems) => {
                self.refused += 1;
                Outcome::Refused(problems)
            }
        };
        let report = RowReport { location: row.location, address, labels, outcome };
        observer.left_out(&report, row.cells.as_deref());
    }

    fn count_domain(&mut self, domain: &Domain) {
        if let Some(count) = self.domains.get_mut(domain) {
            *count += 1;
        } else if self.domains.len() < MOST_DOMAINS {
            self.domains.insert(domain.clone(), 1);
        }
    }
}

/// Reports what apps get wrong for the mailboxes of `person`.
fn warn_of_apps(person: &PersonRows, observer: &mut dyn Observer) {
    for row in &person.rows {
        if let RowState::Sound(of_row, account) = &row.state
            && of_row.platforms.contains(Platform::Android)
        {
            for warning in person_warnings(account) {
                observer.app_warned(row.location, &warning);
            }
        }
    }
}

/// Counts a line and keeps the first ones.
fn note((first, count): &mut (Vec<Location>, u64), location: Location) {
    *count += 1;
    if first.len() < 3 {
        first.push(location);
    }
}
