//! Fleet scripts of an export for Intune: remediations that the helper pushes, and the body of a Win32 app.

use serde_json::Value;

use super::tenant::{FAST, Tenant, UNLIMITED};
use super::{export, objects, python, script, wrong_app};
use crate::support::Folder;

const GROUP: &str = "aaaaaaaa-0000-4000-8000-000000000001";

/// A list of `count` people with Windows.
fn people(count: usize) -> String {
    let row = |n: usize| {
        format!("user{n}@centurylink.net,user{n}@contoso.com,user{n}@centurylink.net,\n")
    };
    let rows: String = (0..count).map(row).collect();
    format!("email,directory_upn,directory_email,platform\n{rows}")
}

/// Each remediation of the export is in Intune once, as its body says.
fn is_pushed(tenant: &Tenant, folder: &Folder) {
    let there = tenant.all("deviceHealthScripts");
    let objects = objects(folder, "x");
    let parts: Vec<&Value> =
        objects.iter().filter(|it| it["kind"] == "deviceHealthScripts").collect();
    assert_eq!(there.len(), parts.len());
    for part in parts {
        let body = folder.text(&format!("x/{}", part["file"].as_str().unwrap()));
        let body: Value = serde_json::from_str(&body).unwrap();
        let found: Vec<_> =
            there.iter().filter(|it| it["displayName"] == body["displayName"]).collect();
        assert_eq!(found.len(), 1, "{}", body["displayName"]);
        for (key, value) in body.as_object().unwrap() {
            assert_eq!(&found[0][key], value, "{key}");
        }
        let assigned = found[0]["assignments"].to_string();
        assert!(assigned.contains(GROUP) && assigned.contains("DailySchedule"), "{assigned}");
    }
}

#[test]
fn remediations_of_the_fleet_are_pushed_updated_and_taken_back() {
    let faults = r#"{"3":"503","9":"drop-after","14":"429"}"#;
    let Some(tenant) = Tenant::start(&[&UNLIMITED[..], &["--faults", faults]].concat()) else {
        return;
    };
    let folder = Folder::new();
    export(&folder, &people(4), "x", &[]);
    let assign = [&FAST[..], &["-AssignTo", GROUP]].concat();
    let printed = tenant.push(&folder, "x", &["-WhatIf"], 0);
    assert!(printed.contains("3 objects would be written"), "{printed}");
    assert!(tenant.all("deviceHealthScripts").is_empty() && !folder.exists("x/state"));

    tenant.push(&folder, "x", &assign, 0);
    is_pushed(&tenant, &folder);
    let before = tenant.all("deviceHealthScripts")[0]["id"].clone();
    let printed = tenant.push(&folder, "x", &assign, 0);
    assert!(printed.contains("3 unchanged"), "{printed}");

    // the first part is updated in its place
    export(&folder, &people(40), "x", &["--script-size", "88000"]);
    let printed = tenant.push(&folder, "x", &assign, 0);
    assert!(printed.contains(" 1 updated"), "{printed}");
    is_pushed(&tenant, &folder);
    let there = tenant.all("deviceHealthScripts");
    assert!(there.len() > 1 && there.iter().any(|it| it["id"] == before));

    export(&folder, &people(4), "x", &[]);
    let printed = tenant.push(&folder, "x", &assign, 0);
    assert!(printed.contains("this export has no such part any more; delete it"), "{printed}");
    assert!(!printed.contains("leavers.csv"), "{printed}");

    tenant.push(&folder, "x", &["-Undo", "-WritesPerSecond", "1000"], 0);
    assert!(tenant.all("deviceHealthScripts").is_empty());
    assert!(tenant.all("deviceConfigurations").is_empty());
}

#[test]
fn kinds_can_be_left_out_and_only_the_scripts_be_pushed() {
    let Some(tenant) = Tenant::start(&UNLIMITED) else { return };
    let folder = Folder::new();
    export(&folder, &people(2), "x", &[]);
    let printed =
        tenant.push(&folder, "x", &[&FAST[..], &["-Kind", "deviceConfigurations"]].concat(), 0);
    assert!(printed.contains("of kinds that -Kind does not name, not pushed: 1"), "{printed}");
    assert!(tenant.all("deviceHealthScripts").is_empty());
    tenant.push(&folder, "x", &["-Kind", ","], 2);
    export(&folder, &people(2), "y", &["--only", "windows-script"]);
    tenant.push(&folder, "y", &[&FAST[..], &["-AssignTo", "AllUsers"]].concat(), 0);
    assert_eq!(tenant.all("deviceHealthScripts").len(), 1);
}

#[test]
fn graph_s_schema_accepts_the_win32_app_and_refuses_one_wrong_field() {
    let folder = Folder::new();
    let Some(python) = python(&folder) else { return };
    export(&folder, &people(2), "x", &[]);
    let (judge, app) = (script("graph_schema.py"), "x/windows/Win32-App-1-of-1.json");
    python.accepts(&[&judge, &format!("beta/mobileApps={app}")]);
    let body: Value = serde_json::from_str(&folder.text(app)).unwrap();
    for (number, (what, body)) in wrong_app(&body).into_iter().enumerate() {
        let name = format!("wrong{number}.json");
        folder.file(&name, body.to_string());
        let printed = python.refuses(&[&judge, &format!("beta/mobileApps={name}")]);
        assert!(printed.contains(&name), "{what}: {printed}");
    }
}
