//! Combines adjacent rows with one id to people with several mailboxes. Both passes use this, so both see
//! the same people.

use super::outcome::{Fault, Neighbour, NotSignedIn, SkipReason};
use super::rows::{self, ReadRow, RowState};
use super::{Job, Managed, SignedIn, Standing};
use crate::domain::account::{AccountKey, PersonAccounts};
use crate::domain::directory::Directory;
use crate::domain::label::Labels;
use crate::domain::person::{Person, PersonId};
use crate::input::{InputError, Location, Quoting, RowReader};
use crate::mdm::{self, ManagedPerson, Shape};
use crate::render::Scope;

/// The most mailboxes of one person. A column with one value on every row is not a column of ids.
const MOST_MAILBOXES: usize = 20;

/// Reads people.
pub(super) struct People<'a> {
    job: &'a Job,
    reader: RowReader<'a>,
    /// The row after those of the last person.
    ahead: Option<ReadRow>,
    /// An id of too many rows, and the location of the first.
    overfull: Option<(PersonId, Location)>,
}

/// The rows of one person, usually one.
#[derive(Debug)]
pub(super) struct PersonRows {
    pub(super) rows: Vec<ReadRow>,
}

impl<'a> People<'a> {
    pub(super) fn open(job: &'a Job) -> Result<Self, InputError> {
        Ok(Self { job, reader: job.list.rows()?, ahead: None, overfull: None })
    }

    /// Bytes of the list read so far, for a progress bar.
    pub(super) fn bytes_read(&self) -> u64 {
        self.reader.bytes_read()
    }

    /// `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<PersonRows>, InputError> {
        let first = match self.ahead.take() {
            Some(row) => row,
            None => match rows::next(self.job, &mut self.reader)? {
                Some(row) => row,
                None => return Ok(None),
            },
        };
        let mut rows = vec![first];
        if rows[0].id.is_some() {
            while let Some(row) = rows::next(self.job, &mut self.reader)? {
                if row.id != rows[0].id || rows.len() > MOST_MAILBOXES {
                    self.ahead = Some(row);
                    break;
                }
                rows.push(row);
            }
        }
        let overfull = self.overfull.take().filter(|(id, _)| Some(id) == rows[0].id.as_ref());
        self.overfull = match (&rows[0].id, overfull) {
            (_, Some(overfull)) => Some(overfull),
            (Some(id), None) if rows.len() > MOST_MAILBOXES => Some((id.clone(), rows[0].location)),
            _ => None,
        };
        let mut person = PersonRows { rows };
        if let Some((_, first)) = self.overfull {
            person.refuse(|_| Fault::TooManyMailboxes { first, most: MOST_MAILBOXES });
        }
        person.judge(self.job, self.job.list.mapping.quoting());
        Ok(Some(person))
    }
}

impl PersonRows {
    /// Finds faults of the rows as a group.
    fn judge(&mut self, job: &Job, quoting: Quoting) {
        self.refuse_strangers(quoting);
        self.refuse_companions();
        self.refuse_unmanageable(job);
        self.refuse_without_windows_user(job);
        if self.has_nothing_to_make(job) {
            for row in self.rows.iter_mut().filter(|row| row.person().is_some()) {
                row.leave_out(RowState::Skipped(SkipReason::NothingToMake));
            }
        }
        if let Some(signed_in) = &job.signed_in {
            self.leave_out_not_signed_in(signed_in);
        }
    }

    /// Leaves a person out one of whose mailboxes could not sign in.
    fn leave_out_not_signed_in(&mut self, signed_in: &SignedIn) {
        let why = |row: &ReadRow| {
            let RowState::Sound(_, account) = &row.state else { return None };
            match signed_in.of(account) {
                Standing::SignedIn => None,
                Standing::Refused => Some(NotSignedIn::Refused),
                Standing::OtherSettings => Some(NotSignedIn::OtherSettings),
                Standing::Untried => Some(NotSignedIn::Untried),
            }
        };
        if self.rows.iter().any(|row| why(row).is_some()) {
            for row in self.rows.iter_mut().filter(|row| row.person().is_some()) {
                let why = why(row).unwrap_or(NotSignedIn::Companion);
                row.leave_out(RowState::Skipped(SkipReason::NotSignedIn(why)));
            }
        }
    }

    /// Whether no format of the run has a file for the devices and the accounts of the person.
    fn has_nothing_to_make(&self, job: &Job) -> bool {
        let platforms = self.sound().map(|(person, _)| person.platforms).reduce(|a, b| a.with(b));
        let Some(platforms) = platforms else { return false };
        let formats = || job.formats.iter().filter(|format| format.format().is_for(platforms));
        // a file for all accounts of a person is made for everybody
        if formats().any(|format| format.format().scope == Scope::Person) {
            return false;
        }
        let accounts = self.accounts();
        accounts.is_none_or(|accounts| formats().all(|format| format.split(&accounts).is_empty()))
    }

    /// Two names are two people, and without names it is unclear: the first row keeps the id.
    fn refuse_strangers(&mut self, quoting: Quoting) {
        let Some((first, location)) = self
            .rows
            .iter()
            .find_map(|row| row.person().map(|person| (person.called.clone(), row.location)))
        else {
            return;
        };
        for row in &mut self.rows {
            let Some(person) = row.person().filter(|_| row.location != location) else {
                continue;
            };
            if person.called != first || first.is_none() {
                let id = row.id.as_ref().and_then(|id| quoting.quote(id.as_str().to_owned()));
                let problem = Fault::DuplicateId {
                    id,
                    first: location,
                    neighbour: Some(Neighbour { has_name: first.is_some() }),
                };
                row.refuse(problem);
            }
        }
    }

    /// A person gets all mailboxes or none: if one row is refused, all are.
    pub(super) fn refuse_companions(&mut self) {
        let refused = self.rows.iter().find_map(|row| match &row.state {
            RowState::Refused(problems) if !problems.iter().all(Fault::is_stranger) => {
                Some(row.location)
            }
            _ => None,
        });
        if let Some(refused) = refused {
            self.refuse(|_| Fault::Companion { refused });
        }
    }

    /// Refuses a person whose files the MDM of an export cannot have.
    fn refuse_unmanageable(&mut self, job: &Job) {
        let Some(Managed { mdm, request }) = &job.managed else { return };
        if request.shape != Shape::PerPerson {
            return;
        }
        let refusal = self.accounts().and_then(|accounts| {
            let directory = self.directory();
            let person = ManagedPerson { accounts: &accounts, directory: &directory };
            mdm::refusal(*mdm, &person, request)
        });
        if let Some(refusal) = refusal {
            self.refuse(|_| Fault::Mdm(refusal.clone()));
        }
    }

    /// What the first of the valid rows says about the person in the directory.
    pub(super) fn directory(&self) -> Directory {
        let directory = self.sound().next().and_then(|(person, _)| person.directory.as_deref());
        directory.cloned().unwrap_or_default()
    }

    /// Refuses all valid rows.
    pub(super) fn refuse(&mut self, problem: impl Fn(&ReadRow) -> Fault) {
        for row in &mut self.rows {
            if row.person().is_some() {
                let problem = problem(row);
                row.refuse(problem);
            }
        }
    }

    /// The valid rows.
    pub(super) fn sound(&self) -> impl Iterator<Item = (&Person, &ReadRow)> {
        self.rows.iter().filter_map(|row| row.person().map(|person| (person, row)))
    }

    /// The person's key; `None` if no row is valid.
    pub(super) fn key(&self) -> Option<&AccountKey> {
        self.rows.iter().find_map(|row| match &row.state {
            RowState::Sound(_, account) => Some(&account.key),
            RowState::Skipped(_) | RowState::Refused(_) => None,
        })
    }

    /// Those of the valid rows: the first that has a label names it.
    pub(super) fn labels(&self) -> Labels {
        self.sound().fold(Labels::default(), |labels, (person, _)| labels.or(&person.labels))
    }

    /// The accounts for the bundle; `None` if no row is valid.
    pub(super) fn accounts(&self) -> Option<PersonAccounts> {
        let mut sound = self.rows.iter().filter_map(|row| match &row.state {
            RowState::Sound(person, account) => Some((person, account)),
            RowState::Skipped(_) | RowState::Refused(_) => None,
        });
        let (first, account) = sound.next()?;
        let mut all = PersonAccounts::from(account.as_ref().clone());
        all.platforms = first.platforms;
        all.language = first.language;
        all.labels = self.labels();
        for (person, account) in sound {
            let mut account = account.as_ref().clone();
            account.key = AccountKey::of_one_of_several(person);
            all.platforms = all.platforms.with(person.platforms);
            all.language = all.language.or(person.language);
            all.more.push(account);
        }
        if !all.more.is_empty() {
            all.first.key = AccountKey::of_one_of_several(first);
        }
        Some(all)
    }
}
