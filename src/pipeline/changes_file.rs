//! What happened to people since the last run that was finished: a file, and a summary for the screen.

use super::RunError;
use super::changes::{ChangeSummary, ChangedPerson};
use crate::domain::delimiter::Delimiter;
use crate::ledger::{EventKind, Ledger};
use crate::output::changes::{ChangeRow, ChangesFile};
use crate::output::folder::OutputFolder;

/// Writes `changes.csv` into `folder`: everything since the last run that was finished, and
/// sums it up.
pub(super) fn report_changes(
    ledger: &Ledger,
    folder: &OutputFolder,
    delimiter: Delimiter,
) -> Result<ChangeSummary, RunError> {
    let mut file = ChangesFile::start(folder, delimiter)?;
    let mut summary = ChangeSummary::default();
    ledger.unreported(|event| {
        let address = event.addresses.split(' ').next().unwrap_or_default();
        if let Some(kind) = EventKind::from_id(&event.kind) {
            summary.add(kind, || ChangedPerson {
                address: address.to_owned(),
                details: event.details.clone(),
                action: event.action.clone(),
            });
        }
        file.add(&ChangeRow {
            address,
            name: &event.name,
            change: &event.kind,
            details: &event.details,
            action: &event.action,
        })
        .map_err(RunError::from)
    })?;
    file.finish()?;
    Ok(summary)
}
