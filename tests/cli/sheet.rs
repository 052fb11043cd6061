//! What a run says to people: the language of the sheet, whom to ask, and names in Apple Mail.

use crate::support::Folder;

const LIST: &str = "email,name,language\n\
    ada@centurylink.net,Ada,\n\
    bob@centurylink.net,Bob,Deutsch (Schweiz)\n\
    eva@centurylink.net,Eva,fr-CA\n\
    sol@centurylink.net,Sol,n/a\n";

/// The sheet of a person.
fn sheet(folder: &Folder, person: &str) -> String {
    let bundle = format!("out/bundles/{person}_centurylink.net.zip");
    String::from_utf8(folder.in_bundle(&bundle, "START-HERE.html")).unwrap()
}

fn is_in(language: &str, sheet: &str) -> bool {
    sheet.contains(&format!("<html lang=\"{language}\""))
}

#[test]
fn the_language_of_the_row_goes_before_the_flag_and_the_flag_before_the_file() {
    let folder = Folder::new();
    folder.file("list.csv", LIST);
    let done = folder.generate("list.csv", &[]).exits(0);
    done.stderr_has("email from `email`, display_name from `name`, language from `language`");
    assert!(!done.stderr.contains("warning: `list.csv`"), "{}", done.stderr);
    for (person, language) in [("ada", "en"), ("bob", "de"), ("eva", "fr"), ("sol", "en")] {
        assert!(is_in(language, &sheet(&folder, person)), "{person}");
    }
    folder.file("mailmuster.toml", "format = 1\n[output]\nlanguage = \"German\"\n");
    folder.generate("list.csv", &[]).exits(0);
    for (person, language) in [("ada", "de"), ("eva", "fr")] {
        assert!(is_in(language, &sheet(&folder, person)), "{person}");
    }
    folder.generate("list.csv", &["--language", "es"]).exits(0);
    for (person, language) in [("ada", "es"), ("bob", "de"), ("eva", "fr"), ("sol", "es")] {
        assert!(is_in(language, &sheet(&folder, person)), "{person}");
    }
    folder.generate("list.csv", &["--language", "es", "--map", "language=-"]).exits(0);
    assert!(is_in("es", &sheet(&folder, "bob")));
}

#[test]
fn a_language_that_the_sheet_lacks_is_a_warning_in_a_row_and_an_error_as_a_flag() {
    let folder = Folder::new();
    folder.file("list.csv", "email,Sprache\nada@centurylink.net,Klingon\n");
    folder
        .generate("list.csv", &["--language", "de"])
        .exits(0)
        .stderr_has("warning: `list.csv` line 2: `Klingon` in `Sprache` is not a language of the sheet; the default is used")
        .stderr_has("hint: there are en, es, de, fr");
    assert!(is_in("de", &sheet(&folder, "ada")));
    folder
        .generate("list.csv", &["--language", "Klingon"])
        .exits(2)
        .stderr_has("there is no language `Klingon`; there are en, es, de, fr");
    folder.file("mailmuster.toml", "format = 1\n[output]\nlanguage = \"Klingon\"\n");
    folder.generate("list.csv", &[]).exits(2).stderr_has("there is no language `Klingon`");
    // a cell of a list with passwords is never repeated
    folder.file("secret.csv", "email,language,password\nada@centurylink.net,hunter2,x\n");
    let done = folder.generate("secret.csv", &["--no-config"]).exits(0);
    done.stderr_has("a word in `language` is not a language of the sheet");
    assert!(!done.stderr.contains("hunter2"), "{}", done.stderr);
}

#[test]
fn a_person_with_several_mailboxes_has_one_language() {
    let folder = Folder::new();
    folder.file(
        "list.csv",
        "email,name,id,language\nada@centurylink.net,Ada,7,\nsales@q.com,Ada,7,es\n",
    );
    folder.generate("list.csv", &[]).exits(0);
    assert!(is_in("es", &sheet(&folder, "ada")));
}

#[test]
fn the_sheet_says_whom_to_ask() {
    let folder = Folder::new();
    folder.file("list.csv", "email,name\nada@centurylink.net,Ada\n");
    let contact = "<bdi>IT &amp; help desk, +1 555 0100</bdi>";
    folder.generate("list.csv", &["--contact", "IT & help  desk, +1 555 0100"]).exits(0);
    assert!(sheet(&folder, "ada").contains(contact));
    folder.file(
        "mailmuster.toml",
        "format = 1\n[output]\ncontact = \"IT & help desk, +1 555 0100\"\n",
    );
    folder.generate("list.csv", &[]).exits(0);
    assert!(sheet(&folder, "ada").contains(contact));
    folder.generate("list.csv", &["--contact", "Eva"]).exits(0);
    assert!(!sheet(&folder, "ada").contains("help desk"));
    for (contact, why) in [
        (" ", "it is blank"),
        ("a\nb", "it holds a line break (U+000A)"),
        ("a\u{202e}b", "it holds a character that reverses the direction of text (U+202E)"),
        (&"x".repeat(201), "it is longer than 200 characters"),
    ] {
        folder.generate("list.csv", &["--contact", contact]).exits(2).stderr_has(why);
    }
}

#[test]
fn the_sheet_explains_what_devices_say_about_the_signer() {
    let folder = Folder::new();
    folder.file("list.csv", "email,name\nada@centurylink.net,Ada\n");
    // an authority of one's own and a public one cannot be distinguished here: the sentence is conditional
    folder.generate("list.csv", &[]).exits(0);
    let given = sheet(&folder, "ada");
    assert!(
        given.contains("shows the profile as <b>Not Verified</b>, it does not know"),
        "{given}"
    );
    assert!(given.contains("tick") && given.contains("<b>Unblock</b>"), "{given}");
    assert!(given.contains("<b>Windows protected your PC</b> (SmartScreen)"), "{given}");
    folder.run(["generate", "list.csv", "--out", "out", "--new-signer"]).exits(0);
    let trial = sheet(&folder, "ada");
    assert!(trial.contains("<b>Not Verified</b>, in red: it was signed for a trial"), "{trial}");
    folder.run(["generate", "list.csv", "--out", "out", "--unsigned", "--new-signer"]).exits(0);
    let unsigned = sheet(&folder, "ada");
    assert!(unsigned.contains("<b>Not Signed</b>") && !unsigned.contains("Not Verified"));
    // without the script there is nothing for Windows to stop
    folder.generate("list.csv", &["--only", "sheet"]).exits(0);
    let typed = sheet(&folder, "ada");
    assert!(!typed.contains("SmartScreen") && !typed.contains("Unblock"), "{typed}");
}

#[test]
fn mail_names_several_mailboxes_by_their_addresses() {
    let folder = Folder::new();
    folder.file(
        "list.csv",
        "email,name,id\nada@centurylink.net,Ada,7\nsales@q.com,Ada,7\nbob@centurylink.net,Bob,8\n",
    );
    folder.generate("list.csv", &["--unsigned"]).exits(2);
    folder.run(["generate", "list.csv", "--out", "out", "--unsigned"]).exits(0);
    let names = |person: &str| -> Vec<(String, String)> {
        let bundle = format!("out/bundles/{person}_centurylink.net.zip");
        let profile = folder.in_bundle(&bundle, "apple/CenturyLink Mail.mobileconfig");
        let profile = plist::Value::from_reader_xml(profile.as_slice()).unwrap();
        let payloads = profile.as_dictionary().unwrap()["PayloadContent"].as_array().unwrap();
        let text = |payload: &plist::Value, key: &str| {
            payload.as_dictionary().unwrap()[key].as_string().unwrap().to_owned()
        };
        payloads
            .iter()
            .map(|payload| {
                (text(payload, "EmailAccountDescription"), text(payload, "PayloadDisplayName"))
            })
            .collect()
    };
    let both = |name: &str| (name.to_owned(), name.to_owned());
    assert_eq!(names("ada"), [both("ada@centurylink.net"), both("sales@q.com")]);
    assert_eq!(names("bob"), [("CenturyLink".to_owned(), "CenturyLink Mail".to_owned())]);
}
