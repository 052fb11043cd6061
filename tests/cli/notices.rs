//! What `--quiet` does not hide, and that programs hear every warning.
#![allow(clippy::disallowed_methods, reason = "tests remove files")]

use serde_json::Value;

use crate::support::{ADA, Folder, project};

/// `centurylink.toml` with other hosts.
fn evil(id: &str) -> String {
    let text = std::fs::read_to_string(project("templates/providers/centurylink.toml")).unwrap();
    text.replace("id = \"centurylink\"", &format!("id = \"{id}\""))
        .replace("imap.centurylink.net", "imap.evil-host.test")
        .replace("smtp.centurylink.net", "smtp.evil-host.test")
}

fn events(stdout: &str) -> Vec<Value> {
    stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn codes(stdout: &str) -> Vec<String> {
    let events = events(stdout);
    let coded = events.iter().filter_map(|event| event["code"].as_str());
    coded.map(str::to_owned).collect()
}

#[test]
fn a_provider_file_with_the_id_of_a_built_in_one_is_refused() {
    let folder = Folder::new();
    folder.file("client/list.csv", ADA).file("client/evil.toml", evil("centurylink"));
    folder.file("client/mailmuster.toml", "format = 1\n[provider]\nid = \"evil.toml\"\n");
    let run = ["generate", "client/list.csv", "--out", "out", "--unsigned"];
    for more in ["--quiet", "--json"] {
        folder.run(run.iter().chain(&[more])).exits(2).stderr_has(
            "error: `client/evil.toml` has the id `centurylink`, which is reserved for the built-in provider\n  \
             hint: choose another id",
        );
    }
    folder.run(["provider", "check", "client/evil.toml"]).exits(2);
    assert!(!folder.exists("out"));
}

#[test]
fn who_changed_the_hosts_is_reported_even_quietly() {
    let folder = Folder::new();
    folder.file("list.csv", ADA).file("evil.toml", evil("evil"));
    folder.file("mailmuster.toml", "format = 1\n[provider]\nid = \"evil.toml\"\n");
    let by_config = "warning: `mailmuster.toml` decides the mail servers: `imap.evil-host.test` and `smtp.evil-host.test`\n";
    let by_file = "warning: the mail servers come from the provider file `evil.toml`: `imap.evil-host.test` and `smtp.evil-host.test`\n";
    let claimed = " are at CenturyLink\n";
    let quiet = ["check", "list.csv", "--quiet"];
    folder.run(quiet).exits(0).stderr_has(by_config).stderr_has(by_file).stderr_has(claimed);
    let typed =
        folder.run(quiet.iter().chain(&["--no-config", "--provider", "evil.toml"])).exits(0).stderr;
    assert!(typed.contains(by_file) && !typed.contains("decides"), "{typed}");
    let json = folder.run(["check", "list.csv", "--json"]).exits(0).stdout;
    for code in ["config-file", "servers-from-config", "servers-from-provider-file"] {
        assert_eq!(codes(&json).iter().filter(|found| *found == code).count(), 1, "{code}: {json}");
    }

    folder.file("mailmuster.toml", "format = 1\n[provider]\nset.imap.host = \"mail.centurylink.net\"\nallow_other_domains = true\n");
    folder.run(quiet).exits(0).stderr_is(
        "warning: `mailmuster.toml` decides the mail servers: `mail.centurylink.net` and `smtp.centurylink.net`\n\
         warning: `mailmuster.toml` allows addresses outside the provider's domains",
    );
    folder.file("mailmuster.toml", "format = 1\n[provider]\nid = \"auto\"\n");
    folder.run(quiet).exits(0).stderr_is(
        "warning: `mailmuster.toml` picks the mail servers by the domain of each address",
    );

    // nothing is changed, or a flag changes it
    folder.file("mailmuster.toml", "format = 1\n[provider]\nid = \"centurylink\"\n");
    folder.run(quiet).exits(0).stderr_is("");
    folder.file("mailmuster.toml", "format = 1\n[provider]\nid = \"evil.toml\"\n");
    folder.run(quiet.iter().chain(&["--provider", "centurylink"])).exits(0).stderr_is("");
}

#[test]
fn a_list_that_names_servers_says_so() {
    let folder = Folder::new();
    folder.file("list.csv", "email,imap host\nada@centurylink.net,imap.evil-host.test\n");
    folder.run(["check", "list.csv", "--quiet"]).exits(0).stderr_is(
        "warning: rows of `list.csv` can name mail servers of their own, in `imap host`",
    );
}

#[test]
fn nobody_signs_unnoticed() {
    let folder = Folder::new();
    folder.file("list.csv", ADA);
    let run = ["generate", "list.csv", "--out", "out", "--quiet", "--new-signer"];
    let development = folder.run(run).exits(0);
    development.stderr_has("warning: the signer is the development identity in ");
    folder
        .run(run.iter().chain(&["--unsigned"]))
        .exits(0)
        .stderr_has("warning: 1 person has files signed by CN=mailmuster development; from now on nobody signs\n");
    folder.file("mailmuster.toml", "format = 1\n[signing]\nunsigned = true\n");
    folder.run(run).exits(0).stderr_is(
        "warning: nothing is signed: iPhones, iPads and Macs show the profile as `Not Signed`",
    );
}

#[test]
fn people_who_are_left_out_are_named() {
    let folder = Folder::new();
    let gone: String = (0..25).map(|n| format!("p{n}@q.com,left\n")).collect();
    folder.file("list.csv", format!("email,status\nada@q.com,active\n{gone}"));
    let done = folder.generate("list.csv", &["--quiet"]).exits(0);
    done.stderr_has("note: `list.csv` line 3 is skipped: `status` is `left` (`p0@q.com`)\n")
        .stderr_has("(`p19@q.com`)\n  and 5 more rows with `skipped`\n");
    let json = folder.generate("list.csv", &["--json"]).exits(0).stdout;
    let skipped = events(&json).into_iter().filter(|event| event["outcome"] == "skipped");
    assert_eq!(skipped.count(), 25);
}

#[test]
fn a_guess_about_a_person_is_reported_even_quietly() {
    let folder = Folder::new();
    folder.file(
        "list.csv",
        "email,userPrincipalName,id,name,status\n,ada@q.com,1,Ada,perhaps\nbob@q.com,,2,Bob,active\nb2@q.com,,2,Bob,active\n",
    );
    folder.run(["check", "list.csv", "--quiet"]).exits(0).stderr_is(
        "warning: `list.csv` line 2: `perhaps` in `status` does not say whether the person left; they count as still here\n  \
         hint: delete the rows of people who are gone, or write `inactive` there; --map status=- ignores the column\n\
         warning: `list.csv` line 2: the address comes from `userPrincipalName`\n  \
         hint: make sure that it is the mailbox; --map 'email=...' takes one column only\n\
         warning: `list.csv` line 3: one person with the mailboxes `bob@q.com` and `b2@q.com`\n  \
         hint: rows with one id and one name are one person's; if the column is not a key of people, use --map id=-",
    );
}

#[test]
fn every_warning_about_a_row_is_an_event() {
    let folder = Folder::new();
    let rows: String = (0..30).map(|n| format!("p{n}@q.com,M?ller\n")).collect();
    folder.file("list.csv", format!("email,name\n{rows}"));
    for command in [
        &["check", "list.csv", "--json"][..],
        &["generate", "list.csv", "--json", "--unsigned", "--out", "out"],
    ] {
        let events = events(&folder.run(command).exits(0).stdout);
        let lost: Vec<&Value> =
            events.iter().filter(|event| event["code"] == "lost-letter").collect();
        assert_eq!(lost.len(), 30, "{command:?}");
        assert_eq!((&lost[0]["event"], &lost[0]["line"]), (&"warning".into(), &2.into()));
        assert_eq!(lost[29]["line"], 31);
        assert_eq!(lost[0]["message"], "`M?ller` in `name` has lost a letter");
        assert!(lost[0]["hint"].as_str().unwrap().starts_with("export the list again"));
    }
}

#[test]
fn a_guessed_encoding_is_reported_even_quietly_and_to_programs() {
    let folder = Folder::new();
    folder.file("list.csv", b"email,name\nada@q.com,M\xfcller\n");
    folder.run(["check", "list.csv", "--quiet"]).exits(0).stderr_has("windows-1252");
    let json = folder.run(["check", "list.csv", "--json"]).exits(0).stdout;
    assert!(codes(&json).contains(&"guessed-encoding".to_owned()), "{json}");
}

#[test]
fn a_required_identity_is_asked_for_before_anything_is_written() {
    let folder = Folder::new();
    folder.file("list.csv", ADA);
    let run = ["generate", "list.csv", "--out", "out", "--quiet"];
    let message = "error: no signing identity is given, and --require-identity asks for one\n  \
         hint: give one with --sign-cert or --sign-p12, or in [signing] of mailmuster.toml; --require-identity=false allows the development identity";
    let required = run.iter().chain(&["--require-identity"]);
    folder.run(required.clone()).exits(2).stderr_is(message);
    folder.run(required.chain(&["--unsigned"])).exits(2).stderr_has("cannot be used with");
    folder.file("mailmuster.toml", "format = 1\n[signing]\nrequire_identity = true\n");
    folder.run(run).exits(2).stderr_is(message);
    assert_eq!(folder.files(""), ["list.csv", "mailmuster.toml"]);
    folder.run(run.iter().chain(&["--require-identity=false"])).exits(0);
    let run: Vec<&str> = run.into_iter().chain(["--new-signer"]).collect();
    folder.run(run.iter().chain(&["--unsigned"])).exits(0);
    folder.identity();
    let own = ["--sign-cert", "id/cert.pem", "--sign-key", "id/key.pem"];
    folder.run(run.iter().chain(&own)).exits(0);
    // an identity for scripts alone leaves the profiles to the development identity
    let scripts = ["--script-cert", "id/cert.pem", "--script-key", "id/key.pem"];
    folder.run(run.iter().chain(&scripts)).exits(2).stderr_is(message);
    folder.file(
        "mailmuster.toml",
        "format = 1\n[signing]\nrequire_identity = true\nunsigned = true\n",
    );
    folder.run(run).exits(2).stderr_has("an identity is required, but nothing is signed");
}

#[test]
fn init_requires_the_identity_that_was_chosen() {
    let folder = Folder::new();
    folder.file("list.csv", ADA).identity();
    let init = ["init", "list.csv", "--yes"];
    folder.run(init.iter().chain(&["--out-file", "none.toml"])).exits(0);
    assert!(folder.text("none.toml").contains("# require_identity = false"));
    let own = ["--sign-cert", "id/cert.pem", "--sign-key", "id/key.pem"];
    folder.run(init.iter().chain(&own)).exits(0);
    assert!(folder.text("mailmuster.toml").contains("\nrequire_identity = true"));
}

#[test]
fn the_first_command_works_where_nothing_can_be_kept() {
    let folder = Folder::new();
    folder.file("list.csv", ADA).file("home", "a file");
    let run = ["generate", "list.csv", "--out", "out", "--quiet"];
    let done = folder.run(run).exits(0);
    done.stderr_has("warning: the signer is a development identity that no device trusts and that cannot be kept: ")
        .stderr_has("hint: the next run signs with another one; ");
    folder.run(["verify", "out"]).exits(0);
    assert_eq!(folder.text("home"), "a file");
}

#[test]
fn a_list_by_which_too_many_people_would_leave_is_refused_before_anything_is_written() {
    let folder = Folder::new();
    let whole: String = (0..5).map(|n| format!("p{n}@q.com\n")).collect();
    folder
        .file("whole.csv", format!("email\n{whole}"))
        .file("part.csv", "email\nP1@q.com\nnew@q.com\n");
    folder.generate("whole.csv", &["--quiet"]).exits(0).stderr_is("");
    let before = folder.text("out/manifest.jsonl");
    let message = "error: 4 of the 5 people in `out` would leave: p0@q.com, p2@q.com, p4@q.com and more\n  \
         hint: the list is most likely cut off, or a part of the people: export it again; --add takes further people only; --max-leavers 4 lets them leave";
    folder.generate("part.csv", &["--quiet"]).exits(2).stderr_is(message);
    assert_eq!(folder.text("out/manifest.jsonl"), before);
    assert!(!folder.exists("out/bundles/new_q.com.zip"));
    folder.generate("part.csv", &["--quiet", "--max-leavers", "60%"]).exits(2).stderr_is(message);
    folder
        .generate("part.csv", &["--add"])
        .exits(0)
        .stdout_has("2 bundles in out (1 new, 1 updated, 0 unchanged)");
    folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(0).stdout_has("6 bundles, ");
    assert_eq!(folder.text("out/manifest.jsonl").lines().count(), 7);
    folder.generate("part.csv", &["--max-leavers", "4"]).exits(0).stderr_has("changes: 4 left;");
    folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(0).stdout_has("6 bundles, ");
}

#[test]
fn an_address_under_another_key_is_reported_before_anything_is_written() {
    let folder = Folder::new();
    folder.file("list.csv", "email,id\nada@q.com,42\nbob@q.com,7\ncy@q.com,\n");
    folder.generate("list.csv", &["--quiet"]).exits(0).stderr_is("");
    folder.generate("list.csv", &["--quiet"]).exits(0).stderr_is("");
    folder.file("list.csv", "email,id\nAda@q.com,0042\nbob@q.com,7\ncy@q.com,9\n");
    let message = "warning: 2 people have another key than in `out`: `ada@q.com` and `cy@q.com`\n  \
         hint: devices would keep the old account and add a second one: give these people the id that they had, or no id if they had none\n\
         warning: 2 people left: `out/changes.csv` says what to do about each account";
    folder.generate("list.csv", &["--quiet"]).exits(0).stderr_is(message);
    let json = folder.generate("list.csv", &["--json"]).exits(0).stdout;
    assert!(!codes(&json).contains(&"changed-key".to_owned()), "{json}");
}

#[test]
fn people_who_left_and_a_lost_history_are_reported_even_quietly() {
    let folder = Folder::new();
    folder.file("list.csv", "email\nada@q.com\nbob@q.com\ncy@q.com\n");
    folder.generate("list.csv", &["--quiet"]).exits(0).stderr_is("");
    folder.file("list.csv", "email\nada@q.com\ncy@q.com\n");
    folder
        .generate("list.csv", &["--quiet"])
        .exits(0)
        .stderr_is("warning: 1 person left: `out/changes.csv` says what to do about the account");
    // once: they left in the run before
    folder.generate("list.csv", &["--quiet"]).exits(0).stderr_is("");
    std::fs::remove_file(folder.path().join("out/ledger.db")).unwrap();
    folder.generate("list.csv", &["--quiet"]).exits(0).stderr_has(
        "warning: `out` has no ledger: 3 people of its manifest.jsonl are taken over\n  \
         hint: it does not have what happened in earlier runs; ",
    );
}
