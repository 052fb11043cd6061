//! Small files that ask for any amount of memory, and large ones that are only odd. Each is checked within
//! a bounded address space, program and all: an allocation beyond it ends the program with a signal.
#![cfg(target_os = "linux")]

use std::fs;

use crate::spreadsheets::{
    Xlsx, biff, biff12, ods, ods_cell, ods_of, ods_row, row, wide, xls, xlsb, zip,
};
use crate::support::{Folder, project};

/// The program itself takes a tenth of it.
const MOST_MEMORY: u64 = 400 << 20;

const HEADER: [&str; 2] = ["Email", "Name"];

/// `check` refuses the file, with these words.
#[track_caller]
fn refused(name: &str, bytes: &[u8], why: &str) {
    let folder = Folder::new();
    folder.file(name, bytes);
    let done = folder.run_within(MOST_MEMORY, ["check", name, "--quiet"]).exits(2);
    done.stderr_has(&format!("error: `{name}` {why}\n  hint: "));
}

const UNPACKED: &str = "holds more than the 512 MB that a spreadsheet may unpack to";
const KEPT: &str = "has a sheet with more than the 256 MB of cells that a spreadsheet may have";
const WRITTEN: &str =
    "has a sheet whose cells would fill more than 1 GB: texts or cells are repeated";
const MARKUP: &str = "has a text or tag of more than 1 MB";
const NESTING: &str = "has XML elements nested more than 64 deep";

#[test]
fn files_that_took_all_memory_are_refused() {
    for (name, why) in [
        ("ods-min.ods", WRITTEN),
        ("ods-repeat-long.ods", WRITTEN),
        ("min-sst.xlsx", "has a header and no rows"),
    ] {
        refused(name, &fs::read(project("tests/data/sheets/bombs").join(name)).unwrap(), why);
    }
}

#[test]
fn repeated_cells_are_counted() {
    let header = ods_row(&HEADER.map(|text| ods_cell(text, "")), "");
    let bomb = |cell: String, row: &str| ods(&(header.clone() + &ods_row(&[cell], row)));
    for (columns, rows, why) in
        [("4000000000", "1", KEPT), ("16384", "1048576", KEPT), ("2", "4000000000", KEPT)]
    {
        let cell = ods_cell("a@q.com", &format!("table:number-columns-repeated=\"{columns}\""));
        refused("list.ods", &bomb(cell, &format!("table:number-rows-repeated=\"{rows}\"")), why);
    }
    let spaces = ods_cell("<text:s text:c=\"4000000000\"/>", "");
    let many = ods(&(header.clone() + &ods_row(&vec![spaces; 16_000], "")));
    refused("list.ods", &many, KEPT);
}

#[test]
fn a_shared_text_is_kept_once_and_counted_in_every_cell() {
    let shared = format!("<si><t>{}</t></si>", "x".repeat(30_000));
    let rows = row(&HEADER) + &row(&["<c t=\"s\"><v>0</v></c>"]).repeat(40_000);
    refused("list.xlsx", &Xlsx { rows, shared, ..Xlsx::default() }.bytes(), WRITTEN);
}

#[test]
fn blank_cells_before_a_far_one_are_counted() {
    let far: String = (2..70_000)
        .map(|row| {
            format!(
                "<row r=\"{row}\"><c r=\"A{row}\"><v>1</v></c><c r=\"XFD{row}\"><v>1</v></c></row>"
            )
        })
        .collect();
    let rows = row(&HEADER) + &far;
    refused("list.xlsx", &Xlsx { rows, ..Xlsx::default() }.bytes(), WRITTEN);
}

#[test]
fn merged_cells_are_counted() {
    let rows = row(&HEADER) + &row(&["<c><v>1</v></c>"]).repeat(20_000);
    let merges = "<mergeCell ref=\"A1:A1048576\"/>".repeat(5_000);
    let after = format!("<mergeCells>{merges}</mergeCells>");
    refused("list.xlsx", &Xlsx { rows, after: &after, ..Xlsx::default() }.bytes(), WRITTEN);
}

#[test]
fn long_pieces_and_deep_ones_are_refused() {
    let long = "x".repeat(2 << 20);
    let deep = "<r>".repeat(100_000) + &"</r>".repeat(100_000);
    for (cells, why) in [
        (long.as_str(), MARKUP),
        (&" ".repeat(4 << 20), MARKUP),
        (&format!("<c t=\"inlineStr\" x=\"{long}\"/>"), MARKUP),
        (&format!("<c t=\"inlineStr\"><is>{deep}</is></c>"), NESTING),
        (&"<row>".repeat(100_000), NESTING),
        (&format!("<c><f>{long}</f><v>1</v></c>"), MARKUP),
    ] {
        let rows = row(&HEADER) + &format!("<row>{cells}</row>");
        refused("list.xlsx", &Xlsx { rows, ..Xlsx::default() }.bytes(), why);
    }
    let deep = "<text:p>".repeat(100_000) + &"</text:p>".repeat(100_000);
    refused("list.ods", &ods(&ods_row(&[ods_cell(&deep, "")], "")), NESTING);
}

#[test]
fn a_text_of_many_pieces_is_refused() {
    let runs = format!("<r><t>{}</t></r>", "x".repeat(60_000)).repeat(20);
    let shared = format!("<si>{runs}</si>");
    refused("list.xlsx", &Xlsx { rows: row(&HEADER), shared, ..Xlsx::default() }.bytes(), MARKUP);
}

#[test]
fn much_of_anything_is_refused() {
    let comment = format!("<!--{}-->", " ".repeat(1 << 19)).repeat(1030);
    let rows = row(&HEADER) + &comment;
    refused("list.xlsx", &Xlsx { rows, ..Xlsx::default() }.bytes(), UNPACKED);
    // each takes five bytes of the file, and four of memory
    let shared = "<si/>".repeat(34 << 20);
    refused("list.xlsx", &Xlsx { rows: row(&HEADER), shared, ..Xlsx::default() }.bytes(), KEPT);
}

#[test]
fn twenty_thousand_sheets_are_read_one_after_the_other() {
    let sheets = (0..20_000).map(|n| format!("<sheet name=\"S{n}\" sheetId=\"{n}\" r:id=\"r1\"/>"));
    let empty = Xlsx { sheets: Some(sheets.collect()), ..Xlsx::default() };
    refused("list.xlsx", &empty.bytes(), "is empty");
    let table = "<table:table table:name=\"S\"><table:table-row/></table:table>";
    refused("list.ods", &ods_of(&table.repeat(20_000)), "is empty");
}

#[test]
fn sheets_and_their_names_are_counted() {
    let why = "has more than 65,535 sheets, or sheet names of more than 4 MB";
    let sheet = |name: &str| format!("<sheet name=\"{name}\" sheetId=\"1\" r:id=\"r1\"/>");
    for sheets in [sheet("S").repeat(70_000), sheet(&"S".repeat(500_000)).repeat(20)] {
        let file = Xlsx { sheets: Some(sheets), ..Xlsx::default() };
        refused("list.xlsx", &file.bytes(), why);
    }
    let table = format!("<table:table table:name=\"{}\"/>", "S".repeat(500_000));
    refused("list.ods", &ods_of(&table.repeat(20)), why);
}

#[test]
fn a_zip_file_of_many_parts_is_refused() {
    let names: Vec<String> = (0..66_000).map(|number| format!("a{number}")).collect();
    let parts = zip(names.iter().map(|name| (name.as_str(), Vec::new())));
    refused("list.xlsx", &parts, "is a zip file of more than 65,535 parts");
}

#[test]
fn an_old_spreadsheet_keeps_a_shared_text_once() {
    let bof = |kind: u8| biff(0x0809, &[0, 6, kind, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    // 60,000 characters, in records of 8,000 each of which says its flags again
    let mut texts =
        biff(0x00fc, &[&[1, 0, 0, 0, 1, 0, 0, 0][..], &[0x60, 0xea, 0], &[b'x'; 8000]].concat());
    for left in (0..52_000_usize).step_by(8000) {
        let count = 8000.min(52_000 - left);
        texts.extend(biff(0x003c, &[vec![0], vec![b'x'; count]].concat()));
    }
    let name = [&[0, 0, 0, 0, 0, 0, 5, 0][..], b"Staff"].concat();
    let globals = [bof(5), biff(0x0085, &name), texts, biff(0x000a, &[])].concat();
    let start = u32::try_from(globals.len()).unwrap();
    let cells: Vec<u8> = (0..20_000_u16)
        .flat_map(|row| biff(0x00fd, &[&row.to_le_bytes()[..], &[0; 8]].concat()))
        .collect();
    let mut stream = [globals, bof(0x10), cells, biff(0x000a, &[])].concat();
    let at = bof(5).len() + 4;
    stream[at..at + 4].copy_from_slice(&start.to_le_bytes());
    refused("list.xls", &xls(&stream), WRITTEN);
}

#[test]
fn a_binary_spreadsheet_keeps_a_shared_text_once() {
    let shared = biff12(19, &[vec![0], wide(&"x".repeat(30_000))].concat());
    let row = |row: u32| [biff12(0, &row.to_le_bytes()), biff12(7, &[0; 12])].concat();
    let rows: Vec<u8> = (0..40_000).flat_map(row).collect();
    refused("list.xlsb", &xlsb(&rows, &shared), WRITTEN);
    let long = biff12(19, &vec![0; 2 << 20]);
    refused("list.xlsb", &xlsb(&rows, &long), MARKUP);
}
