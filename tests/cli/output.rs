//! The folder that is filled: never another user's, never half a file, and filled again without harm.
#![allow(clippy::disallowed_methods, reason = "tests make their own files")]

use std::fs::{self, File};

use crate::support::{ADA, AT, Folder};

#[test]
fn a_folder_with_foreign_files_is_refused() {
    let folder = Folder::new();
    folder.file("list.csv", ADA).file("out/holiday.jpg", "x").file("out/taxes/2025.pdf", "x");
    folder.generate("list.csv", &["--quiet"]).exits(2).stderr_is(
        "error: refusing to write into `out`: it contains `holiday.jpg` and `taxes`, which mailmuster did not make\n  \
         hint: name a new or empty folder with --out",
    );
    assert_eq!(folder.files("out"), ["holiday.jpg", "taxes/2025.pdf"]);
}

#[test]
fn a_file_is_no_folder() {
    let folder = Folder::new();
    folder.file("list.csv", ADA).file("out", "x");
    folder
        .generate("list.csv", &["--quiet"])
        .exits(2)
        .stderr_is("error: `out` is not a folder\n  hint: name a folder");
}

#[test]
#[cfg(unix)]
fn an_unwritable_folder_is_reported_with_the_system_s_reason() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    folder.file("list.csv", ADA).identity();
    let locked = folder.path().join("locked");
    fs::create_dir(&locked).unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o500)).unwrap();
    // root writes anywhere but into the kernel's own file system
    let out =
        if fs::create_dir(locked.join("probe")).is_ok() { "/sys/mailmuster" } else { "locked/out" };
    let args = ["generate", "list.csv", "--quiet", "--unsigned", "--out", out];
    let done = folder.run(args).exits(2);
    done.stderr_has(&format!("error: `{out}` cannot be written: "))
        .stderr_has("hint: name a folder of your own with --out");
}

#[test]
fn a_second_run_into_the_same_folder_changes_only_what_changed() {
    let folder = Folder::new();
    folder.file("list.csv", "email,name\nada@q.com,Ada\nbob@q.com,Bob\n");
    folder.generate("list.csv", &[]).exits(0);
    let before = folder.read("out/bundles/ada_q.com.zip");
    folder.file("list.csv", "email,name\nada@q.com,Ada\nbob@q.com,Robert\ncy@q.com,Cy\n");
    let done = folder.generate("list.csv", &[]).exits(0);
    done.stdout_is("3 bundles in out (1 new, 1 updated, 1 unchanged); 0 rows without bundle");
    assert_eq!(folder.read("out/bundles/ada_q.com.zip"), before);
    folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(0);
}

#[test]
fn bundles_of_people_who_left_the_list_are_reported_and_kept() {
    let folder = Folder::new();
    folder.file("list.csv", "email\nada@q.com\nbob@q.com\n");
    folder.generate("list.csv", &[]).exits(0);
    folder.file("list.csv", "email\nada@q.com\n");
    folder.generate("list.csv", &[]).exits(0).stderr_has("changes: 1 left;");
    assert!(folder.exists("out/bundles/bob_q.com.zip"));
    assert!(folder.text("out/changes.csv").contains("\"bob@q.com\",\"bob@q.com\",\"left\""));
    assert!(folder.text("out/report.csv").contains("\"\",\"bob@q.com\",\"left\""));
    let verify = ["verify", "out", "--ca", "id/ca.pem"];
    folder.run(verify).exits(0).stdout_has("2 bundles, ");
    folder.file("out/bundles/cy_q.com.zip", "");
    folder.generate("list.csv", &[]).exits(0).stderr_has(
        "warning: 1 bundle in `out` belongs to nobody whom the ledger knows: bundles/cy_q.com.zip",
    );
    folder.run(verify).exits(1).stdout_has("cy_q.com.zip: it is not a file of this run");
}

#[test]
fn what_a_killed_run_left_half_written_is_cleared_away() {
    let folder = Folder::new();
    folder.file("list.csv", ADA).generate("list.csv", &[]).exits(0);
    folder.file("out/bundles/.gone_q.com.zip.part", "half");
    folder.file("out/bundles/.ada_centurylink.net.zip.part", "half");
    fs::remove_file(folder.path().join("out/bundles/ada_centurylink.net.zip")).unwrap();
    folder.generate("list.csv", &[]).exits(0);
    assert_eq!(folder.files("out/bundles"), ["ada_centurylink.net.zip"]);
}

#[test]
fn two_runs_never_share_a_folder() {
    let folder = Folder::new();
    folder.file("list.csv", ADA).generate("list.csv", &[]).exits(0);
    let lock =
        File::options().write(true).open(folder.path().join("out/.mailmuster.lock")).unwrap();
    lock.lock().unwrap();
    folder.generate("list.csv", &["--quiet"]).exits(2).stderr_is(
        "error: another run of mailmuster is writing into `out`\n  \
         hint: wait for it to end, or name another folder with --out",
    );
}

#[test]
#[cfg(unix)]
fn everything_that_is_written_is_private() {
    use std::os::unix::fs::MetadataExt;
    let folder = Folder::new();
    folder.file("list.csv", ADA).identity();
    // even under a permissive umask
    let script = format!(
        "umask 000; exec '{}' generate list.csv --out out --at {AT} --sign-cert id/cert.pem --sign-key id/key.pem",
        env!("CARGO_BIN_EXE_mailmuster")
    );
    let status = std::process::Command::new("sh")
        .args(["-c", &script])
        .current_dir(folder.path())
        .output()
        .unwrap()
        .status;
    assert!(status.success());
    for file in folder.files("out") {
        let mode = fs::metadata(folder.path().join("out").join(&file)).unwrap().mode() & 0o777;
        assert_eq!(mode, 0o600, "{file}");
    }
    for path in ["out", "out/bundles"] {
        assert_eq!(fs::metadata(folder.path().join(path)).unwrap().mode() & 0o777, 0o700, "{path}");
    }
}

#[test]
#[cfg(unix)]
fn a_link_in_place_of_the_bundles_is_not_followed() {
    let folder = Folder::new();
    folder.file("list.csv", ADA).file("elsewhere/x", "");
    folder.file("out/.mailmuster.lock", "");
    std::os::unix::fs::symlink(folder.path().join("elsewhere"), folder.path().join("out/bundles"))
        .unwrap();
    folder.generate("list.csv", &["--quiet"]).exits(2).stderr_has("`out/bundles` is not a folder");
    assert_eq!(folder.files("elsewhere"), ["x"]);
}

#[test]
fn many_people_are_spread_over_folders() {
    let folder = Folder::new();
    let list: String = (0..10_001).map(|n| format!("p{n}@q.com\n")).collect();
    folder.file("list.csv", format!("email\n{list}"));
    let args = [
        "generate",
        "list.csv",
        "--out",
        "out",
        "--unsigned",
        "--only",
        "android-autodiscover",
        "--at",
        AT,
    ];
    folder.run(args).exits(0);
    let files = folder.files("out/bundles");
    assert_eq!(files.len(), 10_001);
    assert!(files.iter().all(|file| file.as_bytes()[2] == b'/'), "{}", files[0]);
    folder
        .run(["verify", "out"])
        .exits(1)
        .stdout_has("10,001 bundles, 10,001 files, 0 signatures verified: 1 fault");
}

/// A person's bundle must not move when others join.
#[test]
fn a_folder_stays_as_it_was_spread_at_first() {
    let folder = Folder::new();
    let more: String = (0..10_001).map(|n| format!("p{n}@q.com\n")).collect();
    folder.file("one.csv", "email\np0@q.com\n").file("many.csv", format!("email\n{more}"));
    let args = |list| {
        [
            "generate",
            list,
            "--out",
            "out",
            "--unsigned",
            "--only",
            "android-autodiscover",
            "--at",
            AT,
        ]
    };
    folder.run(args("one.csv")).exits(0);
    let done = folder.run(args("many.csv")).exits(0);
    done.stdout_has("10,001 bundles in out (10,000 new, 0 updated, 1 unchanged)");
    assert!(folder.exists("out/bundles/p0_q.com.zip"));
}

#[test]
fn what_a_file_manager_leaves_makes_no_folder_foreign() {
    let folder = Folder::new();
    folder.file("list.csv", ADA);
    for name in [".DS_Store", "Thumbs.db", "desktop.ini"] {
        folder.file(&format!("out/{name}"), "x");
    }
    folder.generate("list.csv", &[]).exits(0);
    assert!(folder.exists("out/.DS_Store"));
}

#[test]
#[cfg(unix)]
fn a_folder_that_others_have_power_over_is_refused() {
    use std::os::unix::fs::{PermissionsExt, chown};
    let set_mode = |path: &std::path::Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    for inner in ["out", "out/bundles"] {
        let folder = Folder::new();
        folder.file("list.csv", ADA).generate("list.csv", &[]).exits(0);
        let path = folder.path().join(inner);
        let refused = |why: &str, cure: &str| {
            folder.generate("list.csv", &["--quiet"]).exits(2).stderr_is(&format!(
                "error: refusing to write into `{inner}`: {why}\n  \
                 hint: {cure}name a folder of your own with --out, or allow this one with --trust-folder"
            ));
            folder.generate("list.csv", &["--quiet", "--trust-folder"]).exits(0);
        };
        set_mode(&path, 0o777);
        refused("any user can write into it", &format!("chmod o-w '{inner}', or "));
        set_mode(&path, 0o755);
        folder.generate("list.csv", &["--quiet"]).exits(0);
        // only root can give a folder away
        if chown(&path, Some(65534), None).is_ok() {
            refused("it belongs to another user", "");
        }
    }
}

/// What a fault of the lock is called, and how it comes to be.
#[cfg(unix)]
type Make<'a> = (&'a str, &'a dyn Fn(&Folder));

#[test]
#[cfg(unix)]
fn nothing_is_written_into_a_lock_that_no_run_made() {
    let lock = "error: `out/.mailmuster.lock` is not a lock file of mailmuster: ";
    let make: [Make<'_>; 4] = [
        ("it has a second name elsewhere", &|folder| {
            folder.file("mine", "").file("out/x", "");
            fs::hard_link(folder.path().join("mine"), folder.path().join("out/.mailmuster.lock"))
                .unwrap();
        }),
        ("it has content that no run writes", &|folder| {
            folder.file("out/.mailmuster.lock", "precious");
        }),
        ("it has content that no run writes", &|folder| {
            folder.file("out/.mailmuster.lock", format!("flat{}precious", " ".repeat(20)));
        }),
        ("it is not a plain file", &|folder| {
            folder.file("mine", "").file("out/x", "");
            std::os::unix::fs::symlink("../mine", folder.path().join("out/.mailmuster.lock"))
                .unwrap();
        }),
    ];
    for (why, make) in make {
        let folder = Folder::new();
        folder.file("list.csv", ADA);
        make(&folder);
        let before = folder.read("out/.mailmuster.lock");
        let done = folder.generate("list.csv", &["--quiet"]).exits(2);
        done.stderr_has(&format!("{lock}{why}\n  hint: name another folder with --out"));
        assert_eq!(folder.read("out/.mailmuster.lock"), before);
        assert!(!folder.exists("out/bundles"));
    }
}

#[test]
fn a_lock_whose_word_was_cut_off_is_written_again() {
    let folder = Folder::new();
    folder.file("list.csv", ADA);
    for cut_off in ["", "f", "fla"] {
        folder.file("out/.mailmuster.lock", cut_off);
        folder.generate("list.csv", &[]).exits(0);
        assert_eq!(folder.text("out/.mailmuster.lock"), "flat");
    }
}

#[test]
fn a_file_in_place_of_the_bundles_is_named_as_one() {
    let folder = Folder::new();
    folder.file("list.csv", ADA).identity();
    folder.generate("list.csv", &[]).exits(0);
    fs::remove_dir_all(folder.path().join("out/bundles")).unwrap();
    folder.file("out/bundles", "mine");
    folder.generate("list.csv", &[]).exits(2).stderr_has("bundles` is not a folder");
    assert_eq!(folder.text("out/bundles"), "mine");
}
