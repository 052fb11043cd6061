//! Others decide: programs that know nothing of this one read what it wrote. For each positive a
//! negative: one changed byte, and they must refuse.
//!
//! A program that is not installed prints `SKIPPED`; `MAILMUSTER_REQUIRE_ORACLES=1` makes that a
//! failure. `scripts/test` installs them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]
#![allow(clippy::too_many_lines, reason = "a test is read from its setup to its last assertion")]
#![allow(
    clippy::disallowed_methods,
    reason = "tests make their own files and read the environment"
)]

#[path = "../support/mod.rs"]
mod support;
mod tool;

mod android;
mod apple;
mod bundle;
mod detached;
mod encodings;
mod faults;
mod fleet_scripts;
mod hosting;
mod intunewin;
mod mdm;
mod mutants;
mod powershell;
#[cfg(feature = "probe")]
mod probe;
mod release;
mod second_opinion;
mod sheet;
mod shells;
mod stamps;
mod threads;
mod windows;

use std::sync::OnceLock;

use support::{Folder, project};

/// The example's bundles, made once: people with awkward names among them, and a person with two
/// mailboxes.
const BUNDLES: [&str; 6] = [
    "out/bundles/margaret.obrien_centurylink.net.zip",
    "out/bundles/reception_centurylink.net.zip",
    "out/bundles/priya.raman_centurylink.net.zip",
    "out/bundles/mohammed.alahmad_centurylink.net.zip",
    "out/bundles/ada.lovelace_centurylink.net.zip",
    "out/bundles/two.boxes_centurylink.net.zip",
];

/// A folder in which the example was made, with the test identity.
fn example() -> &'static Folder {
    static FOLDER: OnceLock<Folder> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = Folder::new();
        let mut list = std::fs::read_to_string(project("examples/staff.csv")).unwrap();
        for address in ["two.boxes@centurylink.net", "sales@q.com"] {
            list.push_str(&format!("E-126,Two,Boxes,Two Boxes,{address},Sales\n"));
        }
        folder.file("staff.csv", list);
        folder.generate("staff.csv", &[]).exits(0);
        folder
    })
}

/// One file of each of some bundles, as a file on disk.
fn unpacked(name: &str) -> (Folder, Vec<String>) {
    let folder = Folder::new();
    folder.identity();
    let extension = name.rsplit('.').next().unwrap();
    let names: Vec<String> = (0..BUNDLES.len()).map(|n| format!("{n}.{extension}")).collect();
    for (bundle, file) in BUNDLES.iter().zip(&names) {
        folder.file(file, example().in_bundle(bundle, name));
    }
    (folder, names)
}
