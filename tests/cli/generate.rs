//! The main job.

use crate::support::{ADA, Folder, project};

#[test]
fn the_shipped_example_makes_a_bundle_for_everybody() {
    let folder = Folder::new();
    folder.file("staff.csv", std::fs::read(project("examples/staff.csv")).unwrap());
    let done = folder.generate("staff.csv", &[]).exits(0);
    done.stdout_is("25 bundles in out (25 new, 0 updated, 0 unchanged); 0 rows without bundle");
    assert_eq!(folder.files("out/bundles").len(), 25);
    assert_eq!(folder.text("out/manifest.jsonl").lines().count(), 26);
    assert_eq!(folder.text("out/report.csv").lines().count(), 26);
    folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(0).stdout_has(
        "25 bundles, 225 files, 51 signatures verified: all hold under the authority of --ca",
    );
}

#[test]
fn a_bundle_holds_what_the_design_says() {
    let folder = Folder::new();
    folder.file("list.csv", ADA).generate("list.csv", &[]).exits(0);
    let bundle = folder.read("out/bundles/ada_centurylink.net.zip");
    let archive = zip::ZipArchive::new(std::io::Cursor::new(bundle)).unwrap();
    let names: Vec<_> = archive.file_names().map(|name| name.unwrap()).collect();
    assert_eq!(
        names,
        [
            "START-HERE.html",
            "apple/CenturyLink Mail.mobileconfig",
            "android/thunderbird-qr.svg",
            "android/thunderbird-qr.png",
            "android/thunderbird-account.k9s",
            "android/autodiscover.xml",
            "android/config-v1.1.xml",
            "windows/Set-MailAccount.ps1",
            "windows/Set-Mail.cmd",
            "manifest.json",
        ]
    );
}

#[test]
fn only_the_wanted_formats_are_made_and_the_sheet_names_no_others() {
    let folder = Folder::new();
    folder.file("list.csv", ADA).generate("list.csv", &["--only", "sheet,windows-script"]).exits(0);
    let bundle = "out/bundles/ada_centurylink.net.zip";
    let sheet = String::from_utf8(folder.in_bundle(bundle, "START-HERE.html")).unwrap();
    assert!(!sheet.contains("mobileconfig") && !sheet.contains("Set-Mail.cmd"), "{sheet}");
    folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(0);
    let error = folder.generate("list.csv", &["--only", "apple"]).exits(2);
    error.stderr_has("apple-profile");
}

#[test]
fn protocol_and_settings_reach_every_file() {
    let folder = Folder::new();
    let more = [
        "--protocol",
        "pop",
        "--set",
        "pop.host=pop3.example.org",
        "--set",
        "smtp.port=465",
        "--set",
        "smtp.security=tls",
    ];
    folder.file("list.csv", ADA).generate("list.csv", &more).exits(0);
    folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(0);
    let bundle = "out/bundles/ada_centurylink.net.zip";
    for file in [
        "START-HERE.html",
        "android/autodiscover.xml",
        "windows/Set-MailAccount.ps1",
        "manifest.json",
    ] {
        let text = String::from_utf8(folder.in_bundle(bundle, file)).unwrap();
        let text = text.replace("<wbr />", "");
        assert!(text.contains("pop3.example.org"), "{file}");
        assert!(!text.contains("imap.centurylink.net"), "{file}");
    }
}

#[test]
fn good_rows_are_made_although_others_are_refused() {
    let folder = Folder::new();
    folder
        .file("list.csv", "email,name\nbad,Bad\nada@centurylink.net,Ada\n,Blank\nbob@q.com,Bob\n");
    let done = folder.generate("list.csv", &["--quiet"]).exits(1);
    done.stdout_is("2 bundles in out (2 new, 0 updated, 0 unchanged); 2 rows without bundle, see out/report.csv");
    assert_eq!(folder.files("out/bundles"), ["ada_centurylink.net.zip", "bob_q.com.zip"]);
    let report = folder.text("out/report.csv");
    let outcomes: Vec<&str> =
        report.lines().skip(1).map(|line| line.split(',').nth(2).unwrap()).collect();
    assert_eq!(outcomes, ["\"refused\"", "\"new\"", "\"refused\"", "\"new\""]);
    assert!(
        report.contains(
            "\"blank-address\",\"the address is blank\",\"fill the address in, or delete the row\""
        ),
        "{report}"
    );
}

#[test]
fn strict_writes_nothing_when_a_row_is_at_fault() {
    let folder = Folder::new();
    folder.file("list.csv", "email\nada@centurylink.net\nbad\n");
    let done = folder.generate("list.csv", &["--strict", "--quiet"]).exits(2);
    done.stdout_is("1 row refused; nothing was written (--strict)");
    assert!(!folder.exists("out"));
}

#[test]
fn check_writes_nothing() {
    let folder = Folder::new();
    folder.file("list.csv", ADA);
    folder
        .run(["check", "list.csv"])
        .exits(0)
        .stdout_is("checked 1 row: 1 sound, 0 refused; nothing was written");
    assert_eq!(folder.files(""), ["list.csv"]);
}

#[test]
fn the_mapping_the_dialect_and_the_disputed_host_are_reported_before_anything_is_written() {
    let folder = Folder::new();
    folder.file(
        "list.csv",
        "\u{feff}E-Mail;Nachname;Passwort;Username\nada@q.com;Lovelace;hunter2;ada1\n",
    );
    let done = folder.run(["check", "list.csv"]).exits(0);
    done.stderr_has("warning: imap.centurylink.net is disputed: CenturyLink's own help page and users' reports name mail.centurylink.net")
        .stderr_has("--set imap.host=mail.centurylink.net")
        .stderr_has("list.csv: UTF-8 with byte order mark, cells separated by semicolon")
        .stderr_has("columns: email from `E-Mail`, last_name from `Nachname`, password from `Passwort`")
        .stderr_has("note: column `Passwort` is not used: no file holds a password, devices ask for it once")
        .stderr_has("note: column `Username` is not used")
        .stderr_has("--map 'login=Username'")
        .stderr_has("domains: q.com 1")
        .stderr_has("q.com mailboxes are being moved to myctl.net");
    let quiet =
        folder.run(["check", "list.csv", "--set", "imap.host=mail.centurylink.net"]).exits(0);
    assert!(!quiet.stderr.contains("disputed"), "{}", quiet.stderr);
}

#[test]
fn awkward_addresses_get_safe_names_and_none_is_lost() {
    let folder = Folder::new();
    let addresses = [
        "con.x@q.com",
        "aux@q.com",
        "o'brien@q.com",
        "o-brien@q.com",
        "a+b@q.com",
        "a/b@q.com",
        "Lpt1.y@q.com",
    ];
    folder.file("list.csv", format!("email\n{}\n", addresses.join("\n")));
    folder.generate("list.csv", &[]).exits(0);
    let files = folder.files("out/bundles");
    assert_eq!(files.len(), addresses.len(), "{files:?}");
    for file in &files {
        let stem = file.split('.').next().unwrap();
        assert!(!["con", "prn", "aux", "nul", "lpt1"].contains(&stem), "{file}");
        assert!(
            file.bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b)),
            "{file}"
        );
    }
    folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(0);
}
