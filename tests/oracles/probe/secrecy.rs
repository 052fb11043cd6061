//! Where the password of `--sign-in` is not: in a core dump, in an output, in a file, on the command line, in the
//! environment. A server that takes the password and stays silent leaves time to look.

use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::support::Folder;
use super::super::support::mail::{Authority, SILENT, SignIn, name_server, sign_in_server, smtp};
use super::provider;
use super::start::PASSWORD;

/// A shell that allows core dumps of any size, then runs its words.
const WITH_CORES: &str = "ulimit -c unlimited && exec \"$0\" \"$@\"";

/// The signal SIGABRT.
const ABORT: i32 = 6;

/// The password as it is sent, and as SASL sends it.
fn secrets() -> [String; 3] {
    let message = format!("\0ada@acme.test\0{PASSWORD}");
    [PASSWORD.to_owned(), STANDARD.encode(PASSWORD), STANDARD.encode(message)]
}

#[track_caller]
fn assert_has_no_secret(bytes: &[u8], place: &str) {
    for secret in secrets() {
        let found = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
        assert!(!found, "{place} has {secret}");
    }
}

/// A sign-in that has sent the password, and waits.
struct Waiting {
    folder: Folder,
    child: Child,
}

impl Waiting {
    fn start() -> Self {
        let authority = Authority::new();
        let certificate = authority.acceptor(&["imap.acme.test", "smtp.acme.test"], 300);
        let heard: Arc<Mutex<Vec<String>>> = Arc::default();
        let silent = SignIn { answers: vec![SILENT], heard: Arc::clone(&heard) };
        let imap = sign_in_server(&certificate, "* OK ready", silent);
        let smtp = smtp(&certificate, "STARTTLS", "AUTH PLAIN");
        let servers = [
            ("imap", "imap.acme.test", imap.into(), "tls"),
            ("smtp", "smtp.acme.test", smtp.into(), "starttls"),
        ];
        let folder = Folder::new();
        folder
            .file("acme.toml", provider(&servers))
            .file("ca.pem", authority.pem())
            .file("password", format!("{PASSWORD}\n"));
        let names = name_server(&["imap.acme.test", "smtp.acme.test"]).to_string();
        let words = ["probe", "--provider", "acme.toml", "--ca", "ca.pem", "--resolver", &names];
        let mailbox = ["--sign-in", "ada@acme.test", "--password-file", "password"];
        let child = Command::new("sh")
            .args(["-c", WITH_CORES, env!("CARGO_BIN_EXE_mailmuster")])
            .args(words.iter().chain(&mailbox))
            .current_dir(folder.path())
            .env_clear()
            .env("HOME", folder.path().join("home"))
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let waiting = Self { folder, child };
        let [.., message] = secrets();
        for _ in 0..300 {
            if heard.lock().unwrap().contains(&message) {
                return waiting;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let output = waiting.child.wait_with_output().unwrap();
        panic!("{:?}: {}", heard.lock().unwrap(), String::from_utf8_lossy(&output.stderr));
    }

    /// A file that the kernel shows of the process.
    fn process(&self, name: &str) -> Vec<u8> {
        std::fs::read(format!("/proc/{}/{name}", self.child.id())).unwrap()
    }
}

/// Whether a process that aborts leaves a file in its folder here: some systems hand cores to a program.
fn leaves_core_files() -> bool {
    let folder = Folder::new();
    let status = Command::new("sh")
        .args(["-c", WITH_CORES, "sh", "-c", "kill -ABRT $$"])
        .current_dir(folder.path())
        .status()
        .unwrap();
    status.signal() == Some(ABORT) && !folder.files("").is_empty()
}

#[test]
fn a_password_is_in_no_core_dump_and_nowhere_else() {
    let waiting = Waiting::start();
    for place in ["cmdline", "environ"] {
        let bytes = waiting.process(place);
        assert!(!bytes.is_empty(), "{place}");
        assert_has_no_secret(&bytes, place);
    }
    let limits = String::from_utf8(waiting.process("limits")).unwrap();
    let cores = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(cores.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"]);
    let Waiting { folder, child } = waiting;
    let before = folder.files("");
    let killed = Command::new("kill").args(["-ABRT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.signal(), Some(ABORT), "it waits for the server until then");
    assert_has_no_secret(&output.stdout, "standard output");
    assert_has_no_secret(&output.stderr, "standard error");
    if leaves_core_files() {
        assert_eq!(folder.files(""), before, "a core file");
    } else {
        // past the test's own capture: a skip must be seen
        let _ =
            writeln!(std::io::stderr(), "SKIPPED core file: this system leaves none in a folder");
    }
    assert!(before.contains(&"home/.config/mailmuster/probe-attempts".to_owned()), "{before:?}");
    for file in before.iter().filter(|file| *file != "password") {
        assert_has_no_secret(&folder.read(file), file);
    }
}
