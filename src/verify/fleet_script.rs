//! Fleet scripts, in an export or a package: each is signed and of the form that this version writes, and the copies of a part have the same
//! accounts, which are those of `people.csv`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::{Judge, file};
use crate::bounded;
use crate::fleet_script::PEOPLE;
use crate::intunewin::{self, PackedFile};
use crate::output::csv::BYTE_ORDER_MARK;
use crate::output::layout::below;
use crate::render::windows::FLEET;
use crate::render::{Stated, recognize};
use crate::sign::verify::Envelope;

/// Judges the scripts of the export in `root`, whose digests were compared before, and their table, all below `folder`. `listed`
/// has the path of each file.
pub(super) fn judge(
    root: &Path,
    folder: &str,
    listed: &BTreeMap<String, &str>,
    judge: &mut Judge<'_>,
) {
    let mut parts = Parts::default();
    for path in listed.keys() {
        let Some(name) = path.strip_prefix(folder).filter(|name| name.ends_with(".ps1")) else {
            continue;
        };
        let place = below(root, path);
        // a missing file and a link were reported
        if !is_file(&place) {
            continue;
        }
        let Ok(bytes) = bounded::read(&place, bounded::BUNDLE) else { continue };
        parts.judge_script(&bytes, name, &place.display().to_string(), judge);
    }
    parts.judge_counts(&root.display().to_string(), judge);
    judge_table(&below(root, &format!("{folder}{PEOPLE}")), &parts, judge);
}

/// Judges the package `place`: its form, and the scripts in it.
pub(super) fn judge_package(bytes: &[u8], place: &str, judge: &mut Judge<'_>) {
    let opened = match intunewin::open(bytes) {
        Ok(opened) => opened,
        Err(fault) => return judge.fault(place, fault),
    };
    let mut parts = Parts::default();
    for PackedFile { name, content } in &opened.files {
        parts.judge_script(content, name, &format!("{place}: {name}"), judge);
    }
    parts.judge_counts(place, judge);
    if !opened.setup_file.starts_with("Install-Mail-") {
        judge.fault(place, "its setup file is not the script that sets the accounts up");
    }
}

/// Whether there is a file, and no link to one.
pub(super) fn is_file(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|metadata| metadata.is_file())
}

/// The accounts of each part, by its name.
#[derive(Default)]
struct Parts(BTreeMap<String, Part>);

impl Parts {
    /// Judges the script `place`, whose file name is `name`.
    fn judge_script(&mut self, bytes: &[u8], name: &str, place: &str, judge: &mut Judge<'_>) {
        let of_others = std::mem::replace(&mut judge.criteria.renderers, FLEET);
        file::judge_counted(bytes, place, judge);
        judge.criteria.renderers = of_others;
        let Some(content) = Envelope::of(bytes).content else { return };
        let renderer = recognize(FLEET, Envelope::of(bytes).signature, Some(content));
        let Some(renderer) = renderer else { return };
        let Ok(accounts) = renderer.read(content) else { return };
        let (action, part) =
            name.trim_end_matches(".ps1").split_once("-Mail-").unwrap_or((name, ""));
        let own = renderer.file_name("", 1);
        if own.as_str().split_once("-Mail").is_none_or(|(own, _)| own != action) {
            judge.fault(place, "it does something else than its name says".to_owned());
        }
        match self.0.get_mut(part) {
            Some(other) if other.accounts != accounts => {
                judge.fault(place, format!("its accounts are not those of {}", other.name));
            }
            Some(other) => other.copies += 1,
            None => {
                self.0.insert(part.to_owned(), Part { name: name.to_owned(), accounts, copies: 1 });
            }
        }
    }

    /// Each part has all copies.
    fn judge_counts(&self, place: &str, judge: &mut Judge<'_>) {
        // scripts of people who left only remove
        let is_for_leavers = self.0.values().all(|part| part.name.starts_with("Remove-Mail-"));
        if is_for_leavers && self.0.values().all(|part| part.copies == 1) {
            return;
        }
        for (part, Part { copies, .. }) in &self.0 {
            if *copies != FLEET.len() {
                judge.fault(place, format!("part {part} has {copies} of {} scripts", FLEET.len()));
            }
        }
    }
}

/// What the scripts of one part have in common.
struct Part {
    /// The file name of the first script.
    name: String,
    accounts: Vec<Stated>,
    copies: usize,
}

/// Compares `people.csv` with the accounts in the scripts.
fn judge_table(path: &Path, parts: &Parts, judge: &mut Judge<'_>) {
    if !is_file(path) {
        return;
    }
    // a missing file was reported
    let Ok(bytes) = bounded::read(path, bounded::BUNDLE) else { return };
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
    let in_scripts = parts.0.iter().flat_map(|(part, Part { accounts, .. })| {
        accounts.iter().map(|account| {
            let user = account.windows_user.clone().unwrap_or_default();
            let user = user.trim_start_matches('\'').to_owned();
            [account.address.clone(), user, part.clone()]
        })
    });
    if listed != Some(in_scripts.collect()) {
        let place = path.display().to_string();
        judge.fault(&place, "its people are not those in the scripts".to_owned());
    }
}
