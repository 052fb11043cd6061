//! What `generate --mdm` and `generate --hosting` write into the folder of a run.

use super::Verdict::{Fails, Holds};
use super::{Comparison, LIST, is_possible, verdicts};
use crate::support::Folder;

#[test]
fn an_export_for_an_mdm_in_the_folder_is_compared_with_its_own_digests_by_both() {
    if !is_possible() {
        return;
    }
    let folder = Folder::new();
    folder.file("list.csv", LIST);
    folder.generate("list.csv", &["--mdm", "jamf,fleet"]).exits(0);
    let mut comparison = Comparison(Vec::new());
    comparison.judge("exports", &folder, &["--ca", "id/ca.pem"], Holds);
    for system in ["out/mdm/jamf/.DS_Store", "out/mdm/jamf/state/pushed.jsonl"] {
        folder.file(system, "x");
    }
    comparison.judge("files beside an export", &folder, &["--ca", "id/ca.pem"], Holds);
    let [_, (_, printed)] = verdicts(&folder, &["--ca", "id/ca.pem"]);
    assert!(printed.contains("nothing vouches for mdm/jamf"), "{printed}");
    let files = folder.files("out/mdm/jamf");
    let profile = files.iter().find(|file| file.ends_with("shared.mobileconfig")).unwrap();
    let profile = format!("out/mdm/jamf/{profile}");
    let mark = folder.text("out/mdm/jamf/.mailmuster-export");
    let mut case = |name: &str, file: &str, content: &[u8]| {
        let before = folder.exists(file).then(|| folder.read(file));
        folder.file(file, content);
        comparison.judge(name, &folder, &["--ca", "id/ca.pem"], Fails);
        match before {
            Some(before) => {
                folder.file(file, before);
            }
            None => std::fs::remove_file(folder.path().join(file)).unwrap(),
        }
    };
    case("a changed profile", &profile, b"x");
    case("a foreign file", "out/mdm/jamf/x.txt", b"x");
    case("a foreign file in a folder of the export", "out/mdm/jamf/profiles/x.txt", b"x");
    case("a file beside the exports", "out/mdm/x.txt", b"x");
    case("another list", "out/mdm/jamf/.mailmuster-export", b"x\n");
    let cut = &mark[..mark.trim_end().rfind('\n').unwrap() + 40];
    case("a list that is cut off", "out/mdm/jamf/.mailmuster-export", cut.as_bytes());
    let short = &mark[..=mark.trim_end().rfind('\n').unwrap()];
    case("a list without one of the files", "out/mdm/jamf/.mailmuster-export", short.as_bytes());
    let path = folder.path().join("out/mdm/jamf/.mailmuster-export");
    std::fs::remove_file(path).unwrap();
    comparison.judge("no list", &folder, &["--ca", "id/ca.pem"], Fails);
    comparison.end();
}

#[test]
fn the_files_for_a_domain_in_the_folder_are_compared_with_their_own_digests_by_both() {
    if !is_possible() {
        return;
    }
    let folder = Folder::new();
    folder.file("list.csv", LIST);
    let hosting = ["--hosting", "acme.example", "--allow-other-domains"];
    folder.generate("list.csv", &hosting).exits(0);
    let mut comparison = Comparison(Vec::new());
    comparison.judge("hosting", &folder, &["--ca", "id/ca.pem"], Holds);
    let [_, (_, printed)] = verdicts(&folder, &["--ca", "id/ca.pem"]);
    assert!(printed.contains("nothing vouches for hosting"), "{printed}");
    let hidden = "out/hosting/acme.example/.well-known/autoconfig/mail/config-v1.1.xml";
    for (name, file) in [
        ("a changed file", "out/hosting/acme.example/autodiscover/autodiscover.xml"),
        ("a changed file in the hidden folder", hidden),
        ("a foreign file", "out/hosting/acme.example/x.txt"),
        ("a foreign file in the hidden folder", "out/hosting/acme.example/.well-known/x.txt"),
        ("another list", "out/hosting/.mailmuster-export"),
    ] {
        let before = folder.exists(file).then(|| folder.read(file));
        folder.file(file, b"x");
        comparison.judge(name, &folder, &["--ca", "id/ca.pem"], Fails);
        match before {
            Some(before) => {
                folder.file(file, before);
            }
            None => std::fs::remove_file(folder.path().join(file)).unwrap(),
        }
    }
    std::fs::remove_file(folder.path().join("out/hosting/.mailmuster-export")).unwrap();
    comparison.judge("no list", &folder, &["--ca", "id/ca.pem"], Fails);
    comparison.end();
}
