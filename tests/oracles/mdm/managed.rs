//! Profiles for an MDM: Apple's own schema says which keys a profile may and must have that nobody installs by hand.

use serde_json::Value;

use crate::support::{Folder, project};
use crate::tool::{Tool, runs, tool};

const PEOPLE: &str = "\
email,first_name,last_name,directory_user,serial,id
ada@centurylink.net,Ada,Lovelace,ada,C02XK0GWJGH6,1
two@centurylink.net,Two,Boxes,two,,2
boxes@q.com,Two,Boxes,two,,2
priya@centurylink.net,Priya,<PR> & Co,priya,,3
";

/// Every profile of an export, with the system it is for.
fn profiles(folder: &Folder, out: &str) -> Vec<(String, &'static str)> {
    let text = folder.text(&format!("{out}/objects.jsonl"));
    let objects = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut found = Vec::new();
    for object in objects {
        let system = match object["platform"].as_str().unwrap() {
            "ios" => "iOS",
            "macos" => "macOS",
            _ => continue,
        };
        let file = object.get("profile").unwrap_or(&object["file"]).as_str().unwrap();
        let file = if object["kind"] == "deviceConfigurations" {
            // Intune's body has it in Base64, and the folder as a file
            let body = file.rsplit('/').next().unwrap().strip_suffix(".json").unwrap();
            let (stem, system) = body.rsplit_once('-').unwrap();
            format!("profiles/{system}/{stem}.mobileconfig")
        } else {
            file.to_owned()
        };
        found.push((format!("{out}/{file}"), system));
    }
    found
}

fn checker(folder: &Folder) -> Option<Tool> {
    tool("python3", folder.path(), runs(&["-c", "import yaml, asn1crypto"]))
}

/// What the schema of `edition` says of `file`, sent to `system`.
fn args(edition: &str, system: &str, file: &str) -> [String; 7] {
    let path = |path: &str| project(path).to_str().unwrap().to_owned();
    [
        path("tests/oracles/data/check_profile.py"),
        path(&format!("tests/oracles/data/apple-schema/{edition}")),
        "--os".to_owned(),
        system.to_owned(),
        "--mode".to_owned(),
        "mdm".to_owned(),
        file.to_owned(),
    ]
}

#[test]
fn apple_s_schema_accepts_every_profile_that_an_mdm_sends() {
    let folder = Folder::new();
    let Some(python) = checker(&folder) else { return };
    folder.file("people.csv", PEOPLE);
    // Jamf's API cannot store these characters, and its export refuses them
    folder.file("jamf.csv", PEOPLE.replace("<PR> & Co", "\"O'Neil \"\"PR\"\"\""));
    let each = ["people.csv", "jamf.csv"].map(|list| [list, "--per-person", "--yes", "--unsigned"]);
    let cases = ["jamf", "intune", "fleet"].map(|mdm| {
        let list = &each[usize::from(mdm == "jamf")];
        [(mdm, &[][..], 2), (mdm, &list[..], 6)]
    });
    for (mdm, shape, count) in cases.into_iter().flatten() {
        let out = format!("{mdm}-{count}");
        let fixed = ["export", mdm, "--out", &out, "--no-config"];
        folder.run(fixed.iter().chain(shape)).exits(0);
        let profiles = profiles(&folder, &out);
        assert_eq!(profiles.len(), count, "{profiles:?}");
        for (file, system) in &profiles {
            for edition in ["2024-10", "2026-03"] {
                let args = args(edition, system, file);
                python.accepts(&args.each_ref().map(String::as_str));
            }
        }
    }
}

#[test]
fn apple_s_schema_refuses_what_only_a_person_could_install() {
    let folder = Folder::new();
    let Some(python) = checker(&folder) else { return };
    folder.file("one.csv", "email,name\nada@centurylink.net,Ada Lovelace\n");
    folder.run(["export", "fleet", "one.csv", "--per-person", "--out", "managed"]).exits(0);
    let mac = folder.text("managed/profiles/ada_centurylink.net.mobileconfig");
    let phone = folder.text("managed/profiles/ada_centurylink.net-ios.mobileconfig");
    folder.generate("one.csv", &[]).exits(0);
    let profile = "apple/CenturyLink Mail.mobileconfig";
    let signed = folder.in_bundle("out/bundles/ada_centurylink.net.zip", profile);
    let without = |text: &str, key: &str| {
        let start = text.find(&format!("<key>{key}</key>")).unwrap();
        let end = start + text[start..].find("</string>").unwrap() + "</string>".len();
        format!("{}{}", &text[..start], &text[end..])
    };
    let with = |text: &str, pair: &str| {
        text.replacen("<key>EmailAddress</key>", &format!("{pair}<key>EmailAddress</key>"), 1)
    };
    let mut cases: Vec<(&str, Vec<u8>, &str)> = vec![
        (
            "macOS",
            without(&mac, "PayloadScope").into(),
            "not allowed on the device channel of macOS",
        ),
        ("macOS", phone.clone().into(), "not allowed on the device channel of macOS"),
        (
            "iOS",
            with(&phone, "<key>OutgoingPasswordSameAsIncomingPassword</key><true/>").into(),
            "OutgoingPasswordSameAsIncomingPassword: not supported when pushed",
        ),
        (
            "macOS",
            with(&mac, "<key>IncomingPassword</key><string>x</string>").into(),
            "IncomingPassword: a password in clear",
        ),
        ("macOS", with(&mac, "<key>PreventMove</key><true/>").into(), "PreventMove: not supported"),
        ("macOS", signed, "signed or binary, want XML"),
    ];
    for key in [
        "EmailAccountName",
        "EmailAddress",
        "IncomingMailServerUsername",
        "OutgoingMailServerUsername",
    ] {
        let content = without(&phone, key).into_bytes();
        cases.push(("iOS", content, key));
        cases.push((
            "iOS",
            phone.replace(&format!("<key>{key}<"), "<key>Unknown<").into(),
            "unknown key",
        ));
    }
    for (system, content, found) in cases {
        folder.file("wrong.mobileconfig", content);
        for edition in ["2024-10", "2026-03"] {
            let args = args(edition, system, "wrong.mobileconfig");
            let printed = python.refuses(&args.each_ref().map(String::as_str));
            assert!(printed.contains(found), "{found}: {printed}");
        }
    }
    // a channel that does not exist
    folder.file("sound.mobileconfig", phone);
    let mut args = args("2026-03", "iOS", "sound.mobileconfig").to_vec();
    python.accepts(&args.iter().map(String::as_str).collect::<Vec<_>>());
    args.splice(6..6, ["--channel".to_owned(), "user".to_owned()]);
    let printed = python.refuses(&args.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(printed.contains("iOS has no user channel"), "{printed}");
}
