//! `probe` against servers by others: sound and faulty ones in Python, Dovecot and Postfix. curl, swaks and
//! `openssl s_client` must come to the same verdict. Only this machine is reached.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::support::mail::{Authority, name_server};
use super::support::{Folder, project};
use super::tool::{runs, tool};

/// A process that ends with this value, and everything that it started.
struct Running(Child);

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
        let expected = match server["step"].as_str().unwrap() {
            "tcp" => "connection",
            step => step,
        };
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
struct Mail {
    // before the folder that they run in
    _dovecot: Running,
    _postfix: Postfix,
    folder: Folder,
    names: String,
    imap: u16,
    imap_starttls: u16,
    pop: u16,
    smtp: u16,
    smtps: u16,
    /// A server of Postfix without sign-in.
    relay: u16,
}

impl Mail {
    /// `None` where they are not installed, or where the user may not start them.
    fn start() -> Option<Self> {
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

#[test]
fn dovecot_and_postfix_get_the_verdict_of_curl_swaks_and_openssl() {
    let Some(mail) = Mail::start() else { return };
    let Mail { folder, names, .. } = &mail;
    let port = |port: u16| u64::from(port);
    folder.file(
        "acme.toml",
        provider(&[
            ("imap", "imap.acme.test", port(mail.imap), "tls"),
            ("smtp", "smtp.acme.test", port(mail.smtp), "starttls"),
            ("imap", "imap.acme.test", port(mail.imap_starttls), "starttls"),
            ("pop", "pop.acme.test", port(mail.pop), "tls"),
            ("smtp", "smtp.acme.test", port(mail.smtps), "tls"),
            ("smtp", "smtp.acme.test", port(mail.relay), "starttls"),
        ]),
    );
    let words = [
        "probe",
        "--provider",
        "acme.toml",
        "--ca",
        "ca.pem",
        "--json",
        "--quiet",
        "--resolver",
        names,
    ];
    let run = folder.run(words).exits(0);
    let found = by_port(&run.stdout);
    for good in [mail.imap, mail.imap_starttls, mail.pop, mail.smtp, mail.smtps] {
        let server = &found[&port(good)];
        assert_eq!(failed_step(server), "", "{server}");
        let offer = &server["paths"][0]["offer"];
        assert!(offer["methods"].as_array().unwrap().contains(&Value::from("PLAIN")), "{offer}");
    }
    // a relay of Postfix has no sign-in: nothing for people
    assert_eq!(failed_step(&found[&port(mail.relay)]), "sign-in");
    // Postfix forbids passwords before TLS; Dovecot, too, but not from its own address
    let before = &found[&port(mail.smtp)]["paths"][0]["before_starttls"];
    assert_eq!(before["takes_password"], false, "{before}");
    judged_by_others(&mail, &found);
    let log = folder.text("dovecot.log");
    assert!(
        !log.contains("auth failed") && !log.contains("Login: user"),
        "nobody signed in: {log}"
    );
}

/// curl, swaks and `openssl s_client` see what the probe saw, and refuse what it refuses.
fn judged_by_others(mail: &Mail, found: &BTreeMap<u64, Value>) {
    let folder = mail.folder.path();
    let resolve = |host: &str, port: u16| format!("{host}:{port}:127.0.0.1");
    if let Some(curl) = tool("curl", folder, runs(&["--version"])) {
        for (scheme, host, port) in [
            ("imaps", "imap.acme.test", mail.imap),
            ("pop3s", "pop.acme.test", mail.pop),
            ("smtps", "smtp.acme.test", mail.smtps),
        ] {
            let (url, map) = (format!("{scheme}://{host}:{port}"), resolve(host, port));
            let words = [
                "-sv",
                "--cacert",
                "ca.pem",
                "--resolve",
                &map,
                &url,
                "-X",
                "NOOP",
                "--max-time",
                "20",
            ];
            let (_, printed) = curl.says(&words);
            assert!(printed.contains("SSL certificate verify ok"), "{printed}");
            // the same server under a name that the certificate does not have
            let (url, map) = (format!("{scheme}://other.test:{port}"), resolve("other.test", port));
            let words = ["-sv", "--cacert", "ca.pem", "--resolve", &map, &url, "--max-time", "20"];
            curl.refuses(&words);
        }
    }
    if let Some(openssl) = tool("openssl", folder, runs(&["version"])) {
        for (port, starttls) in
            [(mail.imap, None), (mail.imap_starttls, Some("imap")), (mail.smtp, Some("smtp"))]
        {
            let at = format!("127.0.0.1:{port}");
            let mut words =
                vec!["s_client", "-connect", &at, "-CAfile", "ca.pem", "-verify_return_error"];
            words.extend([
                "-verify_hostname",
                if starttls == Some("smtp") { "smtp.acme.test" } else { "imap.acme.test" },
            ]);
            words.extend(starttls.iter().flat_map(|name| ["-starttls", name]));
            let printed = openssl.accepts(&words);
            let version = &found[&u64::from(port)]["paths"][0]["tls"]["version"];
            let version = version.as_str().unwrap().replace("TLS ", "TLSv");
            assert!(printed.contains(&version), "{version}: {printed}");
        }
    }
    if let Some(swaks) = tool("swaks", folder, runs(&["--version"])) {
        let at = format!("127.0.0.1:{}", mail.smtp);
        let words = [
            "--server",
            &at,
            "--tls-verify",
            "--tls-ca-path",
            "ca.pem",
            "--tls",
            "--quit-after",
            "EHLO",
            "--helo",
            "[127.0.0.1]",
        ];
        let (_, printed) = swaks.says(&words);
        assert!(printed.contains("250-AUTH PLAIN LOGIN"), "{printed}");
    }
}
