//! `probe --sign-in` at Dovecot and Postfix: each answer is what the server means, curl and swaks get the same one, and
//! the servers' own logs have no more attempts than were promised.

use serde_json::Value;

use super::super::support::{Done, Run};
use super::super::tool::{runs, tool};
use super::provider;
use super::start::{Mail, PASSWORD};

/// What the program must say of a server: `result`, and a part of the server's words.
type Expected = (&'static str, &'static str);

const IN: Expected = ("accepted", "");
const NOT_TRIED: Expected = ("not-tried", "");
const ACCEPTED: &str = "can sign in, receive and send";

struct Case {
    protocol: &'static str,
    /// The part of the address before `@`.
    who: &'static str,
    password: &'static str,
    receiving: Expected,
    sending: Expected,
    /// Of the first line for people.
    says: &'static str,
}

/// Who may receive and not send.
const fn sender(who: &'static str, sending: Expected, says: &'static str) -> Case {
    Case { protocol: "imap", who, password: PASSWORD, receiving: IN, sending, says }
}

const REFUSED: &str = "user name or password is refused";
const SWITCHED_OFF: &str = "sign-in by this protocol is switched off for the mailbox";
const FULL: &str = "the mailbox is full";

const CASES: &[Case] = &[
    Case {
        protocol: "imap",
        who: "ada",
        password: PASSWORD,
        receiving: IN,
        sending: ("accepted", "250 2.0.0 Ok"),
        says: ACCEPTED,
    },
    Case {
        protocol: "pop",
        who: "ada",
        password: PASSWORD,
        receiving: ("accepted", "+OK Logged in."),
        sending: IN,
        says: ACCEPTED,
    },
    Case {
        protocol: "imap",
        who: "ada",
        password: "wrong",
        receiving: ("wrong-password", "NO [AUTHENTICATIONFAILED] Authentication failed."),
        sending: NOT_TRIED,
        says: REFUSED,
    },
    Case {
        protocol: "pop",
        who: "ada",
        password: "wrong",
        receiving: ("wrong-password", "-ERR [AUTH] Authentication failed."),
        sending: NOT_TRIED,
        says: REFUSED,
    },
    Case {
        protocol: "imap",
        who: "switched-off",
        password: PASSWORD,
        receiving: ("switched-off", "NO [CONTACTADMIN] Login disabled for this user"),
        sending: NOT_TRIED,
        says: SWITCHED_OFF,
    },
    Case {
        protocol: "pop",
        who: "switched-off",
        password: PASSWORD,
        receiving: ("switched-off", "-ERR [AUTH] Login disabled for this user"),
        sending: NOT_TRIED,
        says: SWITCHED_OFF,
    },
    // another password for sending
    sender("two-passwords", ("wrong-password", "535 5.7.8 Error: authentication failed"), REFUSED),
    sender(
        "relay",
        ("sending-refused", "554 5.7.1 <relay@acme.test>: Relay access denied"),
        "the sign-in is accepted, and sending is refused",
    ),
    sender(
        "grey",
        ("try-later", "451 4.7.1 <grey@acme.test>: Sender address rejected: Greylisting in action"),
        "the server asks to try again later",
    ),
    sender("full", ("over-quota", "552 5.2.2 <full@acme.test>: "), FULL),
    sender("full-for-now", ("over-quota", "452 4.2.2 <full-for-now@acme.test>: "), FULL),
    // by Dovecot's own count of what is in the mailbox
    sender(
        "quota",
        ("over-quota", "552 5.2.2 <quota@acme.test>: Recipient address rejected: Mailbox is full"),
        FULL,
    ),
];

impl Case {
    fn address(&self) -> String {
        format!("{}@acme.test", self.who)
    }

    fn fails(&self) -> bool {
        [self.receiving, self.sending].iter().any(|(result, _)| *result != "accepted")
    }

    /// Passwords that are sent.
    fn attempts(&self) -> usize {
        [self.receiving, self.sending].iter().filter(|(result, _)| *result != "not-tried").count()
    }

    fn run(&self, mail: &Mail, home: &str, more: &[&str]) -> Done {
        let (host, port) = match self.protocol {
            "imap" => ("imap.acme.test", mail.imap),
            _ => ("pop.acme.test", mail.pop),
        };
        let servers = [
            (self.protocol, host, u64::from(port), "tls"),
            ("smtp", "smtp.acme.test", mail.smtp.into(), "starttls"),
        ];
        let words = [&["--protocol", self.protocol], more].concat();
        sign_in(mail, &servers, (&self.address(), self.password), home, &words)
            .exits(self.fails().into())
    }
}

/// Attempts are counted in the home folder, so each run has one of its own.
fn sign_in(
    mail: &Mail,
    servers: &[(&str, &str, u64, &str)],
    (address, password): (&str, &str),
    home: &str,
    more: &[&str],
) -> Run {
    let folder = &mail.folder;
    folder.file("acme.toml", provider(servers)).file("password", format!("{password}\n"));
    let words = ["probe", "--provider", "acme.toml", "--ca", "ca.pem", "--resolver", &mail.names];
    let mailbox = ["--sign-in", address, "--password-file", "password"];
    let home = folder.path().join(home);
    folder.run(words.iter().chain(&mailbox).chain(more)).env("HOME", home.to_str().unwrap())
}

/// The events of the sign-ins, for receiving and for sending.
fn results(run: &Done) -> [Value; 2] {
    let events: Vec<Value> =
        run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let sign_ins = events.into_iter().filter(|event| event["event"] == "sign-in");
    sign_ins.collect::<Vec<_>>().try_into().unwrap()
}

#[track_caller]
fn assert_is(event: &Value, (result, words): Expected) {
    assert_eq!(event["result"], result, "{event}");
    assert!(event["words"].as_str().unwrap_or_default().contains(words), "{event}");
}

#[test]
fn dovecot_and_postfix_answer_a_sign_in_and_the_program_says_what_they_mean() {
    let Some(mail) = Mail::start() else { return };
    for (number, case) in CASES.iter().enumerate() {
        let address = case.address();
        let before = mail.passwords(&address);
        let run = case.run(&mail, &format!("home-{number}-json"), &["--json"]);
        let [receiving, sending] = results(&run);
        assert_is(&receiving, case.receiving);
        assert_is(&sending, case.sending);
        let read = case.run(&mail, &format!("home-{number}-read"), &["--quiet"]);
        let first = read.stdout.lines().next().unwrap();
        assert!(first.starts_with(&address) && first.contains(case.says), "{first}");
        assert_eq!(mail.passwords(&address) - before, 2 * case.attempts(), "{address}");
        judged_by_curl(&mail, case, &receiving);
        judged_by_swaks(&mail, case, &sending);
    }
    assert!(mail.passwords("ada@acme.test") > 0, "Dovecot logs what it is asked");
    assert_no_message_was_sent(&mail);
}

/// curl signs in for receiving where the program does, and gets the same words.
fn judged_by_curl(mail: &Mail, case: &Case, event: &Value) {
    let Some(curl) = tool("curl", mail.folder.path(), runs(&["--version"])) else { return };
    let (scheme, host, port) = match case.protocol {
        "imap" => ("imaps", "imap.acme.test", mail.imap),
        _ => ("pop3s", "pop.acme.test", mail.pop),
    };
    let (url, map) = (format!("{scheme}://{host}:{port}/"), format!("{host}:{port}:127.0.0.1"));
    let user = format!("{}:{}", case.address(), case.password);
    let words = ["-sv", "--cacert", "ca.pem", "--resolve", &map, "-u", &user, "-m", "20", &url];
    let printed = match case.receiving.0 {
        "accepted" => curl.accepts(&words),
        _ => curl.refuses(&words),
    };
    // the tag of an answer of IMAP is the client's own
    let heard = event["words"].as_str().unwrap();
    let heard = heard.strip_prefix("a ").unwrap_or(heard);
    if case.receiving.0 != "accepted" {
        assert!(printed.contains(heard), "{heard}: {printed}");
    }
}

/// So does swaks for sending, up to the recipient.
fn judged_by_swaks(mail: &Mail, case: &Case, event: &Value) {
    let Some(swaks) = tool("swaks", mail.folder.path(), runs(&["--version"])) else { return };
    let Some(heard) = event["words"].as_str() else { return };
    let (at, address) = (format!("127.0.0.1:{}", mail.smtp), case.address());
    let words = [
        "--server",
        &at,
        "--tls",
        "--tls-verify",
        "--tls-ca-path",
        "ca.pem",
        "--auth",
        "PLAIN",
        "--auth-user",
        &address,
        "--auth-password",
        case.password,
        "--from",
        &address,
        "--to",
        &address,
        "--helo",
        "[127.0.0.1]",
        "--quit-after",
        "RCPT",
    ];
    if case.sending.0 == "accepted" {
        swaks.accepts(&words);
    } else {
        let printed = swaks.refuses(&words);
        assert!(printed.contains(heard), "{heard}: {printed}");
    }
}

/// By Postfix's log and queues, and in the mailboxes.
fn assert_no_message_was_sent(mail: &Mail) {
    let log = mail.folder.text("maillog");
    assert!(log.contains(" auth=1 mail=1 rcpt=1 rset=1 quit=1 "), "Postfix counts commands: {log}");
    for trace in [" data=", "message-id=", "postfix/cleanup", "status="] {
        assert!(!log.contains(trace), "{trace}: {log}");
    }
    for queue in ["incoming", "active", "deferred", "maildrop", "hold"] {
        assert_eq!(mail.folder.files(&format!("queue/{queue}")), [""; 0], "{queue}");
    }
    let mut mailboxes = mail.folder.files("mail");
    mailboxes.retain(|file| file.contains("/new/") || file.contains("/cur/"));
    mailboxes.retain(|file| !file.ends_with("/.keep"));
    // the one that fills a mailbox
    assert_eq!(mailboxes.len(), 1, "{mailboxes:?}");
}

/// Each with a server for sending that takes the password; the name, and what is wrong with the server for receiving.
#[test]
fn a_server_that_cannot_be_used_gets_no_password() {
    let Some(mail) = Mail::start() else { return };
    let closed = mail.closed;
    for (number, (server, fault)) in [
        // LOGINDISABLED, without TLS
        (
            ("imap", "clear.acme.test", mail.clear, "none"),
            "the server takes no password on this connection",
        ),
        // POP3 is switched off, so that nothing listens
        (("pop", "pop.acme.test", closed, "tls"), "refused"),
        (("imap", "other.acme.test", mail.imap, "tls"), "it is for `imap.acme.test`"),
    ]
    .into_iter()
    .enumerate()
    {
        let (protocol, host, port, security) = server;
        let servers = [
            (protocol, host, u64::from(port), security),
            ("smtp", "smtp.acme.test", mail.smtps.into(), "tls"),
        ];
        let (before, all) = (mail.passwords("ada@acme.test"), ["--allow-cleartext", "--protocol"]);
        let run = |home: &str, more: &[&str]| {
            let words = [&all[..], &[protocol], more].concat();
            let home = format!("home-{number}-{home}");
            sign_in(&mail, &servers, ("ada@acme.test", PASSWORD), &home, &words).exits(1)
        };
        let [receiving, sending] = results(&run("json", &["--json"]));
        assert_is(&receiving, NOT_TRIED);
        assert!(receiving["fault"].as_str().unwrap().contains(fault), "{receiving}");
        assert_is(&sending, IN);
        let read = run("read", &["--quiet"]).stdout;
        let first = read.lines().next().unwrap();
        let expected = format!(
            "ada@acme.test: {host} port {port} as ada@acme.test: no password is sent: the server fails at "
        );
        assert!(first.starts_with(&expected) && first.contains(fault), "{first}");
        assert_eq!(mail.passwords("ada@acme.test") - before, 2, "for sending alone: {host}");
    }
    refused_by_others(&mail);
    let log = mail.folder.text("dovecot.log");
    assert!(!log.contains("Login: user="), "nobody signs in for receiving: {log}");
    assert_no_message_was_sent(&mail);
}

/// curl and OpenSSL do not use these servers either.
fn refused_by_others(mail: &Mail) {
    let folder = mail.folder.path();
    let user = format!("ada@acme.test:{PASSWORD}");
    if let Some(curl) = tool("curl", folder, runs(&["--version"])) {
        for (url, map, why) in [
            (
                format!("imap://clear.acme.test:{}/", mail.clear),
                format!("clear.acme.test:{}:127.0.0.2", mail.clear),
                "LOGINDISABLED",
            ),
            (
                format!("pop3s://pop.acme.test:{}/", mail.closed),
                format!("pop.acme.test:{}:127.0.0.1", mail.closed),
                "refused",
            ),
            (
                format!("imaps://other.acme.test:{}/", mail.imap),
                format!("other.acme.test:{}:127.0.0.1", mail.imap),
                "no alternative certificate subject name matches",
            ),
        ] {
            let words =
                ["-sv", "--cacert", "ca.pem", "--resolve", &map, "-u", &user, "-m", "20", &url];
            let printed = curl.refuses(&words);
            assert!(printed.contains(why), "{why}: {printed}");
        }
    }
    if let Some(openssl) = tool("openssl", folder, runs(&["version"])) {
        let at = format!("127.0.0.1:{}", mail.imap);
        let words = |host| {
            let verify = ["-verify_return_error", "-verify_hostname", host];
            ["s_client", "-connect", &at, "-CAfile", "ca.pem"]
                .iter()
                .chain(&verify)
                .copied()
                .collect()
        };
        let (own, other): (Vec<&str>, Vec<&str>) =
            (words("imap.acme.test"), words("other.acme.test"));
        openssl.accepts(&own);
        assert!(openssl.refuses(&other).contains("hostname mismatch"));
    }
}
