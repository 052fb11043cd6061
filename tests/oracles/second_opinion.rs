//! `scripts/verify-folder`, which shares nothing with the program but `openssl`, gives the verdict
//! that `mailmuster verify` gives: for good folders, changed ones, and ones whose changes are covered
//! by new digests and a new signature of the run.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use mailmuster::sign::identity::IdentityFiles;
use mailmuster::sign::{Identities, Signing, SigningIdentity};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::support::{AT, Folder, project};
use super::tool::{runs, tool};

const ADA: &str = "out/bundles/ada_q.com.zip";
const BEA: &str = "out/bundles/bea_q.com.zip";
const LIST: &str = "email,name\nada@q.com,Ada\nbea@q.com,Bea\nnué+x@q.com,Nu\n";
const HOLDS: bool = true;
const FAILS: bool = false;

/// A run of three people, signed by `id/`.
fn good() -> Folder {
    let folder = Folder::new();
    folder.file("list.csv", LIST.replace('é', "e"));
    folder.generate("list.csv", &[]).exits(0);
    folder
}

/// What the two programs say.
fn verdicts(folder: &Folder, args: &[&str]) -> [(bool, String); 2] {
    let (code, done) = folder.run(["verify", "out"].iter().chain(args)).ends();
    let ours = (code == Some(0), format!("{}{}", done.stdout, done.stderr));
    let output = Command::new(project("scripts/verify-folder"))
        .arg("out")
        .args(args)
        .current_dir(folder.path())
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    [ours, (output.status.code() == Some(0), printed)]
}

/// Both must say `expected`. Collects what is wrong, so that one run shows all.
struct Comparison(Vec<String>);

impl Comparison {
    fn judge(&mut self, name: &str, folder: &Folder, args: &[&str], expected: bool) {
        for (who, (holds, printed)) in
            ["mailmuster verify", "scripts/verify-folder"].iter().zip(verdicts(folder, args))
        {
            if holds != expected {
                self.0.push(format!("{name} {args:?}: {who} says {holds}:\n{printed}"));
            }
        }
    }

    fn case(&mut self, name: &str, change: impl FnOnce(&Folder)) {
        let folder = good();
        change(&folder);
        self.judge(name, &folder, &["--ca", "id/ca.pem"], FAILS);
    }

    fn end(self) {
        assert!(self.0.is_empty(), "{}", self.0.join("\n"));
    }
}

/// Whether both programs can run here.
fn is_possible() -> bool {
    let folder = Folder::new();
    // `-no-CAstore` and its like came with OpenSSL 3
    let is_3 = |tool: &super::tool::Tool| match tool.says(&["version"]).1 {
        version if version.starts_with("OpenSSL 3") => Ok(()),
        version => Err(format!("{version} is not OpenSSL 3")),
    };
    tool("openssl", folder.path(), runs(&["version"])).is_some()
        && tool("openssl", folder.path(), is_3).is_some()
        && tool(
            "python3",
            folder.path(),
            runs(&["-c", "import sys; assert sys.version_info >= (3, 8)"]),
        )
        .is_some()
}

fn flip(folder: &Folder, file: &str, at: usize) {
    let mut bytes = folder.read(file);
    bytes[at] ^= 1;
    folder.file(file, bytes);
}

fn fingerprint(folder: &Folder) -> String {
    let pem = folder.read("id/cert.pem");
    let certificate = openssl::x509::X509::from_pem(&pem).unwrap();
    let digest = certificate.digest(openssl::hash::MessageDigest::sha256()).unwrap();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn good_folders_hold_for_whom_they_should() {
    if !is_possible() {
        return;
    }
    let mut comparison = Comparison(Vec::new());
    let folder = good();
    let digest = fingerprint(&folder);
    let other = digest.replace(['0', '1', '2'], "3");
    for (args, expected) in [
        (&["--ca", "id/ca.pem"][..], HOLDS),
        (&[], HOLDS),
        (&["--signer", &digest], HOLDS),
        (&["--ca", "id/ca.pem", "--signer", &digest.to_uppercase()], HOLDS),
        (&["--ca", "id/ca.pem", "--signer", "CN=Test Signer"], HOLDS),
        (&["--ca", "id/cert.pem"], HOLDS),
        (&["--signer", &other], FAILS),
        (&["--ca", "id/ca.pem", "--signer", "CN=Test"], FAILS),
        (&["--ca", "id/ca.pem", "--signer", &other, "--signer", &digest], HOLDS),
        (&["--signer", "CN=Test Signer"], FAILS),
    ] {
        comparison.judge("a good folder", &folder, args, expected);
    }
    let other = super::support::new_identity("Test Signer", OffsetDateTime::now_utc(), 30);
    folder.file("other.pem", &other[2].1);
    comparison.judge("another authority", &folder, &["--ca", "other.pem"], FAILS);
    folder.file("out/.DS_Store", b"\0\0\0\x01Bud1\0");
    folder.file("out/bundles/._ada_q.com.zip", b"\0\x05\x16\x07\0");
    comparison.judge("files of the system", &folder, &["--ca", "id/ca.pem"], HOLDS);
    comparison.end();
}

#[test]
fn what_somebody_without_the_key_can_do_is_found_by_both() {
    if !is_possible() {
        return;
    }
    let mut comparison = Comparison(Vec::new());
    comparison.case("a byte of the manifest", |folder| flip(folder, "out/manifest.jsonl", 40));
    comparison.case("a line of the manifest", |folder| {
        let text = folder.text("out/manifest.jsonl");
        let lines: Vec<&str> = text.lines().collect();
        folder.file("out/manifest.jsonl", lines[..lines.len() - 1].join("\n") + "\n");
    });
    let length = good().read("out/manifest.jsonl.p7s").len();
    for at in (0..length).step_by(97) {
        comparison.case(&format!("byte {at} of the signature"), |folder| {
            flip(folder, "out/manifest.jsonl.p7s", at);
        });
    }
    comparison.case("no signature", |folder| {
        std::fs::remove_file(folder.path().join("out/manifest.jsonl.p7s")).unwrap();
    });
    comparison.case("half a signature", |folder| {
        let bytes = folder.read("out/manifest.jsonl.p7s");
        folder.file("out/manifest.jsonl.p7s", &bytes[..bytes.len() / 2]);
    });
    comparison.case("two bundles exchanged", |folder| {
        let (ada, bea) = (folder.read(ADA), folder.read(BEA));
        folder.file(ADA, bea).file(BEA, ada);
    });
    comparison.case("a bundle gone", |folder| {
        std::fs::remove_file(folder.path().join(ADA)).unwrap();
    });
    let length = good().read(ADA).len();
    for at in (0..length).step_by(length / 12) {
        comparison.case(&format!("byte {at} of a bundle"), |folder| flip(folder, ADA, at));
    }
    for (file, content) in [
        ("out/x.txt", &b"x"[..]),
        ("out/bundles/eve_q.com.zip", b"PK"),
        ("out/bundles/x/y", b""),
        ("out/.DS_Store", b"x"),
        ("out/._x", b"\0\x05\x16\x07\0"),
        ("out/desktop.ini", b"[.ShellClassInfo]"),
    ] {
        comparison.case(file, |folder| {
            folder.file(file, content);
        });
    }
    #[cfg(unix)]
    comparison.case("a link in place of a bundle", |folder| {
        let path = folder.path().join(ADA);
        std::fs::rename(&path, folder.path().join("ada.zip")).unwrap();
        std::os::unix::fs::symlink(folder.path().join("ada.zip"), &path).unwrap();
    });
    comparison.case("another signer of the same name", |folder| {
        let files =
            super::support::new_identity("Test Signer", at() - time::Duration::days(9), 900);
        for (name, content) in files.iter().take(2) {
            folder.file(&format!("id/{name}"), content);
        }
        std::fs::remove_dir_all(folder.path().join("out")).unwrap();
        folder.run(signed_by_id()).exits(0);
    });
    comparison.end();
}

fn signed_by_id() -> [&'static str; 10] {
    let [list, at] = ["list.csv", AT];
    [
        "generate",
        list,
        "--out",
        "out",
        "--at",
        at,
        "--sign-cert",
        "id/cert.pem",
        "--sign-key",
        "id/key.pem",
    ]
}

fn at() -> OffsetDateTime {
    OffsetDateTime::parse(AT, &Rfc3339).unwrap()
}

#[test]
fn what_somebody_with_the_key_covers_with_new_digests_is_found_by_both() {
    if !is_possible() {
        return;
    }
    let mut comparison = Comparison(Vec::new());
    comparison.judge("the same again", &resealed(|_| {}, |_| {}), &["--ca", "id/ca.pem"], HOLDS);
    let mut case = |name: &str, folder: &Folder| {
        comparison.judge(name, folder, &["--ca", "id/ca.pem"], FAILS);
    };
    let change_files = |change: fn(&mut Files)| resealed(change, |_| {});
    let change_line = |change: fn(&mut Value)| resealed(|_| {}, change);
    case("other addresses", &change_line(|line| line["addresses"] = json!(["eve@q.com"])));
    case("another person", &change_line(|line| line["person"] = json!("0".repeat(32))));
    case("another size", &change_line(|line| line["size"] = json!(1)));
    case("a path outside", &change_line(|line| line["bundle"] = json!("bundles/../../x.zip")));
    case("bytes behind a bundle", &resealed_zip(|zip| zip.push(0)));
    case(
        "another file mode",
        &resealed_zip(|zip| {
            let at = zip.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
            zip[at + 41] = 0xa1;
        }),
    );
    case("another version", &resealed_zip(|zip| zip[4] = 10));
    case(
        "a profile without signature",
        &change_files(|files| {
            let profile = profile_of(files);
            profile.1 = mailmuster::sign::verify::profile_content(&profile.1).unwrap();
        }),
    );
    case(
        "a profile with a changed host",
        &change_files(|files| {
            let profile = profile_of(files);
            let at = profile.1.windows(5).position(|bytes| bytes == b"imap.").unwrap();
            profile.1[at] = b'o';
        }),
    );
    case(
        "a version of the profile's signature",
        &change_files(|files| {
            let profile = profile_of(files);
            let at =
                profile.1.windows(5).position(|bytes| bytes == b"\x02\x01\x01\x31\x0d").unwrap();
            profile.1[at + 2] = 3;
        }),
    );
    case(
        "a script with a changed host",
        &change_files(|files| {
            let script = files.iter_mut().find(|(name, _)| name.ends_with(".ps1")).unwrap();
            let at = script.1.windows(6).rposition(|bytes| bytes == b"\"imap.").unwrap();
            script.1[at + 1] = b'o';
        }),
    );
    case(
        "a script with blank lines in its block",
        &change_files(|files| {
            let script = files.iter_mut().find(|(name, _)| name.ends_with(".ps1")).unwrap();
            let end = script.1.windows(11).rposition(|bytes| bytes == b"# SIG # End").unwrap();
            script.1.splice(end..end, *b"# \r\n");
        }),
    );
    case(
        "a file that is not in the manifest",
        &resealed_with(
            |files| files.insert(1, ("windows/evil.exe".to_owned(), b"MZ".to_vec())),
            Listing::AsBefore,
            |_| {},
        ),
    );
    case(
        "two files of one name",
        &resealed_with(
            |files| files.insert(1, ("start-here.HTML".to_owned(), b"x".to_vec())),
            Listing::AsBefore,
            |_| {},
        ),
    );
    case(
        "a file with another digest",
        &resealed_with(|files| files[0].1.push(b'\n'), Listing::AsBefore, |_| {}),
    );
    comparison.end();
}

type Files = Vec<(String, Vec<u8>)>;

fn profile_of(files: &mut Files) -> &mut (String, Vec<u8>) {
    files.iter_mut().find(|(name, _)| name.ends_with(".mobileconfig")).unwrap()
}

/// Whether `manifest.json` gets the digests of changed files.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Listing {
    Anew,
    AsBefore,
}

/// A run whose first bundle and line were changed, with new digests and a new signature.
fn resealed(change: impl Fn(&mut Files), change_line: impl Fn(&mut Value)) -> Folder {
    resealed_with(change, Listing::Anew, change_line)
}

fn resealed_with(
    change: impl Fn(&mut Files),
    listing: Listing,
    change_line: impl Fn(&mut Value),
) -> Folder {
    let folder = good();
    let archive = zip::ZipArchive::new(std::io::Cursor::new(folder.read(ADA))).unwrap();
    let names: Vec<String> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    let mut files: Files =
        names.into_iter().map(|name| (name.clone(), folder.in_bundle(ADA, &name))).collect();
    let (_, json) = files.pop().unwrap();
    let mut text = String::from_utf8(json).unwrap();
    let before = files.clone();
    change(&mut files);
    if listing == Listing::Anew {
        for ((_, old), (_, new)) in before.iter().zip(&files) {
            text = text.replace(&hex(old), &hex(new));
            let (old, new) = (old.len(), new.len());
            text = text.replace(&format!("\"size\": {old},"), &format!("\"size\": {new},"));
        }
    }
    files.push(("manifest.json".to_owned(), text.into_bytes()));
    let stamp = folder.read(ADA)[10..14].to_vec();
    drop(archive);
    folder.file(ADA, pack(&files, &stamp));
    reseal(&folder, change_line);
    folder
}

fn resealed_zip(change: impl Fn(&mut Vec<u8>)) -> Folder {
    let folder = good();
    let mut bytes = folder.read(ADA);
    change(&mut bytes);
    folder.file(ADA, bytes);
    reseal(&folder, |_| {});
    folder
}

/// Gives the first bundle's line its digest, changes the line, and signs the manifest again.
fn reseal(folder: &Folder, change_line: impl Fn(&mut Value)) {
    let text = folder.text("out/manifest.jsonl");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut line: Value = serde_json::from_str(&lines[1]).unwrap();
    let bundle = folder.read(ADA);
    line["sha256"] = json!(hex(&bundle));
    line["size"] = json!(bundle.len());
    change_line(&mut line);
    lines[1] = line.to_string();
    let manifest = lines.join("\n") + "\n";
    folder.file("out/manifest.jsonl", &manifest);
    let id = |name: &str| folder.path().join("id").join(name);
    let files = IdentityFiles::Pem {
        certificate: id("cert.pem"),
        key: Some(id("key.pem")),
        chain: Some(id("ca.pem")),
    };
    let identity = SigningIdentity::load(&files, &mut |_: &Path| Ok(None), [at(); 2]).unwrap();
    let identity = Arc::new(identity);
    let identities = Identities { profiles: Arc::clone(&identity), scripts: identity };
    let signing = Signing { identities: Some(identities), time: at(), self_check: true };
    let signature = signing.detached(&Sha256::digest(&manifest).into()).unwrap().unwrap();
    folder.file("out/manifest.jsonl.p7s", signature);
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A zip archive in the form of a bundle, by another writer.
fn pack(files: &Files, stamp: &[u8]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(content).unwrap();
        let stream = encoder.finish().unwrap();
        let number = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
        let length = u16::try_from(name.len()).unwrap().to_le_bytes();
        let common = [
            &[20, 0, 0, 8, 8, 0][..],
            stamp,
            &crc32fast::hash(content).to_le_bytes(),
            &number(stream.len()),
            &number(content.len()),
            &length,
            &[0, 0],
        ]
        .concat();
        let offset = number(bytes.len());
        directory
            .extend([b"PK\x01\x02\x14\x03", &common[..], &[0; 6], &[0, 0, 0x80, 0x81]].concat());
        directory.extend([&offset[..], name.as_bytes()].concat());
        bytes.extend([b"PK\x03\x04", &common[..], name.as_bytes(), &stream].concat());
    }
    let count = u16::try_from(files.len()).unwrap().to_le_bytes();
    let sizes =
        [directory.len(), bytes.len()].map(|size| u32::try_from(size).unwrap().to_le_bytes());
    bytes.extend(directory);
    bytes.extend(
        [b"PK\x05\x06\0\0\0\0", &count[..], &count, &sizes[0], &sizes[1], &[0, 0]].concat(),
    );
    bytes
}
