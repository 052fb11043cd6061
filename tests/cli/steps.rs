//! The steps in `changes.csv`: what each kind of device needs, by mailbox and by the files that are there.

use crate::support::Folder;

/// The lines of `changes.csv` by address: what happened, its details and the action.
fn changes(folder: &Folder) -> Vec<[String; 4]> {
    let text = folder.text("out/changes.csv");
    let mut rows = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let row = |row: csv::StringRecord| [0, 2, 3, 4].map(|at: usize| row[at].to_owned());
    rows.records().map(|record| row(record.unwrap())).collect()
}

/// Everybody's action after a run with `first`, then one with `second`.
fn actions(folder: &Folder, first: (&str, &[&str]), second: (&str, &[&str])) -> Vec<String> {
    for (list, more) in [first, second] {
        folder.file("list.csv", list).generate("list.csv", more).exits(0);
    }
    changes(folder).into_iter().map(|[.., action]| action).collect()
}

#[test]
fn each_mailbox_of_a_person_has_its_own_step() {
    let before = "email,name,id,smtp.port,smtp.security\n\
        c@q.com,Cat,3,587,starttls\nc2@q.com,Cat,3,587,starttls\nf@q.com,Fay,6,,\n";
    let after = "email,name,id,smtp.port,smtp.security\n\
        c@q.com,Cat,3,465,tls\nc3@q.com,Cat,3,465,tls\nf@q.com,Fay,6,,\nf2@q.com,Fay,6,,\n";
    assert_eq!(
        actions(&Folder::new(), (before, &[]), (after, &[])),
        [
            "iPhone, iPad, Mac: install the new profile, which updates c@q.com in place, adds c3@q.com and removes c2@q.com; \
             Android: change the settings of c@q.com as START-HERE.html shows them, add c3@q.com by hand as START-HERE.html \
             shows and remove c2@q.com from the mail app; \
             Windows: run Set-Mail.cmd again for c@q.com (changed) and c3@q.com (new), then remove c2@q.com from the mail program",
            "iPhone, iPad, Mac: install the new profile, which adds f2@q.com and sets f@q.com up again: the password is asked \
             for again, and mail that only the device has is lost; Android: add f2@q.com by hand as START-HERE.html shows; \
             Windows: run Set-Mail.cmd again for f2@q.com (new)",
        ]
    );
}

#[test]
fn the_profile_of_a_person_has_one_identifier_whatever_the_mailboxes() {
    let folder = Folder::new();
    let mut seen = std::collections::BTreeSet::new();
    for rows in ["c@q.com,C,3\n", "c@q.com,C,3\nc2@q.com,C,3\n", "c@q.com,C,3\nc3@q.com,C,3\n"] {
        folder
            .file("list.csv", format!("email,name,id\n{rows}"))
            .generate("list.csv", &[])
            .exits(0);
        let profile =
            folder.in_bundle("out/bundles/c_q.com.zip", "apple/CenturyLink Mail.mobileconfig");
        let text = String::from_utf8_lossy(&profile).into_owned();
        let at = text.find(".mail-profile.").unwrap() + ".mail-profile.".len();
        seen.insert(text[at..at + 32].to_owned());
    }
    assert_eq!(seen.len(), 1, "{seen:?}");
}

const ADA: &str = "email,name\nada@q.com,Ada\n";
const UNLESS: &str = "unless the account is there already";

#[test]
fn steps_name_only_files_that_the_bundle_has() {
    let folder = Folder::new();
    let only = ["--only", "sheet"];
    let by_hand = "iPhone, iPad, Mac: set the account up by hand as START-HERE.html shows; \
        Android: add the account as START-HERE.html shows; Windows: set the account up by hand as START-HERE.html shows";
    folder.file("list.csv", ADA).generate("list.csv", &only).exits(0);
    assert_eq!(changes(&folder), [["ada@q.com", "new", "", by_hand].map(str::to_owned)]);
    let sheet = (ADA, &only[..]);
    assert_eq!(
        actions(&folder, sheet, (ADA, &["--only", "sheet,apple-profile"])),
        [format!("iPhone, iPad, Mac: install the profile, {UNLESS}")]
    );
    assert_eq!(
        actions(&folder, (ADA, &["--only", "sheet,apple-profile"]), (ADA, &[])),
        [format!(
            "Android: add the account as START-HERE.html shows, {UNLESS}; Windows: run Set-Mail.cmd, {UNLESS}"
        )]
    );
}

#[test]
fn a_format_for_other_devices_makes_no_bundle_again() {
    let list = "email,name,platform\na@q.com,A,apple\nb@q.com,B,android\nc@q.com,C,\n";
    let folder = Folder::new();
    let first =
        folder.file("list.csv", list).generate("list.csv", &["--only", "sheet,apple-profile"]);
    first.exits(0);
    let a = folder.read("out/bundles/a_q.com.zip");
    folder
        .generate("list.csv", &["--only", "sheet,apple-profile,windows-script"])
        .exits(0)
        .stdout_has("3 bundles in out (0 new, 1 updated, 2 unchanged)");
    folder.generate("list.csv", &[]).exits(0).stdout_has("(0 new, 2 updated, 1 unchanged)");
    let rows = changes(&folder);
    let addresses: Vec<&str> = rows.iter().map(|[address, ..]| address.as_str()).collect();
    assert_eq!(addresses, ["b@q.com", "c@q.com"]);
    assert!(!rows[0][2].contains("windows") && rows[1][2].contains("windows-launcher"), "{rows:?}");
    assert_eq!(folder.read("out/bundles/a_q.com.zip"), a);
    folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(0).stdout_has("3 bundles, ");
}

#[test]
fn retiring_names_a_script_and_profiles_only_where_there_are_some() {
    let folder = Folder::new();
    let list = "email,name,platform\na@q.com,A,apple\nb@q.com,B,android\nc@q.com,C,\n";
    folder.file("list.csv", list).generate("list.csv", &[]).exits(0);
    folder.file("short.csv", "email,name\nc@q.com,C\n");
    folder.generate("short.csv", &["--retire", "--max-leavers", "2"]).exits(0);
    for [address, change, _, action] in changes(&folder) {
        let is_apple = address.starts_with('a');
        assert_eq!(change, "retired");
        assert!(action.contains(".removal.zip has a page for it"), "{action}");
        assert_eq!(action.contains("an MDM removes the profiles"), is_apple, "{action}");
        let listed = folder.text("out/retired/identifiers.csv").contains(&address);
        assert_eq!(listed, is_apple, "{address}");
    }
    let packages = folder.files("out/retired");
    let of_b = packages.iter().find(|it| it.starts_with("b_") && it.ends_with(".removal.zip"));
    let package = folder.read(&format!("out/retired/{}", of_b.unwrap()));
    let archive = zip::ZipArchive::new(std::io::Cursor::new(package)).unwrap();
    let mut names: Vec<String> =
        archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    names.sort_unstable();
    assert_eq!(names, ["REMOVE-MAIL.html", "manifest.json"]);
}

#[test]
fn another_signer_of_bundles_without_a_profile_is_nothing_to_do() {
    let folder = Folder::new();
    let only = ["--only", "sheet,android-thunderbird"];
    folder.file("list.csv", ADA).generate("list.csv", &only).exits(0);
    folder.run(["identity", "new", "--out", "new", "--quiet"]).exits(0);
    let sign =
        ["--sign-cert", "new/cert.pem", "--sign-key", "new/key.pem", "--sign-chain", "new/ca.pem"];
    folder.run(["resign", "out", "--new-signer"].iter().chain(&sign)).exits(0);
    let [_, change, _, action] = changes(&folder).remove(0);
    assert_eq!((change.as_str(), action.as_str()), ("signer-changed", "nothing on the devices"));
}
