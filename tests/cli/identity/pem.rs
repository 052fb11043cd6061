//! PEM in the shapes people have it (folder 11), and keys that no device takes (folder 12).

use openssl::ec::{Asn1Flag, EcGroup, EcKey};
use openssl::nid::Nid;
use openssl::pkey::PKey;
use openssl::symm::Cipher;
use openssl::x509::X509;

use super::pki::{Kind, Party, VALID, contain, pem};
use super::{RUN, refused};
use crate::support::{ADA, Folder};

/// A folder with a signer's certificate, key and chain in good order.
struct Case {
    folder: Folder,
    leaf: X509,
    middle: X509,
    root: X509,
    key: Vec<u8>,
}

fn case() -> Case {
    let [root, middle, signer] = ["Root", "Inter", "Signer"].map(Party::new);
    let case = Case {
        folder: Folder::new(),
        leaf: signer.certificate(&middle, Kind::Signer, VALID),
        middle: middle.certificate(&root, Kind::Authority, VALID),
        root: root.certificate(&root, Kind::Authority, VALID),
        key: signer.key_pem(),
    };
    case.folder
        .file("list.csv", ADA)
        .file("leaf.pem", pem(&[&case.leaf]))
        .file("inter.pem", pem(&[&case.middle]))
        .file("root.pem", pem(&[&case.root]))
        .file("leaf.key", &case.key);
    case
}

impl Case {
    /// Runs with these files without a word about the identity, and makes a profile that verifies.
    #[track_caller]
    fn signs(&self, certificate: &str, key: &str, chain: &str) {
        let args = [
            "generate",
            "list.csv",
            "--out",
            "out",
            "--sign-cert",
            certificate,
            "--sign-key",
            key,
            "--sign-chain",
            chain,
        ];
        let done = self.folder.run(args).exits(0);
        let mut lines = done.stderr.lines().filter(|line| !line.contains("no time stamp"));
        assert!(
            lines.all(|line| !line.contains("certificate") && !line.contains("chain")),
            "{}",
            done.stderr
        );
        let bundle = "out/bundles/ada_centurylink.net.zip";
        let profile = self.folder.in_bundle(bundle, "apple/CenturyLink Mail.mobileconfig");
        assert!(contain(&profile, &self.leaf) && contain(&profile, &self.middle));
        self.folder.run(["verify", "out", "--ca", "root.pem"]).exits(0);
    }
}

fn utf16(text: &[u8], order: fn(u16) -> [u8; 2]) -> Vec<u8> {
    let text = format!("\u{feff}{}", std::str::from_utf8(text).unwrap());
    text.encode_utf16().flat_map(order).collect()
}

fn indented(text: &[u8]) -> String {
    std::str::from_utf8(text).unwrap().lines().map(|line| format!("  {line}\n")).collect()
}

#[test]
fn a_certificate_is_read_in_every_shape() {
    let case = case();
    let text = String::from_utf8(pem(&[&case.leaf])).unwrap();
    let bag = format!(
        "Bag Attributes\n    friendlyName: Signer\nsubject=CN = Signer\n{text}Key Attributes: <No Attributes>\n"
    );
    for (shape, bytes) in [
        ("bom", [b"\xef\xbb\xbf", text.as_bytes()].concat()),
        ("utf16le", utf16(text.as_bytes(), u16::to_le_bytes)),
        ("utf16be", utf16(text.as_bytes(), u16::to_be_bytes)),
        ("crlf", text.replace('\n', "\r\n").into_bytes()),
        ("cr", text.replace('\n', "\r").into_bytes()),
        ("indented", indented(text.as_bytes()).into_bytes()),
        ("one line", text.replace('\n', "\\n").into_bytes()),
        ("bag", bag.into_bytes()),
        ("der", case.leaf.to_der().unwrap()),
        (
            "base64",
            text.lines().filter(|line| !line.starts_with('-')).collect::<String>().into_bytes(),
        ),
    ] {
        let file = format!("{shape}.pem");
        case.folder.file(&file, bytes);
        case.signs(&file, "leaf.key", "inter.pem");
    }
}

#[test]
fn a_key_is_read_in_every_shape() {
    let case = case();
    let text = String::from_utf8(case.key.clone()).unwrap();
    let key = PKey::private_key_from_pem(&case.key).unwrap();
    for (shape, bytes) in [
        ("bom", [b"\xef\xbb\xbf", text.as_bytes()].concat()),
        ("utf16", utf16(text.as_bytes(), u16::to_le_bytes)),
        ("cr", text.replace('\n', "\r").into_bytes()),
        ("indented", indented(text.as_bytes()).into_bytes()),
        ("der", key.private_key_to_der().unwrap()),
        ("pkcs8", key.private_key_to_pkcs8().unwrap()),
        ("traditional", key.rsa().unwrap().private_key_to_pem().unwrap()),
    ] {
        let file = format!("{shape}.key");
        case.folder.file(&file, bytes);
        case.signs("leaf.pem", &file, "inter.pem");
    }
}

#[test]
fn an_encrypted_key_is_read_in_every_form() {
    let case = case();
    let key = PKey::private_key_from_pem(&case.key).unwrap();
    let rsa = key.rsa().unwrap();
    let traditional = rsa.private_key_to_pem_passphrase(Cipher::aes_256_cbc(), b"secret").unwrap();
    let pkcs8 = key.private_key_to_pkcs8_passphrase(Cipher::aes_256_cbc(), b"secret").unwrap();
    case.folder.file("secret.txt", "secret\n").file("wrong.txt", "other\n");
    for (file, bytes) in [
        ("indented.key", indented(&traditional).into_bytes()),
        ("traditional.key", traditional),
        ("pkcs8.key", pkcs8),
    ] {
        case.folder.file(file, bytes);
        let args = ["--sign-cert", "leaf.pem", "--sign-chain", "inter.pem", "--sign-key", file];
        let with = |passphrase| {
            RUN.iter().chain(&args).copied().chain(["--sign-passphrase-file", passphrase])
        };
        case.folder
            .run(with("wrong.txt"))
            .exits(2)
            .stderr_has(&format!("the passphrase does not open `{file}`"));
        case.folder.run(with("secret.txt")).exits(0);
    }
}

#[test]
fn glued_and_mixed_files_are_read() {
    let case = case();
    let glue = |parts: &[&X509]| -> Vec<u8> {
        let texts = parts.iter().map(|one| String::from_utf8(pem(&[one])).unwrap());
        texts.map(|text| text.trim_end().to_owned()).collect::<String>().into_bytes()
    };
    let key_first = [case.key.clone(), pem(&[&case.leaf, &case.middle])].concat();
    case.folder
        .file("all-glued.pem", glue(&[&case.leaf, &case.middle, &case.root]))
        .file("chain-glued.pem", glue(&[&case.middle, &case.root]))
        .file("key-first.pem", key_first);
    case.signs("all-glued.pem", "leaf.key", "inter.pem");
    case.signs("leaf.pem", "leaf.key", "chain-glued.pem");
    case.signs("key-first.pem", "key-first.pem", "root.pem");
}

#[test]
fn damaged_text_is_located() {
    let case = case();
    let text = |certificate| String::from_utf8(pem(&[certificate])).unwrap();
    let [leaf, middle, root] = [&case.leaf, &case.middle, &case.root].map(text);
    let lines = leaf.lines().count();
    let hint = "\n  hint: copy the file again, as text, from -----BEGIN to -----END-----, with both lines whole";
    let cut: String = leaf
        .lines()
        .filter(|line| !line.starts_with("MII"))
        .map(|line| format!("{line}\n"))
        .collect();
    let key = String::from_utf8(case.key.clone()).unwrap();
    case.folder.file("broken.key", key.replacen("MII", "MI!", 1));
    for (bytes, expected) in [
        (
            format!("{leaf}{}{root}", middle.replacen("MII", "MI!", 1)),
            format!("line {} of the certificate is not base64", lines + 2),
        ),
        (
            format!("{leaf}{}\n{root}", &middle.trim_end()[..middle.len() - 11]),
            format!(
                "the certificate that begins in line {} is cut off: `-----END CERTIFICATE-----` is missing",
                lines + 1
            ),
        ),
        (cut, "the certificate that begins in line 1 is damaged or incomplete".to_owned()),
        (
            format!("{leaf}\nMII\n-----END CERTIFICATE-----\n"),
            format!("line {}: `-----END` without `-----BEGIN` before it", lines + 3),
        ),
    ] {
        case.folder.file("broken.pem", &bytes);
        refused(
            &case.folder,
            &["--sign-cert", "broken.pem", "--sign-key", "leaf.key"],
            &format!("error: `broken.pem`: {expected}{hint}"),
        );
    }
    refused(
        &case.folder,
        &["--sign-cert", "leaf.pem", "--sign-key", "broken.key"],
        &format!("error: `broken.key`: line 2 of the private key is not base64{hint}"),
    );
}

#[test]
fn a_chain_from_windows_is_read() {
    let case = case();
    // an old `openssl crl2pkcs7` structure, made by OpenSSL's own program
    let status = std::process::Command::new("openssl")
        .args([
            "crl2pkcs7",
            "-nocrl",
            "-certfile",
            "inter.pem",
            "-certfile",
            "root.pem",
            "-outform",
            "DER",
            "-out",
            "chain.p7b",
        ])
        .current_dir(case.folder.path())
        .status()
        .expect("the openssl program");
    assert!(status.success());
    case.signs("leaf.pem", "leaf.key", "chain.p7b");
    // `certutil -encode` calls everything a certificate
    let encoded = {
        use base64::Engine;
        base64::engine::general_purpose::STANDARD.encode(case.folder.read("chain.p7b"))
    };
    case.folder.file(
        "chain.b64",
        format!("-----BEGIN CERTIFICATE-----\r\n{encoded}\r\n-----END CERTIFICATE-----\r\n"),
    );
    case.signs("leaf.pem", "leaf.key", "chain.b64");
}

#[test]
fn what_is_given_in_place_of_a_certificate_or_key_is_named() {
    let case = case();
    let key = PKey::private_key_from_pem(&case.key).unwrap();
    case.folder
        .file("public.pem", key.public_key_to_pem().unwrap())
        .file("openssh.key", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n-----END OPENSSH PRIVATE KEY-----\n")
        .file("request.pem", {
            let mut request = openssl::x509::X509Req::builder().unwrap();
            request.set_pubkey(&key).unwrap();
            request.sign(&key, openssl::hash::MessageDigest::sha256()).unwrap();
            request.build().to_pem().unwrap()
        })
        .file("store.jks", b"\xfe\xed\xfe\xed\x00\x00\x00\x02");
    for (certificate, key, message, hint) in [
        (
            "request.pem",
            "leaf.key",
            "`request.pem` holds no certificate, but a certificate request",
            "send the request to the issuer, and name the certificate that comes back",
        ),
        (
            "public.pem",
            "leaf.key",
            "`public.pem` holds no certificate, but a public key",
            "expected PEM text with -----BEGIN CERTIFICATE-----",
        ),
        (
            "leaf.pem",
            "openssh.key",
            "`openssh.key` holds no private key, but a private key in the format of OpenSSH",
            "convert a copy of it with ssh-keygen -p -m PKCS8 -f COPY",
        ),
        (
            "store.jks",
            "leaf.key",
            "`store.jks` holds no certificate, but a Java keystore",
            "convert it with keytool -importkeystore -deststoretype pkcs12, and name the result with --sign-p12",
        ),
    ] {
        refused(
            &case.folder,
            &["--sign-cert", certificate, "--sign-key", key],
            &format!("error: {message}\n  hint: {hint}"),
        );
    }
}

#[test]
fn a_key_that_spells_out_its_curve_is_refused_like_verify_does() {
    let root = Party::new("Root");
    let group = |flag| {
        let mut group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
        group.set_asn1_flag(flag);
        group
    };
    let folder = Folder::new();
    folder
        .file("list.csv", ADA)
        .file("ca.pem", pem(&[&root.certificate(&root, Kind::Authority, VALID)]));
    for (flag, expected) in [(Asn1Flag::EXPLICIT_CURVE, 2), (Asn1Flag::NAMED_CURVE, 0)] {
        let key = PKey::from_ec_key(EcKey::generate(&group(flag)).unwrap()).unwrap();
        let signer = Party { name: "ExplicitLeaf", key };
        let certificate = signer.certificate(&root, Kind::Signer, VALID);
        let spelled_out = certificate.to_der().unwrap().windows(9).any(|part| {
            // prime-field, 1.2.840.10045.1.1: part of explicit parameters only
            part == [0x06, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 1, 1]
        });
        assert_eq!(spelled_out, expected == 2, "the certificate is made as meant");
        folder.file("leaf.pem", pem(&[&certificate])).file("leaf.key", signer.key_pem());
        let args = ["--sign-cert", "leaf.pem", "--sign-key", "leaf.key", "--sign-chain", "ca.pem"];
        let done = folder.run(RUN.iter().chain(&args)).exits(expected);
        if expected == 2 {
            done.stderr_is(
                "error: the key of `CN=ExplicitLeaf` spells out its curve instead of naming it, which OpenSSL and devices refuse\n  \
                 hint: make a new key with a named curve (openssl ecparam -name prime256v1 -genkey), and get a certificate for it",
            );
            assert!(!folder.exists("out"));
        } else {
            folder.run(["verify", "out", "--ca", "ca.pem"]).exits(0);
        }
    }
}
