//! Signing identities that fit, that do not, and the one that is made when there is none.

use openssl::hash::MessageDigest;
use openssl::pkcs12::Pkcs12;
use openssl::pkey::PKey;
use openssl::symm::Cipher;
use openssl::x509::X509;
use time::macros::datetime;

use crate::support::{ADA, DISPUTED, Folder, new_identity};

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
         hint: renew it with the same key: a device refuses an update that another key signed",
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
        "error: `id/cert.pem` is not a PKCS#12 file\n  hint: for PEM files use --sign-cert and --sign-key",
    );
    let missing = folder.run(RUN.iter().chain(&["--sign-p12", "none.p12"])).exits(2);
    missing.stderr_has("error: `none.p12` cannot be read: ");
}

#[test]
fn an_encrypted_key_opens_with_its_passphrase_from_every_source() {
    let folder = folder();
    let key = PKey::private_key_from_pem(&folder.read("id/key.pem")).unwrap();
    let encrypted =
        key.private_key_to_pem_pkcs8_passphrase(Cipher::aes_256_cbc(), b"open sesame").unwrap();
    folder
        .file("key.pem", encrypted)
        .file("right.txt", "open sesame\r\n")
        .file("wrong.txt", "sesame\n");
    let identity = ["--sign-cert", "id/cert.pem", "--sign-key", "key.pem"];
    let with = |more: &[&'static str]| identity.iter().chain(more).copied().collect::<Vec<_>>();
    refused(
        &folder,
        &with(&["--sign-passphrase-file", "wrong.txt"]),
        "error: the passphrase does not open `key.pem`\n  hint: check for a line break or a space at its end",
    );
    refused(
        &folder,
        &with(&[]),
        "error: `key.pem` is protected by a passphrase, and none was given\n  \
         hint: give it with --sign-passphrase-file, --sign-passphrase-env or --sign-passphrase-fd, or run at a terminal",
    );
    refused(
        &folder,
        &with(&["--sign-passphrase-env", "NOT_SET"]),
        "error: the passphrase cannot be read from the environment variable `NOT_SET`: it is not set",
    );
    folder.run(RUN.iter().chain(&with(&["--sign-passphrase-file", "right.txt"]))).exits(0);
    folder
        .run(RUN.iter().chain(&with(&["--sign-passphrase-env", "PASS"])))
        .env("PASS", "open sesame")
        .exits(0);
    if cfg!(unix) {
        folder
            .run(RUN.iter().chain(&with(&["--sign-passphrase-fd", "0"])))
            .stdin("open sesame\n")
            .exits(0);
    }
}

#[test]
fn a_pkcs12_file_is_taken_with_its_chain() {
    let folder = folder();
    let certificate = X509::from_pem(&folder.read("id/cert.pem")).unwrap();
    let key = PKey::private_key_from_pem(&folder.read("id/key.pem")).unwrap();
    let mut builder = Pkcs12::builder();
    builder.name("signer").pkey(&key).cert(&certificate);
    folder.file("id.p12", builder.build2("open sesame").unwrap().to_der().unwrap());
    folder.file("right.txt", "open sesame").file("wrong.txt", "x");
    refused(
        &folder,
        &["--sign-p12", "id.p12", "--sign-passphrase-file", "wrong.txt"],
        "error: the passphrase does not open `id.p12`\n  hint: check for a line break or a space at its end",
    );
    folder
        .run(RUN.iter().chain(&["--sign-p12", "id.p12", "--sign-passphrase-file", "right.txt"]))
        .exits(0);
    folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(0);
    let shown =
        folder.run(["identity", "show", "id.p12", "--passphrase-file", "right.txt"]).exits(0);
    shown.stdout_has("certificate of CN=Test Signer");
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
fn the_first_run_makes_a_development_identity_and_every_run_says_so() {
    let folder = Folder::new();
    folder.file("list.csv", ADA);
    for _ in 0..2 {
        let done = folder.run(["generate", "list.csv", "--out", "out"]).exits(0);
        done.stderr_has("warning: signed with the development identity in ")
            .stderr_has("which no device trusts")
            .stderr_has("phones show the profile as `Not Verified` in red, Windows shows an unknown publisher");
    }
    let keys: Vec<String> =
        folder.files("home").into_iter().filter(|file| file.ends_with("key.pem")).collect();
    assert_eq!(keys.len(), 1, "made once: {keys:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let mode = std::fs::metadata(folder.path().join("home").join(&keys[0])).unwrap().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let sheet = folder.in_bundle("out/bundles/ada_centurylink.net.zip", "START-HERE.html");
    assert!(String::from_utf8(sheet).unwrap().contains("Not Verified"));
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
    done.stdout_has("manifest.jsonl.p7s: it is missing: the run is not signed")
        .stdout_has("nothing vouches for START-HERE.html, android/autodiscover.xml, ");
    assert!(!folder.exists("home"), "no identity is made");
}

#[test]
fn a_new_identity_signs_and_is_shown_and_is_never_overwritten() {
    let folder = Folder::new();
    folder.file("list.csv", ADA);
    let made = folder
        .run(["identity", "new", "--out", "keys", "--name", "Acme Mail", "--days", "20"])
        .exits(0);
    made.stdout_has("--sign-cert keys/cert.pem --sign-key keys/key.pem");
    assert_eq!(folder.files("keys"), ["ca.pem", "cert.pem", "key.pem"]);
    folder.run(["identity", "new", "--out", "keys", "--quiet"]).exits(2).stderr_is(
        "error: refusing to overwrite `keys`\n  hint: name a new one, or move the old one away",
    );
    let args = [
        "generate",
        "list.csv",
        "--out",
        "out",
        "--sign-cert",
        "keys/cert.pem",
        "--sign-key",
        "keys/key.pem",
    ];
    let done = folder.run(args).exits(0);
    done.stderr_has("warning: the certificate `CN=Acme Mail` expires on ");
    folder.run(["verify", "out", "--ca", "keys/ca.pem"]).exits(0);
    let shown = folder.run(["identity", "show", "keys/cert.pem"]).exits(0);
    shown
        .stdout_has("certificate of CN=Acme Mail")
        .stdout_has("issuer       CN=Acme Mail CA")
        .stdout_has("key          RSA 2048")
        .stdout_has("usage        digital signature, code signing, e-mail protection")
        .stdout_has("may sign scripts:  yes");
}

/// A chain of an authority, an intermediate and a signer, as PEM texts, with the intermediate's last day.
fn three_levels(intermediate_until: i64) -> [Vec<u8>; 4] {
    use openssl::asn1::Asn1Time;
    use openssl::rsa::Rsa;
    use openssl::x509::X509NameBuilder;
    use openssl::x509::extension::{BasicConstraints, ExtendedKeyUsage};

    let key = || PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
    let (root_key, middle_key, leaf_key) = (key(), key(), key());
    let certificate = |subject: &str,
                       issuer: &str,
                       key: &PKey<openssl::pkey::Private>,
                       signer: &PKey<openssl::pkey::Private>,
                       ca: bool,
                       until| {
        let name = |text: &str| {
            let mut name = X509NameBuilder::new().unwrap();
            name.append_entry_by_text("CN", text).unwrap();
            name.build()
        };
        let mut builder = X509::builder().unwrap();
        builder.set_version(2).unwrap();
        builder.set_subject_name(&name(subject)).unwrap();
        builder.set_issuer_name(&name(issuer)).unwrap();
        builder.set_not_before(&Asn1Time::from_unix(1_700_000_000).unwrap()).unwrap();
        builder.set_not_after(&Asn1Time::from_unix(until).unwrap()).unwrap();
        builder.set_pubkey(key).unwrap();
        let mut constraints = BasicConstraints::new();
        constraints.critical();
        if ca {
            constraints.ca();
        }
        builder.append_extension(constraints.build().unwrap()).unwrap();
        if !ca {
            builder
                .append_extension(ExtendedKeyUsage::new().code_signing().build().unwrap())
                .unwrap();
        }
        builder.sign(signer, MessageDigest::sha256()).unwrap();
        builder.build().to_pem().unwrap()
    };
    [
        certificate("Root", "Root", &root_key, &root_key, true, 2_400_000_000),
        certificate("Middle", "Root", &middle_key, &root_key, true, intermediate_until),
        certificate("Leaf", "Middle", &leaf_key, &middle_key, false, 2_400_000_000),
        leaf_key.private_key_to_pem_pkcs8().unwrap(),
    ]
}

#[test]
fn a_chain_is_taken_in_any_order_and_the_root_stays_out() {
    let folder = Folder::new();
    let [root, middle, leaf, key] = three_levels(2_400_000_000);
    folder
        .file("list.csv", ADA)
        .file("root.pem", &root)
        .file("all.pem", [&root[..], &middle, &leaf, &key].concat());
    let done =
        folder.run(["generate", "list.csv", "--out", "out", "--sign-cert", "all.pem"]).exits(0);
    assert!(!done.stderr.contains("chain"), "{}", done.stderr);
    done.stderr_has("signed by CN=Leaf");
    let done = folder.run(["verify", "out", "--ca", "root.pem"]).exits(1);
    done.stdout_has("`CN=Leaf` signed it, whose certificate is not for e-mail protection");
    folder.run(["verify", "out", "--ca", "root.pem", "--signer", "CN=Leaf"]).exits(0);
    let profile = folder
        .in_bundle("out/bundles/ada_centurylink.net.zip", "apple/CenturyLink Mail.mobileconfig");
    let has = |certificate: &[u8]| {
        let der = X509::from_pem(certificate).unwrap().to_der().unwrap();
        profile.windows(der.len()).any(|window| window == der)
    };
    assert!(has(&leaf) && has(&middle) && !has(&root));
}

#[test]
fn a_chain_that_no_device_follows_is_refused_or_warned_about() {
    let folder = Folder::new();
    let [_, middle, leaf, key] = three_levels(1_710_000_000);
    folder
        .file("list.csv", ADA)
        .file("leaf.pem", &leaf)
        .file("key.pem", &key)
        .file("middle.pem", &middle);
    let args = ["--sign-cert", "leaf.pem", "--sign-key", "key.pem", "--sign-chain", "middle.pem"];
    refused(
        &folder,
        &args,
        "error: the chain of `CN=Leaf` cannot be used: the chain of `CN=Leaf` does not hold: certificate has expired\n  \
         hint: get the issuer's present intermediate certificates, and give them with --sign-chain",
    );
    folder.identity();
    let stranger = [
        "generate",
        "list.csv",
        "--out",
        "out",
        "--sign-cert",
        "leaf.pem",
        "--sign-key",
        "key.pem",
        "--sign-chain",
        "id/ca.pem",
    ];
    folder.run(stranger).exits(0).stderr_has(
        "warning: the chain of `CN=Leaf` stops short: no certificate of `CN=Middle` was given",
    );
    let alone = [
        "generate",
        "list.csv",
        "--out",
        "out",
        "--sign-cert",
        "leaf.pem",
        "--sign-key",
        "key.pem",
    ];
    folder
        .run(alone)
        .exits(0)
        .stderr_has("warning: no chain was given for `CN=Leaf`, which `CN=Middle` issued");
}

#[test]
fn the_wrong_kind_of_file_is_answered_with_the_right_option() {
    let folder = folder();
    let certificate = X509::from_pem(&folder.read("id/cert.pem")).unwrap();
    let key = PKey::private_key_from_pem(&folder.read("id/key.pem")).unwrap();
    let mut builder = Pkcs12::builder();
    folder.file(
        "id.p12",
        builder.pkey(&key).cert(&certificate).build2("x").unwrap().to_der().unwrap(),
    );
    refused(
        &folder,
        &["--sign-cert", "id.p12"],
        "error: `id.p12` is a PKCS#12 file\n  hint: name it with --sign-p12 (or --script-p12) instead",
    );
}

#[test]
fn an_identity_can_be_made_in_the_folder_one_is_in() {
    let folder = Folder::new();
    folder.run(["identity", "new", "--out", "."]).exits(0);
    assert_eq!(folder.files(""), ["ca.pem", "cert.pem", "key.pem"]);
}

#[test]
fn files_without_signature_need_no_identity() {
    let folder = Folder::new();
    folder.file("list.csv", ADA);
    let done = folder.run(["generate", "list.csv", "--out", "out", "--only", "sheet"]).exits(0);
    assert!(!folder.exists("home") && !done.stderr.contains("identity"), "{}", done.stderr);
}

#[test]
fn many_first_runs_at_once_share_one_development_identity() {
    let folder = Folder::new();
    folder.file("list.csv", ADA);
    let outs = ["a", "b", "c", "d"];
    std::thread::scope(|scope| {
        for out in outs {
            let folder = &folder;
            scope.spawn(move || folder.run(["generate", "list.csv", "--out", out]).exits(0));
        }
    });
    let signer = |out: &str| {
        let manifest =
            folder.in_bundle(&format!("{out}/bundles/ada_centurylink.net.zip"), "manifest.json");
        serde_json::from_slice::<serde_json::Value>(&manifest).unwrap()["signers"].clone()
    };
    assert!(outs.iter().all(|out| signer(out) == signer("a")));
}
