//! Readers that stop at a bound.

use std::io::{self, BufRead, Read};

use super::fault::{Bound, DAMAGED, SheetFault};

/// A reader whose bytes count towards a bound that it shares with others.
pub(super) struct Counted<'p, R> {
    inner: R,
    left: &'p mut u64,
}

impl<'p, R> Counted<'p, R> {
    pub(super) fn new(inner: R, left: &'p mut u64) -> Self {
        Self { inner, left }
    }
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        *self.left = self
            .left
            .checked_sub(count as u64)
            .ok_or_else(|| io::Error::other(Exceeded(Bound::Unpacked)))?;
        Ok(count)
    }
}

/// Carries a bound through readers that only know [`io::Error`].
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Exceeded(pub(super) Bound);

/// The fault that an error of a reader carries.
pub(super) fn fault_of(error: &io::Error) -> SheetFault {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Exceeded>()) {
        Some(Exceeded(bound)) => SheetFault::TooMuch(*bound),
        None => DAMAGED,
    }
}

/// Stops a reader that takes too much for one piece.
pub(super) struct Piecewise<R> {
    pub(super) inner: R,
    most: usize,
    taken: usize,
}

impl<R> Piecewise<R> {
    pub(super) fn new(inner: R, most: usize) -> Self {
        Self { inner, most, taken: 0 }
    }

    /// Begins the next piece.
    pub(super) fn start(&mut self) {
        self.taken = 0;
    }
}

impl<R: Read> Read for Piecewise<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.taken += count;
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Piecewise<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.taken > self.most {
            return Err(io::Error::other(Exceeded(Bound::Markup)));
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.taken += count;
        self.inner.consume(count);
    }
}
