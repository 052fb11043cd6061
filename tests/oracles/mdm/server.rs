//! A mock of a service, in a process of its own.

use std::cell::RefCell;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::support::project;

/// A server on a free port of this machine. Ends with this value.
pub(super) struct Server {
    child: Child,
    port: u16,
    pipes: RefCell<(ChildStdin, BufReader<ChildStdout>)>,
}

impl Server {
    /// Starts a mock of this folder. It prints its port, and answers each line of commands by a line.
    pub(super) fn start(script: &str, options: &Value) -> Self {
        let mut child = Command::new("python3")
            .arg(project("tests/oracles/mdm").join(script))
            .arg(options.to_string())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        Self { child, port: line.trim().parse().unwrap(), pipes: RefCell::new((stdin, stdout)) }
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What the mock has and has seen.
    pub(super) fn state(&self) -> Value {
        self.command(&json!({ "do": "state" }))
    }

    /// How many objects were created; cheaper than the whole state.
    pub(super) fn created(&self) -> u64 {
        self.command(&json!({ "do": "created" })).as_u64().unwrap()
    }

    /// Sets what goes wrong from now on.
    pub(super) fn faults(&self, faults: &Value) {
        self.command(&json!({ "do": "faults", "faults": faults }));
    }

    /// Changes options.
    pub(super) fn options(&self, options: &Value) {
        self.command(&json!({ "do": "options", "options": options }));
    }

    /// Adds an object that was there before.
    pub(super) fn add(&self, kind: &str, body: &str) {
        self.command(&json!({ "do": "add", "kind": kind, "body": body }));
    }

    fn command(&self, command: &Value) -> Value {
        let (stdin, stdout) = &mut *self.pipes.borrow_mut();
        writeln!(stdin, "{command}").unwrap();
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The Python that has the judges from the Python package index, if `scripts/test` installed them.
pub(super) fn python_of_judges() -> String {
    let own = project("tests/oracles/data/mdm/python/bin/python3");
    if own.exists() { own.to_str().unwrap().to_owned() } else { "python3".to_owned() }
}
