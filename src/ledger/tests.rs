use std::fs::OpenOptions;
use std::io::{Seek as _, SeekFrom, Write as _};

use super::*;
use crate::domain::account::AccountKey;
use crate::domain::label::{Label, Labels};

const IDENTIFIER: &str = "com.example";
const NIGHT: &str = "2026-11-23T01:00:00Z";

fn key(digit: u8) -> PersonKey {
    let digits = format!("{digit:x}").repeat(32);
    PersonKey::from(&AccountKey::from_hex(&digits).unwrap())
}

fn record(digit: u8) -> PersonRecord {
    PersonRecord {
        key: key(digit),
        fingerprint: Some(Fingerprint([digit; 16])),
        size: 30_000,
        bundle: format!("bundles/{digit}_q.com.zip"),
        sha256: [digit; 32],
        name: "Ada \"O'Neil\"".to_owned(),
        addresses: vec![format!("a{digit}@q.com"), format!("sales{digit}@q.com")],
        labels: Labels { client: Label::of("Contoso"), ..Labels::default() },
        identifiers: vec![format!("com.example.mail-profile.{digit}")],
        settings: "{\"a\":1}".to_owned(),
        setup: Some("{}".into()),
        signers: None,
    }
}

fn empty_file(folder: &Path) -> PathBuf {
    let path = folder.join("ledger.db");
    OpenOptions::new().create_new(true).write(true).open(&path).unwrap();
    path
}

fn open(path: &Path) -> Result<Ledger, LedgerError> {
    Ledger::open(path, Access::Write, IDENTIFIER)
}

fn night(at: &str) -> NewRun {
    NewRun {
        command: Command::Generate,
        started_at: at.to_owned(),
        list: Some(("people.csv".to_owned(), "ab".to_owned())),
        provider: Some("centurylink".to_owned()),
        signers: None,
    }
}

/// A ledger with two people in it.
fn filled(folder: &Path) -> (PathBuf, RunId) {
    let path = empty_file(folder);
    let mut ledger = open(&path).unwrap();
    let run = ledger.begin(&night(NIGHT)).unwrap();
    let event = |digit| Event {
        person: key(digit),
        kind: EventKind::New,
        details: String::new(),
        action: String::new(),
    };
    ledger
        .store(run, &[record(2), record(1)], &[event(2), event(1)], &Upcoming::default())
        .unwrap();
    ledger.end(run, "2026-11-23T01:00:09Z").unwrap();
    (path, run)
}

#[test]
fn what_is_stored_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = filled(folder.path());
    let ledger = Ledger::open(&path, Access::Read, IDENTIFIER).unwrap();
    ledger.check_whole().unwrap();
    let stored = ledger.person(key(1)).unwrap().unwrap();
    assert_eq!(stored.record, record(1));
    assert_eq!((stored.state, stored.since.as_str()), (State::Current, NIGHT));
    assert_eq!(ledger.person(key(3)).unwrap(), None);
    let named = ledger.people_with("SALES2@q.com").unwrap();
    assert_eq!(named.iter().map(|person| person.record.key).collect::<Vec<_>>(), [key(2)]);
    assert_eq!(ledger.people_with("q.com").unwrap(), []);
    let known = ledger.known().unwrap();
    assert_eq!(known.iter().map(|person| person.key).collect::<Vec<_>>(), [key(1), key(2)]);
    assert!(known.get(key(1)).unwrap().has(Fingerprint([1; 16])));
    assert!(!known.get(key(1)).unwrap().has(Fingerprint([2; 16])));
    let runs = ledger.recent_runs(5).unwrap();
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].events, [("new".to_owned(), 2)]);
    assert_eq!(runs[0].ended_at.as_deref(), Some("2026-11-23T01:00:09Z"));
}

#[test]
fn nothing_is_claimed_about_a_bundle_that_is_being_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let (path, run) = filled(folder.path());
    let mut ledger = open(&path).unwrap();
    let next = Upcoming { replaced: vec![record(1).bundle], ..Upcoming::default() };
    ledger.store(run, &[], &[], &next).unwrap();
    let has = |ledger: &Ledger, digit: u8| {
        let known = ledger.known().unwrap();
        known.get(key(digit)).unwrap().has(Fingerprint([digit; 16]))
    };
    assert!(!has(&ledger, 1) && has(&ledger, 2));
    ledger.store(run, &[record(1)], &[], &Upcoming::default()).unwrap();
    assert!(has(&ledger, 1) && has(&ledger, 2));
}

#[test]
fn a_person_who_is_not_listed_leaves_and_can_return() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = filled(folder.path());
    let mut ledger = open(&path).unwrap();
    let mut known = ledger.known().unwrap();
    known.get_mut(key(1)).unwrap().listing = Listing::Sound;
    assert_eq!(known.leavers().map(|person| person.key).collect::<Vec<_>>(), [key(2)]);
    let run = ledger.begin(&night("2026-11-24T01:00:00Z")).unwrap();
    let left = Event {
        person: key(2),
        kind: EventKind::Left,
        details: "gone".to_owned(),
        action: String::new(),
    };
    ledger.set_states(run, &[(key(2), State::Left, None)], &[left]).unwrap();
    let stored = ledger.person(key(2)).unwrap().unwrap();
    assert_eq!((stored.state, stored.since.as_str()), (State::Left, "2026-11-24T01:00:00Z"));
    // the bundle is the first night's still
    assert_eq!(stored.made_at, NIGHT);
    assert_eq!(ledger.known().unwrap().count(State::Current), 1);
    let run = ledger.begin(&night("2026-11-25T01:00:00Z")).unwrap();
    ledger.store(run, &[record(2)], &[], &Upcoming::default()).unwrap();
    let stored = ledger.person(key(2)).unwrap().unwrap();
    assert_eq!((stored.state, stored.since.as_str()), (State::Current, "2026-11-25T01:00:00Z"));
    let kinds: Vec<_> =
        ledger.history(key(2)).unwrap().into_iter().map(|event| event.kind).collect();
    assert_eq!(kinds, ["left", "new"]);
}

#[test]
fn times_never_decrease() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = filled(folder.path());
    let ledger = open(&path).unwrap();
    let run = ledger.begin(&night("2020-01-01T00:00:00Z")).unwrap();
    ledger.end(run, "2020-01-01T00:00:01Z").unwrap();
    let latest = &ledger.recent_runs(1).unwrap()[0];
    assert_eq!(latest.started_at, "2026-11-23T01:00:09Z");
    assert_eq!(latest.ended_at.as_deref(), Some("2026-11-23T01:00:09Z"));
}

#[test]
fn a_group_is_stored_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let (path, run) = filled(folder.path());
    let mut ledger = open(&path).unwrap();
    let stranger = Event {
        person: key(9),
        kind: EventKind::Left,
        details: String::new(),
        action: String::new(),
    };
    assert!(ledger.store(run, &[record(4)], &[stranger], &Upcoming::default()).is_err());
    assert_eq!(ledger.person(key(4)).unwrap(), None);
}

#[test]
fn a_certificate_is_stored_once_and_a_renewal_is_recognized() {
    let folder = tempfile::tempdir().unwrap();
    let (path, run) = filled(folder.path());
    let mut ledger = open(&path).unwrap();
    let signer = |sha256: &str, key: &str| SignerRecord {
        sha256: sha256.to_owned(),
        chain_sha256: String::new(),
        key_sha256: key.to_owned(),
        subject: "CN=IT".to_owned(),
        not_after: "2028-01-01T00:00:00Z".to_owned(),
    };
    let id = ledger.signer_id(&signer("a", "k")).unwrap();
    assert_eq!(ledger.signer_id(&signer("a", "k")).unwrap(), id);
    assert!(signer("b", "k").renews(&signer("a", "k")));
    assert!(!signer("b", "other").renews(&signer("a", "k")));
    assert!(!signer("a", "k").renews(&signer("a", "k")));
    assert_eq!(ledger.signers_in_use().unwrap(), []);
    ledger
        .store(
            run,
            &[PersonRecord { signers: Some((id, id)), ..record(1) }],
            &[],
            &Upcoming::default(),
        )
        .unwrap();
    assert_eq!(ledger.signers_in_use().unwrap(), [(id, signer("a", "k"), 1)]);
}

#[test]
fn the_ledger_of_another_client_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = filled(folder.path());
    for access in [Access::Read, Access::Write] {
        let error = Ledger::open(&path, access, "org.other").unwrap_err();
        assert!(matches!(error, LedgerError::OtherClient { .. }), "{error}");
    }
}

#[test]
fn a_later_schema_is_refused_with_the_version_that_wrote_it() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = filled(folder.path());
    let db = Connection::open(&path).unwrap();
    db.execute("UPDATE folder SET tool = 'mailmuster 9.9.9'", []).unwrap();
    db.pragma_update(None, "user_version", 99).unwrap();
    drop(db);
    for access in [Access::Read, Access::Write] {
        let error = Ledger::open(&path, access, IDENTIFIER).unwrap_err();
        assert!(error.to_string().contains("mailmuster 9.9.9, which is newer"), "{error}");
        assert!(!error.is_damage());
    }
}

#[test]
fn a_database_of_another_program_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let db = Connection::open(&path).unwrap();
    db.execute_batch("CREATE TABLE notes (text)").unwrap();
    drop(db);
    let error = open(&path).unwrap_err();
    assert!(matches!(error, LedgerError::Foreign { .. }) && !error.is_damage(), "{error}");
}

#[test]
fn damage_is_recognized() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = filled(folder.path());
    let length = path.metadata().unwrap().len();
    let whole = std::fs::read(&path).unwrap();
    let file = OpenOptions::new().write(true).open(&path).unwrap();
    let error = |what: &str| {
        let found = open(&path).and_then(|ledger| {
            ledger.known()?;
            ledger.check_whole()
        });
        let error = found.expect_err(what);
        assert!(error.is_damage(), "{what}: {error}");
    };
    file.set_len(length / 2).unwrap();
    error("half of the file");
    let restore = |mut file: &std::fs::File| {
        file.seek(SeekFrom::Start(0)).unwrap();
        file.write_all(&whole).unwrap();
    };
    restore(&file);
    (&file).seek(SeekFrom::Start(0)).unwrap();
    (&file).write_all(b"PK\x03\x04 no database").unwrap();
    error("another beginning");
    for page in 1..length / 16_384 {
        restore(&file);
        (&file).seek(SeekFrom::Start(page * 16_384)).unwrap();
        (&file).write_all(&[0x5a; 16_384]).unwrap();
        error("a page of something else");
    }
}

#[cfg(unix)]
#[test]
fn a_ledger_in_place_of_a_link_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = filled(folder.path());
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    assert!(open(&link).is_err());
}

#[test]
fn a_ledger_that_the_system_does_not_show_is_not_taken_for_missing() {
    let folder = tempfile::tempdir().unwrap();
    assert!(!Ledger::exists(&folder.path().join("ledger.db")).unwrap());
    let file = empty_file(folder.path());
    assert!(!Ledger::exists(&file).unwrap());
    assert!(!Ledger::exists(&file.join("ledger.db")).unwrap());
    // a name that no file system takes, in place of a folder that this user may not search
    let error = Ledger::exists(&folder.path().join("a\0b")).unwrap_err();
    assert!(matches!(error, LedgerError::Unreadable { .. }), "{error}");
}
