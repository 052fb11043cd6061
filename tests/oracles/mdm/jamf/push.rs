//! Whole runs, with faults of the network, kills and signals.

use std::process::Stdio;
use std::time::Duration;

use serde_json::json;

use super::*;

#[test]
fn every_fault_of_the_network_is_survived_and_undo_leaves_nothing() {
    if !is_possible() {
        return;
    }
    let folder = exported();
    let jamf = jamf(PEOPLE, json!({ "token_seconds": 6, "cluster": true }));
    jamf.faults(&json!([
        { "method": "POST", "first": 15, "last": 16, "do": 429, "retry_after": 2 },
        { "method": "POST", "first": 17, "do": 429 },
        { "method": "POST", "first": 18, "do": 503 },
        { "method": "POST", "first": 19, "do": "drop-before" },
        { "method": "POST", "first": 20, "last": 22, "do": "drop-after" },
        // one of those that come again
        { "method": "POST", "first": 27, "do": 500 },
        { "method": "POST", "first": 300, "do": "expire" },
        { "method": "GET", "first": 50, "do": 429 },
        { "method": "GET", "first": 51, "do": "drop-before" },
        { "method": "GET", "first": 52, "do": "drop-after" },
        { "method": "GET", "first": 53, "do": 502 },
        { "method": "GET", "first": 400, "do": "expire" },
    ]));
    let printed = push(&folder, &jamf, &[], 0);
    assert!(printed.contains("Jamf: 600 created"), "{printed}");
    let state = jamf.state();
    assert_once(&state, PEOPLE);
    assert_eq!(state["faults_left"], 0);
    assert!(state["tokens"].as_u64() > Some(2), "a token was fetched again: {}", state["tokens"]);
    assert_eq!(payload(&state, IOS, 7)["EmailAccountName"], "Pérson O'Neil 7");
    let printed = push(&folder, &jamf, &[], 0);
    assert!(printed.contains("Jamf: 600 unchanged"), "{printed}");

    jamf.faults(&json!([
        { "method": "DELETE", "first": 18, "do": 429, "retry_after": 1 },
        { "method": "DELETE", "first": 19, "last": 20, "do": "drop-after" },
        { "method": "DELETE", "first": 21, "do": 502 },
    ]));
    assert!(push(&folder, &jamf, &["--dry-run", "--undo"], 0).contains("600 to delete"));
    assert_eq!(writes(&jamf.state(), "delete"), 0);
    assert!(push(&folder, &jamf, &["--undo"], 0).contains("Jamf: 600 deleted"));
    let state = jamf.state();
    assert_eq!([count(&state, IOS), count(&state, MACOS)], [0, 0]);
    assert_eq!(state["faults_left"], 0);
    assert_well_behaved(&state);
    assert!(push(&folder, &jamf, &["--undo"], 0).contains("Jamf: nothing to do"));
}

#[test]
fn a_killed_run_goes_on_where_it_stopped() {
    if !is_possible() {
        return;
    }
    let folder = exported();
    let jamf = jamf(PEOPLE, json!({ "delay_ms": 1, "cluster": true }));
    for more in [40, 90, 30] {
        let before = jamf.created();
        let mut run = helper(&folder, &jamf, &[]).stderr(Stdio::null()).spawn().unwrap();
        while jamf.created() < before + more && run.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(2));
        }
        run.kill().unwrap();
        run.wait().unwrap();
    }
    // a kill may cut a line off
    let journal = folder.text("jamf/state/pushed.jsonl");
    assert!(journal.lines().count() < 2 * 2 * PEOPLE, "it was not killed in time");
    folder.file("jamf/state/pushed.jsonl", journal + "{\"at\":\"2026-11-29T09:00:00Z\",\"id\":\"5");
    let printed = push(&folder, &jamf, &[], 0);
    assert_once(&jamf.state(), PEOPLE);
    assert!(!printed.contains("Jamf: 600 created"), "{printed}");

    // one person changes: one update of each object, with Jamf's own identifiers, and to all devices
    export(&folder, &list(PEOPLE, Some(7)), &["--per-person"]);
    assert!(push(&folder, &jamf, &["--dry-run"], 0).contains("2 to update, 598 unchanged"));
    assert_once(&jamf.state(), PEOPLE);
    assert_eq!(writes(&jamf.state(), "update"), 0);
    assert!(push(&folder, &jamf, &[], 0).contains("Jamf: 2 updated, 598 unchanged"));
    let state = jamf.state();
    assert_once(&state, PEOPLE);
    assert_eq!(writes(&state, "update"), 2);
    for kind in [IOS, MACOS] {
        assert_eq!(payload(&state, kind, 7)["EmailAccountName"], "Renamed 7");
        let again = |object: &&Value| object["redeploy_on_update"] == "All";
        assert_eq!(state["objects"][kind].as_object().unwrap().values().filter(again).count(), 1);
    }

    // three people leave
    let leavers = "email\np3@centurylink.net\np5@centurylink.net\np8@centurylink.net\n";
    export(&folder, leavers, &["--retire"]);
    assert!(push(&folder, &jamf, &[], 2).contains("run bash push-jamf.sh --retire"));
    assert!(push(&folder, &jamf, &["--retire", "--dry-run"], 0).contains("6 to delete"));
    assert_once(&jamf.state(), PEOPLE);
    assert!(push(&folder, &jamf, &["--retire"], 0).contains("Jamf: 6 deleted"));
    let state = jamf.state();
    assert_eq!([count(&state, IOS), count(&state, MACOS)], [PEOPLE - 3, PEOPLE - 3]);
    assert!(push(&folder, &jamf, &["--retire"], 0).contains("Jamf: 6 already gone"));
    assert!(push(&folder, &jamf, &["--undo"], 0).contains("Jamf: 594 deleted"));
    let state = jamf.state();
    assert_eq!([count(&state, IOS), count(&state, MACOS)], [0, 0]);
    assert_well_behaved(&state);
}

#[test]
fn a_dry_run_sends_no_request_that_writes() {
    if !is_possible() {
        return;
    }
    let folder = exported();
    let jamf = jamf(PEOPLE - 2, json!({}));
    let printed = push(&folder, &jamf, &["--dry-run"], 0);
    assert!(printed.contains("Jamf, dry run, nothing was sent: 600 to create"), "{printed}");
    assert!(printed.contains("would create: CenturyLink Mail (p0@centurylink.net) (iOS)\n"));
    assert!(
        printed.contains(
            "Jamf does not know these users and will refuse their profiles: user.298 user.299"
        ),
        "{printed}"
    );
    assert_eq!(jamf.state()["requests"], json!({ "GET": 3 }));
    assert!(!folder.exists("jamf/state"));
}

#[test]
fn one_run_at_a_time_and_a_signal_ends_it_with_3() {
    if !is_possible() {
        return;
    }
    let folder = Folder::new();
    export(&folder, &list(40, None), &["--per-person"]);
    let jamf = jamf(40, json!({ "delay_ms": 20 }));
    let run = helper(&folder, &jamf, &[]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let run = run.unwrap();
    while jamf.created() < 10 {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(push(&folder, &jamf, &[], 2).contains("is at work in this folder"));
    let id = i32::try_from(run.id()).unwrap();
    let terminate = Command::new("kill").args(["-TERM", &id.to_string()]).status();
    assert!(terminate.unwrap().success());
    let printed = ended(run.wait_with_output().unwrap(), 3);
    assert!(printed.contains("interrupted: run this again"), "{printed}");
    assert!(!folder.exists("jamf/state/lock"));
    push(&folder, &jamf, &[], 0);
    assert_once(&jamf.state(), 40);
}

#[test]
fn a_server_that_stops_answering_ends_the_run_and_the_next_one_goes_on() {
    if !is_possible() {
        return;
    }
    let folder = Folder::new();
    export(&folder, &list(40, None), &["--per-person"]);
    let jamf = jamf(40, json!({}));
    let fault = json!({ "method": "POST", "first": 21, "last": 9999, "do": 503, "retry_after": 0 });
    jamf.faults(&json!([fault]));
    let printed = push(&folder, &jamf, &[], 1);
    assert!(printed.contains("error: Jamf does not answer any more"), "{printed}");
    assert!(printed.contains("Jamf answered 503: Try again; given up after 8 tries"), "{printed}");
    assert!(printed.contains("Jamf: 20 created, 60 failed"), "{printed}");
    jamf.faults(&json!([]));
    assert!(push(&folder, &jamf, &[], 0).contains("Jamf: 60 created, 20 unchanged"));
    assert_once(&jamf.state(), 40);
}

#[cfg(target_os = "linux")]
#[test]
fn credentials_that_are_not_in_the_environment_are_asked_for_without_echo() {
    let folder = Folder::new();
    let Some(python) = tool("python3", folder.path(), runs(&["--version"])) else { return };
    if !is_possible() {
        return;
    }
    export(&folder, &list(1, None), &["--per-person"]);
    let jamf = jamf(1, json!({}));
    let terminal = crate::support::project("tests/oracles/mdm/terminal.py");
    let answers = json!([
        ["URL of Jamf Pro", jamf.url()],
        ["Client ID: ", CLIENT],
        ["Client secret: ", SECRET],
    ]);
    let args = [terminal.to_str().unwrap(), &answers.to_string(), "bash", "jamf/push-jamf.sh"];
    let printed = python.accepts(&args);
    assert!(printed.contains(CLIENT), "{printed}");
    assert!(!printed.contains(SECRET), "{printed}");
    assert!(printed.contains("Jamf: 2 created"), "{printed}");
}
