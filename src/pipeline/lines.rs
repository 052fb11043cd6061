//! Lines of `manifest.jsonl`, `report.csv` and `retired/identifiers.csv`.

use super::changes::PersonSettings;
use super::outcome::RowReport;
use crate::domain::platform::Platform;
use crate::domain::text::hex;
use crate::ledger::{Package, State, StoredPerson};
use crate::output::OutputError;
use crate::output::identifiers::{IdentifierRow, IdentifiersFile};
use crate::output::manifest::{self, BundleLine};
use crate::output::report::ReportRow;

/// The manifest's line for a person for whom the run makes no bundle.
pub(super) fn kept_line(person: &StoredPerson) -> BundleLine {
    let record = &person.record;
    let line = BundleLine {
        line: None,
        addresses: record.addresses.clone(),
        person: record.key.to_string(),
        renamed_from: None,
        bundle: record.bundle.clone(),
        sha256: hex(&record.sha256),
        size: record.size,
        state: (person.state != State::Current).then(|| person.state.id().to_owned()),
        client: None,
        group: None,
        department: None,
    };
    line.with_labels(&record.labels)
}

/// The manifest's line for the removal package of the person in `line`.
pub(super) fn package_line(line: &BundleLine, package: &Package) -> BundleLine {
    BundleLine {
        bundle: package.path.clone(),
        sha256: hex(&package.sha256),
        size: package.size,
        state: Some(manifest::REMOVAL.to_owned()),
        line: None,
        ..line.clone()
    }
}

pub(super) fn kept_row(line: &BundleLine, state: State) -> ReportRow {
    ReportRow {
        address: line.addresses.first().cloned().unwrap_or_default(),
        outcome: if state == State::Current { "unchanged" } else { state.id() },
        bundle: line.bundle.clone(),
        labels: line.labels(),
        ..ReportRow::default()
    }
}

/// Whether a person who was retired has profiles on devices, which `retired/identifiers.csv` names.
pub(super) fn has_identifiers(person: &StoredPerson) -> bool {
    let settings = serde_json::from_str::<PersonSettings>(&person.record.settings);
    let is_apple = |id: &String| id == Platform::Apple.id();
    !person.record.identifiers.is_empty()
        && settings.is_ok_and(|settings| settings.platforms.iter().any(is_apple))
}

/// Adds the profiles on the devices of a person who was retired.
pub(super) fn add_identifiers(
    file: &mut IdentifiersFile<'_>,
    person: &StoredPerson,
) -> Result<(), OutputError> {
    if !has_identifiers(person) {
        return Ok(());
    }
    for identifier in &person.record.identifiers {
        file.add(&IdentifierRow {
            address: person.record.addresses.first().map(String::as_str).unwrap_or_default(),
            name: &person.record.name,
            retired_at: &person.since,
            platform: Platform::Apple.id(),
            identifier,
        })?;
    }
    Ok(())
}

pub(super) fn report_row(report: &RowReport) -> ReportRow {
    let problems = report.outcome.reasons();
    let joined = |texts: Vec<&str>| {
        let mut texts = texts;
        texts.dedup();
        texts.join("; ")
    };
    ReportRow {
        line: Some(report.location.number),
        address: report.address.clone(),
        outcome: report.outcome.id(),
        bundle: report.outcome.bundle().unwrap_or_default().to_owned(),
        column: joined(problems.iter().filter_map(|problem| problem.column.as_deref()).collect()),
        code: joined(problems.iter().map(|problem| problem.code).collect()),
        reason: joined(problems.iter().map(|problem| problem.message.as_str()).collect()),
        hint: joined(problems.iter().filter_map(|problem| problem.hint.as_deref()).collect()),
        labels: report.labels.clone(),
    }
}
