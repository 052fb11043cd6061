//! An export of fleet scripts: each is signed and of the form that this version writes, and the copies of a part have the same
//! accounts, which are those of `people.csv`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::{Judge, file};
use crate::bounded;
use crate::fleet_script::{ID, PEOPLE};
use crate::output::csv::BYTE_ORDER_MARK;
use crate::output::export::{EXPORT_FIRST_LINE, EXPORT_MARK, LARGEST_EXPORT_MARK};
use crate::output::layout::below;
use crate::render::windows::FLEET;
use crate::render::{Stated, recognize};
use crate::sign::verify::Envelope;

/// Whether the folder `root` is an export of fleet scripts.
pub(super) fn is_one(root: &Path) -> bool {
    let mark = bounded::read_to_string(&root.join(EXPORT_MARK), LARGEST_EXPORT_MARK);
    mark.is_ok_and(|mark| {
        mark.lines().next().and_then(|first| first.strip_prefix(EXPORT_FIRST_LINE)) == Some(ID)
    })
}

/// Judges the scripts of the export in `root`, whose digests were compared before. `listed` has the path of each.
pub(super) fn judge(root: &Path, listed: &BTreeMap<String, &str>, judge: &mut Judge<'_>) {
    judge.criteria.renderers = FLEET;
    // the accounts of a part, by its name, and how many scripts have them
    let mut parts: BTreeMap<&str, Part<'_>> = BTreeMap::new();
    for path in listed.keys().filter(|path| path.ends_with(".ps1")) {
        // a missing file was reported
        let Ok(bytes) = bounded::read(&below(root, path), bounded::BUNDLE) else { continue };
        let place = below(root, path).display().to_string();
        file::judge_counted(&bytes, &place, judge);
        let Some(content) = Envelope::of(&bytes).content else { continue };
        let renderer = recognize(FLEET, Envelope::of(&bytes).signature, Some(content));
        let Some(renderer) = renderer else { continue };
        let Ok(accounts) = renderer.read(content) else { continue };
        let (action, part) =
            path.trim_end_matches(".ps1").split_once("-Mail-").unwrap_or((path, ""));
        let own = renderer.file_name("", 1);
        if own.as_str().split_once("-Mail").is_none_or(|(own, _)| own != action) {
            judge.fault(&place, "it does something else than its name says".to_owned());
        }
        match parts.get_mut(part) {
            Some(other) if other.accounts != accounts => {
                judge.fault(&place, format!("its accounts are not those of {}", other.path));
            }
            Some(other) => other.copies += 1,
            None => {
                parts.insert(part, Part { path, accounts, copies: 1 });
            }
        }
    }
    for (part, Part { copies, .. }) in &parts {
        if *copies != FLEET.len() {
            let place = root.display().to_string();
            judge.fault(&place, format!("part {part} has {copies} of {} scripts", FLEET.len()));
        }
    }
    judge_table(root, &parts, judge);
}

/// What the scripts of one part have in common.
struct Part<'a> {
    /// Of the first script.
    path: &'a str,
    accounts: Vec<Stated>,
    copies: usize,
}

/// Compares `people.csv` with the accounts in the scripts.
fn judge_table(root: &Path, parts: &BTreeMap<&str, Part<'_>>, judge: &mut Judge<'_>) {
    let path = root.join(PEOPLE);
    // a missing file was reported
    let Ok(bytes) = bounded::read(&path, bounded::BUNDLE) else { return };
    let table = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&bytes);
    let rows = csv::Reader::from_reader(table).into_records();
    let listed: Option<BTreeSet<[String; 3]>> = rows
        .map(|row| {
            let row = row.ok()?;
            // a name that a spreadsheet would calculate has an apostrophe before it
            let cell = |at: usize| Some(row.get(at)?.trim_start_matches('\'').to_owned());
            Some([cell(0)?, cell(1)?, cell(2)?])
        })
        .collect();
    let in_scripts = parts.iter().flat_map(|(part, Part { accounts, .. })| {
        accounts.iter().map(|account| {
            let user = account.windows_user.clone().unwrap_or_default();
            let user = user.trim_start_matches('\'').to_owned();
            [account.address.clone(), user, (*part).to_owned()]
        })
    });
    if listed != Some(in_scripts.collect()) {
        let place = path.display().to_string();
        judge.fault(&place, "its people are not those in the scripts".to_owned());
    }
}
