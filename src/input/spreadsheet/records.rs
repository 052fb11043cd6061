//! The rows of a sheet, one after the other.

use std::collections::VecDeque;

use csv::ByteRecord;

use super::rows::{Cell, Merge, Rows};
use super::texts::Place;
use crate::input::Location;

/// Reads one row after the other.
pub(in crate::input) struct SheetRecords<'a> {
    rows: &'a Rows,
    /// The size of the file, in bytes.
    size: u64,
    next_span: usize,
    next_merge: usize,
    /// Merged cells that reach the current row, and their text.
    active: VecDeque<(Merge, Place)>,
    row: u32,
    cells: Vec<Cell>,
    record: ByteRecord,
}

impl<'a> SheetRecords<'a> {
    pub(super) fn new(rows: &'a Rows, size: u64) -> Self {
        Self {
            rows,
            size,
            next_span: 0,
            next_merge: 0,
            active: VecDeque::new(),
            row: 0,
            cells: Vec::new(),
            record: ByteRecord::new(),
        }
    }

    /// Moves to the next row that holds anything and returns its location; `None` at the end.
    pub(in crate::input) fn advance(&mut self) -> Option<Location> {
        let rows = self.rows;
        self.row = rows.spans.get(self.next_span)?.row;
        let mut cells = std::mem::take(&mut self.cells);
        cells.clear();
        cells.extend(rows.cells_of(self.next_span));
        self.next_span += 1;
        let is_sorted = cells.is_sorted_by(|a, b| a.column < b.column);
        if !is_sorted {
            cells.sort_by_key(|cell| cell.column);
            cells.dedup_by_key(|cell| cell.column);
        }
        if !rows.merges.is_empty() {
            self.fill(&mut cells);
        }
        self.record.clear();
        let mut column = rows.left;
        for cell in &cells {
            while column < u32::from(cell.column) {
                self.record.push_field(b"");
                column += 1;
            }
            self.record.push_field(rows.texts.get(cell.text));
            column += 1;
        }
        self.cells = cells;
        Some(Location::row(u64::from(self.row) + 1))
    }

    /// Gives the row the values of merged cells that begin above it.
    fn fill(&mut self, cells: &mut Vec<Cell>) {
        let row = self.row;
        self.active.retain(|(merge, _)| merge.bottom >= row);
        for (merge, text) in &self.active {
            if let Err(at) = cells.binary_search_by_key(&merge.column, |c| u32::from(c.column)) {
                let column = u16::try_from(merge.column).unwrap_or_default();
                cells.insert(at, Cell { column, text: *text });
            }
        }
        while let Some(merge) = self.rows.merges.get(self.next_merge).filter(|m| m.top <= row) {
            if let Ok(at) = cells.binary_search_by_key(&merge.column, |c| u32::from(c.column))
                && merge.top == row
            {
                self.active.push_back((*merge, cells[at].text));
            }
            self.next_merge += 1;
        }
    }

    pub(in crate::input) fn record(&self) -> &ByteRecord {
        &self.record
    }

    /// Whether a formula of the current row adds cells up.
    pub(in crate::input) fn has_sum(&self) -> bool {
        self.rows.sum == Some(self.row)
    }

    /// A share of the file's size, for a progress bar.
    pub(in crate::input) fn bytes_read(&self) -> u64 {
        self.size * self.next_span as u64 / (self.rows.spans.len() as u64).max(1)
    }
}
