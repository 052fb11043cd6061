//! `Push-Intune.ps1` against a tenant of the tests' own, with faults when asked for.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::tenant::{FAST, SECRET, TEMPLATE, Tenant, UNLIMITED, ended};
use super::{export, objects, people};
use crate::support::{Folder, project};
use crate::tool::{runs, tool};

fn per_person(folder: &Folder, list: &str) {
    export(folder, list, "each", &["--per-person"]);
}

fn names(objects: &[Value]) -> Vec<&str> {
    objects.iter().map(|object| object["displayName"].as_str().unwrap()).collect()
}

/// Each object of the export is in Intune once, as its body says, and assigned.
#[track_caller]
fn is_pushed(tenant: &Tenant, folder: &Folder, kinds: &[&str]) {
    for kind in kinds {
        let there = tenant.all(kind);
        let mut expected = BTreeSet::new();
        for object in objects(folder, "each").iter().filter(|object| object["kind"] == *kind) {
            let name = object["name"].as_str().unwrap().to_owned();
            let body = folder.text(&format!("each/{}", object["file"].as_str().unwrap()));
            let body: Value = serde_json::from_str(&body).unwrap();
            let found: Vec<_> = there.iter().filter(|item| item["displayName"] == *name).collect();
            assert_eq!(found.len(), 1, "{name}");
            for (key, value) in body.as_object().unwrap() {
                assert_eq!(&found[0][key], value, "{name}: {key}");
            }
            assert!(found[0].get("assignments").is_some(), "{name}");
            expected.insert(name);
        }
        assert_eq!(there.len(), expected.len());
    }
}

#[test]
fn three_hundred_people_are_pushed_in_spite_of_faults_and_taken_back() {
    let faults = r#"{"3":"503","40":"drop","41":"drop-after","200":"504-after","300":"429","301":"429-bare","501":"drop-after"}"#;
    let Some(tenant) = Tenant::start(&[&UNLIMITED[..], &["--faults", faults]].concat()) else {
        return;
    };
    let folder = Folder::new();
    per_person(&folder, &people(300, "apple"));

    let printed = tenant.push(&folder, "each", &["-WhatIf"], 0);
    assert!(printed.contains("600 objects would be written"), "{printed}");
    assert_eq!((tenant.count("writes"), tenant.requests("POST")), (0, 0));
    assert!(!folder.exists("each/state"));

    let printed = tenant.push(&folder, "each", &FAST, 0);
    is_pushed(&tenant, &folder, &["deviceConfigurations"]);
    assert!(printed.contains("0 unchanged, 0 failed"), "{printed}");
    // what was written although the answer was lost is recognized
    assert!(!printed.contains(", 0 adopted"), "{printed}");
    assert!(!folder.text("each/state/pushed.jsonl").contains(SECRET));
    assert_eq!(tenant.state()["rejected"], Value::Array(Vec::new()));

    let writes = tenant.count("writes");
    let printed = tenant.push(&folder, "each", &FAST, 0);
    assert!(printed.contains("600 unchanged"), "{printed}");
    assert_eq!(tenant.count("writes"), writes);

    tenant.push(&folder, "each", &["-Undo", "-WritesPerSecond", "1000"], 0);
    assert!(tenant.all("deviceConfigurations").is_empty());
}

#[test]
fn three_hundred_people_exist_once_after_kills_and_change_and_leave() {
    // the token ends every two seconds
    let Some(tenant) = Tenant::start(&[&UNLIMITED[..], &["--token-seconds", "2"]].concat()) else {
        return;
    };
    let folder = Folder::new();
    let list = people(300, "apple");
    per_person(&folder, &list);
    for most in [20, 401] {
        let script = tenant.script(&folder, "each", &FAST).spawn().unwrap();
        tenant.kill_at(script, "deviceConfigurations", most);
    }
    // as if the power had failed within a line
    let journal = folder.text("each/state/pushed.jsonl");
    folder.file("each/state/pushed.jsonl", format!("{journal}{}", &journal[..90]));
    tenant.push(&folder, "each", &FAST, 0);
    is_pushed(&tenant, &folder, &["deviceConfigurations"]);
    assert!(tenant.requests("sign-in") > 5);

    let ids = |all: Vec<Value>| -> BTreeSet<String> {
        all.iter().map(|item| item["id"].to_string()).collect()
    };
    let before = ids(tenant.all("deviceConfigurations"));
    per_person(&folder, &list.replace("Person,No7,", "Renamed,No7,"));
    let printed = tenant.push(&folder, "each", &FAST, 0);
    assert!(printed.contains("0 created, 2 updated"), "{printed}");
    assert_eq!(tenant.requests("PATCH"), 2);
    is_pushed(&tenant, &folder, &["deviceConfigurations"]);
    assert_eq!(ids(tenant.all("deviceConfigurations")), before);

    export(&folder, &people(3, "apple"), "each", &["--retire"]);
    let printed = tenant.push(&folder, "each", &[], 2);
    assert!(printed.contains("run it with -Retire"), "{printed}");
    let printed = tenant.push(&folder, "each", &["-Retire", "-WritesPerSecond", "1000"], 0);
    assert!(printed.contains("6 deleted"), "{printed}");
    let left = tenant.all("deviceConfigurations");
    assert_eq!(left.len(), 594);
    assert!(names(&left).iter().all(|name| !name.contains("(person2@")));
}

#[test]
fn the_pace_stays_below_the_limit_and_above_it_the_script_waits() {
    let Some(tenant) = Tenant::start(&["--writes", "12", "--window", "3"]) else { return };
    let folder = Folder::new();
    per_person(&folder, &people(4, "apple"));
    tenant.push(&folder, "each", &["-WritesPerSecond", "3.5"], 0);
    assert_eq!((tenant.count("throttled"), tenant.count("writes")), (0, 16));
    let printed = tenant.push(&folder, "each", &["-Undo", "-WhatIf"], 0);
    assert!(printed.contains("8 objects would be written or deleted"), "{printed}");
    assert_eq!(tenant.count("writes"), 16);
    // twice: with Retry-After and without
    tenant.push(&folder, "each", &["-Undo", "-WritesPerSecond", "1000"], 0);
    let printed = tenant.push(&folder, "each", &FAST, 0);
    assert!(printed.contains("HTTP 429"), "{printed}");
    assert!(tenant.count("throttled") > 1);
    is_pushed(&tenant, &folder, &["deviceConfigurations"]);
}

const ALL_KINDS: [&str; 3] =
    ["deviceConfigurations", "deviceManagementScripts", "deviceHealthScripts"];

#[test]
fn groups_are_made_for_people_without_one_and_removed_with_them() {
    let faults = r#"{"1":"drop-after","3":"504-after","5":"503"}"#;
    let Some(tenant) = Tenant::start(&[&UNLIMITED[..], &["--faults", faults]].concat()) else {
        return;
    };
    let folder = Folder::new();
    let list = people(4, "");
    let mut rows: Vec<&str> = list.lines().collect();
    // the group of the last one is known
    let without: Vec<String> =
        rows[1..4].iter().map(|row| format!("{},", row.rsplit_once(',').unwrap().0)).collect();
    rows.splice(1..4, without.iter().map(String::as_str));
    per_person(&folder, &rows.join("\n"));
    let printed = tenant.push(&folder, "each", &FAST, 0);
    assert!(printed.contains("assigned to nobody: 9"), "{printed}");
    assert!(printed.contains("not pushed: 4"), "{printed}");
    assert!(tenant.all("deviceHealthScripts").is_empty());

    let all = ["-Kind", &ALL_KINDS.join(",")];
    let args = [&all[..], &FAST, &["-CreateGroups"]].concat();
    tenant.push(&folder, "each", &args, 0);
    is_pushed(&tenant, &folder, &ALL_KINDS);
    let groups = tenant.all("groups");
    assert_eq!(groups.len(), 3);
    for group in &groups {
        assert_eq!(group["members@odata.bind"].as_array().unwrap().len(), 1);
        let id = group["id"].as_str().unwrap();
        for kind in ALL_KINDS {
            let assigned =
                tenant.all(kind).iter().filter(|it| it.to_string().matches(id).count() > 0).count();
            assert_eq!(assigned, if kind == ALL_KINDS[0] { 2 } else { 1 }, "{kind}");
        }
    }
    let writes = tenant.count("writes");
    tenant.push(&folder, "each", &args, 0);
    assert_eq!(tenant.count("writes"), writes);

    export(&folder, &list.lines().take(2).collect::<Vec<_>>().join("\n"), "each", &["--retire"]);
    let printed = tenant.push(&folder, "each", &["-Retire"], 0);
    assert!(printed.contains("5 deleted"), "{printed}");
    assert_eq!(tenant.all("groups").len(), 2);
    tenant.push(&folder, "each", &["-Undo", "-WritesPerSecond", "1000"], 0);
    for kind in [&ALL_KINDS[..], &["groups"]].concat() {
        assert!(tenant.all(kind).is_empty(), "{kind}");
    }
}

#[test]
fn one_profile_for_everybody_is_assigned_and_what_others_made_is_left_alone() {
    let Some(tenant) = Tenant::start(&UNLIMITED) else { return };
    let folder = Folder::new();
    for out in ["shared", "again"] {
        folder.run(["export", "intune", "--out", out, "--no-config"]).exits(0);
    }
    tenant.push(&folder, "shared", &["-CreateGroups"], 2);
    // by a person with a code in a browser
    let mut script = tenant.script(&folder, "shared", &["-DeviceCode", "-AssignTo", "AllUsers"]);
    script.env_remove("MAILMUSTER_CLIENT_ID").env_remove("MAILMUSTER_CLIENT_SECRET");
    let printed = ended(&script.output().unwrap(), 0);
    assert!(printed.contains("enter the code ABCD1234"), "{printed}");
    let there = tenant.all("deviceConfigurations");
    assert_eq!(there.len(), 2);
    for item in &there {
        assert!(item.to_string().contains("allLicensedUsersAssignmentTarget"), "{item}");
    }
    // another folder knows nothing of them
    let printed = tenant.push(&folder, "again", &[], 1);
    assert!(printed.contains("which this folder did not create"), "{printed}");
    assert_eq!(tenant.count("writes"), 4);
    let printed = tenant.push(&folder, "again", &["-Adopt"], 0);
    assert!(printed.contains("2 adopted"), "{printed}");
    tenant.push(&folder, "again", &["-Undo"], 0);
    assert_eq!(tenant.all("deviceConfigurations").len(), 2);
    tenant.push(&folder, "shared", &["-Undo"], 0);
    assert!(tenant.all("deviceConfigurations").is_empty());
}

#[test]
fn unusable_input_is_refused_before_anything_is_sent() {
    let Some(tenant) = Tenant::start(&UNLIMITED) else { return };
    let folder = Folder::new();
    per_person(&folder, &people(1, "apple"));
    let refused = |args: &[&str], found: &str| {
        let printed = tenant.push(&folder, "each", args, 2);
        assert!(printed.contains(found), "{found}: {printed}");
    };
    refused(&["-Nonsense"], "unknown argument: -Nonsense");
    refused(&["-Kind", "users"], "users is not known");
    refused(&["-Undo", "-Retire"], "exclude each other");
    refused(&["-Retire"], "-Retire needs a folder made with");
    refused(&["-AssignTo", "AllUsers"], "-AssignTo is for the shared profile");
    refused(&["-AssignTo", "Sales"], "neither AllUsers nor the id of a group");
    let with = |variable: &str, value: &str, found: &str| {
        let mut script = tenant.script(&folder, "each", &[]);
        script.env(variable, value);
        let printed = ended(&script.output().unwrap(), 2);
        assert!(printed.contains(found), "{found}: {printed}");
    };
    with("MAILMUSTER_CLIENT_SECRET", "wrong", "AADSTS7000215");
    with("MAILMUSTER_CLIENT_SECRET", "", "nobody can be asked");
    with("MAILMUSTER_TENANT", "a/b", "neither the name nor the id");
    with("MAILMUSTER_GRAPH", "http://graph.example.com", "is not an https address");
    let spoil = |file: &str, content: String, found: &str| {
        let before = folder.text(file);
        folder.file(file, content);
        refused(&[], found);
        folder.file(file, before);
    };
    let body = "each/Device Configurations/person0_centurylink.net-ios.json";
    spoil(body, folder.text(body).replace("payloadName", "payloadname"), "was changed after");
    let index = folder.text("each/export.json");
    spoil("each/objects.jsonl", String::new(), "is not the one export.json describes");
    spoil("each/export.json", index.replace("intune", "jamf"), "is not that of an Intune export");
    spoil("each/plan.csv", "id,address,group_id\nx,a@b,Sales\n".to_owned(), "Sales (for a@b)");
    std::fs::remove_file(folder.path().join("each/export.json")).unwrap();
    refused(&[], "export.json is missing");
    assert_eq!(tenant.count("writes"), 0);
}

#[test]
fn ctrl_c_ends_the_run_with_3_and_the_next_one_goes_on() {
    let Some(tenant) = Tenant::start(&UNLIMITED) else { return };
    let folder = Folder::new();
    // enough that the run is still at work when a busy machine has started the second one
    per_person(&folder, &people(12, "apple"));
    let script = tenant.script(&folder, "each", &["-WritesPerSecond", "0.1"]).spawn().unwrap();
    while tenant.all("deviceConfigurations").is_empty() {
        std::thread::sleep(Duration::from_millis(20));
    }
    // a second run at the same time
    let printed = tenant.push(&folder, "each", &[], 2);
    assert!(printed.contains("is another run at work?"), "{printed}");
    Command::new("kill").args(["-INT", &script.id().to_string()]).status().unwrap();
    let printed = ended(&script.wait_with_output().unwrap(), 3);
    assert!(printed.contains("interrupted; run it again"), "{printed}");
    assert!(tenant.all("deviceConfigurations").len() < 24);
    tenant.push(&folder, "each", &FAST, 0);
    is_pushed(&tenant, &folder, &["deviceConfigurations"]);
}

#[test]
fn the_parsers_find_no_error_in_the_script_and_nothing_that_windows_powershell_lacks() {
    let folder = Folder::new();
    let script = folder.path().join("script.ps1");
    let whole = std::fs::read_to_string(project(TEMPLATE)).unwrap();
    assert!(whole.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\r' | b'\n')));
    assert_eq!(whole.replace("\r\n", "").find(['\r', '\n']), None);
    assert_eq!(crate::windows::errors_in(whole.as_bytes()), [""; 0]);
    let Some(pwsh) = tool("pwsh", folder.path(), runs(&["-NoProfile", "-Command", "exit 0"]))
    else {
        return;
    };
    let helper = |name: &str| project(&format!("tests/powershell/{name}"));
    let (parse, cuts) = (helper("parse.ps1"), helper("cuts.ps1"));
    let args = |judge: &std::path::Path| {
        ["-NoProfile", "-File", judge.to_str().unwrap(), script.to_str().unwrap()]
            .map(str::to_owned)
    };
    let [parse, cuts] = [&parse, &cuts].map(|judge| args(judge));
    let [parse, cuts] = [&parse, &cuts].map(|args| args.each_ref().map(String::as_str));
    folder.file("script.ps1", &whole);
    pwsh.accepts(&parse);
    pwsh.accepts(&cuts);
    for (from, to) in [
        ("param($Answer)", "param($Answer"),
        ("$script:Finished = $true", "$script:Finished = $true && $true"),
        ("ConvertFrom-Json $Text", "ConvertFrom-Json $Text -AsHashtable"),
        ("Import-Csv -LiteralPath", "Get-Content -AsByteStream -LiteralPath"),
        ("[Net.Http.HttpClient]::new(", "[Net.Http.SocketsHttpHandler]::new("),
    ] {
        assert!(whole.contains(from), "{from}");
        folder.file("script.ps1", whole.replacen(from, to, 1));
        pwsh.refuses(&parse);
    }
    folder.file("script.ps1", whole.replacen("\r\nend {\r\n", "\r\n", 1));
    pwsh.refuses(&cuts);
}
