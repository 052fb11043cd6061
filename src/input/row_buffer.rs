//! A reader that keeps the raw bytes of the current row and fails when the row never ends.

use std::io::{self, Read};

/// The largest row, in bytes. A quote that is never closed would otherwise swallow the whole list.
pub(super) const LARGEST_ROW: usize = 16 << 20;

/// Passes bytes through and keeps those of the current row. Fails when a row passes [`LARGEST_ROW`].
#[derive(Debug)]
pub(super) struct RowBuffer<R> {
    inner: R,
    /// Bytes that were read since `kept_from`.
    kept: Vec<u8>,
    /// Where `kept` starts, counted from the start of the list.
    kept_from: u64,
    /// Where the current row starts.
    row_from: u64,
}

/// The error inside the [`io::Error`] that [`RowBuffer`] raises.
#[derive(Debug)]
pub(super) struct RowTooLarge;

impl std::fmt::Display for RowTooLarge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the row is too large")
    }
}

impl std::error::Error for RowTooLarge {}

impl<R: Read> RowBuffer<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, kept: Vec::new(), kept_from: 0, row_from: 0 }
    }

    /// A new row starts at byte `at`: the bytes before it are dropped.
    pub(super) fn start_row(&mut self, at: u64) {
        self.row_from = at;
        let done = self.offset(at);
        // moving the tail costs as much as it is long: only when it is the smaller half
        if done > self.kept.len() / 2 {
            self.kept.drain(..done);
            self.kept_from = at;
        }
    }

    /// The raw bytes from the start of the current row up to byte `end`.
    pub(super) fn row(&self, end: u64) -> &[u8] {
        &self.kept[self.offset(self.row_from)..self.offset(end)]
    }

    /// How many bytes were read.
    pub(super) fn total(&self) -> u64 {
        self.kept_from + self.kept.len() as u64
    }

    fn offset(&self, at: u64) -> usize {
        let distance = at.clamp(self.kept_from, self.total()) - self.kept_from;
        usize::try_from(distance).unwrap_or(self.kept.len())
    }
}

impl<R: Read> Read for RowBuffer<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.total() - self.row_from > LARGEST_ROW as u64 {
            return Err(io::Error::other(RowTooLarge));
        }
        let count = self.inner.read(buffer)?;
        self.kept.extend_from_slice(&buffer[..count]);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endless_row_is_stopped_and_a_long_list_is_not() {
        let mut endless = RowBuffer::new(io::repeat(b'x'));
        let error = io::copy(&mut endless, &mut io::sink()).unwrap_err();
        assert!(error.get_ref().is_some_and(|e| e.is::<RowTooLarge>()));

        let mut list = RowBuffer::new(io::repeat(b'x'));
        let mut buffer = vec![0; 1 << 20];
        for _ in 0..40 {
            list.start_row(list.total());
            list.read_exact(&mut buffer).unwrap();
        }
        assert!(list.kept.len() < 4 << 20, "{}", list.kept.len());
    }

    #[test]
    fn the_current_row_can_be_read_again() {
        let mut list = RowBuffer::new(&b"first\nsecond\nthird"[..]);
        io::copy(&mut list, &mut io::sink()).unwrap();
        assert_eq!(list.row(5), b"first");
        list.start_row(6);
        assert_eq!(list.row(12), b"second");
        list.start_row(13);
        assert_eq!(list.row(list.total()), b"third");
    }
}
