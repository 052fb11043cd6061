//! What a run made and found, in numbers.

use std::collections::BTreeMap;

use super::outcome::Outcome;
use crate::output::folder::Tidied;

/// Result of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RunCounts {
    /// Bundles of people without one so far.
    pub(crate) new: u64,
    /// Bundles that differ from those of an earlier run.
    pub(crate) updated: u64,
    /// Bundles that an earlier run made, byte for byte.
    pub(crate) unchanged: u64,
    /// Rows that a column of the list excludes.
    pub(crate) skipped: u64,
    /// Faulty rows.
    pub(crate) refused: u64,
    /// Rows without bundle because of a bug.
    pub(crate) failed: u64,
    /// Bundles in the folder of which the ledger does not know.
    pub(crate) tidied: Tidied,
    /// What happened to people since the last run that was finished, by kind.
    pub(crate) changes: BTreeMap<String, u64>,
    /// People who stay, whose bundle is gone, and whom the list does not name.
    pub(crate) missing: u64,
    /// The new name of a ledger that was damaged.
    pub(crate) ledger_aside: Option<String>,
}

impl RunCounts {
    /// People with a bundle.
    pub(crate) fn bundles(&self) -> u64 {
        self.new + self.updated + self.unchanged
    }

    pub(crate) fn without_bundle(&self) -> u64 {
        self.refused + self.failed
    }

    /// Counts a row, or the bundle of a person.
    pub(super) fn count(&mut self, outcome: &Outcome) {
        *match outcome {
            Outcome::New(_) => &mut self.new,
            Outcome::Updated(_) => &mut self.updated,
            Outcome::Unchanged(_) => &mut self.unchanged,
            Outcome::Skipped(_) => &mut self.skipped,
            Outcome::Refused(_) => &mut self.refused,
            Outcome::Failed(_) => &mut self.failed,
        } += 1;
    }
}
