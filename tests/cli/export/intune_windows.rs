//! Fleet scripts in the export for Intune: a remediation and a package for each part.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::lines;
use crate::support::{Folder, SIGN};

/// Ada and Bob have a Windows user, Eve has none, Max has no Windows.
const LIST: &str = "email,display_name,directory_user,directory_upn,platform\n\
    ada@centurylink.net,Ada Lovelace,CORP\\ada,,windows\n\
    bob@q.com,Bob O'Neil,,bob@corp.example,\n\
    max@q.com,Max,,,iphone\n\
    eve@q.com,Eve,,,\n";

fn export<'a>(list: &'a str, out: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["export", "intune", list, "--out", out][..], more].concat()
}

fn signed() -> Folder {
    let folder = Folder::new();
    folder.identity().file("staff.csv", LIST);
    folder
}

fn json(folder: &Folder, path: &str) -> Value {
    serde_json::from_str(&folder.text(path)).unwrap()
}

/// The bytes that a body has in base64.
fn decoded(value: &Value) -> Vec<u8> {
    STANDARD.decode(value.as_str().unwrap()).unwrap()
}

#[test]
fn a_list_gives_a_remediation_and_a_package_beside_the_profile() {
    let folder = signed();
    let done = folder.run(export("staff.csv", "x", &SIGN)).exits(1);
    done.stderr_has("the list does not name the Windows user of 1 person: they are in no script")
        .stderr_has("line 5, `eve@q.com`: the list does not say who this person is in Windows")
        .stdout_has("3 objects to create in Microsoft Intune")
        .stdout_has("1 row without");
    let objects = lines(&folder, "x/objects.jsonl");
    let ids: Vec<&str> = objects.iter().map(|it| it["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["shared", "shared", "windows-1"]);
    let script = |action: &str| folder.read(&format!("x/windows/{action}-Mail-1-of-1.ps1"));
    let body = json(&folder, "x/DeviceHealthScripts/windows-1.json");
    assert_eq!(decoded(&body["detectionScriptContent"]), script("Detect"));
    assert_eq!(decoded(&body["remediationScriptContent"]), script("Install"));
    assert_eq!(body["enforceSignatureCheck"], true);
    assert_eq!((&body["runAsAccount"], &body["runAs32Bit"]), (&"user".into(), &false.into()));
    let text = folder.text("x/windows/Install-Mail-1-of-1.ps1");
    assert!(text.contains("ada@centurylink.net") && text.contains("bob@q.com"));
    assert!(!text.contains("eve@q.com") && !text.contains("max@q.com"));
    let app = json(&folder, "x/windows/Win32-App-1-of-1.json");
    assert_eq!(decoded(&app["rules"][0]["scriptContent"]), script("Detect"));
    assert_eq!(
        app["installCommandLine"],
        r"%SystemRoot%\Sysnative\WindowsPowerShell\v1.0\powershell.exe -NoProfile -ExecutionPolicy AllSigned -File Install-Mail-1-of-1.ps1"
    );
    assert_eq!(app["setupFilePath"], "Install-Mail-1-of-1.ps1");
    let readme = folder.text("x/README.md");
    for line in [
        app["installCommandLine"].as_str().unwrap(),
        app["uninstallCommandLine"].as_str().unwrap(),
        "`windows/Mail-1-of-1.intunewin`",
        "`DeviceManagementScripts.ReadWrite.All`",
    ] {
        assert!(readme.contains(line), "{line}");
    }
    assert!(!readme.contains("[[") && !readme.contains("[%"), "{readme}");
}

#[test]
fn only_chooses_the_profile_or_the_scripts() {
    let folder = signed();
    let args = [&SIGN[..], &["--only", "apple-profile"]].concat();
    folder.run(export("staff.csv", "x", &args)).exits(0).stderr_lacks("Windows user");
    assert!(!folder.exists("x/windows") && folder.exists("x/profiles"));
    let args = [&SIGN[..], &["--only", "windows-script"]].concat();
    folder.run(export("staff.csv", "x", &args)).exits(1);
    assert!(folder.exists("x/windows") && !folder.exists("x/profiles"));
    let readme = folder.text("x/README.md");
    assert!(!readme.contains("one profile for everybody: once"), "{readme}");
    // what needs no signature makes no identity
    folder.run(["export", "intune", "--out", "y"]).exits(0).stderr_lacks("identity");
    assert!(!folder.exists("y/windows"));
    folder.run(export("staff.csv", "z", &["--per-person", "--unsigned"])).exits(0);
    assert!(!folder.exists("z/windows"), "each person has scripts of their own");
}

#[test]
fn a_list_without_windows_users_gives_the_profile_and_one_warning() {
    let folder = Folder::new();
    folder.file("staff.csv", "email,directory_email\nada@q.com,ada@q.com\nbob@q.com,bob@q.com\n");
    let done = folder.run(export("staff.csv", "x", &["-q"])).exits(0);
    done.stderr_has("no script is made for Windows PCs").stderr_lacks("line 2");
    assert!(!folder.exists("x/windows"));
    folder
        .run(export("staff.csv", "y", &["--only", "windows-script"]))
        .exits(2)
        .stderr_has("there is nobody for a script");
    assert!(!folder.exists("y"));
    folder.run(export("staff.csv", "z", &["--user-names", "address", "--unsigned"])).exits(0);
    let body = json(&folder, "z/DeviceHealthScripts/windows-1.json");
    assert_eq!(body["enforceSignatureCheck"], false, "nothing is signed");
    let app = json(&folder, "z/windows/Win32-App-1-of-1.json");
    assert!(app["installCommandLine"].as_str().unwrap().contains("-ExecutionPolicy Bypass"));
    assert!(folder.text("z/README.md").contains("No: nothing is signed"));
}

#[test]
fn strict_writes_nothing_where_a_person_is_in_no_script_or_two_share_a_user() {
    let folder = signed();
    let shared = "email,directory_user,directory_email\n\
        ada@q.com,CORP\\ada,ada@q.com\nbob@q.com,corp\\ADA,bob@q.com\n";
    folder.file("shared.csv", shared);
    for (list, why) in
        [("staff.csv", "1 row refused"), ("shared.csv", "1 Windows user of several people")]
    {
        let args = [&SIGN[..], &["--strict"]].concat();
        folder.run(export(list, "x", &args)).exits(2).stdout_has(why);
        assert!(!folder.exists("x"), "{list}");
        let args = [&SIGN[..], &["--strict", "--json"]].concat();
        let done = folder.run(export(list, "x", &args)).exits(2);
        let last: Value = serde_json::from_str(done.stdout.lines().last().unwrap()).unwrap();
        assert_eq!((&last["event"], &last["objects"]), (&"summary".into(), &0.into()), "{list}");
    }
    folder.run(export("shared.csv", "x", &SIGN)).exits(1).stderr_has("would get the mailboxes");
}

#[test]
fn the_same_list_gives_the_same_packages() {
    let folder = signed();
    folder.run(export("staff.csv", "x", &["--unsigned"])).exits(1);
    folder.run(export("staff.csv", "y", &["--unsigned"])).exits(1);
    for path in folder.files("x").iter().filter(|path| path.starts_with("windows/")) {
        assert_eq!(folder.read(&format!("x/{path}")), folder.read(&format!("y/{path}")), "{path}");
    }
}

#[test]
fn verify_and_inspect_read_the_package_and_the_bodies() {
    let folder = signed();
    folder.run(export("staff.csv", "x", &SIGN)).exits(1);
    folder.run(["verify", "x"]).exits(0);
    let package = "x/windows/Mail-1-of-1.intunewin";
    let verify = || folder.run(["verify", package, "--ca", "id/ca.pem"]);
    verify().exits(0).stdout_has("3 signatures");
    folder
        .run(["inspect", package])
        .exits(0)
        .stdout_has("package for Intune")
        .stdout_has("setup file   Install-Mail-1-of-1.ps1")
        .stdout_has("Remove-Mail-1-of-1.ps1 (")
        .stdout_has("for          the Windows user CORP\\ada")
        .stdout_has("signature    holds");
    folder.run(["inspect", package, "--json"]).exits(0).stdout_has("\"kind\":\"package\"");
    let good = folder.read(package);
    for at in [0, 40, 1000, good.len() / 2, good.len() - 500, good.len() - 1] {
        let mut changed = good.clone();
        changed[at] ^= 1;
        folder.file(package, &changed);
        verify().exits(1);
        folder.run(["verify", "x"]).exits(1);
    }
    folder.file(package, &good);
    verify().exits(0);
    folder.run(["identity", "new", "--out", "other"]).exits(0);
    folder.run(["verify", package, "--ca", "other/ca.pem"]).exits(1);
}

#[test]
fn an_authority_judges_the_scripts_beside_unsigned_profiles() {
    let folder = signed();
    folder.run(export("staff.csv", "x", &SIGN)).exits(1);
    let verify = || folder.run(["verify", "x", "--ca", "id/ca.pem"]);
    verify()
        .exits(0)
        .stdout_has("x: the scripts are what is signed; profiles and other files are transport")
        .stdout_has("all signatures hold under the authority of --ca")
        .stdout_has("nothing vouches for x");
    folder.run(["identity", "new", "--out", "other"]).exits(0);
    let other = folder.run(["verify", "x", "--ca", "other/ca.pem"]).exits(1);
    other.stdout_has("the chain of `CN=Test Signer` does not hold");
    let replaced = |path: &str, from: &str, to: &str, fault: &str| {
        let former = folder.text(path);
        folder.file(path, former.replacen(from, to, 1));
        super::list_anew(&folder, "x");
        verify().exits(1).stdout_has(fault);
        folder.file(path, former);
    };
    let script = "x/windows/Install-Mail-1-of-1.ps1";
    replaced(
        script,
        "imap.centurylink.net",
        "imap.evil-server.net",
        "the content was changed after it was signed",
    );
    let helper = "it is not the helper that this version writes: do not run it";
    replaced("x/Push-Intune.ps1", "https://graph.microsoft.com", "https://evil.example", helper);
    // another version wrote that helper, or says so
    let index = folder.text("x/export.json");
    folder.file("x/export.json", index.replace("\"mailmuster ", "\"mailmuster 9."));
    let unvouched = "made it, and nothing vouches for its helper";
    replaced("x/Push-Intune.ps1", "https://graph.microsoft.com", "https://evil.example", unvouched);
    folder.file("x/export.json", index);
    // without the scripts nothing is left that is signed
    std::fs::remove_dir_all(folder.path().join("x/windows")).unwrap();
    super::list_anew(&folder, "x");
    verify().exits(1).stdout_has("x: it is an export, which is not signed");
}

#[test]
fn verify_compares_bodies_and_packages_with_the_scripts() {
    let folder = signed();
    folder.file("other.csv", "email,directory_user\nzoe@q.com,CORP\\zoe\n");
    folder.run(export("staff.csv", "x", &SIGN)).exits(1);
    folder.run(export("other.csv", "y", &SIGN)).exits(0);
    for path in [
        "windows/Mail-1-of-1.intunewin",
        "DeviceHealthScripts/windows-1.json",
        "windows/Win32-App-1-of-1.json",
    ] {
        let (own, other) = (format!("x/{path}"), format!("y/{path}"));
        let good = folder.read(&own);
        folder.file(&own, folder.read(&other));
        super::list_anew(&folder, "x");
        folder.run(["verify", "x"]).exits(1).stdout_has("its scripts are not those");
        std::fs::remove_file(folder.path().join(&own)).unwrap();
        super::list_anew(&folder, "x");
        folder.run(["verify", "x"]).exits(1).stdout_has("it is missing");
        folder.file(&own, good);
        super::list_anew(&folder, "x");
        folder.run(["verify", "x"]).exits(0);
    }
}

#[test]
fn parts_are_small_enough_for_intune() {
    let folder = Folder::new();
    let people: String =
        (1..=60).map(|n| format!("user{n}@q.com,CORP\\user{n},user{n}@q.com\n")).collect();
    folder.file("staff.csv", format!("email,directory_user,directory_email\n{people}"));
    let args = ["--unsigned", "--script-size", "99999"];
    folder.run(export("staff.csv", "x", &args)).exits(0);
    for path in folder.files("x").iter().filter(|path| path.ends_with(".ps1")) {
        assert!(folder.read(&format!("x/{path}")).len() < 100_000, "{path}");
    }
    let args = ["--unsigned", "--script-size", "200000"];
    folder.run(export("staff.csv", "y", &args)).exits(2).stderr_has("more than Intune takes");
    let args = ["--per-person", "--script-size", "99999"];
    folder.run(export("staff.csv", "y", &args)).exits(2).stderr_has("--script-size has no effect");
}
