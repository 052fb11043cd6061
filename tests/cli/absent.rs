//! People whom a list does not name: the ledger claims no bundle that is missing or another person's.

use crate::support::Folder;

const VERIFY: [&str; 4] = ["verify", "out", "--ca", "id/ca.pem"];

#[expect(clippy::disallowed_methods, reason = "a person takes a bundle away")]
fn remove(folder: &Folder, bundle: &str) {
    std::fs::remove_file(folder.path().join(bundle)).unwrap();
}

#[test]
fn an_address_that_another_person_has_now_is_nobody_else_s_bundle() {
    let folder = Folder::new();
    folder.file("list.csv", "email,id,name\nada@q.com,7,Ada\nbob@q.com,8,Bob\n");
    folder.generate("list.csv", &["--quiet"]).exits(0);
    // Ada has left, and her successor has the address
    folder.file("list.csv", "email,id,name\nada@q.com,9,Adam\nbob@q.com,8,Bob\n");
    folder.generate("list.csv", &[]).exits(0).stderr_has("changes: 1 left, 1 new;");
    folder.run(VERIFY).exits(0).stdout_has("2 bundles, ");
    assert_eq!(folder.text("out/manifest.jsonl").lines().count(), 3);
    folder
        .generate("list.csv", &[])
        .exits(0)
        .stdout_has("2 bundles in out (0 new, 0 updated, 2 unchanged)");
    folder.run(VERIFY).exits(0);
}

#[test]
fn two_people_may_exchange_their_addresses() {
    let folder = Folder::new();
    folder.file("list.csv", "email,id,name\nada@q.com,7,Ada\nbob@q.com,8,Bob\n");
    folder.generate("list.csv", &["--quiet"]).exits(0);
    folder.file("list.csv", "email,id,name\nbob@q.com,7,Ada\nada@q.com,8,Bob\n");
    folder.generate("list.csv", &[]).exits(0).stderr_has("changes: 2 changed;");
    let changes = folder.text("out/changes.csv");
    assert!(
        changes.contains("\"bob@q.com\",\"Ada\",\"changed\",\"address: ada@q.com → bob@q.com; "),
        "{changes}"
    );
    folder.run(VERIFY).exits(0).stdout_has("2 bundles, ");
}

#[test]
fn a_new_address_of_a_known_person_takes_the_old_bundle_away() {
    let folder = Folder::new();
    folder.file("list.csv", "email,id\nada@q.com,7\n");
    folder.generate("list.csv", &["--quiet"]).exits(0);
    folder.file("list.csv", "email,id\nada.king@q.com,7\n");
    folder.generate("list.csv", &[]).exits(0);
    assert!(!folder.exists("out/bundles/ada_q.com.zip"));
    assert!(folder.exists("out/bundles/ada.king_q.com.zip"));
    folder.run(VERIFY).exits(0).stdout_has("1 bundle, ");
}

#[test]
fn bundles_that_are_gone_are_in_no_manifest() {
    let folder = Folder::new();
    folder.file("list.csv", "email\nada@q.com\nbob@q.com\ncy@q.com\n");
    folder.generate("list.csv", &["--quiet"]).exits(0);
    folder.file("list.csv", "email\nada@q.com\ncy@q.com\n");
    folder.generate("list.csv", &["--quiet"]).exits(0);
    remove(&folder, "out/bundles/bob_q.com.zip");
    remove(&folder, "out/bundles/cy_q.com.zip");
    folder.file("more.csv", "email\ndee@q.com\n");
    folder.generate("more.csv", &["--add", "--quiet"]).exits(0).stderr_is(
        "warning: 1 person without bundle in `out`: it is gone, and this list does not name them\n  hint: run with the whole list: it makes them again",
    );
    folder.run(VERIFY).exits(0).stdout_has("2 bundles, ");
    folder.file("list.csv", "email\nada@q.com\ncy@q.com\ndee@q.com\n");
    folder.generate("list.csv", &[]).exits(0).stderr_has("changes: 1 re-created;");
    folder.run(VERIFY).exits(0).stdout_has("3 bundles, ");
}
