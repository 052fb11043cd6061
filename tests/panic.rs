//! What a panic prints. The hook belongs to the whole process, so a process of its own panics.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]
#![allow(clippy::disallowed_methods, reason = "a variable gives the child its part")]

use std::ffi::CString;
use std::process::Command;

const PART: &str = "MAILMUSTER_TEST_PANICS";

/// In the child: what the openssl crate did with a passphrase before `Passphrase` was a type.
#[test]
fn a_foreign_crate_unwraps_a_secret() {
    if std::env::var_os(PART).is_some() {
        mailmuster::cli::hide_panic_messages();
        let _ = CString::new("CANARY\0PASS").unwrap();
    }
}

#[test]
fn a_panic_prints_its_place_and_not_its_message() {
    let child = |hides: bool| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "a_foreign_crate_unwraps_a_secret", "--nocapture"]);
        if hides {
            command.env(PART, "1");
        }
        let output = command.output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(text).unwrap())
    };
    let (succeeds, _) = child(false);
    assert!(succeeds, "without its part the child does nothing");
    let (succeeds, text) = child(true);
    assert!(!succeeds, "{text}");
    assert!(text.contains("stopped at tests/panic.rs:"), "{text}");
    assert!(text.contains("hint: report this line"), "{text}");
    // as text, and as the list of bytes that `Debug` makes of it
    assert!(!text.contains("CANARY") && !text.contains("67, 65, 78"), "{text}");
}
