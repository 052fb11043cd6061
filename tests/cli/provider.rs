//! Providers by id and by file.

use crate::support::{ADA, Folder};

#[test]
fn an_unknown_provider_is_answered_with_the_nearest_name() {
    let folder = Folder::new();
    folder.file("list.csv", ADA);
    folder
        .run(["check", "list.csv", "--quiet", "--provider", "centurylnk"])
        .exits(2)
        .stderr_is("error: there is no provider `centurylnk`\n  hint: did you mean `centurylink`?");
    folder.run(["check", "list.csv", "--quiet", "--provider", "gmx"]).exits(2).stderr_is(
        "error: there is no provider `gmx`\n  \
         hint: `mailmuster provider list` names the built-in ones; your own is given as a file: --provider ./acme.toml",
    );
    let missing = folder.run(["check", "list.csv", "--quiet", "--provider", "acme.toml"]).exits(2);
    missing.stderr_has("error: `acme.toml` cannot be read: ");
}

#[test]
fn a_provider_of_one_s_own_starts_as_a_copy_of_a_built_in_one() {
    let folder = Folder::new();
    let shown = folder.run(["provider", "show", "centurylink"]).exits(0);
    let acme = shown
        .stdout
        .replace("\"centurylink\"", "\"acme\"")
        .replace("\"CenturyLink\"", "\"Acme\"")
        .replace("centurylink.net", "acme.org");
    folder.file("acme.toml", acme).file("list.csv", "email\nada@acme.org\n");
    folder.generate("list.csv", &["--provider", "acme.toml"]).exits(0);
    let profile = folder.in_bundle("out/bundles/ada_acme.org.zip", "apple/Acme Mail.mobileconfig");
    assert!(profile.windows(13).any(|window| window == b"imap.acme.org"));
}

#[test]
fn the_list_names_every_built_in_provider() {
    let folder = Folder::new();
    folder
        .run(["provider", "list"])
        .exits(0)
        .stdout_is("centurylink      CenturyLink (18 domains, checked 2026-11-22)");
}

#[test]
fn doubts_about_a_provider_are_told_with_their_cure() {
    let folder = Folder::new();
    let done = folder.run(["provider", "check", "centurylink"]).exits(0);
    done.stderr_has("imap.centurylink.net is disputed").stdout_has("1 doubt");
}

#[test]
fn a_setting_that_contradicts_itself_is_warned_about() {
    let folder = Folder::new();
    folder.file("list.csv", ADA);
    let done = folder.run(["check", "list.csv", "--set", "smtp.port=465"]).exits(0);
    done.stderr_has("warning: the outgoing (SMTP) server smtp.centurylink.net has STARTTLS on port 465, which is usually SSL/TLS")
        .stderr_has("--set smtp.security=tls");
}

#[test]
fn cleartext_must_be_asked_for() {
    let folder = Folder::new();
    folder.file("list.csv", ADA);
    let settings = ["check", "list.csv", "--set", "imap.security=none", "--set", "imap.port=143"];
    folder.run(settings.iter().chain(&["--quiet"])).exits(2).stderr_is(
        "error: CenturyLink's incoming server imap.centurylink.net is not protected: everybody on the way can read the password\n  \
         hint: use a server with TLS; --allow-cleartext takes it as it is",
    );
    folder
        .run(settings.iter().chain(&["--allow-cleartext"]))
        .exits(0)
        .stderr_has("sends passwords unprotected");
}
