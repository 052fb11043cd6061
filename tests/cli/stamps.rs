//! Options for time stamps, as far as no authority is needed.

use std::net::TcpListener;

use crate::support::{ADA, Folder};

/// An address of this machine at which nothing listens.
fn dead() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[test]
fn an_authority_that_cannot_be_reached_stops_the_run_before_a_bundle_is_placed() {
    let folder = Folder::new();
    folder.file("list.csv", ADA);
    let dead = dead();
    let done = folder.generate("list.csv", &["--timestamp-url", &dead]).exits(3);
    done.stderr_has(&format!("error: no time stamp for a script: `{dead}`: it cannot be reached"));
    done.stderr_has(&format!(
        "hint: check the address `{dead}`, and the network; run again later, "
    ));
    done.stderr_has("or name another authority as well");
    assert!(!folder.files("out").iter().any(|path| path.contains(".zip")));
    folder.generate("list.csv", &[]).exits(0);
    folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(0);
    // nothing is signed for the first time: nobody is asked
    folder.generate("list.csv", &["--timestamp-url", &dead]).exits(0);
}

#[test]
#[cfg(unix)]
fn a_signal_ends_the_wait_for_an_answer() {
    use std::process::{Command, Stdio};
    let folder = Folder::new();
    folder.identity();
    folder.file("fleet.csv", "email,directory_user\nada@q.com,ada\n");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    for command in [&["generate", "fleet.csv"][..], &["export", "windows", "fleet.csv"]] {
        let child = Command::new(env!("CARGO_BIN_EXE_mailmuster"))
            .args(command.iter().chain(&["--out", "out"]).chain(&crate::support::SIGN))
            .args(["--timestamp-url", &address, "--timestamp-timeout", "20"])
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // which stays open, and silent
        let (_connection, _) = listener.accept().unwrap();
        let kill = ["-s", "INT", &child.id().to_string()];
        assert!(Command::new("kill").args(kill).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        let printed = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "{printed}");
        let stopped = "error: stopped on request\n  hint: run again: what is finished remains";
        assert!(printed.contains(stopped) && !printed.contains("no answer"), "{printed}");
    }
    assert!(!folder.files("out").iter().any(|it| it.ends_with(".zip") || it.ends_with(".ps1")));
}

#[test]
fn an_address_is_checked_before_anything_is_read() {
    let folder = Folder::new();
    for wrong in ["timestamp.example.com", "ftp://a.example", "http://me:secret@a.example"] {
        folder
            .generate("list.csv", &["--timestamp-url", wrong])
            .exits(2)
            .stderr_has("an address is written like http://timestamp.example.com");
    }
}

#[test]
fn an_option_that_belongs_to_an_address_is_not_ignored() {
    let folder = Folder::new();
    folder.file("list.csv", ADA);
    for option in [["--timestamp-ca", "ca.pem"], ["--timestamp-timeout", "5"]] {
        folder
            .generate("list.csv", &option)
            .exits(2)
            .stderr_has(&format!("{} has no effect: no time-stamp authority is named", option[0]));
    }
    folder.generate("list.csv", &["--timestamp-timeout", "0"]).exits(2);
    let dead = dead();
    folder
        .generate("list.csv", &["--timestamp-url", &dead, "--timestamp-ca", "none.pem"])
        .exits(2)
        .stderr_has("none.pem");
}

#[test]
fn the_config_file_names_an_authority_and_a_flag_replaces_it() {
    let folder = Folder::new();
    folder.file("list.csv", ADA).identity();
    let (one, other) = (dead(), dead());
    let signing = "format = 1\n[signing]\ncertificate = \"id/cert.pem\"\nkey = \"id/key.pem\"\nchain = \"id/ca.pem\"\n";
    folder.file("mailmuster.toml", format!("{signing}timestamp_url = [\"{one}\"]\n"));
    let run =
        |more: &[&str]| folder.run(["generate", "list.csv", "--out", "out"].iter().chain(more));
    run(&[]).exits(3).stderr_has(&format!("`{one}`: it cannot be reached"));
    let done = run(&["--timestamp-url", &other]).exits(3);
    done.stderr_has(&format!("`{other}`: it cannot be reached"));
    assert!(!done.stderr.contains(&one), "{}", done.stderr);
    // what is not signed needs no stamp
    folder.run(["generate", "list.csv", "--out", "plain", "--unsigned"]).exits(0);
    for (line, why) in [
        (
            "timestamp_url = [\"a.example\"]",
            "line 6, column 18: `a.example`: an address is written",
        ),
        (
            "timestamp_timeout = 0",
            "line 6, column 21: `timestamp_timeout`: it must be a number of seconds from 1 to 600",
        ),
    ] {
        folder.file("mailmuster.toml", format!("{signing}{line}\n"));
        run(&[]).exits(2).stderr_has(why);
    }
}

#[test]
fn a_run_without_time_stamps_says_when_its_scripts_end() {
    let folder = Folder::new();
    folder.file("list.csv", ADA);
    let done = folder.generate("list.csv", &["--json"]).exits(0);
    let note = done.stdout.lines().find(|line| line.contains("scripts-end")).unwrap();
    assert!(note.contains("\"event\":\"note\"") && note.contains("2035-11-"), "{note}");
    for more in [&["--only", "apple-profile", "--all"][..], &["--quiet", "--all"]] {
        let done = folder.generate("list.csv", more).exits(0);
        assert!(!done.stderr.contains("no time stamp"), "{}", done.stderr);
    }
}
