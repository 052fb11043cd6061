//! Exports for an MDM: which files there are, whom they are for, and whom they do not fit.
#![allow(clippy::disallowed_methods, reason = "tests make their own files")]

mod intune_windows;
mod misfits;
mod windows;
mod windows_attack;

use std::collections::BTreeSet;
use std::fs;

use plist::Value as Plist;
use serde_json::Value;

use crate::support::{AT, Folder};

/// Ada's directory address is her mailbox, Bob's is another, and Eve has none.
const LIST: &str = "email,display_name,upn,directory_user,directory_email\n\
    ada@centurylink.net,Ada Lovelace,ada@corp.example,ada,ada@centurylink.net\n\
    bob@centurylink.net,Bob O'Neil,bob@corp.example,bob,bob@corp.example\n\
    eve@centurylink.net,Eve,,,\n";

const MDMS: [&str; 3] = ["jamf", "intune", "fleet"];

fn list() -> Folder {
    let folder = Folder::new();
    folder.file("staff.csv", LIST);
    folder
}

/// The lines of a file of JSON lines.
fn lines(folder: &Folder, name: &str) -> Vec<Value> {
    folder.text(name).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn texts<'a>(objects: &'a [Value], field: &str) -> Vec<&'a str> {
    objects.iter().map(|object| object[field].as_str().unwrap()).collect()
}

/// Writes the list of the files of the export `out` anew, which no signature covers.
fn list_anew(folder: &Folder, out: &str) {
    use sha2::{Digest, Sha256};
    use std::fmt::Write as _;
    let path = format!("{out}/.mailmuster-export");
    let mark = folder.text(&path);
    let mut anew = format!("{}\n", mark.lines().next().unwrap());
    for file in folder.files(out).iter().filter(|file| !file.starts_with('.')) {
        let digest = Sha256::digest(folder.read(&format!("{out}/{file}")));
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        writeln!(anew, "{digest}  {file}").unwrap();
    }
    folder.file(&path, anew);
}

/// The profiles of an export.
fn profiles(folder: &Folder, export: &str) -> Vec<(String, Plist)> {
    let paths = folder.files(export);
    // Intune's folder has them twice: IntuneCD wants them in a place of its own
    let paths = paths.iter().filter(|path| path.starts_with("profiles/"));
    paths
        .map(|path| {
            let bytes = folder.read(&format!("{export}/{path}"));
            (path.clone(), plist::from_bytes(&bytes).unwrap())
        })
        .collect()
}

fn text<'a>(profile: &'a Plist, key: &str) -> &'a str {
    profile.as_dictionary().unwrap().get(key).and_then(Plist::as_string).unwrap_or_default()
}

fn payload(profile: &Plist) -> &Plist {
    &profile.as_dictionary().unwrap().get("PayloadContent").unwrap().as_array().unwrap()[0]
}

#[test]
fn one_profile_serves_everybody_without_a_list() {
    let folder = Folder::new();
    for (mdm, variable, name) in [
        ("jamf", "$EMAIL", "$FULLNAME"),
        ("intune", "{{mail}}", "{{username}}"),
        (
            "fleet",
            "$FLEET_VAR_HOST_END_USER_IDP_USERNAME",
            "$FLEET_VAR_HOST_END_USER_IDP_FULL_NAME",
        ),
    ] {
        folder.run(["export", mdm, "--out", mdm]).exits(0).stdout_has("to create in");
        let profiles = profiles(&folder, mdm);
        assert_eq!(profiles.len(), 2, "{mdm}: a Mac and an iPhone use different channels");
        let scopes: BTreeSet<&str> =
            profiles.iter().map(|(_, profile)| text(profile, "PayloadScope")).collect();
        assert_eq!(scopes, BTreeSet::from(["", "User"]), "{mdm}");
        for (path, profile) in &profiles {
            let mail = payload(profile);
            for key in ["EmailAddress", "IncomingMailServerUsername", "OutgoingMailServerUsername"]
            {
                assert_eq!(text(mail, key), variable, "{mdm} {path} {key}");
            }
            assert_eq!(text(mail, "EmailAccountName"), name, "{mdm} {path}");
            assert_eq!(text(mail, "IncomingMailServerHostName"), "imap.centurylink.net");
        }
        assert!(folder.exists(&format!("{mdm}/README.md")));
        let index = lines(&folder, &format!("{mdm}/export.json"));
        let objects = lines(&folder, &format!("{mdm}/objects.jsonl"));
        assert_eq!(index[0]["objects"], objects.len());
        assert_eq!(index[0]["shape"], "shared");
    }
}

#[test]
fn the_index_names_every_body_by_its_digest() {
    use sha2::{Digest, Sha256};
    let hex = |bytes: &[u8]| -> String {
        Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let folder = list();
    for mdm in MDMS {
        let args = ["--per-person", "--user-names", "address", "--unsigned"];
        folder.run(["export", mdm, "staff.csv", "--out", mdm].iter().chain(&args)).exits(0);
        let index = lines(&folder, &format!("{mdm}/export.json"));
        let objects = folder.read(&format!("{mdm}/objects.jsonl"));
        assert_eq!(index[0]["objects_sha256"], hex(&objects), "{mdm}");
        let objects = lines(&folder, &format!("{mdm}/objects.jsonl"));
        let mut slots = BTreeSet::new();
        let mut names = BTreeSet::new();
        for object in &objects {
            let path = format!("{mdm}/{}", object["file"].as_str().unwrap());
            assert_eq!(object["sha256"], hex(&folder.read(&path)), "{path}");
            let of = |key: &str| object[key].as_str().unwrap().to_owned();
            assert!(slots.insert((of("id"), of("kind"), of("platform"))), "{mdm}: {object}");
            assert!(names.insert((of("kind"), of("name").to_lowercase())), "{mdm}: {object}");
        }
    }
}

#[test]
fn a_person_s_profile_has_the_identifiers_of_the_signed_one() {
    let folder = list();
    folder.generate("staff.csv", &["--quiet"]).exits(0);
    let bundle = "out/bundles/bob_centurylink.net.zip";
    let signed = folder.in_bundle(bundle, "apple/CenturyLink Mail.mobileconfig");
    let signed: Plist = plist::from_bytes(&crate::support::without_signature(&signed)).unwrap();
    let args = ["--per-person", "--out", "jamf", "--user-names", "local-part"];
    folder.run(["export", "jamf", "staff.csv"].iter().chain(&args)).exits(0);
    for platform in ["ios", "macos"] {
        let path = format!("jamf/profiles/{platform}/bob_centurylink.net.mobileconfig");
        let twin: Plist = plist::from_bytes(&folder.read(&path)).unwrap();
        for key in ["PayloadIdentifier", "PayloadUUID"] {
            assert_eq!(text(&twin, key), text(&signed, key), "{platform} {key}");
            assert_eq!(text(payload(&twin), key), text(payload(&signed), key), "{platform} {key}");
        }
        assert_eq!(text(&twin, "PayloadDisplayName"), "CenturyLink Mail (bob@centurylink.net)");
        assert_eq!(text(&signed, "PayloadDisplayName"), "CenturyLink Mail");
        // a device asks an MDM's user for each password: the key is for installation by hand
        let key = "OutgoingPasswordSameAsIncomingPassword";
        assert!(payload(&twin).as_dictionary().unwrap().get(key).is_none());
        assert!(payload(&signed).as_dictionary().unwrap().get(key).is_some());
    }
}

#[test]
fn jamf_scopes_by_user_and_mut_loads_what_is_missing() {
    let folder = list();
    folder
        .run(["export", "jamf", "staff.csv", "--out", "x", "--per-person"])
        .exits(1)
        .stderr_has("line 4: the list does not say what Jamf Pro calls this person");
    assert!(folder.text("x/ios/bob_centurylink.net.xml").contains("<user><name>bob</name></user>"));
    folder
        .run(["export", "jamf", "staff.csv", "--out", "y"])
        .exits(1)
        .stderr_has("load mut/UserTemplate.csv of the export first");
    let header = fs::read(crate::support::project("tests/data/mut/UserTemplate.csv")).unwrap();
    let table = folder.text("y/mut/UserTemplate.csv");
    assert!(table.starts_with(std::str::from_utf8(&header).unwrap().trim_end()), "{table}");
    let rows: Vec<&str> = table.lines().skip(1).collect();
    assert_eq!(rows, ["bob,,Bob O'Neil,bob@centurylink.net,,,,,"], "Ada's is right already");
    let attribute = ["--email-variable", "$EXTENSIONATTRIBUTE_7"];
    folder.run(["export", "jamf", "staff.csv", "--out", "y"].iter().chain(&attribute)).exits(0);
    let table = folder.text("y/mut/UserTemplate.csv");
    assert!(table.lines().next().unwrap().ends_with(",EA_7"), "{table}");
    assert_eq!(table.lines().nth(1).unwrap(), "ada,,Ada Lovelace,,,,,,,ada@centurylink.net");
}

#[test]
fn leavers_get_a_list_of_what_to_delete() {
    let folder = list();
    let args = ["--user-names", "address", "--unsigned"];
    for mdm in MDMS {
        folder
            .run(["export", mdm, "staff.csv", "--out", mdm, "--per-person"].iter().chain(&args))
            .exits(0);
        let made = lines(&folder, &format!("{mdm}/objects.jsonl"));
        folder.file(&format!("{mdm}/state/pushed.jsonl"), "journal\n");
        folder.run(["export", mdm, "staff.csv", "--out", mdm, "--retire"]).exits(0);
        let gone = lines(&folder, &format!("{mdm}/retire.jsonl"));
        let slot = |object: &Value| {
            ["id", "kind", "platform", "name"].map(|key| object[key].as_str().unwrap().to_owned())
        };
        let gone: BTreeSet<_> = gone.iter().map(slot).collect();
        assert_eq!(made.iter().map(slot).collect::<BTreeSet<_>>(), gone, "{mdm}");
        assert_eq!(folder.text(&format!("{mdm}/objects.jsonl")), "");
        assert_eq!(folder.text(&format!("{mdm}/state/pushed.jsonl")), "journal\n");
        assert!(folder.files(mdm).iter().all(|path| !path.starts_with("profiles/")), "{mdm}");
    }
}

#[test]
fn a_long_push_needs_a_yes() {
    let folder = Folder::new();
    let people: String = (0..2000).map(|n| format!("p{n}@q.com\n")).collect();
    folder.file("staff.csv", format!("email\n{people}"));
    let args = ["export", "intune", "staff.csv", "--out", "x", "--per-person", "--unsigned"];
    folder
        .run(args)
        .exits(2)
        .stderr_has("pushing the files of 2,000 people would take about")
        .stderr_has("say --yes");
    assert!(!folder.exists("x"));
    folder.run(args.iter().chain(&["--yes", "--only", "apple-profile"])).exits(0);
    assert_eq!(folder.files("x/profiles/ios").len(), 2000);
}

#[test]
fn what_cannot_be_exported_is_reported_before_anything_is_written() {
    let folder = list();
    for (args, error) in [
        (&["--per-person"][..], "a profile for each person needs a list"),
        (&["--provider", "auto"], "one profile for everybody needs one provider"),
        (&["--email-variable", "$EMAILX"], "Jamf Pro has no variable `$EMAILX`"),
        (&["--email-variable", "$EXTENSIONATTRIBUTE_0"], "Jamf Pro has no variable"),
        (&["--email-variable", "$EXTENSIONATTRIBUTE_<number>"], "Jamf Pro has no variable"),
    ] {
        folder.run(["export", "jamf", "--out", "x"].iter().chain(args)).exits(2).stderr_has(error);
    }
    folder.run(["export", "jamf"]).exits(2).stderr_has("no folder is named for the export");
    assert!(!folder.exists("x"));
    folder.file("mine/notes.txt", "");
    folder
        .run(["export", "jamf", "--out", "mine"])
        .exits(2)
        .stderr_has("it contains `notes.txt`, which mailmuster did not make");
    folder.generate("staff.csv", &["--quiet"]).exits(0);
    folder.run(["export", "jamf", "--out", "out"]).exits(2).stderr_has("refusing to write into");
}

#[test]
fn the_same_list_gives_the_same_export() {
    let folder = list();
    for out in ["x", "y"] {
        let args = ["--per-person", "--at", AT, "--user-names", "address", "--out", out];
        folder.run(["export", "jamf", "staff.csv"].iter().chain(&args)).exits(0);
    }
    let files = folder.files("x");
    assert_eq!(files, folder.files("y"));
    for file in files {
        assert_eq!(folder.read(&format!("x/{file}")), folder.read(&format!("y/{file}")), "{file}");
    }
}

#[test]
fn verify_finds_what_changed_in_an_export() {
    let folder = list();
    folder.run(["export", "jamf", "--out", "jamf"]).exits(0);
    folder.file("jamf/state/pushed.jsonl", "journal\n");
    folder.run(["verify", "jamf"]).exits(0).stdout_has("nothing vouches for jamf");
    let body = folder.text("jamf/ios/shared.xml");
    for (change, fault) in [
        ("changed", "jamf/ios/shared.xml: its SHA-256 is not that of the export"),
        ("missing", "jamf/ios/shared.xml: it is missing"),
        ("stray", "jamf/ios/evil.xml: it is not a file of this export"),
        ("unfinished", "the export is not finished: run it again"),
    ] {
        match change {
            "changed" => drop(folder.file("jamf/ios/shared.xml", body.replace("993", "994"))),
            "missing" => fs::remove_file(folder.path().join("jamf/ios/shared.xml")).unwrap(),
            "stray" => drop(folder.file("jamf/ios/evil.xml", "")),
            _ => drop(
                folder
                    .file("jamf/.mailmuster-export", "mailmuster export 1 jamf\nios/shared.xml\n"),
            ),
        }
        folder.run(["verify", "jamf"]).exits(1).stdout_has(fault);
        folder.run(["export", "jamf", "--out", "jamf"]).exits(0);
        if change == "stray" {
            fs::remove_file(folder.path().join("jamf/ios/evil.xml")).unwrap();
        }
        folder.run(["verify", "jamf"]).exits(0);
    }
}

#[test]
fn generate_writes_exports_into_its_folder() {
    let folder = list();
    folder
        .generate("staff.csv", &["--mdm", "jamf,fleet", "--quiet"])
        .exits(0)
        .stderr_has("the profile is wrong for");
    for path in ["jamf/ios/shared.xml", "jamf/misfits.csv", "fleet/objects.jsonl"] {
        assert!(folder.exists(&format!("out/mdm/{path}")), "{path}");
    }
    folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(0);
    folder.file("out/mdm/jamf/ios/shared.xml", "");
    folder.file("out/mdm/notes.txt", "");
    let done = folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(1);
    done.stdout_has("shared.xml: its SHA-256 is not that of the export")
        .stdout_has("notes.txt: it is not a file of this run");
    // standard input is read once and serves both
    let stdin = folder.text("staff.csv");
    folder.generate("-", &["--mdm", "intune", "--quiet"]).stdin(stdin).exits(0);
    assert!(folder.exists("out/mdm/intune/profiles/ios/shared.mobileconfig"));
}

#[test]
fn a_list_of_leavers_may_mark_them_as_gone() {
    let folder = list();
    folder.file(
        "gone.csv",
        "email,status,platform\nada@centurylink.net,terminated,windows\nbob@acme.example,left,\n",
    );
    for mdm in MDMS {
        folder.run(["export", mdm, "gone.csv", "--out", mdm, "--retire"]).exits(0);
        let gone = lines(&folder, &format!("{mdm}/retire.jsonl"));
        for address in ["ada@centurylink.net", "bob@acme.example"] {
            assert!(texts(&gone, "name").iter().any(|name| name.contains(address)), "{mdm}");
        }
    }
}

#[test]
fn what_no_export_can_take_is_refused() {
    let folder = list();
    folder
        .run(["export", "jamf", "staff.csv", "--out", "x", "--only", "sheet"])
        .exits(2)
        .stderr_has("none of the formats in --only is one that Jamf Pro can take");
    folder
        .run(["export", "jamf", "staff.csv", "--out", "x", "--bundles", "nowhere"])
        .exits(2)
        .stderr_has("`nowhere` has no bundles");
    let script = ["--per-person", "--unsigned", "--only", "windows-script", "--out", "y"];
    folder.run(["export", "intune", "staff.csv"].iter().chain(&script)).exits(0);
    assert!(folder.files("y").iter().all(|file| !file.ends_with(".mobileconfig")));
    let provider = folder.run(["provider", "show", "centurylink"]).exits(0).stdout;
    let named = provider
        .replace("name = \"CenturyLink\"", "name = \"Acme {{mail}}\"")
        .replace("id = \"centurylink\"", "id = \"acme\"");
    folder.file("acme.toml", named);
    folder
        .run(["check", "staff.csv", "--provider", "./acme.toml"])
        .exits(2)
        .stderr_has("the name holds a variable of an MDM");
    folder.file("user.csv", "email,directory_user\nada@q.com,$EMAIL\n");
    folder
        .run(["export", "jamf", "user.csv", "--out", "z", "--per-person"])
        .exits(1)
        .stderr_has("Jamf Pro would replace `$EMAIL` in the user name in the MDM");
}

#[test]
fn an_export_that_cannot_be_made_stops_generate_before_it_writes() {
    let folder = list();
    folder
        .generate("staff.csv", &["--mdm", "jamf", "--provider", "auto"])
        .exits(2)
        .stderr_has("one profile for everybody needs one provider");
    assert!(!folder.exists("out/bundles"));
    folder.generate("staff.csv", &["--mdm", "jamf,jamf", "--quiet"]).exits(0);
    folder
        .generate("staff.csv", &["--quiet"])
        .exits(0)
        .stderr_has("`out/mdm/jamf` is the export of an earlier run");
    folder
        .run(["export", "fleet", "--out", "out/mdm/jamf"])
        .exits(2)
        .stderr_has("`out/mdm/jamf` is an export for jamf");
    folder
        .run(["verify", "out/mdm/jamf"])
        .exits(0)
        .stdout_has("all are as the export lists them; nothing is signed");
    // an authority cannot vouch for what is not signed
    folder
        .run(["verify", "out/mdm/jamf", "--ca", "id/ca.pem"])
        .exits(1)
        .stdout_has("out/mdm/jamf: it is an export, which is not signed");
}
