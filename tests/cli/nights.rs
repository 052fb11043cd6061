//! Thirty nights: people join, leave, return and change, and after each night the folder is what a run into a
//! new folder would make of that night's list.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read};

use mailmuster::sign::verify::Envelope;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::support::Folder;

const SEED: u64 = 0x5eed_2026_1129;
const NIGHTS: i64 = 30;
const PEOPLE: usize = 40;
/// The night on which the renewed certificate signs first.
const RENEWAL: i64 = 17;

/// Numbers that look random (xorshift64*), the same for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33).unwrap() % most
    }
}

/// A row of the list. About every third person has no id and is known by the address.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Person {
    id: Option<String>,
    address: String,
    name: String,
    department: String,
}

impl Person {
    fn new(number: usize) -> Self {
        Self {
            id: (!number.is_multiple_of(3)).then(|| format!("E{number}")),
            address: format!("p{number}@centurylink.net"),
            name: format!("Person {number}"),
            department: format!("Team {}", number % 4),
        }
    }

    fn key(&self) -> &str {
        self.id.as_ref().unwrap_or(&self.address)
    }
}

/// The people of one night, and those who left and may return.
#[derive(Clone, Default)]
struct Company {
    staff: Vec<Person>,
    gone: Vec<Person>,
    /// How many people there have ever been.
    joined: usize,
}

impl Company {
    fn join(&mut self) {
        self.staff.push(Person::new(self.joined));
        self.joined += 1;
    }

    /// What happens in a day.
    fn day(&mut self, dice: &mut Dice) {
        for _ in 0..dice.below(4) {
            let at = dice.below(self.staff.len());
            self.gone.push(self.staff.remove(at));
        }
        for _ in 0..dice.below(3) {
            if self.gone.len() > 3 {
                let at = dice.below(self.gone.len());
                self.staff.push(self.gone.remove(at));
            }
        }
        for _ in 0..dice.below(4) {
            self.join();
        }
        for _ in 0..dice.below(4) {
            let at = dice.below(self.staff.len());
            let new = dice.below(1_000_000);
            match (dice.below(3), &mut self.staff[at]) {
                (0, Person { id: Some(_), address, .. }) => {
                    *address = format!("r{new}@centurylink.net");
                }
                (1, Person { department, .. }) => *department = format!("Team {}", new % 4),
                (_, Person { name, .. }) => *name = format!("Renamed {new}"),
            }
        }
        if dice.below(3) == 0 {
            let middle = dice.below(self.staff.len());
            self.staff.rotate_left(middle);
        }
    }

    fn list(&self) -> String {
        let rows = self.staff.iter().map(|Person { id, address, name, department }| {
            format!("{address},{name},{},{department}\n", id.as_deref().unwrap_or_default())
        });
        format!("email,name,id,department\n{}", rows.collect::<String>())
    }
}

/// A line of `changes.csv` without the action.
type Change = (String, String, String, String);

/// The fields that are different, as an admin reads them.
fn details(old: &Person, new: &Person) -> Vec<String> {
    let has_moved = old.address != new.address;
    let moved = |field: &str| format!("{field}: {} → {}", old.address, new.address);
    let mut details = Vec::new();
    details.extend(has_moved.then(|| moved("address")));
    let is_renamed = old.name != new.name;
    details.extend(is_renamed.then(|| format!("name: {} → {}", old.name, new.name)));
    details.extend(["imap login", "smtp login"].map(moved).into_iter().filter(|_| has_moved));
    details
}

/// What has happened between two nights, from the two lists alone. `last` has everybody as the last list
/// with them did, `is_renewed` whether the certificate is another one than the night before.
fn expected(
    before: &[Person],
    now: &[Person],
    last: &BTreeMap<String, Person>,
    is_renewed: bool,
) -> BTreeSet<Change> {
    let change = |person: &Person, kind: &str, details: Vec<String>| {
        let details = details.join("; ");
        (person.address.clone(), person.name.clone(), kind.to_owned(), details)
    };
    let mut changes = BTreeSet::new();
    for person in now {
        let Some(old) = last.get(person.key()) else {
            changes.insert(change(person, "new", Vec::new()));
            continue;
        };
        let details = details(old, person);
        let was_here = before.iter().any(|old| old.key() == person.key());
        if !was_here {
            changes.insert(change(person, "returned", details));
        } else if !details.is_empty() {
            changes.insert(change(person, "changed", details));
        } else if is_renewed {
            changes.insert(change(person, "signer-changed", details));
        }
    }
    for old in before {
        if now.iter().all(|person| person.key() != old.key()) {
            changes.insert(change(old, "left", Vec::new()));
        }
    }
    changes
}

/// The rows of a CSV file below its header.
fn rows(folder: &Folder, file: &str) -> Vec<Vec<String>> {
    let bytes = folder.read(file);
    let mut reader = csv::Reader::from_reader(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap());
    let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect());
    rows.collect()
}

/// The changes that the run reported. Each says what the person has to do.
fn reported(folder: &Folder) -> Vec<Change> {
    rows(folder, "out/changes.csv")
        .into_iter()
        .map(|row| {
            let [address, name, change, details, action] = <[String; 5]>::try_from(row).unwrap();
            assert!(!action.is_empty(), "{address}");
            (address, name, change, details)
        })
        .collect()
}

/// The files of a bundle without what is different from run to run: signatures, times and digests.
fn contents(bytes: Vec<u8>) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut files = BTreeMap::new();
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).unwrap();
        let name = entry.name().unwrap().into_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        if name.ends_with(".mobileconfig") || name.ends_with(".ps1") {
            content = Envelope::of(&content).content.expect("a signed file").to_vec();
        } else if name == "manifest.json" {
            let mut manifest: serde_json::Value = serde_json::from_slice(&content).unwrap();
            manifest["made_at"] = "".into();
            for signer in ["profiles", "scripts"] {
                manifest["signers"][signer]["sha256"] = "".into();
            }
            for file in manifest["files"].as_array_mut().unwrap() {
                (file["sha256"], file["size"]) = ("".into(), "".into());
            }
            content = manifest.to_string().into_bytes();
        }
        files.insert(name, content);
    }
    files
}

/// The lines of the manifest about people in the list, without digests and sizes, and the paths of all
/// others with their states.
fn manifest(folder: &Folder, out: &str) -> (Vec<serde_json::Value>, BTreeMap<String, String>) {
    let (mut listed, mut absent) = (Vec::new(), BTreeMap::new());
    for line in folder.text(&format!("{out}/manifest.jsonl")).lines().skip(1) {
        let mut line: serde_json::Value = serde_json::from_str(line).unwrap();
        if let Some(state) = line["state"].as_str() {
            let address = line["addresses"][0].as_str().unwrap().to_owned();
            absent.insert(address, state.to_owned());
        } else {
            (line["sha256"], line["size"]) = ("".into(), "".into());
            listed.push(line);
        }
    }
    (listed, absent)
}

/// The lines of the report about rows of the list, without the outcome.
fn report(folder: &Folder, out: &str) -> Vec<Vec<String>> {
    let mut rows = rows(folder, &format!("{out}/report.csv"));
    rows.retain(|row| !row[0].is_empty());
    for row in &mut rows {
        row[2].clear();
    }
    rows
}

fn generate(folder: &Folder, out: &str, identity: &str, at: OffsetDateTime) {
    let files = ["cert", "key", "ca"].map(|name| format!("{identity}/{name}.pem"));
    let at = at.format(&Rfc3339).unwrap();
    let [cert, key, ca] = &files;
    let command = ["generate", "list.csv", "--out", out, "--at", &at, "--quiet"];
    let signer = ["--sign-cert", cert, "--sign-key", key, "--sign-chain", ca];
    folder.run(command.into_iter().chain(signer)).exits(0);
}

/// Compares the folder `out` with `fresh`, which a run into a new folder has made.
fn compare(folder: &Folder, company: &Company, context: &str) {
    let (listed, absent) = manifest(folder, "out");
    let (fresh, _) = manifest(folder, "fresh");
    assert_eq!(listed, fresh, "{context}");
    assert_eq!(report(folder, "out"), report(folder, "fresh"), "{context}");
    let here: BTreeSet<_> = company.staff.iter().map(|person| &person.address).collect();
    let gone = company.gone.iter().filter(|person| !here.contains(&person.address));
    let gone: BTreeMap<_, _> =
        gone.map(|person| (person.address.clone(), "left".to_owned())).collect();
    assert_eq!(absent, gone, "{context}");
    let names: BTreeSet<_> = folder.files("fresh/bundles").into_iter().collect();
    for name in &names {
        let [out, fresh] =
            ["out", "fresh"].map(|out| contents(folder.read(&format!("{out}/bundles/{name}"))));
        assert!(out == fresh, "{context}: {name}");
    }
    let kept = folder.files("out/bundles").len();
    assert_eq!(kept, names.len() + gone.len(), "{context}");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "new certificates begin now")]
fn after_each_of_thirty_nights_the_folder_is_what_its_list_makes() {
    let folder = Folder::new();
    folder.run(["identity", "new", "--out", "id", "--quiet"]).exits(0);
    folder.run(["identity", "renew", "id", "--out", "id2", "--days", "3000", "--quiet"]).exits(0);
    let start = OffsetDateTime::now_utc();
    let mut dice = Dice(SEED);
    let mut company = Company::default();
    (0..PEOPLE).for_each(|_| company.join());
    let (mut before, mut last) = (Vec::new(), BTreeMap::new());
    for night in 0..NIGHTS {
        let context = format!("seed {SEED:#x}, night {night}");
        folder.file("list.csv", company.list());
        let identity = if night < RENEWAL { "id" } else { "id2" };
        let at = start + Duration::days(night);
        generate(&folder, "out", identity, at);
        let changes = expected(&before, &company.staff, &last, night == RENEWAL);
        let found = reported(&folder);
        assert_eq!(found.len(), changes.len(), "{context}: {found:?}");
        assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), changes, "{context}");
        generate(&folder, "fresh", identity, at);
        compare(&folder, &company, &context);
        folder.run(["verify", "out", "--ca", "id/ca.pem", "--quiet"]).exits(0);
        std::fs::remove_dir_all(folder.path().join("fresh")).unwrap();
        before.clone_from(&company.staff);
        last.extend(company.staff.iter().map(|person| (person.key().to_owned(), person.clone())));
        company.day(&mut dice);
    }
}
