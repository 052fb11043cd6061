//! `retired/identifiers.csv`: nothing signs it, and an MDM removes what it names. So it must name the profiles
//! of the people in `retired`, and no other.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use super::{Judge, VerifyError, unreadable};
use crate::bounded;
use crate::bundle::BundleManifest;
use crate::diagnostic::Shown;
use crate::domain::account::AccountKey;
use crate::domain::identifier::ReverseDns;
use crate::domain::platform::Platform;
use crate::output::identifiers::{Identifier, read};
use crate::output::layout::{IDENTIFIERS, below};
use crate::render::profile_identifier;

/// The profile of a person who is retired; `None` where no device has one.
pub(super) fn of(manifest: &BundleManifest) -> Option<Identifier> {
    manifest.platforms.iter().find(|id| *id == Platform::Apple.id())?;
    let first = manifest.accounts.first()?;
    let identifier = ReverseDns::try_from(manifest.setup.identifier.as_str()).ok()?;
    Some(Identifier {
        address: first.address.clone(),
        name: first.display_name.clone(),
        platform: Platform::Apple.id().to_owned(),
        identifier: profile_identifier(&identifier, &AccountKey::from_hex(&manifest.person)?),
    })
}

/// Compares the file in the folder `root` with the profiles of everybody who is retired.
pub(super) fn judge(
    root: &Path,
    mut profiles: BTreeSet<Identifier>,
    judge: &mut Judge<'_>,
) -> Result<(), VerifyError> {
    let path = below(root, IDENTIFIERS);
    let place = path.display().to_string();
    let bytes = match path.symlink_metadata() {
        // a link or folder is a fault already
        Ok(metadata) if !metadata.is_file() => return Ok(()),
        Ok(_) => bounded::read(&path, bounded::BUNDLE).map_err(unreadable(&path))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if !profiles.is_empty() {
                judge.fault(&place, "it is missing");
            }
            return Ok(());
        }
        Err(error) => return Err(unreadable(&path)(error)),
    };
    let Some(rows) = read(&bytes) else {
        judge.fault(&place, "it is not written as mailmuster writes it");
        return Ok(());
    };
    for (number, row) in (2..).zip(rows) {
        if !profiles.remove(&row) {
            let (identifier, address) = (Shown(&row.identifier), Shown(&row.address));
            judge.fault(
                &place,
                format!(
                    "row {number} is not that of a person in `retired`: `{identifier}`, `{address}`"
                ),
            );
        }
    }
    for missing in profiles {
        judge.fault(&place, format!("it has no row for `{}`", Shown(&missing.address)));
    }
    Ok(())
}
