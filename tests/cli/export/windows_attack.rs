//! Lists and folders by which a person's account would reach another Windows user.

use crate::support::{AT, Folder, SIGN};

fn export<'a>(list: &'a str, out: &'a str) -> Vec<&'a str> {
    [&["export", "windows", list, "--out", out, "--at", AT][..], &SIGN].concat()
}

#[test]
fn people_in_no_script_count_where_a_name_leaves_open_who_is_meant() {
    for (other, columns) in [
        ("bob@q.com,Bob,PC\\ada,,iphone,", "for other devices"),
        ("bob@,Bob,PC\\ada,,windows,", "refused"),
        ("bob@example.org,Bob,PC\\ada,,windows,", "of another provider"),
        ("bob@q.com,Bob,PC\\ada,,windows,disabled", "skipped"),
        ("bob@q.com,Bob,,ada@corp.example,iphone,", "by UPN"),
    ] {
        let folder = Folder::new();
        let head = "email,display_name,directory_user,directory_upn,platform,status";
        folder.identity().file(
            "staff.csv",
            format!("{head}\nada@q.com,Ada,ada,,windows,\neve@q.com,Eve,eve,,windows,\n{other}\n"),
        );
        let done = folder.run(export("staff.csv", "x")).exits(1);
        done.stderr_has("line 2, `ada@q.com`: `ada` may be the Windows user");
        let script = folder.text("x/Install-Mail-1-of-1.ps1");
        assert!(!script.contains("ada@q.com") && script.contains("eve@q.com"), "{columns}");
    }
}

#[test]
fn a_dns_name_of_a_domain_fits_no_pc_and_is_reported() {
    let folder = Folder::new();
    folder.identity().file(
        "staff.csv",
        "email,display_name,directory_user\nada@q.com,Ada,corp.example\\ada\nbob@q.com,Bob,CORP\\bob.hill\n",
    );
    let done = folder.run(export("staff.csv", "x")).exits(0);
    done.stderr_has("the scripts know 1 Windows user by the DNS name of a domain, and PCs by its short name: `corp.example\\ada` (line 2)")
        .stderr_has("as `whoami` prints it");
    folder.file("staff.csv", "email,directory_user\nbob@q.com,CORP\\bob.hill\n");
    folder.run(export("staff.csv", "x")).exits(0).stderr_lacks("DNS name");
}

#[test]
fn a_upn_beside_the_same_user_with_a_domain_is_refused() {
    let folder = Folder::new();
    folder.identity().file(
        "staff.csv",
        "email,display_name,directory_user\nada@q.com,Ada,CORP\\ada\nbob@q.com,Bob,ada@corp.example\n",
    );
    let done = folder.run(export("staff.csv", "x")).exits(1);
    done.stderr_has(
        "line 3, `bob@q.com`: `ada@corp.example` may be the Windows user `CORP\\ada` on line 2",
    );
    assert!(!folder.text("x/Install-Mail-1-of-1.ps1").contains("bob@q.com"));
}

#[test]
fn a_cell_that_holds_no_name_is_not_replaced_by_the_upn() {
    let folder = Folder::new();
    folder.identity().file(
        "staff.csv",
        "email,display_name,directory_user,directory_upn\n\
         ada@q.com,Ada,=A1,boss@corp.example\neve@q.com,Eve,eve,\n",
    );
    let done = folder.run(export("staff.csv", "x")).exits(1);
    done.stderr_has("line 2: the cell with the Windows user holds no name");
    assert!(!folder.text("x/Install-Mail-1-of-1.ps1").contains("boss"));
}

#[test]
fn verify_finds_signed_scripts_in_places_of_others() {
    let people: String =
        (1..=400).map(|n| format!("user{n}@centurylink.net,Person {n},CORP\\user{n}\n")).collect();
    let folder = Folder::new();
    folder.identity().file("staff.csv", format!("email,display_name,directory_user\n{people}"));
    folder.run(export("staff.csv", "x")).exits(0);
    let verify = || folder.run(["verify", "x", "--ca", "id/ca.pem"]);
    super::list_anew(&folder, "x");
    verify().exits(0);
    let script = |action: &str, part: u8| format!("x/{action}-Mail-{part}-of-2.ps1");
    let replaced = |place: &str, bytes: Vec<u8>, fault: &str| {
        let former = folder.read(place);
        folder.file(place, bytes);
        super::list_anew(&folder, "x");
        verify().exits(1).stdout_has(fault);
        folder.file(place, former);
    };
    let other = "it does something else than its name says";
    replaced(&script("Detect", 1), folder.read(&script("Install", 1)), other);
    replaced(&script("Install", 2), folder.read(&script("Remove", 2)), other);
    let strangers = "its accounts are not those of";
    replaced(&script("Install", 2), folder.read(&script("Install", 1)), strangers);
    let table = folder.text("x/people.csv").replace("CORP\\user7,", "CORP\\user8,");
    replaced("x/people.csv", table.into_bytes(), "its people are not those in the scripts");
    std::fs::remove_file(folder.path().join(script("Remove", 2))).unwrap();
    super::list_anew(&folder, "x");
    verify().exits(1).stdout_has("part 2-of-2 has 2 of 3 scripts");
}

#[test]
#[cfg(unix)]
fn a_link_in_the_place_of_a_script_does_not_pass() {
    let folder = Folder::new();
    folder.identity().file("staff.csv", "email,directory_user\nada@q.com,CORP\\ada\n");
    folder.run(export("staff.csv", "x")).exits(0);
    let script = folder.path().join("x/Install-Mail-1-of-1.ps1");
    std::fs::rename(&script, folder.path().join("elsewhere.ps1")).unwrap();
    std::os::unix::fs::symlink("../elsewhere.ps1", &script).unwrap();
    let done = folder.run(["verify", "x", "--ca", "id/ca.pem"]).exits(1);
    done.stdout_has("Install-Mail-1-of-1.ps1: it is a link or folder in the place of a file");
}
