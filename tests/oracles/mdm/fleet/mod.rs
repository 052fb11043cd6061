//! Exports for Fleet, judged by its rules as `fleet_rules.py` has them from Fleet's documentation and source.

mod journal;
mod push;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::{Folder, project};
use crate::tool::{Tool, runs, tool};

/// Names and addresses that YAML, JSON and XML each could take for something else.
const AWKWARD: &str = "\
email,first_name,last_name,serial
ada@centurylink.net,Ada,Lovelace,C02XK0GWJGH6
o'brien@centurylink.net,O'Brien:,\"\"\"no\"\" & <yes> #1\",
null@centurylink.net,~,!!null,F2LX12AB
yes+1@centurylink.net,{a: b},* &x,
{x}@centurylink.net,[ - ],%TAG,G6TZK0AAPLJM
";

/// `export fleet` of `list` into `out`.
pub(super) fn export(folder: &Folder, list: &str, out: &str, more: &[&str]) {
    folder.file("people.csv", list);
    let fixed = ["export", "fleet", "people.csv", "--out", out, "--yes", "--no-config"];
    folder.run(fixed.iter().chain(more)).exits(0);
}

fn python(folder: &Folder) -> Option<Tool> {
    tool("python3", folder.path(), runs(&["-c", "import yaml"]))
}

fn rules() -> String {
    project("tests/oracles/mdm/fleet_rules.py").to_str().unwrap().to_owned()
}

/// The lines of `objects.jsonl`.
pub(super) fn objects(folder: &Folder, out: &str) -> Vec<Value> {
    let text = folder.text(&format!("{out}/objects.jsonl"));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Writes `objects.jsonl` again, with the digests of the files as they are now.
pub(super) fn put(folder: &Folder, out: &str, objects: &mut [Value]) {
    let mut lines = String::new();
    for object in objects {
        let file = folder.read(&format!("{out}/{}", object["file"].as_str().unwrap()));
        object["sha256"] = json!(hex(&Sha256::digest(file)));
        lines.push_str(&format!("{object}\n"));
    }
    let mut index: Value =
        serde_json::from_str(&folder.text(&format!("{out}/export.json"))).unwrap();
    index["objects_sha256"] = json!(hex(&Sha256::digest(&lines)));
    folder.file(&format!("{out}/objects.jsonl"), lines);
    folder.file(&format!("{out}/export.json"), index.to_string());
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn fleet_s_rules_hold_for_both_shapes() {
    let folder = Folder::new();
    let Some(python) = python(&folder) else { return };
    export(&folder, AWKWARD, "each", &["--per-person"]);
    assert_eq!(objects(&folder, "each").len(), 5 * 3);
    assert_eq!(python.accepts(&[&rules(), "each"]), "clean\n");
    export(&folder, AWKWARD, "shared", &[]);
    assert_eq!(objects(&folder, "shared").len(), 2);
    assert_eq!(python.accepts(&[&rules(), "shared"]), "clean\n");
    let shared = folder.text("shared/profiles/shared.mobileconfig");
    assert!(shared.contains("$FLEET_VAR_HOST_END_USER_IDP_USERNAME<"), "{shared}");
}

#[test]
fn fleet_s_rules_refuse_what_fleet_would_refuse() {
    let folder = Folder::new();
    let Some(python) = python(&folder) else { return };
    export(&folder, AWKWARD, "each", &["--per-person"]);
    let sound = objects(&folder, "each");
    let mac = "each/profiles/ada_centurylink.net.mobileconfig";
    let phone = "each/profiles/ada_centurylink.net-ios.mobileconfig";
    let other = sound[4]["file"].as_str().unwrap().to_owned();
    let value = |file: &str, key: &str| {
        let text = folder.text(file);
        let rest = text.rsplit_once(&format!("<key>{key}</key>")).unwrap().1;
        let rest = rest.split_once("<string>").unwrap().1;
        rest.split_once("</string>").unwrap().0.to_owned()
    };
    let spoil = |found: &str, file: &str, content: Vec<u8>, change: &dyn Fn(&mut Vec<Value>)| {
        let before = folder.read(file);
        folder.file(file, content);
        let mut objects = sound.clone();
        change(&mut objects);
        put(&folder, "each", &mut objects);
        let printed = python.refuses(&[&rules(), "each"]);
        assert!(printed.contains(found), "`{found}` is not in:\n{printed}");
        folder.file(file, before);
    };
    let replaced = |file: &str, from: &str, to: &str| {
        let text = folder.text(file);
        assert!(text.contains(from), "{from} is not in {file}");
        text.replacen(from, to, 1).into_bytes()
    };
    let same = |_: &mut Vec<Value>| {};

    let signed = {
        folder.file("one.csv", "email,name\nada@centurylink.net,Ada Lovelace\n");
        folder.generate("one.csv", &[]).exits(0);
        let profile = "apple/CenturyLink Mail.mobileconfig";
        folder.in_bundle("out/bundles/ada_centurylink.net.zip", profile)
    };
    spoil("Fleet signs profiles itself", mac, signed, &same);
    let other_file = format!("each/{other}");
    for key in ["PayloadDisplayName", "PayloadIdentifier"] {
        let (from, to) = (value(&other_file, key), value(mac, key));
        // without case, as MySQL compares
        let content = replaced(&other_file, &from, &to.to_uppercase());
        spoil(&format!("same {key}"), &other_file, content, &same);
    }
    spoil("same file name", mac, folder.read(mac), &|objects| {
        let mut twice = objects[1].clone();
        twice["name"] = json!("another");
        objects.push(twice);
    });
    for (name, found) in [
        ("$FLEET_VAR_NOBODY", "$FLEET_VAR_NOBODY is not supported"),
        ("${FLEET_VAR_HOST_END_USER}", "$FLEET_VAR_HOST_END_USER is not supported"),
        ("$FLEET_SECRET_PASSWORD", "a custom variable"),
        ("$FLEET_HOST_VITAL_7", "a custom variable"),
        ("$HOME", "environment variable \"HOME\" not set"),
        ("$FLEET_VAR_HOST_UUID", "a person's profile has a variable"),
    ] {
        spoil(found, mac, replaced(mac, "Ada Lovelace", name), &same);
    }
    spoil("PayloadScope User fails", mac, folder.read(mac), &|objects| {
        objects[1]["labels"] = json!({"labels_include_any": ["Mail ada@centurylink.net"]});
    });
    spoil("device channel of a Mac", phone, folder.read(phone), &|objects| {
        objects[2]["labels"]["labels_exclude_any"] = json!([]);
    });
    spoil("would go to everybody", mac, folder.read(mac), &|objects| {
        objects[1]["labels"] = json!({"labels_include_all": ["macOS"]});
    });
    spoil("no such label", mac, folder.read(mac), &|objects| {
        objects.remove(0);
    });
    spoil("differs from objects.jsonl", mac, folder.read(mac), &|objects| {
        objects.remove(1);
    });
    for (from, to) in [("Mail null@", "Mail nobody@"), ("F2LX12AB", "F2LX12AC")] {
        let content = replaced("each/gitops/labels.yml", from, to);
        spoil("gitops/labels.yml differs", "each/gitops/labels.yml", content, &same);
    }
    let content = replaced("each/gitops/profiles.yml", "\"Mail yes", "\"Mail $yes");
    spoil("environment variable \"yes\"", "each/gitops/profiles.yml", content, &same);
    let big = replaced(mac, "Ada Lovelace", &"A".repeat(1_000_000));
    spoil("maximum configuration profile file size", mac, big, &same);
    put(&folder, "each", &mut sound.clone());
    python.accepts(&[&rules(), "each"]);
}

#[test]
fn shellcheck_finds_nothing_in_the_script() {
    let folder = Folder::new();
    let Some(shellcheck) = tool("shellcheck", folder.path(), runs(&["--version"])) else { return };
    let script = project("templates/mdm/fleet/push-fleet.sh");
    shellcheck.accepts(&[script.to_str().unwrap()]);
    let text = std::fs::read_to_string(&script).unwrap();
    folder.file("worse.sh", text.replace("cd \"$folder\"", "cd $folder"));
    shellcheck.refuses(&["worse.sh"]);
}
