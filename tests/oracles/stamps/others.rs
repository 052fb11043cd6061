//! Other programs read the time stamps, and their own are read here.

use super::super::tool::{runs, tool};
use super::super::windows::knows_scripts;
use super::authority::{Authority, Way, scripts};
use super::{JUDGED, PEOPLE, openssl, served, stamped};
use crate::support::{Folder, project};

#[test]
fn osslsigncode_verifies_the_time_stamp_and_refuses_a_changed_one() {
    let Some((folder, server)) = served(Way::Good) else { return };
    let Some(osslsigncode) = tool("osslsigncode", folder.path(), knows_scripts) else { return };
    stamped(&folder, &server, &[]).exits(0);
    let verify = |file: &str, root: &str| {
        osslsigncode.says(&["verify", "-CAfile", "id/ca.pem", "-TSA-CAfile", root, "-in", file])
    };
    for file in scripts(&folder, &PEOPLE) {
        let (holds, printed) = verify(&file, "tsa-ca.pem");
        assert!(
            holds && printed.contains("Timestamp Server Signature verification: ok"),
            "{printed}"
        );
        let good = folder.text(&file);
        // in the value of the authority's signature
        let at = good.len() - 60;
        let mut bytes = good.into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        folder.file("damaged.ps1", bytes);
        let (_, printed) = verify("damaged.ps1", "tsa-ca.pem");
        assert!(!printed.contains("Timestamp Server Signature verification: ok"), "{printed}");
    }
}

#[test]
fn dotnet_verifies_the_time_stamp_and_refuses_a_changed_one() {
    let Some((folder, server)) = served(Way::Good) else { return };
    let probe = runs(&["-NoProfile", "-Command", "$PSVersionTable.PSVersion"]);
    let Some(pwsh) = tool("pwsh", folder.path(), probe) else { return };
    stamped(&folder, &server, &[]).exits(0);
    let script = project("tests/powershell/signature.ps1");
    let script = script.to_str().unwrap();
    let file = &scripts(&folder, &PEOPLE[..1])[0];
    let printed = pwsh.accepts(&["-NoProfile", "-File", script, file]);
    assert!(printed.contains("time stamp by CN=tsa authority"), "{printed}");
    let good = folder.text(file);
    let at = good.len() - 60;
    let mut bytes = good.into_bytes();
    bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
    folder.file("damaged.ps1", bytes);
    pwsh.refuses(&["-NoProfile", "-File", script, "damaged.ps1"]);
}

/// A script that osslsigncode signed with the test identity, and its own authority `tsa` stamped.
fn signed_by_osslsigncode(folder: &Folder) -> Option<()> {
    let openssl = openssl(folder)?;
    Authority::new(&openssl, folder, "tsa");
    folder.file("list.csv", "email,name\nada@q.com,Ada\n");
    folder.run(["generate", "list.csv", "--out", "out", "--unsigned"]).exits(0);
    scripts(folder, &PEOPLE[..1]);
    let osslsigncode = tool("osslsigncode", folder.path(), knows_scripts)?;
    osslsigncode.accepts(&[
        "sign",
        "-certs",
        "id/cert.pem",
        "-key",
        "id/key.pem",
        "-h",
        "sha256",
        "-TSA-certs",
        "tsa.pem",
        "-TSA-key",
        "tsa.key",
        "-in",
        "ada_q.com.ps1",
        "-out",
        "signed.ps1",
    ]);
    Some(())
}

#[test]
fn a_time_stamp_of_osslsigncode_s_own_authority_is_read() {
    let folder = Folder::new();
    folder.identity();
    if signed_by_osslsigncode(&folder).is_none() {
        return;
    }
    folder
        .run(JUDGED.iter().chain(&["signed.ps1"]))
        .exits(0)
        .stdout_has("1 time stamp by CN=tsa authority");
    folder.run(["inspect", "signed.ps1"]).exits(0).stdout_has("time stamp   20");
}

#[test]
fn the_second_checker_judges_time_stamps_as_verify_does() {
    let Some((folder, server)) = served(Way::Good) else { return };
    stamped(&folder, &server, &[]).exits(0);
    Authority::new(&openssl(&folder).unwrap(), &folder, "other");
    let script = project("scripts/verify-folder");
    let probe = runs(&["--help"]);
    let Some(second) = tool(script.to_str().unwrap(), folder.path(), probe) else { return };
    for (roots, holds) in [("tsa-ca.pem", true), ("", true), ("other-ca.pem", false)] {
        let mut args = vec!["out", "--ca", "id/ca.pem"];
        if !roots.is_empty() {
            args.extend(["--timestamp-ca", roots]);
        }
        let (ours, _) = folder.run(["verify"].iter().chain(&args)).ends();
        assert_eq!(ours == Some(0), holds, "{roots}");
        let (theirs, printed) = second.says(&args);
        assert_eq!(theirs, holds, "{roots}: {printed}");
        assert_eq!(printed.contains("its time stamp does not hold"), !holds, "{printed}");
    }
}
