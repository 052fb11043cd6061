//! PKCS#12, with one identity and with several (folders 10 and 25).

use mailmuster::sign::asn1::write::{CONTEXT_0, INTEGER, OCTET_STRING, SEQUENCE, SET, value};
use openssl::hash::MessageDigest;
use openssl::pkcs12::Pkcs12;
use openssl::pkey::PKey;
use openssl::symm::Cipher;
use openssl::x509::X509;

use super::pki::{EXPIRED, Kind, Party, VALID, pem};
use super::{RUN, folder, refused};
use crate::support::{ADA, Folder};

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

/// Object identifiers, whole: `keyBag`, `pkcs8ShroudedKeyBag`, `certBag`, `x509Certificate`,
/// `friendlyName` and `data` (RFC 7292 §4.2, RFC 2985 §5.5.1).
const BAG: [u8; 12] = [0x06, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 10, 1];
const X509_CERTIFICATE: [u8; 12] = [0x06, 10, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 22, 1];
const FRIENDLY_NAME: [u8; 11] = [0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 20];
const DATA: [u8; 11] = [0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];

/// A keystore with these identities, keys encrypted with `passphrase` if there is one. By hand:
/// OpenSSL writes keystores with one key only.
fn keystore(identities: &[(&Party, &X509)], passphrase: Option<&[u8]>) -> Vec<u8> {
    let bag = |kind: u8, content: &[u8], name: &str| {
        let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let attribute = value(SEQUENCE, &[&FRIENDLY_NAME, &value(SET, &[&value(0x1e, &[&wide])])]);
        let id = [&BAG[..], &[kind]].concat();
        value(SEQUENCE, &[&id, &value(CONTEXT_0, &[content]), &value(SET, &[&attribute])])
    };
    let mut bags = Vec::new();
    for (party, certificate) in identities {
        let name = format!("{}'s entry", party.name);
        let octets = value(OCTET_STRING, &[&certificate.to_der().unwrap()]);
        let content = value(SEQUENCE, &[&X509_CERTIFICATE, &value(CONTEXT_0, &[&octets])]);
        bags.extend(bag(3, &content, &name));
        bags.extend(match passphrase {
            None => bag(1, &party.key.private_key_to_pkcs8().unwrap(), &name),
            Some(passphrase) => {
                let cipher = Cipher::aes_256_cbc();
                bag(
                    2,
                    &party.key.private_key_to_pkcs8_passphrase(cipher, passphrase).unwrap(),
                    &name,
                )
            }
        });
    }
    let data = |content: &[u8]| {
        value(SEQUENCE, &[&DATA, &value(CONTEXT_0, &[&value(OCTET_STRING, &[content])])])
    };
    let safe = value(SEQUENCE, &[&data(&value(SEQUENCE, &[&bags]))]);
    value(SEQUENCE, &[&[INTEGER, 1, 3], &data(&safe)])
}

struct Identities {
    root: X509,
    old: (Party, X509),
    web: (Party, X509),
    good: (Party, X509),
    other: (Party, X509),
}

fn identities() -> Identities {
    let root = Party::new("Root");
    let made = |name, kind, until| {
        let party = Party::new(name);
        let certificate = party.certificate(&root, kind, until);
        (party, certificate)
    };
    Identities {
        old: made("Old Signer", Kind::Signer, EXPIRED),
        web: made("www.example.org", Kind::WebServer, VALID),
        good: made("Good Signer", Kind::Signer, VALID),
        other: made("Other Signer", Kind::Signer, VALID),
        root: root.certificate(&root, Kind::Authority, VALID),
    }
}

#[test]
fn of_several_identities_the_only_one_that_can_sign_is_used_and_named() {
    let Identities { root, old, web, good, .. } = identities();
    let folder = Folder::new();
    folder.file("list.csv", ADA).file("root.pem", pem(&[&root])).file("secret.txt", "s\u{e9}cret");
    let [old, web, good] = [&old, &web, &good].map(|(party, certificate)| (party, certificate));
    let old_left = "left out: `CN=Old Signer`, which expired on 2024-03-09";
    let web_left = "left out: `CN=www.example.org`, which is made for something else";
    for (heap, left) in [
        (&[good][..], None),
        (&[old, good], Some(old_left)),
        (&[good, old], Some(old_left)),
        (&[web, good], Some(web_left)),
        (&[good, web], Some(web_left)),
    ] {
        for passphrase in [None, Some("s\u{e9}cret".as_bytes())] {
            folder.file("id.p12", keystore(heap, passphrase));
            let args = [
                "generate",
                "list.csv",
                "--out",
                "out",
                "--sign-p12",
                "id.p12",
                "--sign-passphrase-file",
                "secret.txt",
            ];
            let done = folder.run(args).exits(0);
            done.stderr_has("signer: CN=Good Signer");
            match left {
                Some(left) => done.stderr_has(&format!(
                    "signing with `CN=Good Signer`, valid to 2046-01-19; {left}"
                )),
                None => &done,
            };
            assert_eq!(done.stderr.contains("left out"), left.is_some(), "{}", done.stderr);
            folder.run(["verify", "out", "--ca", "root.pem"]).exits(0);
        }
    }
    folder.file("id.p12", keystore(&[old], None));
    let only = folder.run(RUN.iter().chain(&["--sign-p12", "id.p12"])).exits(2);
    only.stderr_has("error: the certificate `CN=Old Signer` expired on 2024-03-09");
}

#[test]
fn several_identities_that_can_sign_are_listed_and_one_is_chosen_by_name() {
    let Identities { root, good, other, old, .. } = identities();
    let heap = [&good, &other, &old].map(|(party, certificate)| (party, certificate));
    let folder = Folder::new();
    folder
        .file("list.csv", ADA)
        .file("root.pem", pem(&[&root]))
        .file("id.p12", keystore(&heap, None));
    let sha256 = |certificate: &X509| -> String {
        let digest = certificate.digest(MessageDigest::sha256()).unwrap();
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let line = |name: &str, certificate: &X509, until: &str| {
        format!(
            "`CN={name}` named `{name}'s entry` (2023-11-14 to {until}, SHA-256 {})",
            sha256(certificate)
        )
    };
    let both =
        [line("Good Signer", &good.1, "2046-01-19"), line("Other Signer", &other.1, "2046-01-19")];
    let hint = "\n  hint: choose one with --sign-p12-name (or --script-p12-name): its name, subject or SHA-256";
    refused(
        &folder,
        &["--sign-p12", "id.p12"],
        &format!(
            "error: `id.p12` holds several identities that can sign: {}{hint}",
            both.join("; ")
        ),
    );
    let all = [both[0].clone(), line("Old Signer", &old.1, "2024-03-09"), both[1].clone()];
    refused(
        &folder,
        &["--sign-p12", "id.p12", "--sign-p12-name", "Nobody"],
        &format!("error: `id.p12` holds no identity `Nobody`, but {}{hint}", all.join("; ")),
    );
    let expired = ["--sign-p12", "id.p12", "--sign-p12-name", "Old Signer"];
    folder
        .run(RUN.iter().chain(&expired))
        .exits(2)
        .stderr_has("the certificate `CN=Old Signer` expired on 2024-03-09");
    let fingerprint = sha256(&other.1).to_uppercase();
    let colons: Vec<&str> = (0..64).step_by(2).map(|at| &fingerprint[at..at + 2]).collect();
    for name in [
        "Other Signer's entry",
        "CN=Other Signer",
        "Other Signer",
        &sha256(&other.1),
        &colons.join(":"),
    ] {
        let args = [
            "generate",
            "list.csv",
            "--out",
            "out",
            "--sign-p12",
            "id.p12",
            "--sign-p12-name",
            name,
        ];
        folder.run(args).exits(0).stderr_has("signer: CN=Other Signer");
    }
    folder.file(
        "mailmuster.toml",
        "format = 1\n[signing]\npkcs12 = \"id.p12\"\npkcs12_name = \"Good Signer\"\n",
    );
    let by_file = ["generate", "list.csv", "--out", "out", "--new-signer"];
    folder.run(by_file).exits(0).stderr_has("signer: CN=Good Signer");
    let by_flag = by_file.iter().chain(&["--sign-p12-name", "Other Signer"]);
    folder.run(by_flag).exits(0).stderr_has("signer: CN=Other Signer");
}

#[test]
fn a_name_without_keystore_is_an_error() {
    let folder = folder();
    refused(
        &folder,
        &["--sign-p12-name", "x"],
        "error: --sign-p12-name has no effect: there is no PKCS#12 file\n  hint: name the file with --sign-p12",
    );
    folder.file("mailmuster.toml", "format = 1\n[signing]\npkcs12_name = \"x\"\n");
    let done = folder.run(RUN).exits(2);
    done.stderr_has("`pkcs12_name` belongs to no PKCS#12 file");
}

#[test]
fn a_keystore_in_base64_is_read() {
    use base64::Engine;
    let Identities { root, good: (party, certificate), .. } = identities();
    let folder = Folder::new();
    let der = Pkcs12::builder()
        .name("x")
        .pkey(&party.key)
        .cert(&certificate)
        .build2("secret")
        .unwrap()
        .to_der()
        .unwrap();
    let base64 = base64::engine::general_purpose::STANDARD.encode(&der);
    let lines: Vec<&str> =
        (0..base64.len()).step_by(76).map(|at| &base64[at..base64.len().min(at + 76)]).collect();
    folder
        .file("list.csv", ADA)
        .file("root.pem", pem(&[&root]))
        .file("secret.txt", "secret")
        .file("certificate.pem", pem(&[&certificate]));
    for text in [
        base64.clone(),
        lines.join("\r\n"),
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n")),
    ] {
        folder.file("id.b64", text);
        let args = ["--sign-p12", "id.b64", "--sign-passphrase-file", "secret.txt"];
        folder.run(RUN.iter().chain(&args)).exits(0);
        let wrong = ["--sign-cert", "id.b64"];
        folder.run(RUN.iter().chain(&wrong)).exits(2).stderr_is(
            "error: `id.b64` is a PKCS#12 file\n  hint: name it with --sign-p12 (or --script-p12) instead",
        );
        let shown =
            folder.run(["identity", "show", "id.b64", "--passphrase-file", "secret.txt"]).exits(0);
        shown.stdout_has("certificate of CN=Good Signer");
    }
    let wrong = ["--sign-cert", "certificate.pem", "--sign-key", "id.b64"];
    folder.run(RUN.iter().chain(&wrong)).exits(2).stderr_has("error: `id.b64` is a PKCS#12 file");
}
