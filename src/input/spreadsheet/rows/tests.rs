use super::*;
use crate::input::spreadsheet::records::SheetRecords;

fn rows(mut rows: Rows) -> Vec<(u64, String)> {
    rows.finish().unwrap();
    let mut records = SheetRecords::new(&rows, 0);
    let mut found = Vec::new();
    while let Some(location) = records.advance() {
        let cells = records.record().iter().map(String::from_utf8_lossy);
        found.push((location.number, cells.collect::<Vec<_>>().join("|")));
    }
    found
}

#[test]
fn cells_in_any_order_make_rows_and_far_corners_cost_nothing() {
    let mut sheet = Rows::with(Texts::default());
    for (at, text) in
        [((1_048_575, 2), "z"), ((4, 3), "b"), ((4, 1), "a"), ((5, 1), ""), ((4, 1), "twice")]
    {
        sheet.add(at, text).unwrap();
    }
    assert_eq!(rows(sheet), [(5, "a||b".to_owned()), (1_048_576, "|z".to_owned())]);
}

#[test]
fn a_cell_over_several_rows_counts_in_each_that_holds_something() {
    let mut sheet = Rows::with(Texts::default());
    for (at, text) in [
        ((0, 0), "Department"),
        ((0, 1), "Email"),
        ((1, 0), "Sales"),
        ((1, 1), "a"),
        ((2, 1), "b"),
        ((5, 1), "c"),
        ((6, 0), "IT"),
    ] {
        sheet.add(at, text).unwrap();
    }
    sheet.merge(1, 4, 0).unwrap();
    sheet.merge(0, 0, 0).unwrap();
    assert_eq!(
        rows(sheet).iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>(),
        ["Department|Email", "Sales|a", "Sales|b", "|c", "IT"]
    );
}

#[test]
fn no_sheet_has_a_cell_behind_the_last_column() {
    let mut rows = Rows::with(Texts::default());
    assert_eq!(rows.add((0, MOST_COLUMNS - 1), "1"), Ok(()));
    assert!(rows.add((0, MOST_COLUMNS), "1").is_err());
}

#[test]
fn a_text_in_many_cells_is_kept_once_and_counted_each_time() {
    let mut rows = Rows::with(Texts::default());
    let place = rows.texts().keep(&"x".repeat(60_000)).unwrap();
    let most = u32::try_from(MOST_WRITTEN / 60_000).unwrap();
    for row in 0..most {
        rows.put((row, 0), place).unwrap();
    }
    assert!(rows.texts.kept() < 1 << 20, "{}", rows.texts.kept());
    assert_eq!(rows.put((most, 0), place), Err(SheetFault::TooMuch(Bound::WrittenOut)));
}

#[test]
fn a_sheet_of_formulas_without_values_is_known() {
    let mut rows = Rows::with(Texts::default());
    rows.add((0, 0), "Email").unwrap();
    assert!(!rows.has_no_values());
    rows.add_uncalculated((1, 0)).unwrap();
    assert!(rows.has_no_values());
    rows.add((2, 0), "a@q.com").unwrap();
    assert!(!rows.has_no_values());
}
