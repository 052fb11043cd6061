//! Autodiscover and autoconfig: schemas judge the form, exchangelib and Thunderbird the meaning.

use serde_json::{Value, json};

use crate::support::{Folder, project};
use crate::tool::{Tool, runs, tool};
use crate::unpacked;

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

/// The Python that has exchangelib and dnspython.
pub(crate) fn exchangelib(folder: &Folder) -> Option<Tool> {
    let python = project("tests/oracles/data/android/python/bin/python");
    let modules = "import exchangelib.autodiscover.properties, dns.zone";
    tool(python.to_str().unwrap(), folder.path(), move |tool| {
        let (yes, printed) = match tool.output(&["-c", modules]) {
            Ok(output) => (output.status.success(), String::from_utf8_lossy(&output.stderr).into()),
            Err(error) => (false, error.to_string()),
        };
        if yes { Ok(()) } else { Err(format!("{printed} (scripts/test installs it)")) }
    })
}

/// The JSON lines of a judge written in Python.
pub(crate) fn judge_python(python: &Tool, judge: &str, args: &[&str]) -> Vec<Value> {
    let judge = project("tests/oracles/data/android").join(judge);
    let printed = python.accepts(&[&[judge.to_str().unwrap()], args].concat());
    let lines = printed.lines().filter(|line| line.starts_with('{'));
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn exchangelib_reads_each_response_as_it_was_meant() {
    let (folder, files) = unpacked("android/autodiscover.xml");
    let Some(python) = exchangelib(&folder) else { return };
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let read = judge_python(&python, "pox.py", &files);
    assert_eq!(read.len(), files.len());
    for (read, file) in read.iter().zip(&files) {
        let text = folder.text(file);
        let address = read["address"].as_str().unwrap();
        assert!(text.contains(&format!("<LoginName>{address}</LoginName>")), "{file}");
        assert_eq!((&read["type"], &read["action"]), (&json!("email"), &json!("settings")));
        let server = |kind: &str, host: &str, port: u16| {
            json!({
                "type": kind, "host": host, "port": port, "username": address,
                "spa": false, "ssl": true, "auth": true,
            })
        };
        assert_eq!(
            read["protocols"],
            json!([
                server("IMAP", "imap.centurylink.net", 993),
                server("SMTP", "smtp.centurylink.net", 587)
            ])
        );
    }
    let good = folder.text(files[0]);
    // absent, `SPA` means on
    folder.file("spa.xml", good.replace("<SPA>off</SPA>", ""));
    assert_eq!(judge_python(&python, "pox.py", &["spa.xml"])[0]["protocols"][0]["spa"], true);
    folder.file("bad.xml", good.replace("outlook/responseschema/2006a", "mobilesync/2006"));
    let script = project("tests/oracles/data/android/pox.py");
    python.refuses(&[script.to_str().unwrap(), "bad.xml"]);
}

#[test]
fn thunderbird_reads_each_config_as_it_was_meant() {
    let (folder, files) = unpacked("android/config-v1.1.xml");
    let Some(python) = tool("python3", folder.path(), runs(&["--version"])) else { return };
    if tool("thunderbird", folder.path(), runs(&["--version"])).is_none() {
        return;
    }
    let good = folder.text(&files[0]);
    // the local part as user name, in which Thunderbird fills in the address it was given
    folder.file("local.xml", good.replace("%EMAILADDRESS%", "%EMAILLOCALPART%"));
    let refused = [
        ("no-host.xml", good.replacen("imap.centurylink.net", "imap centurylink", 1)),
        ("no-id.xml", good.replace("id=\"centurylink.net\"", "id=\"a b\"")),
        ("no-port.xml", good.replace("<port>993</port>", "<port>imaps</port>")),
        ("no-smtp.xml", good.replace("type=\"smtp\"", "type=\"lmtp\"")),
        ("cut.xml", good[..good.len() / 2].to_owned()),
    ];
    for (name, text) in &refused {
        assert_ne!(*text, good, "{name}");
        folder.file(name, text);
    }
    let names = files.iter().map(String::as_str).chain(["local.xml"]);
    let names: Vec<&str> = names.chain(refused.iter().map(|(name, _)| *name)).collect();
    let args = [&["someone@acme.example"], &names[..]].concat();
    let read = judge_python(&python, "thunderbird_autoconfig.py", &args);
    assert_eq!(read.len(), names.len(), "{read:?}");
    let (accepted, rest) = read.split_at(files.len());
    for (read, file) in accepted.iter().zip(&files) {
        let text = folder.text(file);
        let domain = read["id"].as_str().unwrap();
        assert!(text.contains(&format!("<domain>{domain}</domain>")), "{read}");
        assert_eq!(read["domains"], json!([domain]));
        // 3: SSL, 2: STARTTLS; 3: a plain password, over TLS
        let server = |kind: &str, host: &str, port: u16, socket: u16| {
            json!({
                "type": kind, "host": host, "port": port, "socket": socket, "auth": 3,
                "username": "someone@acme.example",
            })
        };
        assert_eq!(read["incoming"], server("imap", "imap.centurylink.net", 993, 3));
        assert_eq!(read["outgoing"], server("smtp", "smtp.centurylink.net", 587, 2));
    }
    assert_eq!(rest[0]["incoming"]["username"], "someone");
    for (read, (name, _)) in rest[1..].iter().zip(&refused) {
        assert!(read["error"].is_string(), "{name}: {read}");
    }
}
