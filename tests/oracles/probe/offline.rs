//! Only `probe` opens a connection: strace sees what the program asks of the system.

use super::super::support::Folder;
use super::super::tool::{Tool, runs, tool};
use super::provider;

/// Whether the program, run with `words`, reaches for a network.
fn connects(strace: &Tool, folder: &Folder, words: &[&str]) -> bool {
    let fixed =
        ["-f", "-qq", "-e", "trace=network", "-o", "trace", env!("CARGO_BIN_EXE_mailmuster")];
    let _ = strace.says(&[&fixed, words].concat());
    folder.text("trace").contains("AF_INET")
}

#[test]
fn nothing_but_the_probe_opens_a_connection() {
    let folder = Folder::new();
    let judge = tool("strace", folder.path(), runs(&["-qq", "-o", "/dev/null", "true"]));
    let Some(strace) = judge else { return };
    // a port of this machine at which nothing listens
    let servers = [("imap", "localhost", 1, "tls"), ("smtp", "localhost", 1, "tls")];
    folder.identity();
    folder.file("acme.toml", provider(&servers)).file("list.csv", "email\nada@acme.test\n");
    let signer = ["--sign-cert=id/cert.pem", "--sign-key=id/key.pem", "--sign-chain=id/ca.pem"];
    let init = [&["init", "list.csv", "--yes", "--provider=acme.toml"], &signer[..]].concat();
    for words in [
        &init[..],
        &["check", "list.csv"],
        &["plan", "list.csv"],
        &["generate", "list.csv"],
        &["status", "out"],
        &["verify", "out", "--ca", "id/ca.pem"],
        &["provider", "check", "acme.toml"],
        &["export", "windows", "list.csv", "--out", "fleet"],
    ] {
        assert!(!connects(&strace, &folder, words), "{words:?}: {}", folder.text("trace"));
    }
    assert!(folder.exists("out/bundles/ada_acme.test.zip"), "{:?}", folder.files("out"));
    assert!(connects(&strace, &folder, &["probe"]));
}
