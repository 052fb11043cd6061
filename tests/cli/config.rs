//! The config file: what it sets, its faults, and what wins over it.

mod faults;

use crate::support::{ADA, AT, Folder};

/// A folder with a list, an identity, and a file that says `text` behind its format.
fn folder(text: &str) -> Folder {
    let folder = Folder::new();
    folder.file("list.csv", ADA).identity();
    folder.file("mailmuster.toml", format!("format = 1\n{text}"));
    folder
}

const IDENTITY: &str =
    "[signing]\ncertificate = \"id/cert.pem\"\nkey = \"id/key.pem\"\nchain = \"id/ca.pem\"\n";

#[test]
fn every_choice_of_the_file_reaches_the_bundle() {
    let folder = folder(&format!(
        "[list]\ndelimiter = \"|\"\n\
         [columns]\nemail = \"Who\"\n\
         [provider]\nprotocol = \"pop\"\nallow_other_domains = true\n\
         [provider.set]\n\"pop.host\" = \"pop3.example.org\"\nimap.host = \"unused.example.org\"\n\
         [output]\nfolder = \"made\"\nonly = [\"sheet\", \"apple-profile\"]\norganization = \"Acme\"\nidentifier = \"org.acme\"\njobs = 1\n\
         {IDENTITY}"
    ));
    folder.file("list.csv", "Who|x\nada@example.org|1\n");
    let done = folder.run(["generate", "list.csv", "--at", AT]).exits(0);
    done.stderr_has("settings from mailmuster.toml\n").stderr_has("signer: CN=Test Signer");
    done.stdout_is("1 bundle in made (1 new, 0 updated, 0 unchanged); 0 rows without bundle");
    let bundle = "made/bundles/ada_example.org.zip";
    let sheet = folder.sheet(bundle);
    assert!(sheet.contains("pop3.example.org") && sheet.contains("Acme"), "{sheet}");
    let profile = folder.in_bundle(bundle, "apple/CenturyLink Mail.mobileconfig");
    assert!(profile.windows(9).any(|window| window == b"org.acme."));
    let manifest = String::from_utf8(folder.in_bundle(bundle, "manifest.json")).unwrap();
    assert!(!manifest.contains("windows/"), "{manifest}");
    folder.run(["verify", "made", "--ca", "id/ca.pem"]).exits(0);
}

#[test]
fn a_flag_wins_over_the_file() {
    let folder = folder(&format!(
        "[list]\ndelimiter = \"|\"\n[provider]\nprotocol = \"pop\"\n\
         [output]\nfolder = \"made\"\nstrict = true\norganization = \"Acme\"\n{IDENTITY}"
    ));
    folder.file("list.csv", "email,name\nada@q.com,Ada\nbad,Bad\n");
    let strict = folder.run(["generate", "list.csv", "--delimiter", ",", "--quiet"]).exits(2);
    strict.stdout_is("1 row refused; nothing was written (--strict)");
    let flags =
        ["--delimiter=,", "--protocol=imap", "--strict=false", "--out=out", "--organization=Zen"];
    folder.run(["generate", "list.csv"].iter().chain(&flags)).exits(1);
    assert!(!folder.exists("made"));
    let sheet = folder.sheet("out/bundles/ada_q.com.zip");
    assert!(sheet.contains("imap.centurylink.net") && sheet.contains("Zen"), "{sheet}");
}

#[test]
fn what_belongs_together_is_taken_from_one_place() {
    let folder = folder(&format!(
        "[provider]\nset.imap.host = \"imap.example.org\"\n[output]\nfolder = \"out\"\n{}",
        IDENTITY.replace("key.pem\"", "gone.pem\"")
    ));
    let fixed = ["generate", "list.csv", "--at", AT];
    folder
        .run(fixed)
        .exits(2)
        .stderr_has("settings from mailmuster.toml\n")
        .stderr_has("id/gone.pem");
    let typed = ["--sign-cert", "id/cert.pem", "--sign-key", "id/key.pem"];
    folder
        .run(fixed.iter().chain(&typed))
        .exits(0)
        .stderr_has("settings from mailmuster.toml, its [signing] identity set aside\n");
    let done = folder
        .run(fixed.iter().chain(&["--unsigned", "--provider", "centurylink", "--new-signer"]))
        .exits(0);
    done.stderr_has("its [provider] and [signing] identity set aside\n")
        .stderr_has("nothing is signed");
    let sheet = folder.sheet("out/bundles/ada_centurylink.net.zip");
    assert!(!sheet.contains("imap.example.org") && sheet.contains("imap.centurylink.net"));
}

#[test]
fn a_passphrase_that_is_typed_opens_the_identity_of_the_file() {
    let folder =
        folder(&format!("[output]\nfolder = \"out\"\n{IDENTITY}passphrase_file = \"gone\"\n"));
    let key = openssl::pkey::PKey::private_key_from_pem(&folder.read("id/key.pem")).unwrap();
    let cipher = openssl::symm::Cipher::aes_256_cbc();
    folder.file("id/key.pem", key.private_key_to_pem_pkcs8_passphrase(cipher, b"open").unwrap());
    folder.run(["generate", "list.csv"]).exits(2).stderr_has("cannot be read from `gone`");
    folder
        .run(["generate", "list.csv", "--sign-passphrase-env", "PASS"])
        .env("PASS", "open")
        .exits(0);
}

#[test]
fn columns_of_the_file_are_used_and_a_flag_replaces_one() {
    let folder = folder("[columns]\nemail = \"Who\"\nid = \"#3\"\nstatus = \"-\"\n");
    folder.file("list.csv", "Who,Else,Key,Status\nada@q.com,bob@q.com,7,gone\n");
    folder
        .run(["check", "list.csv"])
        .exits(0)
        .stderr_has("columns: email from `Who`, id from `Key`\n");
    folder
        .run(["check", "list.csv", "--map", "email=Else"])
        .exits(0)
        .stderr_has("columns: email from `Else`, id from `Key`\n");
    folder
        .run(["check", "list.csv", "--columns=-,email,-,-"])
        .exits(1)
        .stderr_has("columns: email from `column 2`\n");
}

#[test]
fn a_column_that_the_list_lacks_is_reported_with_its_place_in_the_file() {
    let folder = folder("[columns]\nemail = \"Adress\"\n");
    folder.file("list.csv", "Address,Password\nada@q.com,x\n");
    let shown = "error: `mailmuster.toml` line 3, column 9: the list has no column `Adress`\n  \
                hint: did you mean \"Address\"?";
    folder.run(["check", "list.csv", "--quiet"]).exits(2).stderr_is(shown);
    folder.run(["check", "list.csv", "--quiet", "--explain-columns"]).exits(2).stderr_is(shown);
    folder.run(["generate", "list.csv", "--quiet", "--out", "out"]).exits(2).stderr_is(shown);
    folder.file("mailmuster.toml", "format = 1\n[columns]\nid = \"Address\"\n");
    folder.run(["check", "list.csv", "--quiet", "--map", "email=Address"]).exits(2).stderr_is(
        "error: `mailmuster.toml` line 3, column 6: column `Address` is email already\n  \
         hint: a column holds one thing; leave one of them out",
    );
    folder.file("mailmuster.toml", "format = 1\n[columns]\nid = \"Password\"\n");
    folder.run(["check", "list.csv", "--quiet"]).exits(2).stderr_is(
        "error: `mailmuster.toml` line 3, column 6: column `Password` holds passwords\n  \
         hint: rename the column if it holds something else",
    );
}

#[test]
fn a_list_without_header_can_be_described_in_the_file() {
    let folder = folder("[list]\ncolumns = [\"email\", \"-\", \"display_name\"]\n");
    folder.file("list.csv", "ada@q.com,x,Ada\n");
    folder
        .run(["check", "list.csv"])
        .exits(0)
        .stderr_has("columns: email from `column 1`, display_name from `column 3`\n");
}

#[test]
fn paths_start_from_the_folder_of_the_file() {
    let folder = Folder::new();
    let shown = folder.run(["provider", "show", "centurylink"]).exits(0).stdout;
    let acme = shown
        .replace("\"centurylink\"", "\"acme\"")
        .replace("\"CenturyLink\"", "\"Acme\"")
        .replace("centurylink.net", "acme.org");
    folder.identity();
    for file in ["cert.pem", "key.pem", "ca.pem"] {
        folder.file(&format!("client/id/{file}"), folder.read(&format!("id/{file}")));
    }
    folder.file("client/acme.toml", acme).file("client/list.csv", "email\nada@acme.org\n").file(
        "client/mailmuster.toml",
        format!(
            "format = 1\n[provider]\nid = \"acme.toml\"\n[output]\nfolder = \"out\"\n{IDENTITY}"
        ),
    );
    let done = folder.run(["generate", "client/list.csv", "--at", AT]).exits(0);
    done.stderr_has("settings from client/mailmuster.toml\n");
    assert!(folder.exists("client/out/bundles/ada_acme.org.zip"));
    // another list with the same choices
    folder.file("list.csv", "email\nada@acme.org\n");
    let named = ["generate", "list.csv", "--config", "client/mailmuster.toml", "--at", AT];
    folder.run(named).exits(0).stdout_has("1 bundle in client/out (0 new, 0 updated, 1 unchanged)");
}

#[test]
fn the_file_can_be_named_or_passed_over() {
    let folder = folder("nonsense = 1\n");
    folder.run(["check", "list.csv"]).exits(2);
    let done = folder.run(["check", "list.csv", "--no-config"]).exits(0);
    assert!(!done.stderr.contains("settings from"), "{}", done.stderr);
    folder.file("other.toml", "format = 1\n");
    folder
        .run(["check", "list.csv", "--config", "other.toml"])
        .exits(0)
        .stderr_has("settings from other.toml\n");
    let missing = folder.run(["check", "list.csv", "--config", "gone.toml"]).exits(2);
    missing
        .stderr_has("error: there is no file `gone.toml`")
        .stderr_has("hint: `mailmuster init` makes one");
    folder.run(["check", "list.csv", "--config", "other.toml", "--no-config"]).exits(2);
    // standard input has no folder of its own
    folder.run(["check", "-"]).stdin(ADA).exits(2).stderr_has("unknown key `nonsense`");
    folder.file("lists/list.csv", ADA).run(["check", "lists/list.csv"]).exits(0);
}

#[test]
fn generate_needs_a_folder_from_somewhere() {
    let folder = folder("");
    folder.run(["generate", "list.csv", "--quiet"]).exits(2).stderr_is(
        "error: no folder is named for the bundles\n  \
         hint: say --out DIR, or folder = \"out\" in [output] of mailmuster.toml",
    );
}

#[test]
fn flags_without_effect_are_refused() {
    let folder = Folder::new();
    folder.file("list.csv", ADA).identity();
    let run = ["generate", "list.csv", "--out", "out", "--quiet"];
    for (flag, kind) in [
        ("--sign-passphrase-file", "sign"),
        ("--sign-passphrase-env", "sign"),
        ("--sign-passphrase-fd", "sign"),
        ("--script-passphrase-env", "script"),
    ]
    .into_iter()
    // Windows has no such flag
    .filter(|(flag, _)| cfg!(unix) || !flag.ends_with("-fd"))
    {
        folder.run(run.iter().chain(&[flag, "3"])).exits(2).stderr_is(&format!(
            "error: {flag} has no effect: no identity needs it\n  \
             hint: name the identity that it opens: --{kind}-cert or --{kind}-p12"
        ));
    }
    for flag in [
        "--sign-key",
        "--sign-chain",
        "--sign-passphrase-file",
        "--script-p12",
        "--script-passphrase-env",
    ] {
        folder
            .run(run.iter().chain(&["--unsigned", flag, "3"]))
            .exits(2)
            .stderr_has("cannot be used with")
            .stderr_has("--unsigned");
    }
    folder
        .run(run.iter().chain(&["--set", "imap.host=a.example", "--set", "imap.host=b.example"]))
        .exits(2)
        .stderr_is("error: --set names imap.host twice\n  hint: say --set imap.host=... once");
    assert!(!folder.exists("out"));
}

#[test]
fn check_takes_the_formats_of_the_file() {
    let folder = Folder::new();
    folder.file("list.csv", "email,name,platform\nada@q.com,Ada,windows\nbob@q.com,Bob,apple\n");
    let all = folder.run(["check", "list.csv"]).exits(0);
    all.stdout_has("checked 2 rows: 2 sound, 0 refused; nothing");
    assert!(all.stderr.contains("sheet, apple-profile, "), "{}", all.stderr);
    folder.file(
        "mailmuster.toml",
        "format = 1\n[output]\nonly = [\"android-autoconfig\", \"apple-profile\"]\n",
    );
    let some = folder.run(["check", "list.csv"]).exits(0);
    assert!(!some.stderr.contains("sheet"), "{}", some.stderr);
    some.stderr_has("apple-profile");
    // the profile is not for Windows
    some.stdout_has("1 skipped");
    folder.run(["check", "list.csv", "--no-config"]).exits(0).stdout_lacks("skipped");
}
