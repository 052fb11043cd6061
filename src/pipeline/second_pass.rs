//! What the first reading of a list found, brought to the people of another reading: both must see the same rows.

use std::iter::{Copied, Peekable};
use std::slice::Iter;

use super::duplicates::{self, RowRepeat};
use super::people::PersonRows;
use super::{Checked, Job, RunError};

/// Follows a second reading, person by person.
pub(super) struct SecondPass<'a> {
    job: &'a Job,
    /// Those of people who are still to come.
    repeats: Peekable<Copied<Iter<'a, (u64, RowRepeat)>>>,
    /// Rows that the first reading had, and this one has so far.
    expected: u64,
    rows: u64,
    people: u64,
}

impl<'a> SecondPass<'a> {
    pub(super) fn new(job: &'a Job, checked: &'a Checked) -> Self {
        let repeats = checked.repeats.iter().copied().peekable();
        Self { job, repeats, expected: checked.rows, rows: 0, people: 0 }
    }

    /// Refuses the rows of the next person that repeat others.
    pub(super) fn refuse_repeats(&mut self, person: &mut PersonRows) {
        let number = self.people;
        let own = std::iter::from_fn(|| self.repeats.next_if(|(of, _)| *of == number));
        let own: Vec<RowRepeat> = own.map(|(_, repeat)| repeat).collect();
        duplicates::refuse(person, own, self.job.list.mapping.quoting());
        self.rows += person.rows.len() as u64;
        self.people += 1;
    }

    /// Errors if the list has changed since the first reading.
    pub(super) fn finish(self) -> Result<(), RunError> {
        let source = &self.job.list.source;
        source.check_unchanged()?;
        if self.rows == self.expected { Ok(()) } else { Err(source.changed().into()) }
    }
}
