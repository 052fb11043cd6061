//! `scripts/verify-folder`, which shares nothing with the program but `openssl`, gives the verdict
//! that `mailmuster verify` gives: for good folders, changed ones, and ones whose changes are covered
//! by new digests and a new signature of the run.

mod exports;
mod reseal;

use std::process::Command;
use std::sync::OnceLock;

use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::{BasicConstraints, ExtendedKeyUsage};
use openssl::x509::{X509, X509NameBuilder};
use serde_json::{Value, json};
use time::macros::datetime;

use reseal::{Files, Listing, profile_of, resealed, resealed_with, resealed_zip};

use super::support::{AT, Folder, project, without_signature};
use super::tool::{runs, tool};
use Verdict::{Fails, Holds};

const ADA: &str = "out/bundles/ada_q.com.zip";
const BEA: &str = "out/bundles/bea_q.com.zip";
const LIST: &str = "email,name\nada@q.com,Ada\nbea@q.com,Bea\nnu+x@q.com,Nu\n";

/// A run of three people, signed by `id/`: a copy of one that is made once.
fn good() -> Folder {
    static RUN: OnceLock<Folder> = OnceLock::new();
    let run = RUN.get_or_init(|| {
        let folder = Folder::new();
        folder.file("list.csv", LIST);
        folder.generate("list.csv", &[]).exits(0);
        folder
    });
    let copy = Folder::new();
    for file in run.files("") {
        copy.file(&file, run.read(&file));
    }
    copy
}

/// What a program reports about a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Holds,
    Fails,
}

impl Verdict {
    fn of(code: Option<i32>) -> Self {
        if code == Some(0) { Holds } else { Fails }
    }
}

/// The verdicts of the two programs, with what they print.
fn verdicts(folder: &Folder, args: &[&str]) -> [(Verdict, String); 2] {
    let (code, done) = folder.run(["verify", "out"].iter().chain(args)).ends();
    let ours = (Verdict::of(code), format!("{}{}", done.stdout, done.stderr));
    let output = Command::new(project("scripts/verify-folder"))
        .arg("out")
        .args(args)
        .current_dir(folder.path())
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    [ours, (Verdict::of(output.status.code()), printed)]
}

/// Both must give `expected`. Collects what is wrong, so that one run shows all.
struct Comparison(Vec<String>);

impl Comparison {
    fn judge(&mut self, name: &str, folder: &Folder, args: &[&str], expected: Verdict) {
        for (who, (verdict, printed)) in
            ["mailmuster verify", "scripts/verify-folder"].iter().zip(verdicts(folder, args))
        {
            if verdict != expected {
                self.0.push(format!("{name} {args:?}: {who} says {verdict:?}:\n{printed}"));
            }
        }
    }

    fn case(&mut self, name: &str, change: impl FnOnce(&Folder)) {
        let folder = good();
        change(&folder);
        self.judge(name, &folder, &["--ca", "id/ca.pem"], Fails);
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
    let certificate = X509::from_pem(&pem).unwrap();
    let digest = certificate.digest(MessageDigest::sha256()).unwrap();
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
        (&["--ca", "id/ca.pem"][..], Holds),
        (&[], Holds),
        (&["--signer", &digest], Holds),
        (&["--ca", "id/ca.pem", "--signer", &digest.to_uppercase()], Holds),
        (&["--ca", "id/ca.pem", "--signer", "CN=Test Signer"], Holds),
        (&["--ca", "id/cert.pem"], Holds),
        (&["--signer", &other], Fails),
        (&["--ca", "id/ca.pem", "--signer", "CN=Test"], Fails),
        (&["--ca", "id/ca.pem", "--signer", &other, "--signer", &digest], Holds),
        (&["--signer", "CN=Test Signer"], Fails),
    ] {
        comparison.judge("a good folder", &folder, args, expected);
    }
    let other = super::support::new_identity("Test Signer", datetime!(2026-01-01 00:00 UTC), 30);
    folder.file("other.pem", &other[2].1);
    comparison.judge("another authority", &folder, &["--ca", "other.pem"], Fails);
    folder.file("out/.DS_Store", b"\0\0\0\x01Bud1\0");
    folder.file("out/bundles/._ada_q.com.zip", b"\0\x05\x16\x07\0");
    comparison.judge("files of the system", &folder, &["--ca", "id/ca.pem"], Holds);
    comparison.end();
}

/// A P-256 certificate for `subject`, made by `issuer` or by itself, with these extended usages.
fn certificate(
    subject: &str,
    issuer: Option<&(X509, PKey<Private>)>,
    usages: &[&str],
) -> (X509, PKey<Private>) {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let key = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
    let mut name = X509NameBuilder::new().unwrap();
    name.append_entry_by_text("O", "Åcme, Ltd").unwrap();
    name.append_entry_by_text("CN", subject).unwrap();
    let name = name.build();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    let serial = BigNum::from_u32(u32::try_from(subject.len()).unwrap()).unwrap();
    builder.set_serial_number(&serial.to_asn1_integer().unwrap()).unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(issuer.map_or(&*name, |(issuer, _)| issuer.subject_name())).unwrap();
    let from = datetime!(2026-01-01 00:00 UTC).unix_timestamp();
    builder.set_not_before(&Asn1Time::from_unix(from).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::from_unix(from + 300_000_000).unwrap()).unwrap();
    builder.set_pubkey(&key).unwrap();
    if usages == ["ca"] {
        builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
    } else if !usages.is_empty() {
        let mut extension = ExtendedKeyUsage::new();
        for usage in usages {
            extension.other(usage);
        }
        builder.append_extension(extension.build().unwrap()).unwrap();
    }
    builder.sign(issuer.map_or(&key, |(_, key)| key), MessageDigest::sha256()).unwrap();
    (builder.build(), key)
}

#[test]
fn what_a_certificate_is_for_counts_unless_it_is_named() {
    if !is_possible() {
        return;
    }
    let mut comparison = Comparison(Vec::new());
    let root = certificate("Root", None, &["ca"]);
    let middle = certificate("Middle", Some(&root), &["ca"]);
    for (usages, formats, expected) in [
        (&["codeSigning", "emailProtection"][..], "apple-profile,windows-script", Holds),
        (&["emailProtection"], "apple-profile", Holds),
        (&["emailProtection"], "windows-script", Fails),
        (&[], "apple-profile", Holds),
        (&["codeSigning"], "apple-profile", Fails),
        (&["serverAuth"], "apple-profile", Fails),
        (&["anyExtendedKeyUsage"], "apple-profile", Holds),
    ] {
        let (leaf, key) = certificate("The Signer", Some(&middle), usages);
        let folder = Folder::new();
        let chain = [middle.0.to_pem().unwrap(), root.0.to_pem().unwrap()].concat();
        folder
            .file("list.csv", LIST)
            .file("chain.pem", chain)
            .file("root.pem", root.0.to_pem().unwrap());
        folder.file("root.der", root.0.to_der().unwrap());
        folder.file("id/cert.pem", leaf.to_pem().unwrap());
        folder.file("key.pem", key.private_key_to_pem_pkcs8().unwrap());
        let generate = [
            "generate",
            "list.csv",
            "--out",
            "out",
            "--at",
            AT,
            "--only",
            formats,
            "--sign-cert",
            "id/cert.pem",
            "--sign-key",
            "key.pem",
            "--sign-chain",
            "chain.pem",
        ];
        folder.run(generate).exits(0);
        let name = format!("{usages:?} for {formats}");
        let subject = "CN=The Signer, O=Åcme, Ltd";
        comparison.judge(&name, &folder, &["--ca", "root.pem"], expected);
        comparison.judge(&name, &folder, &["--ca", "root.der", "--signer", subject], Holds);
        comparison.judge(&name, &folder, &["--signer", &fingerprint(&folder)], Holds);
        comparison.judge(&name, &folder, &[], Holds);
    }
    comparison.end();
}

#[test]
fn what_an_attacker_without_the_key_can_do_is_found_by_both() {
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
    for at in (0..length).step_by(211) {
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
    for foreign in ["precious".to_owned(), format!("flat{}precious", " ".repeat(20))] {
        comparison.case("foreign content in the lock", |folder| {
            folder.file("out/.mailmuster.lock", foreign);
        });
    }
    comparison.case("a bundle gone", |folder| {
        std::fs::remove_file(folder.path().join(ADA)).unwrap();
    });
    let length = good().read(ADA).len();
    for at in (0..length).step_by(length / 8) {
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
            super::support::new_identity("Test Signer", datetime!(2026-01-01 00:00 UTC), 900);
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

#[test]
fn what_an_attacker_with_the_key_covers_with_new_digests_is_found_by_both() {
    if !is_possible() {
        return;
    }
    let mut comparison = Comparison(Vec::new());
    comparison.judge("the same again", &resealed(|_| {}, |_| {}), &["--ca", "id/ca.pem"], Holds);
    let mut case = |name: &str, folder: &Folder| {
        comparison.judge(name, folder, &["--ca", "id/ca.pem"], Fails);
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
            profile.1 = without_signature(&profile.1);
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
            let at = script.1.windows(7).rposition(|bytes| bytes == b"\"=imap.").unwrap();
            script.1[at + 2] = b'o';
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
