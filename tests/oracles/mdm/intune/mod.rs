//! Exports for Intune, judged by Graph's published schemas, by Microsoft's client library and type definitions, and by
//! `IntuneCD`, a program that imports such folders.

mod fleet;
mod push;
mod target;
mod tenant;

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::{Folder, project};
use crate::tool::{Tool, runs, tool};

/// `export intune` of `list` into `out`.
pub(super) fn export(folder: &Folder, list: &str, out: &str, more: &[&str]) {
    folder.file("people.csv", list);
    folder.identity();
    let fixed = ["export", "intune", "people.csv", "--out", out, "--yes", "--no-config"];
    let signed = ["--sign-cert", "id/cert.pem", "--sign-key", "id/key.pem"];
    folder.run(fixed.iter().chain(&signed).chain(more)).exits(0);
}

/// The lines of `objects.jsonl`.
pub(super) fn objects(folder: &Folder, out: &str) -> Vec<Value> {
    let text = folder.text(&format!("{out}/objects.jsonl"));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A list of `count` people with a group each.
pub(super) fn people(count: usize, platform: &str) -> String {
    let mut list = "email,first name,last name,platform,upn,Entra group id\n".to_owned();
    for n in 0..count {
        let group = format!("aaaaaaaa-0000-4000-8000-{n:012}");
        writeln!(
            list,
            "person{n}@centurylink.net,Person,No{n},{platform},person{n}@contoso.com,{group}"
        )
        .unwrap();
    }
    list
}

const AWKWARD: &str = "\
email,name,id,Entra group id
ada@centurylink.net,Ada Lovelace,1,aaaaaaaa-0000-4000-8000-000000000001
o'brien@centurylink.net,\"O'Brien: \"\"no\"\" & <yes> \\ 🐈\",2,aaaaaaaa-0000-4000-8000-000000000002
two@centurylink.net,Zoë {a} $EMAIL,3,
boxes@q.com,Zoë {a} $EMAIL,3,
";

/// A body for Graph: the version, the collection (with `/assign` for an assignment), the file.
struct Sent {
    api: String,
    collection: String,
    file: String,
}

fn bodies(folder: &Folder, out: &str) -> Vec<Sent> {
    let mut found = Vec::new();
    for object in objects(folder, out) {
        let text = |name: &str| object[name].as_str().map(str::to_owned);
        let (api, kind) = (text("api").unwrap(), text("kind").unwrap());
        if let Some(file) = text("assignment") {
            let collection = format!("{kind}/assign");
            found.push(Sent { api: api.clone(), collection, file: format!("{out}/{file}") });
        }
        let file = format!("{out}/{}", text("file").unwrap());
        found.push(Sent { api, collection: kind, file });
    }
    found
}

/// Both shapes of an export.
fn exports() -> (Folder, Vec<Sent>) {
    let folder = Folder::new();
    export(&folder, AWKWARD, "each", &["--per-person"]);
    folder.run(["export", "intune", "--out", "shared", "--no-config"]).exits(0);
    let mut sent = bodies(&folder, "each");
    assert_eq!(sent.len(), 3 * 4 + 2 * 4);
    sent.extend(bodies(&folder, "shared"));
    assert_eq!(sent.len(), 3 * 4 + 2 * 4 + 2);
    (folder, sent)
}

/// Bodies with one wrong field: what is wrong, the body.
fn wrong(folder: &Folder, sent: &Sent) -> Vec<(&'static str, Value)> {
    let body: Value = serde_json::from_str(&folder.text(&sent.file)).unwrap();
    let with = |pointer: &str, key: &str, value: Value| {
        let mut body = body.clone();
        body.pointer_mut(pointer).unwrap()[key] = value;
        body
    };
    let mut wrong = vec![("an unknown property", with("", "displayname", json!("x")))];
    match sent.collection.as_str() {
        "deviceConfigurations" => {
            wrong.push(("a wrong type", with("", "payload", json!(5))));
            if body["@odata.type"] == "#microsoft.graph.macOSCustomConfiguration" {
                wrong.push(("an unknown word", with("", "deploymentChannel", json!("usrChannel"))));
            }
        }
        "deviceManagementScripts" | "deviceHealthScripts" => {
            wrong.push(("a wrong type", with("", "runAs32Bit", json!("no"))));
            wrong.push(("an unknown word", with("", "runAsAccount", json!("everybody"))));
        }
        assign => {
            let key = body.as_object().unwrap().keys().next().unwrap();
            let target = format!("/{key}/0/target");
            wrong.push(("a property of no target", with(&target, "groupid", json!("x"))));
            wrong.push(("a wrong type", with(&target, "groupId", json!(5))));
            if assign.starts_with("deviceHealthScripts") {
                let schedule = format!("/{key}/0/runSchedule");
                wrong.push(("a wrong number", with(&schedule, "interval", json!("1"))));
            }
        }
    }
    wrong
}

/// The body of a Win32 app with one wrong field each: what is wrong, the body.
fn wrong_app(body: &Value) -> Vec<(&'static str, Value)> {
    let with = |pointer: &str, key: &str, value: Value| {
        let mut body = body.clone();
        body.pointer_mut(pointer).unwrap()[key] = value;
        body
    };
    vec![
        ("an unknown property", with("", "displayname", json!("x"))),
        ("a wrong type", with("", "installCommandLine", json!(5))),
        ("an unknown word", with("/installExperience", "runAsAccount", json!("everybody"))),
        ("an unknown architecture", with("", "applicableArchitectures", json!("x65"))),
        ("an unknown kind of code", with("/returnCodes/0", "type", json!("fine"))),
        ("a wrong code", with("/returnCodes/0", "returnCode", json!("0"))),
        ("a property of no rule", with("/rules/0", "script", json!("x"))),
        ("a wrong rule", with("/rules/0", "ruleType", json!("detect"))),
        ("no base64", with("/rules/0", "scriptContent", json!("?"))),
    ]
}

fn python(folder: &Folder) -> Option<Tool> {
    tool("python3", folder.path(), runs(&["--version"]))
}

/// The Python that has Microsoft's library and `IntuneCD`.
fn python_with_judges(folder: &Folder) -> Option<Tool> {
    let python = project("tests/oracles/data/intune/python/bin/python");
    let modules = "import msgraph_beta.generated, IntuneCD.run_update";
    tool(python.to_str().unwrap(), folder.path(), move |tool| {
        let (yes, printed) = match tool.output(&["-c", modules]) {
            Ok(output) => (output.status.success(), String::from_utf8_lossy(&output.stderr).into()),
            Err(error) => (false, error.to_string()),
        };
        if yes { Ok(()) } else { Err(format!("{printed} (scripts/test installs it)")) }
    })
}

fn script(name: &str) -> String {
    project(&format!("tests/oracles/mdm/{name}")).to_str().unwrap().to_owned()
}

/// A judge accepts all bodies, and refuses each one with a wrong field.
fn judged(python: &Tool, judge: &str, folder: &Folder, sent: &[Sent], more: &[(&Sent, Value)]) {
    let argument = |sent: &Sent, file: &str| format!("{}/{}={file}", sent.api, sent.collection);
    let judge = script(judge);
    let mut args = vec![judge.clone()];
    args.extend(sent.iter().map(|sent| argument(sent, &sent.file)));
    let printed = python.accepts(&args.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(printed.contains(&format!("{} bodies read, 0 wrong", sent.len())), "{printed}");

    let mut args = vec![judge];
    let mut cases = Vec::new();
    let mut add = |sent: &Sent, what: &str, body: &Value| {
        let name = format!("wrong/{}.json", cases.len());
        folder.file(&name, body.to_string());
        args.push(argument(sent, &name));
        cases.push((format!("{name}: "), format!("{what} in {}", sent.file)));
    };
    for one in sent.iter().take(8) {
        for (what, body) in wrong(folder, one) {
            add(one, what, &body);
        }
    }
    for (one, body) in more {
        add(one, "a missing property", body);
    }
    let printed = python.refuses(&args.iter().map(String::as_str).collect::<Vec<_>>());
    for (line, what) in &cases {
        assert!(printed.contains(line), "{what} is accepted:\n{printed}");
    }
}

#[test]
fn graph_s_schemas_accept_every_body_and_refuse_one_wrong_field() {
    let (folder, sent) = exports();
    let Some(python) = python(&folder) else { return };
    let mut missing = Vec::new();
    for one in sent.iter().take(8) {
        let body: Value = serde_json::from_str(&folder.text(&one.file)).unwrap();
        for name in body.as_object().unwrap().keys() {
            let can_be_missing = match name.as_str() {
                "description"
                | "payloadFileName"
                | "runAs32Bit"
                | "enforceSignatureCheck"
                | "remediationScriptContent" => true,
                // the collection has one type only
                "@odata.type" => one.collection != "deviceConfigurations",
                _ => false,
            };
            if !can_be_missing {
                let mut body = body.clone();
                body.as_object_mut().unwrap().remove(name);
                missing.push((one, body));
            }
        }
    }
    judged(&python, "graph_schema.py", &folder, &sent, &missing);
    // v1.0 does not know the channel, beta demands it
    let mac = sent.iter().find(|sent| sent.file.ends_with("-macos.json")).unwrap();
    assert_eq!(mac.api, "beta");
    let argument = format!("v1.0/{}={}", mac.collection, mac.file);
    let printed = python.refuses(&[&script("graph_schema.py"), &argument]);
    assert!(printed.contains("Invalid property 'deploymentChannel'"), "{printed}");
}

#[test]
fn microsoft_s_library_writes_what_it_read_and_not_one_wrong_field() {
    let (folder, sent) = exports();
    let Some(python) = python_with_judges(&folder) else { return };
    judged(&python, "graph_sdk.py", &folder, &sent, &[]);
}

/// The type of a body in `TypeScript`.
fn type_of(sent: &Sent, body: &Value) -> String {
    let target = "Typed<Graph.GroupAssignmentTarget>";
    match sent.collection.as_str() {
        "deviceConfigurations/assign" => format!("{{ assignments: {{ target: {target} }}[] }}"),
        "deviceManagementScripts/assign" => {
            format!("{{ deviceManagementScriptAssignments: {{ target: {target} }}[] }}")
        }
        "deviceHealthScripts/assign" => format!(
            "{{ deviceHealthScriptAssignments: (Omit<Graph.DeviceHealthScriptAssignment, \"target\" | \"runSchedule\"> & {{ target: {target}; runSchedule: Typed<Graph.DeviceHealthScriptDailySchedule> }})[] }}"
        ),
        _ => {
            let name = body["@odata.type"].as_str().unwrap().rsplit_once('.').unwrap().1;
            let (first, rest) = name.split_at(1);
            let api = if sent.api == "beta" { "Graph" } else { "GraphV1" };
            format!("Typed<{api}.{}{rest}>", first.to_uppercase())
        }
    }
}

#[test]
fn typescript_accepts_every_body_as_microsoft_s_type_and_refuses_one_wrong_field() {
    let (folder, sent) = exports();
    let Some(node) = tool("node", folder.path(), runs(&["--version"])) else { return };
    let modules = project("tests/oracles/data/intune/node_modules");
    let tsc = modules.join("typescript/lib/tsc.js").to_str().unwrap().to_owned();
    if tool("node", folder.path(), |node| {
        let (yes, printed) = node.says(&[&tsc, "--version"]);
        if yes { Ok(()) } else { Err(format!("{printed} (npm ci in tests/oracles/data/intune)")) }
    })
    .is_none()
    {
        return;
    }
    let types = |name: &str| json!([modules.join(name).to_str().unwrap()]);
    let options = json!({
        "strict": true, "noEmit": true, "types": [], "target": "es2022", "module": "esnext",
        "moduleResolution": "bundler", "skipLibCheck": true,
        "paths": {
            "graph-beta": types("@microsoft/microsoft-graph-types-beta"),
            "graph-v1": types("@microsoft/microsoft-graph-types"),
        },
    });
    let settings = json!({ "compilerOptions": options, "files": ["bodies.ts"] });
    folder.file("tsconfig.json", settings.to_string());
    let start = "\
import type * as Graph from \"graph-beta\";
import type * as GraphV1 from \"graph-v1\";
type Typed<T> = T & { \"@odata.type\": string };
";
    let constant = |number: usize, sent: &Sent, body: &Value| {
        format!("export const b{number}: {} = {body};\n", type_of(sent, body))
    };
    let mut text = start.to_owned();
    for (number, one) in sent.iter().enumerate() {
        let body: Value = serde_json::from_str(&folder.text(&one.file)).unwrap();
        text.push_str(&constant(number, one, &body));
    }
    folder.file("bodies.ts", &text);
    node.accepts(&[&tsc, "-p", "."]);
    // each line must be refused
    let mut text = start.to_owned();
    let mut lines = Vec::new();
    for one in sent.iter().take(8).chain(&sent[sent.len() - 1..]) {
        for (what, body) in wrong(&folder, one) {
            text.push_str(&constant(lines.len(), one, &body));
            lines.push(format!("{what} in {}", one.file));
        }
    }
    folder.file("bodies.ts", &text);
    let printed = node.refuses(&[&tsc, "-p", "."]);
    for (number, what) in lines.iter().enumerate() {
        let line = format!("bodies.ts({},", number + start.lines().count() + 1);
        assert!(printed.contains(&line), "{what}: {line} {printed}");
    }
}

#[test]
fn intunecd_imports_profiles_and_scripts_and_notices_a_changed_profile() {
    let folder = Folder::new();
    let Some(python) = python_with_judges(&folder) else { return };
    let judge = script("intunecd_import.py");
    export(&folder, AWKWARD, "each", &["--per-person"]);
    let printed = python.accepts(&[&judge, "each"]);
    assert!(printed.contains("9 objects created by IntuneCD, 0 faults"), "{printed}");
    folder.run(["export", "intune", "--out", "shared", "--no-config"]).exits(0);
    let printed = python.accepts(&[&judge, "shared"]);
    assert!(printed.contains("2 objects created by IntuneCD, 0 faults"), "{printed}");
    // IntuneCD compares profiles with these files
    let profiles = folder.path().join("shared/Device Configurations/mobileconfig");
    std::fs::remove_dir_all(profiles).unwrap();
    python.refuses(&[&judge, "shared"]);
    std::fs::remove_dir_all(folder.path().join("each/Scripts/Powershell/Script Data")).unwrap();
    python.refuses(&[&judge, "each"]);
}

#[test]
fn intunemanagement_finds_only_bodies_in_each_folder() {
    let (folder, sent) = exports();
    let mut found = 0;
    for place in ["Device Configurations", "Scripts/Powershell", "DeviceHealthScripts"] {
        for file in folder.files(&format!("each/{place}")) {
            // it looks at *.json in the folder itself, without settings and assignments
            if file.contains('/') || !file.ends_with(".json") {
                continue;
            }
            assert!(!file.ends_with("_settings.json") && !file.ends_with("_assignments.json"));
            assert!(sent.iter().any(|sent| sent.file == format!("each/{place}/{file}")), "{file}");
            found += 1;
        }
    }
    assert_eq!(found, 3 * 4);
}

#[test]
fn profiles_and_signed_scripts_are_in_their_bodies_byte_for_byte() {
    let (folder, sent) = exports();
    let decoded = |body: &Value, name: &str| STANDARD.decode(body[name].as_str().unwrap()).unwrap();
    let mut seen = 0;
    for one in sent.iter().filter(|sent| !sent.collection.ends_with("/assign")) {
        let body: Value = serde_json::from_str(&folder.text(&one.file)).unwrap();
        if one.collection == "deviceConfigurations" {
            let shape = one.file.split('/').next().unwrap();
            let name = body["payloadFileName"].as_str().unwrap();
            let file = format!("{shape}/Device Configurations/mobileconfig/{name}");
            assert_eq!(decoded(&body, "payload"), folder.read(&file));
            let platform = if one.api == "beta" { "macos" } else { "ios" };
            let stem = name.strip_suffix(&format!("-{platform}.mobileconfig")).unwrap();
            let loose = format!("{shape}/profiles/{platform}/{stem}.mobileconfig");
            assert_eq!(folder.read(&loose), folder.read(&file));
            let text = folder.text(&file);
            assert_eq!(one.api == "beta", text.contains("<key>PayloadScope</key>"), "{file}");
            assert!(!text.contains("OutgoingPasswordSameAsIncomingPassword"), "{file}");
        }
        for (name, action) in [
            ("scriptContent", "Install"),
            ("remediationScriptContent", "Install"),
            ("detectionScriptContent", "Detect"),
        ] {
            if body.get(name).is_some() {
                let script = String::from_utf8(decoded(&body, name)).unwrap();
                assert!(script.contains(&format!("\"defaultAction\":\"={action}\"")), "{name}");
                assert!(script.ends_with("\r\n# SIG # End signature block\r\n"), "{name}");
                seen += 1;
            }
        }
    }
    assert_eq!(seen, 3 * 3);
}
