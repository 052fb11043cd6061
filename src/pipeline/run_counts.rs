//! What a run made and found, in numbers.

use super::changes::{ChangeSummary, Handovers};
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
    pub(crate) changes: ChangeSummary,
    pub(crate) gone: Gone,
    /// Retired people who came back under another name, known by the address alone.
    pub(crate) handovers: Handovers,
    /// The new name of `retired/identifiers.csv`, of whose people nothing is known.
    pub(crate) identifiers_aside: Option<String>,
    /// The new name of a ledger that was damaged.
    pub(crate) ledger_aside: Option<String>,
}

/// Files that were gone of people for whom the run made no bundle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Gone {
    /// Current people whose bundle is gone: only a list that names them can cure that.
    pub(crate) current: u64,
    /// Retired people of whom a file is gone that cannot be made again.
    pub(crate) retired: u64,
    /// Removal packages that were made again.
    pub(crate) packages_made: u64,
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
