//! What the probe asks a person at a terminal, which `script` of util-linux plays.

use std::io::{Read as _, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::Duration;

use super::super::support::Folder;
use super::super::support::mail::{Authority, SignIn, imap, name_server, sign_in_server, smtp};
use super::super::tool::{runs, tool};
use super::provider;
use super::start::PASSWORD;

/// The program at a terminal.
struct Terminal {
    child: Child,
    keyboard: ChildStdin,
    screen: Arc<Mutex<String>>,
    reader: JoinHandle<()>,
}

impl Terminal {
    /// `None` where there is no `script`. The words have no spaces.
    fn start(folder: &Folder, words: &[&str]) -> Option<Self> {
        tool("script", folder.path(), runs(&["--version"]))?;
        let line = format!("{} {}", env!("CARGO_BIN_EXE_mailmuster"), words.join(" "));
        let mut child = Command::new("script")
            .args(["-qefc", &line, "/dev/null"])
            .current_dir(folder.path())
            .env_clear()
            .env("HOME", folder.path().join("home"))
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("SSL_CERT_FILE", folder.path().join("ca.pem"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (keyboard, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let screen: Arc<Mutex<String>> = Arc::default();
        let shown = Arc::clone(&screen);
        let reader = spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                shown.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..count]));
            }
        });
        Some(Self { child, keyboard, screen, reader })
    }

    /// Types `answer` once the screen ends with `question`.
    fn answers(&mut self, question: &str, answer: &str) {
        for _ in 0..300 {
            if self.screen.lock().unwrap().ends_with(question) {
                return writeln!(self.keyboard, "{answer}").unwrap();
            }
            sleep(Duration::from_millis(50));
        }
        panic!("{question}: {}", self.screen.lock().unwrap());
    }

    /// The exit code, and all that was on the screen.
    fn ends(mut self) -> (i32, String) {
        let status = self.child.wait().unwrap();
        self.reader.join().unwrap();
        let screen = self.screen.lock().unwrap().clone();
        (status.code().unwrap(), screen)
    }
}

const OFFER: &str =
    "ask the mail servers now whether they work; no password is sent: yes or no [yes]: ";

/// Servers at `localhost`, the one name that every system knows.
fn servers_at_home() -> Folder {
    let authority = Authority::new();
    let certificate = authority.acceptor(&["localhost"], 300);
    let servers = [
        ("imap", "localhost", imap(&certificate, "IMAP4rev1 AUTH=PLAIN").into(), "tls"),
        ("smtp", "localhost", smtp(&certificate, "STARTTLS", "AUTH PLAIN").into(), "starttls"),
    ];
    let folder = Folder::new();
    folder
        .file("acme.toml", provider(&servers))
        .file("ca.pem", authority.pem())
        .file("list.csv", "email\nada@acme.test\n");
    folder
}

/// `init` with everything given that it would ask, but for the offer.
fn init(folder: &Folder) -> Option<Terminal> {
    folder.identity();
    let words = [
        "init",
        "list.csv",
        "--provider=acme.toml",
        "--protocol=imap",
        "--organization=Acme",
        "--identifier=test.acme",
        "--out=out",
        "--sign-cert=id/cert.pem",
        "--sign-key=id/key.pem",
    ];
    Terminal::start(folder, &words)
}

#[test]
fn init_offers_to_ask_the_servers_and_asks_as_the_probe_would() {
    let folder = servers_at_home();
    let Some(mut terminal) = init(&folder) else { return };
    terminal.answers(OFFER, "maybe");
    terminal.answers(OFFER, "");
    let (code, screen) = terminal.ends();
    assert_eq!(code, 0, "{screen}");
    assert!(screen.contains("error: write yes or no"), "{screen}");
    let (_, asked) = screen.rsplit_once(OFFER).unwrap();
    let certificates = folder.path().join("ca.pem");
    let run =
        || folder.run(["probe", "list.csv"]).env("SSL_CERT_FILE", certificates.to_str().unwrap());
    let probed = run().exits(0);
    assert_eq!(probed.stdout.lines().next(), Some("all 2 servers in use work"));
    for part in ["settings from mailmuster.toml", "asking 2 servers", "all 2 servers in use work"] {
        assert!(asked.contains(part), "{part}: {asked}");
    }
    // all but the times
    for line in probed.stdout.lines() {
        let line = line.split(" (").next().unwrap();
        assert!(asked.contains(line), "{line}: {asked}");
    }
}

#[test]
fn init_connects_to_nothing_without_a_yes() {
    let folder = servers_at_home();
    let Some(mut terminal) = init(&folder) else { return };
    terminal.answers(OFFER, "no");
    let (code, screen) = terminal.ends();
    assert_eq!(code, 0, "{screen}");
    assert!(!screen.contains("asking 2 servers"), "{screen}");
    assert!(folder.exists("mailmuster.toml"));
}

#[test]
fn a_typed_password_is_not_shown() {
    let authority = Authority::new();
    let certificate = authority.acceptor(&["localhost"], 300);
    let sign_in =
        |answers: &[&'static str]| SignIn { answers: answers.to_vec(), heard: Arc::default() };
    let receiving = sign_in(&["a OK in"]);
    let heard = Arc::clone(&receiving.heard);
    let servers = [
        ("imap", "localhost", sign_in_server(&certificate, "* OK ready", receiving).into(), "tls"),
        (
            "smtp",
            "localhost",
            sign_in_server(&certificate, "220 ready", sign_in(&["235 in", "250 ok"])).into(),
            "tls",
        ),
    ];
    let folder = Folder::new();
    folder.file("acme.toml", provider(&servers)).file("ca.pem", authority.pem());
    let names = name_server(&["localhost"]).to_string();
    let words = ["probe", "--provider=acme.toml", "--sign-in=ada@acme.test", "--resolver", &names];
    let Some(mut terminal) = Terminal::start(&folder, &words) else { return };
    terminal.answers("password of ada@acme.test: ", PASSWORD);
    let (code, screen) = terminal.ends();
    assert_eq!(code, 0, "{screen}");
    assert!(screen.contains("ada@acme.test can sign in, receive and send"), "{screen}");
    assert!(!screen.contains(PASSWORD), "{screen}");
    assert!(heard.lock().unwrap().len() > 1, "it was sent");
}
