//! Faults of the config file, with the whole message.

use super::folder;
use crate::support::{ADA, Folder};

/// The file that says `text` is refused with this message.
#[track_caller]
fn refused(text: &str, message: &str) {
    let message = format!("error: `mailmuster.toml` {message}");
    for command in [&["check", "list.csv"][..], &["generate", "list.csv", "--out", "out"]] {
        let folder = folder(text);
        folder.run(command).exits(2).stderr_is(&message);
        assert!(!folder.exists("out"), "nothing is written");
    }
}

#[test]
fn an_unknown_key_is_answered_with_the_near_one() {
    refused(
        "[list]\ndelimter = \";\"\n",
        "line 3, column 1: unknown key `delimter`\n  hint: did you mean `delimiter`?",
    );
    refused("[outptu]\n", "line 2, column 2: unknown key `outptu`\n  hint: did you mean `output`?");
    refused(
        "[signing]\ncolour = 1\n",
        "line 3, column 1: unknown key `colour`\n  \
         hint: known here: certificate, key, chain, pkcs12, pkcs12_name, passphrase_file, passphrase_env, unsigned, require_identity, self_check, timestamp_url, timestamp_ca, timestamp_timeout, scripts",
    );
    refused(
        "[columns]\nemial = \"E\"\n",
        "line 3, column 1: there is no field `emial`; did you mean `email`?",
    );
    refused(
        "[provider.set]\n\"imap.hots\" = \"x\"\n",
        "line 3, column 1: there is no setting `imap.hots`; did you mean `imap.host`?",
    );
}

#[test]
fn a_value_of_the_wrong_type_is_reported_in_plain_words() {
    for (text, message) in [
        ("[output]\njobs = \"4\"\n", "column 8: `\"4\"` is not a whole number"),
        ("[output]\nstrict = 1\n", "column 10: `1` is not true or false"),
        ("[list]\nsheet = 2\n", "column 9: `2` is not text in quotes"),
        ("[output]\nonly = \"sheet\"\n", "column 8: `\"sheet\"` is not a list in brackets"),
        ("[columns]\nemail = []\n", "column 9: a list is not text in quotes"),
    ] {
        refused(text, &format!("line 3, {message}"));
    }
    refused("list = 3\n", "line 2, column 8: `3` is not a table");
}

#[test]
fn a_value_that_its_flag_refuses_is_refused() {
    for (text, message) in [
        (
            "[list]\ndelimiter = \"x\"\n",
            "column 13: `delimiter` cannot be `x`: a delimiter is one character such as `;`, or `tab`",
        ),
        (
            "[list]\ncomment = \"rem\"\n",
            "column 11: `comment` cannot be `rem`: a comment starts with one character such as `#`",
        ),
        (
            "[list]\nencoding = \"windows-1259\"\n",
            "column 12: there is no encoding `windows-1259`; did you mean `windows-1250`?",
        ),
        (
            "[list]\ncolumns = [\"email\", \"nmae\", \"emial\"]\n",
            "column 21: there is no field `nmae`",
        ),
        (
            "[list]\ncolumns = [\"login\"]\n",
            "column 11: `columns`: one column must be `email`, for example email,-,display_name",
        ),
        ("[list]\nsheet = \"\"\n", "column 9: `sheet` is blank\n  hint: remove the line"),
        ("[columns]\nemail = \"\"\n", "column 9: `email` cannot be ``: it is blank"),
        (
            "[provider]\nid = \"centurylnk\"\n",
            "column 6: there is no provider `centurylnk`\n  hint: did you mean `centurylink`?",
        ),
        (
            "[provider]\nprotocol = \"exchange\"\n",
            "column 12: `protocol` cannot be `exchange`: it must be imap or pop",
        ),
        (
            "[provider.set]\nimap.port = 0\n",
            "column 13: `imap.port` cannot be `0`: a port is a number from 1 to 65535",
        ),
        (
            "[provider.set]\nsmtp.security = \"ssl\"\n",
            "column 17: `smtp.security` cannot be `ssl`: it is one of tls, starttls, none",
        ),
        (
            "[output]\nonly = [\"sheet\", \"appel-profile\"]\n",
            "column 18: there is no format `appel-profile`; did you mean `apple-profile`?",
        ),
        (
            "[output]\norganization = \" \"\n",
            "column 16: `organization` cannot be ` `: it is blank",
        ),
        (
            "[output]\nidentifier = \"example\"\n",
            "column 14: `identifier` cannot be `example`: an identifier is your domain backwards, for example com.example.mail",
        ),
        (
            "[output]\njobs = 513\n",
            "column 8: `jobs` cannot be `513`: it must be a number from 1 to 512",
        ),
    ] {
        let folder = folder(text);
        let done = folder.run(["check", "list.csv"]).exits(2);
        assert!(
            done.stderr.starts_with(&format!("error: `mailmuster.toml` line 3, {message}")),
            "{}",
            done.stderr
        );
    }
}

#[test]
fn the_form_of_the_file_must_be_known() {
    let folder = Folder::new();
    folder.file("list.csv", ADA).file("mailmuster.toml", "[list]\n");
    folder.run(["check", "list.csv"]).exits(2).stderr_is(
        "error: `mailmuster.toml` line 1, column 1: the key `format` is missing\n  \
         hint: make `format = 1` the first line",
    );
    folder.file("mailmuster.toml", "format = 2\n");
    folder
        .run(["check", "list.csv"])
        .exits(2)
        .stderr_is("error: `mailmuster.toml` line 1, column 10: only format 1 is known");
}

#[test]
fn no_secret_is_allowed_in_the_file() {
    const HINT: &str = "files like this are copied and shared; name the place of the passphrase with `passphrase_file` or `passphrase_env` in [signing]";
    for (text, key, place) in [
        ("[signing]\npassphrase = \"Canary\"\n", "passphrase", "line 3, column 1"),
        ("[signing.scripts]\nsecret = \"Canary\"\n", "secret", "line 3, column 1"),
        ("password = \"Canary\"\n", "password", "line 2, column 1"),
        ("[provider.set]\nsmtp.password = \"Canary\"\n", "smtp.password", "line 3, column 1"),
    ] {
        refused(
            text,
            &format!("{place}: `{key}` is not allowed: this file holds no secrets\n  hint: {HINT}"),
        );
    }
    // the name of a column is no secret
    let folder = folder("[columns]\npassword = \"Kennwort\"\n");
    folder.file("list.csv", "email,Kennwort\nada@q.com,Canary\n");
    folder.run(["check", "list.csv"]).exits(0);
}

#[test]
fn a_place_of_a_passphrase_may_be_misplaced() {
    refused(
        "[output]\npassphrase_file = \"x\"\n",
        "line 3, column 1: unknown key `passphrase_file`\n  \
         hint: known here: folder, strict, only, organization, contact, language, identifier, hosting, jobs",
    );
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_no_fault() {
    let folder = Folder::new();
    folder
        .file("list.csv", ADA)
        .file("mailmuster.toml", "\u{feff}format = 1\r\n[list]\r\nsheeet = \"x\"\r\n");
    folder.run(["check", "list.csv"]).exits(2).stderr_is(
        "error: `mailmuster.toml` line 3, column 1: unknown key `sheeet`\n  hint: did you mean `sheet`?",
    );
}

#[test]
fn what_contradicts_itself_is_refused() {
    for (text, message) in [
        (
            "[list]\ncolumns = [\"email\"]\n[columns]\nid = \"No\"\n",
            "line 3, column 11: `id` names a column of a list with a header, but `columns` in [list] is for a list without one\n  hint: keep one of them",
        ),
        (
            "[columns]\nimap.host = \"A\"\n\"imap.host\" = \"B\"\n",
            "line 4, column 1: `imap.host` is there twice\n  hint: keep one of them",
        ),
        (
            "[provider]\nid = \"auto\"\nset.imap.host = \"x\"\n",
            "line 3, column 6: [provider.set] has no effect: \"auto\" uses the servers of several providers\n  hint: name the one provider that is meant",
        ),
        (
            "[signing]\ncertificate = \"a\"\npkcs12 = \"b\"\n",
            "line 4, column 10: `pkcs12` and `certificate` name two identities\n  hint: keep one of them",
        ),
        (
            "[signing]\npkcs12 = \"b\"\npassphrase_file = \"c\"\npassphrase_env = \"D\"\n",
            "line 5, column 18: `passphrase_file` and `passphrase_env` name two passphrases\n  hint: keep one of them",
        ),
        (
            "[signing]\npassphrase_env = \"D\"\n",
            "line 3, column 18: `passphrase_env` belongs to no certificate\n  hint: add `certificate` or `pkcs12`",
        ),
        (
            "[signing.scripts]\npkcs12 = \"a\"\nkey = \"b\"\n",
            "line 4, column 7: `key` has no effect beside `pkcs12`\n  hint: remove the line",
        ),
        (
            "[signing]\nunsigned = true\nscripts.pkcs12 = \"b\"\n",
            "line 3, column 12: an identity is named, but nothing is signed\n  hint: remove `unsigned`, or the identity",
        ),
    ] {
        refused(text, message);
    }
}

/// What the hint names must be possible while the file is wrong: no other command reads the list either.
#[test]
fn a_column_that_the_list_lacks_is_answered_with_those_that_it_has() {
    let folder = Folder::new();
    folder.file("mailmuster.toml", "format = 1\n[columns]\nemail = \"Postfach\"\n");
    folder.file("list.csv", "E-mail,Name\nada@centurylink.net,Ada\n");
    folder.run(["check", "list.csv", "--quiet"]).exits(2).stderr_is(
        "error: `mailmuster.toml` line 3, column 9: the list has no column `Postfach`\n  \
         hint: it has `E-mail` and `Name`",
    );
    // nothing of a row that may be a person is repeated
    folder.file("list.csv", "geheim,anders\nada,Ada\n");
    folder.run(["check", "list.csv"]).exits(2).stderr_has(
        "the list has no column `Postfach`\n  hint: give its number, for example \"#1\"",
    );
}
