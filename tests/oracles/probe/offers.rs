//! What Dovecot and Postfix offer, seen by the probe and by others. Nobody signs in.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::tool::{runs, tool};
use super::start::Mail;
use super::{by_port, failed_step, provider};

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
