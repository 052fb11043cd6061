//! `push-fleet.sh` against `fleet_mock.py`, a server that keeps Fleet's rules and fails when asked to.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use super::{export, objects, put};
use crate::support::{Folder, project};
use crate::tool::{runs, tool};

pub(super) const TOKEN: &str = "mock-token-1234567890";

/// Every fault of the server in turn, on every third write.
const FAULTS: [&str; 4] =
    ["--every", "3", "--fail", "429,429-bare,500-before,500-after,drop-before,drop-after"];

/// A server of a test's own, which ends with it.
pub(super) struct Server {
    child: Child,
    port: String,
    folder: Folder,
}

impl Server {
    /// `None` where a program is missing that the script or the server needs.
    pub(super) fn start(args: &[&str]) -> Option<Self> {
        let folder = Folder::new();
        for (program, probe) in [
            ("python3", runs(&["--version"])),
            ("curl", runs(&["--version"])),
            ("jq", runs(&["--version"])),
        ] {
            tool(program, folder.path(), probe)?;
        }
        let mut child = Command::new("python3")
            .arg(project("tests/oracles/mdm/fleet_mock.py"))
            .arg(folder.path())
            .args(args)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut port = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut port).unwrap();
        Some(Self { child, port: port.trim().to_owned(), folder })
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The script in `folder`, with `args`.
    pub(super) fn script(&self, folder: &Folder, export: &str, args: &[&str]) -> Command {
        let mut command = Command::new("bash");
        command
            .arg(project("templates/mdm/fleet/push-fleet.sh"))
            .args(args)
            .arg(folder.path().join(export))
            .env("FLEET_URL", self.url())
            .env("FLEET_API_TOKEN", TOKEN)
            .env("FLEET_PAUSE", "0.01")
            .env("MAILMUSTER_FLEET_PACE", "10000")
            .env_remove("FLEET_TEAM")
            .stdin(Stdio::null());
        command
    }

    /// Runs the script to its end; its last line on standard output.
    #[track_caller]
    pub(super) fn push(&self, folder: &Folder, export: &str, args: &[&str], code: i32) -> String {
        let output = self.script(folder, export, args).output().unwrap();
        ended(&output, code)
    }

    /// What is in Fleet: names of labels, and profiles by name.
    pub(super) fn state(&self) -> Value {
        let output = Command::new("curl").args(["-qsf", &format!("{}/state", self.url())]).output();
        serde_json::from_slice(&output.unwrap().stdout).unwrap()
    }

    /// How many labels and profiles are in Fleet.
    pub(super) fn counts(&self) -> (usize, usize) {
        let state = self.state();
        (state["labels"].as_array().unwrap().len(), state["profiles"].as_array().unwrap().len())
    }

    /// Deletes what is at `path`, as an admin or a `GitOps` run may.
    pub(super) fn delete(&self, path: &str) {
        let url = format!("{}/api/v1/fleet/{path}", self.url());
        let header = format!("Authorization: Bearer {TOKEN}");
        let done =
            Command::new("curl").args(["-qsf", "-X", "DELETE", "-H", &header, &url]).output();
        assert!(done.unwrap().status.success(), "{path}");
    }

    /// The paths of all requests to delete something.
    pub(super) fn deletions(&self) -> Vec<String> {
        let text = self.folder.text("requests.jsonl");
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let deletions = lines.filter(|line| line["method"] == "DELETE");
        deletions.map(|line| line["path"].as_str().unwrap().to_owned()).collect()
    }

    /// Every request so far: method and answer.
    fn requests(&self) -> Vec<(String, u64)> {
        if !self.folder.exists("requests.jsonl") {
            return Vec::new();
        }
        let text = self.folder.text("requests.jsonl");
        // the last one may be being written
        let lines = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
        lines
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .filter(|line| line["path"] != "/state")
            .map(|line| {
                (line["method"].as_str().unwrap().to_owned(), line["status"].as_u64().unwrap())
            })
            .collect()
    }

    pub(super) fn writes(&self) -> usize {
        self.requests().iter().filter(|(method, _)| method != "GET").count()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // it ends with its standard input
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

#[track_caller]
pub(super) fn ended(output: &Output, code: i32) -> String {
    let (stdout, stderr) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{stdout}\n{stderr}");
    let last = stdout.lines().last().unwrap_or_default();
    if code == 2 { stderr.into_owned() } else { last.to_owned() }
}

/// A list of `count` people, of whom every second has a device.
pub(super) fn people(count: usize) -> String {
    let mut list = "email,first_name,last_name,serial\n".to_owned();
    for n in 0..count {
        let serial = if n % 2 == 0 { String::new() } else { format!("SERIAL{n}") };
        list.push_str(&format!("person{n}@centurylink.net,Person,No{n},{serial}\n"));
    }
    list
}

pub(super) fn per_person(folder: &Folder, count: usize, more: &[&str]) {
    export(folder, &people(count), "each", &[&["--per-person"], more].concat());
}

fn journal(folder: &Folder) -> usize {
    folder.text("each/state/pushed.jsonl").lines().count()
}

#[test]
fn three_hundred_people_are_created_once_although_the_script_is_killed_and_deleted_again() {
    let Some(server) = Server::start(&[]) else { return };
    let folder = Folder::new();
    per_person(&folder, 300, &[]);
    let last = server.push(&folder, "each", &["--dry-run"], 0);
    assert_eq!(last, "dry run: nothing was sent; 0 of 900 are as they should be");
    assert_eq!(server.writes(), 0);
    assert!(!folder.exists("each/state"));

    let mut child = server.script(&folder, "each", &[]).stderr(Stdio::null()).spawn().unwrap();
    while !folder.exists("each/state/pushed.jsonl") || journal(&folder) < 400 {
        assert!(child.try_wait().unwrap().is_none(), "it ended early");
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // what a kill in the middle of a write leaves
    let mut text = folder.text("each/state/pushed.jsonl");
    text.push_str("{\"at\":\"2026");
    folder.file("each/state/pushed.jsonl", text);

    let last = server.push(&folder, "each", &[], 0);
    assert!(last.ends_with("deleted 0, failed 0"), "{last}");
    assert_eq!(server.counts(), (300, 600));
    let again = server.push(&folder, "each", &[], 0);
    assert_eq!(again, "created 0, updated 0, adopted 0, unchanged 900, deleted 0, failed 0");

    let last = server.push(&folder, "each", &["--undo"], 0);
    assert_eq!(last, "created 0, updated 0, adopted 0, unchanged 0, deleted 900, failed 0");
    assert_eq!(server.counts(), (0, 0));
    let last = server.push(&folder, "each", &["--undo"], 0);
    assert!(last.ends_with("deleted 0, failed 0"), "{last}");
}

#[test]
fn a_script_that_is_asked_to_stop_says_so_and_goes_on_later() {
    let Some(server) = Server::start(&["--slow", "0.05"]) else { return };
    let folder = Folder::new();
    per_person(&folder, 30, &[]);
    let mut command = server.script(&folder, "each", &[]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while !folder.exists("each/state/pushed.jsonl") || journal(&folder) < 30 {
        std::thread::sleep(Duration::from_millis(5));
    }
    Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("interrupted: start the same command again to go on"), "{stderr}");
    assert!(!folder.exists("each/state/lock"));
    server.push(&folder, "each", &[], 0);
    assert_eq!(server.counts(), (30, 60));
}

#[test]
fn what_a_killed_script_had_sent_is_deleted_by_undo() {
    let Some(server) = Server::start(&["--slow", "0.02"]) else { return };
    let folder = Folder::new();
    per_person(&folder, 30, &[]);
    let mut child = server.script(&folder, "each", &[]).stderr(Stdio::null()).spawn().unwrap();
    // in the middle of the second group: its intents are in the journal, and its requests half sent
    while server.writes() < 30 {
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let sent = folder.text("each/state/pushed.jsonl");
    let (intents, done) = (sent.matches("\"intent\"").count(), sent.matches("\"done\"").count());
    assert!(done < intents, "{done} of {intents} are done");
    let last = server.push(&folder, "each", &["--undo"], 0);
    assert!(last.ends_with("failed 0"), "{last}");
    assert_eq!(server.counts(), (0, 0));
}

#[test]
fn whatever_the_server_does_each_object_is_there_once() {
    let Some(server) = Server::start(&FAULTS) else { return };
    let folder = Folder::new();
    per_person(&folder, 12, &[]);
    server.push(&folder, "each", &[], 0);
    assert_eq!(server.counts(), (12, 24));
    let statuses: Vec<u64> = server.requests().into_iter().map(|(_, status)| status).collect();
    assert!(statuses.contains(&429) && statuses.contains(&502), "{statuses:?}");
    for profile in server.state()["profiles"].as_array().unwrap() {
        assert!(profile["raw"].as_str().unwrap().starts_with("<?xml"));
    }
    let last = server.push(&folder, "each", &["--undo"], 0);
    assert!(last.ends_with("deleted 36, failed 0"), "{last}");
    assert_eq!(server.counts(), (0, 0));
}

#[test]
fn labels_and_profiles_arrive_as_they_are() {
    let Some(server) = Server::start(&[]) else { return };
    let folder = Folder::new();
    let list = "email,first_name,last_name,serial\n{o'brien}@centurylink.net,O,\"\"\"B\"\" & <b>\",C02XK0GWJGH6\n";
    export(&folder, list, "each", &["--per-person"]);
    server.push(&folder, "each", &[], 0);
    let state = server.state();
    let label = &state["labels"][0];
    assert_eq!(label["name"], "Mail {o'brien}@centurylink.net");
    assert_eq!(label["hosts"], json!(["C02XK0GWJGH6"]));
    for object in &objects(&folder, "each")[1..] {
        let profiles = state["profiles"].as_array().unwrap();
        let there = profiles.iter().find(|profile| profile["name"] == object["name"]).unwrap();
        let file = folder.text(&format!("each/{}", object["file"].as_str().unwrap()));
        assert_eq!(there["raw"], file);
        for (field, names) in object["labels"].as_object().unwrap() {
            assert_eq!(&there[field], names);
        }
    }
}

#[test]
fn a_changed_profile_replaces_the_one_in_fleet() {
    for (args, expected) in [
        (&[][..], "created 0, updated 4, adopted 0, unchanged 2, deleted 0, failed 0"),
        // an older Fleet has no PATCH
        (&["--no-patch"], "created 4, updated 0, adopted 0, unchanged 2, deleted 0, failed 0"),
    ] {
        let Some(server) = Server::start(args) else { return };
        let folder = Folder::new();
        per_person(&folder, 2, &[]);
        server.push(&folder, "each", &[], 0);
        let before = server.state();
        per_person(&folder, 2, &["--set", "imap.host=mail.centurylink.net"]);
        assert_eq!(server.push(&folder, "each", &[], 0), expected);
        let after = server.state();
        for profile in after["profiles"].as_array().unwrap() {
            assert!(profile["raw"].as_str().unwrap().contains(">mail.centurylink.net<"));
            // its labels were sent again: without them it would go to all hosts
            assert!(
                profile.as_object().unwrap().keys().any(|key| key.starts_with("labels_include"))
            );
        }
        if args.is_empty() {
            let ids = |state: &Value| {
                let profiles = state["profiles"].as_array().unwrap().iter();
                profiles.map(|profile| profile["profile_uuid"].clone()).collect::<Vec<_>>()
            };
            assert_eq!(ids(&before), ids(&after));
        }
        server.push(&folder, "each", &["--undo"], 0);
        assert_eq!(server.counts(), (0, 0));
    }
}

#[test]
fn what_was_in_fleet_before_is_left_alone_unless_it_is_to_be_adopted() {
    let Some(server) = Server::start(&[]) else { return };
    let (earlier, folder) = (Folder::new(), Folder::new());
    per_person(&earlier, 2, &[]);
    server.push(&earlier, "each", &[], 0);
    per_person(&folder, 2, &["--set", "imap.host=mail.centurylink.net"]);
    let last = server.push(&folder, "each", &[], 1);
    assert_eq!(last, "created 0, updated 0, adopted 0, unchanged 0, deleted 0, failed 6");
    assert_eq!(server.counts(), (2, 4));
    let last = server.push(&folder, "each", &["--adopt"], 0);
    assert_eq!(last, "created 0, updated 6, adopted 0, unchanged 0, deleted 0, failed 0");
    // this folder created nothing, so it deletes nothing
    let last = server.push(&folder, "each", &["--undo"], 0);
    assert!(last.ends_with("deleted 0, failed 0"), "{last}");
    assert_eq!(server.counts(), (2, 4));
}

#[test]
fn leavers_are_deleted_by_the_journal_or_by_their_names() {
    let Some(server) = Server::start(&FAULTS) else { return };
    let folder = Folder::new();
    per_person(&folder, 5, &[]);
    server.push(&folder, "each", &[], 0);
    let leavers =
        "email,name\nperson1@centurylink.net,Person 1\nperson9@centurylink.net,Person 9\n";
    export(&folder, leavers, "leavers", &["--retire"]);
    let last = server.push(&folder, "leavers", &["--dry-run", "--retire"], 0);
    assert!(last.starts_with("dry run: nothing was sent"), "{last}");
    assert_eq!(server.counts(), (5, 10));
    let output = server.script(&folder, "leavers", &["--retire"]).output().unwrap();
    let last = ended(&output, 1);
    assert_eq!(last, "created 0, updated 0, adopted 0, unchanged 0, deleted 3, failed 3");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("failed: Mail person9@centurylink.net: not found"), "{stderr}");
    // what was deleted the last time is not missing
    let last = server.push(&folder, "leavers", &["--retire"], 1);
    assert_eq!(last, "created 0, updated 0, adopted 0, unchanged 3, deleted 0, failed 3");
    assert_eq!(server.counts(), (4, 8));
    let names = server.state().to_string();
    assert!(!names.contains("person1@") && names.contains("person0@"));

    // into the folder that was sent: its journal has the numbers, whatever the names have become
    let leavers = "email,name\nperson2@centurylink.net,Person 2\n";
    export(&folder, leavers, "each", &["--retire"]);
    let last = server.push(&folder, "each", &["--retire"], 0);
    assert_eq!(last, "created 0, updated 0, adopted 0, unchanged 0, deleted 3, failed 0");
    assert_eq!(server.counts(), (3, 6));
}

#[test]
fn what_only_has_the_name_of_a_leaver_s_object_is_left_alone() {
    let Some(server) = Server::start(&[]) else { return };
    let folder = Folder::new();
    per_person(&folder, 2, &[]);
    // what an admin may have made of the objects of person 0
    let mut lines = objects(&folder, "each");
    let label = lines[0]["file"].as_str().unwrap().to_owned();
    folder.file(&format!("each/{label}"), json!({"name": lines[0]["name"]}).to_string());
    let profile = format!("each/{}", lines[1]["file"].as_str().unwrap());
    let with_another = folder.text(&profile).replacen(
        "<array>",
        "<array><dict><key>PayloadType</key><string>com.apple.wifi.managed</string></dict>",
        1,
    );
    folder.file(&profile, with_another);
    put(&folder, "each", &mut lines);
    server.push(&folder, "each", &[], 0);
    export(&folder, &people(2), "leavers", &["--retire"]);
    let last = server.push(&folder, "leavers", &["--retire"], 1);
    assert_eq!(last, "created 0, updated 0, adopted 0, unchanged 0, deleted 4, failed 2");
    let state = server.state();
    assert_eq!(state["labels"][0]["name"], "Mail person0@centurylink.net");
    assert_eq!(state["profiles"][0]["name"], "CenturyLink Mail (person0@centurylink.net)");
    assert_eq!(server.counts(), (1, 1));
}

#[test]
fn the_shared_profile_is_two_objects() {
    let Some(server) = Server::start(&[]) else { return };
    let folder = Folder::new();
    export(&folder, "email,name\nada@centurylink.net,Ada\n", "shared", &[]);
    server.push(&folder, "shared", &[], 0);
    assert_eq!(server.counts(), (0, 2));
    let state = server.state();
    let targets: Vec<_> = state["profiles"].as_array().unwrap().iter().collect();
    assert!(targets.iter().any(|it| it["labels_include_any"] == json!(["macOS"])));
    assert!(targets.iter().any(|it| it["labels_include_any"] == json!(["iOS", "iPadOS"])));
    server.push(&folder, "shared", &["--undo"], 0);
    assert_eq!(server.counts(), (0, 0));
}

#[test]
fn an_unusable_folder_or_token_sends_nothing() {
    let Some(server) = Server::start(&[]) else { return };
    let folder = Folder::new();
    per_person(&folder, 2, &[]);
    let refused = |found: &str, change: &dyn Fn(&mut Command)| {
        let mut command = server.script(&folder, "each", &[]);
        change(&mut command);
        let stderr = ended(&command.output().unwrap(), 2);
        assert!(stderr.contains(found), "`{found}` is not in:\n{stderr}");
    };
    refused("refuses the token (401)", &|command| {
        command.env("FLEET_API_TOKEN", "another-token");
    });
    refused("FLEET_API_TOKEN is not set", &|command| {
        command.env_remove("FLEET_API_TOKEN");
    });
    refused("no answer from http://127.0.0.1:1", &|command| {
        command.env("FLEET_URL", "http://127.0.0.1:1");
    });
    refused("does not begin with https://", &|command| {
        command.env("FLEET_URL", "http://fleet.example.com");
    });
    refused("a character that no token has", &|command| {
        command.env("FLEET_API_TOKEN", "a\"b");
    });
    for pace in ["", "0", "-1", "2.5", "10001", "100000"] {
        refused("MAILMUSTER_FLEET_PACE is not a number from 1 to 10000", &|command| {
            command.env("MAILMUSTER_FLEET_PACE", pace);
        });
    }
    refused("exclude each other", &|command| {
        command.args(["--undo", "--retire"]);
    });
    let file = objects(&folder, "each")[1]["file"].as_str().unwrap().to_owned();
    let before = folder.read(&format!("each/{file}"));
    folder.file(&format!("each/{file}"), "<?xml?>");
    refused("was changed", &|_| {});
    folder.file(&format!("each/{file}"), before);
    let link = folder.path().join("each/profiles/link.mobileconfig");
    Command::new("ln").args(["-s", "/dev/null"]).arg(&link).status().unwrap();
    refused("a symbolic link", &|_| {});
    std::fs::remove_file(link).unwrap();
    let mut lines = objects(&folder, "each");
    lines[1]["file"] = json!("../people.csv");
    put(&folder, "each", &mut lines);
    refused("a line that this script does not understand", &|_| {});
    lines[1]["file"] = json!(file);
    let labels = lines[1]["labels"].take();
    // a second option for curl
    lines[1]["labels"] = json!({"labels_include_any": ["macOS\noutput = \"x\""]});
    put(&folder, "each", &mut lines);
    refused("a line that this script does not understand", &|_| {});
    lines[1]["labels"] = labels;
    put(&folder, "each", &mut lines);
    let index = folder.read("each/export.json");
    std::fs::remove_file(folder.path().join("each/export.json")).unwrap();
    refused("the export is incomplete", &|_| {});
    folder.file("each/export.json", index);
    assert_eq!(server.counts(), (0, 0));
    assert_eq!(server.writes(), 0);

    server.push(&folder, "each", &[], 0);
    refused("was sent to", &|command| {
        command.env("FLEET_TEAM", "7");
    });
    folder.file("each/state/lock/pid", std::process::id().to_string());
    refused("another push-fleet.sh", &|_| {});
    // a process that has ended holds no lock
    let mut ended = Command::new("true").spawn().unwrap();
    ended.wait().unwrap();
    folder.file("each/state/lock/pid", ended.id().to_string());
    server.push(&folder, "each", &[], 0);
}

#[test]
fn the_token_is_in_no_command_line_no_environment_and_no_file() {
    let Some(server) = Server::start(&[]) else { return };
    let folder = Folder::new();
    per_person(&folder, 2, &[]);
    // programs that note what they are started with
    for program in ["curl", "jq", "sleep", "date", "awk"] {
        let spy = format!(
            "#!/bin/bash\n{{ printf '%s\\n' \"$@\"; env; }} >>'{0}/seen'\nPATH=${{PATH#*:}} exec {program} \"$@\"\n",
            folder.path().display()
        );
        folder.file(&format!("bin/{program}"), spy).mode(&format!("bin/{program}"), 0o700);
    }
    let path = format!(
        "{}:{}",
        folder.path().join("bin").display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let mut command = server.script(&folder, "each", &[]);
    let output = command.env("PATH", path).output().unwrap();
    ended(&output, 0);
    let printed = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    let seen = folder.text("seen");
    assert!(seen.contains("--config") && seen.contains("FLEET_URL="), "the spies saw nothing");
    assert!(!seen.contains(TOKEN) && !printed.contains(TOKEN));
    for file in folder.files("") {
        let bytes = folder.read(&file);
        assert!(!bytes.windows(TOKEN.len()).any(|window| window == TOKEN.as_bytes()), "{file}");
    }
}
