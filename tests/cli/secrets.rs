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
fn a_wrong_passphrase_or_identity_is_told_without_it() {
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

#[test]
fn the_leak_detector_finds_a_leak() {
    use base64::Engine;
    let hidden = base64::engine::general_purpose::STANDARD.encode("Canary and more");
    assert!(leaks(b"xx Canary xx", "Canary"));
    assert!(leaks(hidden.as_bytes(), "Canary"));
    assert!(!leaks(b"nothing", "Canary"));
}
