//! The cells of one sheet, packed: their text in one piece, and where each begins.

use calamine::Data;
use csv::ByteRecord;

/// The most text that a sheet may hold, in bytes.
const MOST_TEXT: usize = 512 << 20;

/// The most cells that a sheet may hold: 20 columns of every row that Excel has.
const MOST_CELLS: usize = 20 << 20;

/// The columns of a sheet, up to `XFD`. A row is filled up to its last cell.
const MOST_COLUMNS: u32 = 16_384;

/// The rows of a sheet, read one after the other.
#[derive(Debug, Default)]
pub(super) struct Rows {
    text: String,
    cells: Vec<Packed>,
    /// The first column that holds anything: the list begins there.
    left: u32,
    /// The cell to be read next.
    next: usize,
    record: ByteRecord,
}

/// A cell, with its text in [`Rows::text`].
#[derive(Clone, Copy, Debug)]
struct Packed {
    row: u32,
    column: u32,
    begin: u32,
    end: u32,
}

/// A sheet that would fill the memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooMuch;

impl Rows {
    /// Adds the cell at row and column, both from 0. Blank ones are left out.
    pub(super) fn add(&mut self, (row, column): (u32, u32), value: &Data) -> Result<(), TooMuch> {
        let begin = self.text.len();
        push(&mut self.text, value);
        if self.text.len() == begin {
            return Ok(());
        }
        if self.text.len() > MOST_TEXT || self.cells.len() == MOST_CELLS || column >= MOST_COLUMNS {
            return Err(TooMuch);
        }
        let place = |at: usize| u32::try_from(at).map_err(|_| TooMuch);
        self.cells.push(Packed { row, column, begin: place(begin)?, end: place(self.text.len())? });
        Ok(())
    }

    /// Brings the cells into the order of the sheet: files may have them in any.
    pub(super) fn sort(&mut self) {
        self.cells.sort_by_key(|cell| (cell.row, cell.column));
        self.left = self.cells.iter().map(|cell| cell.column).min().unwrap_or_default();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Goes to the next row that holds anything and says its number from 0; `None` at the end.
    pub(super) fn advance(&mut self) -> Option<u32> {
        let row = self.cells.get(self.next)?.row;
        self.record.clear();
        let mut column = self.left;
        while let Some(cell) = self.cells.get(self.next).filter(|cell| cell.row == row) {
            while column < cell.column {
                self.record.push_field(b"");
                column += 1;
            }
            // of two values for one cell the first counts, as in Excel
            if column == cell.column {
                self.record
                    .push_field(&self.text.as_bytes()[cell.begin as usize..cell.end as usize]);
                column += 1;
            }
            self.next += 1;
        }
        Some(row)
    }

    pub(super) fn record(&self) -> &ByteRecord {
        &self.record
    }

    /// Cells read, of how many.
    pub(super) fn progress(&self) -> (u64, u64) {
        (self.next as u64, self.cells.len() as u64)
    }
}

/// Adds a cell as it looks in the spreadsheet: `7`, not `7.0`.
fn push(all: &mut String, cell: &Data) {
    match cell {
        Data::Empty => {}
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => {
            all.push_str(text);
        }
        Data::Int(number) => all.push_str(&number.to_string()),
        Data::Float(number) => all.push_str(&number.to_string()),
        Data::Bool(true) => all.push_str("TRUE"),
        Data::Bool(false) => all.push_str("FALSE"),
        Data::DateTime(moment) => all.push_str(&moment.as_f64().to_string()),
        Data::Error(error) => all.push_str(&error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(cells: &[((u32, u32), Data)]) -> Vec<(u32, Vec<String>)> {
        let mut rows = Rows::default();
        for (place, value) in cells {
            rows.add(*place, value).unwrap();
        }
        rows.sort();
        let mut found = Vec::new();
        while let Some(row) = rows.advance() {
            let cells = rows.record().iter();
            found.push((row, cells.map(|c| String::from_utf8(c.to_vec()).unwrap()).collect()));
        }
        found
    }

    #[test]
    fn numbers_look_as_they_do_in_the_spreadsheet() {
        let values = [Data::Float(123_456.0), Data::Float(0.5), Data::Bool(true), Data::Int(7)];
        let cells: Vec<_> = (0..).zip(values).map(|(column, value)| ((0, column), value)).collect();
        assert_eq!(rows(&cells)[0].1, ["123456", "0.5", "TRUE", "7"]);
    }

    #[test]
    fn cells_in_any_order_make_rows_and_far_corners_cost_nothing() {
        let text = |text: &str| Data::String(text.to_owned());
        let found = rows(&[
            ((1_048_575, 2), text("z")),
            ((4, 3), text("b")),
            ((4, 1), text("a")),
            ((5, 1), Data::Empty),
            ((4, 1), text("twice")),
        ]);
        let expected = [(4, vec!["a", "", "b"]), (1_048_575, vec!["", "z"])];
        assert_eq!(found.len(), 2);
        for ((row, cells), (wanted_row, wanted)) in found.iter().zip(&expected) {
            assert_eq!(
                (row, cells.iter().map(String::as_str).collect()),
                (wanted_row, wanted.clone())
            );
        }
    }

    #[test]
    fn no_sheet_has_a_cell_behind_the_last_column() {
        let mut rows = Rows::default();
        assert_eq!(rows.add((0, MOST_COLUMNS - 1), &Data::Int(1)), Ok(()));
        assert_eq!(rows.add((0, MOST_COLUMNS), &Data::Int(1)), Err(TooMuch));
    }
}
