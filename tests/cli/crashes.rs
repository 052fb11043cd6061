//! Runs that are killed at forty points: the ledger never claims a bundle that is missing or different, and the
//! next run completes the work and reports what the killed one did.
#![cfg(unix)]
#![allow(clippy::disallowed_methods, reason = "tests look into the folder while a run fills it")]

use std::collections::BTreeSet;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use sha2::{Digest, Sha256};

use crate::support::{AT, Folder};

const PEOPLE: usize = 400;

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
fn list(night: usize) -> String {
    let mut list = "email,name,id\n".to_owned();
    for n in 0..PEOPLE {
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

/// Files without a signature of their own: the run does the same work on the disk in less time.
const ARGS: [&str; 12] = [
    "generate",
    "list.csv",
    "--out",
    "out",
    "--at",
    AT,
    "--only",
    "sheet,android-autodiscover",
    "--sign-cert",
    "id/cert.pem",
    "--sign-key",
    "id/key.pem",
];

fn run(folder: &Folder) {
    folder.run(ARGS.iter().chain(&["--quiet"])).exits(0);
}

/// Address and kind of each change that the last run reported.
fn changes(folder: &Folder) -> BTreeSet<(String, String)> {
    let text = folder.text("out/changes.csv");
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let rows = reader.records().map(|row| row.unwrap());
    rows.map(|row| (row[0].to_owned(), row[2].to_owned())).collect()
}

impl Nights {
    fn new() -> Self {
        let folder = Folder::new();
        folder.identity();
        let mut takes = [Duration::ZERO; 2];
        let whole = [0, 1].map(|night| {
            folder.file("list.csv", list(night));
            let start = Instant::now();
            run(&folder);
            takes[night] = start.elapsed();
            let whole = Whole::of(&folder);
            if night == 0 {
                copy(&folder, "out", "first");
            }
            whole
        });
        Self { folder, takes, whole }
    }

    /// A folder as it was before the run of `night`.
    fn before(&self, night: usize) {
        let _ = fs::remove_dir_all(self.folder.path().join("out"));
        self.folder.file("list.csv", list(night));
        if night == 1 {
            copy(&self.folder, "first", "out");
        }
    }

    fn kill_at(&self, night: usize, point: Point) {
        let Self { folder, .. } = self;
        self.before(night);
        let mut child = Command::new(env!("CARGO_BIN_EXE_mailmuster"))
            .args(ARGS)
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
        run(folder);
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
        folder.run(["verify", "out", "--ca", "id/ca.pem", "--quiet"]).exits(0);
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
    let nights = Nights::new();
    for point in FIRST_NIGHT {
        nights.kill_at(0, point);
    }
}

#[test]
fn a_later_run_that_is_killed_at_any_point_is_completed_by_the_next() {
    let nights = Nights::new();
    for point in SECOND_NIGHT {
        nights.kill_at(1, point);
    }
}
