//! Input that is refused, and secrets that are nowhere.

#[cfg(target_os = "linux")]
use std::process::{Command, Stdio};

use serde_json::json;

use super::*;

#[cfg(target_os = "linux")]
#[test]
fn the_secret_and_tokens_are_in_no_argument_no_environment_and_no_file() {
    if !is_possible() {
        return;
    }
    let folder = Folder::new();
    export(&folder, &list(20, None), &["--per-person"]);
    let jamf = jamf(20, json!({ "delay_ms": 10 }));
    let temporary = folder.path().join("temporary");
    std::fs::create_dir(&temporary).unwrap();
    let mut command = helper(&folder, &jamf, &[]);
    command.env("TMPDIR", &temporary).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut run = command.spawn().unwrap();
    let (mut looks, mut leaks) = (0, Vec::new());
    while run.try_wait().unwrap().is_none() {
        for entry in std::fs::read_dir("/proc").unwrap().flatten() {
            let read = |name| std::fs::read(entry.path().join(name)).unwrap_or_default();
            let arguments = String::from_utf8_lossy(&read("cmdline")).into_owned();
            let is_ours = ["curl\0", "jq\0"].iter().any(|name| arguments.starts_with(name));
            if is_ours && arguments.contains("-K") {
                looks += 1;
                let environment = String::from_utf8_lossy(&read("environ")).into_owned();
                for secret in [SECRET, "Bearer", "client_secret", "JAMF_CLIENT"] {
                    if arguments.contains(secret) || environment.contains(secret) {
                        leaks.push(format!("{secret}: {arguments}"));
                    }
                }
            }
        }
        for file in folder.files("temporary") {
            let content =
                std::fs::read(folder.path().join("temporary").join(file)).unwrap_or_default();
            let content = String::from_utf8_lossy(&content).into_owned();
            if content.contains(SECRET) || content.contains("access_token") {
                leaks.push(content);
            }
        }
    }
    let printed = ended(run.wait_with_output().unwrap(), 0);
    assert!(looks > 3, "{looks}");
    assert_eq!(leaks, Vec::<String>::new());
    assert!(!printed.contains(SECRET));
    assert_eq!(folder.files("temporary"), Vec::<String>::new());
    assert!(
        folder
            .files("")
            .iter()
            .all(|file| !String::from_utf8_lossy(&folder.read(file)).contains(SECRET))
    );
    // a trace prints every command
    let mut traced = Command::new("bash");
    traced.arg("-x").arg("jamf/push-jamf.sh").arg("--dry-run").current_dir(folder.path());
    traced
        .env("JAMF_URL", jamf.url())
        .env("JAMF_CLIENT_ID", CLIENT)
        .env("JAMF_CLIENT_SECRET", SECRET);
    assert!(!ended(traced.output().unwrap(), 0).contains("odd&characters"));
}

#[test]
fn unusable_input_and_credentials_are_refused_with_a_reason() {
    if !is_possible() {
        return;
    }
    let folder = Folder::new();
    export(&folder, &list(2, None), &["--per-person"]);
    let jamf = jamf(2, json!({}));
    let refused =
        |why: &str, change: &dyn Fn(&Folder), environment: &[(&str, &str)], args: &[&str]| {
            let copy = Folder::new();
            for file in folder.files("jamf") {
                copy.file(&format!("jamf/{file}"), folder.read(&format!("jamf/{file}")));
            }
            change(&copy);
            let mut command = helper(&copy, &jamf, args);
            command.envs(environment.iter().copied());
            let printed = ended(command.output().unwrap(), 2);
            assert!(printed.contains(why), "`{why}` is not in:\n{printed}");
        };
    let nothing = |_: &Folder| {};
    let file = "jamf/ios/p1_centurylink.net.xml";
    refused(
        "files were changed since the export: ios/p1_centurylink.net.xml",
        &|copy| {
            copy.file(file, copy.text(file).replace("993", "994"));
        },
        &[],
        &[],
    );
    refused(
        "objects.jsonl is not the one that export.json names",
        &|copy| {
            copy.file(
                "jamf/objects.jsonl",
                copy.text("jamf/objects.jsonl").replace("ios/p1", "ios/p0"),
            );
        },
        &[],
        &[],
    );
    refused(
        "export.json is missing: the export is not complete",
        &|copy| {
            std::fs::remove_file(copy.path().join("jamf/export.json")).unwrap();
        },
        &[],
        &[],
    );
    refused(
        "an export for intune, not for Jamf",
        &|copy| {
            copy.file(
                "jamf/export.json",
                copy.text("jamf/export.json").replace("\"jamf\"", "\"intune\""),
            );
        },
        &[],
        &[],
    );
    refused("this export names nobody to retire", &nothing, &[], &["--retire"]);
    refused("--connections takes a number from 1 to 5", &nothing, &[], &["--connections", "6"]);
    refused("unknown option `--what`", &nothing, &[], &["--what"]);
    refused(
        "Jamf refused the client ID or the client secret (HTTP 401)",
        &nothing,
        &[("JAMF_CLIENT_SECRET", "no")],
        &[],
    );
    refused(
        "JAMF_URL is not an https address: http://example.com",
        &nothing,
        &[("JAMF_URL", "http://example.com")],
        &[],
    );
    jamf.faults(&json!([{ "method": "POST", "first": 1, "last": 9, "do": 403 }]));
    refused("the API role lacks a privilege", &nothing, &[], &[]);
    jamf.faults(&json!([{ "method": "GET", "first": 1, "do": 403 }]));
    refused("the API role needs Read, Create, Update and Delete macOS", &nothing, &[], &[]);
    assert_eq!(writes(&jamf.state(), "create"), 0);
}
