//! Bytes to people. No row is dropped: each becomes a [`Person`], a skipped one or a `RowError`,
//! with its location.

mod cells;
mod clean;

pub mod columns;
mod csv;
mod damage;
mod day;
pub(crate) mod dialect;
pub(crate) mod encoding;
pub(crate) mod error;
pub(crate) mod fault;
mod format;
mod header_row;
mod list;
mod location;
mod mojibake;
mod options;
mod other_format;
mod quoting;
mod reader;
mod row;
mod row_buffer;
pub(crate) mod source;
mod spreadsheet;
mod totals;
mod unspaced;
mod warning;
mod words;

pub use columns::{Field, Mapping};
pub use error::{InputError, InputErrorKind};
pub(crate) use fault::{RowError, RowFault};
pub use list::List;
pub use location::Location;
pub use options::ReadOptions;
pub use other_format::OtherFormat;
pub(crate) use quoting::Quoting;
pub use reader::RowReader;
pub(crate) use row::{Password, Skipped};
pub use row::{Row, RowContent, Skip};
use row::{Shape, SheetRow};
pub use source::Source;
pub(crate) use warning::RowWarning;

/// The longest cell that is used, in bytes.
pub(crate) const LONGEST_CELL: usize = 4096;

/// How many rows of titles may be above the header.
const MOST_TITLES: usize = 10;
