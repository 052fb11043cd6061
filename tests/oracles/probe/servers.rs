//! Sound and faulty servers in Python: the probe names the step at which each fails.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::super::support::{Folder, project};
use super::super::tool::{runs, tool};
use super::{Running, by_port, failed_step, provider};

/// Each server fails at the step that its author names, and none takes longer than 30 seconds.
#[test]
fn the_step_of_each_server_is_the_one_at_which_it_fails() {
    let folder = Folder::new();
    let Some(_) = tool("python3", folder.path(), runs(&["--version"])) else { return };
    let mut child = Command::new("python3")
        .arg(project("tests/powershell/servers.py"))
        .arg(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut ready = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
    let _running = Running(child);
    assert_eq!(ready, "ready\n");
    let servers: BTreeMap<String, Value> =
        serde_json::from_slice(&folder.read("servers.json")).unwrap();
    assert!(servers.len() >= 70, "{}", servers.len());
    let declared: Vec<_> = servers
        .values()
        .map(|server| {
            let text = |key: &str| server[key].as_str().unwrap();
            (text("kind"), text("host"), server["port"].as_u64().unwrap(), text("security"))
        })
        .collect();
    // what is in use must be sound, or another port of it would be asked
    let (sound, others): (Vec<_>, Vec<_>) = declared.into_iter().partition(|(_, _, port, _)| {
        ["imap-tls", "smtp-starttls"].iter().any(|name| servers[*name]["port"] == *port)
    });
    folder.file("acme.toml", provider(&[sound, others].concat()));
    let words = ["probe", "--provider", "acme.toml", "--ca", "ca.pem", "--json", "--quiet"];
    let found = by_port(&folder.run(words).exits(0).stdout);
    let mut wrong = Vec::new();
    for (name, server) in &servers {
        let found = &found[&server["port"].as_u64().unwrap()];
        let expected = server["step"].as_str().unwrap();
        let step = failed_step(found);
        // a reset reaches this side before or after the connection counts as made
        let is_it = step == expected || (name.starts_with("reset") && step == "connection");
        if !is_it || found["works"] != server["ok"] {
            wrong.push(format!("{name}: {step:?} instead of {expected:?}"));
        }
        let steps = found["paths"].as_array().unwrap().iter();
        let longest = steps.map(|path| {
            let steps = path["steps"].as_array().unwrap().iter();
            steps.map(|step| step["ms"].as_u64().unwrap()).sum::<u64>()
        });
        assert!(longest.max().unwrap_or(0) < 31_000, "{name}: {found}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
