//! Dovecot and Postfix of the distribution, started for one test.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use openssl::ssl::{SslConnector, SslMethod};

use super::super::support::mail::{Authority, name_server_of};
use super::super::support::{Folder, project};
use super::super::tool::{runs, tool};
use super::Running;

/// The password of every mailbox.
pub(super) const PASSWORD: &str = "Canary-Passw0rd";

/// What is wrong with a mailbox at Dovecot for receiving and at Postfix for sending (its `access`).
const MAILBOXES: [&str; 9] = [
    "ada",
    "arrives",
    "switched-off",
    "two-passwords",
    "relay",
    "grey",
    "full",
    "full-for-now",
    "quota",
];

/// Senders that Postfix refuses although they have signed in.
const ACCESS: &str = "\
relay@acme.test reject_unauth_destination
grey@acme.test 451 4.7.1 Greylisting in action, please come back later
full@acme.test 552 5.2.2 Mailbox full
full-for-now@acme.test 452 4.2.2 Mailbox full
";

/// The file of mailboxes for one service of Dovecot.
fn mailboxes(service: &str) -> String {
    let line = |who: &&str| {
        let (password, more) = match (*who, service) {
            ("two-passwords", "smtp") => ("another", ""),
            ("switched-off", _) => (PASSWORD, "nologin=y"),
            // 3000 bytes are in the mailbox
            ("quota", _) => (PASSWORD, "userdb_quota_rule=*:storage=1K"),
            _ => (PASSWORD, ""),
        };
        format!("{who}@acme.test:{{PLAIN}}{password}::::::{more}\n")
    };
    MAILBOXES.iter().map(line).collect()
}

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

/// An address of this machine from which no connection comes.
const NOT_ITS_OWN: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Waits until something listens on `port`.
fn wait_for(port: u16, log: &Path) {
    for _ in 0..150 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
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
    /// IMAP without TLS from the first byte, at 127.0.0.2: Dovecot takes its own address for a safe one.
    pub(super) clear: u16,
    /// Where nothing listens.
    pub(super) closed: u16,
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
        let here = |host| (host, Ipv4Addr::LOCALHOST);
        let names = [hosts[0], hosts[1], hosts[2], "other.acme.test"].map(here);
        let names = name_server_of(&[&names[..], &[("clear.acme.test", NOT_ITS_OWN)]].concat());
        let [imap, imap_starttls, pop, smtp, smtps, relay, clear, closed] =
            [0; 8].map(|_| free_port());
        let root = folder.path().to_str().unwrap().to_owned();
        let data = |name: &str| {
            let file = project(&format!("tests/oracles/data/probe/{name}"));
            let text = std::fs::read_to_string(file).unwrap().replace("@ROOT@", &root);
            let ports = [
                ("IMAPS", imap),
                ("IMAP", imap_starttls),
                ("CLEAR", clear),
                ("POPS", pop),
                ("SMTPS", smtps),
                ("SMTP", smtp),
                ("RELAY", relay),
            ];
            ports.iter().fold(text, |text, (name, port)| {
                text.replace(&format!("@{name}@"), &port.to_string())
            })
        };
        folder
            .file("dovecot.conf", data("dovecot.conf"))
            .file("mail/quota@acme.test/new/1.M1.acme", "a".repeat(3000))
            .file("mail/quota@acme.test/cur/.keep", "")
            .file("mail/quota@acme.test/tmp/.keep", "")
            .file("postfix/main.cf", data("main.cf"))
            .file("postfix/master.cf", data("master.cf"))
            .file("postfix/access", ACCESS);
        for name in ["mail", "queue", "data", "run"] {
            folder.file(&format!("{name}/.keep"), "");
        }
        let hand_over = |name: &str, owner: &str| {
            let path = folder.path().join(name);
            let done = Command::new("chown").args(["-R", owner]).arg(&path).status().unwrap();
            assert!(done.success(), "{name}");
        };
        hand_over("mail", "nobody");
        hand_over("data", "postfix");
        for service in ["imap", "pop3", "smtp", "quota-status"] {
            let name = format!("users.{service}");
            folder.file(&name, mailboxes(service));
            hand_over(&name, "dovecot");
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
            names: names.to_string(),
            imap,
            imap_starttls,
            pop,
            smtp,
            smtps,
            relay,
            clear,
            closed,
            _dovecot: dovecot,
            _postfix: postfix,
        })
    }

    /// How many passwords for `address` Dovecot has judged, for receiving and for sending.
    pub(super) fn passwords(&self, address: &str) -> usize {
        self.all_passwords().get(address).copied().unwrap_or_default()
    }

    /// The same for each address.
    pub(super) fn all_passwords(&self) -> BTreeMap<String, usize> {
        // it writes its log in order: what was asked before is there once this last one is
        let last = format!("last-{}@acme.test", self.judged().len());
        self.refused(&last);
        for _ in 0..100 {
            let judged = self.judged();
            if judged.contains(&last) {
                let mut counts = BTreeMap::new();
                for address in judged {
                    *counts.entry(address).or_default() += 1;
                }
                return counts;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("{}", self.folder.text("dovecot.log"));
    }

    /// The user names that came with a password, in order.
    fn judged(&self) -> Vec<String> {
        let log = self.folder.text("dovecot.log");
        let outcomes = log.lines().filter_map(|line| line.split_once("client passdb out: "));
        let users = outcomes.filter_map(|(_, outcome)| {
            outcome.split('\t').find_map(|part| part.strip_prefix("user="))
        });
        users.map(str::to_owned).collect()
    }

    /// Signs in for receiving as someone who has no mailbox.
    fn refused(&self, address: &str) {
        let mut connector = SslConnector::builder(SslMethod::tls_client()).unwrap();
        connector.set_ca_file(self.folder.path().join("ca.pem")).unwrap();
        let stream = TcpStream::connect(("127.0.0.1", self.imap)).unwrap();
        let mut stream = connector.build().connect("imap.acme.test", stream).unwrap();
        write!(stream, "a LOGIN {address} x\r\nb LOGOUT\r\n").unwrap();
        let mut heard = Vec::new();
        let _ = stream.read_to_end(&mut heard);
        let heard = String::from_utf8_lossy(&heard);
        assert!(heard.contains("\r\na NO "), "{heard}");
    }
}
