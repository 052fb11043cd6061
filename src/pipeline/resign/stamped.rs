//! Which bundles have a script without a time stamp.

use std::path::Path;

use crate::artifact::SignatureFormat;
use crate::bounded;
use crate::bundle::read::unpack;
use crate::ledger::{KnownPerson, Ledger, LedgerError};
use crate::output::layout::{below, is_bundle_path};
use crate::output::manifest::bundles_in;
use crate::sign::Signing;
use crate::sign::verify::lacks_stamp;

/// Whether `signing` gives time stamps, and a script of `person` has none. That is seen in the bundle: whether a run
/// asked for time stamps is no fact of the person.
pub(super) fn needs_stamp(
    root: &Path,
    ledger: &Ledger,
    person: &KnownPerson,
    signing: &Signing,
) -> Result<bool, LedgerError> {
    if signing.stamper.is_none() {
        return Ok(false);
    }
    let Some(person) = ledger.person(person.key)? else { return Ok(false) };
    let path = &person.record.bundle;
    Ok(is_bundle_path(path) && has_unstamped_script(&below(root, path)))
}

/// How many bundles of a folder are looked at.
const MOST_LOOKED_AT: usize = 20;

/// A bundle of the folder `root` with a signed script without a time stamp, if one of the first is such a bundle.
pub(crate) fn find_unstamped(root: &Path) -> Option<String> {
    bundles_in(root)
        .filter(|line| line.state.is_none())
        .map(|line| line.bundle)
        .filter(|bundle| is_bundle_path(bundle))
        .take(MOST_LOOKED_AT)
        .find(|bundle| has_unstamped_script(&below(root, bundle)))
}

/// Whether the bundle at `path` has a signed script without a time stamp. A bundle that cannot be read has none.
fn has_unstamped_script(path: &Path) -> bool {
    let is_file = path.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
    let bytes = if is_file { bounded::read(path, bounded::BUNDLE).ok() } else { None };
    let Some(unpacked) = bytes.and_then(|bytes| unpack(&bytes).ok()) else { return false };
    let is_script = |id: &str| id == SignatureFormat::AuthenticodeScript.id();
    let mut scripts = unpacked.manifest.files.iter().filter(|file| is_script(&file.signature));
    scripts.any(|file| unpacked.files.get(&file.path).is_some_and(|script| lacks_stamp(script)))
}
