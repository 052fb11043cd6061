//! The cells of one sheet, packed: each text once, however many cells hold it.

use super::fault::{Bound, SheetFault};
use super::texts::{CHUNK, Place, Texts};

/// The most that all rows together may come to, in bytes and blank cells: what is repeated is kept once
/// and still has to be read row by row.
const MOST_WRITTEN: u64 = 1 << 30;

/// The columns of a sheet, up to `XFD`. A row is filled up to its last cell.
pub(super) const MOST_COLUMNS: u32 = 16_384;

const CELL: usize = size_of::<Cell>();

#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    pub(super) column: u16,
    pub(super) text: Place,
}

/// Cells of one row that are adjacent in the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) row: u32,
    pub(super) first: u32,
}

/// Cells over several rows that look like one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Merge {
    pub(super) top: u32,
    pub(super) bottom: u32,
    pub(super) column: u32,
}

/// The cells of a sheet.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) texts: Texts,
    chunks: Vec<Vec<Cell>>,
    count: u32,
    pub(super) spans: Vec<Span>,
    pub(super) merges: Vec<Merge>,
    written: u64,
    uncalculated: u32,
    /// The last row with a formula that adds cells up.
    pub(super) sum: Option<u32>,
    /// The first column that holds anything: the list begins there.
    pub(super) left: u32,
}

impl Rows {
    /// A sheet whose texts are among `texts`, or are added to them.
    pub(super) fn with(texts: Texts) -> Self {
        Self { texts, left: MOST_COLUMNS, ..Self::default() }
    }

    pub(super) fn texts(&mut self) -> &mut Texts {
        &mut self.texts
    }

    /// Adds the cell at row and column, both from 0.
    pub(super) fn add(&mut self, at: (u32, u32), text: &str) -> Result<(), SheetFault> {
        let place = self.texts.keep(text)?;
        self.put(at, place)
    }

    /// Adds a formula without value.
    pub(super) fn add_uncalculated(&mut self, at: (u32, u32)) -> Result<(), SheetFault> {
        self.put(at, Place::UNCALCULATED)
    }

    /// Adds a cell whose text is kept already. Blank ones are left out.
    pub(super) fn put(&mut self, (row, column): (u32, u32), text: Place) -> Result<(), SheetFault> {
        if text.is_blank() {
            return Ok(());
        }
        let Some(narrow) = u16::try_from(column).ok().filter(|_| column < MOST_COLUMNS) else {
            return Err(SheetFault::TooMuch(Bound::Kept));
        };
        if self.spans.last().is_none_or(|span| span.row != row) {
            self.texts.count(size_of::<Span>())?;
            self.spans.push(Span { row, first: self.count });
        }
        self.texts.count(CELL)?;
        if self.chunks.last().is_none_or(|chunk| chunk.len() == CHUNK / CELL) {
            self.chunks.push(Vec::with_capacity(CHUNK / CELL));
        }
        if let Some(chunk) = self.chunks.last_mut() {
            chunk.push(Cell { column: narrow, text });
        }
        self.count += 1;
        self.uncalculated += u32::from(text == Place::UNCALCULATED);
        self.left = self.left.min(column);
        self.write(self.texts.get(text).len() as u64)
    }

    /// Marks rows `top` to `bottom` in `column` as one cell.
    pub(super) fn merge(&mut self, top: u32, bottom: u32, column: u32) -> Result<(), SheetFault> {
        if bottom > top && column < MOST_COLUMNS {
            self.texts.count(size_of::<Merge>())?;
            self.merges.push(Merge { top, bottom, column });
        }
        Ok(())
    }

    /// Marks `row` as one with a formula that adds cells up.
    pub(super) fn add_sum(&mut self, row: u32) {
        self.sum = self.sum.max(Some(row));
    }

    fn write(&mut self, size: u64) -> Result<(), SheetFault> {
        self.written += size;
        if self.written > MOST_WRITTEN {
            return Err(SheetFault::TooMuch(Bound::WrittenOut));
        }
        Ok(())
    }

    /// Ends the sheet: brings its rows into order, whatever order the file has, and counts what they
    /// come to.
    pub(super) fn finish(&mut self) -> Result<(), SheetFault> {
        if !self.spans.is_sorted_by_key(|span| span.row) {
            self.split_spans()?;
        }
        self.merges.sort_by_key(|merge| (merge.top, merge.column));
        for number in 0..self.spans.len() {
            let last = self.cells_of(number).map(|cell| cell.column).max().unwrap_or_default();
            self.write(u64::from(last) + 1 - u64::from(self.left).min(u64::from(last)))?;
        }
        for number in 0..self.merges.len() {
            let Merge { top, bottom, .. } = self.merges[number];
            let from = self.spans.partition_point(|span| span.row < top);
            let to = self.spans.partition_point(|span| span.row <= bottom);
            // a row that is filled costs more than a cell that is written
            self.write(16 * (to - from) as u64)?;
        }
        Ok(())
    }

    /// Sorts the spans by row. What ends a span is the next one in the file, so both ends are kept.
    fn split_spans(&mut self) -> Result<(), SheetFault> {
        let mut cells: Vec<(u32, Cell)> = Vec::new();
        self.texts.count(self.count as usize * size_of::<(u32, Cell)>())?;
        for number in 0..self.spans.len() {
            let row = self.spans[number].row;
            cells.extend(self.cells_of(number).map(|cell| (row, cell)));
        }
        // stable: of two values for one cell the first counts, as in Excel
        cells.sort_by_key(|(row, _)| *row);
        self.chunks.clear();
        self.spans.clear();
        for (number, (row, cell)) in (0..).zip(cells) {
            if self.spans.last().is_none_or(|span| span.row != row) {
                self.spans.push(Span { row, first: number });
            }
            if self.chunks.last().is_none_or(|chunk| chunk.len() == CHUNK / CELL) {
                self.chunks.push(Vec::with_capacity(CHUNK / CELL));
            }
            if let Some(chunk) = self.chunks.last_mut() {
                chunk.push(cell);
            }
        }
        Ok(())
    }

    /// The cells of the span with this number, in the order of the file.
    pub(super) fn cells_of(&self, number: usize) -> impl Iterator<Item = Cell> + '_ {
        let first = self.spans[number].first;
        let end = self.spans.get(number + 1).map_or(self.count, |span| span.first);
        (first as usize..end as usize)
            .map(|at| self.chunks[at / (CHUNK / CELL)][at % (CHUNK / CELL)])
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether nothing below the first row has a value, and something there should have one.
    pub(super) fn has_no_values(&self) -> bool {
        let below = 1..self.spans.len();
        self.uncalculated > 0
            && below.clone().all(|n| self.cells_of(n).all(|c| c.text == Place::UNCALCULATED))
            && (!below.is_empty() || self.uncalculated == self.count)
    }
}

#[cfg(test)]
mod tests;
