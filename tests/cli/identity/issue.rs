//! `identity new` and `identity renew`.

use mailmuster::sign::issue::{IssueRequest, issue};
use openssl::pkey::PKey;
use openssl::symm::Cipher;
use openssl::x509::X509;
use time::OffsetDateTime;
use time::macros::datetime;

use crate::support::{ADA, Done, Folder};

/// The words of the command that `identity` prints for signing.
fn ready_command(done: &Done) -> Vec<String> {
    let line = done.stdout.lines().find_map(|line| line.strip_prefix("sign with it:")).unwrap();
    let words = line.trim().strip_prefix("mailmuster ").unwrap();
    // as a shell takes it: blanks separate, but not between quotes
    let mut quoted = false;
    let mut all = vec![String::new()];
    for c in words.chars() {
        match c {
            '\'' | '"' => quoted = !quoted,
            ' ' if !quoted => all.push(String::new()),
            c => all.last_mut().unwrap().push(c),
        }
    }
    all
}

/// Runs the command that was printed: nothing about the identity is doubtful.
#[track_caller]
fn signs_without_warnings(folder: &Folder, made: &Done) {
    let done = folder.run(ready_command(made)).exits(0);
    let doubts: Vec<&str> = done
        .stderr
        .lines()
        .filter(|line| line.starts_with("warning") && !line.contains("is disputed"))
        .collect();
    assert!(doubts.is_empty(), "{doubts:?}");
}

/// The identity of `issue`, made at `now`, in the folder `keys`.
fn issued(folder: &Folder, now: OffsetDateTime, days: u32) {
    let issued = issue(&IssueRequest { common_name: "Acme".to_owned(), days, now }).unwrap();
    folder
        .file("keys/ca.pem", issued.ca_pem)
        .file("keys/ca-key.pem", issued.ca_key_pem.expose())
        .file("keys/cert.pem", issued.certificate_pem)
        .file("keys/key.pem", issued.key_pem.expose());
}

#[cfg(unix)]
fn mode(folder: &Folder, file: &str) -> u32 {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(folder.path().join(file)).unwrap().mode() & 0o777
}

#[test]
fn a_new_identity_signs_and_is_shown_and_is_never_overwritten() {
    let folder = Folder::new();
    folder.file("staff.csv", ADA);
    let made = folder
        .run(["identity", "new", "--out", "keys", "--name", "Acme Mail", "--days", "20"])
        .exits(0);
    made.stdout_has("--sign-cert keys/cert.pem --sign-key keys/key.pem --sign-chain keys/ca.pem");
    assert_eq!(folder.files("keys"), ["ca-key.pem", "ca.pem", "cert.pem", "key.pem"]);
    folder.run(["identity", "new", "--out", "keys", "--quiet"]).exits(2).stderr_is(
        "error: refusing to overwrite `keys`\n  hint: choose another name, or move the existing one away",
    );
    let done = folder.run(ready_command(&made)).exits(0);
    done.stderr_has("warning: the certificate `CN=Acme Mail` expires on ")
        .stderr_has("`mailmuster identity renew`, if `identity new` made it");
    folder.run(["verify", "out", "--ca", "keys/ca.pem"]).exits(0);
    let shown = folder.run(["identity", "show", "keys/cert.pem"]).exits(0);
    shown
        .stdout_has("certificate of CN=Acme Mail")
        .stdout_has("issuer       CN=Acme Mail CA")
        .stdout_has("key          RSA 2048")
        .stdout_has("usage        digital signature, code signing, e-mail protection")
        .stdout_has("may sign profiles: yes")
        .stdout_has("may sign scripts:  yes");
}

#[test]
fn the_command_that_is_printed_runs_without_warnings() {
    let folder = Folder::new();
    folder.file("staff.csv", ADA);
    let made = folder.run(["identity", "new", "--out", "my keys"]).exits(0);
    signs_without_warnings(&folder, &made);
    folder.run(["verify", "out", "--ca", "my keys/ca.pem"]).exits(0);
    let quote = if cfg!(windows) { '"' } else { '\'' };
    made.stdout_has("where the execution policy is AllSigned");
    for (file, store) in [("cert", "TrustedPublisher"), ("ca", "Root")] {
        made.stdout_has(&format!(
            "Import-Certificate -FilePath {quote}my keys/{file}.pem{quote} -CertStoreLocation Cert:\\LocalMachine\\{store}"
        ));
    }
    made.stdout_has("keep offline:     my keys/ca-key.pem");
}

#[test]
fn the_authority_s_key_is_a_file_of_its_own() {
    let folder = Folder::new();
    let made = folder.run(["identity", "new", "--out", "keys", "--ca-key", "usb.pem"]).exits(0);
    made.stdout_has("keep offline:     usb.pem");
    assert_eq!(folder.files("keys"), ["ca.pem", "cert.pem", "key.pem"]);
    let key = PKey::private_key_from_pem(&folder.read("usb.pem")).unwrap();
    let authority = X509::from_pem(&folder.read("keys/ca.pem")).unwrap();
    assert!(authority.public_key().unwrap().public_eq(&key));
    let before = folder.read("usb.pem");
    let again = folder.run(["identity", "new", "--out", "more", "--ca-key", "usb.pem"]).exits(2);
    again
        .stderr_has("error: refusing to overwrite `usb.pem`")
        .stderr_has("the key of its authority is not stored");
    assert_eq!(folder.read("usb.pem"), before);
    folder.run(["identity", "new", "--out", "default"]).exits(0);
    #[cfg(unix)]
    for file in ["usb.pem", "keys/key.pem", "default/ca-key.pem", "default/key.pem"] {
        assert_eq!(mode(&folder, file), 0o600, "{file}");
    }
}

#[test]
fn an_identity_can_be_made_in_the_folder_one_is_in() {
    let folder = Folder::new();
    folder.run(["identity", "new", "--out", "."]).exits(0);
    assert_eq!(folder.files(""), ["ca-key.pem", "ca.pem", "cert.pem", "key.pem"]);
}

#[test]
fn a_renewed_certificate_keeps_name_and_key_and_authority() {
    let folder = Folder::new();
    folder.file("staff.csv", ADA);
    issued(&folder, datetime!(2026-01-01 00:00 UTC), 10);
    let before: Vec<_> =
        folder.files("keys").iter().map(|f| folder.read(&format!("keys/{f}"))).collect();
    let expired = [
        "generate",
        "staff.csv",
        "--out",
        "out",
        "--sign-cert",
        "keys/cert.pem",
        "--sign-key",
        "keys/key.pem",
    ];
    folder.run(expired).exits(2).stderr_has("`mailmuster identity renew`");
    let renewed = folder.run(["identity", "renew", "keys", "--out", "new"]).exits(0);
    renewed.stdout_has("renewed `CN=Acme`, valid to ").stdout_has("`keys` stays as it was");
    assert_eq!(renewed.stderr, "");
    assert_eq!(folder.files("new"), ["ca.pem", "cert.pem", "key.pem"]);
    let after: Vec<_> =
        folder.files("keys").iter().map(|f| folder.read(&format!("keys/{f}"))).collect();
    assert!(before == after, "nothing is overwritten");
    assert_eq!(folder.read("new/key.pem"), folder.read("keys/key.pem"));
    assert_eq!(folder.read("new/ca.pem"), folder.read("keys/ca.pem"));
    let [old, new] = ["keys", "new"]
        .map(|name| X509::from_pem(&folder.read(&format!("{name}/cert.pem"))).unwrap());
    assert!(old.public_key().unwrap().public_eq(&new.public_key().unwrap()));
    assert_eq!(old.subject_name().to_der().unwrap(), new.subject_name().to_der().unwrap());
    assert_ne!(old.serial_number().to_bn().unwrap(), new.serial_number().to_bn().unwrap());
    signs_without_warnings(&folder, &renewed);
    folder.run(["verify", "out", "--ca", "keys/ca.pem"]).exits(0);
    folder
        .run(["identity", "renew", "keys", "--out", "new"])
        .exits(2)
        .stderr_has("refusing to overwrite `new`");
    #[cfg(unix)]
    assert_eq!(mode(&folder, "new/key.pem"), 0o600);
}

#[test]
fn a_renewed_certificate_may_have_a_new_key() {
    let folder = Folder::new();
    folder.file("staff.csv", ADA);
    issued(&folder, datetime!(2026-01-01 00:00 UTC), 3600);
    let renewed = folder.run(["identity", "renew", "keys", "--out", "new", "--new-key"]).exits(0);
    renewed.stderr_has("warning: the certificate has a new key");
    assert_ne!(folder.read("new/key.pem"), folder.read("keys/key.pem"));
    signs_without_warnings(&folder, &renewed);
    folder.run(["verify", "out", "--ca", "keys/ca.pem"]).exits(0);
}

#[test]
fn keys_that_are_encrypted_open_and_stay_encrypted() {
    let folder = Folder::new();
    issued(&folder, datetime!(2026-01-01 00:00 UTC), 3600);
    for (file, passphrase) in [("keys/key.pem", "one"), ("keys/ca-key.pem", "two")] {
        let key = PKey::private_key_from_pem(&folder.read(file)).unwrap();
        let cipher = Cipher::aes_256_cbc();
        folder.file(
            file,
            key.private_key_to_pem_pkcs8_passphrase(cipher, passphrase.as_bytes()).unwrap(),
        );
    }
    folder.file("one.txt", "one").file("two.txt", "two");
    let renew = [
        "identity",
        "renew",
        "keys",
        "--out",
        "new",
        "--passphrase-file",
        "one.txt",
        "--ca-passphrase-file",
        "two.txt",
    ];
    folder.run(&renew[..7]).exits(2).stderr_has("`keys/ca-key.pem` is protected by a passphrase");
    folder.run(renew).exits(0);
    assert_eq!(folder.read("new/key.pem"), folder.read("keys/key.pem"));
}

#[test]
fn a_renewal_ends_with_its_authority() {
    let folder = Folder::new();
    issued(&folder, datetime!(2025-06-01 00:00 UTC), 10);
    let done = folder.run(["identity", "renew", "keys", "--out", "new", "--days", "3650"]).exits(0);
    done.stderr_has("warning: the new certificate ends on 2035-05-30, when its authority does");
    let old = Folder::new();
    issued(&old, datetime!(2010-01-01 00:00 UTC), 10);
    old.run(["identity", "renew", "keys", "--out", "new"]).exits(2).stderr_is(
        "error: the authority `CN=Acme CA` expired on 2019-12-30: it cannot issue certificates any more\n  \
         hint: make a new one with `mailmuster identity new`, and make it trusted on the devices",
    );
    assert!(!old.exists("new"));
}

#[test]
fn what_does_not_belong_together_is_not_renewed() {
    let folder = Folder::new();
    issued(&folder, datetime!(2026-01-01 00:00 UTC), 3600);
    let renew = ["identity", "renew", "keys", "--out", "new"];
    folder.identity();
    folder
        .run(renew.iter().chain(&["--ca-key", "id/key.pem"]))
        .exits(2)
        .stderr_has("error: the key in `id/key.pem` does not fit the certificate `CN=Acme CA`");
    let ca = folder.read("keys/ca.pem");
    folder.file("keys/ca.pem", folder.read("id/ca.pem"));
    folder.run(renew).exits(2).stderr_is(
        "error: `keys/ca.pem` did not issue the certificate `CN=Acme`\n  \
         hint: `identity renew` renews what `identity new` made; other certificates are renewed by their issuer",
    );
    folder.file("keys/ca.pem", ca).file("keys/key.pem", folder.read("id/key.pem"));
    folder
        .run(renew)
        .exits(2)
        .stderr_has("error: the key in `keys/key.pem` does not fit the certificate `CN=Acme`");
    assert!(!folder.exists("new"));
}
