//! Autodiscover: a strict schema judges the form.

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
