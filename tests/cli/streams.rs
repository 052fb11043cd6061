//! Exit codes, standard output and standard error.

use crate::support::{ADA, DISPUTED, Folder};

#[test]
fn json_is_one_object_a_line_and_nothing_else() {
    let folder = Folder::new();
    folder.file("list.csv", "email\nada@q.com\nbad\n");
    let done = folder.generate("list.csv", &["--json"]).exits(1);
    let events = events(&done.stdout);
    assert_eq!(warnings(&events), ["domain-note", "disputed-host"]);
    let notes = ["warning", "note"];
    let events: Vec<_> =
        events.iter().filter(|event| !notes.iter().any(|note| event["event"] == *note)).collect();
    assert_eq!(events.len(), 3, "{}", done.stdout);
    assert_eq!(events[0]["outcome"], "new");
    assert_eq!(events[0]["bundle"], "bundles/ada_q.com.zip");
    assert_eq!(events[1]["outcome"], "refused");
    assert_eq!(events[1]["line"], 3);
    assert_eq!(events[1]["problems"][0]["code"], "malformed-address");
    assert_eq!(events[1]["problems"][0]["column"], "email");
    assert_eq!(events[2]["event"], "summary");
    assert_eq!(events[2]["new"], 1);
    let check = folder.run(["check", "list.csv", "--json"]).exits(1);
    assert_eq!(self::events(&check.stdout).len(), 2 + 2, "{}", check.stdout);
}

fn events(stdout: &str) -> Vec<serde_json::Value> {
    stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Codes of the warnings.
fn warnings(events: &[serde_json::Value]) -> Vec<&str> {
    let warnings = events.iter().filter(|event| event["event"] == "warning");
    warnings.map(|event| event["code"].as_str().unwrap()).collect()
}

#[test]
fn quiet_prints_one_line_and_what_must_not_stay_silent() {
    let folder = Folder::new();
    folder.file("list.csv", ADA);
    let done = folder.generate("list.csv", &["--quiet"]).exits(0);
    assert_eq!((done.stdout.lines().count(), done.stderr.as_str()), (1, DISPUTED));
    let undisputed = ["--quiet", "--set", "imap.host=mail.centurylink.net"];
    let done = folder.generate("list.csv", &undisputed).exits(0);
    assert_eq!((done.stdout.lines().count(), done.stderr.as_str()), (1, ""));
    assert!(done.stdout.is_ascii());
}

#[test]
fn the_exit_base_shifts_every_code_but_success() {
    let folder = Folder::new();
    folder.file("good.csv", ADA).file("bad.csv", "email\nx\n");
    folder.run(["--exit-base", "100", "check", "good.csv"]).exits(0);
    folder.run(["check", "bad.csv", "--exit-base", "100"]).exits(101);
    folder.run(["check", "none.csv", "--exit-base", "100"]).exits(102);
    folder.run(["check", "--nonsense", "--exit-base", "100"]).exits(102);
    folder.run(["check", "good.csv", "--exit-base", "99999999"]).exits(2);
}

#[test]
fn no_colour_goes_anywhere_but_a_terminal() {
    let folder = Folder::new();
    folder.file("bad.csv", "email\nx\n");
    let done = folder.run(["check", "bad.csv"]).exits(1);
    assert!(!done.stderr.contains('\u{1b}') && !done.stdout.contains('\u{1b}'));
}

#[test]
fn help_names_every_format_and_version_names_the_program() {
    let folder = Folder::new();
    let help = folder.run(["generate", "--help"]).exits(0);
    for renderer in mailmuster::render::RENDERERS {
        help.stdout_has(renderer.format().id);
    }
    folder.run(["--version"]).exits(0).stdout_is(concat!("mailmuster ", env!("CARGO_PKG_VERSION")));
    folder.run([""; 0]).exits(2);
}

#[test]
#[cfg(unix)]
fn a_reader_that_goes_away_is_no_disaster() {
    let folder = Folder::new();
    let list: String = (0..2000).map(|n| format!("p{n}\n")).collect();
    folder.file("bad.csv", format!("email\n{list}"));
    let script = format!("'{}' check bad.csv --json | head -n 1", env!("CARGO_BIN_EXE_mailmuster"));
    let output = std::process::Command::new("sh")
        .args(["-c", &script])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(output.status.success());
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!error.contains("panicked"), "{error}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_behind_standard_output_is_an_error_and_exit_code_3() {
    let folder = Folder::new();
    folder.file("list.csv", ADA);
    let program = env!("CARGO_BIN_EXE_mailmuster");
    for (redirection, code) in [(">/dev/full", 3), ("2>/dev/full", 0), (">&-", 0), ("2>&-", 0)] {
        let script = format!("'{program}' check list.csv {redirection}");
        let done = std::process::Command::new("sh")
            .args(["-c", &script])
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert_eq!(done.status.code(), Some(code), "{redirection}");
        let error = String::from_utf8_lossy(&done.stderr);
        let says = error.contains("error: standard output cannot be written: no storage space\n");
        assert_eq!(says, code == 3, "{redirection}: {error}");
    }
    for answer in ["--help", "--version", "help check", "check --help"] {
        let script = format!("'{program}' {answer} >/dev/full");
        let done = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
        assert_eq!(done.status.code(), Some(3), "{answer}");
        let error = String::from_utf8_lossy(&done.stderr);
        assert_eq!(error, "error: standard output cannot be written: no storage space\n");
    }
}

#[test]
fn every_answer_and_every_error_has_a_json_form() {
    let folder = Folder::new();
    folder.identity().file("list.csv", ADA).file("bad.csv", "email\nx\n");
    for (args, code) in [
        (&["inspect", "id/cert.pem"][..], 0),
        (&["identity", "show", "id/cert.pem"], 0),
        (&["provider", "list"], 0),
        (&["provider", "check", "centurylink"], 0),
        (&["check", "none.csv"], 2),
        (&["verify", "none"], 2),
        (&["generate", "bad.csv", "--out", "out", "--unsigned", "--strict"], 2),
    ] {
        let done = folder.run(args.iter().chain(&["--json"])).exits(code);
        assert!(!done.stdout.is_empty(), "{args:?}");
        for line in done.stdout.lines() {
            serde_json::from_str::<serde_json::Value>(line)
                .unwrap_or_else(|error| panic!("{args:?}: {error}"));
        }
    }
}
