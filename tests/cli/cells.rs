//! A cell means what the spreadsheet shows.

use std::fs;

use calamine::{Data, Reader, open_workbook_auto};
use mailmuster::input::{List, ReadOptions, RowContent, Source};

use crate::spreadsheets::{Xlsx, biff12, ods, ods_cell, ods_row, row, wide, xlsb};
use crate::support::{Folder, project};

/// A folder with that spreadsheet.
fn with(name: &str) -> Folder {
    let folder = Folder::new();
    folder.file(name, fs::read(project("tests/data/sheets/meaning").join(name)).unwrap());
    folder
}

/// Place, address, name and id of each person, and the reason why each other row has no person.
fn people(bytes: &[u8]) -> Vec<String> {
    let source = Source::spool(bytes).unwrap();
    let list = List::open(source, &ReadOptions::default()).unwrap();
    let mut rows = list.rows().unwrap();
    std::iter::from_fn(|| rows.next_row().unwrap())
        .map(|row| match row.content {
            RowContent::Person(person) => {
                let id = person.id.as_ref().map_or("", |id| id.as_str());
                let department = person.labels.department.as_ref().map_or("", |l| l.as_str());
                format!(
                    "{}: {} {} {id} {department}",
                    row.location.number, person.address, person.display_name
                )
                .trim_end()
                .to_owned()
            }
            RowContent::Skipped(skip) => format!("{}: {skip}", row.location.number),
            RowContent::Refused(error) => {
                let faults: Vec<_> = error.faults.iter().map(|fault| fault.code()).collect();
                format!("{}: {}", row.location.number, faults.join(" "))
            }
        })
        .collect()
}

fn xlsx(rows: &[&[&str]]) -> Vec<u8> {
    Xlsx { rows: rows.iter().map(|cells| row(cells)).collect(), ..Xlsx::default() }.bytes()
}

#[test]
fn a_sheet_that_was_never_calculated_is_one_error() {
    with("a-all-uncalculated.xlsx").run(["check", "a-all-uncalculated.xlsx", "-q"]).exits(2).stderr_is(
        "error: `a-all-uncalculated.xlsx`: no formula of sheet `Staff` has a value: it was never calculated\n  \
         hint: open the file in Excel or LibreOffice and save it: then its formulas have values",
    );
}

#[test]
fn no_row_of_formulas_without_value_disappears() {
    let name = "b-some-uncalculated.xlsx";
    let bytes = fs::read(project("tests/data/sheets/meaning").join(name)).unwrap();
    let three = "uncalculated-formula uncalculated-formula uncalculated-formula";
    assert_eq!(
        people(&bytes),
        [
            format!("2: {three}"),
            format!("3: {three}"),
            format!("4: {three}"),
            "5: ada@centurylink.net Ada 9".to_owned()
        ]
    );
    with(name)
        .run(["check", name, "-q", "--write-rejects", "rejects.csv"])
        .exits(1)
        .stdout_has("checked 4 rows: 1 sound, 3 refused");
}

#[test]
fn an_address_without_value_is_a_fault_with_a_cure() {
    let name = "c-address-uncalculated.xlsx";
    with(name).run(["check", name, "-q"]).exits(1).stderr_is(
        "error: `c-address-uncalculated.xlsx` row 2, column `Email`: the formula has no value: it was never calculated\n  \
         hint: open the file in Excel or LibreOffice and save it: then its formulas have values",
    );
}

#[test]
fn formulas_of_every_writer_are_known_without_value() {
    let header: &[&str] = &["Email", "Name", "Note"];
    // openpyxl writes no value, others an empty one; an empty text is a value
    let missing = ["<c><f>A1</f></c>", "<c><f>A1</f><v/></c>", "<c><f>A1</f><v> </v></c>"];
    for formula in missing {
        let bytes = xlsx(&[header, &["a@q.com", formula, formula]]);
        assert_eq!(people(&bytes), ["2: uncalculated-formula"], "{formula}");
    }
    let empty = "<c t=\"str\"><f>A1</f><v></v></c>";
    assert_eq!(people(&xlsx(&[header, &["a@q.com", empty, empty]])), ["2: a@q.com a@q.com"]);
    // a row that shows nothing is blank, as one without cells is
    let bytes = xlsx(&[header, &["a@q.com", "A"], &[empty, empty, empty]]);
    assert_eq!(people(&bytes), ["2: a@q.com A"]);
    // xlsxwriter writes 0, and asks for all to be calculated
    let zero = "<c><f>A1</f><v>0</v></c>";
    let rows = row(header) + &row(&["a@q.com", zero]);
    let book = "<calcPr fullCalcOnLoad=\"1\"/>";
    let bytes = Xlsx { rows: rows.clone(), book, ..Xlsx::default() }.bytes();
    assert_eq!(people(&bytes), ["2: uncalculated-formula"]);
    assert_eq!(people(&Xlsx { rows, ..Xlsx::default() }.bytes()), ["2: a@q.com 0"]);
    let cells = [ods_cell("a@q.com", ""), "<table:table-cell table:formula=\"of:=[.A1]\"/>".into()];
    let rows = ods_row(&["Email", "Name"].map(|t| ods_cell(t, "")), "") + &ods_row(&cells, "");
    assert_eq!(people(&ods(&rows)), ["2: uncalculated-formula"]);
}

#[test]
fn a_header_of_formulas_without_value_is_an_error() {
    let formula = "<c><f>A1</f></c>";
    let folder = Folder::new();
    folder.file("list.xlsx", xlsx(&[&[formula, formula], &["a@q.com", "Ada"]]));
    folder.run(["check", "list.xlsx", "-q"]).exits(2).stderr_has("error: ");
}

#[test]
fn errors_and_truth_values_are_faults_where_the_field_is_used() {
    let header: &[&str] = &["Email", "Name", "Employee ID", "Department", "Note"];
    let error = "<c t=\"e\"><f>A1</f><v>#N/A</v></c>";
    let truth = "<c t=\"b\"><v>1</v></c>";
    let bytes = xlsx(&[
        header,
        &[error, "A", "1", "D", "n"],
        &["b@q.com", error, "2", "D", "n"],
        &["c@q.com", "C", error, "D", "n"],
        &["d@q.com", "D", "4", error, "n"],
        &["e@q.com", "E", "5", "D", error],
        &["f@q.com", truth, truth, "D", truth],
    ]);
    assert_eq!(
        people(&bytes),
        [
            "2: failed-formula",
            "3: failed-formula",
            "4: failed-formula",
            "5: failed-formula",
            "6: e@q.com E 5 D",
            "7: truth-value truth-value",
        ]
    );
}

#[test]
fn a_value_beside_an_inline_text_does_not_count() {
    let bytes = fs::read(project("tests/data/sheets/meaning/a-v-beside-is.xlsx")).unwrap();
    assert_eq!(people(&bytes), ["2: ada@centurylink.net Ada v 7"]);
}

#[test]
fn ids_keep_the_zeros_that_are_shown_and_none_is_rounded() {
    let bytes = fs::read(project("tests/data/sheets/meaning/ids.xlsx")).unwrap();
    assert_eq!(
        people(&bytes),
        ["2: ada@centurylink.net Ada Lovelace 00123", "3: rounded-number", "4: rounded-number"]
    );
    let id = |value: &str, style: u32| format!("<c s=\"{style}\"><v>{value}</v></c>");
    let header = ["Email", "Name", "Employee ID"];
    let ids = [id("123.0", 0), id("7", 1), id("12345678", 2), id("999999999999999", 0)];
    let rows = ["a", "b", "c", "d"].iter().zip(&ids);
    let rows: String =
        rows.map(|(name, id)| row(&[&format!("{name}@q.com"), name, id.as_str()])).collect();
    let formats = &["00000", "000-00-0000"];
    let bytes = Xlsx { rows: row(&header) + &rows, formats, ..Xlsx::default() }.bytes();
    assert_eq!(
        people(&bytes),
        [
            "2: a@q.com a 123",
            "3: b@q.com b 00007",
            "4: c@q.com c 012-34-5678",
            "5: d@q.com d 999999999999999"
        ]
    );
}

#[test]
fn an_ods_id_keeps_the_zeros_that_are_shown() {
    let number = |value: &str, shown: &str| {
        format!(
            "<table:table-cell office:value-type=\"float\" office:value=\"{value}\"><text:p>{shown}</text:p></table:table-cell>"
        )
    };
    let header = ods_row(&["Email", "Name", "Employee ID"].map(|text| ods_cell(text, "")), "");
    let person = |name: &str, id: String| {
        ods_row(&[ods_cell(&format!("{name}@q.com"), ""), ods_cell(name, ""), id], "")
    };
    let rows = [
        header,
        person("a", number("123", "00123")),
        person("b", number("1234", "1,234")),
        person("c", number("7", "7.00")),
        person("d", number("12345678901234568", "1.23E+016")),
    ];
    assert_eq!(
        people(&ods(&rows.concat())),
        ["2: a@q.com a 00123", "3: b@q.com b 1234", "4: c@q.com c 7", "5: rounded-number"]
    );
}

#[test]
fn rows_and_cells_that_are_repeated_to_the_end_of_the_sheet_cost_nothing() {
    let header = ods_row(&["Email", "Name"].map(|text| ods_cell(text, "")), "");
    let rest = "<table:table-cell table:number-columns-repeated=\"16382\"/>".to_owned();
    let blank =
        "<table:table-cell table:number-columns-repeated=\"16384\" table:style-name=\"ce1\"/>";
    let note = "<office:annotation><text:p>not a name</text:p></office:annotation>";
    let ada = format!(
        "<table:table-cell office:value-type=\"string\">{note}<text:p>Ada<text:s text:c=\"1\"/>L</text:p></table:table-cell>"
    );
    let rows = [
        "<table:table-column table:number-columns-repeated=\"16384\"/>".to_owned(),
        header,
        ods_row(&[ods_cell("a@q.com", ""), ada, rest.clone()], ""),
        ods_row(&[blank.to_owned()], "table:number-rows-repeated=\"3\""),
        ods_row(&[ods_cell("b@q.com", ""), ods_cell("Bob", ""), rest], ""),
        ods_row(&[blank.to_owned()], "table:number-rows-repeated=\"1048570\""),
    ];
    assert_eq!(people(&ods(&rows.concat())), ["2: a@q.com Ada L", "6: b@q.com Bob"]);
}

#[test]
fn cells_merged_over_rows_keep_their_value() {
    let header: &[&str] = &["Department", "Email", "Name"];
    let rows: String = [
        header,
        &["Sales", "a@q.com", "A"],
        &["<c/>", "b@q.com", "B"],
        &["<c/>", "c@q.com", "C"],
        &["<c/>", "d@q.com", "D"],
    ]
    .iter()
    .map(|cells| row(cells))
    .collect();
    let after = "<mergeCells><mergeCell ref=\"A2:A4\"/></mergeCells>";
    let expected =
        ["2: a@q.com A  Sales", "3: b@q.com B  Sales", "4: c@q.com C  Sales", "5: d@q.com D"];
    assert_eq!(people(&Xlsx { rows, after, ..Xlsx::default() }.bytes()), expected);
    let covered = || "<table:covered-table-cell/>".to_owned();
    let blank = || "<table:table-cell/>".to_owned();
    let person = |department: String, name: &str| {
        let address = ods_cell(&format!("{}@q.com", name.to_lowercase()), "");
        ods_row(&[department, address, ods_cell(name, "")], "")
    };
    let rows = [
        ods_row(&["Department", "Email", "Name"].map(|text| ods_cell(text, "")), ""),
        person(ods_cell("Sales", "table:number-rows-spanned=\"3\""), "A"),
        person(covered(), "B"),
        person(covered(), "C"),
        person(blank(), "D"),
    ];
    assert_eq!(people(&ods(&rows.concat())), expected);
}

#[test]
fn three_writers_mean_the_same() {
    for name in ["written.xls", "written.xlsx", "written.ods"] {
        let bytes = fs::read(project("tests/data/sheets/meaning").join(name)).unwrap();
        assert_eq!(
            people(&bytes),
            [
                "2: ada@centurylink.net Ada 00007 Sales",
                "3: bob@centurylink.net Bob 00123 Sales",
                "4: `Left` is `2020-01-31`",
                "5: uncalculated-formula",
            ],
            "{name}"
        );
    }
}

#[test]
fn a_day_of_leaving_is_one_in_a_spreadsheet_too() {
    let bytes = fs::read(project("tests/data/sheets/meaning/e-left-date.xlsx")).unwrap();
    assert_eq!(people(&bytes), ["2: ada@centurylink.net Ada", "3: `Left` is `2020-01-31`"]);
}

#[test]
fn a_row_of_totals_is_known_by_its_word_or_its_formula_and_only_at_the_end() {
    let header: &[&str] = &["Name", "Email", "Seats"];
    let ada: &[&str] = &["Ada", "a@q.com", "2"];
    let sum = "<c r=\"C3\"><f>SUM(C2:C2)</f><v>2</v></c>";
    let by_word = xlsx(&[header, ada, &["Total", "<c/>", sum]]);
    assert_eq!(people(&by_word)[1], "3: it is the row of totals: `Name` is `Total`");
    let row_of_sum = format!("<row r=\"3\">{sum}</row>");
    let rows = row(header) + &row(ada) + &row_of_sum;
    let by_formula = Xlsx { rows: rows.clone(), ..Xlsx::default() }.bytes();
    assert_eq!(people(&by_formula)[1], "3: it is the row of totals: `Seats` is `2`");
    let bob = row(&["Bob", "b@q.com", "1"]).replace("<row>", "<row r=\"4\">");
    let amid = Xlsx { rows: rows + &bob, ..Xlsx::default() }.bytes();
    assert_eq!(people(&amid)[1..], ["3: blank-address", "4: b@q.com Bob"]);
    let number = xlsx(&[header, ada, &["<c/>", "<c/>", "<c><v>2</v></c>"]]);
    assert_eq!(people(&number)[1], "3: blank-address");
}

#[test]
fn a_row_before_the_end_that_may_be_totals_is_copied_to_the_rejects() {
    let folder = Folder::new();
    folder.file("list.csv", "Name,Email,Seats\nTotal,,2\nAda,ada@centurylink.net,1\n");
    folder.run(["check", "list.csv", "-q", "--write-rejects", "rejects.csv"]).exits(1);
    assert!(folder.text("rejects.csv").contains("Total,,2"), "{}", folder.text("rejects.csv"));
}

#[test]
fn the_day_of_the_run_decides_who_has_left() {
    let folder = Folder::new();
    folder.file("list.csv", "Name,Email,Left\nAda,ada@centurylink.net,2026-06-30\n");
    let at =
        |moment: &str| folder.run(["check", "list.csv"]).env("SOURCE_DATE_EPOCH", moment).exits(0);
    // 2026-06-01 and 2026-07-01
    at("1780272000")
        .stderr_has("`2026-06-30` in `Left` is in the future: the person is still here");
    at("1782864000").stderr_has("line 2 is skipped").stderr_has("`Left` is `2026-06-30`");
}

#[test]
fn hidden_rows_are_read() {
    let rows = row(&["Email", "Name"])
        + &row(&["a@q.com", "A"]).replace("<row>", "<row hidden=\"1\">")
        + &row(&["b@q.com", "B"]);
    let bytes = Xlsx { rows, ..Xlsx::default() }.bytes();
    assert_eq!(people(&bytes), ["2: a@q.com A", "3: b@q.com B"]);
}

#[test]
fn a_binary_spreadsheet_reads_like_any_other() {
    let cell = |column: u32, style: u32, value: Vec<u8>| {
        [column.to_le_bytes().to_vec(), style.to_le_bytes().to_vec(), value].concat()
    };
    let text = |column: u32, text: &str| biff12(6, &cell(column, 0, wide(text)));
    let start = |row: u32| biff12(0, &row.to_le_bytes());
    let rk = |number: u32| (number << 2 | 2).to_le_bytes().to_vec();
    let sheet = [
        start(0),
        text(0, "Email"),
        text(1, "Name"),
        text(2, "Employee ID"),
        text(3, "Left"),
        start(1),
        text(0, "a@q.com"),
        biff12(7, &cell(1, 0, 1_u32.to_le_bytes().to_vec())),
        biff12(2, &cell(2, 1, rk(123))),
        start(2),
        text(0, "b@q.com"),
        biff12(8, &cell(1, 0, wide("Bob"))),
        biff12(5, &cell(2, 0, 42_f64.to_le_bytes().to_vec())),
        biff12(5, &cell(3, 2, 43_861_f64.to_le_bytes().to_vec())),
        start(3),
        text(0, "c@q.com"),
        biff12(3, &cell(1, 0, vec![0x17])),
    ]
    .concat();
    let shared = ["x", "Ada"].map(|text| biff12(19, &[vec![0], wide(text)].concat())).concat();
    assert_eq!(
        people(&xlsb(&sheet, &shared)),
        ["2: a@q.com Ada 00123", "3: `Left` is `2020-01-31`", "4: failed-formula"]
    );
}

#[test]
fn another_reader_finds_the_same_texts() {
    for name in
        ["staff.xlsx", "shared.xlsx", "staff.xls", "staff.ods", "titles.xlsx", "sheets.xlsx"]
    {
        let path = project("tests/data/sheets").join(name);
        let mut book = open_workbook_auto(&path).unwrap();
        let range = book.worksheet_range("Staff").unwrap();
        let texts: Vec<String> = range
            .used_cells()
            .filter_map(|(_, _, data)| match data {
                Data::String(text) => Some(text.clone()),
                _ => None,
            })
            .collect();
        let source = Source::file(&path);
        let sheet = Some("Staff".to_owned());
        let options = ReadOptions { sheet, ..ReadOptions::default() };
        let list = List::open(source, &options).unwrap();
        let mut rows = list.rows().unwrap();
        let mut found: Vec<String> = list.mapping.names().map(|name| name.into_owned()).collect();
        while rows.next_row().unwrap().is_some() {
            found.extend(rows.cells().map(|cell| String::from_utf8_lossy(cell).into_owned()));
        }
        let numbers = |text: &String| text.is_empty() || text.bytes().all(|b| b.is_ascii_digit());
        found.retain(|text| !numbers(text));
        // a title above the header is no row
        let texts: Vec<String> = texts.into_iter().skip_while(|text| *text != found[0]).collect();
        assert_eq!(found, texts, "{name}");
    }
}
