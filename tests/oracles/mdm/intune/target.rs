//! `Push-Intune.ps1`: what its journal and the export's lines may make it do, and to which tenant.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::tenant::{FAST, Tenant, UNLIMITED, ended};
use super::{export, objects, people};
use crate::support::Folder;

const JOURNAL: &str = "each/state/pushed.jsonl";
const TARGET: &str = "each/state/target";
const UNDO: [&str; 3] = ["-Undo", "-WritesPerSecond", "1000"];

/// An export for `count` people, pushed.
fn pushed(tenant: &Tenant, count: usize) -> Folder {
    let folder = Folder::new();
    export(&folder, &people(count, "apple"), "each", &["--per-person"]);
    tenant.push(&folder, "each", &FAST, 0);
    folder
}

#[test]
fn another_tenant_is_refused_and_the_journal_stays() {
    let (Some(first), Some(second)) = (Tenant::start(&UNLIMITED), Tenant::start(&UNLIMITED)) else {
        return;
    };
    let folder = pushed(&first, 1);
    let (journal, target) = (folder.text(JOURNAL), folder.text(TARGET));
    let modes: [&[&str]; 4] = [&[], &["-WhatIf"], &["-Undo"], &["-Undo", "-WhatIf"]];
    for args in modes {
        let printed = second.push(&folder, "each", args, 2);
        assert!(printed.contains("this folder was pushed to"), "{printed}");
        assert!(printed.contains("without state/"), "{printed}");
    }
    assert_eq!((second.count("writes"), second.requests("GET")), (0, 0));
    // the same Graph, another tenant
    let (graph, id) = target.trim_end().split_once(' ').unwrap();
    folder.file(TARGET, format!("{graph} 00000000-0000-4000-8000-000000000000\n"));
    first.push(&folder, "each", &["-Undo"], 2);
    std::fs::remove_file(folder.path().join(TARGET)).unwrap();
    let printed = first.push(&folder, "each", &["-Undo"], 2);
    assert!(printed.contains("state/target is missing"), "{printed}");
    assert_eq!(folder.text(JOURNAL), journal);
    // the tenant's id is as good as its name
    folder.file(TARGET, &target);
    let mut script = first.script(&folder, "each", &UNDO);
    script.env("MAILMUSTER_TENANT", id.to_uppercase());
    let printed = ended(&script.output().unwrap(), 0);
    assert!(printed.contains("2 deleted, 0 already gone"), "{printed}");
    assert!(first.all("deviceConfigurations").is_empty());
}

#[test]
fn what_was_deleted_in_the_portal_is_created_again_and_is_not_counted_as_deleted() {
    let Some(tenant) = Tenant::start(&[&UNLIMITED[..], &["--page", "3"]].concat()) else { return };
    let folder = pushed(&tenant, 4);
    let delete = || {
        let all = tenant.all("deviceConfigurations");
        let id = all.last().unwrap()["id"].as_str().unwrap();
        tenant.delete("deviceConfigurations", id);
    };
    delete();
    let printed = tenant.push(&folder, "each", &["-WhatIf"], 0);
    assert!(
        printed.contains("1 objects would be written or deleted, 7 are unchanged"),
        "{printed}"
    );
    let printed = tenant.push(&folder, "each", &FAST, 0);
    assert!(printed.contains("not in Intune any more, to be created again"), "{printed}");
    assert!(printed.contains("1 created, 0 updated"), "{printed}");
    assert!(printed.contains("7 unchanged"), "{printed}");
    let all = tenant.all("deviceConfigurations");
    assert_eq!(all.len(), 8);
    assert!(all.iter().all(|item| item.get("assignments").is_some()));
    delete();
    let printed = tenant.push(&folder, "each", &UNDO, 0);
    assert!(printed.contains("7 deleted, 1 already gone"), "{printed}");
}

#[test]
fn lines_of_the_journal_that_lead_elsewhere_are_reported_and_ignored() {
    let Some(tenant) = Tenant::start(&UNLIMITED) else { return };
    let folder = pushed(&tenant, 1);
    let person = objects(&folder, "each")[0]["id"].clone();
    let line = |id: &Value, kind: &str, remote: &str| {
        let at = "2026-01-01T00:00:00Z";
        json!({ "at": at, "id": id, "kind": kind, "platform": "ios", "remote_id": remote, "done": "created" })
    };
    let user = "11111111-0000-4000-8000-000000000001";
    let lines = [
        line(&person, "../../v1.0/users", user),
        line(&person, "deviceConfigurations", &format!("../../../v1.0/users/{user}")),
        line(&json!("x' or 1 eq 1"), "groups", user),
    ];
    let journal = folder.text(JOURNAL);
    folder.file(JOURNAL, format!("{journal}{}\n{}\n{}\n", lines[0], lines[1], lines[2]));
    let printed = tenant.push(&folder, "each", &UNDO, 0);
    assert_eq!(printed.matches("a line is ignored").count(), 3, "{printed}");
    assert!(printed.contains("its kind is not known: ../../v1.0/users"), "{printed}");
    assert!(printed.contains("its remote_id is not an id of Intune"), "{printed}");
    assert!(printed.contains("2 deleted, 0 already gone"), "{printed}");
    assert_eq!(tenant.requests("DELETE"), 2);
}

#[test]
fn objects_outside_the_folder_or_of_an_unknown_kind_are_refused() {
    let Some(tenant) = Tenant::start(&UNLIMITED) else { return };
    let folder = Folder::new();
    export(&folder, &people(1, "apple"), "each", &["--per-person"]);
    let first = objects(&folder, "each")[0].clone();
    let index: Value = serde_json::from_str(&folder.text("each/export.json")).unwrap();
    for (key, value, found) in [
        ("file", "../people.csv", "../people.csv is not inside the export"),
        ("file", "profiles/../export.json", "profiles/../export.json is not inside"),
        ("file", "/etc/hostname", "/etc/hostname is not inside the export"),
        ("assignment", "../people.csv", "../people.csv is not inside the export"),
        ("kind", "../users", "that this script does not know"),
        ("api", "beta/..", "that this script does not know"),
        ("id", "../users", "that this script does not know"),
    ] {
        let mut object = first.clone();
        object[key] = json!(value);
        let lines = format!("{object}\n");
        let digest: String =
            Sha256::digest(&lines).iter().map(|byte| format!("{byte:02x}")).collect();
        let mut index = index.clone();
        index["objects"] = json!(1);
        index["objects_sha256"] = json!(digest);
        folder.file("each/objects.jsonl", lines).file("each/export.json", index.to_string());
        let printed = tenant.push(&folder, "each", &[], 2);
        assert!(printed.contains(found), "{key} {value}: {printed}");
    }
    assert_eq!(tenant.count("writes"), 0);
}

#[test]
fn what_was_pushed_for_people_who_left_the_list_is_counted_until_it_is_retired() {
    let Some(tenant) = Tenant::start(&UNLIMITED) else { return };
    let folder = pushed(&tenant, 3);
    export(&folder, &people(2, "apple"), "each", &["--per-person"]);
    let printed = tenant.push(&folder, "each", &FAST, 0);
    assert!(printed.contains("4 unchanged"), "{printed}");
    assert!(printed.contains("people who are not in this export any more: 2;"), "{printed}");
    assert!(printed.contains("mailmuster export intune leavers.csv --retire"), "{printed}");
    assert_eq!(tenant.all("deviceConfigurations").len(), 6);

    let list = people(3, "apple");
    let mut rows: Vec<&str> = list.lines().collect();
    rows.drain(1..3);
    export(&folder, &rows.join("\n"), "each", &["--retire"]);
    tenant.push(&folder, "each", &["-Retire", "-WritesPerSecond", "1000"], 0);
    export(&folder, &people(2, "apple"), "each", &["--per-person"]);
    let printed = tenant.push(&folder, "each", &FAST, 0);
    assert!(printed.contains("4 unchanged"), "{printed}");
    assert!(!printed.contains("not in this export any more"), "{printed}");
}
