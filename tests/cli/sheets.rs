//! Spreadsheets that other programs made. `tests/data/sheets/README.md` says how.

use std::fs::{self, File};
use std::io::Write;

use crate::support::{Folder, project};
use mailmuster::input::{List, ReadOptions, Row, RowContent, Source};

/// A folder with that spreadsheet.
fn with(name: &str) -> Folder {
    let folder = Folder::new();
    folder.file(name, fs::read(project("tests/data/sheets").join(name)).unwrap());
    folder
}

fn rows(name: &str, sheet: Option<&str>) -> Vec<Row> {
    let source = Source::file(project("tests/data/sheets").join(name));
    let options = ReadOptions { sheet: sheet.map(str::to_owned), ..ReadOptions::default() };
    let list = List::open(source, &options).unwrap();
    let mut reader = list.rows().unwrap();
    std::iter::from_fn(|| reader.next_row().unwrap()).collect()
}

/// Place, address, name and id of everybody who can be read.
fn people(name: &str, sheet: Option<&str>) -> Vec<(String, String, String, String)> {
    rows(name, sheet)
        .iter()
        .filter_map(|row| match &row.content {
            RowContent::Person(person) => Some((
                row.location.to_string(),
                person.address.to_string(),
                person.display_name.to_string(),
                person.id.as_ref().map(|id| id.as_str().to_owned()).unwrap_or_default(),
            )),
            _ => None,
        })
        .collect()
}

fn person(place: &str, address: &str, name: &str, id: &str) -> (String, String, String, String) {
    (place.to_owned(), address.to_owned(), name.to_owned(), id.to_owned())
}

#[test]
fn every_format_reads_the_same_and_numbers_stay_whole() {
    for name in ["staff.xlsx", "shared.xlsx", "staff.xls", "staff.ods", "staff.xlsb"] {
        assert_eq!(
            people(name, None),
            [
                person("row 2", "ada@centurylink.net", "Ada Lovelace", "123456"),
                person("row 3", "zoe@q.com", "Zoë Müller", "7"),
            ],
            "{name}"
        );
        with(name).run(["check", name, "--quiet"]).exits(1).stderr_is(&format!(
            "error: `{name}` row 4, column `E-Mail`: `not-an-address` is not an address: it has no `@`\n  \
             hint: an address is written name@domain, for example ada@centurylink.net"
        ));
    }
}

#[test]
fn a_list_need_not_begin_in_the_first_cell() {
    assert_eq!(
        people("titles.xlsx", None),
        [
            person("row 5", "ada@centurylink.net", "Ada Lovelace", "123456"),
            person("row 6", "zoe@q.com", "Zoë Müller", "7"),
        ]
    );
    with("titles.xlsx")
        .run(["check", "titles.xlsx"])
        .exits(1)
        .stderr_has("note: row 2 is a title and is ignored")
        .stderr_has("error: `titles.xlsx` row 7, column `E-Mail`");
}

#[test]
fn the_first_visible_sheet_with_something_on_it_is_read() {
    let folder = with("sheets.xlsx");
    let done = folder.run(["check", "sheets.xlsx"]).exits(0);
    done.stderr_has("sheets.xlsx: spreadsheet, sheet `Staff`");
    done.stderr_has("note: not read: sheets `Empty` and `Résumé 2`");
    assert!(!done.stderr.contains("Old") && !done.stderr.contains("Deep"), "{}", done.stderr);
}

#[test]
fn a_sheet_is_chosen_by_name_or_number() {
    let bob = person("row 2", "bob@centurylink.net", "bob@centurylink.net", "");
    for sheet in ["Résumé 2", "4"] {
        assert_eq!(people("sheets.xlsx", Some(sheet))[0], bob, "{sheet}");
    }
    // who names a hidden sheet means it
    assert_eq!(people("sheets.xlsx", Some("Old"))[0].1, "gone@centurylink.net");
    assert_eq!(people("sheets.xlsx", Some("5"))[0].1, "deep@centurylink.net");
}

#[test]
fn an_unknown_sheet_is_answered_with_those_there_are() {
    let folder = with("sheets.xlsx");
    for sheet in ["staff", "0", "6", "-1"] {
        let sheet_option = format!("--sheet={sheet}");
        folder.run(["check", "sheets.xlsx", "--quiet", &sheet_option]).exits(2).stderr_is(
            &format!(
                "error: `sheets.xlsx` has no sheet `{sheet}`\n  \
             hint: it has `Old`, `Empty`, `Staff`, `Résumé 2` and `Deep`"
            ),
        );
    }
}

#[test]
fn a_sheet_without_cells_is_empty() {
    let message = |name: &str| {
        format!(
            "error: `{name}` is empty\n  \
             hint: export the list again: it needs a header line and a row for each person"
        )
    };
    for name in ["empty.xlsx", "only-hidden.xlsx"] {
        with(name).run(["check", name, "--quiet"]).exits(2).stderr_is(&message(name));
    }
    with("sheets.xlsx")
        .run(["check", "sheets.xlsx", "--quiet", "--sheet", "Empty"])
        .exits(2)
        .stderr_is(&message("sheets.xlsx"));
}

#[test]
fn cells_are_read_as_they_look() {
    let rows = rows("kinds.xlsx", None);
    let RowContent::Person(ada) = &rows[0].content else { panic!("{:?}", rows[0].content) };
    assert_eq!(ada.id.as_ref().unwrap().as_str(), "42");
    let [setting] = &ada.settings[..] else { panic!("{:?}", ada.settings) };
    assert!(format!("{:?}", setting.value).contains("993"), "{:?}", setting.value);
    assert!(matches!(&rows[1].content, RowContent::Refused(error) if error.faults.len() == 1));
    assert!(matches!(&rows[2].content, RowContent::Skipped(skip) if skip.value == "FALSE"));
    with("kinds.xlsx").run(["check", "kinds.xlsx", "--quiet"]).exits(1).stderr_is(
        "warning: rows of `kinds.xlsx` can name mail servers of their own, in `imap port`\n\
         note: `kinds.xlsx` row 4 is skipped: `enabled` is `FALSE` (`cy@centurylink.net`)\n\
         error: `kinds.xlsx` row 3, column `imap port`: `993.5` is not a port: that is a number from 1 to 65535\n  \
         hint: correct the cell, or leave it blank to use the provider's\n\
         error: `kinds.xlsx` row 5, column `email`: the formula has no value: it was never calculated\n  \
         hint: open the file in Excel or LibreOffice and save it: then its formulas have values",
    );
}

#[test]
fn two_cells_far_apart_cost_nothing() {
    // the cells between would take 400 GB
    for (name, row) in [
        ("far-corner.xlsx", "row 1048576: the row has 16384 cells, the header has 2"),
        ("far-corner.xls", "row 65536: the row has 256 cells, the header has 1"),
    ] {
        with(name)
            .run(["check", name, "--quiet"])
            .exits(1)
            .stdout_is("checked 2 rows: 1 sound, 1 refused; nothing was written")
            .stderr_has(&format!("`{name}` {row}"));
    }
}

#[test]
fn a_file_of_more_than_a_hundred_megabytes_is_refused() {
    let folder = Folder::new();
    folder.file("list.xlsx", b"PK\x03\x04");
    let mut file = File::options().append(true).open(folder.path().join("list.xlsx")).unwrap();
    file.flush().unwrap();
    file.set_len((100 << 20) + 1).unwrap();
    folder.run(["check", "list.xlsx", "--quiet"]).exits(2).stderr_is(
        "error: `list.xlsx` is larger than the 100 MB that a spreadsheet may have\n  \
         hint: save it as CSV, which may be of any size",
    );
}

#[test]
fn a_spreadsheet_cut_short_is_refused() {
    let folder = Folder::new();
    let whole = fs::read(project("tests/data/sheets/staff.xlsx")).unwrap();
    for length in [whole.len() / 2, whole.len() - 30] {
        folder.file("list.xlsx", &whole[..length]);
        folder.run(["check", "list.xlsx", "--quiet"]).exits(2).stderr_is(
            "error: `list.xlsx` cannot be read as a spreadsheet: the file is damaged or cut short\n  \
             hint: open it in Excel or LibreOffice and save it as XLSX or CSV",
        );
    }
}

#[test]
fn a_spreadsheet_from_standard_input_is_read() {
    let folder = Folder::new();
    let bytes = fs::read(project("tests/data/sheets/sheets.xlsx")).unwrap();
    folder
        .run(["check", "-", "--quiet"])
        .stdin(bytes)
        .exits(0)
        .stdout_is("checked 2 rows: 2 sound, 0 refused; nothing was written");
}
