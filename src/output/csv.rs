//! CSV for spreadsheets: UTF-8 with a byte order mark, the delimiter of the list, CRLF, and no cell
//! that is a formula.

use std::borrow::Cow;

use ::csv::{QuoteStyle, Terminator, WriterBuilder};

use crate::domain::delimiter::Delimiter;
use crate::domain::text::FORMULA_STARTS;

/// Makes Excel read the file as UTF-8.
pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Fills `line` with one line and its end, every cell in quotes. A writer of the csv crate for each line
/// would take a tenth of a run in which nobody changed.
pub(super) fn quoted_line<'a>(
    line: &mut Vec<u8>,
    delimiter: Delimiter,
    cells: impl Iterator<Item = &'a [u8]>,
) {
    line.clear();
    for (number, cell) in cells.enumerate() {
        if number > 0 {
            line.push(delimiter.into());
        }
        line.push(b'"');
        // almost every cell
        if cell.first().is_none_or(u8::is_ascii_alphanumeric) && !cell.contains(&b'"') {
            line.extend_from_slice(cell);
        } else {
            let cell = defuse(cell);
            for (number, part) in cell.split(|byte| *byte == b'"').enumerate() {
                if number > 0 {
                    line.extend_from_slice(b"\"\"");
                }
                line.extend_from_slice(part);
            }
        }
        line.push(b'"');
    }
    line.extend_from_slice(b"\r\n");
}

/// One line with line end, in quotes only where necessary.
pub(crate) fn line<'a>(delimiter: Delimiter, cells: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut line = WriterBuilder::new()
        .buffer_capacity(512)
        .delimiter(delimiter.into())
        .quote_style(QuoteStyle::Necessary)
        .terminator(Terminator::CRLF)
        .from_writer(Vec::new());
    // writing to memory cannot fail
    let written = line.write_record(cells.map(defuse)).is_ok();
    debug_assert!(written);
    line.into_inner().unwrap_or_default()
}

/// A formula gets an apostrophe in front (CWE-1236), which the reader of lists removes. Leading white
/// space is removed, because spreadsheets see a formula behind it; the reader of lists trims it too.
pub(super) fn defuse(cell: &[u8]) -> Cow<'_, [u8]> {
    let hidden = cell.starts_with(b"\t") || cell.starts_with(b"\r") || cell.starts_with(b"\n");
    let cell = if hidden { cell.trim_ascii_start() } else { cell };
    let mut start = [0; 4];
    let is_formula = FORMULA_STARTS
        .iter()
        .any(|first| cell.starts_with(first.encode_utf8(&mut start).as_bytes()));
    if is_formula { Cow::Owned([b"'", cell].concat()) } else { Cow::Borrowed(cell) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_gets_an_apostrophe() {
        for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "＝1"] {
            assert_eq!(defuse(cell.as_bytes()), format!("'{cell}").as_bytes());
        }
        assert_eq!(defuse(b"\t=1"), b"'=1".as_slice());
        assert_eq!(defuse(b"\r\n\tx"), b"x".as_slice());
        for cell in ["ada@q.com", " =1", "'=1", "", "a=1"] {
            assert_eq!(defuse(cell.as_bytes()), cell.as_bytes());
        }
    }

    #[test]
    fn cells_are_separated_as_in_the_list() {
        let cells = || [b"a;b".as_slice(), b"c,d", b"\""].into_iter();
        let semicolon = Delimiter::try_from(b';').unwrap();
        assert_eq!(line(semicolon, cells()), b"\"a;b\";c,d;\"\"\"\"\r\n");
        let mut quoted = b"old".to_vec();
        quoted_line(&mut quoted, Delimiter::default(), cells().chain([b"".as_slice(), b"=1"]));
        assert_eq!(quoted, b"\"a;b\",\"c,d\",\"\"\"\",\"\",\"'=1\"\r\n");
    }
}
