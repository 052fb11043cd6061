//! Providers by id and by file.

use crate::support::{ADA, Folder, project};

#[test]
fn an_unknown_provider_is_answered_with_the_nearest_name() {
    let folder = Folder::new();
    folder.file("list.csv", ADA);
    folder
        .run(["check", "list.csv", "--quiet", "--provider", "centurylnk"])
        .exits(2)
        .stderr_is("error: there is no provider `centurylnk`\n  hint: did you mean `centurylink`?");
    folder.run(["check", "list.csv", "--quiet", "--provider", "gmx"]).exits(2).stderr_is(
        "error: there is no provider `gmx`\n  \
         hint: `mailmuster provider list` prints the built-in ones; name your own provider file with its path: --provider ./acme.toml",
    );
    let missing = folder.run(["check", "list.csv", "--quiet", "--provider", "acme.toml"]).exits(2);
    missing.stderr_has("error: there is no file `acme.toml`");
}

#[test]
fn a_provider_of_one_s_own_starts_as_a_copy_of_a_built_in_one() {
    let folder = Folder::new();
    let shown = folder.run(["provider", "show", "centurylink"]).exits(0);
    let acme = shown
        .stdout
        .replace("\"centurylink\"", "\"acme\"")
        .replace("\"CenturyLink\"", "\"Acme\"")
        .replace("centurylink.net", "acme.org");
    folder.file("acme.toml", acme).file("list.csv", "email\nada@acme.org\n");
    folder.generate("list.csv", &["--provider", "acme.toml"]).exits(0);
    let profile = folder.in_bundle("out/bundles/ada_acme.org.zip", "apple/Acme Mail.mobileconfig");
    assert!(profile.windows(13).any(|window| window == b"imap.acme.org"));
}

#[test]
fn the_list_names_every_built_in_provider_and_how_it_can_be_used() {
    let folder = Folder::new();
    folder.run(["provider", "list"]).exits(0).stdout_is(
        "centurylink      CenturyLink (18 domains, checked 2026-11-22)\n\
         qwestoffice      QwestOffice (1 domain, checked 2026-11-22): off unless asked, --provider qwestoffice\n\
         fastmail         Fastmail (2 domains, checked 2026-11-22)\n\
         zoho             Zoho Mail (2 domains, checked 2026-11-22)\n\
         cpanel           cPanel hosting (customers' own domains, checked 2026-11-22)\n\
         microsoft365     Microsoft 365 and Outlook.com (4 domains, checked 2026-11-22): refused, `provider check microsoft365` says why\n\
         gmail            Gmail (2 domains, checked 2026-11-22): refused, `provider check gmail` says why",
    );
    let listed = folder.run(["provider", "list", "--json"]).exits(0);
    listed.stdout_has(
        r#"{"event":"provider","id":"gmail","name":"Gmail","state":"refused","domains":["gmail.com","googlemail.com"],"verified_on":"2026-11-22"}"#,
    );
    assert_eq!(listed.stdout.lines().count(), 7);
}

#[test]
fn every_built_in_provider_is_shown_as_its_file_and_has_no_doubt_but_those_it_must_have() {
    let folder = Folder::new();
    for (id, doubts) in [
        ("centurylink", "1 doubt"),
        ("qwestoffice", "1 doubt"),
        ("fastmail", "nothing doubtful"),
        ("zoho", "nothing doubtful"),
        ("cpanel", "nothing doubtful"),
        ("microsoft365", "1 doubt"),
        ("gmail", "1 doubt"),
    ] {
        let shown = folder.run(["provider", "show", id]).exits(0);
        let file = project(&format!("templates/providers/{id}.toml"));
        shown.stdout_is(&std::fs::read_to_string(file).unwrap());
        let checked = folder.run(["provider", "check", id, "--quiet"]).exits(0);
        assert!(checked.stdout.trim_end().ends_with(doubts), "{id}: {}", checked.stdout);
    }
}

#[test]
fn a_provider_that_no_file_can_set_up_is_refused_with_the_reason() {
    let folder = Folder::new();
    folder.file("list.csv", "email\nada@gmail.com\n");
    folder.run(["check", "list.csv", "--quiet", "--provider", "gmail"]).exits(2).stderr_is(
        "error: Gmail cannot be set up by files: Google wants a sign-in in a browser (OAuth2), or an app password that each person makes for themself once 2-Step Verification is on\n  \
         hint: set this provider up on the device, by its own sign-in window",
    );
    folder.run(["provider", "check", "microsoft365"]).exits(0).stderr_is(
        "warning: Microsoft 365 and Outlook.com cannot be set up by files: Microsoft takes no password from mail programs any more (basic authentication is switched off), only a sign-in in its own window (OAuth2)\n  \
         hint: set it up on the device, by its own sign-in window",
    );
}

#[test]
fn qwestoffice_needs_pop_and_a_word_about_cleartext() {
    let folder = Folder::new();
    folder.file("list.csv", "email\nada@qwestoffice.net\n");
    let run = ["check", "list.csv", "--quiet", "--provider", "qwestoffice"];
    folder
        .run(run)
        .exits(2)
        .stderr_is("error: QwestOffice has no IMAP server\n  hint: use --protocol pop");
    let pop = run.iter().chain(&["--protocol", "pop"]);
    folder.run(pop.clone()).exits(2).stderr_is(
        "error: QwestOffice's incoming server pop.qwestoffice.net is not protected: anyone on the way can read the password\n  \
         hint: use a server with TLS, or allow it with --allow-cleartext",
    );
    folder.run(pop.chain(&["--allow-cleartext"])).exits(0);
}

#[test]
fn an_address_at_another_known_provider_is_reported_with_its_provider() {
    let folder = Folder::new();
    folder.file("list.csv", "email\nada@fastmail.com\n");
    folder
        .run(["check", "list.csv"])
        .exits(1)
        .stderr_has("`ada@fastmail.com` is not at CenturyLink but at Fastmail");
}

#[test]
fn hosting_customers_get_servers_in_their_own_domain() {
    let folder = Folder::new();
    folder.file("list.csv", "email\nada@example.org\n");
    folder.generate("list.csv", &["--provider", "cpanel"]).exits(0);
    let bundle = "out/bundles/ada_example.org.zip";
    let profile = folder.in_bundle(bundle, "apple/cPanel hosting Mail.mobileconfig");
    assert!(profile.windows(16).any(|window| window == b"mail.example.org"));
}

#[test]
fn doubts_about_a_provider_are_reported_with_a_hint() {
    let folder = Folder::new();
    let done = folder.run(["provider", "check", "centurylink"]).exits(0);
    done.stderr_has("imap.centurylink.net is disputed").stdout_has("1 doubt");
}

#[test]
fn a_setting_that_contradicts_itself_is_warned_about() {
    let folder = Folder::new();
    folder.file("list.csv", ADA);
    let set = |more: &[&str]| {
        let args = ["check", "list.csv", "--set", "smtp.port=465"];
        folder.run(args.iter().chain(more)).exits(0)
    };
    set(&["--set", "smtp.security=starttls"])
        .stderr_has("warning: the outgoing (SMTP) server smtp.centurylink.net uses STARTTLS on port 465, which is usually SSL/TLS")
        .stderr_has("--set smtp.security=tls");
    // alone, a port that is registered for TLS brings it along
    assert!(!set(&[]).stderr.contains("port 465"));
}

#[test]
fn cleartext_must_be_asked_for() {
    let folder = Folder::new();
    folder.file("list.csv", ADA);
    let settings = ["check", "list.csv", "--set", "imap.security=none", "--set", "imap.port=143"];
    folder.run(settings.iter().chain(&["--quiet"])).exits(2).stderr_is(
        "error: CenturyLink's incoming server imap.centurylink.net is not protected: anyone on the way can read the password\n  \
         hint: use a server with TLS, or allow it with --allow-cleartext",
    );
    folder
        .run(settings.iter().chain(&["--allow-cleartext"]))
        .exits(0)
        .stderr_has("sends passwords unprotected");
}

#[test]
fn a_mistyped_server_is_warned_about_in_a_run_too() {
    let folder = Folder::new();
    folder.file("list.csv", ADA);
    folder
        .run(["check", "list.csv", "--set", "imap.host=imap.centurylnk.net"])
        .exits(0)
        .stderr_has(
            "warning: the incoming (IMAP) server imap.centurylnk.net looks like a mistyped centurylink.net, which is CenturyLink's\n  \
             hint: did you mean imap.centurylink.net?",
        );
}

/// 2026-11-23, for files that say when they were made.
const EPOCH: (&str, &str) = ("SOURCE_DATE_EPOCH", "1795424400");

const AUTOCONFIG: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<clientConfig version="1.1">
  <emailProvider id="acme.org">
    <domain>acme.org</domain>
    <domain>acme.com</domain>
    <displayName>Acme Mail</displayName>
    <displayShortName>Acme</displayShortName>
    <!-- 500 messages a day -->
    <incomingServer type="imap">
      <hostname>imap.acme.org</hostname>
      <port>993</port>
      <socketType>SSL</socketType>
      <username>%EMAILADDRESS%</username>
      <authentication>OAuth2</authentication>
      <authentication>password-cleartext</authentication>
    </incomingServer>
    <incomingServer type="exchange">
      <owaURL>https://acme.org/owa</owaURL>
    </incomingServer>
    <outgoingServer type="smtp">
      <hostname>smtp.acme.org</hostname>
      <port>587</port>
      <socketType>STARTTLS</socketType>
      <username>%EMAILLOCALPART%</username>
      <authentication>GSSAPI</authentication>
      <authentication>plain</authentication>
    </outgoingServer>
    <documentation url="https://acme.org/help?a=1&amp;b=2"><descr>Help</descr></documentation>
    <documentation url="https://acme.org/more"/>
  </emailProvider>
  <webMail><loginPage url="https://acme.org/"/></webMail>
</clientConfig>
"#;

const IMPORTED: &str = r#"# Imported from acme.xml on 2026-11-23. Nobody has verified it.
# Compare it with the provider's own page, correct source and dates, and take the line
# `verified = false` out.

format = 1
id = "acme-org"
name = "Acme Mail"
documentation = "https://acme.org/help?a=1&b=2"
verified = false
verified_on = "2026-11-23"

domains = [
  "acme.org",
  "acme.com",
]

[[incoming]]
protocol = "imap"
host = "imap.acme.org"
port = 993
security = "tls"
username = "%EMAILADDRESS%"
authentication = ["OAuth2", "password-cleartext"]
source = "imported from acme.xml, line 9 (Mozilla autoconfig), not verified"
checked_on = "2026-11-23"

[[outgoing]]
host = "smtp.acme.org"
port = 587
security = "starttls"
username = "%EMAILLOCALPART%"
authentication = ["password-cleartext"]
source = "imported from acme.xml, line 20 (Mozilla autoconfig), not verified"
checked_on = "2026-11-23"
"#;

const SKIPPED: &str = "\
note: `acme.xml` line 8: a comment is skipped (read it: comments often state limits and conditions)
note: `acme.xml` line 17: `incomingServer` of type `exchange` is skipped (incoming servers have the type imap or pop3)
note: `acme.xml` line 25: `authentication` by `GSSAPI` is skipped (files cannot carry it)
note: `acme.xml` line 29: `documentation` is skipped (a provider file has only one page)
note: `acme.xml` line 31: `webMail` is skipped (it does not describe a mail server)
warning: nobody has verified the settings of Acme Mail, which are of 2026-11-23
  hint: compare them with the provider's own page, then take `verified = false` out of the file";

#[test]
fn an_autoconfig_file_becomes_a_provider_file_that_nobody_has_verified() {
    let folder = Folder::new();
    folder.file("in/acme.xml", AUTOCONFIG);
    let import = ["provider", "import", "in/acme.xml"];
    let done = folder.run(import).env(EPOCH.0, EPOCH.1).exits(0);
    done.stdout_is(IMPORTED).stderr_is(&SKIPPED.replace("`acme.xml`", "`in/acme.xml`"));
    let quiet = folder.run(import.iter().chain(&["--quiet"])).env(EPOCH.0, EPOCH.1).exits(0);
    quiet.stdout_is(IMPORTED).stderr_is("");
}

#[test]
fn an_imported_provider_works_and_every_run_says_that_nobody_has_verified_it() {
    let folder = Folder::new();
    folder.file("acme.xml", AUTOCONFIG).file("list.csv", "email\nada@acme.com\n");
    let imported = folder.run(["provider", "import", "acme.xml", "--id", "acme"]).exits(0);
    folder.file("acme.toml", imported.stdout);
    folder
        .generate("list.csv", &["--provider", "acme.toml"])
        .exits(0)
        .stderr_has("warning: nobody has verified the settings of Acme Mail, which are of 20");
    let profile =
        folder.in_bundle("out/bundles/ada_acme.com.zip", "apple/Acme Mail Mail.mobileconfig");
    assert!(profile.windows(13).any(|window| window == b"smtp.acme.org"));
    folder
        .run(["provider", "check", "acme.toml"])
        .exits(0)
        .stdout_is("Acme Mail: 1 incoming and 1 outgoing servers, 2 domains; 1 doubt");
}

#[test]
fn programs_get_the_imported_file_and_what_was_left_out_as_one_event() {
    let folder = Folder::new();
    folder.file("acme.xml", AUTOCONFIG);
    let done = folder
        .run(["provider", "import", "acme.xml", "--json", "--id", "acme"])
        .env(EPOCH.0, EPOCH.1)
        .exits(0);
    let event: serde_json::Value =
        serde_json::from_str(done.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(event["event"], "imported");
    assert_eq!(event["id"], "acme");
    assert_eq!(event["file"], IMPORTED.replace("acme-org", "acme"));
    assert_eq!(event["skipped"].as_array().unwrap().len(), 5);
    assert_eq!(
        event["skipped"][2],
        "line 25: `authentication` by `GSSAPI` is skipped (files cannot carry it)"
    );
}

#[test]
fn an_import_that_takes_the_domains_of_another_provider_is_doubted() {
    let folder = Folder::new();
    let old =
        AUTOCONFIG.replace("acme.com", "embarqmail.com").replace("smtp.acme.org", "smtp.q.com");
    folder.file("old.xml", old);
    folder
        .run(["provider", "import", "old.xml"])
        .exits(0)
        .stderr_has(
            "warning: mailboxes in `embarqmail.com` are at CenturyLink\n  \
             hint: take the domains out, and use --provider centurylink for them",
        )
        .stderr_has(
            "warning: the outgoing (SMTP) server smtp.q.com is not one of CenturyLink's known servers",
        );
}

#[test]
fn what_cannot_be_imported_is_refused_and_nothing_is_printed() {
    let folder = Folder::new();
    folder
        .file("acme.xml", AUTOCONFIG)
        .file("latin1.xml", b"<clientConfig>\xe9</clientConfig>")
        .file("large.xml", " ".repeat((1 << 20) + 1));
    let import = |file: &str, more: &[&str]| {
        folder.run(["provider", "import", file].iter().chain(more)).exits(2)
    };
    let missing = import("missing.xml", &[]);
    missing.stderr_has("error: there is no file `missing.xml`").stderr_has(
        "  hint: give the path of a file in Mozilla's autoconfig format (config-v1.1.xml)",
    );
    import("latin1.xml", &[]).stderr_has("error: `latin1.xml` line 1: it is not valid UTF-8");
    import("large.xml", &[])
        .stderr_has("error: `large.xml` cannot be read: it is larger than 1048576 bytes");
    import("acme.xml", &["--id", "Acme Corp"]).stdout_is("").stderr_has(
        "error: invalid value 'Acme Corp' for '--id <ID>': \
         an id has 1 to 40 lower case letters, digits and hyphens",
    );
}
