//! Jamf Pro: `push-jamf.sh` runs against a mock of it, a client by others sends the same bodies, and Python reads them.

use std::fmt::Write as _;
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::server::{Server, python_of_judges};
use crate::support::{AT, Folder, project};
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

#[test]
fn every_fault_of_the_network_is_survived_and_undo_leaves_nothing() {
    if !is_possible() {
        return;
    }
    let folder = exported();
    let jamf = jamf(PEOPLE, json!({ "token_seconds": 6, "cluster": true }));
    jamf.faults(&json!([
        { "method": "POST", "first": 20, "last": 22, "do": 429, "retry_after": 1 },
        { "method": "POST", "first": 24, "last": 26, "do": 503 },
        { "method": "POST", "first": 28, "last": 31, "do": "drop-after" },
        { "method": "POST", "first": 33, "do": "drop-before" },
        { "method": "GET", "first": 50, "last": 51, "do": 429 },
        { "method": "GET", "first": 53, "do": "drop-before" },
        { "method": "GET", "first": 55, "do": 500 },
        { "method": "POST", "first": 300, "do": "expire" },
        { "method": "GET", "first": 400, "do": "expire" },
    ]));
    let printed = push(&folder, &jamf, &[], 0);
    assert!(printed.contains("Jamf: 600 created"), "{printed}");
    let state = jamf.state();
    assert_once(&state, PEOPLE);
    assert!(state["tokens"].as_u64() > Some(2), "a token was fetched again: {}", state["tokens"]);
    assert_eq!(payload(&state, IOS, 7)["EmailAccountName"], "Pérson O'Neil 7");
    let printed = push(&folder, &jamf, &[], 0);
    assert!(printed.contains("Jamf: 600 unchanged"), "{printed}");

    jamf.faults(&json!([
        { "method": "DELETE", "first": 20, "do": 429, "retry_after": 1 },
        { "method": "DELETE", "first": 22, "last": 23, "do": "drop-after" },
        { "method": "DELETE", "first": 24, "do": 502 },
    ]));
    assert!(push(&folder, &jamf, &["--dry-run", "--undo"], 0).contains("600 to delete"));
    assert_eq!(writes(&jamf.state(), "delete"), 0);
    assert!(push(&folder, &jamf, &["--undo"], 0).contains("Jamf: 600 deleted"));
    let state = jamf.state();
    assert_eq!([count(&state, IOS), count(&state, MACOS)], [0, 0]);
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
        let before = writes(&jamf.state(), "create");
        let mut run = helper(&folder, &jamf, &[]).stderr(Stdio::null()).spawn().unwrap();
        while writes(&jamf.state(), "create") < before + more && run.try_wait().unwrap().is_none() {
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
    assert!(push(&folder, &jamf, &[], 2).contains("run ./push-jamf.sh --retire"));
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
fn what_jamf_has_already_is_adopted_or_left_alone_and_differences_are_named() {
    if !is_possible() {
        return;
    }
    let folder = Folder::new();
    export(&folder, &list(7, None), &["--per-person"]);
    let body = |number: usize| folder.text(&format!("jamf/ios/p{number}_centurylink.net.xml"));
    // the server trims values, and keeps an entity of a profile for mobile devices
    let jamf = jamf(6, json!({ "empty_key": true }));
    jamf.add(IOS, &body(0));
    jamf.add(IOS, &body(1).replace("smtp.centurylink.net", "smtp.other.net"));
    jamf.add(IOS, &body(2).replace("mail-account.", "another-account."));
    edit(&folder, "ios/p3_centurylink.net.xml", "Pérson O'Neil", "a &amp;gt; b");
    edit(&folder, "macos/p3_centurylink.net.xml", "Pérson O'Neil", "a &amp;gt; b");
    edit(&folder, "macos/p4_centurylink.net.xml", "Pérson O'Neil", "R&amp;amp;D");
    // white space between arrays becomes an array
    let arrays = "&lt;array&gt;&lt;array/&gt;\n&lt;array/&gt;&lt;/array&gt;";
    edit(
        &folder,
        "macos/p5_centurylink.net.xml",
        "&lt;string&gt;Pérson O'Neil 5&lt;/string&gt;",
        arrays,
    );

    let printed = push(&folder, &jamf, &[], 1);
    for line in [
        "error: CenturyLink Mail (p2@centurylink.net) (iOS): another profile in Jamf has this name; it is left alone\n  hint: rename that profile in Jamf\n",
        "note: CenturyLink Mail (p3@centurylink.net) (iOS): Jamf escaped PayloadContent[0].EmailAccountName once too often (its defect PI-827)\n",
        "error: CenturyLink Mail (p4@centurylink.net) (macOS): Jamf answered 409: Unable to update the database\n  hint: Jamf takes no value with & or < through this API\n",
        "error: CenturyLink Mail (p5@centurylink.net) (macOS): Jamf stored something else: PayloadContent[0].EmailAccountName[2] was not sent\n",
        "error: CenturyLink Mail (p6@centurylink.net) (macOS): Jamf answered 409: No match found for user user.6\n  hint: is the person a user in Jamf? MUT loads users from mut/UserTemplate.csv\n",
    ] {
        assert!(printed.contains(line), "`{line}` is not in:\n{printed}");
    }
    assert!(!printed.contains("(p3@centurylink.net) (macOS)"), "{printed}");
    let state = jamf.state();
    assert_eq!(payload(&state, IOS, 1)["OutgoingMailServerHostName"], "smtp.centurylink.net");
    assert_eq!(writes(&state, "update"), 1, "the equal one is adopted as it is");

    // someone changes an object in Jamf: the next export finds it
    let printed = push(&folder, &jamf, &[], 1);
    assert!(printed.contains(" unchanged, 5 failed"), "{printed}");
    let printed = push(&folder, &jamf, &["--undo"], 0);
    assert!(printed.contains(
        "CenturyLink Mail (p0@centurylink.net) (iOS) was there before the first run, so it is left"
    ));
    assert!(printed.contains("2 left alone"), "{printed}");
    assert_eq!(count(&jamf.state(), IOS), 3);
}

#[test]
fn what_jamf_stored_otherwise_is_named() {
    if !is_possible() {
        return;
    }
    let folder = Folder::new();
    export(&folder, &list(2, None), &["--per-person"]);
    let jamf = jamf(2, json!({ "stores": { "smtp.centurylink.net": "smtp.evil.net" } }));
    let printed = push(&folder, &jamf, &[], 1);
    let line = "error: CenturyLink Mail (p1@centurylink.net) (macOS): Jamf stored something else: PayloadContent[0].OutgoingMailServerHostName is `smtp.evil.net`, sent was `smtp.centurylink.net`\n";
    assert!(printed.contains(line), "{printed}");
    assert!(printed.contains("Jamf: 4 failed"), "{printed}");
    // the next run looks again, and updates once Jamf stores what it gets
    jamf.options(&json!({ "stores": {} }));
    assert!(push(&folder, &jamf, &[], 0).contains("Jamf: 4 updated"));
    assert!(push(&folder, &jamf, &["--undo"], 0).contains("Jamf: 4 deleted"));
    assert_well_behaved(&jamf.state());
}

#[test]
fn an_update_leaves_the_scope_that_an_admin_chose() {
    if !is_possible() {
        return;
    }
    let folder = Folder::new();
    folder.run(["export", "jamf", "--out", "jamf", "--at", AT]).exits(0);
    let jamf = jamf(1, json!({}));
    assert!(push(&folder, &jamf, &[], 0).contains("Jamf: 2 created"));
    let args = ["export", "jamf", "--out", "jamf", "--at", AT, "--set", "smtp.host=smtp.q.com"];
    folder.run(args).exits(0);
    assert!(push(&folder, &jamf, &[], 0).contains("Jamf: 2 updated"));
    let state = jamf.state();
    let scopes: Vec<_> =
        state["writes"].as_array().unwrap().iter().map(|write| &write[3]).collect();
    assert_eq!(scopes, ["scope", "scope", "", ""]);
    assert_well_behaved(&state);
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
    while writes(&jamf.state(), "create") < 10 {
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

#[test]
fn python_finds_the_profile_in_each_body() {
    let folder = Folder::new();
    let Some(python) = tool("python3", folder.path(), runs(&["--version"])) else { return };
    folder.file("people.csv", "email,name,directory_user\nada@q.com,\"Ada \"\"the first\"\" O'Neil\",ada\nzoe@q.com,Zoë Žižek,o'neil\n");
    let args = [
        "export",
        "jamf",
        "people.csv",
        "--out",
        "jamf",
        "--per-person",
        "--organization",
        "Smith & Sons",
    ];
    folder.run(args).exits(0);
    folder.run(["export", "jamf", "--out", "shared"]).exits(0);
    let judge = project("tests/oracles/mdm/jamf_bodies.py");
    let judge = judge.to_str().unwrap();
    assert_eq!(python.accepts(&[judge, "jamf"]).trim(), "4");
    assert_eq!(python.accepts(&[judge, "shared"]).trim(), "2");
    for (old, new) in [
        ("993", "994"),
        ("&lt;/string&gt;", "&lt;/string&gt; "),
        ("O'Neil", "O&amp;apos;Neil"),
        ("<level>Device Level</level>", "<level>User</level>"),
        ("Newly Assigned", "All"),
        ("<name>ada</name>", ""),
    ] {
        let file = "jamf/ios/ada_q.com.xml";
        let body = folder.text(file);
        assert!(body.contains(old), "{old}");
        folder.file(file, body.replacen(old, new, 1));
        python.refuses(&[judge, "jamf"]);
        folder.file(file, body);
    }
}

#[test]
fn a_client_by_others_sends_the_same_bodies() {
    let folder = Folder::new();
    let python = python_of_judges();
    let probe = runs(&["-c", "import jps_api_wrapper"]);
    let Some(python) = tool(&python, folder.path(), probe) else { return };
    export(&folder, &list(30, None), &["--per-person"]);
    let jamf = jamf(30, json!({}));
    let client = project("tests/oracles/mdm/jamf_client.py");
    let url = jamf.url();
    let args = [client.to_str().unwrap(), &url, CLIENT, SECRET, "jamf"];
    assert_eq!(python.accepts(&args).trim(), "60");
    assert_once(&jamf.state(), 30);
    // whatever made them, the helper finds them
    assert!(push(&folder, &jamf, &[], 0).contains("Jamf: 60 adopted"));
    assert_eq!(writes(&jamf.state(), "update"), 0);
}

#[test]
fn shellcheck_finds_nothing_in_the_helper() {
    let folder = Folder::new();
    let Some(shellcheck) = tool("shellcheck", folder.path(), runs(&["--version"])) else { return };
    let helper = project("templates/mdm/jamf/push-jamf.sh");
    shellcheck.accepts(&[helper.to_str().unwrap()]);
    let text = std::fs::read_to_string(&helper).unwrap();
    folder.file("unquoted.sh", text.replacen("rm -rf -- \"$tmp\"", "rm -rf -- $tmp", 1));
    shellcheck.refuses(&["unquoted.sh"]);
}
