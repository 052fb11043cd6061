//! The first pass: every row is read and judged, nothing is written.

use std::collections::BTreeMap;

use super::duplicates::Seen;
use super::outcome::{Outcome, RowProblem, RowReport};
use super::rows::{self, ReadRow};
use super::{Job, Observer, RunError, Stop};
use crate::input::{InputError, Table};

/// How many different domains are counted one by one; a list has a handful.
const MOST_DOMAINS: usize = 1000;

/// How many rows go by between two reports of progress.
const PROGRESS_STEP: u64 = 1024;

/// What the first pass found.
#[derive(Debug, Default)]
pub struct Checked {
    /// Rows that are not blank.
    pub rows: u64,
    /// Rows that will get a bundle.
    pub people: u64,
    /// Rows that will not.
    pub refused: u64,
    /// The first lines whose rows have fewer cells than the header, and how many there are.
    pub short_rows: (Vec<u64>, u64),
    /// Rows by the domain of their address.
    pub domains: BTreeMap<String, u64>,
    /// Rows that repeat an earlier one, by their number from 0.
    pub(super) repeats: Vec<(u64, Vec<RowProblem>)>,
}

/// Reads the whole list. Every row at fault is told to `observer`, in order.
pub fn check(job: &Job, observer: &mut dyn Observer, stop: &Stop) -> Result<Checked, RunError> {
    let mut table = Table::open(&job.source, &job.read)?;
    observer.opened(&table.dialect.to_string(), &table.mapping);
    let size = job.source.size().unwrap_or_default();
    let mut checked = Checked::default();
    let mut seen = Seen::default();
    while let Some(row) = rows::next(job, &mut table)? {
        if stop.is_asked() {
            return Err(RunError::Stopped);
        }
        if checked.rows.is_multiple_of(PROGRESS_STEP) {
            observer.progress(table.bytes_read(), size);
        }
        checked.take(row, &mut seen, observer);
    }
    if checked.rows == 0 {
        return Err(InputError::NoRows { file: job.source.name() }.into());
    }
    Ok(checked)
}

impl Checked {
    fn take(&mut self, row: ReadRow, seen: &mut Seen, observer: &mut dyn Observer) {
        let number = self.rows;
        self.rows += 1;
        if row.missing_cells > 0 {
            let (lines, count) = &mut self.short_rows;
            *count += 1;
            if lines.len() < 3 {
                lines.push(row.location.line);
            }
        }
        let problems = match row.account {
            Ok((person, _)) => {
                self.count_domain(person.address.domain().as_str());
                let repeats = seen.note(&person, row.location);
                if repeats.is_empty() {
                    self.people += 1;
                    return;
                }
                repeats
            }
            Err(problems) => problems,
        };
        self.refused += 1;
        let is_repeat = problems.iter().all(RowProblem::is_repeat);
        let report = RowReport {
            location: row.location,
            address: row.address,
            outcome: Outcome::Refused(problems),
        };
        observer.refused(&report);
        if is_repeat && let Outcome::Refused(problems) = report.outcome {
            self.repeats.push((number, problems));
        }
    }

    fn count_domain(&mut self, domain: &str) {
        if let Some(count) = self.domains.get_mut(domain) {
            *count += 1;
        } else if self.domains.len() < MOST_DOMAINS {
            self.domains.insert(domain.to_owned(), 1);
        }
    }
}
