//! Dovecot and Postfix of the distribution, started for one test.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::super::support::mail::{Authority, name_server};
use super::super::support::{Folder, project};
use super::super::tool::{runs, tool};
use super::Running;

/// Postfix, whose master is no child of what starts it.
struct Postfix {
    config: String,
    _start: Running,
}

impl Drop for Postfix {
    fn drop(&mut self) {
        let words = ["-c", &self.config, "stop"];
        let _ = Command::new("/usr/sbin/postfix").args(words).stderr(Stdio::null()).status();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Waits until something listens on `port`.
fn wait_for(port: u16, log: &Path) {
    for _ in 0..150 {
        if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("port {port}: {}", std::fs::read_to_string(log).unwrap_or_default());
}

/// Dovecot and Postfix of the distribution, with an authority of the test.
pub(super) struct Mail {
    // before the folder that they run in
    _dovecot: Running,
    _postfix: Postfix,
    pub(super) folder: Folder,
    pub(super) names: String,
    pub(super) imap: u16,
    pub(super) imap_starttls: u16,
    pub(super) pop: u16,
    pub(super) smtp: u16,
    pub(super) smtps: u16,
    /// A server of Postfix without sign-in.
    pub(super) relay: u16,
}

impl Mail {
    /// `None` where they are not installed, or where the user may not start them.
    pub(super) fn start() -> Option<Self> {
        let folder = Folder::new();
        tool("/usr/sbin/dovecot", folder.path(), runs(&["--version"]))?;
        tool("/usr/sbin/postconf", folder.path(), runs(&["-d", "mail_version"]))?;
        // Postfix starts as root only, and so does Dovecot in Debian's form
        tool("id", folder.path(), |id| match id.says(&["-u"]).1.trim() {
            "0" => Ok(()),
            _ => Err("Postfix must be started by root".to_owned()),
        })?;
        let authority = Authority::new();
        let hosts = ["imap.acme.test", "pop.acme.test", "smtp.acme.test"];
        let (certificate, key) = authority.pems(&hosts, 300);
        folder.file("ca.pem", authority.pem()).file("cert.pem", certificate).file("key.pem", key);
        let names = name_server(&hosts).to_string();
        let [imap, imap_starttls, pop, smtp, smtps, relay] = [0; 6].map(|_| free_port());
        let root = folder.path().to_str().unwrap().to_owned();
        let fill = |text: &str| {
            let ports = [
                ("IMAPS", imap),
                ("IMAP", imap_starttls),
                ("POPS", pop),
                ("SMTPS", smtps),
                ("SMTP", smtp),
                ("RELAY", relay),
            ];
            let text = text.replace("@ROOT@", &root);
            ports.iter().fold(text, |text, (name, port)| {
                text.replace(&format!("@{name}@"), &port.to_string())
            })
        };
        let data = |name: &str| {
            fill(
                &std::fs::read_to_string(project(&format!("tests/oracles/data/probe/{name}")))
                    .unwrap(),
            )
        };
        folder
            .file("dovecot.conf", data("dovecot.conf"))
            .file("users", "ada@acme.test:{PLAIN}Canary-Passw0rd\n");
        folder
            .file("postfix/main.cf", data("main.cf"))
            .file("postfix/master.cf", data("master.cf"));
        for (name, owner) in
            [("mail", "nobody"), ("queue", "root"), ("data", "postfix"), ("run", "root")]
        {
            folder.file(&format!("{name}/.keep"), "");
            let path = folder.path().join(name);
            let done = Command::new("chown").arg(owner).arg(&path).status().unwrap();
            assert!(done.success(), "{name}");
        }
        let open = Command::new("chmod")
            .arg("755")
            .arg(folder.path())
            .args(["mail", "queue", "run", "postfix"].map(|name| folder.path().join(name)))
            .status()
            .unwrap();
        assert!(open.success());
        let start = |name: &str, program: &str, words: &[&str]| {
            let log = std::fs::File::create(folder.path().join(format!("{name}.out"))).unwrap();
            let child = Command::new(program)
                .args(words)
                .current_dir(folder.path())
                .stdin(Stdio::null())
                .stdout(log.try_clone().unwrap())
                .stderr(log)
                .spawn();
            Running(child.unwrap())
        };
        let config = format!("{root}/postfix");
        let dovecot = start("dovecot", "/usr/sbin/dovecot", &["-F", "-c", "dovecot.conf"]);
        let postfix = Postfix {
            _start: start("postfix", "/usr/sbin/postfix", &["-c", &config, "start-fg"]),
            config,
        };
        for port in [imap, imap_starttls, pop] {
            wait_for(port, &folder.path().join("dovecot.log"));
        }
        for port in [smtp, smtps, relay] {
            wait_for(port, &folder.path().join("maillog"));
        }
        Some(Self {
            folder,
            names,
            imap,
            imap_starttls,
            pop,
            smtp,
            smtps,
            relay,
            _dovecot: dovecot,
            _postfix: postfix,
        })
    }
}
