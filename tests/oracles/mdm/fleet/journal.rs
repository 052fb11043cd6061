//! `push-fleet.sh`: its journal compared with what is in Fleet, its pace, and its token in a trace.

use std::process::Command;

use super::push::{Server, TOKEN, ended, people, per_person};
use super::{export, objects};
use crate::support::Folder;

/// The script's last line, and all it printed.
#[track_caller]
fn printed(mut command: Command, code: i32) -> (String, String) {
    let output = command.output().unwrap();
    let last = ended(&output, code);
    let all = [output.stdout, output.stderr].concat();
    (last, String::from_utf8_lossy(&all).into_owned())
}

#[test]
fn what_was_deleted_in_fleet_is_reported_and_created_again() {
    let Some(server) = Server::start(&[]) else { return };
    let folder = Folder::new();
    per_person(&folder, 3, &[]);
    server.push(&folder, "each", &[], 0);
    let state = server.state();
    let named = |kind: &str, name: &str| {
        let there = state[kind].as_array().unwrap();
        there.iter().find(|it| it["name"] == name).unwrap().clone()
    };
    let profile = named("profiles", "CenturyLink Mail (person0@centurylink.net)");
    let label = named("labels", "Mail person1@centurylink.net");
    let uuid = profile["profile_uuid"].as_str().unwrap();
    server.delete(&format!("configuration_profiles/{uuid}"));
    server.delete(&format!("labels/id/{}", label["id"]));

    let (_, all) = printed(server.script(&folder, "each", &["--dry-run"]), 0);
    let again = "would create again, because it is no longer in Fleet: ";
    assert_eq!(all.matches(again).count(), 2, "{all}");
    assert_eq!(server.counts(), (2, 5));
    let (last, all) = printed(server.script(&folder, "each", &[]), 0);
    // the two profiles that name the label are sent again: Fleet knows labels by their numbers
    assert_eq!(last, "created 2, updated 2, adopted 0, unchanged 5, deleted 0, failed 0");
    assert!(all.contains("no longer in Fleet: Mail person1@centurylink.net\n"), "{all}");
    assert_eq!(server.counts(), (3, 6));
    let last = server.push(&folder, "each", &[], 0);
    assert_eq!(last, "created 0, updated 0, adopted 0, unchanged 9, deleted 0, failed 0");
    server.push(&folder, "each", &["--undo"], 0);
    assert_eq!(server.counts(), (0, 0));
}

#[test]
fn journal_lines_of_another_hand_are_reported_and_delete_nothing() {
    let Some(server) = Server::start(&[]) else { return };
    let folder = Folder::new();
    per_person(&folder, 1, &[]);
    server.push(&folder, "each", &[], 0);
    let sound = folder.text("each/state/pushed.jsonl");
    let strange = [
        r#"{"id":"a1","kind":"configuration_profiles/../../users","platform":"x","intent":"create","name":"y"}"#,
        r#"{"id":"a1","kind":"configuration_profiles/../../users","platform":"x","remote_id":"7","done":"created"}"#,
        r#"{"id":"a2","kind":"labels","platform":"apple","remote_id":"../7","done":"created"}"#,
        r#"{"id":"a3","kind":"labels","platform":"apple","remote_id":7,"done":"created"}"#,
        r#"{"id":"a4","kind":"configuration_profiles","platform":"ios","remote_id":"a1/../..","done":"created"}"#,
        r#"{"id":"a5","kind":"configuration_profiles","platform":"ios","remote_id":"100","done":"created"}"#,
        "7",
    ];
    // an intent of the script's own form, for a label that it did not create
    let begun =
        r#"{"id":"a2","kind":"labels","platform":"apple","intent":"create","name":"macOS"}"#;
    folder
        .file("each/state/pushed.jsonl", format!("{sound}{}\n{begun}\n{{\"at", strange.join("\n")));
    let (last, all) = printed(server.script(&folder, "each", &["--undo"]), 1);
    assert_eq!(last, "created 0, updated 0, adopted 0, unchanged 0, deleted 3, failed 1");
    let ignored = "ignored: lines of state/pushed.jsonl that this script cannot have written: 7\n";
    assert!(all.contains(ignored), "{all}");
    assert!(all.contains("failed: macOS: it is not of an export"), "{all}");
    assert_eq!(server.counts(), (0, 0));
    let deletions = server.deletions();
    assert_eq!(deletions.len(), 3, "{deletions:?}");
    assert!(deletions.iter().all(|path| !path.contains("..")), "{deletions:?}");
}

#[test]
fn people_who_are_no_longer_in_the_export_are_counted() {
    let Some(server) = Server::start(&[]) else { return };
    let folder = Folder::new();
    per_person(&folder, 5, &[]);
    server.push(&folder, "each", &[], 0);
    per_person(&folder, 3, &[]);
    let (last, all) = printed(server.script(&folder, "each", &[]), 0);
    assert_eq!(last, "created 0, updated 0, adopted 0, unchanged 9, deleted 0, failed 0");
    let left =
        "in Fleet, but no longer in this export: objects that this folder sent: 6 (people: 2)";
    assert!(all.contains(left) && all.contains("leavers.csv --retire"), "{all}");

    let staff = people(5);
    let (head, _) = staff.split_once('\n').unwrap();
    let leavers: Vec<_> = staff.lines().skip(4).collect();
    export(&folder, &format!("{head}\n{}\n", leavers.join("\n")), "each", &["--retire"]);
    let last = server.push(&folder, "each", &["--retire"], 0);
    assert!(last.ends_with("deleted 6, failed 0"), "{last}");
    per_person(&folder, 3, &[]);
    assert_eq!(objects(&folder, "each").len(), 9);
    let (_, all) = printed(server.script(&folder, "each", &[]), 0);
    assert!(!all.contains("no longer in this export"), "{all}");
}

#[test]
fn no_more_requests_a_second_are_sent_than_the_pace_allows() {
    let Some(server) = Server::start(&[]) else { return };
    let folder = Folder::new();
    per_person(&folder, 4, &[]);
    // notes for how long the script would wait
    let spy = format!("#!/bin/bash\nprintf '%s\\n' \"$1\" >>'{}/slept'\n", folder.path().display());
    folder.file("bin/sleep", spy).mode("bin/sleep", 0o700);
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{path}", folder.path().join("bin").display());
    let mut command = server.script(&folder, "each", &[]);
    // five requests a second, which the export's estimate counts on
    command.env_remove("MAILMUSTER_FLEET_PACE").env("PATH", path);
    ended(&command.output().unwrap(), 0);
    // two lists, then twelve objects in groups of at most five; nothing waits for the end of the last clock
    let slept = folder.text("slept");
    assert!(slept.starts_with("0.200000\n0.200000\n1.000000\n1.000000\n"), "{slept}");
}

#[test]
fn a_trace_does_not_print_the_token() {
    let Some(server) = Server::start(&[]) else { return };
    let folder = Folder::new();
    per_person(&folder, 1, &[]);
    let script = server.script(&folder, "each", &[]);
    let mut traced = Command::new("bash");
    traced.arg("-x").args(script.get_args());
    for (name, value) in script.get_envs() {
        if let Some(value) = value {
            traced.env(name, value);
        }
    }
    let (_, all) = printed(traced, 0);
    // it was on when the script began
    assert!(all.contains("+ set +"), "{all}");
    assert!(!all.contains(TOKEN), "{all}");
    let mut command = server.script(&folder, "each", &[]);
    command.env("SHELLOPTS", "xtrace");
    let (_, all) = printed(command, 0);
    assert!(all.contains("+ set +") && !all.contains(TOKEN), "{all}");
}
