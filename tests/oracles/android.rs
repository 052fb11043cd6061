//! Autodiscover and autoconfig: schemas judge the form.

use super::support::project;
use super::tool::{runs, tool};
use super::unpacked;

#[test]
fn the_schema_accepts_the_response_and_refuses_changes() {
    let (folder, files) = unpacked("android/autodiscover.xml");
    let Some(xmllint) = tool("xmllint", folder.path(), runs(&["--version"])) else { return };
    let schema = project("tests/oracles/data/android/pox-root.xsd");
    let schema = schema.to_str().unwrap();
    for file in &files {
        let bytes = folder.read(file);
        assert!(
            bytes.starts_with(b"<?xml"),
            "no byte order mark: FairEmail and Thunderbird refuse it"
        );
        xmllint.accepts(&["--noout", "--nonet", "--schema", schema, file]);
    }
    let good = folder.text(&files[0]);
    for (from, to) in [
        ("<SPA>off</SPA>", ""),
        ("<Port>993</Port>", "<Port> 993 </Port>"),
        ("<Encryption>SSL</Encryption>", "<Encryption>STARTTLS</Encryption>"),
        ("<Type>IMAP</Type>", "<Type>imap</Type>"),
        ("outlook/responseschema/2006a", "mobilesync/responseschema/2006"),
    ] {
        let bad = good.replace(from, to);
        assert_ne!(bad, good, "{from}");
        folder.file("bad.xml", bad);
        xmllint.refuses(&["--noout", "--nonet", "--schema", schema, "bad.xml"]);
    }
}

/// The schema of the format's authors is lax: what Thunderbird for Android refuses beyond it is in one of our own.
#[test]
fn the_schemas_of_autoconfig_accept_the_file_and_refuse_changes() {
    let (folder, files) = unpacked("android/config-v1.1.xml");
    let Some(xmllint) = tool("xmllint", folder.path(), runs(&["--version"])) else { return };
    let path =
        |name: &str| project("tests/oracles/data/android").join(name).to_str().unwrap().to_owned();
    let (authors, strict) = (path("autoconfig.rng"), path("autoconfig-strict.xsd"));
    let by_authors = ["--noout", "--nonet", "--relaxng", &authors];
    let by_us = ["--noout", "--nonet", "--schema", &strict];
    for file in &files {
        assert!(folder.read(file).starts_with(b"<?xml"), "no byte order mark");
        for schema in [by_authors, by_us] {
            xmllint.accepts(&[&schema[..], &[file]].concat());
        }
    }
    let good = folder.text(&files[0]);
    for (schema, from, to) in [
        (by_authors, "<port>993</port>", "<port>imaps</port>"),
        (by_authors, "<emailProvider id=\"centurylink.net\">", "<emailProvider>"),
        (by_authors, "<clientConfig", "<clientConfig xmlns=\"urn:x\""),
        (by_us, "id=\"centurylink.net\"", "id=\"century_link.net\""),
        (by_us, "<domain>centurylink.net</domain>", ""),
        (by_us, "type=\"imap\"", "type=\"pop3\""),
        (by_us, "type=\"smtp\"", "type=\"SMTP\""),
        (by_us, "<socketType>SSL", "<socketType>plain"),
        (by_us, "<socketType>STARTTLS", "<socketType>TLS"),
        (by_us, "password-cleartext", "plain"),
        (by_us, "<port>993", "<port> 993"),
        (by_us, "%EMAILADDRESS%", "%EMAILADDRESS% "),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good, "{from}");
        folder.file("bad.xml", bad);
        xmllint.refuses(&[&schema[..], &["bad.xml"]].concat());
    }
}
