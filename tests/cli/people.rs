//! People as lists have them: several mailboxes, single devices, those who are gone; and what a check
//! tells about them.

use serde_json::Value;

use crate::support::{Folder, project};

const PEOPLE: &str = "Name,E-Mail,Id,Status,Device,Client,Group,smtp port\n\
    Ada,ada@centurylink.net,7,active,iPhone,Acme,=1+1,\n\
    Ada,sales@q.com,7,active,,Acme,,465\n\
    Bob,bob@centurylink.net,8,active,Android,Acme,,\n\
    Eva,eva@centurylink.net,9,Suspended,,Beta,,\n";

/// `report.csv` without its header, cell by cell.
fn report(folder: &Folder) -> Vec<Vec<String>> {
    let text = folder.text("out/report.csv");
    let mut rows = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    rows.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn several_mailboxes_of_one_person_are_one_bundle_that_verifies() {
    let folder = Folder::new();
    folder.file("list.csv", PEOPLE);
    folder
        .generate("list.csv", &[])
        .exits(0)
        .stdout_is(
            "2 bundles in out (2 new, 0 updated, 0 unchanged); 0 rows without bundle, 1 skipped",
        )
        .stderr_has("warning: `list.csv` line 2: one person with the mailboxes `ada@centurylink.net` and `sales@q.com`");
    folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(0);
    let shown = folder.run(["inspect", "out/bundles/ada_centurylink.net.zip"]).exits(0);
    shown
        .stdout_has("bundle for ada@centurylink.net, sales@q.com")
        .stdout_has("smtp.centurylink.net port 465 (SSL/TLS), user name sales@q.com")
        .stdout_has("android/autodiscover-2.xml")
        .stdout_has("android/config-v1.1-2.xml");
    // a bundle says the same about each account in every file, or does not verify
    let manifest = folder.text("out/manifest.jsonl");
    let changed =
        manifest.replace("[\"ada@centurylink.net\",\"sales@q.com\"]", "[\"ada@centurylink.net\"]");
    assert_ne!(manifest, changed);
    folder.file("out/manifest.jsonl", changed);
    folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(1).stdout_has(
        "it is for `ada@centurylink.net` and `sales@q.com`; manifest.jsonl says `ada@centurylink.net`",
    );
}

#[test]
fn everybody_gets_files_for_their_own_devices_only() {
    let folder = Folder::new();
    folder.file("list.csv", PEOPLE);
    folder.generate("list.csv", &[]).exits(0);
    let names = |bundle: &str| -> Vec<String> {
        let archive = zip::ZipArchive::new(std::io::Cursor::new(folder.read(bundle))).unwrap();
        archive.file_names().map(|name| name.unwrap().into_owned()).collect()
    };
    assert_eq!(
        names("out/bundles/bob_centurylink.net.zip"),
        [
            "START-HERE.html",
            "android/thunderbird-qr.svg",
            "android/thunderbird-qr.png",
            "android/thunderbird-account.k9s",
            "android/autodiscover.xml",
            "android/config-v1.1.xml",
            "manifest.json",
        ]
    );
    let sheet = folder.in_bundle("out/bundles/bob_centurylink.net.zip", "START-HERE.html");
    let sheet = String::from_utf8(sheet).unwrap();
    assert!(sheet.contains("Android") && !sheet.contains("iPhone"));
    folder
        .generate("list.csv", &["--only", "windows-script", "--out", "pcs"])
        .exits(2)
        .stderr_has("cannot be used multiple times");
    folder.run(["generate", "list.csv", "--out", "pcs", "--unsigned", "--only", "windows-script", "--strict", "--quiet"]).exits(0).stderr_has(
        "note: `list.csv` line 4 is skipped: this run makes no format for this person's devices (`bob@centurylink.net`)\n",
    );
    assert_eq!(folder.text("pcs/report.csv").matches(",\"skipped\",").count(), 3);
    assert_eq!(folder.text("pcs/report.csv").matches("\"nothing-to-make\"").count(), 1);
}

#[test]
fn reports_carry_what_the_list_says_of_everybody() {
    let folder = Folder::new();
    folder.file("list.csv", PEOPLE);
    folder.generate("list.csv", &[]).exits(0);
    let rows = report(&folder);
    let short: Vec<_> = rows
        .iter()
        .map(|row| (row[0].as_str(), row[2].as_str(), row[8].as_str(), row[9].as_str()))
        .collect();
    assert_eq!(
        short,
        [
            ("2", "new", "Acme", "'=1+1"),
            ("3", "new", "Acme", ""),
            ("4", "new", "Acme", ""),
            ("5", "skipped", "Beta", "")
        ]
    );
    assert_eq!(rows[0][3], rows[1][3], "both mailboxes are in one bundle");
    let manifest = lines(&folder.text("out/manifest.jsonl"));
    assert_eq!(manifest.len(), 3);
    assert_eq!(manifest[1]["addresses"], serde_json::json!(["ada@centurylink.net", "sales@q.com"]));
    assert_eq!(manifest[1]["client"], "Acme");
    assert!(manifest[2].get("group").is_none());
}

#[test]
fn the_order_of_a_person_s_rows_does_not_change_what_devices_know_them_by() {
    let profile = |list: &str, bundle: &str| {
        let folder = Folder::new();
        folder.file("list.csv", list);
        folder
            .run(["generate", "list.csv", "--out", "out", "--unsigned", "--at", crate::support::AT])
            .exits(0);
        let profile = folder.in_bundle(bundle, "apple/CenturyLink Mail.mobileconfig");
        let value = plist::Value::from_reader(std::io::Cursor::new(profile)).unwrap();
        let top = value.into_dictionary().unwrap();
        let text = |dictionary: &plist::Dictionary, key: &str| {
            dictionary[key].as_string().unwrap().to_owned()
        };
        let mut accounts: Vec<_> = top["PayloadContent"]
            .as_array()
            .unwrap()
            .iter()
            .map(|payload| payload.as_dictionary().unwrap())
            .map(|payload| (text(payload, "EmailAddress"), text(payload, "PayloadUUID")))
            .collect();
        accounts.sort();
        (text(&top, "PayloadUUID"), accounts)
    };
    let head = "email,name,id\n";
    let (ada, sales) = ("ada@q.com,Ada,7\n", "sales@q.com,Ada,7\n");
    let one = profile(&format!("{head}{ada}{sales}"), "out/bundles/ada_q.com.zip");
    let other = profile(&format!("{head}{sales}{ada}"), "out/bundles/sales_q.com.zip");
    assert_eq!(one, other);
    let alone = profile(&format!("{head}{ada}"), "out/bundles/ada_q.com.zip");
    assert_eq!(alone.0, one.0, "the profile stays the person's own");
}

#[test]
fn refused_rows_are_copied_to_be_mended_and_fed_back() {
    let folder = Folder::new();
    let list =
        "Name;E-Mail;Kennwort\nAda;ada@q.com;x\n\"Lee; Ann\";ann@;hunter2\nBob;;\"a\"\"b\"\n";
    folder.file("list.csv", list);
    folder
        .run(["check", "list.csv", "--write-rejects", "rejects.csv"])
        .exits(1)
        .stderr_has("note: 2 refused rows copied to rejects.csv");
    let rejects = folder.text("rejects.csv");
    let expected = "\u{feff}why;Name;E-Mail;Kennwort\r\n\
        E-Mail: the cell is not an address: nothing follows `@`;\"Lee; Ann\";ann@;hunter2\r\n\
        E-Mail: the address is blank;Bob;;\"a\"\"b\"\r\n";
    assert_eq!(rejects, expected);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode =
            std::fs::metadata(folder.path().join("rejects.csv")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    folder.file(
        "mended.csv",
        rejects.replace("ann@;", "ann@q.com;").replace("Bob;;", "Bob;bob@q.com;"),
    );
    folder
        .run(["check", "mended.csv", "--quiet"])
        .exits(0)
        .stdout_is("checked 2 rows: 2 sound, 0 refused; nothing was written");
    folder
        .run(["check", "list.csv", "--write-rejects", "rejects.csv", "--quiet"])
        .exits(2)
        .stderr_is("error: refusing to overwrite `rejects.csv`\n  hint: choose another name, or move the existing one away");
    folder
        .run(["check", "mended.csv", "--write-rejects", "none.csv"])
        .exits(0)
        .stderr_has("note: no row is refused: none.csv is not written");
    assert_eq!(folder.files(""), ["list.csv", "mended.csv", "rejects.csv"]);
}

#[test]
fn each_column_is_explained_without_its_cells() {
    let folder = Folder::new();
    folder.file(
        "list.csv",
        "E-Mail,UPN,Name,Recovery Email,Block sign in,Username,Shoe size\n\
         ada@q.com,ada@corp.example,Ada Lovelace,ada@home.example,No,al,38\n",
    );
    folder.run(["check", "list.csv", "--explain-columns", "--quiet"]).exits(0).stdout_is(
        "column 1 `E-Mail`: email (known header); `a••@q.com`\n\
         column 2 `UPN`: email (used where the other is blank or missing); `a••@corp.example`\n\
         column 3 `Name`: display_name (known header); `A•• L•••••••`\n\
         column 4 `Recovery Email`: not used (never email: it is of another person or thing)\n\
         column 5 `Block sign in`: status (known header, inverted: yes means gone); `No`\n\
         column 6 `Username`: not used (perhaps the login of another system)\n\
         column 7 `Shoe size`: not used (unknown header)\n\
         checked 1 row: 1 sound, 0 refused; nothing was written",
    );
    folder.file("secret.csv", "email,Passwd,name\nada@q.com,hunter2,P@s$-w0rd\n");
    let done = folder.run(["check", "secret.csv", "--explain-columns", "--json"]).exits(0);
    assert!(!done.stdout.contains("hunter2") && !done.stdout.contains("w0rd"), "{}", done.stdout);
    done.stdout_has("\u{2022}@q.com");
}

#[test]
fn faults_are_reported_by_code_and_counted() {
    let folder = Folder::new();
    let mut list = "email,name\n".to_owned();
    for number in 0..50 {
        list.push_str(&format!("user{number}@centurylnk.net,User\n"));
    }
    list.push_str("ada@,Ada\nbob@q.com,Bob\n");
    folder.file("list.csv", list);
    let done = folder.run(["check", "list.csv"]).exits(1);
    assert_eq!(done.stderr.matches("is not at CenturyLink").count(), 20);
    done.stderr_has("  and 30 more rows with `other-domain`")
        .stderr_has("line 52, column `email`: `ada@` is not an address")
        .stderr_has("domains: centurylnk.net 50 (like centurylink.net: mistyped?), q.com 1");
    assert_eq!(done.stderr.matches("did you mean `centurylink.net`?").count(), 1);

    let mut events = lines(&folder.run(["check", "list.csv", "--json"]).exits(1).stdout);
    events.retain(|event| event["event"] != "warning");
    let summary = events.last().unwrap();
    assert_eq!(summary["bundles"], 1);
    assert_eq!(summary["domains"]["centurylnk.net"], 50);
    let cause = &summary["causes"][0];
    assert_eq!((&cause["code"], &cause["rows"]), (&Value::from("other-domain"), &Value::from(50)));
    assert_eq!(cause["first_lines"][0], 2);
    assert_eq!(events.len(), 52, "a line for each row that is left out, and the summary");
}

#[test]
fn a_list_may_come_from_standard_input_and_for_any_provider() {
    let folder = Folder::new();
    let list = "email\nada@q.com\nzoe@fastmail.com\nbob@gmail.com\n";
    let done = folder
        .run(["generate", "-", "--provider", "auto", "--out", "out", "--unsigned"])
        .stdin(list)
        .exits(1);
    done.stderr_has("standard input: UTF-8").stderr_has(
        "error: `standard input` line 4, column `email`: `bob@gmail.com` is at Gmail: ",
    );
    let done = folder.run(["verify", "out"]).exits(1);
    assert_eq!(done.stdout.matches("it is not signed").count(), 4, "{}", done.stdout);
    done.stdout_has("2 bundles, 18 files, 0 signatures verified: 5 faults");
    folder
        .run(["inspect", "out/bundles/zoe_fastmail.com.zip"])
        .exits(0)
        .stdout_has("provider     fastmail")
        .stdout_has("imap.fastmail.com port 993 (SSL/TLS)");
    folder
        .run(["check", "-", "--provider", "auto", "--set", "imap.host=x.org", "--quiet"])
        .stdin(list)
        .exits(2)
        .stderr_is("error: --set imap.host has no effect: --provider auto uses the servers of several providers\n  hint: choose one provider: --provider ID");
}

#[test]
fn the_example_list_has_the_columns_it_shows() {
    let folder = Folder::new();
    folder.file("staff.csv", std::fs::read(project("examples/staff.csv")).unwrap());
    folder
        .run(["check", "staff.csv"])
        .exits(0)
        .stderr_has("to be made: 25 bundles with 25 mailboxes, in the formats sheet");
}

#[test]
fn an_id_is_the_same_however_a_spreadsheet_or_an_exporter_writes_it() {
    let folder = Folder::new();
    let bundle = |id: &str| {
        let header = "Employee ID,Name,Email";
        folder.file("list.csv", format!("{header}\n{id},Ada Lovelace,ada@centurylink.net\n"));
        folder.generate("list.csv", &["--quiet", "--max-leavers", "1"]).exits(0);
        folder.read("out/bundles/ada_centurylink.net.zip")
    };
    let plain = bundle("123");
    for id in ["'123", "=\"123\"", "\"=\"\"123\"\"\"", "123.0", " 123", "\u{feff}123"] {
        assert_eq!(bundle(id), plain, "{id}");
    }
    // leading zeros are a part of an id
    let padded = bundle("00123");
    assert_ne!(padded, plain);
    for id in ["'00123", "=\"00123\""] {
        assert_eq!(bundle(id), padded, "{id}");
    }
}

/// Thunderbird for Android refuses a file without IMAP: such a person gets none, and a run of nothing else skips them.
#[test]
fn a_format_leaves_accounts_out_that_it_cannot_hold() {
    let folder = Folder::new();
    folder.file("list.csv", "email\nada@centurylink.net\n");
    folder.generate("list.csv", &["--protocol", "pop"]).exits(0);
    let bundle = folder.read("out/bundles/ada_centurylink.net.zip");
    let archive = zip::ZipArchive::new(std::io::Cursor::new(bundle)).unwrap();
    assert!(archive.file_names().all(|name| !name.unwrap().contains("config-v1.1")));
    folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(0);
    let only = "generate list.csv --protocol pop --only android-autoconfig --out only --unsigned";
    let done = folder.run(only.split(' ')).exits(0);
    done.stdout_has("0 bundles in only").stdout_has("1 skipped");
    assert!(!folder.exists("only/bundles/ada_centurylink.net.zip"));
}

#[test]
fn what_an_app_gets_wrong_is_named_with_the_app_before_the_run() {
    let folder = Folder::new();
    folder.file(
        "list.csv",
        "email,imap.port,imap.security,platform\n\
         ada@q.com,,,\n\
         bob@q.com,2143,starttls,\n\
         eve@q.com,2143,starttls,apple\n\
         info@münchen.example,,,android\n",
    );
    let words = ["check", "list.csv", "--allow-other-domains"];
    let done = folder.run(words).exits(0);
    done.stderr_has(
        "warning: `list.csv` line 3: FairEmail takes SSL/TLS for the incoming server imap.centurylink.net, because its port is 2143; the server uses STARTTLS\n",
    );
    done.stderr_has(
        "warning: `list.csv` line 5: Thunderbird for Android takes info@xn--mnchen-3ya.example, and not info@münchen.example\n",
    );
    assert!(!done.stderr.contains("line 4"), "no Android, no warning: {}", done.stderr);
    folder.run(words.iter().chain(&["--json"])).exits(0).stdout_has("\"code\":\"app-port\"");
    let plan = ["plan", "list.csv", "--allow-other-domains", "--unsigned", "--out", "out"];
    let only = |format| folder.run(plan.iter().chain(&["--only", format])).exits(0).stderr;
    assert!(only("android-thunderbird").contains("FairEmail"));
    assert!(!only("apple-profile").contains("FairEmail"));
    let logins =
        ["check", "list.csv", "--allow-other-domains", "--set", "imap.username=%EMAILLOCALPART%"];
    folder.run(logins).exits(0).stderr_has(
        "FairEmail and Delta Chat read no user name in autodiscover.xml: they sign in as ada@q.com, not ada",
    );
}
