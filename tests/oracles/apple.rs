//! Configuration profiles: OpenSSL and NSS judge the signature, Python and libplist the property
//! list, Apple's own schema the keys.

use super::support::{Folder, project, without_signature};
use super::tool::{runs, tool};
use super::unpacked;

const PROFILE: &str = "apple/CenturyLink Mail.mobileconfig";

/// A copy of `file` with one byte of its content changed.
fn damaged(folder: &Folder, file: &str) -> String {
    let mut bytes = folder.read(file);
    let at = bytes.windows(4).position(|window| window == b"993<").expect("the port");
    bytes[at] = b'8';
    folder.file("damaged.mobileconfig", bytes);
    "damaged.mobileconfig".to_owned()
}

#[test]
fn openssl_verifies_the_signature() {
    let (folder, files) = unpacked(PROFILE);
    let Some(openssl) = tool("openssl", folder.path(), runs(&["version"])) else { return };
    let verify = |file: &str, ca: &str| {
        let args = [
            "cms",
            "-verify",
            "-binary",
            "-inform",
            "der",
            "-in",
            file,
            "-CAfile",
            ca,
            "-purpose",
            "any",
            "-out",
            "content.xml",
        ];
        openssl.says(&args).0
    };
    for file in &files {
        assert!(verify(file, "id/ca.pem"), "{file}");
        assert!(folder.text("content.xml").starts_with("<?xml"));
    }
    assert!(!verify(&damaged(&folder, &files[0]), "id/ca.pem"));
    assert!(!verify(&files[0], "id/cert.pem"), "a leaf is no authority");
}

#[test]
fn nss_the_ancestor_of_apple_s_verifier_verifies_the_signature() {
    let (folder, files) = unpacked(PROFILE);
    let has_help = |tool: &super::tool::Tool| {
        tool.output(&["-H"]).map(|_| ()).map_err(|error| error.to_string())
    };
    let (Some(certutil), Some(cmsutil)) =
        (tool("certutil", folder.path(), has_help), tool("cmsutil", folder.path(), has_help))
    else {
        return;
    };
    folder.file("db/x", "");
    certutil.accepts(&["-N", "-d", "sql:db", "--empty-password"]);
    certutil.accepts(&["-A", "-d", "sql:db", "-n", "root", "-t", "CT,C,C", "-i", "id/ca.pem"]);
    for file in &files {
        cmsutil.accepts(&["-D", "-d", "sql:db", "-u", "4", "-i", file, "-o", "content.xml"]);
        assert!(folder.text("content.xml").starts_with("<?xml"));
    }
    cmsutil.refuses(&[
        "-D",
        "-d",
        "sql:db",
        "-u",
        "4",
        "-i",
        &damaged(&folder, &files[0]),
        "-o",
        "content.xml",
    ]);
}

#[test]
fn apple_s_schema_knows_every_key_on_both_systems() {
    let (folder, files) = unpacked(PROFILE);
    let modules = ["-c", "import yaml, asn1crypto"];
    let Some(python) = tool("python3", folder.path(), |tool| {
        let output = tool.output(&modules).map_err(|error| error.to_string())?;
        if output.status.success() {
            Ok(())
        } else {
            Err("PyYAML and asn1crypto are missing".to_owned())
        }
    }) else {
        return;
    };
    let script = project("tests/oracles/data/check_profile.py");
    for schema in ["2024-10", "2026-03"] {
        let schema = project("tests/oracles/data/apple-schema").join(schema);
        let (script, schema) = (script.to_str().unwrap(), schema.to_str().unwrap());
        for system in ["iOS", "macOS"] {
            let mut args = vec![script, schema, "--os", system];
            args.extend(files.iter().map(String::as_str));
            python.accepts(&args);
        }
        // an unknown key and a key that macOS lacks
        let profile = plist(&folder, &files[0]);
        folder.file(
            "wrong.mobileconfig",
            profile.replace("<key>EmailAddress</key>", "<key>emailAddress</key>"),
        );
        let found = python.refuses(&[script, schema, "--os", "iOS", "wrong.mobileconfig"]);
        assert!(found.contains("unknown key emailAddress"), "{found}");
        folder.file(
            "wrong.mobileconfig",
            profile.replace(
                "<key>EmailAccountName</key>",
                "<key>PreventMove</key>\n<true/>\n<key>EmailAccountName</key>",
            ),
        );
        python.refuses(&[script, schema, "--os", "macOS", "wrong.mobileconfig"]);
    }
}

#[test]
fn plistlib_reads_the_values_that_were_in_the_list() {
    let (folder, files) = unpacked(PROFILE);
    let Some(python) = tool("python3", folder.path(), runs(&["-c", "import plistlib"])) else {
        return;
    };
    let script = "import plistlib,sys\n\
        top = plistlib.load(open(sys.argv[1], 'rb'))\n\
        inner, = top['PayloadContent']\n\
        assert type(inner['IncomingMailServerPortNumber']) is int and inner['IncomingMailServerPortNumber'] == 993\n\
        assert inner['IncomingMailServerUseSSL'] is True and inner['OutgoingMailServerUseSSL'] is True\n\
        assert top['PayloadUUID'] == top['PayloadUUID'].upper() != inner['PayloadUUID']\n\
        assert not any('Password' in key and isinstance(value, str) and key.startswith(('Incoming', 'Outgoing')) and key.endswith('Password') for key, value in inner.items())\n\
        sys.stdout.buffer.write((inner['EmailAccountName'] + '|' + inner['EmailAddress']).encode())";
    let expected = [
        "Margaret O'Brien|margaret.obrien@centurylink.net",
        "Smith & Sons Reception|reception@centurylink.net",
        "Priya <PR> Raman|priya.raman@centurylink.net",
        "محمد الأحمد|mohammed.alahmad@centurylink.net",
        "Ada 🚀 Lovelace|ada.lovelace@centurylink.net",
    ];
    for (file, expected) in files.iter().zip(expected) {
        folder.file("content.xml", plist(&folder, file));
        assert_eq!(python.accepts(&["-c", script, "content.xml"]), expected);
    }
    folder.file(
        "content.xml",
        plist(&folder, &files[0]).replace("<integer>993</integer>", "<real>993</real>"),
    );
    python.refuses(&["-c", script, "content.xml"]);
}

#[test]
fn libplist_reads_the_property_list() {
    let (folder, files) = unpacked(PROFILE);
    let Some(plistutil) = tool("plistutil", folder.path(), runs(&["--version"])) else { return };
    for file in &files {
        folder.file("content.xml", plist(&folder, file));
        plistutil.accepts(&["-i", "content.xml", "-f", "bin", "-o", "content.bin"]);
        plistutil.accepts(&["-i", "content.bin", "-f", "xml", "-o", "again.xml"]);
        let read = |name: &str| plist::Value::from_file(folder.path().join(name)).unwrap();
        assert_eq!(read("content.xml"), read("again.xml"));
    }
    folder.file("content.xml", plist(&folder, &files[0]).replace("</dict>", ""));
    // its exit code says success even then
    let (_, printed) = plistutil.says(&["-i", "content.xml", "-f", "bin", "-o", "content.bin"]);
    assert!(printed.contains("ERROR"), "{printed}");
}

/// The property list inside a signed profile.
fn plist(folder: &Folder, file: &str) -> String {
    let content = without_signature(&folder.read(file));
    String::from_utf8(content).unwrap()
}
