//! What the user specifies about a list.

use super::{columns, encoding};

/// How to read the list, where the user specifies it.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// Its encoding; detected where absent.
    pub encoding: Option<encoding::EncodingName>,
    /// The character between cells; detected where absent.
    pub delimiter: Option<u8>,
    /// The character that makes a line a comment.
    pub comment: Option<u8>,
    /// The fields of the columns of a list without a header.
    pub columns: Option<columns::ColumnList>,
    /// The sheet of a spreadsheet, by name or number; the first that is not empty where absent.
    pub sheet: Option<String>,
    /// Columns given by the user: `--map email=Address`.
    pub maps: Vec<columns::Map>,
    /// The day of the run, with which a day of leaving is compared; without it every such day is past.
    pub today: Option<time::Date>,
}
