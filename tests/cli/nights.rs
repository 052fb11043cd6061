//! Thirty nights: people join, leave, are retired, return and change, one night a column of ids appears, and
//! after each night the folder is what a run into a new folder would make of that night's list.

mod company;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read};

use mailmuster::sign::verify::Envelope;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::support::Folder;
use company::{Company, Dice, Person};

const SEED: u64 = 0x5eed_2026_1129;
const NIGHTS: i64 = 30;
const PEOPLE: usize = 24;
/// The night on which the renewed certificate signs first.
const RENEWAL: i64 = 17;
/// The night on which the list has a column of ids first: most people have another key from then on.
const IDS: i64 = 9;

/// What is special about a night.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Night {
    /// The list is whole; a row may be refused, and leavers may be in it as such.
    Usual,
    /// So it is, and leavers are retired.
    Retire,
    /// The list has the people who joined in the day, and no other.
    Add,
}

impl Night {
    fn of(night: i64) -> Self {
        match night % 5 {
            2 if night != RENEWAL => Self::Add,
            4 => Self::Retire,
            _ => Self::Usual,
        }
    }
}

/// What the folder must know of a person.
#[derive(Clone, Debug)]
struct Known {
    last: Person,
    state: &'static str,
    signer: &'static str,
    /// Whether the bundle is in the folder: not once another person got the address.
    has_bundle: bool,
}

/// A line of `changes.csv` without the action.
type Change = (String, String, String, String);

/// The fields that are different, as an admin reads them.
fn details(old: &Person, new: &Person) -> String {
    let has_moved = old.address != new.address;
    let moved = |field: &str| format!("{field}: {} → {}", old.address, new.address);
    let mut details = Vec::new();
    details.extend(has_moved.then(|| moved("address")));
    let is_renamed = old.name != new.name;
    details.extend(is_renamed.then(|| format!("name: {} → {}", old.name, new.name)));
    details.extend(["imap login", "smtp login"].map(moved).into_iter().filter(|_| has_moved));
    let speaks_other = old.language != new.language;
    details.extend(speaks_other.then(|| format!("language: {} → {}", old.language, new.language)));
    details.join("; ")
}

/// Brings `known` up to date with the night's list, and gives what must be in `changes.csv`. `sound` are the
/// people with a sound row, `refused` the keys of those with another.
fn advance(
    known: &mut BTreeMap<String, Known>,
    (company, night): (&Company, Night),
    sound: &[Person],
    refused: &BTreeSet<String>,
    signer: &'static str,
) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut note = |person: &Person, kind: &str, details: String| {
        changes.push((person.address.clone(), person.name.clone(), kind.to_owned(), details));
    };
    let mut named = refused.clone();
    for person in sound {
        let key = company.key(person).to_owned();
        let old = known.get(&key);
        let details = old.map(|old| details(&old.last, person)).unwrap_or_default();
        match old {
            None => note(person, "new", details),
            Some(old) if old.state != "current" => note(person, "returned", details),
            Some(_) if !details.is_empty() => note(person, "changed", details),
            Some(old) if old.signer != signer => note(person, "signer-renewed", details),
            Some(_) => {}
        }
        let new = Known { last: person.clone(), state: "current", signer, has_bundle: true };
        known.insert(key.clone(), new);
        named.insert(key);
    }
    let is_current = |known: &Known| known.state == "current";
    let taken: BTreeSet<String> = known
        .iter()
        .filter(|(key, known)| is_current(known) && (named.contains(*key) || night == Night::Add))
        .map(|(_, known)| known.last.address.clone())
        .collect();
    for (_, person) in known.iter_mut().filter(|(key, _)| !named.contains(*key)) {
        let is_free = !taken.contains(&person.last.address);
        if night == Night::Retire && is_free && person.state != "retired" {
            note(&person.last, "retired", String::new());
            person.state = "retired";
        } else if night != Night::Add && is_current(person) {
            note(&person.last, "left", String::new());
            person.state = "left";
        }
        person.has_bundle &= is_current(person) || person.state == "retired" || is_free;
    }
    changes.sort();
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

/// The lines of the manifest about rows of the list, without digests and sizes, and all others: addresses
/// and states.
fn manifest(folder: &Folder, out: &str) -> (Vec<serde_json::Value>, Vec<(String, String)>) {
    let (mut listed, mut others) = (Vec::new(), Vec::new());
    for line in folder.text(&format!("{out}/manifest.jsonl")).lines().skip(1) {
        let mut line: serde_json::Value = serde_json::from_str(line).unwrap();
        if line["line"].is_null() {
            let address = line["addresses"][0].as_str().unwrap().to_owned();
            others.push((address, line["state"].as_str().unwrap_or("current").to_owned()));
        } else {
            (line["sha256"], line["size"]) = ("".into(), "".into());
            listed.push(line);
        }
    }
    others.sort();
    (listed, others)
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

fn generate(
    folder: &Folder,
    (list, out): (&str, &str),
    identity: &str,
    at: &str,
    more: &[&str],
    exit: i32,
) {
    let files = ["cert", "key", "ca"].map(|name| format!("{identity}/{name}.pem"));
    let [cert, key, ca] = &files;
    let command = ["generate", list, "--out", out, "--at", at, "--quiet"];
    let signer = ["--sign-cert", cert, "--sign-key", key, "--sign-chain", ca];
    folder.run(command.into_iter().chain(signer).chain(more.iter().copied())).exits(exit);
}

/// Compares the folder `out` with `fresh`, which a run into a new folder has made of the same list, and with
/// what it must know.
fn compare(folder: &Folder, known: &BTreeMap<String, Known>, sound: &[Person], context: &str) {
    let (listed, others) = manifest(folder, "out");
    let (fresh, none) = manifest(folder, "fresh");
    assert_eq!((listed, none), (fresh, Vec::new()), "{context}");
    assert_eq!(report(folder, "out"), report(folder, "fresh"), "{context}");
    let names: BTreeSet<_> = folder.files("fresh/bundles").into_iter().collect();
    for name in &names {
        let [out, fresh] =
            ["out", "fresh"].map(|out| contents(folder.read(&format!("{out}/bundles/{name}"))));
        assert!(out == fresh, "{context}: {name}");
    }
    let mut wanted = Vec::new();
    for Known { last, state, has_bundle, .. } in known.values() {
        let is_listed = *state == "current" && sound.contains(last);
        let file = |state: &str| (last.address.clone(), state.to_owned());
        wanted.extend((*has_bundle && !is_listed).then(|| file(state)));
        wanted.extend((*state == "retired").then(|| file("removal")));
    }
    wanted.sort();
    let kept = wanted.iter().filter(|(_, state)| ["current", "left"].contains(&&state[..])).count();
    assert_eq!(others, wanted, "{context}");
    assert_eq!(folder.files("out/bundles").len(), names.len() + kept, "{context}");
    let retired = known.values().filter(|known| known.state == "retired").count();
    let rows = if retired > 0 { rows(folder, "out/retired/identifiers.csv").len() } else { 0 };
    assert_eq!(rows, retired, "{context}");
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
    let mut known: BTreeMap<String, Known> = BTreeMap::new();
    let mut seen = BTreeMap::new();
    for number in 0..NIGHTS {
        let night = Night::of(number);
        let context = format!("seed {SEED:#x}, night {number}, {night:?}");
        let before = company.staff.len();
        match night {
            Night::Add => (0..=dice.below(3)).for_each(|_| company.join()),
            _ if number > 0 => company.day(&mut dice),
            _ => {}
        }
        company.has_ids = number >= IDS;
        let people = if night == Night::Add { &company.staff[before..] } else { &company.staff };
        // nobody is refused who has nothing yet, nor when everybody gets another key
        let may_fail = night == Night::Usual && ![0, IDS].contains(&number);
        let is_known = |person: &Person| {
            known.get(company.key(person)).is_some_and(|known| known.state == "current")
        };
        let at = dice.below(people.len());
        let refused: Vec<usize> =
            Some(at).filter(|at| may_fail && is_known(&people[*at])).into_iter().collect();
        let leavers = &company.gone[..dice.below(company.gone.len().min(3) + 1)];
        let leavers = if night == Night::Usual { leavers } else { &[] };
        folder.file("list.csv", company.list(people, leavers, &refused));
        let identity = if number < RENEWAL { "id" } else { "id2" };
        let at = (start + Duration::days(number)).format(&Rfc3339).unwrap();
        let flags: &[&str] = match night {
            Night::Usual => &[],
            Night::Retire => &["--retire"],
            Night::Add => &["--add"],
        };
        let exit = i32::from(!refused.is_empty());
        generate(&folder, ("list.csv", "out"), identity, &at, flags, exit);
        generate(&folder, ("list.csv", "fresh"), identity, &at, &[], exit);
        let mut sound = people.to_vec();
        let refused = refused.iter().map(|at| company.key(&sound.remove(*at)).to_owned()).collect();
        let changes = advance(&mut known, (&company, night), &sound, &refused, identity);
        let mut found = reported(&folder);
        found.sort();
        for (_, _, kind, _) in &found {
            *seen.entry(kind.clone()).or_insert(0) += 1;
        }
        assert_eq!(found, changes, "{context}");
        compare(&folder, &known, &sound, &context);
        folder.run(["verify", "out", "--ca", "id/ca.pem", "--quiet"]).exits(0);
        std::fs::remove_dir_all(folder.path().join("fresh")).unwrap();
    }
    let kinds: Vec<&str> = seen.keys().map(String::as_str).collect();
    assert_eq!(kinds, ["changed", "left", "new", "retired", "returned", "signer-renewed"]);
    assert!(seen.values().all(|count| *count > 3), "{seen:?}");
}
