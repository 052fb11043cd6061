//! An export of fleet scripts: each is signed and of the form that this version writes, and the copies of a part have the same
//! accounts.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Judge, file};
use crate::bounded;
use crate::fleet_script::ID;
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
    // the accounts of a part, by its name
    let mut parts: BTreeMap<&str, (&str, Vec<Stated>)> = BTreeMap::new();
    for path in listed.keys().filter(|path| path.ends_with(".ps1")) {
        // a missing file was reported
        let Ok(bytes) = bounded::read(&below(root, path), bounded::BUNDLE) else { continue };
        let place = below(root, path).display().to_string();
        file::judge_counted(&bytes, &place, judge);
        let Some(content) = Envelope::of(&bytes).content else { continue };
        let renderer = recognize(FLEET, Envelope::of(&bytes).signature, Some(content));
        let Some(accounts) = renderer.and_then(|renderer| renderer.read(content).ok()) else {
            continue;
        };
        let part = path.split_once('-').map_or("", |(_, part)| part);
        match parts.get(part) {
            Some((other, expected)) if *expected != accounts => {
                judge.fault(&place, format!("its accounts are not those of {other}"));
            }
            Some(_) => {}
            None => {
                parts.insert(part, (path, accounts));
            }
        }
    }
}
