//! `init` writes the config file.

use crate::support::{ADA, AT, Folder};

/// What `init` prints of the file `config`, which later commands find with `words`.
fn written(config: &str, words: &str) -> String {
    let probe = if cfg!(feature = "probe") {
        format!(", then mailmuster probe {words}")
    } else {
        String::new()
    };
    format!("{config} is written; next: mailmuster check {words}{probe}")
}

#[test]
fn init_asks_nothing_where_nobody_sits_and_its_file_works() {
    let folder = Folder::new();
    folder.file("client/list.csv", "Mail;Name\nada@q.com;Ada\n").identity();
    let done = folder.run(["init", "client/list.csv"]).exits(0);
    done.stdout_is(&written("client/mailmuster.toml", "client/list.csv"));
    let text = folder.text("client/mailmuster.toml");
    assert!(text.starts_with("#:schema ./mailmuster.schema.json\n"), "{text}");
    assert!(text.contains("\n# email = \"Mail\" "), "{text}");
    assert!(!text.contains("ada@"), "{text}");
    let done = folder.run(["generate", "client/list.csv", "--unsigned"]).exits(0);
    done.stderr_has("settings from client/mailmuster.toml\n");
    assert!(folder.exists("client/out/bundles/ada_q.com.zip"));
}

#[test]
fn init_takes_flags() {
    let folder = Folder::new();
    folder.file("list.csv", "Wer,name\nada@q.com,Ada\n").identity();
    let flags = [
        "--yes",
        "--map=email=Wer",
        "--protocol=pop",
        "--organization=Acme \"A\" \\ Co",
        "--identifier=org.acme",
        "--out=made",
        "--sign-cert=id/cert.pem",
        "--sign-key=id/key.pem",
        "--sign-chain=id/ca.pem",
    ];
    folder.run(["init", "list.csv"].iter().chain(&flags)).exits(0);
    let done = folder.run(["generate", "list.csv", "--at", AT]).exits(0);
    done.stderr_has("columns: email from `Wer`").stderr_has("signer: CN=Test Signer");
    let sheet = folder.sheet("made/bundles/ada_q.com.zip");
    assert!(sheet.contains("pop.centurylink.net") && sheet.contains("Acme"), "{sheet}");
}

#[test]
fn init_never_overwrites() {
    let folder = Folder::new();
    folder.file("list.csv", ADA).file("mailmuster.toml", "format = 1\n");
    folder.run(["init", "list.csv", "--quiet"]).exits(2).stderr_is(
        "error: refusing to overwrite `mailmuster.toml`\n  hint: choose another name, or move the existing one away",
    );
    assert_eq!(folder.text("mailmuster.toml"), "format = 1\n");
    let done = folder.run(["init", "list.csv", "--out-file", "other.toml"]).exits(0);
    done.stdout_is(&written("other.toml", "list.csv --config other.toml"));
    folder.run(["check", "list.csv", "--config", "other.toml"]).exits(0);
}

#[test]
fn init_refuses_what_a_run_would_refuse() {
    let folder = Folder::new();
    folder.file("list.csv", "Wer,Wo\nada@q.com,Ulm\n");
    folder
        .run(["init", "list.csv", "--quiet"])
        .exits(2)
        .stderr_has("error: `list.csv` has no e-mail column");
    folder
        .run(["init", "--quiet", "--provider", "centurylnk"])
        .exits(2)
        .stderr_is("error: there is no provider `centurylnk`\n  hint: did you mean `centurylink`?");
    folder
        .run(["init", "--quiet", "--provider", "gmail"])
        .exits(2)
        .stderr_has("error: Gmail cannot be set up by files: ");
    assert!(!folder.exists("mailmuster.toml"));
}

#[test]
fn init_knows_what_the_provider_lacks() {
    let folder = Folder::new();
    let done = folder.run(["init", "--provider", "qwestoffice"]).exits(0);
    done.stderr_has("warning: ")
        .stderr_has("hint: use a server with TLS, or allow it with --allow-cleartext");
    assert!(folder.text("mailmuster.toml").contains("\nprotocol = \"pop\" "));
}

#[test]
#[cfg(unix)]
fn the_file_that_init_writes_is_private() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    folder.run(["init"]).exits(0);
    let mode = folder.path().join("mailmuster.toml").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn the_schema_is_printed() {
    let folder = Folder::new();
    let done = folder.run(["init", "--schema"]).exits(0);
    let schema: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(schema["properties"]["format"]["maximum"], 1);
    assert_eq!(folder.files(""), [""; 0]);
}

#[test]
fn how_the_list_is_read_is_kept() {
    let folder = Folder::new();
    folder.file("h.csv", "x|ada@q.com|Zo\u{eb}\n");
    folder
        .run(["init", "h.csv", "--yes", "--columns", "-,email,display_name", "--delimiter", "|"])
        .exits(0);
    folder
        .run(["check", "h.csv", "--quiet"])
        .exits(0)
        .stdout_is("checked 1 row: 1 sound, 0 refused; nothing was written");
    let text = folder.text("mailmuster.toml");
    for line in ["delimiter = \"|\"", "columns = [\"-\", \"email\", \"display_name\"]"] {
        assert!(text.lines().any(|l| l.starts_with(line)), "{line} is not in:\n{text}");
    }

    let other = Folder::new();
    other.file(
        "sheets.xlsx",
        std::fs::read(crate::support::project("tests/data/sheets/sheets.xlsx")).unwrap(),
    );
    other.run(["init", "sheets.xlsx", "--yes", "--sheet", "4"]).exits(0);
    assert!(other.text("mailmuster.toml").contains("\nsheet = \"4\""));
    other.run(["check", "sheets.xlsx"]).exits(0).stderr_has("settings from mailmuster.toml");
}

#[test]
fn options_that_init_does_not_ask_for_are_kept_too() {
    let folder = Folder::new();
    folder.file("list.csv", ADA).identity();
    let flags = [
        "--yes",
        "--comment=;",
        "--set=imap.host=imap.%EMAILDOMAIN%",
        "--set=smtp.security=tls",
        "--allow-other-domains",
        "--allow-cleartext=false",
        "--strict",
        "--only=sheet,apple-profile",
        "--contact=IT, 555",
        "--language=German",
        "--jobs=2",
        "--sign-p12=id/signer.p12",
        "--sign-p12-name=Acme",
    ];
    folder.run(["init", "list.csv"].iter().chain(&flags)).exits(0);
    let text = folder.text("mailmuster.toml");
    for line in [
        "comment = \";\"",
        "\"imap.host\" = \"imap.%EMAILDOMAIN%\"",
        "\"smtp.security\" = \"tls\"",
        "allow_other_domains = true",
        "allow_cleartext = false",
        "strict = true",
        "only = [\"sheet\", \"apple-profile\"]",
        "contact = \"IT, 555\"",
        "language = \"de\"",
        "jobs = 2",
        "pkcs12_name = \"Acme\"",
    ] {
        assert!(text.lines().any(|l| l.starts_with(line)), "{line} is not in:\n{text}");
    }
    folder.run(["check", "list.csv"]).exits(0).stderr_has("settings from mailmuster.toml");
}

#[test]
fn init_writes_the_provider_of_an_own_domain() {
    let folder = Folder::new();
    folder.file("list.csv", "email\nada@example.com\nzoe@example.com\nbob@q.com\n");
    let hosts = ["--incoming-server=mail.example.com", "--outgoing-server=mail.example.com:465"];
    let init = ["init", "list.csv", "--yes"].iter().chain(&hosts);
    folder.run(init).exits(0).stderr_has("example-com.toml is written: compare");
    let provider = folder.text("example-com.toml");
    assert!(provider.contains("\ndomains = [\n  \"example.com\",\n]"), "{provider}");
    assert!(provider.contains("port = 465\nsecurity = \"tls\""), "{provider}");
    let config = folder.text("mailmuster.toml");
    assert!(config.contains("\nid = \"example-com.toml\""), "{config}");
    let done = folder.run(["check", "list.csv"]).exits(1);
    done.stdout_is("checked 3 rows: 2 sound, 1 refused; nothing was written")
        .stderr_has("warning: nobody has verified the settings of example.com");
}

#[test]
fn init_never_overwrites_a_provider_file() {
    let folder = Folder::new();
    folder.file("example-com.toml", "mine").file("list.csv", "email\nada@example.com\n");
    let hosts = ["--incoming-server=a.example.com", "--outgoing-server=b.example.com"];
    let init = ["init", "list.csv", "--yes"].iter().chain(&hosts);
    folder.run(init).exits(2).stderr_has("error: refusing to overwrite `example-com.toml`");
    assert_eq!(folder.text("example-com.toml"), "mine");
    assert!(!folder.exists("mailmuster.toml"));
}

#[test]
fn init_reports_an_own_domain_where_most_addresses_have_it() {
    let folder = Folder::new();
    folder.file("own.csv", "email\nada@example.com\nzoe@example.com\nbob@q.com\n");
    folder.file("half.csv", "email\nada@example.com\nbob@q.com\n");
    folder.file("typo.csv", "email\nada@centurylnk.net\nbob@centurylnk.net\n");
    let init = |list: &str| {
        let config = format!("{list}.toml");
        folder.run(["init", list, "--yes", "--out-file", &config]).exits(0).stderr
    };
    assert!(init("own.csv").contains("warning: most addresses are in example.com"));
    for list in ["half.csv", "typo.csv"] {
        let stderr = init(list);
        assert!(!stderr.contains("most addresses"), "{stderr}");
    }
}
