//! What a run without the list keeps of the last one: its rows in the report, and its lines in the manifest.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::RunError;
use crate::output::layout::{below, is_bundle_path};
use crate::output::manifest::{BundleLine, bundles_in};
use crate::output::presence::PathHash;
use crate::output::report::{ReportFile, rows_in};

/// What is kept, by hashes.
#[derive(Debug, Default)]
pub(super) struct EarlierRows {
    /// Bundles that rows name.
    bundles: HashSet<PathHash>,
    /// The lines of bundles.
    lines: HashMap<PathHash, u64>,
}

impl EarlierRows {
    /// Copies the rows of the last list into `report`: those without bundle, and those whose bundle is still
    /// in its place in the folder `root`.
    pub(super) fn keep(root: &Path, report: &mut ReportFile) -> Result<Self, RunError> {
        let line = |it: BundleLine| Some((PathHash::of(&it.bundle), it.line?));
        let lines = bundles_in(root).filter_map(line).collect();
        let mut kept = Self { lines, ..Self::default() };
        for row in rows_in(root) {
            let bundle = row.bundle();
            match row.outcome() {
                "skipped" | "refused" | "failed" => report.copy(&row, None)?,
                _ if is_bundle_path(bundle) && below(root, bundle).is_file() => {
                    report.copy(&row, Some("unchanged"))?;
                    kept.bundles.insert(PathHash::of(bundle));
                }
                _ => {}
            }
        }
        Ok(kept)
    }

    /// Whether the report has a row with the bundle in `line`.
    pub(super) fn names(&self, line: &BundleLine) -> bool {
        self.bundles.contains(&PathHash::of(&line.bundle))
    }

    /// Where the list had the person in `line`.
    pub(super) fn line_of(&self, line: &BundleLine) -> Option<u64> {
        self.lines.get(&PathHash::of(&line.bundle)).copied()
    }
}
