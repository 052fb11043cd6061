//! No password, passphrase or key byte leaves the place it belongs to.

use openssl::pkey::PKey;
use openssl::symm::Cipher;

use crate::support::{Folder, Run};

const PASSWORD: &str = "Canary-Passw0rd";
const PASSPHRASE: &str = "Canary-Passphr4se";

/// Whether `bytes` hold `secret`, in any form it might take.
fn leaks(bytes: &[u8], secret: &str) -> bool {
    let wide: Vec<u8> = secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let base64 = {
        use base64::Engine;
        base64::engine::general_purpose::STANDARD_NO_PAD.encode(secret)
    };
    [secret.as_bytes(), &wide, &base64.as_bytes()[..base64.len() - 2]]
        .iter()
        .any(|form| bytes.windows(form.len()).any(|window| window == *form))
}

/// A list with passwords in every kind of row, and a protected key.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.identity().file("pass.txt", PASSPHRASE).file(
        "list.csv",
        format!(
            "Email,Name,Password,mail login\n\
             ada@centurylink.net,Ada,{PASSWORD}1,\n\
             not-an-address,Bob,{PASSWORD}2,\n\
             cy@q.com,\"Cy\x07\",{PASSWORD}3,\n\
             dee@q.com,Dee,{PASSWORD}4,\n\
             dee@q.com,Dee,{PASSWORD}5,\n\
             eve@q.com,Eve, Jr,{PASSWORD}6,\n\
             ,,{PASSWORD}7,\n\
             fay@q.com,Fay,{PASSWORD}8\n"
        ),
    );
    let key = PKey::private_key_from_pem(&folder.read("id/key.pem")).unwrap();
    let encrypted = key
        .private_key_to_pem_pkcs8_passphrase(Cipher::aes_256_cbc(), PASSPHRASE.as_bytes())
        .unwrap();
    folder.file("key.pem", encrypted);
    folder
}

fn assert_silent(run: Run, code: i32) {
    let done = run.exits(code);
    for text in [&done.stdout, &done.stderr] {
        assert!(!leaks(text.as_bytes(), "Canary"), "{text}");
        assert!(!text.contains("PRIVATE KEY"), "{text}");
    }
}

#[test]
fn no_password_reaches_a_file_a_report_or_a_message() {
    let folder = folder();
    let identity = [
        "--sign-cert",
        "id/cert.pem",
        "--sign-key",
        "key.pem",
        "--sign-passphrase-file",
        "pass.txt",
    ];
    for more in [&[][..], &["--json"], &["--quiet"], &["--strict"]] {
        let args = ["generate", "list.csv", "--out", "out"].iter().chain(&identity).chain(more);
        let strict = more.contains(&"--strict");
        assert_silent(folder.run(args), if strict { 2 } else { 1 });
        assert_silent(
            folder.run(
                ["check", "list.csv"]
                    .iter()
                    .chain(&more[..more.len().min(1)])
                    .filter(|a| **a != "--strict"),
            ),
            1,
        );
    }
    let key = PKey::private_key_from_pem(&folder.read("id/key.pem")).unwrap();
    let prime = key.rsa().unwrap().p().unwrap().to_vec();
    let written = folder.files("out");
    assert!(written.len() > 4, "{written:?}");
    for file in written {
        let bytes = folder.read(&format!("out/{file}"));
        let mut contents = vec![bytes.clone()];
        if file.ends_with(".zip") {
            let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&bytes)).unwrap();
            for at in 0..archive.len() {
                let mut content = Vec::new();
                std::io::Read::read_to_end(&mut archive.by_index(at).unwrap(), &mut content)
                    .unwrap();
                contents.push(content);
            }
        }
        for content in contents {
            assert!(!leaks(&content, "Canary"), "{file}");
            assert!(!content.windows(prime.len()).any(|window| window == prime), "{file}");
        }
    }
    assert_silent(folder.run(["verify", "out"]), 0);
    assert_silent(folder.run(["inspect", "out/bundles/ada_centurylink.net.zip"]), 0);
}

#[test]
fn a_wrong_passphrase_or_identity_is_reported_without_it() {
    let folder = folder();
    folder.file("pass.txt", format!("{PASSPHRASE}-wrong"));
    let args = [
        "generate",
        "list.csv",
        "--out",
        "out",
        "--sign-cert",
        "id/cert.pem",
        "--sign-key",
        "key.pem",
    ];
    assert_silent(folder.run(args.iter().chain(&["--sign-passphrase-file", "pass.txt"])), 2);
    assert_silent(
        folder
            .run(args.iter().chain(&["--sign-passphrase-env", "PASS"]))
            .env("PASS", "Canary-other"),
        2,
    );
}

/// Whatever is wrong with an identity, no message repeats a passphrase or a line of a key.
#[test]
fn no_wrong_input_brings_a_secret_to_light() {
    let folder = folder();
    let key = folder.read("key.pem");
    let plain = folder.read("id/key.pem");
    let text = String::from_utf8(plain.clone()).unwrap();
    let body: Vec<&str> = text.lines().filter(|line| !line.starts_with('-')).collect();
    let wide = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let mut keystore = openssl::pkcs12::Pkcs12::builder();
    let certificate = openssl::x509::X509::from_pem(&folder.read("id/cert.pem")).unwrap();
    keystore.pkey(&PKey::private_key_from_pem(&plain).unwrap()).cert(&certificate);
    let keystore = keystore.build2(PASSPHRASE).unwrap().to_der().unwrap();
    let keys: Vec<Vec<u8>> = vec![
        key,
        plain.clone(),
        plain[..plain.len() / 2].to_vec(),
        text.replacen("MII", "MI!", 1).into_bytes(),
        text.replace("PRIVATE KEY", "CERTIFICATE").into_bytes(),
        text.replace("-----BEGIN PRIVATE KEY-----", "").into_bytes(),
        text.replace("-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY").into_bytes(),
        text.replace('\n', " ").into_bytes(),
        body.concat().into_bytes(),
        body[3..].concat().into_bytes(),
        wide(&text),
        wide(&text[..300]),
        keystore.clone(),
        keystore[..keystore.len() / 2].to_vec(),
        format!("{PASSPHRASE}\n").into_bytes(),
        Vec::new(),
    ];
    let passphrases: Vec<Vec<u8>> = vec![
        PASSPHRASE.as_bytes().to_vec(),
        format!("{PASSPHRASE}\0more").into_bytes(),
        format!("{PASSPHRASE} ").into_bytes(),
        wide(PASSPHRASE),
        wide(&format!("\u{feff}{PASSPHRASE}\0")),
        [&wide(&format!("\u{feff}{PASSPHRASE}"))[..], b"x"].concat(),
        [PASSPHRASE.as_bytes(), b"\xff\x81"].concat(),
    ];
    let secret_lines: Vec<&str> = body.iter().copied().filter(|line| line.len() > 40).collect();
    assert!(secret_lines.len() > 10);
    for key in &keys {
        folder.file("key.in", key);
        for (number, passphrase) in passphrases.iter().enumerate() {
            folder.file("pass.in", passphrase);
            // what is wrong with the key alone is the same for every passphrase
            let identities: &[&[&str]] = if number == 0 {
                &[
                    &["--sign-cert", "id/cert.pem", "--sign-key", "key.in"],
                    &["--sign-cert", "key.in"],
                    &["--sign-p12", "key.in"],
                    &["--sign-cert", "id/cert.pem", "--sign-key", "pass.in"],
                ]
            } else {
                &[
                    &["--sign-cert", "id/cert.pem", "--sign-key", "key.in"],
                    &["--sign-p12", "key.in"],
                ]
            };
            for identity in identities {
                let args =
                    ["generate", "list.csv", "--out", "out", "--json", "--only", "apple-profile"];
                let from = ["--sign-passphrase-file", "pass.in"];
                let (_, done) = folder.run(args.iter().chain(*identity).chain(&from)).ends();
                for text in [&done.stdout, &done.stderr] {
                    assert!(!leaks(text.as_bytes(), "Canary"), "{text}");
                    assert!(!secret_lines.iter().any(|line| text.contains(line)), "{text}");
                    assert!(!text.contains("stopped at"), "{text}");
                }
            }
        }
        let shown =
            folder.run(["identity", "show", "key.in", "--passphrase-file", "pass.in"]).ends().1;
        assert!(
            !secret_lines
                .iter()
                .any(|line| shown.stdout.contains(line) || shown.stderr.contains(line))
        );
        let (_, inspected) = folder.run(["inspect", "key.in"]).ends();
        assert!(
            !secret_lines
                .iter()
                .any(|line| inspected.stdout.contains(line) || inspected.stderr.contains(line))
        );
    }
}

#[test]
fn the_leak_detector_finds_a_leak() {
    use base64::Engine;
    let hidden = base64::engine::general_purpose::STANDARD.encode("Canary and more");
    assert!(leaks(b"xx Canary xx", "Canary"));
    assert!(leaks(hidden.as_bytes(), "Canary"));
    assert!(!leaks(b"nothing", "Canary"));
}
