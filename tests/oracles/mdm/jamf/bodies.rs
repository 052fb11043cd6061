//! The files, read and sent by programs of others.

use serde_json::json;

use super::super::server::python_of_judges;
use super::*;
use crate::support::project;

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
