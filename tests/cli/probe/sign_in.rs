//! `probe --sign-in ADDRESS`: one mailbox.

use std::sync::{Arc, Mutex};

use super::{first_line, provider};
use crate::support::mail::{Authority, SignIn, name_server, sign_in_server, smtp};
use crate::support::{Done, Folder, Run};

const PASSWORD: &str = "Canary-Passw0rd";

/// What the servers for receiving and for sending have heard.
type Heard = Arc<Mutex<Vec<String>>>;

/// Two servers with sign-in, which answer the password like this; sending also what follows it.
fn mailbox(imap: &'static str, smtp: &[&'static str]) -> (Folder, String, [Heard; 2]) {
    let authority = Authority::new();
    let certificate = authority.acceptor(&["imap.acme.test", "smtp.acme.test"], 300);
    let heard = [Heard::default(), Heard::default()];
    let server = |greeting, answers: &[&'static str], heard: &Heard| {
        let sign_in = SignIn { answers: answers.to_vec(), heard: Arc::clone(heard) };
        sign_in_server(&certificate, greeting, sign_in)
    };
    let imap = server("* OK ready", &[imap], &heard[0]);
    let smtp = server("220 ready", smtp, &heard[1]);
    let text =
        provider(&[("incoming", "imap.acme.test", imap), ("outgoing", "smtp.acme.test", smtp)]);
    let folder = Folder::new();
    folder
        .file("acme.toml", text.replace("starttls", "tls"))
        .file("ca.pem", authority.pem())
        .file("password", format!("{PASSWORD}\n"));
    (folder, name_server(&["imap.acme.test", "smtp.acme.test"]).to_string(), heard)
}

fn sign_in(folder: &Folder, names: &str, more: &[&str]) -> Run {
    let words = ["probe", "--provider", "acme.toml", "--ca", "ca.pem", "--resolver", names];
    let mailbox = ["--sign-in", "ada@acme.test", "--password-file", "password", "--quiet"];
    folder.run(words.iter().chain(&mailbox).chain(more))
}

/// How often a password was sent.
fn passwords(heard: &Heard) -> usize {
    let heard = heard.lock().unwrap();
    heard
        .iter()
        .filter(|line| *line == &encoded("ada@acme.test") || *line == &encoded("ada"))
        .count()
}

fn encoded(username: &str) -> String {
    use base64::Engine as _;
    let message = format!("\0{username}\0{PASSWORD}");
    base64::engine::general_purpose::STANDARD.encode(message)
}

/// Neither output nor any file but the one that was given has the password.
fn assert_kept_secret(folder: &Folder, run: &Done) {
    for secret in [PASSWORD, &encoded("ada@acme.test"), &encoded("ada")] {
        for text in [&run.stdout, &run.stderr] {
            assert!(!text.contains(secret), "{text}");
        }
        for file in folder.files("").iter().filter(|file| *file != "password") {
            let bytes = folder.read(file);
            assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()), "{file}");
        }
    }
}

#[test]
fn a_mailbox_signs_in_once_at_each_server_and_may_send() {
    let (folder, names, heard) = mailbox("a OK in", &["235 2.7.0 in", "250 ok"]);
    let run = sign_in(&folder, &names, &[]).exits(0);
    assert_eq!(first_line(&run), "ada@acme.test can sign in, receive and send");
    assert_eq!([passwords(&heard[0]), passwords(&heard[1])], [1, 1]);
    let sent = heard[1].lock().unwrap().clone();
    for line in ["MAIL FROM:<ada@acme.test>", "RCPT TO:<ada@acme.test>", "RSET"] {
        assert!(sent.iter().any(|it| it == line), "{sent:?}");
    }
    assert!(!sent.iter().any(|line| line == "DATA"), "{sent:?}");
    assert_kept_secret(&folder, &run);
    let run = sign_in(&folder, &names, &["--json"]).exits(0);
    run.stdout_has("\"event\":\"sign-in\"").stdout_has("\"result\":\"accepted\"");
    assert_kept_secret(&folder, &run);
}

#[test]
fn a_refused_password_is_not_sent_again() {
    let (folder, names, heard) =
        mailbox("a NO [AUTHENTICATIONFAILED] no \u{1b}[31m", &["235 in", "250 ok"]);
    let run = sign_in(&folder, &names, &[]).exits(1);
    let first = first_line(&run);
    assert!(first.starts_with("ada@acme.test: imap.acme.test port "), "{first}");
    assert!(
        first.ends_with(
            "user name or password is refused (`a NO [AUTHENTICATIONFAILED] no \\u{1b}[31m`)"
        ),
        "{first}"
    );
    assert!(run.stdout.contains("not tried after the refusal for receiving"));
    assert_eq!([passwords(&heard[0]), passwords(&heard[1])], [1, 0]);
    assert_kept_secret(&folder, &run);
    // the other form of the name is one more attempt, where it is asked for
    sign_in(&folder, &names, &["--try-user-names"]).exits(1);
    assert_eq!([passwords(&heard[0]), passwords(&heard[1])], [3, 0]);
    // three refusals in a row, over three runs of the program
    let run = sign_in(&folder, &names, &[]).exits(2);
    run.stderr_has(
        "error: imap.acme.test has refused three passwords in a row: no other is sent for ",
    );
    assert_eq!([passwords(&heard[0]), passwords(&heard[1])], [3, 0]);
}

#[test]
fn a_server_that_repeats_the_password_is_not_repeated() {
    let forms = [
        PASSWORD.to_owned(),
        PASSWORD.to_uppercase(),
        encoded("ada@acme.test"),
        encoded("ada@acme.test").to_lowercase(),
    ];
    for form in forms {
        let words: &'static str =
            Box::leak(format!("a NO [UNAVAILABLE] you sent {form}").into_boxed_str());
        let (folder, names, _) = mailbox(words, &["235 in", "250 ok"]);
        for more in [&[][..], &["--json"]] {
            let run = sign_in(&folder, &names, more).exits(1);
            assert_kept_secret(&folder, &run);
            assert!(!run.stdout.contains(&form), "{}", run.stdout);
            // what they mean is judged before
            run.stdout_has(if more.is_empty() { "try again later" } else { "try-later" });
        }
    }
}

#[test]
fn sending_that_is_refused_is_not_a_wrong_password() {
    let (folder, names, heard) =
        mailbox("a OK in", &["235 in", "554 5.7.1 <ada@acme.test>: Relay access denied"]);
    let run = sign_in(&folder, &names, &[]).exits(1);
    assert!(
        first_line(&run).contains("the sign-in is accepted, and sending is refused (`554 5.7.1 "),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout
            .contains("  hint: ask the provider whether the account is enabled for SMTP relay")
    );
    assert_eq!([passwords(&heard[0]), passwords(&heard[1])], [1, 1]);
}

#[test]
fn no_password_leaves_without_verified_tls() {
    let (folder, names, heard) = mailbox("a OK in", &["235 in", "250 ok"]);
    folder.file("ca.pem", Authority::new().pem());
    sign_in(&folder, &names, &[]).exits(1);
    let text = folder.text("acme.toml");
    folder.file("acme.toml", text.replace("security = \"tls\"", "security = \"none\""));
    sign_in(&folder, &names, &["--allow-cleartext"]).exits(1);
    assert_eq!([passwords(&heard[0]), passwords(&heard[1])], [0, 0]);
    folder.file("password", "");
    let run = folder.run(["probe", "--password-file", "password"]).exits(2);
    run.stderr_has("--sign-in");
}

#[test]
fn a_server_without_tls_gets_no_password() {
    let authority = Authority::new();
    let certificate = authority.acceptor(&["imap.acme.test", "smtp.acme.test"], 300);
    let plain = crate::support::mail::plain_imap();
    let smtp = smtp(&certificate, "STARTTLS", "AUTH PLAIN");
    let text =
        provider(&[("incoming", "imap.acme.test", plain.0), ("outgoing", "smtp.acme.test", smtp)]);
    let folder = Folder::new();
    folder
        .file("acme.toml", text.replacen("security = \"tls\"", "security = \"none\"", 1))
        .file("ca.pem", authority.pem())
        .file("password", PASSWORD);
    let names = name_server(&["imap.acme.test", "smtp.acme.test"]).to_string();
    let run = sign_in(&folder, &names, &["--allow-cleartext"]).exits(1);
    assert!(run.stdout.contains("no password is sent: the server fails at TLS"), "{}", run.stdout);
    assert!(
        plain
            .1
            .lock()
            .unwrap()
            .iter()
            .all(|line| !line.contains("AUTH") && !line.contains("LOGIN "))
    );
}
