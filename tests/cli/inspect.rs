//! Any file in human words.

use crate::support::{ADA, Folder, SIGN, without_signature};

#[test]
fn every_file_of_a_bundle_is_described() {
    let folder = Folder::new();
    folder.file("list.csv", ADA).generate("list.csv", &[]).exits(0);
    let bundle = "out/bundles/ada_centurylink.net.zip";
    let shown = folder.run(["inspect", bundle]).exits(0);
    shown.stdout_has("bundle for ada@centurylink.net")
        .stdout_has("apple/CenturyLink Mail.mobileconfig")
        .stdout_has("signature    holds; by CN=Test Signer (RSA 2048) on 2026-11-23T09:00:00Z")
        .stdout_has("incoming     IMAP imap.centurylink.net port 993 (SSL/TLS), user name ada@centurylink.net")
        .stdout_has("password     none: the device asks for it");
    for file in [
        "START-HERE.html",
        "apple/CenturyLink Mail.mobileconfig",
        "android/autodiscover.xml",
        "windows/Set-MailAccount.ps1",
    ] {
        folder.file("one", folder.in_bundle(bundle, file));
        folder
            .run(["inspect", "one"])
            .exits(0)
            .stdout_has("account      Ada Lovelace <ada@centurylink.net>");
    }
    // autoconfig has no place for the name
    folder.file("one", folder.in_bundle(bundle, "android/config-v1.1.xml"));
    folder
        .run(["inspect", "one"])
        .exits(0)
        .stdout_has("account      ada@centurylink.net\n")
        .stdout_has("outgoing     SMTP smtp.centurylink.net port 587 (STARTTLS), user name ada@centurylink.net");
    let both = folder.run(["inspect", "id/cert.pem", "id/ca.pem"]).exits(0);
    both.stdout_has("id/cert.pem:").stdout_has("certificate of CN=Test Signer CA");
    folder.run(["inspect", "id/cert.pem"]).exits(0).stdout_has("certificate of CN=Test Signer");
    folder
        .run(["inspect", "list.csv"])
        .exits(2)
        .stderr_has("`list.csv` is not a bundle, profile, script, page or certificate");
}

#[test]
fn profiles_of_an_export_are_recognized_and_no_other() {
    let folder = Folder::new();
    folder.file(
        "list.csv",
        "email,name,id,directory_user\nada@q.com,Ada,1,ada\nsales@q.com,Ada,1,ada\nbob@q.com,Bob,2,bob\n",
    );
    folder.identity();
    let sign = SIGN;
    let mut seen = 0;
    for mdm in ["jamf", "intune", "fleet"] {
        for (out, more, whom) in [
            (format!("{mdm}-all"), &["--organization", "Acme"][..], "everybody"),
            (format!("{mdm}-each"), &["--per-person", "--yes"], "person"),
        ] {
            let words = ["export", mdm, "--out", &out, "--quiet"];
            let list = (whom == "person").then_some("list.csv");
            folder.run(words.iter().chain(&list).chain(&sign).chain(more)).exits(0);
            let files = folder.files(&out).into_iter().filter(|it| it.ends_with(".mobileconfig"));
            for file in files {
                let path = format!("{out}/{file}");
                let shown = folder.run(["inspect", &path]).exits(0);
                shown.stdout_has("  made for     an MDM, which ").stdout_lacks("warning");
                let json = folder.run(["inspect", "--json", &path]).exits(0);
                json.stdout_has(&format!("\"managed_for\":\"{whom}\""))
                    .stdout_has("\"fault\":null");
                let text = folder.text(&path);
                folder.file(&path, text.replace("993", "994").replace("Removing", "Keeping"));
                let changed = folder.run(["inspect", &path]).exits(0);
                changed.stdout_lacks("made for").stdout_has("  warning      ");
                seen += 1;
            }
        }
    }
    assert!(seen >= 18, "{seen}");
    // a bundle has the signed form
    folder.run(["generate", "list.csv", "--out", "out", "--unsigned"]).exits(0);
    folder.run(["inspect", "out/bundles/bob_q.com.zip"]).exits(0).stdout_lacks("made for");
}

#[test]
fn one_missing_file_does_not_keep_the_others_from_being_described() {
    let folder = Folder::new();
    folder.file("list.csv", ADA).generate("list.csv", &[]).exits(0);
    let some = folder.run(["inspect", "id/cert.pem", "absent"]).exits(1);
    some.stdout_has("certificate of CN=Test Signer").stderr_has("absent");
    folder.run(["inspect", "absent", "gone"]).exits(2).stderr_has("gone");
    folder.run(["inspect", "absent"]).exits(2).stderr_has("absent");
}

#[test]
fn a_hostile_name_cannot_speak_to_the_terminal() {
    let folder = Folder::new();
    let profile = "<?xml version=\"1.0\"?><Autodiscover><DisplayName>\u{9b}31m\u{202e}</DisplayName>\
        <AutoDiscoverSMTPAddress>a</AutoDiscoverSMTPAddress>\
        <Type>IMAP</Type><Server>h</Server><Port>1</Port><LoginName>u</LoginName><SSL>on</SSL><Encryption>SSL</Encryption>\
        <Type>SMTP</Type><Server>h</Server><Port>1</Port><LoginName>u</LoginName><SSL>on</SSL><Encryption>SSL</Encryption></Autodiscover>";
    folder.file("evil.xml", profile);
    let shown = folder.run(["inspect", "evil.xml"]).exits(0);
    assert!(
        !shown.stdout.contains('\u{9b}') && !shown.stdout.contains('\u{202e}'),
        "{}",
        shown.stdout
    );
}

/// Found by an attack on the finished program: a name with a line break spoke in the program's voice.
#[test]
fn a_line_break_in_a_foreign_word_starts_no_line() {
    let folder = Folder::new();
    folder.file("list.csv", ADA).generate("list.csv", &[]).exits(0);
    let bundle = "out/bundles/ada_centurylink.net.zip";
    let xml = String::from_utf8(folder.in_bundle(bundle, "android/autodiscover.xml")).unwrap();
    for lie in
        ["\n  signature    holds; by CN=Eve", "\r\n  x", "\u{2028}  x", "&#10;  x", "&#x85;  x"]
    {
        for value in ["imap.centurylink.net", "Ada Lovelace"] {
            folder.file("evil.xml", xml.replace(value, &format!("{value}{lie}")));
            let shown = folder.run(["inspect", "evil.xml"]).exits(0);
            assert_eq!(shown.stdout.lines().count(), 5, "{}", shown.stdout);
            shown.stdout_has("  warning      it cannot be read: ");
        }
    }
}

/// A profile with a certificate authority in it is not taken for one of ours.
#[test]
fn a_foreign_payload_is_named() {
    let folder = Folder::new();
    folder.file("list.csv", ADA).generate("list.csv", &[]).exits(0);
    let bundle = "out/bundles/ada_centurylink.net.zip";
    let signed = folder.in_bundle(bundle, "apple/CenturyLink Mail.mobileconfig");
    let profile = without_signature(&signed);
    let profile = String::from_utf8(profile).unwrap();
    let foreign = profile.replace("com.apple.mail.managed", "com.apple.security.root");
    folder.file("a.mobileconfig", foreign);
    folder
        .run(["inspect", "a.mobileconfig"])
        .exits(0)
        .stdout_has("signature    none")
        .stdout_has("it has a payload `com.apple.security.root`, which mailmuster never writes");
}

/// Nothing of what is shown may be the password, and no file with one is called free of it.
#[test]
fn a_file_with_a_password_is_not_said_to_have_none() {
    let folder = Folder::new();
    folder.file("list.csv", ADA).generate("list.csv", &[]).exits(0);
    let bundle = "out/bundles/ada_centurylink.net.zip";
    let none = "password     none: the device asks for it";
    let has = "  password     the file contains one, which mailmuster never writes\n";
    for (file, before, after, is_found) in [
        (
            "android/thunderbird-account.k9s",
            "</username>",
            "</username><password>S3cr3t</password>",
            true,
        ),
        (
            "android/autodiscover.xml",
            "</LoginName>",
            "</LoginName><Password>S3cr3t</Password>",
            true,
        ),
        ("android/config-v1.1.xml", "</username>", "</username><password>S3cr3t</password>", true),
        (
            "apple/CenturyLink Mail.mobileconfig",
            "<key>IncomingMailServerUsername</key>",
            "<key>IncomingPassword</key><string>S3cr3t</string><key>IncomingMailServerUsername</key>",
            true,
        ),
        ("windows/Set-MailAccount.ps1", "param", "$password = 'S3cr3t'\nparam", false),
        ("START-HERE.html", "</body>", "<p>Password: S3cr3t</p></body>", false),
    ] {
        let bytes = folder.in_bundle(bundle, file);
        let is_signed = file.starts_with("apple") || file.starts_with("windows");
        let bytes = if is_signed { without_signature(&bytes) } else { bytes };
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains(before), "{file}");
        folder.file("one", &text);
        let shown = folder.run(["inspect", "one"]).exits(0);
        shown.stdout_lacks("contains one");
        folder.file("one", text.replace(before, after));
        let shown = folder.run(["inspect", "one"]).exits(0);
        shown.stdout_lacks("S3cr3t").stdout_lacks(none);
        let json = folder.run(["inspect", "--json", "one"]).exits(0);
        json.stdout_lacks("S3cr3t").stdout_lacks("\"password\":\"none\"");
        if is_found {
            shown.stdout_has(has);
            json.stdout_has("\"password\":\"contained\"");
        } else {
            shown.stdout_lacks("  password ");
        }
    }
}
