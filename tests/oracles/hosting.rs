//! The folder of `export hosting` behind real web servers, with the snippets that it has for them: what the apps ask
//! for is there. Only this machine is reached.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::android::{exchangelib, judge_python};
use super::support::{Folder, project};
use super::tool::{runs, tool};

const DOMAIN: &str = "acme.example";

/// Where the snippets expect the folder of the domain.
const ROOT: &str = "/var/www/mail-settings/acme.example";

/// What each app asks for, in its own words: `FairEmail`'s `EmailProvider.java`, Delta Chat's `configure.rs`, Thunderbird's
/// `FetchConfig.sys.mjs` and the autoconfig of Thunderbird for Android; Outlook writes the path in its own case.
const REQUESTS: [(&str, &str, &str, &str); 11] = [
    ("FairEmail", "POST", "acme.example", "/autodiscover/autodiscover.xml"),
    ("FairEmail", "POST", "autodiscover.acme.example", "/autodiscover/autodiscover.xml"),
    ("Outlook", "POST", "autodiscover.acme.example", "/Autodiscover/Autodiscover.xml"),
    ("Delta Chat", "GET", "acme.example", "/autodiscover/autodiscover.xml"),
    ("Delta Chat", "GET", "autodiscover.acme.example", "/autodiscover/autodiscover.xml"),
    (
        "Delta Chat",
        "GET",
        "autoconfig.acme.example",
        "/mail/config-v1.1.xml?emailaddress=someone%40acme.example",
    ),
    (
        "Delta Chat",
        "GET",
        "acme.example",
        "/.well-known/autoconfig/mail/config-v1.1.xml?emailaddress=someone%40acme.example",
    ),
    (
        "Thunderbird",
        "GET",
        "autoconfig.acme.example",
        "/mail/config-v1.1.xml?emailaddress=someone%40acme.example",
    ),
    ("Thunderbird", "GET", "acme.example", "/.well-known/autoconfig/mail/config-v1.1.xml"),
    ("Thunderbird for Android", "GET", "autoconfig.acme.example", "/mail/config-v1.1.xml"),
    (
        "Thunderbird for Android",
        "GET",
        "acme.example",
        "/.well-known/autoconfig/mail/config-v1.1.xml",
    ),
];

/// A folder with the export, which any user may read: web servers give up root.
fn hosted() -> Folder {
    let folder = Folder::new();
    let provider = "format = 1\nid = \"acme\"\nname = \"Acme & Co\"\ndomains = [\"acme.example\"]\n\
        [[incoming]]\nprotocol = \"imap\"\nhost = \"imap.acme.example\"\nport = 993\nsecurity = \"tls\"\n\
        username = \"%EMAILADDRESS%\"\nauthentication = [\"password-cleartext\"]\n\
        [[outgoing]]\nhost = \"smtp.acme.example\"\nport = 587\nsecurity = \"starttls\"\n\
        username = \"%EMAILADDRESS%\"\nauthentication = [\"password-cleartext\"]\n";
    folder.file("acme.toml", provider);
    let export = "export hosting --provider acme.toml --domain acme.example --out hosting";
    folder.run(export.split(' ')).exits(0);
    folder
}

/// Lets every user read the folder.
fn open(folder: &Folder) {
    let done = Command::new("chmod").args(["-R", "a+rX"]).arg(folder.path()).status().unwrap();
    assert!(done.success());
}

/// The snippet `name` for the folder of the test, after `change`.
fn snippet(folder: &Folder, name: &str, change: fn(String) -> String) -> String {
    let root = folder.path().join("hosting").join(DOMAIN);
    let text = folder.text(&format!("hosting/{DOMAIN}/{name}"));
    assert!(text.contains(ROOT), "{text}");
    change(text.replace(ROOT, root.to_str().unwrap()))
}

/// A web server on a free port of this machine, which ends with this value.
struct Server {
    child: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// Starts `program` in the foreground and waits until it takes connections.
    fn start(folder: &Folder, program: &str, args: &[&str], port: u16) -> Self {
        let log = std::fs::File::create(folder.path().join("server.log")).unwrap();
        let mut child = Command::new(program)
            .args(args)
            .current_dir(folder.path())
            .env("HOME", folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        for _ in 0..600 {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
                return Self { child, port };
            }
            if child.try_wait().unwrap().is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let _ = child.kill();
        panic!("{program} does not answer:\n{}", folder.text("server.log"));
    }

    /// The answer to a request: status, content type and body.
    fn ask(&self, method: &str, host: &str, path: &str) -> (u16, String, Vec<u8>) {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).unwrap();
        let body = if method == "POST" { "<Autodiscover/>" } else { "" };
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
             Content-Type: text/xml\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|it| it == b"\r\n\r\n").unwrap();
        let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let kind = head.lines().find_map(|line| line.strip_prefix("content-type: "));
        (status, kind.unwrap_or_default().to_owned(), answer[end + 4..].to_vec())
    }

    /// Every app gets its file, and nobody gets another one.
    fn serves_all(&self, folder: &Folder) {
        for (app, method, host, path) in REQUESTS {
            let (status, kind, body) = self.ask(method, host, path);
            let asked = format!("{app}: {method} {host}{path}");
            assert_eq!(status, 200, "{asked}");
            assert_eq!(kind.replace(' ', ""), "text/xml;charset=utf-8", "{asked}");
            let file = path.split('?').next().unwrap().to_ascii_lowercase();
            assert_eq!(body, folder.read(&format!("hosting/{DOMAIN}{file}")), "{asked}");
        }
        for path in
            ["/dns.txt", "/nginx.conf", "/mail/", "/autodiscover/", "/mail/config-v1.1.xml/x"]
        {
            assert_eq!(self.ask("GET", DOMAIN, path).0, 404, "{path}");
        }
    }

    /// What the server answers to `FairEmail`.
    fn to_fairemail(&self) -> u16 {
        let (_, method, host, path) = REQUESTS[0];
        self.ask(method, host, path).0
    }
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

fn same(text: String) -> String {
    text
}

fn without_line(text: &str, word: &str) -> String {
    assert!(text.contains(word));
    text.lines().filter(|line| !line.contains(word)).map(|line| format!("{line}\n")).collect()
}

fn nginx(folder: &Folder, change: fn(String) -> String) -> Server {
    let port = free_port();
    let path = |name: &str| folder.path().join(name).display().to_string();
    folder.file("snippet", snippet(folder, "nginx.conf", change));
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {};\n", path(kind)))
        .concat();
    let site = |names: &str| {
        format!(
            "server {{ listen 127.0.0.1:{port}; server_name {names}; root {}; include {}; }}\n",
            path("www"),
            path("snippet")
        )
    };
    folder.file(
        "nginx.conf",
        format!(
            "daemon off;\nmaster_process off;\npid {};\nevents {{ }}\nhttp {{\naccess_log off;\n{temporary}{}{}}}\n",
            path("pid"),
            site(DOMAIN),
            site("autoconfig.acme.example autodiscover.acme.example")
        ),
    );
    open(folder);
    let (config, errors) = (path("nginx.conf"), path("error.log"));
    Server::start(folder, NGINX, &["-e", &errors, "-c", &config], port)
}

const NGINX: &str = "/usr/sbin/nginx";
const APACHE: &str = "/usr/sbin/apache2";

#[test]
fn nginx_answers_what_apps_send_and_405_without_our_line() {
    let folder = hosted();
    if tool(NGINX, folder.path(), runs(&["-v"])).is_none() {
        return;
    }
    nginx(&folder, same).serves_all(&folder);
    let without = nginx(&folder, |text| without_line(&text, "error_page 405"));
    assert_eq!(without.to_fairemail(), 405, "the line matters");
}

#[test]
fn apache_answers_what_apps_send() {
    let folder = hosted();
    if tool(APACHE, folder.path(), runs(&["-v"])).is_none() {
        return;
    }
    let port = free_port();
    let path = |name: &str| folder.path().join(name).display().to_string();
    folder.file("snippet", snippet(&folder, "apache.conf", same));
    folder.file("www/index.html", "");
    let modules: String = ["mpm_event", "authz_core", "alias"]
        .map(|name| format!("LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"))
        .concat();
    let site = |names: &str| {
        format!(
            "<VirtualHost *:{port}>\n{names}\nDocumentRoot {}\nInclude {}\n</VirtualHost>\n",
            path("www"),
            path("snippet")
        )
    };
    folder.file(
        "apache2.conf",
        format!(
            "{modules}ServerRoot {0}\nServerName localhost\nListen 127.0.0.1:{port}\nPidFile {0}/pid\n\
             ErrorLog {0}/error.log\nUser www-data\nGroup www-data\n{1}{2}",
            folder.path().display(),
            site("ServerName acme.example"),
            site("ServerName autoconfig.acme.example\nServerAlias autodiscover.acme.example")
        ),
    );
    open(&folder);
    let config = path("apache2.conf");
    Server::start(&folder, APACHE, &["-X", "-f", &config], port).serves_all(&folder);
}

#[test]
fn caddy_answers_what_apps_send() {
    let folder = hosted();
    let Some(tool) = tool("caddy", folder.path(), runs(&["version"])) else { return };
    let port = free_port();
    folder.file("snippet", snippet(&folder, "Caddyfile", same));
    let sites = ["", "autoconfig.", "autodiscover."]
        .map(|name| format!("http://{name}{DOMAIN}:{port}"))
        .join(", ");
    folder.file(
        "Caddyfile",
        format!(
            "{{\n\tadmin off\n\tauto_https off\n}}\n{sites} {{\n\tbind 127.0.0.1\n\timport snippet\n\trespond 404\n}}\n"
        ),
    );
    open(&folder);
    // versions differ in what they answer to a POST, so the line that makes a GET of it must be in effect
    let adapted = tool.accepts(&["adapt", "--adapter", "caddyfile", "--config", "Caddyfile"]);
    assert!(adapted.contains("\"method\":\"GET\""), "{adapted}");
    let args = ["run", "--adapter", "caddyfile", "--config", "Caddyfile"];
    Server::start(&folder, "caddy", &args, port).serves_all(&folder);
}

#[test]
fn schemas_and_exchangelib_take_the_files_of_a_domain() {
    let folder = hosted();
    let path = |name: &str| format!("hosting/{DOMAIN}/{name}");
    let data =
        |name: &str| project("tests/oracles/data/android").join(name).to_str().unwrap().to_owned();
    let (response, config) = (path("autodiscover/autodiscover.xml"), path("mail/config-v1.1.xml"));
    if let Some(xmllint) = tool("xmllint", folder.path(), runs(&["--version"])) {
        let check = |kind: &str, schema: &str, file: &str| {
            xmllint.accepts(&["--noout", "--nonet", kind, &data(schema), file]);
        };
        check("--schema", "pox-root.xsd", &response);
        check("--relaxng", "autoconfig.rng", &config);
        check("--schema", "autoconfig-strict.xsd", &config);
    }
    let Some(python) = exchangelib(&folder) else { return };
    let [read] = &judge_python(&python, "pox.py", &[&response])[..] else { panic!() };
    assert_eq!((&read["name"], &read["address"]), (&Value::Null, &Value::Null));
    assert_eq!(read["protocols"][0]["host"], "imap.acme.example");
    assert_eq!(read["protocols"][1]["username"], Value::Null);
    let records = judge_python(&python, "zone.py", &[DOMAIN, &path("dns.txt")]);
    let found: Vec<(&str, u64, &str)> = records
        .iter()
        .map(|it| {
            let text = |key: &str| it[key].as_str().unwrap();
            (text("name"), it["port"].as_u64().unwrap(), text("host"))
        })
        .collect();
    assert_eq!(
        found,
        [
            ("_imaps._tcp.acme.example.", 993, "imap.acme.example."),
            ("_submission._tcp.acme.example.", 587, "smtp.acme.example."),
        ]
    );
    // with the lines of the web server, in which only the names are not those of a real one
    let zone = folder.text(&path("dns.txt")).replace("\n;auto", "\nauto");
    folder.file("with-web.txt", zone);
    assert_eq!(judge_python(&python, "zone.py", &[DOMAIN, "with-web.txt"]).len(), 2);
    folder.file("bad.txt", "_imaps._tcp.acme.example. 3600 IN SRV 0 1 imaps imap.acme.example.\n");
    let script = project("tests/oracles/data/android/zone.py");
    python.refuses(&[script.to_str().unwrap(), DOMAIN, "bad.txt"]);
}

#[test]
fn thunderbird_fills_the_address_into_the_file_of_a_domain() {
    let folder = hosted();
    let Some(python) = tool("python3", folder.path(), runs(&["--version"])) else { return };
    if tool("thunderbird", folder.path(), runs(&["--version"])).is_none() {
        return;
    }
    let config = format!("hosting/{DOMAIN}/mail/config-v1.1.xml");
    let args = ["zoe@acme.example", &config];
    let read = judge_python(&python, "thunderbird_autoconfig.py", &args);
    assert_eq!(read[0]["name"], "Acme & Co");
    assert_eq!(read[0]["incoming"]["host"], "imap.acme.example");
    for side in ["incoming", "outgoing"] {
        assert_eq!(read[0][side]["username"], "zoe@acme.example", "{side}");
    }
}
