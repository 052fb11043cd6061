//! Every line that every command prints with `--json` is one that `docs/json.schema.json` describes.
#![allow(
    clippy::disallowed_methods,
    reason = "tests read the project's files, and damage their own"
)]

mod schema;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::support::mail::{Authority, accounts_server, imap, name_server, smtp};
use crate::support::{Folder, SIGN, project};
use schema::Schema;

const LIST: &str = "email,name,department,Left,Extra\n\
    ada@centurylink.net,Ada,R&D,,x\n\
    bob@q.com,Bob,,,x\n\
    gone@q.com,Gone,,2020-01-01,x\n\
    bad,Bad,,,x\n";

fn schema() -> Schema {
    Schema(serde_json::from_slice(&fs::read(project("docs/json.schema.json")).unwrap()).unwrap())
}

/// The lines of one run of a command, each of them checked.
struct Judge {
    schema: Schema,
    /// The definitions of events that were seen.
    seen: BTreeSet<String>,
}

impl Judge {
    /// Runs the command `words`, and checks each line that it prints.
    fn run(&mut self, folder: &Folder, command: &str, words: &[&str], exit: i32) -> Vec<Value> {
        let words = command.split(' ').chain(words.iter().copied()).chain(["--json"]);
        let done = folder.run(words).exits(exit);
        let schema = &self.schema;
        let allowed = schema.definition(&format!("command-{}", command.replace(' ', "-")));
        let mut values = Vec::new();
        for line in done.stdout.lines() {
            let value: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
            let is_it = |one: &&Value| schema.accepts(one, &value);
            let Some(event) = allowed["anyOf"].as_array().unwrap().iter().find(is_it) else {
                panic!(
                    "`{command}` prints a line that docs/json.schema.json does not describe: {line}"
                );
            };
            let name = event["$ref"].as_str().unwrap().trim_start_matches("#/$defs/event-");
            self.seen.insert(name.to_owned());
            values.push(value);
        }
        assert!(!values.is_empty(), "`{command}` prints nothing");
        values
    }
}

/// Two mailboxes of a list sign in, and send themselves a message.
fn sign_in(judge: &mut Judge, folder: &Folder, authority: &Authority, names: &str) {
    let hosts = ["imap.centurylink.net", "smtp.centurylink.net"];
    let certificate = authority.acceptor(&hosts, 30);
    let message = "AGFkYUBjZW50dXJ5bGluay5uZXQAQ2FuYXJ5LVBhc3N3MHJk";
    let inbox: Arc<Mutex<Vec<String>>> = Arc::default();
    let server = |greeting| {
        let (heard, inbox) = (Arc::clone(&inbox), Arc::clone(&inbox));
        accounts_server(&certificate, greeting, vec![message.to_owned()], heard, inbox)
    };
    let set = [
        format!("imap.port={}", server("* OK ready")),
        format!("smtp.port={}", server("220 ready")),
    ];
    folder.file(
        "passwords.csv",
        "email,password\nada@centurylink.net,Canary-Passw0rd\nbob@centurylink.net,wrong\n",
    );
    let words = ["passwords.csv", "--sign-in", "--all", "--send-test", "--ca", "authority.pem"];
    let security = ["imap.security=tls", "smtp.security=tls", &set[0], &set[1]];
    let settings = security.iter().flat_map(|it| ["--set", it]);
    let words: Vec<&str> = words.into_iter().chain(settings).chain(["--resolver", names]).collect();
    judge.run(folder, "probe", &words, 1);
}

#[test]
fn every_event_of_every_command_is_one_that_the_schema_describes() {
    let folder = Folder::new();
    folder.identity().file("list.csv", LIST);
    let mut judge = Judge { schema: schema(), seen: BTreeSet::new() };
    judge.run(&folder, "check", &["list.csv", "--explain-columns"], 1);
    judge.run(&folder, "check", &["absent.csv"], 2);
    let generate = [&["list.csv", "--out", "out"][..], &SIGN].concat();
    judge.run(&folder, "plan", &generate, 0);
    judge.run(&folder, "generate", &generate, 1);
    folder.file("list.csv", LIST.replace("Ada", "Ada King").replace("bob@", "rob@"));
    judge.run(&folder, "plan", &generate, 0);
    judge.run(&folder, "generate", &[&generate[..], &["--strict"]].concat(), 2);
    judge.run(&folder, "generate", &generate, 1);
    judge.run(&folder, "status", &["out"], 0);
    judge.run(&folder, "rename", &["ada@centurylink.net", "king@q.com", "--out", "out"], 0);
    judge.run(&folder, "history", &["out"], 0);
    judge.run(&folder, "history", &["out", "ada@centurylink.net"], 0);
    judge.run(&folder, "history", &["out", "nobody@q.com"], 2);
    judge.run(&folder, "verify", &["out"], 0);
    judge.run(&folder, "verify", &["out", "--ca", "id/ca.pem"], 0);
    let bundle = "out/bundles/ada_centurylink.net.zip";
    let sheet = folder.in_bundle(bundle, "START-HERE.html");
    let script = folder.in_bundle(bundle, "windows/Set-MailAccount.ps1");
    let xml = String::from_utf8(folder.in_bundle(bundle, "android/autodiscover.xml")).unwrap();
    folder
        .file("sheet.html", sheet)
        .file("broken.ps1", String::from_utf8(script).unwrap().replacen('e', "E", 1))
        .file("broken.xml", xml.replace("imap.centurylink.net", "a\u{2028}b"));
    let files = [bundle, "sheet.html", "broken.ps1", "broken.xml", "id/ca.pem", "list.csv"];
    judge.run(&folder, "inspect", &files, 1);
    judge.run(&folder, "identity new", &["--out", "new"], 0);
    judge.run(&folder, "identity renew", &["new", "--out", "renewed"], 0);
    judge.run(&folder, "identity show", &["id/cert.pem"], 0);
    judge.run(&folder, "provider list", &[], 0);
    judge.run(&folder, "provider show", &["centurylink"], 0);
    judge.run(&folder, "provider check", &["centurylink"], 0);
    folder.file("acme.xml", ACME);
    judge.run(&folder, "provider import", &["acme.xml", "--id", "acme"], 0);
    let authority = Authority::new();
    folder.file("authority.pem", authority.pem());
    let certificate = authority.acceptor(&["imap.centurylink.net"], 30);
    let names = name_server(&["imap.centurylink.net", "smtp.centurylink.net"]).to_string();
    let ask = [
        format!("imap.port={}", imap(&certificate, "IMAP4rev1")),
        format!("smtp.port={}", smtp(&certificate, "STARTTLS", "AUTH PLAIN")),
    ];
    let ask = [
        "--ca",
        "authority.pem",
        "--resolver",
        &names,
        "--set",
        &ask[0],
        "--set",
        "imap.security=tls",
        "--set",
        &ask[1],
    ];
    judge.run(&folder, "probe", &ask, 1);
    judge.run(&folder, "probe", &[&["list.csv"], &ask[..]].concat(), 1);
    let before = folder.run(["probe", "--json"].iter().chain(&ask)).exits(1).stdout;
    folder.file("probe.json", before.replace("\"works\":true", "\"works\":false"));
    judge.run(&folder, "probe", &[&["--since", "probe.json"], &ask[..]].concat(), 1);
    folder.file("password", "Canary-Passw0rd");
    let mailbox = ["--sign-in", "ada@centurylink.net", "--password-file", "password"];
    judge.run(&folder, "probe", &[&mailbox, &ask[..]].concat(), 1);
    sign_in(&mut judge, &folder, &authority, &names);
    judge.run(&folder, "init", &["list.csv", "--yes"], 0);
    judge.run(&folder, "init", &["--schema"], 0);
    judge.run(&folder, "completions", &["bash"], 0);
    judge.run(&folder, "man", &["man"], 0);
    folder.file("short.csv", "email\nking@q.com\n");
    let plan =
        [&["short.csv", "--out", "out", "--retire", "--max-leavers", "9"][..], &SIGN].concat();
    let planned = judge.run(&folder, "plan", &plan, 0);
    assert!(planned.iter().any(|event| event["change"] == "retired"), "{planned:?}");
    let retire = [&["--person", "rob@q.com", "--out", "out"][..], &SIGN].concat();
    judge.run(&folder, "retire", &retire, 0);
    folder.file("mdm.csv", "email,directory_email\nada@q.com,ada@corp.example\n");
    judge.run(&folder, "export", &["intune", "mdm.csv", "--out", "intune"], 1);
    folder
        .file("fleet.csv", "email,directory_user\nada@q.com,ada\nbob@q.com,PC\\ada\neve@q.com,\n");
    let fleet = [&["windows", "fleet.csv", "--out", "windows"][..], &SIGN].concat();
    let fleet = judge.run(&folder, "export", &fleet, 1);
    let event = fleet.last().unwrap();
    assert_eq!(
        (&event["event"], &event["people"]),
        (&"fleet-scripts".into(), &1.into()),
        "{event}"
    );
    judge.run(&folder, "inspect", &["windows/Install-Mail-1-of-1.ps1"], 0);
    judge.run(&folder, "verify", &["windows", "--ca", "id/ca.pem"], 0);
    folder.file("pcs.csv", "email,directory_user\nada@q.com,CORP\\ada\neve@q.com,\n");
    let pcs = [&["intune", "pcs.csv", "--out", "pcs"][..], &SIGN].concat();
    judge.run(&folder, "export", &[&pcs[..], &["--strict"]].concat(), 2);
    let events = judge.run(&folder, "export", &pcs, 1);
    assert!(events.iter().any(|event| event["of"] == "script"), "{events:?}");
    judge.run(&folder, "inspect", &["pcs/windows/Mail-1-of-1.intunewin"], 0);
    judge.run(&folder, "verify", &["pcs/windows/Mail-1-of-1.intunewin"], 0);
    let hosted = judge.run(&folder, "export", &["hosting", "--out", "hosting"], 0);
    assert!(hosted.iter().any(|event| event["event"] == "hosting"), "{hosted:?}");
    let resign = [
        "out",
        "--new-signer",
        "--sign-cert",
        "new/cert.pem",
        "--sign-key",
        "new/key.pem",
        "--sign-chain",
        "new/ca.pem",
    ];
    fs::write(folder.path().join(bundle), "x").unwrap();
    judge.run(&folder, "verify", &["out"], 1);
    judge.run(&folder, "status", &["out"], 0);
    judge.run(&folder, "resign", &resign[..1], 2);
    judge.run(&folder, "resign", &resign, 1);
    let defined = judge.schema.0["$defs"].as_object().unwrap().keys();
    let defined: BTreeSet<String> =
        defined.filter_map(|name| name.strip_prefix("event-").map(str::to_owned)).collect();
    assert_eq!(judge.seen, defined, "an event of the schema (right) was not printed here (left)");
}

const ACME: &str = r#"<clientConfig version="1.1"><emailProvider id="acme.example"><domain>acme.example</domain>
    <displayName>Acme</displayName>
    <incomingServer type="imap"><hostname>imap.acme.example</hostname><port>993</port><socketType>SSL</socketType>
    <authentication>password-cleartext</authentication><username>%EMAILADDRESS%</username></incomingServer>
    <outgoingServer type="smtp"><hostname>smtp.acme.example</hostname><port>465</port><socketType>SSL</socketType>
    <authentication>password-cleartext</authentication><username>%EMAILADDRESS%</username></outgoingServer>
    </emailProvider></clientConfig>"#;

/// The commands that a run of the test above could forget.
#[test]
fn every_command_and_every_event_in_the_source_is_in_the_schema() {
    let schema = schema();
    let folder = Folder::new();
    for (command, words) in [
        ("", &["--help"][..]),
        ("identity", &["identity", "--help"]),
        ("provider", &["provider", "--help"]),
    ] {
        let help = folder.run(words).exits(0).stdout;
        let commands = help.split("\nCommands:\n").nth(1).unwrap().lines();
        for line in commands.take_while(|line| line.starts_with("  ")) {
            let Some(word) = line.strip_prefix("  ").and_then(|it| it.split_once(' ')) else {
                continue;
            };
            if word.0.is_empty() || ["help", "identity", "provider"].contains(&word.0) {
                continue;
            }
            let name = format!("command-{command}-{}", word.0).replace("--", "-");
            schema.definition(&name);
        }
    }
    let mut events = BTreeSet::new();
    for event in schema.0["$defs"].as_object().unwrap().values() {
        if let Some(name) = event["properties"]["event"]["const"].as_str() {
            events.insert(name.to_owned());
        }
    }
    let mut found = BTreeSet::new();
    walk(&project("src/cli"), &mut |text| {
        for rest in text.split("event: \"").skip(1) {
            found.insert(rest.split('"').next().unwrap().to_owned());
        }
    });
    // these two are chosen by the weight of a notice
    found.extend(["note", "warning"].map(str::to_owned));
    assert_eq!(found, events, "src/cli (left) and docs/json.schema.json (right)");
}

fn walk(folder: &Path, each: &mut dyn FnMut(&str)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, each);
        } else {
            each(&fs::read_to_string(path).unwrap());
        }
    }
}

/// A schema that takes anything proves nothing.
#[test]
fn the_schema_refuses_a_line_with_a_missing_an_unknown_or_a_mistyped_field() {
    let schema = schema();
    let command = schema.definition("command-provider-list");
    let line = serde_json::json!({
        "event": "provider", "id": "a", "name": "A", "state": "usable", "domains": ["a.example"], "verified_on": null
    });
    assert!(schema.accepts(command, &line));
    for (field, value) in [
        ("event", Value::from("providers")),
        ("state", Value::from("perhaps")),
        ("domains", Value::from(vec![1])),
        ("verified_on", Value::from(1)),
        ("more", Value::Null),
    ] {
        let mut wrong = line.clone();
        wrong[field] = value;
        assert!(!schema.accepts(command, &wrong), "{wrong}");
    }
    for field in line.as_object().unwrap().keys() {
        let mut wrong = line.clone();
        wrong.as_object_mut().unwrap().remove(field);
        assert!(!schema.accepts(command, &wrong), "{wrong}");
    }
}
