use std::path::Path;

use super::OutputFolder;
use crate::output::Trust;
use crate::output::layout::{BUNDLES, LEDGER, RETIRED};

/// A new folder, and a function that names the folders in it that a flush would make durable now, then flushes.
fn folder_in(root: &Path) -> (OutputFolder, impl Fn(&OutputFolder) -> Vec<String>) {
    let root = root.join("out");
    let folder = OutputFolder::open(&root, Trust::Own).unwrap();
    let flushed = move |folder: &OutputFolder| {
        let unflushed = folder.unflushed.take();
        for path in &unflushed {
            folder.unflushed.note(&path.join("any"));
        }
        folder.flush(&[]).unwrap();
        assert!(folder.unflushed.take().is_empty());
        let inner = |path: &std::path::PathBuf| {
            path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/")
        };
        unflushed.iter().map(inner).collect()
    };
    (folder, flushed)
}

#[test]
fn each_folder_whose_entries_changed_is_flushed() {
    let temporary = tempfile::tempdir().unwrap();
    let (folder, flushed) = folder_in(temporary.path());
    assert_eq!(flushed(&folder), [""], "`{BUNDLES}` is new");
    assert!(flushed(&folder).is_empty());

    let path = "bundles/c4/ada_q.com.zip";
    folder.make_parent(path).unwrap();
    assert_eq!(flushed(&folder), [BUNDLES]);
    folder.make_parent(path).unwrap();
    let staged = folder.stage(path, b"bundle").unwrap();
    assert!(flushed(&folder).is_empty(), "nothing is in its place yet");
    folder.place(vec![staged]).unwrap();
    assert_eq!(flushed(&folder), ["bundles/c4"]);
    let staged = folder.stage(path, b"bundle").unwrap();
    folder.place(vec![staged]).unwrap();
    assert!(flushed(&folder).is_empty(), "the same bytes are there");

    let path = "retired/ada_q.com.c4c4c4c4.zip";
    folder.make_parent(path).unwrap();
    folder.put(path, b"bundle").unwrap();
    assert_eq!(flushed(&folder), ["", RETIRED]);
    folder.remove("bundles/c4/ada_q.com.zip").unwrap();
    folder.remove("bundles/c4/ada_q.com.zip").unwrap();
    assert_eq!(flushed(&folder), ["bundles/c4"]);
}

#[test]
fn a_file_of_lines_is_flushed_with_its_folder_once_it_is_in_its_place() {
    let temporary = tempfile::tempdir().unwrap();
    let (folder, flushed) = folder_in(temporary.path());
    folder.make_parent("retired/x").unwrap();
    flushed(&folder);
    let mut file = folder.line_file("retired/identifiers.csv").unwrap();
    file.write(b"line\r\n").unwrap();
    assert!(flushed(&folder).is_empty());
    file.finish().unwrap();
    assert_eq!(flushed(&folder), [RETIRED]);
}

#[test]
fn a_new_ledger_is_flushed_with_its_folder() {
    let temporary = tempfile::tempdir().unwrap();
    let (folder, flushed) = folder_in(temporary.path());
    flushed(&folder);
    folder.ledger().unwrap();
    assert_eq!(flushed(&folder), [""]);
    folder.ledger().unwrap();
    assert!(flushed(&folder).is_empty(), "`{LEDGER}` is there already");
    let place = folder.place_ledger(|_| Ok::<_, crate::output::OutputError>(())).unwrap();
    assert!(place.ends_with(LEDGER));
    assert_eq!(flushed(&folder), [""]);
}

#[test]
fn a_file_that_was_set_aside_is_never_replaced() {
    let temporary = tempfile::tempdir().unwrap();
    let (folder, _) = folder_in(temporary.path());
    let aside = |bytes: &[u8]| {
        folder.put("report.csv", bytes).unwrap();
        folder.set_aside("report.csv", |number| format!("report.{number}.csv"))
    };
    for number in 1..=100_u8 {
        assert_eq!(aside(&[number]).unwrap(), Some(format!("report.{number}.csv")));
    }
    let error = aside(b"one too many").unwrap_err();
    assert!(matches!(error, crate::output::OutputError::NoFreeName { .. }), "{error:?}");
    for number in 1..=100_u8 {
        let path = folder.root().join(format!("report.{number}.csv"));
        assert_eq!(std::fs::read(path).unwrap(), [number]);
    }
    assert_eq!(std::fs::read(folder.root().join("report.csv")).unwrap(), b"one too many");
}

#[test]
fn what_is_not_there_needs_no_other_name() {
    let temporary = tempfile::tempdir().unwrap();
    let (folder, _) = folder_in(temporary.path());
    assert_eq!(folder.set_aside("report.csv", |number| number.to_string()).unwrap(), None);
}
