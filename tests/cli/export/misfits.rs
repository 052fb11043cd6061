//! Whom an export does not fit.

use super::*;

#[test]
fn people_whom_the_shared_profile_does_not_fit_are_named_and_the_unknown_are_counted() {
    let folder = list();
    let done = folder.run(["export", "intune", "staff.csv", "--out", "x", "--json"]).exits(1);
    let events: Vec<Value> =
        done.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let misfits: Vec<&Value> = events
        .iter()
        .filter(|event| event["event"] == "misfit" && event["of"] == "profile")
        .collect();
    assert_eq!(misfits.len(), 2);
    assert_eq!(
        misfits[1]["message"],
        "{{mail}} is blank, and the mailbox is `eve@centurylink.net`"
    );
    assert_eq!(misfits[0]["address"], "bob@centurylink.net");
    assert_eq!(misfits[0]["line"], 3);
    let summary = events.last().unwrap();
    assert_eq!((&summary["misfits"], &summary["unjudged"]), (&2.into(), &0.into()));
    let why = "{{mail}} holds `bob@corp.example`, and the mailbox is `bob@centurylink.net`";
    done.stderr_has(&format!("line 3, `bob@centurylink.net`: {why}"));
    assert!(folder.text("x/misfits.csv").contains(why));
    let upn = ["--email-variable", "{{userprincipalname}}"];
    folder
        .run(["export", "intune", "staff.csv", "--out", "y"].iter().chain(&upn))
        .exits(1)
        .stderr_has("the profile is wrong for 3 people");
    folder.file("plain.csv", "email\neve@centurylink.net\n");
    folder
        .run(["export", "intune", "plain.csv", "--out", "y"].iter().chain(&upn))
        .exits(0)
        .stderr_has("does not say what {{userprincipalname}} holds for 1 person");
    // an export that fits everybody has no such table
    folder.file("ada.csv", LIST.lines().take(2).collect::<Vec<_>>().join("\n"));
    folder.run(["export", "intune", "ada.csv", "--out", "x"]).exits(0);
    assert!(!folder.exists("x/misfits.csv"));
}

#[test]
fn logins_servers_and_second_mailboxes_are_compared_too() {
    let folder = Folder::new();
    folder.file(
        "staff.csv",
        "id,email,display_name,directory_email,login,imap.host\n\
         1,ada@q.com,Ada,ada@q.com,lovelace@q.com,\n\
         2,bob@q.com,Bob,bob@q.com,,mail.acme.org\n\
         3,cy@q.com,Cy,cy@q.com,,\n\
         3,sales@q.com,Cy,cy@q.com,,\n\
         4,Dee@q.com,Dee,dee@q.com,,\n",
    );
    let done = folder.run(["export", "jamf", "staff.csv", "--out", "x"]).exits(1);
    done.stderr_has("the user name for receiving is `lovelace@q.com`, and the profile gives `ada@q.com`")
        .stderr_has("the server for receiving is mail.acme.org port 993 (SSL/TLS), and the profile has imap.centurylink.net port 993 (SSL/TLS)")
        .stderr_has("the person has 2 mailboxes, and the profile sets up one")
        .stderr_has("the profile is wrong for 3 people");
    assert!(!done.stderr.contains("Dee@q.com`:"), "upper and lower case are the same mailbox");
}

#[test]
fn a_column_mail_beside_user_principal_names_is_what_the_directory_has() {
    let folder = Folder::new();
    folder
        .file("entra.csv", "displayName,userPrincipalName,mail\nAda,ada@corp.example,ada@q.com\n");
    folder.run(["export", "intune", "entra.csv", "--out", "x"]).exits(0);
    // the mailbox is in another column: then `mail` is only what the directory has
    folder.file(
        "own.csv",
        "userPrincipalName,mail,Mailbox\nada@corp.example,a@corp.example,ada@q.com\n",
    );
    folder
        .run(["export", "intune", "own.csv", "--out", "x", "--map", "email=Mailbox"])
        .exits(1)
        .stderr_has("{{mail}} holds `a@corp.example`, and the mailbox is `ada@q.com`");
    // alone it says nothing about the directory
    folder.file("plain.csv", "name,email\nAda,ada@q.com\n");
    folder
        .run(["export", "intune", "plain.csv", "--out", "x"])
        .exits(0)
        .stderr_has("the list does not say what {{mail}} holds for 1 person");
}

#[test]
fn a_text_that_the_mdm_would_replace_refuses_the_row_of_a_person() {
    let folder = Folder::new();
    for (mdm, name, variable) in [
        ("jamf", "Ada costs $EMAIL", "$EMAIL"),
        ("intune", "Ada {{ L", "{{ L"),
        ("fleet", "Ada $FLEET_VAR_X", "$FLEET_VAR_X"),
    ] {
        folder.file("staff.csv", format!("email,display_name\nada@q.com,{name}\nbob@q.com,Bob\n"));
        let args = ["--per-person", "--user-names", "address", "--unsigned", "--out", mdm];
        folder
            .run(["export", mdm, "staff.csv"].iter().chain(&args))
            .exits(1)
            .stderr_has(&format!("would replace `{variable}` in the name"));
        let objects = lines(&folder, &format!("{mdm}/objects.jsonl"));
        assert!(texts(&objects, "name").iter().all(|name| name.contains("bob@q.com")), "{mdm}");
    }
    folder
        .run(["export", "jamf", "--out", "y", "--organization", "A$AP Ltd"])
        .exits(2)
        .stderr_has("Jamf Pro would replace `$AP` in the name of your organization");
    // a signed profile with a variable is a template that nothing fills in
    folder
        .generate("staff.csv", &["--organization", "The $SITENAME team"])
        .exits(2)
        .stderr_has("`$SITENAME` is a variable of an MDM, which no signed file can have filled in");
}

#[test]
fn a_character_that_jamf_cannot_store_refuses_the_row_for_jamf_alone() {
    let folder = Folder::new();
    folder.file(
        "staff.csv",
        "email,display_name\nada@q.com,Ada & Co\na&b@q.com,Al\nbob@q.com,Bob > \"All\"\n",
    );
    folder.file("good.csv", "email,display_name\nada@q.com,Ada O'Neil\n");
    let args = ["--per-person", "--user-names", "address", "--unsigned", "--out"];
    let export = |mdm, list| ["export", mdm, list].into_iter().chain(args).chain([mdm]);
    folder
        .run(export("jamf", "staff.csv"))
        .exits(1)
        .stderr_has("line 2: Jamf Pro cannot hold this name: its API cannot store `&`")
        .stderr_has("line 3: Jamf Pro cannot hold this address: its API cannot store `&`")
        .stderr_has("line 4: Jamf Pro cannot hold this name: its API cannot store `>`");
    for mdm in ["intune", "fleet"] {
        folder.run(export(mdm, "staff.csv")).exits(0);
    }
    // its own organization takes the place of ours
    let organization = ["--organization", "Smith & Sons"];
    folder.run(export("jamf", "good.csv").chain(organization)).exits(0);
    let provider = "format = 1\nid = \"att\"\nname = \"AT&T\"\ndomains = [\"q.com\"]\n\
        [[incoming]]\nprotocol = \"imap\"\nhost = \"imap.q.com\"\nport = 993\nsecurity = \"tls\"\n\
        username = \"%EMAILADDRESS%\"\nauthentication = [\"password-cleartext\"]\n\
        [[outgoing]]\nhost = \"smtp.q.com\"\nport = 465\nsecurity = \"tls\"\n\
        username = \"%EMAILADDRESS%\"\nauthentication = [\"password-cleartext\"]\n";
    folder.file("att.toml", provider);
    folder
        .run(["export", "jamf", "--out", "shared", "--provider", "./att.toml"])
        .exits(2)
        .stderr_has(
            "Jamf Pro cannot hold the name of the provider, `AT&T`: its API cannot store `&`",
        );
}

#[test]
fn a_user_with_several_mailboxes_is_in_no_table_that_replaces_values() {
    let folder = Folder::new();
    folder.file(
        "staff.csv",
        "email,display_name,directory_user,directory_email\n\
         ada@q.com,Ada L,ada,ada@q.com\ninfo@q.com,Info,Ada,ada@q.com\nbob@q.com,Bob,bob,bob@corp.example\n",
    );
    for variable in ["$EMAIL", "$EXTENSIONATTRIBUTE_7"] {
        folder
            .run(["export", "jamf", "staff.csv", "--out", "x", "--email-variable", variable])
            .exits(1)
            .stderr_has("`ada` has 2 mailboxes in the list, and the profile sets up one");
        let table = folder.text("x/mut/UserTemplate.csv");
        assert_eq!(table.lines().count(), 2, "{table}");
        assert!(table.contains("bob@q.com"), "{table}");
    }
    folder
        .run(["export", "jamf", "--out", "x", "--email-variable", "$EXTENSIONATTRIBUTE_07"])
        .exits(2)
        .stderr_has("Jamf Pro has no variable");
    folder.file("plain.csv", "email\nada@q.com\n");
    folder
        .run([
            "export",
            "jamf",
            "plain.csv",
            "--out",
            "x",
            "--email-variable",
            "$EXTENSIONATTRIBUTE_7",
        ])
        .exits(0)
        .stderr_has("does not say what $EXTENSIONATTRIBUTE_7 holds for 1 person");
}
