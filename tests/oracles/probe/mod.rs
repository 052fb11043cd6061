//! `probe` against servers by others: sound and faulty ones in Python, Dovecot and Postfix. curl, swaks and
//! `openssl s_client` must come to the same verdict. Only this machine is reached.

mod list;
mod offers;
#[cfg(target_os = "linux")]
mod offline;
#[cfg(target_os = "linux")]
mod secrecy;
mod servers;
mod sign_in;
mod start;
#[cfg(target_os = "linux")]
mod terminal;

use std::collections::BTreeMap;
use std::process::{Child, Command};
use std::time::Duration;

use serde_json::Value;

/// A process that ends with this value, and everything that it started.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        // Dovecot and Postfix end their own children
        for _ in 0..50 {
            if self.0.try_wait().is_ok_and(|ended| ended.is_some()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A provider file with these servers, each `(protocol, host, port, security)`; the first of each protocol is in use.
fn provider(servers: &[(&str, &str, u64, &str)]) -> String {
    let mut text =
        "format = 1\nid = \"acme\"\nname = \"Acme\"\ndomains = [\"acme.test\"]\n".to_owned();
    for (protocol, host, port, security) in servers {
        let head = match *protocol {
            "smtp" => "[[outgoing]]\n".to_owned(),
            protocol => format!("[[incoming]]\nprotocol = \"{protocol}\"\n"),
        };
        text.push_str(&format!(
            "{head}host = \"{host}\"\nport = {port}\nsecurity = \"{security}\"\n\
             username = \"%EMAILADDRESS%\"\nauthentication = [\"password-cleartext\"]\n"
        ));
    }
    text
}

/// The events of the servers, by port.
fn by_port(stdout: &str) -> BTreeMap<u64, Value> {
    let events = stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let servers = events.filter(|event| event["event"] == "server");
    servers.map(|event| (event["port"].as_u64().unwrap(), event)).collect()
}

/// Where a server failed: the step of the address that went furthest; empty if it works.
fn failed_step(server: &Value) -> String {
    const STEPS: [&str; 5] = ["connection", "tls", "greeting", "starttls", "sign-in"];
    let paths = server["paths"].as_array().unwrap();
    if paths.iter().any(|path| path["works"] == true) {
        return String::new();
    }
    let steps = paths.iter().filter_map(|path| path["fault"]["step"].as_str());
    let rank = |step: &&str| STEPS.iter().position(|known| known == step);
    steps.max_by_key(rank).unwrap_or("name").to_owned()
}
