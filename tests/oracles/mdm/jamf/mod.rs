//! Jamf Pro: `push-jamf.sh` runs against a mock of it, a client by others sends the same bodies, and Python reads them.

mod bodies;
mod push;
mod refusals;
mod stored;

use std::fmt::Write as _;
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::server::Server;
use crate::support::{AT, Folder};
use crate::tool::{runs, tool};

const IOS: &str = "mobiledeviceconfigurationprofiles";
const MACOS: &str = "osxconfigurationprofiles";
const CLIENT: &str = "mail-push";
/// What a config file of curl, a form and a shell could each take for something else.
const SECRET: &str = "k\"ey\\with+odd&characters=%";

/// As many as a small company has.
const PEOPLE: usize = 300;

fn is_possible() -> bool {
    let folder = Folder::new();
    ["bash", "curl", "jq", "python3"]
        .iter()
        .all(|name| tool(name, folder.path(), runs(&["--version"])).is_some())
}

/// A list of `count` people; the one with the number `changed` has another name.
fn list(count: usize, changed: Option<usize>) -> String {
    let mut list = "email,name,directory_user\n".to_owned();
    for number in 0..count {
        let name = if changed == Some(number) { "Renamed" } else { "Pérson O'Neil" };
        let _ = writeln!(list, "p{number}@centurylink.net,{name} {number},user.{number}");
    }
    list
}

/// Runs `mailmuster export jamf` into `jamf`.
fn export(folder: &Folder, list: &str, args: &[&str]) {
    folder.file("list.csv", list);
    let fixed = ["export", "jamf", "list.csv", "--out", "jamf", "--at", AT, "--yes"];
    folder.run(fixed.iter().chain(args)).exits(0);
}

/// A copy of an export of 300 people, which is made once.
fn exported() -> Folder {
    static EXPORT: OnceLock<Folder> = OnceLock::new();
    let export = EXPORT.get_or_init(|| {
        let folder = Folder::new();
        export(&folder, &list(PEOPLE, None), &["--per-person"]);
        folder
    });
    let copy = Folder::new();
    for file in export.files("") {
        copy.file(&file, export.read(&file));
    }
    copy
}

/// A mock that knows the users of `count` people.
fn jamf(count: usize, mut options: Value) -> Server {
    options["users"] = (0..count).map(|number| format!("user.{number}")).collect();
    Server::start("jamf_mock.py", &options)
}

fn helper(folder: &Folder, jamf: &Server, args: &[&str]) -> Command {
    let mut command = Command::new("bash");
    command
        .arg("jamf/push-jamf.sh")
        .args(args)
        .current_dir(folder.path())
        .env("JAMF_URL", jamf.url())
        .env("JAMF_CLIENT_ID", CLIENT)
        .env("JAMF_CLIENT_SECRET", SECRET)
        .stdin(Stdio::null());
    command
}

/// Runs the helper to its end, which must have this exit code. Returns what it printed: output, then errors.
#[track_caller]
fn push(folder: &Folder, jamf: &Server, args: &[&str], code: i32) -> String {
    ended(helper(folder, jamf, args).output().unwrap(), code)
}

#[track_caller]
fn ended(output: Output, code: i32) -> String {
    let printed = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert_eq!(output.status.code(), Some(code), "{printed}");
    printed
}

fn count(state: &Value, kind: &str) -> usize {
    state["objects"][kind].as_object().unwrap().len()
}

/// How many writes of this kind took effect.
fn writes(state: &Value, what: &str) -> usize {
    state["writes"].as_array().unwrap().iter().filter(|write| write[2] == what).count()
}

/// The mock has each of the objects once, created once, and saw nothing that the real service takes badly.
#[track_caller]
fn assert_once(state: &Value, people: usize) {
    assert_eq!([count(state, IOS), count(state, MACOS)], [people, people]);
    assert_eq!(writes(state, "create"), 2 * people);
    assert_well_behaved(state);
}

#[track_caller]
fn assert_well_behaved(state: &Value) {
    assert_eq!(state["misuse"], json!([]));
    assert_eq!(state["refused_connections"], 0);
    assert!(state["most_connections"].as_u64().unwrap() <= 5, "{}", state["most_connections"]);
}

/// The payload that the mock stores for the person with this number.
fn payload(state: &Value, kind: &str, number: usize) -> Value {
    let name = format!("CenturyLink Mail (p{number}@centurylink.net)");
    let objects = state["objects"][kind].as_object().unwrap();
    let found = objects.values().find(|object| object["name"] == *name).unwrap();
    found["profile"]["PayloadContent"][0].clone()
}

/// Replaces text in a body, and what the index says about it.
fn edit(folder: &Folder, file: &str, old: &str, new: &str) {
    let body = folder.text(&format!("jamf/{file}"));
    assert!(body.contains(old), "{body}");
    let body = body.replace(old, new);
    folder.file(&format!("jamf/{file}"), &body);
    let hex = |text: &str| -> String {
        Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let mut objects = String::new();
    for line in folder.text("jamf/objects.jsonl").lines() {
        let mut line: Value = serde_json::from_str(line).unwrap();
        if line["file"] == file {
            line["sha256"] = hex(&body).into();
        }
        let _ = writeln!(objects, "{line}");
    }
    let mut index: Value = serde_json::from_str(&folder.text("jamf/export.json")).unwrap();
    index["objects_sha256"] = hex(&objects).into();
    folder.file("jamf/objects.jsonl", objects).file("jamf/export.json", index.to_string());
}
