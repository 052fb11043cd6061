//! Whether messages may repeat cells of a list.

/// Whether messages may repeat cells. Those of a list with passwords are never repeated: where cells have
/// moved by one column, any of them may be a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quoting {
    Allowed,
    Forbidden,
}

impl Quoting {
    /// `cell`, if it may be repeated.
    pub(crate) fn quote<T>(self, cell: T) -> Option<T> {
        (self == Self::Allowed).then_some(cell)
    }

    /// The text of a cell, if it may be repeated.
    pub(super) fn text(self, cell: &str) -> Option<String> {
        self.quote(cell).map(|cell| cell.trim().to_owned())
    }
}
