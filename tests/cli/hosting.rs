//! Files that mail apps fetch from domains of the organization's own.
#![allow(clippy::disallowed_methods, reason = "tests remove files")]

use crate::support::{ADA, AT, Folder};

/// A provider of one's own for two domains.
const ACME: &str = r#"
format = 1
id = "acme"
name = "Acme Mail"
domains = ["acme.example", "acme.org"]
[[incoming]]
protocol = "imap"
host = "imap.acme.example"
port = 993
security = "tls"
username = "%EMAILADDRESS%"
authentication = ["password-cleartext"]
[[incoming]]
protocol = "pop"
host = "pop.acme.example"
port = 995
security = "tls"
username = "%EMAILADDRESS%"
authentication = ["password-cleartext"]
[[outgoing]]
host = "smtp.%EMAILDOMAIN%"
port = 587
security = "starttls"
username = "%EMAILLOCALPART%"
authentication = ["password-cleartext"]
"#;

fn acme() -> Folder {
    let folder = Folder::new();
    folder.file("acme.toml", ACME.replace("%EMAILLOCALPART%", "%EMAILADDRESS%"));
    folder
}

const EXPORT: [&str; 8] = [
    "export",
    "hosting",
    "--provider",
    "acme.toml",
    "--out",
    "hosting",
    "--domain",
    "acme.org,acme.example",
];

#[test]
fn an_export_has_everything_for_each_domain() {
    let folder = acme();
    let done = folder.run(EXPORT).exits(0);
    done.stdout_has("16 files for `acme.example` and `acme.org` in hosting; README.txt there")
        .stderr_has("the mail servers come from the provider file `acme.toml`");
    assert_eq!(
        folder.files("hosting"),
        [
            ".mailmuster-export",
            "README.txt",
            "acme.example/.well-known/autoconfig/mail/config-v1.1.xml",
            "acme.example/Caddyfile",
            "acme.example/apache.conf",
            "acme.example/autodiscover/autodiscover.xml",
            "acme.example/dns.txt",
            "acme.example/mail/config-v1.1.xml",
            "acme.example/nginx.conf",
            "acme.org/.well-known/autoconfig/mail/config-v1.1.xml",
            "acme.org/Caddyfile",
            "acme.org/apache.conf",
            "acme.org/autodiscover/autodiscover.xml",
            "acme.org/dns.txt",
            "acme.org/mail/config-v1.1.xml",
            "acme.org/nginx.conf",
            "export.json",
            "fairemail/providers.xml",
        ]
    );
    // a server that depends on the address is that of the domain
    for domain in ["acme.example", "acme.org"] {
        let host = format!("<hostname>smtp.{domain}</hostname>");
        assert!(folder.text(&format!("hosting/{domain}/mail/config-v1.1.xml")).contains(&host));
        let record = format!("_submission._tcp.{domain}. 3600 IN SRV 0 1 587 smtp.{domain}.\n");
        assert!(folder.text(&format!("hosting/{domain}/dns.txt")).contains(&record));
    }
    folder.run(["verify", "hosting"]).exits(0).stdout_has("nothing vouches for hosting");
}

#[test]
fn the_same_settings_give_the_same_bytes() {
    let (one, other) = (acme(), acme());
    one.run(EXPORT).exits(0);
    let mut turned = EXPORT;
    turned[7] = "acme.example,acme.org,ACME.example";
    other.run(turned).exits(0);
    for file in one.files("hosting") {
        let path = format!("hosting/{file}");
        assert_eq!(one.text(&path), other.text(&path), "{file}");
    }
}

#[test]
fn a_second_export_takes_away_what_is_no_longer_hosted() {
    let folder = acme();
    folder.run(EXPORT).exits(0);
    let mut fewer = EXPORT;
    fewer[7] = "acme.org";
    folder.run(fewer).exits(0);
    assert!(!folder.exists("hosting/acme.example"), "its hidden folder as well");
    folder.run(["verify", "hosting"]).exits(0);
}

#[test]
fn what_cannot_be_hosted_is_refused_and_nothing_is_written() {
    let folder = acme();
    folder.file("mixed.toml", ACME.replace("%EMAILLOCALPART%", "%EMAILLOCALPART%.acme"));
    for (args, error) in [
        (
            "--provider acme.toml --domain centurylink.net",
            "error: `centurylink.net` belongs to CenturyLink: only CenturyLink can host settings for it\n  hint: ",
        ),
        ("--domain mail.q.com", "error: `mail.q.com` belongs to CenturyLink"),
        (
            "--domain example.org",
            "error: `example.org` cannot be hosted: `someone@example.org` is not at CenturyLink\n  hint: ",
        ),
        (
            "--provider mixed.toml --domain acme.org",
            "the user name of `someone@acme.org` would be `someone.acme`, and apps can be given only",
        ),
        (
            "--provider acme.toml --domain https://acme.org",
            "it holds `:`; write the bare name, without protocol, port or path",
        ),
        ("staff.csv --domain acme.org", "error: `export hosting` takes no list"),
        ("--bundles out --domain acme.org", "error: `export hosting` takes no list"),
    ] {
        let args = format!("export hosting --out hosting {args}");
        folder.run(args.split(' ')).exits(2).stderr_has(error);
    }
    folder
        .run("export jamf --out jamf --domain acme.org".split(' '))
        .exits(2)
        .stderr_has("error: --domain has no effect: it is for `export hosting`");
    assert!(!folder.exists("hosting") && !folder.exists("jamf"));
}

#[test]
fn without_domain_there_is_what_fairemail_imports() {
    let folder = Folder::new();
    folder.run(["export", "hosting", "--out", "fair"]).exits(0).stdout_has("2 files for FairEmail");
    assert_eq!(
        folder.files("fair"),
        [".mailmuster-export", "README.txt", "export.json", "fairemail/providers.xml"]
    );
    let xml = folder.text("fair/fairemail/providers.xml");
    assert!(xml.contains("domain=\"centurylink\\.net,") && !xml.contains("\\\\"), "{xml}");
    assert!(xml.contains("<smtp host=\"smtp.centurylink.net\" port=\"587\" starttls=\"true\"/>"));
    folder.run(["verify", "fair"]).exits(0);
    folder
        .run("export hosting --provider auto --out auto".split(' '))
        .exits(0)
        .stdout_has("2 files for FairEmail");
    let xml = folder.text("auto/fairemail/providers.xml");
    assert!(xml.contains("name=\"Fastmail\"") && xml.contains("name=\"CenturyLink\""), "{xml}");
}

#[test]
fn what_an_app_gets_wrong_is_a_warning_that_names_it() {
    let folder = Folder::new();
    folder.file(
        "acme.toml",
        ACME.replace("port = 587", "port = 2525").replace("%EMAILADDRESS%", "%EMAILLOCALPART%"),
    );
    let done = folder.run(EXPORT.iter().chain(&["-q"])).exits(0);
    done.stderr_has("warning: acme.org: FairEmail and Delta Chat read no user name")
        .stderr_has("warning: acme.org: FairEmail takes SSL/TLS for the outgoing server smtp.acme.org, because its port is 2525; the server uses STARTTLS");
    let readme = folder.text("hosting/README.txt");
    assert!(readme.contains("What apps get wrong") && readme.contains("2525"), "{readme}");
    let xml = folder.text("hosting/acme.org/mail/config-v1.1.xml");
    assert!(xml.contains("<username>%EMAILLOCALPART%</username>"), "{xml}");
    let mut pop = EXPORT.to_vec();
    pop.extend(["--protocol", "pop"]);
    folder
        .run(pop)
        .exits(0)
        .stderr_has("Thunderbird for Android takes no config-v1.1.xml with a POP3");
    assert!(!folder.exists("hosting/fairemail/providers.xml"), "it has no entry for POP3");
    assert!(folder.text("hosting/acme.org/dns.txt").contains("\n_pop3s._tcp.acme.org. "));
    folder.run(["verify", "hosting"]).exits(0);
}

/// Gives a file of the export other content, and the list of files the new digest.
fn forge(folder: &Folder, path: &str, from: &str, to: &str) {
    use sha2::{Digest as _, Sha256};
    let digest = |bytes: &[u8]| -> String {
        Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let old = folder.text(&format!("hosting/{path}"));
    let new = old.replacen(from, to, 1);
    assert_ne!(old, new, "{from}");
    let mark = folder.text("hosting/.mailmuster-export");
    let line = |text: &str| format!("{}  {path}", digest(text.as_bytes()));
    assert!(mark.contains(&line(&old)));
    folder.file("hosting/.mailmuster-export", mark.replace(&line(&old), &line(&new)));
    folder.file(&format!("hosting/{path}"), new);
}

#[test]
fn verify_compares_the_files_of_a_domain_with_one_another() {
    for (path, from, to, fault) in [
        (
            "acme.org/autodiscover/autodiscover.xml",
            "imap.acme.example",
            "imap.evil.example",
            "incoming server is `imap.evil.example port 993 (SSL/TLS)`; mail/config-v1.1.xml says `imap.acme.example port 993 (SSL/TLS)`",
        ),
        (
            "acme.org/autodiscover/autodiscover.xml",
            "<SPA>off",
            "<SPA>on",
            "it is not the file that mailmuster writes for these domains",
        ),
        (
            "acme.org/mail/config-v1.1.xml",
            "<domain>acme.org",
            "<domain>acme.net",
            "it is for the domain acme.net",
        ),
        (
            "acme.org/.well-known/autoconfig/mail/config-v1.1.xml",
            ">993<",
            ">994<",
            "it is not the same as mail/config-v1.1.xml",
        ),
        (
            "fairemail/providers.xml",
            "imap.acme.example",
            "imap.evil.example",
            "its servers for acme.example are not those of mail/config-v1.1.xml",
        ),
        ("fairemail/providers.xml", "acme\\.example", "acme\\\\.example", "it cannot be read"),
        (
            "acme.org/dns.txt",
            "imap.acme.example",
            "imap.evil.example",
            "it is not the file that mailmuster writes for these domains",
        ),
        (
            "acme.org/nginx.conf",
            "error_page",
            "#error_page",
            "it is not the file that mailmuster writes for these domains",
        ),
    ] {
        let folder = acme();
        folder.run(EXPORT).exits(0);
        forge(&folder, path, from, to);
        let done = folder.run(["verify", "hosting"]).exits(1);
        done.stdout_has(&format!("hosting/{path}: {fault}"));
    }
}

#[test]
fn a_run_writes_the_files_for_its_domains_into_its_folder() {
    let folder = acme();
    folder.file("list.csv", ADA.replace("centurylink.net", "acme.org"));
    let run = ["--provider", "acme.toml", "--hosting", "acme.org"];
    folder
        .generate("list.csv", &run)
        .exits(0)
        .stdout_has("9 files for `acme.org` in out/hosting; README.txt there says");
    folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(0).stdout_has("hosting");
    // the next run without the flag leaves it and says so
    folder
        .generate("list.csv", &run[..2])
        .exits(0)
        .stderr_has("warning: `out/hosting` is the export of an earlier run")
        .stderr_has("hint: name the domains with --hosting, or delete the folder");
    folder.file("out/hosting/acme.org/more.txt", "x");
    folder
        .run(["verify", "out", "--ca", "id/ca.pem"])
        .exits(1)
        .stdout_has("out/hosting/acme.org/more.txt: it is not a file of this export");
    folder
        .run("export hosting --out out --domain acme.org --provider acme.toml".split(' '))
        .exits(2)
        .stderr_has("it is the folder of a run");
}

/// It names no person, so there is nothing to judge a single one by.
#[test]
fn a_single_file_for_hosting_is_named_as_such() {
    let folder = acme();
    folder.run(EXPORT).exits(0);
    for name in ["autodiscover/autodiscover.xml", "mail/config-v1.1.xml"] {
        let path = format!("hosting/acme.org/{name}");
        let fault = "it serves a whole domain: name the folder of its export";
        folder.run(["verify", &path]).exits(1).stdout_has(&format!("{path}: {fault}"));
        folder.run(["inspect", &path]).exits(0).stdout_has(fault);
    }
}

#[test]
fn a_domain_that_cannot_be_hosted_stops_a_run_before_it_begins() {
    let folder = Folder::new();
    folder.file("list.csv", ADA);
    folder
        .generate("list.csv", &["--hosting", "centurylink.net"])
        .exits(2)
        .stderr_has("only CenturyLink can host settings for it");
    assert!(!folder.exists("out"));
}

#[test]
fn the_config_file_names_the_domains() {
    let folder = acme();
    folder.file("list.csv", ADA.replace("centurylink.net", "acme.org"));
    folder.file(
        "mailmuster.toml",
        "format = 1\n[provider]\nid = \"acme.toml\"\n[output]\nhosting = [\"acme.org\"]\n",
    );
    folder.generate("list.csv", &[]).exits(0).stdout_has("9 files for `acme.org` in out/hosting");
    folder
        .run(["export", "hosting", "--out", "alone", "--at", AT])
        .exits(0)
        .stdout_has("9 files for `acme.org` in alone");
    folder.file("mailmuster.toml", "format = 1\n[output]\nhosting = [\"no dot\"]\n");
    folder
        .generate("list.csv", &[])
        .exits(2)
        .stderr_has("`hosting` cannot be `no dot`: it holds ` `");
}

#[test]
fn plan_finds_what_a_run_would_write_for_hosting() {
    let folder = acme();
    folder.file("list.csv", "email,name\nada@acme.example,Ada\n");
    let run = |command: &str, more: &[&str], code| {
        let words = [command, "list.csv", "--out", "out", "--provider", "acme.toml", "--unsigned"];
        folder.run(words.iter().chain(&["--quiet"]).chain(more)).exits(code)
    };
    let plan = |code| run("plan", &["--exit-code"], code);
    run("generate", &[], 0);
    assert!(!plan(0).stderr.contains("hosting"));
    let config = |domains: &str| {
        let text = format!("format = 1\n[output]\nhosting = [{domains}]\n");
        folder.file("mailmuster.toml", text);
    };
    let generated = |notice: &str| {
        let before = folder.exists("out/hosting").then(|| folder.files("out/hosting"));
        plan(4).stdout_is("unchanged: 1").stderr_has(notice);
        let after = folder.exists("out/hosting").then(|| folder.files("out/hosting"));
        assert_eq!(before, after, "a plan writes nothing");
        run("plan", &["--json"], 0).stdout_has("\"code\":\"hosting-differs\"");
        run("generate", &[], 0);
        assert!(!plan(0).stderr.contains("hosting"), "{notice}");
    };
    config("\"acme.example\"");
    generated("files in `out/hosting` would be written: `README.txt`, ");
    std::fs::remove_file(folder.path().join("out/hosting/acme.example/dns.txt")).unwrap();
    generated("files in `out/hosting` would be written: `acme.example/dns.txt`\n");
    folder.file("out/hosting/export.json", "{}");
    generated("files in `out/hosting` would be written: `export.json`\n");
    config("\"acme.example\", \"acme.org\"");
    generated("`acme.org/");
    config("\"acme.org\"");
    generated("; would be removed: `acme.example/");
    // domains that `generate` refuses are refused
    config("\"centurylink.net\"");
    let refused = plan(2);
    run("generate", &[], 2).stderr_is(&refused.stderr);
}
