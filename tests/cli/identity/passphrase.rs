//! Passphrases from every source and in every encoding.

use openssl::pkcs12::Pkcs12;
use openssl::pkey::PKey;
use openssl::symm::Cipher;
use openssl::x509::X509;

use super::{RUN, folder, refused};
use crate::support::Folder;

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
    let flags = if cfg!(unix) {
        "--sign-passphrase-file, --sign-passphrase-env or --sign-passphrase-fd"
    } else {
        "--sign-passphrase-file or --sign-passphrase-env"
    };
    refused(
        &folder,
        &with(&[]),
        &format!(
            "error: `key.pem` is protected by a passphrase, and none was given\n  \
             hint: give it with {flags}, or run at a terminal"
        ),
    );
    refused(
        &folder,
        &with(&["--sign-passphrase-env", "NOT_SET"]),
        "error: the passphrase cannot be read from the environment variable `NOT_SET`: it is not set\n  hint: check the name of the file or variable; a variable must be set and exported in the shell that runs the command",
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

/// The identity's key, encrypted with these bytes.
fn encrypted(folder: &Folder, passphrase: &[u8]) -> Vec<u8> {
    let key = PKey::private_key_from_pem(&folder.read("id/key.pem")).unwrap();
    key.private_key_to_pem_pkcs8_passphrase(Cipher::aes_256_cbc(), passphrase).unwrap()
}

fn keystore(folder: &Folder, passphrase: &str) -> Vec<u8> {
    let certificate = X509::from_pem(&folder.read("id/cert.pem")).unwrap();
    let key = PKey::private_key_from_pem(&folder.read("id/key.pem")).unwrap();
    let mut builder = Pkcs12::builder();
    builder.pkey(&key).cert(&certificate).build2(passphrase).unwrap().to_der().unwrap()
}

const KEY: [&str; 6] =
    ["--sign-cert", "id/cert.pem", "--sign-chain", "id/ca.pem", "--sign-key", "key.pem"];
const P12: [&str; 2] = ["--sign-p12", "id.p12"];
const FROM_FILE: [&str; 2] = ["--sign-passphrase-file", "pass.txt"];

#[test]
fn a_passphrase_file_is_read_in_every_encoding() {
    let folder = folder();
    let text = "p\u{e4}ss \u{20ac}\u{fc}";
    folder
        .file("key.pem", encrypted(&folder, text.as_bytes()))
        .file("id.p12", keystore(&folder, text));
    let wide = |mark: &str, order: fn(u16) -> [u8; 2]| -> Vec<u8> {
        format!("{mark}{text}\r\n").encode_utf16().flat_map(order).collect()
    };
    let windows_1252 = b"p\xe4ss \x80\xfc\r\n".to_vec();
    for (bytes, encoding) in [
        (format!("{text}\n").into_bytes(), None),
        (format!("\u{feff}{text}\r\n").into_bytes(), None),
        (wide("\u{feff}", u16::to_le_bytes), None),
        (wide("\u{feff}", u16::to_be_bytes), None),
        (windows_1252, Some("when it was read as windows-1252")),
    ] {
        folder.file("pass.txt", bytes);
        for (identity, opened) in [(&KEY[..], "key.pem"), (&P12, "id.p12")] {
            let args = ["generate", "list.csv", "--out", "out"];
            let done = folder.run(args.iter().chain(identity).chain(&FROM_FILE)).exits(0);
            assert_eq!(done.stderr.contains("was read as"), encoding.is_some(), "{}", done.stderr);
            if let Some(encoding) = encoding {
                done.stderr_has(&format!("note: the passphrase opened `{opened}` {encoding}\n"));
            }
        }
    }
    // without byte order mark only Latin text is certain
    let latin = "hunter\u{e9}2";
    folder.file("key.pem", encrypted(&folder, latin.as_bytes()));
    for order in [u16::to_le_bytes as fn(u16) -> [u8; 2], u16::to_be_bytes] {
        let wide: Vec<u8> = format!("{latin}\r\n").encode_utf16().flat_map(order).collect();
        folder.file("pass.txt", wide);
        folder.run(RUN.iter().chain(&KEY).chain(&FROM_FILE)).exits(0);
    }
}

#[test]
fn a_key_that_was_encrypted_in_another_encoding_is_opened() {
    let folder = folder();
    folder.file("pass.txt", "p\u{e4}ss\n").file("key.pem", encrypted(&folder, b"p\xe4ss"));
    let run = ["generate", "list.csv", "--out", "out"];
    let done = folder.run(run.iter().chain(&KEY).chain(&FROM_FILE)).exits(0);
    done.stderr_has("the passphrase opened `key.pem` when it was read as windows-1252");
    // the bytes as they are, for both
    folder.file("pass.txt", b"p\xe4ss\n");
    let done = folder.run(run.iter().chain(&KEY).chain(&FROM_FILE)).exits(0);
    assert!(!done.stderr.contains("was read as"), "{}", done.stderr);
    // each byte of UTF-8 as a character of its own, as OpenSSL 1.0 wrote PKCS#12
    folder.file("pass.txt", "p\u{e4}ss\n").file("id.p12", keystore(&folder, "p\u{c3}\u{a4}ss"));
    let done = folder.run(run.iter().chain(&P12).chain(&FROM_FILE)).exits(0);
    done.stderr_has("when it was read as UTF-8 that was taken for Latin-1");
}

#[test]
fn an_unusable_passphrase_is_an_error_and_not_repeated() {
    let folder = folder();
    folder.file("key.pem", encrypted(&folder, b"x")).file("id.p12", keystore(&folder, "x"));
    let traditional =
        PKey::private_key_from_pem(&folder.read("id/key.pem")).unwrap().rsa().unwrap();
    let traditional =
        traditional.private_key_to_pem_passphrase(Cipher::aes_256_cbc(), b"x").unwrap();
    folder.file("traditional.pem", traditional);
    let der = PKey::private_key_from_pem(&folder.read("id/key.pem")).unwrap();
    folder
        .file("key.der", der.private_key_to_pkcs8_passphrase(Cipher::aes_256_cbc(), b"x").unwrap());
    let with_key = |key| vec!["--sign-cert", "id/cert.pem", "--sign-key", key];
    let hint = "\n  hint: save the passphrase as one line of UTF-8 text, and nothing else";
    for (bytes, why) in [
        (&b"CANARY\0PASS"[..], "it contains a NUL character, which no passphrase can have"),
        (
            b"\xff\xfeC\0A\0N\0A\0R\0Y\0\0\0",
            "it contains a NUL character, which no passphrase can have",
        ),
        (b"\xff\xfeC\0A\0N\0A\0R\0Y\0X", "it is UTF-16, and not valid"),
        (b"\xfe\xff\0C\0A\0N\0A\0R\0Y\xd8\x00", "it is UTF-16, and not valid"),
    ] {
        folder.file("pass.txt", bytes);
        for identity in
            [P12.to_vec(), with_key("key.pem"), with_key("traditional.pem"), with_key("key.der")]
        {
            let args: Vec<&str> = identity.iter().chain(&FROM_FILE).copied().collect();
            let expected =
                format!("error: the passphrase from `pass.txt` cannot be used: {why}{hint}");
            refused(&folder, &args, &expected);
            let by_descriptor = ["--sign-passphrase-fd", "0"];
            if cfg!(unix) {
                let run =
                    folder.run(RUN.iter().chain(&identity).chain(&by_descriptor)).stdin(bytes);
                run.exits(2).stderr_has(&format!(
                    "the passphrase from file descriptor 0 cannot be used: {why}"
                ));
            }
        }
    }
}

#[test]
#[cfg(unix)]
fn files_that_others_can_read_are_warned_about_even_when_quiet() {
    let folder = folder();
    folder
        .file("key.pem", encrypted(&folder, b"secret"))
        .file("id.p12", keystore(&folder, "secret"))
        .file("pass.txt", "secret");
    let warning = |file: &str, mode: &str| {
        format!(
            "warning: `{file}` opens a private key, and other users of this machine can read it (mode {mode})\n  \
             hint: chmod 600 {file}\n"
        )
    };
    for (identity, file) in [(&KEY[..], "key.pem"), (&P12, "id.p12")] {
        let run = || folder.run(RUN.iter().chain(identity).chain(&FROM_FILE));
        for mode in [0o600, 0o400, 0o700] {
            folder.mode(file, mode);
            assert!(!run().exits(0).stderr.contains("can read it"), "{mode:o}");
        }
        for (mode, shown) in [(0o644, "0644"), (0o640, "0640"), (0o604, "0604")] {
            folder.mode(file, mode);
            run().exits(0).stderr_has(&warning(file, shown));
        }
        folder.mode(file, 0o600).mode("pass.txt", 0o640);
        run().exits(0).stderr_has(&warning("pass.txt", "0640"));
        folder.mode("pass.txt", 0o600);
    }
    // the certificate alone is no secret
    folder.mode("id/cert.pem", 0o644).mode("id/ca.pem", 0o644).mode("key.pem", 0o644);
    let done = folder.run(RUN.iter().chain(&KEY).chain(&FROM_FILE).chain(&["--json"])).exits(0);
    assert_eq!(
        done.stdout.matches("\"code\":\"key-file-permissions\"").count(),
        1,
        "{}",
        done.stdout
    );
}

/// While the program waits for a passphrase, its limit for core dumps is already zero.
#[test]
#[cfg(target_os = "linux")]
fn no_core_is_dumped_while_keys_are_loaded() {
    use std::io::Write;
    use std::process::{Command, Stdio};
    use std::time::Duration;

    let folder = folder();
    folder.file("key.pem", encrypted(&folder, b"secret"));
    let mut child = Command::new(env!("CARGO_BIN_EXE_mailmuster"))
        .args(RUN.iter().chain(&KEY).chain(&["--sign-passphrase-fd", "0"]))
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let limits = format!("/proc/{}/limits", child.id());
    let is_zero = |text: &str| {
        let line = text.lines().find(|line| line.starts_with("Max core file size"));
        line.is_some_and(|line| line.split_whitespace().skip(4).take(2).eq(["0", "0"]))
    };
    let own = std::fs::read_to_string("/proc/self/limits").unwrap();
    let found = (0..500).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        std::fs::read_to_string(&limits).is_ok_and(|text| is_zero(&text))
    });
    child.stdin.take().unwrap().write_all(b"secret\n").unwrap();
    assert!(child.wait().unwrap().success());
    assert!(found, "the limit stays as it was:\n{own}");
}
