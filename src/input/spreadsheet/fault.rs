//! Why a spreadsheet is not read.

use std::fmt;

use super::texts::MOST_KEPT;

/// Why a spreadsheet is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::input) enum SheetFault {
    Unfit(&'static str),
    TooMuch(Bound),
}

/// A limit that no sensible list reaches. A small file can ask for any amount of memory: by compression,
/// by repeating a cell, by naming one text in many cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// The parts of the file, unpacked.
    Unpacked,
    /// What is kept of one sheet.
    Kept,
    /// All cells written out, as in a CSV file.
    WrittenOut,
    /// One piece of markup.
    Markup,
    /// Elements inside elements.
    Nesting,
    /// Files inside the file.
    Parts,
    /// Sheets, and their names.
    Sheets,
}

/// The most that the parts of a spreadsheet may unpack to, in bytes. A million rows of five columns take
/// half of it.
pub(super) const MOST_UNPACKED: u64 = 512 << 20;

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unpacked => write!(
                f,
                "holds more than the {} MB that a spreadsheet may unpack to",
                MOST_UNPACKED >> 20
            ),
            Self::Kept => write!(
                f,
                "has a sheet with more than the {} MB of cells that a spreadsheet may have",
                MOST_KEPT >> 20
            ),
            Self::WrittenOut => f.write_str(
                "has a sheet whose cells would fill more than 1 GB: texts or cells are repeated",
            ),
            Self::Markup => f.write_str("has a text or tag of more than 1 MB"),
            Self::Nesting => f.write_str("has XML elements nested more than 64 deep"),
            Self::Parts => f.write_str("is a zip file of more than 65,535 parts"),
            Self::Sheets => {
                f.write_str("has more than 65,535 sheets, or sheet names of more than 4 MB")
            }
        }
    }
}

pub(super) const DAMAGED: SheetFault = SheetFault::Unfit("the file is damaged or cut short");
pub(super) const ENCRYPTED: SheetFault = SheetFault::Unfit("it is protected with a password");
pub(super) const NO_SHEETS: SheetFault =
    SheetFault::Unfit("it is an Office document without sheets");
pub(super) const NOT_A_SHEET: SheetFault =
    SheetFault::Unfit("it is a zip file with no spreadsheet in it");
