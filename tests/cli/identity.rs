//! Signing identities that fit, and those that do not.

use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::x509::X509;
use time::macros::datetime;

use crate::support::{ADA, DISPUTED, Folder, new_identity};

mod chain;
mod development;
mod issue;
mod keystore;
mod passphrase;
mod pem;

mod pki;

/// A folder with a list and an identity, to be run with the identity files `args` name.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.file("list.csv", ADA).identity();
    folder
}

const RUN: [&str; 5] = ["generate", "list.csv", "--out", "out", "--quiet"];

#[track_caller]
fn refused(folder: &Folder, args: &[&str], message: &str) {
    folder.run(RUN.iter().chain(args)).exits(2).stderr_is(message);
    assert!(!folder.exists("out"), "nothing is written");
}

#[test]
fn a_key_that_does_not_fit_is_refused() {
    let folder = folder();
    let [_, (_, other_key), _] = new_identity("Other", datetime!(2026-01-01 00:00 UTC), 3600);
    folder.file("other.pem", other_key);
    refused(
        &folder,
        &["--sign-cert", "id/cert.pem", "--sign-key", "other.pem"],
        "error: the key in `other.pem` does not fit the certificate `CN=Test Signer`\n  \
         hint: give the key that was made together with the certificate request",
    );
}

#[test]
fn a_certificate_out_of_date_is_refused() {
    let folder = folder();
    for (file, bytes) in new_identity("Old", datetime!(2020-01-01 00:00 UTC), 10) {
        folder.file(&format!("old/{file}"), bytes);
    }
    refused(
        &folder,
        &["--sign-cert", "old/cert.pem", "--sign-key", "old/key.pem"],
        "error: the certificate `CN=Old` expired on 2020-01-11\n  \
         hint: renew it with the same key (`mailmuster identity renew`, if `identity new` made it): a device refuses an update that another key signed",
    );
    for (file, bytes) in new_identity("Future", datetime!(2040-01-01 00:00 UTC), 10) {
        folder.file(&format!("future/{file}"), bytes);
    }
    refused(
        &folder,
        &["--sign-cert", "future/cert.pem", "--sign-key", "future/key.pem"],
        "error: the certificate `CN=Future` is not valid before 2039-12-31\n  \
         hint: check the clock of this machine, and --at",
    );
    refused(
        &folder,
        &["--sign-cert", "id/cert.pem", "--sign-key", "id/key.pem", "--at", "2025-01-01T00:00:00Z"],
        "error: the certificate `CN=Test Signer` is not valid before 2025-12-31\n  \
         hint: check the clock of this machine, and --at",
    );
}

#[test]
fn files_that_hold_something_else_are_refused() {
    let folder = folder();
    folder.file("text.txt", "hello");
    refused(
        &folder,
        &["--sign-cert", "text.txt", "--sign-key", "id/key.pem"],
        "error: `text.txt` holds no certificate\n  hint: expected PEM text with -----BEGIN CERTIFICATE-----",
    );
    refused(
        &folder,
        &["--sign-cert", "id/cert.pem"],
        "error: `id/cert.pem` holds no private key\n  \
         hint: expected PEM text with -----BEGIN PRIVATE KEY-----; name its file with --sign-key",
    );
    refused(
        &folder,
        &["--sign-p12", "id/cert.pem"],
        "error: `id/cert.pem` is not a PKCS#12 file, but a certificate without its key\n  hint: for PEM files use --sign-cert and --sign-key",
    );
    let missing = folder.run(RUN.iter().chain(&["--sign-p12", "none.p12"])).exits(2);
    missing.stderr_has("error: there is no file `none.p12`\n");
}

#[test]
fn scripts_may_have_an_identity_of_their_own() {
    let folder = folder();
    for (file, bytes) in new_identity("Script Signer", datetime!(2026-01-01 00:00 UTC), 3600) {
        folder.file(&format!("script/{file}"), bytes);
    }
    let args = [
        "--sign-cert",
        "id/cert.pem",
        "--sign-key",
        "id/key.pem",
        "--script-cert",
        "script/cert.pem",
        "--script-key",
        "script/key.pem",
    ];
    folder.run(RUN.iter().chain(&args)).exits(0);
    let bundle = "out/bundles/ada_centurylink.net.zip";
    folder.file("a.mobileconfig", folder.in_bundle(bundle, "apple/CenturyLink Mail.mobileconfig"));
    folder.file("a.ps1", folder.in_bundle(bundle, "windows/Set-MailAccount.ps1"));
    folder.run(["verify", "a.mobileconfig", "--ca", "id/ca.pem"]).exits(0);
    folder.run(["verify", "a.ps1", "--ca", "script/ca.pem"]).exits(0);
    folder.run(["verify", "a.ps1", "--ca", "id/ca.pem"]).exits(1);
}

#[test]
fn keys_and_certificates_that_devices_refuse_are_refused() {
    use openssl::asn1::Asn1Time;
    use openssl::ec::{EcGroup, EcKey};
    use openssl::nid::Nid;
    use openssl::rsa::Rsa;
    use openssl::x509::X509NameBuilder;
    use openssl::x509::extension::KeyUsage;

    let folder = folder();
    let certificate =
        |key: &PKey<openssl::pkey::Private>, digest: MessageDigest, usage: Option<&KeyUsage>| {
            let mut name = X509NameBuilder::new().unwrap();
            name.append_entry_by_text("CN", "Odd").unwrap();
            let name = name.build();
            let mut builder = X509::builder().unwrap();
            builder.set_version(2).unwrap();
            builder.set_subject_name(&name).unwrap();
            builder.set_issuer_name(&name).unwrap();
            builder.set_pubkey(key).unwrap();
            builder.set_not_before(&Asn1Time::from_unix(1_700_000_000).unwrap()).unwrap();
            builder.set_not_after(&Asn1Time::from_unix(2_400_000_000).unwrap()).unwrap();
            if let Some(usage) = usage {
                builder.append_extension(usage.build().unwrap()).unwrap();
            }
            builder.sign(key, digest).unwrap();
            [builder.build().to_pem().unwrap(), key.private_key_to_pem_pkcs8().unwrap()].concat()
        };
    let rsa = |bits| PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap();
    let sha256 = MessageDigest::sha256();
    let curve = EcGroup::from_curve_name(Nid::SECP521R1).unwrap();
    let p521 = PKey::from_ec_key(EcKey::generate(&curve).unwrap()).unwrap();
    let mut no_signing = KeyUsage::new();
    no_signing.key_encipherment();
    for (pem, message) in [
        (
            certificate(&rsa(1024), sha256, None),
            "error: the key of `CN=Odd` has 1024 bits; devices want 2048 or more",
        ),
        (
            certificate(&PKey::generate_ed25519().unwrap(), MessageDigest::null(), None),
            "error: the key of `CN=Odd` is Ed25519; devices verify RSA, P-256 and P-384",
        ),
        (
            certificate(&p521, sha256, None),
            "error: the key of `CN=Odd` is EC 521; devices verify RSA, P-256 and P-384",
        ),
        (
            certificate(&rsa(2048), MessageDigest::sha1(), None),
            "error: the certificate `CN=Odd` was itself signed with SHA-1 or MD5, which devices refuse",
        ),
        (
            certificate(&rsa(2048), sha256, Some(&no_signing)),
            "error: the certificate `CN=Odd` may not sign: its key usage lacks digital signature",
        ),
    ] {
        folder.file("odd.pem", pem);
        let done = folder.run(RUN.iter().chain(&["--sign-cert", "odd.pem"])).exits(2);
        let first = done.stderr.strip_prefix(DISPUTED).and_then(|rest| rest.lines().next());
        assert_eq!(first, Some(message));
    }
    let p256 = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let key = PKey::from_ec_key(EcKey::generate(&p256).unwrap()).unwrap();
    folder.file("odd.pem", certificate(&key, sha256, None));
    let done =
        folder.run(["generate", "list.csv", "--out", "out", "--sign-cert", "odd.pem"]).exits(0);
    done.stderr_has("warning: the certificate `CN=Odd` is not made for code signing");
    folder
        .run(["verify", "out", "--ca", "odd.pem"])
        .exits(1)
        .stdout_has("`CN=Odd` signed it, whose certificate is not for code signing")
        .stdout_has("3 signatures verified: 1 fault");
    folder.run(["verify", "out", "--ca", "odd.pem", "--signer", "CN=Odd"]).exits(0);
}

#[test]
fn signing_nothing_is_a_stated_choice() {
    let folder = Folder::new();
    folder.file("list.csv", ADA);
    let done = folder.run(["generate", "list.csv", "--out", "out", "--unsigned"]).exits(0);
    done.stderr_has("note: nothing is signed");
    let profile = folder
        .in_bundle("out/bundles/ada_centurylink.net.zip", "apple/CenturyLink Mail.mobileconfig");
    assert!(profile.starts_with(b"<?xml"));
    let done = folder.run(["verify", "out", "--quiet"]).exits(1);
    assert_eq!(done.stdout.matches("it is not signed").count(), 2, "{}", done.stdout);
    done.stdout_has("manifest.jsonl.p7s: it is missing: the run is not signed").stdout_has(
        "nothing vouches for START-HERE.html, android/autodiscover.xml, android/config-v1.1.xml, ",
    );
    assert!(!folder.exists("home"), "no identity is made");
}

#[test]
fn files_without_signature_need_no_identity() {
    let folder = Folder::new();
    folder.file("list.csv", ADA);
    let done = folder.run(["generate", "list.csv", "--out", "out", "--only", "sheet"]).exits(0);
    assert!(!folder.exists("home") && !done.stderr.contains("identity"), "{}", done.stderr);
}
