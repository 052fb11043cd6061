//! What an export for Intune makes of fleet scripts: packages and bodies for Microsoft Graph. Each has the scripts that are beside
//! it, byte for byte.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::Judge;
use super::fleet_script::is_file;
use crate::bounded;
use crate::intunewin::{self, ENDING};
use crate::output::layout::below;

/// The remediation of a part, as far as it has scripts.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Remediation {
    detection_script_content: String,
    remediation_script_content: String,
}

/// The Win32 app of a part.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct App {
    file_name: String,
    setup_file_path: String,
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    script_content: String,
}

/// What is wrong with the bytes of a file.
type Judged<'a> = &'a dyn Fn(&[u8]) -> Result<(), String>;

/// Judges the packages and bodies of the export in `root` whose scripts are in `folder`. The scripts themselves were judged.
pub(super) fn judge(
    root: &Path,
    folder: &str,
    listed: &BTreeMap<String, &str>,
    judge: &mut Judge<'_>,
) {
    let read = |path: &str| {
        let place = below(root, path);
        // what is missing or a link was reported
        is_file(&place).then(|| bounded::read(&place, bounded::BUNDLE).ok()).flatten()
    };
    let script = |action: &str, part: &str| read(&format!("{folder}{action}-Mail-{part}.ps1"));
    let parts = listed.keys().filter_map(|path| {
        path.strip_prefix(folder)?.strip_prefix("Install-Mail-")?.strip_suffix(".ps1")
    });
    for part in parts {
        let files = ["Install", "Detect", "Remove"].map(|action| script(action, part));
        let [Some(install), Some(detect), Some(remove)] = files else { continue };
        let is = |text: &str, script: &[u8]| STANDARD.decode(text).is_ok_and(|it| it == script);
        let number = part.split('-').next().unwrap_or_default();
        let (package, setup) = (format!("Mail-{part}{ENDING}"), format!("Install-Mail-{part}.ps1"));
        let is_package = |bytes: &[u8]| {
            let opened = intunewin::open(bytes).map_err(|fault| fault.to_string())?;
            let has = |content: &[u8]| opened.files.iter().any(|it| it.content == content);
            let has_all = [&install, &detect, &remove].into_iter().all(|it| has(it));
            let is_whole = has_all && opened.files.len() == 3 && opened.setup_file == setup;
            if is_whole { Ok(()) } else { Err("its scripts are not those beside it".to_owned()) }
        };
        let is_remediation = |bytes: &[u8]| {
            serde_json::from_slice(bytes).is_ok_and(|body: Remediation| {
                is(&body.detection_script_content, &detect)
                    && is(&body.remediation_script_content, &install)
            })
        };
        let is_app = |bytes: &[u8]| {
            serde_json::from_slice(bytes).is_ok_and(|body: App| {
                let [rule] = &body.rules[..] else { return false };
                body.file_name == package
                    && body.setup_file_path == setup
                    && is(&rule.script_content, &detect)
            })
        };
        let other = |is_right: bool| {
            if is_right { Ok(()) } else { Err("its scripts are not those of the part".to_owned()) }
        };
        let remediation = format!("DeviceHealthScripts/windows-{number}.json");
        let app = format!("{folder}Win32-App-{part}.json");
        let judges: [(String, Judged<'_>); 3] = [
            (format!("{folder}{package}"), &is_package),
            (remediation, &|bytes| other(is_remediation(bytes))),
            (app, &|bytes| other(is_app(bytes))),
        ];
        for (path, judged) in judges {
            let place = below(root, &path).display().to_string();
            match read(&path) {
                Some(bytes) => {
                    if let Err(fault) = judged(&bytes) {
                        judge.fault(&place, fault);
                    }
                }
                None if !listed.contains_key(&path) => judge.fault(&place, "it is missing"),
                None => {}
            }
        }
    }
}
