//! `probe`, with mail servers and a name server on loopback.

mod list;
mod sign_in;

use crate::support::mail::{Authority, imap, name_server, smtp};
use crate::support::{Done, Folder, Run};

const IMAP: &str = "IMAP4rev1 AUTH=PLAIN";
const SMTP: &str = "AUTH PLAIN LOGIN";

/// A provider file with these servers: table, host, port.
fn provider(servers: &[(&str, &str, u16)]) -> String {
    let mut text =
        "format = 1\nid = \"acme\"\nname = \"Acme\"\ndomains = [\"acme.test\"]\n".to_owned();
    for (table, host, port) in servers {
        let (protocol, security) = match *table {
            "incoming" => ("protocol = \"imap\"\n", "tls"),
            _ => ("", "starttls"),
        };
        text.push_str(&format!(
            "[[{table}]]\n{protocol}host = \"{host}\"\nport = {port}\nsecurity = \"{security}\"\n\
             username = \"%EMAILADDRESS%\"\nauthentication = [\"password-cleartext\"]\n"
        ));
    }
    text
}

/// Two servers that work, and what is needed to ask them.
struct Acme {
    folder: Folder,
    authority: Authority,
    imap: u16,
    smtp: u16,
    names: String,
}

impl Acme {
    /// The name server knows `hosts`.
    fn new(hosts: &[&str]) -> Self {
        let authority = Authority::new();
        let certificate =
            authority.acceptor(&["imap.acme.test", "mail.acme.test", "smtp.acme.test"], 300);
        let folder = Folder::new();
        folder.file("ca.pem", authority.pem());
        Self {
            imap: imap(&certificate, IMAP),
            smtp: smtp(&certificate, "STARTTLS", SMTP),
            names: name_server(hosts).to_string(),
            folder,
            authority,
        }
    }

    /// Writes the provider file, with `imap` as the host for receiving.
    fn provider(&self, imap: &str) -> &Self {
        let servers = [("incoming", imap, self.imap), ("outgoing", "smtp.acme.test", self.smtp)];
        self.folder.file("acme.toml", provider(&servers));
        self
    }

    fn probe(&self, words: &[&str]) -> Run {
        let common = ["probe", "--ca", "ca.pem", "--resolver", self.names.as_str()];
        self.folder.run(common.iter().chain(words))
    }

    fn probe_acme(&self, words: &[&str]) -> Run {
        self.probe(&[&["--provider", "acme.toml"], words].concat())
    }
}

fn first_line(run: &Done) -> &str {
    run.stdout.lines().next().unwrap_or_default()
}

#[test]
fn servers_that_work_are_shown_step_by_step() {
    let acme = Acme::new(&["imap.acme.test", "smtp.acme.test"]);
    let run = acme.provider("imap.acme.test").probe_acme(&[]).exits(0);
    assert_eq!(first_line(&run), "all 2 servers in use work");
    for part in [
        &format!("imap.acme.test port {} (SSL/TLS), incoming (IMAP), in use", acme.imap),
        "  name        127.0.0.1 (",
        "  TLS         TLS 1.3, TLS_AES_",
        ", down to TLS 1.2; certificate CN=imap.acme.test by CN=loopback test CA, until ",
        "  STARTTLS    accepted; no sign-in without it (",
        "  sign-in     LOGIN, PLAIN (",
        "  sign-in     PLAIN, LOGIN (",
    ] {
        assert!(run.stdout.contains(part), "{part}: {}", run.stdout);
    }
    acme.probe_acme(&["--quiet"]).exits(0).stdout_is("all 2 servers in use work");
}

#[test]
fn an_alternative_that_works_is_named_first_and_written_into_the_config_file() {
    let acme = Acme::new(&["mail.acme.test", "smtp.acme.test"]);
    let (folder, port) = (&acme.folder, acme.imap);
    let servers = [
        ("incoming", "imap.acme.test", port),
        ("incoming", "mail.acme.test", port),
        ("outgoing", "smtp.acme.test", acme.smtp),
    ];
    folder.file("acme.toml", provider(&servers));
    let config = "format = 1 # kept\n\n[provider]\nid = \"acme.toml\"\n";
    folder.file("mailmuster.toml", config);
    let run = acme.probe(&["--write"]).exits(1);
    let expected = format!(
        "use mail.acme.test port {port} (SSL/TLS) for receiving (IMAP): the incoming (IMAP) server imap.acme.test port {port} does not work (there is no such name)"
    );
    assert_eq!(first_line(&run), expected);
    let written = folder.text("mailmuster.toml");
    assert!(written.starts_with(config), "{written}");
    assert!(written.contains("\nset.imap.host = \"mail.acme.test\" # by probe, "), "{written}");
    run.stderr_has("`acme.toml` now says of 2 servers `checked_on = ");
    let dated = folder.text("acme.toml");
    let of = |host: &str| {
        let host = format!("host = \"{host}\"");
        dated.split("[[").find(|it| it.contains(&host)).unwrap().contains("checked_on = \"20")
    };
    assert_eq!(
        ["imap.acme.test", "mail.acme.test", "smtp.acme.test"].map(of),
        [false, true, true],
        "{dated}"
    );
    let run = acme.probe(&["--quiet"]).exits(0);
    assert_eq!(first_line(&run), "all 2 servers in use work");
    assert!(
        run.stdout.contains("note: the incoming (IMAP) server imap.acme.test port"),
        "{}",
        run.stdout
    );
    let again = acme.probe(&["--write", "--json"]).exits(0);
    again.stdout_has("\"code\":\"nothing-to-write\"");
    assert_eq!(folder.text("mailmuster.toml"), written);
    assert_eq!(folder.text("acme.toml"), dated);
}

#[test]
fn a_mistyped_host_is_replaced_by_a_similar_name_that_answers() {
    let acme = Acme::new(&["imap.acme.test", "smtp.acme.test"]);
    let run = acme.provider("imao.acme.test").probe_acme(&["--quiet"]).exits(1);
    let expected = "use imap.acme.test for receiving (IMAP): ";
    assert!(first_line(&run).starts_with(expected), "{}", run.stdout);
    assert!(run.stdout.contains("  --set imap.host=imap.acme.test; "), "{}", run.stdout);
    let fixed = ["--set", "imap.host=imap.acme.test", "--quiet"];
    assert_eq!(first_line(&acme.probe_acme(&fixed).exits(0)), "all 2 servers in use work");
}

#[test]
fn a_certificate_for_another_name_is_never_accepted() {
    let acme = Acme::new(&["pop.acme.test", "smtp.acme.test"]);
    let run = acme.provider("pop.acme.test").probe_acme(&["--quiet"]).exits(1);
    let refusal = "fails at TLS: the certificate cannot be accepted: it is for `imap.acme.test`, `mail.acme.test` and `smtp.acme.test`";
    assert!(first_line(&run).ends_with(refusal), "{}", run.stdout);
    // nor one of an authority that nobody named
    let other = Authority::new();
    acme.folder.file("ca.pem", other.pem());
    let run = acme.provider("imap.acme.test").probe_acme(&["--quiet"]).exits(1);
    assert!(!run.stdout.contains("in use work"), "{}", run.stdout);
    acme.folder.file("ca.pem", acme.authority.pem());
}

#[test]
fn a_name_server_that_is_named_and_silent_says_nothing_about_this_computer() {
    let acme = Acme::new(&[]);
    acme.provider("imap.acme.test");
    // a socket that is closed again: nothing answers there
    let closed = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let words = ["probe", "--provider", "acme.toml", "--resolver", &closed.to_string(), "--quiet"];
    let run = acme.folder.run(words).exits(1);
    let silent = format!("the name server {closed} does not answer, so no server can be found");
    assert_eq!(first_line(&run), silent);
    run.stdout_lacks("offline").stdout_has("hint: name another one with --resolver");
}

#[test]
fn servers_of_rows_are_asked_too() {
    let acme = Acme::new(&["imap.acme.test", "smtp.acme.test", "mail.acme.test"]);
    acme.provider("imap.acme.test");
    let list = "email,imap.host\nada@acme.test,\nbob@acme.test,mail.acme.test\neve@acme.test,gone.acme.test\n";
    acme.folder.file("list.csv", list);
    let run = acme.probe_acme(&["list.csv"]).exits(1);
    assert!(run.stdout.contains("mail.acme.test port "), "{}", run.stdout);
    assert!(run.stdout.contains("incoming (IMAP), in use by 1 mailbox"), "{}", run.stdout);
    let line = first_line(&run);
    assert!(line.contains("gone.acme.test") && line.contains("of 1 row is not found"), "{line}");
    // what some rows name is no setting for all
    assert!(!run.stdout.contains("--set"), "{}", run.stdout);
}

#[test]
fn a_probe_without_any_host_asks_for_a_list() {
    let folder = Folder::new();
    folder.run(["probe", "--provider", "cpanel", "--quiet"]).exits(2).stderr_is(
        "error: no server to ask is known: the hosts of cpanel depend on the domain of each address\n  \
         hint: name a list: mailmuster probe staff.csv",
    );
    let refused = folder.run(["probe", "--write", "--set", "imap.host=x.example"]).exits(2);
    refused.stderr_has("cannot be used with");
}

#[test]
fn since_reports_only_what_has_changed() {
    let acme = Acme::new(&["imap.acme.test", "smtp.acme.test"]);
    acme.provider("imap.acme.test");
    let before = acme.probe_acme(&["--json"]).exits(0).stdout;
    acme.folder.file("probe.json", &before);
    let since = ["--since", "probe.json"];
    let run = acme.probe_acme(&since).exits(0);
    assert!(run.stdout.starts_with("nothing has changed since 20"), "{}", run.stdout);
    assert_eq!(run.stdout.trim_end().lines().count(), 1);
    // the output can be the next one's --since
    let again = acme.probe_acme(&["--since", "probe.json", "--json"]).exits(0).stdout;
    acme.folder.file("probe.json", again);
    acme.probe_acme(&since).exits(0);
    // certificate, methods, and a server that is not there any more
    let other = before
        .replace("\"AUTH=PLAIN\"", "\"x\"")
        .replace("[\"LOGIN\",\"PLAIN\"]", "[\"LOGIN\",\"GSSAPI\"]");
    acme.folder.file("probe.json", other);
    let run = acme.probe_acme(&since).exits(1);
    let imap = format!("imap imap.acme.test port {}", acme.imap);
    for line in [
        "2 changes since 20",
        &format!("{imap} no longer offers the sign-in `GSSAPI`"),
        &format!("{imap} now offers the sign-in `PLAIN`"),
    ] {
        assert!(run.stdout.contains(line), "{line}: {}", run.stdout);
    }
    let digest = before.split("\"sha256\":\"").nth(1).unwrap().split('"').next().unwrap();
    acme.folder.file("probe.json", before.replace(digest, &"0".repeat(64)));
    let run = acme.probe_acme(&["--since", "probe.json", "--json"]).exits(1);
    run.stdout_has("\"change\":\"certificate-renewed\"");
    acme.folder.file("probe.json", before.replace("\"days_left\":", "\"days_left\":4"));
    acme.probe_acme(&since).exits(0);
    acme.folder.file("probe.json", &before);
    let run = acme.provider("gone.acme.test").probe_acme(&since).exits(1);
    assert!(run.stdout.contains("imap gone.acme.test port"), "{}", run.stdout);
    assert!(run.stdout.contains(&format!("{imap} is no longer asked")), "{}", run.stdout);
}

#[test]
fn a_server_that_fails_since_then_is_a_change_and_no_network_is_not() {
    let acme = Acme::new(&["imap.acme.test", "smtp.acme.test"]);
    acme.provider("imap.acme.test");
    let before = acme.probe_acme(&["--json"]).exits(0).stdout;
    acme.folder.file("probe.json", &before);
    let other = Authority::new();
    acme.folder.file("ca.pem", other.pem());
    let run = acme.probe_acme(&["--since", "probe.json"]).exits(1);
    assert!(run.stdout.starts_with("2 changes since "), "{}", run.stdout);
    assert!(run.stdout.contains("does not work any more: the certificate"), "{}", run.stdout);
    let failed = acme.probe_acme(&["--json"]).exits(1).stdout;
    acme.folder.file("failed.json", failed).file("ca.pem", acme.authority.pem());
    let run = acme.probe_acme(&["--since", "failed.json"]).exits(1);
    assert!(
        run.stdout.contains("smtp.acme.test") && run.stdout.contains(" works again"),
        "{}",
        run.stdout
    );
    let closed = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let words = [
        "probe",
        "--provider",
        "acme.toml",
        "--resolver",
        &closed.to_string(),
        "--since",
        "probe.json",
    ];
    let run = acme.folder.run(words).exits(3);
    assert!(run.stdout.starts_with("the name server "), "{}", run.stdout);
}

#[test]
fn since_refuses_what_is_not_the_whole_output_of_a_probe() {
    let folder = Folder::new();
    let summary = "{\"event\":\"summary\",\"format\":2,\"at\":\"x\"}\n";
    for (text, error) in [
        ("all 2 servers work\n", "`old.json` line 1 is not a line of `probe --json`: "),
        ("{\"event\":\"note\"}\n", "`old.json` has no end: "),
        (summary, "`old.json` is of format 2, and this version knows format 1"),
    ] {
        folder.file("old.json", text);
        let run = folder.run(["probe", "--since", "old.json"]).exits(2);
        run.stderr_has(error);
    }
    folder.run(["probe", "--since", "absent.json"]).exits(2).stderr_has("absent.json");
}
