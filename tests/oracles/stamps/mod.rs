//! Time stamps: `openssl ts` and osslsigncode give them, osslsigncode and .NET read what was made here.

mod authority;
mod ended;
mod failures;
mod others;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mailmuster::artifact::SignatureFormat;
use mailmuster::sign::certificate::read_all;
use mailmuster::sign::verify::{Trust, open};
use time::OffsetDateTime;

use authority::{Authority, Server, Way, scripts};

use super::support::{Folder, SIGN};
use super::tool::{Tool, runs, tool};

const LIST: &str = "email,name\nada@q.com,Ada\nbea@q.com,Bea\n";
const PEOPLE: [&str; 2] = ["ada_q.com", "bea_q.com"];

fn openssl(folder: &Folder) -> Option<Tool> {
    tool("openssl", folder.path(), runs(&["version"]))
}

/// A folder with a list, and a server with an authority `tsa` that treats requests in this `way`.
fn served(way: Way) -> Option<(Folder, Server)> {
    let folder = Folder::new();
    folder.file("list.csv", LIST);
    let openssl = openssl(&folder)?;
    let server = Server::start(Authority::new(&openssl, &folder, "tsa"), way);
    Some((folder, server))
}

/// A run with time stamps of `server`, judged by the root of `tsa`.
fn stamped(folder: &Folder, server: &Server, more: &[&str]) -> super::support::Run {
    let url = server.url();
    let args = ["--timestamp-url", &url, "--timestamp-ca", "tsa-ca.pem"];
    folder.generate("list.csv", &[&args[..], more].concat())
}

const JUDGED: [&str; 5] = ["verify", "--ca", "id/ca.pem", "--timestamp-ca", "tsa-ca.pem"];

#[test]
fn a_run_asks_once_for_each_script_and_sends_a_digest_alone() {
    let Some((folder, server)) = served(Way::Good) else { return };
    let done = stamped(&folder, &server, &[]).exits(0);
    done.stderr_has("2 time stamps at ");
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    for (head, body) in &requests {
        assert!(head.starts_with("POST /tsa HTTP/1.1\r\n"), "{head}");
        assert!(
            head.to_lowercase().contains("content-type: application/timestamp-query"),
            "{head}"
        );
        assert!(!head.contains("q.com") && !head.contains("ada"), "{head}");
        // version, algorithm, 32 bytes of digest, 16 bytes of nonce, certReq
        assert_eq!(body.len(), 77, "{body:x?}");
    }
    assert_ne!(requests[0].1, requests[1].1);
    let mut all = JUDGED.to_vec();
    all.push("out");
    folder
        .run(&all)
        .exits(0)
        .stdout_has("2 time stamps by CN=tsa authority")
        .stdout_has("under CN=tsa root");
    folder
        .run(["inspect", "out/bundles/ada_q.com.zip"])
        .exits(0)
        .stdout_has("by CN=tsa authority")
        .stdout_has("policy 1.2.3.4.1");
    // another night: nothing to sign, nothing to ask for
    stamped(&folder, &server, &[]).exits(0).stdout_has("2 unchanged");
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn every_flipped_byte_of_a_time_stamp_is_refused() {
    let Some((folder, server)) = served(Way::Good) else { return };
    stamped(&folder, &server, &[]).exits(0);
    let script = &scripts(&folder, &PEOPLE[..1])[0];
    let text = folder.text(script);
    let (before, block) = text.split_once("# SIG # Begin signature block\r\n").unwrap();
    let block = block.strip_suffix("# SIG # End signature block\r\n").unwrap();
    let block = STANDARD.decode(block.replace("# ", "").replace("\r\n", "")).unwrap();
    let whole = |block: &[u8]| {
        let base64 = STANDARD.encode(block);
        let lines = base64.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap());
        let lines: String = lines.map(|line| format!("# {line}\r\n")).collect();
        format!("{before}# SIG # Begin signature block\r\n{lines}# SIG # End signature block\r\n")
    };
    let roots = |name: &str| read_all(&folder.read(name)).unwrap();
    let trust = Trust::new(roots("id/ca.pem"), OffsetDateTime::now_utc());
    let trust = trust.with_stamps(roots("tsa-ca.pem"));
    let holds = |block: &[u8]| {
        let script = whole(block).into_bytes();
        open(SignatureFormat::AuthenticodeScript, &script, &trust).verdict.is_ok()
    };
    assert!(holds(&block));
    let kind = [0x2b, 6, 1, 4, 1, 0x82, 0x37, 3, 3, 1];
    let start = block.windows(kind.len()).position(|window| window == kind).unwrap();
    let mut changed = block.clone();
    for at in start - 6..block.len() {
        changed[at] ^= 1 << (at % 8);
        assert!(!holds(&changed), "byte {at}");
        changed[at] = block[at];
    }
}

#[test]
fn resign_gives_time_stamps_to_those_who_have_none() {
    let Some((folder, server)) = served(Way::Good) else { return };
    folder
        .generate("list.csv", &[])
        .exits(0)
        .stderr_has("their signatures end with the certificate, on 2035-");
    let done = stamped(&folder, &server, &[]).exits(0);
    done.stderr_has(
        "keep their files, and the script in `bundles/ada_q.com.zip` has no time stamp",
    );
    assert_eq!(server.requests().len(), 0);
    let url = server.url();
    let resign = || {
        let stamps = ["--timestamp-url", &url, "--timestamp-ca", "tsa-ca.pem"];
        folder.run(["resign", "out"].iter().chain(&SIGN).chain(&stamps))
    };
    resign().exits(0).stdout_has("2 bundles in out signed again");
    assert_eq!(server.requests().len(), 2);
    resign().exits(0).stdout_has("nothing to do");
    assert_eq!(server.requests().len(), 2);
    let done = stamped(&folder, &server, &[]).exits(0);
    assert!(!done.stderr.contains("has no time stamp"), "{}", done.stderr);
    folder.run(JUDGED.iter().chain(&["out"])).exits(0).stdout_has("2 time stamps by");
}

#[test]
fn exports_have_time_stamps() {
    let Some((folder, server)) = served(Way::Good) else { return };
    folder.identity();
    folder.file("fleet.csv", "email,name\nada@q.com,Ada\n");
    let url = server.url();
    let export = |kind: &str, list: &str, more: &[&str]| {
        let args = ["export", kind, list, "--out", kind];
        let stamps = ["--timestamp-url", &url, "--timestamp-ca", "tsa-ca.pem"];
        let done = folder.run(args.iter().chain(&SIGN).chain(&stamps).chain(more)).exits(0);
        let scripts = scripts_of_export(&folder, kind);
        assert!(!scripts.is_empty(), "{kind}");
        for (name, script) in &scripts {
            folder.file("one.ps1", script);
            let done = folder.run(JUDGED.iter().chain(&["one.ps1"])).ends().1;
            assert!(done.stdout.contains("1 time stamp by CN=tsa authority"), "{name}: {done:?}");
        }
        (scripts.len(), done)
    };
    let (scripts, done) = export("windows", "fleet.csv", &["--user-names", "local-part"]);
    done.stderr_has("3 time stamps at ");
    assert_eq!((scripts, server.requests().len()), (3, 3), "one request for each script");
    // for each person a script and the pair of a remediation
    let (scripts, done) = export("intune", "list.csv", &["--per-person"]);
    done.stderr_has("4 time stamps at ");
    assert!(scripts >= 6);
    assert_eq!(server.requests().len(), 7);
}

/// The scripts in the export `kind`, with their files: as they are, or in base64 as Graph takes them.
fn scripts_of_export(folder: &Folder, kind: &str) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for path in folder.files(kind) {
        let name = format!("{kind}/{path}");
        if path.ends_with(".ps1") && !path.starts_with("Push-") {
            found.push((name.clone(), folder.read(&name)));
        }
        let json: Option<serde_json::Value> = serde_json::from_slice(&folder.read(&name)).ok();
        let fields = json.as_ref().and_then(serde_json::Value::as_object).into_iter().flatten();
        for (key, value) in fields.filter(|(key, _)| key.ends_with("criptContent")) {
            let script = STANDARD.decode(value.as_str().unwrap()).unwrap();
            found.push((format!("{name}: {key}"), script));
        }
    }
    found
}
