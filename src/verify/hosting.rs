//! An export for hosting: its files say the same about each domain, and are those that this version writes for it.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::Judge;
use crate::bounded;
use crate::domain::TOOL;
use crate::domain::hosted::HostedDomain;
use crate::hosting::{AUTOCONFIG, AUTODISCOVER, FAIREMAIL, WELL_KNOWN, files};
use crate::output::export::EXPORT_INDEX;
use crate::output::layout::below;
use crate::render::hosted::fairemail::{self, FairEmailEntry};
use crate::render::hosted::{differences, read_autoconfig};

/// `export.json`, as far as it matters here.
#[derive(Deserialize)]
struct Index {
    tool: String,
}

/// Compares the files of the export in `root`, whose digests were compared before. `listed` has the path of each.
pub(super) fn judge(root: &Path, listed: &BTreeMap<String, &str>, judge: &mut Judge<'_>) {
    let content: BTreeMap<&str, Vec<u8>> = listed
        .keys()
        .filter_map(|path| {
            Some((path.as_str(), bounded::read(&below(root, path), bounded::BUNDLE).ok()?))
        })
        .collect();
    let faults = judge.verdict.faults;
    let place = |path: &str| below(root, path).display().to_string();
    let domains = domains(&content, &place, judge);
    let entries = entries(&content, &domains, &place, judge);
    // what follows would only repeat these faults
    if judge.verdict.faults != faults {
        return;
    }
    let index =
        content.get(EXPORT_INDEX).and_then(|json| serde_json::from_slice::<Index>(json).ok());
    match index {
        Some(Index { tool }) if tool == TOOL => again(&content, &domains, &entries, &place, judge),
        Some(Index { tool }) => judge.verdict.note_other_version(&tool),
        None => judge.fault(&place(EXPORT_INDEX), "it is not the index of an export"),
    }
}

/// The domains by their autoconfig files, after the other files of each were compared with it.
fn domains(
    content: &BTreeMap<&str, Vec<u8>>,
    place: &dyn Fn(&str) -> String,
    judge: &mut Judge<'_>,
) -> Vec<HostedDomain> {
    let mut domains = Vec::new();
    for (path, bytes) in content {
        let folder = path.strip_suffix(AUTOCONFIG).and_then(|folder| folder.strip_suffix('/'));
        let Some(folder) = folder.filter(|folder| !folder.contains('/')) else { continue };
        let hosted = match read_autoconfig(bytes) {
            Ok(hosted) if hosted.domain.as_str() == folder => hosted,
            Ok(hosted) => {
                judge.fault(&place(path), format!("it is for the domain {}", hosted.domain));
                continue;
            }
            Err(error) => {
                judge.fault(&place(path), error);
                continue;
            }
        };
        let response = format!("{folder}/{AUTODISCOVER}");
        match content.get(response.as_str()).map(|bytes| differences(bytes, &hosted)) {
            // a missing file was reported
            None => {}
            Some(Err(error)) => judge.fault(&place(&response), error),
            Some(Ok(differences)) => {
                for (setting, this, that) in differences {
                    let why = format!("{setting} is `{this}`; {AUTOCONFIG} says `{that}`");
                    judge.fault(&place(&response), why);
                }
            }
        }
        let second = format!("{folder}/{WELL_KNOWN}");
        if content.get(second.as_str()).is_some_and(|other| other != bytes) {
            judge.fault(&place(&second), format!("it is not the same as {AUTOCONFIG}"));
        }
        domains.push(hosted);
    }
    domains.sort_by(|one, other| one.domain.cmp(&other.domain));
    domains
}

/// The entries for `FairEmail`, compared with the hosted `domains` among them.
fn entries(
    content: &BTreeMap<&str, Vec<u8>>,
    domains: &[HostedDomain],
    place: &dyn Fn(&str) -> String,
    judge: &mut Judge<'_>,
) -> Vec<FairEmailEntry> {
    let Some(bytes) = content.get(FAIREMAIL) else { return Vec::new() };
    let entries = match fairemail::checked(bytes) {
        Ok(entries) => entries,
        Err(error) => {
            judge.fault(&place(FAIREMAIL), error);
            return Vec::new();
        }
    };
    for hosted in domains {
        let entry = entries.iter().find(|entry| entry.domains.contains(&hosted.domain));
        let agrees = entry.is_none_or(|entry| {
            entry.incoming == hosted.incoming.endpoint
                && entry.outgoing == hosted.outgoing.endpoint
                && entry.login == hosted.incoming.login
        });
        if !agrees {
            let why = format!("its servers for {} are not those of {AUTOCONFIG}", hosted.domain);
            judge.fault(&place(FAIREMAIL), why);
        }
    }
    entries
}

/// Makes every file again.
fn again(
    content: &BTreeMap<&str, Vec<u8>>,
    domains: &[HostedDomain],
    entries: &[FairEmailEntry],
    place: &dyn Fn(&str) -> String,
    judge: &mut Judge<'_>,
) {
    let expected = match files(domains, entries) {
        Ok(expected) => expected,
        Err(error) => return judge.fault(&place(EXPORT_INDEX), error),
    };
    for file in &expected {
        match content.get(file.path.as_str()) {
            Some(bytes) if *bytes == file.content => {}
            Some(_) => judge.fault(
                &place(&file.path),
                "it is not the file that mailmuster writes for these domains",
            ),
            None => judge.fault(&place(&file.path), "it is not in the export"),
        }
    }
    let is_expected =
        |path: &str| path == EXPORT_INDEX || expected.iter().any(|file| file.path == path);
    for path in content.keys().filter(|path| !is_expected(path)) {
        judge.fault(&place(path), "it is not a file of these domains");
    }
}
