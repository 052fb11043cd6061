//! What `inspect` and `verify` say of removal packages, of the files in them, and of the identifiers for an MDM.
#![allow(clippy::disallowed_methods, reason = "tests damage their own files")]

use crate::support::{Folder, new_identity};
use time::macros::datetime;

/// A folder in which Bob is retired, and the path of his removal package.
fn folder() -> (Folder, String) {
    let folder = Folder::new();
    let rest = "ada@q.com,Ada,1\ncy@q.com,Cy,3\n";
    folder.file("list.csv", format!("email,name,id\n{rest}+bob@q.com,Bob,2\nbob2@q.com,Bob,2\n"));
    folder.generate("list.csv", &["--quiet"]).exits(0);
    folder.file("list.csv", format!("email,name,id\n{rest}"));
    folder.generate("list.csv", &["--quiet", "--retire"]).exits(0);
    let files = folder.files("out/retired");
    let package = files.iter().find(|file| file.ends_with(".removal.zip")).unwrap();
    let path = format!("out/retired/{package}");
    (folder, path)
}

/// The first line of an answer about each file, in order: what it is, and its accounts and warnings.
fn described(text: &str) -> Vec<&str> {
    let is_kept = |line: &&str| {
        !line.starts_with(' ')
            || ["account", "warning", "signature"]
                .iter()
                .any(|it| line.trim_start().starts_with(it))
    };
    text.lines().filter(is_kept).map(str::trim).filter(|line| !line.is_empty()).collect()
}

#[test]
fn inspect_describes_a_removal_package_and_each_file_of_it() {
    let (folder, package) = folder();
    let done = folder.run(["inspect", &package]).exits(0);
    let size = folder.read(&package).len();
    let size = format!("{},{:03}", size / 1000, size % 1000);
    assert_eq!(
        done.stdout.lines().next().unwrap(),
        format!("removal package for +bob@q.com, bob2@q.com, {size} bytes")
    );
    for (file, what) in [
        (
            "REMOVE-MAIL.html",
            &["how to take the accounts off each device", "account      none"][..],
        ),
        (
            "windows/Remove-Mail.cmd",
            &["starts the script with a double-click", "account      none"],
        ),
        (
            "windows/Remove-MailAccount.ps1",
            &[
                "PowerShell script that takes the accounts back",
                "signature    holds; by CN=Test Signer (RSA 2048) on 2026-11-23T09:00:00Z",
                "account      Bob <+bob@q.com>",
                "account      Bob <bob2@q.com>",
            ],
        ),
    ] {
        let name = file.rsplit('/').next().unwrap();
        folder.file(name, folder.in_bundle(&package, file));
        let alone = folder.run(["inspect", name]).exits(0).stdout;
        assert_eq!(described(&alone), what, "{file}");
        let inner = done.stdout.split(&format!("{file} (")).nth(1).unwrap();
        let inner = inner.split("\n\n").next().unwrap().lines().skip(1);
        assert!(inner.map(str::trim).eq(alone.lines().map(str::trim)), "{file}: {}", done.stdout);
    }
    folder.run(["inspect", "out/retired/identifiers.csv"]).exits(2).stderr_is(
        "error: `out/retired/identifiers.csv` is not a bundle, profile, script, page or certificate\n  \
         hint: name one of these; report.csv and the other lists of a folder are judged by `verify FOLDER`",
    );
}

#[test]
fn verify_judges_a_removal_package_and_the_script_in_it() {
    let (folder, package) = folder();
    folder.run(["verify", &package, "--ca", "id/ca.pem"]).exits(0).stdout_has(
        "\n1 bundle, 3 files, 1 signature verified: all hold under the authority of --ca\n",
    );
    let script = folder.in_bundle(&package, "windows/Remove-MailAccount.ps1");
    folder.file("Remove.ps1", &script);
    folder.run(["verify", "Remove.ps1", "--ca", "id/ca.pem"]).exits(0).stdout_has(
        "\n0 bundles, 1 file, 1 signature verified: all hold under the authority of --ca\n",
    );
    for (file, form) in [
        ("REMOVE-MAIL.html", "it has no settings, and nothing of it was compared"),
        ("windows/Remove-Mail.cmd", "every byte is as this version of mailmuster writes it"),
    ] {
        let name = file.rsplit('/').next().unwrap();
        folder.file(name, folder.in_bundle(&package, file));
        folder.run(["verify", name]).exits(0).stdout_is(&format!(
            "nothing vouches for {name}\nform checked, no signature: {form}; anybody can write such a file"
        ));
        folder
            .run(["verify", name, "--ca", "id/ca.pem"])
            .exits(1)
            .stdout_has("is signed: --ca and --signer cannot be met");
    }
    let launcher = folder.text("Remove-Mail.cmd").replace("exit /b", "exit  /b");
    folder.file("Remove-Mail.cmd", launcher);
    folder
        .run(["verify", "Remove-Mail.cmd"])
        .exits(1)
        .stdout_has("it is not the launcher this version of mailmuster writes");
}

#[test]
fn another_authority_and_a_changed_byte_are_found() {
    let (folder, package) = folder();
    let [.., (_, other)] = new_identity("Other", datetime!(2026-01-01 00:00 UTC), 3600);
    folder.file("other.pem", other);
    let script = "windows/Remove-MailAccount.ps1";
    let no_chain =
        "the chain of `CN=Test Signer` does not hold: unable to get local issuer certificate";
    folder
        .run(["verify", &package, "--ca", "other.pem"])
        .exits(1)
        .stdout_has(&format!("{package}: {script}: {no_chain}\n"));
    let whole = String::from_utf8(folder.in_bundle(&package, script)).unwrap();
    folder.file("Remove.ps1", &whole);
    folder.run(["verify", "Remove.ps1", "--ca", "other.pem"]).exits(1).stdout_has(no_chain);
    // a removal script may not become one that sets up, nor name another account
    for (from, to) in [("\"=Remove\"", "\"=Install\""), ("=bob2@q.com", "=cy@q.com")] {
        folder.file("Changed.ps1", whole.replacen(from, to, 1));
        let changed = "the content was changed after it was signed";
        folder.run(["verify", "Changed.ps1", "--ca", "id/ca.pem"]).exits(1).stdout_has(changed);
        folder.run(["inspect", "Changed.ps1"]).exits(0).stdout_has(changed);
    }
    let mut bytes = folder.read(&package);
    for at in [40, bytes.len() / 2, bytes.len() - 30] {
        bytes[at] ^= 1;
        folder.file("bad.removal.zip", &bytes);
        folder.run(["verify", "bad.removal.zip", "--ca", "id/ca.pem"]).exits(1);
        bytes[at] ^= 1;
    }
}

#[test]
fn a_removal_package_never_passes_for_a_bundle_nor_a_bundle_for_one() {
    let (folder, package) = folder();
    folder.file("ada.zip", folder.read(&package));
    folder
        .run(["verify", "ada.zip", "--ca", "id/ca.pem"])
        .exits(1)
        .stdout_has("ada.zip: it is a removal package, whose name must end in .removal.zip\n");
    folder.file("ada.removal.zip", folder.read("out/bundles/ada_q.com.zip"));
    folder
        .run(["verify", "ada.removal.zip", "--ca", "id/ca.pem"])
        .exits(1)
        .stdout_has("ada.removal.zip: it is a bundle, and its name is that of a removal package\n");
}

#[test]
fn the_identifiers_for_an_mdm_are_those_of_retired_people() {
    let (folder, _) = folder();
    let verify = || folder.run(["verify", "out", "--ca", "id/ca.pem"]);
    let file = "out/retired/identifiers.csv";
    let whole = folder.text(file);
    assert!(whole.contains("\"'+bob@q.com\",\"Bob\","), "{whole}");
    verify().exits(0);
    let profile = folder.text("out/manifest.jsonl");
    let ada = profile.lines().find(|line| line.contains("ada@q.com")).unwrap();
    let key = ada.split("\"person\":\"").nth(1).unwrap().split('"').next().unwrap();
    let bob = whole.split("mail-profile.").nth(1).unwrap().split('"').next().unwrap();
    // an MDM would take Ada's account away
    folder.file(file, whole.replace(bob, key));
    verify()
        .exits(1)
        .stdout_has("identifiers.csv: row 2 is not that of a person in `retired`: `local.mailmuster.mail-profile.")
        .stdout_has("identifiers.csv: it has no row for `+bob@q.com`\n");
    let row = whole.lines().nth(1).unwrap();
    folder.file(file, format!("{whole}{row}\r\n"));
    verify().exits(1).stdout_has("identifiers.csv: row 3 is not that of a person in `retired`: ");
    folder.file(file, whole.replace("\"name\"", "\"who\""));
    verify().exits(1).stdout_has("identifiers.csv: it is not written as mailmuster writes it\n");
    std::fs::remove_file(folder.path().join(file)).unwrap();
    verify().exits(1).stdout_has("identifiers.csv: it is missing\n");
    folder.file(file, whole);
    verify().exits(0);
}
