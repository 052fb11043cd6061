//! After the end of the signer's certificate: what has a time stamp holds, and what has none does not.

use super::super::tool::{runs, tool};
use super::super::windows::knows_scripts;
use super::authority::{Way, scripts};
use super::{PEOPLE, served};
use crate::support::new_identity;
use time::OffsetDateTime;

#[test]
fn a_stamped_script_outlives_the_certificate_and_an_unstamped_one_does_not() {
    let Some((folder, server)) = served(Way::Good) else { return };
    let Some(faketime) = tool("faketime", folder.path(), runs(&["-m", "2030-01-01", "true"]))
    else {
        return;
    };
    // ends in ten days
    for (name, bytes) in new_identity("Short", OffsetDateTime::now_utc(), 10) {
        folder.file(&format!("short/{name}"), bytes);
    }
    folder.identity();
    let make = |more: &[&str]| {
        let args = [
            "generate",
            "list.csv",
            "--out",
            "out",
            "--sign-cert",
            "short/cert.pem",
            "--sign-key",
            "short/key.pem",
            "--sign-chain",
            "short/ca.pem",
            "--all",
        ];
        folder.run(args.iter().chain(more)).exits(0);
        scripts(&folder, &PEOPLE[..1]);
        folder.read("ada_q.com.ps1")
    };
    let unstamped = make(&[]);
    let url = server.url();
    let stamped = make(&["--timestamp-url", &url, "--timestamp-ca", "tsa-ca.pem"]);
    folder.file("unstamped.ps1", unstamped).file("stamped.ps1", stamped);
    let later = |args: &[&str]| {
        let program = env!("CARGO_BIN_EXE_mailmuster");
        faketime.says(&[&["-m", "2030-01-01 12:00:00", program], args].concat())
    };
    let judged = ["verify", "--ca", "short/ca.pem", "--timestamp-ca", "tsa-ca.pem"];
    let (holds, printed) = later(&[&judged[..], &["unstamped.ps1"]].concat());
    assert!(!holds && printed.contains("certificate has expired"), "{printed}");
    let (holds, printed) = later(&[&judged[..], &["stamped.ps1"]].concat());
    assert!(holds, "{printed}");
    assert!(printed.contains("1 signature holds by the time stamp"), "{printed}");
    // with an old key, anyone can set up an authority of their own
    let (holds, printed) = later(&["verify", "--ca", "short/ca.pem", "stamped.ps1"]);
    assert!(!holds && printed.contains("counts only if --timestamp-ca names"), "{printed}");
    let (holds, printed) = later(&["verify", "stamped.ps1"]);
    assert!(holds, "{printed}");
    let Some(_) = tool("osslsigncode", folder.path(), knows_scripts) else { return };
    let others = |file: &str| {
        faketime.says(&[
            "-m",
            "2030-01-01 12:00:00",
            "osslsigncode",
            "verify",
            "-CAfile",
            "short/ca.pem",
            "-TSA-CAfile",
            "tsa-ca.pem",
            "-in",
            file,
        ])
    };
    let (holds, printed) = others("stamped.ps1");
    assert!(holds, "{printed}");
    let (holds, printed) = others("unstamped.ps1");
    assert!(!holds, "{printed}");
}
