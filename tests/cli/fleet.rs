//! Exports for Fleet: who gets a label, and who cannot have one.
#![allow(clippy::disallowed_methods, reason = "tests make their own files")]

use serde_json::Value;

use crate::support::Folder;

/// `export fleet --per-person`, or with `more` in its place, of `list`.
fn export(list: &str, more: &str, code: i32) -> (Folder, String) {
    let folder = Folder::new();
    folder.file("people.csv", list);
    let done = folder.run(["export", "fleet", "people.csv", more, "--out", "out"]).exits(code);
    (folder, done.stderr)
}

fn lines(folder: &Folder, name: &str) -> Vec<Value> {
    let text = folder.text(&format!("out/{name}"));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn retiring_names_every_object_that_was_made_for_a_person() {
    let list = "email,platform\nada@centurylink.net,apple\nbob@centurylink.net,\n";
    let (made, _) = export(list, "--per-person", 0);
    let (gone, _) = export(list, "--retire", 0);
    let identity = |object: &Value| {
        ["id", "platform", "kind", "name"].map(|field| object[field].as_str().unwrap().to_owned())
    };
    let mut objects: Vec<_> = lines(&made, "objects.jsonl").iter().map(identity).collect();
    let names: Vec<_> = lines(&gone, "retire.jsonl").iter().map(identity).collect();
    // the label is created before the profiles that need it, and deleted after them
    let kinds =
        |of: &[[String; 4]]| of.iter().map(|[_, _, kind, _]| kind.clone()).collect::<Vec<_>>();
    let (label, profile) = ("labels".to_owned(), "configuration_profiles".to_owned());
    let one = [label.clone(), profile.clone(), profile.clone()];
    assert_eq!(kinds(&objects), [one.clone(), one].concat());
    let one = [profile.clone(), profile, label];
    assert_eq!(kinds(&names), [one.clone(), one].concat());
    let mut names = names;
    objects.sort();
    names.sort();
    assert_eq!(objects, names);
}

#[test]
fn a_person_without_apple_devices_gets_neither_profile_nor_label() {
    let list = "email,platform\nada@centurylink.net,apple\nbob@centurylink.net,windows\n";
    let (folder, _) = export(list, "--per-person", 0);
    assert_eq!(lines(&folder, "objects.jsonl").len(), 3);
    for file in ["gitops/labels.yml", "gitops/profiles.yml", "objects.jsonl"] {
        let text = folder.text(&format!("out/{file}"));
        assert!(text.contains("ada@centurylink.net") && !text.contains("bob"), "{text}");
    }
    assert!(!folder.exists("out/labels/bob_centurylink.net.json"));
}

#[test]
fn every_device_of_a_person_is_in_the_label() {
    let list = "email,serial\nada@centurylink.net,C02XK0GWJGH6 F2LX12AB\nbob@centurylink.net,\n";
    let (folder, _) = export(list, "--per-person", 0);
    let label: Value =
        serde_json::from_str(&folder.text("out/labels/ada_centurylink.net.json")).unwrap();
    assert_eq!(label["hosts"], serde_json::json!(["C02XK0GWJGH6", "F2LX12AB"]));
    // absent, not empty: an empty list would remove the hosts that an admin has added
    let label: Value =
        serde_json::from_str(&folder.text("out/labels/bob_centurylink.net.json")).unwrap();
    assert_eq!(label.get("hosts"), None);
}

#[test]
fn what_fleet_cannot_hold_is_refused_with_its_row() {
    let domain = format!("{0}.{0}.{0}.example", "a".repeat(60));
    let list = format!(
        "email,serial\nada@centurylink.net,C02XK0GWJGH6\nbob@centurylink.net,C02$X\n{}@{domain},\n",
        "b".repeat(60)
    );
    let folder = Folder::new();
    folder.file("people.csv", list);
    let args = ["export", "fleet", "people.csv", "--per-person", "--out", "out"];
    let shown = folder.run(["provider", "show", "centurylink"]).exits(0).stdout;
    let domains = format!("\"centurylink.net\", \"{domain}\"");
    let own = shown.replacen("\"centurylink.net\"", &domains, 1);
    folder.file("own.toml", own.replacen("id = \"centurylink\"", "id = \"own\"", 1));
    let done = folder.run(args.iter().chain(&["--provider", "own.toml"])).exits(1);
    done.stderr_has("line 3").stderr_has("cannot hold this serial number");
    done.stderr_has("line 4")
        .stderr_has("cannot hold this address: names in Fleet have at most 255");
    assert_eq!(lines(&folder, "objects.jsonl").len(), 3);
}
