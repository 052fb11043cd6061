//! What Jamf has or stores otherwise: adopted, left alone, or named; and profiles of others under our numbers.

use serde_json::json;

use super::*;

#[test]
fn what_jamf_has_already_is_adopted_or_left_alone_and_differences_are_named() {
    if !is_possible() {
        return;
    }
    let folder = Folder::new();
    export(&folder, &list(7, None), &["--per-person"]);
    let body = |number: usize| folder.text(&format!("jamf/ios/p{number}_centurylink.net.xml"));
    // the server trims values, and keeps an entity of a profile for mobile devices
    let jamf = jamf(6, json!({ "empty_key": true }));
    jamf.add(IOS, &body(0));
    jamf.add(IOS, &body(1).replace("smtp.centurylink.net", "smtp.other.net"));
    jamf.add(IOS, &body(2).replace("mail-account.", "another-account."));
    edit(&folder, "ios/p3_centurylink.net.xml", "Pérson O'Neil", "a &amp;gt; b");
    edit(&folder, "macos/p3_centurylink.net.xml", "Pérson O'Neil", "a &amp;gt; b");
    edit(&folder, "macos/p4_centurylink.net.xml", "Pérson O'Neil", "R&amp;amp;D");
    // white space between arrays becomes an array
    let arrays = "&lt;array&gt;&lt;array/&gt;\n&lt;array/&gt;&lt;/array&gt;";
    edit(
        &folder,
        "macos/p5_centurylink.net.xml",
        "&lt;string&gt;Pérson O'Neil 5&lt;/string&gt;",
        arrays,
    );

    let printed = push(&folder, &jamf, &[], 1);
    for line in [
        "error: CenturyLink Mail (p2@centurylink.net) (iOS): another profile in Jamf has this name; it is left alone\n  hint: rename that profile in Jamf\n",
        "note: CenturyLink Mail (p3@centurylink.net) (iOS): Jamf escaped PayloadContent[0].EmailAccountName once too often (its defect PI-827)\n",
        "error: CenturyLink Mail (p4@centurylink.net) (macOS): Jamf answered 409: Unable to update the database\n  hint: Jamf takes no value with & or < through this API\n",
        "error: CenturyLink Mail (p5@centurylink.net) (macOS): Jamf stored something else: PayloadContent[0].EmailAccountName[2] was not sent\n",
        "error: CenturyLink Mail (p6@centurylink.net) (macOS): Jamf answered 409: No match found for user user.6\n  hint: the user name must be one of Users in Jamf\n",
    ] {
        assert!(printed.contains(line), "`{line}` is not in:\n{printed}");
    }
    assert!(!printed.contains("(p3@centurylink.net) (macOS)"), "{printed}");
    let state = jamf.state();
    assert_eq!(payload(&state, IOS, 1)["OutgoingMailServerHostName"], "smtp.centurylink.net");
    assert_eq!(writes(&state, "update"), 1, "the equal one is adopted as it is");

    // someone changes an object in Jamf: the next export finds it
    let printed = push(&folder, &jamf, &[], 1);
    assert!(printed.contains(" unchanged, 5 failed"), "{printed}");
    let printed = push(&folder, &jamf, &["--undo"], 0);
    assert!(printed.contains(
        "CenturyLink Mail (p0@centurylink.net) (iOS) was there before the first run, so it is left"
    ));
    assert!(printed.contains("2 left alone"), "{printed}");
    assert_eq!(count(&jamf.state(), IOS), 3);
}

#[test]
fn what_jamf_stored_otherwise_is_named() {
    if !is_possible() {
        return;
    }
    let folder = Folder::new();
    export(&folder, &list(2, None), &["--per-person"]);
    let jamf = jamf(2, json!({ "stores": { "smtp.centurylink.net": "smtp.evil.net" } }));
    let printed = push(&folder, &jamf, &[], 1);
    let line = "error: CenturyLink Mail (p1@centurylink.net) (macOS): Jamf stored something else: PayloadContent[0].OutgoingMailServerHostName is `smtp.evil.net`, sent was `smtp.centurylink.net`\n";
    assert!(printed.contains(line), "{printed}");
    assert!(printed.contains("Jamf: 4 failed"), "{printed}");
    // the next run looks again, and updates once Jamf stores what it gets
    jamf.options(&json!({ "stores": {} }));
    assert!(push(&folder, &jamf, &[], 0).contains("Jamf: 4 updated"));
    assert!(push(&folder, &jamf, &["--undo"], 0).contains("Jamf: 4 deleted"));
    assert_well_behaved(&jamf.state());
}

#[test]
fn an_update_leaves_the_scope_that_an_admin_chose() {
    if !is_possible() {
        return;
    }
    let folder = Folder::new();
    folder.run(["export", "jamf", "--out", "jamf", "--at", AT]).exits(0);
    let jamf = jamf(1, json!({}));
    assert!(push(&folder, &jamf, &[], 0).contains("Jamf: 2 created"));
    let args = ["export", "jamf", "--out", "jamf", "--at", AT, "--set", "smtp.host=smtp.q.com"];
    folder.run(args).exits(0);
    assert!(push(&folder, &jamf, &[], 0).contains("Jamf: 2 updated"));
    let state = jamf.state();
    let scopes: Vec<_> =
        state["writes"].as_array().unwrap().iter().map(|write| &write[3]).collect();
    assert_eq!(scopes, ["scope", "scope", "", ""]);
    assert_well_behaved(&state);
}

/// Adds `count` profiles of someone else to both collections, so that they have the numbers that this folder's had elsewhere.
fn add_foreign(folder: &Folder, jamf: &Server, count: usize) {
    for number in 0..count {
        for (kind, platform) in [(IOS, "ios"), (MACOS, "macos")] {
            let body = folder.text(&format!("jamf/{platform}/p0_centurylink.net.xml"));
            let body =
                body.replace("CenturyLink Mail (p0@centurylink.net)", &format!("VPN {number}"));
            jamf.add(kind, &body.replace("com.apple.mail.managed", "com.apple.vpn.managed"));
        }
    }
}

#[test]
fn another_server_is_refused_and_its_profiles_stay() {
    if !is_possible() {
        return;
    }
    let folder = Folder::new();
    export(&folder, &list(2, None), &["--per-person"]);
    let (first, other) = (jamf(2, json!({})), jamf(2, json!({})));
    add_foreign(&folder, &other, 4);
    let before = other.state()["objects"].clone();
    // one at a time, so that the numbers are those of the others' profiles
    assert!(push(&folder, &first, &["--connections", "1"], 0).contains("Jamf: 4 created"));
    assert_eq!(folder.text("jamf/state/target"), format!("{}\n", first.url()));
    let why = format!("this folder was sent to {}, not to {}", first.url(), other.url());
    let plain: &[&str] = &[];
    for args in [plain, &["--undo"], &["--dry-run"]] {
        assert!(push(&folder, &other, args, 2).contains(&why));
    }
    // the journal of an older version does not name its server
    let target = folder.path().join("jamf/state/target");
    std::fs::remove_file(&target).unwrap();
    for args in [plain, &["--undo"]] {
        assert!(push(&folder, &other, args, 2).contains("is of another Jamf"));
    }
    assert!(!target.exists());
    assert!(push(&folder, &first, &[], 0).contains("Jamf: 4 unchanged"));
    assert!(target.exists());
    // even where the target is wrong, a number alone is not enough
    folder.file("jamf/state/target", format!("{}\n", other.url()));
    let printed = push(&folder, &other, &["--undo"], 1);
    assert!(printed.contains("is not the profile that this folder created"), "{printed}");
    assert!(printed.contains("Jamf: 4 failed"), "{printed}");
    export(&folder, &list(2, Some(1)), &["--per-person"]);
    assert!(push(&folder, &other, &[], 1).contains("Jamf: 4 failed"));
    let state = other.state();
    assert_eq!(state["objects"], before);
    assert_eq!([writes(&state, "update"), writes(&state, "delete")], [0, 0]);
    assert_eq!(count(&first.state(), IOS), 2);
}

#[test]
fn who_is_not_in_the_export_any_more_is_named_and_removed_on_request() {
    if !is_possible() {
        return;
    }
    let folder = Folder::new();
    folder.run(["export", "jamf", "--out", "jamf", "--at", AT]).exits(0);
    let jamf = jamf(2, json!({}));
    assert!(push(&folder, &jamf, &[], 0).contains("Jamf: 2 created"));
    export(&folder, &list(2, None), &["--per-person"]);
    let printed = push(&folder, &jamf, &[], 0);
    let note = "note: still in Jamf, though not in this export any more (2): CenturyLink Mail (iOS), CenturyLink Mail (macOS)\n";
    assert!(printed.contains(note), "{printed}");
    export(&folder, &list(1, None), &["--per-person"]);
    let printed = push(&folder, &jamf, &["--undo-missing", "--dry-run"], 0);
    assert!(printed.contains("nothing was sent: 4 to delete"), "{printed}");
    assert_eq!(writes(&jamf.state(), "delete"), 0);
    assert!(push(&folder, &jamf, &["--undo-missing"], 0).contains("Jamf: 4 deleted"));
    let state = jamf.state();
    assert_eq!([count(&state, IOS), count(&state, MACOS)], [1, 1]);
    assert_eq!(payload(&state, IOS, 0)["EmailAccountName"], "Pérson O'Neil 0");
    let printed = push(&folder, &jamf, &[], 0);
    assert!(printed.contains("Jamf: 2 unchanged"), "{printed}");
    assert!(!printed.contains("still in Jamf"), "{printed}");

    // a leaver whom nobody knows is not someone who is gone already
    export(&folder, "email\np0@centurylink.net\ntypo@centurylink.net\n", &["--retire"]);
    let unknown = "error: CenturyLink Mail (typo@centurylink.net) (iOS): not found: ";
    assert!(push(&folder, &jamf, &["--retire", "--dry-run"], 1).contains(unknown));
    for summary in ["Jamf: 2 deleted, 2 not found", "Jamf: 2 already gone, 2 not found"] {
        let printed = push(&folder, &jamf, &["--retire"], 1);
        assert!(printed.contains(summary), "{printed}");
        assert!(printed.contains(unknown), "{printed}");
    }
    assert!(push(&folder, &jamf, &["--undo-missing"], 2).contains("this export retires people"));
    assert_eq!(count(&jamf.state(), IOS), 0);
}
