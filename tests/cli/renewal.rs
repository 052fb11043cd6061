//! A certificate that was renewed with the same key, and runs that do not sign everybody's bundles.

use crate::support::{Folder, Run};

const THREE: &str = "email,name\nada@q.com,Ada\nbob@q.com,Bob\ncy@q.com,Cy\n";
/// Bob's row is refused.
const REFUSED: &str = "email,name\nada@q.com,Ada\nbob@q.com,\u{7}\ncy@q.com,Cy\n";

fn command(folder: &Folder, identity: &str, args: &[&str]) -> Run {
    let sign = [("--sign-cert", "cert"), ("--sign-key", "key"), ("--sign-chain", "ca")]
        .map(|(flag, file)| format!("{flag}={identity}/{file}.pem"));
    folder.run(args.iter().map(|&arg| arg.to_owned()).chain(sign))
}

/// A folder with bundles for three people, signed by `one`, which `two` renews;
/// `other` is another signer of the same name.
fn renewed() -> Folder {
    let folder = Folder::new();
    folder.run(["identity", "new", "--out", "one", "--quiet"]).exits(0);
    folder.run(["identity", "renew", "one", "--out", "two", "--quiet"]).exits(0);
    folder.run(["identity", "new", "--out", "other", "--quiet"]).exits(0);
    folder.file("list.csv", THREE).file("refused.csv", REFUSED);
    command(&folder, "one", &["generate", "list.csv", "--out", "out"]).exits(0);
    folder
}

fn verified(folder: &Folder) {
    folder.run(["verify", "out", "--ca", "one/ca.pem"]).exits(0);
}

#[test]
fn a_renewal_asks_nobody_to_remove_a_profile() {
    let folder = renewed();
    let action =
        "iPhone, iPad, Mac: nothing; the new profile replaces the old one when it is installed";
    let notice = "was renewed with the same key: the bundles of 3 people are signed again";
    command(&folder, "two", &["plan", "list.csv", "--out", "out"])
        .exits(0)
        .stderr_has(notice)
        .stdout_has("signer-renewed: 3")
        .stdout_has(action);
    command(&folder, "two", &["generate", "list.csv", "--out", "out"])
        .exits(0)
        .stderr_has(notice)
        .stderr_has("changes: 3 signer-renewed");
    let changes = folder.text("out/changes.csv");
    assert!(changes.contains(&format!("\"signer-renewed\",\"\",\"{action}\"")), "{changes}");
    assert!(!changes.contains("remove the old"), "{changes}");
    verified(&folder);
}

#[test]
fn a_change_with_a_renewal_is_installed_in_place() {
    let folder = renewed();
    folder.file("list.csv", THREE.replace("Bob", "Robert"));
    command(&folder, "two", &["generate", "list.csv", "--out", "out"])
        .exits(0)
        .stderr_has("changes: 1 changed, 2 signer-renewed");
    let changes = folder.text("out/changes.csv");
    assert!(changes.contains("install the new profile, which updates the account in place"));
    assert!(!changes.contains("remove the old"), "{changes}");
}

#[test]
fn people_whom_a_run_does_not_touch_keep_the_earlier_certificate() {
    let folder = renewed();
    let bob = folder.read("out/bundles/bob_q.com.zip");
    command(&folder, "two", &["generate", "refused.csv", "--out", "out"])
        .exits(1)
        .stderr_has("the bundles of 2 people are signed again")
        .stderr_has("changes: 2 signer-renewed");
    assert_eq!(folder.read("out/bundles/bob_q.com.zip"), bob);
    verified(&folder);
    folder.file("more.csv", "email,name\ndee@q.com,Dee\n");
    let done = command(&folder, "two", &["generate", "more.csv", "--out", "out", "--add"]).exits(0);
    assert!(!done.stderr.contains("renewed"), "{}", done.stderr);
    verified(&folder);
    let signs = "the bundle of 1 person is signed again";
    command(&folder, "two", &["generate", "list.csv", "--out", "out"]).exits(0).stderr_has(signs);
}

#[test]
fn retiring_with_a_renewed_certificate_signs_no_bundle_again() {
    let folder = renewed();
    let done =
        command(&folder, "two", &["retire", "--person", "bob@q.com", "--out", "out"]).exits(0);
    assert!(!done.stderr.contains("renewed"), "{}", done.stderr);
    verified(&folder);
    // the earlier certificate excuses no other bytes than those that the run's signature covers
    let mut ada = folder.read("out/bundles/ada_q.com.zip");
    ada[200] ^= 1;
    folder.file("out/bundles/ada_q.com.zip", ada);
    folder.run(["verify", "out", "--ca", "one/ca.pem"]).exits(1);
}

#[test]
fn a_person_with_a_refused_row_does_not_ask_for_the_new_signer_again() {
    let folder = renewed();
    let generate = |list: &str, more: &[&str]| {
        command(&folder, "other", &[&["generate", list, "--out", "out"], more].concat())
    };
    generate("refused.csv", &[]).exits(2).stderr_has("2 people have files signed by");
    generate("refused.csv", &["--new-signer"]).exits(1);
    generate("refused.csv", &[]).exits(1);
    // each bundle is judged by its own signer
    folder.run(["verify", "out", "--ca", "other/ca.pem"]).exits(1).stdout_has("bob_q.com.zip");
    let both = folder.text("other/ca.pem") + &folder.text("one/ca.pem");
    folder.file("both.pem", both).run(["verify", "out", "--ca", "both.pem"]).exits(0);
    generate("list.csv", &[]).exits(2).stderr_has("1 person has files signed by");
}

#[test]
fn without_an_authority_a_signer_of_another_name_is_no_earlier_one() {
    let folder = renewed();
    folder.run(["identity", "new", "--out", "acme", "--name", "Acme", "--quiet"]).exits(0);
    command(&folder, "acme", &["generate", "refused.csv", "--out", "out", "--new-signer"]).exits(1);
    let fault = "bob_q.com.zip: it does not name `CN=Acme`, who signed the run";
    folder.run(["verify", "out"]).exits(1).stdout_has(fault);
    let both = folder.text("acme/ca.pem") + &folder.text("one/ca.pem");
    folder.file("both.pem", both).run(["verify", "out", "--ca", "both.pem"]).exits(0);
}

#[test]
fn signers_of_one_name_are_distinguished_and_an_earlier_certificate_is_not_called_renewed() {
    let folder = renewed();
    let generate =
        |identity: &str| command(&folder, identity, &["generate", "list.csv", "--out", "out"]);
    let other = generate("other").exits(2).stderr;
    let error = other.lines().find(|line| line.starts_with("error: ")).unwrap();
    let digests: Vec<&str> =
        error.split("CN=mailmuster (SHA-256 ").skip(1).map(|rest| &rest[..16]).collect();
    assert_eq!(digests.len(), 2, "{error}");
    assert_ne!(digests[0], digests[1], "{error}");
    assert!(error.contains("…, ends 20"), "{error}");

    folder.run(["identity", "renew", "one", "--out", "long", "--days", "1000", "--quiet"]).exits(0);
    generate("long")
        .exits(0)
        .stderr_has(") was renewed with the same key: the bundles of 3 people");
    let back = command(&folder, "one", &["plan", "list.csv", "--out", "out"]).exits(0);
    back.stderr_has(") signs, an earlier certificate with the same key as CN=mailmuster (SHA-256 ");
    let back = generate("one").exits(0);
    back.stderr_has(") signs, an earlier certificate with the same key as CN=mailmuster (SHA-256 ");
    assert!(!back.stderr.contains("was renewed"), "{}", back.stderr);
    verified(&folder);
}
