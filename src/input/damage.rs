//! Traces of damage in a row: letters that were lost or garbled when the list was saved, and rows inside
//! cells.

use ::csv::ByteRecord;

use super::columns::{Field, Mapping};
use super::{RowWarning, Shape, mojibake};

/// Columns whose text people see.
pub(super) const SEEN: [Field; 7] = [
    Field::FirstName,
    Field::MiddleName,
    Field::LastName,
    Field::DisplayName,
    Field::Client,
    Field::Group,
    Field::Department,
];

/// Adds the damage in `record` to `warnings`. At most one word is quoted, and none of a list with
/// passwords: where cells have moved it may be one.
pub(super) fn find(
    record: &ByteRecord,
    mapping: &Mapping,
    shape: Shape,
    warnings: &mut Vec<RowWarning>,
) {
    let all = record.as_slice();
    if shape.lines > 1 && record.iter().any(|cell| has_rows(cell, mapping.width(), shape)) {
        warnings.push(RowWarning::SwallowedLines { lines: shape.lines });
    }
    if all.first() == Some(&b'#') {
        warnings.push(RowWarning::Comment);
    }
    // most rows are done here: they are plain ASCII without a question mark
    if all.is_ascii() && memchr::memchr(b'?', all).is_none() {
        return;
    }
    for field in SEEN {
        let Some(at) = mapping.column(field) else {
            continue;
        };
        let Ok(text) = std::str::from_utf8(record.get(at).unwrap_or_default()) else {
            continue;
        };
        let column = || mapping.header_at(at).to_owned();
        let shown = |word: &str| mapping.quoting().text(word);
        if text.contains('\u{fffd}') {
            warnings.push(RowWarning::Replacement { column: column() });
            return;
        }
        if let Some(word) = mojibake::find(text) {
            warnings.push(RowWarning::Mojibake { column: column(), word: shown(word) });
            return;
        }
        for word in text.split_whitespace().filter(|word| word.len() <= 80) {
            if has_lost_letter(word, field.into()) {
                warnings.push(RowWarning::LostLetter { column: column(), word: shown(word) });
                return;
            }
        }
    }
}

/// Whether a line of a cell after the first looks like a row: it has an address, or as many delimiters as a
/// row.
fn has_rows(cell: &[u8], width: usize, shape: Shape) -> bool {
    let further = cell.split(|byte| matches!(byte, b'\n' | b'\r')).skip(1);
    let delimiter = shape.delimiter.unwrap_or(b',');
    let most = width.saturating_sub(2).max(1);
    further
        .into_iter()
        .any(|line| line.contains(&b'@') || memchr::memchr_iter(delimiter, line).count() >= most)
}

/// Whether a `?` in `word` replaces a letter: `M?ller`, `?zge`, `????`; in a column of names at the end of a
/// word too: `Andr?`.
fn has_lost_letter(word: &str, is_name: IsName) -> bool {
    if word.len() > 1 && word.bytes().all(|byte| byte == b'?') {
        return true;
    }
    let mut before = None;
    let mut chars = word.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied();
        let is_behind_letter = before.is_none_or(char::is_alphabetic);
        if c == '?' && is_behind_letter && next.is_some_and(char::is_lowercase) {
            return true;
        }
        if c == '?' && next.is_none() && is_name == IsName::OnePart {
            return before.is_some_and(char::is_lowercase);
        }
        before = Some(c);
    }
    false
}

/// Whether a column holds one part of a name, which is never a question.
#[derive(Clone, Copy, PartialEq, Eq)]
enum IsName {
    OnePart,
    Perhaps,
}

impl From<Field> for IsName {
    fn from(field: Field) -> Self {
        match field {
            Field::FirstName | Field::MiddleName | Field::LastName => Self::OnePart,
            _ => Self::Perhaps,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Shown;

    fn warnings(headers: &[&str], cells: &[&str]) -> Vec<String> {
        let headers: Vec<String> = headers.iter().map(|h| (*h).to_owned()).collect();
        let mapping = Mapping::of(&headers, &[]).unwrap();
        let lines = cells.join("").matches('\n').count() as u64 + 1;
        let mut warnings = Vec::new();
        let shape = Shape { lines, ..Shape::default() };
        find(&ByteRecord::from(cells.to_vec()), &mapping, shape, &mut warnings);
        warnings.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn broken_letters_are_distinguished_from_sound_ones() {
        let name = |word| warnings(&["email", "name"], &["a@q.com", word]);
        for word in ["MÃ¼ller", "SeÃ±or", "GarcÃ\u{ad}a", "Oâ€™Brien", "Å\u{81}ukasz"] {
            let expected = format!("`{}` in `name` was saved in the wrong encoding", Shown(word));
            assert_eq!(name(word), [expected]);
        }
        for word in ["Müller", "São", "ÂNGELA", "Ärger", "Łukasz", "O’Brien", "Äpfel"] {
            assert_eq!(name(word), [""; 0], "{word}");
        }
        for word in ["M?ller", "?zge", "????"] {
            assert_eq!(name(word), [format!("`{word}` in `name` has lost a letter")]);
        }
        let first = |word| warnings(&["email", "first name"], &["a@q.com", word]);
        assert_eq!(first("Andr?"), ["`Andr?` in `first name` has lost a letter"]);
        assert_eq!(name("M\u{fffd}ller"), ["a word in `name` has lost a letter (U+FFFD)"]);
        for word in ["who?", "? a", "5?6", "x?Y", "?"] {
            assert_eq!(name(word), [""; 0], "{word}");
        }
    }

    #[test]
    fn no_word_of_a_list_with_passwords_is_quoted() {
        let headers = ["email", "name", "password"];
        assert_eq!(warnings(&headers, &["a@q.com", "Ada", "hun?er"]), [""; 0]);
        assert_eq!(
            warnings(&headers, &["a@q.com", "hun?er", "x"]),
            ["a word in `name` has lost a letter"]
        );
    }

    #[test]
    fn lines_with_an_address_inside_a_cell_are_reported() {
        assert_eq!(warnings(&["email", "note"], &["a@q.com", "x\nb@q.com,y"]).len(), 1);
        assert_eq!(warnings(&["email", "note"], &["a@q.com", "x\ny"]).len(), 0);
        let headers = ["email", "name", "note", "city"];
        assert_eq!(warnings(&headers, &["a@q.com", "A", "x\nbob,Bob,y", "z"]).len(), 1);
        assert_eq!(warnings(&headers, &["a@q.com", "A", "12 Main St,\nTown", "z"]).len(), 0);
    }
}
