//! What only an export for an MDM has: the helper that pushes it. It is not signed, and runs with rights in the MDM.

use std::path::Path;

use serde::Deserialize;

use super::Judge;
use super::fleet_script::is_file;
use crate::bounded;
use crate::diagnostic::Shown;
use crate::domain::TOOL;
use crate::mdm::Mdm;
use crate::output::export::EXPORT_INDEX;
use crate::output::layout::below;

/// `export.json`, as far as it matters here.
#[derive(Deserialize)]
struct Index {
    tool: String,
}

/// Compares the helper of the export in `root`, whose digest was compared before, with that of this version.
pub(super) fn judge_helper(root: &Path, mdm: &dyn Mdm, judge: &mut Judge<'_>) {
    let (name, text) = mdm.about().helper;
    let read = |name: &str| {
        let path = below(root, name);
        // what is missing or a link was reported
        is_file(&path).then(|| bounded::read(&path, bounded::BUNDLE).ok()).flatten()
    };
    let Some(index) = read(EXPORT_INDEX) else { return };
    let place = |name: &str| below(root, name).display().to_string();
    let Ok(Index { tool }) = serde_json::from_slice(&index) else {
        return judge.fault(&place(EXPORT_INDEX), "it is not the index of an export");
    };
    let is_other = read(name).is_some_and(|helper| helper != text.as_bytes());
    if tool == TOOL && is_other {
        judge.fault(&place(name), "it is not the helper that this version writes: do not run it");
    }
    if tool != TOOL {
        judge.verdict.note_other_version(&tool);
        if is_other && judge.criteria.names_a_signer() {
            let why = format!("`{}` made it, and nothing vouches for its helper", Shown(&tool));
            judge.fault(&place(name), why);
        }
    }
}
