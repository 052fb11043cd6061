//! A tenant of Microsoft's cloud on loopback (`mdm/graph_mock.py`), and `Push-Intune.ps1` run against it in PowerShell 7.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::support::{Folder, project};
use crate::tool::{runs, tool};

pub(super) const TEMPLATE: &str = "templates/mdm/intune/Push-Intune.ps1";

pub(super) const SECRET: &str = "s3cret~Value";

/// A tenant without a limit that a test would meet.
pub(super) const UNLIMITED: [&str; 2] = ["--writes", "1000000"];

/// Faster than Microsoft permits: the tests' tenant has its own limit.
pub(super) const FAST: [&str; 2] = ["-WritesPerSecond", "1000"];

/// A tenant of a test's own, which ends with it.
pub(super) struct Tenant {
    child: Child,
    port: u16,
}

impl Tenant {
    /// `None` where a program is missing.
    pub(super) fn start(args: &[&str]) -> Option<Self> {
        let folder = Folder::new();
        tool("python3", folder.path(), runs(&["--version"]))?;
        tool("pwsh", folder.path(), runs(&["-NoProfile", "-Command", "exit 0"]))?;
        let mut child = Command::new("python3")
            .arg(project("tests/oracles/mdm/graph_mock.py"))
            .args(args)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut port = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut port).unwrap();
        Some(Self { child, port: port.trim().parse().unwrap() })
    }

    /// The script on the export `out`, with `args`.
    pub(super) fn script(&self, folder: &Folder, out: &str, args: &[&str]) -> Command {
        let url = format!("http://127.0.0.1:{}", self.port);
        let mut command = Command::new("pwsh");
        command
            .args(["-NoProfile", "-NonInteractive", "-File"])
            .arg(project(TEMPLATE))
            .args(["-Folder", out])
            .args(args)
            .current_dir(folder.path())
            .env("NO_COLOR", "1")
            .env("MAILMUSTER_GRAPH", &url)
            .env("MAILMUSTER_LOGIN", &url)
            .env("MAILMUSTER_TENANT", "contoso.onmicrosoft.com")
            .env("MAILMUSTER_CLIENT_ID", "11111111-2222-3333-4444-555555555555")
            .env("MAILMUSTER_CLIENT_SECRET", SECRET)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs the script to its end, which is `code`; what it printed.
    #[track_caller]
    pub(super) fn push(&self, folder: &Folder, out: &str, args: &[&str], code: i32) -> String {
        ended(&self.script(folder, out, args).output().unwrap(), code)
    }

    pub(super) fn state(&self) -> Value {
        self.ask("state")
    }

    /// As if someone deleted it in the portal.
    pub(super) fn delete(&self, kind: &str, id: &str) {
        self.ask(&format!("delete/{kind}/{id}"));
    }

    fn ask(&self, what: &str) -> Value {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let request =
            format!("GET /_mock/{what} HTTP/1.1\r\nHost: mock\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }

    /// Everything in the collection `kind`.
    pub(super) fn all(&self, kind: &str) -> Vec<Value> {
        let state = self.state();
        let found = state["objects"].get(kind).unwrap_or(&state[kind]);
        found.as_object().unwrap().values().cloned().collect()
    }

    pub(super) fn count(&self, of: &str) -> u64 {
        self.state()[of].as_u64().unwrap()
    }

    /// How many requests there were with `method`.
    pub(super) fn requests(&self, method: &str) -> u64 {
        self.state()["counts"][method].as_u64().unwrap_or_default()
    }

    /// Waits until `kind` has `most` objects, and kills the script then.
    pub(super) fn kill_at(&self, mut script: Child, kind: &str, most: usize) {
        while self.all(kind).len() < most {
            assert!(script.try_wait().unwrap().is_none(), "it ended before {most}");
            std::thread::sleep(Duration::from_millis(20));
        }
        script.kill().unwrap();
        script.wait().unwrap();
    }
}

impl Drop for Tenant {
    fn drop(&mut self) {
        // it ends with its standard input
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

#[track_caller]
pub(super) fn ended(output: &Output, code: i32) -> String {
    let printed = [&output.stdout[..], &output.stderr[..]].concat();
    let printed = String::from_utf8_lossy(&printed).into_owned();
    assert_eq!(output.status.code(), Some(code), "{printed}");
    assert!(!printed.contains(SECRET), "{printed}");
    printed
}
