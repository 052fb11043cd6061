//! Runs that are killed at 56 points: the ledger never claims a bundle that is missing or different, and the
//! next run completes the work and reports what the killed one did.
#![cfg(unix)]
#![allow(clippy::disallowed_methods, reason = "tests look into the folder while a run fills it")]

use std::collections::BTreeSet;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use openssl::asn1::Asn1Time;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::PKey;
use openssl::x509::extension::ExtendedKeyUsage;
use openssl::x509::{X509, X509NameBuilder};
use rusqlite::Connection;
use sha2::{Digest, Sha256};

use crate::support::{AT, Folder};

/// When a run is killed.
#[derive(Clone, Copy, Debug)]
enum Point {
    /// After so many hundredths of the time that a whole run takes.
    Time(u32),
    /// Once so many bundles are written beside their places.
    Staged(usize),
    /// Once so many bundles are in their places.
    Placed(usize),
    /// Once the file exists.
    File(&'static str),
}

const FIRST_NIGHT: [Point; 20] = [
    Point::Time(5),
    Point::Time(15),
    Point::Time(25),
    Point::Time(35),
    Point::Time(50),
    Point::Time(70),
    Point::Time(85),
    Point::Time(95),
    Point::Staged(1),
    Point::Staged(100),
    Point::Staged(250),
    Point::Staged(399),
    Point::Placed(1),
    Point::Placed(100),
    Point::Placed(250),
    Point::Placed(400),
    Point::File("out/ledger.db"),
    Point::File("out/manifest.jsonl"),
    Point::File("out/manifest.jsonl.p7s"),
    Point::File("out/changes.csv"),
];

const SECOND_NIGHT: [Point; 20] = [
    Point::Time(5),
    Point::Time(15),
    Point::Time(25),
    Point::Time(35),
    Point::Time(45),
    Point::Time(55),
    Point::Time(60),
    Point::Time(65),
    Point::Time(70),
    Point::Time(75),
    Point::Time(80),
    Point::Time(90),
    Point::Staged(1),
    Point::Staged(20),
    Point::Staged(50),
    Point::Placed(391),
    Point::Placed(398),
    Point::File("out/ledger.db-journal"),
    Point::File("out/.manifest.jsonl.part"),
    Point::File("out/.changes.csv.part"),
];

/// For files that are signed, in either night.
const SIGNED: [Point; 8] = [
    Point::Time(20),
    Point::Time(40),
    Point::Time(60),
    Point::Time(80),
    Point::Staged(8),
    Point::Placed(50),
    Point::File("out/.manifest.jsonl.part"),
    Point::File("out/.changes.csv.part"),
];

impl Point {
    /// Waits until the point is reached or the run has ended.
    fn wait(self, folder: &Folder, child: &mut Child, whole: Duration) {
        let start = Instant::now();
        let count = |is_counted: &dyn Fn(&str) -> bool| {
            let Ok(entries) = fs::read_dir(folder.path().join("out/bundles")) else { return 0 };
            let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
            names.filter(|name| is_counted(name)).count()
        };
        while child.try_wait().unwrap().is_none() {
            let is_reached = match self {
                Self::Time(hundredths) => start.elapsed() >= whole * hundredths / 100,
                Self::Staged(most) => count(&|name| name.ends_with(".part")) >= most,
                Self::Placed(most) => count(&|name| name.ends_with(".zip")) >= most,
                Self::File(name) => folder.exists(name),
            };
            if is_reached {
                return;
            }
            sleep(Duration::from_micros(300));
        }
    }
}

/// Two nights of a folder, each made without interruption.
struct Nights {
    folder: Folder,
    files: Files,
    /// How long a run of each night takes.
    takes: [Duration; 2],
    whole: [Whole; 2],
}

/// What a run without interruption leaves.
struct Whole {
    files: Vec<String>,
    manifest: String,
    changes: BTreeSet<(String, String)>,
}

impl Whole {
    fn of(folder: &Folder) -> Self {
        let files = folder.files("out");
        let (manifest, changes) = (folder.text("out/manifest.jsonl"), changes(folder));
        Self { files, manifest, changes }
    }
}

/// The list of the first night, or that of the second: some people joined, left, moved and changed.
fn list(people: usize, night: usize) -> String {
    let mut list = "email,name,id\n".to_owned();
    for n in 0..people {
        let (mut address, mut name) = (format!("p{n}@q.com"), format!("Person {n}"));
        if night == 1 {
            match n % 40 {
                1 => continue,
                2 => address = format!("moved{n}@q.com"),
                n if n % 6 == 0 => name = format!("Renamed {n}"),
                _ => {}
            }
        }
        list.push_str(&format!("{address},{name},E{n}\n"));
    }
    for n in 0..night * 8 {
        list.push_str(&format!("new{n}@q.com,New {n},N{n}\n"));
    }
    list
}

/// What a run makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Files {
    /// Those without a signature of their own: the run does the same work on the disk in less time.
    Unsigned,
    /// All, signed with ECDSA, which is faster than RSA; its signatures are the same each time (RFC 6979).
    Signed,
}

impl Files {
    fn args(self) -> Vec<&'static str> {
        let args = ["generate", "list.csv", "--out", "out", "--at", AT];
        let own: &[&str] = match self {
            Self::Unsigned => &[
                "--only",
                "sheet,android-autodiscover",
                "--sign-cert",
                "id/cert.pem",
                "--sign-key",
                "id/key.pem",
            ],
            Self::Signed => &["--sign-cert", "ec.pem"],
        };
        args.into_iter().chain(own.iter().copied()).collect()
    }

    fn people(self) -> usize {
        match self {
            Self::Unsigned => 400,
            Self::Signed => 100,
        }
    }

    fn run(self, folder: &Folder) {
        folder.run(self.args().iter().chain(&["--quiet"])).exits(0);
    }

    fn authority(self) -> &'static str {
        match self {
            Self::Unsigned => "id/ca.pem",
            Self::Signed => "ec.pem",
        }
    }
}

/// A certificate for everything, with its key, and its own authority.
fn ecdsa_identity() -> Vec<u8> {
    let curve = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let key = PKey::from_ec_key(EcKey::generate(&curve).unwrap()).unwrap();
    let mut name = X509NameBuilder::new().unwrap();
    name.append_entry_by_text("CN", "Quick").unwrap();
    let name = name.build();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(&name).unwrap();
    builder.set_pubkey(&key).unwrap();
    builder.set_not_before(&Asn1Time::from_unix(1_700_000_000).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::from_unix(2_400_000_000).unwrap()).unwrap();
    let usage = ExtendedKeyUsage::new().code_signing().email_protection().build().unwrap();
    builder.append_extension(usage).unwrap();
    builder.sign(&key, MessageDigest::sha256()).unwrap();
    [builder.build().to_pem().unwrap(), key.private_key_to_pem_pkcs8().unwrap()].concat()
}

/// Address and kind of each change that the last run reported.
fn changes(folder: &Folder) -> BTreeSet<(String, String)> {
    let text = folder.text("out/changes.csv");
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let rows = reader.records().map(|row| row.unwrap());
    rows.map(|row| (row[0].to_owned(), row[2].to_owned())).collect()
}

impl Nights {
    fn new(files: Files) -> Self {
        let folder = Folder::new();
        folder.identity();
        folder.file("ec.pem", ecdsa_identity());
        let mut takes = [Duration::ZERO; 2];
        let whole = [0, 1].map(|night| {
            folder.file("list.csv", list(files.people(), night));
            let start = Instant::now();
            files.run(&folder);
            takes[night] = start.elapsed();
            let whole = Whole::of(&folder);
            if night == 0 {
                copy(&folder, "out", "first");
            }
            whole
        });
        Self { folder, files, takes, whole }
    }

    /// A folder as it was before the run of `night`.
    fn before(&self, night: usize) {
        let _ = fs::remove_dir_all(self.folder.path().join("out"));
        self.folder.file("list.csv", list(self.files.people(), night));
        if night == 1 {
            copy(&self.folder, "first", "out");
        }
    }

    fn kill_at(&self, night: usize, point: Point) {
        let Self { folder, files, .. } = self;
        self.before(night);
        let mut child = Command::new(env!("CARGO_BIN_EXE_mailmuster"))
            .args(files.args())
            .current_dir(folder.path())
            .env("HOME", folder.path().join("home"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        point.wait(folder, &mut child, self.takes[night]);
        let _ = child.kill();
        child.wait().unwrap();
        let (events, ended) = judge_claims(folder, point);
        files.run(folder);
        let (whole, found) = (&self.whole[night], Whole::of(folder));
        assert_eq!(found.files, whole.files, "{point:?}");
        assert!(found.manifest == whole.manifest, "{point:?}");
        if ended == night {
            let missing: Vec<_> = events.difference(&found.changes).collect();
            assert!(missing.is_empty(), "{point:?}: {missing:?}");
            assert_eq!(found.changes, whole.changes, "{point:?}");
        } else {
            // the killed run had reported everything itself
            assert_eq!(found.changes, BTreeSet::new(), "{point:?}");
        }
        judge_claims(folder, point);
        folder.run(["verify", "out", "--ca", files.authority(), "--quiet"]).exits(0);
    }
}

fn copy(folder: &Folder, from: &str, to: &str) {
    for name in folder.files(from) {
        folder.file(&format!("{to}/{name}"), folder.read(&format!("{from}/{name}")));
    }
}

/// Every bundle that the ledger describes is there and has the digest. Gives what happened in runs that did not
/// end, and how many did.
fn judge_claims(folder: &Folder, point: Point) -> (BTreeSet<(String, String)>, usize) {
    let aside = tempfile::tempdir().unwrap();
    for name in ["ledger.db", "ledger.db-journal"] {
        let _ = fs::copy(folder.path().join("out").join(name), aside.path().join(name));
    }
    let ledger = Connection::open(aside.path().join("ledger.db")).unwrap();
    let tables: u32 =
        ledger.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).unwrap();
    if tables == 0 {
        return (BTreeSet::new(), 0);
    }
    let sql = "SELECT bundle, sha256 FROM person WHERE fingerprint IS NOT NULL AND bundle <> ''";
    let mut claims = ledger.prepare(sql).unwrap();
    let mut claims = claims.query([]).unwrap();
    while let Some(claim) = claims.next().unwrap() {
        let (bundle, sha256): (String, [u8; 32]) = (claim.get(0).unwrap(), claim.get(1).unwrap());
        let content = folder.read(&format!("out/{bundle}"));
        assert_eq!(Sha256::digest(content)[..], sha256, "{point:?}: {bundle}");
    }
    let ended = "SELECT count(*) FROM run WHERE ended_at IS NOT NULL";
    let ended: usize = ledger.query_row(ended, [], |row| row.get(0)).unwrap();
    let sql = "SELECT addresses, kind FROM event JOIN person ON person.id = event.person
               WHERE event.run > (SELECT coalesce(max(id), 0) FROM run WHERE ended_at IS NOT NULL)";
    let mut events = ledger.prepare(sql).unwrap();
    let events = events.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    (events.map(Result::unwrap).collect(), ended)
}

#[test]
fn a_first_run_that_is_killed_at_any_point_is_completed_by_the_next() {
    let nights = Nights::new(Files::Unsigned);
    for point in FIRST_NIGHT {
        nights.kill_at(0, point);
    }
}

#[test]
fn a_later_run_that_is_killed_at_any_point_is_completed_by_the_next() {
    let nights = Nights::new(Files::Unsigned);
    for point in SECOND_NIGHT {
        nights.kill_at(1, point);
    }
}

#[test]
fn runs_with_signed_files_that_are_killed_are_completed_by_the_next() {
    let nights = Nights::new(Files::Signed);
    for night in [0, 1] {
        for point in SIGNED {
            nights.kill_at(night, point);
        }
    }
}
