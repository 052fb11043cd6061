//! What Jamf has or stores otherwise: adopted, left alone, or named.

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
